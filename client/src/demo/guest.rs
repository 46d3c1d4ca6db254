//! One machine of the host in memory, with what is behind it.

use dbus::machine::{GuestAgent, PlanItem, State, StateReason};
use uuid::Uuid;

use super::{figures::Figures, roster::addresses, screen::Scene};
use crate::{Details, Machine, tuning::Tuning};

/// How a machine is stubborn, so that failures can be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Quirk {
    /// It does as it is told.
    #[default]
    None,
    /// It ignores the power button.
    IgnoresShutdown,
    /// A device that it needs is in use.
    CannotStart,
}

/// A machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Guest {
    pub(super) machine: Machine,
    pub(super) details: Details,
    pub(super) figures: Figures,
    pub(super) scene: Scene,
    pub(super) quirk: Quirk,
    pub(super) plan: Vec<PlanItem>,
    pub(super) log: Vec<String>,
    /// The devices that were plugged in while it runs.
    pub(super) plugged: Vec<String>,
    /// It runs without a controller that a SCSI device could be plugged into.
    pub(super) lacks_scsi: bool,
    pub(super) tuning: Tuning,
    /// Size and node of the huge pages that it has while it runs.
    pub(super) pages: Option<(u64, u32)>,
    /// How many of them were reserved for its start.
    pub(super) reserved: u64,
}

impl Guest {
    /// Whether its vCPUs run.
    pub(super) const fn is_moving(&self) -> bool {
        matches!(self.machine.state, State::Running | State::ShuttingDown)
    }

    pub(super) const fn seed(&self) -> u64 {
        let (high, low) = self.machine.id.as_u64_pair();
        high ^ low
    }
}

/// The identity of the n-th machine: always the same.
pub(super) const fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x6b76_6d00_0000_4000_8000_0000_0000_0000 | number)
}

impl Guest {
    /// It has been started.
    pub(super) fn start(&mut self, now: u64, reason: StateReason, state: State) {
        let machine = &mut self.machine;
        let number = machine.id.as_u128() & 0xffff;
        (machine.state, machine.reason, machine.has_saved_state) = (state, reason, false);
        if machine.addresses.is_empty() {
            machine.addresses = addresses(&format!("192.168.122.{}", 100 + number % 150), number);
        }
        if !self.figures.is_known() {
            self.figures = Figures::idle(machine.memory);
        }
        (self.details.started, machine.last_start_time) = (now, now);
        self.runs(true);
    }

    /// It is off now.
    pub(super) fn stop(&mut self, now: u64, reason: StateReason) {
        let machine = &mut self.machine;
        (machine.state, machine.reason, machine.has_saved_state) = (State::Off, reason, reason == StateReason::Saved);
        (machine.last_stop_reason, machine.last_stop_time) = (reason, now);
        machine.addresses.clear();
        machine.is_stalled = false;
        // What the host gave up comes back when the machine stops, whoever stops it.
        machine.hand_over = machine.hand_over.is_some().then(super::hand_over::of_host);
        self.details.started = 0;
        self.runs(false);
    }

    /// Another state, and why.
    pub(super) fn set(&mut self, state: State, reason: StateReason) {
        (self.machine.state, self.machine.reason) = (state, reason);
    }

    fn runs(&mut self, is_running: bool) {
        for (_, address) in &mut self.details.displays {
            *address = if is_running { "127.0.0.1".to_owned() } else { String::new() };
        }
        if let Some(answers) = &mut self.details.guest_agent {
            *answers = is_running;
        }
        self.machine.agent = agent(&self.details);
    }
}

/// What the list says of the agent that the details tell of.
pub(super) const fn agent(details: &Details) -> GuestAgent {
    match details.guest_agent {
        None => GuestAgent::None,
        Some(false) => GuestAgent::Silent,
        Some(true) => GuestAgent::Connected,
    }
}
