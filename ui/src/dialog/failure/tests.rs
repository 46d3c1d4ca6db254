use client::ErrorKind;

use super::*;
use crate::{
    action::Done,
    dialog::{
        Dialog,
        test::{self, key},
    },
};

fn start(name: &str) -> Call {
    Call::Operate(Operation::Start, vec![key(name)])
}

fn failed(call: Call, name: &str, error: Error) -> Option<Dialog> {
    Dialog::for_failure(&test::model(), &test::done(call, key(name), Err(error)))
}

fn failure(call: Call, name: &str, error: Error) -> Failure {
    match failed(call, name, error) {
        Some(Dialog::Failure(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_failed_start_says_so_and_hides_the_raw_message() {
    let model = test::model();
    let mut failure = failure(start("win-server-2025"), "win-server-2025", test::error(ErrorKind::NoSpace, &[]));
    assert!(test::shows(&model, &failure, "win-server-2025 could not start"));
    assert!(!test::shows(&model, &failure, "Hide the message"));
    let lines = (1..=40).map(|number| format!("line {number}")).collect();
    let _ = failure.update(&model, &Settings::default(), Message::Log(key("win-server-2025"), Ok(lines)));
    assert_eq!(failure.log.len(), LINES);
    assert!(failure.copied().contains("line 40") && failure.copied().contains("NoSpace"));
    let _ = failure.update(&model, &Settings::default(), Message::Fold);
    test::pictures("failure-message", &failure);
}

#[test]
fn a_failed_restore_can_be_started_without_its_state() {
    let failure = failure(start("kali-lab"), "kali-lab", test::error(ErrorKind::Failed, &[("libvirt-code", "1")]));
    assert_eq!(failure.repairs, [Repair::Again, Repair::StartCold]);
    test::pictures("failure-restore", &failure);
    let Action::Batch(actions) = Repair::StartCold.action(&test::model(), &failure.call, failure.key.as_ref()) else { panic!("no call") };
    assert!(matches!(&actions[1], Action::Call(Call::Operate(Operation::StartCold, _))));
    // What loses data is never what Ctrl+Enter does.
    assert!(failure.repairs[0].kind() == Kind::Primary);
}

#[test]
fn each_kind_of_failure_has_its_repair() {
    let shutdown = Call::Operate(Operation::Save, vec![key("postgres-lab")]);
    let repairs = |kind, facts: &[(&str, &str)]| failure(shutdown.clone(), "postgres-lab", test::error(kind, facts)).repairs;
    assert_eq!(repairs(ErrorKind::Locked, &[]), [Repair::RemoveLock]);
    assert_eq!(repairs(ErrorKind::NotAuthorized, &[("obtainable", "true")]), [Repair::Unlock]);
    assert_eq!(repairs(ErrorKind::NotAuthorized, &[("obtainable", "false")]), []);
    assert_eq!(repairs(ErrorKind::Stalled, &[]), [Repair::Again, Repair::ForceOff]);
    assert_eq!(repairs(ErrorKind::Busy, &[]), [Repair::Again, Repair::ShowJobs]);
    assert_eq!(repairs(ErrorKind::NoSpace, &[]), [Repair::Again, Repair::ShowDeleted]);
    assert_eq!(repairs(ErrorKind::Unavailable, &[]), [Repair::Again]);
}

#[test]
fn a_name_in_the_way_of_a_deleted_machine_can_be_changed() {
    let call = Call::Undelete("system".into(), "x".to_owned(), String::new());
    let error = test::error(ErrorKind::AlreadyExists, &[("name", "kali-lab")]);
    let done = Done { call, results: vec![(None, Err(error))] };
    let Some(Dialog::Failure(failure)) = Dialog::for_failure(&test::model(), &done) else { panic!("another dialog") };
    assert_eq!(failure.repairs, [Repair::Rename(key("kali-lab"))]);
}

#[test]
fn a_closed_prompt_is_no_failure_and_neither_is_what_was_cancelled() {
    assert!(failed(start("win-server-2025"), "win-server-2025", test::dismissed()).is_none());
    assert!(failed(start("win-server-2025"), "win-server-2025", test::error(ErrorKind::Cancelled, &[])).is_none());
}

#[test]
fn a_shutdown_without_an_answer_has_a_dialog_of_its_own() {
    let call = Call::Operate(Operation::Shutdown, vec![key("postgres-lab")]);
    let dialog = failed(call, "postgres-lab", test::error(ErrorKind::TimedOut, &[("seconds", "120")]));
    assert!(matches!(dialog, Some(Dialog::NoAnswer(_))));
}

#[test]
fn pictures_of_failures() {
    test::pictures("failure-start", &failure(start("win-server-2025"), "win-server-2025", test::error(ErrorKind::NoSpace, &[])));
    let locked = Call::Operate(Operation::ForceOff, vec![key("opnsense")]);
    test::pictures("failure-locked", &failure(locked.clone(), "opnsense", test::error(ErrorKind::Locked, &[])));
    let refused = test::error(ErrorKind::NotAuthorized, &[("obtainable", "true")]);
    test::pictures("failure-not-authorized", &failure(locked.clone(), "opnsense", refused));
    test::pictures("failure-stalled", &failure(locked, "opnsense", test::error(ErrorKind::Stalled, &[])));
}
