//! The errors of the host in memory: those that the service would reply with.

use dbus::{ErrorKind, machine::State};

use crate::{Error, device::Refusal, hugepages::Plan};

fn refusal(kind: ErrorKind, message: &str, facts: &[(&str, &str)]) -> Error {
    let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Error::Service { kind, message: message.to_owned(), facts }
}

pub(super) fn wrong_state(operation: &str, state: State) -> Error {
    let facts = [("operation", operation), ("state", &u32::from(state).to_string())];
    refusal(ErrorKind::InvalidState, &format!("Cannot {operation} while the machine is {}", state.in_words()), &facts)
}

pub(super) fn invalid(argument: &str, reason: &str) -> Error {
    refusal(ErrorKind::InvalidArgument, &format!("Invalid {argument}: {reason}"), &[("argument", argument), ("reason", reason)])
}

pub(super) fn not_found(what: &str) -> Error {
    refusal(ErrorKind::NotFound, &format!("No such {what}"), &[("what", what)])
}

pub(super) fn name_taken(name: &str) -> Error {
    refusal(ErrorKind::AlreadyExists, &format!("The name {name} is taken"), &[("name", name)])
}

/// Another machine has a rule for the same.
pub(super) fn ruled_by(machine: &str) -> Error {
    refusal(ErrorKind::AlreadyExists, &format!("{machine} has a rule for the same"), &[("machine", machine)])
}

pub(super) fn not_authorized(action: &str) -> Error {
    let facts = [("action", action), ("obtainable", "false"), ("dismissed", "false")];
    refusal(ErrorKind::NotAuthorized, &format!("Not authorized for {action}"), &facts)
}

pub(super) fn locked() -> Error {
    refusal(ErrorKind::Locked, "The machine is locked against stop and delete", &[])
}

pub(super) fn cancelled() -> Error {
    refusal(ErrorKind::Cancelled, "Cancelled", &[])
}

pub(super) fn timed_out(seconds: u64) -> Error {
    refusal(ErrorKind::TimedOut, &format!("Not done within {seconds} s"), &[("seconds", &seconds.to_string())])
}

pub(super) fn no_agent() -> Error {
    refusal(ErrorKind::AgentUnavailable, "No guest agent answers", &[])
}

pub(super) fn unavailable() -> Error {
    refusal(ErrorKind::Unavailable, "libvirt is not reachable", &[])
}

pub(super) fn busy() -> Error {
    refusal(ErrorKind::Busy, "Another operation is under way", &[])
}

/// Too little memory would stay available.
pub(super) fn floor(plan: &Plan) -> Error {
    let [available, floor, needed, most] = [plan.available, plan.floor, plan.bytes, plan.most].map(|number| number.to_string());
    let facts = [("reasons", "memory-floor"), ("available", &available), ("floor", &floor), ("needed", &needed), ("most", &most)];
    refusal(ErrorKind::Unsafe, &format!("{needed} bytes would leave less than {floor} bytes available"), &facts)
}

pub(super) fn limit(what: &str, limit: u64) -> Error {
    let limit = limit.to_string();
    refusal(ErrorKind::LimitExceeded, &format!("Too many {what}: the limit is {limit}"), &[("what", what), ("limit", &limit)])
}

/// The host would lose something.
pub(super) fn unsafe_for_host(reasons: &[Refusal]) -> Error {
    let mut words: Vec<&str> = reasons.iter().map(|refusal| refusal.reason.as_str()).collect();
    words.dedup();
    let mut facts = vec![("reasons".to_owned(), words.join(", "))];
    for (at, refusal) in reasons.iter().enumerate() {
        let all = [("reason", &refusal.reason), ("device", &refusal.device), ("name", &refusal.name), ("detail", &refusal.detail)];
        let said = all.into_iter().filter(|(_, value)| !value.is_empty());
        facts.extend(said.map(|(name, value)| (format!("details.{at}.{name}"), value.clone())));
    }
    Error::Service { kind: ErrorKind::Unsafe, message: format!("Not safe for the host: {}", words.join(", ")), facts }
}

/// The host would lose something, in one word.
pub(super) fn unsafe_because(reason: &str) -> Error {
    refusal(ErrorKind::Unsafe, &format!("Not safe for the host: {reason}"), &[("reasons", reason)])
}

pub(super) fn not_supported(reason: &str) -> Error {
    refusal(ErrorKind::NotSupported, &format!("Not supported: {reason}"), &[("reason", reason)])
}

/// What libvirt's own refusal comes out as.
pub(super) fn failed() -> Error {
    refusal(ErrorKind::Failed, "libvirt failed with code 1", &[("libvirt-code", "1")])
}
