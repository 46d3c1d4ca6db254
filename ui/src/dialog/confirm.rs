//! Asks before something is done that may lose data.

use client::{Operation, settings::Settings, t};
use iced::{Element, Task, widget::column};

use super::{Content, frame, part};
use crate::{
    action::{Action, Call},
    component::Kind,
    icon,
    model::{Key, Model},
    theme::space,
    widget::focus,
};

/// A question with two answers.
#[derive(Debug)]
pub struct Confirm {
    operation: Operation,
    id: &'static str,
    keys: Vec<Key>,
    names: Vec<String>,
}

/// What was answered.
#[derive(Clone, Debug)]
pub enum Message {
    /// Do it.
    Accept,
    /// Do not.
    Dismiss,
}

impl Confirm {
    /// Asks before `command` is done to these machines.
    #[must_use]
    pub fn new(model: &Model, id: &'static str, operation: Operation, keys: Vec<Key>) -> Self {
        let mut names: Vec<String> = keys.iter().map(|key| super::label(model, key)).collect();
        names.sort();
        Self { operation, id, keys, names }
    }

    /// Whether the guest has no say in it, or something is lost for good.
    const fn is_rough(&self) -> bool {
        matches!(
            self.operation,
            Operation::ForceOff | Operation::Reset | Operation::DiscardSavedState | Operation::StartCold | Operation::SendNmi
        )
    }
}

impl Content for Confirm {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    // What loses data is not one Enter away.
    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take(if self.is_rough() { "dialog-cancel" } else { "dialog-accept" })
    }

    fn update(&mut self, _model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Dismiss => Action::Close,
            Message::Accept => Action::Batch(vec![Action::Close, Action::Call(Call::Operate(self.operation, self.keys.clone()))]),
        }
    }

    fn view<'a>(&'a self, _model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let name = self.names.first().cloned().unwrap_or_default();
        let count = self.names.len();
        let title = t!(&format!("confirm-{}", self.id), machine = name, count = count);
        let mut body = column![part::paragraph(t!(&format!("confirm-{}-advice", self.id), count = count))].spacing(space::S);
        if count > 1 {
            body = body.push(part::caption(self.names.join(", ")));
        }
        let kind = if self.is_rough() { Kind::Danger } else { Kind::Primary };
        let accept = part::accept(kind, t!(&format!("command-{}", self.id)), Some(Message::Accept));
        let foot = part::foot(None, vec![part::cancel(Message::Dismiss).into(), accept.into()]);
        if self.is_rough() {
            return frame(icon::triangle_alert(), |t| t.crashed_soft, |t| t.crashed, title, body, foot, 480.0);
        }
        frame(icon::circle_help(), |t| t.paused_soft, |t| t.paused, title, body, foot, 480.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::test::{self, key};

    #[test]
    fn only_what_loses_data_is_red() {
        let model = test::model();
        let rough = Confirm::new(&model, "force-off", Operation::ForceOff, vec![key("postgres-lab")]);
        assert!(rough.is_rough());
        test::pictures("confirm-rough", &rough);
        let keys = ["postgres-lab", "opnsense", "k3s-node-1"].map(key).to_vec();
        let gentle = Confirm::new(&model, "shutdown", Operation::Shutdown, keys);
        assert!(!gentle.is_rough());
        test::pictures("confirm", &gentle);
    }

    #[test]
    fn yes_closes_it_and_makes_the_call() {
        let model = test::model();
        let mut confirm = Confirm::new(&model, "force-off", Operation::ForceOff, vec![key("postgres-lab")]);
        let messages = test::click(&model, &confirm, "Force off").unwrap();
        let Action::Batch(actions) = confirm.update(&model, &Settings::default(), messages[0].clone()) else { panic!("no call") };
        assert!(matches!(actions.as_slice(), [Action::Close, Action::Call(Call::Operate(Operation::ForceOff, _))]));
    }
}
