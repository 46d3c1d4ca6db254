//! Plans for hosts that are described: how many cores of which kind share what.

use std::collections::BTreeSet;

use dbus::topology::{Cache, Cpu, Node, cache, kind};

use super::plan::{Kept, Plan, Wish, plan};
use crate::{error::Error, host::cpu::Topology};

const GIB: u64 = 1 << 30;

/// Cores in a row, `siblings` each; the second sibling of core N is CPU N + all cores. Each `(node, kind, cores)` shares a
/// last cache.
fn host(parts: &[(u32, u32, u32)], siblings: u32) -> Topology {
    let all: u32 = parts.iter().map(|(_, _, cores)| cores).sum();
    let mut topology = Topology::default();
    let mut first = 0;
    for (node, kind, cores) in parts {
        let siblings = if *kind == kind::EFFICIENCY { 1 } else { siblings };
        let numbers = |core: u32| (0..siblings).map(move |sibling| core + sibling * all);
        let members: Vec<u32> = (0..siblings).flat_map(|sibling| (first..first + cores).map(move |core| core + sibling * all)).collect();
        for core in first..first + cores {
            for number in numbers(core) {
                topology.cpus.push(Cpu { number, core, node: *node, kind: *kind, ..Cpu::default() });
            }
        }
        topology.caches.push(Cache { level: 3, kind: cache::UNIFIED, size: 32 << 20, cpus: members.clone() });
        match topology.nodes.iter_mut().find(|known| known.number == *node) {
            Some(known) => known.cpus.extend(members),
            None => topology.nodes.push(Node { number: *node, cpus: members, memory: 64 * GIB, ..Node::default() }),
        }
        first += cores;
    }
    topology.cpus.sort_by_key(|cpu| cpu.number);
    topology
}

fn wish(vcpus: u32) -> Wish {
    Wish { vcpus, node: None, kept: Kept::Cores(1), taken: BTreeSet::new(), threads: true, memory: 16 * GIB }
}

fn cpus(plan: &Plan) -> Vec<u32> {
    plan.pinning.vcpus.iter().flat_map(|(_, cpus)| cpus).copied().collect()
}

fn most(topology: &Topology, wish: &Wish) -> u64 {
    match plan(topology, wish) {
        Err(Error::LimitExceeded { limit, .. }) => limit,
        other => panic!("{other:?}"),
    }
}

const FULL: u32 = kind::PERFORMANCE;

#[test]
fn siblings_are_neighbours_in_the_guest_and_the_host_keeps_its_first_core_whole() {
    let plan = plan(&host(&[(0, FULL, 8)], 2), &wish(8)).unwrap();
    assert_eq!(cpus(&plan), [1, 9, 2, 10, 3, 11, 4, 12]);
    assert_eq!(plan.pinning.vcpus.iter().map(|(vcpu, _)| *vcpu).collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
    assert_eq!((plan.cores.cores, plan.cores.threads), (4, 2));
    assert_eq!(plan.pinning.emulator, [0, 8]);
    assert_eq!((plan.pinning.nodes.len(), plan.warnings.len()), (0, 0), "one node needs no place for memory");
}

#[test]
fn a_number_that_does_not_come_out_even_gets_a_core_each_and_their_siblings_idle() {
    let eight = host(&[(0, FULL, 8)], 2);
    let plan = plan(&eight, &wish(3)).unwrap();
    assert_eq!(cpus(&plan), [1, 2, 3]);
    assert_eq!(((plan.cores.cores, plan.cores.threads), plan.warnings.as_slice()), ((3, 1), &["siblings-idle"][..]));
    let alone = super::plan::plan(&eight, &Wish { threads: false, ..wish(4) }).unwrap();
    assert_eq!((cpus(&alone), alone.cores.threads), (vec![1, 2, 3, 4], 1));
}

#[test]
fn small_cores_are_nobodys_and_the_error_says_how_many_there_could_be() {
    let hybrid = host(&[(0, FULL, 6), (0, kind::EFFICIENCY, 8)], 2);
    let ten = plan(&hybrid, &wish(10)).unwrap();
    assert!(cpus(&ten).iter().all(|cpu| hybrid.cpus.iter().any(|known| known.number == *cpu && known.kind == FULL)));
    assert_eq!(most(&hybrid, &wish(12)), 10);
    assert_eq!(most(&hybrid, &wish(u32::MAX)), 5, "an odd number gets a core each");
}

#[test]
fn a_cache_that_holds_all_is_taken_before_one_that_the_host_shares() {
    let two = host(&[(0, FULL, 8), (0, FULL, 8)], 2);
    let twelve = plan(&two, &wish(12)).unwrap();
    assert_eq!(cpus(&twelve).iter().step_by(2).copied().collect::<Vec<_>>(), [8, 9, 10, 11, 12, 13]);
    // The second machine gets the other cache, beside the host.
    let other = plan(&two, &Wish { taken: (8..16).chain(24..32).collect(), ..wish(12) }).unwrap();
    assert_eq!(cpus(&other).iter().step_by(2).copied().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert!(twelve.warnings.is_empty() && other.warnings.is_empty());
    let large = plan(&two, &wish(20)).unwrap();
    assert_eq!(large.warnings, ["several-caches"]);
    assert_eq!(cpus(&large).iter().filter(|cpu| (8..16).contains(*cpu)).count(), 8, "one cache is whole");
}

#[test]
fn the_node_of_the_device_wins_and_memory_follows() {
    let server = host(&[(0, FULL, 8), (1, FULL, 8)], 2);
    for (node, first) in [(0, 1), (1, 8)] {
        let plan = plan(&server, &Wish { node: Some(node), ..wish(8) }).unwrap();
        assert_eq!((cpus(&plan)[0], plan.pinning.nodes.as_slice(), plan.pinning.mode.as_str()), (first, &[node][..], "strict"));
        assert!(plan.warnings.is_empty());
    }
    let elsewhere = plan(&server, &Wish { node: Some(0), ..wish(16) }).unwrap();
    assert_eq!((elsewhere.pinning.nodes.as_slice(), elsewhere.warnings.as_slice()), (&[1][..], &["not-on-node"][..]));
    let both = plan(&server, &Wish { node: Some(1), ..wish(20) }).unwrap();
    assert_eq!(
        (both.pinning.nodes.as_slice(), both.warnings.as_slice()),
        (&[0, 1][..], &["not-on-node", "several-caches", "several-nodes"][..])
    );
    assert!((8..16).all(|cpu| cpus(&both).contains(&cpu)), "the device's node is whole");
}

#[test]
fn memory_that_a_node_does_not_have_is_not_tied_to_it() {
    let server = host(&[(0, FULL, 8), (1, FULL, 8)], 2);
    let plan = plan(&server, &Wish { memory: 65 * GIB, ..wish(4) }).unwrap();
    assert_eq!((plan.pinning.nodes.len(), plan.pinning.mode.as_str(), plan.warnings.as_slice()), (0, "", &["memory-elsewhere"][..]));
}

#[test]
fn a_core_of_which_another_machine_has_one_sibling_is_taken_whole() {
    let eight = host(&[(0, FULL, 8)], 2);
    let plan = plan(&eight, &Wish { taken: BTreeSet::from([9, 2]), ..wish(4) }).unwrap();
    assert_eq!(cpus(&plan), [3, 11, 4, 12]);
    assert_eq!(most(&eight, &Wish { taken: (0..16).collect(), ..wish(2) }), 0);
}

#[test]
fn what_the_host_keeps_is_as_asked_and_never_nothing() {
    let eight = host(&[(0, FULL, 8)], 2);
    let kept = |kept| Wish { kept, ..wish(4) };
    let two = plan(&eight, &kept(Kept::Cores(2))).unwrap();
    assert_eq!((two.pinning.emulator.as_slice(), cpus(&two)[0]), (&[0, 1, 8, 9][..], 2));
    let last = plan(&eight, &kept(Kept::Cpus(vec![15]))).unwrap();
    assert_eq!((last.pinning.emulator.as_slice(), cpus(&last)[0]), (&[7, 15][..], 0));
    for odd in [Kept::Cpus(vec![]), Kept::Cpus(vec![99]), Kept::Cores(0)] {
        assert!(matches!(plan(&eight, &kept(odd)), Err(Error::InvalidArgument { .. })));
    }
    assert_eq!(most(&eight, &kept(Kept::Cores(u32::MAX))), 0);
    assert!(matches!(plan(&eight, &Wish { node: Some(7), ..wish(2) }), Err(Error::InvalidArgument { argument: "node", .. })));
}

#[test]
fn no_cpu_is_given_twice_and_none_that_is_kept_or_taken() {
    let hosts = [
        host(&[(0, FULL, 4)], 1),
        host(&[(0, FULL, 8), (0, FULL, 8), (1, FULL, 6)], 2),
        host(&[(0, FULL, 2), (0, kind::EFFICIENCY, 4)], 2),
    ];
    for topology in &hosts {
        for vcpus in 1..40 {
            for taken in [BTreeSet::new(), BTreeSet::from([1, 5]), (0..12).collect()] {
                for node in [None, Some(0)] {
                    let wish = Wish { node, taken: taken.clone(), ..wish(vcpus) };
                    let Ok(plan) = plan(topology, &wish) else { continue };
                    let given = cpus(&plan);
                    let distinct: BTreeSet<u32> = given.iter().copied().collect();
                    assert_eq!((given.len(), distinct.len()), (vcpus as usize, vcpus as usize), "{wish:?}");
                    assert_eq!(plan.cores.vcpus(), vcpus);
                    assert!(distinct.is_disjoint(&taken) && !plan.pinning.emulator.iter().any(|cpu| distinct.contains(cpu)), "{wish:?}");
                }
            }
        }
    }
}
