//! What a part of a window lies on, in strips. iced_tiny_skia fills every shape that reaches out of a damaged part whole, so
//! that one large ground would be filled again for each letter that changes.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use iced::{
    Background, Color, Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector,
    advanced::{
        Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, overlay, renderer,
        widget::{Operation, Tree, tree},
    },
};

use crate::theme::{Tokens, tokens};

/// Height of a strip.
const STRIP: f32 = 64.0;
/// What makes the edge of a layer another one. Less than anybody sees, and exact in the numbers of a window.
const HAIR: f32 = 1.0 / 32.0;

/// A fill below `content`.
#[must_use]
pub fn ground<'a, Message>(content: impl Into<Element<'a, Message>>, pick: fn(&Tokens) -> Color) -> Ground<'a, Message> {
    Ground { content: content.into(), pick, stamp: None }
}

/// See [`ground`].
pub struct Ground<'a, Message> {
    content: Element<'a, Message>,
    pick: fn(&Tokens) -> Color,
    stamp: Option<u64>,
}

impl<Message> Ground<'_, Message> {
    /// Painted as one part whenever `stamp` is another one: cheaper than dozens of small ones where all that is shown changes.
    #[must_use]
    pub const fn as_one(mut self, stamp: u64) -> Self {
        self.stamp = Some(stamp);
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
struct State {
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

impl<Message> Widget<Message, Theme, Renderer> for Ground<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State { stamp: self.stamp.unwrap_or_default(), is_odd: false })
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        let state = tree.state.downcast_mut::<State>();
        let stamp = self.stamp.unwrap_or_default();
        if std::mem::replace(&mut state.stamp, stamp) != stamp {
            state.is_odd = !state.is_odd;
        }
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        self.content.as_widget_mut().layout(&mut tree.children[0], renderer, limits)
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        self.content.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        self.content.as_widget_mut().update(&mut tree.children[0], event, layout, cursor, renderer, clipboard, shell, viewport);
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        self.content.as_widget().mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let Some(seen) = bounds.intersection(viewport) else { return };
        let paint = |renderer: &mut Renderer, viewport: &Rectangle| {
            for bounds in strips(bounds) {
                renderer.fill_quad(renderer::Quad { bounds, ..renderer::Quad::default() }, Background::Color((self.pick)(tokens(theme))));
            }
            self.content.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
        };
        if self.stamp.is_none() {
            return paint(renderer, viewport);
        }
        // A layer with another edge is damaged as a whole, and so is one inside: that of a list that scrolls ends where what
        // is seen does. A wider one needs no mask for what it holds, but what is inside cannot get wider.
        let hair = if tree.state.downcast_ref::<State>().is_odd { HAIR } else { 0.0 };
        let narrow = Rectangle { width: seen.width - hair, ..seen };
        renderer.with_layer(Rectangle { width: seen.width + hair, ..seen }, |renderer| paint(renderer, &narrow));
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        self.content.as_widget_mut().overlay(&mut tree.children[0], layout, renderer, viewport, translation)
    }
}

impl<'a, Message: 'a> From<Ground<'a, Message>> for Element<'a, Message> {
    fn from(ground: Ground<'a, Message>) -> Self {
        Self::new(ground)
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
