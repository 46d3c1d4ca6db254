//! Processors, caches and NUMA nodes.

use std::collections::BTreeMap;

use dbus::topology::{Cache, Cpu, Governor, Node, NodeDevices, cache, kind};

use super::{
    hugepages::NODES,
    memory::{
        field,
        files::{Kernel, line, number, numbered, numbers},
    },
    pci::PciAddress,
};

const CPUS: &str = "sys/devices/system/cpu";
const DEVICES: &str = "sys/bus/pci/devices";

/// What the host is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// The CPUs that are online.
    pub cpus: Vec<Cpu>,
    /// Those that the scheduler was told at boot to leave alone.
    pub isolated: Vec<u32>,
    /// Their caches.
    pub caches: Vec<Cache>,
    /// NUMA nodes, one at least.
    pub nodes: Vec<Node>,
    /// Which PCI devices are close to which of them.
    pub node_devices: Vec<NodeDevices>,
    /// Which governor the CPUs have.
    pub governors: Vec<Governor>,
    /// Which they could have.
    pub available_governors: Vec<String>,
}

impl Topology {
    /// What the kernel says now.
    #[must_use]
    pub fn of(kernel: &dyn Kernel) -> Self {
        let online = list(kernel, &format!("{CPUS}/online"));
        let nodes = nodes(kernel, &online);
        let mut cpus: Vec<Cpu> = online.iter().map(|number| cpu(kernel, *number, &nodes)).collect();
        tell_kinds(kernel, &mut cpus);
        Self {
            caches: caches(kernel, &online),
            governors: governors(kernel, &online),
            available_governors: available_governors(kernel, &online),
            isolated: list(kernel, &format!("{CPUS}/isolated")),
            node_devices: node_devices(kernel, &nodes),
            cpus,
            nodes,
        }
    }
}

fn list(kernel: &dyn Kernel, path: &str) -> Vec<u32> {
    line(kernel, path).map(|line| numbers(&line)).unwrap_or_default()
}

fn number_of(kernel: &dyn Kernel, path: &str) -> Option<u32> {
    u32::try_from(number(kernel, path)?).ok()
}

fn cpu(kernel: &dyn Kernel, number: u32, nodes: &[Node]) -> Cpu {
    let topology = format!("{CPUS}/cpu{number}/topology");
    let read = |file| number_of(kernel, &format!("{topology}/{file}")).unwrap_or_default();
    // Older kernels have the second name.
    let siblings = ["core_cpus_list", "thread_siblings_list"].map(|file| list(kernel, &format!("{topology}/{file}")));
    let kilohertz = self::number(kernel, &format!("{CPUS}/cpu{number}/cpufreq/cpuinfo_max_freq"));
    Cpu {
        number,
        package: read("physical_package_id"),
        die: read("die_id"),
        core: siblings.iter().flatten().copied().min().unwrap_or(number),
        node: nodes.iter().find(|node| node.cpus.contains(&number)).map_or(0, |node| node.number),
        kind: 0,
        frequency: kilohertz.unwrap_or_default().saturating_mul(1000),
    }
}

/// Which cores are full ones. Intel's kernels name them; else what the kernel says of their capacity decides, else how fast
/// they may be. A core that is favoured for its turbo is a little faster than its neighbours and no other kind.
fn tell_kinds(kernel: &dyn Kernel, cpus: &mut [Cpu]) {
    let named = ["sys/devices/cpu_core/cpus", "sys/devices/cpu_atom/cpus"].map(|path| list(kernel, path));
    let capacity = |cpu: &Cpu| number(kernel, &format!("{CPUS}/cpu{}/cpu_capacity", cpu.number)).unwrap_or_default();
    let capacities: Vec<u64> = cpus.iter().map(capacity).collect();
    let frequencies: Vec<u64> = cpus.iter().map(|cpu| cpu.frequency).collect();
    let differ = |values: &[u64]| values.iter().any(|value| is_less(*value, values));
    let measure = if differ(&capacities) { capacities } else { frequencies };
    for (cpu, value) in cpus.iter_mut().zip(&measure) {
        let is_small = if named[0].is_empty() { is_less(*value, &measure) } else { named[1].contains(&cpu.number) };
        cpu.kind = if is_small { kind::EFFICIENCY } else { kind::PERFORMANCE };
    }
}

/// Whether a value is much below the best. 0 is not known.
fn is_less(value: u64, all: &[u64]) -> bool {
    let best = all.iter().copied().max().unwrap_or_default();
    value > 0 && value < best / 5 * 4
}

fn nodes(kernel: &dyn Kernel, online: &[u32]) -> Vec<Node> {
    let numbers = numbered(kernel, NODES, "node");
    if numbers.is_empty() {
        let text = kernel.read("proc/meminfo").unwrap_or_default();
        let bytes = |name| field(&text, name).unwrap_or_default();
        return vec![Node { number: 0, cpus: online.to_vec(), memory: bytes("MemTotal"), free: bytes("MemFree"), distances: vec![10] }];
    }
    let node = |number| {
        let text = kernel.read(&format!("{NODES}/node{number}/meminfo")).unwrap_or_default();
        let bytes = |name| field(&text, name).unwrap_or_default();
        let distances = line(kernel, &format!("{NODES}/node{number}/distance")).unwrap_or_default();
        Node {
            number,
            cpus: list(kernel, &format!("{NODES}/node{number}/cpulist")),
            memory: bytes("MemTotal"),
            free: bytes("MemFree"),
            distances: distances.split_ascii_whitespace().filter_map(|distance| distance.parse().ok()).collect(),
        }
    };
    numbers.into_iter().map(node).collect()
}

/// Nodes with devices, ascending. A device that says none is on the only node there is, or nobody knows where.
fn node_devices(kernel: &dyn Kernel, nodes: &[Node]) -> Vec<NodeDevices> {
    let only = if let [node] = nodes { Some(node.number) } else { None };
    let mut found: BTreeMap<u32, Vec<PciAddress>> = BTreeMap::new();
    for address in kernel.names(DEVICES).iter().filter_map(|name| name.parse::<PciAddress>().ok()) {
        if let Some(node) = number_of(kernel, &format!("{DEVICES}/{address}/numa_node")).or(only) {
            found.entry(node).or_default().push(address);
        }
    }
    let told = |(node, mut addresses): (u32, Vec<PciAddress>)| {
        addresses.sort_unstable();
        NodeDevices { node, addresses: addresses.iter().map(ToString::to_string).collect() }
    };
    found.into_iter().map(told).collect()
}

fn caches(kernel: &dyn Kernel, online: &[u32]) -> Vec<Cache> {
    let mut found: Vec<Cache> = Vec::new();
    for cpu in online {
        let directory = format!("{CPUS}/cpu{cpu}/cache");
        for index in numbered(kernel, &directory, "index") {
            let read = |file| line(kernel, &format!("{directory}/index{index}/{file}")).unwrap_or_default();
            let kind = match read("type").as_str() {
                "Data" => cache::DATA,
                "Instruction" => cache::INSTRUCTION,
                "Unified" => cache::UNIFIED,
                _ => 0,
            };
            let Ok(level) = read("level").parse() else { continue };
            let one = Cache { level, kind, size: bytes(&read("size")), cpus: numbers(&read("shared_cpu_list")) };
            if !found.contains(&one) {
                found.push(one);
            }
        }
    }
    found.sort_by_key(|cache| (cache.level, cache.kind, cache.cpus.first().copied()));
    found
}

/// `512K`, `32M`.
fn bytes(size: &str) -> u64 {
    let (digits, unit) = size.split_at(size.trim_end_matches(['K', 'M', 'G']).len());
    let unit = match unit {
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => 1,
    };
    digits.parse::<u64>().ok().and_then(|digits| digits.checked_mul(unit)).unwrap_or_default()
}

fn governors(kernel: &dyn Kernel, online: &[u32]) -> Vec<Governor> {
    let mut found: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for cpu in online {
        if let Some(name) = line(kernel, &format!("{CPUS}/cpu{cpu}/cpufreq/scaling_governor")) {
            found.entry(name).or_default().push(*cpu);
        }
    }
    found.into_iter().map(|(name, cpus)| Governor { name, cpus }).collect()
}

fn available_governors(kernel: &dyn Kernel, online: &[u32]) -> Vec<String> {
    let all = |cpu: &u32| line(kernel, &format!("{CPUS}/cpu{cpu}/cpufreq/scaling_available_governors"));
    let mut names: Vec<String> = online.iter().find_map(all).unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect();
    names.sort_unstable();
    names
}
