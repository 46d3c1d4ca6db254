use client::{Error, ErrorKind, Job, Problem, StateReason, Uuid};

use super::*;

fn news(machine: u128, what: What) -> News {
    News { host: "h".into(), machine: Some((Uuid::from_u128(machine), "web".to_owned())), what }
}

fn crash(machine: u128) -> News {
    news(machine, What::Crashed(StateReason::Crashed))
}

fn saved() -> News {
    news(1, What::JobFinished(Job { operation: "machine-save".to_owned(), ..Job::default() }))
}

fn lost() -> News {
    News { machine: None, ..news(1, What::HostLost(Problem::NotInstalled)) }
}

fn all() -> Notify {
    let when = When::Always;
    Notify { crashed: when, io_error: when, job_finished: when, job_failed: when, left_behind: when, host_lost: when, running_on: when }
}

fn take(policy: &mut Policy, news: News, now: Instant) -> Vec<Tell> {
    policy.take(news, &all(), false, now, 0)
}

#[test]
fn a_crash_is_told_at_once() {
    let mut policy = Policy::default();
    assert_eq!(take(&mut policy, crash(1), Instant::now()), [Tell::News(crash(1), 0)]);
    assert_eq!(policy.next(), None, "nothing waits, so nothing wakes");
}

#[test]
fn of_one_machine_only_one_a_minute_is_told_and_the_rest_is_counted() {
    let (mut policy, now) = (Policy::default(), Instant::now());
    assert_eq!(take(&mut policy, crash(1), now).len(), 1);
    for second in 1..=4 {
        assert!(take(&mut policy, crash(1), now + Duration::from_secs(second)).is_empty());
    }
    assert_eq!(policy.next(), Some(now + PAUSE));
    assert!(policy.due(now + PAUSE - Duration::from_millis(1)).is_empty());
    assert_eq!(policy.due(now + PAUSE), [Tell::News(crash(1), 3)]);
    assert!(take(&mut policy, crash(1), now + PAUSE + Duration::from_secs(1)).is_empty(), "the summary counts as told");
    assert_eq!(policy.due(now + 2 * PAUSE), [Tell::News(crash(1), 0)]);
    assert_eq!(policy.next(), None);
}

#[test]
fn what_came_back_does_not_wait_for_what_was_about_to_end() {
    let (mut policy, now) = (Policy::default(), Instant::now());
    assert_eq!(take(&mut policy, news(1, What::TrialEnds(30)), now).len(), 1);
    let back = news(1, What::ScreenBack);
    assert_eq!(take(&mut policy, back.clone(), now + Duration::from_secs(30)), [Tell::News(back, 0)]);
}

#[test]
fn another_machine_does_not_wait() {
    let (mut policy, now) = (Policy::default(), Instant::now());
    assert_eq!(take(&mut policy, crash(1), now).len(), 1);
    assert_eq!(take(&mut policy, crash(2), now).len(), 1);
}

#[test]
fn a_crash_does_not_wait_for_good_news() {
    let (mut policy, now) = (Policy::default(), Instant::now());
    assert_eq!(take(&mut policy, saved(), now).len(), 1);
    assert_eq!(take(&mut policy, crash(1), now).len(), 1);
    assert!(take(&mut policy, saved(), now).is_empty());
}

#[test]
fn the_worst_of_what_was_kept_back_is_told() {
    let (mut policy, now) = (Policy::default(), Instant::now());
    let _ = take(&mut policy, crash(1), now);
    let _ = take(&mut policy, crash(1), now);
    let _ = take(&mut policy, saved(), now);
    assert_eq!(policy.due(now + PAUSE), [Tell::News(crash(1), 1)]);
}

#[test]
fn each_kind_follows_its_own_switch() {
    let now = Instant::now();
    for (when, is_shown, count) in
        [(When::Off, false, 0), (When::Hidden, false, 1), (When::Hidden, true, 0), (When::Always, true, 1), (When::Always, false, 1)]
    {
        let notify = Notify { crashed: when, ..all() };
        assert_eq!(Policy::default().take(crash(1), &notify, is_shown, now, 0).len(), count, "{when:?} {is_shown}");
        assert_eq!(Policy::default().take(saved(), &notify, is_shown, now, 0).len(), 1);
    }
}

#[test]
fn while_it_is_quiet_nothing_is_told_and_nothing_is_kept() {
    let (mut policy, now) = (Policy::default(), Instant::now());
    policy.toggle_quiet(now);
    assert!(policy.is_quiet(now));
    assert!(take(&mut policy, crash(1), now).is_empty());
    assert_eq!(policy.next(), Some(now + QUIET));
    assert!(policy.due(now + QUIET).is_empty());
    assert!(!policy.is_quiet(now + QUIET));
    assert_eq!(policy.next(), None);
    policy.toggle_quiet(now);
    policy.toggle_quiet(now);
    assert!(!policy.is_quiet(now));
}

#[test]
fn a_service_that_is_only_restarted_is_not_told() {
    let (mut policy, now) = (Policy::default(), Instant::now());
    assert!(take(&mut policy, lost(), now).is_empty());
    let back = News { machine: None, ..news(1, What::HostBack) };
    assert!(take(&mut policy, back, now + Duration::from_secs(3)).is_empty());
    assert!(policy.due(now + PATIENCE).is_empty());
    assert_eq!(policy.next(), None);
}

#[test]
fn a_host_that_stays_away_is_told_once_and_withdrawn_when_it_is_back() {
    let (mut policy, now) = (Policy::default(), Instant::now());
    let _ = take(&mut policy, lost(), now);
    assert_eq!(policy.next(), Some(now + PATIENCE));
    assert_eq!(policy.due(now + PATIENCE), [Tell::News(lost(), 0)]);
    assert_eq!(policy.next(), None);
    let back = News { machine: None, ..news(1, What::HostBack) };
    assert_eq!(take(&mut policy, back, now + PAUSE), [Tell::Withdraw(About::Host("h".into()))]);
}

#[test]
fn short_work_is_not_worth_telling_but_long_work_and_a_save_are() {
    let now = Instant::now();
    let started = |started| news(1, What::JobFinished(Job { operation: "machine-start".to_owned(), started, ..Job::default() }));
    let told = |news| Policy::default().take(news, &all(), false, now, 100_000_000).len();
    assert_eq!((told(started(99_000_000)), told(started(80_000_000)), told(started(0)), told(saved())), (0, 1, 0, 1));
}

#[test]
fn who_cancelled_something_is_not_told_that_it_failed() {
    let error = |kind| Error::Service { kind, message: String::new(), facts: Vec::new() };
    let told = |kind| take(&mut Policy::default(), news(1, What::JobFailed(Job::default(), error(kind))), Instant::now()).len();
    assert_eq!((told(ErrorKind::Cancelled), told(ErrorKind::NoSpace)), (0, 1));
}
