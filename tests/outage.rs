//! libvirt goes and comes back.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use dbus::{ErrorKind, Options, machine::State, path};
use kvm_manager_tests::{
    TestService,
    client::{Signals, refusal},
    libvirtd::Libvirtd,
    user, within,
};

fn none() -> Options {
    Options::default()
}

#[test]
fn ten_restarts_of_libvirtd_lose_nothing_and_are_always_told() {
    user::ordinary(|| async {
        let Some(mut libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a", "b"]).await;
        let mut added = Signals::named(&service.connection, "InterfacesAdded").await;
        libvirtd.define("off");
        added.next_object("/machines/").await;
        let b = service.path("b").await;
        let mut changes = Signals::changes(&service.connection).await;
        let qemu = libvirtd.qemu("a");
        for round in 0..10 {
            libvirtd.kill();
            changes.until(path::ROOT, "Connected", false).await;
            let list = service.list().await;
            assert_eq!(list.iter().map(|machine| machine.name.as_str()).collect::<Vec<_>>(), ["a", "b", "off"], "round {round}");
            assert_eq!(State::from(list[0].state), State::Running);
            let refused = refusal(within("a refusal", service.named("a").await.pause(&none())).await);
            assert_eq!(refused.kind(), Some(ErrorKind::Unavailable), "{refused:?}");
            libvirtd.run().await;
            changes.until(path::ROOT, "Connected", true).await;
            // What happens after the gap is heard again.
            let (command, state) = if round % 2 == 0 { ("suspend", State::Paused) } else { ("resume", State::Running) };
            let _ = libvirtd.virsh(&[command, "b"]);
            changes.until(b.as_str(), "State", u32::from(state)).await;
        }
        assert_eq!(libvirtd.qemu("a"), qemu, "machines run on");
        let states: Vec<State> = service.list().await.into_iter().map(|machine| machine.state.into()).collect();
        assert_eq!(states, [State::Running, State::Running, State::Off]);
        service.named("a").await.pause(&none()).await.unwrap();
    });
}

#[test]
fn what_changed_while_libvirt_was_away_is_told_when_it_is_back() {
    user::ordinary(|| async {
        let Some(mut libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a", "b"]).await;
        let path = service.path("a").await;
        let mut changes = Signals::changes(&service.connection).await;
        libvirtd.kill();
        changes.until(path::ROOT, "Connected", false).await;
        libvirtd.signal("a", rustix::process::Signal::KILL);
        libvirtd.run().await;
        changes.until(path.as_str(), "State", u32::from(State::Off)).await;
        let b = service.named("b").await;
        assert_eq!(State::from(b.state().await.unwrap()), State::Running);
    });
}

#[test]
fn a_service_that_finds_no_libvirt_starts_and_says_what_is_missing() {
    user::ordinary(|| async {
        let service = TestService::with_uri("qemu+unix:///session?socket=/nonexistent/libvirt-sock").await;
        let manager = service.manager().await;
        assert!(!manager.connected().await.unwrap());
        let problem = manager.connection_problem().await.unwrap();
        assert!(["not-installed", "not-running", "unreachable"].contains(&problem.as_str()), "{problem}");
        assert_eq!(refusal(manager.list_machines(&none()).await).kind(), Some(ErrorKind::Unavailable));
    });
}
