//! Saving a machine's memory to disk, with progress and cancel; restoring and discarding it.

use std::time::Duration;

use crate::{
    context::Context,
    error::{Error, Result},
    job::Running,
    libvirt::StartOptions,
    policy::{Grant, action::MachineOperate},
    workflow::power,
};

/// How often progress is read while libvirt writes.
const STEP: Duration = Duration::from_millis(500);

/// Saves a machine. Cancelled, it runs on as if nothing had happened.
///
/// # Errors
/// `Locked`, `InvalidState`, `Cancelled`, `NoSpace`.
pub async fn save(context: &Context, grant: &Grant<MachineOperate>, bypass_cache: bool) -> Result<()> {
    let uuid = grant.machine()?;
    power::refuse_locked(context, uuid).await?;
    let job = context.jobs.begin("machine-save", vec![uuid], grant.caller(), true)?;
    let result = follow(context, &job, context.libvirt.save(grant, bypass_cache)).await;
    context.refreshed_by(uuid, &result).await;
    job.finish(result)
}

/// Drives `work`, which is a libvirt job on the machine, while telling its progress and heeding a cancel.
///
/// # Errors
/// `work`'s; `Cancelled` if it ended because of the cancel.
pub async fn follow<T>(context: &Context, job: &Running, work: impl Future<Output = Result<T>>) -> Result<T> {
    let machine = job.job().machines.first().copied().ok_or(Error::Internal("a job without its machine"))?;
    tokio::pin!(work);
    let mut is_cancelling = false;
    loop {
        tokio::select! {
            result = &mut work => {
                return result.map_err(|error| if is_cancelling { Error::Cancelled } else { error });
            }
            () = job.job().cancelled(), if !is_cancelling => {
                // Nothing to abort yet or any more: the work's own result says what happened.
                is_cancelling = context.libvirt.abort_job(machine).await.is_ok();
                if !is_cancelling {
                    tokio::time::sleep(STEP / 5).await;
                }
            }
            () = tokio::time::sleep(STEP) => {
                if let Ok((done, total)) = context.libvirt.job_progress(machine).await {
                    job.progress(done, total);
                }
            }
        }
    }
}

/// Starts a machine from its saved state, and only from that.
///
/// # Errors
/// `InvalidState` if there is none.
pub async fn restore(context: &Context, grant: &Grant<MachineOperate>, paused: bool) -> Result<()> {
    if !context.libvirt.has_saved_state(grant.machine()?).await? {
        return Err(Error::InvalidState);
    }
    power::start(context, grant, StartOptions { paused, force_boot: false }).await
}

/// Drops the saved state: the next start boots.
///
/// # Errors
/// `Locked`, `InvalidState` if there is none.
pub async fn discard(context: &Context, grant: &Grant<MachineOperate>) -> Result<()> {
    let uuid = grant.machine()?;
    power::refuse_locked(context, uuid).await?;
    let result = context.libvirt.discard_saved_state(grant).await;
    context.refreshed_by(uuid, &result).await;
    result
}
