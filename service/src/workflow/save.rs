//! Saving a machine's memory to disk, with progress and cancel; restoring and discarding it.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use uuid::Uuid;

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

/// How often libvirt is asked which machines still have one, where nothing tells.
const LOOK: Duration = Duration::from_secs(10);

/// Saves a machine. Cancelled, it runs on as if nothing had happened.
///
/// # Errors
/// `Locked`, `InvalidState`, `Cancelled`, `NoSpace`.
pub async fn save(context: &Context, grant: &Grant<MachineOperate>, bypass_cache: bool) -> Result<()> {
    let uuid = grant.machine()?;
    power::refuse_locked(context, uuid).await?;
    let job = context.jobs.begin("machine-save", vec![uuid], grant.caller(), true)?;
    let result = match follow(context, &job, context.libvirt.save(grant, bypass_cache)).await {
        Err(error @ Error::Libvirt { .. }) if lacks_room(context, uuid).await => {
            tracing::info!(machine = %uuid, cause = ?error, "Not saved: there is no room for its memory");
            Err(Error::NoSpace)
        }
        result => result,
    };
    context.refreshed_by(uuid, &result).await;
    job.finish(result)
}

/// Whether a save that failed lacked room: libvirt says so in words only. What was written is removed by now, so the room is as before.
async fn lacks_room(context: &Context, uuid: Uuid) -> bool {
    let needed = context.inventory.machine(uuid).map_or(0, |machine| machine.memory);
    // Not known, it is no reason.
    context.libvirt.uri().starts_with("qemu") && matches!(context.libvirt.room_for_saved_states().await, Ok(Some(room)) if room < needed)
}

/// Drives `work`, which is a libvirt job on the machine, while telling its progress and heeding a cancel.
///
/// # Errors
/// `work`'s; `Cancelled` if it ended because of the cancel.
pub async fn follow<T>(context: &Context, job: &Running, work: impl Future<Output = Result<T>>) -> Result<T> {
    let machine = job.job().machines.first().copied().ok_or(Error::Internal("a job without its machine"))?;
    let was_aborted = AtomicBool::new(false);
    tokio::select! {
        result = work => result.map_err(|error| if was_aborted.load(Ordering::Relaxed) { Error::Cancelled } else { error }),
        never = tell(context, job, machine) => match never {},
        never = heed(context, job, machine, &was_aborted) => match never {},
    }
}

/// Tells how far libvirt's job is.
async fn tell(context: &Context, job: &Running, machine: Uuid) -> Infallible {
    loop {
        tokio::time::sleep(STEP).await;
        if let Ok((done, total)) = context.libvirt.job_progress(machine).await {
            job.progress(done, total);
        }
    }
}

/// Aborts libvirt's job when ours is cancelled. Again and again, until the job has ended: libvirt says yes to an abort that
/// comes before QEMU has begun to write, and saves all the same.
async fn heed(context: &Context, job: &Running, machine: Uuid, was_aborted: &AtomicBool) -> Infallible {
    job.job().cancelled().await;
    loop {
        if context.libvirt.abort_job(machine).await.is_ok() {
            was_aborted.store(true, Ordering::Relaxed);
        }
        tokio::time::sleep(STEP / 5).await;
    }
}

/// Starts a machine from its saved state, and only from that.
///
/// # Errors
/// `InvalidState` if there is none.
pub async fn restore(context: &Context, grant: &Grant<MachineOperate>, paused: bool) -> Result<()> {
    if !context.libvirt.has_saved_state(grant.machine()?).await? {
        // Somebody may have removed it a moment ago.
        context.refresh(grant.machine()?);
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

/// Looks for saved states that others removed, for ever. Does nothing while no machine has one.
pub async fn look(context: &Context) -> Infallible {
    loop {
        let machines = context.inventory.machines();
        let saved: Vec<Uuid> = machines.iter().filter(|machine| machine.saved).map(|machine| machine.uuid).collect();
        drop(machines);
        if saved.is_empty() {
            context.saved_states.notified().await;
            continue;
        }
        tokio::time::sleep(LOOK).await;
        // While libvirt is away nothing is known; all is read anew when it comes back.
        let Ok(present) = context.libvirt.saved().await else { continue };
        saved.into_iter().filter(|uuid| !present.contains(uuid)).for_each(|uuid| context.refresh(uuid));
    }
}
