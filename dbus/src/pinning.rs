//! What `PlanPinning`, `SetPinning` and `SetHugePages` of `org.kvmmanager.Manager1.Machine` speak of.

use serde::{Deserialize, Serialize};
use zbus::{DeserializeDict, OwnedVariant, SerializeDict, Type, Variant};

/// A virtual CPU and the CPUs of the host that it may run on, wire type `(uau)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Pin {
    /// Its number, from 0.
    pub vcpu: u32,
    /// CPUs of the host.
    pub cpus: Vec<u32>,
}

/// Huge pages of one size, wire type `(tau)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Pages {
    /// Bytes of a page.
    pub size: u64,
    /// Nodes of the guest; none for all.
    pub nodes: Vec<u32>,
}

/// A plan of pins, wire type `a{sv}`. All keys but `warnings` go to `SetPinning` as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, SerializeDict, DeserializeDict, Type)]
#[zbus(signature = "dict", rename_all = "kebab-case")]
pub struct Plan {
    /// Where each virtual CPU runs.
    pub vcpus: Option<Vec<Pin>>,
    /// Where QEMU's other threads run; empty for anywhere.
    pub emulator: Option<Vec<u32>>,
    /// Nodes of the host that the memory is on; empty for any.
    pub nodes: Option<Vec<u32>>,
    /// `strict`, `preferred`, `interleave` or `restrictive`.
    pub memory_mode: Option<String>,
    /// Cores that the guest sees, in one socket.
    pub cores: Option<u32>,
    /// Threads of each of them.
    pub threads: Option<u32>,
    /// What to know, in words.
    pub warnings: Option<Vec<String>>,
}
