//! The machines as pictures of their screens, only as many rows as are seen.

use iced::{
    Element, Length, Padding, Size, Task,
    widget::{Column, Row, Space, container, scrollable},
};

use super::{LIST, Message, Screen, list_key, picture, view::room};
use crate::{
    app,
    component::machine_card::{HEIGHT, WIDTH, machine_card},
    model::{Key, Model},
    theme::space,
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

impl Screen {
    /// The first and the number of the rows that are seen.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows of a list")]
    fn rows_in_sight(&self) -> (usize, usize) {
        ((self.offset / STEP).floor().max(0.0) as usize, (self.height / STEP).ceil() as usize + 2)
    }

    /// The pictures of all machines of the list.
    #[expect(clippy::cast_precision_loss, reason = "rows of a list")]
    pub(super) fn grid<'a>(&'a self, model: &'a Model, layout: &'a Layout, size: Size) -> Element<'a, Message> {
        let machines: Vec<&Key> = self.arranged.machines().collect();
        let across = across(layout, size);
        let (first, count) = self.rows_in_sight();
        let total = machines.len().div_ceil(across);
        let mut rows = Column::new().push(Space::new().height(first.min(total) as f32 * STEP));
        for keys in machines.chunks(across).skip(first).take(count) {
            let mut row = Row::new().spacing(space::M);
            for key in keys {
                row = row.push(self.card(model, key));
            }
            for _ in keys.len()..across {
                row = row.push(Space::new().width(Length::Fill));
            }
            rows = rows.push(container(row).padding(Padding::ZERO.bottom(space::M)));
        }
        let below = total.saturating_sub(first + count) as f32 * STEP;
        let list = scrollable(container(rows.push(Space::new().height(below))).padding(space::L))
            .id(super::table::SCROLL)
            .on_scroll(Message::Scrolled)
            .width(Length::Fill)
            .height(Length::Fill);
        let list = scroll(list, ROWS);
        let list = focusable(list).id(LIST).plain().on_key(list_key).say(|| Said::named(Role::List, client::t!("speech-machines")));
        container(list).width(Length::Fill).height(Length::Fill).into()
    }

    /// Top and bottom of the current card.
    #[expect(clippy::cast_precision_loss, reason = "rows of a list")]
    pub(super) fn card_place(&self, layout: &Layout) -> Option<(f32, f32)> {
        let current = self.selection.current()?;
        let at = self.arranged.machines().position(|key| key == current)?;
        let top = space::L + (at / across(layout, self.size)) as f32 * STEP;
        Some((top, top + STEP))
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
        let across = across(layout, self.size);
        let (first, count) = self.rows_in_sight();
        self.arranged.machines().skip(first * across).take(count * across).cloned().collect()
    }
}
