//! Gives a machine a title: what is shown in place of its name.

use client::{Metadata, settings::Settings, t};
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
    widget::focus,
};

/// The service takes no more bytes than that.
pub(super) const LIMIT: usize = 4096;

/// See [the module](self).
#[derive(Debug)]
pub struct Title {
    key: Key,
    title: String,
    saving: Saving,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// It was typed.
    Typed(String),
    /// Save it.
    Accept,
    /// Leave it.
    Dismiss,
}

impl Title {
    /// Asks for the title of this machine.
    #[must_use]
    pub fn new(model: &Model, key: Key) -> Self {
        let title = model.machine(&key).map(|machine| machine.title.clone()).unwrap_or_default();
        Self { key, title, saving: Saving::default() }
    }

    /// As it was when the call was made, with what went wrong.
    #[must_use]
    pub fn again(key: Key, title: String, done: &Done) -> Self {
        Self { key, title, saving: Saving::failed(done) }
    }

    fn error(&self) -> Option<String> {
        (self.title.len() > LIMIT).then(|| t!("title-long", count = self.title.len()))
    }

    fn is_allowed(&self) -> bool {
        self.error().is_none() && !self.saving.is_waiting()
    }
}

impl Content for Title {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take("title-text").chain(iced::widget::operation::select_all("title-text"))
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            // What is being saved stays as it is until the answer comes.
            Message::Typed(_) if self.saving.is_waiting() => Action::None,
            Message::Typed(title) => {
                self.title = title;
                self.saving.forget();
                Action::None
            }
            Message::Accept if !self.is_allowed() => Action::None,
            Message::Accept if model.machine(&self.key).is_some_and(|machine| machine.title == self.title.trim()) => Action::Close,
            Message::Accept => {
                self.saving.begin(std::slice::from_ref(&self.key));
                let changes = Metadata { title: Some(self.title.trim().to_owned()), ..Metadata::default() };
                Action::Call(Call::Metadata(vec![self.key.clone()], changes))
            }
            Message::Dismiss => Action::Close,
        }
    }

    fn done(&mut self, _model: &Model, done: &Done) -> Option<Action> {
        match &done.call {
            Call::Metadata(keys, changes) if changes.title.is_some() && keys.first() == Some(&self.key) => {}
            _ => return None,
        }
        Some(if self.saving.take(done) == Ended::Well { Action::Close } else { Action::Task(focus::take("title-text")) })
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let name = model.machine(&self.key).map(|machine| machine.name.clone()).unwrap_or_default();
        let error = self.error();
        let field = part::field("title-text", &name, &self.title, error.is_some(), Message::Typed, Message::Accept);
        let field = part::typed(field, None, &self.title);
        let below = part::below(error, Some(t!("title-hint")));
        let body =
            column![].push(part::refused(self.saving.problem(model))).push(column![field, below].spacing(space::XS)).spacing(space::M);
        let label = if self.saving.is_waiting() { t!("dialog-saving") } else { t!("dialog-save") };
        let accept = part::accept(Kind::Primary, label, self.is_allowed().then_some(Message::Accept));
        let foot = part::foot(None, vec![part::cancel(Message::Dismiss).into(), accept.into()]);
        let title = t!("title-title", name = name.as_str());
        frame(icon::pencil(), |t| t.selected, |t| t.accent_text, title, part::apart(body), foot, 460.0)
    }
}

#[cfg(test)]
mod tests {
    use client::ErrorKind;

    use super::*;
    use crate::dialog::{
        Dialog,
        test::{self, key},
    };

    #[test]
    fn an_empty_title_takes_it_away() {
        let (model, settings) = (test::model(), Settings::default());
        let mut title = Title { title: "Old".to_owned(), ..Title::new(&model, key("win11-gaming")) };
        let _ = title.update(&model, &settings, Message::Typed("New ".to_owned()));
        let Action::Call(Call::Metadata(_, changes)) = title.update(&model, &settings, Message::Accept) else { panic!("no call") };
        assert_eq!(changes.title.as_deref(), Some("New"));
        test::pictures("title", &Title { title: "Gaming PC".to_owned(), ..Title::new(&model, key("win11-gaming")) });
    }

    #[test]
    fn a_title_that_was_refused_comes_back() {
        let changes = Metadata { title: Some("Gaming PC".to_owned()), ..Metadata::default() };
        let call = Call::Metadata(vec![key("win11-gaming")], changes);
        let done = test::done(call, key("win11-gaming"), Err(test::error(ErrorKind::Busy, &[])));
        let Some(Dialog::Title(title)) = Dialog::for_failure(&test::model(), &done) else { panic!("another dialog") };
        assert_eq!(title.title, "Gaming PC");
        test::pictures("title-failed", &title);
    }
}
