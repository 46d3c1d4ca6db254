//! What is known of one machine.

use dbus::machine::{Address, GuestAgent, State, StateReason, Tag};
use uuid::Uuid;

use crate::{
    device::{Attached, UsbRule},
    hand_over::HandOver,
};

/// One machine of one host, as the service told it last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Machine {
    /// Identity; constant.
    pub id: Uuid,
    /// Name, unique on its host.
    pub name: String,
    /// Title, or empty.
    pub title: String,
    /// Notes, several lines, or empty.
    pub description: String,
    /// What it does.
    pub state: State,
    /// Why.
    pub reason: StateReason,
    /// Its definition survives a stop.
    pub is_persistent: bool,
    /// Starts with the host.
    pub autostart: bool,
    /// The next start restores a saved state.
    pub has_saved_state: bool,
    /// Runs with another definition than the next start would use.
    pub has_unapplied_changes: bool,
    /// What differs, in the service's words for fields.
    pub unapplied_changes: Vec<String>,
    /// Locked against stop and delete.
    pub is_locked: bool,
    /// Its QEMU does not answer.
    pub is_stalled: bool,
    /// Bytes it has now, or will start with.
    pub memory: u64,
    /// Bytes it can have at most.
    pub maximum_memory: u64,
    /// vCPUs.
    pub vcpus: u32,
    /// vCPUs at most.
    pub maximum_vcpus: u32,
    /// libosinfo id, or empty.
    pub os_id: String,
    /// Plain name of its system, or empty.
    pub os_name: String,
    /// Group, `/` separates levels; or empty.
    pub group: String,
    /// Tags with colours.
    pub tags: Vec<Tag>,
    /// IP addresses.
    pub addresses: Vec<Address>,
    /// Why it stopped last.
    pub last_stop_reason: StateReason,
    /// When it stopped last, µs since the epoch, 0 if not known.
    pub last_stop_time: u64,
    /// When it started last, µs since the epoch, 0 if not known.
    pub last_start_time: u64,
    /// Whether the agent in its guest can be asked.
    pub agent: GuestAgent,
    /// What the service warns of, in its closed list of words.
    pub warnings: Vec<String>,
    /// What it has of its host, or gets with its start; `None` where the service does not tell.
    pub host_devices: Option<Vec<Attached>>,
    /// What of USB goes to it whenever it is plugged in; `None` where the service does not tell.
    pub usb_rules: Option<Vec<UsbRule>>,
    /// Bytes of the memory that it gets for Looking Glass, 0 for none; `None` where the service cannot give it any.
    pub looking_glass: Option<u64>,
    /// Whether it has the screen of its host; `None` where the service cannot give it.
    pub hand_over: Option<HandOver>,
    /// False while only the short record of the list is known: tags, addresses, notes are still to come.
    pub is_detailed: bool,
}

/// What a machine is shown as: one shape, one colour, one word each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Condition {
    /// Runs (also while it shuts down).
    Running,
    /// Paused, or asleep.
    Paused,
    /// Off, with a saved state.
    Saved,
    /// Off.
    Off,
    /// Off after a crash, or its guest panicked, or it stopped on an error.
    Crashed,
}

impl Machine {
    /// Title if it has one, else name.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.title.is_empty() { &self.name } else { &self.title }
    }

    /// What it is shown as.
    #[must_use]
    pub const fn condition(&self) -> Condition {
        match self.state {
            State::Running | State::ShuttingDown => Condition::Running,
            State::Paused => match self.reason {
                StateReason::GuestPanicked | StateReason::Crashed => Condition::Crashed,
                _ => Condition::Paused,
            },
            State::Suspended => Condition::Paused,
            State::Crashed => Condition::Crashed,
            State::Off | State::Unknown => {
                if self.has_saved_state {
                    Condition::Saved
                } else if matches!(self.reason, StateReason::Crashed | StateReason::Failed) {
                    Condition::Crashed
                } else {
                    Condition::Off
                }
            }
        }
    }

    /// Whether it has a running QEMU.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.state, State::Running | State::Paused | State::ShuttingDown | State::Suspended)
    }

    /// Whether a person should look at it: it crashed, hangs, or stands still on a disk error.
    #[must_use]
    pub fn needs_attention(&self) -> bool {
        self.is_stalled
            || self.condition() == Condition::Crashed
            || (self.state == State::Paused && matches!(self.reason, StateReason::IoError | StateReason::DiskFull | StateReason::Watchdog))
            || self.warnings.iter().any(|warning| warning == "definition-unreadable")
    }

    /// The first address without its prefix length, if one is known.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.addresses.first().map(|address| address.address.split('/').next().unwrap_or(&address.address))
    }
}
