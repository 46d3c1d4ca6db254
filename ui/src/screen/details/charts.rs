//! The last minute in four small charts.

use client::{Point, settings, t, unit};
use iced::{
    Element, Length,
    widget::{Column, Row, Space, column, row},
};

use super::Subject;
use crate::{
    component::sparkline,
    font,
    model::figures::{Figures, LENGTH},
    theme::{self, Tokens, space},
    widget::text,
};

/// Four charts, two by two; those that are switched off are left out.
pub(crate) fn view<'a, Message: 'a>(subject: &Subject<'_>, shown: &settings::Figures) -> Element<'a, Message> {
    let empty = Figures::default();
    let figures = subject.host.figures.get(&subject.machine.id).unwrap_or(&empty);
    let last = figures.last();
    let told = |value: fn(&Point) -> String| last.map_or_else(|| unit::NONE.to_owned(), value);
    let chart = |label: String, figure: String, colour: fn(&Tokens) -> iced::Color, least: f32, value: fn(&Point) -> f32| {
        let values: Vec<f32> = figures.iter().map(value).collect();
        let top = values.iter().copied().fold(least, f32::max) * 1.1;
        let head =
            row![text(label).size(11).style(theme::subtle), Space::new().width(Length::Fill), text(figure).size(12).font(font::MEDIUM)];
        column![head, sparkline(values, top, LENGTH, Length::Fill, 28, colour)].spacing(space::XS).width(Length::Fill).into()
    };
    let memory = |point: &Point| if point.memory_used == 0 { unit::NONE.to_owned() } else { unit::gib_unit(point.memory_used) };
    let charts: [Element<'a, Message>; 4] = [
        chart(
            t!("machine-cpu"),
            told(|point| unit::percent(f64::from(point.cpu))),
            unless(last.map(|point| point.cpu), |t| t.c1),
            0.25,
            |point| point.cpu,
        ),
        chart(t!("machine-memory"), told(memory), unless(last.map(memory_part), |t| t.c3), 0.1, memory_part),
        chart(
            t!("machine-disk"),
            told(|point| rate(point.disk_read, point.disk_write)),
            |t| t.c2,
            1e6,
            |point| point.disk_read + point.disk_write,
        ),
        chart(
            t!("machine-network"),
            told(|point| rate(point.net_received, point.net_sent)),
            |t| t.c4,
            1e6,
            |point| point.net_received + point.net_sent,
        ),
    ];
    let mut charts = ["cpu", "memory", "disk", "network"].into_iter().zip(charts).filter(|(id, _)| shown.shows(id)).map(|(_, chart)| chart);
    let mut pairs = Vec::new();
    while let Some(left) = charts.next() {
        pairs.push(Row::new().push(left).push(charts.next()).spacing(space::L).into());
    }
    let head = text(t!("details-last-minute")).size(11).font(font::SEMIBOLD).style(theme::subtle);
    Column::with_children(std::iter::once(head.into()).chain(pairs)).spacing(space::S).into()
}

/// The line's colour, or that of a warning for what is nearly used up.
fn unless(part: Option<f32>, colour: fn(&Tokens) -> iced::Color) -> fn(&Tokens) -> iced::Color {
    if part.is_some_and(|part| part > 0.9) { |t| t.paused } else { colour }
}

fn rate(one: f32, other: f32) -> String {
    unit::rate_unit(f64::from(one) + f64::from(other))
}

#[allow(clippy::cast_precision_loss, reason = "a part")]
fn memory_part(point: &Point) -> f32 {
    if point.memory == 0 { 0.0 } else { point.memory_used as f32 / point.memory as f32 }
}
