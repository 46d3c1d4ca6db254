//! The list of keys, as they are set now.

use client::{settings::Settings, t};
use iced::{
    Alignment, Element, Length,
    keyboard::{Key, Modifiers},
    widget::{Column, Id, Space, column, container, row, rule, scrollable},
};

use super::{
    Content, part,
    read::{Way, read, way},
    settings,
};
use crate::{
    action::Action,
    app::key_of,
    component::{Button, Kind, caps, icon_button},
    font, icon,
    model::Model,
    theme::{self, space},
    widget::{
        scroll::{PANE, scroll},
        text,
    },
};

const LIST: Id = Id::new("keys");

/// Keys that belong to no command.
const FIXED: [(&str, &str, &str); 8] = [
    ("keys-walk", "Tab", "Shift+Tab"),
    ("keys-panes", "F6", "Shift+F6"),
    ("keys-move", "↑+↓", ""),
    ("keys-extend", "Shift+↑+↓", ""),
    ("keys-toggle", "Space", ""),
    ("keys-menu", "Menu", "Shift+F10"),
    ("keys-blue", "Ctrl+Enter", ""),
    ("keys-close", "Esc", ""),
];

/// The list of keys.
#[derive(Debug)]
pub struct Keys;

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Closes it.
    Dismiss,
    /// Goes to where keys are changed.
    Change,
    /// Another part of the list.
    Scroll(Way),
}

impl Content for Keys {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Dismiss)
    }

    fn update(&mut self, _model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Dismiss => Action::Close,
            Message::Scroll(way) => Action::Task(read(LIST, way)),
            Message::Change => Action::Open(Box::new(settings::Settings::at(settings::Page::Keys).into())),
        }
    }

    fn key(&self, key: &Key, _modifiers: Modifiers) -> Option<Message> {
        way(key).map(Message::Scroll)
    }

    fn view<'a>(&'a self, _model: &'a Model, settings: &'a Settings) -> Element<'a, Message> {
        view(settings)
    }
}

/// What it shows.
pub(super) fn view<'a>(settings: &Settings) -> Element<'a, Message> {
    let title = text(t!("keys-title")).size(17).line_height(text::LineHeight::Absolute(24.into())).font(font::SEMIBOLD);
    let close = icon_button(icon::x(), t!("settings-close"), Some("Esc"), false, Some(Message::Dismiss));
    let head = row![title, Space::new().width(Length::Fill), close].align_y(Alignment::Center).height(56).padding([0.0, space::XL]);
    let [machines, application] = settings::groups().map(|(title, commands)| {
        let with_keys = commands.into_iter().map(|command| (command, key_of(settings, command))).filter(|(_, key)| !key.is_empty());
        let lines = with_keys.map(|(command, key)| line(t!(&format!("command-{}", command.id())), &key, ""));
        group(title, lines.collect())
    });
    let fixed = group("keys-lists", FIXED.iter().map(|(words, key, other)| line(t!(*words), key, other)).collect());
    let list = row![column![machines, fixed].spacing(space::L).width(Length::Fill), application].spacing(space::XXL);
    let list = container(list).padding(iced::Padding::ZERO.horizontal(space::XL).bottom(space::L));
    let list = container(scroll(scrollable(list).id(LIST), PANE)).max_height(430);
    let change = Button::new(Kind::Secondary, t!("keys-change")).icon(icon::keyboard()).on_press(Message::Change);
    super::panel(head, list, part::foot(None, vec![change.into()]), 760.0)
}

fn group<'a>(title: &str, lines: Vec<Element<'a, Message>>) -> Element<'a, Message> {
    let heading = text(t!(title)).size(12).font(font::SEMIBOLD).style(theme::subtle);
    let mut group = Column::new().push(container(heading).padding(iced::Padding::ZERO.bottom(6))).width(Length::Fill);
    for line in lines {
        group = group.push(line).push(rule::horizontal(1).style(theme::container::line));
    }
    group.into()
}

fn line<'a>(words: String, key: &str, other: &str) -> Element<'a, Message> {
    let words = text(words).size(13).width(Length::Fill).wrapping(text::Wrapping::None);
    let line = row![words, caps(key)].spacing(space::S).align_y(Alignment::Center).height(29);
    line.push((!other.is_empty()).then(|| caps(other))).into()
}
