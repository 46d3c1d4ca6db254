//! Starting and stopping, with an honest end: a shutdown that the guest ignores is an error, not a success.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use crate::{
    context::Context,
    error::{Error, Result},
    inventory::Entry,
    job::Running,
    libvirt::{AgentMode, Delivery, StartOptions},
    policy::{
        Grant,
        action::{Action, MachineOperate},
    },
    workflow::{
        attach::start::{self as at_start, Occasion},
        running, scsi,
    },
};

/// How long a guest gets to shut down if the caller does not say.
pub const SHUTDOWN_TIME: Duration = Duration::from_secs(120);

/// Starts a machine as a job.
///
/// # Errors
/// `Unsafe` with the reasons if the host cannot do without a device that it gets, and what libvirt says; nothing is left behind by a
/// failed start. `Locked` if it would drop the saved state of a locked machine.
pub async fn start(context: &Context, grant: &Grant<MachineOperate>, options: StartOptions) -> Result<()> {
    let uuid = grant.machine()?;
    if options.force_boot && context.libvirt.has_saved_state(uuid).await? {
        refuse_locked(context, uuid).await?;
    }
    let job = context.jobs.begin("machine-start", vec![uuid], grant.caller(), false)?;
    let result = begin(context, grant, options, Occasion::Start).await;
    if result.is_ok() {
        context.shown(uuid, true).await;
    }
    job.finish(result)
}

/// Starts a machine with what it takes of the host: devices that the host can do without, and what it has while the machine runs.
///
/// # Errors
/// Those of [`scsi::start::settle`], [`at_start::claim`] and [`running::start`], and libvirt's: then everything is as before.
pub(super) async fn begin(context: &Context, grant: &Grant<MachineOperate>, options: StartOptions, occasion: Occasion<'_>) -> Result<()> {
    let uuid = grant.machine()?;
    let work = context.libvirt.start(grant, options);
    if !context.libvirt.is_on_this_host() {
        return work.await;
    }
    let mut definitions = vec![context.libvirt.next_xml(uuid).await?];
    if context.machine(uuid)?.saved && !options.force_boot {
        definitions.extend(context.libvirt.saved_xml(uuid).await?);
    }
    scsi::start::settle(context, uuid, &mut definitions).await?;
    let _claim = at_start::claim(context, uuid, &definitions, occasion).await?;
    running::start(context, uuid, definitions.swap_remove(0), work).await
}

/// How to shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shutdown {
    /// How the guest is asked.
    pub mode: AgentMode,
    /// How long it gets.
    pub limit: Duration,
    /// Start it again when it is off.
    pub restart: bool,
}

/// Asks the guest to shut down and waits until it is off.
///
/// # Errors
/// `TimedOut` if it is still on after the limit: the guest was asked, but does not follow. `Cancelled` if waiting was
/// cancelled; a request to a guest cannot be taken back.
pub async fn shutdown<A: Action>(context: &Context, grant: &Grant<A>, how: Shutdown) -> Result<()> {
    let uuid = grant.machine()?;
    refuse_locked(context, uuid).await?;
    let entry = context.inventory.entry(uuid).ok_or(Error::NoMachine(uuid))?;
    let operation = if how.restart { "machine-restart" } else { "machine-shutdown" };
    let job = context.jobs.begin(operation, vec![uuid], grant.caller(), true)?;
    let result = ask_and_wait(context, grant, how, &entry, &job).await;
    job.finish(result)
}

async fn ask_and_wait<A: Action>(context: &Context, grant: &Grant<A>, how: Shutdown, entry: &Arc<Entry>, job: &Running) -> Result<()> {
    context.libvirt.ask_guest(grant, Delivery::Shutdown, how.mode).await?;
    let is_off = entry.wait_until(|machine| !machine.is_active());
    tokio::select! {
        () = is_off => Ok(()),
        () = tokio::time::sleep(how.limit) => Err(Error::TimedOut(how.limit)),
        () = job.job().cancelled() => Err(Error::Cancelled),
    }
}

/// Shuts a machine down and starts it again, so that it runs with its new definition.
///
/// # Errors
/// As [`shutdown`] and [`start`]; what the host cannot do without is told before the guest is asked.
pub async fn restart<A: Action>(context: &Context, grant: &Grant<A>, start: &Grant<MachineOperate>, how: Shutdown) -> Result<()> {
    let machine = context.machine(grant.machine()?)?;
    if !machine.persistent {
        return Err(Error::NotSupported { reason: "a transient machine is gone once it is off" });
    }
    if context.libvirt.is_on_this_host() {
        let definition = context.libvirt.next_xml(machine.uuid).await?;
        scsi::start::allow_again(context, machine.uuid, &definition).await?;
        at_start::allow_again(context, machine.uuid, definition).await?;
    }
    shutdown(context, grant, how).await?;
    self::start(context, start, StartOptions::default()).await
}

/// Ends a machine's process.
///
/// # Errors
/// `Locked`, `InvalidState`, `TimedOut`.
pub async fn force_off(context: &Context, grant: &Grant<MachineOperate>, graceful: bool) -> Result<()> {
    let uuid = grant.machine()?;
    refuse_locked(context, uuid).await?;
    let result = context.libvirt.force_off(grant, graceful).await;
    if result.is_ok() {
        context.shown(uuid, false).await;
    }
    result
}

/// Asks the guest to restart.
///
/// # Errors
/// `Locked`, `AgentUnavailable`.
pub async fn reboot<A: Action>(context: &Context, grant: &Grant<A>, mode: AgentMode) -> Result<()> {
    refuse_locked(context, grant.machine()?).await?;
    context.libvirt.ask_guest(grant, Delivery::Reboot, mode).await
}

/// Resets a machine.
///
/// # Errors
/// `Locked`.
pub async fn reset(context: &Context, grant: &Grant<MachineOperate>) -> Result<()> {
    refuse_locked(context, grant.machine()?).await?;
    context.libvirt.reset(grant).await
}

/// Refuses what would stop or delete a locked machine. libvirt itself is asked: the service may not have read the
/// machine's metadata yet, or not since somebody else locked it.
///
/// # Errors
/// `Locked`, `NoMachine`.
pub async fn refuse_locked(context: &Context, uuid: Uuid) -> Result<()> {
    // Not the model: it may still show a lock that was just taken off.
    context.machine(uuid)?;
    if context.libvirt.is_locked(uuid).await? { Err(Error::Locked) } else { Ok(()) }
}

/// Suspends the guest through its agent. To disk it is off afterwards, which a lock forbids.
///
/// # Errors
/// `Locked`, `AgentUnavailable`, `NotSupported`.
pub async fn suspend_guest(context: &Context, grant: &Grant<MachineOperate>, to_disk: bool) -> Result<()> {
    if to_disk {
        refuse_locked(context, grant.machine()?).await?;
    }
    context.libvirt.suspend_guest(grant, to_disk).await
}
