//! Buttons: blue, framed, flat, red, and the pressed toggle.

use iced::{
    Background, Border, Color, Theme,
    widget::button::{Status, Style},
};

use super::{size, tokens};

fn style(background: Option<Color>, text: Color, edge: Option<Color>) -> Style {
    Style {
        // A button without a ground has a shape, too: one that comes with the pointer would damage all shapes after it.
        background: Some(Background::Color(background.unwrap_or(Color::TRANSPARENT))),
        text_color: text,
        border: Border {
            color: edge.unwrap_or(Color::TRANSPARENT),
            width: if edge.is_some() { 1.0 } else { 0.0 },
            radius: size::RADIUS.into(),
        },
        ..Style::default()
    }
}

/// The blue button: at most one per view.
#[must_use]
pub fn primary(theme: &Theme, status: Status) -> Style {
    let t = tokens(theme);
    match status {
        Status::Active => style(Some(t.accent), Color::WHITE, None),
        Status::Hovered => style(Some(t.accent_hover), Color::WHITE, None),
        Status::Pressed => style(Some(t.accent_press), Color::WHITE, None),
        Status::Disabled => style(Some(t.raised), t.disabled, Some(t.line)),
    }
}

/// A framed button.
#[must_use]
pub fn secondary(theme: &Theme, status: Status) -> Style {
    let t = tokens(theme);
    match status {
        Status::Active => style(Some(t.raised), t.text, Some(t.control)),
        Status::Hovered => style(Some(t.hover), t.text, Some(t.control)),
        Status::Pressed => style(Some(t.selected), t.text, Some(t.control)),
        Status::Disabled => style(Some(t.raised), t.disabled, Some(t.line)),
    }
}

/// A button without a frame: toolbars, icons.
#[must_use]
pub fn flat(theme: &Theme, status: Status) -> Style {
    let t = tokens(theme);
    match status {
        Status::Active => style(None, t.text, None),
        Status::Hovered => style(Some(if t.is_dark { t.hover } else { t.track }), t.text, None),
        Status::Pressed => style(Some(t.selected), t.text, None),
        Status::Disabled => style(None, t.disabled, None),
    }
}

/// The red frame: destructive, asks first.
#[must_use]
pub fn danger_outline(theme: &Theme, status: Status) -> Style {
    let t = tokens(theme);
    match status {
        Status::Active => style(Some(t.raised), t.crashed, Some(t.crashed)),
        Status::Hovered | Status::Pressed => style(Some(t.crashed_soft), t.crashed, Some(t.crashed)),
        Status::Disabled => style(Some(t.raised), t.disabled, Some(t.line)),
    }
}

/// The red button: does it.
#[must_use]
pub fn danger(theme: &Theme, status: Status) -> Style {
    let t = tokens(theme);
    let text = if t.is_dark { t.bg } else { Color::WHITE };
    match status {
        Status::Active => style(Some(t.crashed), text, None),
        Status::Hovered | Status::Pressed => style(Some(Color { a: 0.88, ..t.crashed }), text, None),
        Status::Disabled => style(Some(t.track), t.disabled, None),
    }
}

/// A link inside text.
#[must_use]
pub fn link(theme: &Theme, status: Status) -> Style {
    let t = tokens(theme);
    let colour = if status == Status::Disabled { t.disabled } else { t.accent_text };
    style((status == Status::Hovered || status == Status::Pressed).then_some(t.hover), colour, None)
}

/// An entry of the sidebar, a menu or a list; `current` is where one is.
pub fn item(current: bool) -> impl Fn(&Theme, Status) -> Style {
    move |theme, status| {
        let t = tokens(theme);
        if current {
            return style(Some(t.selected), t.accent_text, None);
        }
        let hover = if t.is_dark { t.hover } else { t.track };
        match status {
            Status::Active => style(None, t.text, None),
            Status::Hovered | Status::Pressed => style(Some(hover), t.text, None),
            Status::Disabled => style(None, t.disabled, None),
        }
    }
}

/// A switch between views or filters; `on` is pressed.
pub fn toggle(on: bool) -> impl Fn(&Theme, Status) -> Style {
    move |theme, status| {
        let t = tokens(theme);
        if on { style(Some(t.selected), t.accent_text, None) } else { flat(theme, status) }
    }
}

/// A filter of the filter row; `on` has a frame.
pub fn filter(on: bool) -> impl Fn(&Theme, Status) -> Style {
    move |theme, status| {
        let t = tokens(theme);
        if on { style(Some(t.raised), t.text, Some(t.control)) } else { flat(theme, status) }
    }
}

/// A button on a toast.
#[must_use]
pub fn on_tip(theme: &Theme, status: Status) -> Style {
    let t = tokens(theme);
    let shade = Color { a: 0.12, ..Color::WHITE };
    style(matches!(status, Status::Hovered | Status::Pressed).then_some(shade), t.tip_text, None)
}
