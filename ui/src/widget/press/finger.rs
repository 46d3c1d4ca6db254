//! A finger on a touch screen: lifted soon it is the left button, resting it is the right one. One that moves scrolls.

use std::time::{Duration, Instant};

use iced::{Point, mouse::Button, touch};

/// So long it rests.
const LONG: Duration = Duration::from_millis(500);
/// Pixels: no finger rests quite still.
const SLACK: f32 = 8.0;

/// The finger that is down on a place, if one is.
#[derive(Debug, Default)]
pub(super) struct Finger(Option<Down>);

#[derive(Debug)]
struct Down {
    id: touch::Finger,
    /// Where in the window: what scrolls below the finger moves with it.
    from: Point,
    /// Where on the place.
    at: Point,
    since: Instant,
}

/// What a finger says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Said {
    Nothing,
    /// It is down; at this moment it has rested.
    Wait(Instant),
    /// A button, at a place.
    Press(Button, Point),
}

impl Finger {
    /// Takes in what a finger did; `over` is where on the place it is, `now` when.
    pub(super) fn take(&mut self, event: &touch::Event, over: Option<Point>, now: Instant) -> Said {
        match (*event, over) {
            (touch::Event::FingerPressed { id, position }, Some(at)) if self.0.is_none() => {
                self.0 = Some(Down { id, from: position, at, since: now });
                Said::Wait(now + LONG)
            }
            // Two are no press.
            (touch::Event::FingerPressed { .. } | touch::Event::FingerLost { .. }, _) => self.forget(),
            (touch::Event::FingerMoved { id, position }, _) if self.is(id) && self.has_left(position) => self.forget(),
            (touch::Event::FingerLifted { id, .. }, _) if self.is(id) => {
                self.0.take().map_or(Said::Nothing, |down| Said::Press(Button::Left, down.at))
            }
            _ => Said::Nothing,
        }
    }

    /// Takes in that it is this moment now.
    pub(super) fn passed(&mut self, now: Instant) -> Said {
        let Some(Down { at, since, .. }) = self.0 else { return Said::Nothing };
        if now < since + LONG {
            return Said::Wait(since + LONG);
        }
        self.0 = None;
        Said::Press(Button::Right, at)
    }

    fn is(&self, id: touch::Finger) -> bool {
        self.0.as_ref().is_some_and(|down| down.id == id)
    }

    fn has_left(&self, position: Point) -> bool {
        self.0.as_ref().is_some_and(|down| down.from.distance(position) > SLACK)
    }

    fn forget(&mut self) -> Said {
        self.0 = None;
        Said::Nothing
    }
}
