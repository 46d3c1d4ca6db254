//! Handing over: the host's screen goes step by step, then the machine starts; or everything is as it was.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::{
    LONGEST_TURN, UNIT_TIME, back, keeper,
    plan::{How, Plan, plan},
    uptime,
};
use crate::{
    context::Context,
    error::{Error, Result, allow},
    host::{
        finding::Findings,
        gate,
        pci::{self, PciAddress, handles},
        screen::{self, Screen},
        vfio::{self, Direction, Failure, Transaction},
    },
    job,
    libvirt::StartOptions,
    policy::{
        Grant,
        action::{HostDevice, MachineOperate},
    },
    store::hand_over::{Phase, Record, Trial},
    workflow::{
        attach::start::Occasion,
        loader::{self, LOADER},
        passthrough::{Claim, blocking, supervise},
        power,
    },
};

/// What was granted, and what follows from it.
struct Work {
    operate: Grant<MachineOperate>,
    how: How,
    plan: Plan,
    turn: OwnedSemaphorePermit,
}

/// Begins to hand the grant's devices over to its machine and returns the job. It goes on when the caller is gone, who may be
/// part of the desktop that ends.
///
/// # Errors
/// `Unsafe` with the reasons; `InvalidState`, `NotFound`, `Locked`, `Busy`, `LimitExceeded`: then nothing was done.
pub async fn begin(context: &Arc<Context>, operate: Grant<MachineOperate>, devices: Grant<HostDevice>, how: How) -> Result<u128> {
    let uuid = operate.machine()?;
    if devices.machine()? != uuid {
        return Err(Error::Internal("a grant for another machine"));
    }
    if how.trial.is_some() {
        // It could not be stopped when the time is over.
        power::refuse_locked(context, uuid).await?;
    }
    let plan = plan(context, &*context.machine(uuid)?, devices.devices().to_vec(), how).await?;
    allow(&plan.findings)?;
    let turn = context.hand_over.turn(LONGEST_TURN).await?;
    if context.hand_over.record().is_some() {
        // Somebody else was first.
        return Err(Error::Busy);
    }
    let job = context.jobs.begin("machine-hand-over", vec![uuid], operate.caller(), false)?;
    let (id, context) = (job.job().id, Arc::clone(context));
    let work = Work { operate, how, plan, turn };
    tokio::spawn(async move {
        if let Err(error) = job.finish(run(&context, work, devices).await) {
            tracing::error!(machine = %uuid, cause = ?error, "The machine does not have the host's screen");
        }
    });
    Ok(id)
}

async fn run(context: &Arc<Context>, work: Work, devices: Grant<HostDevice>) -> Result<()> {
    let uuid = work.operate.machine()?;
    let mut record = note(context, &work).await?;
    tracing::info!(machine = %uuid, devices = ?work.plan.devices, unit = work.plan.unit, uid = work.operate.caller().uid, "Handing the screen over");
    let taken = take(context, &work, devices, &mut record).await;
    if let Err(error) = taken {
        tracing::warn!(machine = %uuid, step = record.step, cause = ?error, "Everything comes back");
        let is_back = back::settle_in_turn(context).await;
        drop(work.turn);
        // What is left comes back later.
        context.hand_over.look();
        return Err(match is_back {
            Ok(true) => error,
            _ => Error::Incomplete { left: context.hand_over.left() },
        });
    }
    // It may have stopped already, which nobody could see before.
    drop(work.turn);
    context.hand_over.look();
    Ok(())
}

/// What was, before anything is done.
async fn note(context: &Arc<Context>, work: &Work) -> Result<Record> {
    let (root, devices) = (context.root.clone(), work.plan.devices.clone());
    let (boot, originals) = blocking(move || (vfio::boot(&root), vfio::originals(&root, &devices))).await?;
    Ok(Record {
        boot,
        machine: work.operate.machine()?,
        phase: Phase::Taking,
        step: String::new(),
        unit: work.plan.unit.clone(),
        consoles: work.plan.screen.consoles.iter().map(|(_, name)| name.clone()).collect(),
        buffers: work.plan.screen.buffers.clone(),
        devices: originals,
        daemons: work.plan.daemons.clone(),
        modules: work.plan.modules.clone(),
        trial: None,
    })
}

async fn take(context: &Arc<Context>, work: &Work, devices: Grant<HostDevice>, record: &mut Record) -> Result<()> {
    let (state, plan) = (&context.hand_over, &work.plan);
    if plan.needs_driver {
        step(context, record, format!("start {LOADER}")).await?;
        loader::load(context, first(&devices)?, UNIT_TIME).await?;
    }
    if let Some(unit) = &plan.unit {
        step(context, record, format!("stop {unit}")).await?;
        state.systemd.stop(unit, UNIT_TIME).await?;
    }
    for daemon in &plan.daemons {
        step(context, record, format!("stop {daemon}")).await?;
        state.systemd.stop(daemon, UNIT_TIME).await?;
    }
    let_go(context, &plan.devices).await?;
    step(context, record, "screen".to_owned()).await?;
    let devices = Arc::new(devices);
    free(context, &devices, plan.screen.clone()).await?;
    for module in &plan.modules {
        step(context, record, format!("unload {module}")).await?;
        keeper::unload(context, first(&devices)?, module).await?;
    }
    step(context, record, "bind".to_owned()).await?;
    bind(context, devices).await?;
    record.trial = trial(context, work.how);
    step(context, record, "start".to_owned()).await?;
    let uuid = record.machine;
    power::begin(context, &work.operate, StartOptions::default(), Occasion::HandOver(&plan.devices)).await?;
    context.shown(uuid, true).await;
    *record = Record { phase: Phase::Running, step: String::new(), trial: trial(context, work.how), ..record.clone() };
    state.put(record).await
}

/// Writes down what comes next.
async fn step(context: &Context, record: &mut Record, step: String) -> Result<()> {
    record.step = step;
    context.hand_over.put(record).await
}

fn trial(context: &Context, how: How) -> Option<Trial> {
    let seconds = u64::from(how.trial?);
    Some(Trial { ends: uptime(&context.root) + seconds, shown: job::now() + seconds * 1_000_000 })
}

/// Waits until no process has the devices open: what the display manager had started ends after it.
async fn let_go(context: &Arc<Context>, devices: &[PciAddress]) -> Result<()> {
    let limit = context.changing.write_time();
    let end = tokio::time::Instant::now() + limit;
    loop {
        let reasons = holders(context, devices.to_vec()).await?.reasons;
        if reasons.is_empty() {
            return Ok(());
        }
        if tokio::time::Instant::now() >= end {
            return Err(Error::Refused { reasons });
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

async fn holders(context: &Context, devices: Vec<PciAddress>) -> Result<Findings> {
    let root = context.root.clone();
    blocking(move || {
        let known = pci::glance(&root, &devices);
        let taken: Vec<_> = known.iter().map(|(address, device)| (*address, &**device)).collect();
        let first = devices.first().copied();
        let reason = |holder: handles::Holder| {
            let device = holder.device.or(first)?;
            Some(gate::opened(device, &holder))
        };
        Findings { reasons: handles::read(&root, &taken).holders.into_iter().filter_map(reason).collect(), warnings: Vec::new() }
    })
    .await
}

/// Has consoles and frame buffers let go of the cards.
async fn free(context: &Arc<Context>, grant: &Arc<Grant<HostDevice>>, screen: Screen) -> Result<()> {
    let (root, grant, device) = (context.root.clone(), Arc::clone(grant), first(grant)?);
    supervise(context, claim(context, &grant)?, move |_| {
        screen::free(&root, &grant, &screen).map_err(|source| Failure::Write { device, step: "screen", source })
    })
    .await
}

async fn bind(context: &Arc<Context>, grant: Arc<Grant<HostDevice>>) -> Result<()> {
    let (root, journal, claim) = (context.root.clone(), context.store.journal(), claim(context, &grant)?);
    supervise(context, claim, move |pace| Transaction::new(&root, &journal, grant.devices()).run(&grant, Direction::Bind, pace)).await
}

fn claim(context: &Context, grant: &Grant<HostDevice>) -> Result<Claim> {
    context.changing.claim(grant.devices().iter().flat_map(|device| pci::group(&context.root, *device)).collect())
}

fn first(grant: &Grant<HostDevice>) -> Result<PciAddress> {
    grant.devices().first().copied().ok_or(Error::Internal("a hand-over of nothing"))
}
