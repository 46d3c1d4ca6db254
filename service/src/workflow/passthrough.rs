//! Devices that go from the host to its machines and back: planned, judged, and done wholly or not at all.

use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    os::fd::OwnedFd,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use uuid::Uuid;

use super::{function, loader, scsi};
use crate::{
    context::Context,
    error::{Error, Result, allow, refuse_for},
    host::{
        Root,
        finding::Findings,
        gate::{self, Question},
        left::Hold,
        pci::{self, Devices, PciAddress},
        rom, sriov,
        vfio::{self, Direction, Failure, Pace, Transaction, Write},
    },
    inventory::Machine,
    policy::{
        Grant,
        action::{HostDevice, HostSriov},
    },
};

/// How long one write may take: a driver that does not let go would hold the caller for ever.
pub const WRITE_TIME: Duration = Duration::from_secs(10);
/// How long a call waits for definitions that are yet to be read.
const READ_TIME: Duration = Duration::from_secs(10);
/// Changes at once. One that hangs keeps its place, and a thread.
const MOST_AT_ONCE: usize = 4;
/// Devices of one change.
pub const MOST_DEVICES: usize = 64;

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Devices besides the one that was called.
    pub devices: Vec<PciAddress>,
    /// With everything that shares their groups.
    pub whole_group: bool,
    /// Devices that cannot be reset, too.
    pub allow_no_reset: bool,
}

/// What would happen.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The devices it is about.
    pub devices: Vec<PciAddress>,
    /// The writes in order.
    pub steps: Vec<Write>,
    /// What speaks against it.
    pub findings: Findings,
    /// Whether the driver for machines is loaded first.
    pub needs_driver: bool,
}

/// Devices that somebody is changing; `true` if a write hangs on them and nobody waits any more.
type Claimed = Arc<Mutex<HashMap<PciAddress, bool>>>;

/// Devices that somebody is changing, or that a write hangs on.
#[derive(Debug)]
pub struct Changing {
    claimed: Claimed,
    places: Arc<Semaphore>,
    write_time: Duration,
}

impl Default for Changing {
    fn default() -> Self {
        Self::new(WRITE_TIME)
    }
}

impl Changing {
    /// With another time for one write.
    #[must_use]
    pub fn new(write_time: Duration) -> Self {
        Self { claimed: Arc::default(), places: Arc::new(Semaphore::new(MOST_AT_ONCE)), write_time }
    }

    /// How long one write may take.
    #[must_use]
    pub const fn write_time(&self) -> Duration {
        self.write_time
    }

    /// Claims devices for one change.
    ///
    /// # Errors
    /// `Busy` if somebody else has claimed one of them, or there are too many changes.
    pub(super) fn claim(&self, devices: BTreeSet<PciAddress>) -> Result<Claim> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Error::Busy)?;
        self.enter(devices, Some(place))
    }

    /// Claims devices until a machine has started. libvirt takes them then, so that needs no thread and no place.
    ///
    /// # Errors
    /// `Busy` if somebody else has claimed one of them.
    pub(super) fn claim_for_start(&self, devices: BTreeSet<PciAddress>) -> Result<Claim> {
        self.enter(devices, None)
    }

    fn enter(&self, devices: BTreeSet<PciAddress>, place: Option<OwnedSemaphorePermit>) -> Result<Claim> {
        let mut claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        if devices.iter().any(|device| claimed.contains_key(device)) {
            return Err(Error::Busy);
        }
        claimed.extend(devices.iter().map(|device| (*device, false)));
        Ok(Claim { claimed: Arc::clone(&self.claimed), devices, _place: place })
    }

    /// How a device stands with whoever changes it.
    #[must_use]
    pub fn hold(&self, device: PciAddress) -> Hold {
        match self.claimed.lock().unwrap_or_else(PoisonError::into_inner).get(&device) {
            None => Hold::None,
            Some(false) => Hold::Changing,
            Some(true) => Hold::Hangs,
        }
    }

    /// Nobody waits any more for these.
    fn give_up(&self, devices: &BTreeSet<PciAddress>) {
        let mut claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        claimed.iter_mut().filter(|(device, _)| devices.contains(device)).for_each(|(_, hangs)| *hangs = true);
    }
}

/// The right to change some devices; given back when dropped, on whichever thread that is.
#[derive(Debug)]
pub(super) struct Claim {
    claimed: Claimed,
    devices: BTreeSet<PciAddress>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        claimed.retain(|device, _| !self.devices.contains(device));
    }
}

/// The devices that a request is about, in order: bridges of a group stay where they are.
///
/// # Errors
/// `NotFound` for a device that is not there, `InvalidArgument` for too many.
pub fn devices(known: &Devices, first: PciAddress, request: &Request) -> Result<Vec<PciAddress>> {
    let mut all = BTreeSet::new();
    for address in [first].iter().chain(&request.devices) {
        let device = known.get(address).ok_or(Error::NotFound { what: "device" })?;
        all.insert(*address);
        if request.whole_group {
            all.extend(device.group_members.iter().filter(|member| known.get(member).is_some_and(|member| !member.is_bridge())));
        }
    }
    if all.len() > MOST_DEVICES {
        return Err(Error::InvalidArgument { argument: "devices", reason: "too many" });
    }
    Ok(all.into_iter().collect())
}

/// Looks at the host anew and tells what would happen. Changes nothing.
///
/// # Errors
/// If the work cannot be done on a thread.
pub async fn plan(context: &Arc<Context>, direction: Direction, devices: Vec<PciAddress>, allow_no_reset: bool) -> Result<Plan> {
    let (root, running) = (context.root.clone(), running(context).await?);
    let mut plan = blocking(move || {
        let known = pci::read_groups(&root, &devices);
        let question = Question { root: &root, devices: &known, taken: &devices, running: &running, allow_no_reset };
        let findings = match direction {
            Direction::Bind => gate::judge(&question),
            Direction::Release => gate::judge_release(&question),
        };
        let steps = vfio::plan(&root, direction, &devices);
        Plan { devices, steps, findings, needs_driver: false }
    })
    .await?;
    plan.needs_driver = loader::is_needed(context, &mut plan.findings).await?;
    Ok(plan)
}

/// Devices of machines that run, and those that their SCSI devices are behind.
///
/// # Errors
/// As [`machines`].
pub(super) async fn running(context: &Context) -> Result<Vec<(PciAddress, String)>> {
    let machines = machines(context).await?;
    let active = machines.iter().filter(|machine| machine.is_active());
    let own = active.flat_map(|machine| machine.definition.host_devices.iter().map(|device| (*device, machine.name.to_string())));
    let mut running: Vec<(PciAddress, String)> = own.collect();
    running.extend(scsi::controllers(context, &machines).await?);
    Ok(running)
}

/// Every machine. Just after the service has started, the definitions of those that run are yet to be read.
///
/// # Errors
/// `Busy` if one could not be read in time: nobody knows then what it has.
pub(super) async fn machines(context: &Context) -> Result<Vec<Arc<Machine>>> {
    read(context, Machine::is_active).await
}

/// Every machine with its definition, also of those that are off: for what nobody may get with the next start either.
///
/// # Errors
/// `Busy` if one could not be read in time.
pub(super) async fn all_machines(context: &Context) -> Result<Vec<Arc<Machine>>> {
    read(context, |_| true).await
}

async fn read(context: &Context, counts: impl Fn(&Machine) -> bool) -> Result<Vec<Arc<Machine>>> {
    let is_unknown = |machine: &&Arc<Machine>| counts(machine) && !machine.is_read;
    let unknown: Vec<Uuid> = context.inventory.machines().iter().filter(is_unknown).map(|machine| machine.uuid).collect();
    unknown.iter().for_each(|uuid| context.refresh(*uuid));
    let entries: Vec<_> = unknown.iter().filter_map(|uuid| context.inventory.entry(*uuid)).collect();
    // Many are read some hundred at a time. Whether all were is looked at below.
    let _ = tokio::time::timeout(READ_TIME, join_all(entries.iter().map(|entry| entry.wait_until(|machine| machine.is_read)))).await;
    let machines = context.inventory.machines();
    if machines.iter().any(|machine| is_unknown(&machine)) {
        return Err(Error::Busy);
    }
    Ok(machines)
}

/// Takes the devices of the grant from the host, or gives them back.
///
/// # Errors
/// `Unsafe` with the reasons, which may be that the driver for machines cannot be loaded; `Busy`, `TimedOut` for a driver that does not
/// let go; the devices are as they were, or will be as soon as the driver answers, and nobody can change them until then.
pub async fn run(context: &Arc<Context>, grant: Grant<HostDevice>, direction: Direction, allow_no_reset: bool) -> Result<()> {
    let groups = grant.devices().iter().flat_map(|device| pci::group(&context.root, *device)).collect();
    let claim = context.changing.claim(groups)?;
    let judged = async || {
        let plan = plan(context, direction, grant.devices().to_vec(), allow_no_reset).await?;
        allow(&plan.findings).map(|()| plan)
    };
    let plan = judged().await?;
    if let (true, Some(first)) = (plan.needs_driver, plan.devices.first()) {
        loader::load(context, *first, context.changing.write_time()).await?;
        // Somebody may use them by now, and the driver may have taken some by itself.
        judged().await?;
    }
    let (root, journal) = (context.root.clone(), context.store.journal());
    supervise(context, claim, move |pace| Transaction::new(&root, &journal, grant.devices()).run(&grant, direction, pace)).await
}

/// Gives the device of the grant so many virtual functions. Those that it has go, whoever has them. Its link may be reset, also if the
/// host reaches the network through it, if that is allowed.
///
/// # Errors
/// `NotSupported` if it can have none, or has no driver; `LimitExceeded` for more than it can have, or than its driver made;
/// `Unsafe` if one that it has, or its link, is in use; `Busy`, `TimedOut` as for [`run`]. It has as many as before then, but for
/// `TimedOut` at first.
pub async fn set_functions(context: &Arc<Context>, grant: Grant<HostSriov>, wanted: u32, allow_link_reset: bool) -> Result<()> {
    let [device] = *grant.devices() else { return Err(Error::Internal("virtual functions of one device only")) };
    let (root, running) = (context.root.clone(), running(context).await?);
    let (functions, mut findings) = blocking(move || judge_functions(&root, device, wanted, &running)).await??;
    if allow_link_reset {
        // Those of its functions stay.
        findings.reasons.retain(|found| !(found.word == "default-route" && found.is_of(&[device])));
    }
    let claim = context.changing.claim(functions.into_iter().chain([device]).collect())?;
    allow(&findings)?;
    let (root, journal) = (context.root.clone(), context.store.journal());
    supervise(context, claim, move |pace| sriov::set(&root, &journal, &grant, wanted, pace)).await
}

/// Copies the ROM of the device of the grant to a file of the caller's, which is checked, and returns its bytes.
///
/// # Errors
/// `NotSupported` if it has or shows none; `Unsafe` while a screen of the host or a machine that runs is on it; `NoSpace`; `Busy`,
/// `TimedOut` as for [`run`]. The ROM is switched off then, too.
pub async fn dump_rom(context: &Arc<Context>, grant: Grant<HostDevice>, target: OwnedFd) -> Result<u64> {
    let devices = grant.devices().to_vec();
    let claim = context.changing.claim(devices.iter().copied().collect())?;
    let (root, running) = (context.root.clone(), running(context).await?);
    let findings = blocking(move || {
        if !devices.iter().all(|device| rom::is_there(&root, *device)) {
            return Err(Error::NotSupported { reason: "the device has no ROM" });
        }
        let known = pci::read_groups(&root, &devices);
        Ok(gate::judge_rom(&Question { root: &root, devices: &known, taken: &devices, running: &running, allow_no_reset: true }))
    });
    let reasons = findings.await??.reasons;
    refuse_for(reasons)?;
    let (root, journal) = (context.root.clone(), context.store.journal());
    supervise(context, claim, move |pace| rom::dump(&root, &journal, &grant, &mut File::from(target), pace)).await
}

/// The virtual functions that a device has, and what speaks against that they go, or that its link is reset.
fn judge_functions(root: &Root, device: PciAddress, wanted: u32, running: &[(PciAddress, String)]) -> Result<(Vec<PciAddress>, Findings)> {
    let most = sriov::most(root, device).ok_or(Error::NotSupported { reason: "the device has no virtual functions" })?;
    if wanted > most {
        return Err(Error::LimitExceeded { what: "virtual functions", limit: most.into() });
    }
    if pci::driver(root, device).is_empty() {
        return Err(Error::NotSupported { reason: "a device without a driver has no virtual functions" });
    }
    let taken = pci::virtual_functions(root, device);
    if sriov::plan(root, device, wanted).is_empty() {
        return Ok((taken, Findings::default()));
    }
    let devices = pci::read_groups(root, &taken);
    let mut findings = gate::judge_functions(&Question { root, devices: &devices, taken: &taken, running, allow_no_reset: true });
    if let Some(card) = pci::read_groups(root, &[device]).get(&device) {
        findings.reasons.extend(gate::judge_link(device, card));
    }
    Ok((taken, findings))
}

/// Does `work` on a thread of its own and waits for it, as long as each of its writes comes back in time.
pub(super) async fn supervise<T, W>(context: &Arc<Context>, claim: Claim, work: W) -> Result<T>
where
    T: Send + 'static,
    W: FnOnce(&Turn) -> std::result::Result<T, Failure> + Send + 'static,
{
    let (tell, mut told) = watch::channel(());
    let pace = Arc::new(Turn { state: AtomicU8::new(GOING), tell });
    let paced = Arc::clone(&pace);
    let devices = claim.devices.clone();
    let mut work = tokio::task::spawn_blocking(move || {
        let _claim = claim;
        work(&paced)
    });
    let limit = context.changing.write_time;
    loop {
        tokio::select! {
            done = &mut work => {
                let done = outcome(done.map_err(|_| Error::Internal("a change of drivers"))?);
                if done.is_err() {
                    // What could not be put back has to show.
                    context.devices_changed.notify_one();
                }
                return done;
            }
            step = tokio::time::timeout(limit, told.changed()) => {
                if step.is_err() && pace.give_up() {
                    tracing::error!(seconds = limit.as_secs(), "A driver does not answer; its device is left alone until it does");
                    context.changing.give_up(&devices);
                    context.devices_changed.notify_one();
                    let context = Arc::clone(context);
                    tokio::spawn(async move {
                        // However it ends, it has to show.
                        let _ = work.await;
                        context.devices_changed.notify_one();
                    });
                    return Err(Error::TimedOut(limit));
                }
            }
        }
    }
}

fn outcome<T>(done: std::result::Result<T, Failure>) -> Result<T> {
    done.map_err(|failure| match failure {
        Failure::Journal(source) => Error::io("Writing the journal")(source),
        Failure::NoRom { .. } => Error::NotSupported { reason: "the device shows no ROM" },
        Failure::Setting { setting, source, .. } => function::refused(setting, source),
        Failure::Write { step: rom::OPERATION, source, .. } => Error::io("Copying a ROM")(source),
        Failure::Write { source, .. } => Error::Io { action: "Changing a driver", source },
        Failure::Driver { .. } => Error::Io { action: "Changing a driver", source: std::io::ErrorKind::Other.into() },
        Failure::Fewer { made, .. } => Error::LimitExceeded { what: "virtual functions that the driver makes", limit: made.into() },
        Failure::Stuck { device } => Error::Incomplete { left: vec![device.to_string()] },
    })
}

const GOING: u8 = 0;
const DONE: u8 = 1;
const GIVEN_UP: u8 = 2;

/// Who has the last word: the work that ends, or the caller that waits no more.
#[derive(Debug)]
pub(super) struct Turn {
    state: AtomicU8,
    tell: watch::Sender<()>,
}

impl Turn {
    fn end_as(&self, end: u8) -> bool {
        self.state.compare_exchange(GOING, end, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Nobody waits any more. Returns false if the work has just ended.
    fn give_up(&self) -> bool {
        self.end_as(GIVEN_UP)
    }
}

impl Pace for Turn {
    fn goes_on(&self, _: &Write) -> bool {
        self.tell.send_replace(());
        self.state.load(Ordering::Acquire) == GOING
    }

    fn may_end(&self) -> bool {
        self.end_as(DONE)
    }
}

/// Puts back what an earlier run of the service left half done.
pub async fn recover(context: &Arc<Context>) {
    let (root, journal) = (context.root.clone(), context.store.journal());
    match blocking(move || vfio::recover(&root, &journal)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::error!(%error, "The journal of host devices cannot be settled"),
        Err(error) => tracing::error!(%error, "The journal of host devices cannot be settled"),
    }
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Internal("a look at the host's devices"))
}
