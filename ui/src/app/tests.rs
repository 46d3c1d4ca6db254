//! The application as a whole, without a screen: which windows and dialogs there are after what happened.

use std::sync::Arc;

use client::{ErrorKind, Event, Host, Machine, Operation, State, Uuid, host::Address};

use super::*;
use crate::{
    action::Call,
    desktop::Activation,
    dialog::test::{error, speak},
    model::Pictures,
};

const HOST: &str = "system";

pub(super) fn key(number: u128) -> Key {
    Key { host: HOST.into(), machine: Uuid::from_u128(number) }
}

pub(super) fn machines(numbers: impl IntoIterator<Item = u128>) -> Event {
    let machine = |number| Machine { id: Uuid::from_u128(number), name: format!("m{number}"), state: State::Running, ..Machine::default() };
    Event::Machines(Arc::new(numbers.into_iter().map(machine).collect()))
}

pub(super) fn flags() -> Flags {
    speak();
    let host = Host { id: HOST.into(), name: String::new(), address: Address::Demo, auto_connect: false };
    Flags { hosts: vec![host], reopens: true, is_demo: true, ..Flags::default() }
}

/// As if these machines' windows had been open.
fn remembered(open: &[(&str, u128)]) -> App {
    let mut flags = flags();
    flags.layout.open = open.iter().map(|(host, number)| ((*host).to_owned(), Uuid::from_u128(*number).to_string())).collect();
    App::new(flags).0
}

/// Machines with the keys 1, 2, and so on.
pub(super) fn app_with<const N: usize>(machines: [Machine; N]) -> App {
    let mut app = App::new(flags()).0;
    let machines = machines.into_iter().zip(1..).map(|(machine, number)| Machine { id: Uuid::from_u128(number), ..machine });
    happen(&mut app, Event::Machines(Arc::new(machines.collect())));
    app
}

pub(super) fn happen(app: &mut App, event: Event) {
    let _ = app.update(Message::Host(HOST.into(), event));
}

fn open(app: &App) -> Vec<Key> {
    let mut open: Vec<Key> = app
        .windows
        .values()
        .filter_map(|window| match window {
            Window::Machine(key, _) => Some(key.clone()),
            Window::Main => None,
        })
        .collect();
    open.sort();
    open
}

fn failed(number: u128) -> Message {
    let call = Call::Operate(Operation::Start, vec![key(number)]);
    Message::Done(Box::new(Done { call, results: vec![(Some(key(number)), Err(error(ErrorKind::NoSpace, &[])))] }))
}

#[test]
fn machine_windows_are_opened_again_and_machines_that_are_gone_are_forgotten() {
    let mut app = remembered(&[(HOST, 1), (HOST, 3), ("no-such-host", 2)]);
    app.layout.machines.insert(Uuid::from_u128(3).to_string(), (900.0, 700.0));
    assert_eq!(open(&app), [], "nothing is known yet");
    happen(&mut app, machines([1, 2]));
    assert_eq!(open(&app), [key(1)]);
    assert_eq!(app.layout.open, [(HOST.to_owned(), key(1).machine.to_string())]);
    assert!(app.layout.machines.is_empty(), "the size of a machine that is gone stays");
}

#[test]
fn a_window_that_waits_for_its_host_is_still_remembered() {
    let mut app = remembered(&[(HOST, 1)]);
    let _ = app.quit();
    assert_eq!(app.layout.open, [(HOST.to_owned(), key(1).machine.to_string())]);
}

#[test]
fn a_window_that_was_closed_is_not_opened_again() {
    let mut app = remembered(&[(HOST, 1)]);
    happen(&mut app, machines([1]));
    let id = *app.windows.iter().find(|(_, window)| matches!(window, Window::Machine(..))).unwrap().0;
    let _ = app.update(Message::Window(id, window::Event::Closed));
    assert_eq!(app.layout.open, []);
}

#[test]
fn a_start_that_stands_alone_opens_no_windows_again_and_leaves_what_is_remembered() {
    let mut flags = flags();
    flags.reopens = false;
    flags.layout.open = vec![(HOST.to_owned(), key(1).machine.to_string())];
    let mut app = App::new(flags).0;
    happen(&mut app, machines([1]));
    assert_eq!(open(&app), []);
    assert_eq!(app.layout.open.len(), 1);
}

#[test]
fn failures_that_come_while_a_dialog_is_open_are_told_one_after_another() {
    let mut app = App::new(flags()).0;
    happen(&mut app, machines([1, 2, 3]));
    let main = app.main_window().unwrap();
    let _ = app.update(Message::Command(main, Command::About));
    for number in [1, 2] {
        let _ = app.update(failed(number));
    }
    assert!(matches!(app.dialog, Some((_, Dialog::About(_)))), "the dialog keeps its place");
    let mut told = Vec::new();
    while app.dialog.is_some() {
        let _ = app.update(Message::Dialog(dialog::Message::Dismiss));
        told.extend(app.dialog.as_ref().map(|(_, dialog)| matches!(dialog, Dialog::Failure(_))));
    }
    assert_eq!(told, [true, true]);
}

#[test]
fn answers_of_one_call_that_wait_are_told_together() {
    let mut app = App::new(flags()).0;
    happen(&mut app, machines([1, 2]));
    let main = app.main_window().unwrap();
    let _ = app.update(Message::Command(main, Command::About));
    let call = Call::Autostart(vec![key(1), key(2)], true);
    for number in [1, 2] {
        let results = vec![(Some(key(number)), Err(error(ErrorKind::NoSpace, &[])))];
        let _ = app.update(Message::Done(Box::new(Done { call: call.clone(), results })));
    }
    let _ = app.update(Message::Dialog(dialog::Message::Dismiss));
    assert!(matches!(app.dialog, Some((_, Dialog::Results(_)))));
    let _ = app.update(Message::Dialog(dialog::Message::Dismiss));
    assert!(app.dialog.is_none());
}

#[test]
fn a_failure_is_told_where_its_dialogs_window_was_closed() {
    let mut app = remembered(&[(HOST, 1)]);
    happen(&mut app, machines([1]));
    let id = *app.windows.iter().find(|(_, window)| matches!(window, Window::Machine(..))).unwrap().0;
    let _ = app.update(Message::Command(id, Command::About));
    let _ = app.update(failed(1));
    let _ = app.update(Message::Window(id, window::Event::Closed));
    assert!(matches!(&app.dialog, Some((window, Dialog::Failure(_))) if Some(*window) == app.main_window()));
}

#[test]
fn a_log_that_is_asked_for_from_outside_is_shown_in_the_machines_own_window() {
    let mut app = App::new(flags()).0;
    let _ = app.update(Message::Activated(Activation::Log(key(2).machine.to_string())));
    assert!(app.dialog.is_none(), "the machine is not known yet");
    happen(&mut app, machines([1, 2]));
    let (window, dialog) = app.dialog.as_ref().unwrap();
    assert!(matches!(app.windows.get(window), Some(Window::Machine(shown, _)) if *shown == key(2)));
    assert!(matches!(dialog, Dialog::Log(_)));
}

#[test]
fn a_machine_that_is_asked_for_is_shown_without_its_log() {
    let mut app = App::new(flags()).0;
    let _ = app.update(Message::Activated(Activation::Machine("m2".to_owned())));
    happen(&mut app, machines([1, 2]));
    assert_eq!(open(&app), [key(2)]);
    assert!(app.dialog.is_none());
}

#[test]
fn with_all_figures_off_nothing_is_measured_and_old_load_is_forgotten() {
    let mut app = App::new(flags()).0;
    let host = app.model.hosts()[0].host.clone();
    app.connect(&host);
    let wanted = app.wanted.get(HOST).unwrap().1.subscribe();
    assert_eq!(wanted.borrow().interval, 2000);
    happen(&mut app, Event::Sampled(client::Sampled { host_cpu: 0.5, ..client::Sampled::default() }.into()));
    assert!(app.model.hosts()[0].load.is_some());
    let mut settings = app.settings.clone();
    settings.figures = client::settings::Figures { cpu: false, memory: false, disk: false, network: false, ..settings.figures };
    let main = app.main_window().unwrap();
    let _ = app.act(main, crate::action::Action::Settings(Box::new(settings)));
    assert_eq!(wanted.borrow().interval, 0);
    assert!(app.model.hosts()[0].load.is_none());
}

#[test]
fn nothing_is_measured_for_windows_that_are_all_minimised_until_one_is_back() {
    let mut app = App::new(flags()).0;
    let host = app.model.hosts()[0].host.clone();
    app.connect(&host);
    let wanted = app.wanted.get(HOST).unwrap().1.subscribe();
    let main = app.main_window().unwrap();
    let _ = app.update(Message::Activated(Activation::Machine("m2".to_owned())));
    happen(&mut app, machines([1, 2]));
    let own = *app.windows.keys().find(|id| **id != main).unwrap();
    let _ = app.update(Message::Minimised(main, true));
    assert_eq!(wanted.borrow().interval, 2000, "the machine's own window is still seen");
    let _ = app.update(Message::Minimised(own, true));
    assert_eq!(wanted.borrow().interval, 0);
    assert_eq!(app.update(Message::Window(main, window::Event::Focused)).units(), 1, "it is asked at once");
    assert_eq!(wanted.borrow().interval, 0, "the focus alone says nothing");
    let _ = app.update(Message::Minimised(main, false));
    assert_eq!(wanted.borrow().interval, 2000);
    let _ = app.update(Message::Window(main, window::Event::Closed));
    assert_eq!(wanted.borrow().interval, 0);
}

#[test]
fn a_low_battery_stops_pictures_until_it_is_charged() {
    let mut app = App::new(flags()).0;
    let _ = app.update(Message::BatteryLow(true));
    assert_eq!(app.model.pictures(), Pictures::BatteryLow);
    let _ = app.update(Message::BatteryLow(false));
    assert_eq!(app.model.pictures(), Pictures::On);
}

#[tokio::test]
async fn machines_that_run_on_are_named_only_if_there_are_any_and_settings_want_it() {
    let mut app = App::new(flags()).0;
    happen(&mut app, Event::Connected(client::demo::Demo::new(client::demo::Preset::Frozen).into(), client::Service::default()));
    assert_eq!(app.machines_that_run_on(), None);
    happen(&mut app, machines([1, 2]));
    assert_eq!(app.machines_that_run_on(), Some(("2 machines run on".to_owned(), "m1, m2".to_owned())));
    app.is_demo = false;
    assert!(app.running_on().is_some());
    app.settings.notify.running_on = client::settings::When::Off;
    assert_eq!(app.running_on(), None);
    happen(&mut app, Event::Lost(client::Problem::Ended(String::new()), 1));
    assert_eq!(app.machines_that_run_on(), None, "nobody knows");
}

#[test]
fn an_act_is_told_in_the_window_it_was_done_in_though_another_has_the_focus_since() {
    let mut app = remembered(&[(HOST, 1)]);
    happen(&mut app, machines([1]));
    let main = app.main_window().unwrap();
    let own = *app.windows.iter().find(|(_, window)| matches!(window, Window::Machine(..))).unwrap().0;
    let shown = |app: &App, id| app.toasts.are_in(crate::toast::Looked { window: id, is_looked_at: app.current == Some(id) });
    let _ = app.update(Message::Window(own, window::Event::Focused));
    let call = Call::Screenshot(key(1), "/tmp/m1.png".into());
    let _ = app.act(own, crate::action::Action::Call(call.clone()));
    let _ = app.update(Message::Window(main, window::Event::Focused));
    let _ = app.update(Message::Done(Box::new(Done { call, results: vec![(Some(key(1)), Ok(String::new()))] })));
    assert!(shown(&app, own) && !shown(&app, main));
    let _ = app.update(Message::Window(own, window::Event::Closed));
    assert!(shown(&app, main));
}

#[tokio::test]
async fn several_machines_are_asked_about_before_anything_stops_or_interrupts_them_though_one_is_not() {
    let stops = [Command::ForceOff, Command::Reset, Command::Shutdown, Command::Reboot, Command::Save, Command::Pause, Command::Sleep];
    for command in stops {
        for (numbers, is_asked) in [(vec![key(1)], false), (vec![key(1), key(2)], true)] {
            let mut app = App::new(flags()).0;
            app.settings.confirm = client::settings::Confirm { force_off: false, shut_down: false, pause: false, batch: true };
            happen(&mut app, Event::Connected(client::demo::Demo::new(client::demo::Preset::Frozen).into(), client::Service::default()));
            happen(&mut app, machines([1, 2]));
            let main = app.main_window().unwrap();
            let _ = app.command(main, command, Some(numbers));
            assert_eq!(matches!(app.dialog, Some((_, Dialog::Confirm(_)))), is_asked, "{command:?}");
        }
    }
}

#[test]
fn starting_several_machines_asks_nothing() {
    let confirm = client::settings::Confirm { force_off: true, shut_down: true, pause: true, batch: true };
    for operation in [Operation::Start, Operation::StartPaused, Operation::Resume, Operation::Wake, Operation::MakePersistent] {
        assert!(!asks(&confirm, operation, 7), "{operation:?}");
    }
}

#[tokio::test]
async fn a_machine_that_nobody_has_is_said_to_be_missing_once_every_host_has_told_what_it_has() {
    let mut start = flags();
    start.machine = Some("nosuch".to_owned());
    start.hosts.push(Host { id: "lab".into(), name: "lab".to_owned(), address: Address::Demo, auto_connect: true });
    let mut app = App::new(start).0;
    let said = |app: &App| app.toasts.texts().map(str::to_owned).collect::<Vec<_>>();
    let connected = || Event::Connected(client::demo::Demo::new(client::demo::Preset::Frozen).into(), client::Service::default());
    happen(&mut app, connected());
    happen(&mut app, machines([1, 2]));
    assert!(said(&app).is_empty(), "the other host may have it");
    let _ = app.update(Message::Host("lab".into(), connected()));
    assert!(said(&app).is_empty(), "it has not listed its machines");
    let _ = app.update(Message::Host("lab".into(), machines([3])));
    assert_eq!(said(&app), ["There is no machine called “nosuch”"]);
    happen(&mut app, machines([1, 2]));
    assert_eq!(said(&app).len(), 1, "once is enough");
    let _ = app.update(Message::Activated(Activation::Machine("m9".to_owned())));
    assert_eq!(said(&app).last().unwrap(), "There is no machine called “m9”");
}

#[tokio::test]
async fn of_a_host_that_does_not_answer_nobody_says_what_it_has() {
    let mut start = flags();
    start.machine = Some("nosuch".to_owned());
    start.hosts.push(Host { id: "lab".into(), name: "lab".to_owned(), address: Address::Demo, auto_connect: true });
    let mut app = App::new(start).0;
    happen(&mut app, Event::Connected(client::demo::Demo::new(client::demo::Preset::Frozen).into(), client::Service::default()));
    happen(&mut app, machines([1, 2]));
    let _ = app.update(Message::Host("lab".into(), Event::Lost(client::Problem::NotInstalled, 5)));
    assert_eq!(app.toasts.texts().collect::<Vec<_>>(), ["No computer that answers has a machine called “nosuch”"]);
}

#[test]
fn enter_presses_the_blue_button_of_a_page_in_the_place_of_the_list() {
    let enter = |app: &mut App, modifiers| {
        let main = app.main_window().unwrap();
        app.update(Message::Key(main, keyboard::Key::Named(keyboard::key::Named::Enter), modifiers))
    };
    for modifiers in [keyboard::Modifiers::empty(), keyboard::Modifiers::CTRL] {
        let mut app = App::new(flags()).0;
        let _ = app.update(Message::Main(main::Message::Show(crate::place::Place::Host(HOST.into()))));
        assert!(app.wanted.is_empty());
        let _ = enter(&mut app, modifiers);
        let wanted = app.wanted.get(HOST).expect("it connects").1.subscribe();
        happen(&mut app, Event::Lost(client::Problem::NotInstalled, 5));
        let _ = enter(&mut app, modifiers);
        assert_eq!(wanted.borrow().attempt, 1, "it looks again");
        happen(&mut app, Event::Lost(client::Problem::NotRunning(String::new()), 5));
        assert!(enter(&mut app, modifiers).units() > 0, "it starts the service");
        assert_eq!(enter(&mut app, modifiers).units(), 0, "not twice");
        assert_eq!(wanted.borrow().attempt, 1);
    }
}

#[test]
fn enter_opens_the_selected_machine_where_there_is_a_list() {
    let mut app = App::new(flags()).0;
    happen(&mut app, machines([1, 2]));
    happen(&mut app, Event::Lost(client::Problem::NotInstalled, 5));
    let main = app.main_window().unwrap();
    let _ = app.update(Message::Key(main, keyboard::Key::Named(keyboard::key::Named::Enter), keyboard::Modifiers::empty()));
    assert_eq!(open(&app), [key(1)]);
}
