//! Real machines, changed by others: QEMU under a libvirtd of the test's own, without any right.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::os::unix::fs::PermissionsExt;

use dbus::{
    ErrorKind, Options, interface,
    machine::{Disk, GuestAgent, State, StateReason},
};
use kvm_manager_tests::{
    client::{Signals, managed_objects, properties, refusal, settled},
    libvirtd::Libvirtd,
    user, within,
};
use rustix::process::Signal;

fn none() -> Options {
    Options::default()
}

#[test]
fn a_change_made_elsewhere_is_one_signal_with_the_new_values() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let path = service.path("a").await;
        for (command, state, reason) in [("suspend", State::Paused, StateReason::ByUser), ("resume", State::Running, StateReason::Resumed)]
        {
            let mut changes = Signals::changes(&service.connection).await;
            let _ = libvirtd.virsh(&[command, "a"]);
            let seen = changes.until(path.as_str(), "State", u32::from(state)).await;
            assert_eq!(seen.len(), 1, "{command}: {seen:?}");
            assert_eq!(seen[0].values.keys().collect::<Vec<_>>(), ["State", "StateReason"]);
            assert_eq!(seen[0].values["StateReason"], zbus::Variant::from(u32::from(reason)).try_into().unwrap());
            settled(&service.connection).await;
            let machine = properties(&service.connection, path.as_str(), interface::MACHINE).await;
            assert!(seen[0].values.iter().all(|(name, value)| machine[name] == *value));
        }
    });
}

#[test]
fn machines_that_others_make_and_remove_come_and_go() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&[]).await;
        let mut added = Signals::named(&service.connection, "InterfacesAdded").await;
        let mut removed = Signals::named(&service.connection, "InterfacesRemoved").await;
        libvirtd.define("b");
        let path = added.next_object("/machines/").await;
        assert_eq!(service.path("b").await.as_str(), path);
        assert!(managed_objects(&service.connection).await.contains_key(&path));
        let mut changes = Signals::changes(&service.connection).await;
        let _ = libvirtd.virsh(&["start", "b"]);
        changes.until(&path, "State", u32::from(State::Running)).await;
        let _ = libvirtd.virsh(&["desc", "b", "--title", "--live", "--config", "A title"]);
        changes.until(&path, "Title", "A title").await;
        let _ = libvirtd.virsh(&["destroy", "b"]);
        changes.until(&path, "State", u32::from(State::Off)).await;
        let machine = service.named("b").await;
        assert_eq!(StateReason::from(machine.last_stop_reason().await.unwrap()), StateReason::ForcedOff);
        assert!(machine.last_stop_time().await.unwrap() > 0);
        let _ = libvirtd.virsh(&["undefine", "b"]);
        assert_eq!(removed.next_object("/machines/").await, path);
        assert!(service.list().await.is_empty());
    });
}

#[test]
fn a_crash_of_qemu_is_told_with_its_reason() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let path = service.path("a").await;
        let mut changes = Signals::changes(&service.connection).await;
        libvirtd.signal("a", Signal::KILL);
        changes.until(path.as_str(), "LastStopReason", u32::from(StateReason::Crashed)).await;
        assert_eq!(State::from(service.named("a").await.state().await.unwrap()), State::Off);
    });
}

#[test]
fn a_hung_machine_is_stalled_and_delays_nobody() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a", "b", "c"]).await;
        let (a, path) = (service.named("a").await, service.path("a").await);
        let mut changes = Signals::changes(&service.connection).await;
        libvirtd.signal("a", Signal::STOP);
        let options = none();
        let hanging = a.pause(&options);
        let others = async {
            for name in ["b", "c"] {
                let machine = service.named(name).await;
                for _ in 0..5 {
                    let started = std::time::Instant::now();
                    let result = machine.pause(&none()).await;
                    assert!(result.is_ok(), "{name}: {result:?} after {:?}\n{}", started.elapsed(), service.log());
                    machine.resume(&none()).await.unwrap();
                }
            }
            assert_eq!(service.list().await.len(), 3);
            assert!(!a.stalled().await.unwrap(), "the others were done before the hung one was given up");
        };
        let (result, ()) = tokio::join!(hanging, others);
        assert_eq!(refusal(result).kind(), Some(ErrorKind::Stalled));
        changes.until(path.as_str(), "Stalled", true).await;
        let at_once = tokio::time::timeout(std::time::Duration::from_secs(2), a.resume(&options)).await.expect("at once");
        assert_eq!(refusal(at_once).kind(), Some(ErrorKind::Stalled));
        service.named("b").await.pause(&none()).await.unwrap();
        libvirtd.signal("a", Signal::CONT);
        changes.until(path.as_str(), "Stalled", false).await;
        a.resume(&none()).await.unwrap();
    });
}

#[test]
fn a_hung_machine_can_be_forced_off() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let path = service.path("a").await;
        let mut changes = Signals::changes(&service.connection).await;
        libvirtd.signal("a", Signal::STOP);
        within("force-off", service.named("a").await.force_off(&none())).await.unwrap();
        changes.until(path.as_str(), "State", u32::from(State::Off)).await;
    });
}

#[test]
fn a_hung_machine_is_not_ended_gracefully_and_the_reply_says_so() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let a = service.named("a").await;
        libvirtd.signal("a", Signal::STOP);
        let graceful = Options::default().with("graceful", true);
        assert_eq!(refusal(within("force-off", a.force_off(&graceful)).await).kind(), Some(ErrorKind::TimedOut));
        assert_ne!(State::from(a.state().await.unwrap()), State::Off);
        // It was asked, and ends as soon as it can.
        let mut changes = Signals::changes(&service.connection).await;
        libvirtd.signal("a", Signal::CONT);
        changes.until(service.path("a").await.as_str(), "State", u32::from(State::Off)).await;
    });
}

#[test]
fn a_machine_that_is_forced_off_gracefully_is_off_by_the_reply() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let (a, qemu) = (service.named("a").await, libvirtd.qemu("a"));
        within("force-off", a.force_off(&Options::default().with("graceful", true))).await.unwrap();
        assert_eq!(State::from(a.state().await.unwrap()), State::Off);
        assert!(rustix::process::test_kill_process(qemu).is_err(), "its process is gone");
        let again = refusal(a.force_off(&Options::default().with("graceful", true)).await);
        assert_eq!(again.kind(), Some(ErrorKind::InvalidState));
    });
}

#[test]
fn a_restore_that_fails_says_so_and_the_saved_state_is_still_there() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&[]).await;
        let (disk, away) = (service.bus.directory().join("disk.img"), service.bus.directory().join("away.img"));
        std::fs::File::create(&disk).unwrap().set_len(1 << 20).unwrap();
        let mut added = Signals::named(&service.connection, "InterfacesAdded").await;
        let disk_of_a = format!("<disk type='file'><source file='{}'/><target dev='vda'/></disk>", disk.display());
        libvirtd.define_with("a", "", &disk_of_a);
        added.next_object("/machines/").await;
        let a = service.named("a").await;
        a.start(&none()).await.unwrap();
        a.save(&none()).await.unwrap();
        std::fs::rename(&disk, &away).unwrap();
        for refused in [refusal(a.restore(&none()).await), refusal(a.start(&none()).await)] {
            assert_eq!(refused.kind(), Some(ErrorKind::Failed));
            assert!(refused.facts.contains_key("libvirt-code") && !refused.message.contains("disk.img"), "{refused:?}");
        }
        assert_eq!((State::from(a.state().await.unwrap()), a.has_saved_state().await.unwrap()), (State::Off, true));
        std::fs::rename(&away, &disk).unwrap();
        let mut changes = Signals::changes(&service.connection).await;
        a.restore(&none()).await.unwrap();
        changes.until(service.path("a").await.as_str(), "StateReason", u32::from(StateReason::Restored)).await;
    });
}

#[test]
fn a_log_is_the_machines_own_and_nothing_else_can_be_read_through_it() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        libvirtd.define("never-ran");
        std::fs::write(libvirtd.logs().join("other.log"), "canary\n").unwrap();
        let a = service.named("a").await;
        let lines = a.get_log(&Options::default().with("lines", 1000_u32)).await.unwrap();
        assert!(!lines.is_empty() && !lines.iter().any(|line| line.contains("canary")));
        assert!(!lines.iter().flat_map(|line| line.chars()).any(char::is_control));
        assert_eq!(a.get_log(&Options::default().with("lines", 1_u32)).await.unwrap().len(), 1);
        for lines in [0_u32, 1001] {
            assert_eq!(refusal(a.get_log(&Options::default().with("lines", lines)).await).text("argument"), "lines");
        }
        let log = libvirtd.logs().join("a.log");
        std::fs::remove_file(&log).unwrap();
        std::os::unix::fs::symlink("other.log", &log).unwrap();
        let refused = refusal(a.get_log(&none()).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Failed));
        assert!(!refused.message.contains("canary") && !refused.message.contains("other"));
        std::fs::remove_file(&log).unwrap();
        assert!(a.get_log(&none()).await.unwrap().is_empty());
    });
}

#[test]
fn after_a_rename_and_a_restart_why_a_machine_stopped_and_its_log_are_still_known() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let path = service.path("a").await;
        let mut changes = Signals::changes(&service.connection).await;
        libvirtd.signal("a", Signal::KILL);
        changes.until(path.as_str(), "LastStopReason", u32::from(StateReason::Crashed)).await;
        let a = service.named("a").await;
        let log = a.get_log(&none()).await.unwrap();
        a.rename("b", &none()).await.unwrap();
        assert_eq!(a.get_log(&none()).await.unwrap(), log, "that of its former name, until it starts");
        let mut added = Signals::named(&service.connection, "InterfacesAdded").await;
        libvirtd.define("a");
        added.next_object("/machines/").await;
        assert!(a.get_log(&none()).await.unwrap().is_empty(), "that of the machine that has the name now");
        let service = service.restarted(&libvirtd.uri()).await;
        let b = service.named("b").await;
        assert_eq!(StateReason::from(b.last_stop_reason().await.unwrap()), StateReason::Crashed);
        assert_eq!(b.last_stop_time().await.unwrap(), 0, "this service did not see it");
    });
}

#[test]
fn a_machine_that_is_saved_continues_where_it_was() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let (a, path) = (service.named("a").await, service.path("a").await);
        let mut changes = Signals::changes(&service.connection).await;
        a.save(&none()).await.unwrap();
        let seen = changes.until(path.as_str(), "HasSavedState", true).await;
        assert!(seen.iter().any(|change| change.values.contains_key("State")), "{seen:?}");
        a.restore(&Options::default().with("paused", true)).await.unwrap();
        changes.until(path.as_str(), "State", u32::from(State::Paused)).await;
        a.resume(&none()).await.unwrap();
        changes.until(path.as_str(), "StateReason", u32::from(StateReason::Resumed)).await;
    });
}

#[test]
fn a_saved_state_that_others_remove_is_seen_whether_its_directory_may_be_watched_or_not() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        // It says that it is ready before it has made its directories.
        let _ = libvirtd.virsh(&["list"]);
        for mode in [0o700, 0o300] {
            // Without the right to read it, as that of the system's libvirt is where QEMU has a user of its own.
            std::fs::File::open(libvirtd.saved_states()).unwrap().set_permissions(PermissionsExt::from_mode(mode)).unwrap();
            let service = libvirtd.service(&["a"]).await;
            let (a, path) = (service.named("a").await, service.path("a").await);
            let mut changes = Signals::changes(&service.connection).await;
            a.save(&none()).await.unwrap();
            changes.until(path.as_str(), "HasSavedState", true).await;
            let _ = libvirtd.virsh(&["managedsave-remove", "a"]);
            changes.until(path.as_str(), "HasSavedState", false).await;
            assert_eq!(refusal(a.restore(&none()).await).kind(), Some(ErrorKind::InvalidState));
        }
    });
}

#[test]
fn details_tell_since_when_a_machine_runs_and_what_it_is_made_of() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let before = now();
        let service = libvirtd.service(&["a"]).await;
        let a = service.named("a").await;
        let details = a.get_details(&none()).await.unwrap();
        // The time of a file is that of the kernel's last tick.
        assert!((before - 1_000_000..=now()).contains(&details.start_time.unwrap()), "{details:?}");
        assert!((before - 1_000_000..=now()).contains(&a.last_start_time().await.unwrap()), "the list tells it, too");
        assert_eq!(GuestAgent::from(a.guest_agent().await.unwrap()), GuestAgent::None);
        assert_eq!((details.firmware.as_deref(), details.architecture.as_deref()), (Some("bios"), Some("x86_64")));
        assert!(details.machine_type.unwrap().starts_with("pc-"), "the version that it runs as");
        a.force_off(&none()).await.unwrap();
        let file = service.bus.directory().join("disk.img");
        std::fs::File::create(&file).unwrap().set_len(3 << 20).unwrap();
        let _ = libvirtd.virsh(&["attach-disk", "a", &file.display().to_string(), "vda", "--config"]);
        let details = a.get_details(&none()).await.unwrap();
        assert_eq!(details.start_time, None, "it is off");
        assert_eq!(details.disks.unwrap()[0], Disk { target: "vda".into(), kind: "disk".into(), capacity: 0, allocation: 0 });
        for state in ["off", "on"] {
            let details = a.get_details(&Options::default().with("sizes", true)).await.unwrap();
            assert_eq!(details.disks.unwrap()[0].capacity, 3 << 20, "{state}");
            if state == "off" {
                a.start(&none()).await.unwrap();
            }
        }
    });
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_micros()).unwrap()
}

#[test]
fn the_history_of_a_machine_that_hangs_says_what_is_not_known() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let path = service.path("a").await;
        let stats = dbus::stats::StatsProxy::new(&service.connection).await.unwrap();
        let mut signals = Signals::named(&service.connection, "Sampled").await;
        stats.subscribe(500, &[], &none()).await.unwrap();
        let mut points = Vec::new();
        // In the one that is being made when QEMU stops something may be known still.
        for known in 1..=3 {
            while points.len() < known {
                signals.next().await;
                points = stats.history(&[(*path).clone()], &none()).await.unwrap().1.remove(0).points;
            }
            if points[known - 1].flags & 1 == 1 {
                break;
            }
            // From now on QEMU does not answer; what libvirtd knows itself goes on.
            libvirtd.signal("a", Signal::STOP);
        }
        assert_eq!((points[0].flags, points[0].memory), (0, 64 << 20));
        assert_eq!(points.last().unwrap().flags & 1, 1, "{points:?}");
        assert!(points[1].time - points[0].time >= 9_000_000);
        let host = stats.host_history(&none()).await.unwrap().1;
        assert!(host.len() >= 2 && host.iter().all(|point| point.memory_used > 0 && (0.0..=1.0).contains(&point.cpu)), "{host:?}");
        libvirtd.signal("a", Signal::CONT);
    });
}

#[test]
fn a_definition_that_cannot_be_read_is_a_warning_and_hides_no_machine() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["b"]).await;
        let mut added = Signals::named(&service.connection, "InterfacesAdded").await;
        let mut changes = Signals::changes(&service.connection).await;
        // libvirt keeps elements of others as they are, however deep.
        let deep = format!("<metadata><x:a xmlns:x='urn:x'>{}{}</x:a></metadata>", "<x:b>".repeat(100), "</x:b>".repeat(100));
        libvirtd.define_with("a", &deep, "");
        let path = added.next_object("/machines/").await;
        let warnings = |names: &[&str]| zbus::Variant::from(names.iter().map(ToString::to_string).collect::<Vec<_>>());
        let a = service.named("a").await;
        if a.warnings().await.unwrap().is_empty() {
            changes.until(&path, "Warnings", warnings(&["definition-unreadable"])).await;
        }
        assert_eq!(a.warnings().await.unwrap(), ["definition-unreadable"]);
        assert_eq!((a.name().await.unwrap().as_str(), State::from(a.state().await.unwrap())), ("a", State::Off));
        // What needs no definition works; nothing is deleted, for nobody knows what this machine needs.
        a.start(&none()).await.unwrap();
        changes.until(&path, "State", u32::from(State::Running)).await;
        a.force_off(&none()).await.unwrap();
        let b = service.named("b").await;
        for refused in [refusal(a.delete(&none()).await), refusal(b.delete(&Options::default().with("force-off", true)).await)] {
            assert!(refused.kind().is_some(), "{refused:?}");
        }
        assert_eq!(libvirtd.virsh(&["list", "--all", "--name"]).split_whitespace().count(), 2);
        libvirtd.define("a");
        changes.until(&path, "Warnings", warnings(&[])).await;
        assert!(a.memory().await.unwrap() > 0);
        a.delete(&none()).await.unwrap();
    });
}
