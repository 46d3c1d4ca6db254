//! The machines as pictures of their screens, only as many rows as are seen.

use std::ops::Range;

use iced::{
    Element, Length, Padding, Size, Task,
    widget::{Column, Row, Space, container, scrollable},
};

use super::{
    LIST, Message, Screen,
    arrange::{Group, Line},
    list_key, picture,
    table::{group_head, nothing_matches},
    view::room,
};
use crate::{
    app,
    component::machine_card::{HEIGHT, WIDTH, machine_card},
    model::{Key, Model},
    theme::{size, space},
    widget::{
        Role, Said, focusable, press_area,
        scroll::{ROWS, scroll},
        spoken,
    },
    window::Layout,
};

/// Pixels that a picture of the grid is fetched with.
pub(super) const PICTURE: u32 = 384;
const STEP: f32 = HEIGHT + space::M;

/// How many cards are in a row of a window of this width.
pub(super) fn across(layout: &Layout, size: Size) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some cards")]
    let cards = ((room(layout, size) - 2.0 * space::L) / (WIDTH + space::M)) as usize;
    cards.max(1)
}

/// What stands side by side, as wide as the grid.
#[derive(Clone, Copy, Debug)]
enum Shelf<'a> {
    /// The head of a group.
    Head(&'a Group),
    /// Machines: as many as there is room for, or those that are left in their group.
    Cards(&'a [Line]),
}

impl<'a> Shelf<'a> {
    const fn height(self) -> f32 {
        match self {
            Self::Head(_) => size::ROW_SMALL + space::M,
            Self::Cards(_) => STEP,
        }
    }

    fn keys(self) -> impl Iterator<Item = &'a Key> {
        let lines = if let Self::Cards(lines) = self { lines } else { &[] };
        lines.iter().filter_map(|line| match line {
            Line::Machine(key) => Some(key),
            Line::Group(_) => None,
        })
    }

    fn len(self) -> usize {
        if let Self::Cards(lines) = self { lines.len() } else { 0 }
    }
}

/// Which shelves are seen, with the height of what is above and below them.
struct InSight {
    seen: Range<usize>,
    above: f32,
    below: f32,
}

impl Screen {
    /// A group begins in a row of its own.
    fn shelves(&self, across: usize) -> Vec<Shelf<'_>> {
        let mut shelves = Vec::new();
        for part in self.arranged.lines.chunk_by(|_, next| matches!(next, Line::Machine(_))) {
            let machines = match part {
                [Line::Group(group), machines @ ..] => {
                    shelves.push(Shelf::Head(group));
                    machines
                }
                machines => machines,
            };
            shelves.extend(machines.chunks(across).map(Shelf::Cards));
        }
        shelves
    }

    fn in_sight(&self, shelves: &[Shelf<'_>]) -> InSight {
        let (low, high) = (self.offset - space::L, self.offset + self.height + STEP);
        let (mut top, mut sight) = (0.0, InSight { seen: 0..0, above: 0.0, below: 0.0 });
        for (at, shelf) in shelves.iter().enumerate() {
            let height = shelf.height();
            if top + height <= low {
                sight.above += height;
                sight.seen = at + 1..at + 1;
            } else if top > high {
                sight.below += height;
            } else {
                sight.seen.end = at + 1;
            }
            top += height;
        }
        sight
    }

    /// The pictures of all machines of the list, below the heads of their groups.
    pub(super) fn grid<'a>(&'a self, model: &'a Model, layout: &'a Layout, size: Size) -> Element<'a, Message> {
        if self.arranged.lines.is_empty() && model.hosts().iter().any(|host| host.is_listed) {
            return nothing_matches();
        }
        let across = across(layout, size);
        let shelves = self.shelves(across);
        let InSight { seen, above, below } = self.in_sight(&shelves);
        let mut rows = Column::new().push(Space::new().height(above));
        for shelf in &shelves[seen] {
            let row: Element<'_, Message> = match shelf {
                Shelf::Head(group) => group_head(group),
                Shelf::Cards(_) => self.cards(*shelf, across, model),
            };
            rows = rows.push(container(row).padding(Padding::ZERO.bottom(space::M)));
        }
        let list = scrollable(container(rows.push(Space::new().height(below))).padding(space::L))
            .id(super::table::SCROLL)
            .on_scroll(Message::Scrolled)
            .width(Length::Fill)
            .height(Length::Fill);
        let list = scroll(list, ROWS);
        let list = focusable(list).id(LIST).plain().on_key(list_key).say(|| Said::named(Role::List, client::t!("speech-machines")));
        container(list).width(Length::Fill).height(Length::Fill).into()
    }

    fn cards<'a>(&'a self, shelf: Shelf<'a>, across: usize, model: &'a Model) -> Element<'a, Message> {
        let cards = shelf.keys().map(|key| self.card(model, key));
        let gaps = (shelf.len()..across).map(|_| Space::new().width(Length::Fill).into());
        Row::with_children(cards.chain(gaps)).spacing(space::M).into()
    }

    /// Top and bottom of the current card.
    pub(super) fn card_place(&self, layout: &Layout) -> Option<(f32, f32)> {
        let current = self.selection.current()?;
        let shelves = self.shelves(across(layout, self.size));
        let at = shelves.iter().position(|shelf| shelf.keys().any(|key| key == current))?;
        let top = space::L + shelves[..at].iter().map(|shelf| shelf.height()).sum::<f32>();
        Some((top, top + STEP))
    }

    /// How many machines further the card is that stands so many rows below the current one; the last of a row that is shorter.
    pub(super) fn cards_to(&self, rows: isize, layout: &Layout) -> isize {
        let mut shelves = self.shelves(across(layout, self.size));
        shelves.retain(|shelf| shelf.len() > 0);
        let column = |shelf: &Shelf<'_>| shelf.keys().position(|key| Some(key) == self.selection.current());
        let Some((at, column)) = shelves.iter().enumerate().find_map(|(at, shelf)| Some((at, column(shelf)?))) else { return rows };
        let to = at.saturating_add_signed(rows).min(shelves.len() - 1);
        if to == at {
            return 0;
        }
        let first = |at: usize| shelves[..at].iter().map(|shelf| shelf.len()).sum::<usize>();
        let (from, to) = (first(at) + column, first(to) + column.min(shelves[to].len() - 1));
        to.cast_signed() - from.cast_signed()
    }

    fn card<'a>(&'a self, model: &'a Model, key: &Key) -> Element<'a, Message> {
        let Some(host) = model.host(&key.host) else { return Space::new().into() };
        let Some(machine) = host.machines.get(&key.machine) else { return Space::new().into() };
        let cpu = host.figures.get(&key.machine).and_then(|figures| figures.last()).map(|point| point.cpu);
        let card = machine_card(machine, self.thumbnails.handle(key), cpu, self.selection.contains(key), !host.is_live());
        let pressed = key.clone();
        let is_current = self.selection.current() == Some(key);
        let (is_selected, id) = (self.selection.contains(key), key.machine.to_string());
        let point = host.figures.get(&key.machine).and_then(|figures| figures.last());
        let said = move || {
            Said::named(Role::Row, super::machine_row::words(host, machine, point)).key(id.as_str()).selected(is_selected, is_current)
        };
        let area = press_area(card, move |press| Some(Message::Pressed(pressed.clone(), press))).still();
        container(spoken(area, said).on_press(Message::Chosen(key.clone()))).width(Length::Fill).into()
    }

    /// Fetches pictures of the machines that are seen.
    pub(super) fn fetch_pictures(&mut self, model: &Model, layout: &Layout) -> Task<app::Message> {
        let seen = self.cards_in_sight(layout);
        self.thumbnails.forget_stopped(model);
        self.thumbnails.want(model, &seen).map(picture)
    }

    /// Fetches pictures of the machines that are seen and have none yet.
    pub(super) fn first_pictures(&mut self, model: &Model, layout: &Layout) -> Task<app::Message> {
        let seen = self.cards_in_sight(layout);
        self.thumbnails.want_first(model, &seen).map(picture)
    }

    fn cards_in_sight(&self, layout: &Layout) -> Vec<Key> {
        let shelves = self.shelves(across(layout, self.size));
        let seen = self.in_sight(&shelves).seen;
        shelves[seen].iter().flat_map(|shelf| shelf.keys()).cloned().collect()
    }
}
