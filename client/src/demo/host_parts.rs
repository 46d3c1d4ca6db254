//! What the host in memory is made of, and what it lacks.

use super::roster::GIB;
use crate::{
    readiness::{Check, Fix, Standing},
    topology::{Cache, Cpu, Governor, Node, Topology},
};

const MIB: u64 = 1 << 20;
/// Cores; each has two threads, and each half of them is a node.
const CORES: u32 = 8;
/// CPUs that are kept for a machine.
const ISOLATED: [u32; 4] = [2, 3, 10, 11];

const fn node(core: u32) -> u32 {
    core / (CORES / 2)
}

/// The processor: one package, two nodes, eight cores with two threads each.
pub(super) fn topology(free: impl Fn(u32) -> u64) -> Topology {
    let cpu = |number: u32| Cpu {
        number,
        core: number % CORES,
        node: node(number % CORES),
        kind: dbus::topology::kind::PERFORMANCE,
        frequency: 3_900_000_000,
        ..Cpu::default()
    };
    let caches = (0..CORES).flat_map(|core| {
        let (data, instruction, unified) =
            (dbus::topology::cache::DATA, dbus::topology::cache::INSTRUCTION, dbus::topology::cache::UNIFIED);
        let levels = [(1, data, 32 << 10), (1, instruction, 32 << 10), (2, unified, 512 << 10), (3, unified, 16 * MIB)];
        levels.map(|(level, kind, size)| Cache { level, kind, size, cpus: vec![core, core + CORES] })
    });
    let nodes = (0..2).map(|number| Node {
        number,
        cpus: (0..2 * CORES).filter(|cpu| node(cpu % CORES) == number).collect(),
        memory: 32 * GIB,
        free: free(number),
        distances: if number == 0 { vec![10, 12] } else { vec![12, 10] },
    });
    let others = (0..2 * CORES).filter(|cpu| !ISOLATED.contains(cpu)).collect();
    Topology {
        cpus: (0..2 * CORES).map(cpu).collect(),
        isolated: ISOLATED.to_vec(),
        caches: caches.collect(),
        nodes: nodes.collect(),
        governors: vec![
            Governor { name: "schedutil".to_owned(), cpus: others },
            Governor { name: "performance".to_owned(), cpus: ISOLATED.to_vec() },
        ],
        available_governors: ["performance", "powersave", "schedutil"].map(str::to_owned).to_vec(),
    }
}

/// What the service would see.
pub(super) fn checks() -> Vec<Check> {
    let check = |id: &str, standing, facts: &[(&str, &str)], fixes: Vec<Fix>| {
        let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Check { id: id.to_owned(), standing, facts, fixes }
    };
    let ready = |id: &str, facts: &[(&str, &str)]| check(id, Standing::Ready, facts, Vec::new());
    vec![
        ready("kvm", &[]),
        check("nested", Standing::Limited, &[("module", "kvm_amd")], vec![Fix::ModuleOption("options kvm_amd nested=1".to_owned())]),
        ready("iommu", &[("groups", "27")]),
        ready("vfio", &[]),
        ready("huge-pages", &[("sizes", "2097152 1073741824")]),
        ready("confinement", &[("by", "apparmor")]),
        ready("cgroup", &[("version", "2"), ("controllers", "cpuset cpu io memory hugetlb pids")]),
        ready("swtpm", &[]),
        check("virtiofsd", Standing::Missing, &[], vec![Fix::Command("apt install virtiofsd".to_owned())]),
        ready("dnsmasq", &[]),
        check("passt", Standing::Missing, &[], vec![Fix::Command("apt install passt".to_owned())]),
        ready("firmware", &[("descriptors", "6"), ("secure-boot", "yes"), ("enrolled-keys", "yes")]),
    ]
}
