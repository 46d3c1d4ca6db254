//! One focus for the whole application. iced lets only text fields take part in its focus; here every control does.
//!
//! The order is the order of the widget tree, so there is no list of ids beside it that could go wrong: `Tab` walks
//! all that is [`focusable`], `F6` walks the [`pane`]s. Arrow keys inside a list are the list's own.

mod operation;
mod reveal;
mod ring;

pub(crate) use operation::pane_id;
pub use operation::{first, next, next_pane, previous, previous_pane, release, take};
pub use ring::{Focusable, focusable};

use iced::{Element, widget::container};

/// Marks a part of a window that `F6` walks to. `name` has to be one of a kind in its window.
#[must_use]
pub fn pane<'a, Message: 'a>(name: &'static str, content: impl Into<Element<'a, Message>>) -> container::Container<'a, Message> {
    container(content).id(operation::pane_id(name))
}
