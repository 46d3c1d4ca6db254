//! A place that is pressed: knows which button, which modifiers, where, and how often. Draws its own hover, so that moving
//! the pointer costs a repaint of that place and nothing else.

use iced::{
    Background, Border, Color, Element, Event, Length, Point, Rectangle, Renderer, Size, Theme, Vector,
    advanced::{
        Clipboard, Layout, Renderer as _, Shell, Widget, layout,
        mouse::{self, Click, click},
        overlay, renderer,
        widget::{Operation, Tree, tree},
    },
    keyboard::{self, Modifiers},
};

use crate::theme::{Tokens, tokens};

/// How a place was pressed.
#[derive(Clone, Copy, Debug)]
pub struct Press {
    /// Left, right, middle.
    pub button: mouse::Button,
    /// Keys held.
    pub modifiers: Modifiers,
    /// Where in the window.
    pub at: Point,
    /// The second press of a double click.
    pub is_double: bool,
}

/// Tells of presses on `content`.
#[must_use]
pub fn press_area<'a, Message>(
    content: impl Into<Element<'a, Message>>,
    on_press: impl Fn(Press) -> Option<Message> + 'a,
) -> PressArea<'a, Message> {
    PressArea { content: content.into(), on_press: Box::new(on_press), ground: None, hover: Some(|t| t.hover), has_ring: false }
}

/// See [`press_area`].
pub struct PressArea<'a, Message> {
    content: Element<'a, Message>,
    on_press: Box<dyn Fn(Press) -> Option<Message> + 'a>,
    ground: Option<fn(&Tokens) -> Color>,
    hover: Option<fn(&Tokens) -> Color>,
    has_ring: bool,
}

impl<Message> PressArea<'_, Message> {
    /// A fill that hover does not change: a selected row.
    #[must_use]
    pub fn ground(mut self, ground: Option<fn(&Tokens) -> Color>) -> Self {
        self.ground = ground;
        self
    }

    /// The keyboard is here. The bottom line stays free: it separates rows.
    #[must_use]
    pub const fn ring(mut self, has_ring: bool) -> Self {
        self.has_ring = has_ring;
        self
    }

    /// No hover.
    #[must_use]
    pub fn still(mut self) -> Self {
        self.hover = None;
        self
    }
}

#[derive(Default)]
struct State {
    is_hovered: bool,
    modifiers: Modifiers,
    last: Option<Click>,
}

impl<Message> Widget<Message, Theme, Renderer> for PressArea<'_, Message> {
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
        let state = tree.state.downcast_mut::<State>();
        match event {
            Event::Keyboard(keyboard::Event::ModifiersChanged(modifiers)) => state.modifiers = *modifiers,
            Event::Mouse(mouse::Event::CursorMoved { .. } | mouse::Event::CursorLeft) => {
                let is_hovered = cursor.is_over(layout.bounds());
                if is_hovered != state.is_hovered {
                    state.is_hovered = is_hovered;
                    if self.hover.is_some() {
                        shell.request_redraw();
                    }
                }
            }
            Event::Mouse(mouse::Event::ButtonPressed(button)) if !shell.is_event_captured() => {
                let Some(at) = cursor.position_over(layout.bounds()) else { return };
                let click = Click::new(at, *button, state.last);
                let is_double = click.kind() == click::Kind::Double;
                state.last = Some(click);
                if let Some(message) = (self.on_press)(Press { button: *button, modifiers: state.modifiers, at, is_double }) {
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
        let is_hovered = cursor.is_over(layout.bounds());
        let t = tokens(theme);
        let fill = self.ground.or(if is_hovered { self.hover } else { None }).map(|pick| pick(t));
        let bounds = layout.bounds();
        // Always one shape: what is damaged is found by comparing the shapes of two frames in their order, and one more would
        // damage all that follow.
        let (border, bounds) = match fill {
            _ if self.has_ring => {
                (Border { color: t.focus, width: 2.0, ..Border::default() }, Rectangle { height: bounds.height - 1.0, ..bounds })
            }
            Some(_) => (Border::default(), bounds),
            None => (Border::default(), Rectangle { width: 1.0, height: 1.0, ..bounds }),
        };
        let quad = renderer::Quad { bounds, border, ..renderer::Quad::default() };
        renderer.fill_quad(quad, Background::Color(fill.unwrap_or(Color::TRANSPARENT)));
        self.content.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
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

impl<'a, Message: 'a> From<PressArea<'a, Message>> for Element<'a, Message> {
    fn from(area: PressArea<'a, Message>) -> Self {
        Self::new(area)
    }
}
