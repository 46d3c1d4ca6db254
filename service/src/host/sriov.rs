//! How many virtual functions a card has: written, read back, and put back if it is not what was asked for. The kernel makes all of
//! them anew then, so that what they might and which drivers they had is put back, too.

use std::io;

use super::{
    Root,
    function::{self, Before, Functions, Settings},
    left,
    pci::{self, PciAddress},
    vfio::{self, Failure, Pace, Write},
};
use crate::{
    policy::{Grant, action::HostSriov},
    store::journal::{Entry, Journal, Original},
};

/// The most that a device can have; `None` if it can have none.
#[must_use]
pub fn most(root: &Root, device: PciAddress) -> Option<u32> {
    root.number(&format!("{}/sriov_totalvfs", pci::directory(device))).filter(|most| *most > 0)
}

/// How many a device has, as its driver says.
#[must_use]
pub fn count(root: &Root, device: PciAddress) -> u32 {
    root.number(&control(device)).unwrap_or_default()
}

fn control(device: PciAddress) -> String {
    format!("{}/sriov_numvfs", pci::directory(device))
}

/// The writes that make it so many, in order: the kernel takes another number from none only.
#[must_use]
pub fn plan(root: &Root, device: PciAddress, wanted: u32) -> Vec<Write> {
    let write = |value: u32| Write { device, step: "virtual-functions", path: control(device), value: value.to_string() };
    match (count(root, device), wanted) {
        (now, wanted) if now == wanted => Vec::new(),
        (0, wanted) => vec![write(wanted)],
        (_, 0) => vec![write(0)],
        (_, wanted) => vec![write(0), write(wanted)],
    }
}

/// Gives the device of the grant so many virtual functions. Blocks: it belongs on a thread of its own.
///
/// # Errors
/// Why it was not done; the device has as many as before then, unless it is `Stuck`.
pub fn set(root: &Root, journal: &Journal, grant: &Grant<HostSriov>, wanted: u32, pace: &impl Pace) -> Result<(), Failure> {
    for device in grant.devices() {
        let mut entry = noted(root, *device);
        tracing::info!(%device, before = entry.functions, wanted, uid = grant.caller().uid, "Changing virtual functions");
        let done = forward(root, journal, &mut entry, *device, wanted, pace);
        // Should the entry stay, the next start of the service would undo what is done: then it must not count as done.
        let done = done.and_then(|()| journal.remove(&entry.id).map_err(Failure::Journal));
        if let Err(failure) = done {
            tracing::warn!(cause = %failure, "Virtual functions are put back");
            vfio::restore(root, &entry)?;
            return Err(journal.remove(&entry.id).err().map_or(failure, Failure::Journal));
        }
        // Its functions are others now: none of them is to be made what one was before.
        journal.supersede(|older| older.functions.is_none() || !older.is_of(*device));
    }
    Ok(())
}

/// A card and its functions as they are.
fn noted(root: &Root, device: PciAddress) -> Entry {
    // What the kernel does not tell cannot be put back; the number can.
    let settings = function::read(root, device).unwrap_or_else(|error| {
        tracing::warn!(%device, %error, "What virtual functions may cannot be read");
        Functions::new()
    });
    let card = Original { address: device.to_string(), driver: pci::driver(root, device), driver_override: String::new() };
    let functions = vfio::originals(root, &pci::virtual_functions(root, device));
    let devices = std::iter::once(card).chain(functions).collect();
    Entry { functions: Some(count(root, device)), settings, ..Entry::new(vfio::boot(root), "virtual-functions", devices) }
}

/// Whether a device of an entry is the card, not one of its functions.
pub(super) fn is_card(entry: &Entry, original: &Original) -> bool {
    entry.devices.first() == Some(original)
}

fn forward(root: &Root, journal: &Journal, entry: &mut Entry, device: PciAddress, wanted: u32, pace: &impl Pace) -> Result<(), Failure> {
    let cut_short = || Failure::Write { device, step: "virtual-functions", source: std::io::ErrorKind::TimedOut.into() };
    for write in plan(root, device, wanted) {
        entry.step = format!("{} {}", write.value, write.step);
        journal.put(entry).map_err(Failure::Journal)?;
        if !pace.goes_on(&write) {
            return Err(cut_short());
        }
        root.write(&write.path, &write.value).map_err(|source| Failure::Write { device, step: write.step, source })?;
    }
    let made = made(root, device);
    if made != wanted {
        return Err(Failure::Fewer { device, made });
    }
    // The last write may have taken so long that nobody waits any more.
    if pace.may_end() { Ok(()) } else { Err(cut_short()) }
}

/// What there is: drivers have said one number and made another.
fn made(root: &Root, device: PciAddress) -> u32 {
    let found = u32::try_from(pci::virtual_functions(root, device).len()).unwrap_or(u32::MAX);
    found.min(count(root, device))
}

/// The commands that give a card as many functions as it had, and those that there are what they might; none if it is as it was.
pub(super) fn repair(root: &Root, entry: &Entry, device: PciAddress, before: u32) -> Vec<String> {
    let settings = earlier(root, entry, device).unwrap_or_default();
    let settings = settings.iter().flat_map(|function| function::repair(root, device, function));
    plan(root, device, before).iter().map(left::typed).chain(settings).collect()
}

/// What those functions might that there are again.
fn earlier(root: &Root, entry: &Entry, device: PciAddress) -> io::Result<Vec<Before>> {
    if entry.settings.is_empty() {
        return Ok(Vec::new());
    }
    let now = function::read(root, device)?;
    let again = |(index, settings): (&u32, &Settings)| Some(Before { index: *index, settings: settings.made_anew(now.get(index)?) });
    Ok(entry.settings.iter().filter_map(again).collect())
}

/// Gives the device of an entry as many as it had before, and these what they might and the drivers they had. Can be done again, from
/// anywhere in between.
///
/// # Errors
/// `Stuck`, if it is not as it was after that.
pub fn restore(root: &Root, entry: &Entry, before: u32) -> Result<(), Failure> {
    // What we wrote ourselves parses; what does not is nobody's device.
    let Some(device) = entry.devices.first().and_then(|original| original.address.parse().ok()) else { return Ok(()) };
    // A device that is gone has nothing to be put back.
    let is_back = || !root.exists(&control(device)) || count(root, device) == before;
    for value in [0, before] {
        if !is_back()
            && count(root, device) != value
            && let Err(error) = root.write(&control(device), &value.to_string())
        {
            tracing::warn!(%device, %error, "Virtual functions were not put back at once");
        }
    }
    if !is_back() {
        return Err(Failure::Stuck { device });
    }
    // Before the drivers: they read the address of a function when they take it.
    let settings = earlier(root, entry, device).map_err(|_| Failure::Stuck { device }).and_then(|functions| {
        // What one of them does not take keeps the others from nothing.
        let restored: Vec<_> = functions.iter().map(|function| function::restore(root, entry, function)).collect();
        restored.into_iter().collect()
    });
    let functions: Vec<Original> = entry.devices.iter().skip(1).filter(|function| !is_taken_since(root, function)).cloned().collect();
    vfio::restore_drivers(root, &functions).and(settings)
}

/// Whether a function was given to a machine since: the kernel makes none with that driver.
pub(super) fn is_taken_since(root: &Root, function: &Original) -> bool {
    let driver = |address: &str| address.parse().map(|device| pci::driver(root, device)).unwrap_or_default();
    function.driver != vfio::DRIVER && driver(&function.address) == vfio::DRIVER
}
