//! What a machine is at a glance: its state, its system, its tags.

use client::{Condition, Machine, Tag};
use iced::{
    Alignment, Background, Border, Color, Element, Length, Theme,
    widget::{container, row},
};

use crate::{
    font,
    icon::{self, Icon},
    theme::{self, Tokens, size},
    widget::text,
};

/// The state's own colour.
#[must_use]
pub fn condition_colour(condition: Condition) -> fn(&Tokens) -> Color {
    match condition {
        Condition::Running => |t| t.running,
        Condition::Paused => |t| t.paused,
        Condition::Saved => |t| t.saved,
        Condition::Off => |t| t.off,
        Condition::Crashed => |t| t.crashed,
    }
}

/// The state's shape.
#[must_use]
pub fn condition_icon(condition: Condition) -> Icon {
    match condition {
        Condition::Running => icon::state_running(),
        Condition::Paused => icon::state_paused(),
        Condition::Saved => icon::state_saved(),
        Condition::Off => icon::state_off(),
        Condition::Crashed => icon::state_crashed(),
    }
}

/// The shape of a machine's state, at 13, 16 or 20 px.
pub fn state_glyph<'a, Message: 'a>(condition: Condition, size: f32) -> Element<'a, Message> {
    condition_icon(condition).colour(size, condition_colour(condition)).into()
}

/// Two letters on a pale tint for a machine's system.
pub fn os_tile<'a, Message: 'a>(machine: &Machine, side: f32) -> Element<'a, Message> {
    let source = if machine.os_name.is_empty() { machine.label() } else { &machine.os_name };
    let (letters, hue) = (letters(source), hue(&machine.os_id, source));
    container(
        text(letters).size(side * 0.42).font(font::SEMIBOLD).style(move |theme: &Theme| text::Style { color: Some(tile_text(theme, hue)) }),
    )
    .center(Length::Fixed(side))
    .style(move |theme: &Theme| container::Style {
        background: Some(Background::Color(tile_fill(theme, hue))),
        border: Border { radius: size::RADIUS.into(), ..Border::default() },
        ..container::Style::default()
    })
    .into()
}

fn letters(source: &str) -> String {
    let mut letters = source.chars().filter(|character| character.is_alphanumeric());
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let second = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
    first + &second
}

/// The family of a system decides its hue, so that all releases of one look alike.
fn hue(os_id: &str, source: &str) -> f32 {
    const KNOWN: &[(&str, f32)] = &[
        ("microsoft", 222.0),
        ("fedora", 216.0),
        ("debian", 350.0),
        ("ubuntu", 18.0),
        ("almalinux", 190.0),
        ("archlinux", 200.0),
        ("freebsd", 0.0),
        ("opensuse", 100.0),
        ("kali", 205.0),
        ("redhat", 4.0),
        ("centos", 280.0),
    ];
    if let Some((_, hue)) = KNOWN.iter().find(|(name, _)| os_id.contains(name)) {
        return *hue;
    }
    let sum = source.bytes().take(6).fold(0_u16, |sum, byte| sum.wrapping_mul(31).wrapping_add(u16::from(byte)));
    f32::from(sum % 360)
}

fn tile_fill(theme: &Theme, hue: f32) -> Color {
    if theme::tokens(theme).is_dark { hsl(hue, 0.26, 0.19) } else { hsl(hue, 0.42, 0.92) }
}

fn tile_text(theme: &Theme, hue: f32) -> Color {
    if theme::tokens(theme).is_dark { hsl(hue, 0.62, 0.78) } else { hsl(hue, 0.52, 0.32) }
}

fn hsl(hue: f32, saturation: f32, lightness: f32) -> Color {
    let part = |n: f32| {
        let k = (n + hue / 30.0) % 12.0;
        lightness - saturation * lightness.min(1.0 - lightness) * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)
    };
    Color::from_rgb(part(0.0), part(8.0), part(4.0))
}

/// The colour that a person gave a tag, made fit for the theme; grey without one.
#[must_use]
pub fn tag_colour(tag: &Tag, tokens: &Tokens) -> Color {
    tag.colour.parse().unwrap_or(tokens.subtle)
}

/// A tag.
pub fn tag_chip<'a, Message: 'a>(tag: &Tag) -> Element<'a, Message> {
    let shown = tag.clone();
    let dot = container(text("")).width(6).height(6).style(move |theme: &Theme| container::Style {
        background: Some(Background::Color(tag_colour(&shown, theme::tokens(theme)))),
        border: Border { radius: 3.0.into(), ..Border::default() },
        ..container::Style::default()
    });
    container(row![dot, text(tag.name.clone()).size(12).wrapping(text::Wrapping::None)].spacing(6).align_y(Alignment::Center))
        .padding([1.0, 7.0])
        .style(theme::container::tag)
        .into()
}
