//! What is too high scrolls. iced's bar is always at the right; where windows run from right to left, one like it is drawn here,
//! at the side where lines end.

use iced::{
    Background, Border, Element, Event, Point, Rectangle, Renderer, Vector,
    advanced::{
        Renderer as _, Shell, mouse, renderer,
        widget::{Id, Operation, operation},
    },
    touch,
    widget::{
        Scrollable,
        scrollable::{AbsoluteOffset, Direction, Scrollbar},
    },
};

use super::{
    direction,
    wrap::{Happens, Seen, Wrapper, wrap},
};
use crate::theme::{self, tokens};

/// A bar: its width, and what is free on either side of it.
pub type Bar = (f32, f32);

/// As iced's own.
pub const WIDE: Bar = (10.0, 0.0);
/// Of panes and dialogs.
pub const PANE: Bar = (6.0, 2.0);
/// Of lists.
pub const ROWS: Bar = (6.0, 1.0);
/// Of what is narrow.
pub const NARROW: Bar = (4.0, 1.0);
/// Of the sidebar when it shows pictures alone.
pub const THIN: Bar = (4.0, 0.0);

/// `content` with this bar.
#[must_use]
pub fn scroll<'a, Message: 'a>(content: Scrollable<'a, Message>, bar: Bar) -> Element<'a, Message> {
    let (width, margin) = bar;
    let shown = match direction::is_mirrored() {
        true => Scrollbar::hidden(),
        false => Scrollbar::new().width(width).scroller_width(width).margin(margin),
    };
    wrap(content.direction(Direction::Vertical(shown)).style(theme::input::scroll), Left(bar)).into()
}

/// The bar at the left; nothing while windows run from left to right.
struct Left(Bar);

/// Where everything was when something happened last, and what the pointer holds.
#[derive(Default)]
pub struct State {
    bounds: Rectangle,
    /// Of all that scrolls.
    height: f32,
    offset: f32,
    /// Where to scroll.
    wanted: Option<f32>,
    /// How far below the top of the scroller the pointer holds it.
    held: Option<f32>,
    is_hovered: bool,
}

impl State {
    fn ratio(&self) -> Option<f32> {
        (self.height > self.bounds.height).then(|| self.bounds.height / self.height)
    }

    fn strip(&self, (width, margin): Bar) -> Rectangle {
        Rectangle { width: width + 2.0 * margin, ..self.bounds }
    }

    fn scroller(&self, (width, margin): Bar) -> Option<Rectangle> {
        let ratio = self.ratio()?;
        let (x, y) = (self.bounds.x + margin, self.bounds.y + self.offset * ratio);
        Some(Rectangle { x, y, width, height: (self.bounds.height * ratio).max(2.0) })
    }

    /// Scrolls so that the scroller is where the pointer holds it.
    fn drag(&mut self, at: Point) {
        if let (Some(held), Some(ratio)) = (self.held, self.ratio()) {
            let offset = (at.y - held - self.bounds.y) / ratio;
            self.wanted = Some(offset.clamp(0.0, self.height - self.bounds.height));
        }
    }

    /// Takes hold of the scroller; beside it, the middle of it comes to the pointer.
    fn press(&mut self, at: Point, bar: Bar) -> bool {
        let Some(scroller) = self.scroller(bar).filter(|_| self.strip(bar).contains(at)) else { return false };
        self.held = Some(if scroller.y <= at.y && at.y < scroller.y + scroller.height { at.y - scroller.y } else { scroller.height / 2.0 });
        self.drag(at);
        true
    }
}

impl<Message> Wrapper<Message> for Left {
    type State = State;

    fn update(
        &mut self,
        state: &mut State,
        happens: &Happens<'_>,
        shell: &mut Shell<'_, Message>,
        content: &mut dyn FnMut(&mut Shell<'_, Message>),
    ) {
        if !direction::is_mirrored() {
            return content(shell);
        }
        let is_taken = match happens.event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) | Event::Touch(touch::Event::FingerPressed { .. }) => {
                happens.cursor.position_over(happens.bounds).is_some_and(|at| state.press(at, self.0))
            }
            Event::Mouse(mouse::Event::CursorMoved { position }) | Event::Touch(touch::Event::FingerMoved { position, .. }) => {
                state.drag(*position);
                state.held.is_some()
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerLifted { .. } | touch::Event::FingerLost { .. }) => state.held.take().is_some(),
            _ => false,
        };
        let is_hovered = state.held.is_some() || happens.cursor.is_over(state.strip(self.0));
        if is_taken || std::mem::replace(&mut state.is_hovered, is_hovered) != is_hovered {
            shell.request_redraw();
        }
        if is_taken {
            shell.capture_event();
        } else {
            content(shell);
        }
    }

    fn happened(&mut self, state: &mut State, walk: &mut dyn FnMut(&mut dyn Operation)) {
        if direction::is_mirrored() {
            walk(&mut Look(state));
        }
    }

    fn draw(&self, state: &State, seen: &Seen<'_>, renderer: &mut Renderer, content: &dyn Fn(&mut Renderer, &Rectangle)) {
        content(renderer, seen.viewport);
        let Some(scroller) = state.scroller(self.0).filter(|_| direction::is_mirrored()) else { return };
        let Some(clip) = state.strip(self.0).intersection(seen.viewport) else { return };
        let t = tokens(seen.theme);
        let border = Border { radius: 3.0.into(), ..Border::default() };
        let quad = renderer::Quad { bounds: scroller, border, ..renderer::Quad::default() };
        let colour = if state.is_hovered { t.subtle } else { t.line_strong };
        renderer.with_layer(clip, |renderer| renderer.fill_quad(quad, Background::Color(colour)));
    }
}

/// Looks how far it is scrolled, and scrolls it where it shall be.
struct Look<'a>(&'a mut State);

impl Operation for Look<'_> {
    // What is inside may scroll, too, and has a bar of its own.
    fn traverse(&mut self, _operate: &mut dyn FnMut(&mut dyn Operation)) {}

    fn scrollable(
        &mut self,
        _id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        translation: Vector,
        scrolled: &mut dyn operation::Scrollable,
    ) {
        let wanted = self.0.wanted.take();
        if let Some(y) = wanted {
            scrolled.scroll_to(AbsoluteOffset { x: None, y: Some(y) });
        }
        (self.0.bounds, self.0.height, self.0.offset) = (bounds, content.height, wanted.unwrap_or(translation.y));
    }
}

#[cfg(test)]
#[path = "scroll/tests.rs"]
mod tests;
