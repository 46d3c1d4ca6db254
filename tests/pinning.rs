//! Pins of machines over the bus, on captured hosts and libvirt's built-in driver.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use dbus::{
    ErrorKind, Options,
    machine::{Details, MachineProxy},
    manager::ManagerProxy,
    pinning::{Pages, Pin, Plan},
};
use kvm_manager_tests::{
    client::{Refusal, refusal},
    inside::{self, Inside},
    tree::Tree,
    user,
};
use zbus::proxy::CacheProperties;

fn none() -> Options {
    Options::default()
}

/// A host, its service with two machines `a` (running) and `b` (off) of four virtual CPUs, and places that go with them.
struct Host {
    tree: Tree,
    service: Inside,
    _state: tempfile::TempDir,
}

impl Host {
    async fn of(name: &str, device: &str) -> Self {
        let (tree, state) = (Tree::of(name), tempfile::tempdir().unwrap());
        let machine = |name: &str, state: u32, devices: &str| {
            format!(
                "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>{name}</name><memory unit='MiB'>64</memory>\
                 <vcpu>4</vcpu><os><type>hvm</type></os><cputune><shares>2048</shares></cputune><devices>{devices}</devices>\
                 <test:runstate>{state}</test:runstate></domain>"
            )
        };
        let file = state.path().join("machines.xml");
        std::fs::write(&file, format!("<node>{}{}</node>", machine("a", 1, ""), machine("b", 5, device))).unwrap();
        let service = inside::start_on(&format!("test://{}", file.display()), tree.root(), &state.path().join("state")).await;
        Self { tree, service, _state: state }
    }

    async fn machine(&self, name: &str) -> MachineProxy<'static> {
        let manager = ManagerProxy::builder(&self.service.client).cache_properties(CacheProperties::No).build().await.unwrap();
        let listed = manager.list_machines(&none()).await.unwrap();
        let path = listed.into_iter().find(|machine| machine.name == name).unwrap().path;
        MachineProxy::builder(&self.service.client).path(path).cache_properties(CacheProperties::No).build().await.unwrap()
    }
}

/// A plan as what is to be pinned.
fn change(plan: &Plan) -> Options {
    let mut change = none()
        .with("vcpus", plan.vcpus.clone().unwrap())
        .with("emulator", plan.emulator.clone().unwrap())
        .with("nodes", plan.nodes.clone().unwrap())
        .with("cores", plan.cores.unwrap())
        .with("threads", plan.threads.unwrap());
    if let Some(mode) = &plan.memory_mode {
        change = change.with("memory-mode", mode.clone());
    }
    change
}

fn limit(refused: &Refusal) -> u64 {
    u64::try_from(refused.facts["limit"].try_clone().unwrap()).unwrap()
}

fn pins(details: &Details) -> Vec<u32> {
    details.vcpu_pins.iter().flatten().flat_map(|pin| pin.cpus.clone()).collect()
}

async fn details(machine: &MachineProxy<'_>) -> Details {
    machine.get_details(&none()).await.unwrap()
}

#[test]
fn a_plan_is_set_as_it_is_told_and_cleared_again() {
    user::ordinary(|| async {
        let host = Host::of("server-two-nodes", "").await;
        for name in ["a", "b"] {
            let machine = host.machine(name).await;
            let before = details(&machine).await;
            let plan = machine.plan_pinning(&none()).await.unwrap();
            assert_eq!(details(&machine).await, before, "a plan changes nothing");
            assert_eq!((plan.cores, plan.threads, plan.warnings.as_deref()), (Some(2), Some(2), Some(&[][..])));
            // The second node is free as a whole; the host keeps the first core of the first.
            assert_eq!((plan.nodes.as_deref(), plan.emulator.as_deref()), (Some(&[1][..]), Some(&[0, 4][..])));
            machine.set_pinning(&change(&plan), &none()).await.unwrap();
            let after = details(&machine).await;
            assert_eq!(after.vcpu_pins, plan.vcpus, "{name}");
            assert_eq!(pins(&after), [2, 6, 3, 7]);
            assert_eq!(after.emulator_pins.as_deref(), Some(&[0, 4][..]));
            if name == "b" {
                assert_eq!((after.memory_nodes.as_deref(), after.memory_mode.as_deref()), (Some(&[1][..]), Some("strict")));
            }
            machine.clear_pinning(&none()).await.unwrap();
            let cleared = details(&machine).await;
            assert_eq!(cleared.memory_nodes, None);
            if name == "b" {
                assert_eq!((cleared.vcpu_pins, cleared.emulator_pins), (None, None));
            } else {
                // The driver has the threads on every CPU then, and tells it.
                assert!(cleared.vcpu_pins.iter().flatten().all(|pin| pin.cpus.len() == 8), "{cleared:?}");
            }
        }
    });
}

#[test]
fn cores_of_another_machine_are_left_alone_unless_asked_for() {
    user::ordinary(|| async {
        let host = Host::of("server-two-nodes", "").await;
        let (a, b) = (host.machine("a").await, host.machine("b").await);
        a.set_pinning(&change(&a.plan_pinning(&none()).await.unwrap()), &none()).await.unwrap();
        let refused = refusal(b.plan_pinning(&none()).await);
        assert_eq!((refused.kind(), limit(&refused)), (Some(ErrorKind::LimitExceeded), 2));
        let overlapping = b.plan_pinning(&none().with("overlap", true)).await.unwrap();
        assert_eq!(overlapping.vcpus.unwrap()[0], Pin { vcpu: 0, cpus: vec![2] });
        // Its own pins are no obstacle.
        assert!(a.plan_pinning(&none()).await.is_ok());
        let two = b.plan_pinning(&none().with("vcpus", 2_u32)).await.unwrap();
        assert_eq!((two.cores, two.nodes.as_deref()), (Some(1), Some(&[0][..])));
        b.set_pinning(&change(&two), &none()).await.unwrap();
        assert_eq!((b.maximum_vcpus().await.unwrap(), pins(&details(&b).await)), (2, vec![1, 5]));
    });
}

#[test]
fn the_node_of_a_graphics_card_is_where_a_machine_is_planned() {
    user::ordinary(|| async {
        let card = "<hostdev mode='subsystem' type='pci' managed='yes'><source>\
                    <address domain='0x0000' bus='0x41' slot='0x00' function='0x0'/></source></hostdev>";
        let host = Host::of("server-two-nodes", card).await;
        let (b, directory) = (host.machine("b").await, "sys/bus/pci/devices/0000:41:00.0");
        std::fs::create_dir_all(host.tree.root().path(directory)).unwrap();
        host.tree.write(&format!("{directory}/class"), "0x030000");
        for (node, warnings) in [("1", vec![]), ("-1", vec![]), ("0", vec!["not-on-node".to_owned()])] {
            host.tree.write(&format!("{directory}/numa_node"), node);
            let plan = b.plan_pinning(&none()).await.unwrap();
            assert_eq!((plan.nodes.unwrap(), plan.warnings.unwrap()), (vec![1], warnings), "{node}");
        }
        let small = b.plan_pinning(&none().with("vcpus", 2_u32)).await.unwrap();
        assert_eq!(small.nodes.unwrap(), [0]);
    });
}

#[test]
fn small_cores_of_a_captured_host_are_never_planned() {
    user::ordinary(|| async {
        let host = Host::of("hybrid-intel", "").await;
        let b = host.machine("b").await;
        let refused = refusal(b.plan_pinning(&none()).await);
        assert_eq!((refused.kind(), limit(&refused)), (Some(ErrorKind::LimitExceeded), 2));
        let two = b.plan_pinning(&none().with("vcpus", 2_u32)).await.unwrap();
        assert_eq!(
            (two.vcpus.unwrap(), two.nodes.unwrap().len()),
            (vec![Pin { vcpu: 0, cpus: vec![2] }, Pin { vcpu: 1, cpus: vec![3] }], 0)
        );
    });
}

#[test]
fn what_the_host_or_the_machine_does_not_have_is_refused_by_name_and_changes_nothing() {
    user::ordinary(|| async {
        let host = Host::of("server-two-nodes", "").await;
        let pin = |vcpu: u32, cpus: &[u32]| Pin { vcpu, cpus: cpus.to_vec() };
        let one = || vec![pin(0, &[1])];
        for name in ["a", "b"] {
            let machine = host.machine(name).await;
            let before = details(&machine).await;
            let odd = [
                (none(), "vcpus"),
                (none().with("vcpus", vec![pin(0, &[8])]), "vcpus"),
                (none().with("vcpus", vec![pin(4, &[1])]), "vcpus"),
                (none().with("vcpus", vec![pin(u32::MAX, &[1])]), "vcpus"),
                (none().with("vcpus", vec![pin(0, &[])]), "vcpus"),
                (none().with("vcpus", vec![pin(0, &[1]), pin(0, &[2])]), "vcpus"),
                (none().with("vcpus", vec![pin(0, &[1]); 1025]), "vcpus"),
                (none().with("emulator", vec![u32::MAX]), "emulator"),
                (none().with("nodes", vec![3_u32]), "nodes"),
                (none().with("vcpus", one()).with("memory-mode", "strict"), "memory-mode"),
                (none().with("nodes", vec![1_u32]).with("memory-mode", "sometimes"), "memory-mode"),
                (none().with("vcpus", one()).with("cores", 2_u32).with("threads", 1_u32), "cores"),
                (none().with("vcpus", one()).with("cores", u32::MAX).with("threads", u32::MAX), "cores"),
                (none().with("vcpus", one()).with("cores", 1_u32), "cores"),
            ];
            for (change, argument) in odd {
                let said = format!("{change:?}");
                let refused = refusal(machine.set_pinning(&change, &none()).await);
                assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), argument), "{said}");
            }
            for (options, argument) in [
                (none().with("node", 2_u32), "node"),
                (none().with("vcpus", 0_u32), "vcpus"),
                (none().with("vcpus", 1025_u32), "vcpus"),
                (none().with("host-cores", 0_u32), "host-cores"),
                (none().with("host-cpus", vec![8_u32]), "host-cpus"),
                (none().with("host-cpus", vec![1_u32]).with("host-cores", 1_u32), "host-cpus"),
            ] {
                let refused = refusal(machine.plan_pinning(&options).await);
                assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), argument));
            }
            assert_eq!(details(&machine).await, before, "{name}");
        }
    });
}

#[test]
fn huge_pages_are_asked_for_by_size_and_given_up_again() {
    user::ordinary(|| async {
        let host = Host::of("server-two-nodes", "").await;
        let b = host.machine("b").await;
        let set = |pages: &[(u64, &[u32])]| {
            let pages: Vec<Pages> = pages.iter().map(|(size, nodes)| Pages { size: *size, nodes: nodes.to_vec() }).collect();
            none().with("enabled", true).with("pages", pages)
        };
        for odd in [
            none(),
            none().with("enabled", false).with("pages", vec![Pages { size: 2 << 20, nodes: vec![] }]),
            set(&[(4096, &[])]),
            set(&[(2 << 20, &[]), (1 << 30, &[])]),
            set(&[(2 << 20, &[0]), (1 << 30, &[0])]),
            set(&[(2 << 20, &[u32::MAX])]),
        ] {
            let refused = refusal(b.set_huge_pages(&odd, &none()).await);
            assert_eq!(refused.kind(), Some(ErrorKind::InvalidArgument), "{odd:?}");
        }
        assert_eq!(details(&b).await.huge_page_sizes, None);
        b.set_huge_pages(&set(&[(2 << 20, &[])]), &none()).await.unwrap();
        assert_eq!(details(&b).await.huge_page_sizes, Some(vec![2 << 20]));
        b.set_huge_pages(&none().with("enabled", true), &none()).await.unwrap();
        assert_eq!(details(&b).await.huge_page_sizes, Some(vec![0]));
        b.set_huge_pages(&none().with("enabled", false), &none()).await.unwrap();
        assert_eq!(details(&b).await.huge_page_sizes, None);
    });
}
