//! The list of devices: a head, and only as many rows as are seen.

use std::ops::Range;

use client::t;
use iced::{
    Alignment, Element, Length,
    widget::{Column, Row, Space, column, container, row, rule, scrollable},
};

use super::{
    Devices, LIST, Message, SCROLL,
    arrange::{Group, Line, Standing},
    keyboard::list_key,
    line,
};
use crate::{
    component::{Button, Kind, badge},
    font,
    icon::{self, Icon},
    model::HostModel,
    theme::{self, Tokens, size, space},
    widget::{
        Role, Said, cut, focusable, ground,
        ground::stamp,
        press_area,
        scroll::{ROWS, scroll},
        spoken, text,
    },
};

/// How far above and below what is seen there are rows.
const MORE: f32 = 200.0;

/// A column behind the name: its text, and its width.
pub(super) type ColumnKind = (&'static str, f32);

pub(super) const DRIVER: ColumnKind = ("devices-column-driver", 124.0);
pub(super) const HOLDER: ColumnKind = ("devices-column-holder", 148.0);
pub(super) const NODE: ColumnKind = ("devices-column-node", 56.0);
/// Width of the addresses, with what stands before them.
pub(super) const ADDRESS: f32 = 92.0;
/// What a name needs, with its icon.
const NAME: f32 = 250.0;

/// The columns there is room for. The first ones stay longest.
pub(super) fn columns(room: f32) -> Vec<ColumnKind> {
    let mut columns = vec![HOLDER, DRIVER, NODE];
    while columns.len() > 1 && columns.iter().map(|(_, width)| width).sum::<f32>() + ADDRESS + NAME > room {
        columns.pop();
    }
    // Who has it stands behind the driver.
    columns.sort_by_key(|column| [DRIVER, HOLDER, NODE].iter().position(|other| other == column));
    columns
}

/// The width that is left to names.
fn name_room(columns: &[ColumnKind], room: f32) -> f32 {
    room - columns.iter().map(|(_, width)| width).sum::<f32>() - ADDRESS - 44.0
}

pub(super) const fn line_height(line: &Line) -> f32 {
    match line {
        Line::Group(_) => size::ROW_SMALL,
        Line::Device(_) => size::ROW,
    }
}

impl Devices {
    pub(super) fn table<'a>(&'a self, host: &'a HostModel, room: f32) -> Element<'a, Message> {
        let columns = columns(room);
        let list = scrollable(self.rows(host, &columns, name_room(&columns, room)))
            .id(SCROLL)
            .on_scroll(Message::Scrolled)
            .width(Length::Fill)
            .height(Length::Fill);
        let list = scroll(list, ROWS);
        let list: Element<'a, Message> = if self.arranged.lines.is_empty() {
            self.nothing()
        } else {
            focusable(list).id(LIST).plain().on_key(list_key).say(|| Said::named(Role::List, t!("speech-devices"))).into()
        };
        let body = ground(container(list).width(Length::Fill).height(Length::Fill), |t| t.surface).as_one(self.stamp(host, &columns));
        column![head(&columns), rule::horizontal(1).style(theme::container::line), body].into()
    }

    fn nothing<'a>(&self) -> Element<'a, Message> {
        let words = if self.seen.is_empty() { t!("devices-empty") } else { t!("devices-nothing-found") };
        let clear = (!self.seen.is_empty()).then(|| {
            Button::new(Kind::Secondary, t!("empty-search-clear")).on_press(Message::Key(crate::screen::main::part::Input::Escape))
        });
        let content = column![icon::circuit_board().colour(28.0, |t| t.subtle), text(words).size(13).style(theme::muted)].push(clear);
        container(content.spacing(space::M).align_x(Alignment::Center)).center(Length::Fill).into()
    }

    fn rows<'a>(&'a self, host: &'a HostModel, columns: &[ColumnKind], room: f32) -> Element<'a, Message> {
        let (seen, above, below) = self.seen_lines();
        let mut list = Column::with_capacity(seen.len() + 2).width(Length::Fill).push(Space::new().height(above));
        for shown in &self.arranged.lines[seen] {
            list = list.push(match shown {
                Line::Group(group) => group_head(group, host),
                Line::Device(address) => match self.device(address) {
                    Some(device) => {
                        let is_current = self.pick.current() == Some(address);
                        let state =
                            line::State { is_selected: self.pick.holds(address), is_current, has_ring: self.has_ring && is_current, room };
                        line::view(device, host, columns, state)
                    }
                    None => Space::new().into(),
                },
            });
        }
        list.push(Space::new().height(below)).into()
    }

    /// The lines that are seen and a few more, and the height of those above and below them.
    fn seen_lines(&self) -> (Range<usize>, f32, f32) {
        let (low, high) = (self.offset - MORE, self.offset + self.height + MORE);
        let (mut top, mut above, mut below) = (0.0, 0.0, 0.0);
        let mut seen = 0..0;
        for (index, shown) in self.arranged.lines.iter().enumerate() {
            let height = line_height(shown);
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

    /// Another number when other lines are seen, or elsewhere: then all of it is painted as one.
    fn stamp(&self, host: &HostModel, columns: &[ColumnKind]) -> u64 {
        let (seen, ..) = self.seen_lines();
        let columns: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        stamp(&(&self.arranged.lines[seen], columns, self.scrolls, self.offset.to_bits(), host.is_live()))
    }
}

fn head<'a>(columns: &[ColumnKind]) -> Element<'a, Message> {
    let cell = |key: &str, width: Length| {
        let words = text(t!(key)).size(11).font(font::SEMIBOLD).style(theme::subtle).wrapping(text::Wrapping::None);
        container(words).width(width).padding([0.0, space::XS])
    };
    let mut cells = Row::new()
        .push(Space::new().width(space::L - space::XS))
        .push(cell("devices-column-address", Length::Fixed(ADDRESS - space::M)))
        .push(cell("devices-column-device", Length::Fill));
    for (key, width) in columns {
        cells = cells.push(cell(key, Length::Fixed(*width)));
    }
    container(cells.push(Space::new().width(space::S)).height(size::ROW_SMALL).align_y(Alignment::Center)).width(Length::Fill).into()
}

fn group_head<'a>(group: &Group, host: &HostModel) -> Element<'a, Message> {
    let arrow = if group.is_folded { icon::chevron_right() } else { icon::chevron_down() };
    let name = group.number.map_or_else(|| t!("devices-no-group"), |number| t!("devices-group", number = number.to_string()));
    let mut words = t!("devices-count", count = group.devices);
    if group.fabric > 0 {
        words = format!("{words} {}", t!("devices-and-fabric", count = group.fabric));
    }
    let (spoken_name, summary, is_folded) = (name.clone(), words.clone(), group.is_folded);
    let content = row![
        arrow.colour(14.0, |t| t.muted),
        text(name).size(12).font(font::SEMIBOLD).wrapping(text::Wrapping::None),
        cut(words).size(12.0, 16.0).colour(|t| t.subtle),
    ]
    .push(group.standing.map(|standing| standing_badge(standing, host)))
    .spacing(space::S)
    .padding([0.0, space::L])
    .align_y(Alignment::Center)
    .height(size::ROW_SMALL)
    .width(Length::Fill);
    let number = group.number;
    let area = press_area(content, move |press| (press.button == iced::mouse::Button::Left).then_some(Message::Fold(number)));
    let said = move || Said::named(Role::Row, format!("{spoken_name}, {summary}")).open(!is_folded);
    spoken(area.ground(Some(|t| t.sunken)), said).on_press(Message::Fold(number)).into()
}

type Pick = fn(&Tokens) -> iced::Color;

fn standing_badge<'a>(standing: Standing, host: &HostModel) -> Element<'a, Message> {
    let (icon, words, soft, strong): (Icon, String, Pick, Pick) = match standing {
        Standing::Free => (icon::circle_check(), t!("devices-state-free"), |t| t.selected, |t| t.accent_text),
        Standing::NoReset => (icon::triangle_alert(), t!("devices-state-no-reset"), |t| t.paused_soft, |t| t.paused),
        Standing::Reserved => (icon::layers(), t!("devices-state-reserved"), |t| t.saved_soft, |t| t.saved),
        Standing::Given(machine) => {
            let machine = line::machine(host, machine);
            (icon::state_running(), t!("devices-state-given", machine = machine), |t| t.running_soft, |t| t.running)
        }
        Standing::Host => (icon::lock(), t!("devices-state-host"), |t| t.paused_soft, |t| t.paused),
        Standing::Mixed => (icon::triangle_alert(), t!("devices-state-mixed"), |t| t.paused_soft, |t| t.paused),
    };
    badge(icon, words, soft, strong)
}
