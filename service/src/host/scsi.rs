//! The SCSI devices of the host: disks, tape drives, optical drives and changers, whatever bus they are really on.

pub mod judge;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::Read,
    path::PathBuf,
};

pub use model::device::scsi::Address;
use model::{device::scsi::LONGEST_IDENTITY, validate::shown};

use super::{
    Root,
    pci::{PciAddress, usage},
};

const DEVICES: &str = "sys/bus/scsi/devices";
/// Big arrays have some hundreds.
const MOST_DEVICES: usize = 4096;
/// Characters of a text that the device itself says.
const LONGEST_TEXT: usize = 126;
/// The page with the serial number, with its header.
const LONGEST_PAGE: usize = 4 + 252;
/// The kernel counts sectors of this size, whatever the disk's own.
const SECTOR: u64 = 512;
/// Directories with the device files of a device, besides its generic one.
const FILES: [&str; 3] = ["block", "scsi_tape", "scsi_changer"];

/// A device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// `disk`, `tape`, `optical`, `changer`, `scanner`, `printer`; `controller` for what is the way to others; `other`.
    pub kind: &'static str,
    /// What it says of itself.
    pub vendor: String,
    pub model: String,
    /// Empty if it says none.
    pub serial: String,
    /// A name that no other device in the world should have; empty if it has none.
    pub wwid: String,
    /// The device file that takes any command, such as `sg3`; empty without the kernel's driver for it.
    pub generic: String,
    /// The device file that the host itself uses it by: `sda`, `st0`, `sr0`, `sch0`; empty without.
    pub node: String,
    /// Bytes; 0 if unknown.
    pub size: u64,
    /// The controller that it is behind.
    pub controller: Option<PciAddress>,
    /// What the host does with it: purpose and the kernel's name of the part.
    pub uses: Vec<(&'static str, String)>,
    /// Every device file of it, below `/dev`.
    pub files: BTreeSet<String>,
}

/// Every device by where it is now.
pub type Devices = BTreeMap<Address, Device>;

impl Device {
    /// What it is known by wherever it is: its worldwide name, or its serial number. What is no disk and says neither is known by its
    /// model, as long as there is one of that; a disk never is.
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        let plain = |text: &str| text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let named = |kind: &str, parts: &[&String]| {
            let parts: Vec<String> = parts.iter().map(|part| plain(part)).collect();
            [kind, &parts.join("/")].concat()
        };
        let identity = match (self.wwid.is_empty(), self.serial.is_empty()) {
            (false, _) => plain(&self.wwid),
            (true, false) => named("serial:", &[&self.vendor, &self.model, &self.serial]),
            (true, true) if self.kind == "disk" || self.model.is_empty() => return None,
            (true, true) => named(MODEL, &[&self.vendor, &self.model]),
        };
        (shown(&identity, LONGEST_IDENTITY) == identity).then_some(identity)
    }
}

const MODEL: &str = "model:";

/// Whether another device can be known by the same: one of the same model.
#[must_use]
pub fn is_of_a_model(identity: &str) -> bool {
    identity.starts_with(MODEL)
}

/// Where the devices are that are known by this; several with several ways to one disk.
#[must_use]
pub fn known_by(devices: &Devices, identity: &str) -> Vec<Address> {
    let is_it = |device: &Device| device.identity().is_some_and(|own| own == identity);
    devices.iter().filter(|(_, device)| is_it(device)).map(|(address, _)| *address).collect()
}

/// Reads every device.
#[must_use]
pub fn read(root: &Root) -> Devices {
    let addresses: Vec<Address> = root.names(DEVICES).iter().filter_map(|name| name.parse().ok()).take(MOST_DEVICES).collect();
    if addresses.is_empty() {
        return Devices::new();
    }
    let mut devices: Devices = addresses.into_iter().filter_map(|address| Some((address, one(root, address)?))).collect();
    let parts = |path: &str| path.split('/').filter(|part| part.parse::<Address>().is_ok()).map(str::to_owned).collect();
    for (address, uses) in usage::behind_ports(root, parts) {
        if let Some(device) = address.parse().ok().and_then(|address: Address| devices.get_mut(&address)) {
            device.uses = uses.into_iter().map(|used| (used.purpose.word(), used.name)).collect();
            device.uses.dedup();
        }
    }
    devices
}

/// Where a device is in the tree of the kernel's devices.
#[must_use]
pub fn path(root: &Root, address: Address) -> Option<PathBuf> {
    root.real(&format!("{DEVICES}/{address}")).ok()
}

fn one(root: &Root, address: Address) -> Option<Device> {
    let at = format!("{DEVICES}/{address}");
    let text = |file: &str| shown(root.line(&format!("{at}/{file}")).trim(), LONGEST_TEXT);
    let real = root.real(&at).ok()?;
    let files = FILES.map(|folder| root.names(&format!("{at}/{folder}")));
    // Of a tape drive the shortest: the others are the same with other settings.
    let node = files.iter().flatten().filter(|name| !name.starts_with("nst")).min_by_key(|name| (name.len(), (*name).clone()));
    let generic = root.names(&format!("{at}/scsi_generic")).into_iter().next().unwrap_or_default();
    let size = node.map(|node| root.line(&format!("{at}/block/{node}/size"))).unwrap_or_default();
    Some(Device {
        kind: kind(root.line(&format!("{at}/type")).parse().ok()?),
        vendor: text("vendor"),
        model: text("model"),
        serial: serial(root, &format!("{at}/vpd_pg80")),
        wwid: shown(root.line(&format!("{at}/wwid")).trim(), LONGEST_IDENTITY),
        node: node.cloned().unwrap_or_default(),
        size: size.parse::<u64>().unwrap_or_default().saturating_mul(SECTOR),
        controller: real.iter().rev().find_map(|part| part.to_str()?.parse().ok()),
        uses: Vec::new(),
        files: device_files(root, &at, files.into_iter().flatten().chain(Some(generic.clone()).filter(|name| !name.is_empty()))),
        generic,
    })
}

/// With the partitions of a disk.
fn device_files(root: &Root, at: &str, names: impl Iterator<Item = String>) -> BTreeSet<String> {
    let with_parts = |name: String| {
        let below = root.names(&format!("{at}/block/{name}")).into_iter().filter(|part| part.starts_with(&name)).collect::<Vec<_>>();
        below.into_iter().chain([name])
    };
    names.flat_map(with_parts).collect()
}

/// The serial number in the page of the device's that has it; empty if there is none.
fn serial(root: &Root, file: &str) -> String {
    let mut page = [0; LONGEST_PAGE];
    let length = File::open(root.path(file)).and_then(|mut file| file.read(&mut page)).unwrap_or_default();
    let text = page[..length].get(4..).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default();
    shown(text.trim_matches(['\0', ' ']), LONGEST_TEXT)
}

/// What a type of the standard is.
const fn kind(number: u8) -> &'static str {
    match number {
        0x00 | 0x0e | 0x14 => "disk",
        0x01 => "tape",
        0x02 => "printer",
        0x04 | 0x05 | 0x07 => "optical",
        0x06 => "scanner",
        0x08 => "changer",
        0x0c | 0x0d => "controller",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(kind: &'static str, serial: &str, wwid: &str) -> Device {
        let (vendor, model) = ("HP".to_owned(), "Ultrium  5-SCSI".to_owned());
        Device { kind, vendor, model, serial: serial.into(), wwid: wwid.into(), ..Device::default() }
    }

    #[test]
    fn a_device_is_known_by_what_stays_and_a_disk_never_by_its_model() {
        let identity = |device: Device| device.identity();
        assert_eq!(identity(device("disk", "S1", "naa.50")).as_deref(), Some("naa.50"));
        assert_eq!(identity(device("disk", "S1", "t10.ATA     Disk   S1")).as_deref(), Some("t10.ATA Disk S1"));
        assert_eq!(identity(device("tape", "HU1", "")).as_deref(), Some("serial:HP/Ultrium 5-SCSI/HU1"));
        assert_eq!(identity(device("tape", "", "")).as_deref(), Some("model:HP/Ultrium 5-SCSI"));
        assert_eq!(identity(device("disk", "", "")), None);
        assert_eq!(identity(Device { kind: "tape", ..Device::default() }), None);
        assert_eq!(identity(device("disk", &"x".repeat(300), "")), None, "what could not be written");
    }
}
