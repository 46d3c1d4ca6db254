//! What gets the focus by a key comes into sight: what it scrolls in is scrolled as far as that takes.

use iced::{
    Rectangle, Vector,
    advanced::widget::{
        Id, Operation,
        operation::{Focusable, Outcome, Scrollable},
    },
    widget::scrollable::AbsoluteOffset,
};

/// What stays free above and below it, if there is more.
const MARGIN: f32 = 8.0;

/// Finds what has the focus and the innermost that it scrolls in; then scrolls that.
#[derive(Default)]
pub(super) struct Reveal {
    /// How many that scroll were met.
    met: usize,
    // `scrollable` names what the following `traverse` goes into.
    entering: Option<View>,
    inside: Vec<View>,
    /// Which one to scroll, and where to.
    wanted: Option<(usize, f32)>,
    is_found: bool,
}

#[derive(Clone, Copy)]
struct View {
    number: usize,
    bounds: Rectangle,
    offset: f32,
}

impl View {
    /// How far it has to be scrolled for this; `None` if it is in sight, or larger than what can be.
    fn offset_for(&self, one: Rectangle) -> Option<f32> {
        let (top, bottom) = (one.y - self.bounds.y, one.y + one.height - self.bounds.y);
        if one.height > self.bounds.height {
            None
        } else if top < self.offset {
            Some((top - MARGIN).max(0.0))
        } else if bottom > self.offset + self.bounds.height {
            Some(bottom + MARGIN - self.bounds.height)
        } else {
            None
        }
    }
}

impl<T: 'static> Operation<T> for Reveal {
    fn container(&mut self, _id: Option<&Id>, _bounds: Rectangle) {
        self.entering = None;
    }

    fn scrollable(&mut self, _id: Option<&Id>, bounds: Rectangle, _content: Rectangle, translation: Vector, state: &mut dyn Scrollable) {
        let number = self.met;
        self.met += 1;
        match self.wanted {
            Some((wanted, y)) if self.is_found && wanted == number => state.scroll_to(AbsoluteOffset { x: None, y: Some(y) }),
            _ => self.entering = Some(View { number, bounds, offset: translation.y }),
        }
    }

    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<T>)) {
        let entered = self.entering.take();
        self.inside.extend(entered);
        operate(self);
        if entered.is_some() {
            self.inside.pop();
        }
        self.entering = None;
    }

    fn focusable(&mut self, _id: Option<&Id>, bounds: Rectangle, state: &mut dyn Focusable) {
        if self.is_found || !state.is_focused() {
            return;
        }
        self.wanted = self.inside.last().and_then(|view| Some((view.number, view.offset_for(bounds)?)));
    }

    fn finish(&self) -> Outcome<T> {
        match self.wanted {
            Some(_) if !self.is_found => Outcome::Chain(Box::new(Self { wanted: self.wanted, is_found: true, ..Self::default() })),
            _ => Outcome::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_little_as_needed_is_scrolled() {
        let view = View { number: 0, bounds: Rectangle { x: 0.0, y: 100.0, width: 50.0, height: 200.0 }, offset: 40.0 };
        let at = |y: f32, height: f32| view.offset_for(Rectangle { x: 0.0, y, width: 50.0, height });
        assert_eq!(at(150.0, 30.0), None, "it is in sight");
        assert_eq!(at(120.0, 30.0), Some(12.0), "above");
        assert_eq!(at(101.0, 30.0), Some(0.0), "at the very top");
        assert_eq!(at(330.0, 30.0), Some(68.0), "below");
        assert_eq!(at(330.0, 300.0), None, "all of it is never in sight");
    }
}
