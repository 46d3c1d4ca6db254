//! Buttons with icon and label, and key caps. Every one of them can have the focus and has a word.

use iced::{
    Alignment, Element, Length, Padding, Theme,
    widget::{self, Row, button::Status, button::Style, container, row, tooltip},
};

use crate::{
    font,
    icon::Icon,
    theme::{self, Tokens, size, space},
    widget::{
        Role, Said, cut,
        direction::{self, turned},
        focus::Focusable,
        focusable,
        said::hinted,
        spare, text, upright,
    },
};

/// What a button looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Blue; one per view.
    Primary,
    /// Framed.
    Secondary,
    /// Without frame.
    Flat,
    /// Red frame: asks first.
    DangerOutline,
    /// Red: does it.
    Danger,
    /// A link.
    Link,
    /// On a toast.
    OnTip,
}

impl Kind {
    /// Its style.
    #[must_use]
    pub fn style(self) -> fn(&Theme, Status) -> Style {
        match self {
            Self::Primary => theme::button::primary,
            Self::Secondary => theme::button::secondary,
            Self::Flat => theme::button::flat,
            Self::DangerOutline => theme::button::danger_outline,
            Self::Danger => theme::button::danger,
            Self::Link => theme::button::link,
            Self::OnTip => theme::button::on_tip,
        }
    }

    fn icon_colour(self, is_on: bool) -> fn(&Tokens) -> iced::Color {
        match (self, is_on) {
            (Self::Primary, true) => |_| iced::Color::WHITE,
            (Self::Danger, true) => |t| if t.is_dark { t.bg } else { iced::Color::WHITE },
            (_, false) => |t| t.disabled,
            (Self::DangerOutline, _) => |t| t.crashed,
            (Self::Link, _) => |t| t.accent_text,
            (Self::OnTip, _) => |t| t.tip_text,
            (Self::Secondary | Self::Flat, _) => |t| t.muted,
        }
    }
}

/// A button being put together.
pub struct Button<'a, Message> {
    kind: Kind,
    icon: Option<Icon>,
    label: String,
    trailing: Option<Element<'a, Message>>,
    on_press: Option<Message>,
    height: f32,
    width: Length,
    id: Option<&'static str>,
    hint: Option<String>,
}

impl<'a, Message: Clone + 'a> Button<'a, Message> {
    /// A button with a word. Off until it has something to do.
    #[must_use]
    pub fn new(kind: Kind, label: impl Into<String>) -> Self {
        Self {
            kind,
            icon: None,
            label: label.into(),
            trailing: None,
            on_press: None,
            height: size::CONTROL,
            width: Length::Shrink,
            id: None,
            hint: None,
        }
    }

    /// With an icon before the word.
    #[must_use]
    pub const fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// With key caps behind the word, where there is room for both.
    #[must_use]
    pub fn trailing(mut self, trailing: impl Into<Element<'a, Message>>) -> Self {
        self.trailing = Some(trailing.into());
        self
    }

    /// What it does.
    #[must_use]
    pub fn on_press(self, message: Message) -> Self {
        self.on_press_maybe(Some(message))
    }

    /// What it does; off without.
    #[must_use]
    pub fn on_press_maybe(mut self, message: Option<Message>) -> Self {
        self.on_press = message;
        self
    }

    /// 28 px high instead of 32.
    #[must_use]
    pub const fn compact(mut self) -> Self {
        self.height = size::COMPACT;
        self
    }

    /// As high as a line of text: a link below or behind words.
    #[must_use]
    pub const fn line(mut self) -> Self {
        self.height = 20.0;
        self
    }

    /// As wide as there is room.
    #[must_use]
    pub const fn fill(mut self) -> Self {
        self.width = Length::Fill;
        self
    }

    /// The id that takes the focus.
    #[must_use]
    pub const fn id(mut self, id: &'static str) -> Self {
        self.id = Some(id);
        self
    }

    /// A tooltip: why it is off, or what it will ask.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl<'a, Message: Clone + 'a> From<Button<'a, Message>> for Element<'a, Message> {
    fn from(button: Button<'a, Message>) -> Self {
        let is_on = button.on_press.is_some();
        let small = button.height < size::CONTROL;
        let mut content = Row::new().spacing(space::S).align_y(Alignment::Center).height(Length::Fill);
        if let Some(icon) = button.icon {
            content = content.push(icon.colour(if small { 14.0 } else { 16.0 }, button.kind.icon_colour(is_on)));
        }
        let label = cut(button.label).font(font::MEDIUM).inherit().width(Length::Shrink);
        content = content.push(if small { label.size(12.0, 16.0) } else { label });
        if let Some(trailing) = button.trailing {
            content = content.push(spare(trailing));
        }
        let side = match button.kind {
            Kind::Link if button.height <= 20.0 => 0.0,
            Kind::Link => space::XS,
            _ => space::M,
        };
        let inner = widget::button(container(content).center_x(button.width))
            .padding(Padding::ZERO.horizontal(side))
            .height(button.height)
            .width(button.width)
            .style(button.kind.style())
            .on_press_maybe(button.on_press.clone());
        let mut control = focusable(inner).on_press_maybe(button.on_press);
        if let Some(id) = button.id {
            control = control.id(id);
        }
        match button.hint {
            Some(hint) => with_tip(control, hint, None, tooltip::Position::Bottom),
            None => control.into(),
        }
    }
}

/// On or off, as `name` says, or the words around it. Its knob is at the side where lines end when it is on.
pub fn switch<'a, Message: Clone + 'a>(
    name: impl Into<Option<String>>,
    is_on: bool,
    height: f32,
    on_press: Option<Message>,
) -> Focusable<'a, Message> {
    let (name, pressed) = (name.into(), on_press.clone());
    let said = move || Said { name: name.clone(), ..Said::new(Role::Switch) }.on(is_on);
    let knob = widget::toggler(is_on != direction::is_mirrored()).size(height).style(theme::input::switch);
    let knob = knob.on_toggle_maybe(pressed.map(|message| move |_| message.clone()));
    focusable(knob).radius(height / 2.0).on_press_maybe(on_press).say(said)
}

/// A square button with an icon alone; its word is in the tooltip.
pub fn icon_button<'a, Message: Clone + 'a>(
    icon: Icon,
    label: impl Into<String>,
    key: Option<&str>,
    is_pressed: bool,
    on_press: Option<Message>,
) -> Element<'a, Message> {
    let colour: fn(&Tokens) -> iced::Color = match (is_pressed, on_press.is_some()) {
        (true, _) => |t| t.accent_text,
        (false, true) => |t| t.muted,
        (false, false) => |t| t.disabled,
    };
    let inner = widget::button(container(icon.colour(16.0, colour)).center(Length::Fill))
        .padding(0)
        .width(size::CONTROL)
        .height(size::CONTROL)
        .style(theme::button::toggle(is_pressed))
        .on_press_maybe(on_press.clone());
    with_tip(focusable(inner).on_press_maybe(on_press), label, key, tooltip::Position::Bottom)
}

/// Shows a word, and the key if there is one, while the pointer rests on it.
pub fn with_tip<'a, Message: Clone + 'a>(
    content: impl Into<Element<'a, Message>>,
    label: impl Into<String>,
    key: Option<&str>,
    position: tooltip::Position,
) -> Element<'a, Message> {
    let label = label.into();
    let mut tip = row![text(label.clone()).size(12)].spacing(space::S);
    if let Some(key) = key.filter(|key| !key.is_empty()) {
        tip = tip.push(text(key.replace('+', " ")).size(12).style(theme::colour(|t| t.disabled)));
    }
    tooltip(hinted(content, label), container(turned(tip)).padding([space::XS, space::S]), position)
        .gap(4)
        .delay(std::time::Duration::from_millis(500))
        .style(theme::container::tip)
        .into()
}

/// Shows notes while the pointer rests on it, as much of them as a glance takes in; nothing without notes.
pub fn with_notes<'a, Message: 'a>(content: impl Into<Element<'a, Message>>, notes: &str) -> Element<'a, Message> {
    let words = glance(notes);
    if words.is_empty() {
        return content.into();
    }
    let tip = container(turned(text(words).size(12))).padding([space::XS, space::S]).max_width(360.0);
    tooltip(content, tip, tooltip::Position::Bottom).gap(4).delay(std::time::Duration::from_millis(500)).style(theme::container::tip).into()
}

/// The beginning of a longer text.
fn glance(notes: &str) -> String {
    const LONGEST: usize = 240;
    let notes = notes.trim();
    match notes.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", notes[..end].trim_end()),
        None => notes.to_owned(),
    }
}

/// The caps of a key, such as `Ctrl` `K`.
pub fn caps<'a, Message: 'a>(key: &str) -> Element<'a, Message> {
    let cap =
        |part: &str| container(text(part.to_owned()).size(11).style(theme::muted)).padding([1.0, 6.0]).style(theme::container::tag).into();
    upright(Row::with_children(key.split('+').filter(|part| !part.is_empty()).map(cap)).spacing(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_that_a_pointer_brings_up_are_their_beginning_and_none_without_words() {
        assert_eq!(glance(" Main gaming machine.\n"), "Main gaming machine.");
        assert_eq!(glance(" \n"), "");
        let long = glance(&"ä b ".repeat(1000));
        assert!(long.chars().count() <= 241 && long.ends_with('…'), "{long}");
    }
}
