//! The keyboard: what nothing in a window took comes here.

use client::settings::Settings;
use iced::{
    Event, Subscription, Task, event,
    keyboard::{self, Key, Modifiers, key::Named},
    window,
};

use super::{App, Message, Window};
use crate::{
    command::{ALL, Command, Shortcut},
    dialog, palette,
    screen::{machine, main},
    widget::focus,
};

/// Every key that no widget has taken.
pub(super) fn listen() -> Subscription<Message> {
    event::listen_with(|event, status, window| match (event, status) {
        (Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. }), event::Status::Ignored) => {
            Some(Message::Key(window, key, modifiers))
        }
        _ => None,
    })
}

/// The key of a command: as set, else as it comes.
#[must_use]
pub fn key_of(settings: &Settings, command: Command) -> String {
    settings.shortcuts.get(command.id()).cloned().unwrap_or_else(|| command.default_key().to_owned())
}

/// The command of a key.
#[must_use]
pub fn command_of(settings: &Settings, pressed: &Shortcut) -> Option<Command> {
    ALL.iter().copied().find(|command| key_of(settings, *command).parse::<Shortcut>().is_ok_and(|key| key == *pressed))
}

impl App {
    pub(super) fn key(&mut self, id: window::Id, key: &Key, modifiers: Modifiers) -> Task<Message> {
        if self.palette.as_ref().is_some_and(|(window, _)| *window == id) {
            return palette::key(key, modifiers).map_or_else(Task::none, |message| self.route(Message::Palette(message)));
        }
        if self.menu.as_ref().is_some_and(|(window, _)| *window == id) {
            return crate::menu::key(key).map_or_else(Task::none, |message| self.route(Message::Menu(message)));
        }
        if let Some(task) = self.walk(id, key, modifiers) {
            return task;
        }
        if let Some((_, open)) = self.dialog.as_ref().filter(|(window, _)| *window == id) {
            let message = match key {
                Key::Named(Named::Escape) => Some(dialog::Message::Dismiss),
                Key::Named(Named::Enter) if modifiers.control() => Some(dialog::Message::Accept),
                _ => open.key(key, modifiers),
            };
            return message.map_or_else(Task::none, |message| self.route(Message::Dialog(message)));
        }
        let Some(pressed) = Shortcut::pressed(key, modifiers) else { return Task::none() };
        if let Some(command) = command_of(&self.settings, &pressed) {
            return self.command(id, command, None);
        }
        let message = match self.windows.get(&id) {
            Some(Window::Main) => main::key(key, modifiers).map(Message::Main),
            Some(Window::Machine(..)) => machine::key(key, modifiers).map(|message| Message::Machine(id, message)),
            None => None,
        };
        message.map_or_else(Task::none, |message| self.route(message))
    }

    /// Tab and F6.
    fn walk(&self, id: window::Id, key: &Key, modifiers: Modifiers) -> Option<Task<Message>> {
        let has_dialog = self.dialog.as_ref().is_some_and(|(window, _)| *window == id);
        let scope = if has_dialog { dialog::SCOPE.to_owned() } else { scope(id) };
        match key {
            Key::Named(Named::Tab) if modifiers.shift() => Some(focus::previous(scope)),
            Key::Named(Named::Tab) => Some(focus::next(scope)),
            Key::Named(Named::F6) if has_dialog => Some(Task::none()),
            Key::Named(Named::F6) => {
                let panes = match self.windows.get(&id)? {
                    Window::Main => main::PANES,
                    Window::Machine(..) => machine::PANES,
                };
                Some(if modifiers.shift() { focus::previous_pane(panes) } else { focus::next_pane(panes) })
            }
            _ => None,
        }
    }
}

/// The id of the container around a window's content.
#[must_use]
pub fn scope(id: window::Id) -> String {
    format!("window-{id}")
}
