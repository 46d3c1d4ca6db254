use super::{owned, owned_of, scsi::Address, usb::Usb};
use crate::xml::Element;

/// A device of the host that is given to the guest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostDevice {
    /// libvirt's `type`: `pci`, `usb`, `scsi`, `scsi_host`, `mdev`, or `storage`, `misc`, `net` for containers.
    pub kind: String,
    /// PCI address (`0000:01:00.0`), USB `vendor:product` or `bus.device`, mdev UUID, SCSI address (`0:0:1:0`), WWPN or path.
    pub source: String,
    /// Whether libvirt binds and unbinds the driver.
    pub managed: bool,
    pub alias: String,
    /// What a USB device is named by.
    pub usb: Usb,
    /// Whether the guest sees the ROM of a PCI device; `None` when the hypervisor is to choose.
    pub rom_bar: Option<bool>,
    /// Whether the guest sees a ROM from a file rather than the device's own.
    pub has_rom_file: bool,
    /// Whether a PCI device is given through iommufd.
    pub iommufd: bool,
}

impl HostDevice {
    pub(crate) fn read(element: &Element<'_, '_>) -> Self {
        let kind = owned(element, "type");
        let source = element.child("source").map_or_else(String::new, |source| identity(&kind, &source));
        let managed = element.attribute("managed").as_deref() == Some("yes");
        let usb = element.child("source").filter(|_| kind == "usb").map(|source| Usb::read(&source)).unwrap_or_default();
        let rom_bar = match owned_of(element, "rom", "bar").as_str() {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        let iommufd = owned_of(element, "driver", "iommufd") == "yes";
        let has_rom_file = !owned_of(element, "rom", "file").is_empty();
        Self { kind, source, managed, alias: owned_of(element, "alias", "name"), usb, rom_bar, has_rom_file, iommufd }
    }
}

fn identity(kind: &str, source: &Element<'_, '_>) -> String {
    let address = source.child("address");
    match (kind, address) {
        ("pci", Some(address)) => pci_address(&address),
        ("usb", Some(address)) => [owned(&address, "bus"), owned(&address, "device")].join("."),
        ("usb", None) => [owned_of(source, "vendor", "id"), owned_of(source, "product", "id")].join(":"),
        ("mdev", Some(address)) => owned(&address, "uuid"),
        ("scsi", _) if source.attribute("protocol").is_some() => owned(source, "name"),
        ("scsi", _) => Address::read(source).map_or_else(|| owned_of(source, "adapter", "name"), |address| address.to_string()),
        ("scsi_host", _) => owned(source, "wwpn"),
        ("storage", _) => source.child("block").map_or_else(String::new, |block| block.text().into_owned()),
        ("misc", _) => source.child("char").map_or_else(String::new, |char| char.text().into_owned()),
        ("net", _) => source.child("interface").map_or_else(String::new, |interface| interface.text().into_owned()),
        _ => String::new(),
    }
}

/// `domain:bus:slot.function` in the kernel's spelling, whose domain has four digits or as many as it needs; empty when a part is no number in range.
pub(crate) fn pci_address(address: &Element<'_, '_>) -> String {
    let part = |name: &str, most: u32| {
        let text = address.attribute(name).unwrap_or("0".into());
        let value = match text.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => text.parse(),
        };
        value.ok().filter(|value| *value <= most)
    };
    match (part("domain", u32::MAX), part("bus", 0xff), part("slot", 0x1f), part("function", 7)) {
        (Some(domain), Some(bus), Some(slot), Some(function)) => format!("{domain:04x}:{bus:02x}:{slot:02x}.{function}"),
        _ => String::new(),
    }
}

/// A directory of the host that the guest mounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filesystem {
    /// `path` (9p), `virtiofs`, …
    pub driver: String,
    /// Host path or name of the source; empty without one.
    pub source: String,
    /// What the guest mounts: a tag, or a path in containers.
    pub target: String,
    pub read_only: bool,
}

impl Filesystem {
    pub(crate) fn read(element: &Element<'_, '_>) -> Self {
        let source = element.child("source");
        let source = source.and_then(|source| source.attributes().find(|(name, _)| SOURCES.contains(name)).map(|(_, value)| value));
        Self {
            driver: owned_of(element, "driver", "type"),
            source: source.map_or_else(String::new, std::borrow::Cow::into_owned),
            target: owned_of(element, "target", "dir"),
            read_only: element.child("readonly").is_some(),
        }
    }
}

const SOURCES: [&str; 7] = ["dir", "file", "dev", "name", "pool", "usage", "socket"];

/// A trusted platform module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tpm {
    /// `tpm-tis`, `tpm-crb`, `spapr-tpm-proxy` …; empty when not given.
    pub model: String,
    /// `emulator`, `passthrough`, `external`.
    pub backend: String,
    /// `1.2` or `2.0`; empty when not given.
    pub version: String,
}

impl Tpm {
    pub(crate) fn read(element: &Element<'_, '_>) -> Self {
        Self {
            model: owned(element, "model"),
            backend: owned_of(element, "backend", "type"),
            version: owned_of(element, "backend", "version"),
        }
    }
}
