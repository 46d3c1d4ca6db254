//! A widget that holds another one and changes little of it. What it leaves alone, what it holds does.

use iced::{
    Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector,
    advanced::{
        Clipboard, Layout, Shell, Widget,
        layout::{self, Node},
        mouse, overlay, renderer,
        widget::{Operation, Tree, tree},
    },
};

/// What is changed of a widget. Where `content` is handed over, calling it is what the widget does by itself.
pub trait Wrapper<Message> {
    /// What is kept from one frame to the next.
    type State: Default + 'static;

    /// What is kept at first.
    fn state(&self) -> Self::State {
        Self::State::default()
    }

    /// It has been put together anew.
    fn diff(&self, _state: &mut Self::State) {}

    /// The room that what is held is told of.
    fn room(&self, limits: &layout::Limits) -> layout::Limits {
        *limits
    }

    /// Where its parts are, in the room that there is.
    fn arranged(&self, node: Node, _limits: &layout::Limits) -> Node {
        node
    }

    /// An operation walks over it.
    fn operate(
        &mut self,
        _state: &mut Self::State,
        _bounds: Rectangle,
        operation: &mut dyn Operation,
        content: &mut dyn FnMut(&mut dyn Operation),
    ) {
        content(operation);
    }

    /// Something happens.
    fn update(
        &mut self,
        _state: &mut Self::State,
        _happens: &Happens<'_>,
        shell: &mut Shell<'_, Message>,
        content: &mut dyn FnMut(&mut Shell<'_, Message>),
    ) {
        content(shell);
    }

    /// Something has happened; `walk` lets an operation look at what is held.
    fn happened(&mut self, _state: &mut Self::State, _walk: &mut dyn FnMut(&mut dyn Operation)) {}

    /// It is drawn; `content` draws what is seen of it in a part of the window.
    fn draw(&self, _state: &Self::State, seen: &Seen<'_>, renderer: &mut Renderer, content: &dyn Fn(&mut Renderer, &Rectangle)) {
        content(renderer, seen.viewport);
    }
}

/// What happens to a widget.
pub struct Happens<'a> {
    /// What it is.
    pub event: &'a Event,
    /// Where the widget is.
    pub bounds: Rectangle,
    /// Where the pointer is.
    pub cursor: mouse::Cursor,
    /// The part of the window that is seen.
    pub viewport: &'a Rectangle,
}

/// How a widget is seen.
pub struct Seen<'a> {
    /// In these colours.
    pub theme: &'a Theme,
    /// Where the widget is.
    pub bounds: Rectangle,
    /// Where the pointer is.
    pub cursor: mouse::Cursor,
    /// The part of the window that is seen.
    pub viewport: &'a Rectangle,
}

/// `content`, of which `own` is changed.
#[must_use]
pub fn wrap<'a, Message, W: Wrapper<Message>>(content: impl Into<Element<'a, Message>>, own: W) -> Wrapped<'a, Message, W> {
    Wrapped { content: content.into(), own }
}

/// See [`wrap`].
pub struct Wrapped<'a, Message, W> {
    content: Element<'a, Message>,
    /// What is changed.
    pub own: W,
}

/// What is kept, told from what other widgets keep, and from nothing, which is kept by those without a state.
struct Kept<State>(State);

impl<Message, W: Wrapper<Message>> Widget<Message, Theme, Renderer> for Wrapped<'_, Message, W> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<Kept<W::State>>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(Kept(self.own.state()))
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        self.own.diff(&mut tree.state.downcast_mut::<Kept<W::State>>().0);
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn size_hint(&self) -> Size<Length> {
        self.content.as_widget().size_hint()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> Node {
        let room = self.own.room(limits);
        self.own.arranged(self.content.as_widget_mut().layout(&mut tree.children[0], renderer, &room), limits)
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        let (content, inside) = (self.content.as_widget_mut(), &mut tree.children[0]);
        let state = &mut tree.state.downcast_mut::<Kept<W::State>>().0;
        let mut content = |operation: &mut dyn Operation| content.operate(inside, layout, renderer, operation);
        self.own.operate(state, layout.bounds(), operation, &mut content);
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
        let (content, inside) = (self.content.as_widget_mut(), &mut tree.children[0]);
        let state = &mut tree.state.downcast_mut::<Kept<W::State>>().0;
        let mut content =
            |shell: &mut Shell<'_, Message>| content.update(inside, event, layout, cursor, renderer, clipboard, shell, viewport);
        let happens = Happens { event, bounds: layout.bounds(), cursor, viewport };
        self.own.update(state, &happens, shell, &mut content);
        let mut walk =
            |operation: &mut dyn Operation| self.content.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
        self.own.happened(state, &mut walk);
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
        let content = |renderer: &mut Renderer, viewport: &Rectangle| {
            self.content.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
        };
        let seen = Seen { theme, bounds: layout.bounds(), cursor, viewport };
        self.own.draw(&tree.state.downcast_ref::<Kept<W::State>>().0, &seen, renderer, &content);
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

impl<'a, Message: 'a, W: Wrapper<Message> + 'a> From<Wrapped<'a, Message, W>> for Element<'a, Message> {
    fn from(wrapped: Wrapped<'a, Message, W>) -> Self {
        Self::new(wrapped)
    }
}
