//! Processors, caches and NUMA nodes of a host.

pub use dbus::topology::{Cache, Cpu, Governor, Node};

/// What the service tells of them. It is there only where libvirt runs on the computer of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// Logical CPUs that are online.
    pub cpus: Vec<Cpu>,
    /// CPUs that the scheduler was told at boot to leave alone.
    pub isolated: Vec<u32>,
    /// Each cache once.
    pub caches: Vec<Cache>,
    /// NUMA nodes, one at least.
    pub nodes: Vec<Node>,
    /// Governors in use and their CPUs; none if the host does not set frequencies itself.
    pub governors: Vec<Governor>,
    /// Governors that could be used.
    pub available_governors: Vec<String>,
}

/// What kind of core a CPU belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A full one, also where all are alike.
    Full,
    /// A smaller, efficient one.
    Efficient,
    /// Not told.
    Unknown,
}

impl From<u32> for Kind {
    fn from(number: u32) -> Self {
        match number {
            dbus::topology::kind::PERFORMANCE => Self::Full,
            dbus::topology::kind::EFFICIENCY => Self::Efficient,
            _ => Self::Unknown,
        }
    }
}

/// A core and its logical CPUs, which are SMT siblings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Core {
    /// What kind it is.
    pub kind: Kind,
    /// Its package (socket).
    pub package: u32,
    /// Highest frequency in Hz, 0 if not known.
    pub frequency: u64,
    /// Its CPUs, in order.
    pub cpus: Vec<u32>,
}

impl Topology {
    /// The cores of a node in the order of their first CPU.
    #[must_use]
    pub fn cores(&self, node: u32) -> Vec<Core> {
        let mut cores = std::collections::BTreeMap::<u32, Core>::new();
        for cpu in self.cpus.iter().filter(|cpu| cpu.node == node) {
            let empty = || Core { kind: cpu.kind.into(), package: cpu.package, frequency: 0, cpus: Vec::new() };
            let core = cores.entry(cpu.core).or_insert_with(empty);
            core.cpus.push(cpu.number);
            core.frequency = core.frequency.max(cpu.frequency);
        }
        for core in cores.values_mut() {
            core.cpus.sort_unstable();
        }
        cores.into_values().collect()
    }

    /// How many packages (sockets) there are.
    #[must_use]
    pub fn packages(&self) -> usize {
        self.cpus.iter().map(|cpu| cpu.package).collect::<std::collections::BTreeSet<_>>().len()
    }

    /// Whether there are both full and efficient cores.
    #[must_use]
    pub fn is_hybrid(&self) -> bool {
        let has = |kind| self.cpus.iter().any(|cpu| Kind::from(cpu.kind) == kind);
        has(Kind::Full) && has(Kind::Efficient)
    }

    /// The governor of a CPU, if the host sets frequencies itself.
    #[must_use]
    pub fn governor(&self, cpu: u32) -> Option<&str> {
        self.governors.iter().find(|governor| governor.cpus.contains(&cpu)).map(|governor| governor.name.as_str())
    }

    /// The caches of a level that a node's CPUs share among themselves or with others: bytes, and how many of them there are.
    #[must_use]
    pub fn caches(&self, node: &Node, level: u32) -> Vec<(u64, usize)> {
        let is_here = |cache: &&Cache| cache.level == level && cache.cpus.iter().any(|cpu| node.cpus.contains(cpu));
        let mut sizes = std::collections::BTreeMap::new();
        for cache in self.caches.iter().filter(is_here) {
            *sizes.entry(cache.size).or_default() += 1;
        }
        sizes.into_iter().rev().collect()
    }

    /// The highest level of cache there is, 0 without any.
    #[must_use]
    pub fn last_level(&self) -> u32 {
        self.caches.iter().map(|cache| cache.level).max().unwrap_or_default()
    }
}

/// Numbers as people write them: `0–3, 8, 10–11`; empty for none.
#[must_use]
pub fn ranges(numbers: &[u32]) -> String {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let runs = sorted.chunk_by(|left, right| left.checked_add(1) == Some(*right));
    let run = |run: &[u32]| match (run.first(), run.last()) {
        (Some(first), Some(last)) if first != last => format!("{first}–{last}"),
        (Some(first), _) => first.to_string(),
        _ => String::new(),
    };
    runs.map(run).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpu(number: u32, core: u32, node: u32, kind: u32) -> Cpu {
        Cpu { number, core, node, kind, frequency: u64::from(number) * 1_000_000_000, ..Cpu::default() }
    }

    #[test]
    fn siblings_are_one_core_with_its_highest_frequency() {
        let cpus = vec![cpu(4, 1, 0, 1), cpu(1, 1, 0, 1), cpu(0, 0, 0, 1), cpu(2, 2, 0, 2), cpu(3, 3, 1, 9)];
        let topology = Topology { cpus, ..Topology::default() };
        let cores = topology.cores(0);
        assert_eq!(cores.iter().map(|core| core.cpus.clone()).collect::<Vec<_>>(), [vec![0], vec![1, 4], vec![2]]);
        assert_eq!((cores[1].frequency, cores[1].kind, cores[2].kind), (4_000_000_000, Kind::Full, Kind::Efficient));
        assert_eq!(topology.cores(1)[0].kind, Kind::Unknown);
        assert!(topology.is_hybrid());
    }

    #[test]
    fn numbers_that_follow_each_other_are_a_range() {
        assert_eq!(ranges(&[10, 0, 2, 1, 8, 11, 3, 3]), "0–3, 8, 10–11");
        assert_eq!((ranges(&[]), ranges(&[u32::MAX])), (String::new(), u32::MAX.to_string()));
    }

    #[test]
    fn caches_of_a_node_are_counted_by_size() {
        let cache = |size, cpus: &[u32]| Cache { level: 3, kind: 3, size, cpus: cpus.to_vec() };
        let topology = Topology { caches: vec![cache(16, &[0]), cache(16, &[1]), cache(32, &[2])], ..Topology::default() };
        let node = Node { cpus: vec![0, 1], ..Node::default() };
        assert_eq!((topology.caches(&node, 3), topology.caches(&node, 2), topology.last_level()), (vec![(16, 2)], vec![], 3));
    }
}
