//! Nobody can use up the service: quotas per user, and what a message may weigh.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use dbus::{ErrorKind, Options, stats::StatsProxy};
use futures_util::{StreamExt, stream::FuturesUnordered};
use kvm_manager_tests::{
    TestService,
    client::{Completed, Refusal, Signals, refusal},
    libvirtd::Libvirtd,
    user,
};
use rustix::process::Signal;

fn limit(refused: &Refusal) -> (String, u64) {
    assert_eq!(refused.kind(), Some(ErrorKind::LimitExceeded), "{refused:?}");
    (refused.text("what"), u64::try_from(refused.facts["limit"].try_clone().unwrap()).unwrap())
}

#[test]
fn a_user_has_at_most_sixteen_unfinished_jobs() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let a = service.named("a").await;
        let options = Options::default().with("mode", "acpi").with("timeout", 600_u32);
        let mut waiting: FuturesUnordered<_> = (0..17).map(|_| a.shutdown(&options)).collect();
        // The seventeenth is the only one that ends.
        let refused = refusal(kvm_manager_tests::within("a refusal", waiting.next()).await.unwrap());
        assert_eq!(limit(&refused), ("unfinished jobs".to_owned(), 16));
        let shown = kvm_manager_tests::client::managed_objects(&service.connection).await;
        assert_eq!(shown.keys().filter(|path| path.contains("/jobs/")).count(), 16);
        // What is no job still works.
        a.pause(&Options::default()).await.unwrap();
    });
}

#[test]
fn a_user_has_at_most_thirty_two_calls_at_once() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let a = service.named("a").await;
        libvirtd.signal("a", Signal::STOP);
        let options = Options::default();
        let mut waiting: FuturesUnordered<_> = (0..33).map(|_| a.pause(&options)).collect();
        let refused = refusal(kvm_manager_tests::within("a refusal", waiting.next()).await.unwrap());
        assert_eq!(limit(&refused), ("calls at once".to_owned(), 32));
        // The others end with what they are: the machine does not answer.
        while let Some(result) = waiting.next().await {
            assert!(matches!(refusal(result).kind(), Some(ErrorKind::Stalled | ErrorKind::Busy)));
        }
        assert!(!service.list().await.is_empty(), "places were given back");
        libvirtd.signal("a", Signal::CONT);
    });
}

#[test]
fn a_message_that_is_too_large_is_refused() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let machine = service.path("test").await;
        let stats = StatsProxy::new(&service.connection).await.unwrap();
        let many = vec![(*machine).clone(); 1000];
        let refused = refusal(stats.subscribe(1000, &many, &Options::default()).await);
        assert_eq!(limit(&refused), ("bytes in a message".to_owned(), 64 * 1024));
    });
}

#[test]
fn too_many_options_are_refused_unread() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let many = (0..65).fold(Options::default(), |options, number| options.with(&format!("k{number}"), true));
        let refused = refusal(service.named("test").await.start(&many).await);
        assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), "options"));
    });
}

#[test]
fn a_caller_that_vanishes_gives_its_places_back() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let mut service = libvirtd.service(&["a"]).await;
        let before = service.process().descriptors();
        let mut completed = Signals::named(&service.connection, "Completed").await;
        let path = service.path("a").await;
        let options = Options::default().with("mode", "acpi").with("timeout", 1_u32);
        let other = service.bus.connect().await;
        let machine = kvm_manager_tests::service::machine(&other, &path).await;
        let mut added = Signals::named(&service.connection, "InterfacesAdded").await;
        tokio::select! {
            result = machine.shutdown(&options) => panic!("{result:?}"),
            _ = added.next_object("/jobs/") => {}
        }
        drop(machine);
        other.close().await.unwrap();
        // The work goes on without its caller and ends by itself.
        let (success, name, ..) = completed.next().await.body().deserialize::<Completed>().unwrap();
        assert_eq!((success, name.as_str()), (false, ErrorKind::TimedOut.name()));
        assert!(service.process().descriptors() <= before + 2, "descriptors are given back");
    });
}
