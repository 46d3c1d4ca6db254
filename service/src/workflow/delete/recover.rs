//! What is done, whenever libvirt is connected, about deletes and undeletes that a crash interrupted.

use super::run::{finish_permanent, forget};
use crate::{
    context::Context,
    error::{Error, Result},
    policy::{Grant, Target, action::MachineManage},
    store::deleted::{Record, Stage},
    workflow::trash,
};

/// Finishes or undoes what was interrupted. A machine that is defined is whole; one that is not is deleted.
pub async fn run(context: &Context) {
    let records = match context.store.all_deleted() {
        Ok(records) => records,
        Err(error) => {
            tracing::error!(%error, "The records of deleted machines cannot be read");
            return;
        }
    };
    for record in records {
        let (machine, stage) = (record.uuid, record.stage);
        // Somebody works on it at this moment, or has since it was read.
        let Some(_claim) = context.store.claim(&record.id) else { continue };
        let Ok(record) = context.store.deleted(&record.id) else { continue };
        match recover(context, record).await {
            Ok(()) if stage == Stage::Deleted => {}
            Ok(()) => tracing::info!(%machine, ?stage, "Settled an interrupted delete"),
            Err(error) => tracing::error!(%machine, ?stage, cause = ?error, "An interrupted delete could not be settled"),
        }
    }
}

async fn recover(context: &Context, record: Record) -> Result<()> {
    let is_defined = match context.libvirt.next_xml(record.uuid).await {
        Ok(_) => true,
        Err(Error::NoMachine(_)) => false,
        Err(error) => return Err(error),
    };
    match (record.stage, is_defined) {
        (Stage::Deleted, _) => Ok(()),
        // Volumes go only after the definition: nothing has happened yet.
        (Stage::Deleting, true) => {
            forget(context, &record.id).await;
            Ok(())
        }
        (Stage::Deleting, false) if record.is_permanent => finish_permanent(context, &record).await,
        (Stage::Deleting, false) => finish_delete(context, &manage(context, &record, "delete"), record).await,
        (Stage::Restoring, true) => {
            let grant = manage(context, &record, "undelete");
            trash::return_volumes(context, &grant, &record).await?;
            // The definition is the first of several steps that libvirt takes.
            context.libvirt.complete(&grant, trash::definition(&record)).await?;
            forget(context, &record.id).await;
            Ok(())
        }
        (Stage::Restoring, false) => back_to_trash(context, &manage(context, &record, "undelete"), record).await,
        (Stage::Purging, _) => {
            let grant = context.policy.resume(Target::of_machine(record.uuid, "purge-deleted"));
            trash::finish_purge(context, &grant, &record).await
        }
    }
}

/// The right of the caller who was authorized when the record was made.
fn manage(context: &Context, record: &Record, operation: &'static str) -> Grant<MachineManage> {
    context.policy.resume(Target::of_machine(record.uuid, operation))
}

async fn finish_delete(context: &Context, grant: &Grant<MachineManage>, mut record: Record) -> Result<()> {
    trash::take_volumes(context, grant, &record).await?;
    record.stage = Stage::Deleted;
    context.store.put_deleted(&record).await.map_err(Error::io("Writing the record of a delete"))
}

/// Puts what an undelete had taken out back into the trash.
///
/// # Errors
/// The system's; the next connection to libvirt tries again.
pub async fn back_to_trash(context: &Context, grant: &Grant<MachineManage>, record: Record) -> Result<()> {
    finish_delete(context, grant, record).await
}
