//! A place that is pressed: knows which button, which modifiers, where, and how often. Draws its own hover, so that moving
//! the pointer costs a repaint of that place and nothing else. A finger that rests is the right button.

mod finger;

use std::time::Instant;

use iced::{
    Background, Border, Color, Element, Event, Point, Rectangle, Renderer,
    advanced::{
        Renderer as _, Shell,
        mouse::{self, Click, click},
        renderer,
    },
    keyboard::{self, Modifiers},
    window,
};

use super::{
    direction,
    wrap::{Happens, Seen, Wrapped, Wrapper, wrap},
};
use crate::theme::{Tokens, tokens};
use finger::{Finger, Said};

/// How a place was pressed.
#[derive(Clone, Copy, Debug)]
pub struct Press {
    /// Left, right, middle.
    pub button: mouse::Button,
    /// Keys held.
    pub modifiers: Modifiers,
    /// Where in the window, from the edge where lines begin.
    pub at: Point,
    /// The second press of a double click.
    pub is_double: bool,
}

impl Press {
    /// A press with the left button.
    #[must_use]
    pub const fn at(at: Point) -> Self {
        Self { button: mouse::Button::Left, modifiers: Modifiers::empty(), at, is_double: false }
    }
}

/// Tells of presses on `content`.
#[must_use]
pub fn press_area<'a, Message>(
    content: impl Into<Element<'a, Message>>,
    on_press: impl Fn(Press) -> Option<Message> + 'a,
) -> PressArea<'a, Message> {
    wrap(content, Presses { on_press: Box::new(on_press), ground: None, hover: Some(|t| t.hover), has_ring: false })
}

/// See [`press_area`].
pub type PressArea<'a, Message> = Wrapped<'a, Message, Presses<'a, Message>>;

/// What [`press_area`] changes.
pub struct Presses<'a, Message> {
    on_press: Box<dyn Fn(Press) -> Option<Message> + 'a>,
    ground: Option<fn(&Tokens) -> Color>,
    hover: Option<fn(&Tokens) -> Color>,
    has_ring: bool,
}

impl<Message> PressArea<'_, Message> {
    /// A fill that hover does not change: a selected row.
    #[must_use]
    pub fn ground(mut self, ground: Option<fn(&Tokens) -> Color>) -> Self {
        self.own.ground = ground;
        self
    }

    /// The keyboard is here. The bottom line stays free: it separates rows.
    #[must_use]
    pub const fn ring(mut self, has_ring: bool) -> Self {
        self.own.has_ring = has_ring;
        self
    }

    /// No hover.
    #[must_use]
    pub fn still(mut self) -> Self {
        self.own.hover = None;
        self
    }
}

impl<Message> Presses<'_, Message> {
    fn pressed(&self, state: &mut State, button: mouse::Button, at: Point, shell: &mut Shell<'_, Message>) {
        let click = Click::new(at, button, state.last);
        let is_double = click.kind() == click::Kind::Double;
        state.last = Some(click);
        if let Some(message) = (self.on_press)(Press { button, modifiers: state.modifiers, at: direction::place(at), is_double }) {
            shell.publish(message);
            shell.capture_event();
        }
    }

    fn touched(&self, state: &mut State, said: Said, shell: &mut Shell<'_, Message>) {
        match said {
            Said::Nothing => {}
            // The only time that is waited for, and only while a finger is down.
            Said::Wait(until) => shell.request_redraw_at(until),
            Said::Press(button, at) => self.pressed(state, button, at, shell),
        }
    }
}

#[derive(Default)]
pub struct State {
    is_hovered: bool,
    modifiers: Modifiers,
    last: Option<Click>,
    finger: Finger,
}

impl<Message> Wrapper<Message> for Presses<'_, Message> {
    type State = State;

    fn update(
        &mut self,
        state: &mut State,
        happens: &Happens<'_>,
        shell: &mut Shell<'_, Message>,
        content: &mut dyn FnMut(&mut Shell<'_, Message>),
    ) {
        content(shell);
        let at = || happens.cursor.position_over(happens.bounds);
        match happens.event {
            Event::Keyboard(keyboard::Event::ModifiersChanged(modifiers)) => state.modifiers = *modifiers,
            Event::Mouse(mouse::Event::CursorMoved { .. } | mouse::Event::CursorLeft) => {
                let is_hovered = at().is_some();
                if is_hovered != state.is_hovered {
                    state.is_hovered = is_hovered;
                    if self.hover.is_some() {
                        shell.request_redraw();
                    }
                }
            }
            Event::Mouse(mouse::Event::ButtonPressed(button)) if !shell.is_event_captured() => {
                let Some(at) = at() else { return };
                self.pressed(state, *button, at, shell);
            }
            Event::Touch(event) if !shell.is_event_captured() => {
                let said = state.finger.take(event, at(), Instant::now());
                self.touched(state, said, shell);
            }
            Event::Window(window::Event::RedrawRequested(now)) => {
                let said = state.finger.passed(*now);
                self.touched(state, said, shell);
            }
            _ => {}
        }
    }

    fn draw(&self, _state: &State, seen: &Seen<'_>, renderer: &mut Renderer, content: &dyn Fn(&mut Renderer, &Rectangle)) {
        let bounds = seen.bounds;
        let is_hovered = seen.cursor.is_over(bounds);
        let t = tokens(seen.theme);
        let fill = self.ground.or(if is_hovered { self.hover } else { None }).map(|pick| pick(t));
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
        content(renderer, seen.viewport);
    }
}

#[cfg(test)]
mod tests;
