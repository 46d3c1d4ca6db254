//! The PCI devices of the host: what they are, and what uses them.

mod address;
mod attributes;
pub mod handles;
mod names;
pub mod usage;
mod usage_block;
mod usage_net;

use std::{collections::BTreeMap, sync::Arc};

pub use address::{NotAnAddress, PciAddress};
pub use attributes::{Bar, Link};
pub use names::{Ids, Names};
pub use usage::{Purpose, Use};
pub use usage_block::controllers;

use super::{
    Root,
    function::{self, Functions},
};

const DEVICES: &str = "sys/bus/pci/devices";
/// No host has more, and no caller gets a longer list.
const MOST_DEVICES: usize = 4096;

/// A PCI function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Vendor, device and card.
    pub ids: Ids,
    /// Names, each empty if the host's list does not have it.
    pub vendor_name: String,
    pub device_name: String,
    pub subsystem_name: String,
    pub class_name: String,
    /// Base class, subclass and programming interface.
    pub class: u32,
    pub revision: u8,
    /// The driver it has, or empty.
    pub driver: String,
    /// The only driver it may get, or empty.
    pub driver_override: String,
    /// The IOMMU's group, and who else is in it, this device included.
    pub group: Option<u32>,
    pub group_members: Vec<PciAddress>,
    pub numa_node: Option<u32>,
    /// The link as it is, and as the device can have it.
    pub link: Link,
    pub maximum_link: Link,
    /// How the kernel can reset it, best first.
    pub resets: Vec<String>,
    /// How many virtual functions it can have, those it has, and whose virtual function it is.
    pub maximum_functions: u32,
    pub virtual_functions: Vec<PciAddress>,
    pub physical_function: Option<PciAddress>,
    /// What its virtual functions may, if it is a network card.
    pub functions: Functions,
    /// The firmware's screen.
    pub is_boot_display: bool,
    pub bars: Vec<Bar>,
    /// What the host does with it.
    pub uses: Vec<Use>,
}

/// What a device is for, in one word.
#[must_use]
pub const fn kind(class: u32) -> &'static str {
    match (class >> 16, class >> 8 & 0xff) {
        (0x01, _) => "storage",
        (0x02, _) => "network",
        (0x03, _) => "display",
        (0x04, 0x01 | 0x03) => "audio",
        (0x04, _) => "multimedia",
        (0x05, _) => "memory",
        (0x06, 0x00) => "host-bridge",
        (0x06, 0x01) => "isa-bridge",
        (0x06, _) => "bridge",
        (0x08, 0x06) => "iommu",
        (0x08, _) => "system",
        (0x0c, 0x03) => "usb",
        (0x0c, 0x05) => "smbus",
        (0x0c, _) => "serial-bus",
        (0x0d, _) => "wireless",
        (0x10, _) => "encryption",
        (0x0b | 0x12, _) => "accelerator",
        _ => "other",
    }
}

impl Device {
    /// What it is for, in one word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        kind(self.class)
    }

    /// Whether it is part of the fabric: nobody's to give away, and no obstacle in a group.
    #[must_use]
    pub fn is_bridge(&self) -> bool {
        self.class >> 16 == 0x06
    }
}

/// Every PCI device of a host, by address.
pub type Devices = BTreeMap<PciAddress, Arc<Device>>;

/// Reads every device. `names` keeps the names for the next time.
#[must_use]
pub fn read(root: &Root, names: &mut Names) -> Devices {
    let mut devices = facts(root, &addresses(root));
    if !names.covers(devices.values().map(|device| &device.ids)) {
        *names = Names::read(root, devices.values().map(|device| &device.ids));
    }
    for (address, device) in &mut devices {
        device.functions = functions(root, *address, device);
        device.vendor_name = names.vendor(device.ids.vendor).to_owned();
        device.device_name = names.device(&device.ids).to_owned();
        device.subsystem_name = names.subsystem(&device.ids).to_owned();
        device.class_name = names.class(device.class).to_owned();
    }
    devices.into_iter().map(|(address, device)| (address, Arc::new(device))).collect()
}

/// Reads these devices, and those that share their groups, without names: all that a decision about them needs.
#[must_use]
pub fn read_groups(root: &Root, devices: &[PciAddress]) -> Devices {
    let mut all: Vec<PciAddress> = devices.iter().flat_map(|device| group(root, *device)).collect();
    all.sort_unstable();
    all.dedup();
    all.retain(|device| root.exists(&directory(*device)));
    facts(root, &all).into_iter().map(|(address, device)| (address, Arc::new(device))).collect()
}

/// Reads these devices, and those that share their groups, as [`read`] does. What is not in `known` or has become another device
/// is left out: its names are not known.
#[must_use]
pub fn read_again(root: &Root, known: &Devices, devices: &[PciAddress]) -> Devices {
    let again = |(address, device): (PciAddress, Arc<Device>)| {
        let before = known.get(&address).filter(|before| before.ids == device.ids && before.class == device.class)?;
        let named = Device {
            functions: functions(root, address, &device),
            vendor_name: before.vendor_name.clone(),
            device_name: before.device_name.clone(),
            subsystem_name: before.subsystem_name.clone(),
            class_name: before.class_name.clone(),
            ..Arc::unwrap_or_clone(device)
        };
        Some((address, Arc::new(named)))
    };
    read_groups(root, devices).into_iter().filter_map(again).collect()
}

/// The devices with these ids.
#[must_use]
pub fn with_ids(root: &Root, vendor: u16, device: u16) -> Vec<PciAddress> {
    let number = |address: PciAddress, file: &str| root.number::<u16>(&format!("{}/{file}", directory(address)));
    let has = |address: &PciAddress| number(*address, "vendor") == Some(vendor) && number(*address, "device") == Some(device);
    addresses(root).into_iter().filter(has).collect()
}

/// What these devices are, without names, without who shares their groups and what uses them: what a question about a right needs.
#[must_use]
pub fn glance(root: &Root, devices: &[PciAddress]) -> Devices {
    let there = devices.iter().filter(|device| root.exists(&directory(**device)));
    there.map(|device| (*device, Arc::new(one(root, *device)))).collect()
}

/// A device and everybody in its IOMMU group.
#[must_use]
pub fn group(root: &Root, device: PciAddress) -> Vec<PciAddress> {
    let directory = directory(device);
    let members = root.names(&format!("{directory}/iommu_group/devices"));
    members.iter().filter_map(|member| member.parse().ok()).chain([device]).collect()
}

/// A device and the other functions of its card, in order; virtual functions are no part of one.
#[must_use]
pub fn card(root: &Root, device: PciAddress) -> Vec<PciAddress> {
    let is_physical = |address: PciAddress| root.link(&format!("{}/physfn", directory(address))).is_none();
    if !is_physical(device) {
        return vec![device];
    }
    let mut all: Vec<PciAddress> = addresses(root).into_iter().filter(|other| other.is_beside(device) && is_physical(*other)).collect();
    all.sort_unstable();
    all
}

/// What the virtual functions of a device may. A card that goes meanwhile has none.
fn functions(root: &Root, address: PciAddress, device: &Device) -> Functions {
    let read = if device.virtual_functions.is_empty() { Ok(Functions::new()) } else { function::read(root, address) };
    read.inspect_err(|error| tracing::debug!(%address, %error, "Virtual functions cannot be read")).unwrap_or_default()
}

fn facts(root: &Root, addresses: &[PciAddress]) -> BTreeMap<PciAddress, Device> {
    let mut devices: BTreeMap<PciAddress, Device> = addresses.iter().map(|address| (*address, one(root, *address))).collect();
    for (address, uses) in usage::read(root, &devices) {
        if let Some(device) = devices.get_mut(&address) {
            device.uses = uses;
        }
    }
    let mut groups: BTreeMap<u32, Vec<PciAddress>> = BTreeMap::new();
    for (address, device) in &devices {
        if let Some(group) = device.group {
            groups.entry(group).or_default().push(*address);
        }
    }
    for device in devices.values_mut() {
        device.group_members = device.group.and_then(|group| groups.get(&group)).cloned().unwrap_or_default();
    }
    devices
}

fn addresses(root: &Root) -> Vec<PciAddress> {
    root.names(DEVICES).iter().filter_map(|name| name.parse().ok()).take(MOST_DEVICES).collect()
}

/// The directory of a device, below the root.
#[must_use]
pub fn directory(address: PciAddress) -> String {
    format!("{DEVICES}/{address}")
}

/// The virtual functions that a device has now.
#[must_use]
pub fn virtual_functions(root: &Root, address: PciAddress) -> Vec<PciAddress> {
    attributes::virtual_functions(root, &directory(address))
}

/// The driver that a device has now; empty without one.
#[must_use]
pub fn driver(root: &Root, address: PciAddress) -> String {
    root.link(&format!("{}/driver", directory(address))).unwrap_or_default()
}

/// The only driver that a device may get; empty if it may get any.
#[must_use]
pub fn driver_override(root: &Root, address: PciAddress) -> String {
    let text = root.line(&format!("{}/driver_override", directory(address)));
    // The kernel prints a null pointer so.
    if text == "(null)" { String::new() } else { text }
}

/// The node of the first graphics card among these devices, else of the first device that has one.
#[must_use]
pub fn node_of(root: &Root, addresses: &[PciAddress]) -> Option<u32> {
    let node = |address: &PciAddress| root.number::<u32>(&format!("{}/numa_node", directory(*address)));
    let is_display = |address: &&PciAddress| kind(root.number(&format!("{}/class", directory(**address))).unwrap_or_default()) == "display";
    addresses.iter().filter(is_display).chain(addresses).find_map(node)
}

fn one(root: &Root, address: PciAddress) -> Device {
    let directory = directory(address);
    let at = |file: &str| format!("{directory}/{file}");
    let number = |file: &str| root.number::<u16>(&at(file)).unwrap_or_default();
    let function = |link: &str| root.link(&at(link)).and_then(|name| name.parse().ok());
    let maximum_functions = root.number(&at("sriov_totalvfs")).unwrap_or_default();
    Device {
        ids: Ids {
            vendor: number("vendor"),
            device: number("device"),
            subsystem_vendor: number("subsystem_vendor"),
            subsystem_device: number("subsystem_device"),
        },
        class: root.number(&at("class")).unwrap_or_default(),
        revision: root.number(&at("revision")).unwrap_or_default(),
        driver: driver(root, address),
        driver_override: driver_override(root, address),
        group: root.link(&at("iommu_group")).and_then(|group| group.parse().ok()),
        // -1 where the firmware does not say.
        numa_node: root.number(&at("numa_node")),
        link: Link::read(root, &directory, "current"),
        maximum_link: Link::read(root, &directory, "max"),
        resets: root.line(&at("reset_method")).split_ascii_whitespace().map(str::to_owned).collect(),
        maximum_functions,
        virtual_functions: if maximum_functions == 0 { Vec::new() } else { attributes::virtual_functions(root, &directory) },
        physical_function: function("physfn"),
        is_boot_display: root.line(&at("boot_vga")) == "1",
        bars: attributes::bars(root, &directory),
        ..Device::default()
    }
}
