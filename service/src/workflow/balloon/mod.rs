//! Memory that the host is short of, from machines that do not use it: a pure [decision](decide), and the [control] that
//! follows it. Only machines with a floor, only while they run; without one of them the service does not even look.

pub mod control;
#[cfg(test)]
mod control_tests;
pub mod decide;
#[cfg(test)]
mod decide_tests;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;
use uuid::Uuid;

use self::control::{Control, Guests, Machine};
use crate::{
    context::Context,
    error::{Error, Result},
    host::{memory::Memory, pressure::Pressure},
    job::now,
    libvirt::balloon::Figures,
    policy::{Grant, Target, action::MachineManage},
};
use decide::Host;

/// How often is looked while a machine with a floor runs.
const EVERY: Duration = Duration::from_secs(5);

/// Tells the control that there may be something to do.
#[derive(Debug, Default)]
pub struct BalloonState(Notify);

impl BalloonState {
    /// A machine started, stopped, or came to have a floor or none.
    pub fn look(&self) {
        self.0.notify_one();
    }
}

/// Follows the host and its machines, for ever.
pub async fn watch(context: Arc<Context>) {
    let kept = context.store.balloon();
    let guests = Machines { context: Arc::clone(&context), grants: Arc::default() };
    let Ok(mut control) = tokio::task::spawn_blocking(move || Control::new(guests, kept)).await else { return };
    // Once in any case: what an earlier service left may be of machines that are gone.
    let mut goes_on = true;
    loop {
        if goes_on {
            tokio::time::sleep(EVERY).await;
        } else {
            context.balloon.0.notified().await;
        }
        goes_on = match look(&context, &mut control).await {
            Ok(goes_on) => goes_on,
            Err(error) => {
                tracing::warn!(cause = ?error, "Memory of machines cannot follow the host");
                true
            }
        };
    }
}

/// Looks once. Says whether it has to look again by itself.
async fn look(context: &Context, control: &mut Control<Machines>) -> Result<bool> {
    let owed: BTreeSet<Uuid> = control.owed().into_iter().collect();
    let active = context.inventory.machines().into_iter().filter(|machine| machine.is_active());
    let concerned = active.filter(|machine| machine.definition.balloon.floor() > 0 || owed.contains(&machine.uuid));
    let machines: Vec<Machine> = concerned
        .map(|machine| Machine {
            uuid: machine.uuid,
            floor: machine.definition.balloon.floor(),
            is_asked: machine.definition.balloon.is_asked,
        })
        .collect();
    for uuid in owed.iter().filter(|uuid| !machines.iter().any(|machine| machine.uuid == **uuid)) {
        // A saved state has the size that it was saved with.
        let is_over = match context.libvirt.is_active(*uuid).await {
            Ok(is_active) => !is_active && !context.libvirt.has_saved_state(*uuid).await.unwrap_or(true),
            Err(Error::NoMachine(_)) => true,
            Err(_) => false,
        };
        if is_over {
            control.ended(*uuid).await?;
        }
    }
    if machines.is_empty() {
        return Ok(false);
    }
    let kernel = context.memory.kernel();
    let read = move || Host { memory: Memory::of(&*kernel), pressure: Pressure::of(&*kernel) };
    let host = tokio::task::spawn_blocking(read).await.map_err(|_| Error::Internal("reading the host's memory"))?;
    if host.memory.total > 0 {
        control.round(&host, now() / 1_000_000, &machines).await?;
    }
    Ok(true)
}

/// libvirt's machines.
#[derive(Clone, Debug)]
struct Machines {
    context: Arc<Context>,
    /// What `SetHostTuning` was authorized for, noted in the journal once for each machine.
    grants: Arc<Mutex<HashMap<Uuid, Arc<Grant<MachineManage>>>>>,
}

impl Machines {
    fn grant(&self, uuid: Uuid) -> Arc<Grant<MachineManage>> {
        let mut grants = self.grants.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(grants.entry(uuid).or_insert_with(|| Arc::new(self.context.policy.resume(Target::of_machine(uuid, "balloon")))))
    }
}

impl Guests for Machines {
    async fn figures(&self, uuid: Uuid) -> Result<Figures> {
        self.context.libvirt.balloon(uuid).await
    }

    async fn set(&self, uuid: Uuid, bytes: u64) -> Result<()> {
        self.context.libvirt.set_balloon(&self.grant(uuid), bytes).await
    }

    async fn ask_every(&self, uuid: Uuid, seconds: u16) -> Result<()> {
        self.context.libvirt.ask_balloon_every(&self.grant(uuid), seconds).await
    }
}
