//! SCSI devices of the host that go to one machine and come back: planned, judged, done wholly or not at all, and found again at each
//! start of the machine.

mod run;
pub(super) mod start;

use std::{path::PathBuf, sync::Arc};

use model::device::scsi as document;
pub use run::{attach, detach};

use super::{
    attach::{Scope, within},
    passthrough::{blocking, machines},
};
use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        finding::{Finding, Findings},
        pci::PciAddress,
        scsi::{self, Address, Device, Devices, is_of_a_model, judge, known_by},
    },
    inventory::{Attached, Machine},
};

/// A device as somebody named it: that address, and what was there then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Where it is.
    pub address: Address,
    /// What it is.
    pub kind: &'static str,
    /// What it is known by; `None` if by nothing that stays.
    pub identity: Option<String>,
}

impl Named {
    fn new(address: Address, device: &Device) -> Self {
        Self { address, kind: device.kind, identity: device.identity() }
    }
}

/// What would happen.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Whether the running machine gets it.
    pub is_plugged: bool,
    /// Whether its definition gets it.
    pub is_configured: bool,
    /// What speaks against it.
    pub findings: Findings,
    /// What the host has.
    known: Devices,
}

/// Whether something that a machine has is this device: by what it is known by if that was kept, for the address may be another's now.
#[must_use]
pub fn is_of(one: &Attached, address: Address, identity: Option<&str>) -> bool {
    let is_known = || identity.is_some_and(|identity| *one.identity == *identity);
    let is_there = || one.source.parse() == Ok(address);
    &*one.kind == "scsi" && if one.live || one.identity.is_empty() { is_there() } else { is_known() }
}

/// The device that is meant. Costs little, for nobody has been asked whether the caller may do anything.
///
/// # Errors
/// `NotFound` for an address without one.
pub async fn resolve(context: &Arc<Context>, address: Address) -> Result<Named> {
    let known = known(context).await?;
    known.get(&address).map(|device| Named::new(address, device)).ok_or(Error::NotFound { what: "SCSI device" })
}

/// The devices of the host, read anew.
async fn known(context: &Context) -> Result<Devices> {
    let root = context.root.clone();
    blocking(move || scsi::read(&root)).await
}

/// Looks at the host and the machine anew and tells what would happen. Changes nothing.
///
/// # Errors
/// `InvalidState` if the machine does not run, or has no definition that stays, and that was asked for; `InvalidArgument` for a scope
/// that is nothing; `NoMachine`, `Busy`.
pub async fn plan(context: &Arc<Context>, machine: &Machine, named: &Named, scope: Scope) -> Result<Plan> {
    let is_live = within(scope.live, machine.is_active())?;
    let is_configured = within(scope.configured, machine.persistent)?;
    if !is_live && !is_configured {
        return Err(Error::InvalidArgument { argument: "live", reason: "must not be false with configured" });
    }
    let now = if machine.is_active() { Some(context.libvirt.xml(machine.uuid).await?) } else { None };
    let known = known(context).await?;
    let next = if is_configured { Some(start::put_right(&context.libvirt.next_xml(machine.uuid).await?, &known)?) } else { None };
    let has_now = has(now.as_deref(), named)?;
    let mut plan = Plan {
        is_plugged: is_live && !has_now,
        // What is there without what it is known by gets that.
        is_configured: is_configured && !knows(next.as_deref(), named)?,
        ..Plan::default()
    };
    if plan.is_plugged || (plan.is_configured && !has_now) {
        let root = context.root.clone();
        let (address, judged) = (named.address, known.clone());
        let is_owned = owner(context, machine, named).await?.is_some();
        plan.findings = blocking(move || judge::judge(&root, &judged, address, is_owned)).await?;
        others(context, machine, named, &mut plan.findings).await?;
    }
    let name = named.address.to_string();
    let findings = &mut plan.findings;
    if known.get(&named.address).is_some_and(|device| Named::new(named.address, device) != *named) {
        findings.reasons.push(Finding::new("gone", &name));
    }
    if let Some(other) = another(next.as_deref(), named)? {
        findings.reasons.push(Finding::new("same-address", &name).named(&other));
    }
    if plan.is_configured {
        stays(&known, named, findings);
        if machine.autostart {
            findings.warnings.push(Finding::new("autostart", &name));
        }
    }
    if let (true, Some(now)) = (plan.is_plugged, now)
        && document::free_place(&now)?.is_none()
    {
        findings.reasons.push(Finding::new("no-scsi", &name));
    }
    findings.sort();
    Ok(Plan { known, ..plan })
}

fn has(xml: Option<&str>, named: &Named) -> Result<bool> {
    let all = xml.map_or_else(|| Ok(Vec::new()), document::all)?;
    Ok(all.iter().any(|found| found.address == named.address))
}

/// Whether a definition has a device, and knows it by what it is known by.
fn knows(xml: Option<&str>, named: &Named) -> Result<bool> {
    let known = xml.map_or_else(|| Ok(Vec::new()), document::identities)?;
    Ok(known.iter().any(|(address, identity)| *address == named.address && named.identity.as_ref() == Some(identity)))
}

/// What a definition has at the address that is not there any more.
fn another(xml: Option<&str>, named: &Named) -> Result<Option<String>> {
    let known = xml.map_or_else(|| Ok(Vec::new()), document::identities)?;
    let is_other = |(address, identity): &(Address, String)| *address == named.address && named.identity.as_ref() != Some(identity);
    Ok(known.into_iter().find(is_other).map(|(_, identity)| identity))
}

/// Whether a definition would find the device again at a later start.
fn stays(known: &Devices, named: &Named, findings: &mut Findings) {
    let name = named.address.to_string();
    let Some(identity) = &named.identity else {
        return findings.reasons.push(Finding::new("no-identity", &name));
    };
    if is_of_a_model(identity) {
        let others = known_by(known, identity).into_iter().filter(|other| *other != named.address);
        findings.reasons.extend(others.map(|other| Finding::new("same-identity", &name).named(&other.to_string())));
        findings.warnings.push(Finding::new("model-only", &name));
    }
}

/// The machine that runs and has a device, this one included.
async fn owner(context: &Context, machine: &Machine, named: &Named) -> Result<Option<Arc<Machine>>> {
    let is_owner = |other: &Arc<Machine>| other.is_active() && other.definition.attached.iter().any(|one| one.live && is_named(one, named));
    let all = machines(context).await?;
    let (own, others): (Vec<_>, Vec<_>) = all.into_iter().filter(is_owner).partition(|other| other.uuid == machine.uuid);
    Ok(others.into_iter().chain(own).next())
}

fn is_named(one: &Attached, named: &Named) -> bool {
    is_of(one, named.address, named.identity.as_deref())
}

/// Where the SCSI devices are that running machines have, as paths of the kernel's, with the machines.
///
/// # Errors
/// If the work cannot be done on a thread.
pub(super) async fn held(context: &Context, machines: &[Arc<Machine>]) -> Result<Vec<(PathBuf, String)>> {
    let of = |machine: &Arc<Machine>| {
        let live = machine.definition.attached.iter().filter(|one| one.live && &*one.kind == "scsi");
        live.filter_map(|one| Some((one.source.parse().ok()?, machine.name.to_string()))).collect::<Vec<(Address, String)>>()
    };
    let all: Vec<(Address, String)> = machines.iter().filter(|machine| machine.is_active()).flat_map(of).collect();
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let root = context.root.clone();
    blocking(move || all.into_iter().filter_map(|(address, name)| Some((scsi::path(&root, address)?, name))).collect()).await
}

/// The PCI devices that these are behind: whoever takes one takes them away.
///
/// # Errors
/// As [`held`].
pub(super) async fn controllers(context: &Context, machines: &[Arc<Machine>]) -> Result<Vec<(PciAddress, String)>> {
    let above = |(path, name): (PathBuf, String)| {
        let all: Vec<PciAddress> = path.iter().filter_map(|part| part.to_str()?.parse().ok()).collect();
        all.into_iter().map(move |address| (address, name.clone()))
    };
    Ok(held(context, machines).await?.into_iter().flat_map(above).collect())
}

/// Other machines that have the device, or get it with their next start.
async fn others(context: &Context, machine: &Machine, named: &Named, findings: &mut Findings) -> Result<()> {
    let name = named.address.to_string();
    for other in machines(context).await?.iter().filter(|other| other.uuid != machine.uuid) {
        for one in other.definition.attached.iter().filter(|one| is_named(one, named)) {
            let found = |word| Finding::new(word, &name).named(&other.name);
            match one.live {
                true => findings.reasons.push(found("machine-running")),
                false => findings.warnings.push(found("machine-configured")),
            }
        }
    }
    Ok(())
}
