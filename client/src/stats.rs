//! Live figures.

use dbus::{Options, stats::flag};
use uuid::Uuid;

/// Which figures are looked at, beside processor time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// What guests use of their memory.
    pub memory: bool,
    /// What disks read and write.
    pub disk: bool,
    /// What networks receive and send.
    pub network: bool,
}

impl Figures {
    /// All.
    pub const ALL: Self = Self { memory: true, disk: true, network: true };
    /// Processor time alone.
    pub const CPU: Self = Self { memory: false, disk: false, network: false };

    /// Those that are known of a point of the history, by its flags.
    pub(crate) const fn of_point(flags: u32) -> Self {
        let known = Self::read(flags);
        if flags & flag::EARLIER == 0 { known } else { Self { memory: false, disk: false, ..known } }
    }

    /// Those that were read, by the flags of a sample.
    pub(crate) const fn read(flags: u32) -> Self {
        Self { memory: flags & flag::NO_MEMORY == 0, disk: flags & flag::NO_DISK == 0, network: flags & flag::NO_NETWORK == 0 }
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { memory: self.memory && other.memory, disk: self.disk && other.disk, network: self.network && other.network }
    }

    /// What a subscription says of it; nothing for all, which a service of any version understands.
    pub(crate) fn option(self) -> Options {
        if self == Self::ALL {
            return Options::default();
        }
        let named = [("cpu", true), ("memory", self.memory), ("disk", self.disk), ("network", self.network)];
        let names: Vec<String> = named.into_iter().filter(|(_, is_wanted)| *is_wanted).map(|(name, _)| name.to_owned()).collect();
        Options::default().with("figures", names)
    }
}

impl Default for Figures {
    fn default() -> Self {
        Self::ALL
    }
}

/// The figures of one machine over the last interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Part of its own vCPUs' time, 0…1.
    pub cpu: f32,
    /// Part of the host's CPU time, 0…1.
    pub host_cpu: f32,
    /// Bytes the guest uses, 0 if it does not say.
    pub memory_used: u64,
    /// Bytes it has.
    pub memory: u64,
    /// Bytes per second read from disks.
    pub disk_read: f32,
    /// Bytes per second written to disks.
    pub disk_write: f32,
    /// Bytes per second received.
    pub net_received: f32,
    /// Bytes per second sent.
    pub net_sent: f32,
    /// Mean seconds that a read took, 0 without reads.
    pub read_latency: f32,
    /// Mean seconds that a write took, 0 without writes.
    pub write_latency: f32,
    /// Which of them were read; the others are 0, for nobody wanted them.
    pub known: Figures,
}

impl Point {
    /// What is measured of a host itself: the part of its CPU time and the bytes of its memory in use.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a part")]
    pub fn of_host(cpu: f64, memory_used: u64) -> Self {
        // What is no number is not known.
        let cpu = if cpu.is_nan() { 0.0 } else { cpu.clamp(0.0, 1.0) as f32 };
        Self { cpu, host_cpu: cpu, memory_used, ..Self::default() }
    }
}

/// A machine and its figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The machine.
    pub machine: Uuid,
    /// Its figures.
    pub point: Point,
}

/// What one interval brought, for all running machines of a host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampled {
    /// When, µs since the epoch.
    pub time: u64,
    /// Part of the host's CPU time in use, 0…1.
    pub host_cpu: f32,
    /// Bytes of the host's memory in use.
    pub host_memory_used: u64,
    /// The machines' figures.
    pub samples: Vec<Sample>,
}

/// The last hour of one machine, oldest first; a gap in time is a gap in what is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Seconds between two neighbours without a gap.
    pub interval: f32,
    /// Time in µs since the epoch, and figures.
    pub points: Vec<(u64, Point)>,
}
