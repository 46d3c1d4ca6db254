//! One machine in the list.

use std::mem::{Discriminant, discriminant};

use client::{Condition, GuestAgent, Job, Machine, Point, unit};
use iced::{
    Alignment, Element, Length,
    widget::{Row, Space, column, container, row, rule, stack},
};

use super::{Message, hover, table::ColumnKind};
use crate::{
    component::{control::with_notes, cpu_on_hover, meter, os_tile, sparkline, state_glyph, tag_chip},
    font, icon,
    model::{History, HostModel, Key, Model, figures},
    theme::{self, size, space},
    widget::{Role, Said, cut, press_area, spoken, text, upright},
};

/// How a row is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowState {
    /// Part of the selection.
    pub is_selected: bool,
    /// The keyboard is here.
    pub is_current: bool,
    /// And that is shown.
    pub has_ring: bool,
    /// One line.
    pub is_compact: bool,
    /// With two letters for its system.
    pub shows_tile: bool,
}

/// What decides which parts a row has: two rows that are alike in this differ in words and numbers alone.
pub(super) fn shape(model: &Model, key: &Key) -> Option<(Discriminant<Condition>, [bool; 7], usize)> {
    let host = model.host(&key.host)?;
    let machine = host.machines.get(&key.machine)?;
    let point = host.figures.get(&key.machine).and_then(|figures| figures.last());
    let has_memory = point.is_some_and(|point| point.memory_used > 0);
    let has_notes = !machine.description.is_empty();
    let has_agent = machine.agent == GuestAgent::Connected;
    let marks = [host.is_live(), point.is_some(), has_memory, machine.is_locked, machine.has_unapplied_changes, has_notes, has_agent];
    Some((discriminant(&machine.condition()), marks, machine.tags.len()))
}

struct Cell<'a> {
    host: &'a HostModel,
    machine: &'a Machine,
    point: Option<&'a Point>,
    is_compact: bool,
    /// More than the last minute, while the pointer rests on it.
    known: Option<&'a History>,
}

/// The row of a machine.
pub(super) fn view<'a>(
    host: &'a HostModel,
    machine: &'a Machine,
    key: &Key,
    columns: &[ColumnKind],
    state: RowState,
    known: Option<&'a History>,
) -> Element<'a, Message> {
    let point = host.figures.get(&machine.id).and_then(|figures| figures.last()).filter(|_| machine.is_active() && host.is_live());
    let cell = Cell { host, machine, point, is_compact: state.is_compact, known };
    let height = if state.is_compact { size::ROW_COMPACT } else { size::ROW };
    let mark = container(Space::new().width(3).height(height)).style(theme::container::fill(if state.is_selected {
        |t| t.focus
    } else {
        |_| iced::Color::TRANSPARENT
    }));
    let mut cells = Row::new()
        .push(mark)
        .push(container(state_glyph(machine.condition(), if state.is_compact { 13.0 } else { 16.0 })).center_x(30))
        .height(height - 1.0)
        .align_y(Alignment::Center);
    if state.shows_tile && !state.is_compact {
        cells = cells.push(os_tile(machine, 28.0)).push(Space::new().width(space::S));
    }
    cells = cells.push(container(cell.name(state.is_selected)).width(Length::Fill).padding([0.0, space::XS]));
    for column in columns {
        cells = cells.push(container(cell.column(column.id, key)).width(column.width).padding([0.0, space::XS + 1.0]));
    }
    let line = column![cells.push(Space::new().width(space::S)), rule::horizontal(1).style(theme::container::line)];
    let pressed = key.clone();
    let area = press_area(line, move |press| Some(Message::Pressed(pressed.clone(), press)));
    let area = area.ground(if state.is_selected { Some(|t| t.selected) } else { None }).ring(state.has_ring);
    let chosen = Message::Chosen(key.clone());
    let id = key.machine.to_string();
    let said = move || Said::named(Role::Row, words(host, machine, point)).key(id.as_str()).selected(state.is_selected, state.is_current);
    if host.is_live() { spoken(area, said).on_press(chosen).into() } else { spoken(iced::widget::opaque(dim(area)), said).into() }
}

/// What is said of a row: `win11, Running, Windows 11, 4 GiB, CPU 12 %, 192.168.122.7`.
pub(super) fn words(host: &HostModel, machine: &Machine, point: Option<&Point>) -> String {
    let (second, _) = Cell { host, machine, point, is_compact: false, known: None }.second();
    let mut words = vec![machine.label().to_owned(), client::locale::condition(machine.condition()), second, unit::size(machine.memory)];
    words.extend(point.map(|point| format!("{} {}", client::t!("column-cpu"), unit::percent(point.cpu.into()))));
    words.extend(machine.address().map(str::to_owned));
    words.extend(machine.is_locked.then(|| client::t!("speech-locked")));
    words.extend(machine.has_unapplied_changes.then(|| client::t!("speech-unapplied")));
    words.retain(|word| !word.is_empty());
    words.join(", ")
}

/// Rows of a lost host are pale.
fn dim<'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    stack![
        content.into(),
        container(Space::new().width(Length::Fill).height(Length::Fill))
            .style(theme::container::fill(|t| iced::Color { a: 0.45, ..t.surface }))
    ]
    .into()
}

impl<'a> Cell<'a> {
    fn job(&self) -> Option<&'a Job> {
        self.host.job_of(self.machine.id)
    }

    /// The second line: what is going on, else the system.
    fn second(&self) -> (String, fn(&theme::Tokens) -> iced::Color) {
        let machine = self.machine;
        if let Some(job) = self.job() {
            return (client::locale::job_of(job, machine.label()), |t| t.migrating);
        }
        if machine.is_stalled {
            return (client::t!("row-stalled"), |t| t.paused);
        }
        if machine.needs_attention() {
            return (client::locale::stop(machine, crate::model::now()), |t| t.crashed);
        }
        (machine.os_name.clone(), |t| t.subtle)
    }

    fn name(&self, is_selected: bool) -> Element<'a, Message> {
        let label = cut(self.machine.label()).font(if is_selected { font::SEMIBOLD } else { font::MEDIUM });
        let (second, colour) = self.second();
        let second = cut(second).size(12.0, 16.0).colour(colour);
        let label = with_notes(label.width(Length::Shrink), &self.machine.description);
        let mut label = row![label].spacing(6).align_y(Alignment::Center);
        if self.machine.is_locked {
            label = label.push(icon::lock().colour(12.0, |t| t.subtle));
        }
        if self.machine.has_unapplied_changes {
            label = label.push(icon::clock().colour(12.0, |t| t.paused));
        }
        if self.is_compact { label.push(second).spacing(space::S).into() } else { column![label, second].into() }
    }

    fn column(&self, id: &str, key: &Key) -> Element<'a, Message> {
        match id {
            "cpu" => self.cpu(),
            "memory" => self.memory(),
            "disk" => self.two(|point| (point.disk_read, point.disk_write), ["R", "W"]),
            "network" => self.two(|point| (point.net_received, point.net_sent), ["↓", "↑"]),
            "address" => cut(self.machine.address().unwrap_or("–").to_owned()).size(12.0, 18.0).font(font::MONO).into(),
            "host" => cut(self.host.host.label()).size(12.0, 16.0).colour(|t| t.muted).into(),
            "tags" => self.tags(),
            "autostart" => self.autostart(key),
            "started" => self.started(),
            "agent" => self.agent(),
            _ => Space::new().into(),
        }
    }

    fn cpu(&self) -> Element<'a, Message> {
        let Some(point) = self.point else { return nothing() };
        let values: Vec<f32> =
            self.host.figures.get(&self.machine.id).map(|figures| figures.iter().map(|point| point.cpu).collect()).unwrap_or_default();
        let colour: fn(&theme::Tokens) -> iced::Color = if point.cpu > 0.9 { |t| t.paused } else { |t| t.c1 };
        let value = cut(unit::percent(point.cpu.into())).right().width(Length::Fixed(46.0)).colour(if point.cpu > 0.9 {
            |t| t.paused
        } else {
            |t| t.text
        });
        let content = row![sparkline(values, 1.0, figures::LENGTH, 46, 18, colour), value].spacing(space::XS).align_y(Alignment::Center);
        let host = &self.host.host.id;
        let rests = |machine: Option<client::Uuid>| machine.map(|machine| Key { host: host.clone(), machine });
        cpu_on_hover(content, self.host, self.machine.id, self.known, move |machine| Message::Hover(hover::Message::Rests(rests(machine))))
    }

    fn memory(&self) -> Element<'a, Message> {
        let Some(point) = self.point else {
            return cut(unit::size(self.machine.memory)).size(12.0, 16.0).colour(|t| t.muted).into();
        };
        let total = if point.memory > 0 { point.memory } else { self.machine.memory };
        if point.memory_used == 0 {
            // The guest does not say what it uses; what it has is not what it uses.
            return cut(unit::size(total)).size(12.0, 16.0).colour(|t| t.muted).into();
        }
        #[expect(clippy::cast_precision_loss, reason = "a part of a bar")]
        let part = point.memory_used as f32 / total.max(1) as f32;
        let is_full = part > 0.9;
        let colour: fn(&theme::Tokens) -> iced::Color = if is_full { |t| t.paused } else { |t| t.c1 };
        let (used, total) = unit::memory_parts(point.memory_used, total);
        let words = upright(row![
            text(used).size(12).style(if is_full { theme::warning } else { theme::normal }),
            text(format!(" / {total}")).size(12).style(theme::subtle).wrapping(text::Wrapping::None)
        ]);
        if self.is_compact {
            row![meter(part, 32, colour), words].spacing(6).align_y(Alignment::Center).into()
        } else {
            column![words, meter(part, 84, colour)].spacing(3).into()
        }
    }

    fn two(&self, pick: fn(&Point) -> (f32, f32), signs: [&'static str; 2]) -> Element<'a, Message> {
        let Some(point) = self.point else { return container(nothing()).width(Length::Fill).align_x(Alignment::End).into() };
        let (first, second) = pick(point);
        let line = |value: f32, sign: &'static str| {
            row![
                cut(unit::rate(value.into())).size(12.0, 15.0).right(),
                container(text(sign).size(12).line_height(text::LineHeight::Absolute(15.into())).style(theme::subtle)).center_x(16)
            ]
        };
        if self.is_compact {
            return line(first + second, "").into();
        }
        column![line(first, signs[0]), line(second, signs[1])].into()
    }

    fn tags(&self) -> Element<'a, Message> {
        let mut chips = Row::new().spacing(space::XS).align_y(Alignment::Center);
        if let Some(first) = self.machine.tags.first() {
            chips = chips.push(tag_chip(first));
        }
        if self.machine.tags.len() > 1 {
            chips = chips.push(text(format!("+{}", self.machine.tags.len() - 1)).size(11).style(theme::subtle));
        }
        container(chips).clip(true).into()
    }

    fn started(&self) -> Element<'a, Message> {
        match self.machine.last_start_time {
            0 => nothing(),
            time => cut(unit::moment(time, crate::model::now())).size(12.0, 16.0).colour(|t| t.muted).into(),
        }
    }

    /// What the agent in the guest is to somebody who wants to use it: of a machine that is off there is nothing to say.
    fn agent(&self) -> Element<'a, Message> {
        let words = |key: &str| cut(client::t!(key)).size(12.0, 16.0);
        match self.machine.agent {
            GuestAgent::Connected => row![icon::circle_check().colour(14.0, |t| t.running), words("details-agent-on").colour(|t| t.muted)]
                .spacing(space::XS)
                .align_y(Alignment::Center)
                .into(),
            GuestAgent::Silent if self.machine.is_active() => words("details-agent-silent").colour(|t| t.subtle).into(),
            GuestAgent::Silent => words("details-agent-off").colour(|t| t.subtle).into(),
            GuestAgent::None => words("details-agent-none").colour(|t| t.subtle).into(),
            GuestAgent::Unknown => nothing(),
        }
    }

    fn autostart(&self, key: &Key) -> Element<'a, Message> {
        let key = key.clone();
        let shown: Element<'a, Message> = if self.machine.autostart {
            icon::check().colour(16.0, |t| t.accent_text).into()
        } else {
            Space::new().width(16).height(16).into()
        };
        let area = press_area(container(shown).center(Length::Fixed(32.0)), move |press| {
            (press.button == iced::mouse::Button::Left).then(|| Message::Autostart(key.clone()))
        });
        area.into()
    }
}

fn nothing<'a>() -> Element<'a, Message> {
    text("–").size(12).style(theme::subtle).into()
}
