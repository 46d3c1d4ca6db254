//! The drawing of a chart: what stays until data change, and what follows the pointer.

use iced::{
    Color, Point, Rectangle, Size,
    alignment::Vertical,
    widget::canvas::{Frame, Path, Stroke, Text},
};

use super::{Chart, Line, plot, times};
use crate::{font, theme::Tokens, widget::text};

/// Grid, labels and lines.
pub(super) fn still(chart: &Chart<'_>, frame: &mut Frame, t: &Tokens) {
    let area = plot(frame.size());
    for (value, label) in &chart.axis.marks {
        let y = chart.y_of(*value, area).round() + 0.5;
        frame.stroke(
            &across(Point::new(area.x, y), Point::new(area.x + area.width, y)),
            Stroke::default().with_color(t.line).with_width(1.0),
        );
        word(frame, label, Point::new(area.x - 8.0, y), text::Alignment::Right, Vertical::Center, t.subtle);
    }
    for (part, label) in times(chart.span.0, chart.span.1) {
        let align = match part {
            part if part <= 0.0 => text::Alignment::Left,
            part if part >= 1.0 => text::Alignment::Right,
            _ => text::Alignment::Center,
        };
        word(frame, &label, Point::new(area.x + area.width * part, area.y + area.height + 6.0), align, Vertical::Top, t.subtle);
    }
    for line in chart.lines.iter().filter(|line| line.is_filled) {
        runs(chart, line, area).iter().for_each(|run| shade(frame, run, area, (line.colour)(t)));
    }
    for line in &chart.lines {
        runs(chart, line, area).iter().for_each(|run| draw_run(frame, run, (line.colour)(t)));
    }
}

/// The crosshair with its dots, and the span being dragged.
pub(super) fn moving(chart: &Chart<'_>, frame: &mut Frame, t: &Tokens, drag: Option<(f32, f32)>) {
    let area = plot(frame.size());
    if let Some((from, to)) = drag {
        let corner = Point::new(from.min(to), area.y);
        frame.fill_rectangle(corner, Size::new((from - to).abs(), area.height), Color { a: 0.16, ..t.accent });
    }
    let Some(index) = chart.mark.and_then(|mark| chart.nearest(mark)) else { return };
    let x = chart.x_of(chart.times[index], area);
    if x < area.x - 0.5 || x > area.x + area.width + 0.5 {
        return;
    }
    let line = across(Point::new(x.round() + 0.5, area.y), Point::new(x.round() + 0.5, area.y + area.height));
    frame.stroke(&line, Stroke::default().with_color(t.subtle).with_width(1.0));
    for line in &chart.lines {
        let Some(value) = line.values.get(index).filter(|value| !value.is_nan()) else { continue };
        let place = Point::new(x, chart.y_of(*value, area));
        frame.fill(&Path::circle(place, 4.5), t.surface);
        frame.fill(&Path::circle(place, 3.0), (line.colour)(t));
    }
}

/// The line's pieces between gaps, cut at the left edge.
fn runs(chart: &Chart<'_>, line: &Line, area: Rectangle) -> Vec<Vec<Point>> {
    let mut runs: Vec<Vec<Point>> = Vec::new();
    let mut before: Option<(u64, f64)> = None;
    for (time, value) in chart.times.iter().copied().zip(line.values.iter().copied()).filter(|(_, value)| !value.is_nan()) {
        if time > chart.span.1 {
            break;
        }
        let follows = before.is_some_and(|(earlier, _)| time - earlier <= chart.gap);
        if time >= chart.span.0 {
            if !follows || runs.is_empty() {
                runs.push(Vec::new());
            }
            if let (Some(run), Some((earlier, known))) = (runs.last_mut(), before.filter(|(earlier, _)| follows && *earlier < chart.span.0))
            {
                let part = part(chart.span.0 - earlier, time - earlier);
                run.push(Point::new(area.x, chart.y_of(known + (value - known) * part, area)));
            }
            if let Some(run) = runs.last_mut() {
                run.push(Point::new(chart.x_of(time, area), chart.y_of(value, area)));
            }
        }
        before = Some((time, value));
    }
    runs
}

#[allow(clippy::cast_precision_loss, reason = "a part of a few seconds")]
fn part(of: u64, whole: u64) -> f64 {
    of as f64 / whole.max(1) as f64
}

fn shade(frame: &mut Frame, run: &[Point], area: Rectangle, colour: Color) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    let bottom = area.y + area.height;
    let path = Path::new(|path| {
        path.move_to(Point::new(first.x, bottom));
        run.iter().for_each(|point| path.line_to(*point));
        path.line_to(Point::new(last.x, bottom));
        path.close();
    });
    frame.fill(&path, Color { a: 0.14, ..colour });
}

fn draw_run(frame: &mut Frame, run: &[Point], colour: Color) {
    let Some((first, others)) = run.split_first() else { return };
    if others.is_empty() {
        frame.fill(&Path::circle(*first, 1.25), colour);
        return;
    }
    let line = Path::new(|path| {
        path.move_to(*first);
        others.iter().for_each(|point| path.line_to(*point));
    });
    frame.stroke(&line, Stroke::default().with_color(colour).with_width(1.5));
}

fn across(from: Point, to: Point) -> Path {
    Path::line(from, to)
}

fn word(frame: &mut Frame, content: &str, position: Point, align_x: text::Alignment, align_y: Vertical, color: Color) {
    frame.fill_text(Text {
        content: content.to_owned(),
        position,
        color,
        size: 11.0.into(),
        font: font::BODY,
        align_x,
        align_y,
        ..Text::default()
    });
}

#[cfg(test)]
mod tests {
    use super::super::{Axis, Cache};
    use super::*;

    #[test]
    fn a_gap_in_time_is_a_gap_in_the_line() {
        let cache = Cache::default();
        let line = Line { colour: |t| t.c1, is_filled: false, values: vec![0.1, 0.2, 0.3, 0.4, 0.5] };
        let times = vec![0, 10, 20, 60, 70];
        let chart = Chart { times, lines: Vec::new(), span: (5, 70), gap: 15, axis: Axis::percent(), mark: None, cache: &cache };
        let area = plot(Size::new(300.0, 100.0));
        let runs = runs(&chart, &line, area);
        assert_eq!(runs.iter().map(Vec::len).collect::<Vec<_>>(), [3, 2]);
        assert!((runs[0][0].x - area.x).abs() < 0.01);
    }
}
