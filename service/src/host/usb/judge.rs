//! Why a USB device must not be taken from the host.

use std::collections::{BTreeSet, HashMap};

use super::{Device, Devices, Named, is_open};
use crate::host::{Root, pci::usage};

/// One reason. Its word and facts are what a client gets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The word.
    pub word: &'static str,
    /// The port of the device it is about.
    pub port: String,
    /// The kernel's name of the part, another device's port, or a machine; empty if the port says it all.
    pub name: String,
}

impl Reason {
    /// Of a device that says it all.
    #[must_use]
    pub fn new(word: &'static str, port: &str) -> Self {
        Self { word, port: port.to_owned(), name: String::new() }
    }

    /// With a name.
    #[must_use]
    pub fn named(word: &'static str, port: &str, name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::new(word, port) }
    }

    /// The facts by name: `reason`, `port`, and `name` where there is one.
    #[must_use]
    pub fn facts(&self) -> HashMap<String, String> {
        let all = [("reason", self.word.to_owned()), ("port", self.port.clone()), ("name", self.name.clone())];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Why not; empty if nothing speaks against it.
    pub reasons: Vec<Reason>,
    /// What should be known all the same.
    pub warnings: Vec<Reason>,
}

impl Verdict {
    /// In order, each once.
    pub fn sort(&mut self) {
        for list in [&mut self.reasons, &mut self.warnings] {
            list.sort();
            list.dedup();
        }
    }
}

/// Judges whether the host can do without these devices. `owned` are ports of devices that machines have, whose programs are known.
#[must_use]
pub fn judge(root: &Root, known: &Devices, taken: &[Named], owned: &BTreeSet<String>) -> Verdict {
    let mut verdict = Verdict::default();
    for named in taken {
        match known.get(&named.port) {
            Some(device) if Named::new(&named.port, device) == *named => one(root, known, &named.port, device, owned, &mut verdict),
            // Another one was plugged in meanwhile, which nobody has named.
            _ => verdict.reasons.push(Reason::new("gone", &named.port)),
        }
    }
    let is_taken = |path: &str| path.split('/').any(|part| taken.iter().any(|named| named.port == part));
    let port = |path: &str| taken.iter().find(|named| path.split('/').any(|part| part == named.port)).map(|named| named.port.clone());
    let behind = |name: &str| root.real(&format!("sys/class/input/{name}")).ok().and_then(|real| port(real.to_str()?));
    if let Some(name) = usage::last_keyboard(root, is_taken) {
        verdict.reasons.push(Reason { word: "keyboard", port: behind(&name).unwrap_or_default(), name });
    }
    if let Some(name) = usage::last_pointer(root, is_taken) {
        verdict.warnings.push(Reason { word: "pointer", port: behind(&name).unwrap_or_default(), name });
    }
    verdict.sort();
    verdict
}

fn one(root: &Root, known: &Devices, port: &str, device: &Device, owned: &BTreeSet<String>, verdict: &mut Verdict) {
    // Whether a keyboard is the only one is asked for all that go together.
    let uses = device.uses.iter().filter(|(word, _)| *word != usage::Purpose::Keyboard.word());
    verdict.reasons.extend(uses.map(|(word, name)| Reason::named(word, port, name)));
    if !owned.contains(port) && is_open(root, port) {
        verdict.reasons.push(Reason::new("open", port));
    }
    let is_like = |other: &Device| (other.vendor, other.product) == (device.vendor, device.product);
    for (other, _) in known.iter().filter(|(other, like)| *other != port && is_like(like)) {
        verdict.warnings.push(Reason::named("same-ids", port, other));
    }
}
