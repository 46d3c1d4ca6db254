//! Long work is on the bus while it goes on, and can be cancelled.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use dbus::{ErrorKind, Options, interface, job::JobProxy, machine::State};
use kvm_manager_tests::{
    TestService,
    client::{Completed, Signals, managed_objects, properties, refusal},
    libvirtd::Libvirtd,
    service::machine,
    user,
};

fn none() -> Options {
    Options::default()
}

async fn job(service: &TestService, path: &str) -> JobProxy<'static> {
    JobProxy::builder(&service.connection).path(path.to_owned()).build().await.unwrap()
}

#[test]
fn a_job_appears_and_ends_with_completed() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        let mut added = Signals::named(&service.connection, "InterfacesAdded").await;
        let mut completed = Signals::named(&service.connection, "Completed").await;
        let mut removed = Signals::named(&service.connection, "InterfacesRemoved").await;
        service.named("m0").await.start(&none()).await.unwrap();
        let path = added.next_object("/jobs/").await;
        assert!(dbus::path::job_id(&path).is_some(), "{path}");
        let signal = completed.next().await;
        assert_eq!(signal.header().path().unwrap().as_str(), path);
        assert_eq!(signal.body().deserialize::<Completed>().unwrap(), (true, String::new(), String::new(), HashMap::new()));
        assert_eq!(removed.next_object("/jobs/").await, path);
    });
}

#[test]
fn a_failed_job_completes_with_the_name_of_its_error() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let mut completed = Signals::named(&service.connection, "Completed").await;
        let refused = refusal(service.named("test").await.start(&none()).await);
        let (success, name, message, _) = completed.next().await.body().deserialize::<Completed>().unwrap();
        assert_eq!((success, name), (false, refused.name));
        assert!(!message.is_empty());
    });
}

#[test]
fn work_that_waits_is_shown_and_can_be_cancelled() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let (a, path) = (service.named("a").await, service.path("a").await);
        let mut added = Signals::named(&service.connection, "InterfacesAdded").await;
        // The guest has nothing that could see its power button.
        let options = Options::default().with("mode", "acpi");
        let shutdown = a.shutdown(&options);
        let cancel = async {
            let job_path = added.next_object("/jobs/").await;
            let shown = properties(&service.connection, &job_path, interface::JOB).await;
            assert_eq!(managed_objects(&service.connection).await[&job_path][interface::JOB], shown);
            let job = job(&service, &job_path).await;
            assert_eq!(job.operation().await.unwrap(), "machine-shutdown");
            assert_eq!(job.objects().await.unwrap(), std::slice::from_ref(&path));
            assert_eq!(job.started_by_uid().await.unwrap(), user::current());
            assert!(job.cancelable().await.unwrap());
            assert_eq!(refusal(job.cancel(&Options::default().with("now", true)).await).text("argument"), "now");
            job.cancel(&none()).await.unwrap();
        };
        let (result, ()) = tokio::join!(shutdown, cancel);
        assert_eq!(refusal(result).kind(), Some(ErrorKind::Cancelled));
        assert_eq!(State::from(machine(&service.connection, &path).await.state().await.unwrap()), State::Running);
    });
}

#[test]
fn a_guest_that_does_not_follow_is_an_error_and_not_a_success() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a"]).await;
        let options = Options::default().with("mode", "acpi").with("timeout", 1_u32);
        let refused = refusal(service.named("a").await.shutdown(&options).await);
        assert_eq!(refused.kind(), Some(ErrorKind::TimedOut));
        assert_eq!(u64::try_from(refused.facts["seconds"].try_clone().unwrap()).unwrap(), 1);
        let agent = Options::default().with("mode", "agent");
        // A machine without a channel for an agent cannot have one.
        assert_eq!(refusal(service.named("a").await.shutdown(&agent).await).kind(), Some(ErrorKind::AgentUnavailable));
    });
}
