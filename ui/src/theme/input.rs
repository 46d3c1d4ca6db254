//! Text fields, switches, check boxes, scroll bars.

use iced::{
    Background, Border, Color, Theme,
    widget::{checkbox, container, radio, scrollable, slider, text_input, toggler},
};

use super::{size, tokens};
use crate::widget::direction;

/// A text field.
#[must_use]
pub fn field(theme: &Theme, status: text_input::Status) -> text_input::Style {
    framed(theme, status, false)
}

/// A text field whose value is not acceptable.
#[must_use]
pub fn field_error(theme: &Theme, status: text_input::Status) -> text_input::Style {
    framed(theme, status, true)
}

/// A text field without a frame, inside a frame of its own.
#[must_use]
pub fn bare(theme: &Theme, status: text_input::Status) -> text_input::Style {
    let mut style = framed(theme, status, false);
    style.background = Background::Color(Color::TRANSPARENT);
    style.border = Border::default();
    style
}

fn framed(theme: &Theme, status: text_input::Status, is_wrong: bool) -> text_input::Style {
    let t = tokens(theme);
    let focused = matches!(status, text_input::Status::Focused { .. });
    let edge = if is_wrong {
        t.crashed
    } else if focused {
        t.focus
    } else {
        t.control
    };
    let disabled = status == text_input::Status::Disabled;
    text_input::Style {
        background: Background::Color(if t.is_dark { t.sunken } else { t.raised }),
        border: Border { color: edge, width: if focused { 2.0 } else { 1.0 }, radius: size::RADIUS.into() },
        icon: t.subtle,
        placeholder: t.subtle,
        value: if disabled { t.disabled } else { t.text },
        selection: Color { a: 0.35, ..t.focus },
    }
}

/// A switch, which is on at the side where lines end: from right to left iced's is at its left when it says that it is not.
#[must_use]
pub fn switch(theme: &Theme, status: toggler::Status) -> toggler::Style {
    let t = tokens(theme);
    let (on, off) = match status {
        toggler::Status::Active { is_toggled } | toggler::Status::Hovered { is_toggled } => (is_toggled, false),
        toggler::Status::Disabled { is_toggled } => (is_toggled, true),
    };
    let on = on != direction::is_mirrored();
    let ground = if off {
        t.track
    } else if on {
        t.accent
    } else {
        t.control
    };
    toggler::Style {
        background: Background::Color(ground),
        background_border_width: 0.0,
        background_border_color: Color::TRANSPARENT,
        foreground: Background::Color(Color::WHITE),
        foreground_border_width: 0.0,
        foreground_border_color: Color::TRANSPARENT,
        text_color: Some(if off { t.disabled } else { t.text }),
        border_radius: None,
        padding_ratio: 0.12,
    }
}

/// A slider.
#[must_use]
pub fn slide(theme: &Theme, status: slider::Status) -> slider::Style {
    let t = tokens(theme);
    let edge = if matches!(status, slider::Status::Active) { t.accent } else { t.accent_hover };
    let (full, empty) = (Background::Color(t.accent), Background::Color(t.track));
    slider::Style {
        rail: slider::Rail {
            backgrounds: if direction::is_mirrored() { (empty, full) } else { (full, empty) },
            width: 4.0,
            border: Border { radius: 2.0.into(), ..Border::default() },
        },
        handle: slider::Handle {
            shape: slider::HandleShape::Circle { radius: 8.0 },
            background: Background::Color(t.raised),
            border_width: 2.0,
            border_color: edge,
        },
    }
}

/// A check box.
#[must_use]
pub fn check(theme: &Theme, status: checkbox::Status) -> checkbox::Style {
    let t = tokens(theme);
    let (on, off) = match status {
        checkbox::Status::Active { is_checked } | checkbox::Status::Hovered { is_checked } => (is_checked, false),
        checkbox::Status::Disabled { is_checked } => (is_checked, true),
    };
    let ground = match (on, off) {
        (true, false) => t.accent,
        (true, true) => t.disabled,
        (false, _) => t.raised,
    };
    checkbox::Style {
        background: Background::Color(ground),
        icon_color: Color::WHITE,
        border: Border { color: if on { ground } else { t.control }, width: 1.0, radius: size::RADIUS_S.into() },
        text_color: Some(if off { t.disabled } else { t.text }),
    }
}

/// One of several.
#[must_use]
pub fn choice(theme: &Theme, status: radio::Status) -> radio::Style {
    let t = tokens(theme);
    let on = match status {
        radio::Status::Active { is_selected } | radio::Status::Hovered { is_selected } => is_selected,
    };
    radio::Style {
        background: Background::Color(t.raised),
        dot_color: t.accent,
        border_width: if on { 2.0 } else { 1.0 },
        border_color: if on { t.accent } else { t.control },
        text_color: Some(t.text),
    }
}

/// A scroll bar: thin, and only as strong as needed.
#[must_use]
pub fn scroll(theme: &Theme, status: scrollable::Status) -> scrollable::Style {
    let t = tokens(theme);
    let active =
        matches!(status, scrollable::Status::Hovered { is_vertical_scrollbar_hovered: true, .. } | scrollable::Status::Dragged { .. });
    let rail = scrollable::Rail {
        background: None,
        border: Border::default(),
        scroller: scrollable::Scroller {
            background: Background::Color(if active { t.subtle } else { t.line_strong }),
            border: Border { radius: 3.0.into(), ..Border::default() },
        },
    };
    let mut style = scrollable::default(theme, status);
    style.container = container::Style::default();
    style.vertical_rail = rail;
    style.horizontal_rail = rail;
    style
}
