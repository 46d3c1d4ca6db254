use super::*;

const ID: Uuid = Uuid::from_u128(1);

fn host() -> HostState {
    let address = host::Address::System;
    let host = HostState::new(Host { id: "system".into(), name: String::new(), address, auto_connect: true });
    HostState { link: Link::Connected, ..host }
}

fn machine(state: MachineState, reason: StateReason) -> Machine {
    Machine { id: ID, name: "web".to_owned(), state, reason, is_detailed: true, ..Machine::default() }
}

fn list(machines: &[Machine]) -> Event {
    Event::Machines(Arc::new(machines.to_vec()))
}

fn one(machine: Machine) -> Event {
    Event::Machine(Box::new(machine))
}

fn running() -> Machine {
    machine(MachineState::Running, StateReason::Booted)
}

fn crashed() -> Machine {
    machine(MachineState::Off, StateReason::Crashed)
}

fn watched() -> HostState {
    let mut host = host();
    assert!(host.apply(list(&[running()])).is_empty());
    host
}

fn what(news: &[News]) -> Vec<What> {
    news.iter().map(|news| news.what.clone()).collect()
}

#[test]
fn what_was_so_at_the_connection_is_no_news() {
    let mut host = host();
    assert!(host.apply(list(&[Machine { is_detailed: false, ..crashed() }])).is_empty());
    assert!(host.apply(list(&[crashed()])).is_empty());
    assert!(host.unseen.is_empty());
}

#[test]
fn a_device_that_was_left_behind_is_news_once_also_if_it_was_so_at_the_connection() {
    let mut host = host();
    let left = client::LeftBehind { operation: "release".into(), device: "0000:01:00.0".into(), ..client::LeftBehind::default() };
    let facts =
        |left: &[client::LeftBehind]| Event::Host(Box::new(client::HostFacts { left: left.to_vec(), ..client::HostFacts::default() }));
    assert_eq!(what(&host.apply(facts(std::slice::from_ref(&left)))), [What::LeftBehind(left.clone())]);
    assert!(host.apply(facts(std::slice::from_ref(&left))).is_empty(), "told already");
    assert!(host.apply(facts(&[])).is_empty(), "repaired");
    assert_eq!(what(&host.apply(facts(std::slice::from_ref(&left)))), [What::LeftBehind(left)], "another time");
}

#[test]
fn the_second_list_after_a_connection_is_no_news_either() {
    let mut host = host();
    assert!(host.apply(list(&[Machine { is_detailed: false, ..running() }])).is_empty());
    assert!(host.apply(list(&[crashed()])).is_empty());
}

#[test]
fn a_machine_that_crashes_is_news_and_wants_attention_until_it_runs() {
    let mut host = watched();
    assert_eq!(what(&host.apply(one(crashed()))), [What::Crashed(StateReason::Crashed)]);
    assert!(host.unseen.contains(&ID));
    assert!(host.apply(one(crashed())).is_empty());
    assert!(host.apply(one(running())).is_empty());
    assert!(host.unseen.is_empty());
}

#[test]
fn a_panicked_guest_is_a_crash() {
    let mut host = watched();
    let panicked = machine(MachineState::Paused, StateReason::GuestPanicked);
    assert_eq!(what(&host.apply(one(panicked))), [What::Crashed(StateReason::GuestPanicked)]);
}

#[test]
fn a_crash_told_with_many_other_changes_is_news_all_the_same() {
    let mut host = watched();
    assert_eq!(what(&host.apply(list(&[crashed()]))), [What::Crashed(StateReason::Crashed)]);
}

#[test]
fn what_a_person_did_is_no_news() {
    let mut host = watched();
    for (state, reason) in [
        (MachineState::Paused, StateReason::ByUser),
        (MachineState::Running, StateReason::Resumed),
        (MachineState::ShuttingDown, StateReason::ShutDown),
        (MachineState::Off, StateReason::ShutDown),
        (MachineState::Running, StateReason::Booted),
        (MachineState::Off, StateReason::ForcedOff),
        // It did not get as far as running.
        (MachineState::Off, StateReason::Failed),
    ] {
        assert!(host.apply(one(machine(state, reason))).is_empty(), "{state:?} {reason:?}");
    }
}

#[test]
fn a_full_disk_and_a_disk_error_are_news_once() {
    for reason in [StateReason::IoError, StateReason::DiskFull, StateReason::Watchdog] {
        let mut host = watched();
        let stands = machine(MachineState::Paused, reason);
        assert_eq!(what(&host.apply(one(stands.clone()))), [What::Standstill(reason)]);
        assert!(host.apply(one(stands)).is_empty());
    }
}

#[test]
fn a_host_is_lost_once_and_comes_back_once() {
    let mut host = watched();
    let lost = || Event::Lost(Problem::Ended(String::new()), 1);
    assert_eq!(host.apply(lost()).len(), 1);
    assert!(host.apply(Event::Connecting).is_empty());
    assert!(host.apply(lost()).is_empty());
    assert_eq!(host.machines.len(), 1, "what was known is still shown");
    assert_eq!(what(&host.found()), [What::HostBack]);
    assert!(host.found().is_empty());
}

#[test]
fn a_host_that_never_answered_is_not_lost() {
    let mut host = HostState { link: Link::Connecting, ..host() };
    assert!(host.apply(Event::Lost(Problem::NotInstalled, 1)).is_empty());
}

#[test]
fn what_changed_while_a_host_was_lost_is_no_news() {
    let mut host = watched();
    let _ = host.apply(Event::Lost(Problem::NotRunning(String::new()), 1));
    let _ = host.found();
    assert!(host.apply(list(&[Machine { is_detailed: false, ..crashed() }])).is_empty());
    assert!(host.apply(list(&[crashed()])).is_empty());
    assert!(host.apply(one(running())).is_empty());
    assert_eq!(host.apply(one(crashed())).len(), 1);
}

#[test]
fn libvirt_that_goes_is_news_and_makes_the_host_unusable() {
    let mut host = watched();
    assert!(host.is_usable());
    assert_eq!(what(&host.apply(Event::Libvirt(Some("gone".to_owned())))), [What::LibvirtLost("gone".to_owned())]);
    assert!(!host.is_usable());
    assert_eq!(what(&host.apply(Event::Libvirt(None))), [What::HostBack]);
    assert!(host.is_usable());
}

#[test]
fn a_job_is_shown_until_it_ends_and_its_end_names_the_machine() {
    let mut host = watched();
    let job = Job { id: "7".to_owned(), operation: "machine-save".to_owned(), machines: vec![ID], ..Job::default() };
    assert!(host.apply(Event::Job(job.clone())).is_empty());
    assert_eq!(host.jobs.len(), 1);
    let news = host.apply(Event::JobEnded(job.clone(), Outcome { error: None }));
    assert_eq!(news, [News { host: "system".into(), machine: Some((ID, "web".to_owned())), what: What::JobFinished(job) }]);
    assert!(host.jobs.is_empty());
}

#[test]
fn names_are_plain_text_before_anything_shows_them() {
    let hostile = Machine { title: "\u{202e}<b>\n\u{7}".repeat(100), ..running() };
    let known = Known::from(&hostile);
    assert!(known.label.chars().count() <= text::NAME && !known.label.contains(['\u{202e}', '\n', '\u{7}']));
    assert_eq!(Known::from(&Machine { title: "\u{200b}".to_owned(), ..running() }).label, "web");
}

#[test]
fn a_host_keeps_what_is_known_of_it_while_its_connection_stays() {
    let host = |id: &str| Host::new(id, "", host::Address::Demo);
    let mut state = State::default();
    assert!(state.set_hosts([(host("a"), 1), (host("b"), 2), (host("c"), 3)]).is_empty());
    for known in &mut state.hosts {
        known.apply(list(&[running()]));
    }
    let named = Host { name: "B".to_owned(), ..host("b") };
    let mut gone = state.set_hosts([(named, 2), (host("a"), 4)]);
    gone.sort();
    assert_eq!(gone.iter().map(|id| &**id).collect::<Vec<_>>(), ["a", "c"]);
    let now: Vec<_> = state.hosts.iter().map(|known| (known.host.name.as_str(), known.connection, known.active())).collect();
    assert_eq!(now, [("B", 2, 1), ("", 4, 0)]);
}
