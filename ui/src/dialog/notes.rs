//! Writes notes about a machine.

use client::{Metadata, settings::Settings, t, unit};
use iced::{
    Element, Length, Task,
    widget::{column, row, text_editor},
};

use super::{
    Content, frame, part,
    saving::{Ended, Saving},
    title::LIMIT,
};
use crate::{
    action::{Action, Call, Done},
    component::{Button, Kind},
    icon,
    model::{Key, Model},
    theme::{self, space},
    widget::{Role, Said, focus, spoken, text},
};

/// See [the module](self).
pub struct Notes {
    key: Key,
    content: text_editor::Content,
    old: String,
    saving: Saving,
    is_leaving: bool,
}

impl std::fmt::Debug for Notes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Notes").field("key", &self.key).field("saving", &self.saving).finish_non_exhaustive()
    }
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Something was typed.
    Edit(text_editor::Action),
    /// Save it.
    Accept,
    /// Leave it.
    Dismiss,
    /// Lose what was typed.
    Discard,
    /// Go on writing.
    Stay,
}

impl Notes {
    /// Asks for the notes about this machine.
    #[must_use]
    pub fn new(model: &Model, key: Key) -> Self {
        let old = model.machine(&key).map(|machine| machine.description.clone()).unwrap_or_default();
        let mut content = text_editor::Content::with_text(&old);
        content.perform(text_editor::Action::Move(text_editor::Motion::DocumentEnd));
        Self { key, content, old, saving: Saving::default(), is_leaving: false }
    }

    /// As it was when the call was made, with what went wrong.
    #[must_use]
    pub fn again(model: &Model, key: Key, notes: &str, done: &Done) -> Self {
        Self { content: text_editor::Content::with_text(notes), saving: Saving::failed(done), ..Self::new(model, key) }
    }

    fn notes(&self) -> String {
        self.content.text().trim_end().to_owned()
    }

    fn is_changed(&self) -> bool {
        self.notes() != self.old.trim_end()
    }

    fn is_allowed(&self) -> bool {
        self.notes().len() <= LIMIT && !self.saving.is_waiting()
    }
}

impl Content for Notes {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take("notes-text")
    }

    fn update(&mut self, _model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            // What is being saved stays as it is until the answer comes.
            Message::Edit(action) if action.is_edit() && self.saving.is_waiting() => Action::None,
            Message::Edit(action) => {
                if action.is_edit() {
                    self.saving.forget();
                    self.is_leaving = false;
                }
                self.content.perform(action);
                Action::None
            }
            Message::Accept if !self.is_allowed() => Action::None,
            Message::Accept if !self.is_changed() => Action::Close,
            Message::Accept => {
                self.is_leaving = false;
                self.saving.begin(std::slice::from_ref(&self.key));
                let changes = Metadata { description: Some(self.notes()), ..Metadata::default() };
                Action::Call(Call::Metadata(vec![self.key.clone()], changes))
            }
            Message::Dismiss => self.dismiss(),
            Message::Discard => Action::Close,
            Message::Stay => {
                self.is_leaving = false;
                Action::Task(focus::take("notes-text"))
            }
        }
    }

    fn done(&mut self, _model: &Model, done: &Done) -> Option<Action> {
        match &done.call {
            Call::Metadata(keys, changes) if changes.description.is_some() && keys.first() == Some(&self.key) => {}
            _ => return None,
        }
        Some(if self.saving.take(done) == Ended::Well { Action::Close } else { Action::Task(focus::take("notes-text")) })
    }

    // Notes can be long: they are not lost to one key.
    fn dismiss(&mut self) -> Action {
        if !self.is_changed() || self.saving.is_waiting() {
            return Action::Close;
        }
        self.is_leaving = !self.is_leaving;
        Action::Task(focus::take(if self.is_leaving { "notes-stay" } else { "notes-text" }))
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let length = self.notes().len();
        let is_long = length > LIMIT;
        let editor = text_editor(&self.content)
            .id("notes-text")
            .placeholder(t!("notes-placeholder"))
            .on_action(Message::Edit)
            .size(13)
            .line_height(part::LINE)
            .padding([8.0, 10.0])
            .height(200)
            // An address can be longer than the field is wide.
            .wrapping(text::Wrapping::WordOrGlyph)
            .style(part::editor(is_long));
        let error = is_long.then(|| t!("notes-long"));
        let count = t!("notes-count", count = unit::count(length as u64), limit = unit::count(LIMIT as u64));
        let count = text(count).size(12).style(if is_long { theme::danger } else { theme::subtle }).wrapping(text::Wrapping::None);
        let under = row![iced::widget::container(part::below(error, None)).width(Length::Fill), count].spacing(space::M);
        let body = column![]
            .push(part::refused(self.saving.problem(model)))
            .push(column![spoken(editor, || Said::named(Role::Field, t!("speech-notes")).text(self.notes())), under].spacing(space::XS))
            .spacing(space::M);
        let title = t!("notes-title", machine = super::label(model, &self.key));
        frame(icon::notebook_pen(), |t| t.selected, |t| t.accent_text, title, part::apart(body), self.foot(), 560.0)
    }
}

impl Notes {
    fn foot<'a>(&self) -> Element<'a, Message> {
        if self.is_leaving {
            let question = text(t!("notes-unsaved")).size(13).into();
            let discard = Button::new(Kind::DangerOutline, t!("notes-discard")).on_press(Message::Discard);
            let stay = Button::new(Kind::Primary, t!("notes-stay")).on_press(Message::Stay).id("notes-stay");
            return part::foot(Some(question), vec![discard.into(), stay.into()]);
        }
        let label = if self.saving.is_waiting() { t!("dialog-saving") } else { t!("dialog-save") };
        let accept = part::accept(Kind::Primary, label, self.is_allowed().then_some(Message::Accept));
        part::foot(None, vec![part::cancel(Message::Dismiss).into(), accept.into()])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use iced::widget::text_editor::{Action as Edit, Edit as Change};

    use super::*;
    use crate::dialog::test::{self, key};

    fn paste(notes: &mut Notes, text: &str) {
        let change = Edit::Edit(Change::Paste(Arc::new(text.to_owned())));
        let _ = notes.update(&test::model(), &Settings::default(), Message::Edit(change));
    }

    fn notes() -> Notes {
        Notes::new(&test::model(), key("win11-gaming"))
    }

    #[test]
    fn notes_that_are_too_long_cannot_be_saved() {
        let mut notes = notes();
        paste(&mut notes, &"ä".repeat(LIMIT / 2 + 1));
        assert!(matches!(notes.update(&test::model(), &Settings::default(), Message::Accept), Action::None));
        test::pictures("notes-long", &notes);
    }

    #[test]
    fn one_key_does_not_lose_what_was_written() {
        let mut notes = notes();
        assert!(matches!(notes.dismiss(), Action::Close), "nothing was written");
        paste(&mut notes, "More.");
        assert!(!matches!(notes.dismiss(), Action::Close));
        assert!(test::shows(&test::model(), &notes, "The notes are not saved."));
        test::pictures("notes-leaving", &notes);
        assert!(!matches!(notes.dismiss(), Action::Close), "Esc goes back to writing");
        assert!(!notes.is_leaving);
    }

    #[test]
    fn several_lines_are_saved_as_they_are() {
        let (model, settings) = (test::model(), Settings::default());
        let mut notes = Notes { content: text_editor::Content::new(), ..notes() };
        paste(&mut notes, "One\n\nTwo\n");
        let Action::Call(Call::Metadata(_, changes)) = notes.update(&model, &settings, Message::Accept) else { panic!("no call") };
        assert_eq!(changes.description.as_deref(), Some("One\n\nTwo"));
    }

    #[test]
    fn pictures_of_the_notes() {
        test::pictures("notes", &notes());
    }
}
