//! Tells that the pointer rests on something, and that it has left it. What it only passes over tells nothing.

use iced::{
    Element, Event,
    advanced::Shell,
    mouse,
    time::{Duration, Instant},
    window,
};

use super::wrap::{Happens, Wrapper, wrap};

/// Says which thing the pointer has been on for `delay`, and `None` when it is there no longer.
pub fn resting<'a, Thing, Message>(
    content: impl Into<Element<'a, Message>>,
    thing: Thing,
    delay: Duration,
    say: impl Fn(Option<Thing>) -> Message + 'a,
) -> Element<'a, Message>
where
    Thing: Clone + PartialEq + 'static,
    Message: 'a,
{
    wrap(content, Rest { thing, delay, say }).into()
}

struct Rest<Thing, Say> {
    thing: Thing,
    delay: Duration,
    say: Say,
}

#[derive(Default)]
enum State<Thing> {
    /// Not on it.
    #[default]
    Away,
    /// On this since then.
    Over(Thing, Instant),
    /// It was said.
    Told(Thing),
}

impl<Message, Thing: Clone + PartialEq + 'static, Say: Fn(Option<Thing>) -> Message> Wrapper<Message> for Rest<Thing, Say> {
    type State = State<Thing>;

    fn update(
        &mut self,
        state: &mut Self::State,
        happens: &Happens<'_>,
        shell: &mut Shell<'_, Message>,
        content: &mut dyn FnMut(&mut Shell<'_, Message>),
    ) {
        content(shell);
        let now = match happens.event {
            Event::Window(window::Event::RedrawRequested(now)) => *now,
            Event::Mouse(_) => Instant::now(),
            _ => return,
        };
        let is_over = happens.cursor.position_over(happens.bounds).is_some() && !is_gone(happens.event);
        match state {
            // Something else may be here now, for lists scroll and are sorted below a pointer that stays.
            State::Told(thing) if !is_over || *thing != self.thing => {
                shell.publish((self.say)(None));
                *state = State::Away;
            }
            State::Over(thing, _) if !is_over || *thing != self.thing => *state = State::Away,
            State::Over(thing, since) if now.saturating_duration_since(*since) >= self.delay => {
                shell.publish((self.say)(Some(thing.clone())));
                *state = State::Told(thing.clone());
            }
            _ => {}
        }
        if matches!(state, State::Away) && is_over {
            *state = State::Over(self.thing.clone(), now);
        }
        if let State::Over(_, since) = state {
            shell.request_redraw_at(*since + self.delay);
        }
    }
}

const fn is_gone(event: &Event) -> bool {
    matches!(event, Event::Mouse(mouse::Event::CursorLeft))
}

#[cfg(test)]
mod tests {
    use iced::{Point, Size};
    use iced_test::Simulator;

    use super::*;
    use crate::dialog::test;

    const DELAY: Duration = Duration::from_millis(400);

    fn column<'a>() -> Element<'a, Option<u8>> {
        let part = |thing| resting(iced::widget::space().width(100).height(20), thing, DELAY, |thing| thing);
        iced::widget::column![part(1), part(2)].into()
    }

    fn point(window: &mut Simulator<'_, Option<u8>>, y: f32) {
        window.point_at(Point::new(10.0, y));
        let _ = window.simulate([Event::Mouse(mouse::Event::CursorMoved { position: Point::new(10.0, y) })]);
    }

    fn draw(window: &mut Simulator<'_, Option<u8>>, later: Duration) {
        let _ = window.simulate([Event::Window(window::Event::RedrawRequested(Instant::now() + later))]);
    }

    #[test]
    fn a_pointer_that_passes_over_tells_nothing() {
        let mut window = test::window(column(), Size::new(200.0, 200.0));
        for y in [10.0, 30.0, 100.0] {
            point(&mut window, y);
            draw(&mut window, Duration::ZERO);
        }
        draw(&mut window, DELAY * 3);
        assert_eq!(window.into_messages().count(), 0);
    }

    #[test]
    fn a_pointer_that_rests_is_told_once_and_so_is_that_it_left() {
        let mut window = test::window(column(), Size::new(200.0, 200.0));
        point(&mut window, 10.0);
        draw(&mut window, DELAY);
        draw(&mut window, DELAY * 2);
        point(&mut window, 12.0);
        point(&mut window, 30.0);
        draw(&mut window, DELAY);
        let _ = window.simulate([Event::Mouse(mouse::Event::CursorLeft)]);
        assert_eq!(window.into_messages().collect::<Vec<_>>(), [Some(1), None, Some(2), None]);
    }
}
