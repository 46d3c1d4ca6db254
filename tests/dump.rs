//! A guest's memory in a file: whole, cancelled, or as the last thing of a machine.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{io::Read, os::fd::AsFd};

use dbus::{
    ErrorKind, Options, interface,
    job::JobProxy,
    machine::{State, StateReason},
};
use kvm_manager_tests::{
    client::{Completed, Signals, properties, refusal},
    libvirtd::Libvirtd,
    user, within,
};
use rustix::process::Signal;
use zbus::Fd;

/// Memory of the tests' machines.
const MEMORY: u64 = 64 << 20;

fn none() -> Options {
    Options::default()
}

fn is_whole(file: &std::path::Path) -> bool {
    let mut start = [0; 4];
    std::fs::File::open(file).unwrap().read_exact(&mut start).is_ok_and(|()| start == *b"\x7fELF")
        && std::fs::metadata(file).unwrap().len() > MEMORY
}

#[test]
fn a_dump_that_is_cancelled_claims_nothing_and_the_machine_runs_on() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        for mode in ["paused", "live", "crash"] {
            let service = libvirtd.service(&[mode]).await;
            let (machine, path) = (service.named(mode).await, service.path(mode).await);
            let mut added = Signals::named(&service.connection, "InterfacesAdded").await;
            let mut completed = Signals::named(&service.connection, "Completed").await;
            // From here on, for the proxy's own state may be older than a signal that has come.
            let mut changes = Signals::changes(&service.connection).await;
            let (cut, whole) = (service.bus.directory().join("cut"), service.bus.directory().join("whole"));
            let file = std::fs::File::create(&cut).unwrap();
            // Held until it is cancelled, so that there is something to cancel.
            libvirtd.signal(mode, Signal::STOP);
            let options = Options::default().with("mode", mode);
            let dump = machine.core_dump(Fd::from(file.as_fd()), &options);
            let cancel = async {
                let job = added.next_object("/jobs/").await;
                let job = JobProxy::builder(&service.connection).path(job).build().await.unwrap();
                assert_eq!((job.operation().await.unwrap().as_str(), job.cancelable().await.unwrap()), ("machine-core-dump", true));
                job.cancel(&none()).await.unwrap();
                libvirtd.signal(mode, Signal::CONT);
            };
            let (result, ()) = within("the end of the dump", async { tokio::join!(dump, cancel) }).await;
            assert_eq!(refusal(result).kind(), Some(ErrorKind::Cancelled), "{mode}\n{}", service.log());
            let (success, name, ..) = completed.next().await.body().deserialize::<Completed>().unwrap();
            assert_eq!((success, name.as_str()), (false, ErrorKind::Cancelled.name()), "{mode}");
            assert!(!is_whole(&cut), "{mode}");
            assert_eq!(std::fs::read_dir(service.bus.directory().join("state/tmp")).unwrap().count(), 0, "{mode}: nothing is left");
            // libvirt has let go of the machine, too: it runs, and can be dumped.
            if State::from(machine.state().await.unwrap()) != State::Running {
                changes.until(path.as_str(), "State", u32::from(State::Running)).await;
            }
            let file = std::fs::File::create(&whole).unwrap();
            machine.core_dump(Fd::from(file.as_fd()), &none()).await.unwrap();
            assert!(is_whole(&whole), "{mode}");
        }
    });
}

#[test]
fn a_dump_can_end_the_machine_and_it_counts_as_crashed() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let (a, path) = (service.named("a").await, service.path("a").await);
        let target = service.bus.directory().join("core");
        let file = std::fs::File::create(&target).unwrap();
        let crash = Options::default().with("mode", "crash");
        a.set_metadata(&Options::default().with("locked", true), &none()).await.unwrap();
        assert_eq!(refusal(a.core_dump(Fd::from(file.as_fd()), &crash).await).kind(), Some(ErrorKind::Locked));
        assert_eq!((State::from(a.state().await.unwrap()), file.metadata().unwrap().len()), (State::Running, 0));
        a.set_metadata(&Options::default().with("locked", false), &none()).await.unwrap();
        let mut changes = Signals::changes(&service.connection).await;
        a.core_dump(Fd::from(file.as_fd()), &crash).await.unwrap();
        assert!(is_whole(&target));
        changes.until(path.as_str(), "LastStopReason", u32::from(StateReason::Crashed)).await;
        let shown = properties(&service.connection, path.as_str(), interface::MACHINE).await;
        assert_eq!(shown["State"], zbus::Variant::from(u32::from(State::Off)).try_into().unwrap());
        a.start(&none()).await.unwrap();
    });
}
