//! A state or a warning as shape, colour and word.

use client::{Condition, locale};
use iced::{
    Alignment, Color, Element,
    widget::{container, row},
};

use super::{condition_colour, condition_icon};
use crate::{
    font,
    icon::Icon,
    theme::{self, Tokens, size},
    widget::text,
};

/// The soft fill of a state.
#[must_use]
pub fn condition_soft(condition: Condition) -> fn(&Tokens) -> Color {
    match condition {
        Condition::Running => |t| t.running_soft,
        Condition::Paused => |t| t.paused_soft,
        Condition::Saved => |t| t.saved_soft,
        Condition::Off => |t| t.off_soft,
        Condition::Crashed => |t| t.crashed_soft,
    }
}

/// A machine's state: `● Running`.
pub fn state_badge<'a, Message: 'a>(condition: Condition) -> Element<'a, Message> {
    badge(condition_icon(condition), locale::condition(condition), condition_soft(condition), condition_colour(condition))
}

/// A short word on a soft fill.
pub fn badge<'a, Message: 'a>(
    icon: Icon,
    word: impl Into<String>,
    soft: fn(&Tokens) -> Color,
    strong: fn(&Tokens) -> Color,
) -> Element<'a, Message> {
    let word = text(word.into()).size(12).font(font::MEDIUM).wrapping(text::Wrapping::None);
    container(row![icon.colour(12.0, strong), word].spacing(5).align_y(Alignment::Center))
        .padding([1, 7])
        .style(theme::container::badge(soft, strong, size::RADIUS_S))
        .into()
}
