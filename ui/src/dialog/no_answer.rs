//! A machine got the signal to shut down and still runs.

use client::{Error, Operation, settings::Settings, t};
use iced::{Element, Task, widget::column};

use super::{Content, frame, part, words};
use crate::{
    action::{Action, Call},
    command::Command,
    component::{Button, Kind},
    icon,
    model::{Key, Model},
    theme::space,
    widget::focus,
};

/// See [the module](self).
#[derive(Debug)]
pub struct NoAnswer {
    key: Key,
    operation: Operation,
    title: String,
    seconds: u64,
}

/// What was answered.
#[derive(Clone, Debug)]
pub enum Message {
    /// Look at the screen.
    Look,
    /// Ask it once more, and wait.
    Wait,
    /// Force it off.
    ForceOff,
    /// Let it be.
    Close,
}

impl NoAnswer {
    /// Tells that `operation` was not followed in time.
    #[must_use]
    pub fn new(model: &Model, key: Key, operation: Operation, error: &Error) -> Self {
        let title = words::operation_failed(Operation::Shutdown, &super::label(model, &key));
        // What the service gives a guest unless it is told otherwise.
        let seconds = error.fact("seconds").and_then(|seconds| seconds.parse().ok()).unwrap_or(120);
        Self { key, operation, title, seconds }
    }

    fn is_on(&self, model: &Model) -> bool {
        model.machine(&self.key).is_some_and(client::Machine::is_active)
    }
}

impl Content for NoAnswer {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Wait)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take("dialog-accept")
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        let one = vec![self.key.clone()];
        let next = match message {
            Message::Close => return Action::Close,
            Message::Wait | Message::ForceOff if !self.is_on(model) => return Action::Close,
            Message::Look => Action::Run(Command::Open, one),
            Message::Wait => Action::Call(Call::Operate(self.operation, one)),
            Message::ForceOff => Action::Call(Call::Operate(Operation::ForceOff, one)),
        };
        Action::Batch(vec![Action::Close, next])
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        if !self.is_on(model) {
            let body = part::paragraph(t!("no-answer-over"));
            let close = Button::new(Kind::Secondary, t!("dialog-close")).on_press(Message::Close).id("dialog-accept");
            let foot = part::foot(None, vec![close.into()]);
            return frame(icon::power(), |t| t.running_soft, |t| t.running, super::label(model, &self.key), body, foot, 520.0);
        }
        let advice = if self.operation == Operation::ShutdownAndRestart { t!("no-answer-restart") } else { t!("no-answer-advice") };
        let body = column![part::paragraph(t!("no-answer", seconds = self.seconds)), part::paragraph(advice)].spacing(space::XS);
        let look = Button::new(Kind::Link, t!("no-answer-look")).icon(icon::monitor_play()).on_press(Message::Look);
        let wait = Button::new(Kind::Secondary, t!("no-answer-wait", seconds = self.seconds)).on_press(Message::Wait).id("dialog-accept");
        let force = Button::new(Kind::DangerOutline, t!("no-answer-force")).on_press(Message::ForceOff);
        let foot = part::foot(Some(look.into()), vec![wait.into(), force.into()]);
        frame(icon::power(), |t| t.paused_soft, |t| t.paused, self.title.clone(), body, foot, 520.0)
    }
}

#[cfg(test)]
mod tests {
    use client::ErrorKind;

    use super::*;
    use crate::dialog::test::{self, key};

    fn no_answer() -> NoAnswer {
        let error = test::error(ErrorKind::TimedOut, &[("seconds", "60")]);
        NoAnswer::new(&test::model(), key("postgres-lab"), Operation::Shutdown, &error)
    }

    #[test]
    fn waiting_asks_the_machine_once_more() {
        let messages = test::click(&test::model(), &no_answer(), "Wait 60\u{a0}s more").unwrap();
        assert!(matches!(messages.as_slice(), [Message::Wait]));
        let Action::Batch(actions) = no_answer().update(&test::model(), &Settings::default(), Message::Wait) else { panic!("no call") };
        assert!(matches!(&actions[1], Action::Call(Call::Operate(Operation::Shutdown, _))));
    }

    #[test]
    fn a_machine_that_went_off_meanwhile_is_not_forced_off() {
        let model = test::model();
        let mut off = NoAnswer { key: key("win-server-2025"), ..no_answer() };
        assert!(matches!(off.update(&model, &Settings::default(), Message::ForceOff), Action::Close));
        assert!(!test::shows(&model, &off, "Force off"));
    }

    #[test]
    fn pictures_of_no_answer() {
        test::pictures("no-answer", &no_answer());
    }
}
