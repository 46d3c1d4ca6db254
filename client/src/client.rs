//! The handle for calls to one host.

use std::{os::fd::OwnedFd, sync::Arc};

use dbus::{machine::PlanItem, manager::Deleted};
use uuid::Uuid;

use crate::{
    Error, Metadata, Operation, Series,
    bus::Bus,
    demo::Demo,
    device::{
        AtBoot, AttachPlan, Attachment, BindPlan, Devices, FunctionChange, FunctionNetwork, FunctionPlan, GivePlan, Giving, GlassPlan,
        GlassScreen, GlassView, KeepPlan, NewPart, UsbName, Verdict,
    },
    hand_over,
    hugepages::{Pages, Plan, User},
    readiness::Check,
    tuning::{BootPlan, HostTuning, PinPlan, Pinning, Tuning},
};

/// The handle for calls to one host. Cheap to clone. Every call fails with [`Error::Gone`] once the connection that it came with is
/// gone.
///
/// Calls that change something may show a prompt for a password and then take as long as a person takes. They return when
/// the work is done; long work is told as a job meanwhile. What changed is told by events alone, never by a call's answer.
#[derive(Clone, Debug)]
pub struct Client(Arc<Backend>);

#[derive(Debug)]
pub(crate) enum Backend {
    Bus(Bus),
    Demo(Demo),
}

impl From<Bus> for Client {
    fn from(bus: Bus) -> Self {
        Self(Arc::new(Backend::Bus(bus)))
    }
}

impl From<Demo> for Client {
    fn from(demo: Demo) -> Self {
        Self(Arc::new(Backend::Demo(demo)))
    }
}

/// How `Delete` shall go about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// Force it off first if it runs.
    pub force_off: bool,
    /// Do not keep what goes in the trash.
    pub permanent: bool,
    /// Disks (paths of the plan) that go with it. All others stay, also those that it got since.
    pub disks: Vec<String>,
}

/// Whether a person may be asked for a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Somebody has asked for this.
    Allowed,
    /// A window does it by itself: `NoAgent` if it would take a password.
    Never,
}

/// What became of each machine of a batch.
pub type BatchResults = Vec<(Uuid, Result<(), Error>)>;

/// What a machine is made of, read when somebody looks at it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details {
    /// When it was started, µs since the epoch, 0 if off or not known.
    pub started: u64,
    /// `bios`, `uefi`, `uefi-secure` or empty.
    pub firmware: String,
    /// Has a TPM.
    pub has_tpm: bool,
    /// Disks: target such as `vda`; `disk`, `cdrom`, `floppy` or `lun`; bytes as the machine sees it, bytes on the host; 0 if not
    /// known. No path or file of the host is told.
    pub disks: Vec<(String, String, u64, u64)>,
    /// Network cards: hardware address, what it is connected to.
    pub networks: Vec<(String, String)>,
    /// Displays: kind, and the address it listens on (empty for none).
    pub displays: Vec<(String, String)>,
    /// Whether the guest agent answers; `None` without a channel for one.
    pub guest_agent: Option<bool>,
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $result:ty;)*) => {
        impl Client {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// Why it could not be done; nothing has changed then unless the error says so.
            pub async fn $name(&self, $($arg: $type),*) -> Result<$result, Error> {
                match &*self.0 {
                    Backend::Bus(bus) => bus.$name($($arg),*).await,
                    Backend::Demo(demo) => demo.$name($($arg),*).await,
                }
            }
        )*}
    };
}

calls! {
    /// Does something to a machine.
    operate(machine: Uuid, operation: Operation) -> ();
    /// Does the same to many machines; one's failure does not keep another from its turn. Each machine has one result, in the order
    /// in which they were named.
    batch(operation: Operation, machines: Vec<Uuid>) -> BatchResults;
    /// Gives a machine another name.
    rename(machine: Uuid, name: String) -> ();
    /// Has it start with its host, or not.
    set_autostart(machine: Uuid, autostart: bool) -> ();
    /// Changes title, notes, tags, group, lock.
    set_metadata(machine: Uuid, changes: Metadata) -> ();
    /// What deleting it would remove and keep.
    plan_delete(machine: Uuid) -> Vec<PlanItem>;
    /// Deletes it; the answer is what `undelete` takes, or empty if it is gone for good.
    delete(machine: Uuid, options: DeleteOptions) -> String;
    /// The deleted machines that can come back.
    deleted() -> Vec<Deleted>;
    /// Brings a deleted machine back.
    undelete(id: String) -> ();
    /// Lets a deleted machine go for good.
    purge(id: String) -> ();
    /// What its screen shows, as PNG, `width` pixels wide at most; 0 for as wide as it is. `NotSupported` over ssh.
    screenshot(machine: Uuid, width: u32, prompt: Prompt) -> Vec<u8>;
    /// The last lines of its log.
    log(machine: Uuid, prompt: Prompt) -> Vec<String>;
    /// What it is made of.
    details(machine: Uuid) -> Details;
    /// The last hour of its figures.
    history(machine: Uuid) -> Series;
    /// The same of the host itself: its processor time and its memory in use.
    host_history() -> Series;
    /// Writes the guest's memory to a file opened for writing. `NotSupported` over ssh.
    core_dump(machine: Uuid, file: OwnedFd) -> ();
    /// Has the service look at the host's memory and processors now; what changed comes as events.
    look_at_memory() -> ();
    /// Who uses huge pages, and which machines want them.
    page_users() -> Vec<User>;
    /// What a reservation would leave. That it is possible is no promise: memory may be too scattered.
    plan_reserve(pages: Pages) -> Plan;
    /// Reserves so many huge pages more, and tells how many it became: all of them, or with `partial` as many as could be found.
    reserve_pages(pages: Pages, partial: bool) -> u64;
    /// Gives so many huge pages back that nobody uses, and tells how many it became.
    release_pages(pages: Pages) -> u64;
    /// Sets when memory gets huge pages of itself, and how hard the kernel tries.
    set_transparent(mode: String, defrag: Option<String>) -> ();
    /// Has equal pages merged, or no longer; and what was merged taken apart.
    set_merging(is_running: bool, unmerge: bool) -> ();
    /// What reserving so many pages at each start of the host would need. Changes nothing.
    plan_at_boot(pages: Pages) -> BootPlan;
    /// Has so many pages reserved at each start of the host; 0 for no longer. What is reserved now stays.
    set_at_boot(pages: Pages) -> ();
    /// Where a machine runs on its host, and what the host does for it.
    tuning(machine: Uuid) -> Tuning;
    /// Which CPUs fit a machine best, for so many virtual CPUs or as many as it has. Changes nothing.
    plan_pinning(machine: Uuid, vcpus: Option<u32>) -> PinPlan;
    /// Pins a machine; of what is not named no pin stays.
    set_pinning(machine: Uuid, pinning: Pinning) -> ();
    /// Takes its pins away.
    clear_pinning(machine: Uuid) -> ();
    /// Has its memory in huge pages of this size from its next start on, 0 for the host's usual one; `None` for ordinary memory.
    set_machine_pages(machine: Uuid, size: Option<u64>) -> ();
    /// What the host does for it while it runs.
    set_host_tuning(machine: Uuid, tuning: HostTuning) -> ();
    /// What the host lacks for machines, looked at now.
    readiness() -> Vec<Check>;
    /// Cancels a job.
    cancel(job: String) -> ();
    /// What taking these devices from the host would do, and everything that speaks against it. Changes nothing.
    plan_bind(devices: Devices) -> BindPlan;
    /// Takes devices from the host and reserves them for machines, wholly or not at all.
    bind(devices: Devices) -> ();
    /// What giving these devices back to the host would do, and everything that speaks against it. Changes nothing.
    plan_release(devices: Devices) -> BindPlan;
    /// Gives devices back to the host, wholly or not at all.
    release(devices: Devices) -> ();
    /// What giving a device of the host to a machine would do, and everything that speaks against it. Changes nothing.
    plan_attach(machine: Uuid, attachment: Attachment) -> AttachPlan;
    /// Gives a device of the host, or a whole card, to a machine: all of it or nothing.
    attach(machine: Uuid, attachment: Attachment) -> ();
    /// Takes it back. A running guest has half a minute to let go; `TimedOut` if it does not, and nothing has changed then.
    detach(machine: Uuid, attachment: Attachment) -> ();
    /// What giving it the screen of its host would do, and everything that speaks against it. Changes nothing.
    plan_hand_over(machine: Uuid, how: hand_over::How) -> hand_over::Plan;
    /// Gives it the screen of its host and starts it. If anything fails, everything comes back before this returns.
    begin_hand_over(machine: Uuid, how: hand_over::How) -> ();
    /// Ends the trial: it keeps the screen until it stops.
    confirm_hand_over(machine: Uuid) -> ();
    /// Stops it and gives the screen back to the host. Its guest has two minutes, unless it is forced off; `TimedOut` if it does not
    /// follow, and nothing has changed then.
    give_back(machine: Uuid, force: bool) -> ();
    /// What giving something of the host that is no PCI card to a machine would do, and everything that speaks against it. Changes
    /// nothing.
    plan_give(machine: Uuid, giving: Giving) -> GivePlan;
    /// Gives it to a machine: all of it or nothing.
    give(machine: Uuid, giving: Giving) -> ();
    /// Takes it back. A running guest has half a minute to let go of a USB device.
    take_back(machine: Uuid, giving: Giving) -> ();
    /// Has a USB device go to a machine whenever it is plugged in; the answer is what takes the rule away.
    add_usb_rule(machine: Uuid, on: UsbName) -> String;
    /// Forgets such a rule. What the machine has stays with it.
    remove_usb_rule(machine: Uuid, id: String) -> ();
    /// What memory for Looking Glass a machine would get for this screen; `user` is who looks, or empty. Changes nothing.
    plan_looking_glass(machine: Uuid, screen: GlassScreen, user: String) -> GlassPlan;
    /// Where a program on its host finds the screen of a machine that runs.
    looking_glass_view(machine: Uuid) -> GlassView;
    /// Gives a machine, from its next start on, memory for a screen of this size; `None` takes it away.
    set_looking_glass(machine: Uuid, screen: Option<GlassScreen>) -> ();
    /// What changing a virtual function of the card at this address would do. Changes nothing.
    plan_function(address: String, index: u32, change: FunctionChange) -> FunctionPlan;
    /// Changes what a virtual function of the card at this address may, until the next start of the host.
    set_function(address: String, index: u32, change: FunctionChange) -> ();
    /// Whether a card can make such a part, and everything that speaks against it. Changes nothing.
    plan_make_part(part: NewPart) -> Verdict;
    /// Has a card make a part, or keeps one to be made, or both: all of it or nothing.
    make_part(part: NewPart) -> ();
    /// Makes a part that is kept and not there.
    start_part(uuid: String) -> ();
    /// Has a part made at each start of the host, or no longer. It is kept from then on.
    set_part_autostart(uuid: String, autostart: bool) -> ();
    /// Whether a part can go, and which machines name it. Changes nothing.
    plan_delete_part(uuid: String) -> Verdict;
    /// Lets a part go, and what is kept of it.
    delete_part(uuid: String) -> ();
    /// The networks that hand out the virtual functions of the card at this address.
    function_networks(address: String) -> Vec<FunctionNetwork>;
    /// Whether the card at this address can have such a network of this name. Changes nothing.
    plan_make_network(address: String, name: String) -> Verdict;
    /// Makes one and starts it, now and with the host; the answer is its UUID.
    make_network(address: String, name: String) -> String;
    /// Whether a network of the card at this address can go. Changes nothing.
    plan_delete_network(address: String, uuid: String) -> Verdict;
    /// Stops it and forgets it.
    delete_network(address: String, uuid: String) -> ();
    /// What taking these devices each time the host starts would do, and what an administrator can do besides. Changes nothing.
    plan_keep(devices: Devices) -> KeepPlan;
    /// Has these devices taken each time the host starts. What they have now stays.
    keep(devices: Devices) -> ();
    /// Has the device at this address no longer taken at each start, also one that is not there any more.
    forget(address: String) -> ();
    /// What is taken at each start, and what came of it.
    at_boot() -> AtBoot;
    /// Gives the device at this address so many virtual functions, until the next start of the host.
    set_functions(address: String, count: u32) -> ();
    /// Copies the ROM of the device at this address to a file opened for writing, and tells its bytes. `NotSupported` over ssh.
    dump_rom(address: String, file: OwnedFd) -> u64;
    /// Asks once, up front, for the right to change machines.
    unlock() -> ();
}
