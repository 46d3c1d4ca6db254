//! A place that something which is dragged can be let go over. It says when the pointer comes and leaves, and shows itself.

use iced::{
    Background, Border, Color, Element, Event, Rectangle, Renderer,
    advanced::{Renderer as _, Shell, mouse, renderer},
};

use super::wrap::{Happens, Seen, Wrapper, wrap};
use crate::theme::{size, tokens};

/// `content` as a target: tells whether the pointer is over it, in each state that it gets. Off while nothing is dragged.
#[must_use]
pub fn target<'a, Message: Clone + 'a>(
    content: impl Into<Element<'a, Message>>,
    is_on: bool,
    on_enter: Message,
    on_leave: Message,
) -> Element<'a, Message> {
    wrap(content, Target { is_on, on_enter, on_leave }).into()
}

struct Target<Message> {
    is_on: bool,
    on_enter: Message,
    on_leave: Message,
}

#[derive(Default)]
struct State {
    is_over: bool,
}

impl<Message: Clone> Wrapper<Message> for Target<Message> {
    type State = State;

    fn update(
        &mut self,
        state: &mut State,
        happens: &Happens<'_>,
        shell: &mut Shell<'_, Message>,
        content: &mut dyn FnMut(&mut Shell<'_, Message>),
    ) {
        content(shell);
        if !self.is_on {
            state.is_over = false;
            return;
        }
        let Event::Mouse(mouse::Event::CursorMoved { .. }) = happens.event else { return };
        // What is dragged lies under the pointer and over everything else.
        let at = happens.cursor.land().position();
        let is_over = at.is_some_and(|at| happens.bounds.contains(at) && happens.viewport.contains(at));
        if is_over != state.is_over {
            state.is_over = is_over;
            shell.publish(if is_over { self.on_enter.clone() } else { self.on_leave.clone() });
            shell.request_redraw();
        }
    }

    fn draw(&self, state: &State, seen: &Seen<'_>, renderer: &mut Renderer, content: &dyn Fn(&mut Renderer, &Rectangle)) {
        let is_over = self.is_on && state.is_over;
        let t = tokens(seen.theme);
        let quad = |border| renderer::Quad { bounds: seen.bounds, border, ..renderer::Quad::default() };
        if is_over {
            let border = Border { radius: size::RADIUS.into(), ..Border::default() };
            renderer.fill_quad(quad(border), Background::Color(t.selected));
        }
        content(renderer, seen.viewport);
        if self.is_on {
            let (color, width) = if is_over { (t.focus, 2.0) } else { (t.control, 1.0) };
            renderer.fill_quad(quad(Border { color, width, radius: size::RADIUS.into() }), Background::Color(Color::TRANSPARENT));
        }
    }
}

#[cfg(test)]
mod tests {
    use iced::{Point, Size};

    use super::*;
    use crate::dialog::test;

    fn said(is_on: bool, path: &[(f32, f32)]) -> Vec<&'static str> {
        let content = target(iced::widget::space().width(100).height(30), is_on, "in", "out");
        let mut window = test::window(content, Size::new(300.0, 200.0));
        for (x, y) in path {
            window.point_at(Point::new(*x, *y));
            let _ = window.simulate([Event::Mouse(mouse::Event::CursorMoved { position: Point::new(*x, *y) })]);
        }
        window.into_messages().collect()
    }

    #[test]
    fn a_target_says_once_when_the_pointer_comes_and_when_it_leaves() {
        assert_eq!(said(true, &[(200.0, 10.0), (50.0, 10.0), (60.0, 10.0), (50.0, 100.0)]), ["in", "out"]);
    }

    #[test]
    fn it_says_nothing_while_nothing_is_dragged() {
        assert_eq!(said(false, &[(50.0, 10.0), (50.0, 100.0)]), [""; 0]);
    }
}
