//! Four charts of the last minute, ten minutes or hour, under one crosshair.

mod card;

use client::{
    Error, Point, Series,
    settings::{Figures, Settings},
    t, unit,
};
use iced::{
    Alignment, Element, Length, Size,
    widget::{Column, Row, Space, container, row},
};

use super::{Message, interval};
use crate::{
    component::{
        Button, Kind,
        chart::{Cache, clock_seconds},
        control::with_tip,
        note,
        note::Weight,
    },
    font, icon,
    model::{
        Key, Model,
        history::{History, SECOND},
    },
    screen::details::Subject,
    theme::{self, Tokens, size, space},
    widget::{Role, Said, focusable, text},
};
use card::Kind as Of;

/// Below this width there is one chart in a row.
const NARROW: f32 = 1000.0;
/// No part shorter than this can be dragged out.
const SHORTEST: u64 = 4 * SECOND;

/// How much is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Range {
    /// The last minute.
    Minute,
    /// The last ten minutes.
    TenMinutes,
    /// The last hour.
    #[default]
    Hour,
}

impl Range {
    /// All, the shortest first: the order of the buttons and of the keys from 1 on.
    pub const ALL: [Self; 3] = [Self::Minute, Self::TenMinutes, Self::Hour];

    /// The one that a key chooses.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        let place = key.parse::<usize>().ok()?.checked_sub(1)?;
        Self::ALL.get(place).copied()
    }

    /// Its label and what it means.
    fn words(self) -> (String, String) {
        match self {
            Self::Minute => (t!("machine-range-minute"), t!("machine-range-minute-tip")),
            Self::TenMinutes => (t!("machine-range-ten"), t!("machine-range-ten-tip")),
            Self::Hour => (t!("machine-range-hour"), t!("machine-range-hour-tip")),
        }
    }

    const fn length(self) -> u64 {
        match self {
            Self::Minute => 60 * SECOND,
            Self::TenMinutes => 600 * SECOND,
            Self::Hour => 3_600 * SECOND,
        }
    }
}

/// The state of the charts.
#[derive(Debug, Default)]
pub(super) struct Performance {
    history: History,
    range: Range,
    zoom: Option<(u64, u64)>,
    mark: Option<u64>,
    error: Option<Error>,
    is_read: bool,
    drawn: Drawn,
}

/// What the charts show now: made anew when figures, range or zoom change, and only then.
#[derive(Debug, Default)]
struct Drawn {
    span: (u64, u64),
    points: Vec<(u64, Point)>,
    gap: u64,
    caches: [Cache; 4],
}

impl Performance {
    /// Takes in the newest figures of the machine.
    pub(super) fn follow(&mut self, model: &Model, key: &Key, settings: &Settings) {
        let Some(host) = model.host(&key.host).filter(|host| host.is_live()) else { return };
        let Some(point) = host.figures.get(&key.machine).and_then(|figures| figures.last()) else { return };
        let before = self.history.revision();
        self.history.push(host.last_seen, *point, interval(settings));
        // What was dragged out stands still.
        if self.history.revision() != before && self.zoom.is_none() {
            self.redraw();
        }
    }

    /// Takes in what the service kept.
    pub(super) fn take(&mut self, series: Result<Series, Error>) {
        self.is_read = true;
        match series {
            Ok(series) => self.history.take(series),
            Err(error) => self.error = Some(error),
        }
        self.redraw();
    }

    pub(super) fn choose(&mut self, range: Range) {
        (self.range, self.zoom, self.mark) = (range, None, None);
        self.redraw();
    }

    pub(super) fn zoom(&mut self, from: u64, to: u64) {
        if to.saturating_sub(from) >= SHORTEST {
            (self.zoom, self.mark) = (Some((from, to)), None);
            self.redraw();
        }
    }

    /// The whole range again.
    pub(super) fn reset(&mut self) {
        if self.zoom.take().is_some() {
            self.redraw();
        }
    }

    pub(super) const fn mark(&mut self, time: Option<u64>) {
        self.mark = time;
    }

    /// A time that has figures.
    #[cfg(test)]
    pub(super) fn middle(&self) -> Option<u64> {
        self.drawn.points.get(self.drawn.points.len() * 2 / 3).map(|(time, _)| *time)
    }

    /// The span that is shown.
    #[cfg(test)]
    pub(super) const fn shown(&self) -> (u64, u64) {
        self.drawn.span
    }

    fn redraw(&mut self) {
        let last = self.history.span().map_or_else(crate::model::now, |(_, last)| last);
        self.drawn.span = self.zoom.unwrap_or((last.saturating_sub(self.range.length()), last));
        (self.drawn.points, self.drawn.gap) = self.history.thin(self.drawn.span);
        self.drawn.caches.iter().for_each(Cache::clear);
    }

    /// The second tab.
    pub(super) fn view<'a>(&'a self, subject: &Subject<'a>, window: Size, shown: &Figures) -> Element<'a, Message> {
        let mut all = Column::new().push(self.bar(subject));
        all = all.push(iced::widget::rule::horizontal(1).style(theme::container::line));
        if let Some(note) = self.note(subject) {
            all = all.push(container(note).padding([space::M, space::L]));
        }
        if self.drawn.points.is_empty() {
            let words = if self.is_read { t!("machine-no-figures") } else { " ".to_owned() };
            return all.push(container(text(words).size(13).style(theme::subtle)).center(Length::Fill)).into();
        }
        let charts: Vec<Of> = Of::ALL.into_iter().filter(|of| shown.shows(of.id())).collect();
        if charts.is_empty() {
            return all.push(container(text(t!("machine-figures-none")).size(13).style(theme::subtle)).center(Length::Fill)).into();
        }
        let chart = |of: Of| self.card(of, subject);
        let charts: Element<'a, Message> = if window.width < NARROW {
            let high = |of: Of| container(chart(of)).height(260).into();
            let cards = Column::with_children(charts.into_iter().map(high)).spacing(space::M).padding(space::L);
            super::filled(cards.into())
        } else {
            let pair = |pair: &[Of]| Row::with_children(pair.iter().map(|of| chart(*of))).spacing(space::M).into();
            Column::with_children(charts.chunks(2).map(pair)).spacing(space::M).padding(space::L).height(Length::Fill).into()
        };
        let above = if window.width < NARROW { space::S } else { 0.0 };
        all.push(charts).push(container(self.foot(shown)).padding(iced::Padding::from([0.0, space::L]).top(above).bottom(space::L))).into()
    }

    /// The ranges, and which time is shown.
    fn bar<'a>(&self, subject: &Subject<'_>) -> Element<'a, Message> {
        let button = |(place, range): (usize, Range)| {
            let (label, tip) = range.words();
            let is_on = self.range == range && self.zoom.is_none();
            let ink: fn(&Tokens) -> iced::Color = if is_on { |t| t.text } else { |t| t.subtle };
            let words = text(label).size(12).font(font::MEDIUM).style(theme::colour(ink)).wrapping(text::Wrapping::None);
            let face = iced::widget::button(container(words).center_y(Length::Fill))
                .padding([0.0, space::M])
                .height(24)
                .style(move |theme, status| segment(theme, status, is_on))
                .on_press(Message::Range(range));
            let key = (place + 1).to_string();
            let face = focusable(face).on_press(Message::Range(range)).say(move || Said::new(Role::Choice).on(is_on));
            with_tip(face, tip, Some(&key), iced::widget::tooltip::Position::Bottom)
        };
        let ranges = Row::with_children(Range::ALL.into_iter().enumerate().map(button));
        let ranges = container(ranges).padding(2).style(theme::container::rounded(|t| t.track, size::RADIUS));
        let (from, to) = self.drawn.span;
        let is_short = to - from <= 900 * SECOND;
        let clock = |time: u64| if is_short { clock_seconds(time) } else { unit::clock(time) };
        let span = format!("{}, {} – {}", unit::date(to), clock(from), clock(to));
        let mut bar = row![ranges].spacing(space::M).align_y(Alignment::Center).height(size::BAR + 4.0).padding([0.0, space::L]);
        if !self.drawn.points.is_empty() {
            bar = bar.push(text(span).size(12).style(theme::muted));
        }
        if self.zoom.is_some() {
            bar = bar.push(
                Button::new(Kind::Link, t!("machine-zoom-reset")).icon(icon::undo_2()).compact().on_press(Message::Escape).hint("Esc"),
            );
        } else if subject.machine.is_active() && subject.host.is_live() {
            bar = bar.push(Space::new().width(Length::Fill)).push(text(t!("machine-zoom-hint")).size(12).style(theme::subtle));
        }
        bar.into()
    }

    /// Why nothing moves.
    fn note<'a>(&self, subject: &Subject<'_>) -> Option<Element<'a, Message>> {
        let last = self.history.last().map(|(time, _)| unit::moment(*time, subject.now));
        if !subject.host.is_live() {
            let time = unit::moment(subject.host.last_seen, subject.now);
            return Some(note(
                Weight::Warning,
                t!("details-lost", host = subject.host_name()),
                [t!("machine-figures-lost", time = time)],
                None,
            ));
        }
        if !subject.machine.is_active() {
            let text = last.map_or_else(|| t!("machine-figures-off"), |time| t!("machine-figures-last", time = time));
            return Some(note(Weight::Information, t!("machine-figures-still"), [text], None));
        }
        self.error.as_ref().map(|_| note(Weight::Warning, t!("machine-history-unread"), [t!("machine-history-unread-text")], None))
    }

    /// The point under the crosshair, else the newest.
    pub(super) fn told(&self) -> Option<&(u64, Point)> {
        let marked = self.mark.and_then(|mark| self.drawn.points.iter().min_by_key(|(time, _)| time.abs_diff(mark)));
        marked.or_else(|| self.history.last())
    }

    /// All values at the crosshair.
    fn foot<'a>(&self, shown: &Figures) -> Element<'a, Message> {
        let Some((time, point)) = self.told() else { return Space::new().into() };
        let time = clock_seconds(*time);
        let when = if self.mark.is_some() { t!("machine-at", time = time) } else { t!("machine-latest", time = time) };
        let mut values = Row::new().spacing(space::XL).align_y(Alignment::Center);
        for (colour, label, value) in card::values(point, shown) {
            let dot = container(Space::new().width(10).height(10)).style(theme::container::rounded(colour, 2.0));
            values = values.push(
                row![dot, text(label).size(12).style(theme::muted), text(value).size(12).font(font::SEMIBOLD)]
                    .spacing(6)
                    .align_y(Alignment::Center),
            );
        }
        let foot = row![container(text(when).size(12).style(theme::subtle)).width(124), values.wrap().vertical_spacing(space::XS)]
            .spacing(space::M)
            .align_y(Alignment::Center);
        container(foot).padding([10.0, space::L]).width(Length::Fill).style(theme::container::card).into()
    }
}

fn segment(theme: &iced::Theme, status: iced::widget::button::Status, is_on: bool) -> iced::widget::button::Style {
    let t = theme::tokens(theme);
    let mut style = theme::button::flat(theme, status);
    if is_on {
        style.background = Some(iced::Background::Color(if t.is_dark { t.control } else { t.raised }));
    }
    style.border.radius = size::RADIUS_S.into();
    style
}
