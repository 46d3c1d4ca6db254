//! Why a call failed, as a client can tell it.

use dbus::ErrorKind;

use crate::device::Refusal;

/// A failed call. Cheap to clone, because messages of a user interface are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The service refused or failed, by the name of the closed list.
    #[error("{message}")]
    Service {
        /// What kind of failure.
        kind: ErrorKind,
        /// The service's English sentence, for the "raw message".
        message: String,
        /// Facts by name, as text.
        facts: Vec<(String, String)>,
    },
    /// Authentication was needed and nobody can be asked (no polkit agent).
    #[error("{0}")]
    NoAgent(String),
    /// The service or the host is not reachable (any more).
    #[error("{0}")]
    Gone(String),
    /// Anything else that D-Bus said.
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// The kind, if the service gave one.
    #[must_use]
    pub const fn kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Service { kind, .. } => Some(*kind),
            _ => None,
        }
    }

    /// A fact of the service, by name.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&str> {
        match self {
            Self::Service { facts, .. } => facts.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()),
            _ => None,
        }
    }

    /// Everything that speaks against what was asked for, if the service refused for the host's sake.
    #[must_use]
    pub fn refusals(&self) -> Vec<Refusal> {
        let fact = |at: usize, key: &str| self.fact(&format!("details.{at}.{key}")).unwrap_or_default().to_owned();
        // A USB device is named by its port.
        let device = |at| Some(fact(at, "device")).filter(|device| !device.is_empty()).unwrap_or_else(|| fact(at, "port"));
        let refusal = |at| Refusal { reason: fact(at, "reason"), device: device(at), name: fact(at, "name"), detail: fact(at, "detail") };
        (0..).map(refusal).take_while(|refusal| !refusal.reason.is_empty()).collect()
    }

    /// Whether the caller closed the prompt: no failure to report.
    #[must_use]
    pub fn is_dismissed(&self) -> bool {
        self.kind() == Some(ErrorKind::NotAuthorized) && self.fact("dismissed") == Some("true")
    }
}
