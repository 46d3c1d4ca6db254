//! Doing it: the definition first, for that is one step which can be taken back, then the device in the running machine.

use std::{sync::Arc, time::Duration};

use model::device::scsi as document;

use super::{Named, Plan, plan, start};
use crate::{
    context::Context,
    error::{Error, Result},
    host::scsi::Address,
    inventory::Attached,
    policy::{
        Grant,
        action::{HostDevice, MachineManage},
    },
    workflow::{
        attach::{Scope, UNPLUG_TIME, run::still_there},
        definition,
    },
};

/// Gives a device to the machine of the grants.
///
/// # Errors
/// `Refused` with the reasons, `InvalidState`, `DefinitionChanged`, and libvirt's: then everything is as it was. `Incomplete` if the
/// definition could not be taken back.
pub async fn attach(
    context: &Arc<Context>,
    manage: &Grant<MachineManage>,
    grant: &Grant<HostDevice>,
    named: &Named,
    scope: Scope,
) -> Result<()> {
    let machine = context.machine(grant.machine()?)?;
    let plan: Plan = plan(context, &machine, named, scope).await?;
    if !plan.findings.reasons.is_empty() {
        return Err(Error::Refused { reasons: plan.findings.reasons });
    }
    let (address, is_live, is_configured) = (named.address, plan.is_plugged, plan.is_configured);
    tracing::info!(machine = %machine.uuid, device = %address, is_live, is_configured, uid = grant.caller().uid, "Attaching a SCSI device");
    let identity = named.identity.clone().unwrap_or_default();
    let known = plan.known;
    let give = move |xml: &str| Ok(document::give(&start::put_right(xml, &known)?, address, &identity)?);
    let changed = if is_configured { Some(definition::change(context, manage, None, give).await?) } else { None };
    let result = if is_live { plug(context, grant, named).await } else { Ok(()) };
    if result.is_err()
        && let Some(changed) = changed
        && let Err(error) = definition::undo(context, manage, changed).await
    {
        tracing::error!(machine = %machine.uuid, cause = ?error, "A definition could not be taken back");
        return Err(Error::Incomplete { left: vec![address.to_string()] });
    }
    context.refreshed_by(machine.uuid, &result).await;
    context.devices_changed.notify_one();
    result
}

async fn plug(context: &Context, grant: &Grant<HostDevice>, named: &Named) -> Result<()> {
    let xml = context.libvirt.xml(grant.machine()?).await?;
    let place = document::free_place(&xml)?.ok_or(Error::Busy)?;
    context.libvirt.plug(grant, document::element(named.address, place)?).await?;
    let noted = note(context, grant, named.address, named.identity.as_deref()).await;
    if noted.is_err() {
        // A state that is saved would come back with whatever is at the address then.
        unplug(context, grant, named.address, UNPLUG_TIME)
            .await
            .map_err(|_| Error::Incomplete { left: vec![named.address.to_string()] })?;
    }
    noted
}

/// Notes what a device of the running machine is known by.
async fn note(context: &Context, grant: &Grant<HostDevice>, address: Address, identity: Option<&str>) -> Result<()> {
    let xml = context.libvirt.xml(grant.machine()?).await?;
    if identity.is_none() && !document::is_noted(&xml, address)? {
        return Ok(());
    }
    context.libvirt.note_scsi(grant, document::noted_with(&xml, address, identity)?).await
}

/// Takes a device from the machine of the grants; the host may have lost it since.
///
/// # Errors
/// `NotFound` if it does not have it; `TimedOut` if the guest keeps it: then the definition is as it was. `DefinitionChanged`, `Busy`,
/// libvirt's.
pub async fn detach(
    context: &Arc<Context>,
    manage: &Grant<MachineManage>,
    grant: &Grant<HostDevice>,
    address: Address,
    scope: Scope,
    limit: Duration,
) -> Result<()> {
    let machine = context.machine(grant.machine()?)?;
    let name = address.to_string();
    let has =
        |has: fn(&Attached) -> bool| machine.definition.attached.iter().any(|one| &*one.kind == "scsi" && has(one) && *one.source == *name);
    let is_live = scope.live != Some(false) && has(|one| one.live);
    let is_configured = scope.configured != Some(false) && has(|one| one.configured);
    let asked_in_vain = (scope.live == Some(true) && !is_live) || (scope.configured == Some(true) && !is_configured);
    if asked_in_vain || (!is_live && !is_configured) {
        return Err(Error::NotFound { what: "device of the machine" });
    }
    tracing::info!(machine = %machine.uuid, device = name, is_live, is_configured, uid = grant.caller().uid, "Detaching a SCSI device");
    if is_live {
        let result = unplug(context, grant, address, limit).await;
        context.refreshed_by(machine.uuid, &result).await;
        context.devices_changed.notify_one();
        result?;
    }
    if is_configured {
        definition::change(context, manage, None, move |xml| Ok(document::take(xml, address)?)).await?;
    }
    context.devices_changed.notify_one();
    Ok(())
}

async fn unplug(context: &Context, grant: &Grant<HostDevice>, address: Address, limit: Duration) -> Result<()> {
    let uuid = grant.machine()?;
    let all = document::all(&context.libvirt.xml(uuid).await?)?;
    // Gone by itself is gone, too.
    let Some(found) = all.into_iter().find(|found| found.address == address) else { return Ok(()) };
    context.libvirt.unplug(grant, found.element).await?;
    let left = still_there(context, uuid, &[address.to_string()], limit).await;
    if !left.is_empty() {
        return Err(Error::TimedOut(limit));
    }
    if let Err(error) = note(context, grant, address, None).await {
        tracing::debug!(machine = %uuid, cause = ?error, "What a device was known by is still noted");
    }
    Ok(())
}
