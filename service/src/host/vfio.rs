//! Taking devices from their drivers for machines, and giving them back: each by `driver_override`, which names one device
//! only, and all or none of them.

use std::io;

use super::{
    Root, function,
    pci::{self, PciAddress},
    rom, sriov,
};
use crate::{
    policy::{Grant, action::HostDevice},
    store::journal::{Entry, Journal, Original},
};

/// The driver that hands devices to machines.
pub const DRIVER: &str = "vfio-pci";

const PROBE: &str = "sys/bus/pci/drivers_probe";

/// Whether the driver is loaded: the service may load none.
#[must_use]
pub fn is_there(root: &Root) -> bool {
    root.exists("sys/bus/pci/drivers/vfio-pci")
}

/// Whether the host has the driver's module, loaded or not; `None` where nobody can tell, for the sandbox hides the files of modules.
#[must_use]
pub fn has_module(root: &Root) -> Option<bool> {
    let release = root.line("proc/sys/kernel/osrelease");
    let lists = ["modules.dep", "modules.builtin"].map(|file| root.read(&format!("lib/modules/{release}/{file}")).ok());
    if lists.iter().flatten().any(|list| list.contains("/vfio-pci.ko")) {
        return Some(true);
    }
    lists[0].is_some().then_some(false)
}

/// Whether the service may bind at all: as an ordinary user, or with a read-only `/sys`, it may not.
#[must_use]
pub fn is_possible(root: &Root) -> bool {
    root.is_writable(PROBE)
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To machines.
    Bind,
    /// Back to the host.
    Release,
}

impl Direction {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Release => "release",
        }
    }
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The device.
    pub device: PciAddress,
    /// What it does: `override`, `unbind`, `probe`.
    pub step: &'static str,
    /// The file below the root.
    pub path: String,
    /// What is written.
    pub value: String,
}

/// The writes that take `devices`, or give them back, in order. Those that are there already need none.
#[must_use]
pub fn plan(root: &Root, direction: Direction, devices: &[PciAddress]) -> Vec<Write> {
    let is_done = |device: &&PciAddress| direction == Direction::Bind && pci::driver(root, **device) == DRIVER;
    let devices: Vec<PciAddress> = devices.iter().filter(|device| !is_done(device)).copied().collect();
    writes(root, direction, &devices)
}

/// The writes that take `devices` when the computer starts anew and none is taken yet, as far as their drivers are known.
#[must_use]
pub fn plan_anew(root: &Root, devices: &[PciAddress]) -> Vec<Write> {
    let is_ours = |write: &Write| write.step == "unbind" && pci::driver(root, write.device) == DRIVER;
    writes(root, Direction::Bind, devices).into_iter().filter(|write| !is_ours(write)).collect()
}

fn writes(root: &Root, direction: Direction, devices: &[PciAddress]) -> Vec<Write> {
    let value = if direction == Direction::Bind { DRIVER } else { "" };
    let overrides = devices.iter().map(|device| override_with(*device, value));
    // All functions of a card are taken before the first is given away: the kernel resets the whole slot.
    let unbinds = devices.iter().filter_map(|device| unbind(root, *device));
    let probes = devices.iter().map(|device| probe(*device));
    overrides.chain(unbinds).chain(probes).collect()
}

fn override_with(device: PciAddress, driver: &str) -> Write {
    let path = format!("{}/driver_override", pci::directory(device));
    // An empty line clears it.
    Write { device, step: "override", path, value: if driver.is_empty() { "\n".to_owned() } else { driver.to_owned() } }
}

fn unbind(root: &Root, device: PciAddress) -> Option<Write> {
    let driver = pci::driver(root, device);
    let path = format!("{}/driver/unbind", pci::directory(device));
    (!driver.is_empty()).then(|| Write { device, step: "unbind", path, value: device.to_string() })
}

fn probe(device: PciAddress) -> Write {
    Write { device, step: "probe", path: PROBE.to_owned(), value: device.to_string() }
}

/// Which start of the computer this is.
#[must_use]
pub fn boot(root: &Root) -> String {
    root.line("proc/sys/kernel/random/boot_id")
}

/// How devices are now.
#[must_use]
pub fn originals(root: &Root, devices: &[PciAddress]) -> Vec<Original> {
    let original = |device: &PciAddress| Original {
        address: device.to_string(),
        driver: pci::driver(root, *device),
        driver_override: pci::driver_override(root, *device),
    };
    devices.iter().map(original).collect()
}

/// Says whether a change goes on: whoever waits for it may have given up.
pub trait Pace {
    /// Called before each write.
    fn goes_on(&self, write: &Write) -> bool;
    /// Called when everything is done. If not, it is put back after all.
    fn may_end(&self) -> bool;
}

/// Why it was not done. Everything is as it was before, unless `Stuck`.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The journal could not be written, so nothing was begun, or it was put back.
    #[error("The journal cannot be written")]
    Journal(#[source] io::Error),
    /// The kernel refused a write.
    #[error("{step} of {device} failed")]
    Write {
        device: PciAddress,
        step: &'static str,
        #[source]
        source: io::Error,
    },
    /// The device has another driver than it should.
    #[error("{device} has another driver than it should: {driver}")]
    Driver { device: PciAddress, driver: String },
    /// The driver refused a value of a virtual function, or did not keep it.
    #[error("{device} does not take {setting} of a virtual function")]
    Setting {
        device: PciAddress,
        setting: &'static str,
        #[source]
        source: io::Error,
    },
    /// Putting it back failed, too; the journal keeps the entry, and the next start tries again.
    #[error("{device} could not be put back")]
    Stuck { device: PciAddress },
    /// The device shows no ROM.
    #[error("{device} shows no ROM")]
    NoRom { device: PciAddress },
    /// The driver made fewer virtual functions than it was asked for.
    #[error("{device} has only {made} virtual functions")]
    Fewer { device: PciAddress, made: u32 },
}

/// A change of several devices that is done wholly or not at all. Blocks: it belongs on a thread of its own.
#[derive(Debug)]
pub struct Transaction<'a> {
    root: &'a Root,
    journal: &'a Journal,
    entry: Entry,
    devices: Vec<PciAddress>,
}

impl<'a> Transaction<'a> {
    /// Notes how the devices are now.
    #[must_use]
    pub fn new(root: &'a Root, journal: &'a Journal, devices: &[PciAddress]) -> Self {
        let entry = Entry::new(boot(root), "", originals(root, devices));
        Self { root, journal, entry, devices: devices.to_vec() }
    }

    /// Does it.
    ///
    /// # Errors
    /// Why it was not done; the devices are as they were unless it is `Stuck`.
    pub fn run(mut self, grant: &Grant<HostDevice>, direction: Direction, pace: &impl Pace) -> Result<(), Failure> {
        tracing::info!(operation = direction.word(), devices = ?self.devices, uid = grant.caller().uid, "Changing drivers");
        direction.word().clone_into(&mut self.entry.operation);
        let done = self.forward(direction, pace);
        if let Err(failure) = done {
            tracing::warn!(cause = %failure, "Drivers are put back");
            return Err(self.back().err().unwrap_or(failure));
        }
        // Should the entry stay, the next start of the service would undo what is done: then it must not count as done.
        if let Err(error) = self.journal.remove(&self.entry.id) {
            return Err(self.back().err().unwrap_or(Failure::Journal(error)));
        }
        self.supersede();
        Ok(())
    }

    /// What an earlier change of these devices left is not to be undone any more: now they are as somebody wanted.
    fn supersede(&self) {
        let is_ours = |original: &Original| original.address.parse().is_ok_and(|device| self.devices.contains(&device));
        self.journal.supersede(|entry| {
            // Without its card, an entry of functions is of nothing.
            let loses_card = entry.functions.is_some() && entry.devices.first().is_none_or(is_ours);
            entry.devices.retain(|original| !is_ours(original));
            !loses_card && !entry.devices.is_empty()
        });
    }

    fn forward(&mut self, direction: Direction, pace: &impl Pace) -> Result<(), Failure> {
        for write in plan(self.root, direction, &self.devices) {
            self.entry.step = format!("{} {}", write.step, write.device);
            self.journal.put(&self.entry).map_err(Failure::Journal)?;
            if !pace.goes_on(&write) {
                return Err(Failure::Write { device: write.device, step: write.step, source: io::ErrorKind::TimedOut.into() });
            }
            self.root.write(&write.path, &write.value).map_err(|source| Failure::Write {
                device: write.device,
                step: write.step,
                source,
            })?;
        }
        for device in &self.devices {
            let driver = pci::driver(self.root, *device);
            if (driver == DRIVER) != (direction == Direction::Bind) {
                return Err(Failure::Driver { device: *device, driver });
            }
        }
        // The last write may have taken so long that nobody waits any more.
        match self.devices.last() {
            Some(device) if !pace.may_end() => {
                Err(Failure::Write { device: *device, step: "probe", source: io::ErrorKind::TimedOut.into() })
            }
            _ => Ok(()),
        }
    }

    /// Puts the devices back as they were.
    fn back(&self) -> Result<(), Failure> {
        restore(self.root, &self.entry)?;
        self.journal.remove(&self.entry.id).map_err(Failure::Journal)
    }
}

/// Puts the devices of an entry back as they were, the last first. Can be done again, from anywhere in between.
///
/// # Errors
/// `Stuck`, with the first device that could not be put back; the others are.
pub fn restore(root: &Root, entry: &Entry) -> Result<(), Failure> {
    if entry.operation == rom::OPERATION {
        return rom::restore(root, entry);
    }
    if let Some(before) = &entry.function {
        return function::restore(root, entry, before);
    }
    if let Some(before) = entry.functions {
        return sriov::restore(root, entry, before);
    }
    restore_drivers(root, &entry.devices)
}

/// Gives devices the drivers they had, the last first. Can be done again, from anywhere in between.
///
/// # Errors
/// `Stuck`, with the first device that could not be put back; the others are.
pub fn restore_drivers(root: &Root, devices: &[Original]) -> Result<(), Failure> {
    let mut stuck = None;
    for original in devices.iter().rev() {
        // What we wrote ourselves parses; what does not is nobody's device.
        let Ok(device) = original.address.parse() else { continue };
        // A device that is gone has nothing to be put back.
        let is_back = |root: &Root| !root.exists(&pci::directory(device)) || is_as_before(root, device, original);
        if !is_back(root)
            && let Err(error) = restore_one(root, device, original)
        {
            tracing::warn!(%device, %error, "A device was not put back at once");
        }
        if !is_back(root) {
            stuck = Some(device);
        }
    }
    stuck.map_or(Ok(()), |device| Err(Failure::Stuck { device }))
}

/// The writes that put a device back as it was; none if it is.
#[must_use]
pub fn steps_back(root: &Root, device: PciAddress, original: &Original) -> Vec<Write> {
    let has_other = pci::driver_override(root, device) != original.driver_override;
    let mut steps = Vec::from_iter(has_other.then(|| override_with(device, &original.driver_override)));
    if pci::driver(root, device) != original.driver {
        steps.extend(unbind(root, device));
        steps.extend((!original.driver.is_empty()).then(|| probe(device)));
    }
    steps
}

fn is_as_before(root: &Root, device: PciAddress, original: &Original) -> bool {
    pci::driver(root, device) == original.driver && pci::driver_override(root, device) == original.driver_override
}

fn restore_one(root: &Root, device: PciAddress, original: &Original) -> io::Result<()> {
    let write = |write: &Write| root.write(&write.path, &write.value);
    let is_bound_as_before = || pci::driver(root, device) == original.driver;
    if pci::driver_override(root, device) != original.driver_override {
        write(&override_with(device, &original.driver_override))?;
    }
    if is_bound_as_before() {
        return Ok(());
    }
    if let Some(unbind) = unbind(root, device) {
        write(&unbind)?;
    }
    if is_bound_as_before() {
        return Ok(());
    }
    // The kernel chooses as it did before; where several drivers fit, the one it had is asked.
    write(&probe(device))?;
    if is_bound_as_before() {
        return Ok(());
    }
    if let Some(unbind) = unbind(root, device) {
        write(&unbind)?;
    }
    root.write(&format!("sys/bus/pci/drivers/{}/bind", original.driver), &device.to_string())
}

/// Settles what an earlier run of the service left: of this start of the computer it is put back, of an earlier one
/// there is nothing left to put back. Returns how many entries there were.
///
/// # Errors
/// If the journal cannot be read.
pub fn recover(root: &Root, journal: &Journal) -> io::Result<usize> {
    let (entries, boot) = (journal.entries()?, boot(root));
    for entry in &entries {
        let is_settled =
            entry.boot != boot || restore(root, entry).inspect_err(|error| tracing::error!(%error, "A device stays as it is")).is_ok();
        tracing::warn!(operation = entry.operation, step = entry.step, is_settled, "Found what was cut off");
        if is_settled {
            journal.remove(&entry.id)?;
        }
    }
    Ok(entries.len())
}
