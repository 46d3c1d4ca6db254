//! Which way a window runs. Everything is put together from the left to the right; [`mirror`] turns the places of what came out
//! around where the window runs the other way, and [`upright`] leaves a part as it is: charts, keys, numbers in several pieces.
//!
//! Places that leave a widget ([`place`]) count from the edge where lines begin, so that nobody above has to know.

mod turned;

use std::cell::Cell;

use iced::{
    Point,
    alignment::Horizontal,
    keyboard::{Key, key::Named},
    widget::{text::Alignment, tooltip::Position},
};

pub use turned::{flip, mirror, turned, upright};

thread_local! {
    /// Whether it runs from right to left, and the width of the window that something happens in. Windows are put together, laid
    /// out and drawn by one thread; tests have theirs.
    static NOW: Cell<(bool, f32)> = const { Cell::new((false, 0.0)) };
}

/// From here on windows run from right to left, or do not.
pub fn set(is_mirrored: bool) {
    NOW.set((is_mirrored, NOW.get().1));
}

/// Whether windows run from right to left.
#[must_use]
pub fn is_mirrored() -> bool {
    NOW.get().0
}

/// A place in the window, counted from the edge where lines begin.
#[must_use]
pub fn place(at: Point) -> Point {
    match NOW.get() {
        (true, width) => Point::new(width - at.x, at.y),
        (false, _) => at,
    }
}

/// What an arrow key does: `true` goes on, `false` goes back. Up and down are no such keys.
#[must_use]
pub fn onwards(key: &Key) -> Option<bool> {
    match key {
        Key::Named(Named::ArrowRight) => Some(!is_mirrored()),
        Key::Named(Named::ArrowLeft) => Some(is_mirrored()),
        _ => None,
    }
}

/// Where text begins in its room.
#[must_use]
pub fn begin() -> Horizontal {
    if is_mirrored() { Horizontal::Right } else { Horizontal::Left }
}

/// The side that a tip of something in the sidebar comes out at.
#[must_use]
pub fn beside() -> Position {
    if is_mirrored() { Position::Left } else { Position::Right }
}

/// Where text ends in its room: figures that stand below each other.
#[must_use]
pub fn end() -> Alignment {
    if is_mirrored() { Alignment::Left } else { Alignment::Right }
}
