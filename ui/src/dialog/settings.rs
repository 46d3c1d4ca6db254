//! The settings.

mod keys;
mod pages;
mod parts;

use client::settings as model;

pub(super) use keys::groups;

use crate::{
    action::Action,
    app::command_of,
    command::{Command, Shortcut},
    icon::{self, Icon},
};

/// A page of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Theme, contrast, density.
    Appearance,
    /// Columns and groups.
    Table,
    /// How often is measured.
    Figures,
    /// What asks first.
    Confirmations,
    /// What the desktop is told.
    Notifications,
    /// The tray.
    Tray,
    /// Keys.
    Keys,
    /// Language.
    Language,
}

impl Page {
    /// All, in their order.
    pub const ALL: &'static [Self] =
        &[Self::Appearance, Self::Table, Self::Figures, Self::Confirmations, Self::Notifications, Self::Tray, Self::Keys, Self::Language];

    /// Its name for what is remembered.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Appearance => "appearance",
            Self::Table => "table",
            Self::Figures => "figures",
            Self::Confirmations => "confirmations",
            Self::Notifications => "notifications",
            Self::Tray => "tray",
            Self::Keys => "keys",
            Self::Language => "language",
        }
    }

    /// The key of its title.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Appearance => "settings-appearance",
            Self::Table => "settings-table",
            Self::Figures => "settings-figures",
            Self::Confirmations => "settings-confirmations",
            Self::Notifications => "settings-notifications",
            Self::Tray => "settings-tray",
            Self::Keys => "settings-keys",
            Self::Language => "settings-language",
        }
    }

    /// Its icon.
    #[must_use]
    pub fn icon(self) -> Icon {
        match self {
            Self::Appearance => icon::contrast(),
            Self::Table => icon::columns(),
            Self::Figures => icon::activity(),
            Self::Confirmations => icon::shield_check(),
            Self::Notifications => icon::bell(),
            Self::Tray => icon::layers(),
            Self::Keys => icon::keyboard(),
            Self::Language => icon::globe(),
        }
    }
}

/// The open settings.
#[derive(Debug)]
pub struct Settings {
    page: Page,
    /// The command that gets the next key that is pressed.
    recording: Option<Command>,
    /// A key that another command has: who wants it, the key, who has it.
    conflict: Option<(Command, Shortcut, Command)>,
}

/// What happens in them.
#[derive(Clone, Debug)]
pub enum Message {
    /// Another page.
    Page(Page),
    /// Settings as they shall be.
    Set(Box<model::Settings>),
    /// The next key is for this command; `None` for no longer.
    Record(Option<Command>),
    /// A key was pressed for it.
    Pressed(Shortcut),
    /// It takes the key from the other one.
    Take,
    /// No key for this command.
    NoKey(Command),
    /// Its own key again.
    ResetKey(Command),
    /// The own keys of all.
    ResetKeys,
    /// Nothing more to set.
    Close,
}

impl Settings {
    /// At a page.
    #[must_use]
    pub const fn at(page: Page) -> Self {
        Self { page, recording: None, conflict: None }
    }

    pub(super) fn update(&mut self, settings: &model::Settings, message: Message) -> Action {
        match message {
            Message::Page(page) => *self = Self::at(page),
            Message::Set(settings) => return Action::Settings(settings),
            Message::Record(command) => (self.recording, self.conflict) = (command, None),
            Message::Pressed(key) => return self.pressed(settings, key),
            Message::Take => return self.take(settings),
            Message::NoKey(command) => return bind(settings, &[(command, "")]),
            Message::ResetKey(command) => return self.reset(settings, command),
            Message::ResetKeys => return change(settings, |settings| settings.shortcuts.clear()),
            Message::Close => return Action::Close,
        }
        Action::None
    }

    fn pressed(&mut self, settings: &model::Settings, key: Shortcut) -> Action {
        let Some(command) = self.recording else { return Action::None };
        self.recording = None;
        match command_of(settings, &key).filter(|other| *other != command) {
            Some(other) => {
                self.conflict = Some((command, key, other));
                Action::None
            }
            None => bind(settings, &[(command, &key.to_string())]),
        }
    }

    fn take(&mut self, settings: &model::Settings) -> Action {
        let Some((command, key, other)) = self.conflict.take() else { return Action::None };
        bind(settings, &[(other, ""), (command, &key.to_string())])
    }

    /// The command's own key may have been given to another one meanwhile.
    fn reset(&mut self, settings: &model::Settings, command: Command) -> Action {
        let own = command.default_key().parse::<Shortcut>().ok();
        match own.and_then(|key| Some((command_of(settings, &key).filter(|other| *other != command)?, key))) {
            Some((other, key)) => {
                self.conflict = Some((command, key, other));
                Action::None
            }
            None => bind(settings, &[(command, command.default_key())]),
        }
    }
}

/// Gives commands keys; one that is the command's own is not written down.
fn bind(settings: &model::Settings, keys: &[(Command, &str)]) -> Action {
    change(settings, |settings| {
        for (command, key) in keys {
            if *key == command.default_key() {
                settings.shortcuts.remove(command.id());
            } else {
                settings.shortcuts.insert(command.id().to_owned(), (*key).to_owned());
            }
        }
    })
}

fn change(settings: &model::Settings, set: impl FnOnce(&mut model::Settings)) -> Action {
    let mut settings = Box::new(settings.clone());
    set(&mut settings);
    Action::Settings(settings)
}

impl super::Content for Settings {
    type Message = Message;

    // The keys of every dialog, which do not come to where others are recorded.
    fn accept(&self) -> Option<Message> {
        let key = self.recording.and_then(|_| "Ctrl+Enter".parse().ok());
        key.map(Message::Pressed)
    }

    // Esc ends first what was begun with a key.
    fn dismiss(&mut self) -> Action {
        let is_begun = self.recording.take().is_some() | self.conflict.take().is_some();
        if is_begun { Action::None } else { Action::Close }
    }

    fn update(&mut self, _model: &crate::model::Model, settings: &model::Settings, message: Message) -> Action {
        Self::update(self, settings, message)
    }

    fn view<'a>(&'a self, _model: &'a crate::model::Model, settings: &'a model::Settings) -> iced::Element<'a, Message> {
        Self::view(self, settings)
    }
}

#[cfg(test)]
mod tests;
