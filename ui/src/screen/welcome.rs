//! What stands in the place of the list when a host has none to show: one cause, one way out.

mod cause;
mod state;
mod view;

use std::time::Duration;

use client::host::Id;
use iced::{Element, Subscription, Task, clipboard};

use crate::{
    action::Action,
    app,
    command::Command,
    model::{HostModel, Model},
};

pub(crate) use cause::{Advice, advice};
use cause::{Cause, can_start};
pub use state::Welcome;

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Asks systemd to start the service.
    Start(Id),
    /// It did, or said why not.
    Started(Id, Result<(), String>),
    /// Copies a command.
    Copy(String),
    /// Tries the connection at once.
    Retry(Id),
    /// Gives the connection up, or asks for it.
    Connect(Id, bool),
    /// A command of the application.
    Run(Command),
    /// Ten seconds have passed.
    Waited,
}

/// Shown instead of the table while this host has no list; `None` while it has one.
pub fn view<'a>(host: &'a HostModel, welcome: &'a Welcome) -> Option<Element<'a, Message>> {
    Some(view::page(host, welcome, Cause::of(host)?))
}

/// What the blue button of the page would do; nothing while there is none, or it waits.
pub fn primary(host: &HostModel, welcome: &Welcome) -> Option<Message> {
    let id = host.host.id.clone();
    match Cause::of(host)? {
        Cause::Off => Some(Message::Connect(id, true)),
        Cause::Problem(problem) if can_start(&host.host, problem) => (!welcome.is_starting).then_some(Message::Start(id)),
        Cause::Problem(_) | Cause::Libvirt(_) => Some(Message::Retry(id)),
        Cause::Waiting | Cause::Empty => None,
    }
}

/// A line above rows that are not as it is now.
pub fn banner(host: &HostModel) -> Option<Element<'_, Message>> {
    view::banner(host)
}

impl Welcome {
    /// Takes a message in; `wrap` makes the application's message of one that comes later.
    pub fn update(&mut self, message: Message, model: &Model, wrap: fn(Message) -> app::Message) -> Action {
        match message {
            Message::Start(host) => {
                self.refusal = None;
                self.is_starting = true;
                Action::Task(Task::perform(crate::desktop::start_service(), move |result| wrap(Message::Started(host.clone(), result))))
            }
            Message::Started(_, result) => {
                self.is_starting = false;
                self.refusal = result.err();
                if self.refusal.is_none() { Action::Run(Command::Reconnect, Vec::new()) } else { Action::None }
            }
            Message::Copy(text) => Action::Batch(vec![Action::Task(clipboard::write(text)), Action::Toast(client::t!("welcome-copied"))]),
            Message::Retry(_) => Action::Run(Command::Reconnect, Vec::new()),
            Message::Connect(host, is_wanted) => {
                self.is_late = false;
                Action::Connect(host, is_wanted)
            }
            Message::Run(command) => Action::Run(command, Vec::new()),
            Message::Waited => {
                self.is_late = model.hosts().iter().any(|host| Cause::of(host) == Some(Cause::Waiting));
                Action::None
            }
        }
    }

    /// Time, while something is awaited.
    pub fn subscription(&self, model: &Model) -> Subscription<Message> {
        let is_waiting = model.hosts().iter().any(|host| Cause::of(host) == Some(Cause::Waiting));
        if is_waiting && !self.is_late { iced::time::every(Duration::from_secs(10)).map(|_| Message::Waited) } else { Subscription::none() }
    }
}

#[cfg(test)]
mod tests;
