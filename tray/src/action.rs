//! What a click can ask for.

use client::{Operation, Uuid, host};

/// A machine of a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The host's name inside the clients.
    pub host: host::Id,
    /// The machine.
    pub machine: Uuid,
}

/// What a click can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Shows the application.
    Open,
    /// Shows the application's settings.
    Settings,
    /// Shows a machine in the application.
    OpenMachine(Target),
    /// Shows a machine's log: in the application, or its end in a notification.
    ShowLog(Target),
    /// Does something to a machine.
    Operate(Target, Operation),
    /// Asks whether to do something to a machine.
    Ask(Target, Operation),
    /// Lets a machine keep the screen of its host.
    KeepScreen(Target),
    /// Gives the screen back; the guest is asked to shut down.
    GiveBackScreen(Target),
    /// Asks whether to do so.
    AskGiveBack(Target),
    /// Cancels a job of a host.
    Cancel(host::Id, String),
    /// No notifications for an hour, or notifications again.
    Quiet,
    /// Ends the tray.
    Quit,
    /// Nothing: the answer of somebody who changed their mind.
    Leave,
}

impl Action {
    /// The machine it is about.
    #[must_use]
    pub const fn target(&self) -> Option<&Target> {
        match self {
            Self::OpenMachine(target)
            | Self::ShowLog(target)
            | Self::Operate(target, _)
            | Self::Ask(target, _)
            | Self::KeepScreen(target)
            | Self::GiveBackScreen(target)
            | Self::AskGiveBack(target) => Some(target),
            _ => None,
        }
    }
}
