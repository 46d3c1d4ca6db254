//! Who has a device open: the processes with a descriptor of one of its device files.

use std::collections::{BTreeMap, BTreeSet};

use super::{Device, PciAddress, usage::owners};
use crate::host::Root;

/// Classes of the kernel whose device files belong to a PCI device.
const CLASSES: [&str; 8] = ["drm", "sound", "nvme", "infiniband_verbs", "mei", "vfio", "accel", "block"];

/// A process.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// Its number.
    pub process: u32,
    /// Its name.
    pub name: String,
    /// The device file, below `/dev`.
    pub file: String,
    /// The device that the file is of.
    pub device: Option<PciAddress>,
}

/// Who has files of a device open, and whether there are processes that could not be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handles {
    /// The processes.
    pub holders: Vec<Holder>,
    /// There are processes that this one may not look at.
    pub are_partial: bool,
}

/// Looks through all processes for files of these devices.
#[must_use]
pub fn read(root: &Root, devices: &[(PciAddress, &Device)]) -> Handles {
    let files = files(root, devices);
    if files.is_empty() {
        return Handles::default();
    }
    // Where processes are hidden, even the first is.
    let mut found = Handles { holders: Vec::new(), are_partial: !root.exists("proc/1") };
    for process in root.names("proc") {
        let Ok(number) = process.parse() else { continue };
        let Ok(descriptors) = std::fs::read_dir(root.path(&format!("proc/{process}/fd"))) else {
            found.are_partial = true;
            continue;
        };
        let targets = descriptors.flatten().filter_map(|entry| std::fs::read_link(entry.path()).ok());
        let open: BTreeSet<String> = targets.filter_map(|target| target.to_str()?.strip_prefix("/dev/").map(str::to_owned)).collect();
        for (file, device) in files.iter().filter(|(file, _)| open.contains(*file)) {
            let name = model::validate::shown(&root.line(&format!("proc/{process}/comm")), 64);
            found.holders.push(Holder { process: number, name, file: file.clone(), device: Some(*device) });
        }
    }
    found.holders.sort();
    found
}

/// The device files of these devices.
fn files(root: &Root, devices: &[(PciAddress, &Device)]) -> BTreeMap<String, PciAddress> {
    let mut files = BTreeMap::new();
    for class in CLASSES {
        for name in root.names(&format!("sys/class/{class}")) {
            let path = format!("sys/class/{class}/{name}");
            let of = owners(root, &path).into_iter().find(|owner| devices.iter().any(|(address, _)| address == owner));
            let uevent = || root.read(&format!("{path}/uevent")).unwrap_or_default();
            let file = of.and_then(|_| uevent().lines().find_map(|line| line.strip_prefix("DEVNAME=").map(str::to_owned)));
            files.extend(file.zip(of));
        }
    }
    // Whoever has the group open has its devices.
    let bound = devices.iter().filter(|(_, device)| device.driver == "vfio-pci");
    files.extend(bound.filter_map(|(address, device)| Some((format!("vfio/{}", device.group?), *address))));
    files
}
