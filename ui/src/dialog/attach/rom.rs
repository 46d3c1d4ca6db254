//! A file with the ROM that the guest sees instead of a card's own.

use std::path::{Path, PathBuf};

use client::{Error, ErrorKind, t};
use iced::{
    Element, Task,
    widget::{Row, column},
};

use super::{Attach, Message as Outer, wrap};
use crate::{
    action::Action,
    component::{Button, Kind},
    desktop::chooser::{self, Wish},
    dialog::{moving, part, target::path},
    model::Model,
    theme::space,
    widget::focus,
};

const FIELD: &str = "attach-rom-file";
/// What has a ROM that firmware runs.
const KINDS: [&str; 2] = ["display", "network"];

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rom {
    path: String,
    /// There is no such file.
    is_missing: bool,
    /// The desktop has a dialog for files.
    can_choose: bool,
}

/// What happens to it.
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
}

impl Rom {
    fn set(&mut self, path: String) {
        let full = PathBuf::from(path::expanded(path.trim()));
        self.is_missing = !(path.trim().is_empty() || full.is_absolute() && full.is_file());
        self.path = path;
    }

    /// Another device has no file yet.
    pub fn forget(&mut self) {
        self.set(String::new());
    }

    /// Where the desktop's dialog begins.
    fn folder(&self) -> PathBuf {
        let typed = PathBuf::from(path::expanded(self.path.trim()));
        typed.parent().filter(|folder| folder.is_dir()).map_or_else(path::home, Path::to_path_buf)
    }

    /// Asks whether the desktop has a dialog for files.
    pub fn look() -> Task<Outer> {
        Task::perform(chooser::is_there(), |can_choose| Outer::Rom(Message::CanChoose(can_choose)))
    }
}

impl Attach {
    /// The file, if one can be given to what is chosen; `Err` if there is none where it is said to be.
    pub(super) fn rom_file(&self) -> Result<Option<PathBuf>, ()> {
        let path = self.rom.path.trim();
        if path.is_empty() || !self.when.is_configured() || self.more.shows_rom == Some(false) {
            return Ok(None);
        }
        if self.rom.is_missing { Err(()) } else { Ok(Some(PathBuf::from(path::expanded(path)))) }
    }

    pub(super) fn rom_message(&mut self, model: &Model, message: Message) -> Action {
        match message {
            Message::CanChoose(can_choose) => {
                self.rom.can_choose = can_choose;
                Action::None
            }
            Message::Choose => {
                let chosen = |path| wrap(Outer::Rom(Message::Chosen(path)));
                Action::Task(Task::perform(chooser::choose(Wish::Open(self.rom.folder()), t!("attach-rom-file")), chosen))
            }
            Message::Chosen(None) => Action::Task(focus::take(FIELD)),
            Message::Typed(path) => {
                self.rom.set(path);
                self.changed(model)
            }
            Message::Chosen(Some(path)) => {
                self.rom.set(path.display().to_string());
                self.changed(model)
            }
        }
    }

    /// The service said that the file is no ROM.
    pub(super) fn is_no_rom(&self) -> bool {
        let is = |error: &Error| error.kind() == Some(ErrorKind::InvalidArgument) && error.fact("argument") == Some("rom-file");
        self.plan.error().is_some_and(is)
    }

    /// The field, for what has a ROM.
    pub(super) fn rom_field<'a>(&'a self, model: &Model) -> Option<Element<'a, Outer>> {
        let device = moving::device(model.host(&self.host)?, self.address.as_deref()?)?;
        let is_offered = KINDS.contains(&device.kind.as_str()) && device.function_of.is_none();
        if !is_offered || !self.when.is_configured() || self.more.shows_rom == Some(false) {
            return None;
        }
        let problem =
            if self.rom.is_missing { Some(t!("attach-rom-file-missing")) } else { self.is_no_rom().then(|| t!("attach-rom-file-wrong")) };
        let typed = |path| Outer::Rom(Message::Typed(path));
        let field = part::field(FIELD, &t!("attach-rom-file-none"), &self.rom.path, problem.is_some(), typed, Outer::Accept);
        let field = part::typed(field, Some(t!("attach-rom-file")), &self.rom.path);
        let choose = || {
            let press = self.attempt.press(Outer::Rom(Message::Choose));
            Button::new(Kind::Secondary, t!("choose-file")).on_press_maybe(press).id("attach-rom-choose")
        };
        let field = Row::new().push(field).push(self.rom.can_choose.then(choose)).spacing(space::S);
        let below = part::below(problem, Some(t!("attach-rom-file-detail")));
        Some(column![part::caption(t!("attach-rom-file")), field, below].spacing(space::XS).into())
    }
}
