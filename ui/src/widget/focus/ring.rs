//! A control that can have the focus, and the ring around it.

use iced::{
    Background, Border, Color, Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector,
    advanced::{
        Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, overlay, renderer,
        widget::{Id, Operation, Tree, operation, tree},
    },
    keyboard::{self, Key, Modifiers, key::Named},
};

use crate::theme::tokens;

type OnKey<'a, Message> = Box<dyn Fn(&Key, Modifiers) -> Option<Message> + 'a>;

/// Lets `content` take part in the focus.
#[must_use]
pub fn focusable<'a, Message>(content: impl Into<Element<'a, Message>>) -> Focusable<'a, Message> {
    Focusable {
        content: content.into(),
        id: None,
        on_press: None,
        on_key: None,
        inside: false,
        radius: 6.0,
        on_focus: None,
        is_plain: false,
    }
}

/// See [`focusable`].
pub struct Focusable<'a, Message> {
    content: Element<'a, Message>,
    id: Option<Id>,
    on_press: Option<Message>,
    on_key: Option<OnKey<'a, Message>>,
    on_focus: Option<Message>,
    inside: bool,
    is_plain: bool,
    radius: f32,
}

impl<'a, Message> Focusable<'a, Message> {
    /// The id that [`super::take`] moves the focus to.
    #[must_use]
    pub fn id(mut self, id: impl Into<Id>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// What Enter and Space do. Without it and without [`Self::on_key`] the control is off and gets no focus.
    #[must_use]
    pub fn on_press_maybe(mut self, message: Option<Message>) -> Self {
        self.on_press = message;
        self
    }

    /// What Enter and Space do.
    #[must_use]
    pub fn on_press(self, message: Message) -> Self {
        self.on_press_maybe(Some(message))
    }

    /// What other keys do while it has the focus; `None` leaves a key to the application.
    #[must_use]
    pub fn on_key(mut self, on_key: impl Fn(&Key, Modifiers) -> Option<Message> + 'a) -> Self {
        self.on_key = Some(Box::new(on_key));
        self
    }

    /// Told when it gets the focus by a click.
    #[must_use]
    pub fn on_focus(mut self, message: Message) -> Self {
        self.on_focus = Some(message);
        self
    }

    /// Draws the ring inside the edge: rows, fields, panes.
    #[must_use]
    pub const fn inside(mut self) -> Self {
        self.inside = true;
        self
    }

    /// Draws no ring: what is inside shows where the keyboard is.
    #[must_use]
    pub const fn plain(mut self) -> Self {
        self.is_plain = true;
        self
    }

    /// Corners of the ring.
    #[must_use]
    pub const fn radius(mut self, radius: f32) -> Self {
        self.radius = radius;
        self
    }

    const fn is_on(&self) -> bool {
        self.on_press.is_some() || self.on_key.is_some()
    }
}

/// The focus, and whether a key brought it: the pointer leaves no ring behind.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    is_focused: bool,
    by_pointer: bool,
}

impl operation::Focusable for State {
    fn is_focused(&self) -> bool {
        self.is_focused
    }

    fn focus(&mut self) {
        *self = Self { is_focused: true, by_pointer: false };
    }

    fn unfocus(&mut self) {
        *self = Self::default();
    }
}

impl<Message: Clone> Focusable<'_, Message> {
    fn key(&self, key: &Key, modifiers: Modifiers) -> Option<Message> {
        if let Some(message) = self.on_key.as_ref().and_then(|on_key| on_key(key, modifiers)) {
            return Some(message);
        }
        let pressed = matches!(key, Key::Named(Named::Enter | Named::Space)) && modifiers.is_empty();
        if pressed { self.on_press.clone() } else { None }
    }
}

impl<Message: Clone> Widget<Message, Theme, Renderer> for Focusable<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn size_hint(&self) -> Size<Length> {
        self.content.as_widget().size_hint()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        self.content.as_widget_mut().layout(&mut tree.children[0], renderer, limits)
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        if self.is_on() {
            operation.focusable(self.id.as_ref(), layout.bounds(), tree.state.downcast_mut::<State>());
        }
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
        let state = tree.state.downcast_mut::<State>();
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(_)) => {
                let over = cursor.is_over(layout.bounds()) && self.is_on();
                if over != state.is_focused || (over && !state.by_pointer) {
                    *state = State { is_focused: over, by_pointer: over };
                    shell.request_redraw();
                }
                if over && let Some(message) = &self.on_focus {
                    shell.publish(message.clone());
                }
            }
            Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. }) if state.is_focused && !shell.is_event_captured() => {
                if let Some(message) = self.key(key, *modifiers) {
                    state.by_pointer = false;
                    shell.publish(message);
                    shell.capture_event();
                }
            }
            _ => {}
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
        self.content.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
        let state = tree.state.downcast_ref::<State>();
        if state.is_focused && !state.by_pointer && !self.is_plain {
            draw_ring(renderer, theme, layout.bounds(), viewport, self.inside, self.radius);
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
        self.content.as_widget_mut().overlay(&mut tree.children[0], layout, renderer, viewport, translation)
    }
}

fn draw_ring(renderer: &mut Renderer, theme: &Theme, bounds: Rectangle, viewport: &Rectangle, inside: bool, radius: f32) {
    let t = tokens(theme);
    let width = if t.high_contrast { 3.0 } else { 2.0 };
    let bounds = if inside { bounds } else { bounds.expand(width) };
    let Some(clip) = viewport.expand(width).intersection(&bounds) else { return };
    renderer.with_layer(clip, |renderer| {
        renderer.fill_quad(
            renderer::Quad {
                bounds,
                border: Border { color: t.focus, width, radius: (if inside { radius } else { radius + width }).into() },
                ..renderer::Quad::default()
            },
            Background::Color(Color::TRANSPARENT),
        );
    });
}

impl<'a, Message: Clone + 'a> From<Focusable<'a, Message>> for Element<'a, Message> {
    fn from(focusable: Focusable<'a, Message>) -> Self {
        Self::new(focusable)
    }
}
