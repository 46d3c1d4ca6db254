//! A control that tells where it is when it is pressed, so that a menu can open below it.

use std::{cell::Cell, rc::Rc};

use iced::{Element, Point, advanced::Shell};

use super::{
    direction,
    wrap::{Happens, Wrapper, wrap},
};

/// Lets `content` (a control that says `()` when it is pressed) tell the place below the edge where it begins.
///
/// The place is that of the window only if nothing around it scrolls.
#[must_use]
pub fn anchored<'a, Message: 'a>(content: impl Into<Element<'a, ()>>, on_press: impl Fn(Point) -> Message + 'a) -> Element<'a, Message> {
    let place = Rc::new(Cell::new(Point::ORIGIN));
    let below = Anchored(Rc::clone(&place));
    wrap(content.into().map(move |()| on_press(place.get())), below).into()
}

/// The place, as it is when something happens.
struct Anchored(Rc<Cell<Point>>);

impl<Message> Wrapper<Message> for Anchored {
    type State = ();

    fn update(
        &mut self,
        _state: &mut (),
        happens: &Happens<'_>,
        shell: &mut Shell<'_, Message>,
        content: &mut dyn FnMut(&mut Shell<'_, Message>),
    ) {
        let bounds = happens.bounds;
        let begin = if direction::is_mirrored() { bounds.x + bounds.width } else { bounds.x };
        self.0.set(direction::place(Point::new(begin, bounds.y + bounds.height + 4.0)));
        content(shell);
    }
}
