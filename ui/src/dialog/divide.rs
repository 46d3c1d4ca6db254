//! Has a card make a part of itself: of which type, until when, and the plan with every refusal before that.

#[cfg(test)]
mod tests;
mod view;

use client::{
    Error, Uuid,
    device::{NewPart, Parent, PartType, VFIO, Verdict},
    host::Id,
    settings::Settings,
};
use iced::{
    Element, Task,
    keyboard::{Key as Pressed, Modifiers},
};

use super::{
    Content,
    attach::choose::next,
    attempt::{Attempt, Question},
    fetch::Patience,
    part,
};
use crate::{
    action::{Action, Call, DeviceChange, Done},
    model::Model,
    widget::focus,
};

/// See [the module](self).
#[derive(Debug)]
pub struct Divide {
    host: Id,
    part: NewPart,
    plan: Question<Verdict>,
    attempt: Attempt,
}

/// How long there is such a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until the computer stops.
    Stop,
    /// Until it is deleted: it is written down.
    Deleted,
    /// The same, and it is made at each start.
    Always,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Another type.
    Type(String),
    /// What stands below or above in the list.
    Step(bool),
    /// For another time.
    Until(Until),
    /// It is made now, or not.
    Starts,
    /// The plan was made, for the question with this number.
    Planned(u64, Result<Verdict, Error>),
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

/// Whether its parts are for machines, and it is a card that can be named.
pub(crate) fn can_divide(parent: &Parent) -> bool {
    parent.device.is_some() && parent.types.iter().any(is_for_machines)
}

fn is_for_machines(kind: &PartType) -> bool {
    kind.interface == VFIO
}

fn parent<'a>(model: &'a Model, host: &str, card: &str) -> Option<&'a Parent> {
    let mut parents = model.host(host)?.others.parents.iter().flatten();
    parents.find(|parent| parent.device.as_deref() == Some(card))
}

impl Divide {
    /// Asks about the card at this address: for the first type of which it can make more; `None` if it makes nothing for machines.
    #[must_use]
    pub fn new(model: &Model, host: Id, card: &str) -> Option<Self> {
        let types = || parent(model, &host, card).into_iter().flat_map(|parent| &parent.types).filter(|kind| is_for_machines(kind));
        let kind = types().find(|kind| kind.free > 0).or_else(|| types().next())?.id.clone();
        let part = NewPart { card: card.to_owned(), kind, uuid: Uuid::new_v4(), is_kept: true, autostart: true, starts: true };
        Some(Self { host, part, plan: Question::default(), attempt: Attempt::default() })
    }

    fn types<'a>(&self, model: &'a Model) -> Vec<&'a PartType> {
        let all = parent(model, &self.host, &self.part.card).into_iter().flat_map(|parent| &parent.types);
        all.filter(|kind| is_for_machines(kind)).collect()
    }

    const fn until(&self) -> Until {
        match (self.part.is_kept, self.part.autostart) {
            (_, true) => Until::Always,
            (true, false) => Until::Deleted,
            (false, false) => Until::Stop,
        }
    }

    fn keep(&mut self, until: Until) {
        (self.part.is_kept, self.part.autostart) = (until != Until::Stop, until == Until::Always);
        // What is neither made nor kept is nothing.
        self.part.starts |= until == Until::Stop;
    }

    fn call(&self) -> Call {
        Call::Device(self.host.clone(), DeviceChange::MakePart(self.part.clone()))
    }

    fn ask(&mut self, model: &Model) -> Task<Message> {
        let part = self.part.clone();
        let work = move |client: client::Client| async move { client.plan_make_part(part).await };
        self.plan.ask(model, &self.host, work, Message::Planned, Message::Waited)
    }

    fn again(&mut self, model: &Model) -> Action {
        self.attempt.forget();
        Action::Task(self.ask(model).map(|message| crate::app::Message::Dialog(super::Message::Divide(message))))
    }

    fn is_allowed(&self) -> bool {
        !self.attempt.is_working() && self.plan.ready().is_some_and(|plan| plan.reasons.is_empty())
    }

    fn step(&mut self, model: &Model, is_down: bool) {
        let types: Vec<String> = self.types(model).into_iter().map(|kind| kind.id.clone()).collect();
        if let Some(kind) = next(&types, Some(&self.part.kind), is_down) {
            self.part.kind = kind;
        }
    }
}

impl Content for Divide {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, model: &Model, _settings: &Settings) -> Task<Message> {
        Task::batch([self.ask(model), focus::take("dialog-accept")])
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Planned(serial, result) => self.plan.answered(serial, result),
            Message::Waited(patience) => self.plan.waited(patience),
            Message::Fold => self.attempt.fold(),
            Message::Dismiss => return Action::Close,
            // What was asked for stays as it is until the answer comes.
            _ if self.attempt.is_working() => {}
            Message::Accept if self.is_allowed() => return self.attempt.begin(self.call()),
            Message::Accept => {}
            other => {
                match other {
                    Message::Type(kind) => self.part.kind = kind,
                    Message::Step(is_down) => self.step(model, is_down),
                    Message::Until(until) => self.keep(until),
                    Message::Starts => self.part.starts = !self.part.starts || self.until() == Until::Stop,
                    _ => {}
                }
                return self.again(model);
            }
        }
        Action::None
    }

    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        if self.attempt.done(done, Some(&self.call()))? {
            return Some(Action::Close);
        }
        // What spoke against it meanwhile is in the new plan.
        let ask = self.ask(model).map(|message| crate::app::Message::Dialog(super::Message::Divide(message)));
        Some(Action::Task(ask))
    }

    fn key(&self, key: &Pressed, _modifiers: Modifiers) -> Option<Message> {
        part::arrow(key).map(Message::Step)
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        self.show(model)
    }
}
