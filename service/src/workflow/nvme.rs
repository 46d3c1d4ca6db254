//! NVMe namespaces of the host that become disks of a machine with its next start: QEMU drives the controller itself, so all of it is
//! taken from the host then.

use std::sync::Arc;

use model::device::nvme::{self, Bus, Namespace};

use super::{attach, definition, passthrough::blocking};
use crate::{
    context::Context,
    error::{Error, Result, allow},
    host::{
        finding::{Finding, Findings},
        nvme as host,
        pci::{self, PciAddress},
    },
    inventory::Machine,
    policy::{
        Grant,
        action::{HostDevice, MachineManage},
    },
};

/// Which, as a caller names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    /// The controller.
    pub controller: PciAddress,
    /// The namespace on it.
    pub number: u32,
}

impl Which {
    fn namespace(self) -> Namespace {
        Namespace { controller: self.controller.to_string(), number: self.number }
    }

    /// What a machine's record calls it.
    fn source(self) -> String {
        format!("{}/{}", self.controller, self.number)
    }
}

/// How it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct How {
    /// How the guest sees it.
    pub bus: Bus,
    /// Also on a controller that the kernel cannot reset alone.
    pub allow_no_reset: bool,
}

/// Looks at the host anew and tells what speaks against it. Changes nothing.
///
/// # Errors
/// `NotFound` for a namespace that the host's own driver does not show.
pub async fn plan(context: &Arc<Context>, machine: &Machine, which: Which, how: How) -> Result<Findings> {
    let root = context.root.clone();
    let is_there = blocking(move || {
        let devices = pci::read_groups(&root, &[which.controller]);
        host::read(&root, &devices).iter().any(|one| (one.controller, one.number) == (which.controller, which.number))
    })
    .await?;
    if !is_there {
        return Err(Error::NotFound { what: "namespace" });
    }
    let manner = attach::How { allow_no_reset: how.allow_no_reset, ..attach::How::MANAGED };
    let mut findings = attach::judge(context, machine, vec![which.controller], &[], manner).await?;
    // Two of one machine, one as a disk and one with its controller, could not both be had either.
    let address = which.controller.to_string();
    if machine.definition.attached.iter().any(|one| one.configured && *one.source == *address) {
        findings.reasons.push(Finding::of("machine-has-controller", which.controller));
    }
    let of_others = context.inventory.machines().into_iter().filter(|other| other.uuid != machine.uuid);
    for other in of_others.filter(|other| other.definition.attached.iter().any(|one| one.configured && names(&one.source, &address))) {
        findings.warnings.push(Finding::of("machine-configured", which.controller).named(&other.name));
    }
    Ok(findings)
}

/// Whether a record's source is a namespace of this controller.
fn names(source: &str, address: &str) -> bool {
    source.split_once('/').is_some_and(|(controller, _)| controller == address)
}

/// Gives the namespace to the machine of the grants, with its next start.
///
/// # Errors
/// `Refused` with the reasons, `Busy` while its controller is being changed, `NotFound`, `InvalidState` for a machine without a
/// definition that stays, `DefinitionChanged`, libvirt's: then nothing was changed.
pub async fn attach(
    context: &Arc<Context>,
    manage: &Grant<MachineManage>,
    grant: &Grant<HostDevice>,
    which: Which,
    how: How,
) -> Result<()> {
    let machine = context.machine(grant.machine()?)?;
    let _claim = context.changing.claim(grant.devices().iter().flat_map(|device| pci::group(&context.root, *device)).collect())?;
    let findings = plan(context, &machine, which, how).await?;
    allow(&findings)?;
    tracing::info!(machine = %machine.uuid, namespace = which.source(), uid = grant.caller().uid, "Giving a namespace to a machine");
    definition::change(context, manage, None, move |xml| Ok(nvme::give(xml, &which.namespace(), how.bus)?)).await?;
    context.devices_changed.notify_one();
    Ok(())
}

/// Takes a namespace out of the definition of the grants' machine; the host may have lost it since.
///
/// # Errors
/// `NotFound` if the machine does not get it, `InvalidState`, `DefinitionChanged`, libvirt's.
pub async fn detach(context: &Arc<Context>, manage: &Grant<MachineManage>, grant: &Grant<HostDevice>, which: Which) -> Result<()> {
    tracing::info!(machine = %grant.machine()?, namespace = which.source(), uid = grant.caller().uid, "Taking a namespace from a machine");
    let take = move |xml: &str| {
        let without = nvme::take(xml, &which.namespace())?;
        if without == xml { Err(Error::NotFound { what: "namespace of the machine" }) } else { Ok(without) }
    };
    definition::change(context, manage, None, take).await?;
    context.devices_changed.notify_one();
    Ok(())
}
