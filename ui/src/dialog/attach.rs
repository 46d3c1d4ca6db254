//! Gives a device of the host, or a whole card, to a machine: which one, when, and the plan with every refusal before that.

mod card;
pub(super) mod choose;
mod more;
mod rom;
#[cfg(test)]
mod tests;
mod view;

pub(super) use view::{entry, when_words};

use client::{
    Error, Uuid,
    device::{AttachPlan, Attachment},
    host::Id,
    settings::Settings,
};
use iced::{
    Element, Task,
    keyboard::{Key as Pressed, Modifiers},
};

use super::{
    Content,
    attempt::{Attempt, Question},
    bind::Bind,
    fetch::Patience,
    part,
};
use crate::{
    action::{Action, Call, Done},
    model::{Key, Model},
    place::{Part, Place},
    widget::focus,
};

/// What has the focus when it opens.
const FIND: &str = "attach-find";

/// See [the module](self).
#[derive(Debug)]
pub struct Attach {
    host: Id,
    list: List,
    find: String,
    machine: Option<Uuid>,
    address: Option<String>,
    whole_card: bool,
    when: When,
    allows_no_reset: bool,
    card: card::Card,
    more: more::More,
    rom: rom::Rom,
    /// The last plan said that iommufd is possible.
    knows_iommufd: bool,
    plan: Question<AttachPlan>,
    attempt: Attempt,
}

/// What is to be chosen; the other one is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Machines,
    Devices,
}

/// When a machine gets or loses a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// While it runs, and with each start.
    Both,
    /// While it runs, and no longer than that.
    Now,
    /// From the next start on.
    AtStart,
}

impl When {
    pub(super) const fn is_live(self) -> bool {
        matches!(self, Self::Both | Self::Now)
    }

    pub(super) const fn is_configured(self) -> bool {
        matches!(self, Self::Both | Self::AtStart)
    }
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Something was typed to find what is chosen.
    Find(String),
    /// A machine was chosen.
    Machine(Uuid),
    /// A device was chosen.
    Device(String),
    /// What stands below or above in the list.
    Step(bool),
    /// Another time.
    When(When),
    /// With the whole card, or not.
    Card,
    /// Although it cannot be reset, or not.
    NoReset,
    /// As a network card, or as a device.
    As(bool),
    /// Something of the network card was typed.
    Typed(card::Field, String),
    /// Another choice of what few need, or its fold.
    More(more::More),
    /// Something of a file with a ROM.
    Rom(rom::Message),
    /// The plan was made, for the question with this number.
    Planned(u64, Result<AttachPlan, Error>),
    /// Time has passed.
    Waited(Patience),
    /// Ask for the plan again.
    Retry,
    /// Show or hide the raw message.
    Fold,
    /// Leads to the plan of reserving the device, which has to come first.
    Reserve,
    /// Leads to the devices of the host.
    ShowDevices,
    /// Do it.
    Accept,
    /// Leave it.
    Dismiss,
}

impl Attach {
    /// Asks for the machine that gets this device.
    #[must_use]
    pub fn device(model: &Model, host: Id, address: String) -> Self {
        let whole_card = !choose::others_of_card(model, &host, &address).is_empty();
        Self { address: Some(address), whole_card, ..Self::new(host, List::Machines) }
    }

    /// Asks for the device that this machine gets.
    #[must_use]
    pub fn machine(model: &Model, key: Key) -> Self {
        let mut dialog = Self { machine: Some(key.machine), ..Self::new(key.host, List::Devices) };
        dialog.suit(model);
        dialog
    }

    fn new(host: Id, list: List) -> Self {
        Self {
            host,
            list,
            find: String::new(),
            machine: None,
            address: None,
            whole_card: false,
            when: When::AtStart,
            allows_no_reset: false,
            card: card::Card::default(),
            more: more::More::default(),
            rom: rom::Rom::default(),
            knows_iommufd: false,
            plan: Question::default(),
            attempt: Attempt::default(),
        }
    }

    fn key(&self) -> Option<Key> {
        Some(Key { host: self.host.clone(), machine: self.machine? })
    }

    /// The times that the machine allows, the usual one first.
    fn times(&self, model: &Model) -> Vec<When> {
        let Some(machine) = self.key().and_then(|key| model.machine(&key)) else { return Vec::new() };
        match (machine.is_active(), machine.is_persistent) {
            (true, true) => vec![When::Both, When::Now, When::AtStart],
            (true, false) => vec![When::Now],
            (false, _) => vec![When::AtStart],
        }
    }

    /// Another machine may allow other times.
    fn suit(&mut self, model: &Model) {
        let times = self.times(model);
        if let Some(first) = times.first()
            && !times.contains(&self.when)
        {
            self.when = *first;
        }
    }

    fn attachment(&self) -> Option<Attachment> {
        Some(Attachment {
            address: self.address.clone()?,
            whole_card: self.whole_card,
            is_live: self.when.is_live(),
            is_configured: self.when.is_configured(),
            allows_no_reset: self.allows_no_reset,
            card: self.card.read().ok()?,
            shows_rom: self.more.shows_rom,
            uses_iommufd: self.uses_iommufd(),
            rom_file: self.rom_file().ok()?,
            as_before: false,
        })
    }

    fn call(&self) -> Option<Call> {
        Some(Call::Attach(self.key()?, self.attachment()?))
    }

    /// Another question is another plan.
    fn again(&mut self, model: &Model) -> Action {
        self.plan.forget();
        let (Some(key), Some(attachment)) = (self.key(), self.attachment()) else { return Action::None };
        let work = move |client: client::Client| async move { client.plan_attach(key.machine, attachment).await };
        let ask = self.plan.ask(model, &self.host, work, Message::Planned, Message::Waited);
        Action::Task(ask.map(wrap))
    }

    fn is_allowed(&self) -> bool {
        let is_good = |plan: &AttachPlan| plan.reasons.is_empty() && !(plan.live.is_empty() && plan.configured.is_empty());
        !self.attempt.is_working() && self.plan.ready().is_some_and(is_good)
    }

    /// Whether any reason has one of these words.
    fn is_refused_for(&self, words: &[&str]) -> bool {
        self.plan.ready().is_some_and(|plan| plan.reasons.iter().any(|refusal| words.contains(&refusal.reason.as_str())))
    }

    fn choose_machine(&mut self, model: &Model, machine: Uuid) -> Action {
        if self.machine.replace(machine).is_none() {
            // As much as the first one allows.
            self.when = self.times(model).first().copied().unwrap_or(self.when);
        }
        self.suit(model);
        self.changed(model)
    }

    fn choose_device(&mut self, model: &Model, address: String) -> Action {
        self.whole_card = !choose::others_of_card(model, &self.host, &address).is_empty();
        if self.address.replace(address).is_none() {
            self.when = self.times(model).first().copied().unwrap_or(self.when);
        }
        (self.allows_no_reset, self.card, self.more) = (false, card::Card::default(), more::More::default());
        self.rom.forget();
        self.changed(model)
    }

    fn changed(&mut self, model: &Model) -> Action {
        self.attempt.forget();
        self.again(model)
    }

    fn step(&mut self, model: &Model, is_down: bool) -> Action {
        match self.list {
            List::Machines => {
                let shown: Vec<Uuid> = choose::machines(model, &self.host, &self.find).iter().map(|machine| machine.id).collect();
                choose::next(&shown, self.machine.as_ref(), is_down).map_or(Action::None, |machine| self.choose_machine(model, machine))
            }
            List::Devices => {
                let shown = choose::devices(model, &self.host, self.machine, &self.find);
                let shown: Vec<String> = shown.iter().map(|device| device.address.clone()).collect();
                choose::next(&shown, self.address.as_ref(), is_down).map_or(Action::None, |device| self.choose_device(model, device))
            }
        }
    }

    fn accepted(&mut self) -> Action {
        let call = self.call().filter(|_| self.is_allowed());
        call.map_or(Action::None, |call| self.attempt.begin(call))
    }

    fn reserve(&self, model: &Model) -> Action {
        let Some(plan) = self.plan.ready() else { return Action::None };
        Action::Open(Box::new(Bind::take(model, self.host.clone(), plan.devices.clone()).into()))
    }
}

impl Content for Attach {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        Task::batch([focus::take(FIND), rom::Rom::look()])
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Planned(serial, result) => {
                self.plan.answered(serial, result);
                // It stays until the next plan is there, else the choice would come and go with each other one.
                self.knows_iommufd = self.plan.ready().map_or(self.knows_iommufd, |plan| plan.knows_iommufd);
                Action::None
            }
            Message::Waited(patience) => {
                self.plan.waited(patience);
                Action::None
            }
            Message::Fold => {
                self.attempt.fold();
                Action::None
            }
            Message::Dismiss => Action::Close,
            Message::Rom(message) if message.is_news() => self.rom_message(model, message),
            // What was asked for stays as it is until the answer comes.
            _ if self.attempt.is_working() => Action::None,
            Message::Find(text) => {
                self.find = text;
                Action::None
            }
            Message::Machine(machine) => self.choose_machine(model, machine),
            Message::Device(address) => self.choose_device(model, address),
            Message::Step(is_down) => self.step(model, is_down),
            Message::When(when) => {
                self.when = when;
                self.changed(model)
            }
            Message::Card => {
                self.whole_card = !self.whole_card;
                self.changed(model)
            }
            Message::NoReset => {
                self.allows_no_reset = !self.allows_no_reset;
                self.changed(model)
            }
            Message::As(is_card) => {
                self.card.is_on = is_card && self.can_be_card(model);
                self.changed(model)
            }
            Message::More(more) => {
                let before = self.attachment();
                self.more = more;
                // The fold asks for nothing.
                if self.attachment() == before { Action::None } else { self.changed(model) }
            }
            Message::Typed(field, text) => {
                self.card.typed(field, text);
                self.changed(model)
            }
            Message::Rom(message) => self.rom_message(model, message),
            Message::Retry => self.again(model),
            Message::Reserve => self.reserve(model),
            Message::ShowDevices => Action::Batch(vec![Action::Close, Action::Show(Place::Part(self.host.clone(), Part::Devices))]),
            Message::Accept => self.look_again(model).unwrap_or_else(|| self.accepted()),
        }
    }

    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        // What spoke against it meanwhile is in the new plan.
        Some(if self.attempt.done(done, self.call().as_ref())? { Action::Close } else { self.again(model) })
    }

    fn key(&self, key: &Pressed, _modifiers: Modifiers) -> Option<Message> {
        part::arrow(key).map(Message::Step)
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        self.show(model)
    }
}

fn wrap(message: Message) -> crate::app::Message {
    crate::app::Message::Dialog(super::Message::Attach(message))
}
