//! Parts of cards: what a card can make, and what can be done with a part.

use client::{
    device::{Mediated, Parent},
    t,
};
use iced::{
    Alignment, Element,
    widget::{Column, column, row},
};

use super::{Devices, Message};
use crate::{
    action::{Action, Call, DeviceChange},
    component::{Button, Kind, switch},
    dialog::{
        divide::{Divide, can_divide},
        networks::Networks,
        remove::Remove,
    },
    model::{HostModel, Model},
    theme::space,
    widget::{cut, text},
};

impl Devices {
    /// The card that is chosen, if it can be divided: among the parts, or among the PCI cards.
    pub(super) fn current_parent<'a>(&self, host: &'a HostModel) -> Option<&'a Parent> {
        let mut parents = host.others.parents.iter().flatten().filter(|parent| can_divide(parent));
        match self.others.family {
            Some(_) => self.others.current().and_then(|thing| parents.find(|parent| thing.is_parent(parent))),
            None => self.current().and_then(|device| parents.find(|parent| parent.device.as_ref() == Some(&device.address))),
        }
    }

    /// The part that is chosen.
    pub(super) fn current_part<'a>(&self, host: &'a HostModel) -> Option<&'a Mediated> {
        let id = &self.others.current()?.id;
        host.others.mediated.iter().flatten().find(|part| part.uuid == *id)
    }

    fn on<'a>(&self, model: &'a Model) -> Option<&'a HostModel> {
        self.host.as_ref().and_then(|host| model.host(host)).filter(|host| host.client.is_some())
    }

    /// The plan of a part of the card that is chosen.
    pub(super) fn divide(&self, model: &Model) -> Action {
        let card = self.on(model).and_then(|host| Some((host.host.id.clone(), self.current_parent(host)?.device.clone()?)));
        let dialog = card.and_then(|(host, card)| Divide::new(model, host, &card));
        dialog.map_or(Action::None, |dialog| Action::Open(Box::new(dialog.into())))
    }

    /// The networks of the functions of the card that is chosen.
    pub(super) fn networks(&self, model: &Model) -> Action {
        let found = self.on(model).zip(self.current().filter(|device| device.has_function_networks()));
        let dialog = found.map(|(host, device)| Networks::new(host.host.id.clone(), device.address.clone()));
        dialog.map_or(Action::None, |dialog| Action::Open(Box::new(dialog.into())))
    }

    fn part_call(&self, model: &Model, change: impl FnOnce(&Mediated) -> DeviceChange) -> Action {
        let part = self.on(model).and_then(|host| Some((host, self.current_part(host)?)));
        part.map_or(Action::None, |(host, part)| Action::Call(Call::Device(host.host.id.clone(), change(part))))
    }

    pub(super) fn start_part(&self, model: &Model) -> Action {
        self.part_call(model, |part| DeviceChange::StartPart(part.uuid.clone()))
    }

    pub(super) fn set_part_autostart(&self, model: &Model, autostart: bool) -> Action {
        self.part_call(model, |part| DeviceChange::PartAutostart(part.uuid.clone(), autostart))
    }

    pub(super) fn remove_part(&self, model: &Model) -> Action {
        let part = self.on(model).and_then(|host| Some((host.host.id.clone(), self.current_part(host)?.uuid.clone())));
        let dialog = part.and_then(|(host, uuid)| Remove::part(model, host, &uuid));
        dialog.map_or(Action::None, |dialog| Action::Open(Box::new(dialog.into())))
    }

    /// What the chosen PCI card can make of itself, and the way to it.
    pub(super) fn divide_row<'a>(&self, parent: &'a Parent, host: &HostModel) -> Element<'a, Message> {
        let kind = |kind: &'a client::device::PartType| {
            let name = if kind.name.is_empty() { kind.id.as_str() } else { kind.name.as_str() };
            cut(t!("other-makes", name = name, count = kind.free)).into()
        };
        let plan = Button::new(Kind::Link, t!("divide-plan")).line().id("divide-plan");
        let plan = plan.on_press_maybe(host.client.is_some().then_some(Message::Divide));
        Column::with_children(parent.types.iter().map(kind)).push(plan).spacing(space::XS).into()
    }

    /// Whether a part is made at each start, and what else can be done with it.
    pub(super) fn part_row<'a>(&self, part: &Mediated, host: &HostModel) -> Element<'a, Message> {
        let is_on = host.client.is_some();
        let press = is_on.then_some(Message::PartAutostart(!part.autostart));
        let said = match (part.is_active, part.is_kept, part.autostart) {
            (_, _, true) => t!("other-part-autostart"),
            (true, true, false) => t!("other-part-kept"),
            (true, false, _) => t!("other-part-active"),
            (false, ..) => t!("other-part-off"),
        };
        let switch = switch(said.clone(), part.autostart, 18.0, press).id("part-autostart");
        let link = |label: String, id: &'static str, message: Message| {
            Button::new(Kind::Link, label).line().id(id).on_press_maybe(is_on.then_some(message))
        };
        let start = (!part.is_active).then(|| link(t!("part-start"), "part-start", Message::StartPart));
        let links = row![].push(start).push(link(t!("part-delete"), "part-delete", Message::RemovePart)).spacing(space::M);
        let words = text(said).size(13).width(iced::Length::Fill);
        column![row![words, switch].spacing(space::S).align_y(Alignment::Center), links].spacing(2).into()
    }
}
