//! Gives a machine what is no PCI card: which, when, how, and the plan with every refusal before that.

mod options;
#[cfg(test)]
mod tests;
mod view;

pub(super) use options::labelled;

use client::{
    Error, Uuid,
    device::{GivePlan, Giving, UsbDevice, UsbName},
    host::Id,
    settings::Settings,
};
use iced::{
    Element, Task,
    keyboard::{Key as Pressed, Modifiers},
};

use super::{
    Content,
    attach::{When, choose},
    attempt::{Attempt, Question},
    fetch::Patience,
    part,
};
use crate::{
    action::{Action, Call, Done, OtherChange},
    component::thing::{Family, Thing},
    model::{Key, Model},
    widget::focus,
};
pub use options::How;

const FIND: &str = "give-find";

/// See [the module](self).
#[derive(Debug)]
pub struct Give {
    host: Id,
    list: List,
    find: String,
    machine: Option<Uuid>,
    thing: Option<(Family, String)>,
    time: Time,
    how: How,
    plan: Question<GivePlan>,
    attempt: Attempt,
}

/// What is to be chosen; the other one is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Machines,
    Things,
}

/// When a machine gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// Now, with each start, or both.
    Once(When),
    /// Whenever it is plugged in.
    Always,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Something was typed to find what is chosen.
    Find(String),
    /// A machine was chosen.
    Machine(Uuid),
    /// A thing was chosen.
    Thing(Family, String),
    /// What stands below or above in the list.
    Step(bool),
    /// Another time.
    Time(Time),
    /// Another way.
    How(How),
    /// The plan was made, for the question with this number.
    Planned(u64, Result<GivePlan, Error>),
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

impl Give {
    /// Asks for the machine that gets this.
    #[must_use]
    pub fn thing(model: &Model, host: Id, thing: &Thing) -> Self {
        let mut dialog = Self { thing: Some((thing.family, thing.id.clone())), ..Self::new(host, List::Machines) };
        dialog.how = How::of(dialog.usb(model));
        dialog
    }

    /// Asks for what this machine gets.
    #[must_use]
    pub fn machine(key: Key) -> Self {
        Self { machine: Some(key.machine), ..Self::new(key.host, List::Things) }
    }

    fn new(host: Id, list: List) -> Self {
        Self {
            host,
            list,
            find: String::new(),
            machine: None,
            thing: None,
            time: Time::Once(When::AtStart),
            how: How::default(),
            plan: Question::default(),
            attempt: Attempt::default(),
        }
    }

    fn key(&self) -> Option<Key> {
        Some(Key { host: self.host.clone(), machine: self.machine? })
    }

    fn chosen(&self, model: &Model) -> Option<Thing> {
        let (family, id) = self.thing.as_ref()?;
        family.things(&model.host(&self.host)?.others).into_iter().find(|thing| thing.id == *id)
    }

    /// The USB device that is chosen, if it is one.
    fn usb<'a>(&self, model: &'a Model) -> Option<&'a UsbDevice> {
        let (family, id) = self.thing.as_ref()?;
        let devices = model.host(&self.host)?.others.usb.iter().flatten();
        devices.filter(|_| *family == Family::Usb).find(|device| device.port == *id)
    }

    /// The things that this machine could be given, as far as they match.
    fn things(&self, model: &Model) -> Vec<Thing> {
        let Some(host) = model.host(&self.host) else { return Vec::new() };
        let find = self.find.trim().to_lowercase();
        let has = self.key().and_then(|key| model.machine(&key)).and_then(|machine| machine.host_devices.as_deref()).unwrap_or_default();
        let is_free = |thing: &Thing| thing.gift.is_some() && !has.iter().any(|one| thing.is(one, &host.others));
        let all = Family::ALL.into_iter().filter(|family| family.is_offered(&host.others)).flat_map(|family| family.things(&host.others));
        all.filter(|thing| is_free(thing) && thing.says(&find)).take(choose::MOST).collect()
    }

    /// The times that machine and thing allow, the usual one first.
    fn times(&self, model: &Model) -> Vec<Time> {
        let Some(machine) = self.key().and_then(|key| model.machine(&key)) else { return Vec::new() };
        let is_usb = self.thing.as_ref().is_some_and(|(family, _)| *family == Family::Usb);
        let can_be_plugged = self.thing.as_ref().is_some_and(|(family, _)| matches!(family, Family::Usb | Family::Scsi));
        let once: &[When] = match (can_be_plugged && machine.is_active(), machine.is_persistent) {
            (true, true) => &[When::Both, When::Now, When::AtStart],
            (true, false) => &[When::Now],
            (false, _) => &[When::AtStart],
        };
        let rule = (is_usb && machine.usb_rules.is_some()).then_some(Time::Always);
        once.iter().copied().map(Time::Once).chain(rule).collect()
    }

    /// Another machine or thing may allow other times.
    fn suit(&mut self, model: &Model) {
        let times = self.times(model);
        if let Some(first) = times.first()
            && !times.contains(&self.time)
        {
            self.time = *first;
        }
    }

    /// What the rule is about, if there is to be one.
    fn rule(&self, model: &Model) -> Option<UsbName> {
        let device = self.usb(model).filter(|_| self.time == Time::Always)?;
        Some(self.how.by.name(device))
    }

    fn giving(&self, model: &Model) -> Option<Giving> {
        let plain = self.chosen(model)?.gift?;
        // A rule is about one thing, and has nothing to choose besides.
        let gift = if self.time == Time::Always { plain } else { self.how.applied_to(plain) };
        let machine = self.key().and_then(|key| model.machine(&key))?;
        Some(match self.time {
            Time::Once(when) => Giving { gift, is_live: when.is_live(), is_configured: when.is_configured() },
            // What a rule would do now is what can be asked.
            Time::Always => Giving { gift, is_live: machine.is_active(), is_configured: !machine.is_active() },
        })
    }

    fn call(&self, model: &Model) -> Option<Call> {
        let change = match self.rule(model) {
            Some(on) => OtherChange::AddRule(on),
            None => OtherChange::Give(self.giving(model)?),
        };
        Some(Call::Other(self.key()?, change))
    }

    /// Another question is another plan.
    fn again(&mut self, model: &Model) -> Action {
        self.attempt.forget();
        self.ask(model)
    }

    fn ask(&mut self, model: &Model) -> Action {
        self.plan.forget();
        let (Some(key), Some(giving)) = (self.key(), self.giving(model)) else { return Action::None };
        let work = move |client: client::Client| async move { client.plan_give(key.machine, giving).await };
        let ask = self.plan.ask(model, &self.host, work, Message::Planned, Message::Waited);
        Action::Task(ask.map(|message| crate::app::Message::Dialog(super::Message::Give(message))))
    }

    fn is_allowed(&self) -> bool {
        let does_something = |plan: &GivePlan| !(plan.live.is_empty() && plan.configured.is_empty());
        // A rule waits for what is not possible now.
        let is_good = |plan: &GivePlan| self.time == Time::Always || (plan.reasons.is_empty() && does_something(plan));
        !self.attempt.is_working() && self.plan.ready().is_some_and(is_good)
    }

    /// Whether any reason has this word.
    fn is_refused_for(&self, word: &str) -> bool {
        self.plan.ready().is_some_and(|plan| plan.reasons.iter().any(|refusal| refusal.reason == word))
    }

    fn choose_machine(&mut self, model: &Model, machine: Uuid) -> Action {
        if self.machine.replace(machine).is_none() {
            // As much as the first one allows.
            self.time = self.times(model).first().copied().unwrap_or(self.time);
        }
        self.how.hands_over = false;
        if self.thing.as_ref().is_some_and(|(family, _)| *family == Family::Usb) {
            // Another machine may have them.
            self.how.along.clear();
        }
        self.suit(model);
        self.again(model)
    }

    fn choose_thing(&mut self, model: &Model, thing: (Family, String)) -> Action {
        self.thing = Some(thing);
        self.how = How::of(self.usb(model));
        self.time = self.times(model).first().copied().unwrap_or(self.time);
        self.again(model)
    }

    fn step(&mut self, model: &Model, is_down: bool) -> Action {
        match self.list {
            List::Machines => {
                let shown: Vec<Uuid> = choose::machines(model, &self.host, &self.find).iter().map(|machine| machine.id).collect();
                choose::next(&shown, self.machine.as_ref(), is_down).map_or(Action::None, |machine| self.choose_machine(model, machine))
            }
            List::Things => {
                let shown: Vec<_> = self.things(model).into_iter().map(|thing| (thing.family, thing.id)).collect();
                choose::next(&shown, self.thing.as_ref(), is_down).map_or(Action::None, |thing| self.choose_thing(model, thing))
            }
        }
    }

    fn accepted(&mut self, model: &Model) -> Action {
        let call = self.call(model).filter(|_| self.is_allowed());
        call.map_or(Action::None, |call| self.attempt.begin(call))
    }
}

impl Content for Give {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take(FIND)
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Planned(serial, result) => {
                self.plan.answered(serial, result);
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
            // What was asked for stays as it is until the answer comes.
            _ if self.attempt.is_working() => Action::None,
            Message::Find(text) => {
                self.find = text;
                Action::None
            }
            Message::Machine(machine) => self.choose_machine(model, machine),
            Message::Thing(family, id) => self.choose_thing(model, (family, id)),
            Message::Step(is_down) => self.step(model, is_down),
            Message::Time(time) => {
                self.time = time;
                self.again(model)
            }
            Message::How(how) => {
                self.how = how;
                self.again(model)
            }
            Message::Retry => self.again(model),
            Message::Accept => self.accepted(model),
        }
    }

    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        // What spoke against it meanwhile is in the new plan.
        Some(if self.attempt.done(done, self.call(model).as_ref())? { Action::Close } else { self.ask(model) })
    }

    fn key(&self, key: &Pressed, _modifiers: Modifiers) -> Option<Message> {
        part::arrow(key).map(Message::Step)
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        self.show(model)
    }
}
