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
    fetch::{Fetch, Patience, fetch},
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
    plan: Fetch<BindPlan>,
    /// The question whose answer is awaited.
    serial: u64,
    shows_steps: bool,
    shows_message: bool,
    is_working: bool,
    error: Option<Error>,
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
        Self {
            host,
            way,
            devices,
            plan: Fetch::default(),
            serial: 0,
            shows_steps: false,
            shows_message: false,
            is_working: false,
            error: None,
        }
    }

    fn fetch(&mut self, model: &Model) -> Task<Message> {
        if self.way == Way::GiveBack {
            self.plan.take(Ok(plan::of_return(model, &self.host, &self.devices.addresses)));
            return Task::none();
        }
        self.serial += 1;
        let (serial, devices) = (self.serial, self.devices.clone());
        let planned = move |result| Message::Planned(serial, result);
        fetch(model, &self.host, move |client| async move { client.plan_bind(devices).await }, planned, Message::Waited)
    }

    fn again(&mut self, model: &Model) -> Action {
        self.plan = Fetch::default();
        Action::Task(self.fetch(model).map(wrap))
    }

    /// How many devices it is about, as far as is known.
    fn count(&self) -> usize {
        self.plan.ready().map_or(self.devices.addresses.len(), |plan| plan.devices.len().max(1))
    }

    fn is_allowed(&self) -> bool {
        let has_work = |plan: &BindPlan| self.way == Way::GiveBack || !plan.steps.is_empty();
        !self.is_working && self.plan.ready().is_some_and(|plan| plan.reasons.is_empty() && has_work(plan))
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
        Task::batch([self.fetch(model), focus::take("dialog-cancel")])
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Planned(serial, result) if serial == self.serial => {
                self.plan.take(result);
                if self.is_allowed() {
                    return Action::Task(focus::take("dialog-accept"));
                }
            }
            Message::Planned(..) => {}
            Message::Waited(patience) => self.plan.waited(patience),
            Message::Retry => return self.again(model),
            Message::Group => {
                self.devices.whole_groups = !self.devices.whole_groups;
                return self.again(model);
            }
            Message::NoReset => {
                self.devices.allows_no_reset = !self.devices.allows_no_reset;
                return self.again(model);
            }
            Message::Steps => self.shows_steps = !self.shows_steps,
            Message::Fold => self.shows_message = !self.shows_message,
            Message::Accept if self.is_allowed() => {
                (self.is_working, self.error) = (true, None);
                return Action::Call(Call::Move(self.host.clone(), self.way, self.devices.clone()));
            }
            Message::Accept => {}
            Message::Dismiss => return Action::Close,
        }
        Action::None
    }

    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        if done.call != Call::Move(self.host.clone(), self.way, self.devices.clone()) {
            return None;
        }
        self.is_working = false;
        let failed = done.results.iter().find_map(|(_, result)| result.as_ref().err());
        let Some(error) = failed else { return Some(Action::Close) };
        // Who closed the prompt knows it.
        self.error = (!error.is_dismissed()).then(|| error.clone());
        // What spoke against it meanwhile is in the new plan.
        Some(self.again(model))
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        self.show(model)
    }
}

fn wrap(message: Message) -> crate::app::Message {
    crate::app::Message::Dialog(super::Message::Bind(message))
}
