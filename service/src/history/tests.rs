use dbus::path;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// A clock that both tell.
#[derive(Clone, Copy)]
struct Clock {
    start: Instant,
    at: Duration,
}

impl Clock {
    fn new() -> Self {
        Self { start: Instant::now(), at: Duration::ZERO }
    }

    fn now(&self) -> u64 {
        1_000_000_000_000 + micros(self.at)
    }

    fn moment(&mut self, elapsed: Duration) -> Moment {
        self.at += elapsed;
        Moment { time: self.start + self.at, wall: self.now(), elapsed }
    }
}

fn sample(uuid: Uuid, cpu: f64, disk_read: u64) -> Sample {
    Sample {
        machine: path::machine(uuid),
        cpu,
        host_cpu: cpu / 2.0,
        memory_used: 1 << 30,
        memory: 4 << 30,
        disk_read,
        disk_write: 0,
        net_received: 7,
        net_sent: 0,
        read_latency: 0.0,
        write_latency: 0.25,
        flags: 0,
    }
}

fn record(history: &History, clock: &mut Clock, elapsed: Duration, sample: Option<(Uuid, f64, bool)>) {
    let taken = sample.map(|(uuid, cpu, is_deep)| (uuid, self::sample(uuid, cpu, 500), is_deep));
    let observed = taken.iter().map(|(uuid, sample, is_deep)| Observed { uuid: *uuid, sample, is_deep: *is_deep });
    history.record(clock.moment(elapsed), Some((0.5, 1 << 33)), observed);
}

#[test]
fn ten_seconds_of_samples_become_one_point_however_often_is_sampled() {
    let uuid = Uuid::new_v4();
    for (elapsed, rounds) in [(250, 240), (1000, 60), (3000, 20), (10_000, 6), (60_000, 1)] {
        let (history, mut clock) = (History::default(), Clock::new());
        for round in 0..rounds {
            record(&history, &mut clock, Duration::from_millis(elapsed), Some((uuid, if round % 2 == 0 { 0.2 } else { 0.4 }, true)));
        }
        let points = history.machine(uuid, &Range::default(), clock.now());
        let expected = if elapsed == 60_000 { 1 } else { 6 };
        assert_eq!(points.len(), expected, "every {elapsed} ms");
        let host = history.host(&Range::default(), clock.now());
        assert_eq!(host.len(), expected);
        assert!(host.iter().all(|point| (point.cpu - 0.5).abs() < 1e-6 && point.memory_used == 1 << 33));
        assert!(points.iter().all(|point| (0.19..=0.41).contains(&point.cpu)));
        assert_eq!((points[0].memory, points[0].memory_used, points[0].disk_read, points[0].net_received), (4 << 30, 1 << 30, 500, 7));
        assert!((points[0].write_latency - 0.25).abs() < 1e-6 && points[0].flags == 0);
        assert!(points.windows(2).all(|pair| (7_000_000..=13_000_000).contains(&(pair[1].time - pair[0].time))));
    }
}

#[test]
fn a_machine_that_is_off_has_missing_points_and_no_zeroes() {
    let (history, mut clock, uuid) = (History::default(), Clock::new(), Uuid::new_v4());
    for round in 0..60 {
        let is_on = !(20..40).contains(&round);
        record(&history, &mut clock, SECOND, is_on.then_some((uuid, 0.5, true)));
    }
    let points = history.machine(uuid, &Range::default(), clock.now());
    assert_eq!(points.len(), 4);
    assert!(points.iter().all(|point| (point.cpu - 0.5).abs() < 1e-6));
    assert_eq!(points[2].time - points[1].time, 30_000_000);
    assert_eq!(history.host(&Range::default(), clock.now()).len(), 6);
}

#[test]
fn figures_that_qemu_did_not_tell_are_flagged_and_not_mixed_in() {
    let (history, mut clock, uuid) = (History::default(), Clock::new(), Uuid::new_v4());
    for round in 0..20 {
        record(&history, &mut clock, SECOND, Some((uuid, 0.5, round == 15)));
    }
    let points = history.machine(uuid, &Range::default(), clock.now());
    assert_eq!(points.iter().map(|point| (point.flags, point.disk_read)).collect::<Vec<_>>(), [(flag::EARLIER, 0), (0, 500)]);
}

#[test]
fn figures_that_nobody_wanted_are_flagged_each_and_not_mixed_in() {
    let (history, mut clock, uuid) = (History::default(), Clock::new(), Uuid::new_v4());
    for round in 0..20 {
        let flags = if round < 10 { flag::NO_DISK | flag::NO_NETWORK } else { 0 };
        let taken = Sample { flags, ..sample(uuid, 0.5, 500) };
        history.record(clock.moment(SECOND), None, [Observed { uuid, sample: &taken, is_deep: true }]);
    }
    let told = |points: Vec<Wire>| {
        points.iter().map(|point| (point.flags, point.memory_used, point.disk_read, point.net_received)).collect::<Vec<_>>()
    };
    let all = told(history.machine(uuid, &Range::default(), clock.now()));
    assert_eq!(all, [(flag::NO_DISK | flag::NO_NETWORK, 1 << 30, 0, 0), (0, 1 << 30, 500, 7)]);
}

#[test]
fn who_comes_and_goes_makes_no_more_points_than_who_stays() {
    let (history, mut clock, uuid) = (History::default(), Clock::new(), Uuid::new_v4());
    for round in 0..1000 {
        // Now and then somebody asks for a minute, which ends an interval at once.
        let elapsed = if round % 7 == 0 { Duration::from_secs(6) } else { Duration::from_millis(100) };
        record(&history, &mut clock, elapsed, Some((uuid, 0.5, true)));
        if round % 5 == 0 {
            history.rest();
        }
    }
    let points = history.machine(uuid, &Range::default(), clock.now()).len();
    assert!(points as u64 <= clock.at.as_secs() / INTERVAL.as_secs() + 1, "{points} points in {:?}", clock.at);
}

#[test]
fn half_an_interval_is_dropped_when_nobody_listens() {
    let (history, mut clock, uuid) = (History::default(), Clock::new(), Uuid::new_v4());
    for _ in 0..15 {
        record(&history, &mut clock, SECOND, Some((uuid, 0.5, true)));
    }
    history.rest();
    clock.at += Duration::from_secs(3600);
    record(&history, &mut clock, SECOND, None);
    assert!(history.machine(uuid, &Range::default(), clock.now()).is_empty(), "the first point is too old, the second never was");
}

#[test]
fn of_too_many_machines_those_that_run_keep_their_points() {
    let (history, mut clock) = (History::default(), Clock::new());
    let machines: Vec<Uuid> = (0..MOST_RINGS as u128 + 2).map(Uuid::from_u128).collect();
    let mut round = |machines: &[Uuid]| {
        let samples: Vec<Sample> = machines.iter().map(|uuid| sample(*uuid, 0.5, 1)).collect();
        let observed = machines.iter().zip(&samples).map(|(uuid, sample)| Observed { uuid: *uuid, sample, is_deep: true });
        history.record(clock.moment(INTERVAL), None, observed);
        clock.now()
    };
    let now = round(&machines);
    let has = |uuid: Uuid, now: u64| !history.machine(uuid, &Range::default(), now).is_empty();
    assert_eq!(machines.iter().filter(|uuid| has(**uuid, now)).count(), MOST_RINGS, "the last two have no room");
    round(&machines[1..]);
    round(&machines[1..]);
    let now = round(&machines[1..]);
    assert!(!has(machines[0], now), "it was not sampled any more");
    assert!(has(machines[1], now) && has(machines[MOST_RINGS], now));
    assert_eq!(history.state().machines.len(), MOST_RINGS);
}

#[test]
fn a_machine_that_is_gone_is_forgotten_and_one_that_is_off_for_an_hour_too() {
    let (history, mut clock, (gone, off)) = (History::default(), Clock::new(), (Uuid::new_v4(), Uuid::new_v4()));
    for uuid in [gone, off] {
        record(&history, &mut clock, INTERVAL, Some((uuid, 0.5, true)));
    }
    history.forget(gone);
    assert_eq!(history.state().machines.len(), 1);
    for _ in 0..=MOST_POINTS {
        record(&history, &mut clock, INTERVAL, None);
    }
    assert!(history.state().machines.is_empty());
}
