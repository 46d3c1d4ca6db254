//! One look at the host and at machines after the other: what was taken is on disk before it is.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use uuid::Uuid;

use super::decide::{self, GRAIN, Guest, Host, Phase};
use crate::{
    error::{Error, Result},
    libvirt::balloon::Figures,
    store::balloon::{Kept, Record},
};

/// Every how many seconds a guest is asked for its figures if nobody asks it already.
pub const PERIOD: u16 = 5;
/// How old a guest's word may be, in seconds: after that it hangs, or its driver is gone.
const FRESH: u64 = 30;
/// How long a round waits for machines that do not answer; they are asked on behind it.
const LONGEST: Duration = Duration::from_secs(2);
/// Rounds after which a guest that did not do what it was asked is taken as it is: somebody else moved its balloon, or it cannot.
const PATIENCE: u32 = 12;

/// The machines, or those that a test plays.
pub trait Guests: Clone + Send + Sync + 'static {
    /// What is said of the memory of one.
    fn figures(&self, uuid: Uuid) -> impl Future<Output = Result<Figures>> + Send;
    /// Has it go to so many bytes.
    fn set(&self, uuid: Uuid, bytes: u64) -> impl Future<Output = Result<()>> + Send;
    /// Has its guest asked for figures every so many seconds; never with 0.
    fn ask_every(&self, uuid: Uuid, seconds: u16) -> impl Future<Output = Result<()>> + Send;
}

/// A machine that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The machine.
    pub uuid: Uuid,
    /// Bytes that it keeps; 0 if it is to have everything back.
    pub floor: u64,
    /// Whether its guest is asked for figures.
    pub is_asked: bool,
}

/// What a machine was asked for, and how many rounds ago.
#[derive(Clone, Copy, Debug)]
struct Asked {
    target: u64,
    rounds: u32,
}

/// Which machines are being asked something: one thing at a time, and nothing of those that hang.
type UnderWay = Arc<Mutex<HashSet<Uuid>>>;

/// Takes memory from machines and gives it back.
#[derive(Debug)]
pub struct Control<G> {
    guests: G,
    kept: Kept,
    record: Record,
    phase: Phase,
    asked: HashMap<Uuid, Asked>,
    /// Guests that are asked for figures since this service started.
    told: HashSet<Uuid>,
    under_way: UnderWay,
}

impl<G: Guests> Control<G> {
    /// Goes on with what an earlier service wrote down.
    pub fn new(guests: G, kept: Kept) -> Self {
        let record = kept.get().unwrap_or_else(|error| {
            tracing::error!(%error, "The record of memory that machines had is damaged; they stay as they are");
            Record::default()
        });
        Self { guests, kept, record, phase: Phase::Rest, asked: HashMap::new(), told: HashSet::new(), under_way: UnderWay::default() }
    }

    /// Machines for which something is to be put back.
    pub fn owed(&self) -> Vec<Uuid> {
        self.record.keys().copied().collect()
    }

    /// Forgets a machine that has ended and has no saved state.
    ///
    /// # Errors
    /// The disk's.
    pub async fn ended(&mut self, uuid: Uuid) -> Result<()> {
        self.asked.remove(&uuid);
        self.told.remove(&uuid);
        if self.record.remove(&uuid).is_some() { self.write().await } else { Ok(()) }
    }

    /// Looks once. `time` is in seconds since the epoch. A machine that does not answer is left as it is.
    ///
    /// # Errors
    /// The disk's; nothing was taken then.
    pub async fn round(&mut self, host: &Host, time: u64, machines: &[Machine]) -> Result<()> {
        self.have_asked(machines).await?;
        let known = self.each(machines.iter().map(|machine| machine.uuid), |guests, uuid| async move { guests.figures(uuid).await }).await;
        let guests: Vec<Guest> = known.iter().filter_map(|(uuid, figures)| self.guest(machines, *uuid, figures, time)).collect();
        let (phase, changes) = decide::decide(self.phase, host, &guests);
        if phase != self.phase {
            tracing::info!(?phase, available = host.memory.available, pressure = ?host.pressure, "Memory of machines");
            self.phase = phase;
        }
        self.note(&guests, &changes).await?;
        let targets: HashMap<Uuid, u64> = changes.iter().copied().collect();
        let set = |guests: G, uuid| {
            let target = targets.get(&uuid).copied().unwrap_or_default();
            async move { guests.set(uuid, target).await.map(|()| target) }
        };
        for (uuid, target) in self.each(targets.keys().copied(), set).await {
            tracing::debug!(machine = %uuid, target, "Balloon moved");
            self.asked.insert(uuid, Asked { target, rounds: 0 });
        }
        self.put_back(&guests).await
    }

    /// Has guests asked for figures without which nothing is taken from them.
    async fn have_asked(&mut self, machines: &[Machine]) -> Result<()> {
        let silent = |machine: &&Machine| machine.floor > 0 && !machine.is_asked && !self.told.contains(&machine.uuid);
        let silent: Vec<Uuid> = machines.iter().filter(silent).map(|machine| machine.uuid).collect();
        let before = self.record.clone();
        for uuid in &silent {
            self.record.entry(*uuid).or_default().is_asked = true;
        }
        if self.record != before {
            self.write().await?;
        }
        let done = self.each(silent.into_iter(), |guests, uuid| async move { guests.ask_every(uuid, PERIOD).await }).await;
        self.told.extend(done.into_iter().map(|(uuid, ())| uuid));
        Ok(())
    }

    fn guest(&mut self, machines: &[Machine], uuid: Uuid, figures: &Figures, time: u64) -> Option<Guest> {
        let machine = machines.iter().find(|machine| machine.uuid == uuid)?;
        let now = figures.now;
        let size = self.record.get(&uuid).map_or(0, |taken| taken.size);
        let (target, is_settled) = match self.asked.get_mut(&uuid) {
            Some(asked) if now <= asked.target.saturating_add(GRAIN) => (asked.target, true),
            Some(asked) if asked.rounds < PATIENCE => {
                asked.rounds += 1;
                (asked.target, false)
            }
            _ => (now, true),
        };
        let is_fresh = time.abs_diff(figures.said) <= FRESH;
        Some(Guest {
            uuid,
            floor: machine.floor,
            full: if size > 0 { size.min(figures.maximum) } else { now },
            now,
            target,
            is_settled,
            usable: figures.usable.filter(|_| is_fresh),
            resident: figures.resident,
        })
    }

    /// Writes down what machines have before anything is taken from them.
    async fn note(&mut self, guests: &[Guest], changes: &[(Uuid, u64)]) -> Result<()> {
        let before = self.record.clone();
        for guest in guests.iter().filter(|guest| changes.iter().any(|(uuid, _)| *uuid == guest.uuid)) {
            self.record.entry(guest.uuid).or_default().size = guest.full;
        }
        if self.record == before { Ok(()) } else { self.write().await }
    }

    /// Forgets what machines have again.
    async fn put_back(&mut self, guests: &[Guest]) -> Result<()> {
        let before = self.record.clone();
        let mut unasked = Vec::new();
        for guest in guests {
            let Some(taken) = self.record.get_mut(&guest.uuid) else { continue };
            let target = self.asked.get(&guest.uuid).map_or(guest.target, |asked| asked.target);
            if guest.now.saturating_add(GRAIN) > guest.full && target >= guest.full {
                taken.size = 0;
                self.asked.remove(&guest.uuid);
            }
            if guest.floor == 0 && taken.size == 0 && taken.is_asked {
                unasked.push(guest.uuid);
            }
        }
        for (uuid, ()) in self.each(unasked.into_iter(), |guests, uuid| async move { guests.ask_every(uuid, 0).await }).await {
            self.told.remove(&uuid);
            self.record.entry(uuid).or_default().is_asked = false;
        }
        self.record.retain(|_, taken| taken.size > 0 || taken.is_asked);
        if self.record == before { Ok(()) } else { self.write().await }
    }

    /// Asks all of them at once, and returns the answers that came in time. The others are not asked again before they answer.
    async fn each<T, F>(&self, uuids: impl Iterator<Item = Uuid>, work: impl Fn(G, Uuid) -> F) -> Vec<(Uuid, T)>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let mut tasks = Vec::new();
        for uuid in uuids {
            if let Some(place) = Place::take(&self.under_way, uuid) {
                let asking = work(self.guests.clone(), uuid);
                let task = async move {
                    let _place = place;
                    asking.await
                };
                tasks.push((uuid, tokio::spawn(task)));
            }
        }
        let end = tokio::time::Instant::now() + LONGEST;
        let mut answers = Vec::new();
        for (uuid, task) in tasks {
            match tokio::time::timeout_at(end, task).await {
                Ok(Ok(Ok(answer))) => answers.push((uuid, answer)),
                Ok(Ok(Err(error))) => tracing::debug!(machine = %uuid, cause = ?error, "A machine's balloon is left alone"),
                Ok(Err(_)) | Err(_) => tracing::debug!(machine = %uuid, "A machine's balloon does not answer"),
            }
        }
        answers
    }

    async fn write(&self) -> Result<()> {
        let (kept, record) = (self.kept.clone(), self.record.clone());
        let work = move || kept.put(&record).map_err(Error::io("Writing what machines had of memory"));
        tokio::task::spawn_blocking(work).await.map_err(|_| Error::Internal("writing what machines had of memory"))?
    }
}

/// A machine that is being asked.
#[derive(Debug)]
struct Place(UnderWay, Uuid);

impl Place {
    fn take(under_way: &UnderWay, uuid: Uuid) -> Option<Self> {
        let is_free = under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(uuid);
        is_free.then(|| Self(Arc::clone(under_way), uuid))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}
