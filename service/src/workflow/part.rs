//! Parts of divided cards that the host makes, keeps and gives up: planned, judged, and done wholly or not at all.

mod run;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use uuid::Uuid;

pub use run::{create, delete, set_autostart, start};

use super::passthrough::{all_machines, blocking};
use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        finding::{Finding, Findings},
        mdev::{self, Instance, Mediated, Type},
        pci::PciAddress,
    },
    inventory::Machine,
    libvirt::PartId,
};

/// The only kind that machines of QEMU's get here.
const API: &str = "vfio-pci";

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What it is to be a part of, and its UUID.
    pub id: PartId,
    /// The driver's id of its kind.
    pub kind: String,
}

/// How it is to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct How {
    /// It is kept when the computer stops.
    pub is_kept: bool,
    /// It is made at each start of the computer; only if it is kept.
    pub is_autostarted: bool,
    /// It is made now; if not, it must be kept.
    pub is_started: bool,
}

/// Everything, read anew.
async fn read(context: &Arc<Context>) -> Result<Mediated> {
    let root = context.root.clone();
    blocking(move || mdev::read(&root)).await
}

fn kind<'a>(known: &'a Mediated, wanted: &Wanted) -> Result<&'a Type> {
    let parent = known.parents.iter().find(|parent| parent.address == Some(wanted.id.parent));
    let parent = parent.ok_or(Error::NotFound { what: "device that can be divided" })?;
    parent.types.iter().find(|kind| kind.id == wanted.kind).ok_or(Error::NotFound { what: "type of mediated device" })
}

/// The part with this UUID, and its place.
///
/// # Errors
/// `NotFound`; `NotSupported` for a part of what is no PCI device.
pub async fn resolve(context: &Arc<Context>, uuid: Uuid) -> Result<(PartId, Instance)> {
    let instance = read(context).await?.instances.remove(&uuid).ok_or(Error::NotFound { what: "mediated device" })?;
    let parent: PciAddress = instance.parent.parse().map_err(|_| Error::NotSupported { reason: "not a part of a PCI device" })?;
    Ok((PartId { parent, uuid }, instance))
}

/// Tells what speaks against making a part. Changes nothing.
///
/// # Errors
/// `NotFound` for a device that cannot be divided, or not into these.
pub async fn plan_create(context: &Arc<Context>, wanted: &Wanted, how: How) -> Result<Findings> {
    let known = read(context).await?;
    let kind = kind(&known, wanted)?;
    let parent = wanted.id.parent.to_string();
    let mut findings = Findings::default();
    let mut add = |word, name: &str| findings.reasons.push(Finding::new(word, &parent).named(name));
    if known.instances.contains_key(&wanted.id.uuid) {
        add("uuid-taken", &wanted.id.uuid.to_string());
    }
    if kind.api != API {
        add("other-interface", &kind.api);
    }
    if how.is_started && kind.available == 0 {
        add("no-instance", &kind.id);
    }
    if !mdev::has_program(&context.root) {
        add("no-mdevctl", "");
    }
    Ok(findings)
}

/// Tells what speaks against making a part that is kept.
fn judge_start(context: &Context, known: &Mediated, id: PartId, instance: &Instance) -> Findings {
    let parent = id.parent.to_string();
    let mut findings = Findings::default();
    let mut add = |word, name: &str| findings.reasons.push(Finding::new(word, &parent).named(name));
    match kind(known, &Wanted { id, kind: instance.kind.clone() }) {
        Ok(kind) if kind.available == 0 => add("no-instance", &instance.kind),
        Ok(_) => {}
        Err(_) => add("no-type", &instance.kind),
    }
    if !mdev::has_program(&context.root) {
        add("no-mdevctl", "");
    }
    findings
}

/// Tells what speaks against deleting a part. Changes nothing.
///
/// # Errors
/// `Busy` while it is not known what each machine has, or gets with its next start.
pub async fn plan_delete(context: &Arc<Context>, id: PartId) -> Result<Findings> {
    let name = id.uuid.to_string();
    let mut findings = Findings::default();
    for machine in all_machines(context).await? {
        match use_now(context, &machine, &name).await {
            None => {}
            Some(true) => findings.reasons.push(Finding::new("machine-running", &name).named(&machine.name)),
            Some(false) => findings.warnings.push(Finding::new("machine-configured", &name).named(&machine.name)),
        }
    }
    if !mdev::has_program(&context.root) {
        findings.reasons.push(Finding::new("no-mdevctl", &name));
    }
    findings.sort();
    Ok(findings)
}

/// The same, asked anew of a machine that runs: what it runs with is read some time after it has started.
async fn use_now(context: &Context, machine: &Machine, name: &str) -> Option<bool> {
    if use_of(machine, name).is_some() && machine.is_active() {
        context.refreshed(machine.uuid).await;
        let now = context.machine(machine.uuid).ok()?;
        return use_of(&now, name);
    }
    use_of(machine, name)
}

/// Whether the machine names the part, and whether it runs and has it.
fn use_of(machine: &Machine, name: &str) -> Option<bool> {
    let mut uses =
        machine.definition.attached.iter().filter(|one| &*one.kind == "mdev" && *one.source == *name).map(|one| one.live).peekable();
    uses.peek()?;
    Some(uses.any(|is_live| is_live))
}
