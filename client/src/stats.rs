//! Live figures.

use uuid::Uuid;

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
