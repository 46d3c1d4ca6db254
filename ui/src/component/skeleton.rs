//! Grey bars in the size of the text that is still to come.

use iced::{
    Element,
    widget::{Space, container},
};

use crate::theme;

/// A bar in place of a text `width` wide, in a line of `line`.
pub fn bar<'a, Message: 'a>(width: f32, line: f32) -> Element<'a, Message> {
    let bar = container(Space::new().width(width).height(8)).style(theme::container::rounded(|t| t.track, 3.0));
    container(bar).center_y(line).into()
}
