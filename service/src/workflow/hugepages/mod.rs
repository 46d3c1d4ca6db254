//! Reserving huge pages and what else shapes the host's memory: one change at a time, each with a limit. A write that
//! does not come back is reported, and keeps others out until it does.

pub mod change;
pub mod plan;
pub mod settings;
#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use dbus::hugepages::{Plan, Pool, Size};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        cpu::Topology,
        hugepages,
        memory::{Memory, Merging, Transparent, files::Kernel},
    },
    job::Running,
    policy::{Grant, action::HostMemory},
    store::memory::Journal,
};
use plan::Wish;
use settings::Merge;

/// How long one write of the kernel's may take, and a change waits for another.
const LONGEST_WRITE: Duration = Duration::from_secs(30);

/// What was seen of the host's processors and memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Processors and nodes.
    pub topology: Topology,
    /// Pages by size.
    pub sizes: Vec<Size>,
    /// Pages by size and node.
    pub pools: Vec<Pool>,
    /// The memory of all.
    pub memory: Memory,
    /// Transparent huge pages.
    pub transparent: Transparent,
    /// Merging.
    pub merging: Merging,
}

impl Seen {
    fn of(kernel: &dyn Kernel, topology: Topology) -> Self {
        Self {
            topology,
            sizes: hugepages::sizes(kernel),
            pools: hugepages::pools(kernel),
            memory: Memory::of(kernel),
            transparent: Transparent::of(kernel),
            merging: Merging::of(kernel),
        }
    }
}

/// The host's memory: what was seen of it, and the turn to change it.
#[derive(Debug)]
pub struct MemoryState {
    kernel: Arc<dyn Kernel>,
    journal: Arc<dyn Journal>,
    seen: RwLock<(Option<Instant>, Arc<Seen>)>,
    reading: Semaphore,
    turn: Arc<Semaphore>,
    is_stuck: AtomicBool,
    longest_write: Duration,
}

impl MemoryState {
    /// Of this kernel, with its changes noted in this journal.
    pub fn new(kernel: Arc<dyn Kernel>, journal: Arc<dyn Journal>) -> Self {
        Self {
            kernel,
            journal,
            seen: RwLock::default(),
            reading: Semaphore::new(1),
            turn: Arc::new(Semaphore::new(1)),
            is_stuck: AtomicBool::default(),
            longest_write: LONGEST_WRITE,
        }
    }

    /// What was seen last.
    pub fn seen(&self) -> Arc<Seen> {
        Arc::clone(&self.seen.read().unwrap_or_else(PoisonError::into_inner).1)
    }

    /// Looks again, unless it was looked within `age`. Returns what was seen before, if that was another.
    pub async fn look(&self, age: Duration) -> Option<Arc<Seen>> {
        // Nobody closes it.
        let _turn = self.reading.acquire().await.ok()?;
        let (when, before) = self.seen.read().unwrap_or_else(PoisonError::into_inner).clone();
        if when.is_some_and(|when| when.elapsed() < age) {
            return None;
        }
        let kernel = Arc::clone(&self.kernel);
        self.read(before, Some(Instant::now()), move || Seen::of(&*kernel, Topology::of(&*kernel))).await
    }

    /// Looks at the memory after a change of it. The processors are many files, and as they were.
    pub async fn look_at_memory(&self) -> Option<Arc<Seen>> {
        let _turn = self.reading.acquire().await.ok()?;
        let (when, before) = self.seen.read().unwrap_or_else(PoisonError::into_inner).clone();
        let (kernel, known) = (Arc::clone(&self.kernel), Arc::clone(&before));
        self.read(before, when, move || Seen::of(&*kernel, if when.is_some() { known.topology.clone() } else { Topology::of(&*kernel) }))
            .await
    }

    async fn read(&self, before: Arc<Seen>, when: Option<Instant>, look: impl FnOnce() -> Seen + Send + 'static) -> Option<Arc<Seen>> {
        let now = Arc::new(tokio::task::spawn_blocking(look).await.ok()?);
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = (when, Arc::clone(&now));
        (now != before).then_some(before)
    }

    /// Undoes what an earlier run of the service left half done.
    pub async fn recover(&self) {
        let recovered = self.exclusive(None, |kernel, journal, _| change::recover(kernel, journal)).await;
        if let Err(error) = recovered {
            tracing::error!(cause = ?error, "An interrupted reservation of huge pages could not be undone");
        }
    }

    /// The kernel.
    pub fn kernel(&self) -> Arc<dyn Kernel> {
        Arc::clone(&self.kernel)
    }

    /// Runs a change on a thread of its own while no other runs.
    ///
    /// # Errors
    /// Those of `work`; `Busy` while another does not end; `TimedOut` if the kernel does not come back.
    pub async fn exclusive<T, F>(&self, job: Option<(&Running, u64)>, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Kernel, &dyn Journal, change::Watch<'_>) -> Result<T> + Send + 'static,
    {
        let turn = self.turn().await?;
        let (told, mut heard) = watch::channel(0);
        let stop = Arc::new(AtomicBool::new(false));
        let (kernel, journal) = (Arc::clone(&self.kernel), Arc::clone(&self.journal));
        let stopped = Arc::clone(&stop);
        let mut thread = tokio::task::spawn_blocking(move || {
            let done = work(&*kernel, &*journal, &|reserved| {
                told.send_replace(reserved);
                !stopped.load(Ordering::Acquire)
            });
            drop(turn);
            done
        });
        let mut is_telling = true;
        loop {
            tokio::select! {
                biased;
                done = &mut thread => return done.map_err(|_| Error::Internal("a change of the host's memory"))?,
                () = cancelled(job), if !stop.load(Ordering::Acquire) => stop.store(true, Ordering::Release),
                changed = heard.changed(), if is_telling => {
                    is_telling = changed.is_ok();
                    if let Some((job, total)) = job {
                        job.progress(*heard.borrow_and_update(), total);
                    }
                }
                () = tokio::time::sleep(self.longest_write) => {
                    // When the write comes back, its thread undoes what it did and gives the turn back.
                    stop.store(true, Ordering::Release);
                    self.is_stuck.store(true, Ordering::Release);
                    tracing::error!("The kernel does not come back from a change of the host's memory");
                    return Err(Error::TimedOut(self.longest_write));
                }
            }
        }
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        if self.is_stuck.load(Ordering::Acquire) && self.turn.available_permits() == 0 {
            return Err(Error::Busy);
        }
        let turn = tokio::time::timeout(self.longest_write, Arc::clone(&self.turn).acquire_owned()).await;
        let turn = turn.map_err(|_| Error::Busy)?.map_err(|_| Error::Internal("the turn to change the host's memory"))?;
        self.is_stuck.store(false, Ordering::Release);
        Ok(turn)
    }
}

async fn cancelled(job: Option<(&Running, u64)>) {
    match job {
        Some((job, _)) => job.job().cancelled().await,
        None => std::future::pending().await,
    }
}

/// What a reservation would leave.
///
/// # Errors
/// `NotFound` if there are no such pages.
pub async fn plan(context: &Context, wish: Wish) -> Result<Plan> {
    let kernel = Arc::clone(&context.memory.kernel);
    let planned = tokio::task::spawn_blocking(move || plan::plan(&*kernel, &wish)).await;
    planned.map_err(|_| Error::Internal("a plan of huge pages"))?
}

/// Reserves pages as a job and returns how many.
///
/// # Errors
/// As [`change::reserve`]; `Busy` while another change does not end; `TimedOut` if the kernel does not come back.
pub async fn reserve(context: &Context, grant: &Grant<HostMemory>, wish: Wish) -> Result<u64> {
    let job = context.jobs.begin("huge-pages-reserve", vec![], grant.caller(), true)?;
    let result =
        context.memory.exclusive(Some((&job, wish.count)), move |kernel, journal, watch| change::reserve(kernel, journal, &wish, watch));
    let result = result.await;
    if let Ok(pages) = &result {
        tracing::info!(uid = grant.caller().uid, pages, page_size = wish.place.page_size, node = ?wish.place.node, "Huge pages reserved");
    }
    job.finish(result)
}

/// Gives free pages back and returns how many.
///
/// # Errors
/// As [`change::release`]; `Busy`, `TimedOut`.
pub async fn release(context: &Context, grant: &Grant<HostMemory>, wish: Wish) -> Result<u64> {
    let job = context.jobs.begin("huge-pages-release", vec![], grant.caller(), false)?;
    let result = context.memory.exclusive(None, move |kernel, journal, _| change::release(kernel, journal, &wish)).await;
    if let Ok(pages) = &result {
        tracing::info!(uid = grant.caller().uid, pages, page_size = wish.place.page_size, node = ?wish.place.node, "Huge pages released");
    }
    job.finish(result)
}

/// Sets the policy of transparent huge pages.
///
/// # Errors
/// As [`settings::set_transparent`]; `Busy`, `TimedOut`.
pub async fn set_transparent(context: &Context, grant: &Grant<HostMemory>, mode: &'static str, defrag: Option<&'static str>) -> Result<()> {
    context.memory.exclusive(None, move |kernel, _, _| settings::set_transparent(kernel, mode, defrag)).await?;
    tracing::info!(uid = grant.caller().uid, mode, defrag, "Transparent huge pages set");
    Ok(())
}

/// Starts or stops the merging of equal pages.
///
/// # Errors
/// As [`settings::set_merging`]; `Busy`, `TimedOut`.
pub async fn set_merging(context: &Context, grant: &Grant<HostMemory>, merge: Merge) -> Result<()> {
    context.memory.exclusive(None, move |kernel, _, _| settings::set_merging(kernel, merge)).await?;
    tracing::info!(uid = grant.caller().uid, ?merge, "Merging of equal pages set");
    Ok(())
}

/// Names of processes that have huge pages, as far as the service may see them, and how many bytes.
pub async fn processes(context: &Context) -> Vec<(String, u64)> {
    let kernel = Arc::clone(&context.memory.kernel);
    // Nothing in it panics; if it did, nobody would be known to use pages.
    tokio::task::spawn_blocking(move || hugepages::processes(&*kernel)).await.unwrap_or_default()
}
