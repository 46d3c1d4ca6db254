//! Surfaces: what lies on what.
//!
//! Nothing casts a shadow: tiny-skia draws one outside of what it repaints, so that it gets darker with every repaint. Edges
//! tell what lies above.

use iced::{
    Background, Border, Color, Theme,
    widget::{container::Style, rule},
};

use super::{Tokens, size, tokens};

/// A plain fill.
pub fn fill(pick: fn(&Tokens) -> Color) -> impl Fn(&Theme) -> Style {
    move |theme| Style { background: Some(Background::Color(pick(tokens(theme)))), ..Style::default() }
}

/// A fill with rounded corners.
pub fn rounded(pick: fn(&Tokens) -> Color, radius: f32) -> impl Fn(&Theme) -> Style {
    move |theme| Style {
        background: Some(Background::Color(pick(tokens(theme)))),
        border: Border { radius: radius.into(), ..Border::default() },
        ..Style::default()
    }
}

/// A badge in a soft fill; high contrast adds an edge in the strong colour.
pub fn badge(soft: fn(&Tokens) -> Color, strong: fn(&Tokens) -> Color, radius: f32) -> impl Fn(&Theme) -> Style {
    move |theme| {
        let t = tokens(theme);
        let width = if t.high_contrast { 1.0 } else { 0.0 };
        Style {
            background: Some(Background::Color(soft(t))),
            text_color: Some(strong(t)),
            border: Border { color: strong(t), width, radius: radius.into() },
            ..Style::default()
        }
    }
}

/// A card on the window.
#[must_use]
pub fn card(theme: &Theme) -> Style {
    let t = tokens(theme);
    framed(t.surface, t.line, size::RADIUS_L)
}

/// A tag or a key cap.
#[must_use]
pub fn tag(theme: &Theme) -> Style {
    let t = tokens(theme);
    framed(t.raised, t.line_strong, size::RADIUS_S)
}

/// A menu.
#[must_use]
pub fn menu(theme: &Theme) -> Style {
    let t = tokens(theme);
    framed(t.raised, t.line_strong, size::RADIUS_L)
}

/// A dialog.
#[must_use]
pub fn dialog(theme: &Theme) -> Style {
    let t = tokens(theme);
    framed(t.raised, t.line_strong, size::RADIUS_XL)
}

/// A tooltip.
#[must_use]
pub fn tip(theme: &Theme) -> Style {
    let t = tokens(theme);
    Style {
        background: Some(Background::Color(t.tip)),
        text_color: Some(t.tip_text),
        border: Border { radius: size::RADIUS.into(), ..Border::default() },
        ..Style::default()
    }
}

fn framed(ground: Color, edge: Color, radius: f32) -> Style {
    Style {
        background: Some(Background::Color(ground)),
        border: Border { color: edge, width: 1.0, radius: radius.into() },
        ..Style::default()
    }
}

/// A separator.
#[must_use]
pub fn line(theme: &Theme) -> rule::Style {
    rule::Style { color: tokens(theme).line, radius: 0.0.into(), fill_mode: rule::FillMode::Full, snap: true }
}
