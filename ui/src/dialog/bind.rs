//! Takes devices from the host for its machines, or gives them back: the plan with every refusal, before anything is changed.

mod plan;
#[cfg(test)]
mod tests;
mod view;

pub(super) use plan::others;

use std::collections::BTreeSet;

use client::{
    Error, HostDevice,
    device::{BindPlan, Devices, Holder},
    host::Id,
    settings::Settings,
};
use iced::{Element, Task};

use super::{
    Content,
    attempt::{Attempt, Question},
    fetch::Patience,
};
use crate::{
    action::{Action, Call, Done, Way},
    model::Model,
    widget::focus,
};

/// See [the module](self).
#[derive(Debug)]
pub struct Bind {
    host: Id,
    way: Way,
    devices: Devices,
    plan: Question<BindPlan>,
    attempt: Attempt,
    shows_steps: bool,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The plan was made, for the question with this number.
    Planned(u64, Result<BindPlan, Error>),
    /// Time has passed.
    Waited(Patience),
    /// Ask for the plan again.
    Retry,
    /// With the whole group, or not.
    Group,
    /// Although it cannot be reset, or not.
    NoReset,
    /// Show or hide each write.
    Steps,
    /// Show or hide the raw message.
    Fold,
    /// Do it.
    Accept,
    /// Leave it.
    Dismiss,
}

impl Bind {
    /// Asks about taking these devices. What shares their groups goes along: alone they would be refused.
    #[must_use]
    pub fn take(model: &Model, host: Id, addresses: Vec<String>) -> Self {
        let whole_groups = !plan::others(model, &host, &addresses).is_empty();
        Self::new(host, Way::Take, Devices { addresses, whole_groups, allows_no_reset: false })
    }

    /// Asks about giving these devices back, with all of their groups that is reserved.
    #[must_use]
    pub fn give_back(model: &Model, host: Id, mut addresses: Vec<String>) -> Self {
        let is_reserved = |device: &&HostDevice| device.holder() == Holder::Reserved;
        let others = plan::others(model, &host, &addresses);
        addresses.extend(others.into_iter().filter(is_reserved).map(|device| device.address.clone()));
        Self::new(host, Way::GiveBack, Devices { addresses, ..Devices::default() })
    }

    fn new(host: Id, way: Way, devices: Devices) -> Self {
        Self { host, way, devices, plan: Question::default(), attempt: Attempt::default(), shows_steps: false }
    }

    fn ask(&mut self, model: &Model) -> Task<Message> {
        let (devices, way) = (self.devices.clone(), self.way);
        let work = move |client: client::Client| async move {
            match way {
                Way::Take => client.plan_bind(devices).await,
                Way::GiveBack => client.plan_release(devices).await,
            }
        };
        self.plan.ask(model, &self.host, work, Message::Planned, Message::Waited)
    }

    fn again(&mut self, model: &Model) -> Action {
        Action::Task(self.ask(model).map(|message| crate::app::Message::Dialog(super::Message::Bind(message))))
    }

    fn call(&self) -> Call {
        Call::Move(self.host.clone(), self.way, self.devices.clone())
    }

    /// How many devices it is about, as far as is known.
    fn count(&self) -> usize {
        self.plan.ready().map_or(self.devices.addresses.len(), |plan| plan.devices.len().max(1))
    }

    fn is_allowed(&self) -> bool {
        !self.attempt.is_working() && self.plan.ready().is_some_and(|plan| plan.reasons.is_empty() && !plan.steps.is_empty())
    }

    /// Whether any reason has this word.
    fn is_refused_for(&self, word: &str) -> bool {
        self.plan.ready().is_some_and(|plan| plan.reasons.iter().any(|refusal| refusal.reason == word))
    }

    /// The devices that were asked about, and no others.
    fn named(&self) -> BTreeSet<&str> {
        self.devices.addresses.iter().map(String::as_str).collect()
    }
}

impl Content for Bind {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, model: &Model, _settings: &Settings) -> Task<Message> {
        Task::batch([self.ask(model), focus::take("dialog-cancel")])
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Planned(serial, result) => {
                let was_asking = self.plan.ready().is_none();
                self.plan.answered(serial, result);
                if was_asking && self.is_allowed() {
                    return Action::Task(focus::take("dialog-accept"));
                }
            }
            Message::Waited(patience) => self.plan.waited(patience),
            Message::Steps => self.shows_steps = !self.shows_steps,
            Message::Fold => self.attempt.fold(),
            Message::Dismiss => return Action::Close,
            // What was asked for stays as it is until the answer comes.
            _ if self.attempt.is_working() => {}
            Message::Retry => return self.again(model),
            Message::Group => {
                self.devices.whole_groups = !self.devices.whole_groups;
                return self.again(model);
            }
            Message::NoReset => {
                self.devices.allows_no_reset = !self.devices.allows_no_reset;
                return self.again(model);
            }
            Message::Accept if self.is_allowed() => return self.attempt.begin(self.call()),
            Message::Accept => {}
        }
        Action::None
    }

    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        // What spoke against it meanwhile is in the new plan.
        Some(if self.attempt.done(done, Some(&self.call()))? { Action::Close } else { self.again(model) })
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        self.show(model)
    }
}
