//! A chart over time: grid, labels, lines with gaps, a crosshair, and a span that can be dragged.

mod axis;
mod draw;

use std::cell::Cell;

use iced::{
    Color, Element, Event, Length, Point, Rectangle, Renderer, Size, Theme, mouse,
    widget::canvas::{self, Action, Canvas, Geometry},
};

pub use axis::{Axis, clock_seconds, times};

use crate::theme::{Tokens, tokens};

/// One line: its values stand for the times of the chart, in the axis' unit.
pub struct Line {
    /// Its colour.
    pub colour: fn(&Tokens) -> Color,
    /// The room below it is shaded.
    pub is_filled: bool,
    /// A value for each time; no number where it is not known.
    pub values: Vec<f64>,
}

/// What was drawn last. Clear it when values, span or axis change.
#[derive(Debug, Default)]
pub struct Cache {
    geometry: canvas::Cache,
    // Colours are part of what was drawn.
    theme: Cell<Option<(bool, bool)>>,
}

impl Cache {
    /// Has everything drawn anew.
    pub fn clear(&self) {
        self.geometry.clear();
    }

    fn follow(&self, theme: &Theme) {
        let t = tokens(theme);
        let now = Some((t.is_dark, t.high_contrast));
        if self.theme.replace(now) != now {
            self.geometry.clear();
        }
    }
}

/// What a chart shows.
pub struct Chart<'a> {
    /// Times of the values, µs, ascending.
    pub times: Vec<u64>,
    /// The lines, the first at the back.
    pub lines: Vec<Line>,
    /// First and last time of the picture, µs.
    pub span: (u64, u64),
    /// Two times further apart than this have a gap between them.
    pub gap: u64,
    /// The upright axis.
    pub axis: Axis,
    /// The time of the crosshair.
    pub mark: Option<u64>,
    /// What was drawn last.
    pub cache: &'a Cache,
}

/// A chart that tells the time under the pointer (`None` when it leaves) and the span that was dragged.
pub fn chart<'a, Message: 'a>(
    chart: Chart<'a>,
    on_mark: impl Fn(Option<u64>) -> Message + 'a,
    on_zoom: impl Fn(u64, u64) -> Message + 'a,
) -> Element<'a, Message> {
    Canvas::new(Program { chart, on_mark: Box::new(on_mark), on_zoom: Box::new(on_zoom) }).width(Length::Fill).height(Length::Fill).into()
}

struct Program<'a, Message> {
    chart: Chart<'a>,
    on_mark: Box<dyn Fn(Option<u64>) -> Message + 'a>,
    on_zoom: Box<dyn Fn(u64, u64) -> Message + 'a>,
}

#[derive(Debug, Default)]
struct State {
    is_inside: bool,
    /// Where a drag began, and where it is.
    drag: Option<(f32, f32)>,
}

const LEFT: f32 = 52.0;
const RIGHT: f32 = 6.0;
const TOP: f32 = 8.0;
const BOTTOM: f32 = 22.0;
/// A shorter drag is a click.
const LEAST_DRAG: f32 = 6.0;

/// The part of the canvas that has the lines.
fn plot(size: Size) -> Rectangle {
    Rectangle::new(Point::new(LEFT, TOP), Size::new((size.width - LEFT - RIGHT).max(1.0), (size.height - TOP - BOTTOM).max(1.0)))
}

impl Chart<'_> {
    /// The time at a place.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of the span")]
    fn time_at(&self, x: f32, plot: Rectangle) -> u64 {
        let part = f64::from(((x - plot.x) / plot.width).clamp(0.0, 1.0));
        self.span.0 + (self.span.1.saturating_sub(self.span.0) as f64 * part) as u64
    }

    /// The place of a time.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "pixels")]
    fn x_of(&self, time: u64, plot: Rectangle) -> f32 {
        let length = self.span.1.saturating_sub(self.span.0).max(1) as f64;
        let part = (time as f64 - self.span.0 as f64) / length;
        plot.x + plot.width * part as f32
    }

    #[allow(clippy::cast_possible_truncation, reason = "pixels")]
    fn y_of(&self, value: f64, plot: Rectangle) -> f32 {
        let part = (value / self.axis.top).clamp(0.0, 1.0) as f32;
        plot.y + plot.height * (1.0 - part)
    }

    /// The time of the value nearest to a time, if there is one within a gap's length.
    fn nearest(&self, time: u64) -> Option<usize> {
        let after = self.times.partition_point(|known| *known < time);
        let candidates = [after.checked_sub(1), Some(after)];
        let near = candidates.into_iter().flatten().filter(|index| *index < self.times.len());
        near.min_by_key(|index| self.times[*index].abs_diff(time)).filter(|index| self.times[*index].abs_diff(time) <= self.gap)
    }
}

impl<Message> Program<'_, Message> {
    fn moved(&self, state: &mut State, bounds: Rectangle, cursor: mouse::Cursor) -> Option<Action<Message>> {
        let area = plot(bounds.size());
        if let (Some((_, to)), Some(at)) = (&mut state.drag, cursor.position()) {
            *to = (at.x - bounds.x).clamp(area.x, area.x + area.width);
            state.is_inside = true;
            let time = self.chart.time_at(*to, area);
            return Some(self.marked(time).unwrap_or_else(Action::request_redraw).and_capture());
        }
        match cursor.position_in(bounds).filter(|at| area.contains(*at)) {
            Some(at) => {
                state.is_inside = true;
                self.marked(self.chart.time_at(at.x, area))
            }
            None if std::mem::take(&mut state.is_inside) => Some(Action::publish((self.on_mark)(None))),
            None => None,
        }
    }

    /// The crosshair jumps from value to value, so that a move between two of them changes nothing.
    fn marked(&self, time: u64) -> Option<Action<Message>> {
        let mark = self.chart.nearest(time).map(|index| self.chart.times[index]);
        (mark != self.chart.mark).then(|| Action::publish((self.on_mark)(mark)))
    }

    fn released(&self, state: &mut State, bounds: Rectangle) -> Option<Action<Message>> {
        let (from, to) = state.drag.take()?;
        if (from - to).abs() < LEAST_DRAG {
            return Some(Action::request_redraw());
        }
        let area = plot(bounds.size());
        let (first, last) = (self.chart.time_at(from.min(to), area), self.chart.time_at(from.max(to), area));
        Some(Action::publish((self.on_zoom)(first, last)).and_capture())
    }
}

impl<Message> canvas::Program<Message> for Program<'_, Message> {
    type State = State;

    fn update(&self, state: &mut State, event: &Event, bounds: Rectangle, cursor: mouse::Cursor) -> Option<Action<Message>> {
        match event {
            Event::Mouse(mouse::Event::CursorMoved { .. } | mouse::Event::CursorLeft) => self.moved(state, bounds, cursor),
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) => {
                let at = cursor.position_in(bounds).filter(|at| plot(bounds.size()).contains(*at))?;
                state.drag = Some((at.x, at.x));
                Some(Action::capture())
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)) => self.released(state, bounds),
            _ => None,
        }
    }

    fn draw(&self, state: &State, renderer: &Renderer, theme: &Theme, bounds: Rectangle, _cursor: mouse::Cursor) -> Vec<Geometry> {
        self.chart.cache.follow(theme);
        let still = self.chart.cache.geometry.draw(renderer, bounds.size(), |frame| draw::still(&self.chart, frame, tokens(theme)));
        let mut moving = canvas::Frame::new(renderer, bounds.size());
        draw::moving(&self.chart, &mut moving, tokens(theme), state.drag);
        vec![still, moving.into_geometry()]
    }

    fn mouse_interaction(&self, _state: &State, bounds: Rectangle, cursor: mouse::Cursor) -> mouse::Interaction {
        let is_inside = cursor.position_in(bounds).is_some_and(|at| plot(bounds.size()).contains(at));
        if is_inside { mouse::Interaction::Crosshair } else { mouse::Interaction::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(cache: &Cache) -> Chart<'_> {
        let times = vec![10, 20, 30, 80, 90];
        Chart { times, lines: Vec::new(), span: (0, 100), gap: 15, axis: Axis::percent(), mark: None, cache }
    }

    #[test]
    fn the_crosshair_stands_on_the_nearest_value_and_on_none_in_a_gap() {
        let cache = Cache::default();
        let chart = chart(&cache);
        assert_eq!(chart.nearest(24), Some(1));
        assert_eq!(chart.nearest(26), Some(2));
        assert_eq!(chart.nearest(55), None);
        assert_eq!(chart.nearest(100), Some(4));
    }

    #[test]
    fn a_place_and_its_time_belong_together() {
        let cache = Cache::default();
        let chart = chart(&cache);
        let area = plot(Size::new(500.0, 200.0));
        for time in [0, 25, 50, 100] {
            assert!(chart.time_at(chart.x_of(time, area) + 0.01, area).abs_diff(time) <= 1);
        }
    }
}
