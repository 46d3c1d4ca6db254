//! `org.kvmmanager.Manager1.Stats`: live figures of all machines.

use serde::{Deserialize, Serialize};
use zbus::{ObjectPath, OwnedObjectPath, Type};

use crate::Options;

/// The figures of one machine over the last interval, wire type `(oddttttttddu)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct Sample {
    /// The machine.
    pub machine: OwnedObjectPath,
    /// Part of its own vCPUs' time that it used, 0…1.
    pub cpu: f64,
    /// Part of the whole host's CPU time that it used, 0…1.
    pub host_cpu: f64,
    /// Bytes the guest uses, as its balloon driver says; 0 if it does not say.
    pub memory_used: u64,
    /// Bytes the machine has now.
    pub memory: u64,
    /// Bytes per second read from disks.
    pub disk_read: u64,
    /// Bytes per second written to disks.
    pub disk_write: u64,
    /// Bytes per second received.
    pub net_received: u64,
    /// Bytes per second sent.
    pub net_sent: u64,
    /// Mean seconds that a read took, 0 without reads.
    pub read_latency: f64,
    /// Mean seconds that a write or flush took, 0 without them.
    pub write_latency: f64,
    /// See [`flag`].
    pub flags: u32,
}

/// Bits of `flags` in a [`Sample`] and a [`Point`].
pub mod flag {
    /// In a sample: disk and memory figures are from an earlier interval. In a point: they are not known.
    pub const EARLIER: u32 = 1;
    /// The machine is or was stalled.
    pub const STALLED: u32 = 2;
    /// Memory was not read, for nobody wanted it.
    pub const NO_MEMORY: u32 = 4;
    /// Disks were not read, for nobody wanted them.
    pub const NO_DISK: u32 = 8;
    /// Networks were not read, for nobody wanted them.
    pub const NO_NETWORK: u32 = 16;
}

/// The mean figures of one machine over ten seconds of the last hour, wire type `(tddttttttddu)`. As in a [`Sample`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct Point {
    /// The end of the ten seconds, µs since the epoch.
    pub time: u64,
    /// Part of its own vCPUs' time that it used, 0…1.
    pub cpu: f64,
    /// Part of the whole host's CPU time that it used, 0…1.
    pub host_cpu: f64,
    /// Bytes the guest uses; 0 if it does not say.
    pub memory_used: u64,
    /// Bytes the machine has.
    pub memory: u64,
    /// Bytes per second read from disks.
    pub disk_read: u64,
    /// Bytes per second written to disks.
    pub disk_write: u64,
    /// Bytes per second received.
    pub net_received: u64,
    /// Bytes per second sent.
    pub net_sent: u64,
    /// Mean seconds that a read took, 0 without reads.
    pub read_latency: f64,
    /// Mean seconds that a write or flush took, 0 without them.
    pub write_latency: f64,
    /// See [`flag`].
    pub flags: u32,
}

/// What is kept of one machine, oldest first, wire type `(oa(tddttttttddu))`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct Series {
    /// The machine.
    pub machine: OwnedObjectPath,
    /// Its points; missing ones are gaps.
    pub points: Vec<Point>,
}

/// The mean figures of the host over ten seconds, wire type `(tdt)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct HostPoint {
    /// The end of the ten seconds, µs since the epoch.
    pub time: u64,
    /// Part of the host's CPU time that was in use, 0…1.
    pub cpu: f64,
    /// Bytes of the host's memory in use.
    pub memory_used: u64,
}

/// Live figures.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1.Stats",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1"
)]
pub trait Stats {
    fn subscribe(&self, interval_ms: u32, machines: &[ObjectPath<'_>], options: &Options) -> zbus::Result<()>;
    fn unsubscribe(&self, options: &Options) -> zbus::Result<()>;
    /// The interval of a point in µs, and the last hour of each machine, in the order asked for.
    fn history(&self, machines: &[ObjectPath<'_>], options: &Options) -> zbus::Result<(u64, Vec<Series>)>;
    /// The interval of a point in µs, and the host's last hour.
    fn host_history(&self, options: &Options) -> zbus::Result<(u64, Vec<HostPoint>)>;

    #[zbus(signal)]
    fn sampled(&self, time: u64, host_cpu: f64, host_memory_used: u64, samples: Vec<Sample>) -> zbus::Result<()>;
}
