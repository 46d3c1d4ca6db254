//! What became of each machine of several: those that failed first.

use client::{Error, settings::Settings, t};
use iced::{
    Element, Length, Task,
    widget::{Column, column, container, row, rule},
};

use super::{Content, delete_several::DeleteSeveral, frame, open::targets, part, words};
use crate::{
    action::{Action, Call, Done},
    component::{Button, Kind},
    icon,
    model::{Key, Model},
    theme::{self, space},
    widget::{cut, focus, text},
};

/// See [the module](self).
#[derive(Debug)]
pub struct Results {
    call: Call,
    rows: Vec<Row>,
    is_copied: bool,
}

#[derive(Debug)]
struct Row {
    key: Key,
    name: String,
    error: Option<Error>,
    /// What happened, and what to do.
    words: (String, String),
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Once more for those that failed.
    Again,
    /// All of it goes to the clipboard.
    Copy,
    /// Close it.
    Close,
}

impl Results {
    /// What a call for several machines came to.
    #[must_use]
    pub fn new(model: &Model, done: &Done) -> Self {
        let mut results = Self { call: done.call.clone(), rows: Vec::new(), is_copied: false };
        results.take(model, done);
        results
    }

    fn take(&mut self, model: &Model, done: &Done) {
        for (key, result) in &done.results {
            let Some(key) = key.clone() else { continue };
            let name = named(model, &done.call, &key);
            let error = result.as_ref().err().cloned();
            let words = error.as_ref().map_or_else(|| (t!("results-done"), String::new()), |error| words::error(error, &name));
            self.rows.retain(|row| row.key != key);
            self.rows.push(Row { key, name, error, words });
        }
        self.rows.sort_by_key(|row| row.error.is_none());
        self.is_copied = false;
    }

    fn failed(&self) -> Vec<Key> {
        self.rows.iter().filter(|row| row.error.is_some()).map(|row| row.key.clone()).collect()
    }

    /// The same call for those that failed.
    fn again(&self) -> Option<Call> {
        let keys = self.failed();
        Some(match &self.call {
            Call::Operate(operation, _) => Call::Operate(*operation, keys),
            Call::Metadata(_, changes) => Call::Metadata(keys, changes.clone()),
            Call::Tags(_, add, remove) => Call::Tags(keys, add.clone(), remove.clone()),
            Call::Autostart(_, autostart) => Call::Autostart(keys, *autostart),
            _ => return None,
        })
    }

    fn copied(&self) -> String {
        let line = |row: &Row| match &row.error {
            Some(error) => format!("{}: {}\n{}", row.name, row.words.0, words::raw(error)),
            None => format!("{}: {}", row.name, row.words.0),
        };
        self.rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

impl Content for Results {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Again)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take("dialog-accept")
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            // What goes with them may be another thing by now.
            Message::Again if matches!(self.call, Call::DeleteAll(..)) => {
                Action::Open(Box::new(DeleteSeveral::new(model, self.failed()).into()))
            }
            Message::Again => Action::Batch([Action::Close].into_iter().chain(self.again().map(Action::Call)).collect()),
            Message::Copy => {
                self.is_copied = true;
                Action::Task(iced::clipboard::write(self.copied()))
            }
            Message::Close => Action::Close,
        }
    }

    // Each host, and each machine of a change, answers for itself.
    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        let is_same =
            std::mem::discriminant(&self.call) == std::mem::discriminant(&done.call) && targets(&self.call) == targets(&done.call);
        is_same.then(|| {
            self.take(model, done);
            Action::None
        })
    }

    fn view<'a>(&'a self, _model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let failed = self.failed().len();
        let mut list = Column::new();
        for (place, row) in self.rows.iter().enumerate() {
            if place > 0 {
                list = list.push(rule::horizontal(1).style(theme::container::line));
            }
            list = list.push(one(row));
        }
        let list = container(list).width(Length::Fill).style(theme::container::card);
        let has_done = failed < self.rows.len();
        let body = column![].push(has_done.then(|| part::paragraph(t!("results-advice")))).push(list).spacing(space::M);
        let body = if has_done { body.into() } else { part::apart(body) };
        let (label, mark) = if self.is_copied { (t!("dialog-copied"), icon::check()) } else { (t!("dialog-copy"), icon::copy()) };
        let copy = Button::new(Kind::Link, label).icon(mark).on_press(Message::Copy);
        let close = Button::new(Kind::Flat, t!("dialog-close")).on_press(Message::Close);
        let again = part::accept(Kind::Primary, t!("results-again", count = failed), Some(Message::Again));
        let foot = part::foot(Some(copy.into()), vec![close.into(), again.into()]);
        let title = t!("results-title", failed = failed, count = self.rows.len());
        frame(icon::circle_alert(), |t| t.crashed_soft, |t| t.crashed, title, body, foot, 600.0)
    }
}

/// What the machine is called, also if it is gone by now.
fn named(model: &Model, call: &Call, key: &Key) -> String {
    let known = super::label(model, key);
    match call {
        Call::DeleteAll(keys, goes) if known.is_empty() => {
            keys.iter().zip(goes).find(|(other, _)| *other == key).map(|(_, goes)| goes.name.clone()).unwrap_or_default()
        }
        _ => known,
    }
}

fn one(row: &Row) -> Element<'_, Message> {
    let (mark, colour): (_, fn(&theme::Tokens) -> iced::Color) =
        if row.error.is_some() { (icon::circle_x(), |t| t.crashed) } else { (icon::circle_check(), |t| t.running) };
    let name = cut(row.name.as_str()).font(crate::font::MEDIUM).width(170);
    let style = if row.error.is_some() { theme::normal } else { theme::muted };
    let mut words = column![text(row.words.0.as_str()).size(13).line_height(part::LINE).style(style)].width(Length::Fill);
    if !row.words.1.is_empty() {
        words = words.push(part::caption(row.words.1.as_str()));
    }
    row![container(mark.colour(16.0, colour)).padding([1.0, 0.0]), name, words].spacing(space::S).padding([space::S, space::M]).into()
}

#[cfg(test)]
mod tests;
