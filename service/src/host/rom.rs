//! The ROM of a card, such as its video BIOS, as the kernel shows it: switched on, read, and off again.

use std::{
    fs::File,
    io::{self, Read, Write as _},
};

use model::device::rom::{LONGEST, SIGNATURE};

use super::{
    Root,
    pci::{self, PciAddress},
    vfio::{self, Failure, Pace, Write},
};
use crate::{
    policy::{Grant, action::HostDevice},
    store::journal::{Entry, Journal, Original},
};

/// What the journal calls it.
pub const OPERATION: &str = "rom";
/// How much is read before somebody may give up.
const PORTION: usize = 64 * 1024;

fn path(device: PciAddress) -> String {
    format!("{}/rom", pci::directory(device))
}

/// Whether a device has a ROM.
#[must_use]
pub fn is_there(root: &Root, device: PciAddress) -> bool {
    root.exists(&path(device))
}

pub fn switch(device: PciAddress, on: bool) -> Write {
    Write { device, step: OPERATION, path: path(device), value: if on { "1" } else { "0" }.to_owned() }
}

/// Copies the ROM of the device of the grant to a file and returns its bytes. Blocks: it belongs on a thread of its own.
///
/// # Errors
/// `NoRom` if the device shows none or an absurd one; why it was not done. It is switched off then, too.
pub fn dump(root: &Root, journal: &Journal, grant: &Grant<HostDevice>, target: &mut File, pace: &impl Pace) -> Result<u64, Failure> {
    let [device] = *grant.devices() else { return Ok(0) };
    let original = Original { address: device.to_string(), driver: pci::driver(root, device), driver_override: String::new() };
    let entry = Entry { step: OPERATION.to_owned(), ..Entry::new(vfio::boot(root), OPERATION, vec![original]) };
    tracing::info!(%device, uid = grant.caller().uid, "Reading a ROM");
    let failed = |source| Failure::Write { device, step: OPERATION, source };
    journal.put(&entry).map_err(Failure::Journal)?;
    let image = read(root, device, pace).map_err(failed);
    // Off again in any case; an entry that stays is settled by the next start.
    restore(root, &entry)?;
    journal.remove(&entry.id).map_err(Failure::Journal)?;
    let image = image?;
    if !image.starts_with(&SIGNATURE) || image.len() as u64 > LONGEST {
        return Err(Failure::NoRom { device });
    }
    target.write_all(&image).and_then(|()| target.flush()).map_err(failed)?;
    if pace.may_end() { Ok(image.len() as u64) } else { Err(failed(io::ErrorKind::TimedOut.into())) }
}

fn read(root: &Root, device: PciAddress, pace: &impl Pace) -> io::Result<Vec<u8>> {
    let on = switch(device, true);
    let goes_on = || if pace.goes_on(&on) { Ok(()) } else { Err(io::Error::from(io::ErrorKind::TimedOut)) };
    goes_on()?;
    root.write(&on.path, &on.value)?;
    let (mut file, mut image, mut portion) = (File::open(root.path(&on.path))?.take(LONGEST + 1), Vec::new(), vec![0; PORTION]);
    loop {
        goes_on()?;
        match file.read(&mut portion)? {
            0 => return Ok(image),
            length => image.extend_from_slice(&portion[..length]),
        }
    }
}

/// Switches the ROM of an entry off. Can be done again.
///
/// # Errors
/// `Stuck` if the kernel refuses.
pub fn restore(root: &Root, entry: &Entry) -> Result<(), Failure> {
    // What we wrote ourselves parses; what does not is nobody's device.
    let Some(device) = entry.devices.first().and_then(|original| original.address.parse().ok()) else { return Ok(()) };
    let off = switch(device, false);
    let written = root.write(&off.path, &off.value);
    // A device that is gone has no ROM that could be on.
    if written.is_ok() || !is_there(root, device) { Ok(()) } else { Err(Failure::Stuck { device }) }
}
