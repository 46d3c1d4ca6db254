//! Gives a machine the screen of its host: every step, who loses what and every refusal, before anybody is asked for a password.

#[cfg(test)]
mod tests;
mod view;

use client::{
    Error,
    hand_over::{How, Plan},
    settings::Settings,
};
use iced::{Element, Task};

use super::{
    Content,
    attempt::{Attempt, Question},
    fetch::Patience,
};
use crate::{
    action::{Action, Call, Done, HandOverChange},
    model::{Key, Model},
    widget::focus,
};

/// Seconds of a trial that can be chosen.
const TRIALS: [u32; 4] = [60, 120, 300, 900];
/// Enough to see a picture and to find the button, and not long to wait for a screen that stays dark.
const TRIAL: u32 = 120;
/// What may end if somebody says so: it has a choice of its own.
const ENDS: [&str; 2] = ["session", "open"];

/// See [the module](self).
#[derive(Debug)]
pub struct HandOver {
    key: Key,
    how: How,
    plan: Question<Plan>,
    attempt: Attempt,
    shows_steps: bool,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The plan was made, for the question with this number.
    Planned(u64, Result<Plan, Error>),
    /// Time has passed.
    Waited(Patience),
    /// Ask for the plan again.
    Retry,
    /// Another trial, or none.
    Trial(Option<u32>),
    /// Desktops and programs may end, or not.
    Closes,
    /// Although it cannot be reset, or not.
    NoReset,
    /// Show or hide each change.
    Steps,
    /// Show or hide the raw message.
    Fold,
    /// Do it.
    Accept,
    /// Leave it.
    Dismiss,
}

impl HandOver {
    /// Asks about this machine; on trial, unless it cannot be stopped at the end of one.
    #[must_use]
    pub fn new(model: &Model, key: Key) -> Self {
        let is_locked = model.machine(&key).is_some_and(|machine| machine.is_locked);
        let how = How { trial: (!is_locked).then_some(TRIAL), ..How::default() };
        Self { key, how, plan: Question::default(), attempt: Attempt::default(), shows_steps: false }
    }

    fn ask(&mut self, model: &Model) -> Task<Message> {
        let (machine, how) = (self.key.machine, self.how);
        let work = move |client: client::Client| async move { client.plan_hand_over(machine, how).await };
        self.plan.ask(model, &self.key.host, work, Message::Planned, Message::Waited)
    }

    fn again(&mut self, model: &Model) -> Action {
        Action::Task(self.ask(model).map(|message| crate::app::Message::Dialog(super::Message::HandOver(message))))
    }

    fn call(&self) -> Call {
        Call::HandOver(self.key.clone(), HandOverChange::Begin(self.how))
    }

    fn is_allowed(&self) -> bool {
        !self.attempt.is_working() && self.plan.ready().is_some_and(|plan| plan.reasons.is_empty())
    }

    /// Whether nothing is missing but the word that desktops may end.
    fn lacks_consent(&self) -> bool {
        let waits = |plan: &Plan| !plan.reasons.is_empty() && plan.reasons.iter().all(|one| ENDS.contains(&one.reason.as_str()));
        !self.how.closes_sessions && self.plan.ready().is_some_and(waits)
    }
}

impl Content for HandOver {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, model: &Model, _settings: &Settings) -> Task<Message> {
        Task::batch([self.ask(model), focus::take("dialog-cancel")])
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Planned(serial, result) => self.plan.answered(serial, result),
            Message::Waited(patience) => self.plan.waited(patience),
            Message::Steps => self.shows_steps = !self.shows_steps,
            Message::Fold => self.attempt.fold(),
            Message::Dismiss => return Action::Close,
            // What was asked for stays as it is until the answer comes.
            _ if self.attempt.is_working() => {}
            Message::Retry => return self.again(model),
            // It changes nothing of what is done before.
            Message::Trial(trial) => self.how.trial = trial,
            Message::Closes => {
                self.how.closes_sessions = !self.how.closes_sessions;
                return self.again(model);
            }
            Message::NoReset => {
                self.how.allows_no_reset = !self.how.allows_no_reset;
                return self.again(model);
            }
            Message::Accept if self.is_allowed() => return self.attempt.begin(self.call()),
            Message::Accept => {}
        }
        Action::None
    }

    /// Once the machine has the screen, its note takes over.
    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        // What spoke against it meanwhile is in the new plan.
        Some(if self.attempt.done(done, Some(&self.call()))? { Action::Close } else { self.again(model) })
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        self.show(model)
    }
}
