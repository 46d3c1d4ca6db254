//! What went wrong on a connection, in the words that clients know.

use std::collections::HashMap;

use dbus::{ErrorKind, error::Failure};
use zbus::{DBusError as _, OwnedVariant, Variant, fdo};

use super::value;
use crate::{Error, Problem};

/// Nobody could be asked for a password.
const NO_AGENT: &str = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired";

impl From<zbus::Error> for Error {
    fn from(error: zbus::Error) -> Self {
        if let Some(failure) = Failure::from_call(&error) {
            return of_name(&failure.name, &failure.message, &failure.facts);
        }
        match error {
            zbus::Error::FDO(error) => of_bus(&error),
            zbus::Error::InputOutput(error) => Self::Gone(error.to_string()),
            // The connection takes no descriptors.
            zbus::Error::Unsupported => service(ErrorKind::NotSupported, "No file can be passed over this connection"),
            error => Self::Other(error.to_string()),
        }
    }
}

/// An error of the service without facts, for what the client finds out by itself.
pub(super) fn service(kind: ErrorKind, message: &str) -> Error {
    Error::Service { kind, message: message.to_owned(), facts: Vec::new() }
}

/// What an error name with its message and facts says: of a job that ended, or of one machine in a batch.
pub(super) fn of_name(name: &str, message: &str, facts: &HashMap<String, OwnedVariant>) -> Error {
    let facts: HashMap<&str, &Variant<'_>> = facts.iter().map(|(name, fact)| (name.as_str(), &**fact)).collect();
    of_reply(name, message, &facts)
}

fn of_reply(name: &str, message: &str, facts: &HashMap<&str, &Variant<'_>>) -> Error {
    if name == NO_AGENT {
        return Error::NoAgent(message.to_owned());
    }
    let Some(kind) = ErrorKind::from_name(name) else {
        return Error::Other(if message.is_empty() { name.to_owned() } else { message.to_owned() });
    };
    let mut facts: Vec<(String, String)> = facts.iter().flat_map(|(name, fact)| shown(name, fact)).collect();
    facts.sort();
    Error::Service { kind, message: message.to_owned(), facts }
}

/// A fact as texts by name. Of a list of dictionaries each text has a name of its own, such as `details.0.reason`.
fn shown(name: &str, fact: &Variant<'_>) -> Vec<(String, String)> {
    let rows = value::dictionaries(fact).unwrap_or_default();
    if rows.is_empty() {
        return value::shown(fact).map(|fact| (name.to_owned(), fact)).into_iter().collect();
    }
    let row = |(at, row): (usize, HashMap<String, String>)| row.into_iter().map(move |(key, fact)| (format!("{name}.{at}.{key}"), fact));
    rows.into_iter().enumerate().flat_map(row).collect()
}

/// The errors that every D-Bus library and every bus knows.
fn of_bus(error: &fdo::Error) -> Error {
    use fdo::Error as Bus;
    let message = error.description().unwrap_or_default().to_owned();
    match error {
        Bus::InteractiveAuthorizationRequired(_) => Error::NoAgent(message),
        Bus::ServiceUnknown(_) | Bus::NameHasNoOwner(_) | Bus::NoReply(_) | Bus::Disconnected(_) | Bus::NoServer(_) => Error::Gone(message),
        Bus::UnknownObject(_) => service(ErrorKind::NotFound, &message),
        // A service of another version.
        Bus::UnknownMethod(_) | Bus::UnknownInterface(_) | Bus::InvalidArgs(_) | Bus::NotSupported(_) => {
            service(ErrorKind::NotSupported, &message)
        }
        Bus::AccessDenied(_) => service(ErrorKind::NotAuthorized, &message),
        Bus::LimitsExceeded(_) => service(ErrorKind::LimitExceeded, &message),
        Bus::ZBus(error) => Error::from(error.clone()),
        _ => Error::Other(if message.is_empty() { error.to_string() } else { message }),
    }
}

/// Why no connection to a bus could be made.
pub(super) fn of_opening(error: &zbus::Error) -> Problem {
    match error {
        zbus::Error::Connection(cause, _) | zbus::Error::InputOutput(cause) => match cause.kind() {
            std::io::ErrorKind::PermissionDenied => Problem::NotAllowed(cause.to_string()),
            _ => Problem::NoBus(cause.to_string()),
        },
        zbus::Error::Address(reason) => Problem::NoBus(reason.clone()),
        zbus::Error::Handshake(reason) => Problem::NotAllowed(reason.clone()),
        error => of_call(error.clone()),
    }
}

/// Why a call to the bus or to the service made at the beginning failed.
pub(super) fn of_call(error: zbus::Error) -> Problem {
    if let zbus::Error::FDO(error) = &error
        && let fdo::Error::AccessDenied(message) | fdo::Error::AuthFailed(message) = &**error
    {
        return Problem::NotAllowed(message.clone());
    }
    match Error::from(error) {
        Error::Gone(message) => Problem::Ended(message),
        error => Problem::Other(error),
    }
}

/// Why the bus did not start the service.
pub(super) fn of_start(error: zbus::Error) -> Problem {
    match &error {
        zbus::Error::FDO(failure) => match &**failure {
            fdo::Error::ServiceUnknown(_) | fdo::Error::SpawnServiceNotFound(_) => Problem::NotInstalled,
            fdo::Error::AccessDenied(message) => Problem::NotAllowed(message.clone()),
            fdo::Error::Disconnected(_) | fdo::Error::ZBus(_) => of_call(error),
            failure => Problem::NotRunning(failure.description().unwrap_or_default().to_owned()),
        },
        zbus::Error::MethodError(name, message, _) => Problem::NotRunning(message.clone().unwrap_or_else(|| name.to_string())),
        _ => of_call(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_that_nobody_can_show_is_told_apart_from_a_refusal() {
        let error = zbus::Error::FDO(Box::new(fdo::Error::InteractiveAuthorizationRequired("no agent".into())));
        assert_eq!(Error::from(error), Error::NoAgent("no agent".into()));
        let none = HashMap::new();
        assert_eq!(of_name(NO_AGENT, "x", &none), Error::NoAgent("x".into()));
        let refused = of_name(ErrorKind::NotAuthorized.name(), "no", &none);
        assert_eq!(refused.kind(), Some(ErrorKind::NotAuthorized));
        assert_eq!(of_name("com.example.Odd", "", &none), Error::Other("com.example.Odd".into()));
    }

    #[test]
    fn each_way_of_not_starting_is_a_problem_of_its_own() {
        let fdo = |error| of_start(zbus::Error::FDO(Box::new(error)));
        assert_eq!(fdo(fdo::Error::ServiceUnknown(String::new())), Problem::NotInstalled);
        assert_eq!(fdo(fdo::Error::AccessDenied("no".into())), Problem::NotAllowed("no".into()));
        assert_eq!(fdo(fdo::Error::SpawnChildExited("status 1".into())), Problem::NotRunning("status 1".into()));
        let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        assert!(matches!(of_opening(&zbus::Error::InputOutput(denied.into())), Problem::NotAllowed(_)));
        let absent = std::io::Error::from(std::io::ErrorKind::NotFound);
        assert!(matches!(of_opening(&zbus::Error::InputOutput(absent.into())), Problem::NoBus(_)));
    }
}
