//! The last hour of every machine's figures and of the host's, in memory. Filled by whatever is sampled, read by anybody.

mod ring;

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use dbus::stats::{HostPoint, Point as Wire, Sample, flag};
use ring::{Point, Ring, Sum};
use uuid::Uuid;

/// What a point covers.
pub const INTERVAL: Duration = Duration::from_secs(10);
/// Points of a machine: an hour.
pub const MOST_POINTS: usize = 360;
/// Machines with points. Of more, those that are not sampled any more lose theirs first.
const MOST_RINGS: usize = 1000;
/// The flags of figures that are not known.
const UNKNOWN: u32 = flag::NO_MEMORY | flag::NO_DISK | flag::NO_NETWORK;
/// Those of all that QEMU alone knows. To clients they are one flag, which is older than the two.
const DEEP: u32 = flag::NO_MEMORY | flag::NO_DISK;

/// Figures of a point, in the order of a sample.
const FIGURES: usize = 10;
const CPU: usize = 0;
const LATENCY: usize = 8;

/// Which points are asked for.
#[derive(Clone, Debug, Default)]
pub struct Range {
    /// Only those after this time, µs since the epoch.
    pub since: u64,
    /// At most so many: fewer are made of those that there are.
    pub points: Option<usize>,
    /// Fewer points have the highest of each figure, not the mean.
    pub peaks: bool,
}

/// When a round of samples was taken, and over which time.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// By the clock that is never set.
    pub time: Instant,
    /// µs since the epoch.
    pub wall: u64,
    /// Since the round before.
    pub elapsed: Duration,
}

/// A machine's sample as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// The machine.
    pub uuid: Uuid,
    /// Its figures.
    pub sample: &'a Sample,
    /// Whether disk and memory figures are of this time, and rates.
    pub is_deep: bool,
}

#[derive(Debug, Default)]
struct Series<const N: usize> {
    ring: Ring<N>,
    open: Sum<N>,
    flags: u32,
    /// The interval that was sampled last.
    last: u64,
}

/// Intervals are numbered from the first round on, on a grid: however often is sampled, there is one point in each.
#[derive(Debug, Default)]
struct State {
    origin: Option<Instant>,
    /// The interval that is being summed up.
    open: u64,
    /// When its last round was.
    wall: u64,
    host: Series<2>,
    machines: HashMap<Uuid, Series<FIGURES>>,
    /// There is no room for more machines in this interval.
    full_in: Option<u64>,
}

/// The history of all machines.
#[derive(Debug, Default)]
pub struct History(Mutex<State>);

impl History {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a round in. `host` is the part of its CPU time and the bytes of its memory that are in use, if known.
    pub fn record<'a>(&self, moment: Moment, host: Option<(f64, u64)>, machines: impl IntoIterator<Item = Observed<'a>>) {
        let mut state = self.state();
        let origin = *state.origin.get_or_insert(moment.time.checked_sub(moment.elapsed).unwrap_or(moment.time));
        let middle = moment.time.saturating_duration_since(origin).saturating_sub(moment.elapsed / 2);
        if number(middle) > state.open {
            state.close();
            state.open = number(middle);
        }
        let weight = moment.elapsed.as_secs_f64();
        state.wall = moment.wall;
        if let Some((cpu, memory_used)) = host {
            state.host.open.add(0, cpu, weight);
            state.host.open.add(1, wide(memory_used), weight);
        }
        for observed in machines {
            state.add(&observed, weight);
        }
        // Closed at once if the next round will be of the next interval: nobody has to wait for that round to see this point.
        if number(middle + moment.elapsed) > state.open {
            state.close();
            state.open += 1;
        }
    }

    /// Drops what is half summed up: nobody listens any more.
    pub fn rest(&self) {
        let mut state = self.state();
        state.host.open = Sum::default();
        state.machines.values_mut().for_each(Series::drop_open);
    }

    /// Forgets a machine that is gone.
    pub fn forget(&self, uuid: Uuid) {
        self.state().machines.remove(&uuid);
    }

    /// The points of a machine, oldest first; none if it was never sampled.
    #[must_use]
    pub fn machine(&self, uuid: Uuid, range: &Range, now: u64) -> Vec<Wire> {
        let state = self.state();
        let Some(series) = state.machines.get(&uuid) else { return Vec::new() };
        series.ring.read(range, now, is_known).iter().map(wire).collect()
    }

    /// The points of the host, oldest first.
    #[must_use]
    pub fn host(&self, range: &Range, now: u64) -> Vec<HostPoint> {
        let points = self.state().host.ring.read(range, now, |_, _, _| true);
        let point =
            |point: &Point<2>| HostPoint { time: point.time(), cpu: f64::from(point.figures[0]), memory_used: whole(point.figures[1]) };
        points.iter().map(point).collect()
    }
}

impl<const N: usize> Series<N> {
    /// Ends an interval.
    fn close(&mut self, wall: u64, flags: u32) {
        if self.open.is_known(CPU) {
            self.ring.push(Point::new(wall, flags, self.open.means()));
        }
        self.drop_open();
    }

    fn drop_open(&mut self) {
        self.open = Sum::default();
        self.flags = 0;
    }
}

impl State {
    fn add(&mut self, observed: &Observed<'_>, weight: f64) {
        if !self.has_room(observed.uuid) {
            return;
        }
        let series = self.machines.entry(observed.uuid).or_default();
        series.last = self.open;
        series.flags |= observed.sample.flags & flag::STALLED;
        for (index, value) in figures(observed.sample).into_iter().enumerate() {
            let unread = observed.sample.flags | if observed.is_deep { 0 } else { DEEP };
            let is_measured = unread & unknown_by(index) == 0;
            // No request, no latency: an interval's mean is over the time in which there were any.
            if is_measured && (index < LATENCY || value > 0.0) {
                series.open.add(index, value, weight);
            }
        }
    }

    /// Whether a machine has points or may have: of too many, one that is not sampled any more gives its place.
    fn has_room(&mut self, uuid: Uuid) -> bool {
        if self.machines.len() < MOST_RINGS || self.machines.contains_key(&uuid) {
            return true;
        }
        if self.full_in == Some(self.open) {
            return false;
        }
        let idle = self.machines.iter().filter(|(_, series)| series.last + 1 < self.open);
        let Some(longest) = idle.min_by_key(|(_, series)| series.last).map(|(uuid, _)| *uuid) else {
            self.full_in = Some(self.open);
            return false;
        };
        self.machines.remove(&longest);
        true
    }

    fn close(&mut self) {
        let (wall, open) = (self.wall, self.open);
        self.host.close(wall, 0);
        for series in self.machines.values_mut() {
            let unknown = (0..LATENCY).filter(|index| !series.open.is_known(*index)).fold(0, |flags, index| flags | unknown_by(index));
            series.close(wall, series.flags | unknown);
        }
        // What is older than an hour is not shown any more.
        self.machines.retain(|_, series| series.last + MOST_POINTS as u64 >= open);
    }
}

/// The flag of a point in which a figure is not known; none for processor time.
const fn unknown_by(index: usize) -> u32 {
    match index {
        2..=3 => flag::NO_MEMORY,
        4..=5 | 8..=9 => flag::NO_DISK,
        6..=7 => flag::NO_NETWORK,
        _ => 0,
    }
}

fn is_known(index: usize, value: f32, flags: u32) -> bool {
    flags & unknown_by(index) == 0 && (index < LATENCY || value > 0.0)
}

/// The number of the interval that a time after the first round is in.
fn number(time: Duration) -> u64 {
    time.as_secs() / INTERVAL.as_secs()
}

fn figures(sample: &Sample) -> [f64; FIGURES] {
    [
        sample.cpu,
        sample.host_cpu,
        wide(sample.memory_used),
        wide(sample.memory),
        wide(sample.disk_read),
        wide(sample.disk_write),
        wide(sample.net_received),
        wide(sample.net_sent),
        sample.read_latency,
        sample.write_latency,
    ]
}

fn wire(point: &Point<FIGURES>) -> Wire {
    let [cpu, host_cpu, memory_used, memory, disk_read, disk_write, net_received, net_sent, read_latency, write_latency] = point.figures;
    Wire {
        time: point.time(),
        cpu: cpu.into(),
        host_cpu: host_cpu.into(),
        memory_used: whole(memory_used),
        memory: whole(memory),
        disk_read: whole(disk_read),
        disk_write: whole(disk_write),
        net_received: whole(net_received),
        net_sent: whole(net_sent),
        read_latency: read_latency.into(),
        write_latency: write_latency.into(),
        flags: if point.flags() & DEEP == DEEP { (point.flags() & !DEEP) | flag::EARLIER } else { point.flags() },
    }
}

#[allow(clippy::cast_precision_loss, reason = "points are of single precision")]
fn wide(value: u64) -> f64 {
    value as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "figures are never negative, and the cast saturates")]
fn whole(value: f32) -> u64 {
    value as u64
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
