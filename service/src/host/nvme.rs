//! The namespaces of NVMe controllers: what a machine can have as a disk without anything in between.

use model::validate::shown;

use super::{
    Root,
    pci::{self, Devices, PciAddress},
};

const DISKS: &str = "sys/class/block";
/// No host has more.
const MOST_NAMESPACES: usize = 1024;
/// Characters of what a controller calls itself.
const LONGEST_TEXT: usize = 64;
/// The kernel counts sectors of this size, whatever the disk's own.
const SECTOR: u64 = 512;

/// A namespace of a controller that the host's own driver has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// The PCI address of its controller.
    pub controller: PciAddress,
    /// Its number on the controller, from 1.
    pub number: u32,
    /// The kernel's name, such as `nvme0n1`.
    pub name: String,
    /// What the controller calls itself.
    pub model: String,
    /// Bytes.
    pub size: u64,
    /// What the host does with it: purpose and the kernel's name of the part.
    pub uses: Vec<(&'static str, String)>,
}

/// Reads every namespace that one controller has: one that several share cannot go with one of them.
#[must_use]
pub fn read(root: &Root, devices: &Devices) -> Vec<Namespace> {
    let names = root.names(DISKS).into_iter().filter(|name| is_namespace(name)).take(MOST_NAMESPACES);
    let mut all: Vec<Namespace> = names.filter_map(|name| one(root, devices, name)).collect();
    all.sort_by_key(|namespace| (namespace.controller, namespace.number));
    all
}

fn one(root: &Root, devices: &Devices, name: String) -> Option<Namespace> {
    let line = |file: &str| root.line(&format!("{DISKS}/{name}/{file}"));
    let controllers = pci::controllers(root, &name);
    let mut own = controllers.into_iter().filter(|address| devices.get(address).is_some_and(|device| device.class >> 8 == 0x0108));
    let (controller, None) = (own.next()?, own.next()) else { return None };
    let is_part = |part: &str| part.strip_prefix(&name).is_some_and(|rest| rest.is_empty() || rest.starts_with('p'));
    let uses = devices.get(&controller).map(|device| device.uses.iter().filter(|used| is_part(&used.name)));
    Some(Namespace {
        controller,
        number: line("nsid").parse().ok().filter(|number| *number > 0)?,
        model: shown(line("device/model").trim(), LONGEST_TEXT),
        size: line("size").parse::<u64>().unwrap_or_default().saturating_mul(SECTOR),
        uses: uses.into_iter().flatten().map(|used| (used.purpose.word(), used.name.clone())).collect(),
        name,
    })
}

/// `nvme0n1`, but no partition and no path of one with several.
fn is_namespace(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let rest = name.strip_prefix("nvme").and_then(|rest| rest.split_once('n'));
    rest.is_some_and(|(controller, namespace)| is_number(controller) && is_number(namespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_and_a_path_are_no_namespaces() {
        for name in ["nvme0n1", "nvme12n34"] {
            assert!(is_namespace(name), "{name}");
        }
        for other in ["nvme0n1p1", "nvme0c0n1", "nvme0", "sda", "nvmen1", "nvme0n"] {
            assert!(!is_namespace(other), "{other}");
        }
    }
}
