//! The steps, and the way back.

use std::sync::Arc;

use super::{How, Wanted, judge_start, plan_create, plan_delete, read, resolve};
use crate::{
    context::Context,
    error::{Error, Result, allow},
    host::mdev::Instance,
    libvirt::{Libvirt, PartId, Step},
    policy::{Grant, action::HostDevice},
    workflow::passthrough::Claim,
};

/// Who does a step.
pub(super) trait Maker {
    /// Does it.
    async fn step(&self, step: Step) -> Result<()>;
}

/// libvirt, with a part and the right to it.
struct WithLibvirt<'a> {
    libvirt: &'a Libvirt,
    grant: &'a Grant<HostDevice>,
    id: PartId,
    /// Nobody else changes the parent until libvirt has returned.
    claim: Arc<Claim>,
}

impl Maker for WithLibvirt<'_> {
    async fn step(&self, step: Step) -> Result<()> {
        self.libvirt.part(self.grant, self.id, step, Arc::clone(&self.claim)).await
    }
}

fn maker<'a>(context: &'a Arc<Context>, grant: &'a Grant<HostDevice>, id: PartId) -> Result<WithLibvirt<'a>> {
    let claim = Arc::new(context.changing.claim(grant.devices().iter().copied().collect())?);
    Ok(WithLibvirt { libvirt: &context.libvirt, grant, id, claim })
}

/// Makes a part of the device of the grant.
///
/// # Errors
/// `Refused` with the reasons, `NotFound` for a device that cannot be divided, or not into these, `Busy`, libvirt's: then there is nothing of it. `TimedOut` for a driver
/// that does not answer: it may come later. `Incomplete` if what was done could not be undone.
pub async fn create(context: &Arc<Context>, grant: &Grant<HostDevice>, wanted: Wanted, how: How) -> Result<()> {
    let maker = maker(context, grant, wanted.id)?;
    allow(&plan_create(context, &wanted, how).await?)?;
    tracing::info!(device = %wanted.id.parent, part = %wanted.id.uuid, kind = wanted.kind, uid = grant.caller().uid, "Making a mediated device");
    all(&maker, wanted.id, steps_of_create(wanted.kind, how)).await
}

/// Makes a part that is kept. One that is there stays as it is.
///
/// # Errors
/// `Refused` with the reasons, `NotFound`, `Busy`, `TimedOut`, libvirt's.
pub async fn start(context: &Arc<Context>, grant: &Grant<HostDevice>, id: PartId) -> Result<()> {
    let maker = maker(context, grant, id)?;
    let instance = same(context, id).await?;
    if instance.is_active {
        return Ok(());
    }
    allow(&judge_start(context, &read(context).await?, id, &instance))?;
    tracing::info!(device = %id.parent, part = %id.uuid, uid = grant.caller().uid, "Starting a mediated device");
    all(&maker, id, vec![(Step::Start, None)]).await
}

/// Has a part made at each start of the computer, and kept for that, or no longer.
///
/// # Errors
/// As [`start`].
pub async fn set_autostart(context: &Arc<Context>, grant: &Grant<HostDevice>, id: PartId, is_on: bool) -> Result<()> {
    let maker = maker(context, grant, id)?;
    let instance = same(context, id).await?;
    if instance.is_autostarted == is_on {
        return Ok(());
    }
    tracing::info!(device = %id.parent, part = %id.uuid, is_on, uid = grant.caller().uid, "Setting when a mediated device is made");
    all(&maker, id, steps_of_autostart(&instance, is_on)).await
}

/// Lets a part go, and what is kept of it.
///
/// # Errors
/// `Refused` while a machine that runs has it; else as [`start`].
pub async fn delete(context: &Arc<Context>, grant: &Grant<HostDevice>, id: PartId) -> Result<()> {
    let maker = maker(context, grant, id)?;
    let instance = same(context, id).await?;
    allow(&plan_delete(context, id).await?)?;
    tracing::info!(device = %id.parent, part = %id.uuid, uid = grant.caller().uid, "Deleting a mediated device");
    all(&maker, id, steps_of_delete(&instance)).await
}

/// While somebody was asked, it may have gone, or be another's.
async fn same(context: &Arc<Context>, id: PartId) -> Result<Instance> {
    let (now, instance) = resolve(context, id.uuid).await?;
    if now == id { Ok(instance) } else { Err(Error::NotFound { what: "mediated device" }) }
}

/// A step, and what undoes it.
pub(super) type Steps = Vec<(Step, Option<Step>)>;

pub(super) fn steps_of_create(kind: String, how: How) -> Steps {
    if !how.is_kept {
        return vec![(Step::Create(kind), None)];
    }
    let mut steps = vec![(Step::Define(kind), Some(Step::Undefine))];
    if how.is_autostarted {
        steps.push((Step::Autostart(true), Some(Step::Autostart(false))));
    }
    // Last, for it is what hangs and what is refused.
    if how.is_started {
        steps.push((Step::Start, None));
    }
    steps
}

pub(super) fn steps_of_autostart(instance: &Instance, is_on: bool) -> Steps {
    let mut steps = Vec::new();
    if is_on && !instance.is_kept {
        steps.push((Step::Define(instance.kind.clone()), Some(Step::Undefine)));
    }
    steps.push((Step::Autostart(is_on), None));
    steps
}

pub(super) fn steps_of_delete(instance: &Instance) -> Steps {
    let again = if instance.is_kept { Step::Start } else { Step::Create(instance.kind.clone()) };
    let mut steps = Vec::new();
    if instance.is_active {
        steps.push((Step::Stop, Some(again)));
    }
    if instance.is_kept {
        steps.push((Step::Undefine, None));
    }
    steps
}

/// Does the steps in order. If one fails, those before it are undone, the last one first.
pub(super) async fn all(maker: &impl Maker, id: PartId, steps: Steps) -> Result<()> {
    let mut undo = Vec::new();
    for (step, reversal) in steps {
        if let Err(error) = maker.step(step.clone()).await {
            tracing::warn!(part = %id.uuid, ?step, ?error, "A mediated device could not be changed");
            return Err(back(maker, id, undo).await.err().unwrap_or(error));
        }
        undo.extend(reversal);
    }
    Ok(())
}

async fn back(maker: &impl Maker, id: PartId, undo: Vec<Step>) -> Result<()> {
    for step in undo.into_iter().rev() {
        if let Err(error) = maker.step(step.clone()).await {
            tracing::error!(part = %id.uuid, ?step, ?error, "What was done with a mediated device could not be undone");
            return Err(Error::Incomplete { left: vec![id.uuid.to_string()] });
        }
    }
    Ok(())
}
