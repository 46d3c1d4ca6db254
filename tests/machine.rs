//! Machines on the bus: listed, shown, controlled, and refused by name.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use dbus::{
    ErrorKind, Options, interface,
    machine::{State, StateReason},
    path,
};
use kvm_manager_tests::{
    TestService,
    client::{Signals, call, managed_objects, properties, refusal},
    interface::{Kind, parse},
    libvirtd::Libvirtd,
    project,
    service::{machine, manager},
    user, within,
};

fn none() -> Options {
    Options::default()
}

#[test]
fn the_list_has_every_machine_with_what_its_object_says() {
    user::ordinary(|| async {
        let service = TestService::with_machines(20).await;
        let list = service.list().await;
        assert_eq!(list.len(), 20);
        for record in &list {
            let machine = service.machine(&record.path).await;
            assert_eq!(machine.name().await.unwrap(), record.name);
            assert_eq!((machine.state().await.unwrap(), record.state), (State::Off.into(), State::Off.into()));
            assert_eq!((machine.memory().await.unwrap(), record.memory), (64 << 20, 64 << 20));
            assert_eq!(machine.vcpus().await.unwrap(), record.vcpus);
            assert_eq!(path::machine_uuid(record.path.as_str()).unwrap().to_string(), machine.uuid().await.unwrap());
        }
    });
}

#[test]
fn every_way_to_read_properties_gives_the_documented_names_and_the_same_values() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let objects = managed_objects(&service.connection).await;
        assert_eq!(objects.len(), 2, "the machine and the host: {objects:?}");
        for (path, interfaces) in objects {
            assert_eq!(interfaces.len(), if path == path::HOST { 5 } else { 1 });
            for (interface, mut managed) in interfaces {
                let file = parse(&project::read(&format!("dbus/interfaces/{interface}.xml"))).remove(0);
                let documented: BTreeSet<String> = file.of(Kind::Property).map(|property| property.name.clone()).collect();
                assert_eq!(managed.keys().cloned().collect::<BTreeSet<_>>(), documented);
                let mut all = properties(&service.connection, &path, &interface).await;
                for property in file.of(Kind::Property) {
                    let signature = &property.property.as_ref().unwrap().0;
                    assert_eq!(managed[&property.name].value_signature().to_string(), *signature, "{}", property.name);
                }
                // What this computer does to its memory between the two readings is its own.
                for moving in ["Nodes", "Available", "TransparentUsed", "KsmSaved", "Sizes", "Pools"] {
                    assert_eq!(all.remove(moving).is_some(), managed.remove(moving).is_some(), "{moving}");
                }
                assert_eq!(all, managed, "{path}");
            }
        }
    });
}

#[test]
fn signals_carry_the_same_names_and_values_as_the_object() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let (test, path) = (service.named("test").await, service.path("test").await);
        let mut changes = Signals::changes(&service.connection).await;
        test.pause(&none()).await.unwrap();
        // May tell of the definition, too, which was read a moment ago.
        changes.until(path.as_str(), "State", u32::from(State::Paused)).await;
        test.resume(&none()).await.unwrap();
        let change = changes.next_change().await;
        assert_eq!(change.path, path.as_str());
        assert_eq!(change.values.keys().collect::<Vec<_>>(), ["State", "StateReason"]);
        let now = properties(&service.connection, path.as_str(), interface::MACHINE).await;
        assert!(change.values.iter().all(|(name, value)| now[name] == *value));
    });
}

#[test]
fn what_was_read_is_told_again_when_it_is_no_longer_so_however_short_it_was() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let (test, path) = (service.named("test").await, service.path("test").await);
        let mut changes = Signals::changes(&service.connection).await;
        for _ in 0..10 {
            test.pause(&none()).await.unwrap();
            changes.until(path.as_str(), "State", u32::from(State::Paused)).await;
            test.resume(&none()).await.unwrap();
            let running = zbus::Variant::from(u32::from(State::Running)).try_into().unwrap();
            let is_read = async { while properties(&service.connection, path.as_str(), interface::MACHINE).await["State"] != running {} };
            within("the machine to be seen running", is_read).await;
            test.pause(&none()).await.unwrap();
            changes.until(path.as_str(), "State", u32::from(State::Paused)).await;
            test.resume(&none()).await.unwrap();
            changes.until(path.as_str(), "State", u32::from(State::Running)).await;
        }
    });
}

#[test]
fn start_pause_resume_reset_and_force_off_reply_when_done_and_end_in_the_right_state() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        let (m0, path) = (service.named("m0").await, service.path("m0").await);
        let mut changes = Signals::changes(&service.connection).await;
        let expect = |state: State| u32::from(state);
        m0.start(&none()).await.unwrap();
        changes.until(path.as_str(), "State", expect(State::Running)).await;
        m0.pause(&none()).await.unwrap();
        changes.until(path.as_str(), "State", expect(State::Paused)).await;
        assert_eq!(StateReason::from(m0.state_reason().await.unwrap()), StateReason::ByUser);
        m0.resume(&none()).await.unwrap();
        changes.until(path.as_str(), "State", expect(State::Running)).await;
        m0.force_off(&none()).await.unwrap();
        let seen = changes.until(path.as_str(), "State", expect(State::Off)).await;
        assert!(seen.last().unwrap().values.contains_key("LastStopTime"), "{seen:?}");
        assert_eq!(StateReason::from(m0.last_stop_reason().await.unwrap()), StateReason::ForcedOff);
        // The built-in driver cannot start paused, and that is said.
        let refused = refusal(m0.start(&Options::default().with("paused", true)).await);
        assert_eq!(refused.kind(), Some(ErrorKind::NotSupported));
    });
}

#[test]
fn shutdown_replies_when_the_machine_is_off_and_restart_when_it_is_on_again() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let test = service.named("test").await;
        let path = service.path("test").await;
        let mut changes = Signals::changes(&service.connection).await;
        test.shutdown(&none()).await.unwrap();
        assert_eq!(State::from(test.state().await.unwrap()), State::Off, "the reply comes after the state");
        changes.until(path.as_str(), "State", u32::from(State::Off)).await;
        test.start(&none()).await.unwrap();
        changes.until(path.as_str(), "State", u32::from(State::Running)).await;
        test.shutdown_and_restart(&none()).await.unwrap();
        // Off and on within one signal's time is told as one change.
        let (stopped, started) = (test.last_stop_time().await.unwrap(), test.last_start_time().await.unwrap());
        assert!(started >= stopped && stopped > 0, "{started} {stopped}");
        changes.until(path.as_str(), "LastStopTime", stopped).await;
        assert_eq!(State::from(test.state().await.unwrap()), State::Running);
    });
}

#[test]
fn save_keeps_a_state_that_restore_continues_and_discard_drops() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let (test, path) = (service.named("test").await, service.path("test").await);
        let mut changes = Signals::changes(&service.connection).await;
        assert_eq!(refusal(test.restore(&none()).await).kind(), Some(ErrorKind::InvalidState));
        test.save(&none()).await.unwrap();
        changes.until(path.as_str(), "HasSavedState", true).await;
        test.restore(&none()).await.unwrap();
        changes.until(path.as_str(), "HasSavedState", false).await;
        test.save(&none()).await.unwrap();
        changes.until(path.as_str(), "HasSavedState", true).await;
        test.discard_saved_state(&none()).await.unwrap();
        changes.until(path.as_str(), "HasSavedState", false).await;
        assert_eq!(refusal(test.discard_saved_state(&none()).await).kind(), Some(ErrorKind::InvalidState));
    });
}

#[test]
fn a_wrong_state_is_named_with_the_state_and_the_operation() {
    user::ordinary(|| async {
        // The built-in driver has no error of its own for a wrong state.
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["test"]).await;
        let test = service.named("test").await;
        let refused = refusal(test.start(&none()).await);
        assert_eq!((refused.kind(), refused.text("operation").as_str()), (Some(ErrorKind::InvalidState), "start"));
        assert_eq!(u32::try_from(refused.facts["state"].try_clone().unwrap()).unwrap(), u32::from(State::Running));
        test.force_off(&none()).await.unwrap();
        for refused in [
            refusal(test.pause(&none()).await),
            refusal(test.resume(&none()).await),
            refusal(test.force_off(&none()).await),
            refusal(test.shutdown(&none()).await),
            refusal(test.reboot(&none()).await),
            refusal(test.save(&none()).await),
        ] {
            assert_eq!(refused.kind(), Some(ErrorKind::InvalidState), "{refused:?}");
            assert!(refused.facts.contains_key("state") && refused.facts.contains_key("operation"), "{refused:?}");
        }
    });
}

#[test]
fn an_unknown_machine_has_no_object_and_is_named_in_lists() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let nobody = path::machine(uuid::Uuid::from_u128(7));
        let refused = refusal(service.machine(&nobody).await.start(&none()).await);
        assert_eq!(refused.name, "org.freedesktop.DBus.Error.UnknownObject");
        let manager = service.manager().await;
        let refused = refusal(manager.batch("start", std::slice::from_ref(&nobody), &none()).await);
        assert_eq!(refused.kind(), Some(ErrorKind::NotFound));
        for id in ["", "..", "../../../etc/passwd", "00000000000000000000000000000000", "\u{0}"] {
            if id.contains('\0') {
                continue;
            }
            assert_eq!(refusal(manager.undelete(id, &none()).await).kind(), Some(ErrorKind::NotFound), "{id}");
            assert_eq!(refusal(manager.purge_deleted(id, &none()).await).kind(), Some(ErrorKind::NotFound), "{id}");
        }
    });
}

#[test]
fn no_property_can_be_written() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let machine_path = service.path("test").await;
        for (path, interface) in
            [(path::ROOT, interface::MANAGER), (path::HOST, interface::HOST), (machine_path.as_str(), interface::MACHINE)]
        {
            let before = properties(&service.connection, path, interface).await;
            for (name, value) in &before {
                let body = (interface, name, value);
                let refused = call(&service.connection, path, "org.freedesktop.DBus.Properties", "Set", &body).await.unwrap_err();
                let fitting = ["PropertyReadOnly", "UnknownProperty", "AccessDenied"];
                assert!(fitting.iter().any(|error| refused.name.ends_with(error)), "{name}: {refused:?}");
            }
            assert_eq!(properties(&service.connection, path, interface).await, before);
        }
    });
}

#[test]
fn the_root_says_what_it_manages_and_that_it_is_connected() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let manager = manager(&service.connection).await;
        assert_eq!(manager.uri().await.unwrap(), "test:///default");
        assert_eq!(manager.version().await.unwrap(), env!("CARGO_PKG_VERSION"));
        assert!(manager.connected().await.unwrap());
        assert_eq!((manager.connection_state().await.unwrap(), manager.connection_problem().await.unwrap()), (2, String::new()));
        for scope in [1, 2] {
            manager.unlock(scope, &none()).await.unwrap();
        }
        assert_eq!(refusal(manager.unlock(3, &none()).await).text("argument"), "scope");
    });
}

#[test]
fn the_host_counts_its_machines() {
    user::ordinary(|| async {
        let service = TestService::with_machines(3).await;
        let mut changes = Signals::changes(&service.connection).await;
        service.named("m1").await.start(&none()).await.unwrap();
        changes.until(path::HOST, "ActiveMachines", 1_u32).await;
        let host = properties(&service.connection, path::HOST, interface::HOST).await;
        let number = |name: &str| u32::try_from(host[name].try_clone().unwrap()).unwrap();
        assert_eq!((number("Machines"), number("ActiveMachines"), number("ActiveVcpus")), (3, 1, 1));
        assert!(number("Cpus") > 0);
    });
}

#[test]
fn what_a_driver_cannot_do_is_said_by_name() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let test = service.named("test").await;
        let results = [("log", test.get_log(&none()).await.map(drop)), ("suspend", test.suspend_guest(&none()).await)];
        for (what, result) in results {
            assert!(result.is_err(), "{what}");
            let refused = refusal(result);
            assert_eq!(refused.kind(), Some(ErrorKind::NotSupported), "{refused:?}");
        }
        let refused = refusal(test.make_persistent(&none()).await);
        assert_eq!(refused.kind(), Some(ErrorKind::InvalidState));
        // A second client sees the same.
        let other = service.bus.connect().await;
        assert_eq!(machine(&other, &service.path("test").await).await.name().await.unwrap(), "test");
    });
}

#[test]
fn what_was_done_shows_from_the_reply_on() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        let (m0, path) = (service.named("m0").await, service.path("m0").await);
        for round in 0..5 {
            m0.start(&none()).await.unwrap();
            assert_eq!(State::from(service.list().await[0].state), State::Running, "started, round {round}");
            m0.set_metadata(&Options::default().with("group", format!("g{round}")), &none()).await.unwrap();
            assert_eq!(m0.group().await.unwrap(), format!("g{round}"));
            m0.force_off(&none()).await.unwrap();
            assert_eq!(State::from(service.list().await[0].state), State::Off, "forced off, round {round}");
            m0.rename(&format!("n{round}"), &none()).await.unwrap();
            assert_eq!(service.list().await[0].name, format!("n{round}"));
            let id = m0.delete(&none()).await.unwrap();
            assert!(service.list().await.is_empty(), "deleted, round {round}");
            assert_eq!(service.manager().await.undelete(&id, &none()).await.unwrap(), path);
            assert_eq!(m0.name().await.unwrap(), format!("n{round}"), "back, round {round}");
        }
    });
}

#[test]
fn details_are_read_without_any_right_and_change_nothing() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let (test, path) = (service.named("test").await, service.path("test").await);
        let before = properties(&service.connection, path.as_str(), interface::MACHINE).await;
        let details = test.get_details(&none()).await.unwrap();
        assert_eq!((details.start_time, details.guest_agent, details.tpm), (None, None, Some(false)), "what it has not");
        let (disks, networks) = (details.disks.unwrap(), details.networks.unwrap());
        assert_eq!((disks[0].target.as_str(), disks[0].kind.as_str(), disks[0].capacity), ("vda", "disk", 0));
        assert_eq!((networks[0].mac.as_str(), networks[0].source.as_str()), ("aa:bb:cc:dd:ee:ff", "default"));
        assert_eq!(details.graphics, Some(vec![]));
        assert!(details.architecture.is_some_and(|architecture| !architecture.is_empty()));
        test.get_details(&Options::default().with("sizes", true)).await.unwrap();
        assert_eq!(properties(&service.connection, path.as_str(), interface::MACHINE).await, before);
    });
}
