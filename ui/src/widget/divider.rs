//! The edge between a pane at the side and the rest: dragged with the pointer, moved with the arrow keys, put back with a double
//! click or Enter. It lies over both sides and takes nothing but what is near the edge.

use std::ops::RangeInclusive;

use iced::{
    Background, Element, Event, Length, Point, Rectangle, Renderer, Size, Theme,
    advanced::{
        Clipboard, Layout, Renderer as _, Shell, Widget, layout,
        mouse::{self, Click, click},
        renderer,
        widget::{Operation, Tree, operation, tree},
    },
    keyboard::{self, Key, key::Named},
};

use super::direction;
use crate::theme::tokens;
use crate::widget::said::{Role, Said, tell};

/// So far beside the edge the pointer still has hold of it.
const REACH: f32 = 4.0;
/// How far a key moves it.
const STEP: f32 = 16.0;

/// The side that the pane is at, in a window that runs from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Its right edge moves.
    Left,
    /// Its left edge moves.
    Right,
}

/// The width of a pane at a side and what it may be; fills the place that pane and rest share.
#[must_use]
pub fn divider<'a, Message: 'a>(
    side: Side,
    width: f32,
    limits: RangeInclusive<f32>,
    usual: f32,
    name: String,
    on_resize: impl Fn(f32) -> Message + 'a,
) -> Element<'a, Message> {
    Element::new(Divider { side, width, limits, usual, name, on_resize: Box::new(on_resize) })
}

struct Divider<'a, Message> {
    side: Side,
    width: f32,
    limits: RangeInclusive<f32>,
    usual: f32,
    name: String,
    on_resize: Box<dyn Fn(f32) -> Message + 'a>,
}

#[derive(Debug, Default)]
struct State {
    is_focused: bool,
    is_hovered: bool,
    /// Where in the edge it is held, and the width before.
    held: Option<(f32, f32)>,
    last: Option<Click>,
}

impl operation::Focusable for State {
    fn is_focused(&self) -> bool {
        self.is_focused
    }

    fn focus(&mut self) {
        self.is_focused = true;
    }

    fn unfocus(&mut self) {
        self.is_focused = false;
    }
}

impl<Message> Divider<'_, Message> {
    /// The side that it is at now.
    fn side(&self) -> Side {
        match (self.side, direction::is_mirrored()) {
            (Side::Left, false) | (Side::Right, true) => Side::Left,
            (Side::Right, false) | (Side::Left, true) => Side::Right,
        }
    }

    /// Where the edge is in the window.
    fn edge(&self, bounds: Rectangle) -> f32 {
        match self.side() {
            Side::Left => bounds.x + self.width,
            Side::Right => bounds.x + bounds.width - self.width,
        }
    }

    fn grip(&self, bounds: Rectangle) -> Rectangle {
        Rectangle { x: self.edge(bounds) - REACH, width: 2.0 * REACH, ..bounds }
    }

    fn resize(&self, width: f32, shell: &mut Shell<'_, Message>) {
        let width = width.round().clamp(*self.limits.start(), *self.limits.end());
        if (width - self.width).abs() > f32::EPSILON {
            shell.publish((self.on_resize)(width));
        }
    }

    /// The width that has the edge here.
    fn width_at(&self, edge: f32, bounds: Rectangle) -> f32 {
        match self.side() {
            Side::Left => edge - bounds.x,
            Side::Right => bounds.x + bounds.width - edge,
        }
    }

    fn press(&self, state: &mut State, at: Point, bounds: Rectangle, shell: &mut Shell<'_, Message>) {
        let click = Click::new(at, mouse::Button::Left, state.last);
        state.last = Some(click);
        if click.kind() == click::Kind::Double {
            state.held = None;
            self.resize(self.usual, shell);
        } else {
            state.held = Some((at.x - self.edge(bounds), self.width));
        }
        shell.capture_event();
        shell.request_redraw();
    }

    /// Whether the key was for it.
    fn key(&self, state: &mut State, key: &Key, shell: &mut Shell<'_, Message>) -> bool {
        let outwards = if self.side() == Side::Left { 1.0 } else { -1.0 };
        match key {
            Key::Named(Named::Escape) if state.held.is_some() => {
                let before = state.held.take().map_or(self.width, |(_, before)| before);
                self.resize(before, shell);
            }
            Key::Named(Named::ArrowRight) if state.is_focused => self.resize(self.width + outwards * STEP, shell),
            Key::Named(Named::ArrowLeft) if state.is_focused => self.resize(self.width - outwards * STEP, shell),
            Key::Named(Named::Enter) if state.is_focused => self.resize(self.usual, shell),
            _ => return false,
        }
        true
    }
}

impl<Message> Widget<Message, Theme, Renderer> for Divider<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Fill)
    }

    fn layout(&mut self, _tree: &mut Tree, _renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        layout::atomic(limits, Length::Fill, Length::Fill)
    }

    fn operate(&mut self, tree: &mut Tree, layout: Layout<'_>, _renderer: &Renderer, operation: &mut dyn Operation) {
        tell(operation, None, self.grip(layout.bounds()), || {
            let value = f64::from(self.width);
            Said::named(Role::Edge, self.name.as_str()).value(value, f64::from(*self.limits.start()), f64::from(*self.limits.end()))
        });
        operation.focusable(None, self.grip(layout.bounds()), tree.state.downcast_mut::<State>());
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _renderer: &Renderer,
        _clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        _viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_mut::<State>();
        let over = cursor.position_over(self.grip(layout.bounds()));
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(button)) => {
                state.is_focused = false;
                if let (Some(at), mouse::Button::Left) = (over, button) {
                    self.press(state, at, layout.bounds(), shell);
                }
            }
            Event::Mouse(mouse::Event::CursorMoved { .. }) => {
                if state.is_hovered != over.is_some() {
                    state.is_hovered = over.is_some();
                    shell.request_redraw();
                }
                if let (Some((offset, _)), Some(at)) = (state.held, cursor.land().position()) {
                    self.resize(self.width_at(at.x - offset, layout.bounds()), shell);
                    shell.capture_event();
                }
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)) if state.held.is_some() => {
                state.held = None;
                shell.capture_event();
                shell.request_redraw();
            }
            Event::Keyboard(keyboard::Event::KeyPressed { key, .. }) if self.key(state, key, shell) => shell.capture_event(),
            _ => {}
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
        _renderer: &Renderer,
    ) -> mouse::Interaction {
        let is_held = tree.state.downcast_ref::<State>().held.is_some();
        if is_held || cursor.is_over(self.grip(layout.bounds())) {
            mouse::Interaction::ResizingHorizontally
        } else {
            mouse::Interaction::None
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        _viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_ref::<State>();
        if !(state.is_focused || state.is_hovered || state.held.is_some()) {
            return;
        }
        let t = tokens(theme);
        let wide = if t.high_contrast { 3.0 } else { 2.0 };
        let bounds = Rectangle { x: self.edge(layout.bounds()) - wide / 2.0, width: wide, ..layout.bounds() };
        let colour = if state.is_focused || state.held.is_some() { t.focus } else { t.control };
        let quad = renderer::Quad { bounds, ..renderer::Quad::default() };
        renderer.with_layer(bounds, |renderer| renderer.fill_quad(quad, Background::Color(colour)));
    }
}

#[cfg(test)]
#[path = "divider/tests.rs"]
mod tests;
