//! `org.kvmmanager.Manager1.Host.Topology`: processors, caches and NUMA nodes of the host.

use serde::{Deserialize, Serialize};
use zbus::{OwnedVariant, Type, Variant};

/// Values of `kind` in a [`Cpu`].
pub mod kind {
    /// A full core; every CPU where all are alike.
    pub const PERFORMANCE: u32 = 1;
    /// A smaller core of a processor that has both.
    pub const EFFICIENCY: u32 = 2;
}

/// Values of `kind` in a [`Cache`].
pub mod cache {
    /// For data.
    pub const DATA: u32 = 1;
    /// For instructions.
    pub const INSTRUCTION: u32 = 2;
    /// For both.
    pub const UNIFIED: u32 = 3;
}

/// A logical CPU that is online, wire type `(uuuuuut)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Cpu {
    /// Its number.
    pub number: u32,
    /// Its package (socket).
    pub package: u32,
    /// Its die within the package.
    pub die: u32,
    /// The lowest number of a CPU of its core: CPUs with the same are SMT siblings.
    pub core: u32,
    /// Its NUMA node.
    pub node: u32,
    /// See [`kind`]; 0 unknown.
    pub kind: u32,
    /// Highest frequency in Hz; 0 if the kernel does not say.
    pub frequency: u64,
}

/// A cache and the CPUs that share it, wire type `(uutau)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Cache {
    /// 1, 2, 3 …
    pub level: u32,
    /// See [`cache`]; 0 unknown.
    pub kind: u32,
    /// Bytes.
    pub size: u64,
    /// The CPUs that share it.
    pub cpus: Vec<u32>,
}

/// A NUMA node, wire type `(uauttau)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Node {
    /// Its number.
    pub number: u32,
    /// Its CPUs; none for memory alone.
    pub cpus: Vec<u32>,
    /// Bytes of memory.
    pub memory: u64,
    /// Bytes that hold nothing, not even a cache.
    pub free: u64,
    /// How far each node of the list is, 10 for itself.
    pub distances: Vec<u32>,
}

/// A frequency governor and the CPUs that have it, wire type `(sau)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Governor {
    /// Such as `schedutil`.
    pub name: String,
    /// The CPUs.
    pub cpus: Vec<u32>,
}

/// PCI devices that are close to a node, wire type `(uas)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct NodeDevices {
    /// The number of the node.
    pub node: u32,
    /// Their addresses, ascending.
    pub addresses: Vec<String>,
}

/// The topology of the host.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1.Host.Topology",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1/host"
)]
pub trait Topology {
    #[zbus(property)]
    fn cpus(&self) -> zbus::Result<Vec<Cpu>>;
    #[zbus(property)]
    fn isolated(&self) -> zbus::Result<Vec<u32>>;
    #[zbus(property)]
    fn caches(&self) -> zbus::Result<Vec<Cache>>;
    #[zbus(property)]
    fn nodes(&self) -> zbus::Result<Vec<Node>>;
    #[zbus(property)]
    fn node_devices(&self) -> zbus::Result<Vec<NodeDevices>>;
    #[zbus(property)]
    fn governors(&self) -> zbus::Result<Vec<Governor>>;
    #[zbus(property)]
    fn available_governors(&self) -> zbus::Result<Vec<String>>;
}
