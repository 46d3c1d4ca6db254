//! The page of keys: press one to set it.

use client::{settings::Settings as Model, t};
use iced::{
    Alignment, Element, Length,
    keyboard::{Key, Modifiers, key::Named},
    widget::{Column, Space, button, column, container, row},
};

use super::{Message, Settings, pages::below, parts::lines};
use crate::{
    app::key_of,
    command::{ALL, Command, Scope, Shortcut},
    component::{Button, Kind, caps, icon_button},
    font, icon,
    theme::{self, size, space},
    widget::{Role, Said, focusable, text},
};

/// A key that is pressed for a command. Those that walk and close stay what they are, and so does what types.
pub(super) fn recorded(key: &Key, modifiers: Modifiers) -> Option<Message> {
    if matches!(key, Key::Named(Named::Escape)) {
        return Some(Message::Record(None));
    }
    let is_taken = matches!(key, Key::Named(Named::Tab | Named::F6));
    let shortcut = Shortcut::pressed(key, modifiers).filter(|key| !is_taken && !key.is_typing())?;
    Some(Message::Pressed(shortcut))
}

/// Commands in two groups, as the pages and the list of keys show them.
pub(in crate::dialog) fn groups() -> [(&'static str, Vec<Command>); 2] {
    let of =
        |is_application: bool| ALL.iter().copied().filter(|command| (command.scope() == Scope::Application) == is_application).collect();
    [("keys-machines", of(false)), ("keys-application", of(true))]
}

impl Settings {
    pub(super) fn keys<'a>(&'a self, settings: &'a Model) -> Element<'a, Message> {
        let mut page = column![text(t!("keys-hint")).size(12).style(theme::subtle)].spacing(space::S);
        for (title, commands) in groups() {
            let heading = text(t!(title)).size(12).font(font::SEMIBOLD).style(theme::subtle);
            page = page.push(container(heading).padding(iced::Padding::ZERO.top(space::S)));
            page = page.push(lines(commands.into_iter().map(|command| self.key(settings, command))));
        }
        page.push(below(t!("keys-reset-all"), (!settings.shortcuts.is_empty()).then_some(Message::ResetKeys))).into()
    }

    fn key<'a>(&'a self, settings: &'a Model, command: Command) -> Element<'a, Message> {
        let key = key_of(settings, command);
        let is_recording = self.recording == Some(command);
        let set = Message::Record((!is_recording).then_some(command));
        let change: Element<'a, Message> = match (is_recording, key.is_empty()) {
            (true, _) => Button::new(Kind::Primary, t!("keys-press")).compact().on_press(set).into(),
            (false, true) => Button::new(Kind::Secondary, t!("keys-none")).compact().on_press(set).into(),
            (false, false) => {
                let shown = container(caps(&key)).center_y(Length::Fill);
                let change = button(shown).height(size::COMPACT).padding([0.0, space::S]).style(theme::button::secondary);
                let name = key.replace('+', " ");
                focusable(change.on_press(set.clone())).on_press(set).say(move || Said::named(Role::Button, name.as_str())).into()
            }
        };
        let clear = icon_button(icon::x(), t!("keys-clear"), None, false, (!key.is_empty()).then_some(Message::NoKey(command)));
        let is_own = key == command.default_key();
        let reset = icon_button(icon::rotate_ccw(), t!("keys-reset"), None, false, (!is_own).then_some(Message::ResetKey(command)));
        let words = text(t!(&format!("command-{}", command.id()))).size(13).width(Length::Fill);
        let line = row![command.icon().muted(16.0), words, change, reset, clear].spacing(space::S).align_y(Alignment::Center);
        let mut whole = Column::new().push(line).spacing(space::S);
        if let Some((wanted, key, other)) = &self.conflict
            && *wanted == command
        {
            let note = container(conflict(&key.to_string(), *other));
            whole = whole.push(note.padding(iced::Padding::ZERO.bottom(space::S)));
        }
        container(whole).padding([-8.0, 0.0]).into()
    }
}

fn conflict<'a>(key: &str, other: Command) -> Element<'a, Message> {
    let words = t!("keys-conflict", key = key, other = t!(&format!("command-{}", other.id())));
    let words = text(words).size(12).width(Length::Fill);
    let take = Button::new(Kind::Secondary, t!("keys-take")).compact().on_press(Message::Take);
    let keep = Button::new(Kind::Flat, t!("keys-keep")).compact().on_press(Message::Record(None));
    let line = row![icon::triangle_alert().colour(16.0, |t| t.paused), words, Space::new(), take, keep].spacing(space::S);
    let note = container(line.align_y(Alignment::Center)).padding([6.0, space::M]);
    note.style(|theme: &iced::Theme| container::Style {
        text_color: Some(theme::tokens(theme).text),
        ..theme::container::badge(|t| t.paused_soft, |t| t.paused, size::RADIUS)(theme)
    })
    .into()
}
