//! The command palette: machines, actions, places, found as one types.

mod actions;
mod entry;
mod find;
mod score;
mod things;
mod view;

use client::settings::Settings;
use iced::{
    Task,
    keyboard::{Key, Modifiers, key::Named},
    widget::{
        operation,
        scrollable::{AbsoluteOffset, Viewport},
    },
};

use crate::{
    action::Action,
    model::{self, Model},
    window::Layout,
};

use entry::{Entry, Glyph, Goal};
pub use view::layer;

const FIELD: &str = "palette-field";
const LIST: &str = "palette-list";
/// How much is remembered of what was used.
const RECENT: usize = 20;
/// Lines of a page.
const PAGE: isize = 8;

/// The open palette.
#[derive(Debug)]
pub struct Palette {
    targets: Vec<model::Key>,
    typed: String,
    /// The machine whose actions are listed, and its name.
    subject: Option<(model::Key, String)>,
    entries: Vec<Entry>,
    current: usize,
    /// Where the list is scrolled to, and how high it is.
    scrolled: (f32, f32),
    is_known: bool,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// It is there.
    Opened,
    /// Something was typed.
    Typed(String),
    /// So many lines down.
    Move(isize),
    /// To the first line, or the last.
    End(bool),
    /// Enter.
    Accept,
    /// A line was pressed.
    Choose(usize),
    /// Tab: what can be done with this machine.
    Actions,
    /// Backspace.
    Back,
    /// Esc: back to all, or away.
    Escape,
    /// The list was scrolled.
    Scrolled(Viewport),
    /// A click beside it.
    Dismiss,
}

impl Palette {
    /// Opens it; `targets` are the machines that commands work on.
    pub fn new(targets: Vec<model::Key>) -> (Self, Task<Message>) {
        let palette =
            Self { targets, typed: String::new(), subject: None, entries: Vec::new(), current: 0, scrolled: (0.0, 360.0), is_known: false };
        (palette, Task::batch([operation::focus(FIELD), Task::done(Message::Opened)]))
    }

    /// Takes a message in; whether the palette is over.
    pub fn update(&mut self, model: &Model, settings: &Settings, layout: &mut Layout, message: Message) -> (Action, bool) {
        let was_at = self.current;
        match message {
            Message::Opened => self.find(model, settings, layout),
            Message::Typed(text) => {
                self.typed = text;
                self.find(model, settings, layout);
                return (scroll_to(0.0), false);
            }
            Message::Move(by) => self.current = self.current.saturating_add_signed(by).min(self.entries.len().saturating_sub(1)),
            Message::End(is_last) => self.current = if is_last { self.entries.len().saturating_sub(1) } else { 0 },
            Message::Accept => return self.choose(self.current, model, settings, layout),
            Message::Choose(place) => return self.choose(place, model, settings, layout),
            Message::Actions => {
                if let Some(Entry { goal: Goal::Machine(key), title, .. }) = self.entries.get(self.current) {
                    let subject = Some((key.clone(), title.clone()));
                    return (self.about(subject, model, settings, layout), false);
                }
            }
            Message::Back if self.typed.is_empty() => return (self.about(None, model, settings, layout), false),
            Message::Back => {
                self.typed.pop();
                self.find(model, settings, layout);
            }
            Message::Escape if self.subject.is_some() => return (self.about(None, model, settings, layout), false),
            Message::Escape | Message::Dismiss => return (Action::None, true),
            Message::Scrolled(viewport) => {
                self.scrolled = (viewport.absolute_offset().y, viewport.bounds().height);
                return (Action::None, false);
            }
        }
        (if self.current == was_at { Action::None } else { self.show_current() }, false)
    }

    fn find(&mut self, model: &Model, settings: &Settings, layout: &Layout) {
        let subject = self.subject.as_ref().map(|(key, _)| key);
        let search = find::Search { model, settings, recent: &layout.recent, targets: &self.targets, subject };
        self.entries = search.find(&self.typed);
        self.current = 0;
        self.is_known = true;
    }

    /// Everything that can be done with a machine, or with all. What is typed next is to be found in it: the field, which is drawn
    /// in another place now, gets the focus again.
    fn about(&mut self, subject: Option<(model::Key, String)>, model: &Model, settings: &Settings, layout: &Layout) -> Action {
        self.subject = subject;
        self.typed.clear();
        self.find(model, settings, layout);
        Action::Batch(vec![scroll_to(0.0), Action::Task(operation::focus(FIELD))])
    }

    fn choose(&mut self, place: usize, model: &Model, settings: &Settings, layout: &mut Layout) -> (Action, bool) {
        let Some(entry) = self.entries.get(place) else { return (Action::None, false) };
        let goal = entry.goal.clone();
        if let Goal::Type(mark) = goal {
            mark.clone_into(&mut self.typed);
            self.find(model, settings, layout);
            return (Action::Task(operation::move_cursor_to_end(FIELD)), false);
        }
        if let Some(token) = goal.token() {
            layout.recent.retain(|other| *other != token);
            layout.recent.insert(0, token);
            layout.recent.truncate(RECENT);
        }
        (goal.action(model), true)
    }

    /// Scrolls so that the chosen line is seen.
    fn show_current(&self) -> Action {
        let (top, bottom) = view::span(&self.entries, self.current);
        let (offset, height) = self.scrolled;
        if top < offset {
            scroll_to(top)
        } else if bottom > offset + height {
            scroll_to(bottom - height)
        } else {
            Action::None
        }
    }
}

fn scroll_to(y: f32) -> Action {
    Action::Task(operation::scroll_to(LIST, AbsoluteOffset { x: 0.0, y }))
}

/// A key that its text field did not take.
#[must_use]
pub fn key(key: &Key, modifiers: Modifiers) -> Option<Message> {
    let Key::Named(named) = key else { return None };
    Some(match named {
        Named::ArrowDown => Message::Move(1),
        Named::ArrowUp => Message::Move(-1),
        Named::PageDown => Message::Move(PAGE),
        Named::PageUp => Message::Move(-PAGE),
        Named::Home if modifiers.control() => Message::End(false),
        Named::End if modifiers.control() => Message::End(true),
        Named::Enter => Message::Accept,
        Named::Tab => Message::Actions,
        Named::Escape => Message::Escape,
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) mod tests;
