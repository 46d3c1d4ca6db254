//! What the pointer does while its left button is held, wherever that is. Nothing is said while it is not.

use iced::{
    Element, Event, Point,
    advanced::{Shell, mouse},
    touch,
};

use super::{
    direction,
    wrap::{Happens, Wrapper, wrap},
};

/// Tells where the pointer goes in `content` while it is held, and when it lets go.
#[must_use]
pub fn holding<'a, Message: Clone + 'a>(
    content: impl Into<Element<'a, Message>>,
    on_move: fn(Point) -> Message,
    on_release: Message,
) -> Element<'a, Message> {
    wrap(content, Holding { on_move, on_release }).into()
}

struct Holding<Message> {
    on_move: fn(Point) -> Message,
    on_release: Message,
}

#[derive(Default)]
struct State {
    is_held: bool,
}

impl<Message: Clone> Wrapper<Message> for Holding<Message> {
    type State = State;

    fn update(
        &mut self,
        state: &mut State,
        happens: &Happens<'_>,
        shell: &mut Shell<'_, Message>,
        content: &mut dyn FnMut(&mut Shell<'_, Message>),
    ) {
        content(shell);
        // After what is inside, so that a press is told before what follows it, also when all come at once.
        match happens.event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) => state.is_held = true,
            Event::Mouse(mouse::Event::CursorMoved { position }) if state.is_held => {
                shell.publish((self.on_move)(direction::place(*position)));
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)) if std::mem::take(&mut state.is_held) => {
                shell.publish(self.on_release.clone());
            }
            // A finger scrolls and carries nothing: what it pressed is let go of at once.
            Event::Touch(touch::Event::FingerLifted { .. }) => shell.publish(self.on_release.clone()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use iced::Size;

    use super::*;
    use crate::{dialog::test, widget::press_area};

    #[test]
    fn press_move_and_release_are_told_in_order_even_if_all_come_at_once() {
        let row = press_area(iced::widget::space().width(100).height(30), |_| Some("press".to_owned()));
        let content = holding(row, |at| format!("{},{}", at.x, at.y), "release".to_owned());
        let mut window = test::window(content, Size::new(300.0, 200.0));
        let moved = |x, y| Event::Mouse(mouse::Event::CursorMoved { position: Point::new(x, y) });
        window.point_at(Point::new(20.0, 10.0));
        let _ = window.simulate([
            moved(20.0, 10.0),
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)),
            moved(200.0, 150.0),
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)),
            moved(10.0, 10.0),
        ]);
        assert_eq!(window.into_messages().collect::<Vec<_>>(), ["press", "200,150", "release"]);
    }
}
