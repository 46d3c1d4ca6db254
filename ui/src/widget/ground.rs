//! What a part of a window lies on, in strips. iced_tiny_skia fills every shape that reaches out of a damaged part whole, so
//! that one large ground would be filled again for each letter that changes.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use iced::{
    Background, Color, Element, Rectangle, Renderer,
    advanced::{Renderer as _, renderer},
};

use super::wrap::{Seen, Wrapped, Wrapper, wrap};
use crate::theme::{Tokens, tokens};

/// Height of a strip.
const STRIP: f32 = 64.0;
/// What makes the edge of a layer another one. Less than anybody sees, and exact in the numbers of a window.
const HAIR: f32 = 1.0 / 32.0;

/// A fill below `content`.
#[must_use]
pub fn ground<'a, Message>(content: impl Into<Element<'a, Message>>, pick: fn(&Tokens) -> Color) -> Ground<'a, Message> {
    wrap(content, Fill { pick, stamp: None })
}

/// See [`ground`].
pub type Ground<'a, Message> = Wrapped<'a, Message, Fill>;

/// What [`ground`] changes.
pub struct Fill {
    pick: fn(&Tokens) -> Color,
    stamp: Option<u64>,
}

impl<Message> Ground<'_, Message> {
    /// Painted as one part whenever `stamp` is another one: cheaper than dozens of small ones where all that is shown changes.
    #[must_use]
    pub const fn as_one(mut self, stamp: u64) -> Self {
        self.own.stamp = Some(stamp);
        self
    }
}

/// A number that tells two values apart, for [`Ground::as_one`].
#[must_use]
pub fn stamp(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// The stamp, and whether it changed an odd number of times.
#[derive(Default)]
pub struct State {
    stamp: u64,
    is_odd: bool,
}

/// The strips of a place. Each reaches a little under the next one, or edges between pixels would shine through.
fn strips(bounds: Rectangle) -> impl Iterator<Item = Rectangle> {
    let end = bounds.y + bounds.height;
    let first = (bounds.y / STRIP).floor() * STRIP;
    std::iter::successors(Some(first), |top| Some(top + STRIP)).take_while(move |top| *top < end).map(move |top| {
        let (from, to) = (top.max(bounds.y), (top + STRIP + 1.0).min(end));
        Rectangle { y: from, height: to - from, ..bounds }
    })
}

impl<Message> Wrapper<Message> for Fill {
    type State = State;

    fn state(&self) -> State {
        State { stamp: self.stamp.unwrap_or_default(), is_odd: false }
    }

    fn diff(&self, state: &mut State) {
        let stamp = self.stamp.unwrap_or_default();
        if std::mem::replace(&mut state.stamp, stamp) != stamp {
            state.is_odd = !state.is_odd;
        }
    }

    fn draw(&self, state: &State, seen: &Seen<'_>, renderer: &mut Renderer, content: &dyn Fn(&mut Renderer, &Rectangle)) {
        let Some(visible) = seen.bounds.intersection(seen.viewport) else { return };
        let fill = Background::Color((self.pick)(tokens(seen.theme)));
        let paint = |renderer: &mut Renderer, viewport: &Rectangle| {
            for bounds in strips(seen.bounds) {
                renderer.fill_quad(renderer::Quad { bounds, ..renderer::Quad::default() }, fill);
            }
            content(renderer, viewport);
        };
        if self.stamp.is_none() {
            return paint(renderer, seen.viewport);
        }
        // A layer with another edge is damaged as a whole, and so is one inside: that of a list that scrolls ends where what
        // is seen does. A wider one needs no mask for what it holds, but what is inside cannot get wider.
        let hair = if state.is_odd { HAIR } else { 0.0 };
        let narrow = Rectangle { width: visible.width - hair, ..visible };
        renderer.with_layer(Rectangle { width: visible.width + hair, ..visible }, |renderer| paint(renderer, &narrow));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_cover_a_place_and_nothing_beside_it() {
        for (y, height) in [(0.0, 800.0), (49.0, 722.0), (119.5, 10.0), (64.0, 64.0)] {
            let place = Rectangle { x: 3.0, y, width: 70.0, height };
            let strips: Vec<Rectangle> = strips(place).collect();
            assert!(strips.iter().all(|strip| strip.is_within(&place) && strip.height <= STRIP + 1.0));
            assert_eq!(strips.iter().copied().reduce(|one, other| one.union(&other)), Some(place));
            assert!(strips.windows(2).all(|pair| pair[0].y + pair[0].height > pair[1].y), "no gaps");
        }
    }
}
