//! Gives the screen of a machine back to its host: what happens to the guest, before it happens.

#[cfg(test)]
mod tests;

use client::{Error, ErrorKind, settings::Settings, t};
use iced::{
    Element, Length, Task,
    widget::{Column, column},
};

use super::{Content, attempt::Attempt, frame, moving, part, words};
use crate::{
    action::{Action, Call, Done, HandOverChange},
    component::Kind,
    icon,
    model::{Key, Model},
    theme::space,
    widget::focus,
};

/// See [the module](self).
#[derive(Debug)]
pub struct GiveBack {
    key: Key,
    force: bool,
    attempt: Attempt,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The machine is forced off, or not.
    Force,
    /// Show or hide the raw message.
    Fold,
    /// Do it.
    Accept,
    /// Leave it.
    Dismiss,
}

impl GiveBack {
    /// Asks about this machine.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self { key, force: false, attempt: Attempt::default() }
    }

    fn call(&self) -> Call {
        Call::HandOver(self.key.clone(), HandOverChange::GiveBack(self.force))
    }

    /// What went wrong, in the words of this: a guest that does not follow has a way out.
    fn explained(error: &Error, machine: &str) -> (String, String) {
        match error.kind() {
            Some(ErrorKind::TimedOut) => (t!("give-back-late", machine = machine), t!("give-back-late-advice")),
            _ => words::error(error, machine),
        }
    }
}

impl Content for GiveBack {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take("dialog-accept")
    }

    fn update(&mut self, _model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Dismiss => return Action::Close,
            Message::Fold => self.attempt.fold(),
            _ if self.attempt.is_working() => {}
            Message::Force => {
                self.force = !self.force;
                self.attempt.forget();
            }
            Message::Accept => return self.attempt.begin(self.call()),
        }
        Action::None
    }

    fn done(&mut self, _model: &Model, done: &Done) -> Option<Action> {
        Some(if self.attempt.done(done, Some(&self.call()))? { Action::Close } else { Action::None })
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let machine = super::label(model, &self.key);
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.attempt.failure(|error| Self::explained(error, &machine), Message::Fold));
        if model.machine(&self.key).is_some_and(client::Machine::is_active) {
            let (label, detail) = (t!("give-back-force"), t!("give-back-force-detail"));
            let force = self.attempt.press(Message::Force);
            let force = moving::choice("give-back-force", self.force, label, detail, force);
            body = body.push(column![part::paragraph(t!("give-back-shut-down")), force].spacing(space::M));
        } else {
            body = body.push(part::paragraph(t!("give-back-again")));
        }
        let kind = if self.force { Kind::Danger } else { Kind::Primary };
        let label = (t!("give-back-accept"), t!("give-back-working"));
        let patience = (!self.force).then(|| t!("give-back-patience"));
        let foot = self.attempt.foot(kind, label, Some(Message::Accept), patience, Message::Dismiss);
        let title = t!("give-back-title", machine = machine.as_str());
        frame(icon::undo_2(), |t| t.selected, |t| t.accent_text, title, body, foot, 520.0)
    }
}
