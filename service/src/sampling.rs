//! Turning libvirt's counters into rates.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use dbus::{
    path,
    stats::{Sample, flag},
};
use uuid::Uuid;

use crate::{
    context::Context,
    error::{Error, Result},
    history::{Moment, Observed},
    job::now,
    libvirt::stats::{Counters, Depth, Figures, HostCounters},
};

/// How often the used memory of a machine becomes a property: every second would flood whoever watches properties.
const PROPERTY_INTERVAL: Duration = Duration::from_secs(10);

/// One round of figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Round {
    /// Part of the host's CPU time that was used, 0…1.
    pub host_cpu: f64,
    /// Bytes in use on the host.
    pub host_memory_used: u64,
    /// The figures of each active machine.
    pub samples: Vec<(Uuid, Sample)>,
}

/// Two readings of the same thing and when they were taken.
#[derive(Clone, Copy, Debug)]
struct Pair<T> {
    before: Option<(Instant, T)>,
    after: (Instant, T),
    is_used: bool,
}

impl<T: Copy> Pair<T> {
    fn push(pair: Option<Self>, reading: T) -> Self {
        Self { before: pair.map(|pair| pair.after), after: (Instant::now(), reading), is_used: false }
    }
}

#[derive(Debug, Default)]
struct State {
    /// What was read last.
    figures: Figures,
    host: Option<(Instant, HostCounters)>,
    counters: HashMap<Uuid, (Instant, Counters)>,
    depths: HashMap<Uuid, Pair<Depth>>,
    /// Machines whose QEMU is being asked.
    asked: HashSet<Uuid>,
    told: HashMap<Uuid, Instant>,
}

/// A sample with what only the history asks.
#[derive(Debug)]
struct Taken {
    uuid: Uuid,
    sample: Sample,
    /// There was one before, so that rates are rates.
    is_known: bool,
    /// Disk and memory figures are of this time.
    is_deep: bool,
}

/// Takes samples.
#[derive(Clone, Debug)]
pub struct Sampler {
    context: Arc<Context>,
    state: Arc<Mutex<State>>,
}

impl Sampler {
    /// A sampler without a past.
    #[must_use]
    pub fn new(context: Arc<Context>) -> Self {
        Self { context, state: Arc::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the past: rates over a time when nobody listened mean nothing.
    pub fn rest(&self) {
        *self.state() = State::default();
        self.context.history.rest();
    }

    /// Takes a sample of what is wanted. Asks every active machine's QEMU for the next one behind it, so that a machine that
    /// hangs delays nobody.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn sample(&self, figures: Figures) -> Result<Round> {
        let (host, machines) = self.context.libvirt.counters(figures).await?;
        let time = Instant::now();
        let mut state = self.state();
        // A rate needs two readings.
        state.figures = Figures { network: figures.network && (state.figures.network || state.counters.is_empty()), ..figures };
        let host_cpus = u64::from(self.context.host_cpus());
        let taken: Vec<Taken> = machines.iter().map(|counters| self.one(&mut state, counters, time, host_cpus)).collect();
        let since = state.host.map(|(then, before)| (time - then, cpu_share(&before, &host)));
        state.host = Some((time, host));
        if let Some((elapsed, host_cpu)) = since {
            self.remember(time, elapsed, host_cpu.map(|cpu| (cpu, host.memory_used)), &taken);
        }
        let active: HashSet<Uuid> = machines.iter().map(|counters| counters.uuid).collect();
        state.figures = figures;
        state.counters = machines.into_iter().map(|counters| (counters.uuid, (time, counters))).collect();
        state.depths.retain(|uuid, _| figures.is_deep() && active.contains(uuid));
        state.told.retain(|uuid, _| active.contains(uuid));
        drop(state);
        for uuid in active.into_iter().filter(|_| figures.is_deep()) {
            self.ask(uuid, figures);
        }
        let host_cpu = since.and_then(|(_, cpu)| cpu).unwrap_or(0.0);
        let samples = taken.into_iter().map(|taken| (taken.uuid, taken.sample)).collect();
        Ok(Round { host_cpu, host_memory_used: host.memory_used, samples })
    }

    /// Adds to the history what is known: rates of machines that were sampled before and are on the bus.
    fn remember(&self, time: Instant, elapsed: Duration, host: Option<(f64, u64)>, taken: &[Taken]) {
        let moment = Moment { time, wall: now(), elapsed };
        let known = taken.iter().filter(|taken| taken.is_known);
        let observed = known.map(|taken| Observed { uuid: taken.uuid, sample: &taken.sample, is_deep: taken.is_deep });
        self.context.history.record(moment, host, observed);
    }

    fn one(&self, state: &mut State, counters: &Counters, time: Instant, host_cpus: u64) -> Taken {
        let known = self.context.inventory.machine(counters.uuid);
        let vcpus = known.as_ref().map_or(1, |machine| u64::from(machine.vcpus.max(1)));
        let before = state.counters.get(&counters.uuid);
        let is_known = before.is_some() && known.is_some();
        let (elapsed, before) = before.map_or((Duration::ZERO, counters), |(then, before)| (time - *then, before));
        let cpu_time = counters.cpu.saturating_sub(before.cpu);
        let wall = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        let (net_received, net_sent) = if state.figures.network {
            (rate(before.net_received, counters.net_received, elapsed), rate(before.net_sent, counters.net_sent, elapsed))
        } else {
            (0, 0)
        };
        let mut sample = Sample {
            machine: path::machine(counters.uuid),
            cpu: share(cpu_time, wall.saturating_mul(vcpus)),
            host_cpu: share(cpu_time, wall.saturating_mul(host_cpus.max(1))),
            memory_used: 0,
            memory: known.as_ref().map_or(0, |machine| machine.memory),
            disk_read: 0,
            disk_write: 0,
            net_received,
            net_sent,
            read_latency: 0.0,
            write_latency: 0.0,
            flags: unread(state.figures),
        };
        let is_deep = deepen(&mut sample, state.depths.get_mut(&counters.uuid));
        if self.context.libvirt.is_stalled(counters.uuid) {
            sample.flags |= flag::STALLED;
        }
        Taken { uuid: counters.uuid, sample, is_known, is_deep }
    }

    /// Reads a machine's disk and memory figures behind the sample, unless they are being read.
    fn ask(&self, uuid: Uuid, figures: Figures) {
        if !self.state().asked.insert(uuid) {
            return;
        }
        let this = self.clone();
        tokio::spawn(async move {
            let depth = this.context.libvirt.depth(uuid, figures).await;
            let mut state = this.state();
            state.asked.remove(&uuid);
            match depth {
                Ok(depth) => {
                    let pair = state.depths.remove(&uuid);
                    state.depths.insert(uuid, Pair::push(pair, depth));
                    if figures.memory {
                        this.tell(&mut state, uuid, depth);
                    }
                }
                // Asked for something else just now, or off, or stalled: the sample says that its figures are old.
                Err(Error::Busy | Error::InvalidState | Error::NoMachine(_) | Error::Stalled | Error::TimedOut(_)) => {}
                Err(error) => tracing::debug!(machine = %uuid, cause = ?error, "No disk and memory figures"),
            }
        });
    }

    /// Shows the used memory as a property now and then.
    fn tell(&self, state: &mut State, uuid: Uuid, depth: Depth) {
        if state.told.get(&uuid).is_none_or(|told| told.elapsed() >= PROPERTY_INTERVAL) {
            state.told.insert(uuid, Instant::now());
            self.context.tell_memory(uuid, depth.memory_used);
        }
    }
}

/// Adds disk and memory figures. Returns whether they are new, rates included.
fn deepen(sample: &mut Sample, depth: Option<&mut Pair<Depth>>) -> bool {
    let Some(pair) = depth else {
        sample.flags |= flag::EARLIER;
        return false;
    };
    let is_new = !std::mem::replace(&mut pair.is_used, true);
    if !is_new {
        sample.flags |= flag::EARLIER;
    }
    let (now, after) = pair.after;
    sample.memory_used = after.memory_used;
    if after.memory > 0 {
        sample.memory = after.memory;
    }
    let Some((then, before)) = pair.before else { return false };
    sample.flags |= unread(before.figures.and(after.figures)) & !flag::NO_NETWORK;
    if !before.figures.disk || !after.figures.disk {
        return is_new;
    }
    let elapsed = now - then;
    sample.disk_read = rate(before.disk_read, after.disk_read, elapsed);
    sample.disk_write = rate(before.disk_write, after.disk_write, elapsed);
    sample.read_latency = latency(after.read_time.saturating_sub(before.read_time), after.reads.saturating_sub(before.reads));
    sample.write_latency = latency(after.write_time.saturating_sub(before.write_time), after.writes.saturating_sub(before.writes));
    is_new
}

/// The flags of what was not read.
const fn unread(figures: Figures) -> u32 {
    let Figures { memory, disk, network } = figures;
    (if memory { 0 } else { flag::NO_MEMORY }) | (if disk { 0 } else { flag::NO_DISK }) | if network { 0 } else { flag::NO_NETWORK }
}

/// Part of the host's CPU time that was used; `None` of a host that does not count it.
fn cpu_share(before: &HostCounters, after: &HostCounters) -> Option<f64> {
    let (busy, idle) = (after.busy.saturating_sub(before.busy), after.idle.saturating_sub(before.idle));
    let all = busy.saturating_add(idle);
    (all > 0).then(|| share(busy, all))
}

/// A part of a whole, 0…1.
#[allow(clippy::cast_precision_loss, reason = "a share needs no more than f64's 52 bits")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) }
}

/// Growth per second. A counter that went back was reset: nothing is known then.
fn rate(before: u64, after: u64, elapsed: Duration) -> u64 {
    let grown = u128::from(after.saturating_sub(before));
    if elapsed.is_zero() { 0 } else { u64::try_from(grown * 1_000_000_000 / elapsed.as_nanos()).unwrap_or(u64::MAX) }
}

/// Mean seconds per request.
#[allow(clippy::cast_precision_loss, reason = "a mean needs no more than f64's 52 bits")]
fn latency(nanoseconds: u64, requests: u64) -> f64 {
    if requests == 0 { 0.0 } else { nanoseconds as f64 / requests as f64 / 1e9 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_per_second_and_a_reset_counter_is_no_traffic() {
        assert_eq!(rate(1000, 3000, Duration::from_millis(500)), 4000);
        assert_eq!(rate(3000, 10, Duration::from_secs(1)), 0);
        assert_eq!(rate(0, 10, Duration::ZERO), 0);
    }

    #[test]
    fn what_was_not_read_before_has_no_rate_and_says_so() {
        let reading = |figures, disk_read| Depth { figures, disk_read, memory_used: 5, ..Depth::default() };
        let only_memory = Figures { memory: true, ..Figures::default() };
        let pair = Pair::push(Some(Pair::push(None, reading(only_memory, 0))), reading(Figures::ALL, 1 << 40));
        let mut sample = Sample { flags: 0, ..blank() };
        assert!(deepen(&mut sample, Some(&mut { pair })));
        assert_eq!((sample.disk_read, sample.memory_used, sample.flags), (0, 5, flag::NO_DISK));
        let mut pair = Pair::push(Some(pair), reading(Figures::ALL, 1 << 41));
        let mut sample = Sample { flags: 0, ..blank() };
        deepen(&mut sample, Some(&mut pair));
        assert!(sample.disk_read > 0 && sample.flags == 0);
        assert_eq!(unread(Figures { disk: true, ..Figures::default() }), flag::NO_MEMORY | flag::NO_NETWORK);
    }

    fn blank() -> Sample {
        Sample {
            machine: path::machine(Uuid::nil()),
            cpu: 0.0,
            host_cpu: 0.0,
            memory_used: 0,
            memory: 0,
            disk_read: 0,
            disk_write: 0,
            net_received: 0,
            net_sent: 0,
            read_latency: 0.0,
            write_latency: 0.0,
            flags: 0,
        }
    }

    #[test]
    fn a_share_is_never_more_than_the_whole() {
        assert!((share(3, 2) - 1.0).abs() < f64::EPSILON);
        assert!(share(1, 0).abs() < f64::EPSILON);
    }

    #[test]
    fn latency_is_the_mean_over_the_requests_of_the_interval() {
        assert!((latency(4_000_000, 2) - 0.002).abs() < 1e-12);
        assert!(latency(5, 0).abs() < f64::EPSILON);
    }
}
