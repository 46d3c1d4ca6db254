//! What a title bar does, where the desktop draws none: buttons, a place to drag, edges to pull.

use client::t;
use iced::{
    Element, Length,
    mouse::Interaction,
    widget::{Space, column, container, mouse_area, row},
    window::Direction,
};

use super::icon_button;
use crate::{
    icon::{self, Icon},
    screen::main::Frame,
    theme::space,
    widget::{sheets, upright},
};

/// Width of the edges that can be pulled.
const EDGE: f32 = 5.0;

/// Minimise, maximise, close.
pub fn window_buttons<'a, Message: Clone + 'a>(on: impl Fn(Frame) -> Message) -> Element<'a, Message> {
    let button = |icon: Icon, label: String, frame: Frame| icon_button(icon, label, None, false, Some(on(frame)));
    row![
        button(icon::minus(), t!("window-minimise"), Frame::Minimize),
        button(icon::square(), t!("window-maximise"), Frame::Maximize),
        button(icon::x(), t!("window-close"), Frame::Close),
    ]
    .spacing(space::XS)
    .into()
}

/// Moves the window where nothing in `content` takes the press.
pub fn drag_area<'a, Message: Clone + 'a>(content: impl Into<Element<'a, Message>>, on: impl Fn(Frame) -> Message) -> Element<'a, Message> {
    mouse_area(content).on_press(on(Frame::Drag)).on_double_click(on(Frame::Maximize)).into()
}

/// Edges around `content` that make the window larger or smaller.
pub fn resize_edges<'a, Message: Clone + 'a>(
    content: impl Into<Element<'a, Message>>,
    on: impl Fn(Frame) -> Message,
) -> Element<'a, Message> {
    use Direction::{East, North, NorthEast, NorthWest, South, SouthEast, SouthWest, West};
    let edge = |width: Length, height: Length, direction: Direction, cursor: Interaction| {
        mouse_area(container(Space::new()).width(width).height(height)).on_press(on(Frame::Resize(direction))).interaction(cursor)
    };
    let corner = |direction, cursor| edge(Length::Fixed(EDGE), Length::Fixed(EDGE), direction, cursor);
    let across = |direction| edge(Length::Fill, Length::Fixed(EDGE), direction, Interaction::ResizingVertically);
    let along = |direction| edge(Length::Fixed(EDGE), Length::Fill, direction, Interaction::ResizingHorizontally);
    let (down, up) = (Interaction::ResizingDiagonallyDown, Interaction::ResizingDiagonallyUp);
    let frame = column![
        row![corner(NorthWest, down), across(North), corner(NorthEast, up)],
        row![along(West), Space::new().width(Length::Fill), along(East)].height(Length::Fill),
        row![corner(SouthWest, up), across(South), corner(SouthEast, down)],
    ];
    // Edges of the screen are where they are, whichever way the window runs.
    sheets(content).push_unseen(upright(frame)).into()
}
