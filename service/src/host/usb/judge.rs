//! Why a USB device must not be taken from the host.

use std::collections::BTreeSet;

use super::{Device, Devices, Named, is_open};
use crate::host::{
    Root,
    finding::{Finding, Findings},
    pci::{PciAddress, usage},
};

/// Judges whether the host can do without these devices. `owned` are ports of devices that machines have, whose programs are known;
/// `along` are PCI devices that go at the same time, with everything behind them, and were judged.
#[must_use]
pub fn judge(root: &Root, known: &Devices, taken: &[Named], owned: &BTreeSet<String>, along: &[PciAddress]) -> Findings {
    let mut findings = Findings::default();
    for named in taken {
        match known.get(&named.port) {
            Some(device) if Named::new(&named.port, device) == *named => one(root, known, &named.port, device, owned, &mut findings),
            // Another one was plugged in meanwhile, which nobody has named.
            _ => findings.reasons.push(Finding::at("gone", &named.port)),
        }
    }
    let goes_along = |path: &str| path.split('/').any(|part| part.parse().is_ok_and(|device| along.contains(&device)));
    let is_taken = |path: &str| path.split('/').any(|part| taken.iter().any(|named| named.port == part)) || goes_along(path);
    let port = |path: &str| taken.iter().find(|named| path.split('/').any(|part| part == named.port)).map(|named| named.port.clone());
    let behind = |name: &str| root.real(&format!("sys/class/input/{name}")).ok().and_then(|real| port(real.to_str()?));
    // The last one behind a controller was found with that.
    if let (Some(name), None) = (usage::last_keyboard(root, is_taken), usage::last_keyboard(root, goes_along)) {
        findings.reasons.push(Finding::at("keyboard", &behind(&name).unwrap_or_default()).named(&name));
    }
    if let Some(name) = usage::last_pointer(root, is_taken) {
        findings.warnings.push(Finding::at("pointer", &behind(&name).unwrap_or_default()).named(&name));
    }
    findings.sort();
    findings
}

fn one(root: &Root, known: &Devices, port: &str, device: &Device, owned: &BTreeSet<String>, findings: &mut Findings) {
    // Whether a keyboard is the only one is asked for all that go together.
    let uses = device.uses.iter().filter(|(word, _)| *word != usage::Purpose::Keyboard.word());
    findings.reasons.extend(uses.map(|(word, name)| Finding::at(word, port).named(name)));
    if !owned.contains(port) && is_open(root, port) {
        findings.reasons.push(Finding::at("open", port));
    }
    let is_like = |other: &Device| (other.vendor, other.product) == (device.vendor, device.product);
    for (other, _) in known.iter().filter(|(other, like)| *other != port && is_like(like)) {
        findings.warnings.push(Finding::at("same-ids", port).named(other));
    }
}
