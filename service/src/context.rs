//! What every bus object and workflow gets.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    history::History,
    host::Root,
    inventory::{Inventory, Machine},
    job::Jobs,
    libvirt::Libvirt,
    policy::Policy,
    store::Store,
    workflow::{
        at_boot::AtBoot, attach::Before, balloon::BalloonState, hand_over::HandOver, hugepages::MemoryState, passthrough::Changing,
        running::RunningState, usb::UsbState,
    },
};

/// How long a reply waits at most for the model to show what was done.
const SHOWS_WITHIN: Duration = Duration::from_secs(1);

/// Handles to everything. Cheap to share.
#[derive(Debug)]
pub struct Context {
    /// libvirt.
    pub libvirt: Libvirt,
    /// What is known of every machine.
    pub inventory: Inventory,
    /// The last hour's figures.
    pub history: History,
    /// Who may do what.
    pub policy: Policy,
    /// Long work.
    pub jobs: Arc<Jobs>,
    /// What survives a restart.
    pub store: Store,
    /// The host's files.
    pub root: Root,
    /// The host's memory and processors.
    pub memory: MemoryState,
    /// What is done at each start of the computer.
    pub at_boot: AtBoot,
    /// What machines have of the host while they run.
    pub running: RunningState,
    /// The host's screen and who has it.
    pub hand_over: HandOver,
    /// Memory that the host takes from machines while they run.
    pub balloon: BalloonState,
    /// The turn to take a picture.
    pub pictures: Semaphore,
    /// The turn to read a machine's details.
    pub details: Semaphore,
    /// Told whenever libvirt's machines were read after connecting.
    pub connected: Notify,
    /// Told whenever a machine may have come to have a saved state.
    pub saved_states: Notify,
    /// Told whenever a machine may have come to name, take or give back a device of the host.
    pub devices_changed: Notify,
    /// USB devices of the host.
    pub usb: UsbState,
    /// Devices of the host whose drivers are being changed.
    pub changing: Changing,
    /// Devices as machines had them before they were taken.
    pub before: Before,
    /// Machines that libvirt knows for a moment only, and that nobody is to see.
    pub hidden: Mutex<HashSet<Uuid>>,
    /// What the tree is asked for.
    pub wishes: mpsc::UnboundedSender<Wish>,
    /// Logical CPUs of the host, for shares of its time.
    pub host_cpus: AtomicU32,
}

/// What only the tree may do to the inventory.
#[derive(Debug)]
pub enum Wish {
    /// Read a machine anew.
    Refresh(Uuid),
    /// Read it at once and say so.
    RefreshNow(Uuid, oneshot::Sender<()>),
    /// Show how many bytes its guest uses.
    MemoryUsed(Uuid, u64),
}

impl Context {
    /// What is known of a machine.
    ///
    /// # Errors
    /// `NoMachine`.
    pub fn machine(&self, uuid: Uuid) -> Result<Arc<Machine>> {
        self.inventory.machine(uuid).ok_or(Error::NoMachine(uuid))
    }

    /// Whether the machines are those of this computer, and its devices theirs to get.
    #[must_use]
    pub fn is_for_this_host(&self) -> bool {
        let is_ours = self.libvirt.is_on_this_host() && !self.libvirt.uri().starts_with("test:");
        is_ours || !self.root.is_host()
    }

    /// Has a machine read anew, after a change that libvirt sends no event for.
    pub fn refresh(&self, uuid: Uuid) {
        self.wish(Wish::Refresh(uuid));
    }

    /// Has a machine read anew and waits until what was read shows: a reply must not overtake what it is about. Not for
    /// ever, for what was done is done whether it shows or not.
    pub async fn refreshed(&self, uuid: Uuid) {
        let (done, is_done) = oneshot::channel();
        self.wish(Wish::RefreshNow(uuid, done));
        // Either way the caller goes on.
        let _ = tokio::time::timeout(SHOWS_WITHIN, is_done).await;
    }

    /// After a change that succeeded, waits until it shows; after one that failed there is nothing to wait for.
    pub async fn refreshed_by<T>(&self, uuid: Uuid, result: &Result<T>) {
        if result.is_ok() {
            self.refreshed(uuid).await;
        } else {
            self.refresh(uuid);
        }
    }

    /// Waits until a machine shows as active, or no longer: the event is on its way when the operation has ended.
    pub async fn shown(&self, uuid: Uuid, is_active: bool) {
        if let Some(entry) = self.inventory.entry(uuid) {
            let _ = tokio::time::timeout(SHOWS_WITHIN, entry.wait_until(|machine| machine.is_active() == is_active)).await;
        }
    }

    /// Shows how many bytes a machine's guest uses.
    pub fn tell_memory(&self, uuid: Uuid, bytes: u64) {
        self.wish(Wish::MemoryUsed(uuid, bytes));
    }

    /// Has the devices of the host look at the machines anew if a machine took, gave back or came to name one; and what machines
    /// have of the host if one started, stopped or came to want something else.
    pub fn tell_host(&self, before: &Machine, after: &Machine) {
        let has_any = !after.definition.host_devices.is_empty() || !after.definition.attached.is_empty();
        let has_others =
            before.definition.host_devices != after.definition.host_devices || before.definition.attached != after.definition.attached;
        if has_others || (has_any && before.is_active() != after.is_active()) {
            self.devices_changed.notify_one();
        }
        if !before.saved && after.saved {
            self.saved_states.notify_one();
        }
        // One that starts and stops at once is seen off both times.
        let ran_on = before.is_active() && after.is_active();
        if !ran_on || before.definition.has_tuning != after.definition.has_tuning {
            self.running.look();
            self.hand_over.look();
        }
        if !ran_on || before.definition.balloon != after.definition.balloon {
            self.balloon.look();
        }
        if has_others || !ran_on || before.last_stop_time != after.last_stop_time {
            self.usb.rules.look();
        }
    }

    /// The same for a machine that is gone.
    pub fn tell_host_of_end(&self) {
        self.devices_changed.notify_one();
        self.usb.rules.look();
        self.running.look();
        self.hand_over.look();
        self.balloon.look();
    }

    fn wish(&self, wish: Wish) {
        // Nobody reads any more only while the service ends.
        let _ = self.wishes.send(wish);
    }

    /// Logical CPUs of the host; 0 before it was read.
    pub fn host_cpus(&self) -> u32 {
        self.host_cpus.load(Ordering::Relaxed)
    }

    /// Remembers the number of logical CPUs.
    pub fn set_host_cpus(&self, cpus: u32) {
        self.host_cpus.store(cpus, Ordering::Relaxed);
    }
}
