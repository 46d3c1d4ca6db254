//! The same for many machines in one call.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use dbus::{ErrorKind, Options, machine::State};
use kvm_manager_tests::{
    TestService,
    client::{Signals, refusal},
    user,
};
use zbus::OwnedObjectPath;

fn none() -> Options {
    Options::default()
}

async fn paths(service: &TestService) -> Vec<OwnedObjectPath> {
    service.list().await.into_iter().map(|machine| machine.path).collect()
}

#[test]
fn every_machine_of_a_batch_has_its_own_result() {
    user::ordinary(|| async {
        let service = TestService::with_machines(20).await;
        let manager = service.manager().await;
        let paths = paths(&service).await;
        service.machine(&paths[3]).await.start(&none()).await.unwrap();
        let results = manager.batch("start", &paths, &none()).await.unwrap();
        assert_eq!(results.len(), 20);
        for result in &results {
            assert_eq!(result.error_name.is_empty(), result.machine != paths[3], "{result:?}");
            assert_eq!(result.error_name.is_empty(), result.message.is_empty(), "{result:?}");
        }
        let told: BTreeSet<String> = results.iter().map(|result| result.machine.to_string()).collect();
        assert_eq!(told, paths.iter().map(ToString::to_string).collect(), "each once");
        let mut changes = Signals::changes(&service.connection).await;
        let results = manager.batch("force-off", &paths, &none()).await.unwrap();
        assert!(results.iter().all(|result| result.error_name.is_empty() && result.message.is_empty()));
        changes.until(dbus::path::HOST, "ActiveMachines", 0_u32).await;
        assert!(service.list().await.iter().all(|machine| machine.state == u32::from(State::Off)));
    });
}

#[test]
fn a_batch_can_name_a_group_or_a_tag() {
    user::ordinary(|| async {
        let service = TestService::with_machines(4).await;
        let manager = service.manager().await;
        let mut changes = Signals::changes(&service.connection).await;
        for name in ["m0", "m2"] {
            let machine = service.named(name).await;
            machine.set_metadata(&Options::default().with("group", "shop"), &none()).await.unwrap();
            changes.until(service.path(name).await.as_str(), "Group", "shop").await;
        }
        let results = manager.batch("start", &[], &Options::default().with("group", "shop")).await.unwrap();
        assert_eq!(results.len(), 2);
        for name in ["m0", "m2"] {
            changes.until(service.path(name).await.as_str(), "State", u32::from(State::Running)).await;
        }
        let on: Vec<_> =
            service.list().await.into_iter().filter(|machine| machine.state != u32::from(State::Off)).map(|m| m.name).collect();
        assert_eq!(on, ["m0", "m2"]);
        assert!(manager.batch("start", &[], &Options::default().with("tag", "none-has-it")).await.unwrap().is_empty());
    });
}

#[test]
fn a_batch_that_names_nothing_twice_unknown_or_too_much_does_nothing() {
    user::ordinary(|| async {
        let service = TestService::with_machines(2).await;
        let manager = service.manager().await;
        let mut paths = paths(&service).await;
        assert_eq!(refusal(manager.batch("start", &[], &none()).await).text("argument"), "machines");
        assert_eq!(refusal(manager.batch("explode", &paths, &none()).await).text("argument"), "operation");
        assert_eq!(refusal(manager.batch("start", &paths, &Options::default().with("group", "g")).await).text("argument"), "machines");
        assert_eq!(refusal(manager.batch("pause", &paths, &Options::default().with("paused", true)).await).text("argument"), "paused");
        assert_eq!(refusal(manager.batch("set-autostart", &paths, &none()).await).text("argument"), "autostart");
        paths.push(paths[0].clone());
        assert_eq!(refusal(manager.batch("start", &paths, &none()).await).text("argument"), "machines");
        let many = vec![paths[0].clone(); 1025];
        assert_eq!(refusal(manager.batch("start", &many, &none()).await).kind(), Some(ErrorKind::LimitExceeded));
        let host = OwnedObjectPath::try_from(dbus::path::HOST).unwrap();
        assert_eq!(refusal(manager.batch("start", &[paths[0].clone(), host], &none()).await).kind(), Some(ErrorKind::NotFound));
        assert!(service.list().await.iter().all(|machine| machine.state == u32::from(State::Off)));
    });
}

#[test]
fn every_operation_of_a_batch_works() {
    user::ordinary(|| async {
        let service = TestService::with_machines(2).await;
        let manager = service.manager().await;
        let paths = paths(&service).await;
        for (operation, options) in [
            ("start", none()),
            ("pause", none()),
            ("resume", none()),
            ("reset", none()),
            ("reboot", Options::default().with("mode", "acpi")),
            ("shutdown-and-restart", none()),
            ("save", none()),
            ("discard-saved-state", none()),
            ("set-autostart", Options::default().with("autostart", true)),
            ("start", none()),
            ("force-off", none()),
            ("start", none()),
            ("shutdown", Options::default().with("timeout", 30_u32)),
            ("delete", none()),
        ] {
            let results = manager.batch(operation, &paths, &options).await.unwrap();
            assert!(results.iter().all(|result| result.error_name.is_empty()), "{operation}: {results:?}");
        }
        assert_eq!(manager.list_deleted(&none()).await.unwrap().len(), 2);
    });
}

#[test]
fn a_batch_deletes_what_may_go_and_tells_what_stays_and_why() {
    user::ordinary(|| async {
        let service = TestService::with_machines(4).await;
        let manager = service.manager().await;
        let paths = paths(&service).await;
        let machine = async |index: usize| service.machine(&paths[index]).await;
        machine(1).await.start(&none()).await.unwrap();
        machine(2).await.set_metadata(&Options::default().with("locked", true), &none()).await.unwrap();
        let outcomes = async |options: Options| {
            let results = manager.batch("delete", &paths[..3], &options).await.unwrap();
            let outcome =
                |path: &OwnedObjectPath| ErrorKind::from_name(&results.iter().find(|result| result.machine == *path).unwrap().error_name);
            paths[..3].iter().map(outcome).collect::<Vec<_>>()
        };
        assert_eq!(outcomes(none()).await, [None, Some(ErrorKind::InvalidState), Some(ErrorKind::Locked)]);
        let left: Vec<OwnedObjectPath> = service.list().await.into_iter().map(|machine| machine.path).collect();
        assert_eq!(left, paths[1..], "also what was not named");
        let deleted = manager.list_deleted(&none()).await.unwrap();
        assert_eq!(deleted.len(), 1);
        assert_eq!(manager.undelete(&deleted[0].id, &none()).await.unwrap(), paths[0]);
        let permanent = Options::default().with("permanent", true);
        let refused = refusal(manager.batch("delete", &paths[..3], &permanent).await);
        assert_eq!(refused.kind(), Some(ErrorKind::InvalidArgument), "each permanent delete asks: one at a time");
        assert_eq!(outcomes(Options::default().with("force-off", true)).await, [None, None, Some(ErrorKind::Locked)]);
        assert_eq!(manager.list_deleted(&none()).await.unwrap().len(), 2);
        assert_eq!(service.list().await.len(), 2);
    });
}
