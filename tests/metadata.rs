//! What people write about machines: names, titles, tags, groups, and the lock.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use dbus::{
    ErrorKind, Options,
    machine::{State, Tag, flag},
};
use kvm_manager_tests::{
    TestService,
    client::{Refusal, Signals, refusal},
    libvirtd::Libvirtd,
    user,
};
use zbus::Variant;

fn none() -> Options {
    Options::default()
}

fn tags(tags: &[(&str, &str)]) -> Variant<'static> {
    tags.iter().map(|(name, colour)| Tag { name: (*name).to_owned(), colour: (*colour).to_owned() }).collect::<Vec<_>>().into()
}

#[test]
fn a_machine_gets_another_name_under_the_same_object() {
    user::ordinary(|| async {
        let service = TestService::with_machines(2).await;
        let (m0, path) = (service.named("m0").await, service.path("m0").await);
        let mut changes = Signals::changes(&service.connection).await;
        m0.rename("renamed", &none()).await.unwrap();
        changes.until(path.as_str(), "Name", "renamed").await;
        assert_eq!(service.path("renamed").await, path);
        let refused = refusal(m0.rename("m1", &none()).await);
        assert_eq!((refused.kind(), refused.text("name").as_str()), (Some(ErrorKind::AlreadyExists), "m1"));
        for bad in ["", "a b", "../x", "-x", "ä", &"x".repeat(64)] {
            assert_eq!(refusal(m0.rename(bad, &none()).await).text("argument"), "name", "{bad}");
        }
        assert_eq!(m0.name().await.unwrap(), "renamed");
        m0.start(&none()).await.unwrap();
        assert_eq!(refusal(m0.rename("other", &none()).await).kind(), Some(ErrorKind::InvalidState));
    });
}

#[test]
fn metadata_changes_what_is_named_and_keeps_the_rest() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        let (m0, path) = (service.named("m0").await, service.path("m0").await);
        let mut changes = Signals::changes(&service.connection).await;
        let all = Options::default()
            .with("title", "Web <server> & more")
            .with("description", "Two\nlines")
            .with("group", "shop")
            .with("tags", tags(&[("prod", "#ff0000"), ("db", "")]));
        m0.set_metadata(&all, &none()).await.unwrap();
        changes.until(path.as_str(), "Group", "shop").await;
        assert_eq!(m0.title().await.unwrap(), "Web <server> & more");
        assert_eq!(m0.description().await.unwrap(), "Two\nlines");
        let named: Vec<_> = m0.tags().await.unwrap().into_iter().map(|tag| (tag.name, tag.colour)).collect();
        assert_eq!(named, [("prod".to_owned(), "#ff0000".to_owned()), ("db".to_owned(), "#808080".to_owned())]);
        m0.set_metadata(&Options::default().with("title", ""), &none()).await.unwrap();
        changes.until(path.as_str(), "Title", "").await;
        assert_eq!((m0.group().await.unwrap().as_str(), m0.tags().await.unwrap().len()), ("shop", 2));
        m0.set_metadata(&Options::default().with("group", "").with("tags", tags(&[])), &none()).await.unwrap();
        changes.until(path.as_str(), "Group", "").await;
        assert_eq!(m0.description().await.unwrap(), "Two\nlines");
    });
}

#[test]
fn metadata_that_is_too_much_or_twice_is_refused_and_changes_nothing() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        let m0 = service.named("m0").await;
        let many: Vec<Tag> = (0..33).map(|number| Tag { name: format!("t{number}"), colour: String::new() }).collect();
        for (argument, value) in [
            ("title", Variant::from("x".repeat(4097))),
            ("title", Variant::from("two\nlines")),
            ("description", Variant::from("x".repeat(4097))),
            ("group", Variant::from("x".repeat(65))),
            ("tags", many.into()),
            ("tags", tags(&[("same", ""), ("same", "#ffffff")])),
            ("tags", tags(&[("", "")])),
            ("tags", tags(&[("red", "red")])),
        ] {
            let changes = Options::default().with(argument, value).with("locked", true);
            assert_eq!(refusal(m0.set_metadata(&changes, &none()).await).text("argument"), argument);
        }
        assert!(!m0.locked().await.unwrap());
    });
}

#[test]
fn a_locked_machine_keeps_its_saved_state_and_starts_from_it() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let (test, path) = (service.named("test").await, service.path("test").await);
        let mut changes = Signals::changes(&service.connection).await;
        test.save(&none()).await.unwrap();
        test.set_metadata(&Options::default().with("locked", true), &none()).await.unwrap();
        for option in ["force-boot", "discard-saved-state"] {
            let refused = refusal(test.start(&Options::default().with(option, true)).await);
            assert_eq!(refused.kind(), Some(ErrorKind::Locked), "{option}: {refused:?}");
        }
        assert_eq!((State::from(test.state().await.unwrap()), test.has_saved_state().await.unwrap()), (State::Off, true));
        test.start(&none()).await.unwrap();
        changes.until(path.as_str(), "HasSavedState", false).await;
    });
}

#[test]
fn a_locked_machine_refuses_stop_and_delete_until_it_is_unlocked() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let (test, path) = (service.named("test").await, service.path("test").await);
        let mut changes = Signals::changes(&service.connection).await;
        test.set_metadata(&Options::default().with("locked", true), &none()).await.unwrap();
        changes.until(path.as_str(), "Locked", true).await;
        assert_eq!(service.list().await[0].flags & flag::LOCKED, flag::LOCKED);
        for refused in [
            refusal(test.shutdown(&none()).await),
            refusal(test.shutdown_and_restart(&none()).await),
            refusal(test.reboot(&none()).await),
            refusal(test.reset(&none()).await),
            refusal(test.force_off(&none()).await),
            refusal(test.save(&none()).await),
            refusal(test.discard_saved_state(&none()).await),
            refusal(test.suspend_guest(&Options::default().with("target", "disk")).await),
            refusal(test.delete(&none()).await),
            refusal(test.delete(&Options::default().with("force-off", true).with("permanent", true)).await),
        ] {
            assert_eq!(refused.kind(), Some(ErrorKind::Locked), "{refused:?}");
        }
        let manager = service.manager().await;
        for operation in ["shutdown", "force-off", "save", "delete", "reset", "reboot", "shutdown-and-restart"] {
            let results = manager.batch(operation, std::slice::from_ref(&path), &none()).await.unwrap();
            assert_eq!(results[0].error_name, ErrorKind::Locked.name(), "{operation}");
        }
        // What does not stop it is allowed.
        test.pause(&none()).await.unwrap();
        test.resume(&none()).await.unwrap();
        test.set_metadata(&Options::default().with("locked", false), &none()).await.unwrap();
        changes.until(path.as_str(), "Locked", false).await;
        test.force_off(&none()).await.unwrap();
    });
}

#[test]
fn a_lock_keeps_a_guest_from_being_suspended_to_disk_and_not_to_memory() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let a = service.named("a").await;
        let target = |target| Options::default().with("target", target);
        a.set_metadata(&Options::default().with("locked", true), &none()).await.unwrap();
        assert_eq!(refusal(a.suspend_guest(&target("disk")).await).kind(), Some(ErrorKind::Locked));
        // It has neither an agent nor sleep states, and that is said once the lock is no matter.
        let cannot = |refused: Refusal| matches!(refused.kind(), Some(ErrorKind::NotSupported | ErrorKind::AgentUnavailable));
        assert!(cannot(refusal(a.suspend_guest(&target("memory")).await)));
        a.set_metadata(&Options::default().with("locked", false), &none()).await.unwrap();
        assert!(cannot(refusal(a.suspend_guest(&target("disk")).await)));
        assert_eq!(State::from(a.state().await.unwrap()), State::Running);
    });
}

#[test]
fn a_lock_holds_and_is_gone_from_the_reply_on() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let test = service.named("test").await;
        for _ in 0..5 {
            test.set_metadata(&Options::default().with("locked", true), &none()).await.unwrap();
            assert_eq!(refusal(test.force_off(&none()).await).kind(), Some(ErrorKind::Locked));
            assert_eq!(refusal(test.delete(&Options::default().with("force-off", true)).await).kind(), Some(ErrorKind::Locked));
            test.set_metadata(&Options::default().with("locked", false), &none()).await.unwrap();
            test.reset(&none()).await.map_or_else(|error| assert_ne!(Refusal::from(error).kind(), Some(ErrorKind::Locked)), drop);
        }
        test.delete(&Options::default().with("force-off", true)).await.unwrap();
    });
}

#[test]
fn autostart_is_set_and_told() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        let (m0, path) = (service.named("m0").await, service.path("m0").await);
        let mut changes = Signals::changes(&service.connection).await;
        for autostart in [true, false] {
            m0.set_autostart(autostart, &none()).await.unwrap();
            changes.until(path.as_str(), "Autostart", autostart).await;
        }
    });
}
