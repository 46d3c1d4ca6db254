//! The same operation on many machines, with a result for each.

use std::sync::Arc;

use dbus::manager::BatchResult;
use futures_util::{StreamExt, stream};

use super::{
    delete,
    power::{self, Shutdown},
    save,
};
use crate::{
    context::Context,
    error::{Error, Result},
    inventory::Machine,
    libvirt::{AgentMode, StartOptions},
    policy::{
        Call, Grant, Target,
        action::{Action, GuestControl, MachineManage, MachineOperate},
    },
};

/// How many machines are worked on at once: below the number of unfinished jobs that a user may have.
const AT_ONCE: usize = 8;
/// How many machines a batch may name: as many paths as fit into the largest message that a user may send.
pub const MOST: usize = 800;

/// What is done to each machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Start.
    Start(StartOptions),
    /// Shut down.
    Shutdown(Shutdown),
    /// Shut down and start again.
    Restart(Shutdown),
    /// Restart the guest.
    Reboot(AgentMode),
    /// Reset.
    Reset,
    /// Force off.
    ForceOff,
    /// Pause.
    Pause,
    /// Resume.
    Resume,
    /// Save.
    Save,
    /// Drop the saved state.
    DiscardSavedState,
    /// Start with the host or not.
    SetAutostart(bool),
    /// Delete.
    Delete(delete::Options),
}

impl Operation {
    const fn name(&self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::Shutdown(_) => "shutdown",
            Self::Restart(_) => "shutdown-and-restart",
            Self::Reboot(_) => "reboot",
            Self::Reset => "reset",
            Self::ForceOff => "force-off",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Save => "save",
            Self::DiscardSavedState => "discard-saved-state",
            Self::SetAutostart(_) => "set-autostart",
            Self::Delete(_) => "delete",
        }
    }

    const fn action(&self) -> &'static str {
        match (self, self.mode()) {
            (Self::Delete(_), _) => MachineManage::ID,
            (_, Some(AgentMode::Agent)) => GuestControl::ID,
            _ => MachineOperate::ID,
        }
    }

    const fn mode(&self) -> Option<AgentMode> {
        match self {
            Self::Shutdown(how) | Self::Restart(how) => Some(how.mode),
            Self::Reboot(mode) => Some(*mode),
            _ => None,
        }
    }
}

/// The grants that an operation needs.
enum Rights {
    Operate(Grant<MachineOperate>),
    Guest(Grant<GuestControl>),
    /// Through the agent, and to start again.
    Both(Grant<GuestControl>, Grant<MachineOperate>),
    Manage(Grant<MachineManage>),
}

/// Authorizes every machine, then works on those that were granted, several at once.
pub async fn run(context: &Arc<Context>, call: &Call<'_>, operation: &Operation, machines: Vec<Arc<Machine>>) -> Vec<BatchResult> {
    let mut granted = Vec::new();
    let mut results = Vec::new();
    let mut dismissed = false;
    for machine in machines {
        // Who closes a prompt does not want the same one for every other machine.
        let rights = if dismissed {
            Err(Error::NotAuthorized { action: operation.action(), obtainable: true, dismissed })
        } else {
            authorize(context, call, operation, &machine).await
        };
        match rights {
            Ok(rights) => granted.push((machine, rights)),
            Err(error) => {
                dismissed |= matches!(error, Error::NotAuthorized { dismissed: true, .. });
                results.push(outcome(&machine, Err(error)));
            }
        }
    }
    let work = stream::iter(granted).map(|(machine, rights)| async move {
        let result = apply(context, operation, &rights).await;
        outcome(&machine, result)
    });
    results.extend(work.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await);
    results
}

fn outcome(machine: &Machine, result: Result<()>) -> BatchResult {
    let machine = dbus::path::machine(machine.uuid);
    let Err(error) = result else { return BatchResult::done(machine) };
    let name = error.bus_name();
    BatchResult::failed(machine, name, error.into())
}

async fn authorize(context: &Context, call: &Call<'_>, operation: &Operation, machine: &Machine) -> Result<Rights> {
    let target =
        || Target { machine: Some(machine.uuid), machine_name: machine.name.to_string(), operation: operation.name(), ..Target::default() };
    let policy = &context.policy;
    Ok(match (operation, operation.mode()) {
        (Operation::Delete(_), _) => Rights::Manage(policy.authorize(call, target()).await?),
        (Operation::Restart(_), Some(AgentMode::Agent)) => {
            Rights::Both(policy.authorize(call, target()).await?, policy.authorize(call, target()).await?)
        }
        (_, Some(AgentMode::Agent)) => Rights::Guest(policy.authorize(call, target()).await?),
        _ => Rights::Operate(policy.authorize(call, target()).await?),
    })
}

async fn apply(context: &Context, operation: &Operation, rights: &Rights) -> Result<()> {
    match rights {
        Rights::Manage(grant) => manage(context, operation, grant).await,
        Rights::Guest(grant) => ask(context, operation, grant).await,
        Rights::Both(guest, start) => match operation {
            Operation::Restart(how) => power::restart(context, guest, start, *how).await,
            _ => Err(Error::Internal("rights that do not fit")),
        },
        Rights::Operate(grant) => operate(context, operation, grant).await,
    }
}

async fn manage(context: &Context, operation: &Operation, grant: &Grant<MachineManage>) -> Result<()> {
    let Operation::Delete(options) = operation else { return Err(Error::Internal("rights that do not fit")) };
    let result = delete::to_trash(context, grant, options.clone()).await;
    context.refreshed_by(grant.machine()?, &result).await;
    result.map(drop)
}

async fn ask<A: Action>(context: &Context, operation: &Operation, grant: &Grant<A>) -> Result<()> {
    match operation {
        Operation::Shutdown(how) => power::shutdown(context, grant, *how).await,
        Operation::Reboot(mode) => power::reboot(context, grant, *mode).await,
        _ => Err(Error::Internal("rights that do not fit")),
    }
}

async fn operate(context: &Context, operation: &Operation, grant: &Grant<MachineOperate>) -> Result<()> {
    match operation {
        Operation::Start(options) => power::start(context, grant, *options).await,
        Operation::Restart(how) => power::restart(context, grant, grant, *how).await,
        Operation::Shutdown(_) | Operation::Reboot(_) => ask(context, operation, grant).await,
        Operation::Reset => power::reset(context, grant).await,
        Operation::ForceOff => power::force_off(context, grant, false).await,
        Operation::Pause => context.libvirt.pause(grant).await,
        Operation::Resume => context.libvirt.resume(grant).await,
        Operation::Save => save::save(context, grant, false).await,
        Operation::DiscardSavedState => save::discard(context, grant).await,
        Operation::SetAutostart(autostart) => {
            let result = context.libvirt.set_autostart(grant, *autostart).await;
            context.refreshed_by(grant.machine()?, &result).await;
            result
        }
        Operation::Delete(_) => Err(Error::Internal("rights that do not fit")),
    }
}
