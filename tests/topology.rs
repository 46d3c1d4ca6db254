//! Processors, caches and NUMA nodes of captured hosts, and what the bus tells of them.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use dbus::{
    interface, path,
    topology::{Cache, Cpu, Governor, NodeDevices, cache, kind},
};
use kvm_manager_tests::{
    TestService,
    captured::Captured,
    client::{managed_objects, properties},
    inside, project,
    tree::Tree,
    user,
};
use service::host::{Root, cpu::Topology};

fn topology(name: &str) -> Topology {
    Topology::of(&Tree::of(name).root())
}

fn kinds(topology: &Topology, kind: u32) -> Vec<u32> {
    topology.cpus.iter().filter(|cpu| cpu.kind == kind).map(|cpu| cpu.number).collect()
}

#[test]
fn smt_siblings_share_a_core_and_a_favoured_core_is_no_other_kind() {
    let desktop = topology("desktop-smt");
    assert_eq!(desktop.cpus.iter().map(|cpu| cpu.core).collect::<Vec<_>>(), [0, 1, 2, 3, 0, 1, 2, 3]);
    assert_eq!(desktop.cpus[4], Cpu { number: 4, package: 0, die: 0, core: 0, node: 0, kind: kind::PERFORMANCE, frequency: 4_600_000_000 });
    assert_eq!(kinds(&desktop, kind::PERFORMANCE).len(), 8);
    assert_eq!(desktop.isolated, [3, 7]);
}

#[test]
fn full_and_small_cores_are_told_apart_by_name_and_by_capacity() {
    assert_eq!(kinds(&topology("hybrid-intel"), kind::PERFORMANCE), [0, 1, 2, 3]);
    assert_eq!(kinds(&topology("hybrid-intel"), kind::EFFICIENCY), [4, 5, 6, 7]);
    assert_eq!(kinds(&topology("hybrid-arm"), kind::PERFORMANCE), [0, 1]);
    assert_eq!(kinds(&topology("hybrid-arm"), kind::EFFICIENCY), [2, 3, 4, 5]);
    // Without names, frequencies that are far apart do.
    let tree = Tree::of("hybrid-intel");
    tree.write("sys/devices/cpu_core/cpus", "");
    assert_eq!(kinds(&Topology::of(&tree.root()), kind::EFFICIENCY), [4, 5, 6, 7]);
}

#[test]
fn each_cache_is_told_once_with_the_cpus_that_share_it() {
    let desktop = topology("desktop-smt");
    assert_eq!(desktop.caches.len(), 13, "three of each core and one of all");
    let last = Cache { level: 3, kind: cache::UNIFIED, size: 16 << 20, cpus: (0..8).collect() };
    assert_eq!(desktop.caches.last(), Some(&last));
    let shared = Cache { level: 2, kind: cache::UNIFIED, size: 2 << 20, cpus: vec![4, 5, 6, 7] };
    assert!(topology("hybrid-intel").caches.contains(&shared));
}

#[test]
fn nodes_have_their_cpus_memory_and_distances_and_one_may_be_memory_alone() {
    let server = topology("server-two-nodes");
    assert_eq!(server.nodes[0].cpus, [0, 1, 4, 5]);
    assert_eq!((server.nodes[1].memory, server.nodes[1].free), (64 << 30, 39 << 30));
    assert_eq!(server.nodes[1].distances, [21, 10, 17]);
    assert_eq!((server.nodes[2].number, server.nodes[2].cpus.len()), (2, 0));
    assert_eq!(
        server.cpus.iter().map(|cpu| (cpu.node, cpu.package)).collect::<Vec<_>>(),
        [0, 0, 1, 1, 0, 0, 1, 1].map(|node| (node, node))
    );
}

/// A described host whose kernel has two nodes, or none of its own.
fn described(host: &str, has_nodes: bool) -> Captured {
    let nodes: String =
        [(0, "0-3"), (1, "4-7")].map(|(node, cpus)| format!("file sys/devices/system/node/node{node}/cpulist {cpus}\n")).concat();
    Captured::described(&format!("{host}\n{}", if has_nodes { nodes.as_str() } else { "" }))
}

fn devices(host: &Captured) -> Vec<(u32, Vec<String>)> {
    let told = |NodeDevices { node, addresses }| (node, addresses);
    Topology::of(&Root::captured(host.path())).node_devices.into_iter().map(told).collect()
}

#[test]
fn devices_are_told_with_the_node_that_they_are_on() {
    let text = project::read("tests/data/hosts/two-node-server.host");
    let [near, far] =
        [vec!["0000:00:01.0", "0000:01:00.0", "0000:02:00.0"], vec!["0000:80:01.0", "0000:81:00.0", "0000:82:00.0", "0000:83:00.0"]];
    assert_eq!(
        devices(&described(&text, true)),
        [(0, near.iter().map(ToString::to_string).collect()), (1, far.iter().map(ToString::to_string).collect::<Vec<_>>())]
    );
}

#[test]
fn a_device_without_a_node_is_on_the_only_one_or_on_none() {
    let text = "pci 0000:01:00.0 8086:1521 class=020000 node=-1\npci 0000:02:00.0 8086:1521 class=020000 node=1";
    assert_eq!(devices(&described(text, true)), [(1, vec!["0000:02:00.0".to_owned()])]);
    let alone = "pci 0000:02:00.0 8086:1521 class=020000 node=-1\npci 0000:01:00.0 8086:1521 class=020000";
    assert_eq!(devices(&described(alone, false)), [(0, vec!["0000:01:00.0".to_owned(), "0000:02:00.0".to_owned()])]);
}

#[test]
fn a_kernel_without_numa_has_one_node_with_everything() {
    let small = topology("vm-one-cpu");
    assert_eq!(small.nodes.len(), 1);
    assert_eq!(
        (small.nodes[0].memory, small.nodes[0].cpus.as_slice(), small.nodes[0].distances.as_slice()),
        (2 << 30, &[0][..], &[10][..])
    );
    assert_eq!((small.cpus.len(), small.governors.len()), (1, 0));
}

#[test]
fn governors_are_told_with_the_cpus_that_have_them() {
    let desktop = topology("desktop-smt");
    let governor = |name: &str, cpus: Vec<u32>| Governor { name: name.into(), cpus };
    assert_eq!(desktop.governors, [governor("performance", vec![7]), governor("schedutil", (0..7).collect())]);
    assert_eq!(desktop.available_governors, ["conservative", "ondemand", "performance", "schedutil"]);
}

#[test]
fn a_host_whose_files_are_not_there_or_nonsense_has_no_more_than_a_node() {
    let nothing = tempfile::tempdir().unwrap();
    let empty = Topology::of(&Root::captured(nothing.path()));
    assert_eq!((empty.cpus.len(), empty.nodes.len(), empty.nodes[0].memory), (0, 1, 0));
    let tree = Tree::of("desktop-smt");
    for file in
        ["cpu0/topology/core_cpus_list", "cpu0/topology/physical_package_id", "cpu0/cache/index0/size", "cpu0/cpufreq/cpuinfo_max_freq"]
    {
        for nonsense in ["", "-1", "99999999999999999999", "x,y", "K", "18446744073709551615G"] {
            tree.write(&format!("sys/devices/system/cpu/{file}"), nonsense);
            assert_eq!(Topology::of(&tree.root()).cpus.len(), 8, "{file} {nonsense:?}");
        }
    }
}

#[test]
fn this_computer_has_the_cpus_that_the_kernel_counts() {
    let here = Topology::of(&Root::host());
    let counted = std::fs::read_to_string("/proc/cpuinfo").unwrap().lines().filter(|line| line.starts_with("processor")).count();
    assert_eq!(here.cpus.len(), counted);
    assert!(here.nodes.iter().map(|node| node.memory).sum::<u64>() > 0);
}

#[test]
fn the_bus_tells_the_topology_and_all_objects_have_it_too() {
    user::ordinary(|| async {
        let (tree, state) = (Tree::of("server-two-nodes"), tempfile::tempdir().unwrap());
        let service = inside::start(tree.root(), &state.path().join("state")).await;
        let told = properties(&service.client, path::HOST, interface::TOPOLOGY).await;
        let signature = |name: &str| told[name].value_signature().to_string();
        assert_eq!(signature("Cpus"), "a(uuuuuut)");
        assert_eq!(signature("Isolated"), "au");
        assert_eq!(signature("NodeDevices"), "a(uas)");
        assert_eq!(Vec::<Cpu>::try_from(told["Cpus"].try_clone().unwrap()).unwrap(), Topology::of(&tree.root()).cpus);
        let objects = managed_objects(&service.client).await;
        assert_eq!(objects[path::HOST][interface::TOPOLOGY], told);
    });
}

#[test]
fn empty_lists_keep_their_type_and_the_service_tells_this_computer() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let told = properties(&service.connection, path::HOST, interface::TOPOLOGY).await;
        for (name, signature) in [("Governors", "a(sau)"), ("Caches", "a(uutau)"), ("Nodes", "a(uauttau)"), ("AvailableGovernors", "as")] {
            assert_eq!(told[name].value_signature().to_string(), signature, "{name}");
        }
        assert_eq!(Vec::<Cpu>::try_from(told["Cpus"].try_clone().unwrap()).unwrap(), Topology::of(&Root::host()).cpus);
    });
}
