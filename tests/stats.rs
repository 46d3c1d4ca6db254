//! Live figures flow while somebody listens, to nobody else.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use dbus::{
    ErrorKind, Options,
    stats::{Point, Sample, StatsProxy},
};
use kvm_manager_tests::{
    TestService,
    bus::Bus,
    client::{Signals, refusal, settled},
    libvirtd::Libvirtd,
    user, within,
};
use rustix::process::Signal;
use zbus::{Connection, OwnedObjectPath};

/// Flag of a sample whose machine does not answer.
const STALLED: u32 = 2;

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
fn what_no_subscriber_wants_is_not_read_and_says_so() {
    user::ordinary(|| async {
        let service = TestService::with_machines(1).await;
        service.named("m0").await.start(&none()).await.unwrap();
        let mut signals = Signals::named(&service.connection, "Sampled").await;
        let proxy = stats(&service.connection).await;
        let only = |names: &[&str]| Options::default().with("figures", names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        for wrong in [only(&["cpu", "disks"]), Options::default().with("figures", true)] {
            assert_eq!(refusal(proxy.subscribe(250, &[], &wrong).await).kind(), Some(ErrorKind::InvalidArgument));
        }
        // Each word and what is not read then; the first sample may be older than the wish.
        for (names, unread) in
            [(&["cpu"][..], 4 | 8 | 16), (&["disk"], 4 | 16), (&["memory", "network"], 8), (&["cpu", "memory", "disk", "network"], 0)]
        {
            proxy.subscribe(250, &[], &only(names)).await.unwrap();
            let mut flags = u32::MAX;
            while flags & (4 | 8 | 16) != unread {
                flags = sampled(&mut signals).await.3[0].flags;
            }
        }
        // What another one wants is read for all.
        let other = service.bus.connect().await;
        proxy.subscribe(250, &[], &only(&["cpu"])).await.unwrap();
        while sampled(&mut signals).await.3[0].flags & 28 != 28 {}
        stats(&other).await.subscribe(250, &[], &none()).await.unwrap();
        while sampled(&mut signals).await.3[0].flags & 28 != 0 {}
    });
}

#[test]
fn a_machine_that_hangs_delays_the_figures_of_no_other() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let service = libvirtd.service(&["a", "b", "c", "d", "e"]).await;
        let b = service.path("b").await;
        // One more than readings of figures may be under way.
        for name in ["a", "c", "d", "e"] {
            libvirtd.signal(name, Signal::STOP);
        }
        let mut signals = Signals::named(&service.connection, "Sampled").await;
        stats(&service.connection).await.subscribe(250, &[], &none()).await.unwrap();
        let started = Instant::now();
        let mut count = 0;
        loop {
            let (.., samples) = sampled(&mut signals).await;
            count += 1;
            let stalled: Vec<_> = samples.iter().filter(|sample| sample.flags & STALLED != 0).map(|sample| &sample.machine).collect();
            assert!(!stalled.contains(&&b));
            if !stalled.is_empty() {
                break;
            }
        }
        // They are called stalled after five seconds.
        assert!(count >= 12, "{count} samples in {:?}", started.elapsed());
        for _ in 0..60 {
            sampled(&mut signals).await;
            service.named("b").await.pause(&none()).await.unwrap();
            service.named("b").await.resume(&none()).await.unwrap();
        }
        let rest = started.elapsed();
        for name in ["a", "c", "d", "e"] {
            libvirtd.signal(name, Signal::CONT);
        }
        assert!(rest < Duration::from_secs(40), "{rest:?}");
        while sampled(&mut signals).await.3.iter().any(|sample| sample.flags & STALLED != 0) {}
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

const INTERVAL: u64 = 10_000_000;

/// The history of one machine.
async fn history(stats: &StatsProxy<'_>, machine: &OwnedObjectPath, options: &Options) -> Vec<Point> {
    let (interval, mut series) = stats.history(&[(**machine).clone()], options).await.unwrap();
    assert_eq!((interval, series.len()), (INTERVAL, 1));
    assert_eq!(series[0].machine, *machine);
    series.remove(0).points
}

#[test]
fn what_was_sampled_is_kept_and_told_when_nobody_is_subscribed_any_more() {
    user::ordinary(|| async {
        let service = TestService::with_machines(2).await;
        let (on, off) = (service.path("m0").await, service.path("m1").await);
        service.named("m0").await.start(&none()).await.unwrap();
        let stats = stats(&service.connection).await;
        assert!(history(&stats, &on, &none()).await.is_empty(), "nothing was sampled yet");
        let mut signals = Signals::named(&service.connection, "Sampled").await;
        stats.subscribe(250, &[], &none()).await.unwrap();
        let points = loop {
            let (time, ..) = sampled(&mut signals).await;
            let points = history(&stats, &on, &none()).await;
            assert!(points.iter().all(|point| point.time <= time + INTERVAL));
            if !points.is_empty() {
                break points;
            }
        };
        assert_eq!(points.len(), 1, "a point for ten seconds, not for each sample");
        assert_eq!(points[0].memory, 64 << 20);
        assert!((0.0..=1.0).contains(&points[0].cpu) && (0.0..=1.0).contains(&points[0].host_cpu));
        assert!(history(&stats, &off, &none()).await.is_empty(), "a machine that is off has no zeroes");
        stats.unsubscribe(&none()).await.unwrap();
        assert_eq!(history(&stats, &on, &none()).await, points);
        let other = service.bus.connect().await;
        let other = self::stats(&other).await;
        let later = Options::default().with("since", points[0].time);
        assert!(history(&other, &on, &later).await.is_empty());
        let earlier = Options::default().with("since", points[0].time - 1).with("points", 2_u32).with("peaks", true);
        assert_eq!(history(&other, &on, &earlier).await, points);
        // None of a host whose CPU time libvirt does not count, as that of the built-in driver.
        let (interval, host) = other.host_history(&none()).await.unwrap();
        assert!(interval == INTERVAL && host.len() <= 1);
    });
}

#[test]
fn the_history_is_filled_without_a_listener_if_the_administrator_wants_that() {
    user::ordinary(|| async {
        let bus = Bus::start();
        let configuration = bus.directory().join("config/kvm-manager");
        std::fs::create_dir_all(&configuration).unwrap();
        std::fs::write(configuration.join("service.toml"), "[history]\nalways = true\n").unwrap();
        let service = TestService::on(bus, "test:///default", &[]).await;
        let (stats, machine) = (stats(&service.connection).await, service.path("test").await);
        let filled = async {
            let mut clock = tokio::time::interval(Duration::from_millis(200));
            while history(&stats, &machine, &none()).await.is_empty() {
                clock.tick().await;
            }
        };
        within("a point", filled).await;
    });
}

#[test]
fn a_configuration_file_with_a_typo_stops_the_service_and_says_where() {
    user::ordinary(|| async {
        let bus = Bus::start();
        let file = bus.directory().join("wrong.toml");
        std::fs::write(&file, "[history]\nalwyas = true\n").unwrap();
        let mut command = kvm_manager_tests::service::command(&bus, "test:///default");
        command.arg("--config").arg(&file);
        let mut process = kvm_manager_tests::child::Child::start(&mut command);
        assert!(!within("the end", process.ended()).await.success());
        let log = std::fs::read_to_string(bus.directory().join("service.log")).unwrap();
        assert!(log.contains("wrong.toml") && log.contains("alwyas"), "{log}");
    });
}

#[test]
fn impossible_histories_are_refused() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let (stats, machine) = (stats(&service.connection).await, service.path("test").await);
        let of = |path: &OwnedObjectPath, count: usize| vec![(**path).clone(); count];
        assert!(stats.history(&[], &none()).await.unwrap().1.is_empty());
        assert_eq!(stats.history(&of(&machine, 64), &none()).await.unwrap().1.len(), 64);
        let refused = refusal(stats.history(&of(&machine, 65), &none()).await);
        assert_eq!((refused.kind(), refused.text("what").as_str()), (Some(ErrorKind::LimitExceeded), "machines in a history"));
        let gone = dbus::path::machine("7e5ff4d7-0000-4000-8000-000000000000".parse().unwrap());
        for unknown in [gone, OwnedObjectPath::try_from(dbus::path::HOST).unwrap()] {
            let refused = refusal(stats.history(&[(*machine).clone(), (*unknown).clone()], &none()).await);
            assert_eq!(refused.kind(), Some(ErrorKind::NotFound));
        }
        for points in [0_u32, 1, 361, u32::MAX] {
            let options = Options::default().with("points", points);
            assert_eq!(refusal(stats.history(&of(&machine, 1), &options).await).text("argument"), "points");
            assert_eq!(refusal(stats.host_history(&options).await).text("argument"), "points");
        }
    });
}
