//! Pins of machines: where each could be, and those of one that runs.

use std::collections::BTreeSet;

use model::{
    cpus::{Pinning, mask},
    machine::Machine,
};
use uuid::Uuid;
use virt::{domain::Domain, error::Error as VirtError};
use virt_sys as sys;

use super::{Libvirt, list::host_devices, machine_error};
use crate::{
    error::Result,
    host::pci::PciAddress,
    policy::{Grant, action::MachineManage},
};

/// What a plan has to know of a machine and of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Virtual CPUs that its next start can have.
    pub vcpus: u32,
    /// Bytes of its memory.
    pub memory: u64,
    /// PCI devices of the host that it names.
    pub devices: Vec<PciAddress>,
    /// CPUs that other machines are pinned to, by what they run with or start with next.
    pub taken: BTreeSet<u32>,
}

impl Libvirt {
    /// Reads every definition for a plan. Whoever may run on all of `online` is not pinned.
    ///
    /// # Errors
    /// `NoMachine`, `Unavailable`.
    pub async fn placement(&self, uuid: Uuid, online: Vec<u32>) -> Result<Placement> {
        self.list_call(move |session| {
            let own = super::on_domain(session, uuid, |domain| domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE))?;
            let own = Machine::parse(&own)?;
            let mut taken = BTreeSet::new();
            for domain in session.list_all_domains(0).map_err(|error| machine_error(uuid, &error))? {
                if domain.uuid().is_ok_and(|other| other != uuid) {
                    // What is gone by now, or cannot be read, keeps to no CPU that could be known.
                    let documents = [0, sys::VIR_DOMAIN_XML_INACTIVE].map(|flags| domain.xml_desc(flags).ok());
                    let machines = documents.into_iter().flatten().filter_map(|xml| Machine::parse(&xml).ok());
                    let pins = machines.flat_map(|machine| machine.pinning.vcpus).map(|(_, cpus)| cpus);
                    taken.extend(pins.filter(|cpus| !online.iter().all(|cpu| cpus.contains(cpu))).flatten());
                }
            }
            Ok(Placement { vcpus: own.maximum_vcpus, memory: own.maximum_memory, devices: host_devices(&own), taken })
        })
        .await
    }

    /// Pins the threads of a machine that runs, its virtual CPUs and QEMU's others; what is not named may run on all of `online`.
    /// All or nothing.
    ///
    /// # Errors
    /// `InvalidState` if it does not run, `Stalled`, or what libvirt says of a CPU.
    pub async fn pin_running(&self, grant: &Grant<MachineManage>, pinning: Pinning, online: Vec<u32>) -> Result<()> {
        let before = self.document(grant.machine()?).await?;
        self.short_call(grant.machine()?, move |domain| {
            pin(domain, &pinning, before.vcpus, &online).inspect_err(|_| {
                if let Err(error) = pin(domain, &before.pinning, before.vcpus, &online) {
                    tracing::error!(%error, "The pins of a machine could not be put back");
                }
            })
        })
        .await
    }

    /// Whether the machine runs, asked of libvirt itself.
    ///
    /// # Errors
    /// `NoMachine`, `Unavailable`.
    pub async fn is_active(&self, uuid: Uuid) -> Result<bool> {
        self.read_machine(uuid, Domain::is_active).await
    }
}

fn pin(domain: &Domain, pinning: &Pinning, vcpus: u32, online: &[u32]) -> Result<(), VirtError> {
    for vcpu in 0..vcpus {
        let own = pinning.vcpus.iter().find(|(number, _)| *number == vcpu);
        // This call is for threads that run alone; libvirt's driver for tests does not know it with flags.
        domain.pin_vcpu(vcpu, &mask(own.map_or(online, |(_, cpus)| cpus)))?;
    }
    let emulator = if pinning.emulator.is_empty() { online } else { &pinning.emulator };
    domain.pin_emulator(&mask(emulator), sys::VIR_DOMAIN_AFFECT_LIVE)
}
