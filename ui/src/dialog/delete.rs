//! Deletes a machine: tells what goes and what stays, and asks for the name where disks go.

pub(super) mod plan;
mod view;

use client::{DeleteOptions, Error, PlanItem, settings::Settings};
use iced::{Element, Task};

use super::{
    Content,
    fetch::{Fetch, Patience, fetch},
};
use crate::{
    action::{Action, Call},
    model::{Key, Model},
    widget::focus,
};
use plan::Plan;

/// See [the module](self).
#[derive(Debug)]
pub struct Delete {
    key: Key,
    name: String,
    label: String,
    plan: Fetch<Plan>,
    is_permanent: bool,
    typed: String,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The plan was made, for this machine.
    Planned(Key, Result<Vec<PlanItem>, Error>),
    /// Time has passed.
    Waited(Patience),
    /// Ask for the plan again.
    Retry,
    /// A disk was ticked or unticked.
    Tick(usize),
    /// For good, or not.
    Permanent,
    /// The name was typed.
    Typed(String),
    /// Delete it.
    Accept,
    /// Keep it.
    Dismiss,
}

impl Delete {
    /// Asks about this machine.
    #[must_use]
    pub fn new(model: &Model, key: Key) -> Self {
        let name = model.machine(&key).map(|machine| machine.name.clone()).unwrap_or_default();
        let label = super::label(model, &key);
        Self { key, name, label, plan: Fetch::default(), is_permanent: false, typed: String::new() }
    }

    fn fetch(&self, model: &Model) -> Task<Message> {
        let (machine, key) = (self.key.machine, self.key.clone());
        let planned = move |result| Message::Planned(key.clone(), result);
        fetch(model, &self.key.host, move |client| async move { client.plan_delete(machine).await }, planned, Message::Waited)
    }

    /// Whether the name has to be typed.
    fn asks_for_name(&self) -> bool {
        self.plan.ready().is_some_and(Plan::takes_disks)
    }

    fn is_locked(&self, model: &Model) -> bool {
        model.machine(&self.key).is_some_and(|machine| machine.is_locked)
    }

    fn is_allowed(&self, model: &Model) -> bool {
        let is_typed = !self.asks_for_name() || self.typed.trim() == self.name;
        self.plan.ready().is_some() && is_typed && !self.is_locked(model)
    }

    fn is_running(&self, model: &Model) -> bool {
        model.machine(&self.key).is_some_and(client::Machine::is_active)
    }

    fn delete(&self, model: &Model) -> Action {
        let Some(plan) = self.plan.ready().filter(|_| self.is_allowed(model)) else { return Action::None };
        let options = DeleteOptions { force_off: self.is_running(model), permanent: self.is_permanent, disks: plan.disks_that_go() };
        Action::Batch(vec![Action::Close, Action::Call(Call::Delete(self.key.clone(), options))])
    }
}

impl Content for Delete {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, model: &Model, _settings: &Settings) -> Task<Message> {
        Task::batch([self.fetch(model), focus::take("dialog-cancel")])
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Planned(key, result) if key == self.key => {
                self.plan.take(result.map(|items| Plan::new(model, &self.key, items)));
                if self.asks_for_name() {
                    return Action::Task(focus::take("delete-name"));
                }
            }
            Message::Planned(..) => {}
            Message::Waited(patience) => self.plan.waited(patience),
            Message::Retry => {
                self.plan = Fetch::default();
                return Action::Task(self.fetch(model).map(wrap));
            }
            Message::Tick(place) => {
                if let Fetch::Ready(plan) = &mut self.plan {
                    plan.tick(place);
                }
            }
            Message::Permanent => self.is_permanent = !self.is_permanent,
            Message::Typed(text) => self.typed = text,
            Message::Accept => return self.delete(model),
            Message::Dismiss => return Action::Close,
        }
        Action::None
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        self.show(model)
    }
}

fn wrap(message: Message) -> crate::app::Message {
    crate::app::Message::Dialog(super::Message::Delete(message))
}

#[cfg(test)]
mod tests;
