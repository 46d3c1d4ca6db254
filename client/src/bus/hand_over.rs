//! The host's screen for a machine: records from what the service sends, and the calls for it.

use std::{collections::HashMap, num::NonZero};

use dbus::{Options, hand_over::HandOverProxy, interface, path};
use futures_util::{Stream, StreamExt};
use uuid::Uuid;
use zbus::{MatchRule, Message, MessageStream, OwnedVariant, Variant, fdo, message::Type};

use super::{
    Bus,
    calls::{Result, proxy},
    device::refusals,
    failure,
    record::put,
    value::{bounded, dictionaries, flag, number, size, structures, text, texts},
};
use crate::{
    Error, Machine,
    hand_over::{How, Left, Plan, Session, Stage, Step},
};

/// Ends of jobs that may wait to be read.
const BEHIND: Option<NonZero<usize>> = NonZero::new(256);

/// Sets a property of the interface by its D-Bus name. Returns whether the record is another one now.
pub(super) fn set(machine: &mut Machine, property: &str, value: &Variant<'_>) -> bool {
    let own = machine.hand_over.get_or_insert_default();
    match property {
        "State" => put(&mut own.stage, number(value).map(Stage::from)),
        "TrialEnds" => put(&mut own.trial_ends, size(value)),
        "Left" => put(&mut own.left, dictionaries(value).map(|all| all.into_iter().map(left).collect())),
        _ => false,
    }
}

fn left(mut told: HashMap<String, String>) -> Left {
    let mut take = |name: &str| told.remove(name).unwrap_or_default();
    Left { part: take("part"), name: take("name"), repair: take("repair") }
}

/// A plan as it was sent. One that does not say that it is allowed, and not why not, is not.
fn plan(told: &HashMap<String, OwnedVariant>) -> Plan {
    let value = |name: &str| told.get(name).map(|value| &**value);
    let step = |fields: &[Variant<'_>]| match fields {
        [step, subject, value] => Some(Step { step: text(step)?, subject: text(subject)?, value: text(value)? }),
        _ => None,
    };
    let session = |fields: &[Variant<'_>]| match fields {
        [id, user, seat, kind] => Some(Session { id: text(id)?, user: text(user)?, seat: text(seat)?, kind: text(kind)? }),
        _ => None,
    };
    let facts = |name: &str| value(name).map(refusals).unwrap_or_default();
    let addresses = value("devices").and_then(texts).unwrap_or_default();
    let mut plan = Plan {
        devices: addresses.iter().filter_map(|path| path::host_device_address(path)).collect(),
        steps: value("steps").and_then(structures).into_iter().flatten().filter_map(step).collect(),
        sessions: value("sessions").and_then(structures).into_iter().flatten().filter_map(session).collect(),
        processes: facts("processes"),
        reasons: facts("reasons"),
        warnings: facts("warnings"),
    };
    if plan.reasons.is_empty() && value("allowed").and_then(flag) != Some(true) {
        plan.reasons.push(crate::device::Refusal::default());
    }
    plan
}

fn options(how: How) -> Options {
    let trial = how.trial.into_iter().fold(Options::default(), |options, seconds| options.with("trial-seconds", seconds));
    let flags = [("accept-closing-sessions", how.closes_sessions), ("allow-no-reset", how.allows_no_reset)];
    flags.into_iter().filter(|(_, is_on)| *is_on).fold(trial, |options, (name, _)| options.with(name, true))
}

/// How the job at a path ended; why nobody will say it.
async fn end(job: &str, ends: &mut (impl Stream<Item = zbus::Result<Message>> + Unpin)) -> Result<()> {
    while let Some(message) = ends.next().await {
        let message = message?;
        if message.header().path().is_none_or(|path| path.as_str() != job) {
            continue;
        }
        let body = message.body();
        let (success, name, words, facts): (bool, &str, &str, HashMap<String, OwnedVariant>) = body.deserialize()?;
        return if success { Ok(()) } else { Err(failure::of_name(name, bounded(words), &facts)) };
    }
    Err(gone())
}

fn gone() -> Error {
    Error::Gone("The service has ended".to_owned())
}

impl Bus {
    async fn hand_over(&self, machine: Uuid) -> Result<HandOverProxy<'static>> {
        Ok(proxy!(self, HandOverProxy).path(path::machine(machine)).build().await?)
    }

    pub(crate) async fn plan_hand_over(&self, machine: Uuid, how: How) -> Result<Plan> {
        Ok(plan(&self.hand_over(machine).await?.plan(&options(how)).await?))
    }

    /// Listens before it asks: the job may have ended when the answer is there.
    pub(crate) async fn begin_hand_over(&self, machine: Uuid, how: How) -> Result<()> {
        let rule = MatchRule::builder().msg_type(Type::Signal).interface(interface::JOB).member("Completed");
        let rule = if self.service.is_some() { rule.sender(self.destination()) } else { rule };
        let mut ends = MessageStream::for_match_rule(rule.build()?, &self.connection, BEHIND).await?;
        let proxy = self.hand_over(machine).await?;
        let Some(service) = &self.service else {
            let job = proxy.begin(&options(how)).await?;
            return end(job.as_str(), &mut ends).await;
        };
        // A bus stays when the service goes, and then nobody tells of the job.
        let bus = fdo::DBusProxy::new(&self.connection).await?;
        let mut owners = bus.receive_name_owner_changed_with_args(&[(0, service.as_str())]).await?;
        let job = proxy.begin(&options(how)).await?;
        tokio::select! {
            biased;
            ended = end(job.as_str(), &mut ends) => ended,
            _ = owners.next() => Err(gone()),
        }
    }

    pub(crate) async fn confirm_hand_over(&self, machine: Uuid) -> Result<()> {
        Ok(self.hand_over(machine).await?.confirm(&Options::default()).await?)
    }

    pub(crate) async fn give_back(&self, machine: Uuid, force: bool) -> Result<()> {
        let options = if force { Options::default().with("force", true) } else { Options::default() };
        Ok(self.hand_over(machine).await?.give_back(&options).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(values: Vec<(&str, Variant<'_>)>) -> HashMap<String, OwnedVariant> {
        values.into_iter().map(|(name, value)| (name.to_owned(), OwnedVariant::try_from(value).unwrap())).collect()
    }

    #[test]
    fn how_it_stands_is_read_and_what_is_of_another_type_changes_nothing() {
        let mut machine = Machine::default();
        assert!(set(&mut machine, "State", &Variant::from(3_u32)) && set(&mut machine, "TrialEnds", &Variant::from(7_u64)));
        assert!(!set(&mut machine, "State", &Variant::from("trial")) && !set(&mut machine, "Later", &Variant::from(7_u64)));
        let left = vec![HashMap::from([("part", "display-manager"), ("name", "gdm.service"), ("repair", "systemctl start gdm.service")])];
        assert!(set(&mut machine, "Left", &left.into()));
        let own = machine.hand_over.unwrap();
        assert_eq!((own.stage, own.trial_ends, own.left[0].name.as_str()), (Stage::Trial, 7, "gdm.service"));
        assert!(set(&mut Machine { hand_over: Some(own), ..Machine::default() }, "State", &Variant::from(4711_u32)), "unknown now");
    }

    #[test]
    fn a_plan_has_its_steps_and_who_loses_what_and_is_not_allowed_unless_it_says_so() {
        let card = path::host_device("0000:03:00.0");
        let process = HashMap::from([("reason", "open"), ("device", "0000:03:00.0"), ("name", "77 gnome-shell"), ("detail", "dri/card0")]);
        let read = plan(&told(vec![
            ("allowed", true.into()),
            ("devices", vec![card].into()),
            ("steps", vec![("stop-unit", "gdm.service", ""), ("console", "vtcon1", "0")].into()),
            ("sessions", vec![("2", "anna", "seat0", "wayland")].into()),
            ("processes", vec![process].into()),
            ("later", 1_u8.into()),
        ]));
        assert_eq!(read.devices, ["0000:03:00.0"]);
        assert_eq!(read.steps[1], Step { step: "console".into(), subject: "vtcon1".into(), value: "0".into() });
        assert_eq!((read.sessions[0].user.as_str(), read.processes[0].name.as_str()), ("anna", "77 gnome-shell"));
        assert_eq!((read.reasons.len(), plan(&HashMap::new()).reasons.len()), (0, 1));
    }

    #[test]
    fn only_what_was_chosen_is_asked_for() {
        let keys = |how: How| {
            let options = options(how);
            let mut reader = options.reader().unwrap();
            ["trial-seconds", "accept-closing-sessions", "allow-no-reset"].map(|name| reader.take::<OwnedVariant>(name).unwrap().is_some())
        };
        assert_eq!(keys(How::default()), [false; 3]);
        assert_eq!(keys(How { trial: Some(60), closes_sessions: true, allows_no_reset: true }), [true; 3]);
    }
}
