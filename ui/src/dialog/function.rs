//! What a virtual function of a network card may: its settings, and the plan of their change before it is made.

#[cfg(test)]
mod tests;
mod view;

use client::{
    Error,
    device::{FunctionChange, FunctionPlan, FunctionSettings},
    host::Id,
    settings::Settings,
};
use iced::{Element, Task};

use super::{
    Content,
    fetch::{Fetch, Patience, fetch},
};
use crate::{
    action::{Action, Call, DeviceChange, Done},
    model::Model,
    widget::focus,
};

/// Letters of a number of a VLAN or a rate.
const LONGEST: usize = 7;

/// See [the module](self).
#[derive(Debug)]
pub struct Function {
    host: Id,
    /// The address of the card.
    card: String,
    before: FunctionSettings,
    draft: Draft,
    plan: Fetch<FunctionPlan>,
    serial: u64,
    shows_message: bool,
    is_working: bool,
    error: Option<Error>,
}

/// What is typed and chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    mac: String,
    vlan: String,
    priority: String,
    protocol: String,
    least: String,
    most: String,
    checks_spoofing: bool,
    is_trusted: bool,
    link_state: String,
}

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The hardware address.
    Mac,
    /// The VLAN.
    Vlan,
    /// Its priority.
    Priority,
    /// Mbit/s that it always has.
    Least,
    /// Mbit/s that it has at most.
    Most,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Something was typed.
    Typed(Field, String),
    /// Its address is watched over, or not.
    Spoofing,
    /// It is trusted, or not.
    Trust,
    /// Another kind of VLAN.
    Protocol(&'static str),
    /// Another state of its link.
    Link(&'static str),
    /// The plan was made, for the question with this number.
    Planned(u64, Result<FunctionPlan, Error>),
    /// Time has passed.
    Waited(Patience),
    /// Ask for the plan again.
    Retry,
    /// Show or hide the raw message.
    Fold,
    /// Do it.
    Accept,
    /// Leave it.
    Dismiss,
}

impl Draft {
    fn of(settings: &FunctionSettings) -> Self {
        let number = |number: u32| if number == 0 { String::new() } else { number.to_string() };
        Self {
            mac: settings.mac.clone(),
            vlan: number(settings.vlan),
            priority: number(settings.vlan_qos),
            protocol: settings.vlan_protocol.clone(),
            least: number(settings.min_rate),
            most: number(settings.max_rate),
            checks_spoofing: settings.checks_spoofing,
            is_trusted: settings.is_trusted,
            link_state: settings.link_state.clone(),
        }
    }

    /// What is typed, as settings; which field is none that a card could have.
    fn read(&self, before: &FunctionSettings) -> Result<FunctionSettings, Field> {
        let number = |text: &str, most: u32, field: Field| match text.trim() {
            "" => Ok(0),
            text => text.parse().ok().filter(|number| *number <= most).ok_or(field),
        };
        let vlan = number(&self.vlan, 4094, Field::Vlan)?;
        let mac = self.mac.trim().to_lowercase();
        if client::device::mac(&mac).is_none() {
            return Err(Field::Mac);
        }
        Ok(FunctionSettings {
            mac,
            vlan,
            // Without a VLAN there is no priority of one, and no kind.
            vlan_qos: if vlan == 0 { 0 } else { number(&self.priority, 7, Field::Priority)? },
            vlan_protocol: if vlan == 0 { before.vlan_protocol.clone() } else { self.protocol.clone() },
            min_rate: number(&self.least, u32::MAX, Field::Least)?,
            max_rate: number(&self.most, u32::MAX, Field::Most)?,
            checks_spoofing: self.checks_spoofing,
            is_trusted: self.is_trusted,
            link_state: self.link_state.clone(),
            ..before.clone()
        })
    }
}

impl Function {
    /// The settings of a function, which is at this address of the host; `None` if its card does not tell any.
    #[must_use]
    pub fn new(model: &Model, host: Id, address: &str) -> Option<Self> {
        let devices = &model.host(&host)?.devices;
        let card = devices.iter().find(|card| card.function_settings.iter().any(|one| one.address == address))?;
        let before = card.function_settings.iter().find(|one| one.address == address)?.clone();
        let (card, draft) = (card.address.clone(), Draft::of(&before));
        let (plan, serial) = (Fetch::default(), 0);
        Some(Self { host, card, before, draft, plan, serial, shows_message: false, is_working: false, error: None })
    }

    fn wrong(&self) -> Option<Field> {
        self.draft.read(&self.before).err()
    }

    /// What becomes another, if anything does and all of it can be.
    fn change(&self) -> Option<FunctionChange> {
        let after = self.draft.read(&self.before).ok()?;
        let mut change = FunctionChange::between(&self.before, &after);
        if after.vlan == 0 {
            // No VLAN sets its priority back by itself.
            change.vlan_qos = None;
        }
        (!change.is_none()).then_some(change)
    }

    fn call(&self) -> Option<Call> {
        let change = DeviceChange::Function(self.card.clone(), self.before.index, self.change()?);
        Some(Call::Device(self.host.clone(), change))
    }

    fn is_allowed(&self) -> bool {
        !self.is_working && self.change().is_some() && self.plan.ready().is_some_and(|plan| plan.reasons.is_empty())
    }

    fn again(&mut self, model: &Model) -> Action {
        (self.plan, self.error) = (Fetch::default(), None);
        self.serial += 1;
        let Some(change) = self.change() else { return Action::None };
        let (serial, card, index) = (self.serial, self.card.clone(), self.before.index);
        let planned = move |result| Message::Planned(serial, result);
        let work = move |client: client::Client| async move { client.plan_function(card, index, change).await };
        let ask = fetch(model, &self.host, work, planned, Message::Waited);
        Action::Task(ask.map(|message| crate::app::Message::Dialog(super::Message::Function(message))))
    }

    fn typed(&mut self, field: Field, text: String) {
        let place = match field {
            Field::Mac => &mut self.draft.mac,
            Field::Vlan => &mut self.draft.vlan,
            Field::Priority => &mut self.draft.priority,
            Field::Least => &mut self.draft.least,
            Field::Most => &mut self.draft.most,
        };
        let is_number = field != Field::Mac;
        *place = if is_number { text.chars().filter(char::is_ascii_digit).take(LONGEST).collect() } else { text };
    }
}

impl Content for Function {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take(view::MAC)
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Planned(serial, result) => {
                if serial == self.serial {
                    self.plan.take(result);
                }
                return Action::None;
            }
            Message::Waited(patience) => {
                self.plan.waited(patience);
                return Action::None;
            }
            Message::Fold => {
                self.shows_message = !self.shows_message;
                return Action::None;
            }
            Message::Dismiss => return Action::Close,
            // What was asked for stays as it is until the answer comes.
            _ if self.is_working => return Action::None,
            Message::Accept => {
                let Some(call) = self.call().filter(|_| self.is_allowed()) else { return Action::None };
                (self.is_working, self.error) = (true, None);
                return Action::Call(call);
            }
            Message::Typed(field, text) => self.typed(field, text),
            Message::Spoofing => self.draft.checks_spoofing = !self.draft.checks_spoofing,
            Message::Trust => self.draft.is_trusted = !self.draft.is_trusted,
            Message::Protocol(protocol) => protocol.clone_into(&mut self.draft.protocol),
            Message::Link(state) => state.clone_into(&mut self.draft.link_state),
            Message::Retry => {}
        }
        self.again(model)
    }

    fn done(&mut self, _model: &Model, done: &Done) -> Option<Action> {
        if !self.is_working || Some(&done.call) != self.call().as_ref() {
            return None;
        }
        self.is_working = false;
        let failed = done.results.iter().find_map(|(_, result)| result.as_ref().err());
        let Some(error) = failed else { return Some(Action::Close) };
        // Who closed the prompt knows it.
        self.error = (!error.is_dismissed()).then(|| error.clone());
        Some(Action::None)
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        self.show(model)
    }
}
