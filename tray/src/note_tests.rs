use client::{Error, ErrorKind, Host, Problem};

use super::*;
use crate::state::HostState;

fn state() -> State {
    let host = Host { id: "h".into(), name: "lab".to_owned(), address: host::Address::System, auto_connect: true };
    State { hosts: vec![HostState::new(host)] }
}

fn target() -> Target {
    Target { host: "h".into(), machine: Uuid::from_u128(1) }
}

fn news(what: What) -> News {
    News { host: "h".into(), machine: Some((Uuid::from_u128(1), "web".to_owned())), what }
}

fn actions(note: &Note) -> Vec<Action> {
    note.buttons.iter().map(|(_, action)| action.clone()).collect()
}

#[test]
fn a_crash_stays_and_offers_start_log_and_open() {
    let note = of_news(&news(What::Crashed(StateReason::Crashed)), 0, &state()).unwrap();
    assert_eq!(note.tone, Tone::Critical);
    let expected = [Action::Operate(target(), Operation::Start), Action::ShowLog(target()), Action::OpenMachine(target())];
    assert_eq!(actions(&note), expected);
}

#[test]
fn a_full_disk_offers_resume_and_open() {
    for reason in [StateReason::DiskFull, StateReason::IoError] {
        let note = of_news(&news(What::Standstill(reason)), 0, &state()).unwrap();
        assert_eq!(note.tone, Tone::Critical);
        assert_eq!(actions(&note), [Action::Operate(target(), Operation::Resume), Action::OpenMachine(target())]);
    }
}

#[test]
fn nothing_is_forced_off_without_the_button() {
    let note = question(&target(), "web", Operation::ForceOff).unwrap();
    assert_eq!(note.tone, Tone::Question);
    assert_eq!(note.click, Action::Leave);
    assert_eq!(actions(&note), [Action::Operate(target(), Operation::ForceOff), Action::Leave]);
}

#[test]
fn a_shutdown_that_failed_offers_force_off_but_asks() {
    let job = Job { operation: "machine-shutdown".to_owned(), ..Job::default() };
    let facts = vec![("seconds".to_owned(), "60".to_owned())];
    let error = Error::Service { kind: ErrorKind::TimedOut, message: String::new(), facts };
    let note = of_news(&news(What::JobFailed(job, error)), 0, &state()).unwrap();
    assert_eq!(actions(&note)[0], Action::Ask(target(), Operation::ForceOff));
    assert!(note.body.contains("60"), "{}", note.body);
}

#[test]
fn events_that_were_kept_back_are_counted() {
    let note = of_news(&news(What::Crashed(StateReason::Crashed)), 3, &state()).unwrap();
    assert!(note.body.ends_with(&t!("tray-note-more-events", count = 3)));
}

#[test]
fn a_lost_host_says_why_and_what_to_do() {
    let news = News { machine: None, ..news(What::HostLost(Problem::NotRunning(String::new()))) };
    let note = of_news(&news, 0, &state()).unwrap();
    assert!(note.body.contains(&locale::problem(&Problem::NotRunning(String::new())).1));
    assert_eq!(note.about, About::Host("h".into()));
}

#[test]
fn a_device_that_was_left_behind_stays_says_what_is_left_and_opens_the_window() {
    let left = client::LeftBehind {
        operation: "release".into(),
        device: "0000:01:00.0".into(),
        before: "nvidia".into(),
        repair: vec!["echo 0000:01:00.0 > /sys/bus/pci/drivers_probe".into()],
        ..client::LeftBehind::default()
    };
    let note = of_news(&News { machine: None, ..news(What::LeftBehind(left)) }, 0, &state()).unwrap();
    assert_eq!((note.tone, actions(&note)), (Tone::Critical, vec![Action::Open]));
    assert!(note.title.contains("0000:01:00.0") && note.body.contains("nvidia"), "{note:?}");
}

#[test]
fn a_trial_that_runs_out_can_be_kept_or_given_back_from_its_note() {
    client::locale::init(Some("en"), crate::WORDS);
    let note = of_news(&news(What::TrialEnds(29)), 0, &state()).unwrap();
    let asked = vec![Action::KeepScreen(target()), Action::GiveBackScreen(target()), Action::OpenMachine(target())];
    assert_eq!((note.tone, actions(&note)), (Tone::Critical, asked));
    assert!(note.title.contains("0:29"), "{}", note.title);
    let question = give_back(&target(), "web");
    assert_eq!((question.tone, question.click.clone(), actions(&question)[1].clone()), (Tone::Question, Action::Leave, Action::Leave));
}

#[test]
fn what_did_not_come_back_is_told_with_its_repair() {
    let left = client::hand_over::Left { part: "console".into(), name: "vtcon1".into(), repair: "echo 1 > bind".into() };
    let stage = client::hand_over::Stage::Left;
    let own = client::hand_over::HandOver { stage, left: vec![left], ..client::hand_over::HandOver::default() };
    let note = of_news(&news(What::ScreenLeft(own)), 0, &state()).unwrap();
    assert!(note.body.contains("vtcon1") && note.tone == Tone::Critical, "{note:?}");
}

#[test]
fn the_last_five_lines_of_a_log_are_shown_as_plain_text() {
    let lines: Vec<String> = (1..=9).map(|number| format!("line\u{202e} {number}\u{7}")).chain([String::new()]).collect();
    let note = of_log(&target(), "web", &lines);
    assert_eq!(note.body, "line 5\nline 6\nline 7\nline 8\nline 9");
    assert_eq!(of_log(&target(), "web", &[]).body, t!("tray-note-log-empty"));
}

#[test]
fn what_is_not_foreseen_comes_with_the_message_of_those_below() {
    let error = Error::Other("no\u{202e} such\nthing".to_owned());
    assert!(Note::failure(About::Tray, String::new(), &error, "web").body.ends_with("\nno such thing"));
}
