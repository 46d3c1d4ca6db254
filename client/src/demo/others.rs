//! What the host in memory has besides PCI cards.

use super::{Preset, guest::id, scsi};
use crate::{
    Machine, Uuid,
    device::{Attached, InputDevice, Mediated, Namespace, OtherDevices, Parent, PartType, UsbDevice, UsbName, UsbRule},
};

/// Machines of the roster, by their number.
const GAMING: u128 = 1;
const DESKTOP: u128 = 2;
const WINDOWS_SERVER: u128 = 14;

/// The controllers that the ports are of.
const CHIPSET: &str = "0000:08:00.0";
const REAR: &str = "0000:0d:00.3";

struct Row {
    port: &'static str,
    place: (u32, u32),
    ids: (u16, u16),
    name: (&'static str, &'static str),
    serial: &'static str,
    speed: u32,
    kinds: &'static [&'static str],
    controller: &'static str,
    uses: &'static [(&'static str, &'static str)],
}

#[rustfmt::skip]
const USB: [Row; 8] = [
    Row { port: "1-1", place: (1, 2), ids: (0x046d, 0xc31c), name: ("Logitech", "USB Keyboard"), serial: "", speed: 1, kinds: &["input"],
        controller: CHIPSET, uses: &[("keyboard", "input3")] },
    Row { port: "1-2", place: (1, 3), ids: (0x046d, 0xc52b), name: ("Logitech", "USB Receiver"), serial: "", speed: 12, kinds: &["input"],
        controller: CHIPSET, uses: &[] },
    Row { port: "1-4.1", place: (1, 6), ids: (0x0781, 0x5581), name: ("SanDisk", "Ultra"), serial: "4C530001231120", speed: 480,
        kinds: &["storage"], controller: CHIPSET, uses: &[("mounted", "sdb1")] },
    Row { port: "1-4.2", place: (1, 7), ids: (0x0951, 0x1666), name: ("Kingston", "DataTraveler 3.0"), serial: "E0D55EA5", speed: 480,
        kinds: &["storage"], controller: CHIPSET, uses: &[] },
    Row { port: "2-1", place: (2, 2), ids: (0x046d, 0x085e), name: ("Logitech", "BRIO"), serial: "1A2B3C4D", speed: 5000,
        kinds: &["video", "audio", "input"], controller: CHIPSET, uses: &[] },
    Row { port: "3-1", place: (3, 2), ids: (0x045e, 0x0b12), name: ("Microsoft", "Xbox Controller"), serial: "3039363030383132", speed: 12,
        kinds: &["input"], controller: REAR, uses: &[] },
    Row { port: "3-2", place: (3, 3), ids: (0x1050, 0x0407), name: ("Yubico", "YubiKey OTP+FIDO+CCID"), serial: "", speed: 12,
        kinds: &["input", "smart-card"], controller: REAR, uses: &[] },
    Row { port: "3-4", place: (3, 4), ids: (0x04f9, 0x0441), name: ("Brother", "HL-L2350DW series"), serial: "E78098B2N512847", speed: 480,
        kinds: &["printer"], controller: REAR, uses: &[] },
];

const PARTS: [&str; 3] =
    ["2d7f2a0c-58c5-4c1b-9c5b-6e4f3f7f1a01", "9b1f1c34-0d2e-4a57-8f6e-51c2d3e4f502", "c4a9e3d7-77f0-4b0e-a4f5-0d9c51b2e603"];

/// Everything of it.
pub(super) fn others(preset: Preset) -> OtherDevices {
    if matches!(preset, Preset::ServiceMissing | Preset::NoLibvirt) {
        return OtherDevices::default();
    }
    OtherDevices {
        usb: Some(USB.iter().map(usb).collect()),
        inputs: Some(inputs()),
        namespaces: Some(namespaces()),
        scsi: Some(scsi::devices()),
        parents: Some(vec![parent()]),
        mediated: Some(PARTS.map(part).to_vec()),
    }
}

fn usb(row: &Row) -> UsbDevice {
    UsbDevice {
        port: row.port.to_owned(),
        place: row.place,
        ids: row.ids,
        serial: row.serial.to_owned(),
        vendor_name: row.name.0.to_owned(),
        product_name: row.name.1.to_owned(),
        speed: row.speed,
        kinds: row.kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        controller: Some(row.controller.to_owned()),
        uses: uses(row.uses),
        ..UsbDevice::default()
    }
}

fn uses(uses: &[(&str, &str)]) -> Vec<(String, String)> {
    uses.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned())).collect()
}

fn inputs() -> Vec<InputDevice> {
    let input = |name: &str, label: &str, kind: &str, port: &str| InputDevice {
        name: name.to_owned(),
        label: label.to_owned(),
        kinds: vec![kind.to_owned()],
        port: port.to_owned(),
        controller: Some(CHIPSET.to_owned()),
        is_only_keyboard: kind == "keyboard",
        ..InputDevice::default()
    };
    vec![
        input("by-id/usb-Logitech_USB_Keyboard-event-kbd", "Logitech USB Keyboard", "keyboard", "1-1"),
        input("by-id/usb-Logitech_USB_Receiver-if02-event-mouse", "Logitech M705", "mouse", "1-2"),
    ]
}

fn namespaces() -> Vec<Namespace> {
    let namespace = |controller: &str, name: &str, model: &str, size: u64, used: &[(&str, &str)]| Namespace {
        controller: controller.to_owned(),
        number: 1,
        name: name.to_owned(),
        model: model.to_owned(),
        size,
        uses: uses(used),
        ..Namespace::default()
    };
    let system = [("mounted", "nvme0n1p1"), ("system-disk", "nvme0n1p2"), ("swap", "nvme0n1p3")];
    vec![
        namespace("0000:06:00.0", "nvme0n1", "Samsung SSD 990 PRO 2TB", 2_000_398_934_016, &system),
        namespace("0000:07:00.0", "nvme1n1", "WD_BLACK SN850X 1000GB", 1_000_204_886_016, &[]),
    ]
}

fn parent() -> Parent {
    let kind = |id: &str, name: &str, description: &str, free: u32| PartType {
        id: id.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        interface: "vfio-pci".to_owned(),
        free,
    };
    let kinds = vec![
        kind("nvidia-36", "GRID T400-1Q", "num_heads=4, frl_config=60, framebuffer=1024M", 2),
        kind("nvidia-37", "GRID T400-2Q", "num_heads=4, frl_config=60, framebuffer=2048M", 1),
    ];
    Parent { name: "0000:02:00.0".to_owned(), device: Some("0000:02:00.0".to_owned()), types: kinds }
}

fn part(uuid: &str) -> Mediated {
    let is_off = uuid == PARTS[2];
    Mediated {
        uuid: uuid.to_owned(),
        kind: if is_off { "nvidia-37" } else { "nvidia-36" }.to_owned(),
        parent: "0000:02:00.0".to_owned(),
        is_active: !is_off,
        is_kept: true,
        autostart: uuid == PARTS[0],
        ..Mediated::default()
    }
}

/// What machines of the design have of it, and their rules.
pub(super) fn attached(machine: &Machine, all: &OtherDevices) -> (Vec<Attached>, Vec<UsbRule>) {
    let usb = |port: &str, is_live: bool, is_configured: bool| {
        let found = all.usb.iter().flatten().find(|device| device.port == port);
        found.map(|device| Attached { kind: "usb".to_owned(), source: source(device), is_live, is_configured, ..Attached::default() })
    };
    let rule = |id: &str, on: UsbName, state: &str, ports: &[&str]| UsbRule {
        id: id.to_owned(),
        on,
        state: state.to_owned(),
        ports: ports.iter().map(|port| (*port).to_owned()).collect(),
        reasons: Vec::new(),
    };
    let is = |number: u128| machine.id == id(number);
    let is_on = machine.is_active();
    match () {
        () if is(GAMING) => (usb("3-1", is_on, true).into_iter().collect(), Vec::new()),
        () if is(DESKTOP) => {
            let rule = rule("0000000000000001", UsbName::Serial("1A2B3C4D".to_owned()), "attached", &["2-1"]);
            (usb("2-1", is_on, false).into_iter().collect(), vec![rule])
        }
        () if is(WINDOWS_SERVER) => {
            let rule = rule("0000000000000002", UsbName::Serial("E0D55EA5".to_owned()), "waiting", &["1-4.2"]);
            (usb("3-4", false, true).into_iter().collect(), vec![rule])
        }
        () => (Vec::new(), Vec::new()),
    }
}

/// What a definition calls it.
pub(super) fn source(device: &UsbDevice) -> String {
    format!("0x{:04x}:0x{:04x}", device.ids.0, device.ids.1)
}

/// Everything, with the machines that have it now.
pub(super) fn with_machines(all: &OtherDevices, guests: &[super::guest::Guest]) -> OtherDevices {
    let named: Vec<(&Attached, Uuid)> =
        guests.iter().flat_map(|guest| guest.machine.host_devices.iter().flatten().map(|one| (one, guest.machine.id))).collect();
    let who = |kind: &str, is: &dyn Fn(&str) -> bool| -> (Vec<Uuid>, Option<Uuid>) {
        let own = || named.iter().filter(|(one, _)| one.kind == kind && is(&one.source));
        (own().map(|(_, machine)| *machine).collect(), own().find(|(one, _)| one.is_live).map(|(_, machine)| *machine))
    };
    let mut all = all.clone();
    for device in all.usb.iter_mut().flatten() {
        (device.machines, device.active_machine) = who("usb", &|source| device.is_named(source));
    }
    for device in all.inputs.iter_mut().flatten() {
        (device.machines, device.active_machine) = who("input", &|source| device.name == source);
    }
    for one in all.namespaces.iter_mut().flatten() {
        one.machines = who("nvme", &|source| source == format!("{}/{}", one.controller, one.number)).0;
    }
    for device in all.scsi.iter_mut().flatten() {
        (device.machines, device.active_machine) = who("scsi", &|source| device.address == source);
    }
    for part in all.mediated.iter_mut().flatten() {
        (part.machines, part.active_machine) = who("mdev", &|source| part.uuid == source);
    }
    all
}
