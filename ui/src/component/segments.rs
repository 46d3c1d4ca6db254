//! One of several, side by side.

use iced::{
    Background, Border, Element, Length, Theme,
    widget::{Row, button, container},
};

use crate::{
    font,
    theme::{self, size, tokens},
    widget::{Role, Said, focusable, text},
};

/// Choices with their words; the one that is on is marked. One without a message cannot be chosen.
pub fn segments<'a, Message: Clone + 'a>(options: impl IntoIterator<Item = (String, bool, Option<Message>)>) -> Element<'a, Message> {
    ground(row(options)).into()
}

/// The same in several lines where one has no room.
pub fn wrapped_segments<'a, Message: Clone + 'a>(
    options: impl IntoIterator<Item = (String, bool, Option<Message>)>,
) -> Element<'a, Message> {
    ground(row(options).wrap().vertical_spacing(2)).into()
}

fn row<'a, Message: Clone + 'a>(options: impl IntoIterator<Item = (String, bool, Option<Message>)>) -> Row<'a, Message> {
    Row::with_children(options.into_iter().map(|(label, is_on, message)| segment(label, is_on, message))).spacing(2)
}

fn ground<'a, Message: 'a>(parts: impl Into<Element<'a, Message>>) -> container::Container<'a, Message> {
    container(parts).padding(2).style(theme::container::rounded(|t| t.track, size::RADIUS))
}

fn segment<'a, Message: Clone + 'a>(label: String, is_on: bool, message: Option<Message>) -> Element<'a, Message> {
    let words = text(label).size(12).font(if is_on { font::SEMIBOLD } else { font::MEDIUM }).wrapping(text::Wrapping::None);
    let part = button(container(words).center_y(Length::Fill)).height(24).padding([0.0, 10.0]).on_press_maybe(message.clone());
    let part = part.style(move |theme: &Theme, status| {
        let t = tokens(theme);
        let ground = match status {
            _ if is_on => Some(if t.is_dark { t.control } else { t.raised }),
            button::Status::Hovered | button::Status::Pressed => Some(if t.is_dark { t.line_strong } else { t.hover }),
            _ => None,
        };
        button::Style {
            background: ground.map(Background::Color),
            text_color: match status {
                _ if is_on => t.text,
                button::Status::Disabled => t.disabled,
                _ => t.muted,
            },
            border: Border { radius: size::RADIUS_S.into(), ..Border::default() },
            ..button::Style::default()
        }
    });
    focusable(part).radius(size::RADIUS_S).on_press_maybe(message).say(move || Said::new(Role::Choice).on(is_on)).into()
}
