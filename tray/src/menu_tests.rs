use std::sync::Arc;

use client::{Event, Host, Machine, Operation, Point, Sample, Sampled, State as MachineState, StateReason, Uuid};

use super::*;

const CHOICES: Choices = Choices { machines: 3, is_quiet: false, now: 0 };

fn machine(number: u128, name: &str, state: MachineState) -> Machine {
    Machine { id: Uuid::from_u128(number), name: name.to_owned(), state, is_detailed: true, ..Machine::default() }
}

/// Without a client nothing can be clicked, so the tests of what can be look at what is offered.
fn host(id: &str, machines: Vec<Machine>) -> HostState {
    let mut host = HostState::new(Host { id: id.into(), name: id.to_owned(), address: host::Address::System, auto_connect: true });
    host.link = Link::Connected;
    assert!(host.apply(Event::Machines(Arc::new(machines))).is_empty());
    arrange(&mut host);
    host
}

fn labels(entries: &[Entry]) -> Vec<String> {
    let label = |entry: &Entry| match entry {
        Entry::Separator | Entry::Turn => "-".to_owned(),
        Entry::Head(label) | Entry::Item { label, .. } | Entry::Check { label, .. } | Entry::Submenu { label, .. } => label.clone(),
    };
    entries.iter().map(label).collect()
}

fn submenu<'a>(entries: &'a [Entry], begins: &str) -> &'a [Entry] {
    let found = entries.iter().find_map(|entry| match entry {
        Entry::Submenu { label, entries, .. } if label.starts_with(begins) => Some(entries),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no {begins} in {:?}", labels(entries)))
}

fn names(entries: &[Entry]) -> Vec<String> {
    let submenus = entries.iter().filter(|entry| matches!(entry, Entry::Submenu { .. })).cloned().collect::<Vec<_>>();
    labels(&submenus).iter().map(|label| label.split(BETWEEN).next().unwrap().to_owned()).collect()
}

#[test]
fn what_runs_comes_first_then_more_then_what_can_be_started() {
    let running = ["a", "b", "c", "d", "e"].iter().zip(1..).map(|(name, number)| machine(number, name, MachineState::Running));
    let host = host("h", running.chain([machine(9, "z", MachineState::Off)]).collect());
    let entries = host_entries(&host, CHOICES);
    assert_eq!(names(&entries), ["a", "b", "c", &t!("tray-more", count = 2), &t!("tray-start")]);
    assert_eq!(names(submenu(&entries, &t!("tray-more", count = 2))), ["d", "e"]);
    assert_eq!(labels(submenu(&entries, &t!("tray-start"))), ["z"]);
}

fn change(host: &mut HostState, number: u128, state: MachineState, reason: StateReason) {
    let machine = Machine { reason, ..machine(number, &format!("m{number}"), state) };
    let _ = host.apply(Event::Machine(Box::new(machine)));
}

fn sampled(host: &mut HostState, number: u128, cpu: f32) {
    let sample = Sample { machine: Uuid::from_u128(number), point: Point { cpu, ..Point::default() } };
    let _ = host.apply(Event::Sampled(Arc::new(Sampled { samples: vec![sample], ..Sampled::default() })));
}

fn four() -> HostState {
    host("h", (1..5).map(|number| machine(number, &format!("m{number}"), MachineState::Running)).collect())
}

#[test]
fn the_busiest_and_then_the_latest_come_first_and_a_crash_before_all() {
    let mut host = four();
    change(&mut host, 3, MachineState::Running, StateReason::Resumed);
    arrange(&mut host);
    assert_eq!(in_order(&host)[0].label, "m3");
    sampled(&mut host, 2, 0.5);
    host.busy = machine_menu::percents(&host);
    arrange(&mut host);
    assert_eq!(in_order(&host)[0].label, "m2");
    assert!(labels(&host_entries(&host, CHOICES)).contains(&"m2 · 50\u{a0}%".to_owned()));
    change(&mut host, 4, MachineState::Off, StateReason::Crashed);
    arrange(&mut host);
    assert_eq!(in_order(&host)[0].label, "m4");
}

#[test]
fn no_line_becomes_another_machines_while_the_menu_is_open() {
    let mut host = four();
    let before = host.order.clone();
    sampled(&mut host, 4, 1.0);
    change(&mut host, 3, MachineState::Paused, StateReason::ByUser);
    change(&mut host, 2, MachineState::Off, StateReason::Crashed);
    assert!(is_arranged(&host), "figures, a pause and a crash move nothing");
    assert_eq!(in_order(&host).iter().map(|machine| machine.id).collect::<Vec<_>>(), before);
    change(&mut host, 1, MachineState::Off, StateReason::ShutDown);
    assert!(!is_arranged(&host), "one line less");
    change(&mut host, 1, MachineState::Running, StateReason::Booted);
    change(&mut host, 5, MachineState::Running, StateReason::Booted);
    assert!(!is_arranged(&host), "one line more");
    let turn = host.turn;
    arrange(&mut host);
    assert_ne!(host.turn, turn, "a new order makes new lines");
    arrange(&mut host);
    assert_ne!(host.turn, turn, "the same order keeps them");
}

#[test]
fn a_machine_offers_what_fits_its_state() {
    use Operation::{ForceOff, Pause, Reboot, Resume, Save, Shutdown, Start, Wake};
    let cases: [(MachineState, StateReason, &[Operation]); 7] = [
        (MachineState::Running, StateReason::Booted, &[Pause, Save, Shutdown, Reboot, ForceOff]),
        (MachineState::Paused, StateReason::ByUser, &[Resume, Save, ForceOff]),
        (MachineState::Paused, StateReason::GuestPanicked, &[ForceOff]),
        (MachineState::ShuttingDown, StateReason::Unknown, &[ForceOff]),
        (MachineState::Suspended, StateReason::Unknown, &[Wake, ForceOff]),
        (MachineState::Off, StateReason::Crashed, &[Start]),
        (MachineState::Off, StateReason::ShutDown, &[Start]),
    ];
    for (state, reason, expected) in cases {
        let host = host("h", vec![Machine { reason, ..machine(1, "m", state) }]);
        let Entry::Submenu { entries, .. } = machine_menu::entry(&host, &host.machines[&Uuid::from_u128(1)]) else { panic!() };
        let mut wanted: Vec<String> = expected
            .iter()
            .map(|operation| {
                if *operation == ForceOff {
                    t!("tray-asks", operation = locale::operation(ForceOff))
                } else {
                    locale::operation(*operation)
                }
            })
            .collect();
        wanted.insert(0, t!("tray-open-machine"));
        assert_eq!(labels(&entries).into_iter().filter(|label| label != "-").collect::<Vec<_>>(), wanted, "{state:?}");
    }
}

#[test]
fn a_saved_machine_is_restored_and_says_so() {
    let host = host("h", vec![Machine { has_saved_state: true, ..machine(1, "m", MachineState::Off) }]);
    let known = &host.machines[&Uuid::from_u128(1)];
    let Entry::Submenu { entries, .. } = machine_menu::entry(&host, known) else { panic!() };
    assert!(labels(&entries).contains(&t!("tray-restore")));
    assert_eq!(labels(&[machine_menu::start_entry(&host, known)]), ["m · saved".to_owned()]);
}

#[test]
fn of_a_host_that_is_lost_only_open_can_be_clicked() {
    let mut host = host("h", vec![machine(1, "m", MachineState::Running)]);
    let _ = host.apply(Event::Lost(client::Problem::NotInstalled, 1));
    let entries = host_entries(&host, CHOICES);
    for entry in submenu(&entries, "m") {
        if let Entry::Item { action: Some(action), .. } = entry {
            assert!(matches!(action, Action::OpenMachine(_)), "{action:?}");
        }
    }
    assert!(labels(&entries)[0].starts_with(&locale::problem(&client::Problem::NotInstalled).0));
}

#[test]
fn several_hosts_have_a_menu_each() {
    let hosts = vec![host("one", vec![machine(1, "m", MachineState::Running)]), host("two", vec![])];
    let entries = entries(&State { hosts }, CHOICES);
    assert!(names(&entries).starts_with(&["one".to_owned(), "two".to_owned()]));
    assert_eq!(names(submenu(&entries, "one")), ["m"]);
}

#[test]
fn names_show_underscores_and_are_no_keys() {
    let host = host("h", vec![machine(1, "k3s_node", MachineState::Running), machine(2, "x_y", MachineState::Off)]);
    let entries = host_entries(&host, CHOICES);
    assert_eq!(names(&entries)[0], "k3s__node");
    assert_eq!(labels(submenu(&entries, &t!("tray-start"))), ["x__y"]);
}

#[test]
fn a_thousand_machines_make_a_menu_of_bounded_size() {
    let many = (1..=1000).map(|number| machine(number, &format!("m{number}"), MachineState::Running));
    let off = (2001..=3000).map(|number| machine(number, &format!("o{number}"), MachineState::Off));
    let host = host("h", many.chain(off).collect());
    let entries = host_entries(&host, CHOICES);
    assert_eq!(submenu(&entries, &t!("tray-start")).len(), MOST + 1);
    assert_eq!(submenu(&entries, &t!("tray-more", count = 997)).len(), MOST + 1);
}

#[test]
fn a_job_shows_its_progress_and_can_be_cancelled_if_it_says_so() {
    let mut host = host("h", vec![machine(1, "web", MachineState::Running)]);
    let machines = vec![Uuid::from_u128(1)];
    let operation = "machine-save".to_owned();
    let job = Job { id: "1".to_owned(), operation, machines, progress: Some(0.64), is_cancelable: true, ..Job::default() };
    let _ = host.apply(Event::Job(job.clone()));
    let label = format!("{} · 64\u{a0}%", job_name(&job, &host));
    assert!(labels(&host_entries(&host, CHOICES)).contains(&label), "{label}");
    assert_eq!(submenu(&host_entries(&host, CHOICES), &label).len(), 2);
}

#[test]
fn force_off_always_asks_and_the_rest_as_the_settings_say() {
    let mut confirm = client::settings::Confirm { force_off: false, ..client::settings::Confirm::default() };
    assert!(machine_menu::is_asked(Operation::ForceOff, &confirm));
    assert!(!machine_menu::is_asked(Operation::Shutdown, &confirm));
    confirm.shut_down = true;
    assert!(machine_menu::is_asked(Operation::Shutdown, &confirm));
    assert!(!machine_menu::is_asked(Operation::Start, &confirm));
}

#[test]
fn quiet_is_shown_as_switched_on() {
    let on = entries(&State::default(), Choices { is_quiet: true, ..CHOICES });
    assert!(on.iter().any(|entry| matches!(entry, Entry::Check { checked: true, action: Action::Quiet, .. })));
}

/// Follows the host in memory until all of it is known.
async fn demo() -> HostState {
    use futures_util::StreamExt;
    let host = Host { id: "demo".into(), name: String::new(), address: host::Address::Demo, auto_connect: true };
    let mut state = HostState::new(host);
    let (_wanted, is_wanted) = tokio::sync::watch::channel(client::Wanted::default());
    let mut events = std::pin::pin!(client::demo::watch(client::demo::Preset::default(), is_wanted));
    while state.machines.len() < 2 || state.facts.1 == 0 {
        let event = tokio::time::timeout(std::time::Duration::from_secs(10), events.next()).await.unwrap().unwrap();
        assert!(state.apply(event).is_empty(), "the first connection is no news");
    }
    arrange(&mut state);
    state
}

#[tokio::test]
async fn what_is_offered_can_be_clicked_but_a_lock_keeps_a_machine_from_being_stopped() {
    let mut host = demo().await;
    host.jobs.clear();
    for locked in [false, true] {
        let (id, machine) =
            host.machines.iter_mut().find(|(_, machine)| machine.state == MachineState::Running && !machine.is_stalled).unwrap();
        let id = *id;
        machine.is_locked = locked;
        let Entry::Submenu { entries, .. } = machine_menu::entry(&host, &host.machines[&id]) else { panic!() };
        let possible: Vec<_> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Item { action: Some(action), .. } => Some(action.clone()),
                _ => None,
            })
            .collect();
        let target = Target { host: "demo".into(), machine: id };
        let force_off = Action::Ask(target.clone(), Operation::ForceOff);
        assert!(possible.contains(&Action::Operate(target, Operation::Pause)));
        assert_eq!(possible.contains(&force_off), !locked);
    }
}
