//! Names of vendors, devices and classes, from the host's own list: it is as new as the host, and costs nothing here.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
};

use crate::host::Root;

/// Where distributions put the list.
const FILES: [&str; 2] = ["usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids"];
/// Longer names are no names.
const LONGEST: usize = 200;

/// The ids of a device as sysfs has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ids {
    /// Vendor.
    pub vendor: u16,
    /// Device, by this vendor.
    pub device: u16,
    /// Maker of the card.
    pub subsystem_vendor: u16,
    /// The card, by its maker.
    pub subsystem_device: u16,
}

/// Names of what was asked for.
#[derive(Clone, Debug, Default)]
pub struct Names {
    vendors: BTreeMap<u16, String>,
    devices: BTreeMap<(u16, u16), String>,
    subsystems: BTreeMap<Ids, String>,
    /// By base class and subclass.
    classes: BTreeMap<u16, String>,
    known: BTreeSet<Ids>,
}

impl Names {
    /// Whether everything in `ids` was looked for already.
    pub fn covers<'a>(&self, mut ids: impl Iterator<Item = &'a Ids>) -> bool {
        ids.all(|ids| self.known.contains(ids))
    }

    /// Looks the names of `wanted` up, and those of all classes. Empty where the host has no list.
    #[must_use]
    pub fn read<'a>(root: &Root, wanted: impl Iterator<Item = &'a Ids>) -> Self {
        let mut names = Self { known: wanted.copied().collect(), ..Self::default() };
        if let Some(file) = FILES.iter().find_map(|file| std::fs::File::open(root.path(file)).ok()) {
            names.fill(BufReader::new(file));
        }
        names
    }

    fn fill(&mut self, list: impl BufRead) {
        let vendors: BTreeSet<u16> = self.known.iter().flat_map(|ids| [ids.vendor, ids.subsystem_vendor]).collect();
        let devices: BTreeSet<(u16, u16)> = self.known.iter().map(|ids| (ids.vendor, ids.device)).collect();
        let (mut vendor, mut device, mut class) = (None, None, None);
        // A line that is no text hides itself only.
        for line in list.split(b'\n').map_while(Result::ok) {
            let Ok(line) = std::str::from_utf8(&line) else { continue };
            let depth = line.bytes().take_while(|byte| *byte == b'\t').count();
            let Some((number, name)) = line.trim_start().split_once("  ") else { continue };
            match (depth, class) {
                (0, _) => {
                    class = number.strip_prefix("C ").and_then(hexadecimal);
                    (vendor, device) = (if class.is_none() { hexadecimal(number).filter(|id| vendors.contains(id)) } else { None }, None);
                    if let Some(vendor) = vendor {
                        self.vendors.insert(vendor, shown(name));
                    }
                }
                (1, Some(class)) => {
                    if let Some(subclass) = hexadecimal(number) {
                        self.classes.insert(class << 8 | subclass, shown(name));
                    }
                }
                (1, None) => {
                    let Some(vendor) = vendor else { continue };
                    device = hexadecimal(number).filter(|id| devices.contains(&(vendor, *id)));
                    if let Some(device) = device {
                        self.devices.insert((vendor, device), shown(name));
                    }
                }
                (2, None) => self.note_subsystem(vendor.zip(device), number, name),
                _ => {}
            }
        }
    }

    fn note_subsystem(&mut self, of: Option<(u16, u16)>, numbers: &str, name: &str) {
        let Some((vendor, device)) = of else { return };
        let Some((maker, card)) = numbers.split_once(' ') else { return };
        let (Some(subsystem_vendor), Some(subsystem_device)) = (hexadecimal(maker), hexadecimal(card)) else { return };
        let ids = Ids { vendor, device, subsystem_vendor, subsystem_device };
        if self.known.contains(&ids) {
            self.subsystems.insert(ids, shown(name));
        }
    }

    /// A vendor's name, or empty.
    #[must_use]
    pub fn vendor(&self, id: u16) -> &str {
        self.vendors.get(&id).map_or("", String::as_str)
    }

    /// A device's name, or empty.
    #[must_use]
    pub fn device(&self, ids: &Ids) -> &str {
        self.devices.get(&(ids.vendor, ids.device)).map_or("", String::as_str)
    }

    /// The name of the card, or that of its maker, or empty.
    #[must_use]
    pub fn subsystem(&self, ids: &Ids) -> &str {
        self.subsystems.get(ids).map_or_else(|| self.vendor(ids.subsystem_vendor), String::as_str)
    }

    /// The name of a class, or empty.
    #[must_use]
    pub fn class(&self, class: u32) -> &str {
        u16::try_from(class >> 8).ok().and_then(|class| self.classes.get(&class)).map_or("", String::as_str)
    }
}

fn hexadecimal(text: &str) -> Option<u16> {
    u16::from_str_radix(text, 16).ok()
}

fn shown(name: &str) -> String {
    model::validate::shown(name, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &[u8] = b"# A comment\n10de  NVIDIA Corporation\n\t2684  AD102 [GeForce RTX 4090]\n\t\t1043 889c  TUF Gaming\n\
        \t2685  Another\n1043  ASUSTeK Computer Inc.\n\xff\xfe  broken\nC 03  Display controller\n\t00  VGA compatible controller\n\
        \t\t00  VGA controller\nC 04  Multimedia controller\n\t03  Audio device\n";

    #[test]
    fn names_are_those_of_the_list_and_of_nothing_that_was_not_asked_for() {
        let ids = Ids { vendor: 0x10de, device: 0x2684, subsystem_vendor: 0x1043, subsystem_device: 0x889c };
        let mut names = Names { known: [ids].into(), ..Names::default() };
        names.fill(LIST);
        assert_eq!((names.vendor(0x10de), names.device(&ids)), ("NVIDIA Corporation", "AD102 [GeForce RTX 4090]"));
        assert_eq!(names.subsystem(&ids), "TUF Gaming");
        assert_eq!(names.subsystem(&Ids { subsystem_device: 1, ..ids }), "ASUSTeK Computer Inc.", "the maker of an unknown card");
        assert_eq!(
            (names.class(0x03_0000), names.class(0x04_0300), names.class(0x0c_0330)),
            ("VGA compatible controller", "Audio device", "")
        );
        assert_eq!(names.devices.len(), 1);
    }
}
