//! As what a machine gets a virtual function: as a device, or as a network card whose address and VLAN libvirt sets.

use client::{device::NetworkCard, t};
use iced::{
    Element, Length,
    widget::{column, row},
};

use super::{Attach, Message};
use crate::{
    component::segments,
    dialog::{give::labelled, moving, part},
    model::Model,
    theme::space,
};

/// Letters of the number of a VLAN.
const LONGEST: usize = 4;
/// The highest VLAN.
const MOST: u32 = 4094;

/// What is typed and chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Card {
    pub is_on: bool,
    mac: String,
    vlan: String,
}

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The hardware address.
    Mac,
    /// The VLAN.
    Vlan,
}

impl Card {
    /// What is typed; which field is none that a card could have.
    pub fn read(&self) -> Result<Option<NetworkCard>, Field> {
        if !self.is_on {
            return Ok(None);
        }
        let mac = self.mac.trim().to_lowercase();
        if !mac.is_empty() && !NetworkCard::is_mac(&mac) {
            return Err(Field::Mac);
        }
        let vlan = match self.vlan.as_str() {
            "" => 0,
            text => text.parse().ok().filter(|vlan| (1..=MOST).contains(vlan)).ok_or(Field::Vlan)?,
        };
        Ok(Some(NetworkCard { mac, vlan }))
    }

    pub fn typed(&mut self, field: Field, text: String) {
        match field {
            Field::Mac => self.mac = text,
            Field::Vlan => self.vlan = text.chars().filter(char::is_ascii_digit).take(LONGEST).collect(),
        }
    }

    /// What libvirt does with it, for the plan; nothing for a device.
    pub fn step(&self) -> Option<(String, String)> {
        let NetworkCard { mac, vlan } = self.read().ok()??;
        let mac = if mac.is_empty() { t!("attach-card-mac-chosen") } else { mac };
        let detail = if vlan == 0 { mac } else { t!("attach-card-address", mac = mac, vlan = vlan.to_string()) };
        Some((t!("attach-step-card"), detail))
    }
}

impl Attach {
    /// Whether the device is a virtual function of a network card: of others nobody could set an address.
    pub(super) fn can_be_card(&self, model: &Model) -> bool {
        let device = model.host(&self.host).zip(self.address.as_deref()).and_then(|(host, address)| moving::device(host, address));
        device.is_some_and(|device| device.kind == "network" && device.function_of.is_some())
    }

    /// The choice, and the fields of a card.
    pub(super) fn card_choice<'a>(&'a self, model: &Model) -> Option<Element<'a, Message>> {
        if !self.can_be_card(model) {
            return None;
        }
        let way = |is_card: bool| {
            let words = if is_card { t!("attach-as-card") } else { t!("attach-as-device") };
            let is_on = self.card.is_on == is_card;
            (words, is_on, self.attempt.press(Message::As(is_card)).filter(|_| !is_on))
        };
        let ways = labelled(t!("attach-as"), segments([false, true].map(way)));
        let about = if self.card.is_on { t!("attach-as-card-detail") } else { t!("attach-as-device-detail") };
        let fields = self.card.is_on.then(|| {
            let mac = self.card_field("attach-mac", t!("function-mac"), &self.card.mac, Field::Mac);
            let vlan = self.card_field("attach-vlan", t!("function-vlan"), &self.card.vlan, Field::Vlan);
            row![mac, vlan].spacing(space::M)
        });
        Some(column![column![ways, part::caption(about)].spacing(space::XS)].push(fields).spacing(space::S).into())
    }

    fn card_field<'a>(&self, id: &'static str, label: String, value: &'a str, field: Field) -> Element<'a, Message> {
        let is_wrong = self.card.read() == Err(field);
        let (hint, wrong) = match field {
            Field::Mac => (t!("attach-card-mac-hint"), t!("attach-card-mac-wrong")),
            Field::Vlan => (t!("function-none"), t!("function-vlan-wrong")),
        };
        let input = part::field(id, &hint, value, is_wrong, move |text| Message::Typed(field, text), Message::Accept);
        let input = part::typed(input, Some(label.clone()), value);
        let below = is_wrong.then(|| part::below(Some(wrong), None));
        column![part::caption(label), input].push(below).spacing(space::XS).width(Length::Fill).into()
    }
}
