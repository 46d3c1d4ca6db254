//! Many clients of several users. Needs root, to be several users.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use dbus::{ErrorKind, Options};
use futures_util::{StreamExt, stream};
use kvm_manager_tests::{
    TestService, bus,
    child::memory,
    client::refusal,
    service::{machine, manager},
    user,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Four users: the bus lets in only those that exist.
fn users() -> Vec<u32> {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
    let ids = passwd.lines().filter_map(|line| line.split(':').nth(2)?.parse().ok());
    ids.filter(|uid| ![0, user::NOBODY].contains(uid)).take(4).collect()
}

const EACH: usize = 250;

/// Runs the service as an ordinary user while `work` goes on with root's rights. `work` gets the bus's address and the
/// number of the service's process.
fn beside_a_service(machines: usize, work: impl FnOnce(&str, u32)) {
    user::beside(
        |meanwhile| async move {
            let mut service = TestService::with_machines(machines).await;
            let told = (service.bus.address(), service.process().id());
            meanwhile.work_with(told).await;
        },
        |(address, process)| work(&address, process),
    );
}

fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
}

#[test]
fn a_thousand_connections_of_four_users_are_all_answered() {
    raise_descriptors();
    beside_a_service(100, |address, process| {
        std::thread::scope(|scope| {
            for uid in users() {
                scope.spawn(move || user::run_as(uid, || user::block_on(crowd(address))));
            }
        });
        assert!(memory(process) <= 150 << 20, "{} bytes", memory(process));
    });
}

/// All connections first, so that they are there at the same time; then each asks, within the quota of calls at once.
async fn crowd(address: &str) {
    let mut clients = Vec::new();
    for _ in 0..EACH {
        clients.push(bus::connect(address).await);
    }
    let answers =
        stream::iter(&clients).map(|client| async { manager(client).await.list_machines(&Options::default()).await.unwrap().len() });
    let answers: Vec<usize> = answers.buffer_unordered(16).collect().await;
    assert_eq!(answers, vec![100; EACH]);
}

#[test]
fn a_user_who_floods_the_service_does_not_keep_another_from_it() {
    beside_a_service(50, |address, _| {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                user::run_as(users()[0], || {
                    user::block_on(async {
                        let client = bus::connect(address).await;
                        let manager = manager(&client).await;
                        let options = Options::default();
                        let flood = stream::iter(0..5_000).map(|_| manager.list_machines(&options)).buffer_unordered(500);
                        // Above the quota of calls at once they are refused by name, below it answered.
                        let refused = flood.filter_map(|result| async { result.err() }).map(|error| refusal::<()>(Err(error)));
                        assert!(refused.all(|refused| async move { refused.kind() == Some(ErrorKind::LimitExceeded) }).await);
                    });
                });
            });
            user::run_as(users()[1], || {
                user::block_on(async {
                    let client = bus::connect(address).await;
                    for _ in 0..50 {
                        assert_eq!(manager(&client).await.list_machines(&Options::default()).await.unwrap().len(), 50);
                    }
                });
            });
        });
    });
}

#[test]
fn on_a_users_own_bus_nobody_else_may_change_anything() {
    beside_a_service(1, |address, _| {
        for uid in [users()[0], 0] {
            user::run_as(uid, || {
                user::block_on(async {
                    let client = bus::connect(address).await;
                    let list = manager(&client).await.list_machines(&Options::default()).await.unwrap();
                    let machine = machine(&client, &list[0].path).await;
                    let none = Options::default();
                    for refused in [
                        refusal(machine.start(&none).await),
                        refusal(machine.delete(&none).await),
                        refusal(machine.rename("other", &none).await),
                        refusal(machine.get_log(&none).await),
                        refusal(manager(&client).await.list_deleted(&none).await),
                        refusal(manager(&client).await.undelete("x", &none).await),
                        refusal(manager(&client).await.unlock(1, &none).await),
                    ] {
                        assert_eq!(refused.kind(), Some(ErrorKind::NotAuthorized), "{refused:?}");
                        assert!(refused.text("action").starts_with("org.kvmmanager.manager1."));
                    }
                    let results = manager(&client).await.batch("start", &[list[0].path.clone()], &none).await.unwrap();
                    assert_eq!(results[0].error_name, ErrorKind::NotAuthorized.name());
                });
            });
        }
    });
}
