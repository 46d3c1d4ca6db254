//! Gives a machine another name.

use client::{settings::Settings, t};
use iced::{Element, Task, widget::column};

use super::{
    Content, frame, part,
    saving::{Ended, Saving},
};
use crate::{
    action::{Action, Call, Done},
    component::Kind,
    icon,
    model::{Key, Model},
    theme::space,
    widget::{focus, text},
};

/// See [the module](self).
#[derive(Debug)]
pub struct Rename {
    key: Key,
    old: String,
    name: String,
    saving: Saving,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// A name was typed.
    Typed(String),
    /// Give it this name.
    Accept,
    /// Leave it.
    Dismiss,
}

impl Rename {
    /// Asks for the name of this machine.
    #[must_use]
    pub fn new(model: &Model, key: Key) -> Self {
        let old = model.machine(&key).map(|machine| machine.name.clone()).unwrap_or_default();
        Self { key, name: old.clone(), old, saving: Saving::default() }
    }

    /// As it was when the call was made, with what went wrong.
    #[must_use]
    pub fn again(model: &Model, key: Key, name: String, done: &Done) -> Self {
        Self { name, saving: Saving::failed(done), ..Self::new(model, key) }
    }

    /// What is wrong with the name.
    fn error(&self, model: &Model) -> Option<String> {
        if self.name == self.old {
            return None;
        }
        let is_taken = model
            .host(&self.key.host)
            .is_some_and(|host| host.machines.values().any(|machine| machine.id != self.key.machine && machine.name == self.name));
        fault(&self.name).or_else(|| is_taken.then(|| t!("rename-taken", name = self.name.as_str())))
    }

    fn is_running(&self, model: &Model) -> bool {
        model.machine(&self.key).is_some_and(client::Machine::is_active)
    }

    fn is_allowed(&self, model: &Model) -> bool {
        self.name != self.old && self.error(model).is_none() && !self.is_running(model) && !self.saving.is_waiting()
    }
}

/// What the service would refuse, as it checks names.
fn fault(name: &str) -> Option<String> {
    let is_fine = |character: char| character.is_ascii_alphanumeric() || "._+-".contains(character);
    if name.is_empty() {
        Some(t!("rename-empty"))
    } else if name.contains(' ') {
        Some(t!("rename-space"))
    } else if let Some(character) = name.chars().find(|character| !is_fine(*character)) {
        Some(t!("rename-character", character = character.to_string()))
    } else if !name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        Some(t!("rename-first"))
    } else if name.len() > 63 {
        Some(t!("rename-long", count = name.len()))
    } else {
        None
    }
}

impl Content for Rename {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        let select = iced::widget::operation::select_all("rename-name");
        focus::take("rename-name").chain(select)
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            // What is being saved stays as it is until the answer comes.
            Message::Typed(_) if self.saving.is_waiting() => Action::None,
            Message::Typed(name) => {
                self.name = name;
                self.saving.forget();
                Action::None
            }
            Message::Accept if self.name == self.old => Action::Close,
            Message::Accept if self.is_allowed(model) => {
                self.saving.begin(std::slice::from_ref(&self.key));
                Action::Call(Call::Rename(self.key.clone(), self.name.clone()))
            }
            Message::Accept => Action::None,
            Message::Dismiss => Action::Close,
        }
    }

    fn done(&mut self, _model: &Model, done: &Done) -> Option<Action> {
        if !matches!(&done.call, Call::Rename(key, _) if *key == self.key) {
            return None;
        }
        Some(if self.saving.take(done) == Ended::Well { Action::Close } else { Action::Task(focus::take("rename-name")) })
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let refused = self.saving.problem(model).map(|(title, advice)| format!("{title}. {advice}"));
        let error = self.error(model).or(refused);
        let field = part::field("rename-name", &self.old, &self.name, error.is_some(), Message::Typed, Message::Accept);
        let field = part::typed(field, Some(t!("rename-label")), &self.name);
        let below = part::below(error, Some(t!("rename-hint")));
        let mut body = column![].spacing(space::M);
        if self.is_running(model) {
            body = body.push(part::warning(t!("rename-running")));
        }
        body = body.push(column![text(t!("rename-label")).size(12).style(crate::theme::muted), field, below].spacing(space::XS));
        let label = if self.saving.is_waiting() { t!("dialog-saving") } else { t!("rename-accept") };
        let accept = part::accept(Kind::Primary, label, self.is_allowed(model).then_some(Message::Accept));
        let foot = part::foot(None, vec![part::cancel(Message::Dismiss).into(), accept.into()]);
        let title = t!("rename-title", machine = self.old.as_str());
        frame(icon::pencil(), |t| t.selected, |t| t.accent_text, title, part::apart(body), foot, 460.0)
    }
}

#[cfg(test)]
mod tests;
