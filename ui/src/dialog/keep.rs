//! Has devices reserved for machines each time the computer starts: the plan of that, what an administrator can do besides, and
//! everything that is kept, so that it can be forgotten.

#[cfg(test)]
mod tests;
mod view;

use client::{
    Error,
    device::{AtBoot, Devices, KeepPlan},
    host::Id,
    settings::Settings,
};
use iced::{Element, Task};

use super::{
    Content, bind,
    fetch::{Fetch, Patience, fetch},
};
use crate::{
    action::{Action, Call, DeviceChange, Done},
    model::Model,
    widget::focus,
};

/// See [the module](self).
#[derive(Debug)]
pub struct Keep {
    host: Id,
    devices: Devices,
    plan: Fetch<KeepPlan>,
    kept: Fetch<AtBoot>,
    /// The question whose answer is awaited.
    serial: u64,
    shows_message: bool,
    /// The call that is under way.
    call: Option<Call>,
    error: Option<Error>,
    /// The line that was copied last.
    copied: Option<String>,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The plan was made, for the question with this number.
    Planned(u64, Result<KeepPlan, Error>),
    /// What is kept was read.
    Kept(Result<AtBoot, Error>),
    /// Time has passed.
    Waited(Patience),
    /// Ask for both again.
    Retry,
    /// With the whole group, or not.
    Group,
    /// Although it cannot be reset, or not.
    NoReset,
    /// A line goes to the clipboard.
    Copy(String),
    /// What is at this address is no longer kept.
    Forget(String),
    /// Show or hide the raw message.
    Fold,
    /// Do it.
    Accept,
    /// Leave it.
    Dismiss,
}

impl Keep {
    /// Asks about these devices. What shares their groups goes along: alone they would be refused.
    #[must_use]
    pub fn new(model: &Model, host: Id, addresses: Vec<String>) -> Self {
        let whole_groups = !bind::others(model, &host, &addresses).is_empty();
        Self {
            host,
            devices: Devices { addresses, whole_groups, allows_no_reset: false },
            plan: Fetch::default(),
            kept: Fetch::default(),
            serial: 0,
            shows_message: false,
            call: None,
            error: None,
            copied: None,
        }
    }

    fn ask(&mut self, model: &Model) -> Task<Message> {
        self.plan = Fetch::default();
        self.serial += 1;
        let (serial, devices) = (self.serial, self.devices.clone());
        let planned = move |result| Message::Planned(serial, result);
        fetch(model, &self.host, move |client| async move { client.plan_keep(devices).await }, planned, Message::Waited)
    }

    fn read(&self, model: &Model) -> Task<Message> {
        // It comes with the plan, whose bars say that something is awaited.
        let waited = |_| Message::Waited(Patience::Fresh);
        fetch(model, &self.host, |client| async move { client.at_boot().await }, Message::Kept, waited)
    }

    fn again(&mut self, model: &Model) -> Action {
        Action::Task(Task::batch([self.ask(model), self.read(model)]).map(wrap))
    }

    /// Whether all of it is kept already.
    fn is_kept(&self, model: &Model) -> bool {
        let Some((plan, host)) = self.plan.ready().zip(model.host(&self.host)) else { return false };
        let kept = |address: &String| super::moving::device(host, address).is_some_and(|device| device.is_kept);
        !plan.bind.devices.is_empty() && plan.bind.devices.iter().all(kept)
    }

    /// What is kept already may be tried again after starts that were cut short.
    fn is_given_up(&self) -> bool {
        self.kept.ready().is_some_and(|kept| kept.is_given_up)
    }

    fn is_allowed(&self, model: &Model) -> bool {
        let is_good = self.plan.ready().is_some_and(|plan| plan.bind.reasons.is_empty());
        self.call.is_none() && is_good && (!self.is_kept(model) || self.is_given_up())
    }

    fn begin(&mut self, change: DeviceChange) -> Action {
        let call = Call::Device(self.host.clone(), change);
        (self.call, self.error) = (Some(call.clone()), None);
        Action::Call(call)
    }
}

impl Content for Keep {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, model: &Model, _settings: &Settings) -> Task<Message> {
        Task::batch([self.ask(model), self.read(model), focus::take("dialog-cancel")])
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Planned(serial, result) if serial == self.serial => {
                self.plan.take(result);
                if self.is_allowed(model) {
                    return Action::Task(focus::take("dialog-accept"));
                }
            }
            Message::Planned(..) => {}
            Message::Kept(result) => self.kept.take(result),
            Message::Waited(patience) => self.plan.waited(patience),
            Message::Fold => self.shows_message = !self.shows_message,
            Message::Copy(line) => {
                self.copied = Some(line.clone());
                return Action::Task(iced::clipboard::write(line));
            }
            Message::Dismiss => return Action::Close,
            // What was asked for stays as it is until the answer comes.
            _ if self.call.is_some() => {}
            Message::Retry => return self.again(model),
            Message::Group => {
                self.devices.whole_groups = !self.devices.whole_groups;
                return self.again(model);
            }
            Message::NoReset => {
                self.devices.allows_no_reset = !self.devices.allows_no_reset;
                return self.again(model);
            }
            Message::Forget(address) => return self.begin(DeviceChange::Forget(vec![address])),
            Message::Accept if self.is_allowed(model) => return self.begin(DeviceChange::Keep(self.devices.clone())),
            Message::Accept => {}
        }
        Action::None
    }

    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        if self.call.as_ref() != Some(&done.call) {
            return None;
        }
        self.call = None;
        let failed = done.results.iter().find_map(|(_, result)| result.as_ref().err());
        if failed.is_none() && matches!(done.call, Call::Device(_, DeviceChange::Keep(_))) {
            return Some(Action::Close);
        }
        // Who closed the prompt knows it.
        self.error = failed.filter(|error| !error.is_dismissed()).cloned();
        Some(self.again(model))
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        self.show(model)
    }
}

fn wrap(message: Message) -> crate::app::Message {
    crate::app::Message::Dialog(super::Message::Keep(message))
}
