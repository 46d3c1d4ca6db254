//! Asks for the file that a guest's memory or screen, or the ROM of a card, is written to.

pub(in crate::dialog) mod path;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use client::{Error, ErrorKind, device::short, host::Id, settings::Settings, t, unit};
use iced::{Element, Task, widget::column};

use super::{
    Content, frame,
    look::{Look, News},
    part, words,
};
use crate::{
    action::{Action, Call, DeviceChange, Done},
    component::{Button, Kind},
    desktop::chooser::{self, Wish},
    icon,
    model::{Key, Model},
    theme::space,
    widget::focus,
};

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The guest's memory.
    Memory(Key),
    /// What its screen shows.
    Screen(Key),
    /// The ROM of a card of this host.
    Rom(Id, String),
}

impl What {
    /// What the file is called without its day and its ending.
    fn stem(&self, model: &Model) -> String {
        match self {
            Self::Memory(key) | Self::Screen(key) => model.machine(key).map(|machine| machine.name.clone()).unwrap_or_default(),
            Self::Rom(_, address) => short(address).replace([':', '.'], "-"),
        }
    }

    /// What people call what it is of.
    fn label(&self, model: &Model) -> String {
        match self {
            Self::Memory(key) | Self::Screen(key) => super::label(model, key),
            Self::Rom(host, address) => super::moving::label(model, host, address),
        }
    }
}

/// See [the module](self).
#[derive(Debug)]
pub struct Target {
    what: What,
    path: String,
    error: Option<Error>,
    /// Whether a file can be made there.
    look: Look<path::Fault>,
    /// It is made as soon as that is known.
    is_accepted: bool,
    /// The path is one that nobody has chosen or typed.
    is_offered: bool,
    /// The desktop has a dialog for files.
    can_choose: bool,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// There is no such file yet.
    Offered(PathBuf),
    /// A path was typed.
    Typed(String),
    /// What is there.
    Look(News<path::Fault>),
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
    /// Asks for a file; offers one that is not there yet once it has been looked.
    #[must_use]
    pub fn new(model: &Model, what: What) -> Self {
        let (folder, ending) = match what {
            What::Memory(_) => (path::home(), "dump"),
            What::Screen(_) => (path::pictures(), "png"),
            What::Rom(..) => (path::home(), "rom"),
        };
        let stem = format!("{}-{}", what.stem(model), path::day(crate::model::now()));
        let path = folder.join(format!("{stem}.{ending}")).display().to_string();
        Self { what, path, error: None, look: Look::default(), is_accepted: false, is_offered: true, can_choose: false }
    }

    /// As it was when the call was made, with what went wrong; `None` if somebody cancelled it.
    #[must_use]
    pub fn again(model: &Model, what: What, path: &Path, done: &Done) -> Option<Self> {
        let error = done.results.iter().find_map(|(_, result)| result.as_ref().err())?;
        let is_cancelled = error.kind() == Some(ErrorKind::Cancelled);
        let error = Some(error.clone()).filter(|error| !error.is_dismissed());
        (!is_cancelled).then(|| Self { path: path.display().to_string(), error, is_offered: false, ..Self::new(model, what) })
    }

    fn full(&self) -> PathBuf {
        PathBuf::from(path::expanded(self.path.trim()))
    }

    /// Another path was named.
    fn name(&mut self, path: String) {
        (self.path, self.error, self.is_accepted, self.is_offered) = (path, None, false, false);
        self.look.know(Ok(()));
    }

    fn look(&mut self) -> Task<Message> {
        self.look.begin(Duration::ZERO, path::look(self.full()), Message::Look)
    }

    /// It is looked first; what comes of it is made of the answer.
    fn accept(&mut self) -> Action {
        if self.path.trim().is_empty() || self.is_accepted && self.look.is_waiting() {
            return Action::None;
        }
        self.is_accepted = true;
        Action::Task(self.look().map(wrap))
    }

    fn looked(&mut self, news: News<path::Fault>) -> Action {
        self.look.take(news);
        if self.look.is_waiting() || !std::mem::take(&mut self.is_accepted) {
            return Action::None;
        }
        if self.look.is_good() { self.save() } else { Action::Task(focus::take("target-path")) }
    }

    fn save(&self) -> Action {
        let path = self.full();
        let call = match self.what.clone() {
            What::Memory(key) => Call::CoreDump(key, path),
            What::Screen(key) => Call::Screenshot(key, path),
            What::Rom(host, address) => Call::Device(host, DeviceChange::Rom(address, path)),
        };
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
        let offer = if self.is_offered { Task::perform(path::offer(self.full()), Message::Offered) } else { Task::none() };
        Task::batch([focus, offer, Task::perform(chooser::is_there(), Message::CanChoose)])
    }

    fn update(&mut self, _model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Offered(path) if self.is_offered && !self.is_accepted => {
                self.path = path.display().to_string();
                Action::Task(iced::widget::operation::move_cursor_to_end("target-path"))
            }
            Message::Offered(_) => Action::None,
            Message::Typed(path) => {
                self.name(path);
                Action::None
            }
            Message::Look(news) => self.looked(news),
            Message::CanChoose(can_choose) => {
                self.can_choose = can_choose;
                Action::None
            }
            Message::Choose => {
                let wish = Wish::Save(self.full());
                let chosen = |path| wrap(Message::Chosen(path));
                Action::Task(Task::perform(chooser::choose(wish, t!("target-file")), chosen))
            }
            Message::Chosen(None) => Action::Task(focus::take("target-path")),
            Message::Chosen(Some(path)) => {
                self.name(path.display().to_string());
                Action::Task(Task::batch([self.look().map(wrap), focus::take("dialog-accept")]))
            }
            Message::Accept => self.accept(),
            Message::Dismiss => Action::Close,
        }
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let label = self.what.label(model);
        let (title, advice, accept, icon) = match self.what {
            What::Memory(_) => (t!("dump-title", machine = label.as_str()), t!("dump-advice"), t!("dump-accept"), icon::file_down()),
            What::Screen(_) => {
                (t!("screenshot-title", machine = label.as_str()), t!("screenshot-advice"), t!("screenshot-accept"), icon::camera())
            }
            What::Rom(..) => (t!("rom-title", device = label.as_str()), t!("rom-advice"), t!("rom-accept"), icon::file_down()),
        };
        let mut body = column![part::paragraph(advice)].spacing(space::M);
        if let Some(error) = &self.error {
            let (title, advice) = explained(error, &label);
            let refusals = error.refusals();
            // What the host needs the card for is told as in a plan.
            body = body.push(if refusals.is_empty() { part::danger(title, advice) } else { super::moving::refusals(&refusals) });
        }
        if let What::Memory(key) = &self.what {
            let memory = model.machine(key).map_or(0, |machine| machine.memory);
            body = body.push(part::warning(t!("dump-warning", size = unit::size(memory))));
        }
        let problem = self.look.error().map(path::Fault::words);
        let wrong = problem.is_some();
        let field = part::field("target-path", "", &self.path, wrong, Message::Typed, Message::Accept).font(crate::font::MONO).size(12);
        let field = part::typed(field, Some(t!("target-file")), &self.path);
        let below = part::below(problem, self.look.is_slow().then(|| t!("target-looking")));
        let choose = self.can_choose.then(|| Button::new(Kind::Secondary, t!("choose-file")).on_press(Message::Choose));
        let field = iced::widget::Row::new().push(field).push(choose).spacing(space::S);
        body = body.push(column![part::caption(t!("target-file")), field, below].spacing(space::XS));
        let accept = part::accept(Kind::Primary, accept, (!self.path.trim().is_empty() && !self.is_accepted).then_some(Message::Accept));
        let foot = part::foot(None, vec![part::cancel(Message::Dismiss).into(), accept.into()]);
        frame(icon, |t| t.selected, |t| t.accent_text, title, body, foot, 520.0)
    }
}

/// What went wrong, and what to do.
fn explained(error: &Error, label: &str) -> (String, String) {
    let (title, advice) = words::error(error, label);
    let raw = error.to_string();
    match error.kind() {
        // A file that cannot be made is told in the system's own words.
        Some(ErrorKind::Failed) if !raw.is_empty() => (title, raw),
        // It is the file that has no room, not the disks of the machine.
        Some(ErrorKind::NoSpace) => (title, t!("target-no-space")),
        _ => (title, advice),
    }
}

fn wrap(message: Message) -> crate::app::Message {
    crate::app::Message::Dialog(super::Message::Target(message))
}

#[cfg(test)]
mod tests;
