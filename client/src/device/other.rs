//! Devices of a host that are no PCI cards: USB devices, keyboards and mice, NVMe namespaces, SCSI devices, parts of cards that can be
//! divided.

use uuid::Uuid;

use super::{Attached, Gift, Inputs, MediatedPart, NamespaceDisk, UsbHow, UsbName};

/// Everything of that kind, as the service told it last; each `None` where it tells nothing of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherDevices {
    /// USB devices by port; hubs are none.
    pub usb: Option<Vec<UsbDevice>>,
    /// Keyboards and mice by name.
    pub inputs: Option<Vec<InputDevice>>,
    /// NVMe namespaces by controller.
    pub namespaces: Option<Vec<Namespace>>,
    /// SCSI devices by address.
    pub scsi: Option<Vec<ScsiDevice>>,
    /// Cards that can be divided.
    pub parents: Option<Vec<Parent>>,
    /// Parts of them.
    pub mediated: Option<Vec<Mediated>>,
}

impl OtherDevices {
    /// The USB devices that a definition may mean by this.
    pub fn usb_named<'a>(&'a self, source: &'a str) -> impl Iterator<Item = &'a UsbDevice> {
        self.usb.iter().flatten().filter(|device| device.is_named(source))
    }

    /// How something that a machine has is named when it is to be taken away, also what the host does not have any more; `None` for
    /// what is none of these.
    #[must_use]
    pub fn gift(&self, one: &Attached) -> Option<Gift> {
        let source = one.source.as_str();
        match one.kind.as_str() {
            "usb" => {
                let found: Vec<&UsbDevice> = self.usb_named(source).collect();
                let place =
                    || source.split_once('.').and_then(|(bus, number)| Some(UsbName::Place(bus.parse().ok()?, number.parse().ok()?)));
                let name = match (found.as_slice(), ids(source)) {
                    ([device], _) => UsbName::Ports(vec![device.port.clone()]),
                    (_, Some((vendor, product))) => UsbName::Id(format!("{vendor:04x}:{product:04x}")),
                    _ => place()?,
                };
                Some(Gift::Usb(name, UsbHow::default()))
            }
            "input" => Some(Gift::Inputs(Inputs::new(vec![source.to_owned()]))),
            "nvme" => {
                let (controller, number) = source.rsplit_once('/')?;
                let disk = NamespaceDisk { controller: controller.to_owned(), number: number.parse().ok()?, ..NamespaceDisk::default() };
                Some(Gift::Namespace(disk))
            }
            "scsi" if !source.is_empty() => Some(Gift::Scsi(source.to_owned())),
            "mdev" => Some(Gift::Mediated(MediatedPart { uuid: source.to_owned(), ..MediatedPart::default() })),
            _ => None,
        }
    }
}

/// A USB device of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsbDevice {
    /// The path of its port: `1-2.4` is port 4 of the hub on port 2 of bus 1.
    pub port: String,
    /// The bus and its number on it since it was plugged in.
    pub place: (u32, u32),
    /// Vendor and product.
    pub ids: (u16, u16),
    /// Its serial number, or empty.
    pub serial: String,
    /// What it says of its maker.
    pub vendor_name: String,
    /// What it says of itself.
    pub product_name: String,
    /// Mbit/s.
    pub speed: u32,
    /// What its parts are for, in the service's words, such as `storage`.
    pub kinds: Vec<String>,
    /// The address of the PCI device that its bus is of.
    pub controller: Option<String>,
    /// What the host does with it: the service's word, and the kernel's name of the part.
    pub uses: Vec<(String, String)>,
    /// Machines whose definitions name it.
    pub machines: Vec<Uuid>,
    /// The one that runs and has it.
    pub active_machine: Option<Uuid>,
}

impl UsbDevice {
    /// What it calls itself, or its ids.
    #[must_use]
    pub fn label(&self) -> String {
        match (self.product_name.is_empty(), self.vendor_name.is_empty()) {
            (false, false) if self.product_name.starts_with(&self.vendor_name) => self.product_name.clone(),
            (false, _) => format!("{} {}", self.vendor_name, self.product_name).trim().to_owned(),
            (true, false) => format!("{} {}", self.vendor_name, self.ids_shown()),
            (true, true) => self.ids_shown(),
        }
    }

    /// Vendor and product as they are written: `046d:c31c`.
    #[must_use]
    pub fn ids_shown(&self) -> String {
        format!("{:04x}:{:04x}", self.ids.0, self.ids.1)
    }

    /// Whether a definition means it: by its kind, `0x046d:0xc31c`, or by its place, `1.4`.
    #[must_use]
    pub fn is_named(&self, source: &str) -> bool {
        match (ids(source), source.split_once('.')) {
            (Some(ids), _) => ids == self.ids,
            (None, Some((bus, number))) => (bus.parse(), number.parse()) == (Ok(self.place.0), Ok(self.place.1)),
            (None, None) => false,
        }
    }
}

/// Vendor and product of `046d:c31c`, or of `0x046d:0xc31c` as definitions have it.
#[must_use]
pub fn ids(text: &str) -> Option<(u16, u16)> {
    let id = |text: &str| u16::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).ok();
    let (vendor, product) = text.split_once(':')?;
    Some((id(vendor)?, id(product)?))
}

/// A keyboard or a mouse of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputDevice {
    /// Its name below `/dev/input`, which stays.
    pub name: String,
    /// What it calls itself.
    pub label: String,
    /// `keyboard`, `mouse`, `touchpad` or `tablet`.
    pub kinds: Vec<String>,
    /// Its USB port, or empty.
    pub port: String,
    /// The address of the PCI device that it is behind.
    pub controller: Option<String>,
    /// The host has no keyboard besides.
    pub is_only_keyboard: bool,
    /// Machines whose definitions name it.
    pub machines: Vec<Uuid>,
    /// The one that runs and has it.
    pub active_machine: Option<Uuid>,
}

/// An NVMe namespace of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// The address of its controller.
    pub controller: String,
    /// From 1.
    pub number: u32,
    /// The kernel's name.
    pub name: String,
    /// What the controller calls itself.
    pub model: String,
    /// Bytes.
    pub size: u64,
    /// What the host does with it: the service's word, and the kernel's name of the part.
    pub uses: Vec<(String, String)>,
    /// Machines whose definitions name it.
    pub machines: Vec<Uuid>,
}

/// A SCSI device of a host, which disks of SATA and USB are, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScsiDevice {
    /// Where it is until the host starts anew: number of the adapter, channel, target, logical unit.
    pub address: String,
    /// `disk`, `tape`, `optical`, `changer`, `scanner`, `printer`, `controller` or `other`.
    pub kind: String,
    /// What it says of its maker.
    pub vendor: String,
    /// What it says of itself.
    pub model: String,
    /// Its serial number, or empty.
    pub serial: String,
    /// What a definition knows it by wherever it is, or empty.
    pub identity: String,
    /// The device file that machines get it by, or empty.
    pub generic: String,
    /// The device file that the host uses it by, or empty.
    pub node: String,
    /// Bytes; 0 if unknown.
    pub size: u64,
    /// The address of the PCI device that it is behind.
    pub controller: Option<String>,
    /// What the host does with it: the service's word, and the kernel's name of the part.
    pub uses: Vec<(String, String)>,
    /// Machines whose definitions name it.
    pub machines: Vec<Uuid>,
    /// The one that runs and has it.
    pub active_machine: Option<Uuid>,
}

/// A card that its driver can divide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parent {
    /// The kernel's name.
    pub name: String,
    /// The address of the PCI device that it is, if it is one.
    pub device: Option<String>,
    /// What it can make.
    pub types: Vec<PartType>,
}

/// A kind of part that a card can make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartType {
    /// The driver's.
    pub id: String,
    /// A name, or empty.
    pub name: String,
    /// What it has, or empty.
    pub description: String,
    /// `vfio-pci` for machines.
    pub interface: String,
    /// How many more can be made now.
    pub free: u32,
}

/// A part of such a card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mediated {
    /// Its UUID as the host writes it.
    pub uuid: String,
    /// An id of a type of its parent.
    pub kind: String,
    /// The name of its parent.
    pub parent: String,
    /// It is there.
    pub is_active: bool,
    /// It is written down.
    pub is_kept: bool,
    /// It is made at each start of the host.
    pub autostart: bool,
    /// Machines whose definitions name it.
    pub machines: Vec<Uuid>,
    /// The one that runs and has it.
    pub active_machine: Option<Uuid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usb_device_is_called_what_it_says_and_found_by_what_a_definition_calls_it() {
        let camera = UsbDevice {
            place: (2, 3),
            ids: (0x046d, 0x085e),
            vendor_name: "Logitech".into(),
            product_name: "BRIO".into(),
            ..UsbDevice::default()
        };
        assert_eq!(camera.label(), "Logitech BRIO");
        assert!(camera.is_named("0x046d:0x085e") && camera.is_named("046d:085e") && camera.is_named("2.3"));
        assert!(!["0x046d:0x085f", "2.4", "", ":", "."].iter().any(|source| camera.is_named(source)));
        let named =
            |vendor: &str, product: &str| UsbDevice { vendor_name: vendor.into(), product_name: product.into(), ..camera.clone() }.label();
        assert_eq!((named("", ""), named("Logitech", "")), ("046d:085e".into(), "Logitech 046d:085e".into()));
        assert_eq!(named("Logitech", "Logitech BRIO"), "Logitech BRIO");
    }

    #[test]
    fn what_a_machine_has_is_named_by_its_port_if_it_is_there_and_else_as_the_definition_does() {
        let camera = |port: &str| UsbDevice { port: port.into(), place: (2, 3), ids: (0x046d, 0x085e), ..UsbDevice::default() };
        let name = |all: Vec<UsbDevice>, kind: &str, source: &str| {
            let one = Attached { kind: kind.into(), source: source.into(), ..Attached::default() };
            OtherDevices { usb: Some(all), ..OtherDevices::default() }.gift(&one)
        };
        let usb = |name: UsbName| Some(Gift::Usb(name, UsbHow::default()));
        assert_eq!(name(vec![camera("2-1")], "usb", "0x046d:0x085e"), usb(UsbName::Ports(vec!["2-1".into()])));
        assert_eq!(name(Vec::new(), "usb", "0x046d:0x085e"), usb(UsbName::Id("046d:085e".into())));
        assert_eq!(name(vec![camera("2-1"), camera("2-2")], "usb", "0x046d:0x085e"), usb(UsbName::Id("046d:085e".into())), "one of two");
        assert_eq!(name(Vec::new(), "usb", "1.7"), usb(UsbName::Place(1, 7)));
        let disk = NamespaceDisk { controller: "0000:07:00.0".into(), number: 1, ..NamespaceDisk::default() };
        assert_eq!(name(Vec::new(), "nvme", "0000:07:00.0/1"), Some(Gift::Namespace(disk)));
        assert_eq!((name(Vec::new(), "nvme", "x"), name(Vec::new(), "scsi_host", "")), (None, None));
    }
}
