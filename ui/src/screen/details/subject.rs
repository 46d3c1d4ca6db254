//! The machine that is shown, with all that is known of it.

use client::{Condition, Error, Machine, StateReason, locale};
use iced::{Color, Element};

use crate::{
    command::Command,
    component::{badge, condition_colour, condition_icon, state_badge},
    model::{HostModel, Key, Model, now},
    theme::Tokens,
};

/// The machine that is shown.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Which.
    pub key: Key,
    /// Its host.
    pub host: &'a HostModel,
    /// Its record.
    pub machine: &'a Machine,
    /// What it is made of, once that was read.
    pub details: Option<&'a client::Details>,
    /// Why that could not be read.
    pub error: Option<&'a Error>,
    /// It lets one wait: grey bars.
    pub is_slow: bool,
    /// Now, µs since the epoch.
    pub now: u64,
}

/// What can be asked for on a machine.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// This into the clipboard.
    Copy(String),
    /// A command.
    Run(Command),
    /// A job to be cancelled.
    Cancel(String),
}

impl<'a> Subject<'a> {
    /// A machine with what the model knows of it.
    #[must_use]
    pub fn new(model: &'a Model, key: &Key) -> Option<Self> {
        let host = model.hosts().iter().find(|host| host.host.id == key.host)?;
        let machine = host.machines.get(&key.machine)?;
        Some(Self { key: key.clone(), host, machine, details: None, error: None, is_slow: false, now: now() })
    }

    /// What it does, for how long or why, and in which colour.
    #[must_use]
    pub fn state(&self) -> (String, fn(&Tokens) -> Color) {
        let machine = self.machine;
        if !self.host.is_live() {
            return (locale::state(machine.state), |t| t.subtle);
        }
        let condition = machine.condition();
        let started = self.details.map_or(0, |details| details.started);
        let words = match condition {
            Condition::Running => locale::since(machine, started, self.now),
            Condition::Paused if !matches!(machine.reason, StateReason::ByUser | StateReason::Unknown) => locale::reason(machine.reason),
            Condition::Crashed if machine.is_active() => locale::reason(machine.reason),
            Condition::Paused => locale::state(machine.state),
            _ => locale::condition(condition),
        };
        (words, condition_colour(condition))
    }

    /// Its state as shape, colour and word; grey when it is not known whether that still holds.
    #[must_use]
    pub fn badge<Message: 'a>(&self) -> Element<'a, Message> {
        let condition = self.machine.condition();
        if self.host.is_live() {
            return state_badge(condition);
        }
        badge(condition_icon(condition), locale::condition(condition), |t| t.off_soft, |t| t.subtle)
    }

    /// What the host is called.
    #[must_use]
    pub fn host_name(&self) -> String {
        self.host.host.label()
    }

    /// The command of the blue button.
    #[must_use]
    pub fn primary(&self) -> Command {
        [Command::Start, Command::Resume, Command::Wake].into_iter().find(|command| command.suits(self.machine)).unwrap_or(Command::Open)
    }
}
