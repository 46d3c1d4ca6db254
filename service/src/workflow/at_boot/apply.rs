//! What the unit of the early start does: before libvirt, before displays and networks, without a bus. It counts the start
//! before it does anything, and again when the computer ran on.

use std::{collections::BTreeMap, io, time::Duration};

use super::{functions, pages};
use crate::{
    host::{
        Root,
        gate::{self, Question},
        pci::{self, Devices, PciAddress},
        vfio::{self, Direction, Pace, Transaction, Write},
    },
    policy::{Grant, action::HostDevice},
    store::{
        Store,
        boot::{Device, Outcome, Run},
        journal::Journal,
    },
};

/// Nobody waits for a write but systemd, which ends the unit when it takes too long.
pub(super) struct Unhurried;

impl Pace for Unhurried {
    fn goes_on(&self, _: &Write) -> bool {
        true
    }

    fn may_end(&self) -> bool {
        true
    }
}

/// Does what is wanted at this start of the computer, and writes down what came of it. `None` if nothing is wanted. Drivers of cards with
/// virtual functions are waited for, all together for `patience`.
///
/// # Errors
/// If the files cannot be read or written, or are damaged: then nothing is done.
pub fn run(root: &Root, store: &Store, patience: Duration) -> io::Result<Option<Run>> {
    let files = store.boot();
    let wanted = files.wanted()?;
    if wanted.is_empty() {
        return Ok(None);
    }
    let mut run = files.run()?.begin(&vfio::boot(root));
    files.put_run(&run)?;
    if run.is_skipped {
        tracing::error!(unconfirmed = run.unconfirmed, "The last starts of the computer were cut short: nothing is done");
        return Ok(Some(run));
    }
    // Memory first, while it is in one piece.
    run.outcomes = pages::reserve(root, store, &wanted.pages);
    // Then functions, for some of them may be among the devices.
    run.outcomes.extend(functions::make(root, store, &wanted.cards, patience));
    run.outcomes.extend(devices(root, &store.journal(), &wanted.devices));
    files.put_run(&run)?;
    Ok(Some(run))
}

/// Writes down that the computer ran on for long enough after [`run`].
///
/// # Errors
/// The system's.
pub fn confirm(root: &Root, store: &Store) -> io::Result<()> {
    let files = store.boot();
    let run = files.run()?;
    if run.boot == vfio::boot(root) { files.put_run(&run.confirm()) } else { Ok(()) }
}

/// Why a device is not the one that was wanted.
#[must_use]
pub fn stranger(wanted: &Device, found: Option<&pci::Device>) -> Option<&'static str> {
    let Some(found) = found else { return Some("gone") };
    let is_same = (found.ids.vendor, found.ids.device, found.class) == (wanted.vendor, wanted.device, wanted.class);
    (!is_same).then_some("other-device")
}

/// Binds group by group: what one group cannot have is no reason against another.
fn devices(root: &Root, journal: &Journal, wanted: &[Device]) -> Vec<Outcome> {
    let addresses: Vec<PciAddress> = wanted.iter().map(|device| device.address).collect();
    let known = pci::read_groups(root, &addresses);
    let mut outcomes = Vec::new();
    let mut groups: BTreeMap<Option<u32>, Vec<Device>> = BTreeMap::new();
    for device in wanted {
        let found = known.get(&device.address);
        match stranger(device, found.map(|found| &**found)) {
            Some(word) => outcomes.push(outcome(device.address, word, Vec::new())),
            None => groups.entry(found.and_then(|found| found.group)).or_default().push(*device),
        }
    }
    outcomes.extend(groups.into_values().flat_map(|group| bind(root, journal, &known, &group)));
    for outcome in &outcomes {
        tracing::info!(device = outcome.part, outcome = outcome.word, reasons = ?outcome.reasons, "A device of this start");
    }
    outcomes
}

fn bind(root: &Root, journal: &Journal, known: &Devices, group: &[Device]) -> Vec<Outcome> {
    let taken: Vec<PciAddress> = group.iter().map(|device| device.address).collect();
    let cannot_reset = |device: &&Device| known.get(&device.address).is_some_and(|found| found.resets.is_empty());
    let allow_no_reset = group.iter().filter(cannot_reset).all(|device| device.allow_no_reset);
    let findings = gate::judge(&Question { root, devices: known, taken: &taken, running: &[], allow_no_reset });
    let (word, reasons) = if findings.reasons.is_empty() {
        let grant = Grant::<HostDevice>::at_boot(taken.clone(), Direction::Bind.word());
        match Transaction::new(root, journal, &taken).run(&grant, Direction::Bind, &Unhurried) {
            Ok(()) => ("bound", Vec::new()),
            Err(_) => ("failed", Vec::new()),
        }
    } else {
        let mut words: Vec<String> = findings.reasons.iter().map(|reason| reason.word.to_owned()).collect();
        words.dedup();
        ("refused", words)
    };
    taken.into_iter().map(|address| outcome(address, word, reasons.clone())).collect()
}

fn outcome(address: PciAddress, word: &str, reasons: Vec<String>) -> Outcome {
    Outcome { part: address.to_string(), word: word.to_owned(), reasons }
}
