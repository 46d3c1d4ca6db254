//! The list: a head, and a row for each.

use client::t;
use iced::{
    Alignment, Element, Length,
    widget::{Column, Row, Space, column, container, row, rule, scrollable},
};

use super::{Devices, Message};
use crate::{
    component::{
        Button, Kind,
        thing::{Family, Thing},
    },
    font, icon,
    model::HostModel,
    screen::{
        devices::{LIST, keyboard::list_key},
        main::part::Input,
    },
    theme::{self, Tokens, size, space},
    widget::{
        Press, Role, Said, cut, focusable, ground,
        ground::stamp,
        press_area,
        scroll::{ROWS, scroll},
        spoken, text,
    },
};

const PLACE: f32 = 104.0;
const COLUMN: f32 = 148.0;
const HOLDER: f32 = 148.0;
/// Below this width the column behind the name goes.
const NARROW: f32 = 560.0;

impl Devices {
    pub(in crate::screen::devices) fn other_table<'a>(&'a self, family: Family, host: &'a HostModel, room: f32) -> Element<'a, Message> {
        let is_wide = room >= NARROW;
        let list: Element<'a, Message> = if self.others.things.is_empty() {
            self.other_nothing()
        } else {
            let rows = self.others.things.iter().map(|thing| self.other_row(thing, host, is_wide));
            let list = scrollable(Column::with_children(rows).width(Length::Fill)).width(Length::Fill).height(Length::Fill);
            let list = scroll(list, ROWS);
            focusable(list).id(LIST).plain().on_key(list_key).say(|| Said::named(Role::List, t!("speech-devices"))).into()
        };
        let body = ground(container(list).width(Length::Fill).height(Length::Fill), |t| t.surface);
        let body = body.as_one(stamp(&(family, &self.others.things, &self.others.current, self.others.has_ring, host.is_live())));
        column![head(family, is_wide), rule::horizontal(1).style(theme::container::line), body].into()
    }

    fn other_nothing<'a>(&self) -> Element<'a, Message> {
        let is_search = !self.search.trim().is_empty();
        let words = if is_search { t!("devices-nothing-found") } else { t!("other-none") };
        let clear = is_search.then(|| Button::new(Kind::Secondary, t!("empty-search-clear")).on_press(Message::Key(Input::Escape)));
        let content = column![icon::usb().colour(28.0, |t| t.subtle), text(words).size(13).style(theme::muted)].push(clear);
        container(content.spacing(space::M).align_x(Alignment::Center)).center(Length::Fill).into()
    }

    fn other_row<'a>(&self, thing: &'a Thing, host: &HostModel, is_wide: bool) -> Element<'a, Message> {
        let is_selected = self.others.current.as_ref() == Some(&thing.id);
        let mark: fn(&Tokens) -> iced::Color = if is_selected { |t| t.accent } else { |_| iced::Color::TRANSPARENT };
        let mark = container(Space::new()).width(3).height(Length::Fill).style(theme::container::fill(mark));
        let used = thing.uses_shown().next();
        let (below, colour): (String, fn(&Tokens) -> iced::Color) = match used {
            Some(used) => (used, |t| t.paused),
            None => (thing.kind.clone(), |t| t.subtle),
        };
        let label = cut(thing.label.clone()).font(if is_selected { font::SEMIBOLD } else { font::MEDIUM });
        let shape = if thing.uses.is_empty() { thing.icon } else { icon::lock() };
        let column = is_wide.then(|| {
            let words = cut(thing.column.clone()).size(12.0, 18.0).colour(|t| t.muted);
            let words = if thing.family == Family::Usb { words.font(font::MONO) } else { words };
            container(words).width(COLUMN).padding([0.0, space::XS])
        });
        let holder: fn(&Tokens) -> iced::Color = |t| t.running;
        let glyph = thing.active_machine.map(|_| icon::state_running().colour(13.0, holder));
        let holder = Row::new().push(glyph).push(cut(thing.holder(host))).spacing(6).align_y(Alignment::Center);
        let cells = Row::new()
            .push(mark)
            .push(Space::new().width(space::L - 3.0))
            .push(cut(thing.place.clone()).size(12.0, 18.0).font(font::MONO).colour(|t| t.muted).width(PLACE - space::L))
            .push(container(shape.colour(16.0, |t| t.muted)).width(24))
            .push(container(column![label, cut(below).size(12.0, 16.0).colour(colour)]).width(Length::Fill).padding([0.0, space::XS]))
            .push(column)
            .push(container(holder).width(HOLDER).padding([0.0, space::XS]))
            .push(Space::new().width(space::S))
            .height(size::ROW - 1.0)
            .align_y(Alignment::Center);
        let line = column![cells, rule::horizontal(1).style(theme::container::line)];
        let pressed = thing.id.clone();
        let area = press_area(line, move |press| Some(Message::OtherPressed(pressed.clone(), press)));
        let has_ring = self.others.has_ring && is_selected;
        let area = area.ground(if is_selected { Some(|t| t.selected) } else { None }).ring(has_ring);
        let words = [thing.label.as_str(), thing.kind.as_str(), &thing.place, &thing.holder(host)].join(", ");
        let said = move || Said::named(Role::Row, words.as_str()).selected(is_selected, is_selected);
        spoken(area, said).on_press(Message::OtherPressed(thing.id.clone(), Press::at(iced::Point::ORIGIN))).into()
    }
}

fn head<'a>(family: Family, is_wide: bool) -> Element<'a, Message> {
    let cell = |words: String, width: Length| {
        let words = text(words).size(11).font(font::SEMIBOLD).style(theme::subtle).wrapping(text::Wrapping::None);
        container(words).width(width).padding([0.0, space::XS])
    };
    let place = if family == Family::Usb || family == Family::Inputs { t!("other-column-port") } else { t!("other-column-name") };
    // Inputs have their port in front; behind stands what is special about one.
    let column = if family == Family::Inputs { String::new() } else { family.column() };
    let cells = row![
        Space::new().width(space::L - space::XS),
        cell(place, Length::Fixed(PLACE - space::L + space::XS)),
        cell(t!("devices-column-device"), Length::Fill),
    ];
    let cells =
        cells.push(is_wide.then(|| cell(column, Length::Fixed(COLUMN)))).push(cell(t!("devices-column-holder"), Length::Fixed(HOLDER)));
    container(cells.push(Space::new().width(space::S)).height(size::ROW_SMALL).align_y(Alignment::Center)).width(Length::Fill).into()
}
