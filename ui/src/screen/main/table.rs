//! The list of machines: a head, and only as many rows as are seen.

use std::ops::Range;

use client::{
    settings::{Density, Settings},
    t,
};
use iced::{
    Element, Length,
    keyboard::{self, Modifiers, key::Named},
    widget::{Column, Row, Space, container, operation, row, scrollable},
};

use super::{
    LIST, Message, Screen, Width,
    arrange::{Group, Line},
    list_key, machine_row,
};
use crate::{
    action::Action,
    component::{Button, Kind},
    font, icon,
    model::Model,
    theme::{self, size, space},
    widget::{
        Role, Said, cut, focusable, ground,
        ground::stamp,
        press_area,
        scroll::{ROWS, scroll},
        spoken, text,
    },
    window::Layout,
};

pub(super) const SCROLL: &str = "list-scroll";

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ColumnKind {
    /// Its name in settings, and what sorting by it is called.
    pub id: &'static str,
    /// Its width; the name fills what is left.
    pub width: f32,
    /// Right aligned.
    pub is_number: bool,
}

const COLUMNS: &[ColumnKind] = &[
    ColumnKind { id: "cpu", width: 104.0, is_number: false },
    ColumnKind { id: "memory", width: 100.0, is_number: false },
    ColumnKind { id: "disk", width: 68.0, is_number: true },
    ColumnKind { id: "network", width: 68.0, is_number: true },
    ColumnKind { id: "address", width: 116.0, is_number: false },
    ColumnKind { id: "host", width: 96.0, is_number: false },
    ColumnKind { id: "tags", width: 84.0, is_number: false },
    ColumnKind { id: "autostart", width: 44.0, is_number: false },
    ColumnKind { id: "started", width: 132.0, is_number: false },
    ColumnKind { id: "agent", width: 116.0, is_number: false },
];

/// What a name needs, with what stands before it.
const NAME: f32 = 215.0;
/// How far above and below what is seen there are rows.
const MORE: f32 = 200.0;
/// Width of the memory column where rows have one line.
const COMPACT_MEMORY: f32 = 146.0;
/// Which columns go first where there is no room.
const GOING: [&str; 10] = ["started", "agent", "host", "autostart", "tags", "network", "disk", "address", "memory", "cpu"];

/// The columns there is room for, in the person's order.
pub(super) fn columns(settings: &Settings, width: Width, room: f32) -> Vec<ColumnKind> {
    let gone: &[&str] = match width {
        Width::Wide => &[],
        Width::Medium => &["host", "autostart"],
        Width::Narrow => &["host", "autostart", "disk", "network", "started", "agent"],
    };
    let wanted = settings
        .table
        .columns
        .iter()
        .filter(|id| settings.figures.shows(id))
        .filter_map(|id| COLUMNS.iter().find(|column| column.id == id));
    let mut columns: Vec<ColumnKind> = wanted.filter(|column| !gone.contains(&column.id)).copied().collect();
    if Screen::is_compact(settings, width) {
        // Bar and figures stand side by side there.
        columns.iter_mut().filter(|column| column.id == "memory").for_each(|column| column.width = COMPACT_MEMORY);
    }
    for id in GOING {
        if columns.iter().map(|column| column.width).sum::<f32>() + NAME <= room {
            break;
        }
        columns.retain(|column| column.id != id);
    }
    columns
}

impl Screen {
    fn is_compact(settings: &Settings, width: Width) -> bool {
        width == Width::Narrow || settings.appearance.density == Density::Compact
    }

    fn line_height(line: &Line, is_compact: bool) -> f32 {
        match line {
            Line::Group(_) => size::ROW_SMALL,
            Line::Machine(_) if is_compact => size::ROW_COMPACT,
            Line::Machine(_) => size::ROW,
        }
    }

    pub(super) fn rows_seen(&self, settings: &Settings) -> usize {
        let row = if Self::is_compact(settings, Width::Wide) { size::ROW_COMPACT } else { size::ROW };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some dozens")]
        let rows = (self.height / row) as usize;
        rows
    }

    /// Scrolls so that the current row is seen.
    pub(super) fn reveal(&mut self, settings: &Settings, layout: &Layout) -> Action {
        let place = if settings.table.grid { self.card_place(layout) } else { self.row_place(settings) };
        let Some((top, bottom)) = place else { return Action::None };
        let offset = if top < self.offset {
            (top - size::ROW_SMALL).max(0.0)
        } else if bottom > self.offset + self.height {
            bottom - self.height
        } else {
            return Action::None;
        };
        self.offset = offset;
        Action::Task(operation::scroll_to(SCROLL, operation::AbsoluteOffset { x: 0.0, y: offset }))
    }

    fn row_place(&self, settings: &Settings) -> Option<(f32, f32)> {
        let at = self.arranged.position(self.selection.current()?)?;
        let is_compact = Self::is_compact(settings, Width::of(self.size.width));
        let top: f32 = self.arranged.lines[..at].iter().map(|line| Self::line_height(line, is_compact)).sum();
        Some((top, top + Self::line_height(&self.arranged.lines[at], is_compact)))
    }

    /// The table: head and rows.
    pub(super) fn table<'a>(&'a self, model: &'a Model, settings: &'a Settings, width: Width, room: f32) -> Element<'a, Message> {
        let columns = columns(settings, width, room);
        let head = head(super::order::of(settings, &self.place), &columns);
        let list = scrollable(self.rows(model, settings, &columns, width))
            .id(SCROLL)
            .on_scroll(Message::Scrolled)
            .width(Length::Fill)
            .height(Length::Fill);
        let list = scroll(list, ROWS);
        let list = focusable(list).id(LIST).plain().on_key(list_key).say(|| Said::named(Role::List, t!("speech-machines")));
        let list: Element<'a, Message> =
            if self.arranged.lines.is_empty() && model.hosts().iter().any(|host| host.is_listed) { nothing_matches() } else { list.into() };
        let body = ground(container(list).width(Length::Fill).height(Length::Fill), |t| t.surface)
            .as_one(self.stamp(model, settings, &columns, width));
        iced::widget::column![head, iced::widget::rule::horizontal(1).style(theme::container::line), body].into()
    }

    fn rows<'a>(&'a self, model: &'a Model, settings: &'a Settings, columns: &[ColumnKind], width: Width) -> Element<'a, Message> {
        let is_compact = Self::is_compact(settings, width);
        let (seen, above, below) = self.seen(is_compact);
        let mut column = Column::with_capacity(seen.len() + 2).width(Length::Fill).push(Space::new().height(above));
        for line in &self.arranged.lines[seen] {
            column = column.push(self.line(line, model, columns, is_compact, width));
        }
        column.push(Space::new().height(below)).into()
    }

    /// The lines that are seen, a few more, so that a turn of the wheel finds rows there, and the height of those above and
    /// below them.
    fn seen(&self, is_compact: bool) -> (Range<usize>, f32, f32) {
        let (low, high) = (self.offset - MORE, self.offset + self.height + MORE);
        let (mut top, mut above, mut below) = (0.0, 0.0, 0.0);
        let mut seen = 0..0;
        for (index, line) in self.arranged.lines.iter().enumerate() {
            let height = Self::line_height(line, is_compact);
            if top + height < low {
                above += height;
                seen = index + 1..index + 1;
            } else if top > high {
                below += height;
            } else {
                seen.end = index + 1;
            }
            top += height;
        }
        (seen, above, below)
    }

    /// Another number when other lines are seen, elsewhere, or made up in another way: then so much is painted that it is
    /// better painted as one.
    fn stamp(&self, model: &Model, settings: &Settings, columns: &[ColumnKind], width: Width) -> u64 {
        let (seen, ..) = self.seen(Self::is_compact(settings, width));
        let lines: Vec<_> = self.arranged.lines[seen]
            .iter()
            .map(|line| match line {
                Line::Group(group) => (None, group.id.as_str(), None),
                Line::Machine(key) => (Some(key), "", machine_row::shape(model, key)),
            })
            .collect();
        let columns: Vec<(&str, u32)> = columns.iter().map(|column| (column.id, column.width.to_bits())).collect();
        stamp(&(lines, columns, self.scrolls, self.offset.to_bits(), width == Width::Narrow))
    }

    fn line<'a>(
        &'a self,
        line: &'a Line,
        model: &'a Model,
        columns: &[ColumnKind],
        is_compact: bool,
        width: Width,
    ) -> Element<'a, Message> {
        match line {
            Line::Group(group) => group_head(group),
            Line::Machine(key) => {
                let Some(host) = model.host(&key.host) else { return Space::new().into() };
                let Some(machine) = host.machines.get(&key.machine) else { return Space::new().into() };
                let state = machine_row::RowState {
                    is_selected: self.selection.contains(key),
                    is_current: self.selection.current() == Some(key),
                    has_ring: self.has_ring && self.selection.current() == Some(key),
                    is_compact,
                    shows_tile: width != Width::Narrow,
                };
                machine_row::view(host, machine, key, columns, state, self.hover.of(key))
            }
        }
    }
}

pub(super) fn nothing_matches<'a>() -> Element<'a, Message> {
    let clear = Button::new(Kind::Secondary, t!("empty-search-clear")).on_press(Message::ShowAll);
    let words =
        iced::widget::column![icon::search().colour(28.0, |t| t.subtle), text(t!("empty-search")).size(13).style(theme::muted), clear];
    container(words.spacing(space::M).align_x(iced::Alignment::Center)).center(Length::Fill).into()
}

fn head<'a>(sorted: (&str, bool), columns: &[ColumnKind]) -> Element<'a, Message> {
    let name = head_cell(sorted, "name", Length::Fill, false);
    let mut cells = Row::new().push(Space::new().width(32)).push(name).height(size::ROW_SMALL).align_y(iced::Alignment::Center);
    for column in columns {
        cells = cells.push(head_cell(sorted, column.id, Length::Fixed(column.width), column.is_number));
    }
    container(cells.push(Space::new().width(space::S))).width(Length::Fill).into()
}

fn head_cell<'a>((by, descending): (&str, bool), id: &'static str, width: Length, is_number: bool) -> Element<'a, Message> {
    let is_sorted = by == id;
    let ink: fn(&theme::Tokens) -> iced::Color = if is_sorted { |t| t.muted } else { |t| t.subtle };
    let label =
        cut(t!(&format!("column-{id}"))).size(11.0, 14.3).plain().font(font::SEMIBOLD).colour(ink).width(Length::Shrink).reach(space::XS);
    // What is beside the label in its column; into the last of it the label may reach.
    let others = 4.0 * space::XS + if is_sorted { 12.0 + space::XS } else { 0.0 };
    let label = match width {
        Length::Fixed(width) => container(label).max_width(width - others),
        _ => container(label),
    };
    let mut content = row![label].spacing(space::XS).align_y(iced::Alignment::Center);
    if is_sorted {
        let arrow = if descending { icon::chevron_down() } else { icon::chevron_up() };
        content = content.push(arrow.colour(12.0, |t| t.subtle));
    }
    let content = container(content).width(Length::Fill).align_x(if is_number { iced::Alignment::End } else { iced::Alignment::Start });
    let button =
        iced::widget::button(content).padding([0.0, space::XS]).width(Length::Fill).style(theme::button::flat).on_press(Message::Sort(id));
    let said = move || Said::new(Role::ColumnHead).selected(is_sorted, false);
    let button = focusable(button).on_press(Message::Sort(id)).on_key(head_key).inside().say(said);
    let button =
        press_area(button, |press| (press.button == iced::mouse::Button::Right).then_some(Message::Columns(Some(press.at)))).still();
    container(button).width(width).padding([0.0, space::XS]).into()
}

fn head_key(key: &keyboard::Key, modifiers: Modifiers) -> Option<Message> {
    let is_menu =
        matches!(key, keyboard::Key::Named(Named::ContextMenu)) || (modifiers.shift() && matches!(key, keyboard::Key::Named(Named::F10)));
    is_menu.then_some(Message::Columns(None))
}

/// The head of a group, which folds and unfolds it.
pub(super) fn group_head(group: &Group) -> Element<'_, Message> {
    let arrow = if group.is_folded { icon::chevron_right() } else { icon::chevron_down() };
    let name = if group.name.is_empty() { t!("group-none") } else { group.name.replace('/', " / ") };
    let mut words = vec![t!("group-machines", count = group.total)];
    if group.running > 0 {
        words.push(t!("group-running", count = group.running));
    }
    if group.attention > 0 {
        words.push(t!("group-attention", count = group.attention));
    }
    let (spoken_name, summary) = (name.clone(), words.join(", "));
    let content = row![
        arrow.colour(14.0, |t| t.muted),
        text(name).size(12).font(font::SEMIBOLD).wrapping(text::Wrapping::None),
        cut(words.join(" · ")).size(11.0, 14.0).colour(|t| t.subtle),
    ]
    .spacing(space::S)
    .padding([0.0, 10.0])
    .align_y(iced::Alignment::Center)
    .height(size::ROW_SMALL)
    .width(Length::Fill);
    let id = group.id.clone();
    let area = press_area(content, move |press| (press.button == iced::mouse::Button::Left).then(|| Message::Fold(id.clone())))
        .ground(Some(|t| t.sunken));
    let said = move || Said::named(Role::Row, format!("{spoken_name}, {summary}")).key(group.id.as_str()).open(!group.is_folded);
    spoken(area, said).on_press(Message::Fold(group.id.clone())).into()
}
