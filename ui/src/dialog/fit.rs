//! Two things that share room: a body above a foot, and what stands at the left and at the right of a foot.

use iced::{
    Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector,
    advanced::{
        Clipboard, Layout, Shell, Widget,
        layout::{self, Node},
        mouse, overlay, renderer,
        widget::{Operation, Tree},
    },
};

use crate::theme::space;

/// `body`, which has to scroll by itself, above `foot`. The foot is always whole; the body gets what height is left, and takes
/// no more than it needs.
pub(super) fn fit<'a, Message: 'a>(body: impl Into<Element<'a, Message>>, foot: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    Element::new(Fit { parts: [body.into(), foot.into()], arrange: above })
}

/// `left` and `right` on one line; where they do not fit, as in languages with longer words, `right` goes below.
pub(super) fn ends<'a, Message: 'a>(left: impl Into<Element<'a, Message>>, right: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    Element::new(Fit { parts: [left.into(), right.into()], arrange: beside })
}

type Parts<'a, Message> = [Element<'a, Message>; 2];
type Arrange<Message> = fn(&mut Parts<'_, Message>, &mut Tree, &Renderer, &layout::Limits) -> Node;

struct Fit<'a, Message> {
    parts: Parts<'a, Message>,
    arrange: Arrange<Message>,
}

fn above<Message>([body, foot]: &mut Parts<'_, Message>, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> Node {
    let loose = limits.loose();
    let foot = foot.as_widget_mut().layout(&mut tree.children[1], renderer, &loose);
    let body = body.as_widget_mut().layout(&mut tree.children[0], renderer, &loose.shrink(Size::new(0.0, foot.size().height)));
    let height = body.size().height;
    let size = Size::new(limits.max().width, height + foot.size().height);
    Node::with_children(size, vec![body, foot.translate(Vector::new(0.0, height))])
}

fn beside<Message>([left, right]: &mut Parts<'_, Message>, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> Node {
    let (loose, room) = (limits.loose(), limits.max().width);
    let left = left.as_widget_mut().layout(&mut tree.children[0], renderer, &loose);
    let right = right.as_widget_mut().layout(&mut tree.children[1], renderer, &loose);
    let (one, other) = (left.size(), right.size());
    let x = (room - other.width).max(0.0);
    if one.width + space::M + other.width <= room {
        let height = one.height.max(other.height);
        let left = left.translate(Vector::new(0.0, (height - one.height) / 2.0));
        let right = right.translate(Vector::new(x, (height - other.height) / 2.0));
        return Node::with_children(Size::new(room, height), vec![left, right]);
    }
    let y = one.height + space::S;
    Node::with_children(Size::new(room, y + other.height), vec![left, right.translate(Vector::new(x, y))])
}

impl<Message> Widget<Message, Theme, Renderer> for Fit<'_, Message> {
    fn children(&self) -> Vec<Tree> {
        self.parts.iter().map(Tree::new).collect()
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(&self.parts);
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Shrink)
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> Node {
        (self.arrange)(&mut self.parts, tree, renderer, limits)
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        operation.container(None, layout.bounds());
        operation.traverse(&mut |operation| {
            for ((child, tree), layout) in self.parts.iter_mut().zip(&mut tree.children).zip(layout.children()) {
                child.as_widget_mut().operate(tree, layout, renderer, operation);
            }
        });
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
        for ((child, tree), layout) in self.parts.iter_mut().zip(&mut tree.children).zip(layout.children()) {
            child.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        let parts = self.parts.iter().zip(&tree.children).zip(layout.children());
        let all = parts.map(|((child, tree), layout)| child.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer));
        all.max().unwrap_or_default()
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
        for ((child, tree), layout) in self.parts.iter().zip(&tree.children).zip(layout.children()) {
            child.as_widget().draw(tree, renderer, theme, style, layout, cursor, viewport);
        }
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        overlay::from_children(&mut self.parts, tree, layout, renderer, viewport, translation)
    }
}
