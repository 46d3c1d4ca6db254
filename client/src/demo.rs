//! A host in memory, for `--demo`, for pictures of the design and for tests.
//!
//! Nothing happens by itself: no thread, and no timer unless a watcher wants live figures. Work goes on inside the call that
//! began it. Time and figures are those of a day at 10:24, see [`Preset`].

mod attach;
mod calls;
mod canvas;
mod devices;
mod divide;
mod feed;
mod figures;
mod give;
mod glass;
mod guest;
mod hand_over;
mod host_parts;
mod keep;
mod letters;
mod many;
mod memory;
mod network;
mod others;
mod parts;
mod passthrough;
mod refusal;
mod roster;
mod rules;
mod screen;
mod scsi;
mod trash;
mod tuning;
mod work;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use futures_util::Stream;
use tokio::sync::watch::Receiver;

use crate::{Event, HostDevice, HostFacts, Job, Machine, Wanted};
use world::World;

/// What the host in memory is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// 14 machines and a running job; figures move, work takes its time, the clock is the computer's.
    #[default]
    Full,
    /// No machines.
    Empty,
    /// So many machines, about a fifth of them running.
    Many(usize),
    /// As [`Preset::Full`], but it is 2025-11-20 10:24 for ever and work takes no time. Who wants live figures gets those of
    /// the last two minutes at once, which end with the design's, and no more.
    Frozen,
    /// The service is not installed.
    ServiceMissing,
    /// All can be seen, and nothing changed.
    NotAllowed,
    /// The service answers, but there is no libvirt below it.
    NoLibvirt,
}

static CHOSEN: RwLock<Preset> = RwLock::new(Preset::Full);

/// Chooses what [`crate::host::Address::Demo`] is like, for connections that are made from now on. With [`Preset::Frozen`] the
/// clock of [`crate::unit::now`] stands, too: or a machine would seem to run for as long as the demo is old.
pub fn choose(preset: Preset) {
    crate::unit::stop_clock((preset == Preset::Frozen).then(frozen_at));
    *CHOSEN.write().unwrap_or_else(PoisonError::into_inner) = preset;
}

/// When it is for ever with [`Preset::Frozen`], µs since the epoch: 2025-11-20 10:24 on the clock of wherever this is.
fn frozen_at() -> u64 {
    crate::unit::local(2025, 11, 20, 10, 24)
}

/// What [`choose`] chose.
#[must_use]
pub fn chosen() -> Preset {
    *CHOSEN.read().unwrap_or_else(PoisonError::into_inner)
}

/// A new host in memory and what happens on it; the client to call comes with [`Event::Connected`].
pub fn watch(preset: Preset, wanted: Receiver<Wanted>) -> impl Stream<Item = Event> + Send + use<> {
    Demo::new(preset).watch(wanted)
}

/// A host in memory. Cheap to clone; a [`crate::Client`] can be made from it.
#[derive(Clone, Debug)]
pub struct Demo {
    preset: Preset,
    world: Arc<Mutex<World>>,
}

impl Demo {
    /// A host of this kind.
    #[must_use]
    pub fn new(preset: Preset) -> Self {
        Self { preset, world: Arc::new(Mutex::new(World::new(preset))) }
    }

    /// What happens on it, as [`crate::watch`] tells of other hosts.
    pub fn watch(&self, wanted: Receiver<Wanted>) -> impl Stream<Item = Event> + Send + use<> {
        feed::watch(self.clone(), wanted)
    }

    /// What it is like.
    #[must_use]
    pub const fn preset(&self) -> Preset {
        self.preset
    }

    /// Its machines in the order of the design.
    #[must_use]
    pub fn machines(&self) -> Vec<Machine> {
        self.world().machines()
    }

    /// Its jobs.
    #[must_use]
    pub fn jobs(&self) -> Vec<Job> {
        self.world().jobs()
    }

    /// Its PCI devices.
    #[must_use]
    pub fn devices(&self) -> Vec<HostDevice> {
        self.world().devices()
    }

    /// What it has besides.
    #[must_use]
    pub fn others(&self) -> crate::device::OtherDevices {
        self.world().others()
    }

    /// Its facts.
    #[must_use]
    pub fn host(&self) -> HostFacts {
        roster::host(self.preset)
    }

    /// Its clock, µs since the epoch.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.world().now()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod memory_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tuning_tests;
