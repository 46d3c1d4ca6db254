//! Who has a device open: the processes with a descriptor of one of its device files.

use std::collections::{BTreeMap, BTreeSet};

use super::{Device, PciAddress, usage::owners};
use crate::host::Root;

/// Classes of the kernel whose device files belong to a PCI device.
const CLASSES: [&str; 10] = ["drm", "sound", "nvme", "infiniband_verbs", "mei", "vfio", "accel", "block", "scsi_generic", "scsi_tape"];

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
    let mut found = holders(root, &files.iter().map(|(file, device)| (file.clone(), Some(*device))).collect());
    // The kernel itself tells who draws on a card, also of processes that may not be looked at.
    for (file, device) in &files {
        for (process, name) in file.strip_prefix("dri/card").and_then(|card| clients(root, card)).unwrap_or_default() {
            if !found.holders.iter().any(|holder| holder.process == process && holder.device == Some(*device)) {
                found.holders.push(Holder { process, name, file: file.clone(), device: Some(*device) });
            }
        }
    }
    found.holders.sort();
    found
}

/// Looks through all processes for these files, below `/dev`.
#[must_use]
pub fn of_files(root: &Root, files: &BTreeSet<String>) -> Handles {
    let mut found = holders(root, &files.iter().map(|file| (file.clone(), None)).collect());
    found.holders.sort();
    found
}

fn holders(root: &Root, files: &BTreeMap<String, Option<PciAddress>>) -> Handles {
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
            found.holders.push(Holder { process: number, name, file: file.clone(), device: *device });
        }
    }
    found
}

/// Whether the kernel tells of each of these cards who draws on it.
#[must_use]
pub fn tells_of_cards(root: &Root, devices: &[(PciAddress, &Device)]) -> bool {
    let files = files(root, devices);
    files.keys().filter_map(|file| file.strip_prefix("dri/card")).all(|card| clients(root, card).is_some())
}

/// Processes that draw on a card, by number and name; none if the kernel does not tell.
fn clients(root: &Root, card: &str) -> Option<Vec<(u32, String)>> {
    let text = root.read(&format!("sys/kernel/debug/dri/{card}/clients")).ok()?;
    // A name of at most 15 bytes, which may have spaces, in a column of 20; the number follows.
    let client = |line: &str| {
        let (name, rest) = line.split_at_checked(20)?;
        let process = rest.split_ascii_whitespace().next()?.parse().ok()?;
        Some((process, model::validate::shown(name, 64)))
    };
    let mut all: Vec<(u32, String)> = text.lines().skip(1).filter_map(client).collect();
    all.sort();
    all.dedup();
    Some(all)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_draws_is_read_from_the_kernels_table_also_with_odd_names() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::captured(tree.path());
        assert_eq!(clients(&root, "0"), None);
        std::fs::create_dir_all(tree.path().join("sys/kernel/debug/dri/0")).unwrap();
        let table = "             command  tgid dev master a   uid      magic\n\
            \u{20}        gnome-shell  1234   0   y    y  1000          0\n\
            \u{20}        gnome-shell  1234 128   n    n  1000          0\n\
            \u{20}      Web Co \u{1b}ntent    77 128   n    n  1000          0\nx\n";
        std::fs::write(tree.path().join("sys/kernel/debug/dri/0/clients"), table).unwrap();
        assert_eq!(clients(&root, "0"), Some(vec![(77, "Web Co ntent".to_owned()), (1234, "gnome-shell".to_owned())]));
    }
}
