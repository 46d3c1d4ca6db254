//! `org.kvmmanager.Manager1.Host`.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use zbus::{Variant, interface};

use dbus::host::LeftBehind;

use super::properties::structures;
use crate::{host::left::Left, inventory::Inventory, libvirt::host::HostFacts};

/// What is known of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostRecord {
    /// From libvirt.
    pub facts: HostFacts,
    /// About hardware virtualisation.
    pub virtualisation: &'static str,
    /// Machines in all.
    pub machines: u32,
    /// Machines with a QEMU process.
    pub active: u32,
    /// Their memory in bytes.
    pub active_memory: u64,
    /// Their vCPUs.
    pub active_vcpus: u32,
    /// What changes of devices could neither do nor undo.
    pub left: Vec<Left>,
}

impl HostRecord {
    /// Counts the machines.
    pub fn count(&mut self, inventory: &Inventory) {
        let machines = inventory.machines();
        let active = || machines.iter().filter(|machine| machine.is_active());
        self.machines = u32::try_from(machines.len()).unwrap_or(u32::MAX);
        self.active = u32::try_from(active().count()).unwrap_or(u32::MAX);
        self.active_memory = active().map(|machine| machine.memory).sum();
        self.active_vcpus = active().map(|machine| machine.vcpus).sum();
    }

    fn left_behind(&self) -> Vec<LeftBehind> {
        let told = |left: &Left| LeftBehind {
            operation: left.operation.clone(),
            device: left.device.to_string(),
            hangs: left.hangs,
            driver: left.driver.clone(),
            before: left.before.clone(),
            repair: left.repair.clone(),
        };
        self.left.iter().map(told).collect()
    }

    /// All properties and their values.
    pub fn properties(&self) -> HashMap<&'static str, Variant<'static>> {
        let facts = &self.facts;
        HashMap::from([
            ("Hostname", facts.hostname.clone().into()),
            ("Hypervisor", facts.hypervisor.clone().into()),
            ("HypervisorVersion", facts.hypervisor_version.clone().into()),
            ("LibvirtVersion", facts.libvirt_version.clone().into()),
            ("Architecture", facts.architecture.clone().into()),
            ("CpuModel", facts.cpu_model.clone().into()),
            ("Cpus", facts.cpus.into()),
            ("Sockets", facts.sockets.into()),
            ("CoresPerSocket", facts.cores_per_socket.into()),
            ("ThreadsPerCore", facts.threads_per_core.into()),
            ("NumaNodes", facts.numa_nodes.into()),
            ("Memory", facts.memory.into()),
            ("Virtualisation", self.virtualisation.into()),
            ("Machines", self.machines.into()),
            ("ActiveMachines", self.active.into()),
            ("ActiveMemory", self.active_memory.into()),
            ("ActiveVcpus", self.active_vcpus.into()),
            ("LeftBehind", structures(&self.left_behind())),
        ])
    }
}

/// The record, shared with the tree that writes it.
#[derive(Clone, Debug, Default)]
pub struct HostState(Arc<RwLock<HostRecord>>);

impl HostState {
    /// What is known now.
    pub fn get(&self) -> HostRecord {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes it. Returns the properties that differ.
    pub fn update(&self, change: impl FnOnce(&mut HostRecord)) -> HashMap<&'static str, Variant<'static>> {
        let mut record = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = record.properties();
        change(&mut record);
        let mut after = record.properties();
        after.retain(|name, value| before.get(name) != Some(value));
        after
    }
}

/// The object of the host.
#[derive(Debug)]
pub struct Host(pub HostState);

impl Host {
    fn facts<T>(&self, read: impl FnOnce(&HostFacts) -> T) -> T {
        read(&self.0.get().facts)
    }
}

#[interface(name = "org.kvmmanager.Manager1.Host", introspection_docs = false)]
impl Host {
    #[zbus(property)]
    fn hostname(&self) -> String {
        self.facts(|facts| facts.hostname.clone())
    }

    #[zbus(property)]
    fn hypervisor(&self) -> String {
        self.facts(|facts| facts.hypervisor.clone())
    }

    #[zbus(property)]
    fn hypervisor_version(&self) -> String {
        self.facts(|facts| facts.hypervisor_version.clone())
    }

    #[zbus(property)]
    fn libvirt_version(&self) -> String {
        self.facts(|facts| facts.libvirt_version.clone())
    }

    #[zbus(property)]
    fn architecture(&self) -> String {
        self.facts(|facts| facts.architecture.clone())
    }

    #[zbus(property)]
    fn cpu_model(&self) -> String {
        self.facts(|facts| facts.cpu_model.clone())
    }

    #[zbus(property)]
    fn cpus(&self) -> u32 {
        self.facts(|facts| facts.cpus)
    }

    #[zbus(property)]
    fn sockets(&self) -> u32 {
        self.facts(|facts| facts.sockets)
    }

    #[zbus(property)]
    fn cores_per_socket(&self) -> u32 {
        self.facts(|facts| facts.cores_per_socket)
    }

    #[zbus(property)]
    fn threads_per_core(&self) -> u32 {
        self.facts(|facts| facts.threads_per_core)
    }

    #[zbus(property)]
    fn numa_nodes(&self) -> u32 {
        self.facts(|facts| facts.numa_nodes)
    }

    #[zbus(property)]
    fn memory(&self) -> u64 {
        self.facts(|facts| facts.memory)
    }

    #[zbus(property)]
    fn virtualisation(&self) -> &'static str {
        self.0.get().virtualisation
    }

    #[zbus(property)]
    fn machines(&self) -> u32 {
        self.0.get().machines
    }

    #[zbus(property)]
    fn active_machines(&self) -> u32 {
        self.0.get().active
    }

    #[zbus(property)]
    fn active_memory(&self) -> u64 {
        self.0.get().active_memory
    }

    #[zbus(property)]
    fn active_vcpus(&self) -> u32 {
        self.0.get().active_vcpus
    }

    #[zbus(property)]
    fn left_behind(&self) -> Vec<LeftBehind> {
        self.0.get().left_behind()
    }
}
