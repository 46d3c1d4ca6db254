//! The service's model of every machine: what the bus shows, fed by libvirt's events.
//!
//! Reads are answered from here without asking libvirt. Only `bus::tree` writes.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use dbus::{
    machine::{Address, GuestAgent, State, StateReason, Tag, flag},
    path::MachinePath,
};
use serde::Serialize;
use tokio::sync::Notify;
use uuid::Uuid;
use zbus::Type;

use crate::host::pci::PciAddress;

/// Everything that is known of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Identity.
    pub uuid: Uuid,
    /// Name.
    pub name: Box<str>,
    /// Title, or empty.
    pub title: Box<str>,
    /// What it does.
    pub state: State,
    /// Why.
    pub reason: StateReason,
    /// The definition survives the machine's stop.
    pub persistent: bool,
    /// Starts with the host.
    pub autostart: bool,
    /// Has a saved state.
    pub saved: bool,
    /// Its QEMU process does not answer.
    pub stalled: bool,
    /// Locked against stop and delete.
    pub locked: bool,
    /// Bytes it has now.
    pub memory: u64,
    /// Bytes it can have.
    pub maximum_memory: u64,
    /// Bytes the guest uses, 0 if not known.
    pub memory_used: u64,
    /// vCPUs it has now.
    pub vcpus: u32,
    /// vCPUs it can have.
    pub maximum_vcpus: u32,
    /// Operating system; machines that have the same share it.
    pub os: Arc<OperatingSystem>,
    /// What its definition says besides; machines of which it says nothing share it.
    pub definition: Arc<Definition>,
    /// IP addresses.
    pub addresses: Box<[Address]>,
    /// Why it stopped last.
    pub last_stop: StateReason,
    /// When, µs since the epoch; 0 if the service did not see it.
    pub last_stop_time: u64,
    /// When it started last, µs since the epoch; 0 if nobody knows.
    pub last_start_time: u64,
    /// Whether its guest's agent has opened its channel.
    pub agent: GuestAgent,
    /// Its definition was read: before, it is known from libvirt's list alone. One that starts is read anew.
    pub is_read: bool,
}

/// What few definitions say: as part of every machine's record, empty lists would be half of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    /// Notes, or empty.
    pub description: Box<str>,
    /// Group, or empty.
    pub group: Box<str>,
    /// Tags.
    pub tags: Box<[Tag]>,
    /// Parts of it that only the next start uses.
    pub unapplied: Box<[Box<str>]>,
    /// What an owner should know, such as `display-public`.
    pub warnings: Box<[Box<str>]>,
    /// Bytes of the huge pages that the machine wants; 0 for the host's usual size.
    pub huge_page_sizes: Box<[u64]>,
    /// PCI devices of the host that it names.
    pub host_devices: Box<[PciAddress]>,
    /// Devices of the host that the machine has, or gets with its next start.
    pub attached: Box<[Attached]>,
    /// Bytes of the memory that the machine shares with Looking Glass with its next start, 0 if it has none.
    pub looking_glass: u64,
    /// The machine has CPUs of the host to itself, or with a governor of their own, while it runs.
    pub has_tuning: bool,
    /// How the machine's memory follows the host's.
    pub balloon: Balloon,
}

/// Memory that the host may take from a machine while it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balloon {
    /// Bytes that it keeps by its definition; 0 to keep all.
    pub wanted_floor: u64,
    /// Something of it keeps its memory where it is.
    pub is_pinned: bool,
    /// Its guest is asked for figures.
    pub is_asked: bool,
}

impl Balloon {
    /// Bytes that it keeps; 0 if nothing may be taken.
    #[must_use]
    pub const fn floor(&self) -> u64 {
        if self.is_pinned { 0 } else { self.wanted_floor }
    }
}

/// A device of the host in a machine's definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attached {
    /// `pci`, `usb`, `mdev` …
    pub kind: Box<str>,
    /// What it is on the host: a PCI address, a USB device as the definition names it, the UUID of an mdev, a SCSI address; else empty.
    pub source: Box<str>,
    /// libvirt takes it from its driver and gives it back.
    pub managed: bool,
    /// The machine runs and has it.
    pub live: bool,
    /// It gets it with each start.
    pub configured: bool,
    /// As a network card, whose address and VLAN libvirt sets.
    pub card: Option<Card>,
    /// Whether the guest sees its ROM; `None` if the hypervisor chooses.
    pub rom_bar: Option<bool>,
    /// The guest sees a ROM from a file.
    pub rom_file: bool,
    /// Through iommufd.
    pub iommufd: bool,
    /// What a SCSI device is known by, whatever is at its address now; else empty.
    pub identity: Box<str>,
}

/// A network card of the host as one of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Its address, in lower case; empty where a definition names none.
    pub mac: Box<str>,
    /// Its VLAN; 0 without one.
    pub vlan: u16,
}

/// An operating system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperatingSystem {
    /// libosinfo id, or empty.
    pub id: Box<str>,
    /// A plain name, or empty.
    pub name: Box<str>,
}

impl Machine {
    /// Its object's path.
    #[must_use]
    pub fn path(&self) -> MachinePath {
        MachinePath::new(self.uuid)
    }

    /// Whether it has a QEMU process.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        !matches!(self.state, State::Off | State::Crashed | State::Unknown)
    }

    /// The record of `ListMachines`.
    #[must_use]
    pub fn summary(&self) -> Summary<'_> {
        let bit = |is_set: bool, bit: u32| if is_set { bit } else { 0 };
        Summary {
            path: self.path(),
            name: &self.name,
            state: self.state.into(),
            state_reason: self.reason.into(),
            memory: self.memory,
            vcpus: self.vcpus,
            flags: bit(self.persistent, flag::PERSISTENT)
                | bit(self.autostart, flag::AUTOSTART)
                | bit(self.saved, flag::SAVED_STATE)
                | bit(!self.definition.unapplied.is_empty(), flag::UNAPPLIED_CHANGES)
                | bit(self.locked, flag::LOCKED)
                | bit(self.stalled, flag::STALLED),
            title: &self.title,
            os_id: &self.os.id,
            group: &self.definition.group,
        }
    }
}

/// [`dbus::machine::Summary`] as it is sent: a list of thousands is written from the records without a copy.
#[derive(Debug, Serialize, Type)]
pub struct Summary<'a> {
    path: MachinePath,
    name: &'a str,
    state: u32,
    state_reason: u32,
    memory: u64,
    vcpus: u32,
    flags: u32,
    title: &'a str,
    os_id: &'a str,
    group: &'a str,
}

/// A machine's place in the inventory; its bus object holds on to it.
#[derive(Debug)]
pub struct Entry {
    /// Held for as long as it takes to copy a pointer, or to change the record.
    machine: Mutex<Arc<Machine>>,
    /// Shared by all: hardly anybody ever waits, and a notifier for each of thousands costs memory.
    changed: Arc<Notify>,
}

impl Entry {
    /// What is known now.
    #[must_use]
    pub fn machine(&self) -> Arc<Machine> {
        Arc::clone(&self.machine.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what is known. Returns whether anything changed.
    pub fn update(&self, change: impl FnOnce(&mut Machine)) -> bool {
        let mut place = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Machine::clone(&place);
        change(&mut changed);
        if changed == **place {
            return false;
        }
        *place = Arc::new(changed);
        drop(place);
        self.changed.notify_waiters();
        true
    }

    /// Waits until `condition` holds, which it may already.
    pub async fn wait_until(&self, condition: impl Fn(&Machine) -> bool) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registered before the record is looked at, so that no change falls between.
            changed.as_mut().enable();
            if condition(&self.machine()) {
                return;
            }
            changed.await;
        }
    }
}

/// All machines.
#[derive(Debug, Default)]
pub struct Inventory {
    machines: RwLock<BTreeMap<Uuid, Arc<Entry>>>,
    changed: Arc<Notify>,
}

impl Inventory {
    /// The machine with this UUID.
    #[must_use]
    pub fn entry(&self, uuid: Uuid) -> Option<Arc<Entry>> {
        self.machines.read().unwrap_or_else(PoisonError::into_inner).get(&uuid).cloned()
    }

    /// What is known of the machine with this UUID.
    #[must_use]
    pub fn machine(&self, uuid: Uuid) -> Option<Arc<Machine>> {
        self.entry(uuid).map(|entry| entry.machine())
    }

    /// Every machine, by UUID.
    #[must_use]
    pub fn machines(&self) -> Vec<Arc<Machine>> {
        self.machines.read().unwrap_or_else(PoisonError::into_inner).values().map(|entry| entry.machine()).collect()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.machines.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds or replaces a machine. Returns its entry and whether it is new.
    pub fn insert(&self, machine: Machine) -> (Arc<Entry>, bool) {
        let mut machines = self.machines.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = machines.get(&machine.uuid) {
            entry.update(|known| *known = machine);
            return (Arc::clone(entry), false);
        }
        let uuid = machine.uuid;
        let entry = Arc::new(Entry { machine: Mutex::new(Arc::new(machine)), changed: Arc::clone(&self.changed) });
        machines.insert(uuid, Arc::clone(&entry));
        (entry, true)
    }

    /// Forgets a machine. Returns whether it was known.
    pub fn remove(&self, uuid: Uuid) -> bool {
        self.machines.write().unwrap_or_else(PoisonError::into_inner).remove(&uuid).is_some()
    }

    /// The known machines that are not among `present`.
    #[must_use]
    pub fn missing_from(&self, present: &HashSet<Uuid>) -> Vec<Uuid> {
        self.machines.read().unwrap_or_else(PoisonError::into_inner).keys().filter(|uuid| !present.contains(uuid)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_has_the_wire_type_that_clients_read() {
        assert_eq!(Summary::SIGNATURE, dbus::machine::Summary::SIGNATURE);
    }

    #[tokio::test]
    async fn who_waits_for_a_change_sees_it_whenever_it_comes() {
        let inventory = Inventory::default();
        let (entry, _) = inventory.insert(Machine { state: State::Running, ..Machine::default() });
        let waiting = entry.wait_until(|machine| machine.state == State::Off);
        let change = async {
            tokio::task::yield_now().await;
            entry.update(|machine| machine.memory = 1);
            entry.update(|machine| machine.state = State::Off);
        };
        tokio::join!(waiting, change);
        entry.wait_until(|machine| machine.state == State::Off).await;
    }

    #[test]
    fn an_update_that_changes_nothing_says_so() {
        let inventory = Inventory::default();
        let (entry, is_new) = inventory.insert(Machine { name: "a".into(), ..Machine::default() });
        assert!(is_new);
        assert!(!entry.update(|machine| machine.name = "a".into()));
        assert!(entry.update(|machine| machine.name = "b".into()));
        assert_eq!(&*inventory.machine(Uuid::nil()).unwrap().name, "b");
    }
}
