//! What can go wrong in the service, and the one place that turns it into a D-Bus error.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use dbus::{Error as BusError, ErrorKind, machine::State};
use uuid::Uuid;

use crate::host::{
    finding::{Finding, Findings},
    sentence,
};

/// A failure, with the facts as fields.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No machine has this UUID.
    #[error("No machine {0}")]
    NoMachine(Uuid),
    /// Nothing has this id; `what` is the kind of thing.
    #[error("No such {what}")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
    },
    /// The name is taken.
    #[error("The name {name} is taken")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The machine's state does not allow it.
    #[error("Cannot {operation} while the machine is {}", .state.in_words())]
    WrongState {
        /// What was asked for.
        operation: &'static str,
        /// The state.
        state: State,
    },
    /// libvirt says that the state does not allow it.
    #[error("The machine's state does not allow it")]
    InvalidState,
    /// An argument is not acceptable.
    #[error("Invalid {argument}: {reason}")]
    InvalidArgument {
        /// The argument or option.
        argument: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// Somebody else changed the machine's definition in the meantime.
    #[error("The definition was changed by somebody else meanwhile")]
    DefinitionChanged,
    /// The machine or the storage is busy with another operation.
    #[error("Another operation is under way")]
    Busy,
    /// The host, its libvirt or the machine cannot do this.
    #[error("Not supported: {reason}")]
    NotSupported {
        /// Why.
        reason: &'static str,
    },
    /// The work was cancelled.
    #[error("Cancelled")]
    Cancelled,
    /// It did not happen in time.
    #[error("Not done within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// libvirt cannot be reached.
    #[error("libvirt is not reachable")]
    Unavailable,
    /// The machine's QEMU process does not answer.
    #[error("The machine's QEMU process does not answer")]
    Stalled,
    /// The disk is full.
    #[error("No space left")]
    NoSpace,
    /// A quota is used up.
    #[error("Too many {what}: the limit is {limit}")]
    LimitExceeded {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// No guest agent answers.
    #[error("No guest agent answers")]
    AgentUnavailable,
    /// The machine is locked.
    #[error("The machine is locked against stop and delete")]
    Locked,
    /// Refused to protect the host, a machine or data.
    #[error("{}", sentence::all(.reasons))]
    Refused {
        /// Every reason, with what it is about.
        reasons: Vec<Finding>,
    },
    /// The host would have too little memory left.
    #[error("The host would have less than {floor} bytes of memory available")]
    MemoryFloor {
        /// Bytes that are available now.
        available: u64,
        /// Bytes that must stay available.
        floor: u64,
        /// Bytes that were wanted.
        needed: u64,
        /// How many pages are possible as things are.
        most: u64,
    },
    /// Another machine has a rule for the same.
    #[error("Another machine has a rule for the same")]
    RuleTaken {
        /// That machine.
        machine: Uuid,
    },
    /// Part of what should go is still there.
    #[error("Part of it could not be removed or put back")]
    Incomplete {
        /// Their paths.
        left: Vec<String>,
    },
    /// The caller may not do this.
    #[error("Not authorized for {action}")]
    NotAuthorized {
        /// The polkit action.
        action: &'static str,
        /// Whether authentication could help.
        obtainable: bool,
        /// Whether a prompt was shown and closed.
        dismissed: bool,
    },
    /// The caller would have to authenticate, but did not allow a prompt.
    #[error("Interactive authentication required for {action}")]
    InteractionRequired {
        /// The polkit action.
        action: &'static str,
    },
    /// libvirt failed in a way that has no name of its own.
    #[error("libvirt failed with code {code}")]
    Libvirt {
        /// libvirt's error code (virErrorNumber).
        code: u32,
        /// libvirt's message. For the journal only: it may quote files and documents.
        message: String,
    },
    /// A document from libvirt could not be read.
    #[error("A document from libvirt could not be read")]
    Document(#[from] model::Error),
    /// A file of the service or a pool could not be read or written.
    #[error("{action} failed")]
    Io {
        /// What was being done.
        action: &'static str,
        /// The cause, for the journal.
        #[source]
        source: std::io::Error,
    },
    /// The bus failed.
    #[error("The bus failed")]
    Bus(#[from] zbus::Error),
    /// The options were not acceptable.
    #[error(transparent)]
    Options(#[from] BusError),
    /// Something that must not happen did.
    #[error("Internal error: {0}")]
    Internal(&'static str),
}

/// The usual result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Refuses what something speaks against.
///
/// # Errors
/// `Refused` with the reasons.
pub fn allow(findings: &Findings) -> Result<()> {
    refuse_for(findings.reasons.clone())
}

/// Refuses what there are reasons against.
///
/// # Errors
/// `Refused` with the reasons.
pub fn refuse_for(reasons: Vec<Finding>) -> Result<()> {
    if reasons.is_empty() { Ok(()) } else { Err(Error::Refused { reasons }) }
}

impl Error {
    /// A refusal for one reason.
    #[must_use]
    pub fn refused(reason: Finding) -> Self {
        Self::Refused { reasons: vec![reason] }
    }

    /// For `map_err` on file operations; a full disk gets its own error.
    pub fn io(action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| if source.kind() == std::io::ErrorKind::StorageFull { Self::NoSpace } else { Self::Io { action, source } }
    }

    /// Which D-Bus error it becomes.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NoMachine(_) | Self::NotFound { .. } => ErrorKind::NotFound,
            Self::NameTaken { .. } | Self::RuleTaken { .. } => ErrorKind::AlreadyExists,
            Self::WrongState { .. } | Self::InvalidState => ErrorKind::InvalidState,
            Self::InvalidArgument { .. } => ErrorKind::InvalidArgument,
            Self::Busy | Self::DefinitionChanged => ErrorKind::Busy,
            Self::NotSupported { .. } => ErrorKind::NotSupported,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::TimedOut(_) => ErrorKind::TimedOut,
            Self::Unavailable => ErrorKind::Unavailable,
            Self::Stalled => ErrorKind::Stalled,
            Self::NoSpace => ErrorKind::NoSpace,
            Self::LimitExceeded { .. } => ErrorKind::LimitExceeded,
            Self::AgentUnavailable => ErrorKind::AgentUnavailable,
            Self::Locked => ErrorKind::Locked,
            Self::MemoryFloor { .. } | Self::Refused { .. } => ErrorKind::Unsafe,
            Self::NotAuthorized { .. } | Self::InteractionRequired { .. } => ErrorKind::NotAuthorized,
            Self::Options(error) => error.kind,
            Self::Libvirt { .. } | Self::Document(_) | Self::Io { .. } | Self::Incomplete { .. } | Self::Bus(_) | Self::Internal(_) => {
                ErrorKind::Failed
            }
        }
    }
}

impl Error {
    /// What everybody may know of it, also those who may not do what failed: of a refusal its reasons, without mount points and processes.
    #[must_use]
    pub fn for_everybody(&self) -> BusError {
        match self {
            Self::Refused { reasons } => Self::Refused { reasons: reasons.iter().cloned().map(Finding::discreet).collect() }.into(),
            error => BusError::new(error.kind(), error.to_string()),
        }
    }
}

impl Error {
    /// The D-Bus error name.
    #[must_use]
    pub const fn bus_name(&self) -> &'static str {
        match self {
            Self::InteractionRequired { .. } => "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
            error => error.kind().name(),
        }
    }
}

impl From<Error> for BusError {
    fn from(error: Error) -> Self {
        if matches!(error.kind(), ErrorKind::Failed) {
            tracing::error!(cause = ?error, "Request failed");
        }
        let reply = Self::new(error.kind(), error.to_string());
        match error {
            Error::Options(error) => error,
            Error::NoMachine(uuid) => reply.with("machine", uuid.to_string()),
            Error::NotFound { what } => reply.with("what", what),
            Error::NameTaken { name } => reply.with("name", name),
            Error::WrongState { operation, state } => reply.with("operation", operation).with("state", u32::from(state)),
            Error::InvalidArgument { argument, reason } => reply.with("argument", argument).with("reason", reason),
            Error::NotSupported { reason } => reply.with("reason", reason),
            Error::TimedOut(limit) => reply.with("seconds", limit.as_secs()),
            Error::LimitExceeded { what, limit } => reply.with("what", what).with("limit", limit),
            Error::Incomplete { left } => reply.with("left", left),
            Error::MemoryFloor { available, floor, needed, most } => reply
                .with("reasons", vec!["memory-floor"])
                .with("available", available)
                .with("floor", floor)
                .with("needed", needed)
                .with("most", most),
            Error::Refused { reasons } => {
                // Each word once, and everything that is known.
                let words: BTreeSet<String> = reasons.iter().map(|reason| reason.word.to_owned()).collect();
                let details: Vec<HashMap<String, String>> = reasons.iter().map(Finding::facts).collect();
                reply.with("reasons", words.into_iter().collect::<Vec<_>>()).with("details", details)
            }
            Error::RuleTaken { machine } => reply.with("machine", machine.to_string()),
            Error::NotAuthorized { action, obtainable, dismissed } => {
                reply.with("action", action).with("obtainable", obtainable).with("dismissed", dismissed)
            }
            Error::InteractionRequired { action } => reply.with("action", action),
            Error::Libvirt { code, .. } => reply.with("libvirt-code", code),
            _ => reply,
        }
    }
}

/// The error type of bus methods: ours, or the standard one for a missing prompt.
#[derive(Debug)]
pub enum Reply {
    /// One of the closed list.
    Ours(BusError),
    /// `org.freedesktop.DBus.Error.InteractiveAuthorizationRequired`.
    Interactive(zbus::fdo::Error),
}

impl From<Error> for Reply {
    fn from(error: Error) -> Self {
        match error {
            Error::InteractionRequired { .. } => Self::Interactive(zbus::fdo::Error::InteractiveAuthorizationRequired(error.to_string())),
            error => Self::Ours(error.into()),
        }
    }
}

impl From<BusError> for Reply {
    fn from(error: BusError) -> Self {
        Self::Ours(error)
    }
}

impl zbus::DBusError for Reply {
    fn create_reply(&self, call: &zbus::message::Header<'_>) -> zbus::Result<zbus::Message> {
        match self {
            Self::Ours(error) => error.create_reply(call),
            Self::Interactive(error) => error.create_reply(call),
        }
    }

    fn name(&self) -> zbus::names::ErrorName<'_> {
        match self {
            Self::Ours(error) => error.name(),
            Self::Interactive(error) => error.name(),
        }
    }

    fn description(&self) -> Option<&str> {
        match self {
            Self::Ours(error) => error.description(),
            Self::Interactive(error) => error.description(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libvirt_messages_never_reach_the_caller() {
        let error = Error::Libvirt { code: 1, message: "content of /etc/shadow".into() };
        let reply = BusError::from(error);
        assert_eq!(reply.message, "libvirt failed with code 1");
        assert_eq!(reply.kind, ErrorKind::Failed);
    }

    #[test]
    fn a_full_disk_has_its_own_error() {
        let error = Error::io("write")(std::io::Error::from(std::io::ErrorKind::StorageFull));
        assert_eq!(error.kind(), ErrorKind::NoSpace);
    }
}
