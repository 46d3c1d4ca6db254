//! Dialogs about machines, without what they lie over.

use client::{Error, ErrorKind, Operation, settings::Settings};
use ui::{
    action::{Call, Done},
    app::Message,
    command::Command,
    dialog::{self, target},
    model::Key,
};

use super::{SMALL, Stage, USUAL, dark, german, with};

/// A small window, in which these machines are selected.
fn selected(machines: &[&str]) -> Stage {
    let mut stage = with(SMALL, |_| {});
    select(&mut stage, machines);
    stage
}

/// The same in the dark and in German.
fn german_selected(machines: &[&str]) -> Stage {
    let mut stage = with(SMALL, dark_german);
    select(&mut stage, machines);
    stage
}

pub(super) fn dark_german(settings: &mut Settings) {
    dark(settings);
    german(settings);
}

fn select(stage: &mut Stage, machines: &[&str]) {
    stage.key("escape");
    for (place, machine) in machines.iter().enumerate() {
        if place == 0 {
            stage.click(machine);
        } else {
            stage.key("shift+down");
        }
    }
}

fn key(stage: &Stage, name: &str) -> Key {
    let found = stage.app.model().machines().find(|(_, machine)| machine.name == name);
    found.map(|(host, machine)| host.key(machine.id)).expect("a machine of the demo")
}

fn refused(kind: ErrorKind, facts: &[(&str, &str)]) -> Error {
    let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Error::Service { kind, message: String::new(), facts }
}

fn done(stage: &mut Stage, call: Call, results: Vec<(Key, Result<String, Error>)>) {
    let results = results.into_iter().map(|(key, result)| (Some(key), result)).collect();
    stage.update(Message::Done(Box::new(Done { call, results })));
    stage.settle();
}

#[test]
fn a_question_before_a_machine_is_forced_off() {
    let mut stage = selected(&["win11-gaming"]);
    stage.command(Command::ForceOff);
    stage.dialog_looks_like("confirm-force-off");
}

#[test]
fn a_question_about_several_machines_in_german() {
    let mut stage = german_selected(&["k3s-node-1", "k3s-node-2", "k3s-node-3"]);
    stage.command(Command::Shutdown);
    stage.dialog_looks_like("confirm-several-german-dark");
}

#[test]
fn a_group_is_chosen() {
    let mut stage = selected(&["win11-gaming"]);
    stage.command(Command::EditGroup);
    stage.dialog_looks_like("group");
}

#[test]
fn a_group_for_machines_of_several_groups_in_german() {
    let mut stage = german_selected(&["win11-gaming", "next", "next"]);
    stage.command(Command::EditGroup);
    stage.type_in("Lab//x");
    stage.dialog_looks_like("group-wrong-german-dark");
}

#[test]
fn tags_of_a_machine() {
    let mut stage = selected(&["win11-gaming"]);
    stage.command(Command::EditTags);
    stage.type_in("games");
    stage.dialog_looks_like("tags");
}

#[test]
fn tags_of_several_machines_in_german() {
    let mut stage = german_selected(&["win11-gaming", "next", "next"]);
    stage.command(Command::EditTags);
    stage.dialog_looks_like("tags-german-dark");
}

#[test]
fn a_machine_gets_another_name() {
    let mut stage = selected(&["kali-lab"]);
    stage.command(Command::Rename);
    stage.dialog_looks_like("rename");
    stage.type_in("two words");
    stage.dialog_looks_like("rename-wrong");
}

#[test]
fn a_title_of_a_machine() {
    let mut stage = selected(&["win11-gaming"]);
    stage.command(Command::EditTitle);
    stage.type_in("Gaming PC");
    stage.dialog_looks_like("title");
}

#[test]
fn notes_that_are_not_saved() {
    let mut stage = selected(&["win11-gaming"]);
    stage.command(Command::EditNotes);
    stage.key("enter");
    stage.type_in("https://wiki.example/");
    stage.type_in(&"0123456789abcdef".repeat(6));
    stage.dialog_looks_like("notes");
    stage.key("escape");
    stage.dialog_looks_like("notes-leaving");
}

#[test]
fn the_log_of_a_machine() {
    let mut stage = selected(&["freebsd-zfs"]);
    stage.command(Command::ShowLog);
    stage.wait("the lines", |stage| stage.find("Copy all").is_some());
    stage.dialog_looks_like("log");
}

#[test]
fn a_file_for_the_memory_of_a_machine() {
    let mut stage = selected(&["win11-gaming"]);
    stage.command(Command::CoreDump);
    named(&mut stage, "/srv/dumps/win11-gaming.dump");
    stage.dialog_looks_like("dump");
}

#[test]
fn a_file_that_there_is_no_room_for_in_german() {
    let mut stage = german_selected(&["win11-gaming"]);
    let key = key(&stage, "win11-gaming");
    let call = Call::CoreDump(key.clone(), "/srv/dumps/win11-gaming.dump".into());
    done(&mut stage, call, vec![(key, Err(refused(ErrorKind::NoSpace, &[])))]);
    has_chooser(&mut stage);
    stage.dialog_looks_like("dump-failed-german-dark");
}

/// The desktop that the test runs on may have a dialog for files, and has a home of its own.
fn named(stage: &mut Stage, path: &str) {
    stage.key("ctrl+a");
    stage.type_in(path);
    has_chooser(stage);
}

fn has_chooser(stage: &mut Stage) {
    // Once it is known whether there is one.
    stage.finish();
    stage.update(Message::Dialog(dialog::Message::Target(target::Message::CanChoose(true))));
}

#[test]
fn a_machine_that_does_not_shut_down() {
    let mut stage = selected(&[]);
    let key = key(&stage, "postgres-lab");
    let call = Call::Operate(Operation::Shutdown, vec![key.clone()]);
    done(&mut stage, call, vec![(key, Err(refused(ErrorKind::TimedOut, &[("seconds", "60")])))]);
    stage.dialog_looks_like("no-answer");
}

#[test]
fn what_became_of_several_machines() {
    let mut stage = selected(&[]);
    several(&mut stage, true);
    stage.dialog_looks_like("results");
}

#[test]
fn several_machines_that_all_failed_in_german() {
    let mut stage = german_selected(&[]);
    several(&mut stage, false);
    stage.dialog_looks_like("results-german-dark");
}

fn several(stage: &mut Stage, is_good: bool) {
    let keys: Vec<Key> = ["k3s-node-1", "postgres-lab", "opnsense"].map(|name| key(stage, name)).to_vec();
    let first = if is_good { Ok(String::new()) } else { Err(refused(ErrorKind::NotAuthorized, &[("obtainable", "true")])) };
    let timed_out = Err(refused(ErrorKind::TimedOut, &[("seconds", "120")]));
    let results = keys.iter().cloned().zip([first, timed_out, Err(refused(ErrorKind::Locked, &[]))]).collect();
    done(stage, Call::Operate(Operation::Shutdown, keys), results);
}

#[test]
fn a_usb_device_that_is_taken_back_in_german() {
    let mut stage = with(USUAL, dark_german);
    stage.key("alt+4");
    stage.click("USB 8");
    stage.click("Microsoft Xbox Controller");
    stage.click("Trennen…");
    stage.dialog_looks_like("take-back-german-dark");
}
