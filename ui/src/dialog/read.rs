//! Keys that move what is only read: nothing in it takes the focus, and so nothing in it would come into sight by itself.

use iced::{
    Task,
    keyboard::{Key, key::Named},
    widget::{
        Id,
        operation::{self, AbsoluteOffset, RelativeOffset},
    },
};

/// Two lines.
const STEP: f32 = 36.0;
/// What is seen at once, without the last lines of it.
const PAGE: f32 = 360.0;

/// Where to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    /// So many pixels down.
    By(f32),
    /// To its beginning.
    First,
    /// To its end.
    Last,
}

/// Where a key goes; `None` for any that goes nowhere.
pub(super) const fn way(key: &Key) -> Option<Way> {
    match key {
        Key::Named(Named::ArrowDown) => Some(Way::By(STEP)),
        Key::Named(Named::ArrowUp) => Some(Way::By(-STEP)),
        Key::Named(Named::PageDown) => Some(Way::By(PAGE)),
        Key::Named(Named::PageUp) => Some(Way::By(-PAGE)),
        Key::Named(Named::Home) => Some(Way::First),
        Key::Named(Named::End) => Some(Way::Last),
        _ => None,
    }
}

/// Goes there in what scrolls as `id`.
pub(super) fn read<Message: Send + 'static>(id: Id, way: Way) -> Task<Message> {
    match way {
        Way::By(y) => operation::scroll_by(id, AbsoluteOffset { x: 0.0, y }),
        Way::First => operation::snap_to(id, RelativeOffset { x: 0.0, y: 0.0 }),
        Way::Last => operation::snap_to(id, RelativeOffset { x: 0.0, y: 1.0 }),
    }
}
