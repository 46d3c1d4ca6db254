//! Which CPUs and nodes of the host a machine keeps to: a plan that fits it, and pins that are set or taken away, in what it
//! starts with next and, while it runs, at once.

pub mod plan;
#[cfg(test)]
mod plan_tests;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use model::{
    cpus::{self, Cores, Pinning},
    hugepages::{self, Page},
    machine::Machine as Document,
};

use tokio::sync::Semaphore;

use super::{definition, hugepages::Seen};
use crate::{
    context::Context,
    error::{Error, Result},
    host::pci::{self, PciAddress},
    policy::{
        Grant,
        action::{MachineManage, ReadSensitive},
    },
};
use plan::{Kept, Plan, Wish};

/// How old what is known of the host may be.
const FRESH: Duration = Duration::from_secs(1);
/// How long a plan may take, with those before it.
const LONGEST_PLAN: Duration = Duration::from_secs(30);
/// The turn to plan.
static PLANNING: Semaphore = Semaphore::const_new(1);

/// What a plan is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Virtual CPUs; as many as the machine can have, if not given.
    pub vcpus: Option<u32>,
    /// A node; that of the machine's graphics card, or of another device of the host, if not given.
    pub node: Option<u32>,
    /// What stays the host's.
    pub kept: Kept,
    /// Whether siblings become two CPUs of the guest's.
    pub threads: bool,
    /// Whether CPUs may be taken that other machines are pinned to.
    pub overlap: bool,
}

/// Plans which cores a machine should have. Changes nothing.
///
/// # Errors
/// As [`plan::plan`]; `NotSupported` for another computer's libvirt.
pub async fn plan(context: &Context, grant: &Grant<ReadSensitive>, request: Request) -> Result<Plan> {
    let uuid = grant.machine()?;
    let host = host(context).await?;
    let read = async {
        // Every definition is read: one plan at a time for all callers.
        let _turn = PLANNING.acquire().await.map_err(|_| Error::Internal("the turn for plans"))?;
        context.libvirt.placement(uuid, online(&host)).await
    };
    let placement = tokio::time::timeout(LONGEST_PLAN, read).await.map_err(|_| Error::TimedOut(LONGEST_PLAN))??;
    let node = match request.node {
        Some(node) => Some(node),
        None => device_node(context, &host, placement.devices).await,
    };
    let wish = Wish {
        vcpus: request.vcpus.unwrap_or(placement.vcpus).max(1),
        node,
        kept: request.kept,
        taken: if request.overlap { BTreeSet::new() } else { placement.taken },
        threads: request.threads,
        memory: placement.memory,
    };
    plan::plan(&host.topology, &wish)
}

/// What is known of the host.
async fn host(context: &Context) -> Result<Arc<Seen>> {
    if !context.libvirt.is_on_this_host() {
        return Err(Error::NotSupported { reason: "the processors of another computer are not known" });
    }
    context.memory.look(FRESH).await;
    Ok(context.memory.seen())
}

fn online(host: &Seen) -> Vec<u32> {
    host.topology.cpus.iter().map(|cpu| cpu.number).collect()
}

/// The node of a device of the host that the machine has: of a graphics card, if there is one. A node without CPUs is none.
async fn device_node(context: &Context, host: &Seen, devices: Vec<PciAddress>) -> Option<u32> {
    let root = context.root.clone();
    let node = tokio::task::spawn_blocking(move || pci::node_of(&root, &devices)).await.ok().flatten();
    node.filter(|node| host.topology.nodes.iter().any(|known| known.number == *node && !known.cpus.is_empty()))
}

/// What is to be pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The pins.
    pub pinning: Pinning,
    /// What the guest is to see; `None` leaves it as it is.
    pub cores: Option<Cores>,
}

/// Pins a machine in place of the pins that it has.
///
/// # Errors
/// `InvalidArgument` for a CPU or node that is not online, or one of the machine's that it does not have; those of
/// [`definition::change`]; what libvirt says of the threads that run. Nothing is changed then.
pub async fn set(context: &Context, grant: &Grant<MachineManage>, change: Change) -> Result<()> {
    if change.pinning == Pinning::default() {
        return Err(Error::InvalidArgument { argument: "vcpus", reason: "nothing is pinned; ClearPinning takes pins away" });
    }
    let host = host(context).await?;
    check(&host, &change.pinning)?;
    let next = change.clone();
    let done = definition::change(context, grant, None, move |xml| write(xml, &next)).await?;
    apply(context, grant, &host, &change.pinning, done).await
}

/// Takes the pins of a machine away.
///
/// # Errors
/// As [`set`].
pub async fn clear(context: &Context, grant: &Grant<MachineManage>) -> Result<()> {
    let host = host(context).await?;
    let done = definition::change(context, grant, None, |xml| Ok(cpus::clear(xml)?)).await?;
    apply(context, grant, &host, &Pinning::default(), done).await
}

/// Has the threads of a machine that runs follow, or takes the change of its definition back.
async fn apply(
    context: &Context,
    grant: &Grant<MachineManage>,
    host: &Seen,
    pinning: &Pinning,
    done: crate::libvirt::Changed,
) -> Result<()> {
    let machine = context.machine(grant.machine()?)?;
    if machine.is_active() {
        match context.libvirt.pin_running(grant, pinning.clone(), online(host)).await {
            // It has ended meanwhile: there is nothing to follow.
            Ok(()) | Err(Error::InvalidState) => {}
            Err(error) => {
                definition::undo(context, grant, done).await?;
                return Err(error);
            }
        }
    }
    // Those that it has to itself may be others by now.
    context.running.look();
    tracing::info!(machine = %machine.uuid, uid = grant.caller().uid, cpus = ?pinning.cpus(), nodes = ?pinning.nodes, "Pins set");
    Ok(())
}

fn check(host: &Seen, pinning: &Pinning) -> Result<()> {
    let invalid = |argument, reason| Err(Error::InvalidArgument { argument, reason });
    let online = |cpu: &u32| host.topology.cpus.iter().any(|known| known.number == *cpu);
    if !pinning.cpus().iter().all(online) {
        return invalid("vcpus", "names a CPU that is not online");
    }
    if !pinning.emulator.iter().all(online) {
        return invalid("emulator", "names a CPU that is not online");
    }
    let has_memory = |node: &u32| host.topology.nodes.iter().any(|known| known.number == *node && known.memory > 0);
    if !pinning.nodes.iter().all(has_memory) {
        return invalid("nodes", "names a node that has no memory");
    }
    Ok(())
}

/// The definition with the pins, if they are of virtual CPUs that it has.
fn write(xml: &str, Change { pinning, cores }: &Change) -> Result<String> {
    let invalid = |argument, reason| Err(Error::InvalidArgument { argument, reason });
    let vcpus = match cores {
        Some(cores) => cores.vcpus(),
        None => Document::parse(xml)?.maximum_vcpus,
    };
    if cores.is_some() && pinning.vcpus.len() != vcpus as usize {
        return invalid("cores", "does not come to as many virtual CPUs as are pinned");
    }
    // libvirt would leave them out without a word.
    if pinning.vcpus.iter().any(|(vcpu, _)| *vcpu >= vcpus) {
        return invalid("vcpus", "names a virtual CPU that the machine does not have");
    }
    pinning.write(xml, *cores).map_err(refused)
}

fn refused(error: model::Error) -> Error {
    match error {
        model::Error::Invalid { what: "the number of virtual CPUs" } => {
            Error::InvalidArgument { argument: "cores", reason: "its virtual CPUs are listed one by one, or belong to nodes of the guest" }
        }
        error => error.into(),
    }
}

/// Which huge pages a machine is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HugePages {
    /// None.
    Off,
    /// These; none named for the host's usual size.
    On(Vec<Page>),
}

/// Has a machine ask for huge pages, or not, from its next start on.
///
/// # Errors
/// `InvalidArgument` for a size that the host does not have; those of [`definition::change`].
pub async fn set_huge_pages(context: &Context, grant: &Grant<MachineManage>, wanted: HugePages) -> Result<()> {
    let host = host(context).await?;
    if let HugePages::On(pages) = &wanted
        && !pages.iter().all(|page| host.sizes.iter().any(|known| known.page_size == page.size))
    {
        return Err(Error::InvalidArgument { argument: "pages", reason: "the host has no pages of this size" });
    }
    let edit = move |xml: &str| match wanted {
        HugePages::Off => Ok(hugepages::clear(xml)?),
        HugePages::On(pages) => Ok(hugepages::put(xml, &pages)?),
    };
    definition::change(context, grant, None, edit).await.map(drop)
}
