//! What of the host is no PCI card: the same list and pane for USB devices, inputs, NVMe namespaces and parts of cards.

mod pane;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use client::{Uuid, device::OtherDevices, t};
use iced::{Point, widget::operation};

use super::{Devices, LIST, Message, SEARCH, wrap};
use crate::{
    action::Action,
    command::Command,
    component::thing::{Family, Thing},
    dialog::{give::Give, take_back::TakeBack},
    icon,
    menu::Offer,
    model::{HostModel, Model},
    screen::main::{Move, part::Input},
    theme::size,
    widget::{Press, focus},
};

/// Where the menu opens that was asked for by a key: beside the sidebar, below the middle of the row.
const RIGHT: f32 = 340.0;
const BELOW: f32 = 24.0;
/// Rows of a page.
const PAGE: isize = 10;

/// What is shown of it.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// `None` while PCI cards are shown.
    pub family: Option<Family>,
    seen: Arc<OtherDevices>,
    things: Vec<Thing>,
    current: Option<String>,
    has_ring: bool,
}

impl Others {
    /// Shows what there is now. Costs nothing if nothing changed.
    pub fn show(&mut self, others: &Arc<OtherDevices>, search: &str) {
        if Arc::ptr_eq(&self.seen, others) {
            return;
        }
        self.seen = Arc::clone(others);
        self.arrange(search);
    }

    /// Makes the list anew.
    pub fn arrange(&mut self, search: &str) {
        // What is not offered any more is not shown.
        self.family = self.family.filter(|family| family.is_offered(&self.seen));
        let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
        let all = self.family.map(|family| family.things(&self.seen)).unwrap_or_default();
        self.things = all.into_iter().filter(|thing| words.iter().all(|word| thing.says(word))).collect();
        if self.current().is_none() {
            self.current = self.things.first().map(|thing| thing.id.clone());
        }
    }

    pub fn choose(&mut self, family: Option<Family>, search: &str) {
        (self.family, self.current) = (family, None);
        self.arrange(search);
    }

    /// The kinds that the host has, each with how many there are.
    pub fn counts(&self) -> Vec<(Family, usize)> {
        let offered = Family::ALL.into_iter().filter(|family| family.is_offered(&self.seen));
        offered.map(|family| (family, family.things(&self.seen).len())).collect()
    }

    pub fn current(&self) -> Option<&Thing> {
        let id = self.current.as_ref()?;
        self.things.iter().find(|thing| thing.id == *id)
    }

    fn at(&self) -> Option<usize> {
        let id = self.current.as_ref()?;
        self.things.iter().position(|thing| thing.id == *id)
    }

    fn go(&mut self, at: usize) {
        self.has_ring = true;
        self.current = self.things.get(at.min(self.things.len().saturating_sub(1))).map(|thing| thing.id.clone());
    }

    fn step(&mut self, step: Move) {
        let at = self.at().unwrap_or_default();
        self.go(match step {
            Move::By(rows) => at.saturating_add_signed(rows),
            Move::Pages(pages) => at.saturating_add_signed(pages * PAGE),
            Move::First => 0,
            Move::Last => usize::MAX,
        });
    }

    fn letter(&mut self, letter: char) {
        let wanted = letter.to_lowercase().to_string();
        let from = self.at().unwrap_or_default();
        let count = self.things.len();
        let found = (1..=count).map(|step| (from + step) % count).find(|at| self.things[*at].label.to_lowercase().starts_with(&wanted));
        if let Some(at) = found {
            self.go(at);
        }
    }
}

impl Devices {
    /// What the keyboard asks of this list.
    pub(super) fn other_key(&mut self, input: Input, model: &Model) -> Action {
        match input {
            Input::Move(step, _) => self.others.step(step),
            Input::Letter(letter) => self.others.letter(letter),
            Input::Find => return Action::Task(operation::focus(SEARCH)),
            Input::Escape => {
                self.search.clear();
                self.others.arrange("");
                return Action::Task(focus::take(LIST));
            }
            Input::Primary => return self.act_on_other(model),
            Input::Menu => {
                let Some(at) = self.others.at() else { return Action::None };
                #[expect(clippy::cast_precision_loss, reason = "some dozens of rows")]
                let above = size::ROW * at as f32;
                let top = size::HEADER + size::BAR + size::ROW_SMALL;
                return self.other_menu(model, Point::new(RIGHT, top + above + BELOW));
            }
            Input::Side(_) | Input::Toggle | Input::All => {}
        }
        Action::None
    }

    pub(super) fn other_pressed(&mut self, id: String, press: Press, model: &Model) -> Action {
        self.others.has_ring = false;
        self.others.current = Some(id);
        match press.button {
            iced::mouse::Button::Left if press.is_double => self.act_on_other(model),
            iced::mouse::Button::Left => Action::Task(focus::take(LIST)),
            iced::mouse::Button::Right => self.other_menu(model, press.at),
            _ => Action::None,
        }
    }

    fn other_host<'a>(&self, model: &'a Model) -> Option<&'a HostModel> {
        self.host.as_ref().and_then(|host| model.host(host)).filter(|host| host.client.is_some())
    }

    /// Whether a machine could get it. That the host uses it does not matter: the plan says why not.
    pub(super) fn can_give(&self, host: &HostModel) -> bool {
        let is_there = self.others.current().is_some_and(|thing| thing.gift.is_some());
        is_there && host.client.is_some() && host.machines.values().any(|machine| machine.host_devices.is_some())
    }

    /// What the blue button does: a card makes a part, all else goes to a machine.
    fn act_on_other(&self, model: &Model) -> Action {
        let can_give = self.other_host(model).is_some_and(|host| self.can_give(host));
        if can_give { self.give(model) } else { self.divide(model) }
    }

    pub(super) fn give(&self, model: &Model) -> Action {
        let host = self.other_host(model).filter(|host| self.can_give(host));
        let (Some(host), Some(thing)) = (host, self.others.current()) else { return Action::None };
        Action::Open(Box::new(Give::thing(model, host.host.id.clone(), thing).into()))
    }

    pub(super) fn take_back(&self, model: &Model, machine: Uuid) -> Action {
        let (Some(host), Some(thing)) = (self.other_host(model), self.others.current()) else { return Action::None };
        let all = host.machines.get(&machine).and_then(|machine| machine.host_devices.as_deref()).unwrap_or_default();
        let Some(one) = all.iter().find(|one| thing.is(one, &host.others)) else { return Action::None };
        Action::Open(Box::new(TakeBack::new(model, host.key(machine), one).into()))
    }

    fn other_menu(&self, model: &Model, at: Point) -> Action {
        let (Some(host), Some(thing)) = (self.host.as_ref().and_then(|host| model.host(host)), self.others.current()) else {
            return Action::None;
        };
        let mut offers = Vec::new();
        if self.can_give(host) {
            let (icon, command) = (icon::plus(), Some(Command::AttachDevice));
            offers.push(Offer { icon, label: t!("device-attach"), command, message: wrap(Message::Attach) });
        }
        if host.client.is_some() && self.current_parent(host).is_some() {
            let command = Some(Command::Primary);
            offers.push(Offer { icon: icon::plus(), label: t!("divide-plan"), command, message: wrap(Message::Divide) });
        }
        if let Some(part) = self.current_part(host).filter(|_| host.client.is_some()) {
            if !part.is_active {
                offers.push(Offer { icon: icon::play(), label: t!("part-start"), command: None, message: wrap(Message::StartPart) });
            }
            let label = if part.autostart { t!("part-no-autostart") } else { t!("part-autostart") };
            let message = wrap(Message::PartAutostart(!part.autostart));
            offers.push(Offer { icon: icon::rotate_ccw(), label, command: None, message });
            offers.push(Offer { icon: icon::trash_2(), label: t!("part-delete"), command: None, message: wrap(Message::RemovePart) });
        }
        for machine in thing.machines.iter().filter(|_| host.client.is_some()) {
            let label = t!("device-detach-from", machine = super::line::machine(host, *machine));
            offers.push(Offer { icon: icon::x(), label, command: None, message: wrap(Message::Detach(*machine)) });
        }
        let copied = if thing.column.is_empty() || thing.family != Family::Usb { thing.id.clone() } else { thing.column.clone() };
        let label = t!("device-copy-address", address = copied.as_str());
        offers.push(Offer { icon: icon::copy(), label, command: None, message: wrap(Message::Copy(copied)) });
        Action::Offer(at, offers)
    }
}
