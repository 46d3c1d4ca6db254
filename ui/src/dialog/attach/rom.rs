//! A file with the ROM that the guest sees instead of a card's own.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use client::{
    Error, ErrorKind,
    device::rom::{self, LONGEST, NoRom},
    file, t, unit,
};
use iced::{
    Element, Task,
    widget::{Row, column},
};

use super::{Attach, Message as Outer, wrap};
use crate::{
    action::Action,
    component::{Button, Kind},
    desktop::chooser::{self, Wish},
    dialog::{
        look::{Look, News, PAUSE},
        moving, part,
        target::path,
    },
    model::Model,
    theme::space,
    widget::focus,
};

const FIELD: &str = "attach-rom-file";
/// What has a ROM that firmware runs.
const KINDS: [&str; 2] = ["display", "network"];

/// The file.
#[derive(Debug, Default)]
pub(super) struct Rom {
    path: String,
    /// What is known of what is there.
    look: Look<NoRom>,
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
    /// What is there.
    Look(News<NoRom>),
}

impl Message {
    /// Nobody's wish, so it is taken in at any time.
    pub const fn is_news(&self) -> bool {
        matches!(self, Self::CanChoose(_) | Self::Look(_))
    }
}

impl Rom {
    /// Another path, which is looked at after a pause.
    fn set(&mut self, path: String, pause: Duration) -> Task<Outer> {
        self.path = path;
        let full = self.full();
        if self.path.trim().is_empty() || !full.is_absolute() {
            self.look.know(if self.path.trim().is_empty() { Ok(()) } else { Err(NoRom::Missing) });
            return Task::none();
        }
        self.look.begin(pause, rom::look(full), |news| Outer::Rom(Message::Look(news)))
    }

    fn full(&self) -> PathBuf {
        PathBuf::from(path::expanded(self.path.trim()))
    }

    /// Another device has no file yet.
    pub fn forget(&mut self) {
        self.path.clear();
        self.look.know(Ok(()));
    }

    /// The number of the look that counts.
    #[cfg(test)]
    pub const fn serial(&self) -> u64 {
        self.look.serial()
    }

    /// How it ends.
    #[cfg(test)]
    pub fn answer(&self, result: Result<(), NoRom>) -> Outer {
        Outer::Rom(Message::Look(News::Over(self.look.serial(), result)))
    }

    /// Asks whether the desktop has a dialog for files.
    pub fn look() -> Task<Outer> {
        Task::perform(chooser::is_there(), |can_choose| Outer::Rom(Message::CanChoose(can_choose)))
    }
}

impl Attach {
    /// The file, if one can be given to what is chosen; `Err` if there is none where it is said to be, or nobody knows yet.
    pub(super) fn rom_file(&self) -> Result<Option<PathBuf>, ()> {
        let path = self.rom.path.trim();
        if path.is_empty() || !self.when.is_configured() || self.more.shows_rom == Some(false) {
            return Ok(None);
        }
        if self.rom.look.is_good() { Ok(Some(self.rom.full())) } else { Err(()) }
    }

    pub(super) fn rom_message(&mut self, model: &Model, message: Message) -> Action {
        match message {
            Message::CanChoose(can_choose) => {
                self.rom.can_choose = can_choose;
                Action::None
            }
            Message::Choose => {
                let chosen = |path| wrap(Outer::Rom(Message::Chosen(path)));
                Action::Task(Task::perform(choose(self.rom.full()), chosen))
            }
            Message::Chosen(None) => Action::Task(focus::take(FIELD)),
            Message::Typed(path) => self.named(model, path, PAUSE),
            Message::Chosen(Some(path)) => self.named(model, path.display().to_string(), Duration::ZERO),
            Message::Look(news) => {
                let before = self.attachment();
                self.rom.look.take(news);
                // What was asked for stays as it is until the answer comes; a file that is not given changes nothing.
                if self.attempt.is_working() || self.attachment() == before { Action::None } else { self.again(model) }
            }
        }
    }

    fn named(&mut self, model: &Model, path: String, pause: Duration) -> Action {
        let look = self.rom.set(path, pause).map(wrap);
        Action::Batch(vec![Action::Task(look), self.changed(model)])
    }

    /// Looks at a file once more that did not answer; `None` if it did, or is not asked for.
    pub(super) fn look_again(&mut self, model: &Model) -> Option<Action> {
        let is_meant = self.is_rom_silent() && self.rom_file() != Ok(None);
        is_meant.then(|| self.named(model, self.rom.path.clone(), Duration::ZERO))
    }

    /// It did not answer, when it was looked at or when it was opened for the plan.
    fn is_rom_silent(&self) -> bool {
        self.rom.look.error() == Some(&NoRom::Silent) || self.plan.error().is_some_and(NoRom::is_silent)
    }

    /// The service said that the file is no ROM.
    pub(super) fn is_no_rom(&self) -> bool {
        let is = |error: &Error| error.kind() == Some(ErrorKind::InvalidArgument) && error.fact("argument") == Some("rom-file");
        self.plan.error().is_some_and(is)
    }

    /// What is wrong with the file, and what to do about it.
    fn rom_problem(&self) -> Option<String> {
        Some(match self.rom.look.error() {
            _ if self.is_rom_silent() => t!("attach-rom-file-silent"),
            None if self.is_no_rom() => t!("attach-rom-file-wrong"),
            None | Some(NoRom::Silent) => return None,
            Some(NoRom::Missing) => t!("attach-rom-file-missing"),
            Some(NoRom::NoFile) => t!("attach-rom-file-none-such"),
            Some(NoRom::Empty) => t!("attach-rom-file-empty"),
            Some(NoRom::TooLarge) => t!("attach-rom-file-large", size = unit::size(LONGEST)),
            Some(NoRom::Unreadable(reason)) => t!("attach-rom-file-unreadable", reason = reason.as_str()),
        })
    }

    /// The field, for what has a ROM.
    pub(super) fn rom_field<'a>(&'a self, model: &Model) -> Option<Element<'a, Outer>> {
        let device = moving::device(model.host(&self.host)?, self.address.as_deref()?)?;
        let is_offered = KINDS.contains(&device.kind.as_str()) && device.function_of.is_none();
        if !is_offered || !self.when.is_configured() || self.more.shows_rom == Some(false) {
            return None;
        }
        let problem = self.rom_problem();
        let typed = |path| Outer::Rom(Message::Typed(path));
        let field = part::field(FIELD, &t!("attach-rom-file-none"), &self.rom.path, problem.is_some(), typed, Outer::Accept);
        let field = part::typed(field, Some(t!("attach-rom-file")), &self.rom.path);
        let choose = || {
            let press = self.attempt.press(Outer::Rom(Message::Choose));
            Button::new(Kind::Secondary, t!("choose-file")).on_press_maybe(press).id("attach-rom-choose")
        };
        let field = Row::new().push(field).push(self.rom.can_choose.then(choose)).spacing(space::S);
        let hint = if self.rom.look.is_slow() { t!("attach-rom-file-looking") } else { t!("attach-rom-file-detail") };
        let below = part::below(problem, Some(hint));
        Some(column![part::caption(t!("attach-rom-file")), field, below].spacing(space::XS).into())
    }
}

/// Asks the desktop for a file, beginning in the folder of the one that was typed, if there is such a folder.
async fn choose(typed: PathBuf) -> Option<PathBuf> {
    let folder =
        move || typed.parent().filter(|folder| folder.is_dir()).map(Path::to_path_buf).ok_or_else(|| io::ErrorKind::NotFound.into());
    let folder = file::aside(folder).await.unwrap_or_else(|_| path::home());
    chooser::choose(Wish::Open(folder), t!("attach-rom-file")).await
}
