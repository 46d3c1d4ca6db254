//! What of a host is no PCI card, as lists show it: one form for USB devices, inputs, NVMe namespaces, SCSI devices and parts of cards.

mod scsi;

use std::hash::{Hash, Hasher};

use client::{
    Uuid,
    device::{
        Attached, Gift, InputDevice, Inputs, Mediated, MediatedPart, Namespace, NamespaceDisk, OtherDevices, Parent, UsbDevice, UsbHow,
        UsbName, short,
    },
    t, unit,
};

use super::device::device_use;
use crate::{
    icon::{self, Icon},
    model::HostModel,
};

/// What is listed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// USB devices.
    Usb,
    /// Keyboards and mice.
    Inputs,
    /// NVMe namespaces.
    Disks,
    /// SCSI devices: tape drives, burners, whole disks.
    Scsi,
    /// Parts of cards, and the cards that can be divided.
    Parts,
}

/// Kinds of USB devices that have a word and an icon.
const USB_KINDS: [&str; 10] =
    ["audio", "camera", "communication", "input", "printer", "smart-card", "storage", "video", "wireless", "other"];
const INPUT_KINDS: [&str; 4] = ["keyboard", "mouse", "touchpad", "tablet"];

impl Family {
    /// Every one, in the order of the row.
    pub const ALL: [Self; 5] = [Self::Usb, Self::Inputs, Self::Disks, Self::Scsi, Self::Parts];

    /// What it is called.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Usb => client::t!("other-usb"),
            Self::Inputs => client::t!("other-inputs"),
            Self::Disks => client::t!("other-disks"),
            Self::Scsi => client::t!("other-scsi"),
            Self::Parts => client::t!("other-parts"),
        }
    }

    /// The head of the column behind the name.
    #[must_use]
    pub fn column(self) -> String {
        match self {
            Self::Usb => client::t!("other-column-serial"),
            Self::Inputs => client::t!("other-column-port"),
            Self::Disks | Self::Scsi => client::t!("other-column-size"),
            Self::Parts => client::t!("other-column-type"),
        }
    }

    /// Whether a host has it: what the service does not tell, and of what few computers have nothing, is not shown.
    #[must_use]
    pub fn is_offered(self, others: &OtherDevices) -> bool {
        match self {
            Self::Usb => others.usb.is_some(),
            Self::Inputs => others.inputs.is_some(),
            Self::Disks => others.namespaces.iter().flatten().next().is_some(),
            Self::Scsi => others.scsi.iter().flatten().next().is_some(),
            Self::Parts => others.parents.iter().flatten().next().is_some() || others.mediated.iter().flatten().next().is_some(),
        }
    }

    /// Everything of it, in order.
    #[must_use]
    pub fn things(self, others: &OtherDevices) -> Vec<Thing> {
        match self {
            Self::Usb => others.usb.iter().flatten().map(usb).collect(),
            Self::Inputs => others.inputs.iter().flatten().map(input).collect(),
            Self::Disks => others.namespaces.iter().flatten().map(disk).collect(),
            Self::Scsi => others.scsi.iter().flatten().map(scsi::thing).collect(),
            Self::Parts => {
                let parts = others.mediated.iter().flatten().map(|one| part(one, others));
                others.parents.iter().flatten().map(parent).chain(parts).collect()
            }
        }
    }
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    /// What it is listed with.
    pub family: Family,
    /// What it is known by in its family.
    pub id: String,
    /// Its icon.
    pub icon: Icon,
    /// What people call it.
    pub label: String,
    /// Where it is: a port, a name.
    pub place: String,
    /// What it is for.
    pub kind: String,
    /// What stands in the column behind the name.
    pub column: String,
    /// What the host does with it: the service's word, and the kernel's name of the part.
    pub uses: Vec<(String, String)>,
    /// Machines whose definitions name it.
    pub machines: Vec<Uuid>,
    /// The one that runs and has it.
    pub active_machine: Option<Uuid>,
    /// More of it: the key of a label, and the value.
    pub facts: Vec<(&'static str, String)>,
    /// How a machine gets it; `None` if none can.
    pub gift: Option<Gift>,
}

impl Hash for Thing {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.family, &self.id, &self.label, &self.column, &self.uses, &self.machines, self.active_machine).hash(state);
    }
}

impl Thing {
    /// What the host does with it, as sentences.
    pub fn uses_shown(&self) -> impl Iterator<Item = String> + '_ {
        self.uses.iter().map(|(word, name)| match (self.family, word.as_str()) {
            // Each keyboard is one, not the only one.
            (Family::Usb, "keyboard") => t!("other-use-keyboard"),
            _ => device_use(word, name),
        })
    }

    /// Whether a word that was typed is in anything that it is known by.
    #[must_use]
    pub fn says(&self, word: &str) -> bool {
        let mut texts = vec![&self.id, &self.label, &self.kind, &self.column];
        texts.extend(self.facts.iter().map(|(_, value)| value));
        texts.iter().any(|text| text.to_lowercase().contains(word))
    }

    /// Whether this is what a machine has.
    #[must_use]
    pub fn is(&self, one: &Attached, others: &OtherDevices) -> bool {
        match (self.family, one.kind.as_str()) {
            (Family::Usb, "usb") => others.usb_named(&one.source).any(|device| device.port == self.id),
            (Family::Inputs, "input") | (Family::Disks, "nvme") | (Family::Parts, "mdev") => one.source == self.id,
            // While it is not in use, its address may be another's.
            (Family::Scsi, "scsi") if !one.is_live && !one.identity.is_empty() => {
                self.facts.contains(&("other-fact-identity", one.identity.clone()))
            }
            (Family::Scsi, "scsi") => one.source == self.id,
            _ => false,
        }
    }

    /// Whether it is this card.
    #[must_use]
    pub fn is_parent(&self, parent: &Parent) -> bool {
        self.family == Family::Parts && self.gift.is_none() && self.id == parent_id(parent)
    }

    /// Who has it, in a word.
    #[must_use]
    pub fn holder(&self, host: &HostModel) -> String {
        match (self.active_machine, self.uses.is_empty()) {
            (Some(machine), _) => host.machines.get(&machine).map(|machine| machine.label().to_owned()).unwrap_or_default(),
            (None, false) => t!("devices-holder-host"),
            (None, true) => t!("devices-holder-idle"),
        }
    }
}

/// What a machine has, found on its host.
#[must_use]
pub fn found(others: &OtherDevices, one: &Attached) -> Option<Thing> {
    let family = match one.kind.as_str() {
        "usb" => Family::Usb,
        "input" => Family::Inputs,
        "nvme" => Family::Disks,
        "scsi" => Family::Scsi,
        "mdev" => Family::Parts,
        _ => return None,
    };
    family.things(others).into_iter().find(|thing| thing.is(one, others))
}

fn usb(device: &UsbDevice) -> Thing {
    let kinds = device.kinds.iter().filter(|kind| USB_KINDS.contains(&kind.as_str()));
    let kinds: Vec<String> = kinds.map(|kind| t!(&format!("other-kind-{kind}"))).collect();
    let mut facts = vec![("other-fact-port", device.port.clone()), ("device-fact-ids", device.ids_shown())];
    if !device.serial.is_empty() {
        facts.push(("other-fact-serial", device.serial.clone()));
    }
    facts.push(("other-fact-place", t!("other-place", bus = device.place.0, number = device.place.1)));
    if device.speed > 0 {
        facts.push(("other-fact-speed", speed(device.speed)));
    }
    facts.extend(device.controller.iter().map(|address| ("other-fact-controller", short(address).to_owned())));
    Thing {
        family: Family::Usb,
        id: device.port.clone(),
        icon: usb_icon(device.kinds.first().map(String::as_str).unwrap_or_default()),
        label: device.label(),
        place: device.port.clone(),
        kind: if kinds.is_empty() { t!("other-kind-other") } else { kinds.join(" · ") },
        column: device.serial.clone(),
        uses: device.uses.clone(),
        machines: device.machines.clone(),
        active_machine: device.active_machine,
        facts,
        gift: Some(Gift::Usb(UsbName::Ports(vec![device.port.clone()]), UsbHow::default())),
    }
}

fn speed(megabits: u32) -> String {
    if megabits >= 1000 { t!("other-speed-gigabit", count = megabits / 1000) } else { t!("other-speed", count = megabits) }
}

fn usb_icon(kind: &str) -> Icon {
    match kind {
        "audio" => icon::volume_2(),
        "camera" | "video" => icon::camera(),
        "input" => icon::keyboard(),
        "smart-card" => icon::key_round(),
        "storage" => icon::hard_drive(),
        "wireless" => icon::wifi(),
        _ => icon::usb(),
    }
}

fn input(device: &InputDevice) -> Thing {
    let kinds = device.kinds.iter().filter(|kind| INPUT_KINDS.contains(&kind.as_str()));
    let kinds: Vec<String> = kinds.map(|kind| t!(&format!("other-input-{kind}"))).collect();
    let mut facts = vec![("other-fact-name", device.name.clone())];
    if !device.port.is_empty() {
        facts.push(("other-fact-port", device.port.clone()));
    }
    facts.extend(device.controller.iter().map(|address| ("other-fact-controller", short(address).to_owned())));
    Thing {
        family: Family::Inputs,
        id: device.name.clone(),
        icon: if device.kinds.iter().any(|kind| kind == "keyboard") { icon::keyboard() } else { icon::mouse() },
        label: if device.label.is_empty() { device.name.clone() } else { device.label.clone() },
        place: if device.port.is_empty() { "–".to_owned() } else { device.port.clone() },
        kind: kinds.join(" · "),
        column: if device.is_only_keyboard { t!("other-only-keyboard") } else { String::new() },
        uses: Vec::new(),
        machines: device.machines.clone(),
        active_machine: device.active_machine,
        facts,
        gift: Some(Gift::Inputs(Inputs::new(vec![device.name.clone()]))),
    }
}

fn disk(namespace: &Namespace) -> Thing {
    let Namespace { controller, number, name, model, size, uses, machines } = namespace;
    Thing {
        family: Family::Disks,
        id: format!("{controller}/{number}"),
        icon: icon::hard_drive(),
        label: if model.is_empty() { name.clone() } else { model.clone() },
        place: name.clone(),
        kind: t!("other-namespace", number = *number, controller = short(controller)),
        column: unit::size(*size),
        uses: uses.clone(),
        machines: machines.clone(),
        // The kernel shows no namespace of a controller that a machine has.
        active_machine: None,
        facts: vec![
            ("other-fact-name", name.clone()),
            ("other-fact-size", unit::size(*size)),
            ("other-fact-controller", short(controller).to_owned()),
        ],
        gift: Some(Gift::Namespace(NamespaceDisk { controller: controller.clone(), number: *number, ..NamespaceDisk::default() })),
    }
}

fn parent_id(parent: &Parent) -> String {
    format!("parent {}", parent.name)
}

fn parent(parent: &Parent) -> Thing {
    let kind = |kind: &client::device::PartType| {
        let name = if kind.name.is_empty() { kind.id.clone() } else { kind.name.clone() };
        ("other-fact-makes", t!("other-makes", name = name, count = kind.free))
    };
    Thing {
        family: Family::Parts,
        id: parent_id(parent),
        icon: icon::gpu(),
        label: short(parent.device.as_deref().unwrap_or(&parent.name)).to_owned(),
        place: t!("other-parent-place"),
        kind: t!("other-parent"),
        column: t!("other-types", count = parent.types.len()),
        uses: Vec::new(),
        machines: Vec::new(),
        active_machine: None,
        facts: parent.types.iter().map(kind).collect(),
        gift: None,
    }
}

/// What a part is called: by its type, of which there may be several.
#[must_use]
pub fn part_label(one: &Mediated, others: &OtherDevices) -> String {
    let name = type_of(one, others).map(|kind| kind.name.clone()).filter(|name| !name.is_empty());
    name.unwrap_or_else(|| one.kind.clone())
}

fn type_of<'a>(one: &Mediated, others: &'a OtherDevices) -> Option<&'a client::device::PartType> {
    let types = others.parents.iter().flatten().filter(|parent| parent.name == one.parent).flat_map(|parent| &parent.types);
    types.into_iter().find(|kind| kind.id == one.kind)
}

fn part(one: &Mediated, others: &OtherDevices) -> Thing {
    let (known, kind) = (type_of(one, others), part_label(one, others));
    let kept = match (one.is_active, one.is_kept, one.autostart) {
        (_, true, true) => t!("other-part-autostart"),
        (true, true, false) => t!("other-part-kept"),
        (true, false, _) => t!("other-part-active"),
        (false, ..) => t!("other-part-off"),
    };
    let mut facts = vec![
        ("other-fact-uuid", one.uuid.clone()),
        ("other-fact-type", one.kind.clone()),
        ("other-fact-parent", short(&one.parent).to_owned()),
    ];
    facts.extend(known.filter(|kind| !kind.description.is_empty()).map(|kind| ("other-fact-has", kind.description.clone())));
    facts.push(("other-fact-kept", kept.clone()));
    Thing {
        family: Family::Parts,
        id: one.uuid.clone(),
        icon: icon::gpu(),
        label: kind.clone(),
        place: one.uuid.split('-').next().unwrap_or_default().to_owned(),
        kind: kept,
        column: kind,
        uses: Vec::new(),
        machines: one.machines.clone(),
        active_machine: one.active_machine,
        facts,
        gift: Some(Gift::Mediated(MediatedPart { uuid: one.uuid.clone(), ..MediatedPart::default() })),
    }
}

#[cfg(test)]
mod tests {
    use client::demo::{Demo, Preset};

    use super::*;

    #[test]
    fn everything_of_the_host_has_a_name_a_place_and_words_for_what_it_is() {
        crate::locale::init("en");
        let others = Demo::new(Preset::Frozen).others();
        let all: Vec<Thing> = Family::ALL.into_iter().flat_map(|family| family.things(&others)).collect();
        assert_eq!(all.len(), 8 + 2 + 2 + 4 + 4);
        for thing in &all {
            let texts = [&thing.label, &thing.place, &thing.kind];
            assert!(texts.iter().all(|text| !text.is_empty() && !text.contains("other-")), "{thing:?}");
        }
        let keyboard = all.iter().find(|thing| thing.id == "1-1").unwrap();
        assert_eq!(keyboard.uses_shown().collect::<Vec<_>>(), ["A keyboard of the host"]);
    }

    #[test]
    fn what_the_service_does_not_tell_is_not_offered() {
        let none = OtherDevices::default();
        assert!(!Family::ALL.into_iter().any(|family| family.is_offered(&none)));
        let empty = OtherDevices { usb: Some(Vec::new()), namespaces: Some(Vec::new()), mediated: Some(Vec::new()), ..none };
        assert_eq!(Family::ALL.map(|family| family.is_offered(&empty)), [true, false, false, false, false]);
    }

    #[test]
    fn a_thing_is_found_by_what_people_know_of_it_and_by_what_a_machine_has() {
        crate::locale::init("en");
        let others = Demo::new(Preset::Frozen).others();
        let camera = Family::Usb.things(&others).into_iter().find(|thing| thing.id == "2-1").unwrap();
        assert!(["brio", "2-1", "046d:085e", "1a2b", "camera", "08:00"].iter().all(|word| camera.says(word)));
        assert!(!camera.says("kingston"));
        let one = |kind: &str, source: &str| Attached { kind: kind.into(), source: source.into(), ..Attached::default() };
        assert_eq!(found(&others, &one("usb", "0x046d:0x085e")), Some(camera));
        assert_eq!(found(&others, &one("nvme", "0000:07:00.0/1")).unwrap().place, "nvme1n1");
        assert_eq!(found(&others, &one("usb", "0x1234:0x5678")), None);
    }
}
