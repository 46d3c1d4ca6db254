//! The host's screen for one machine: what shows on its card lets go, the machine starts with the card, and everything comes back
//! when it has stopped, does not start, or nobody says in time that all is well. Nobody has to be there for that.
//!
//! The record of what was is on disk before the first step. Coming back compares with it, so it can be done again from anywhere.

pub mod back;
mod keeper;
pub mod plan;
pub mod take;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use uuid::Uuid;

use crate::{
    context::Context,
    error::{Error, Result},
    host::{Root, screen::Left, vfio},
    policy::{Grant, action::MachineOperate},
    seat::Seats,
    store::hand_over::{Kept, Phase, Record},
    systemd::Systemd,
};

/// When what did not come back is tried again, and how often.
const AGAIN: Duration = Duration::from_secs(10);
const TRIES: u32 = 30;
/// How long a caller waits for work that is under way.
const LONGEST_TURN: Duration = Duration::from_secs(5);
/// How long a display manager has to start or stop.
pub(super) const UNIT_TIME: Duration = Duration::from_secs(90);

/// What shows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The machine, and how it is; none if the host has everything.
    pub of: Option<(Uuid, State)>,
    /// When the trial ends, µs since the epoch; 0 without one.
    pub trial_ends: u64,
    /// What did not come back.
    pub left: Vec<Left>,
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum State {
    /// The host has everything.
    None = 1,
    /// The host gives up what it has.
    Taking,
    /// The machine has it, until the trial ends.
    Trial,
    /// The machine has it.
    Running,
    /// The host takes it back.
    GivingBack,
    /// Something did not come back.
    LeftBehind,
}

/// The host's screen and who has it.
#[derive(Debug)]
pub struct HandOver {
    /// Whether this service may change drivers at all.
    pub is_possible: bool,
    kept: Kept,
    pub(super) systemd: Systemd,
    pub(super) seats: Seats,
    turn: Arc<Semaphore>,
    changed: Notify,
    record: Mutex<Option<Record>>,
    shown: watch::Sender<Shown>,
}

impl HandOver {
    /// Of this record, systemd and logind.
    #[must_use]
    pub fn new(kept: Kept, systemd: Systemd, seats: Seats, root: &Root) -> Self {
        let is_possible = vfio::is_possible(root);
        let (shown, _) = watch::channel(Shown::default());
        let turn = Arc::new(Semaphore::new(1));
        Self { is_possible, kept, systemd, seats, turn, changed: Notify::new(), record: Mutex::default(), shown }
    }

    /// What shows, and every change of it.
    #[must_use]
    pub fn shown(&self) -> watch::Receiver<Shown> {
        self.shown.subscribe()
    }

    /// Tells that a machine may have started or stopped.
    pub fn look(&self) {
        self.changed.notify_one();
    }

    /// What is to come back.
    #[must_use]
    pub fn record(&self) -> Option<Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn turn(&self, limit: Duration) -> Result<OwnedSemaphorePermit> {
        let turn = tokio::time::timeout(limit, Arc::clone(&self.turn).acquire_owned()).await.map_err(|_| Error::Busy)?;
        turn.map_err(|_| Error::Internal("the turn for the host's screen"))
    }

    /// What did not come back, by name.
    #[must_use]
    pub fn left(&self) -> Vec<String> {
        self.left_behind().into_iter().map(|left| left.name).collect()
    }

    fn left_behind(&self) -> Vec<Left> {
        self.shown.borrow().left.clone()
    }

    /// Writes the record, then shows it.
    async fn put(&self, record: &Record) -> Result<()> {
        let (kept, written) = (self.kept.clone(), record.clone());
        blocking(move || kept.put(&written)).await?;
        self.keep(Some(record.clone()), Vec::new());
        Ok(())
    }

    async fn forget(&self) -> Result<()> {
        let kept = self.kept.clone();
        blocking(move || kept.forget()).await?;
        self.keep(None, Vec::new());
        Ok(())
    }

    fn keep(&self, record: Option<Record>, left: Vec<Left>) {
        self.shown.send_replace(Shown {
            of: record.as_ref().map(|record| (record.machine, state(record, &left))),
            trial_ends: record.as_ref().and_then(|record| record.trial).map_or(0, |trial| trial.shown),
            left,
        });
        *self.record.lock().unwrap_or_else(PoisonError::into_inner) = record;
    }
}

fn state(record: &Record, left: &[Left]) -> State {
    match record.phase {
        _ if !left.is_empty() => State::LeftBehind,
        Phase::Taking => State::Taking,
        Phase::Running if record.trial.is_some() => State::Trial,
        Phase::Running => State::Running,
        Phase::GivingBack => State::GivingBack,
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Error::Internal("work for the host's screen"))?;
    done.map_err(Error::io("Keeping what the host gave up"))
}

/// Seconds since the computer started, those of its sleep included.
fn uptime(root: &Root) -> u64 {
    root.line("proc/uptime").split(['.', ' ']).next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0)
}

/// Reads what an earlier run of the service left. What an earlier start of the computer gave up came back with it.
pub async fn recover(context: &Arc<Context>) {
    let (kept, root) = (context.hand_over.kept.clone(), context.root.clone());
    let found = blocking(move || {
        match kept.get() {
            Ok(Some(record)) if record.boot == vfio::boot(&root) => return Ok(Some(record)),
            Ok(None) => return Ok(None),
            Ok(Some(_)) => tracing::info!("What an earlier start of the computer gave up is its own again"),
            Err(error) => tracing::error!(%error, "The record of what the host gave up is damaged; nothing of it comes back by itself"),
        }
        kept.forget()?;
        Ok(None)
    });
    match found.await {
        Ok(Some(record)) => {
            tracing::warn!(machine = %record.machine, step = record.step, "Found what the host gave up");
            context.hand_over.keep(Some(record), Vec::new());
            context.hand_over.look();
        }
        Ok(None) => {}
        Err(error) => tracing::error!(cause = ?error, "What the host gave up cannot be read"),
    }
}

/// Follows the machine that has the host's screen, for ever.
pub async fn watch(context: Arc<Context>) {
    let state = &context.hand_over;
    let mut tries = 0;
    loop {
        let trial = state.record().filter(|record| record.phase == Phase::Running).and_then(|record| record.trial);
        let left = trial.map(|trial| Duration::from_secs(trial.ends.saturating_sub(uptime(&context.root))));
        tokio::select! {
            () = state.changed.notified() => tries = TRIES,
            // No longer than that at once: the computer may sleep meanwhile.
            () = tokio::time::sleep(left.unwrap_or_default().min(Duration::from_secs(60))), if trial.is_some() => tries = TRIES,
            () = tokio::time::sleep(AGAIN), if tries > 0 && trial.is_none() => tries -= 1,
        }
        match back::settle(&context).await {
            Ok(true) => tries = 0,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(cause = ?error, "What the host gave up has not come back yet");
                tokio::time::sleep(Duration::from_secs(1)).await;
                state.look();
            }
        }
    }
}

/// Whoever sees the machine says that all is well: it keeps what it has until it stops.
///
/// # Errors
/// `InvalidState` if this machine is not on trial.
pub async fn confirm(context: &Context, grant: &Grant<MachineOperate>) -> Result<()> {
    let (state, machine) = (&context.hand_over, grant.machine()?);
    let _turn = state.turn(LONGEST_TURN).await?;
    match state.record() {
        Some(record) if record.machine == machine && record.phase == Phase::Running && record.trial.is_some() => {
            tracing::info!(machine = %machine, "Confirmed: the machine keeps the host's screen until it stops");
            state.put(&Record { trial: None, ..record }).await
        }
        _ => Err(Error::InvalidState),
    }
}
