//! What the host does for a machine while it runs: its huge pages are reserved, everything else keeps off its CPUs, and these
//! have a governor and an energy preference of their own. Taken before its start, given back after its stop: whoever stops it, and whoever crashes between.
//!
//! The record of it is on disk before the host is changed. A machine that others start gets its CPUs when its start is heard of; only
//! pages have to be there before, so it must be started here.

pub mod cores;
pub mod pages;
pub mod settings;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use model::{cpus::Pinning, hugepages::Need, machine::Machine as Document, metadata::Tuning};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use uuid::Uuid;

use crate::{
    context::Context,
    error::{Error, Result},
    host::hugepages::Place,
    store::running::{Kept, Record, Taken},
    systemd::Systemd,
};

/// How long a change waits for another.
const LONGEST_TURN: Duration = Duration::from_secs(60);
/// When what could not be given back is tried again, and how often.
const AGAIN: Duration = Duration::from_secs(10);
const TRIES: u32 = 30;

/// What machines have of the host.
#[derive(Debug)]
pub struct RunningState {
    kept: Kept,
    systemd: Systemd,
    turn: Semaphore,
    /// Machines that are being started, and pages that they have not touched yet.
    starting: Mutex<BTreeMap<Uuid, Vec<(Place, u64)>>>,
    changed: Notify,
    /// What was applied last: CPUs that the host's units keep off.
    applied: Mutex<Option<BTreeSet<u32>>>,
}

impl RunningState {
    /// Of this record and this systemd.
    #[must_use]
    pub fn new(kept: Kept, systemd: Systemd) -> Self {
        Self { kept, systemd, turn: Semaphore::new(1), starting: Mutex::default(), changed: Notify::new(), applied: Mutex::default() }
    }

    /// Tells that a machine may have started, stopped or come to want something else.
    pub fn look(&self) {
        self.changed.notify_one();
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        let turn = tokio::time::timeout(LONGEST_TURN, self.turn.acquire()).await.map_err(|_| Error::Busy)?;
        turn.map_err(|_| Error::Internal("the turn for what machines have of the host"))
    }

    fn is_applied(&self, isolated: &BTreeSet<u32>) -> bool {
        self.applied.lock().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(isolated)
    }

    fn set_applied(&self, isolated: Option<BTreeSet<u32>>) {
        *self.applied.lock().unwrap_or_else(PoisonError::into_inner) = isolated;
    }

    fn starting<T>(&self, work: impl FnOnce(&mut BTreeMap<Uuid, Vec<(Place, u64)>>) -> T) -> T {
        work(&mut self.starting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is to be put back in this boot of the host.
    async fn record(&self, context: &Context) -> Result<Record> {
        let (kept, kernel) = (self.kept.clone(), context.memory.kernel());
        blocking(move || {
            let boot = super::hugepages::change::boot(&*kernel)?;
            match kept.get() {
                Ok(record) if record.boot == boot => Ok(record),
                Ok(record) => {
                    if !record.is_empty() {
                        // What an earlier boot changed went with it.
                        kept.forget().map_err(Error::io("Removing what machines had of the host"))?;
                    }
                    Ok(Record { boot, ..Record::default() })
                }
                Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                    tracing::error!(%error, "The record of what machines have of the host is damaged; nothing of it is put back");
                    Ok(Record { boot, ..Record::default() })
                }
                Err(error) => Err(Error::io("Reading what machines have of the host")(error)),
            }
        })
        .await
    }

    async fn put(&self, record: &Record) -> Result<()> {
        let (kept, record) = (self.kept.clone(), record.clone());
        blocking(move || kept.put(&record).map_err(Error::io("Writing what machines have of the host"))).await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Internal("work for what machines have of the host"))?
}

/// What a machine wants of the host while it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    needs: Vec<Need>,
    isolated: Vec<u32>,
    governed: Vec<u32>,
    governor: String,
    preference: String,
}

impl Wanted {
    fn of(xml: &str) -> Result<Self> {
        let Document { pinning, metadata, .. } = Document::parse(xml)?;
        let Tuning { reserve_huge_pages, isolate_cpus, governor, energy_preference: preference, .. } = metadata.tuning;
        Ok(Self {
            needs: if reserve_huge_pages { model::hugepages::needs(xml)? } else { Vec::new() },
            isolated: cpus_if(isolate_cpus, &pinning),
            governed: cpus_if(!governor.is_empty() || !preference.is_empty(), &pinning),
            governor,
            preference,
        })
    }

    /// Has CPUs as they are wanted; says whether they were not.
    fn put(&self, taken: &mut Taken) -> bool {
        let next = Taken {
            pages: taken.pages.clone(),
            isolated: self.isolated.clone(),
            governed: self.governed.clone(),
            governor: self.governor.clone(),
            preference: self.preference.clone(),
        };
        let differs = *taken != next;
        *taken = next;
        differs
    }
}

fn cpus_if(is_wanted: bool, pinning: &Pinning) -> Vec<u32> {
    if is_wanted { pinning.cpus() } else { Vec::new() }
}

/// Until it goes, nothing of the machine is given back although it does not run yet.
struct Starting<'c>(&'c RunningState, Uuid);

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        self.0.starting(|starting| starting.remove(&self.1));
        self.0.look();
    }
}

/// Takes what a machine wants by the definition of its next start, starts it with `work`, and gives everything back if that fails.
///
/// # Errors
/// `MemoryFloor` and `LimitExceeded` with figures if there are not enough pages; `Unsafe` with `no-core-left`;
/// `NotSupported`, `Busy`, `TimedOut`; those of `work`. The host is as before then.
pub async fn start(context: &Context, uuid: Uuid, xml: String, work: impl Future<Output = Result<()>>) -> Result<()> {
    // A definition that cannot be read asks for nothing; libvirt says what it thinks of it.
    let wanted = blocking(move || Ok(Wanted::of(&xml).unwrap_or_default())).await?;
    if wanted == Wanted::default() || context.libvirt.is_active(uuid).await? {
        return work.await;
    }
    let state = &context.running;
    // A second start would give back what the first has taken, when it fails.
    let is_first = |starting: &mut BTreeMap<Uuid, Vec<(Place, u64)>>| {
        let is_first = !starting.contains_key(&uuid);
        starting.entry(uuid).or_default();
        is_first
    };
    if !state.starting(is_first) {
        return Err(Error::Busy);
    }
    let starting = Starting(state, uuid);
    let result = match take(context, uuid, &wanted).await {
        Ok(()) => work.await,
        Err(error) => Err(error),
    };
    drop(starting);
    if result.is_err() {
        // So that the reply tells of a host as it was; what fails here is tried again.
        if let Err(error) = settle(context).await {
            tracing::warn!(machine = %uuid, cause = ?error, "What a machine had of the host is not given back yet");
        }
    }
    result
}

async fn take(context: &Context, uuid: Uuid, wanted: &Wanted) -> Result<()> {
    let state = &context.running;
    let _turn = state.turn().await?;
    let mut record = state.record(context).await?;
    // What could not be given back after an earlier run is the machine's again.
    pages::take(context, uuid, &mut record, &wanted.needs).await?;
    let taken = record.machines.entry(uuid).or_default();
    wanted.put(taken);
    let taken = taken.clone();
    cores::check(context, &record).await?;
    state.put(&record).await?;
    cores::apply(context, &mut record).await?;
    tracing::info!(machine = %uuid, pages = ?taken.pages, isolated = ?taken.isolated, governor = taken.governor, preference = taken.preference, "Taken of the host");
    Ok(())
}

/// Follows machines that start and stop, for ever.
pub async fn watch(context: Arc<Context>) {
    let state = &context.running;
    let mut tries = 0;
    loop {
        tokio::select! {
            () = state.changed.notified() => tries = TRIES,
            () = tokio::time::sleep(AGAIN), if tries > 0 => tries -= 1,
        }
        match settle(&context).await {
            Ok(true) => tries = 0,
            // Somebody still uses the pages, or QEMU is not quite gone.
            Ok(false) => {}
            Err(error) => tracing::warn!(cause = ?error, "What machines have of the host does not fit who runs yet"),
        }
    }
}

/// Brings what machines have of the host in line with who runs. Says whether nothing is left to do.
async fn settle(context: &Context) -> Result<bool> {
    let state = &context.running;
    let _turn = state.turn().await?;
    let mut record = state.record(context).await?;
    let before = record.clone();
    let tuned = context.inventory.machines().into_iter().filter(|machine| machine.definition.has_tuning && machine.is_active());
    let concerned: BTreeSet<Uuid> = record.machines.keys().copied().chain(tuned.map(|machine| machine.uuid)).collect();
    if concerned.is_empty() && record.is_empty() {
        return Ok(true);
    }
    let mut stopped = Vec::new();
    for uuid in concerned {
        if state.starting(|starting| starting.contains_key(&uuid)) {
            continue;
        }
        match context.libvirt.is_active(uuid).await {
            Ok(true) => adopt(context, uuid, &mut record).await?,
            Ok(false) | Err(Error::NoMachine(_)) => stopped.push(uuid),
            Err(error) => return Err(error),
        }
    }
    for uuid in &stopped {
        if let Some(taken) = record.machines.get_mut(uuid) {
            Wanted::default().put(taken);
        }
    }
    if record != before {
        state.put(&record).await?;
    }
    let applied = cores::apply(context, &mut record).await;
    let mut has_debt = false;
    for uuid in stopped {
        has_debt |= !pages::give_back(context, uuid, &mut record).await?;
    }
    record.machines.retain(|_, taken| *taken != Taken::default());
    if record != before {
        state.put(&record).await?;
    }
    applied?;
    Ok(!has_debt)
}

/// Has a machine that runs what it wants by now, but for pages, which had to be there before.
async fn adopt(context: &Context, uuid: Uuid, record: &mut Record) -> Result<()> {
    let xml = context.libvirt.xml(uuid).await?;
    let wanted = blocking(move || Ok(Wanted { needs: Vec::new(), ..Wanted::of(&xml).unwrap_or_default() })).await?;
    let mut taken = record.machines.get(&uuid).cloned().unwrap_or_default();
    if !wanted.put(&mut taken) {
        return Ok(());
    }
    record.machines.insert(uuid, taken.clone());
    if let Err(error) = cores::check(context, record).await {
        tracing::warn!(machine = %uuid, cause = ?error, "A machine does not have its CPUs to itself");
        record.machines.insert(uuid, Taken { isolated: Vec::new(), ..taken });
    }
    Ok(())
}
