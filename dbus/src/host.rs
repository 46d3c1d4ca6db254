//! `org.kvmmanager.Manager1.Host`: the computer that runs the machines.

use serde::{Deserialize, Serialize};
use zbus::{OwnedVariant, Type, Variant};

/// A device that a change could neither give nor put back, wire type `(ssbssas)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct LeftBehind {
    /// What was done: `bind`, `release`, `virtual-functions`, `rom`.
    pub operation: String,
    /// Its PCI address.
    pub device: String,
    /// Its driver hangs; it is put back by itself when that lets go.
    pub hangs: bool,
    /// The driver that it has, or empty.
    pub driver: String,
    /// The driver that it had, or empty.
    pub before: String,
    /// Commands for root that put it back, in order; none while it hangs.
    pub repair: Vec<String>,
}

/// The host.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1.Host",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1/host"
)]
pub trait Host {
    #[zbus(property)]
    fn hostname(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn hypervisor(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn hypervisor_version(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn libvirt_version(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn architecture(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn cpu_model(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn cpus(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn sockets(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn cores_per_socket(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn threads_per_core(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn numa_nodes(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn memory(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn virtualisation(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn machines(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn active_machines(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn active_memory(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn active_vcpus(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn left_behind(&self) -> zbus::Result<Vec<LeftBehind>>;
}
