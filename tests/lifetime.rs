//! How the service begins and ends.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods, reason = "the service is started by hand")]

use dbus::Options;
use kvm_manager_tests::{TestService, bus::Bus, child::Child, service, user};
use rustix::process::Signal;
use zbus::fdo::DBusProxy;

#[test]
fn the_service_ends_well_when_the_bus_dies() {
    user::ordinary(|| async {
        let mut service = TestService::start().await;
        service.bus.daemon().signal(Signal::KILL);
        assert_eq!(service.process().ended().await.code(), Some(0));
    });
}

#[test]
fn the_service_stops_cleanly_when_it_is_told_to() {
    user::ordinary(|| async {
        for signal in [Signal::TERM, Signal::INT] {
            let mut service = TestService::start().await;
            service.process().signal(signal);
            assert_eq!(service.process().ended().await.code(), Some(0), "{}", service.log());
            let bus = DBusProxy::new(&service.connection).await.unwrap();
            assert!(!bus.name_has_owner(dbus::BUS_NAME.try_into().unwrap()).await.unwrap());
        }
    });
}

#[test]
fn a_stop_waits_for_nothing_that_can_wait_for_ever() {
    user::ordinary(|| async {
        let Some(libvirtd) = kvm_manager_tests::libvirtd::Libvirtd::start().await else { return };
        let mut service = libvirtd.service(&["a"]).await;
        let mut added = kvm_manager_tests::client::Signals::named(&service.connection, "InterfacesAdded").await;
        let a = service.named("a").await;
        let options = Options::default().with("mode", "acpi").with("timeout", 600_u32);
        tokio::select! {
            result = a.shutdown(&options) => panic!("{result:?}"),
            _ = added.next_object("/jobs/") => {}
        }
        service.process().signal(Signal::TERM);
        assert_eq!(service.process().ended().await.code(), Some(0));
        assert!(libvirtd.virsh(&["domstate", "a"]).contains("running"), "machines do not end with the service");
    });
}

#[test]
fn a_second_service_does_not_take_the_name() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let mut second = Child::start(&mut service::command(&service.bus, "test:///default"));
        assert!(!second.ended().await.success());
        assert!(service.log().contains("requesting the bus name"), "{}", service.log());
        assert_eq!(service.list().await.len(), 1, "the first one goes on");
    });
}

#[test]
fn a_state_directory_that_others_can_open_is_refused() {
    user::ordinary(|| async {
        use std::os::unix::fs::PermissionsExt;
        let bus = Bus::start();
        let state = bus.directory().join("state");
        std::fs::create_dir(&state).unwrap();
        std::fs::set_permissions(&state, PermissionsExt::from_mode(0o755)).unwrap();
        let mut service = Child::start(&mut service::command(&bus, "test:///default"));
        assert!(!service.ended().await.success());
    });
}

#[test]
fn a_service_without_a_bus_says_so_and_ends() {
    user::ordinary(|| async {
        let mut bus = Bus::start();
        bus.daemon().signal(Signal::KILL);
        bus.daemon().ended().await;
        let mut service = Child::start(&mut service::command(&bus, "test:///default"));
        assert!(!service.ended().await.success());
        let log = std::fs::read_to_string(bus.directory().join("service.log")).unwrap();
        assert!(log.contains("connecting to the bus"), "{log}");
    });
}

#[test]
fn what_the_service_keeps_is_open_to_nobody_else() {
    user::ordinary(|| async {
        use std::os::unix::fs::PermissionsExt;
        let service = TestService::with_machines(1).await;
        service.named("m0").await.delete(&Options::default()).await.unwrap();
        let mut directories = vec![service.bus.directory().join("state")];
        let mut files = 0;
        while let Some(directory) = directories.pop() {
            assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o077, 0, "{}", directory.display());
            for entry in std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    directories.push(entry);
                } else {
                    assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{}", entry.display());
                    files += 1;
                }
            }
        }
        assert!(files > 0);
    });
}
