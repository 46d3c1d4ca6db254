//! What is shown where there is room for all of it, and not at all otherwise.

use iced::{
    Element, Rectangle, Renderer, Size,
    advanced::{
        Shell,
        layout::{Limits, Node},
    },
};

use super::wrap::{Happens, Seen, Wrapper, wrap};

/// `content`, or nothing where it would have to be cut. It is told to whoever listens in any case.
#[must_use]
pub fn spare<'a, Message: 'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    Element::new(wrap(content, Spare))
}

struct Spare;

impl<Message> Wrapper<Message> for Spare {
    type State = ();

    fn room(&self, limits: &Limits) -> Limits {
        Limits::new(limits.min(), Size::new(f32::INFINITY, limits.max().height))
    }

    fn arranged(&self, node: Node, limits: &Limits) -> Node {
        if node.size().width <= limits.max().width { node } else { Node::with_children(Size::ZERO, node.children().to_vec()) }
    }

    fn update(
        &mut self,
        (): &mut (),
        happens: &Happens<'_>,
        shell: &mut Shell<'_, Message>,
        content: &mut dyn FnMut(&mut Shell<'_, Message>),
    ) {
        if happens.bounds.width > 0.0 {
            content(shell);
        }
    }

    fn draw(&self, (): &(), seen: &Seen<'_>, renderer: &mut Renderer, content: &dyn Fn(&mut Renderer, &Rectangle)) {
        if seen.bounds.width > 0.0 {
            content(renderer, seen.viewport);
        }
    }
}

#[cfg(test)]
mod tests {
    use iced::{Point, widget::row};

    use super::*;
    use crate::dialog::test;

    /// Whether something 60 wide takes a click in a room of 100, of which so much is taken.
    fn is_there(taken: f32) -> bool {
        let button = iced::widget::button(iced::widget::space().width(60).height(20)).padding(0).on_press(());
        let mut window = test::window(row![iced::widget::space().width(taken), spare(button)].into(), Size::new(100.0, 100.0));
        window.point_at(Point::new(taken + 2.0, 10.0));
        let _ = window.simulate(iced_test::simulator::click());
        window.into_messages().count() == 1
    }

    #[test]
    fn it_is_there_whole_or_not_at_all() {
        assert!(is_there(0.0) && is_there(40.0));
        assert!(!is_there(41.0) && !is_there(95.0));
    }
}
