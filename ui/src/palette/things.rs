//! What of a host is no PCI card, parts of cards and networks of functions: what can be done with them from the palette.

use client::{
    HostDevice, Machine,
    device::{Attached, UsbName},
    host::Id,
    t,
};

use super::entry::{Entry, Goal, Section};
use crate::{
    action::{Action, Call, OtherChange},
    app::other::usb_label,
    component::thing::{Family, Thing, part_label},
    dialog::{
        divide::{Divide, can_divide},
        give::Give,
        moving::in_words,
        networks::Networks,
        remove::Remove,
        take_back::TakeBack,
    },
    icon,
    model::{HostModel, Key, Model},
};

/// What is done.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// Asks which machine shall have it.
    Give(Id, Family, String),
    /// The plan of taking it from its machine.
    TakeBack(Key, Attached),
    /// A USB device goes there by itself no longer.
    RemoveRule(Key, String, UsbName),
    /// The plan of a part of a card.
    Divide(Id, String),
    /// The plan of deleting a part.
    RemovePart(Id, String),
    /// The networks of a card's functions.
    Networks(Id, String),
}

impl What {
    pub fn action(self, model: &Model) -> Action {
        let open = |dialog: Option<crate::dialog::Dialog>| dialog.map_or(Action::None, |dialog| Action::Open(Box::new(dialog)));
        match self {
            Self::Give(host, family, id) => {
                let things = model.host(&host).map(|host| family.things(&host.others)).unwrap_or_default();
                open(things.iter().find(|thing| thing.id == id).map(|thing| Give::thing(model, host, thing).into()))
            }
            Self::TakeBack(key, one) => open(Some(TakeBack::new(model, key, &one).into())),
            Self::RemoveRule(key, id, on) => Action::Call(Call::Other(key, OtherChange::RemoveRule(id, on))),
            Self::Divide(host, card) => open(Divide::new(model, host, &card).map(Into::into)),
            Self::RemovePart(host, uuid) => open(Remove::part(model, host, &uuid).map(Into::into)),
            Self::Networks(host, card) => open(Some(Networks::new(host, card).into())),
        }
    }
}

/// Everything that can be done with them, on hosts that answer.
pub(super) fn all(model: &Model) -> Vec<Entry> {
    model.hosts().iter().filter(|host| host.is_live()).flat_map(|host| of_host(model, host)).collect()
}

fn of_host(model: &Model, host: &HostModel) -> Vec<Entry> {
    let things: Vec<Thing> =
        Family::ALL.into_iter().filter(|family| family.is_offered(&host.others)).flat_map(|family| family.things(&host.others)).collect();
    let mut entries: Vec<Entry> = things.iter().flat_map(|thing| of_thing(host, thing)).collect();
    entries.extend(host.machines.values().flat_map(|machine| rules(host, machine)));
    let id = || host.host.id.clone();
    for parent in host.others.parents.iter().flatten().filter(|parent| can_divide(parent)) {
        let card = parent.device.clone().unwrap_or_default();
        let title = t!("palette-divide", card = in_words(model, &host.host.id, std::slice::from_ref(&card)));
        entries.push(entry(icon::gpu(), title, What::Divide(id(), card)));
    }
    for part in host.others.mediated.iter().flatten() {
        let short = part.uuid.split('-').next().unwrap_or_default();
        let title = t!("palette-delete-part", name = part_label(part, &host.others), uuid = short);
        entries.push(entry(icon::trash_2(), title, What::RemovePart(id(), part.uuid.clone())));
    }
    for card in host.devices.iter().filter(|device| HostDevice::has_function_networks(device)) {
        let title = t!("palette-networks", card = card.label());
        entries.push(entry(icon::network(), title, What::Networks(id(), card.address.clone())));
    }
    entries
}

fn entry(icon: icon::Icon, title: String, what: What) -> Entry {
    Entry::new(Section::Actions, icon, title, Goal::Thing(what)).detail(t!("palette-asks"))
}

fn of_thing(host: &HostModel, thing: &Thing) -> Vec<Entry> {
    let mut entries = Vec::new();
    // What the host uses would only be refused.
    if thing.gift.is_some() && thing.uses.is_empty() {
        let title = t!("palette-attach", device = thing.label.as_str());
        let what = What::Give(host.host.id.clone(), thing.family, thing.id.clone());
        entries.push(entry(thing.icon, title, what).detail(format!("{} · {}", thing.place, t!("palette-asks"))));
    }
    for machine in thing.machines.iter().filter_map(|id| host.machines.get(id)) {
        let own = machine.host_devices.iter().flatten().find(|one| thing.is(one, &host.others));
        let title = t!("palette-detach", device = thing.label.as_str(), machine = machine.label());
        entries.extend(own.map(|one| entry(thing.icon, title, What::TakeBack(host.key(machine.id), one.clone()))));
    }
    entries
}

fn rules(host: &HostModel, machine: &Machine) -> Vec<Entry> {
    let one = |rule: &client::device::UsbRule| {
        let title = t!("palette-remove-rule", device = usb_label(&host.others, &rule.on), machine = machine.label());
        let what = What::RemoveRule(host.key(machine.id), rule.id.clone(), rule.on.clone());
        Entry::new(Section::Actions, icon::usb(), title, Goal::Thing(what))
    };
    machine.usb_rules.iter().flatten().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::{Dialog, test};

    #[test]
    fn usb_inputs_namespaces_parts_rules_and_networks_are_reached_by_name_and_each_leads_to_its_plan() {
        let model = test::model();
        let entries = all(&model);
        let chosen = |title: &str| {
            let entry = entries.iter().find(|entry| entry.title == title).unwrap_or_else(|| panic!("no {title}"));
            entry.goal.clone().action(&model)
        };
        let opens = |title: &str| match chosen(title) {
            Action::Open(dialog) => *dialog,
            other => panic!("{title}: {other:?}"),
        };
        assert!(matches!(opens("Attach Kingston DataTraveler 3.0 to a machine"), Dialog::Give(_)));
        assert!(matches!(opens("Attach Logitech USB Keyboard to a machine"), Dialog::Give(_)));
        assert!(matches!(opens("Attach WD_BLACK SN850X 1000GB to a machine"), Dialog::Give(_)));
        assert!(matches!(opens("Detach Microsoft Xbox Controller from win11-gaming"), Dialog::TakeBack(_)));
        assert!(matches!(opens("Make a part of NVIDIA T400 4GB"), Dialog::Divide(_)));
        assert!(matches!(opens("Delete the part GRID T400-1Q (2d7f2a0c)"), Dialog::Remove(_)));
        assert!(matches!(opens("Networks of Intel Ethernet Controller X710 for 10GbE SFP+"), Dialog::Networks(_)));
        let rule = chosen("No longer give Logitech BRIO to fedora-42-dev by itself");
        assert!(matches!(rule, Action::Call(Call::Other(_, OtherChange::RemoveRule(..)))));
        assert!(!entries.iter().any(|entry| entry.title.contains("SanDisk")), "the host uses it");
    }
}
