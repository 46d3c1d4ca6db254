//! CPUs for machines alone, their governors and energy preferences: the host's units of systemd and the kernel's policies follow the record.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use model::cpus::{from_mask, mask};

use super::blocking;
use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        cpu::Topology,
        finding::Finding,
        governor::{self, Policy, Setting},
    },
    store::running::{Governed, Record, Taken},
    workflow::hugepages::change::refused,
};

/// CPUs that everything but machines keeps off.
fn isolated(record: &Record) -> BTreeSet<u32> {
    record.machines.values().flat_map(|taken| &taken.isolated).copied().collect()
}

async fn topology(context: &Context) -> Topology {
    context.memory.look(Duration::from_secs(1)).await;
    context.memory.seen().topology.clone()
}

/// Looks whether the host would keep a whole core.
///
/// # Errors
/// `Unsafe` with `no-core-left`.
pub async fn check(context: &Context, record: &Record) -> Result<()> {
    let isolated = isolated(record);
    if isolated.is_empty() || leaves_a_core(&topology(context).await, &isolated) {
        return Ok(());
    }
    Err(Error::refused(Finding::new("no-core-left", "")))
}

fn leaves_a_core(topology: &Topology, isolated: &BTreeSet<u32>) -> bool {
    let broken: BTreeSet<u32> = topology.cpus.iter().filter(|cpu| isolated.contains(&cpu.number)).map(|cpu| cpu.core).collect();
    topology.cpus.iter().any(|cpu| !broken.contains(&cpu.core))
}

/// Brings the host in line with the record, which is on disk with what was before ahead of each first change.
///
/// # Errors
/// `NotSupported` if systemd or the kernel refuses; `TimedOut`. What is to be put back stays in the record then.
pub async fn apply(context: &Context, record: &mut Record) -> Result<()> {
    // One must not wait for the other to be put back.
    let units = apply_units(context, record).await;
    let policies = apply_policies(context, record).await;
    units.and(policies)
}

async fn apply_units(context: &Context, record: &mut Record) -> Result<()> {
    let state = &context.running;
    let isolated = isolated(record);
    if isolated.is_empty() && record.units.is_empty() {
        return Ok(());
    }
    if !isolated.is_empty() && record.units.is_empty() {
        record.units = state.systemd.units().await?;
        state.put(record).await?;
    }
    // Systemd would write files for each change that is none.
    if state.is_applied(&isolated) {
        return Ok(());
    }
    state.set_applied(None);
    let online: Vec<u32> = topology(context).await.cpus.iter().map(|cpu| cpu.number).collect();
    for (unit, before) in record.units.clone() {
        let allowed = if isolated.is_empty() { before } else { mask(&allowed(&before, &online, &isolated)) };
        state.systemd.allow(&unit, &allowed).await?;
    }
    if isolated.is_empty() {
        record.units.clear();
        state.put(record).await?;
    }
    state.set_applied(Some(isolated));
    Ok(())
}

/// What a unit is allowed beside machines: of what it was allowed, or of all if nothing of that is left.
fn allowed(before: &[u8], online: &[u32], isolated: &BTreeSet<u32>) -> Vec<u32> {
    let without = |cpus: &[u32]| cpus.iter().filter(|cpu| !isolated.contains(cpu)).copied().collect::<Vec<_>>();
    let left = without(&from_mask(before));
    if left.is_empty() { without(online) } else { left }
}

async fn apply_policies(context: &Context, record: &mut Record) -> Result<()> {
    if record.governors.is_empty()
        && record.preferences.is_empty()
        && Setting::ALL.iter().all(|setting| wishes(record, *setting).is_empty())
    {
        return Ok(());
    }
    let kernel = context.memory.kernel();
    // Once for both: a governor changes what the kernel says of the preference.
    let policies = blocking(move || Ok(governor::policies(&*kernel))).await?;
    let mut result = Ok(());
    for setting in Setting::ALL {
        result = result.and(apply_setting(context, record, setting, &policies).await);
    }
    result
}

async fn apply_setting(context: &Context, record: &mut Record, setting: Setting, policies: &[Policy]) -> Result<()> {
    let wishes = wishes(record, setting);
    let known = kept(record, setting).clone();
    let (writes, next) = plan(policies, setting, &wishes, &known);
    if next != known {
        *kept(record, setting) = next;
        context.running.put(record).await?;
    }
    let kernel = context.memory.kernel();
    // One that refuses keeps none of the others from being put back.
    let write = move || {
        let write = |(policy, value): &(u32, String)| governor::set(&*kernel, setting, *policy, value).map_err(refused);
        writes.iter().map(write).fold(Ok(()), Result::and)
    };
    blocking(write).await?;
    let is_put_back = |number: u32| {
        let mut all = policies.iter().filter(|policy| policy.number == number);
        all.any(|policy| !policy.cpus.iter().any(|cpu| wishes.contains_key(cpu)))
    };
    let kept = kept(record, setting);
    let before = kept.len();
    kept.retain(|number, _| !is_put_back(*number));
    if kept.len() == before { Ok(()) } else { context.running.put(record).await }
}

fn kept(record: &mut Record, setting: Setting) -> &mut BTreeMap<u32, Governed> {
    match setting {
        Setting::Governor => &mut record.governors,
        Setting::Preference => &mut record.preferences,
    }
}

/// What is to be written, and what is to be on disk before.
fn plan(
    policies: &[Policy],
    setting: Setting,
    wishes: &BTreeMap<u32, String>,
    known: &BTreeMap<u32, Governed>,
) -> (Vec<(u32, String)>, BTreeMap<u32, Governed>) {
    let mut writes = Vec::new();
    // Until they are put back they stay in the record, also a policy whose CPUs are gone for now.
    let mut kept = known.clone();
    for policy in policies {
        let value = policy.value(setting);
        let wish = policy.cpus.iter().find_map(|cpu| wishes.get(cpu));
        match (wish, known.get(&policy.number)) {
            // A machine may keep to CPUs of two kinds, of which one has no such setting.
            (Some(_), None) if value.is_empty() => {}
            (Some(wish), known) => {
                let before = known.map_or_else(|| value.to_owned(), |known| known.before.clone());
                // What somebody else has set since is theirs; what is as before was not written yet.
                let is_ours = known.is_none_or(|known| known.set != *wish || value == known.before);
                if is_ours && value != wish {
                    writes.push((policy.number, wish.clone()));
                }
                kept.insert(policy.number, Governed { before, set: wish.clone() });
            }
            (None, Some(known)) if value == known.set => writes.push((policy.number, known.before.clone())),
            (None, _) => {}
        }
    }
    (writes, kept)
}

/// Each CPU with a governor or a preference of its own.
fn wishes(record: &Record, setting: Setting) -> BTreeMap<u32, String> {
    let value = |taken: &Taken| match setting {
        Setting::Governor => taken.governor.clone(),
        Setting::Preference => taken.preference.clone(),
    };
    let machines = record.machines.values().map(|taken| (taken, value(taken))).filter(|(_, value)| !value.is_empty());
    machines.flat_map(|(taken, value)| taken.governed.iter().map(move |cpu| (*cpu, value.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use dbus::topology::Cpu;

    use super::*;

    #[test]
    fn the_host_keeps_a_core_with_all_its_siblings() {
        let cpu = |number| Cpu { number, core: number % 2, ..Cpu::default() };
        let topology = Topology { cpus: (0..4).map(cpu).collect(), ..Topology::default() };
        for (isolated, is_left) in [(vec![1, 3], true), (vec![1], true), (vec![], true), (vec![0, 1], false), (vec![0, 1, 2, 3], false)] {
            assert_eq!(leaves_a_core(&topology, &isolated.iter().copied().collect()), is_left, "{isolated:?}");
        }
    }

    #[test]
    fn a_unit_keeps_of_what_it_had_and_is_never_left_with_nothing() {
        let isolated = BTreeSet::from([2, 3]);
        assert_eq!(allowed(&[], &[0, 1, 2, 3], &isolated), [0, 1]);
        assert_eq!(allowed(&mask(&[1, 2]), &[0, 1, 2, 3], &isolated), [1]);
        assert_eq!(allowed(&mask(&[2, 3]), &[0, 1, 2, 3], &isolated), [0, 1]);
    }
}
