//! Asks for the file that a guest's memory or screen is written to.

mod path;

use std::path::{Path, PathBuf};

use client::{Error, settings::Settings, t, unit};
use iced::{Element, Task, widget::column};

use super::{Content, frame, part, words};
use crate::{
    action::{Action, Call, Done},
    component::{Button, Kind},
    desktop::chooser::{self, Wish},
    icon,
    model::{Key, Model},
    theme::space,
    widget::focus,
};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The guest's memory.
    Memory,
    /// What its screen shows.
    Screen,
}

/// See [the module](self).
#[derive(Debug)]
pub struct Target {
    what: What,
    key: Key,
    path: String,
    error: Option<Error>,
    problem: Option<String>,
    /// The desktop has a dialog for files.
    can_choose: bool,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// A path was typed.
    Typed(String),
    /// The desktop has a dialog for files, or not.
    CanChoose(bool),
    /// Choose the file there.
    Choose,
    /// A file was chosen there, or none.
    Chosen(Option<PathBuf>),
    /// Write it.
    Accept,
    /// Leave it.
    Dismiss,
}

impl Target {
    /// Asks for a file; offers one that is not there yet.
    #[must_use]
    pub fn new(model: &Model, what: What, key: Key) -> Self {
        let name = model.machine(&key).map(|machine| machine.name.clone()).unwrap_or_default();
        let (folder, ending) = match what {
            What::Memory => (path::home(), "dump"),
            What::Screen => (path::pictures(), "png"),
        };
        let stem = format!("{name}-{}", path::day(crate::model::now()));
        let path = path::free(&folder, &stem, ending);
        Self { what, key, path: path.display().to_string(), error: None, problem: None, can_choose: false }
    }

    /// As it was when the call was made, with what went wrong; `None` if somebody cancelled it.
    #[must_use]
    pub fn again(model: &Model, what: What, key: Key, path: &Path, done: &Done) -> Option<Self> {
        let error = done.results.iter().find_map(|(_, result)| result.as_ref().err())?;
        let is_cancelled = error.kind() == Some(client::ErrorKind::Cancelled);
        let error = Some(error.clone()).filter(|error| !error.is_dismissed());
        (!is_cancelled).then(|| Self { path: path.display().to_string(), error, ..Self::new(model, what, key) })
    }

    fn save(&mut self) -> Action {
        let path = PathBuf::from(path::expanded(self.path.trim()));
        self.problem = path::fault(&path);
        if self.problem.is_some() {
            return Action::Task(focus::take("target-path"));
        }
        let key = self.key.clone();
        let call = if self.what == What::Memory { Call::CoreDump(key, path) } else { Call::Screenshot(key, path) };
        Action::Batch(vec![Action::Close, Action::Call(call)])
    }
}

impl Content for Target {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        let focus = focus::take("target-path").chain(iced::widget::operation::move_cursor_to_end("target-path"));
        Task::batch([focus, Task::perform(chooser::is_there(), Message::CanChoose)])
    }

    fn update(&mut self, _model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Typed(path) => {
                (self.path, self.problem, self.error) = (path, None, None);
                Action::None
            }
            Message::CanChoose(can_choose) => {
                self.can_choose = can_choose;
                Action::None
            }
            Message::Choose => {
                let wish = Wish::Save(PathBuf::from(path::expanded(self.path.trim())));
                let chosen = |path| crate::app::Message::Dialog(super::Message::Target(Message::Chosen(path)));
                Action::Task(Task::perform(chooser::choose(wish, t!("target-file")), chosen))
            }
            Message::Chosen(None) => Action::Task(focus::take("target-path")),
            Message::Chosen(Some(path)) => {
                (self.path, self.problem, self.error) = (path.display().to_string(), path::fault(&path), None);
                Action::Task(focus::take("dialog-accept"))
            }
            Message::Accept => self.save(),
            Message::Dismiss => Action::Close,
        }
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let label = super::label(model, &self.key);
        let memory = model.machine(&self.key).map_or(0, |machine| machine.memory);
        let is_memory = self.what == What::Memory;
        let mut body = column![part::paragraph(if is_memory { t!("dump-advice") } else { t!("screenshot-advice") })].spacing(space::M);
        if is_memory {
            body = body.push(part::warning(t!("dump-warning", size = unit::size(memory))));
        }
        if let Some(error) = &self.error {
            let (title, advice) = words::error(error, &label);
            let raw = error.to_string();
            // A file that cannot be made is told in the system's own words.
            let advice = if matches!(error.kind(), Some(client::ErrorKind::Failed)) && !raw.is_empty() { raw } else { advice };
            body = body.push(part::danger(title, advice));
        }
        let wrong = self.problem.is_some();
        let field = part::field("target-path", "", &self.path, wrong, Message::Typed, Message::Accept).font(crate::font::MONO).size(12);
        let below = part::below(self.problem.clone(), None);
        let choose = self.can_choose.then(|| Button::new(Kind::Secondary, t!("choose-file")).on_press(Message::Choose));
        let field = iced::widget::Row::new().push(field).push(choose).spacing(space::S);
        body = body.push(column![part::caption(t!("target-file")), field, below].spacing(space::XS));
        let (title, accept, icon) = if is_memory {
            (t!("dump-title", machine = label), t!("dump-accept"), icon::file_down())
        } else {
            (t!("screenshot-title", machine = label), t!("screenshot-accept"), icon::camera())
        };
        let accept = part::accept(Kind::Primary, accept, (!self.path.trim().is_empty()).then_some(Message::Accept));
        let foot = part::foot(None, vec![part::cancel(Message::Dismiss).into(), accept.into()]);
        frame(icon, |t| t.selected, |t| t.accent_text, title, body, foot, 520.0)
    }
}

#[cfg(test)]
mod tests;
