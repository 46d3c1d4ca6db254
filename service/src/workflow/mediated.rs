//! Parts of divided cards that go to a machine with its next start, and come back.

use std::sync::Arc;

use model::device::mdev::{self, Mediated as Wanted};

use super::{
    definition,
    passthrough::{blocking, machines},
};
use crate::{
    context::Context,
    error::{Error, Result, allow},
    host::{
        finding::{Finding, Findings},
        mdev::{self as host, Instance},
    },
    inventory::{Attached, Machine},
    policy::{
        Grant,
        action::{HostDevice, MachineManage},
    },
};
use uuid::Uuid;

/// The only kind that machines of QEMU's get here.
const API: &str = "vfio-pci";

/// The part with this UUID, read anew.
///
/// # Errors
/// If the work cannot be done on a thread.
pub async fn find(context: &Context, uuid: Uuid) -> Result<Option<Instance>> {
    let root = context.root.clone();
    let mut all = blocking(move || host::read(&root)).await?;
    Ok(all.instances.remove(&uuid))
}

/// The same.
///
/// # Errors
/// `NotFound` if the host has none.
pub async fn resolve(context: &Arc<Context>, uuid: Uuid) -> Result<Instance> {
    find(context, uuid).await?.ok_or(Error::NotFound { what: "mediated device" })
}

/// Tells what speaks against it. Changes nothing.
///
/// # Errors
/// `NoMachine`; `Document`; `Busy` while it is not known what a machine that runs has.
pub async fn plan(context: &Context, machine: &Machine, known: &Instance, wanted: Wanted) -> Result<Findings> {
    let mut findings = judge(context, machine.uuid, wanted.uuid, known).await?;
    if wanted.display {
        let xml = context.libvirt.next_xml(machine.uuid).await?;
        if model::machine::Machine::parse(&xml)?.graphics.is_empty() {
            findings.reasons.push(Finding::new("no-display", &wanted.uuid.to_string()));
        }
    }
    Ok(findings)
}

/// What the part itself and those that have it speak against.
async fn judge(context: &Context, machine: Uuid, part: Uuid, known: &Instance) -> Result<Findings> {
    let name = part.to_string();
    let mut findings = Findings::default();
    for other in machines(context).await?.iter().filter(|other| other.uuid != machine) {
        for one in of(other).filter(|one| *one.source == *name) {
            let found = |word| Finding::new(word, &name).named(&other.name);
            // What a machine has is read some time after it has stopped.
            let has_it = one.live && other.is_active();
            if has_it { findings.reasons.push(found("machine-running")) } else { findings.warnings.push(found("machine-configured")) }
        }
    }
    // One that is only kept says its kind when it is there.
    if !known.api.is_empty() && known.api != API {
        findings.reasons.push(Finding::new("other-interface", &name).named(&known.api));
    }
    if !known.is_active {
        findings.warnings.push(Finding::new("not-active", &name).named(&known.parent));
    }
    if !known.is_autostarted {
        findings.warnings.push(Finding::new("not-kept", &name).named(&known.parent));
    }
    Ok(findings)
}

/// Why a machine cannot start with a part: what is not there now is none that it could have.
///
/// # Errors
/// `Busy` while it is not known what a machine that runs has.
pub(super) async fn judge_start(context: &Context, machine: Uuid, part: Uuid) -> Result<Vec<Finding>> {
    let Some(known) = find(context, part).await? else { return Ok(vec![Finding::new("gone", &part.to_string())]) };
    let Findings { mut reasons, warnings } = judge(context, machine, part, &known).await?;
    reasons.extend(warnings.into_iter().filter(|found| found.word == "not-active"));
    Ok(reasons)
}

fn of(machine: &Machine) -> impl Iterator<Item = &Attached> {
    machine.definition.attached.iter().filter(|one| &*one.kind == "mdev")
}

/// Gives a part to the machine of the grants, with its next start.
///
/// # Errors
/// `Refused` with the reasons, `NotFound`, `InvalidState` for a machine without a definition that stays, `DefinitionChanged`,
/// libvirt's: then nothing was changed.
pub async fn attach(context: &Arc<Context>, manage: &Grant<MachineManage>, grant: &Grant<HostDevice>, wanted: Wanted) -> Result<()> {
    let machine = context.machine(grant.machine()?)?;
    // While somebody was asked, it may have gone.
    let known = resolve(context, wanted.uuid).await?;
    let findings = plan(context, &machine, &known, wanted).await?;
    allow(&findings)?;
    tracing::info!(machine = %machine.uuid, device = %wanted.uuid, uid = grant.caller().uid, "Giving a mediated device to a machine");
    definition::change(context, manage, None, move |xml| Ok(mdev::give(xml, wanted)?)).await?;
    context.devices_changed.notify_one();
    Ok(())
}

/// Takes a part out of the definition of the grants' machine; the host may have lost it since.
///
/// # Errors
/// `NotFound` if the machine does not get it, `InvalidState`, `DefinitionChanged`, libvirt's.
pub async fn detach(context: &Arc<Context>, manage: &Grant<MachineManage>, grant: &Grant<HostDevice>, uuid: Uuid) -> Result<()> {
    tracing::info!(machine = %grant.machine()?, device = %uuid, uid = grant.caller().uid, "Taking a mediated device from a machine");
    let take = move |xml: &str| {
        let without = mdev::take(xml, uuid)?;
        if without == xml { Err(Error::NotFound { what: "mediated device of the machine" }) } else { Ok(without) }
    };
    definition::change(context, manage, None, take).await?;
    context.devices_changed.notify_one();
    Ok(())
}
