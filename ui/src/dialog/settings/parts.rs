//! What pages are made of: a heading, lines with a control, choices.

use client::{settings::Settings, t};
use iced::{
    Alignment, Background, Border, Element, Length, Theme,
    widget::{Column, Row, button, column, container, row, rule},
};

use super::Message;
use crate::{
    component, font,
    theme::{self, size, space, tokens},
    widget::{Role, Said, focusable, text},
};

/// The settings after a change, as a message.
pub(super) fn set(settings: &Settings, change: impl FnOnce(&mut Settings)) -> Message {
    let mut settings = Box::new(settings.clone());
    change(&mut settings);
    Message::Set(settings)
}

/// Lines of one page, parted by rules.
pub(super) fn lines<'a>(lines: impl IntoIterator<Item = Element<'a, Message>>) -> Element<'a, Message> {
    let mut card = Column::new();
    for (place, line) in lines.into_iter().enumerate() {
        if place > 0 {
            card = card.push(rule::horizontal(1).style(theme::container::line));
        }
        card = card.push(container(line).padding([space::M, space::L]));
    }
    container(card).width(Length::Fill).style(theme::container::card).into()
}

/// A line: what it is, what it does, and its control at the right.
pub(super) fn line<'a>(key: &str, control: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    let hint = t!(&format!("{key}-text"));
    let mut words = column![text(t!(key)).size(13).font(font::MEDIUM)].spacing(2).width(Length::Fill);
    if !hint.is_empty() && !hint.ends_with("-text") {
        words = words.push(text(hint).size(12).style(theme::subtle));
    }
    row![words, control.into()].spacing(space::L).align_y(Alignment::Center).into()
}

/// A switch with its line.
pub(super) fn switch<'a>(settings: &Settings, key: &str, is_on: bool, change: impl Fn(&mut Settings, bool)) -> Element<'a, Message> {
    let message = set(settings, |settings| change(settings, !is_on));
    line(key, component::switch(t!(key), is_on, 20.0, Some(message)))
}

/// One of several, side by side.
pub(super) fn choice<'a, T: PartialEq + Copy>(
    settings: &Settings,
    now: T,
    options: &[(T, String)],
    change: impl Fn(&mut Settings, T),
) -> Element<'a, Message> {
    let option = |(value, label): &(T, String)| {
        let message = set(settings, |settings| change(settings, *value));
        segment(label.clone(), *value == now, message)
    };
    container(Row::with_children(options.iter().map(option)).spacing(2))
        .padding(2)
        .style(theme::container::rounded(|t| t.track, size::RADIUS))
        .into()
}

fn segment<'a>(label: String, is_on: bool, message: Message) -> Element<'a, Message> {
    let words = text(label).size(12).font(if is_on { font::SEMIBOLD } else { font::MEDIUM }).wrapping(text::Wrapping::None);
    let part = button(container(words).center_y(Length::Fill)).height(24).padding([0.0, 10.0]).on_press(message.clone());
    let part = part.style(move |theme: &Theme, status| {
        let t = tokens(theme);
        let chosen = if t.is_dark { t.control } else { t.raised };
        let hover = if t.is_dark { t.line_strong } else { t.hover };
        let ground = match status {
            _ if is_on => Some(chosen),
            button::Status::Hovered | button::Status::Pressed => Some(hover),
            _ => None,
        };
        button::Style {
            background: ground.map(Background::Color),
            text_color: if is_on { t.text } else { t.muted },
            border: Border { radius: size::RADIUS_S.into(), ..Border::default() },
            ..button::Style::default()
        }
    });
    focusable(part).radius(size::RADIUS_S).on_press(message).say(move || Said::new(Role::Choice).on(is_on)).into()
}
