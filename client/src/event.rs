//! What happens on a host.

use std::sync::Arc;

use dbus::host::LeftBehind;
use futures_util::Stream;
use tokio::sync::watch::Receiver;
use uuid::Uuid;

use crate::{
    Client, Error, Figures, Host, HostDevice, Job, Machine, Outcome, Sampled, device::OtherDevices, hugepages::HugePages,
    topology::Topology, tuning::AtBoot,
};

/// Something that happened on a host, in order.
#[derive(Clone, Debug)]
pub enum Event {
    /// A connection is being made.
    Connecting,
    /// The service answers; calls go through this handle.
    Connected(Client, Service),
    /// The host cannot be reached; a new attempt follows by itself, in that many seconds.
    Lost(Problem, u64),
    /// All machines, replaces what was known. Comes twice after a connection: short records, then complete ones. A service that
    /// has not reached libvirt yet has none to tell: they come when it has, and an empty list meanwhile if nothing was known.
    Machines(Arc<Vec<Machine>>),
    /// A machine is new or changed: its whole record. Changes that follow each other fast come as one.
    Machine(Box<Machine>),
    /// A machine is gone.
    MachineRemoved(Uuid),
    /// A job began or moved on.
    Job(Job),
    /// A job ended. One that was never heard of has nothing but its id.
    JobEnded(Job, Outcome),
    /// Facts of the host, or a change of them.
    Host(Box<HostFacts>),
    /// Processors, caches and NUMA nodes, or a change of them; `None` where the service does not tell them.
    Topology(Option<Arc<Topology>>),
    /// Huge pages and what else shapes the memory, or a change of it; `None` where the service does not tell it. The kernel tells
    /// nobody: a change is known ten seconds later while figures are wanted, and at once after a call and by
    /// [`Client::look_at_memory`].
    HugePages(Option<Arc<HugePages>>),
    /// What is done each time the host starts, and what came of it; `None` where the service does not tell it.
    AtBoot(Option<Arc<AtBoot>>),
    /// All PCI devices of the host, in the order of their addresses; replaces what was known. Comes with each list of machines that
    /// is complete, and when something about a device changed. None where the service cannot see devices.
    Devices(Arc<Vec<HostDevice>>),
    /// USB devices, keyboards and mice, NVMe namespaces, SCSI devices, parts of cards; replaces what was known.
    OtherDevices(Arc<OtherDevices>),
    /// libvirt below the service came (`None`) or went: figures are those of before. The service's word for why: `not-installed`,
    /// `not-running`, `unreachable`, `failed`, `lost`; empty while it tries for the first time. Comes after each connection.
    Libvirt(Option<String>),
    /// Live figures.
    Sampled(Arc<Sampled>),
}

/// What the service says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Its version.
    pub version: String,
    /// Optional parts it has.
    pub features: Vec<String>,
    /// The libvirt it drives.
    pub uri: String,
}

/// Facts of the computer that runs the machines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostFacts {
    /// Its name.
    pub hostname: String,
    /// Such as `QEMU`.
    pub hypervisor: String,
    /// Its version.
    pub hypervisor_version: String,
    /// libvirt's version.
    pub libvirt_version: String,
    /// Such as `x86_64`.
    pub architecture: String,
    /// The processor's name.
    pub cpu_model: String,
    /// Threads that can run machines.
    pub cpus: u32,
    /// Bytes of memory.
    pub memory: u64,
    /// `kvm`, or why not: the service's closed list of words.
    pub virtualisation: String,
    /// Devices that a change could neither give nor put back.
    pub left: Vec<LeftBehind>,
}

/// Why a host cannot be reached: one cause each, so that one way out can be offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no such bus: nothing of D-Bus answers.
    NoBus(String),
    /// The service is not installed: nobody has the name and nothing can start it.
    NotInstalled,
    /// It is installed but did not start.
    NotRunning(String),
    /// The bus does not let this user talk to it.
    NotAllowed(String),
    /// SSH said no, or could not reach the computer: the last line that it wrote.
    Ssh(String),
    /// The connection ended.
    Ended(String),
    /// Anything else.
    Other(Error),
}

/// What [`watch`] is asked for while it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Milliseconds between two [`Event::Sampled`], 250 to 60,000; 0 for none at all.
    pub interval: u32,
    /// What is looked at in them; a service reads nothing that nobody wants.
    pub figures: Figures,
    /// Counts up to have a connection tried at once.
    pub attempt: u64,
}

/// Keeps a host connected and tells what happens, until the stream is dropped.
///
/// Waits 1, 2, 5, then 10 s between attempts, and looks at once when the service's name appears on the bus. The stream never ends by
/// itself and has to be read within a tokio runtime. Dropping it closes the connection, also for every [`Client`] that came with it,
/// and ends what was started for it.
pub fn watch(host: Host, wanted: Receiver<Wanted>) -> impl Stream<Item = Event> + Send {
    crate::bus::watch(host, wanted)
}
