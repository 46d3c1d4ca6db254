//! What a machine is to have of the host while it runs, kept in its own definition.

use uuid::Uuid;

use super::{blocking, cores};
use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        finding::Finding,
        governor::{self, Policy, Setting},
    },
    policy::{
        Grant,
        action::{HostMemory, MachineManage},
    },
    store::running::{Record, Taken},
};
use model::{machine::Machine as Document, metadata::Metadata};

/// What changes; what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Whether missing huge pages are reserved for its start.
    pub reserve_huge_pages: Option<bool>,
    /// Whether everything else keeps off its CPUs.
    pub isolate_cpus: Option<bool>,
    /// The governor of its CPUs; empty for none.
    pub governor: Option<String>,
    /// What its CPUs prefer, power or speed; empty for nothing of its own.
    pub energy_preference: Option<String>,
    /// Bytes that it keeps when the host takes memory back; 0 to take none.
    pub balloon_floor: Option<u64>,
}

/// The least floor: no system lives with less.
const LEAST_FLOOR: u64 = 16 << 20;
/// The governor, and the preference that goes with it.
const PERFORMANCE: &str = "performance";

/// Changes it. A machine that runs has its CPUs at once; pages are for its next start.
///
/// # Errors
/// `Unsafe` with `not-pinned` if it is to have CPUs that it does not keep to, with `no-core-left` if the host would not keep a core;
/// `InvalidArgument` for a governor or a preference that no CPU has or that do not go together, or a floor beyond its memory; `Unsafe` with what pins its memory if it is to have a
/// floor; what libvirt says.
pub async fn set(context: &Context, grant: &Grant<MachineManage>, host: &Grant<HostMemory>, changes: Changes) -> Result<()> {
    let uuid = grant.machine()?;
    if host.machine()? != uuid {
        return Err(Error::Internal("a grant for another machine"));
    }
    if !context.libvirt.is_on_this_host() {
        return Err(Error::NotSupported { reason: "another computer is not changed for its machines" });
    }
    let document = context.libvirt.document(uuid).await?;
    check(context, uuid, &document, &changes).await?;
    let mut metadata: Metadata = document.metadata;
    let tuning = &mut metadata.tuning;
    tuning.reserve_huge_pages = changes.reserve_huge_pages.unwrap_or(tuning.reserve_huge_pages);
    tuning.isolate_cpus = changes.isolate_cpus.unwrap_or(tuning.isolate_cpus);
    tuning.governor = changes.governor.clone().unwrap_or_else(|| std::mem::take(&mut tuning.governor));
    tuning.energy_preference = changes.energy_preference.clone().unwrap_or_else(|| std::mem::take(&mut tuning.energy_preference));
    tuning.balloon_floor = changes.balloon_floor.unwrap_or(tuning.balloon_floor);
    let result = context.libvirt.set_metadata(grant, None, None, Some(metadata)).await;
    context.refreshed_by(uuid, &result).await;
    result?;
    context.running.look();
    tracing::info!(machine = %uuid, uid = grant.caller().uid, ?changes, "What the host does for a machine set");
    Ok(())
}

async fn check(context: &Context, uuid: Uuid, document: &Document, changes: &Changes) -> Result<()> {
    let cpus = document.pinning.cpus();
    let is_named = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.is_empty());
    let has_wish = changes.isolate_cpus == Some(true) || is_named(&changes.governor) || is_named(&changes.energy_preference);
    if cpus.is_empty() && has_wish {
        return Err(Error::refused(Finding::new("not-pinned", "")));
    }
    if changes.isolate_cpus == Some(true) {
        let mut record = Record::default();
        record.machines.insert(Uuid::nil(), Taken { isolated: cpus, ..Taken::default() });
        cores::check(context, &record).await?;
    }
    if let Some(floor) = changes.balloon_floor.filter(|floor| *floor > 0) {
        if !(LEAST_FLOOR..=document.maximum_memory).contains(&floor) {
            return Err(Error::InvalidArgument { argument: "balloon-floor", reason: "must be 16 MiB up to the machine's memory" });
        }
        // What it runs with and what it starts with next.
        let next = Document::parse(&context.libvirt.next_xml(uuid).await?)?;
        if let Some(obstacle) = document.balloon_obstacle().or(next.balloon_obstacle()) {
            return Err(Error::refused(Finding::new(obstacle, "")));
        }
    }
    if is_named(&changes.governor) || is_named(&changes.energy_preference) {
        let kernel = context.memory.kernel();
        let policies = blocking(move || Ok(governor::policies(&*kernel))).await?;
        known(&policies, Setting::Governor, changes.governor.as_ref(), "governor")?;
        known(&policies, Setting::Preference, changes.energy_preference.as_ref(), "energy-preference")?;
    }
    let tuning = &document.metadata.tuning;
    let governor = changes.governor.as_ref().unwrap_or(&tuning.governor);
    let preference = changes.energy_preference.as_ref().unwrap_or(&tuning.energy_preference);
    if governor == PERFORMANCE && !preference.is_empty() && preference != PERFORMANCE {
        return Err(Error::InvalidArgument { argument: "energy-preference", reason: "the governor performance lets no other be set" });
    }
    Ok(())
}

fn known(policies: &[Policy], setting: Setting, name: Option<&String>, argument: &'static str) -> Result<()> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(()) };
    if policies.iter().any(|policy| policy.available(setting).contains(name)) {
        return Ok(());
    }
    Err(Error::InvalidArgument { argument, reason: "no CPU has it" })
}
