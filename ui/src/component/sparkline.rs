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
    Canvas::new(Line { values, top: top.max(f32::MIN_POSITIVE), slots: slots.max(2), colour }).width(width).height(height).into()
}

struct Line {
    values: Vec<f32>,
    top: f32,
    slots: usize,
    colour: fn(&Tokens) -> Color,
}

/// What was drawn last, and from what. A line that is drawn anew is damaged, even if it is the same.
#[derive(Default)]
struct Drawn {
    cache: Cache,
    from: RefCell<Option<(Vec<f32>, f32, Color)>>,
}

impl<Message> canvas::Program<Message> for Line {
    type State = Drawn;

    fn draw(&self, drawn: &Drawn, renderer: &Renderer, theme: &Theme, bounds: Rectangle, _cursor: mouse::Cursor) -> Vec<canvas::Geometry> {
        let colour = (self.colour)(tokens(theme));
        let mut from = drawn.from.borrow_mut();
        let is_same = from.as_ref().is_some_and(|(values, top, old)| (values, *top, *old) == (&self.values, self.top, colour));
        if !is_same {
            drawn.cache.clear();
            *from = Some((self.values.clone(), self.top, colour));
        }
        vec![drawn.cache.draw(renderer, bounds.size(), |frame| self.fill(frame, colour))]
    }
}

impl Line {
    #[expect(clippy::cast_precision_loss, reason = "some dozens of points")]
    fn fill(&self, frame: &mut Frame, colour: Color) {
        if self.values.len() < 2 {
            return;
        }
        let bounds = frame.size();
        let step = bounds.width / (self.slots - 1) as f32;
        let start = bounds.width - step * (self.values.len() - 1) as f32;
        let place = |(index, value): (usize, &f32)| {
            let part = (value / self.top).clamp(0.0, 1.0);
            Point::new(start + step * index as f32, 1.0 + (bounds.height - 2.0) * (1.0 - part))
        };
        let points: Vec<Point> = self.values.iter().enumerate().map(place).collect();
        let line = Path::new(|path| {
            path.move_to(points[0]);
            points[1..].iter().for_each(|point| path.line_to(*point));
        });
        let area = Path::new(|path| {
            path.move_to(Point::new(points[0].x, bounds.height));
            points.iter().for_each(|point| path.line_to(*point));
            path.line_to(Point::new(bounds.width, bounds.height));
            path.close();
        });
        let shade = gradient::Linear::new(Point::ORIGIN, Point::new(0.0, bounds.height))
            .add_stop(0.0, Color { a: 0.22, ..colour })
            .add_stop(1.0, Color { a: 0.02, ..colour });
        frame.fill(&area, shade);
        frame.stroke(&line, Stroke::default().with_color(colour).with_width(1.25));
    }
}
