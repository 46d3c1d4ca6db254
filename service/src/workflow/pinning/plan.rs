//! Which cores of a host fit a machine best. Only arithmetic: the topology comes in, a plan goes out.

use std::collections::{BTreeMap, BTreeSet};

use dbus::topology::{Cpu, kind};
use model::cpus::{Cores, Pinning};

use crate::{
    error::{Error, Result},
    host::cpu::Topology,
};

/// What the host keeps for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Its first cores, so many.
    Cores(u32),
    /// The cores of these CPUs.
    Cpus(Vec<u32>),
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Virtual CPUs, 1 at least.
    pub vcpus: u32,
    /// The node that they should be on: as asked, or that of the machine's device.
    pub node: Option<u32>,
    /// What stays the host's.
    pub kept: Kept,
    /// CPUs that other machines are pinned to.
    pub taken: BTreeSet<u32>,
    /// Whether siblings of a core become two CPUs of the guest's.
    pub threads: bool,
    /// Bytes of the machine's memory.
    pub memory: u64,
}

/// A plan: what would be written, and what to know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The pins.
    pub pinning: Pinning,
    /// What the guest sees.
    pub cores: Cores,
    /// Words.
    pub warnings: Vec<&'static str>,
}

/// A core with its siblings.
#[derive(Clone, Debug)]
struct Core {
    cpus: Vec<u32>,
    node: u32,
    /// First CPU of those that share the last cache.
    cache: u32,
    is_free: bool,
}

/// Makes a plan.
///
/// # Errors
/// `LimitExceeded` with the most virtual CPUs that there could be; `InvalidArgument` if the host would keep nothing, or keeps or
/// is to use what it does not have.
pub fn plan(topology: &Topology, wish: &Wish) -> Result<Plan> {
    if wish.node.is_some_and(|node| !topology.nodes.iter().any(|known| known.number == node && !known.cpus.is_empty())) {
        return Err(Error::InvalidArgument { argument: "node", reason: "has no CPU that is online" });
    }
    let kept = kept(topology, &wish.kept)?;
    let cores = cores(topology, &kept, &wish.taken);
    let usable: Vec<&Core> = cores.iter().filter(|core| core.is_free).collect();
    let threads = threads(&usable, wish);
    let needed = wish.vcpus.div_ceil(threads) as usize;
    if needed > usable.len() {
        let most = usable.len() as u64 * u64::from(threads);
        return Err(Error::LimitExceeded { what: "virtual CPUs for the cores that are free", limit: most });
    }
    let mut warnings = Vec::new();
    let chosen = choose(&cores, wish.node, needed, &mut warnings);
    let per_core = threads as usize;
    if chosen.iter().any(|core| core.cpus.len() > per_core) {
        warnings.push("siblings-idle");
    }
    let pins = chosen.iter().flat_map(|core| core.cpus.iter().take(per_core)).map(|cpu| vec![*cpu]);
    let used: BTreeSet<u32> = chosen.iter().map(|core| core.node).collect();
    let (nodes, mode) = memory(topology, &used, wish.memory, &mut warnings);
    let pinning = Pinning { vcpus: (0_u32..).zip(pins).collect(), emulator: kept.into_iter().collect(), nodes, mode };
    warnings.sort_unstable();
    Ok(Plan { pinning, cores: Cores { cores: wish.vcpus / threads, threads }, warnings })
}

/// The CPUs that the host keeps: whole cores.
fn kept(topology: &Topology, wish: &Kept) -> Result<BTreeSet<u32>> {
    let firsts: BTreeSet<u32> = topology.cpus.iter().map(|cpu| cpu.core).collect();
    let kept: BTreeSet<u32> = match wish {
        Kept::Cores(count) => firsts.into_iter().take(*count as usize).collect(),
        Kept::Cpus(cpus) => {
            let core = |number: &u32| topology.cpus.iter().find(|cpu| cpu.number == *number).map(|cpu| cpu.core);
            let unknown = Error::InvalidArgument { argument: "host-cpus", reason: "names a CPU that is not online" };
            cpus.iter().map(core).collect::<Option<_>>().ok_or(unknown)?
        }
    };
    if kept.is_empty() {
        return Err(Error::InvalidArgument { argument: "host-cores", reason: "the host needs a core" });
    }
    Ok(topology.cpus.iter().filter(|cpu| kept.contains(&cpu.core)).map(|cpu| cpu.number).collect())
}

/// The cores of the host. Free are full ones that neither the host nor another machine has.
fn cores(topology: &Topology, kept: &BTreeSet<u32>, taken: &BTreeSet<u32>) -> Vec<Core> {
    let mut cores: BTreeMap<u32, Vec<&Cpu>> = BTreeMap::new();
    for cpu in &topology.cpus {
        cores.entry(cpu.core).or_default().push(cpu);
    }
    let last = topology.caches.iter().map(|cache| cache.level).max().unwrap_or_default();
    let cache = |cpu: &Cpu| {
        let cache = topology.caches.iter().find(|cache| cache.level == last && last >= 3 && cache.cpus.contains(&cpu.number));
        cache
            .and_then(|cache| cache.cpus.first().copied())
            .unwrap_or_else(|| topology.cpus.iter().find(|other| other.node == cpu.node).map_or(0, |first| first.number))
    };
    let core = |cpus: Vec<&Cpu>| {
        let first = cpus.first()?;
        let is_free = first.kind != kind::EFFICIENCY && cpus.iter().all(|cpu| !kept.contains(&cpu.number) && !taken.contains(&cpu.number));
        Some(Core { node: first.node, cache: cache(first), is_free, cpus: cpus.iter().map(|cpu| cpu.number).collect() })
    };
    cores.into_values().filter_map(core).collect()
}

/// How many threads each core of the guest has: the host's siblings if all have as many and the number comes out even.
fn threads(usable: &[&Core], wish: &Wish) -> u32 {
    let siblings = usable.iter().map(|core| core.cpus.len()).min().and_then(|least| u32::try_from(least).ok()).unwrap_or(1).max(1);
    if wish.threads && wish.vcpus.is_multiple_of(siblings) { siblings } else { 1 }
}

/// The cores: all with one last cache if they can be, else all of one node, else of as few parts as can be.
fn choose<'c>(cores: &'c [Core], wanted: Option<u32>, needed: usize, warnings: &mut Vec<&'static str>) -> Vec<&'c Core> {
    let room = |node: u32| cores.iter().filter(|core| core.is_free && core.node == node).count();
    let nodes: BTreeSet<u32> = cores.iter().map(|core| core.node).collect();
    // The node that was asked for, else the fullest that has room, so that what is whole stays whole.
    let node = wanted.filter(|node| room(*node) >= needed);
    let node = node.or_else(|| nodes.iter().copied().filter(|node| room(*node) >= needed).min_by_key(|node| (room(*node), *node)));
    if wanted.is_some() && node != wanted {
        warnings.push("not-on-node");
    }
    if node.is_none() {
        warnings.push("several-nodes");
    }
    let mut caches: BTreeMap<u32, Vec<&Core>> = BTreeMap::new();
    let mut shared: BTreeSet<u32> = BTreeSet::new();
    for core in cores {
        if !core.is_free {
            shared.insert(core.cache);
        } else if node.is_none_or(|node| core.node == node) {
            caches.entry(core.cache).or_default().push(core);
        }
    }
    // A cache that nobody else uses first, then the one that is filled best.
    let fitting = caches.iter().filter(|(_, cores)| cores.len() >= needed);
    let mut chosen = match fitting.min_by_key(|(cache, cores)| (shared.contains(cache), cores.len(), **cache)) {
        Some((_, cores)) => cores.iter().take(needed).copied().collect::<Vec<_>>(),
        None => {
            warnings.push("several-caches");
            let mut largest: Vec<Vec<&Core>> = caches.into_values().collect();
            // As wanted first, then the largest: as few parts as can be.
            largest.sort_by_key(|cores| {
                (cores.first().is_none_or(|core| wanted.is_some_and(|node| core.node != node)), usize::MAX - cores.len())
            });
            largest.into_iter().flatten().take(needed).collect()
        }
    };
    chosen.sort_by_key(|core| core.cpus.first().copied());
    chosen
}

/// The nodes that the memory should be on; any on a host that has one.
fn memory(topology: &Topology, used: &BTreeSet<u32>, bytes: u64, warnings: &mut Vec<&'static str>) -> (Vec<u32>, String) {
    if topology.nodes.iter().filter(|node| node.memory > 0).count() < 2 {
        return (Vec::new(), String::new());
    }
    let with_memory = topology.nodes.iter().filter(|node| used.contains(&node.number) && node.memory > 0);
    let (nodes, all): (Vec<u32>, Vec<u64>) = with_memory.map(|node| (node.number, node.memory)).unzip();
    if nodes.is_empty() || all.iter().fold(0, |sum: u64, memory| sum.saturating_add(*memory)) < bytes {
        // Nothing is gained by a place where the machine could not even start.
        warnings.push("memory-elsewhere");
        return (Vec::new(), String::new());
    }
    (nodes, "strict".to_owned())
}
