//! Small buttons: square ones with an icon, one that tells where it is, and one with a short menu of commands of its own.

use client::{settings::Settings, t};
use iced::{
    Alignment, Element, Length, Padding,
    widget::{self, Space, container, row, tooltip},
};

use super::control::{Kind, with_tip};
use crate::{
    app::key_of,
    command::Command,
    icon::{self, Icon},
    theme::{self, size, space},
    widget::{anchored, dropdown, focusable, text},
};

/// A colour of the theme.
type Pick = fn(&theme::Tokens) -> iced::Color;

/// A square button that tells the place below it, for a context menu.
pub fn more_button<'a, Message: Clone + 'a>(
    kind: Kind,
    label: String,
    height: f32,
    on_press: impl Fn(iced::Point) -> Message + 'a,
) -> Element<'a, Message> {
    let face = widget::button(container(icon::ellipsis().muted(16.0)).center(Length::Fill))
        .padding(0)
        .width(if height < size::CONTROL { height } else { 34.0 })
        .height(height)
        .style(kind.style())
        .on_press(());
    with_tip(anchored(focusable(face).on_press(()), on_press), label, None, tooltip::Position::Bottom)
}

/// A square button in a frame (or not) with an icon alone.
pub fn square_button<'a, Message: Clone + 'a>(
    kind: Kind,
    icon: Icon,
    label: String,
    key: &str,
    on_press: Option<Message>,
) -> Element<'a, Message> {
    let colour: Pick = if on_press.is_some() { |t| t.muted } else { |t| t.disabled };
    let face = widget::button(container(icon.colour(16.0, colour)).center(Length::Fill))
        .padding(0)
        .width(34)
        .height(size::CONTROL)
        .style(kind.style())
        .on_press_maybe(on_press.clone());
    with_tip(focusable(face).on_press_maybe(on_press), label, Some(key), tooltip::Position::Bottom)
}

/// A button of the height of a line, beside what it belongs to.
pub fn small_button<'a, Message: Clone + 'a>(icon: Icon, label: String, on_press: Message) -> Element<'a, Message> {
    let face = widget::button(container(icon.muted(14.0)).center(Length::Fill))
        .padding(0)
        .width(22)
        .height(20)
        .style(theme::button::flat)
        .on_press(on_press.clone());
    with_tip(focusable(face).on_press(on_press).radius(size::RADIUS_S), label, None, tooltip::Position::Bottom)
}

/// A button with an arrow and a menu of commands. Those that are off stay visible.
pub fn command_menu<'a, Message: Clone + 'a>(
    kind: Kind,
    icon: Icon,
    label: Option<String>,
    tip: String,
    settings: &Settings,
    commands: impl IntoIterator<Item = (Command, Option<Message>)>,
) -> Element<'a, Message> {
    let commands: Vec<_> = commands.into_iter().collect();
    let is_on = commands.iter().any(|(_, message)| message.is_some());
    let ink: Pick = if is_on { |t| t.muted } else { |t| t.disabled };
    let mut content = row![icon.colour(16.0, ink)].spacing(6).align_y(Alignment::Center).height(Length::Fill);
    if let Some(label) = label {
        content = content.push(text(label).size(13).font(crate::font::MEDIUM).wrapping(text::Wrapping::None));
    }
    content = content.push(icon::chevron_down().colour(14.0, ink));
    let press = is_on.then_some(());
    let face =
        widget::button(content).padding(Padding::ZERO.horizontal(10)).height(size::CONTROL).style(kind.style()).on_press_maybe(press);
    let rows =
        commands.into_iter().map(|(command, message)| (item(command, &key_of(settings, command), message.is_some()), message)).collect();
    with_tip(dropdown(focusable(face).on_press_maybe(press), rows, 236.0), tip, None, tooltip::Position::Bottom)
}

fn item<'a, Message: 'a>(command: Command, key: &str, is_on: bool) -> Element<'a, Message> {
    let is_hard = matches!(command, Command::ForceOff | Command::Reset);
    let (mark, words): (Pick, Pick) = match (is_on, is_hard) {
        (false, _) => (|t| t.disabled, |t| t.disabled),
        (true, true) => (|t| t.crashed, |t| t.crashed),
        (true, false) => (|t| t.muted, |t| t.text),
    };
    let mut content = row![
        command.icon().colour(16.0, mark),
        text(t!(&format!("command-{}", command.id()))).size(13).style(theme::colour(words)).wrapping(text::Wrapping::None),
        Space::new().width(Length::Fill)
    ]
    .spacing(10)
    .align_y(Alignment::Center)
    .height(size::MENU_ITEM);
    if !key.is_empty() {
        content = content.push(text(key.replace('+', " ")).size(12).style(theme::subtle).wrapping(text::Wrapping::None));
    }
    container(content).padding(Padding::ZERO.horizontal(space::S)).width(Length::Fill).into()
}
