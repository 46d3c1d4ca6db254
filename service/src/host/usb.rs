//! The USB devices of the host: what hangs on which port.

pub mod judge;

use std::{collections::BTreeMap, fmt};

use model::{device::usb::Usb, validate::shown};

use super::{
    Root,
    pci::{PciAddress, usage},
};

const DEVICES: &str = "sys/bus/usb/devices";
/// A tree has at most this many: 127 on each of a few buses, and a hub that lies gets no further.
const MOST_DEVICES: usize = 1024;
/// Characters of a text that the device itself says.
const LONGEST_TEXT: usize = 126;
const HUB: u8 = 9;

/// A device, hubs excluded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The bus, and the device's number on it: another one after each time it is plugged in.
    pub bus: u32,
    pub number: u32,
    pub vendor: u16,
    pub product: u16,
    /// What it says of itself; empty if nothing.
    pub serial: String,
    pub vendor_name: String,
    pub product_name: String,
    /// Mbit/s.
    pub speed: u32,
    /// What it is for: `input`, `storage`, `audio` …, each once.
    pub kinds: Vec<&'static str>,
    /// The controller that the bus is of.
    pub controller: Option<PciAddress>,
    /// What the host does with it: purpose and the kernel's name of the part.
    pub uses: Vec<(&'static str, String)>,
}

/// A device as somebody named it: that port, and what was there then.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The path of its port.
    pub port: String,
    /// The bus and the device's number.
    pub place: (u32, u32),
    /// Vendor and product.
    pub ids: (u16, u16),
}

impl fmt::Display for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "USB {}", self.port)
    }
}

impl Named {
    /// The device at a port.
    #[must_use]
    pub fn new(port: &str, device: &Device) -> Self {
        Self { port: port.to_owned(), place: (device.bus, device.number), ids: (device.vendor, device.product) }
    }

    /// What a definition calls it.
    #[must_use]
    pub const fn usb(&self) -> Usb {
        Usb { ids: Some(self.ids), place: Some(self.place), is_missing: false }
    }
}

impl Device {
    /// Whether a definition names it so: `0x046d:0xc52b` by its kind, which others may be of, too, or `1.5` by its bus and number.
    #[must_use]
    pub fn is_named(&self, source: &str) -> bool {
        let id = |text: &str| u16::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).ok();
        match (source.split_once(':'), source.split_once('.')) {
            (Some((vendor, product)), _) => (id(vendor), id(product)) == (Some(self.vendor), Some(self.product)),
            (None, Some((bus, number))) => (bus.parse(), number.parse()) == (Ok(self.bus), Ok(self.number)),
            (None, None) => false,
        }
    }
}

/// Every device by the path of its port, such as `1-2.4`: port 4 of the hub on port 2 of bus 1.
pub type Devices = BTreeMap<String, Device>;

/// Reads every device that is no hub.
#[must_use]
pub fn read(root: &Root) -> Devices {
    let names = root.names(DEVICES).into_iter().filter(|name| is_port(name)).take(MOST_DEVICES);
    let mut devices: Devices = names.filter_map(|port| Some((port.clone(), one(root, &port)?))).collect();
    for (port, uses) in usage::behind_ports(root, ports) {
        if let Some(device) = devices.get_mut(&port) {
            device.uses = uses.into_iter().map(|used| (used.purpose.word(), used.name)).collect();
            device.uses.dedup();
        }
    }
    devices
}

fn one(root: &Root, port: &str) -> Option<Device> {
    let line = |file: &str| root.line(&format!("{DEVICES}/{port}/{file}"));
    let text = |file: &str| shown(line(file).trim(), LONGEST_TEXT);
    let hex = |file: &str| u16::from_str_radix(&line(file), 16).ok();
    let class = u8::from_str_radix(&line("bDeviceClass"), 16).ok()?;
    (class != HUB).then_some(())?;
    let real = root.real(&format!("{DEVICES}/{port}")).ok()?;
    Some(Device {
        bus: line("busnum").parse().ok()?,
        number: line("devnum").parse().ok()?,
        vendor: hex("idVendor")?,
        product: hex("idProduct")?,
        serial: text("serial"),
        vendor_name: text("manufacturer"),
        product_name: text("product"),
        // 1.5 for the slowest.
        speed: line("speed").split('.').next().and_then(|speed| speed.parse().ok()).unwrap_or_default(),
        kinds: kinds(root, port, class),
        controller: real.iter().rev().find_map(|part| part.to_str()?.parse().ok()),
        uses: Vec::new(),
    })
}

/// Whether a hub hangs on a port: it is the way to others, and nobody's to have.
#[must_use]
pub fn is_hub(root: &Root, port: &str) -> bool {
    is_port(port) && u8::from_str_radix(&root.line(&format!("{DEVICES}/{port}/bDeviceClass")), 16) == Ok(HUB)
}

/// Whether a program, rather than a driver, has the device.
fn is_open(root: &Root, port: &str) -> bool {
    let parts = root.names(&format!("{DEVICES}/{port}")).into_iter().filter(|name| name.starts_with(port) && name.contains(':'));
    let mut drivers = parts.filter_map(|part| root.link(&format!("{DEVICES}/{port}/{part}/driver")));
    drivers.any(|driver| driver == "usbfs")
}

/// By the classes of its interfaces: most devices leave their own empty.
fn kinds(root: &Root, port: &str, class: u8) -> Vec<&'static str> {
    let parts = root.names(&format!("{DEVICES}/{port}")).into_iter().filter(|name| name.starts_with(port) && name.contains(':'));
    let classes = parts.filter_map(|part| u8::from_str_radix(&root.line(&format!("{DEVICES}/{port}/{part}/bInterfaceClass")), 16).ok());
    let mut kinds: Vec<&str> = classes.chain([class]).filter(|class| *class != 0).map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() > 1 {
        kinds.retain(|kind| *kind != "other");
    }
    kinds
}

const fn kind(class: u8) -> &'static str {
    match class {
        0x01 => "audio",
        0x02 | 0x0a => "communication",
        0x03 => "input",
        0x06 => "camera",
        0x07 => "printer",
        0x08 => "storage",
        0x0b => "smart-card",
        0x0e => "video",
        0xe0 => "wireless",
        _ => "other",
    }
}

/// Whether a name is that of a port: a bus, and the ports on the way. Root hubs are `usb1`, interfaces have a colon.
#[must_use]
pub fn is_port(name: &str) -> bool {
    let is_number = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    name.split_once('-').is_some_and(|(bus, ports)| is_number(bus) && ports.split('.').all(is_number))
}

/// The ports in a path of the kernel's: what hangs on a hub is behind the port of the hub, too, but that is no device to give.
fn ports(path: &str) -> Vec<String> {
    path.split('/').filter(|part| is_port(part)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ports_are_ports() {
        for port in ["1-1", "3-2.4", "10-1.2.3.4.5"] {
            assert!(is_port(port), "{port}");
        }
        for other in ["usb1", "1-0:1.0", "1-1:1.0", "1-", "-1", "1-1.", "0000:00:14.0", "../1-1", "1-1/..", ""] {
            assert!(!is_port(other), "{other}");
        }
    }

    #[test]
    fn a_device_is_found_by_what_a_definition_calls_it() {
        let device = Device { bus: 1, number: 5, vendor: 0x46d, product: 0xc52b, ..Device::default() };
        for source in ["0x046d:0xc52b", "046d:c52b", "1.5", "001.005"] {
            assert!(device.is_named(source), "{source}");
        }
        for source in ["", ":", ".", "0x046d:0xc52c", "1.6", "0x046d", "15"] {
            assert!(!device.is_named(source), "{source}");
        }
    }

    #[test]
    fn the_ports_in_a_path_are_those_of_the_hubs_and_of_the_device() {
        let path = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.4/1-2.4:1.0/host6/block/sdb";
        assert_eq!(ports(path), ["1-2", "1-2.4"]);
    }
}
