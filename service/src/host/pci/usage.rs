//! What the host does with its PCI devices, as far as sysfs tells: quick, and the same for every caller.

use std::collections::{BTreeMap, BTreeSet};

use super::{Device, PciAddress, usage_block, usage_net};
use crate::host::Root;

/// What a device is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// The host's own system is on it: `/`, `/usr`, `/boot`.
    System,
    Mounted,
    Swap,
    Lvm,
    Raid,
    Zfs,
    /// Something else in the kernel holds a disk of it.
    Held,
    DefaultRoute,
    /// Another route, over which somebody may be connected.
    Route,
    Bond,
    Bridge,
    /// A bridge with machines in it.
    MachineBridge,
    /// The screen of the firmware and the console.
    BootDisplay,
    /// A screen that shows something.
    Display,
    /// The only keyboard.
    Keyboard,
}

impl Purpose {
    /// The word of the bus.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::System => "system-disk",
            Self::Mounted => "mounted",
            Self::Swap => "swap",
            Self::Lvm => "lvm",
            Self::Raid => "raid",
            Self::Zfs => "zfs",
            Self::Held => "held",
            Self::DefaultRoute => "default-route",
            Self::Route => "route",
            Self::Bond => "bond",
            Self::Bridge => "bridge",
            Self::MachineBridge => "machine-bridge",
            Self::BootDisplay => "boot-display",
            Self::Display => "display",
            Self::Keyboard => "keyboard",
        }
    }
}

/// One thing that the host does with a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// What.
    pub purpose: Purpose,
    /// The kernel's name for the part that is used: `sda2`, `eth0`, `card0-DP-1`.
    pub name: String,
    /// What it is used as: a mount point, a volume, a bridge. May tell of the host's files: not for everybody.
    pub detail: String,
}

/// Uses by device.
pub(super) type Uses = BTreeMap<PciAddress, Vec<Use>>;

/// Reads what uses which device.
pub(super) fn read(root: &Root, devices: &BTreeMap<PciAddress, Device>) -> Uses {
    let mut uses = Uses::new();
    usage_block::read(root, &mut uses);
    usage_net::read(root, &mut uses);
    displays(root, devices, &mut uses);
    keyboards(root, &mut uses);
    for uses in uses.values_mut() {
        uses.sort();
        uses.dedup();
    }
    uses
}

/// What the host does with devices behind USB ports, by port. `ports` finds the ports in a path of the kernel's.
pub fn behind_ports(root: &Root, ports: impl Fn(&str) -> Vec<String>) -> BTreeMap<String, BTreeSet<Use>> {
    let mut all: BTreeMap<String, BTreeSet<Use>> = BTreeMap::new();
    let mut tell = |path: &str, uses: BTreeSet<Use>| {
        let Ok(real) = root.real(path) else { return };
        for port in real.to_str().map(&ports).unwrap_or_default() {
            all.entry(port).or_default().extend(uses.iter().cloned());
        }
    };
    usage_block::each(root, &mut tell);
    usage_net::each(root, &mut tell);
    for name in keyboards_of(root) {
        tell(&format!("sys/class/input/{name}"), BTreeSet::from([Use { purpose: Purpose::Keyboard, name, detail: String::new() }]));
    }
    all.retain(|_, uses| !uses.is_empty());
    all
}

/// Notes a use for every device in `path`: what is behind a controller is behind the bridges above it, too.
pub(super) fn note(uses: &mut Uses, owners: &[PciAddress], found: &Use) {
    for owner in owners {
        uses.entry(*owner).or_default().push(found.clone());
    }
}

/// The PCI devices that a directory of the kernel's is below of.
pub(in crate::host) fn owners(root: &Root, path: &str) -> Vec<PciAddress> {
    // What a class lists are links that name the whole way down from `/sys/devices`: one call, where to follow them takes a dozen.
    let link = std::fs::read_link(root.path(path))
        .ok()
        .filter(|link| link.iter().find(|part| *part != "..").is_some_and(|part| part == "devices"));
    let Some(real) = link.or_else(|| root.real(path).ok()) else { return Vec::new() };
    real.iter().filter_map(|part| part.to_str()?.parse().ok()).collect()
}

fn displays(root: &Root, devices: &BTreeMap<PciAddress, Device>, uses: &mut Uses) {
    for name in root.names("sys/class/drm").into_iter().filter(|name| name.starts_with("card") && name.contains('-')) {
        if root.line(&format!("sys/class/drm/{name}/enabled")) == "enabled" {
            let owners = owners(root, &format!("sys/class/drm/{name}"));
            note(uses, &owners, &Use { purpose: Purpose::Display, name, detail: String::new() });
        }
    }
    let consoles = consoles(root);
    if consoles.is_empty() {
        return;
    }
    let buffers: Vec<(String, Vec<PciAddress>)> = root
        .names("sys/class/graphics")
        .into_iter()
        .filter(|name| name.starts_with("fb") && name != "fbcon")
        .map(|name| (name.clone(), owners(root, &format!("sys/class/graphics/{name}/device"))))
        .collect();
    for (address, device) in devices.iter().filter(|(_, device)| device.is_boot_display) {
        // A frame buffer that the firmware left belongs to no device in sysfs, and is on this one.
        let on_it = |owners: &[PciAddress]| owners.is_empty() || owners.contains(address);
        let is_text = consoles.iter().any(|console| console.is_text) && device.class >> 8 == 0x0300;
        let buffer = buffers.iter().find(|(_, owners)| on_it(owners)).map(|(name, _)| name.clone());
        if let Some(name) = buffer.or_else(|| is_text.then(|| "vga".to_owned())) {
            note(uses, &[*address], &Use { purpose: Purpose::BootDisplay, name, detail: String::new() });
        }
    }
}

/// A console on a screen.
struct Console {
    is_text: bool,
}

/// The consoles that are bound to a screen.
fn consoles(root: &Root) -> Vec<Console> {
    let console = |name: &String| {
        let of = root.line(&format!("sys/class/vtconsole/{name}/name"));
        let is_bound = root.line(&format!("sys/class/vtconsole/{name}/bind")) == "1";
        let is_text = of.contains("VGA");
        (is_bound && (is_text || of.contains("frame buffer"))).then_some(Console { is_text })
    };
    root.names("sys/class/vtconsole").iter().filter_map(console).collect()
}

/// The controller of the only keyboard: without it nobody could stop the machine that has it.
fn keyboards(root: &Root, uses: &mut Uses) {
    let keyboards: Vec<(String, Vec<PciAddress>)> =
        keyboards_of(root).map(|name| (name.clone(), owners(root, &format!("sys/class/input/{name}")))).collect();
    let Some((name, first)) = keyboards.first() else { return };
    let all: Vec<PciAddress> =
        first.iter().copied().filter(|address| keyboards.iter().all(|(_, owners)| owners.contains(address))).collect();
    note(uses, &all, &Use { purpose: Purpose::Keyboard, name: name.clone(), detail: String::new() });
}

fn keyboards_of(root: &Root) -> impl Iterator<Item = String> {
    inputs(root).filter(|name| is_keyboard(&root.line(&format!("sys/class/input/{name}/capabilities/key"))))
}

/// Inputs that somebody can touch: a keyboard that a program makes is no other keyboard.
fn inputs(root: &Root) -> impl Iterator<Item = String> {
    let inputs = root.names("sys/class/input").into_iter().filter(|name| name.starts_with("input"));
    inputs.filter(|name| root.real(&format!("sys/class/input/{name}")).is_ok_and(|real| !real.iter().any(|part| part == "virtual")))
}

/// Which of the host's keyboards goes if what `is_taken` says of a path of the kernel's does, and no other is left.
pub fn last_keyboard(root: &Root, is_taken: impl Fn(&str) -> bool) -> Option<String> {
    last(root, keyboards_of(root).collect(), is_taken)
}

/// The same for mice, tablets and the like.
pub fn last_pointer(root: &Root, is_taken: impl Fn(&str) -> bool) -> Option<String> {
    let bits = |name: &str, file: &str| root.line(&format!("sys/class/input/{name}/capabilities/{file}"));
    let pointers = inputs(root).filter(|name| is_pointer(&bits(name, "key"), &bits(name, "rel"), &bits(name, "abs")));
    last(root, pointers.collect(), is_taken)
}

fn last(root: &Root, names: Vec<String>, is_taken: impl Fn(&str) -> bool) -> Option<String> {
    let goes = |name: &String| root.real(&format!("sys/class/input/{name}")).is_ok_and(|real| real.to_str().is_some_and(&is_taken));
    if names.iter().all(goes) { names.into_iter().next() } else { None }
}

/// Whether the bits of an input are those of a pointer: a button or a touch, and two axes.
fn is_pointer(keys: &str, relative: &str, absolute: &str) -> bool {
    const TWO_AXES: u64 = 0b11;
    const LEFT_BUTTON: usize = 0x110;
    const TOUCH: usize = 0x14a;
    let word = |bits: &str, number: usize| {
        let word = bits.split_ascii_whitespace().rev().nth(number);
        word.and_then(|word| u64::from_str_radix(word, 16).ok()).unwrap_or_default()
    };
    let has = |key: usize| word(keys, key / 64) >> (key % 64) & 1 == 1;
    let moves = |axes: &str| word(axes, 0) & TWO_AXES == TWO_AXES;
    (moves(relative) || moves(absolute)) && (has(LEFT_BUTTON) || has(TOUCH))
}

/// Whether the bits of an input's keys are those of a keyboard: the row from Q to P, and A.
fn is_keyboard(keys: &str) -> bool {
    const LETTERS: u64 = 0x3ff << 16 | 1 << 30;
    let lowest = keys.split_ascii_whitespace().next_back().and_then(|word| u64::from_str_radix(word, 16).ok());
    lowest.is_some_and(|bits| bits & LETTERS == LETTERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_button_and_a_mouse_are_no_keyboards() {
        assert!(is_keyboard("1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"));
        assert!(!is_keyboard("10000000000000 0"));
        assert!(!is_keyboard("ff0000 0 0 0 0"));
        assert!(!is_keyboard(""));
    }

    #[test]
    fn a_mouse_and_a_tablet_are_pointers_and_a_keyboard_is_none() {
        assert!(is_pointer("1f0000 0 0 0 0", "1943", ""));
        assert!(is_pointer("70000 0 0 0 0", "100", "3"));
        assert!(!is_pointer("1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe", "0", "0"));
        assert!(!is_pointer("", "3", "3"));
    }
}
