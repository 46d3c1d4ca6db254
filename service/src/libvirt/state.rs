//! libvirt's numbers for states, reasons and lifecycle events as our words.

use dbus::machine::{State, StateReason as Reason};

/// What a lifecycle event says about its machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is in this state now.
    State(State, Reason),
    /// Its definition was made or changed.
    Defined,
    /// Its definition is gone.
    Undefined,
    /// Nothing that shows.
    None,
}

/// A state and its reason as virDomainGetState numbers them.
#[must_use]
pub const fn state(state: i32, reason: i32) -> (State, Reason) {
    match state {
        1 | 2 => (State::Running, running(reason)),
        3 => (State::Paused, paused(reason)),
        4 => (State::ShuttingDown, Reason::ByUser),
        5 => (State::Off, off(reason)),
        6 => (State::Crashed, if reason == 1 { Reason::GuestPanicked } else { Reason::Crashed }),
        7 => (State::Suspended, Reason::Unknown),
        _ => (State::Unknown, Reason::Unknown),
    }
}

const fn running(reason: i32) -> Reason {
    match reason {
        1 => Reason::Booted,
        2 => Reason::Migrated,
        3 => Reason::Restored,
        4 => Reason::FromSnapshot,
        5..=7 => Reason::Resumed,
        8 => Reason::WokenUp,
        9 => Reason::Crashed,
        10 | 11 => Reason::PostCopy,
        _ => Reason::Unknown,
    }
}

const fn paused(reason: i32) -> Reason {
    match reason {
        1 => Reason::ByUser,
        2 => Reason::Migrating,
        3 => Reason::Saving,
        4 => Reason::Dumping,
        5 => Reason::IoError,
        6 => Reason::Watchdog,
        7 => Reason::FromSnapshot,
        8 => Reason::ShuttingDown,
        9 => Reason::Snapshotting,
        10 => Reason::GuestPanicked,
        11 => Reason::StartingUp,
        12 => Reason::PostCopy,
        13 => Reason::PostCopyFailed,
        14 => Reason::Failed,
        _ => Reason::Unknown,
    }
}

const fn off(reason: i32) -> Reason {
    match reason {
        1 => Reason::ShutDown,
        2 => Reason::ForcedOff,
        3 => Reason::Crashed,
        4 => Reason::MigratedAway,
        5 => Reason::Saved,
        6 => Reason::Failed,
        7 => Reason::FromSnapshot,
        8 => Reason::Daemon,
        _ => Reason::Unknown,
    }
}

/// A lifecycle event and its detail as virDomainEventType numbers them.
#[must_use]
pub const fn change(event: i32, detail: i32) -> Change {
    match (event, detail) {
        (0, _) => Change::Defined,
        // Renaming sends "undefined" with the old and "defined" with the new name, both with the same UUID.
        (1, 1) => Change::Defined,
        (1, _) => Change::Undefined,
        (2, 1) => Change::State(State::Running, Reason::Migrated),
        (2, 2) => Change::State(State::Running, Reason::Restored),
        (2, 3) => Change::State(State::Running, Reason::FromSnapshot),
        (2, 4) => Change::State(State::Running, Reason::WokenUp),
        (2, _) => Change::State(State::Running, Reason::Booted),
        (3, 1) => Change::State(State::Paused, Reason::Migrating),
        (3, 2) => Change::State(State::Paused, Reason::IoError),
        (3, 3) => Change::State(State::Paused, Reason::Watchdog),
        (3, 4) => Change::State(State::Paused, Reason::Restored),
        (3, 5) => Change::State(State::Paused, Reason::FromSnapshot),
        (3, 6) => Change::State(State::Paused, Reason::Failed),
        (3, 7) => Change::State(State::Paused, Reason::PostCopy),
        (3, 8) => Change::State(State::Paused, Reason::PostCopyFailed),
        (3, _) => Change::State(State::Paused, Reason::ByUser),
        (4, 1) => Change::State(State::Running, Reason::Migrated),
        (4, 2) => Change::State(State::Running, Reason::FromSnapshot),
        (4, 3 | 4) => Change::State(State::Running, Reason::PostCopy),
        (4, _) => Change::State(State::Running, Reason::Resumed),
        (5, 0) => Change::State(State::Off, Reason::ShutDown),
        (5, 1) => Change::State(State::Off, Reason::ForcedOff),
        (5, 2) => Change::State(State::Off, Reason::Crashed),
        (5, 3) => Change::State(State::Off, Reason::MigratedAway),
        (5, 4) => Change::State(State::Off, Reason::Saved),
        (5, 6) => Change::State(State::Off, Reason::FromSnapshot),
        (5, _) => Change::State(State::Off, Reason::Failed),
        (6, _) => Change::State(State::ShuttingDown, Reason::ShutDown),
        (7, _) => Change::State(State::Suspended, Reason::Unknown),
        (8, _) => Change::State(State::Crashed, Reason::GuestPanicked),
        _ => Change::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_machine_is_not_taken_for_a_deleted_one() {
        assert_eq!(change(1, 1), Change::Defined);
        assert_eq!(change(1, 0), Change::Undefined);
    }

    #[test]
    fn a_killed_qemu_is_a_crash_and_a_saved_machine_is_not() {
        assert_eq!(change(5, 2), Change::State(State::Off, Reason::Crashed));
        assert_eq!(change(5, 4), Change::State(State::Off, Reason::Saved));
    }

    #[test]
    fn states_of_a_newer_libvirt_are_unknown() {
        assert_eq!(state(99, 99), (State::Unknown, Reason::Unknown));
    }
}
