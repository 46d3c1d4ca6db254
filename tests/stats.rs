//! Live figures flow while somebody listens, to nobody else.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use dbus::{
    ErrorKind, Options,
    stats::{Sample, StatsProxy},
};
use kvm_manager_tests::{
    TestService,
    client::{Signals, refusal, settled},
    user, within,
};
use zbus::{Connection, OwnedObjectPath};

fn none() -> Options {
    Options::default()
}

async fn stats(connection: &Connection) -> StatsProxy<'static> {
    StatsProxy::new(connection).await.unwrap()
}

type Sampled = (u64, f64, u64, Vec<Sample>);

async fn sampled(signals: &mut Signals) -> Sampled {
    signals.next().await.body().deserialize().unwrap()
}

#[test]
fn a_subscriber_gets_samples_of_all_machines_that_are_on_in_its_interval() {
    user::ordinary(|| async {
        let service = TestService::with_machines(3).await;
        for name in ["m0", "m1"] {
            service.named(name).await.start(&none()).await.unwrap();
        }
        let mut signals = Signals::named(&service.connection, "Sampled").await;
        stats(&service.connection).await.subscribe(250, &[], &none()).await.unwrap();
        let first = sampled(&mut signals).await;
        let started = Instant::now();
        for _ in 0..4 {
            let (time, host_cpu, _, samples) = sampled(&mut signals).await;
            assert!(time > first.0);
            assert!((0.0..=1.0).contains(&host_cpu));
            assert_eq!(samples.len(), 2, "only those that are on");
            assert!(samples.iter().all(|sample| (0.0..=1.0).contains(&sample.cpu) && sample.memory == 64 << 20));
        }
        // A busy computer may be late, but never early.
        assert!(started.elapsed() >= Duration::from_millis(900), "{:?}", started.elapsed());
    });
}

#[test]
fn a_sample_has_only_the_machines_that_were_asked_for() {
    user::ordinary(|| async {
        let service = TestService::with_machines(2).await;
        for name in ["m0", "m1"] {
            service.named(name).await.start(&none()).await.unwrap();
        }
        let wanted = service.path("m1").await;
        let mut signals = Signals::named(&service.connection, "Sampled").await;
        stats(&service.connection).await.subscribe(250, &[(*wanted).clone()], &none()).await.unwrap();
        let (_, _, _, samples) = sampled(&mut signals).await;
        let machines: Vec<OwnedObjectPath> = samples.into_iter().map(|sample| sample.machine).collect();
        assert_eq!(machines, [wanted]);
    });
}

#[test]
fn nobody_gets_a_sample_without_a_subscription() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let other = service.bus.connect().await;
        let mut unwanted = Signals::named(&other, "Sampled").await;
        let mut wanted = Signals::named(&service.connection, "Sampled").await;
        stats(&service.connection).await.subscribe(250, &[], &none()).await.unwrap();
        for _ in 0..3 {
            sampled(&mut wanted).await;
        }
        settled(&other).await;
        assert!(unwanted.waiting().is_empty(), "samples go to the subscriber alone");
        stats(&service.connection).await.unsubscribe(&none()).await.unwrap();
        settled(&service.connection).await;
        wanted.waiting();
        // A second subscriber shows when a sample would have been due.
        let mut clock = Signals::named(&other, "Sampled").await;
        stats(&other).await.subscribe(250, &[], &none()).await.unwrap();
        for _ in 0..3 {
            sampled(&mut clock).await;
        }
        settled(&service.connection).await;
        assert!(wanted.waiting().is_empty(), "unsubscribed");
    });
}

#[test]
fn a_subscription_ends_with_its_subscribers_connection() {
    user::ordinary(|| async {
        let mut service = TestService::start().await;
        let log_of_samples = service.process().id();
        assert!(log_of_samples > 0);
        // The quota shows how many subscriptions there are: 64 for a user.
        for round in 0..3 {
            let mut clients = Vec::new();
            for _ in 0..64 {
                let client = service.bus.connect().await;
                within("a subscription", subscribe_when_free(&client)).await;
                clients.push(client);
            }
            let refused = refusal(stats(&service.connection).await.subscribe(1000, &[], &none()).await);
            assert_eq!(refused.kind(), Some(ErrorKind::LimitExceeded), "round {round}");
        }
    });
}

/// The service hears of vanished connections a moment after they are gone.
async fn subscribe_when_free(client: &Connection) {
    let stats = stats(client).await;
    while let Err(error) = stats.subscribe(60_000, &[], &none()).await {
        assert_eq!(refusal::<()>(Err(error)).kind(), Some(ErrorKind::LimitExceeded));
        settled(client).await;
    }
}

#[test]
fn a_new_subscription_of_the_same_caller_replaces_the_old_one() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let stats = stats(&service.connection).await;
        // More often than the quota of subscriptions.
        for _ in 0..100 {
            stats.subscribe(60_000, &[], &none()).await.unwrap();
        }
        let mut signals = Signals::named(&service.connection, "Sampled").await;
        stats.subscribe(250, &[], &none()).await.unwrap();
        sampled(&mut signals).await;
        sampled(&mut signals).await;
    });
}

#[test]
fn impossible_subscriptions_are_refused() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let stats = stats(&service.connection).await;
        for interval in [0, 249, 60_001, u32::MAX] {
            assert_eq!(refusal(stats.subscribe(interval, &[], &none()).await).text("argument"), "interval_ms");
        }
        let host = zbus::ObjectPath::try_from(dbus::path::HOST).unwrap();
        assert_eq!(refusal(stats.subscribe(1000, &[host], &none()).await).kind(), Some(ErrorKind::NotFound));
        let machine = service.path("test").await;
        let many = vec![(*machine).clone(); 1025];
        assert_eq!(refusal(stats.subscribe(1000, &many, &none()).await).kind(), Some(ErrorKind::LimitExceeded));
        stats.unsubscribe(&none()).await.unwrap();
    });
}
