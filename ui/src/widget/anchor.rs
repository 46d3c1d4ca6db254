//! A control that tells where it is when it is pressed, so that a menu can open below it.

use iced::{
    Element, Event, Length, Point, Rectangle, Renderer, Size, Theme, Vector,
    advanced::{
        Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer,
        widget::{Operation, Tree, tree},
    },
};

/// Lets `content` (a control that says `()` when it is pressed) tell the place below its left edge.
///
/// The place is that of the window only if nothing around it scrolls.
#[must_use]
pub fn anchored<'a, Message: 'a>(content: impl Into<Element<'a, ()>>, on_press: impl Fn(Point) -> Message + 'a) -> Element<'a, Message> {
    Element::new(Anchored { content: content.into(), on_press: Box::new(on_press) })
}

struct Anchored<'a, Message> {
    content: Element<'a, ()>,
    on_press: Box<dyn Fn(Point) -> Message + 'a>,
}

impl<Message> Widget<Message, Theme, Renderer> for Anchored<'_, Message> {
    fn tag(&self) -> tree::Tag {
        self.content.as_widget().tag()
    }

    fn state(&self) -> tree::State {
        self.content.as_widget().state()
    }

    fn children(&self) -> Vec<Tree> {
        self.content.as_widget().children()
    }

    fn diff(&self, tree: &mut Tree) {
        self.content.as_widget().diff(tree);
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        self.content.as_widget_mut().layout(tree, renderer, limits)
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        self.content.as_widget_mut().operate(tree, layout, renderer, operation);
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
        let mut presses = Vec::new();
        let mut own = Shell::new(&mut presses);
        self.content.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, &mut own, viewport);
        let bounds = layout.bounds();
        let below = Point::new(bounds.x, bounds.y + bounds.height + 4.0);
        shell.merge(own, |()| (self.on_press)(below));
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        self.content.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer)
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
        self.content.as_widget().draw(tree, renderer, theme, style, layout, cursor, viewport);
    }

    // A control has nothing over it; tooltips go around this widget.
    fn overlay<'b>(
        &'b mut self,
        _tree: &'b mut Tree,
        _layout: Layout<'b>,
        _renderer: &Renderer,
        _viewport: &Rectangle,
        _translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        None
    }
}
