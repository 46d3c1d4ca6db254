//! Deleted machines: listing them, bringing them back, letting them go.

use std::{path::PathBuf, sync::PoisonError};

use dbus::manager::Deleted;
use uuid::Uuid;

use crate::{
    context::Context,
    error::{Error, Result},
    host::pool,
    job::now,
    libvirt::{Definition, FirmwareState},
    policy::{
        Grant, Target,
        action::{Action, MachineErase, MachineManage},
    },
    store::deleted::{Record, Stage, Volume},
    workflow::delete::{plan::is_nvram_shared, recover},
};

/// A mistake in the calling code.
const OF_ANOTHER: Error = Error::Internal("a grant for another machine");

/// Deleted machines that can come back.
///
/// # Errors
/// If the records cannot be read.
pub fn list(context: &Context) -> Result<Vec<Deleted>> {
    let records = context.store.all_deleted().map_err(Error::io("Reading the records of deleted machines"))?;
    Ok(records
        .into_iter()
        .filter(|record| record.stage == Stage::Deleted)
        .map(|record| Deleted {
            uuid: record.uuid.to_string(),
            deleted: record.deleted,
            expires: record.expires,
            size: record.volumes.iter().map(|volume| volume.allocation).sum(),
            id: record.id,
            name: record.name,
        })
        .collect())
}

/// The record of a deleted machine that a caller names.
///
/// # Errors
/// `NotFound`.
fn find(context: &Context, id: &str) -> Result<Record> {
    const NONE: Error = Error::NotFound { what: "deleted machine" };
    let record = context.store.deleted(id).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => NONE,
        _ => Error::io("Reading the record of a deleted machine")(error),
    })?;
    if record.stage == Stage::Deleted { Ok(record) } else { Err(NONE) }
}

/// What an authorization about a deleted machine is about. For an unknown id it names no machine, so that who may not
/// undelete does not learn which ids exist.
#[must_use]
pub fn target(context: &Context, id: &str, operation: &'static str) -> Target {
    let record = find(context, id).ok();
    Target {
        machine: record.as_ref().map(|record| record.uuid),
        machine_name: record.map(|record| record.name).unwrap_or_default(),
        operation,
        ..Target::default()
    }
}

/// Brings a deleted machine back as it was.
///
/// # Errors
/// `NameTaken` if its name, its identity or the name of a disk is taken; it stays deleted then.
pub async fn undelete(context: &Context, grant: &Grant<MachineManage>, id: &str) -> Result<Uuid> {
    let _claim = context.store.claim(id).ok_or(Error::Busy)?;
    let record = granted(context, grant, id)?;
    let uuid = record.uuid;
    check_trash(&record).await?;
    let job = context.jobs.begin("machine-undelete", vec![uuid], grant.caller(), false)?;
    let result = bring_back(context, grant, record).await;
    job.finish(result.map(|()| uuid))
}

/// The record as it is now: another call may have used it up while this one was being authorized.
fn granted<A: Action>(context: &Context, grant: &Grant<A>, id: &str) -> Result<Record> {
    let record = find(context, id)?;
    if grant.machine()? == record.uuid { Ok(record) } else { Err(OF_ANOTHER) }
}

/// Refuses to bring back a machine without all of its disks.
async fn check_trash(record: &Record) -> Result<()> {
    let id = record.id.clone();
    let check = each_volume(record, move |directory, name| match pool::is_in_trash(directory, &id, name)? {
        true => Ok(()),
        false => Err(std::io::ErrorKind::NotFound.into()),
    });
    match check.await {
        Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Err(Error::NotFound { what: "disk of the deleted machine" })
        }
        result => result,
    }
}

/// Volumes first, then the definition: a machine that is defined is whole. On failure everything is in the trash again.
///
/// # Errors
/// As [`undelete`].
pub async fn bring_back(context: &Context, grant: &Grant<MachineManage>, mut record: Record) -> Result<()> {
    let write = || Error::io("Writing the record of a deleted machine");
    record.stage = Stage::Restoring;
    context.store.put_deleted(&record).await.map_err(write())?;
    let result = match return_volumes(context, grant, &record).await {
        Ok(()) => context.libvirt.bring_back(grant, definition(&record), record.name.clone()).await,
        Err(error) => Err(error),
    };
    if let Err(error) = result {
        recover::back_to_trash(context, grant, record).await?;
        return Err(error);
    }
    crate::workflow::delete::forget(context, &record.id).await;
    context.refreshed(record.uuid).await;
    Ok(())
}

/// The definition in a record.
#[must_use]
pub fn definition(record: &Record) -> Definition {
    Definition {
        xml: record.xml.clone(),
        snapshots: record.snapshots.clone(),
        current_snapshot: record.current_snapshot.clone(),
        autostart: record.autostart,
    }
}

/// Lets a deleted machine go for good.
///
/// # Errors
/// If a file cannot be removed; the rest can be removed by another attempt.
pub async fn purge(context: &Context, grant: &Grant<MachineErase>, id: &str) -> Result<()> {
    let _claim = context.store.claim(id).ok_or(Error::Busy)?;
    let record = granted(context, grant, id)?;
    let job = context.jobs.begin("machine-purge", vec![record.uuid], grant.caller(), false)?;
    job.finish(purge_claimed(context, grant, record).await)
}

async fn purge_claimed(context: &Context, grant: &Grant<MachineErase>, mut record: Record) -> Result<()> {
    record.stage = Stage::Purging;
    context.store.put_deleted(&record).await.map_err(Error::io("Writing the record of a deleted machine"))?;
    finish_purge(context, grant, &record).await
}

/// The second half, also of a purge that was interrupted.
///
/// # Errors
/// As [`purge`].
pub async fn finish_purge(context: &Context, grant: &Grant<MachineErase>, record: &Record) -> Result<()> {
    let id = record.id.clone();
    move_each(grant, record, move |directory, name| match pool::remove(directory, &id, name) {
        // The pool itself is gone.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        result => result,
    })
    .await?;
    remove_firmware_state(context, grant, record).await?;
    // If one with the same UUID is there again, they are its.
    if context.inventory.entry(record.uuid).is_none() {
        crate::workflow::attach::rom::forget_all(context, record.uuid).await;
    }
    crate::workflow::delete::forget(context, &record.id).await;
    refresh_pools(context, record).await;
    Ok(())
}

async fn remove_firmware_state(context: &Context, grant: &Grant<MachineErase>, record: &Record) -> Result<()> {
    if !record.has_firmware_state {
        return Ok(());
    }
    let nvram = !is_nvram_shared(context, record.uuid, &record.xml).await?;
    let hidden = || context.hidden.lock().unwrap_or_else(PoisonError::into_inner);
    hidden().insert(record.uuid);
    let going = FirmwareState { nvram, tpm: true };
    let result = context.libvirt.remove_firmware_state(grant, definition(record), record.name.clone(), going).await;
    hidden().remove(&record.uuid);
    context.refresh(record.uuid);
    match result {
        // A machine of that name may use the same file by now: it is that machine's.
        Err(Error::NameTaken { .. }) => Ok(()),
        result => result,
    }
}

/// When it is tried again to let one go, in µs: libvirt may not be there yet.
const AGAIN: u64 = 60 * 1_000_000;

/// Lets every deleted machine go whose time is over. Returns when the next one's is, or one is tried again, µs since the epoch.
pub async fn purge_expired(context: &Context) -> Option<u64> {
    let records = match context.store.all_deleted() {
        Ok(records) => records,
        Err(error) => {
            tracing::warn!(%error, "The records of deleted machines cannot be read");
            return None;
        }
    };
    let (expired, kept): (Vec<_>, Vec<_>) =
        records.into_iter().filter(|record| matches!(record.stage, Stage::Deleted | Stage::Purging)).partition(is_over);
    let mut next = kept.iter().map(|record| record.expires).min();
    for record in expired {
        let machine = record.uuid;
        // Somebody works on it, or did since it was read.
        let Some(_claim) = context.store.claim(&record.id) else { continue };
        let Ok(record) = context.store.deleted(&record.id) else { continue };
        if !is_over(&record) {
            continue;
        }
        // Whoever deleted it was told when it goes.
        let grant = context.policy.resume(Target::of_machine(machine, "purge-deleted"));
        match purge_claimed(context, &grant, record).await {
            Ok(()) => tracing::info!(%machine, "Removed a deleted machine whose time is over"),
            Err(error) => {
                tracing::warn!(%machine, cause = ?error, "A deleted machine could not be removed");
                next = Some(next.unwrap_or(u64::MAX).min(now().saturating_add(AGAIN)));
            }
        }
    }
    next
}

/// Whether nothing of it is to be kept any longer.
fn is_over(record: &Record) -> bool {
    record.stage == Stage::Purging || (record.stage == Stage::Deleted && record.expires <= now())
}

/// Moves the volumes to the trash; those that are there already count as done.
///
/// # Errors
/// The system's, or that a volume is gone.
pub async fn take_volumes(context: &Context, grant: &Grant<MachineManage>, record: &Record) -> Result<()> {
    let id = record.id.clone();
    move_each(grant, record, move |directory, name| match pool::is_in_trash(directory, &id, name)? {
        true => Ok(()),
        false => pool::to_trash(directory, &id, name),
    })
    .await?;
    refresh_pools(context, record).await;
    Ok(())
}

/// Moves the volumes back; those that are in place already count as done.
///
/// # Errors
/// `NameTaken` if another file has taken the place.
pub async fn return_volumes(context: &Context, grant: &Grant<MachineManage>, record: &Record) -> Result<()> {
    let id = record.id.clone();
    let moved = move_each(grant, record, move |directory, name| match pool::is_in_trash(directory, &id, name)? {
        true => pool::from_trash(directory, &id, name),
        false => Ok(()),
    });
    match moved.await {
        Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Error::NameTaken { name: "a disk's".to_owned() })
        }
        Err(error) => Err(error),
        Ok(()) => {
            refresh_pools(context, record).await;
            Ok(())
        }
    }
}

/// Moves or removes each volume of the machine that the grant is for.
async fn move_each<A: Action>(
    grant: &Grant<A>,
    record: &Record,
    work: impl Fn(&PathBuf, &str) -> std::io::Result<()> + Send + 'static,
) -> Result<()> {
    if grant.machine()? == record.uuid { each_volume(record, work).await } else { Err(OF_ANOTHER) }
}

/// Does `work` for each volume on a thread that may block. Stops at the first failure.
async fn each_volume(record: &Record, work: impl Fn(&PathBuf, &str) -> std::io::Result<()> + Send + 'static) -> Result<()> {
    let volumes: Vec<Volume> = record.volumes.clone();
    let each = tokio::task::spawn_blocking(move || volumes.iter().try_for_each(|volume| work(&volume.directory, &volume.name)));
    each.await.map_err(|_| Error::Internal("a file operation failed"))?.map_err(Error::io("Moving a volume"))
}

async fn refresh_pools(context: &Context, record: &Record) {
    let mut pools: Vec<&str> = record.volumes.iter().map(|volume| volume.pool.as_str()).collect();
    pools.sort_unstable();
    pools.dedup();
    for pool in pools {
        if let Err(error) = context.libvirt.refresh_pool(pool).await {
            tracing::debug!(pool, cause = ?error, "The pool could not be read anew; libvirt's list of it is old");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_volume_moves_with_a_grant_for_anything_but_its_own_machine() {
        let pool = tempfile::tempdir().unwrap();
        std::fs::write(pool.path().join("a"), "data").unwrap();
        let volume = Volume { pool: "p".into(), directory: pool.path().to_owned(), name: "a".into(), path: "/p/a".into(), allocation: 0 };
        let record = Record {
            id: "id1".into(),
            uuid: Uuid::from_u128(1),
            name: "m".into(),
            stage: Stage::Deleting,
            is_permanent: false,
            deleted: 0,
            expires: 0,
            xml: String::new(),
            snapshots: Vec::new(),
            current_snapshot: None,
            autostart: false,
            has_firmware_state: false,
            volumes: vec![volume],
            needs: Vec::new(),
        };
        let grant = Grant::<MachineManage>::at_boot(Vec::new(), "delete");
        let moved = move_each(&grant, &record, |directory, name| pool::to_trash(directory, "id1", name)).await;
        assert!(matches!(moved, Err(Error::Internal(_))), "{moved:?}");
        assert!(pool.path().join("a").exists());
    }
}
