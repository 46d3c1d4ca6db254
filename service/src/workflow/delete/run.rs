//! Deleting. The record is on disk before anything goes; the definition goes before any disk does, so that a machine
//! that is still defined is whole.

use uuid::Uuid;

use super::plan::{self, Action, Plan};
use crate::{
    context::Context,
    error::{Error, Result},
    job::{Running, now},
    libvirt::FirmwareState,
    policy::{
        Grant, Target,
        action::{MachineErase, MachineManage},
    },
    store::deleted::{Record, Stage},
    workflow::{attach::rom, power, trash},
};

/// How long deleted machines can come back, µs.
const KEPT: u64 = 7 * 24 * 3600 * 1_000_000;

/// How to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// End the machine first if it runs.
    pub force_off: bool,
    /// Only these volumes go; all that may, if not given.
    pub volumes: Option<Vec<String>>,
}

/// Deletes a machine so that it can come back. Returns what `Undelete` takes.
///
/// # Errors
/// `Locked`, `InvalidState` if it runs, `Unsafe` if something was asked for that must stay.
pub async fn to_trash(context: &Context, grant: &Grant<MachineManage>, options: Options) -> Result<String> {
    run(context, grant, None, options).await
}

/// Deletes a machine for good.
///
/// # Errors
/// As [`to_trash`]; `Incomplete` if volumes are left.
pub async fn erase(context: &Context, grant: &Grant<MachineErase>, options: Options) -> Result<()> {
    run(context, &grant.manage(), Some(grant), options).await.map(drop)
}

type Erase<'a> = Option<&'a Grant<MachineErase>>;

async fn run(context: &Context, grant: &Grant<MachineManage>, erase: Erase<'_>, options: Options) -> Result<String> {
    let uuid = grant.machine()?;
    let machine = context.machine(uuid)?;
    power::refuse_locked(context, uuid).await?;
    if !machine.persistent {
        return Err(Error::NotSupported { reason: "a transient machine is gone once it is off" });
    }
    if machine.is_active() && !options.force_off {
        return Err(Error::WrongState { operation: "delete", state: machine.state });
    }
    let job = context.jobs.begin("machine-delete", vec![uuid], grant.caller(), false)?;
    let result = delete(context, grant, erase, &options, &job).await;
    job.finish(result)
}

async fn delete(context: &Context, grant: &Grant<MachineManage>, erase: Erase<'_>, options: &Options, job: &Running) -> Result<String> {
    let (uuid, is_permanent) = (grant.machine()?, erase.is_some());
    if context.machine(uuid)?.is_active() {
        context.libvirt.force_off(grant, false).await?;
    }
    // After the machine has ended: while it ran it could still gain disks.
    let mut plan = plan::make(context, uuid, is_permanent).await?;
    if let Some(volumes) = &options.volumes {
        plan.choose(volumes, if is_permanent { Action::Remove } else { Action::Trash })?;
    }
    let going = if is_permanent { plan.firmware_state() } else { FirmwareState::default() };
    let record = record(context, grant, &plan, is_permanent).await?;
    let _claim = context.store.claim(&record.id).ok_or(Error::Busy)?;
    let write = Error::io("Writing the record of the delete");
    context.store.put_deleted(&record).await.map_err(write)?;
    job.progress(1, 3);
    if let Err(error) = context.libvirt.undefine(grant, going).await {
        // Nothing has gone: without its record the machine is as it was.
        forget(context, &record.id).await;
        return Err(error);
    }
    job.progress(2, 3);
    match erase {
        Some(grant) => erase_volumes(context, grant, &record).await.map(|()| String::new()),
        None => finish(context, grant, record).await,
    }
}

/// The second half: the definition is gone, the volumes follow.
///
/// # Errors
/// The cause; the machine is back then.
async fn finish(context: &Context, grant: &Grant<MachineManage>, mut record: Record) -> Result<String> {
    if let Err(error) = trash::take_volumes(context, grant, &record).await {
        tracing::error!(machine = %record.uuid, cause = ?error, "Deleting failed, bringing the machine back");
        trash::bring_back(context, grant, record).await?;
        return Err(error);
    }
    record.stage = Stage::Deleted;
    context.store.put_deleted(&record).await.map_err(Error::io("Writing the record of the delete"))?;
    Ok(record.id)
}

/// The second half of a permanent delete. What is left is tried again later.
async fn erase_volumes(context: &Context, grant: &Grant<MachineErase>, record: &Record) -> Result<()> {
    remove_volumes(context, grant, record).await?;
    rom::forget_all(context, record.uuid).await;
    forget(context, &record.id).await;
    Ok(())
}

async fn remove_volumes(context: &Context, grant: &Grant<MachineErase>, record: &Record) -> Result<()> {
    let mut left = Vec::new();
    for volume in &record.volumes {
        match context.libvirt.remove_volume(grant, &volume.path).await {
            // Gone already: by an earlier attempt, or by somebody else.
            Ok(()) | Err(Error::NotFound { .. }) => {}
            Err(error) => {
                tracing::error!(volume = volume.path, cause = ?error, "A volume of a deleted machine could not be removed");
                left.push(volume.path.clone());
            }
        }
    }
    if left.is_empty() { Ok(()) } else { Err(Error::Incomplete { left }) }
}

async fn record(context: &Context, grant: &Grant<MachineManage>, plan: &Plan, is_permanent: bool) -> Result<Record> {
    let uuid: Uuid = grant.machine()?;
    let definition = context.libvirt.take_down_definition(grant).await?;
    let deleted = now();
    Ok(Record {
        id: Uuid::new_v4().simple().to_string(),
        uuid,
        name: model::machine::Machine::parse(&definition.xml)?.name,
        stage: Stage::Deleting,
        is_permanent,
        deleted,
        expires: deleted.saturating_add(KEPT),
        xml: definition.xml,
        snapshots: definition.snapshots,
        current_snapshot: definition.current_snapshot,
        autostart: definition.autostart,
        has_firmware_state: plan.has_firmware_state(),
        volumes: plan.volumes(),
        needs: plan.needs(),
    })
}

/// Drops a record that nothing depends on any more.
pub async fn forget(context: &Context, id: &str) {
    if let Err(error) = context.store.forget_deleted(id).await {
        // Settling looks at it again and finds nothing to do.
        tracing::warn!(%error, "A finished record of a delete could not be removed");
    }
}

/// Finishes a permanent delete that was interrupted.
///
/// # Errors
/// `Incomplete` if volumes are left.
pub async fn finish_permanent(context: &Context, record: &Record) -> Result<()> {
    let grant = context.policy.resume::<MachineErase>(Target::of_machine(record.uuid, "delete"));
    erase_volumes(context, &grant, record).await
}
