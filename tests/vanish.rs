//! A client that vanishes: what it began ends as if it were still there, and nothing of it stays open.
//! Prompts of vanished clients are in `lab/suite/30-polkit.sh`.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::os::fd::AsFd;

use dbus::{ErrorKind, Options, interface, machine::State};
use futures_util::{StreamExt, stream::FuturesUnordered};
use kvm_manager_tests::{
    PATIENCE, TestService,
    client::{Completed, Properties, Refusal, Signals, managed_objects, refusal, settled},
    libvirtd::Libvirtd,
    user, within,
};
use rustix::process::Signal;
use serde::Serialize;
use zbus::{Connection, DynamicType, Fd, Message};

fn none() -> Options {
    Options::default()
}

/// A client, gone as soon as its calls have arrived.
struct Client(Connection);

impl Client {
    async fn of(service: &TestService) -> Self {
        Self(service.bus.connect().await)
    }

    /// Calls and does not wait for the answer.
    async fn call<B: Serialize + DynamicType>(&self, path: &str, interface: &str, member: &str, body: &B) {
        let call = Message::method_call(path.to_owned(), member.to_owned()).destination(dbus::BUS_NAME.to_owned());
        self.0.send(&call.interface(interface.to_owned()).build(body).unwrap()).await.unwrap();
    }

    async fn machine<B: Serialize + DynamicType>(&self, path: &str, member: &str, body: &B) {
        self.call(path, interface::MACHINE, member, body).await;
    }

    async fn manager<B: Serialize + DynamicType>(&self, member: &str, body: &B) {
        self.call(dbus::path::ROOT, interface::MANAGER, member, body).await;
    }

    async fn vanishes(self) {
        settled(&self.0).await;
        self.0.close().await.unwrap();
    }
}

fn is_over_quota(refused: &Refusal) -> bool {
    refused.kind() == Some(ErrorKind::LimitExceeded)
}

/// Neither a job nor a counted call is left: all 32 calls that a user may have under way at once are free.
async fn nothing_is_left(service: &TestService, libvirtd: &Libvirtd, spare: &str) {
    let machine = service.named(spare).await;
    assert!(managed_objects(&service.connection).await.keys().all(|path| !path.contains("/jobs/")));
    libvirtd.signal(spare, Signal::STOP);
    let options = none();
    let mut calls: FuturesUnordered<_> = (0..33).map(|_| machine.pause(&options)).collect();
    assert!(is_over_quota(&refusal(within("a refusal", calls.next()).await.unwrap())), "33 calls are one too many");
    libvirtd.signal(spare, Signal::CONT);
    while let Some(result) = within("the other calls", calls.next()).await {
        assert!(result.is_ok() || !is_over_quota(&refusal(result)), "a vanished client still has its place");
    }
}

async fn completed(signals: &mut Signals) -> (bool, String) {
    let (success, name, ..) = signals.next().await.body().deserialize::<Completed>().unwrap();
    (success, name)
}

#[test]
fn a_caller_that_vanishes_while_qemu_is_asked_or_in_the_queue_behind_it_leaves_no_place_taken() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a", "spare"]).await;
        let path = service.path("a").await;
        let mut changes = Signals::changes(&service.connection).await;
        libvirtd.signal("a", Signal::STOP);
        let client = Client::of(&service).await;
        // The first is in libvirt, the others wait for their turn.
        for _ in 0..10 {
            client.machine(path.as_str(), "Pause", &none()).await;
        }
        client.vanishes().await;
        libvirtd.signal("a", Signal::CONT);
        changes.until(path.as_str(), "State", u32::from(State::Paused)).await;
        service.named("a").await.resume(&none()).await.unwrap();
        nothing_is_left(&service, &libvirtd, "spare").await;
    });
}

#[test]
fn a_caller_that_vanishes_while_its_machine_is_saved_gets_a_whole_saved_state() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a", "spare"]).await;
        let path = service.path("a").await;
        let (mut added, mut ended) =
            (Signals::named(&service.connection, "InterfacesAdded").await, Signals::named(&service.connection, "Completed").await);
        libvirtd.signal("a", Signal::STOP);
        let client = Client::of(&service).await;
        client.machine(path.as_str(), "Save", &none()).await;
        added.next_object("/jobs/").await;
        client.vanishes().await;
        libvirtd.signal("a", Signal::CONT);
        assert_eq!(completed(&mut ended).await, (true, String::new()));
        let a = service.named("a").await;
        assert!(a.has_saved_state().await.unwrap());
        a.restore(&none()).await.unwrap();
        nothing_is_left(&service, &libvirtd, "spare").await;
    });
}

#[test]
fn a_caller_that_vanishes_during_its_dump_has_a_whole_file_and_the_service_none() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let mut service = libvirtd.service(&["a", "spare"]).await;
        let path = service.path("a").await;
        let (mut added, mut ended) =
            (Signals::named(&service.connection, "InterfacesAdded").await, Signals::named(&service.connection, "Completed").await);
        let target = service.bus.directory().join("core");
        let file = std::fs::File::create(&target).unwrap();
        libvirtd.signal("a", Signal::STOP);
        let client = Client::of(&service).await;
        client.machine(path.as_str(), "CoreDump", &(Fd::from(file.as_fd()), none())).await;
        added.next_object("/jobs/").await;
        client.vanishes().await;
        drop(file);
        libvirtd.signal("a", Signal::CONT);
        assert_eq!(completed(&mut ended).await, (true, String::new()));
        assert!(std::fs::metadata(&target).unwrap().len() > 64 << 20);
        let process = service.process().id();
        let open = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
        assert!(!open.flatten().any(|entry| std::fs::read_link(entry.path()).is_ok_and(|file| file == target)), "the file is closed");
        nothing_is_left(&service, &libvirtd, "spare").await;
    });
}

#[test]
fn a_caller_that_vanishes_during_its_batch_leaves_no_machine_out() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a", "b", "c", "spare"]).await;
        let mut paths = Vec::new();
        for name in ["a", "b", "c"] {
            paths.push(service.path(name).await);
        }
        let (mut added, mut ended) =
            (Signals::named(&service.connection, "InterfacesAdded").await, Signals::named(&service.connection, "Completed").await);
        libvirtd.signal("b", Signal::STOP);
        let client = Client::of(&service).await;
        client.manager("Batch", &("save", &paths, none())).await;
        for _ in &paths {
            added.next_object("/jobs/").await;
        }
        client.vanishes().await;
        libvirtd.signal("b", Signal::CONT);
        for _ in &paths {
            assert_eq!(completed(&mut ended).await, (true, String::new()));
        }
        for name in ["a", "b", "c"] {
            assert!(service.named(name).await.has_saved_state().await.unwrap(), "{name}");
        }
        nothing_is_left(&service, &libvirtd, "spare").await;
    });
}

#[test]
fn a_caller_that_vanishes_during_delete_and_undelete_leaves_a_machine_that_is_deleted_or_whole() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a", "spare"]).await;
        let (path, manager) = (service.path("a").await, service.manager().await);
        let (mut added, mut ended) =
            (Signals::named(&service.connection, "InterfacesAdded").await, Signals::named(&service.connection, "Completed").await);
        // A QEMU that is stopped takes its time to end.
        libvirtd.signal("a", Signal::STOP);
        let client = Client::of(&service).await;
        client.machine(path.as_str(), "Delete", &Options::default().with("force-off", true)).await;
        added.next_object("/jobs/").await;
        client.vanishes().await;
        libvirtd.signal("a", Signal::CONT);
        assert_eq!(completed(&mut ended).await, (true, String::new()));
        let deleted = manager.list_deleted(&none()).await.unwrap();
        assert_eq!((deleted.len(), deleted[0].name.as_str()), (1, "a"));
        // Nothing comes back while libvirt does not answer.
        libvirtd.signal_daemon(Signal::STOP);
        let client = Client::of(&service).await;
        client.manager("Undelete", &(deleted[0].id.as_str(), none())).await;
        added.next_object("/jobs/").await;
        client.vanishes().await;
        libvirtd.signal_daemon(Signal::CONT);
        assert_eq!(completed(&mut ended).await, (true, String::new()));
        assert!(manager.list_deleted(&none()).await.unwrap().is_empty());
        service.named("a").await.start(&none()).await.unwrap();
        nothing_is_left(&service, &libvirtd, "spare").await;
    });
}

#[test]
fn pictures_and_figures_of_vanished_callers_cost_nothing() {
    // Connections to libvirt stay once they were needed: a picture's, the figures', and what they watch.
    const CONNECTIONS: usize = 12;
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let mut service = libvirtd.service_with_screen("a").await;
        let path = service.path("a").await;
        let take =
            async |connection: &Connection| kvm_manager_tests::service::machine(connection, &path).await.screenshot(&none()).await.unwrap();
        let before = service.process().descriptors();
        let (mut clients, mut pictures) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            let client = service.bus.connect().await;
            dbus::stats::StatsProxy::new(&client).await.unwrap().subscribe(250, &[], &none()).await.unwrap();
            pictures.push(take(&client).await);
            clients.push(client);
        }
        for client in clients {
            client.close().await.unwrap();
        }
        // All 64 subscriptions of a user are free again, once the service has heard of it.
        let mut others = Vec::new();
        while others.len() < 64 {
            let other = service.bus.connect().await;
            let stats = dbus::stats::StatsProxy::new(&other).await.unwrap();
            while let Err(error) = within("a subscription", stats.subscribe(60_000, &[], &none())).await {
                assert!(is_over_quota(&refusal::<()>(Err(error))));
                settled(&other).await;
            }
            others.push(other);
        }
        let after = service.process().descriptors();
        assert!(after <= before + CONNECTIONS, "{before} descriptors, then {after}: pictures are their owners'");
        assert!(
            pictures.iter().all(|picture| rustix::fs::fstat(picture.as_fd()).unwrap().st_size > 0),
            "a picture outlives its connection"
        );
    });
}

/// How many match rules the bus keeps for the service.
async fn match_rules(service: &TestService) -> u32 {
    let arguments = (dbus::BUS_NAME,);
    let path = "/org/freedesktop/DBus";
    let stats = service.connection.call_method(
        Some("org.freedesktop.DBus"),
        path,
        Some("org.freedesktop.DBus.Debug.Stats"),
        "GetConnectionStats",
        &arguments,
    );
    let stats = within("the bus's figures", stats).await.expect("a dbus-daemon that counts");
    let stats: Properties = stats.body().deserialize().unwrap();
    u32::try_from(stats["MatchRules"].try_clone().unwrap()).unwrap()
}

#[test]
fn who_subscribes_and_leaves_in_a_hurry_leaves_no_match_rule_on_the_bus() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let before = match_rules(&service).await;
        let all = Vec::<zbus::ObjectPath<'_>>::new();
        for _ in 0..20 {
            let client = Client::of(&service).await;
            for _ in 0..20 {
                client.call(dbus::path::ROOT, interface::STATS, "Subscribe", &(1000_u32, &all, none())).await;
                client.call(dbus::path::ROOT, interface::STATS, "Unsubscribe", &(none(),)).await;
            }
            client.vanishes().await;
        }
        // The last ones are being taken back.
        let end = std::time::Instant::now() + PATIENCE;
        while match_rules(&service).await > before {
            assert!(std::time::Instant::now() < end, "{} match rules, {before} before", match_rules(&service).await);
            tokio::task::yield_now().await;
        }
    });
}
