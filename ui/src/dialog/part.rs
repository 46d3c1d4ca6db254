//! The parts that dialogs are made of.

use iced::{
    Alignment, Background, Border, Color, Element, Length, Padding, Theme,
    keyboard::{Key as Pressed, key::Named},
    widget::{Column, Row, button, column, container, row, space as gap, text_editor, text_input},
};

use super::fit;
use crate::{
    component::{Button, Kind},
    font,
    icon::{self, Icon},
    theme::{self, Tokens, size, space, tokens},
    widget::{Role, Said, direction, focusable, spoken, text},
};

/// A line height of 18, as body text has.
pub(super) const LINE: text::LineHeight = text::LineHeight::Absolute(iced::Pixels(18.0));

/// Whether a key goes down a list, or up; `None` for any other.
pub(super) const fn arrow(key: &Pressed) -> Option<bool> {
    match key {
        Pressed::Named(Named::ArrowDown) => Some(true),
        Pressed::Named(Named::ArrowUp) => Some(false),
        _ => None,
    }
}

/// What a dialog says below its title.
pub(super) fn paragraph<'a>(words: impl Into<String>) -> text::Text<'a> {
    text(words.into()).size(13).line_height(LINE).style(theme::muted)
}

/// A body that begins with something that has an edge, not with words.
pub(super) fn apart<'a, Message: 'a>(body: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    container(body).padding(Padding::ZERO.top(6.0)).width(Length::Fill).into()
}

/// A word above a field, or a hint below.
pub(super) fn caption<'a>(words: impl Into<String>) -> text::Text<'a> {
    text(words.into()).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::subtle)
}

/// A heading inside a dialog.
pub(super) fn heading<'a>(words: impl Into<String>) -> text::Text<'a> {
    text(words.into()).size(13).line_height(LINE).font(font::SEMIBOLD)
}

/// Buttons at the right, and something at the left if there is something.
pub(super) fn foot<'a, Message: 'a>(left: Option<Element<'a, Message>>, right: Vec<Element<'a, Message>>) -> Element<'a, Message> {
    let right = Row::with_children(right).spacing(space::S).align_y(Alignment::Center);
    fit::ends(left.unwrap_or_else(|| gap().into()), right)
}

/// The button that leaves things as they are.
pub(super) fn cancel<'a, Message: Clone + 'a>(on_press: Message) -> Button<'a, Message> {
    Button::new(Kind::Secondary, client::t!("cancel")).on_press(on_press).id("dialog-cancel")
}

/// The button that does it.
pub(super) fn accept<'a, Message: Clone + 'a>(kind: Kind, label: impl Into<String>, on_press: Option<Message>) -> Button<'a, Message> {
    Button::new(kind, label).on_press_maybe(on_press).id("dialog-accept")
}

/// How a check box is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Ticked.
    On,
    /// Not ticked.
    Off,
    /// Some are and some are not.
    Some,
}

impl From<bool> for Mark {
    fn from(is_on: bool) -> Self {
        if is_on { Self::On } else { Self::Off }
    }
}

/// A check box with what it ticks. Without a message it is off.
pub(super) fn check<'a, Message: Clone + 'a>(
    id: Option<&'static str>,
    mark: Mark,
    label: impl Into<Element<'a, Message>>,
    on_press: Option<Message>,
) -> Element<'a, Message> {
    let is_on = on_press.is_some();
    let content = row![tick(mark, is_on), label.into()].spacing(space::S);
    let press = button(content).padding([3.0, 4.0]).style(theme::button::link).on_press_maybe(on_press.clone());
    let said = move || Said::new(Role::Check).on(mark != Mark::Off);
    let mut control = focusable(press).radius(size::RADIUS_S).inside().on_press_maybe(on_press).say(said);
    if let Some(id) = id {
        control = control.id(id);
    }
    // The box stands where the text of the dialog begins.
    container(control).padding(Padding::ZERO.left(-4.0)).into()
}

/// The box of a check box.
pub(super) fn tick<'a, Message: 'a>(mark: Mark, is_on: bool) -> Element<'a, Message> {
    let colour: fn(&Tokens) -> Color = if is_on { |_| Color::WHITE } else { |t| if t.is_dark { t.bg } else { Color::WHITE } };
    let inner: Element<'a, Message> = match mark {
        Mark::On => icon::check().colour(12.0, colour).into(),
        Mark::Some => icon::minus().colour(12.0, colour).into(),
        Mark::Off => gap().into(),
    };
    let style = move |theme: &Theme| {
        let t = tokens(theme);
        let ground = match (mark, is_on) {
            (Mark::Off, true) => {
                if t.is_dark {
                    t.sunken
                } else {
                    t.raised
                }
            }
            (Mark::Off, false) => t.track,
            (_, true) => t.accent,
            (_, false) => t.disabled,
        };
        let edge = if mark == Mark::Off { if is_on { t.control } else { t.line_strong } } else { ground };
        container::Style {
            background: Some(Background::Color(ground)),
            border: Border { color: edge, width: 1.0, radius: size::RADIUS_S.into() },
            ..container::Style::default()
        }
    };
    container(container(inner).center(16).style(style)).padding([1.0, 0.0]).into()
}

/// A text field of one line, 32 px high.
pub(super) fn field<'a, Message: Clone + 'a>(
    id: &'static str,
    placeholder: &str,
    value: &str,
    is_wrong: bool,
    on_input: impl Fn(String) -> Message + 'a,
    on_submit: Message,
) -> text_input::TextInput<'a, Message> {
    text_input(placeholder, value)
        .id(id)
        .on_input(on_input)
        .on_submit(on_submit)
        .size(13)
        .align_x(direction::begin())
        .line_height(LINE)
        .padding([7.0, 10.0])
        .style(if is_wrong { theme::input::field_error } else { theme::input::field })
}

/// The field as screen readers are told of it, with what is typed in it. Without a name the words before it are.
pub(super) fn typed<'a, Message: Clone + 'a>(
    field: text_input::TextInput<'a, Message>,
    name: Option<String>,
    value: &'a str,
) -> Element<'a, Message> {
    spoken(field, move || Said { name: name.clone(), ..Said::new(Role::Field) }.text(value)).into()
}

/// What is wrong with a field, or else a hint, below it.
pub(super) fn below<'a, Message: 'a>(error: Option<String>, hint: Option<String>) -> Element<'a, Message> {
    match (error, hint) {
        (Some(error), _) => {
            let words = text(error).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::danger).width(Length::Fill);
            row![container(icon::circle_alert().colour(14.0, |t| t.crashed)).padding([1.0, 0.0]), words].spacing(6).into()
        }
        (None, Some(hint)) => caption(hint).into(),
        (None, None) => gap().into(),
    }
}

/// A tinted block that says something worth a look.
pub(super) fn note<'a, Message: 'a>(
    icon: Icon,
    soft: fn(&Tokens) -> Color,
    strong: fn(&Tokens) -> Color,
    words: impl Into<Element<'a, Message>>,
) -> Element<'a, Message> {
    let mark = container(icon.colour(16.0, strong)).padding([1.0, 0.0]);
    let content = row![mark, container(words).width(Length::Fill)].spacing(space::S);
    container(content).padding([space::S, space::M]).width(Length::Fill).style(note_style(soft, strong)).into()
}

/// The ground of a note.
pub(super) fn note_style(soft: fn(&Tokens) -> Color, strong: fn(&Tokens) -> Color) -> impl Fn(&Theme) -> container::Style {
    let badge = theme::container::badge(soft, strong, size::RADIUS_L);
    move |theme| container::Style { text_color: Some(tokens(theme).text), ..badge(theme) }
}

/// An amber note.
pub(super) fn warning<'a, Message: 'a>(words: impl Into<String>) -> Element<'a, Message> {
    note(icon::triangle_alert(), |t| t.paused_soft, |t| t.paused, text(words.into()).size(13).line_height(LINE))
}

/// A red note.
pub(super) fn danger<'a, Message: 'a>(title: String, advice: String) -> Element<'a, Message> {
    let words = column![text(title).size(13).line_height(LINE).font(font::SEMIBOLD), text(advice).size(13).line_height(LINE)];
    note(icon::circle_alert(), |t| t.crashed_soft, |t| t.crashed, words)
}

/// What a failed edit says above its field, if it failed.
pub(super) fn refused<'a, Message: 'a>(error: Option<(String, String)>) -> Option<Element<'a, Message>> {
    error.map(|(title, advice)| danger(title, advice))
}

/// A well for code and raw messages.
pub(super) fn well<'a, Message: 'a>(content: impl Into<Element<'a, Message>>) -> container::Container<'a, Message> {
    container(content).padding([space::S, space::M]).width(Length::Fill).style(|theme| {
        let t = tokens(theme);
        container::Style {
            background: Some(Background::Color(t.sunken)),
            border: Border { color: t.line, width: 1.0, radius: size::RADIUS.into() },
            ..container::Style::default()
        }
    })
}

/// Text in the font of code.
pub(super) fn code<'a>(words: impl Into<String>) -> text::Text<'a> {
    crate::widget::code(words.into()).line_height(text::LineHeight::Absolute(18.into()))
}

/// An empty place: an icon and a sentence.
pub(super) fn empty<'a, Message: 'a>(icon: Icon, words: impl Into<String>) -> Element<'a, Message> {
    let content: Column<'_, Message> =
        column![icon.colour(28.0, |t| t.subtle), paragraph(words)].spacing(space::S).align_x(Alignment::Center);
    container(content).center_x(Length::Fill).padding([space::XXL, 0.0]).into()
}

/// A text field of several lines.
pub(super) fn editor(is_wrong: bool) -> impl Fn(&Theme, text_editor::Status) -> text_editor::Style {
    move |theme, status| {
        let t = tokens(theme);
        let is_focused = matches!(status, text_editor::Status::Focused { .. });
        let edge = match (is_wrong, is_focused) {
            (true, _) => t.crashed,
            (false, true) => t.focus,
            (false, false) => t.control,
        };
        text_editor::Style {
            background: Background::Color(if t.is_dark { t.sunken } else { t.raised }),
            border: Border { color: edge, width: if is_focused { 2.0 } else { 1.0 }, radius: size::RADIUS.into() },
            placeholder: t.subtle,
            value: t.text,
            selection: Color { a: 0.35, ..t.focus },
        }
    }
}
