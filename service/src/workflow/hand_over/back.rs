//! Giving back: the machine stops if it has to, then everything that was comes back in reverse order, as far as it does.

use std::{sync::Arc, time::Duration};

use super::{blocking, keeper, uptime};
use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        Root, pci,
        screen::{self, Left},
        vfio::{self, Failure},
    },
    libvirt::{AgentMode, Delivery},
    policy::{
        Grant, Target,
        action::{HostDevice, MachineOperate},
    },
    store::hand_over::{Phase, Record},
    workflow::{
        passthrough::Claim,
        power::{self, Shutdown},
    },
};

/// How long a guest has to shut down after a trial that nobody confirmed.
const GUEST_TIME: Duration = Duration::from_secs(30);
/// How long everything may take that comes before.
const SETTLED_WITHIN: Duration = Duration::from_secs(300);
/// How long drivers have to come back.
const DRIVERS_TIME: Duration = Duration::from_secs(60);

/// Brings the host in line with the machine: what it gave up stays away while the machine runs, and comes back afterwards. Says
/// whether nothing is left to do.
///
/// # Errors
/// libvirt's, `Busy`, those of the record.
pub async fn settle(context: &Arc<Context>) -> Result<bool> {
    if context.hand_over.record().is_none() {
        return Ok(true);
    }
    let _turn = context.hand_over.turn(SETTLED_WITHIN).await?;
    settle_in_turn(context).await
}

/// The same for who has the turn.
pub(super) async fn settle_in_turn(context: &Arc<Context>) -> Result<bool> {
    let Some(record) = context.hand_over.record() else { return Ok(true) };
    let is_active = match context.libvirt.is_active(record.machine).await {
        Ok(is_active) => is_active,
        Err(Error::NoMachine(_)) => false,
        Err(error) => return Err(error),
    };
    match (record.phase, is_active) {
        (_, false) => give_back(context, record).await,
        // Somebody started it again before everything was back.
        (Phase::GivingBack, true) => Ok(false),
        // The service ended just when the machine had started.
        (Phase::Taking, true) => {
            context.hand_over.put(&Record { phase: Phase::Running, step: String::new(), ..record }).await?;
            Ok(true)
        }
        (Phase::Running, true) if record.trial.is_some_and(|trial| trial.ends <= uptime(&context.root)) => {
            tracing::warn!(machine = %record.machine, "Nobody confirmed in time: the machine stops and everything comes back");
            end(context, &record).await?;
            give_back(context, record).await
        }
        (Phase::Running, true) => Ok(true),
    }
}

/// Ends the machine: what was authorized when the trial began.
async fn end(context: &Context, record: &Record) -> Result<()> {
    let grant: Grant<MachineOperate> = context.policy.resume(Target::of_machine(record.machine, "end-trial"));
    let entry = context.inventory.entry(record.machine).ok_or(Error::NoMachine(record.machine))?;
    let asked = context.libvirt.ask_guest(&grant, Delivery::Shutdown, AgentMode::PowerButton).await;
    let is_off = asked.is_ok() && tokio::time::timeout(GUEST_TIME, entry.wait_until(|machine| !machine.is_active())).await.is_ok();
    if is_off {
        return Ok(());
    }
    match context.libvirt.force_off(&grant, false).await {
        // It ended by itself meanwhile.
        Err(Error::InvalidState) => Ok(()),
        ended => ended,
    }
}

async fn give_back(context: &Arc<Context>, record: Record) -> Result<bool> {
    let state = &context.hand_over;
    let mut record = Record { phase: Phase::GivingBack, trial: None, ..record };
    "give-back".clone_into(&mut record.step);
    let left_before = state.left_behind();
    if state.record().as_ref() != Some(&record) {
        state.put(&record).await?;
    }
    let mut left = screens(context, &record).await?;
    for daemon in record.daemons.iter().rev() {
        left.extend(keeper::start(context, "daemon", daemon).await);
    }
    if let Some(unit) = &record.unit {
        left.extend(keeper::start(context, "display-manager", unit).await);
    }
    if left.is_empty() {
        state.forget().await?;
        tracing::info!(machine = %record.machine, "The host has its screen again");
    } else if left != left_before {
        tracing::error!(machine = %record.machine, ?left, "Not everything came back");
        state.keep(Some(record), left.clone());
    }
    context.devices_changed.notify_one();
    Ok(left.is_empty())
}

/// Drivers, the modules that are built on them, then frame buffers and consoles.
async fn screens(context: &Context, record: &Record) -> Result<Vec<Left>> {
    let addresses = record.devices.iter().filter_map(|device| device.address.parse().ok());
    let claim = Arc::new(context.changing.claim(addresses.flat_map(|device| pci::group(&context.root, device)).collect())?);
    let mut left = in_time(context, &claim, record, |root, record| devices(root, record).into_iter().collect()).await?;
    left.extend(keeper::load(context, record).await);
    left.extend(in_time(context, &claim, record, screen::restore).await?);
    Ok(left)
}

/// A driver that hangs keeps its thread and its claim.
async fn in_time(context: &Context, claim: &Arc<Claim>, record: &Record, work: fn(&Root, &Record) -> Vec<Left>) -> Result<Vec<Left>> {
    let (root, of, claim) = (context.root.clone(), record.clone(), Arc::clone(claim));
    let work = blocking(move || {
        let _claim = claim;
        Ok(work(&root, &of))
    });
    tokio::time::timeout(DRIVERS_TIME, work).await.unwrap_or(Err(Error::TimedOut(DRIVERS_TIME)))
}

fn devices(root: &Root, record: &Record) -> Option<Left> {
    let failure = vfio::restore_drivers(root, &record.devices).err()?;
    tracing::warn!(cause = %failure, "A driver does not come back");
    let Failure::Stuck { device } = failure else { return None };
    Some(Left { part: "device", name: device.to_string(), repair: format!("echo {device} > /sys/bus/pci/drivers_probe") })
}

/// Takes everything back that the grant's machine has: it is shut down, or forced off, first.
///
/// # Errors
/// `InvalidState` if it has nothing; `Locked`, `TimedOut` for a guest that does not follow; `Failed` with what did not come back.
pub async fn take_back(context: &Arc<Context>, operate: &Grant<MachineOperate>, _: &Grant<HostDevice>, force: bool) -> Result<()> {
    let uuid = operate.machine()?;
    if context.hand_over.record().is_none_or(|record| record.machine != uuid) {
        return Err(Error::InvalidState);
    }
    if context.libvirt.is_active(uuid).await? {
        if force {
            power::force_off(context, operate, false).await?;
        } else {
            let how = Shutdown { mode: AgentMode::Automatic, limit: power::SHUTDOWN_TIME, restart: false };
            power::shutdown(context, operate, how).await?;
        }
    }
    if settle(context).await? { Ok(()) } else { Err(Error::Incomplete { left: context.hand_over.left() }) }
}
