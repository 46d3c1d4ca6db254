//! How many virtual functions a card has: written, read back, and put back if it is not what was asked for. The kernel makes all of
//! them anew then, so that what they might and which drivers they had is put back, too.

use super::{
    Root,
    function::{self, Before, Settings},
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
        let mut entry = noted(root, *device)?;
        tracing::info!(%device, before = entry.functions, wanted, uid = grant.caller().uid, "Changing virtual functions");
        let done = forward(root, journal, &mut entry, *device, wanted, pace);
        // Should the entry stay, the next start of the service would undo what is done: then it must not count as done.
        let done = done.and_then(|()| journal.remove(&entry.id).map_err(Failure::Journal));
        if let Err(failure) = done {
            tracing::warn!(cause = %failure, "Virtual functions are put back");
            vfio::restore(root, &entry)?;
            return Err(journal.remove(&entry.id).err().map_or(failure, Failure::Journal));
        }
    }
    Ok(())
}

/// A card and its functions as they are.
fn noted(root: &Root, device: PciAddress) -> Result<Entry, Failure> {
    let settings = function::read(root, device).map_err(|source| Failure::Write { device, step: "read", source })?;
    let card = Original { address: device.to_string(), driver: pci::driver(root, device), driver_override: String::new() };
    let functions = vfio::originals(root, &pci::virtual_functions(root, device));
    let devices = std::iter::once(card).chain(functions).collect();
    Ok(Entry { functions: Some(count(root, device)), settings, ..Entry::new(vfio::boot(root), "virtual-functions", devices) })
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
    let settings = earlier(root, entry, device).into_iter().flat_map(|function| function::repair(root, device, &function));
    plan(root, device, before).iter().map(left::typed).chain(settings).collect()
}

/// What those functions might that there are again.
fn earlier(root: &Root, entry: &Entry, device: PciAddress) -> Vec<Before> {
    let now = function::read(root, device).unwrap_or_default();
    let again = |(index, settings): (&u32, &Settings)| Some(Before { index: *index, settings: settings.made_anew(now.get(index)?) });
    entry.settings.iter().filter_map(again).collect()
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
    for function in earlier(root, entry, device) {
        function::restore(root, entry, &function)?;
    }
    vfio::restore_drivers(root, entry.devices.get(1..).unwrap_or_default())
}
