//! Keyboards and mice of the host that go to a machine with its next start, and come back: QEMU takes none while it runs.

use std::sync::Arc;

use model::device::input::{self, HostInput};
use uuid::Uuid;

use super::{
    definition,
    passthrough::{blocking, machines},
};
use crate::{
    context::Context,
    error::{Error, Result, allow},
    host::{
        finding::{Finding, Findings},
        input::{self as host, Inputs},
    },
    inventory::{Attached, Machine},
    policy::{
        Grant,
        action::{HostDevice, MachineManage},
    },
};

/// Inputs of one call.
pub const MOST_DEVICES: usize = 16;

/// How they are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct How {
    /// The keys of a keyboard hand over all inputs of the machine, not just the keyboard.
    pub grab_all: bool,
    /// A key that is held repeats.
    pub repeat: bool,
    /// The keys, in libvirt's words; empty for libvirt's own choice.
    pub toggle: String,
}

/// What would happen.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Those that the definition would get, or that would be changed in it.
    pub devices: Vec<String>,
    /// What speaks against it.
    pub findings: Findings,
    inputs: Vec<HostInput>,
}

/// The inputs of the host, read anew.
///
/// # Errors
/// If the work cannot be done on a thread.
pub async fn known(context: &Arc<Context>) -> Result<Inputs> {
    let root = context.root.clone();
    blocking(move || host::read(&root)).await
}

/// The same.
///
/// # Errors
/// `NotFound` if one of these is none of them: nothing else is ever written into a definition.
pub async fn resolve(context: &Arc<Context>, names: &[String]) -> Result<Inputs> {
    let inputs = known(context).await?;
    if names.iter().all(|name| inputs.devices.contains_key(name)) { Ok(inputs) } else { Err(Error::NotFound { what: "input" }) }
}

/// Tells what would happen. Changes nothing.
///
/// # Errors
/// `Busy` while it is not known what a machine that runs has.
pub async fn plan(context: &Context, machine: &Machine, known: &Inputs, names: &[String], how: &How) -> Result<Plan> {
    let mut findings = judge(context, machine.uuid, names).await?;
    if known.are_last_keyboards(names) {
        findings.warnings.extend(names.iter().filter(|name| is_keyboard(known, name)).map(|name| Finding::new("only-keyboard", name)));
    }
    let configured = of(machine).filter(|one| one.configured).map(|one| one.source.to_string());
    if let (Some(first), false) = (names.first(), configured.chain(names.iter().cloned()).any(|name| is_keyboard(known, &name))) {
        // It is the machine's as long as that runs: only a keyboard's keys give it back.
        findings.warnings.push(Finding::new("no-keyboard", first));
    }
    let inputs = names.iter().map(|name| given(known, name, how)).collect();
    Ok(Plan { devices: names.to_vec(), findings, inputs })
}

/// Which other machines have these, or are to get them: QEMU takes an input for itself.
///
/// # Errors
/// `Busy` while it is not known what a machine that runs has.
pub(super) async fn judge(context: &Context, machine: Uuid, names: &[String]) -> Result<Findings> {
    let mut findings = Findings::default();
    for other in machines(context).await?.iter().filter(|other| other.uuid != machine) {
        for one in of(other).filter(|one| names.iter().any(|name| **name == *one.source)) {
            let found = |word| Finding::new(word, &one.source).named(&other.name);
            // What a machine has is read some time after it has stopped.
            match one.live && other.is_active() {
                true => findings.reasons.push(found("machine-running")),
                false => findings.warnings.push(found("machine-configured")),
            }
        }
    }
    Ok(findings)
}

/// The inputs of the host in a machine's record.
fn of(machine: &Machine) -> impl Iterator<Item = &Attached> {
    machine.definition.attached.iter().filter(|one| &*one.kind == "input" && !one.source.is_empty())
}

fn is_keyboard(known: &Inputs, name: &str) -> bool {
    known.devices.get(name).is_some_and(host::Device::is_keyboard)
}

fn given(known: &Inputs, name: &str, how: &How) -> HostInput {
    let path = host::path(name);
    if is_keyboard(known, name) {
        HostInput { path, grab_all: how.grab_all, repeat: how.repeat, toggle: how.toggle.clone() }
    } else {
        HostInput { path, ..HostInput::default() }
    }
}

/// Gives inputs to the machine of the grants, with its next start.
///
/// # Errors
/// `Refused` with the reasons, `NotFound`, `InvalidState` for a machine without a definition that stays, `DefinitionChanged`,
/// and libvirt's: then nothing was changed.
pub async fn attach(
    context: &Arc<Context>,
    manage: &Grant<MachineManage>,
    grant: &Grant<HostDevice>,
    names: &[String],
    how: &How,
) -> Result<()> {
    let machine = context.machine(grant.machine()?)?;
    // While somebody was asked, one may have been pulled out.
    let known = resolve(context, names).await?;
    let Plan { findings, inputs, .. } = plan(context, &machine, &known, names, how).await?;
    allow(&findings)?;
    tracing::info!(machine = %machine.uuid, ?names, uid = grant.caller().uid, "Giving inputs of the host to a machine");
    definition::change(context, manage, None, move |xml| Ok(input::give(xml, &inputs)?)).await?;
    context.devices_changed.notify_one();
    Ok(())
}

/// Takes inputs out of the definition of the grant's machine. Those that it does not have are left out; the host may have lost
/// them since.
///
/// # Errors
/// `NotFound` if it has none of them, `DefinitionChanged`, libvirt's.
pub async fn detach(context: &Arc<Context>, manage: &Grant<MachineManage>, grant: &Grant<HostDevice>, names: &[String]) -> Result<()> {
    let machine = context.machine(grant.machine()?)?;
    let has = |name: &&String| of(&machine).any(|one| one.configured && *one.source == ***name);
    let paths: Vec<String> = names.iter().filter(has).map(|name| host::path(name)).collect();
    if paths.is_empty() {
        return Err(Error::NotFound { what: "input of the machine" });
    }
    tracing::info!(machine = %machine.uuid, ?names, uid = grant.caller().uid, "Taking inputs of the host from a machine");
    definition::change(context, manage, None, move |xml| Ok(input::take(xml, &paths)?)).await?;
    context.devices_changed.notify_one();
    Ok(())
}
