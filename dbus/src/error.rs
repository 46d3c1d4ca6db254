//! The closed list of errors that the service replies with.

use std::{borrow::Cow, collections::HashMap, fmt};

use zbus::{Message, OwnedVariant, Variant, message::Header, names::ErrorName};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What kind of failure it is; the D-Bus error name is `org.kvmmanager.Manager1.Error.` and this name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind { $($(#[$doc])* $name,)* }

        impl ErrorKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The whole D-Bus error name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => concat!("org.kvmmanager.Manager1.Error.", stringify!($name)),)* }
            }

            /// The kind with this D-Bus error name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.name() == name)
            }
        }
    };
}

kinds! {
    /// Something unforeseen; the journal of the service says more.
    Failed,
    /// No such machine, job or deleted machine.
    NotFound,
    /// The name or identity is taken. Fact: `name`.
    AlreadyExists,
    /// An argument or option is not acceptable. Facts: `argument`, sometimes `reason`.
    InvalidArgument,
    /// The machine's state does not allow it. Facts: `state`, `operation`.
    InvalidState,
    /// Another operation on the machine is under way.
    Busy,
    /// The host, its libvirt or the machine cannot do this.
    NotSupported,
    /// The caller may not do this. Fact: `action`; `obtainable` if authentication could help; `dismissed` if the prompt was closed.
    NotAuthorized,
    /// The work was cancelled, and what it had begun was undone or is named in the facts.
    Cancelled,
    /// It did not happen in the given time. Fact: `seconds`.
    TimedOut,
    /// libvirt is not reachable; figures are those of before.
    Unavailable,
    /// The machine's QEMU process does not answer.
    Stalled,
    /// The disk is full.
    NoSpace,
    /// A quota is used up. Facts: `what`, `limit`.
    LimitExceeded,
    /// No guest agent answers in the machine.
    AgentUnavailable,
    /// Refused to protect data or the host. Fact: `reasons`.
    Unsafe,
    /// The machine is locked against stop and delete. Clear the lock with `SetMetadata` first.
    Locked,
}

/// An error as it crosses the bus: body `(s message, a{sv} facts)`.
///
/// The name decides what a client does, the facts are what it may show, the message is for logs.
#[derive(Debug)]
pub struct Error {
    /// The name of the error.
    pub kind: ErrorKind,
    /// One English sentence.
    pub message: String,
    /// The facts, by name.
    pub facts: HashMap<&'static str, Variant<'static>>,
}

impl Error {
    /// An error without facts.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), facts: HashMap::new() }
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, fact: &'static str, value: impl Into<Variant<'static>>) -> Self {
        self.facts.insert(fact, value.into());
        self
    }

    /// An argument that is not acceptable; `reason` is a fixed text, never the caller's.
    #[must_use]
    pub fn invalid_argument(argument: &str, reason: &'static str) -> Self {
        let argument = presentable(argument);
        Self::new(ErrorKind::InvalidArgument, format!("Invalid argument {argument}: {reason}"))
            .with("argument", argument.into_owned())
            .with("reason", reason)
    }
}

/// A caller's text as it may be echoed: short and printable, or not at all.
#[must_use]
pub fn presentable(text: &str) -> Cow<'_, str> {
    let printable = |character: char| character.is_ascii_graphic() || character == ' ';
    if text.len() <= 64 && text.chars().all(printable) { Cow::Borrowed(text) } else { Cow::Borrowed("(not shown)") }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl zbus::DBusError for Error {
    fn create_reply(&self, call: &Header<'_>) -> zbus::Result<Message> {
        Message::error(call, self.name()).build(&(&self.message, &self.facts))
    }

    fn name(&self) -> ErrorName<'_> {
        ErrorName::from_static_str_unchecked(self.kind.name())
    }

    fn description(&self) -> Option<&str> {
        Some(&self.message)
    }
}

/// What a client can learn from a failed call.
#[derive(Debug)]
pub struct Failure {
    /// The kind, if the error is one of ours.
    pub kind: Option<ErrorKind>,
    /// The D-Bus error name.
    pub name: String,
    /// The message.
    pub message: String,
    /// The facts, by name.
    pub facts: HashMap<String, OwnedVariant>,
}

impl Failure {
    /// Reads an error reply; `None` if the call failed in another way (no reply, connection lost).
    #[must_use]
    pub fn from_call(error: &zbus::Error) -> Option<Self> {
        let zbus::Error::MethodError(name, message, reply) = error else { return None };
        let body = reply.body();
        let facts = body.deserialize::<(String, HashMap<String, OwnedVariant>)>().map(|(_, facts)| facts).unwrap_or_default();
        Some(Self { kind: ErrorKind::from_name(name), name: name.to_string(), message: message.clone().unwrap_or_default(), facts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in ErrorKind::ALL {
            assert_eq!(ErrorKind::from_name(kind.name()), Some(*kind));
        }
        assert_eq!(ErrorKind::from_name("org.freedesktop.DBus.Error.Failed"), None);
    }

    #[test]
    fn errors_echo_only_short_printable_text() {
        assert_eq!(presentable("paused"), "paused");
        for hostile in ["a\nb", "\u{202e}abc", "\u{1b}[31m", &"x".repeat(65)] {
            assert_eq!(presentable(hostile), "(not shown)");
        }
    }
}
