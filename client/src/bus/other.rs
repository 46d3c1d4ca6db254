//! Records of what is no PCI card, from what the service sends.

use std::collections::HashMap;

use dbus::{interface, path};
use uuid::Uuid;
use zbus::Variant;

use super::{
    record::put,
    value::{facts, flag, number, pairs, structures, text, texts, unsigned},
};
use crate::device::{InputDevice, Mediated, Namespace, OtherDevices, Parent, PartType, ScsiDevice, UsbDevice};

/// The interfaces of the host's object that tell of it.
pub(super) const INTERFACES: [&str; 5] =
    [interface::USB, interface::HOST_INPUT, interface::HOST_NVME, interface::HOST_SCSI, interface::HOST_MEDIATED];

/// Takes properties of one of them. Returns whether anything is another now.
pub(super) fn take<'a>(others: &mut OtherDevices, interface: &str, properties: impl Iterator<Item = (&'a str, &'a Variant<'a>)>) -> bool {
    properties.fold(false, |changed, (name, value)| changed | set(others, interface, name, value))
}

fn set(others: &mut OtherDevices, interface: &str, property: &str, value: &Variant<'_>) -> bool {
    match (interface, property) {
        (interface::USB, "Devices") => put(&mut others.usb, all(value, usb)),
        (interface::HOST_INPUT, "Devices") => put(&mut others.inputs, all(value, input)),
        (interface::HOST_NVME, "Namespaces") => put(&mut others.namespaces, all(value, namespace)),
        (interface::HOST_SCSI, "Devices") => put(&mut others.scsi, all(value, scsi)),
        (interface::HOST_MEDIATED, "Parents") => put(&mut others.parents, all(value, parent)),
        (interface::HOST_MEDIATED, "Instances") => put(&mut others.mediated, all(value, mediated)),
        _ => false,
    }
}

/// What is told of one thing.
struct Told<'a>(HashMap<String, &'a Variant<'a>>);

impl<'a> Told<'a> {
    fn of<T>(&self, name: &str, read: impl Fn(&'a Variant<'a>) -> Option<T>) -> Option<T> {
        self.0.get(name).and_then(|value| read(value))
    }

    fn text(&self, name: &str) -> String {
        self.of(name, text).unwrap_or_default()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.of(name, texts).unwrap_or_default()
    }

    fn number(&self, name: &str) -> u32 {
        self.of(name, unsigned).and_then(|number| number.try_into().ok()).unwrap_or_default()
    }

    fn id(&self, name: &str) -> u16 {
        self.number(name).try_into().unwrap_or_default()
    }

    fn is(&self, name: &str) -> bool {
        self.of(name, flag).unwrap_or_default()
    }

    fn address(&self, name: &str) -> Option<String> {
        self.of(name, text).and_then(|path| path::host_device_address(&path))
    }

    fn machine(&self, name: &str) -> Option<Uuid> {
        self.of(name, text).and_then(|path| path::machine_uuid(&path))
    }

    fn machines(&self) -> Vec<Uuid> {
        self.texts("machines").iter().filter_map(|path| path::machine_uuid(path)).collect()
    }

    fn uses(&self) -> Vec<(String, String)> {
        self.of("uses", pairs).unwrap_or_default()
    }
}

fn all<T>(value: &Variant<'_>, read: fn(&Told<'_>) -> T) -> Option<Option<Vec<T>>> {
    Some(Some(facts(value)?.into_iter().map(|told| read(&Told(told))).collect()))
}

fn usb(told: &Told<'_>) -> UsbDevice {
    UsbDevice {
        port: told.text("port"),
        place: (told.number("bus"), told.number("number")),
        ids: (told.id("vendor"), told.id("product")),
        serial: told.text("serial"),
        vendor_name: told.text("vendor-name"),
        product_name: told.text("product-name"),
        speed: told.number("speed"),
        kinds: told.texts("kinds"),
        controller: told.address("controller"),
        uses: told.uses(),
        machines: told.machines(),
        active_machine: told.machine("active-machine"),
    }
}

fn input(told: &Told<'_>) -> InputDevice {
    InputDevice {
        name: told.text("name"),
        label: told.text("label"),
        kinds: told.texts("kinds"),
        port: told.text("port"),
        controller: told.address("controller"),
        is_only_keyboard: told.is("only-keyboard"),
        machines: told.machines(),
        active_machine: told.machine("active-machine"),
    }
}

fn namespace(told: &Told<'_>) -> Namespace {
    Namespace {
        controller: told.address("controller").unwrap_or_default(),
        number: told.number("number"),
        name: told.text("name"),
        model: told.text("model"),
        size: told.of("size", unsigned).unwrap_or_default(),
        uses: told.uses(),
        machines: told.machines(),
    }
}

fn scsi(told: &Told<'_>) -> ScsiDevice {
    ScsiDevice {
        address: told.text("address"),
        kind: told.text("kind"),
        vendor: told.text("vendor"),
        model: told.text("model"),
        serial: told.text("serial"),
        identity: told.text("identity"),
        generic: told.text("generic"),
        node: told.text("node"),
        size: told.of("size", unsigned).unwrap_or_default(),
        controller: told.address("controller"),
        uses: told.uses(),
        machines: told.machines(),
        active_machine: told.machine("active-machine"),
    }
}

fn parent(told: &Told<'_>) -> Parent {
    let kind = |fields: &[Variant<'_>]| match fields {
        [id, name, description, interface, free, ..] => Some(PartType {
            id: text(id)?,
            name: text(name)?,
            description: text(description)?,
            interface: text(interface)?,
            free: number(free)?,
        }),
        _ => None,
    };
    Parent {
        name: told.text("name"),
        device: told.address("device"),
        types: told.of("types", structures).into_iter().flatten().filter_map(kind).collect(),
    }
}

fn mediated(told: &Told<'_>) -> Mediated {
    Mediated {
        uuid: told.text("uuid"),
        kind: told.text("type"),
        parent: told.text("parent"),
        is_active: told.is("active"),
        is_kept: told.is("kept"),
        autostart: told.is("autostart"),
        machines: told.machines(),
        active_machine: told.machine("active-machine"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_and_what_has_another_type_is_as_if_it_were_not_there() {
        let stick: HashMap<&str, Variant<'_>> = HashMap::from([
            ("port", "1-2.4".into()),
            ("bus", 1_u32.into()),
            ("number", 8_u32.into()),
            ("vendor", 0x0781_u16.into()),
            ("product", "5581".into()),
            ("uses", vec![("mounted", "sdb1")].into()),
            ("machines", vec![path::machine(Uuid::nil())].into()),
            ("controller", path::host_device("0000:00:14.0").into()),
        ]);
        let mut others = OtherDevices::default();
        let value: Variant<'_> = vec![stick].into();
        assert!(take(&mut others, interface::USB, [("Devices", &value)].into_iter()));
        assert!(!take(&mut others, interface::USB, [("Devices", &value)].into_iter()), "nothing new");
        assert!(!take(&mut others, interface::HOST_NVME, [("Devices", &value)].into_iter()), "not of that interface");
        let [device] = others.usb.as_deref().unwrap() else { panic!("one device") };
        assert_eq!((device.place, device.ids), ((1, 8), (0x0781, 0)));
        assert_eq!(device.uses, [("mounted".to_owned(), "sdb1".to_owned())]);
        assert_eq!((device.controller.as_deref(), device.machines.len()), (Some("0000:00:14.0"), 1));
        assert!(others.inputs.is_none() && others.mediated.is_none());
    }

    #[test]
    fn a_card_tells_what_it_can_make() {
        let card: HashMap<&str, Variant<'_>> = HashMap::from([
            ("name", "0000:00:02.0".into()),
            ("types", vec![("i915-GVTg_V5_4", "", "low_gm_size: 128MB", "vfio-pci", 2_u32)].into()),
        ]);
        let mut others = OtherDevices::default();
        take(&mut others, interface::HOST_MEDIATED, [("Parents", &vec![card].into())].into_iter());
        let parents = others.parents.unwrap();
        assert_eq!((parents[0].types[0].id.as_str(), parents[0].types[0].free), ("i915-GVTg_V5_4", 2));
    }
}
