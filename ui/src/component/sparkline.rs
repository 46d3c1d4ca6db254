//! A small chart without axes.

use std::cell::RefCell;

use iced::{
    Color, Element, Length, Point, Rectangle, Renderer, Theme, mouse,
    widget::canvas::{self, Cache, Canvas, Frame, Path, Stroke, gradient},
};

use crate::theme::{Tokens, tokens};

/// A line through `values` (oldest first, 0…1 after division by `top`), newest at the right edge; `slots` values fill the width.
pub fn sparkline<'a, Message: 'a>(
    values: Vec<f32>,
    top: f32,
    slots: usize,
    width: impl Into<Length>,
    height: impl Into<Length>,
    colour: fn(&Tokens) -> Color,
) -> Element<'a, Message> {
    let (count, slots) = (values.len(), slots.max(2) - 1);
    #[expect(clippy::cast_precision_loss, reason = "some dozens of points")]
    let place = |(index, value): (usize, f32)| (1.0 - (count - 1 - index) as f32 / slots as f32, value);
    let run: Vec<_> = values.into_iter().enumerate().map(place).collect();
    let runs = if run.len() < 2 { Vec::new() } else { vec![run] };
    canvas(runs, top, width, height, colour)
}

/// A line through values with their times, oldest first, over a span of time that fills the room; where two are further apart than
/// `gap` it is broken.
pub fn timeline<'a, Message: 'a>(
    values: &[(u64, f32)],
    (first, last): (u64, u64),
    gap: u64,
    top: f32,
    colour: fn(&Tokens) -> Color,
) -> Element<'a, Message> {
    let values: Vec<_> = values.iter().copied().filter(|(time, _)| (first..=last).contains(time)).collect();
    let length = (last - first).max(1);
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a part of some minutes")]
    let place = |(time, value): &(u64, f32)| (((time - first) as f64 / length as f64) as f32, *value);
    let runs = values.chunk_by(|one, other| other.0 - one.0 <= gap).map(|run| run.iter().map(place).collect()).collect();
    canvas(runs, top, Length::Fill, Length::Fill, colour)
}

fn canvas<'a, Message: 'a>(
    runs: Vec<Run>,
    top: f32,
    width: impl Into<Length>,
    height: impl Into<Length>,
    colour: fn(&Tokens) -> Color,
) -> Element<'a, Message> {
    Canvas::new(Line { runs, top: top.max(f32::MIN_POSITIVE), colour }).width(width).height(height).into()
}

/// Parts of the width, and the values there.
type Run = Vec<(f32, f32)>;

struct Line {
    runs: Vec<Run>,
    top: f32,
    colour: fn(&Tokens) -> Color,
}

/// What was drawn last, and from what. A line that is drawn anew is damaged, even if it is the same.
#[derive(Default)]
struct Drawn {
    cache: Cache,
    from: RefCell<Option<(Vec<Run>, f32, Color)>>,
}

impl<Message> canvas::Program<Message> for Line {
    type State = Drawn;

    fn draw(&self, drawn: &Drawn, renderer: &Renderer, theme: &Theme, bounds: Rectangle, _cursor: mouse::Cursor) -> Vec<canvas::Geometry> {
        let colour = (self.colour)(tokens(theme));
        let mut from = drawn.from.borrow_mut();
        let is_same = from.as_ref().is_some_and(|(runs, top, old)| (runs, *top, *old) == (&self.runs, self.top, colour));
        if !is_same {
            drawn.cache.clear();
            *from = Some((self.runs.clone(), self.top, colour));
        }
        vec![drawn.cache.draw(renderer, bounds.size(), |frame| self.runs.iter().for_each(|run| self.fill(run, frame, colour)))]
    }
}

impl Line {
    fn fill(&self, run: &Run, frame: &mut Frame, colour: Color) {
        let bounds = frame.size();
        let place = |(part, value): &(f32, f32)| {
            let high = (value / self.top).clamp(0.0, 1.0);
            Point::new(bounds.width * part, 1.0 + (bounds.height - 2.0) * (1.0 - high))
        };
        let points: Vec<Point> = run.iter().map(place).collect();
        let [first, .., last] = points[..] else {
            // A value between two gaps.
            return points.iter().for_each(|point| frame.fill(&Path::circle(*point, 1.25), colour));
        };
        let line = Path::new(|path| {
            path.move_to(first);
            points[1..].iter().for_each(|point| path.line_to(*point));
        });
        let area = Path::new(|path| {
            path.move_to(Point::new(first.x, bounds.height));
            points.iter().for_each(|point| path.line_to(*point));
            path.line_to(Point::new(last.x, bounds.height));
            path.close();
        });
        let shade = gradient::Linear::new(Point::ORIGIN, Point::new(0.0, bounds.height))
            .add_stop(0.0, Color { a: 0.22, ..colour })
            .add_stop(1.0, Color { a: 0.02, ..colour });
        frame.fill(&area, shade);
        frame.stroke(&line, Stroke::default().with_color(colour).with_width(1.25));
    }
}
