//! Everything that a person can have done: one list for toolbar, menus, palette, keys and settings.

mod key;
mod list;

pub use key::Shortcut;
pub use list::{ALL, Command};

use client::{Condition, HostDevice, Machine, Operation, State, device::VFIO, hand_over::Stage};

use crate::model::HostModel;

/// What a command works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every selected machine.
    Machines,
    /// One machine; off while several are selected.
    Machine,
    /// The application.
    Application,
}

impl Command {
    /// The operation it is, if one call does it.
    #[must_use]
    pub const fn operation(self) -> Option<Operation> {
        Some(match self {
            Self::Start => Operation::Start,
            Self::StartPaused => Operation::StartPaused,
            Self::StartCold => Operation::StartCold,
            Self::Shutdown => Operation::Shutdown,
            Self::ShutdownAndRestart => Operation::ShutdownAndRestart,
            Self::Reboot => Operation::Reboot,
            Self::Reset => Operation::Reset,
            Self::ForceOff => Operation::ForceOff,
            Self::Pause => Operation::Pause,
            Self::Resume => Operation::Resume,
            Self::Save => Operation::Save,
            Self::DiscardSavedState => Operation::DiscardSavedState,
            Self::SendNmi => Operation::SendNmi,
            Self::Sleep => Operation::Sleep,
            Self::Wake => Operation::Wake,
            Self::MakePersistent => Operation::MakePersistent,
            _ => return None,
        })
    }

    /// Whether it makes sense for a machine in this state. It may still be refused: rights are asked when it is done.
    #[must_use]
    pub fn suits(self, machine: &Machine) -> bool {
        let active = machine.is_active();
        let free = !machine.is_locked;
        match self {
            Self::Start => !active,
            Self::StartPaused => !active && !machine.has_saved_state,
            Self::StartCold | Self::DiscardSavedState => !active && machine.has_saved_state && free,
            Self::Shutdown | Self::Reboot => machine.state == State::Running && free,
            Self::ShutdownAndRestart => active && machine.is_persistent && machine.has_unapplied_changes && free,
            Self::Reset | Self::ForceOff | Self::Save => active && free,
            Self::Pause | Self::Sleep => machine.state == State::Running,
            Self::Resume => machine.state == State::Paused,
            Self::PauseOrResume => matches!(machine.state, State::Running | State::Paused),
            Self::Wake => machine.state == State::Suspended,
            Self::SendNmi | Self::Screenshot | Self::CoreDump => active,
            Self::MakePersistent => !machine.is_persistent,
            Self::Rename => !active && machine.is_persistent,
            Self::ToggleAutostart => machine.is_persistent,
            Self::AttachDevice => machine.host_devices.is_some(),
            Self::HandOver => !active && machine.is_persistent && stage(machine) == Some(Stage::Host),
            Self::KeepScreen => stage(machine) == Some(Stage::Trial),
            Self::GiveBackScreen => free && stage(machine).is_some_and(Stage::can_return),
            Self::Lock => free,
            Self::UnlockMachine => !free,
            Self::Delete => free,
            Self::CopyAddress => machine.address().is_some(),
            Self::ShowLog => machine.condition() != Condition::Off || machine.last_stop_time > 0,
            _ => true,
        }
    }

    /// The same on its host: the screen goes with a graphics card that the host drives.
    #[must_use]
    pub fn suits_on(self, host: &HostModel, machine: &Machine) -> bool {
        self.suits(machine) && (self != Self::HandOver || has_card_of_host(host, machine))
    }
}

fn stage(machine: &Machine) -> Option<Stage> {
    machine.hand_over.as_ref().map(|own| own.stage)
}

/// Whether its definition has a graphics card that is not reserved for machines anyway.
fn has_card_of_host(host: &HostModel, machine: &Machine) -> bool {
    let named = |address: &str| machine.host_devices.iter().flatten().any(|one| one.is_configured && one.source == address);
    let is_driven = |device: &&HostDevice| device.kind == "display" && !device.driver.is_empty() && device.driver != VFIO;
    host.devices.iter().filter(is_driven).any(|device| named(&device.address))
}
