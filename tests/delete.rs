//! Deleting machines and getting them back.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use dbus::{ErrorKind, Options, machine::State};
use kvm_manager_tests::{
    TestService,
    client::{Signals, refusal},
    libvirtd::Libvirtd,
    user, within,
};
use rustix::process::Signal;

fn none() -> Options {
    Options::default()
}

#[test]
fn a_deleted_machine_comes_back_as_it_was() {
    user::ordinary(|| async {
        let service = TestService::with_machines(2).await;
        let (m0, path) = (service.named("m0").await, service.path("m0").await);
        m0.set_metadata(&Options::default().with("group", "shop").with("title", "T"), &none()).await.unwrap();
        m0.set_autostart(true, &none()).await.unwrap();
        let mut removed = Signals::named(&service.connection, "InterfacesRemoved").await;
        let mut added = Signals::named(&service.connection, "InterfacesAdded").await;
        let plan = m0.plan_delete(&none()).await.unwrap();
        assert!(plan.iter().all(|item| item.action != "remove"), "{plan:?}");
        let id = m0.delete(&none()).await.unwrap();
        assert_eq!(removed.next_object("/machines/").await, path.as_str());
        assert_eq!(service.list().await.len(), 1);
        let manager = service.manager().await;
        let deleted = manager.list_deleted(&none()).await.unwrap();
        assert_eq!((deleted.len(), deleted[0].id.as_str(), deleted[0].name.as_str()), (1, id.as_str(), "m0"));
        assert!(deleted[0].expires > deleted[0].deleted);
        assert_eq!(manager.undelete(&id, &none()).await.unwrap(), path);
        assert_eq!(added.next_object("/machines/").await, path.as_str());
        let mut changes = Signals::changes(&service.connection).await;
        if m0.group().await.unwrap() != "shop" {
            changes.until(path.as_str(), "Group", "shop").await;
        }
        assert_eq!(m0.title().await.unwrap(), "T");
        assert!(m0.autostart().await.unwrap());
        assert!(manager.list_deleted(&none()).await.unwrap().is_empty());
        assert_eq!(refusal(manager.undelete(&id, &none()).await).kind(), Some(ErrorKind::NotFound));
    });
}

#[test]
fn a_purged_machine_is_gone_for_good() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        let id = service.named("m0").await.delete(&none()).await.unwrap();
        let manager = service.manager().await;
        manager.purge_deleted(&id, &none()).await.unwrap();
        assert!(manager.list_deleted(&none()).await.unwrap().is_empty());
        assert_eq!(refusal(manager.undelete(&id, &none()).await).kind(), Some(ErrorKind::NotFound));
        assert_eq!(refusal(manager.purge_deleted(&id, &none()).await).kind(), Some(ErrorKind::NotFound));
    });
}

#[test]
fn a_permanent_delete_leaves_nothing_in_the_trash() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        let mut removed = Signals::named(&service.connection, "InterfacesRemoved").await;
        let id = service.named("m0").await.delete(&Options::default().with("permanent", true)).await.unwrap();
        assert_eq!(id, "");
        removed.next_object("/machines/").await;
        assert!(service.manager().await.list_deleted(&none()).await.unwrap().is_empty());
        assert!(service.list().await.is_empty());
    });
}

#[test]
fn a_running_machine_is_deleted_only_if_it_may_be_forced_off() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let test = service.named("test").await;
        let refused = refusal(test.delete(&none()).await);
        assert_eq!((refused.kind(), refused.text("operation").as_str()), (Some(ErrorKind::InvalidState), "delete"));
        assert_eq!(State::from(test.state().await.unwrap()), State::Running);
        test.delete(&Options::default().with("force-off", true)).await.unwrap();
    });
}

#[test]
fn nothing_comes_back_over_a_machine_that_has_taken_its_name() {
    user::ordinary(|| async {
        let service = TestService::with_machines(2).await;
        let id = service.named("m0").await.delete(&none()).await.unwrap();
        let m1 = service.named("m1").await;
        m1.rename("m0", &none()).await.unwrap();
        let manager = service.manager().await;
        let refused = refusal(manager.undelete(&id, &none()).await);
        assert_eq!((refused.kind(), refused.text("name").as_str()), (Some(ErrorKind::AlreadyExists), "m0"));
        m1.rename("m1", &none()).await.unwrap();
        manager.undelete(&id, &none()).await.unwrap();
    });
}

#[test]
fn of_two_crossing_undeletes_one_brings_the_machine_back_and_the_other_is_refused() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let (manager, path) = (service.manager().await, service.path("a").await);
        let id = service.named("a").await.delete(&Options::default().with("force-off", true)).await.unwrap();
        let mut added = Signals::named(&service.connection, "InterfacesAdded").await;
        let other = kvm_manager_tests::service::manager(&service.bus.connect().await).await;
        let options = none();
        // The first one is held at libvirt, so that the others come in between.
        libvirtd.signal_daemon(Signal::STOP);
        let first = manager.undelete(&id, &options);
        let between = async {
            added.next_object("/jobs/").await;
            assert_eq!(refusal(other.undelete(&id, &options).await).kind(), Some(ErrorKind::Busy));
            assert_eq!(refusal(other.purge_deleted(&id, &options).await).kind(), Some(ErrorKind::Busy));
            libvirtd.signal_daemon(Signal::CONT);
        };
        let (first, ()) = within("both undeletes", async { tokio::join!(first, between) }).await;
        assert_eq!(first.unwrap(), path);
        assert_eq!(refusal(other.undelete(&id, &options).await).kind(), Some(ErrorKind::NotFound));
        assert!(manager.list_deleted(&none()).await.unwrap().is_empty());
        assert_eq!(libvirtd.virsh(&["list", "--all", "--name"]).split_whitespace().collect::<Vec<_>>(), ["a"], "once");
        service.named("a").await.start(&none()).await.unwrap();
    });
}

#[test]
fn undeletes_that_cross_at_any_moment_bring_a_machine_back_once() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        let (manager, path) = (service.manager().await, service.path("m0").await);
        let other = kvm_manager_tests::service::manager(&service.bus.connect().await).await;
        for _ in 0..20 {
            let id = service.machine(&path).await.delete(&none()).await.unwrap();
            let options = none();
            let (one, two) = tokio::join!(manager.undelete(&id, &options), other.undelete(&id, &options));
            let (done, refused) = if one.is_ok() { (one, two) } else { (two, one) };
            assert_eq!(done.unwrap(), path);
            assert!(matches!(refusal(refused).kind(), Some(ErrorKind::Busy | ErrorKind::NotFound)));
            assert!(manager.list_deleted(&none()).await.unwrap().is_empty());
            assert_eq!(service.list().await.len(), 1);
        }
    });
}

#[test]
fn what_is_not_the_machines_own_is_never_chosen_for_delete() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        let m0 = service.named("m0").await;
        let volumes = Options::default().with("volumes", vec!["/etc/passwd".to_owned()]);
        let refused = refusal(m0.delete(&volumes).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe));
        assert!(refused.facts.contains_key("reasons"));
        assert!(!refused.message.contains("passwd"));
        let both = Options::default().with("volumes", vec!["/x".to_owned()]).with("keep-disks", true);
        assert_eq!(refusal(m0.delete(&both).await).text("argument"), "volumes");
        assert_eq!(service.list().await.len(), 1);
    });
}

#[test]
fn the_trash_survives_a_restart_of_the_service() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        let id = service.named("m0").await.delete(&none()).await.unwrap();
        let uri = service.manager().await.uri().await.unwrap();
        let service = service.restarted(&uri).await;
        let deleted = service.manager().await.list_deleted(&none()).await.unwrap();
        assert_eq!(deleted.len(), 1);
        assert_eq!(deleted[0].id, id);
    });
}
