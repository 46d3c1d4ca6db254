//! A host as an unprivileged client sees it: what it is told, and when.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use client::{
    ErrorKind, Event, Figures, Metadata, Operation, Outcome, Problem, State, Tag, Uuid, Wanted,
    hugepages::Pages,
    readiness::Standing,
    tuning::{HostTuning, Pin, Pinning, Tuning},
};
use dbus::{Options, stats::StatsProxy};
use kvm_manager_tests::{
    TestService,
    child::Child,
    client::Signals,
    libvirtd::Libvirtd,
    service::{command, machines},
    user,
    watched::Watched,
};
use rustix::process::Signal;

const URI: &str = "test:///default";

#[test]
fn the_first_list_comes_before_details() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let mut watched = Watched::on(&service.bus);
        assert!(matches!(watched.next().await, Event::Connecting));
        let Event::Connected(_, told) = watched.next().await else { panic!("not connected") };
        assert_eq!((told.uri.as_str(), told.version.is_empty()), (URI, false));
        assert!(told.features.contains(&"batch".to_owned()));
        assert!(matches!(watched.next().await, Event::Libvirt(None)));
        for is_detailed in [false, true] {
            let Event::Machines(all) = watched.next().await else { panic!("no list") };
            assert_eq!((all.len(), all[0].name.as_str(), all[0].state), (1, "test", State::Running));
            assert_eq!(all[0].is_detailed, is_detailed);
            assert!(all[0].memory > 0);
        }
        let host = watched.until(|event| if let Event::Host(host) = event { Some(host) } else { None }).await;
        assert!(host.cpus > 0 && host.memory > 0, "{host:?}");
    });
}

#[test]
fn a_change_by_another_client_arrives_with_the_whole_record() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let mut watched = Watched::on(&service.bus);
        watched.complete().await;
        service.named("test").await.pause(&Options::default()).await.unwrap();
        let machine = watched.machine(|machine| machine.state == State::Paused).await;
        assert_eq!(machine.name, "test");
        assert!(machine.is_detailed && machine.memory > 0 && machine.vcpus > 0);
    });
}

#[test]
fn machines_come_and_go() {
    user::ordinary(|| async {
        let service = TestService::with_machines(3).await;
        let mut watched = Watched::on(&service.bus);
        let client = watched.complete().await;
        let gone = watched.named("m1");
        client.delete(gone, client::DeleteOptions { permanent: true, ..Default::default() }).await.unwrap();
        let told = watched.until(|event| if let Event::MachineRemoved(id) = event { Some(id) } else { None }).await;
        assert_eq!(told, gone);
        assert_eq!(watched.machines.len(), 2);
    });
}

#[test]
fn calls_say_what_was_refused_and_why() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let mut watched = Watched::on(&service.bus);
        let client = watched.complete().await;
        let test = watched.named("test");
        let error = client.operate(test, Operation::DiscardSavedState).await.unwrap_err();
        assert_eq!((error.kind(), error.fact("state")), (Some(ErrorKind::InvalidState), Some("1")), "{error:?}");
        assert_eq!(client.operate(Uuid::nil(), Operation::Start).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
        assert_eq!(client.cancel("no job".into()).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
        assert_eq!(client.undelete("none".into()).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
        let named = client.rename(test, "a b".into()).await.unwrap_err();
        assert_eq!(named.kind(), Some(ErrorKind::InvalidArgument), "{named:?}");
        assert_eq!(client.deleted().await.unwrap(), []);
        client.unlock().await.unwrap();
    });
}

#[test]
fn a_picture_comes_as_png_and_as_wide_as_asked_for() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service_with_screen("screen").await;
        let mut watched = Watched::on(&service.bus);
        let client = watched.complete().await;
        let picture = client.screenshot(watched.named("screen"), 320, client::Prompt::Never).await.unwrap();
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert_eq!(picture[16..20], 320_u32.to_be_bytes());
    });
}

#[test]
fn what_a_call_changed_is_told_by_events() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        let mut watched = Watched::on(&service.bus);
        let client = watched.complete().await;
        let machine = watched.named("m0");
        let changes = Metadata {
            title: Some("Mail".into()),
            tags: Some(vec![Tag { name: "public".into(), colour: "#c01c28".into() }]),
            group: Some("shop".into()),
            ..Metadata::default()
        };
        client.set_metadata(machine, changes).await.unwrap();
        let told = watched.machine(|machine| !machine.tags.is_empty()).await;
        assert_eq!((told.label(), told.group.as_str(), told.tags[0].name.as_str()), ("Mail", "shop", "public"));
        client.rename(machine, "post".into()).await.unwrap();
        watched.machine(|machine| machine.name == "post").await;
        let plan = client.plan_delete(machine).await.unwrap();
        assert!(plan.iter().any(|item| item.kind == "definition"));
        client.operate(machine, Operation::Start).await.unwrap();
        watched.machine(|machine| machine.state == State::Running).await;
    });
}

#[test]
fn a_job_is_told_from_its_beginning_to_its_end() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        let mut watched = Watched::on(&service.bus);
        let client = watched.complete().await;
        let machine = watched.named("m0");
        client.operate(machine, Operation::Start).await.unwrap();
        let begun = watched.until(|event| if let Event::Job(job) = event { Some(job) } else { None }).await;
        assert_eq!((begun.operation.as_str(), begun.machines.as_slice()), ("machine-start", [machine].as_slice()));
        let ended = watched.until(|event| if let Event::JobEnded(job, outcome) = event { Some((job, outcome)) } else { None }).await;
        assert_eq!((ended.0.id, ended.1), (begun.id, Outcome { error: None }));
    });
}

#[test]
fn a_batch_tells_each_machines_own_result() {
    user::ordinary(|| async {
        let service = TestService::with_machines(3).await;
        let mut watched = Watched::on(&service.bus);
        let client = watched.complete().await;
        let [a, b] = ["m0", "m1"].map(|name| watched.named(name));
        client.operate(b, Operation::Start).await.unwrap();
        client.operate(b, Operation::Save).await.unwrap();
        let results = client.batch(Operation::DiscardSavedState, vec![b, a, b]).await.unwrap();
        assert_eq!(results.len(), 2, "each machine once");
        assert_eq!(results[0], (b, Ok(())));
        assert_eq!(results[1].1.as_ref().unwrap_err().kind(), Some(ErrorKind::InvalidState));
        // What the service has no batch for is done one by one.
        let results = client.batch(Operation::MakePersistent, vec![a, b]).await.unwrap();
        assert!(results.iter().all(|(_, result)| result.as_ref().is_err_and(|error| error.kind() == Some(ErrorKind::InvalidState))));
    });
}

#[test]
fn a_killed_service_is_lost_and_found_at_once_when_it_is_back() {
    user::ordinary(|| async {
        let mut service = TestService::start().await;
        let mut watched = Watched::on(&service.bus);
        let client = watched.complete().await;
        service.process().signal(Signal::KILL);
        let (problem, seconds) = watched.lost().await;
        assert!(matches!(problem, Problem::Ended(_)), "{problem:?}");
        assert_eq!(seconds, 1);
        let error = client.operate(Uuid::nil(), Operation::Start).await.unwrap_err();
        assert!(matches!(error, client::Error::Gone(_)), "{error:?}");
        assert_eq!(watched.machines.len(), 1, "machines stay known");
        assert_eq!(watched.lost().await, (Problem::NotInstalled, 2));
        assert_eq!(watched.lost().await, (Problem::NotInstalled, 5));
        // The next attempt is five seconds away, but the name appears.
        let file = service.bus.directory().join("others.xml");
        std::fs::write(&file, machines(2)).unwrap();
        let started = Instant::now();
        let _process = Child::start(&mut command(&service.bus, &format!("test://{}", file.display())));
        watched.complete().await;
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
        assert_eq!(watched.machines.len(), 2, "a fresh list");
    });
}

#[test]
fn an_attempt_that_is_asked_for_is_made_at_once() {
    user::ordinary(|| async {
        let bus = kvm_manager_tests::bus::Bus::start();
        let mut watched = Watched::on(&bus);
        for seconds in [1, 2, 5, 10] {
            assert_eq!(watched.lost().await, (Problem::NotInstalled, seconds));
            watched.wanted.send_modify(|wanted| wanted.attempt += 1);
        }
        // Eighteen seconds of waiting were not waited for.
        assert_eq!(watched.lost().await, (Problem::NotInstalled, 10));
    });
}

#[test]
fn libvirt_that_goes_and_comes_back_is_told() {
    user::ordinary(|| async {
        let Some(mut libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let mut watched = Watched::on(&service.bus);
        watched.complete().await;
        let told = |event| if let Event::Libvirt(problem) = event { Some(problem) } else { None };
        libvirtd.kill();
        assert!(watched.until(told).await.is_some());
        assert_eq!(watched.machines.len(), 1, "figures of before");
        libvirtd.run().await;
        while watched.until(told).await.is_some() {}
        let _ = libvirtd.virsh(&["suspend", "a"]);
        watched.machine(|machine| machine.state == State::Paused).await;
    });
}

#[test]
fn without_libvirt_there_is_an_empty_list_and_a_reason() {
    user::ordinary(|| async {
        let service = TestService::with_uri("qemu+unix:///session?socket=/nonexistent/libvirt-sock").await;
        let mut watched = Watched::on(&service.bus);
        watched.connected().await;
        let problem = watched.until(|event| if let Event::Libvirt(Some(problem)) = event { Some(problem) } else { None }).await;
        assert!(["not-installed", "not-running", "unreachable"].contains(&problem.as_str()), "{problem}");
        let all = watched.until(|event| if let Event::Machines(all) = event { Some(all) } else { None }).await;
        assert!(all.is_empty());
    });
}

#[test]
fn figures_come_while_they_are_wanted_and_not_after() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let mut watched = Watched::on(&service.bus);
        watched.complete().await;
        let test = watched.named("test");
        watched.wanted.send_modify(|wanted| wanted.interval = 250);
        let sampled = watched.until(|event| if let Event::Sampled(sampled) = event { Some(sampled) } else { None }).await;
        assert_eq!(sampled.samples[0].machine, test);
        assert!(sampled.time > 0 && sampled.samples[0].point.memory > 0);
        watched.wanted.send_modify(|wanted| wanted.interval = 0);
        // Something that is told behind the end of the figures.
        service.named("test").await.pause(&Options::default()).await.unwrap();
        watched.machine(|machine| machine.state == State::Paused).await;
        // Somebody else's figures prove that there would be some.
        let mut others = Signals::named(&service.connection, "Sampled").await;
        StatsProxy::new(&service.connection).await.unwrap().subscribe(250, &[], &Options::default()).await.unwrap();
        for _ in 0..4 {
            others.next().await;
        }
        while let Some(event) = watched.waiting() {
            assert!(!matches!(event, Event::Sampled(_)), "{event:?}");
        }
    });
}

#[test]
fn nothing_is_left_on_the_bus_when_nobody_watches() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let bus = zbus::fdo::DBusProxy::new(&service.connection).await.unwrap();
        let mut changes = bus.receive_name_owner_changed().await.unwrap();
        let before = bus.list_names().await.unwrap();
        let mut watched = Watched::on(&service.bus);
        let client = watched.complete().await;
        let address = client::host::Address::Bus { address: service.bus.address() };
        let told = client::test_connection(client::Host::new("x", "", address)).await.unwrap();
        assert_eq!(told.uri, URI);
        drop(watched);
        let error = loop {
            // The connection is closed behind the drop.
            futures_util::StreamExt::next(&mut changes).await.unwrap();
            let left = bus.list_names().await.unwrap();
            if left.iter().all(|name| before.contains(name)) {
                break client.unlock().await.unwrap_err();
            }
        };
        assert!(matches!(error, client::Error::Gone(_)), "{error:?}");
    });
}

#[test]
fn what_is_wanted_before_the_first_event_holds() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let mut watched = Watched::on(&service.bus);
        watched.wanted.send_replace(Wanted { interval: 250, attempt: 7, ..Wanted::default() });
        watched.until(|event| matches!(event, Event::Sampled(_)).then_some(())).await;
    });
}

#[test]
fn figures_that_nobody_looks_at_are_not_asked_for() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let mut watched = Watched::on(&service.bus);
        let wanted = |figures| Wanted { interval: 250, figures, ..Wanted::default() };
        for figures in [Figures::ALL, Figures::CPU, Figures { disk: false, ..Figures::ALL }, Figures::ALL] {
            watched.wanted.send_replace(wanted(figures));
            let known = |event| match event {
                Event::Sampled(sampled) => sampled.samples.first().filter(|sample| sample.point.known == figures).map(|_| ()),
                _ => None,
            };
            watched.until(known).await;
        }
    });
}

#[test]
fn pins_of_a_machine_are_set_read_and_cleared() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let mut watched = Watched::on(&service.bus);
        let client = watched.complete().await;
        let machine = watched.named("test");
        // The driver tells all CPUs for a thread of a machine that runs.
        client.operate(machine, Operation::ForceOff).await.unwrap();
        assert_eq!(client.tuning(machine).await.unwrap(), Tuning::default());
        let pinning = Pinning { vcpus: vec![Pin { vcpu: 0, cpus: vec![0] }], emulator: vec![0], ..Pinning::default() };
        client.set_pinning(machine, pinning.clone()).await.unwrap();
        assert_eq!(client.tuning(machine).await.unwrap().pinning, pinning);
        let nowhere = Pinning { vcpus: vec![Pin { vcpu: 0, cpus: vec![4000] }], ..Pinning::default() };
        assert_eq!(client.set_pinning(machine, nowhere).await.unwrap_err().kind(), Some(ErrorKind::InvalidArgument));
        client.clear_pinning(machine).await.unwrap();
        assert!(client.tuning(machine).await.unwrap().pinning.is_empty());
        client.set_machine_pages(machine, Some(0)).await.unwrap();
        assert_eq!(client.tuning(machine).await.unwrap().page_sizes, [0]);
        client.set_machine_pages(machine, None).await.unwrap();
        assert!(client.tuning(machine).await.unwrap().page_sizes.is_empty());
        let isolate = HostTuning { isolates: Some(true), ..HostTuning::default() };
        assert_eq!(client.set_host_tuning(machine, isolate).await.unwrap_err().kind(), Some(ErrorKind::Unsafe), "not pinned");
        let none = client.plan_pinning(machine, Some(1024)).await.unwrap_err();
        assert!(none.kind() == Some(ErrorKind::LimitExceeded) && none.fact("limit").is_some(), "{none:?}");
    });
}

#[test]
fn processors_memory_and_readiness_are_told_and_what_may_not_be_changed_is_refused() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let mut watched = Watched::on(&service.bus);
        let client = watched.complete().await;
        let topology = watched.until(|event| if let Event::Topology(topology) = event { Some(topology) } else { None }).await;
        let topology = topology.expect("libvirt is on this computer");
        assert!(!topology.cpus.is_empty() && topology.nodes.iter().any(|node| node.memory > 0), "{topology:?}");
        assert!(topology.nodes.iter().all(|node| node.distances.len() == topology.nodes.len()), "{topology:?}");
        let cores: usize = topology.nodes.iter().flat_map(|node| topology.cores(node.number)).map(|core| core.cpus.len()).sum();
        assert_eq!(cores, topology.cpus.len(), "every CPU is in one core of one node");
        let pages = watched.until(|event| if let Event::HugePages(pages) = event { Some(pages) } else { None }).await;
        let pages = pages.expect("libvirt is on this computer");
        assert!(pages.memory > 0 && pages.floor > 0, "{pages:?}");
        client.look_at_memory().await.unwrap();
        assert!(client.page_users().await.unwrap().iter().all(|user| user.machine.is_none()), "no machine here wants any");
        let odd = Pages { size: 12_288, count: 1, node: None };
        assert_eq!(client.plan_reserve(odd).await.unwrap_err().kind(), Some(ErrorKind::InvalidArgument));
        for size in &pages.sizes {
            let wish = Pages { size: size.page_size, count: 1, node: None };
            assert_eq!(client.plan_reserve(wish).await.unwrap().bytes, size.page_size);
            assert_eq!(client.reserve_pages(wish, true).await.unwrap_err().kind(), Some(ErrorKind::NotSupported));
        }
        assert!(client.set_merging(false, false).await.is_err());
        for size in &pages.sizes {
            let wish = Pages { size: size.page_size, count: 1, node: None };
            let plan = client.plan_at_boot(wish).await.unwrap();
            assert!(plan.bytes == size.page_size && plan.kernel_argument.starts_with("hugepagesz="), "{plan:?}");
            assert_eq!(client.set_at_boot(wish).await.unwrap_err().kind(), Some(ErrorKind::NotSupported));
        }
        let checks = client.readiness().await.unwrap();
        assert!(checks.iter().any(|check| check.id == "kvm" && check.standing != Standing::Unknown), "{checks:?}");
    });
}
