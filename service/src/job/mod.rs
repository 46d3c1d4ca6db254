//! Long work that clients can watch and cancel.

mod progress;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

pub use progress::Progress;
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    policy::{
        Caller,
        limit::{Kind, Limits, Place},
    },
};

/// What clients are told about jobs.
#[derive(Debug)]
pub enum Notice {
    /// A job began.
    Begun(Arc<Job>),
    /// Its progress changed.
    Progressed(Arc<Job>),
    /// It ended: `None` for success, else why, as everybody may know it.
    Ended(Arc<Job>, Option<dbus::Error>),
}

/// A piece of long work. Its identity, object and owner never change.
#[derive(Debug)]
pub struct Job {
    /// Random, so that nobody can guess another's job.
    pub id: u128,
    /// Such as `machine-save`.
    pub operation: &'static str,
    /// What it works on.
    pub machines: Vec<Uuid>,
    /// Who started it.
    pub owner: u32,
    /// When, µs since the epoch.
    pub started: u64,
    /// Whether [`Self::cancel`] has any effect.
    pub cancelable: bool,
    progress: Mutex<Progress>,
    cancelled: AtomicBool,
    cancel: Notify,
}

impl Job {
    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks it to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        self.cancel.notify_waiters();
    }

    /// Whether it was asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Waits until it is asked to stop.
    pub async fn cancelled(&self) {
        let asked = self.cancel.notified();
        tokio::pin!(asked);
        // Registered before the flag is looked at, so that no request falls between.
        asked.as_mut().enable();
        if !self.is_cancelled() {
            asked.await;
        }
    }
}

/// All unfinished jobs.
#[derive(Debug)]
pub struct Jobs {
    running: Mutex<HashMap<u128, Arc<Job>>>,
    limits: Limits,
    notices: mpsc::UnboundedSender<Notice>,
}

/// A running job; tells clients when it ends, also if the work is dropped half way.
#[derive(Debug)]
#[must_use]
pub struct Running {
    jobs: Arc<Jobs>,
    job: Arc<Job>,
    is_finished: bool,
    _place: Place,
}

impl Jobs {
    /// A registry; the receiver gets every notice.
    #[must_use]
    pub fn new(limits: Limits) -> (Arc<Self>, mpsc::UnboundedReceiver<Notice>) {
        let (notices, receiver) = mpsc::unbounded_channel();
        (Arc::new(Self { running: Mutex::default(), limits, notices }), receiver)
    }

    /// Begins a job of `caller`'s.
    ///
    /// # Errors
    /// `LimitExceeded` if the caller has too many.
    pub fn begin(self: &Arc<Self>, operation: &'static str, machines: Vec<Uuid>, caller: &Caller, cancelable: bool) -> Result<Running> {
        let place = self.limits.take(caller.uid, Kind::Jobs)?;
        let job = Arc::new(Job {
            id: Uuid::new_v4().as_u128(),
            operation,
            machines,
            owner: caller.uid,
            started: now(),
            cancelable,
            progress: Mutex::default(),
            cancelled: AtomicBool::new(false),
            cancel: Notify::new(),
        });
        self.running().insert(job.id, Arc::clone(&job));
        self.notify(Notice::Begun(Arc::clone(&job)));
        Ok(Running { jobs: Arc::clone(self), job, is_finished: false, _place: place })
    }

    /// Every unfinished job.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Job>> {
        self.running().values().cloned().collect()
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<u128, Arc<Job>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn notify(&self, notice: Notice) {
        // Nobody listens any more only while the service ends.
        let _ = self.notices.send(notice);
    }
}

impl Running {
    /// The job itself.
    #[must_use]
    pub const fn job(&self) -> &Arc<Job> {
        &self.job
    }

    /// Tells clients how far it is.
    pub fn progress(&self, done: u64, total: u64) {
        let changed = self.job.progress.lock().unwrap_or_else(PoisonError::into_inner).advance(done, total, self.job.started, now());
        if changed {
            self.jobs.notify(Notice::Progressed(Arc::clone(&self.job)));
        }
    }

    /// Ends it and passes the result on.
    ///
    /// # Errors
    /// `result`'s.
    pub fn finish<T>(mut self, result: Result<T>) -> Result<T> {
        self.is_finished = true;
        self.end(result.as_ref().err().map(Error::for_everybody));
        result
    }

    fn end(&self, failure: Option<dbus::Error>) {
        self.jobs.running().remove(&self.job.id);
        self.jobs.notify(Notice::Ended(Arc::clone(&self.job), failure));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_finished {
            self.end(Some(Error::Internal("the work was interrupted").for_everybody()));
        }
    }
}

/// Now, in µs since the epoch.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller() -> Caller {
        Caller { uid: 1000, bus_name: None }
    }

    #[tokio::test]
    async fn a_job_that_is_dropped_half_way_says_that_it_failed() {
        let (jobs, mut notices) = Jobs::new(Limits::default());
        drop(jobs.begin("machine-save", vec![], &caller(), true).unwrap());
        assert!(matches!(notices.recv().await, Some(Notice::Begun(_))));
        assert!(matches!(notices.recv().await, Some(Notice::Ended(_, Some(_)))));
        assert!(jobs.all().is_empty());
    }

    #[tokio::test]
    async fn cancelling_wakes_the_work_even_if_it_comes_first() {
        let (jobs, _notices) = Jobs::new(Limits::default());
        let running = jobs.begin("machine-save", vec![], &caller(), true).unwrap();
        running.job().cancel();
        running.job().cancelled().await;
        assert!(running.finish(Ok(())).is_ok());
    }

    #[test]
    fn a_user_has_sixteen_unfinished_jobs_at_most() {
        let (jobs, _notices) = Jobs::new(Limits::default());
        let running: Vec<_> = (0..16).map(|_| jobs.begin("machine-save", vec![], &caller(), true).unwrap()).collect();
        assert!(matches!(jobs.begin("machine-save", vec![], &caller(), true), Err(Error::LimitExceeded { limit: 16, .. })));
        drop(running);
        assert!(jobs.begin("machine-save", vec![], &caller(), true).is_ok());
    }
}
