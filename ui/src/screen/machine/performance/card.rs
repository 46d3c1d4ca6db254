//! One chart with its heading and its legend.

use client::{Point, settings::Figures, t, unit};
use iced::{
    Alignment, Color, Element, Length,
    widget::{Row, Space, column, container, row},
};

use super::{Message, Performance};
use crate::{
    component::chart::{Axis, Chart, Line, chart},
    font,
    icon::{self, Icon},
    screen::details::Subject,
    theme::{self, Tokens, space},
    widget::text,
};

type Pick = fn(&Tokens) -> Color;
type Value = fn(&Point) -> f64;

/// Which chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Cpu,
    Memory,
    Disk,
    Network,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Cpu, Self::Memory, Self::Disk, Self::Network];

    /// What settings call it.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Network => "network",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Cpu => icon::cpu(),
            Self::Memory => icon::memory_stick(),
            Self::Disk => icon::hard_drive(),
            Self::Network => icon::network(),
        }
    }

    fn title(self) -> String {
        match self {
            Self::Cpu => t!("machine-cpu"),
            Self::Memory => t!("machine-memory"),
            Self::Disk => t!("machine-disk"),
            Self::Network => t!("machine-network"),
        }
    }

    /// Whether it was read at all: a time in which nobody wanted it is a gap in its lines, as one in which nobody listened.
    const fn is_known(self, point: &Point) -> bool {
        match self {
            Self::Cpu => true,
            Self::Memory => point.known.memory,
            Self::Disk => point.known.disk,
            Self::Network => point.known.network,
        }
    }

    /// The line with a shade below it.
    const fn filled(self) -> usize {
        matches!(self, Self::Disk) as usize
    }

    /// The lines: what they are, their colours and values.
    fn lines(self) -> Vec<(String, Pick, Value)> {
        match self {
            Self::Cpu => vec![(t!("machine-used"), |t| t.c1, |point| f64::from(point.cpu))],
            Self::Memory => vec![
                (t!("machine-used"), |t| t.c3, |point| bytes(point.memory_used)),
                (t!("machine-has"), |t| t.subtle, |point| bytes(point.memory)),
            ],
            Self::Disk => vec![
                (t!("machine-read"), |t| t.c1, |point| f64::from(point.disk_read)),
                (t!("machine-write"), |t| t.c2, |point| f64::from(point.disk_write)),
            ],
            Self::Network => {
                vec![
                    (t!("machine-received"), |t| t.c1, |point| f64::from(point.net_received)),
                    (t!("machine-sent"), |t| t.c4, |point| f64::from(point.net_sent)),
                ]
            }
        }
    }

    fn axis(self, points: &[(u64, Point)]) -> Axis {
        let most = |value: Value| points.iter().map(|(_, point)| value(point)).fold(0.0, f64::max);
        match self {
            Self::Cpu => Axis::percent(),
            Self::Memory => Axis::memory(points.iter().map(|(_, point)| point.memory.max(point.memory_used)).max().unwrap_or(0)),
            Self::Disk => Axis::rate(most(|point| f64::from(point.disk_read.max(point.disk_write)))),
            Self::Network => Axis::rate(most(|point| f64::from(point.net_received.max(point.net_sent)))),
        }
    }

    /// The figure beside the title, and what is said behind it.
    fn figures(self, point: &Point, subject: &Subject<'_>) -> (String, String) {
        match self {
            Self::Cpu => (unit::percent(f64::from(point.cpu)), t!("machine-of-vcpus", count = subject.machine.vcpus)),
            Self::Memory if point.memory_used == 0 => (unit::NONE.to_owned(), t!("machine-of-memory", size = unit::size(point.memory))),
            Self::Memory => (unit::gib_unit(point.memory_used), t!("machine-of-memory", size = unit::size(point.memory))),
            Self::Disk => (unit::rate_unit(f64::from(point.disk_read) + f64::from(point.disk_write)), latency(point)),
            Self::Network => (unit::rate_unit(f64::from(point.net_received) + f64::from(point.net_sent)), String::new()),
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "four digits are shown")]
const fn bytes(bytes: u64) -> f64 {
    bytes as f64
}

/// How long a read and a write took.
fn latency(point: &Point) -> String {
    let told = |seconds: f32| unit::latency(f64::from(seconds));
    match (point.read_latency > 0.0, point.write_latency > 0.0) {
        (true, true) => t!("machine-latency-both", read = told(point.read_latency), write = told(point.write_latency)),
        (true, false) => t!("machine-latency-read", read = told(point.read_latency)),
        (false, true) => t!("machine-latency-write", write = told(point.write_latency)),
        (false, false) => String::new(),
    }
}

/// Everything that is told of a point, in the order of the charts.
pub(super) fn values(point: &Point, shown: &Figures) -> Vec<(Pick, String, String)> {
    let rate = |rate: f32| unit::rate_unit(f64::from(rate));
    let mut values: Vec<(Pick, String, String)> = Vec::new();
    if shown.cpu {
        values.push((|t| t.c1, t!("machine-cpu"), unit::percent(f64::from(point.cpu))));
    }
    if shown.memory && point.memory_used > 0 {
        values.push((|t| t.c3, t!("machine-memory"), unit::gib_unit(point.memory_used)));
    }
    if shown.disk && point.known.disk {
        values.push((|t| t.c1, t!("machine-read"), rate(point.disk_read)));
        values.push((|t| t.c2, t!("machine-write"), rate(point.disk_write)));
    }
    if shown.network && point.known.network {
        values.push((|t| t.c1, t!("machine-received"), rate(point.net_received)));
        values.push((|t| t.c4, t!("machine-sent"), rate(point.net_sent)));
    }
    values
}

impl Performance {
    /// One chart in its card.
    pub(super) fn card<'a>(&'a self, kind: Kind, subject: &Subject<'_>) -> Element<'a, Message> {
        let drawn = &self.drawn;
        let (mut lines, mut filled) = (kind.lines(), Some(kind.filled()));
        // A guest without balloon driver does not say what it uses.
        if kind == Kind::Memory && drawn.points.iter().all(|(_, point)| point.memory_used == 0) {
            lines.remove(0);
            filled = None;
        }
        let mut legend = Row::new().spacing(space::M).align_y(Alignment::Center);
        for (label, colour, _) in &lines {
            let dash = container(Space::new().width(12).height(2)).style(theme::container::rounded(*colour, 1.0));
            legend = legend.push(row![dash, text(label.clone()).size(11).style(theme::muted)].spacing(6).align_y(Alignment::Center));
        }
        let (figure, more) =
            self.history.last().map_or_else(|| (unit::NONE.to_owned(), String::new()), |(_, point)| kind.figures(point, subject));
        let head = row![
            kind.icon().muted(16.0),
            text(kind.title()).size(13).font(font::SEMIBOLD),
            text(figure).size(17).line_height(text::LineHeight::Absolute(20.into())).font(font::SEMIBOLD),
            crate::widget::cut(more).size(12.0, 16.0).colour(|t| t.subtle),
            legend
        ]
        .spacing(space::S)
        .align_y(Alignment::Center)
        .height(24);
        let line = |(index, (_, colour, value)): (usize, (String, Pick, Value))| Line {
            colour,
            is_filled: filled == Some(index),
            values: drawn.points.iter().map(|(_, point)| if kind.is_known(point) { value(point) } else { f64::NAN }).collect(),
        };
        let picture = Chart {
            times: drawn.points.iter().map(|(time, _)| *time).collect(),
            lines: lines.into_iter().enumerate().map(line).collect(),
            span: drawn.span,
            gap: drawn.gap,
            axis: kind.axis(&drawn.points),
            mark: self.mark,
            cache: &drawn.caches[kind as usize],
        };
        container(column![head, chart(picture, Message::Mark, Message::Zoom)].spacing(space::XS))
            .padding([space::M, space::L])
            .width(Length::Fill)
            .height(Length::Fill)
            .style(theme::container::card)
            .into()
    }
}
