//! The screen of a host for one of its machines: how it stands, what it would take, and what did not come back.

use crate::device::Refusal;

/// Who has the screen, as the service told it last, on the machine that it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandOver {
    /// How it stands.
    pub stage: Stage,
    /// When the trial ends, µs since the epoch; 0 without one.
    pub trial_ends: u64,
    /// What did not come back.
    pub left: Vec<Left>,
}

/// How it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Stage {
    /// A service that is newer than this client says something else.
    #[default]
    Unknown,
    /// The host has its screen, or another machine.
    Host,
    /// The host gives it up.
    Taking,
    /// The machine has it until the trial ends, unless somebody keeps it.
    Trial,
    /// The machine has it until it stops.
    Machine,
    /// The host takes it back.
    Returning,
    /// Something did not come back.
    Left,
}

impl From<u32> for Stage {
    fn from(number: u32) -> Self {
        match number {
            1 => Self::Host,
            2 => Self::Taking,
            3 => Self::Trial,
            4 => Self::Machine,
            5 => Self::Returning,
            6 => Self::Left,
            _ => Self::Unknown,
        }
    }
}

impl Stage {
    /// Whether there is something to give back.
    #[must_use]
    pub const fn can_return(self) -> bool {
        matches!(self, Self::Trial | Self::Machine | Self::Left)
    }

    /// Whether the host is without it, or on its way there or back.
    #[must_use]
    pub const fn is_away(self) -> bool {
        matches!(self, Self::Taking | Self::Trial | Self::Machine | Self::Returning | Self::Left)
    }
}

impl HandOver {
    /// Seconds until the trial ends, rounded up, at this time (µs since the epoch); `None` without a trial.
    #[must_use]
    pub const fn remaining(&self, now: u64) -> Option<u64> {
        match self.stage {
            Stage::Trial if self.trial_ends > 0 => Some(self.trial_ends.saturating_sub(now).div_ceil(1_000_000)),
            _ => None,
        }
    }
}

/// A part of the host that did not come back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// `device`, `module`, `frame-buffer`, `console`, `daemon` or `display-manager`.
    pub part: String,
    /// Its name.
    pub name: String,
    /// What an administrator can type to have it back.
    pub repair: String,
}

/// How it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// Seconds after which everything comes back unless somebody keeps it, 1 to 3600; `None` until the machine stops.
    pub trial: Option<u32>,
    /// Sessions and programs that use the cards may end.
    pub closes_sessions: bool,
    /// Those devices too that the kernel cannot reset alone.
    pub allows_no_reset: bool,
}

/// One thing that would be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// `start-unit`, `stop-unit`, `console`, `frame-buffer`, `unload-module`, `override`, `unbind`, `probe` or `start-machine`.
    pub step: String,
    /// What it is done to: a unit, a console, a frame buffer, an address or a machine.
    pub subject: String,
    /// What is written, or empty.
    pub value: String,
}

/// Somebody who would lose a desktop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// logind's name for it.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// Where, such as `seat0`; or empty.
    pub seat: String,
    /// `wayland`, `x11`, `tty` or another word of logind's.
    pub kind: String,
}

/// What handing over would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The addresses of all that goes.
    pub devices: Vec<String>,
    /// Everything that would be done, in order.
    pub steps: Vec<Step>,
    /// Who would lose a desktop.
    pub sessions: Vec<Session>,
    /// Programs that have the devices open: number and name, and what they have open.
    pub processes: Vec<Refusal>,
    /// Why it is refused; empty if it is not.
    pub reasons: Vec<Refusal>,
    /// What should be known all the same.
    pub warnings: Vec<Refusal>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_trial_is_never_negative_and_there_only_while_it_runs() {
        let trial = HandOver { stage: Stage::Trial, trial_ends: 10_000_000, left: Vec::new() };
        assert_eq!([0, 9_500_000, 10_000_000, u64::MAX].map(|now| trial.remaining(now)), [Some(10), Some(1), Some(0), Some(0)]);
        assert_eq!(HandOver { stage: Stage::Machine, ..trial.clone() }.remaining(0), None);
        assert_eq!(HandOver { trial_ends: 0, ..trial }.remaining(0), None);
    }

    #[test]
    fn a_stage_that_is_not_known_is_no_other_one() {
        assert_eq!([0, 7, u32::MAX].map(Stage::from), [Stage::Unknown; 3]);
        assert!(!Stage::from(99).can_return() && !Stage::from(99).is_away());
    }
}
