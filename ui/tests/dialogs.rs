//! Each dialog has the focus as long as it is open, and one key closes it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod stage;

use client::demo::Preset;
use iced::advanced::widget;
use iced_test::selector;
use stage::{Stage, settings};
use ui::command::Command;

/// The smallest window of the list, and of a machine.
const SMALL: (f32, f32) = (900.0, 600.0);
const LOW: (f32, f32) = (720.0, 480.0);

fn stage(size: (f32, f32)) -> Stage {
    let mut settings = settings();
    (settings.confirm.shut_down, settings.figures.thumbnail_interval) = (true, 0);
    Stage::new(Preset::Frozen, settings, size)
}

/// Opens what these commands open for a machine while a button below has the focus, looks at it, and closes it.
fn each(machine: &str, commands: &[Command], look: impl Fn(Command, &mut Stage)) {
    each_in(SMALL, machine, commands, look);
}

fn each_in(size: (f32, f32), machine: &str, commands: &[Command], look: impl Fn(Command, &mut Stage)) {
    let mut stage = stage(size);
    stage.click(machine);
    for command in commands {
        stage.key("escape");
        stage.key("tab");
        assert!(focused(&mut stage).is_some(), "a button below has the focus");
        stage.command(*command);
        assert!(stage.dialog().is_some(), "{} opens no dialog", command.id());
        look(*command, &mut stage);
        stage.key("escape");
        assert!(stage.dialog().is_none(), "{} stays open", command.id());
    }
}

const OF_THE_APPLICATION: [Command; 8] = [
    Command::About,
    Command::AddHost,
    Command::DeletedMachines,
    Command::Guide,
    Command::Hosts,
    Command::Jobs,
    Command::Keys,
    Command::Settings,
];

const OF_A_MACHINE: [Command; 8] = [
    Command::AttachDevice,
    Command::Delete,
    Command::EditGroup,
    Command::EditNotes,
    Command::EditTags,
    Command::EditTitle,
    Command::Rename,
    Command::ShowLog,
];

fn has_the_focus(command: Command, stage: &mut Stage) {
    let dialog = stage.dialog().unwrap();
    let focused = focused(stage).unwrap_or_else(|| panic!("nothing in {} has the focus", command.id()));
    assert!(focused.bounds().is_within(&dialog), "what lies below {} has the focus", command.id());
}

#[test]
fn dialogs_of_the_application_have_the_focus_and_one_key_closes_them() {
    each("kali-lab", &OF_THE_APPLICATION, has_the_focus);
}

#[test]
fn dialogs_of_a_machine_have_the_focus_and_one_key_closes_them() {
    each("kali-lab", &OF_A_MACHINE, has_the_focus);
    each("win11-gaming", &[Command::CoreDump, Command::ForceOff, Command::Screenshot, Command::Shutdown], has_the_focus);
}

/// All of what has the focus is seen, inside the dialog; of what is higher than that, such as a log, as much as there is room for.
fn sees_the_focus(command: Command, stage: &mut Stage) {
    if command == Command::Settings {
        stage.click("Keys");
    }
    for step in 0..40 {
        stage.key("tab");
        let dialog = stage.dialog().unwrap();
        let seen = focused(stage).and_then(|one| Some((one.visible_bounds()?, one.bounds().height)));
        let is_seen = seen.is_some_and(|(seen, height)| seen.is_within(&dialog) && seen.height > height.min(dialog.height / 2.0) - 1.0);
        assert!(is_seen, "{}, after {step} more: {seen:?} in {dialog:?}", command.id());
    }
}

#[test]
fn what_tab_walks_to_is_in_sight() {
    each("kali-lab", &OF_THE_APPLICATION, sees_the_focus);
}

#[test]
fn what_tab_walks_to_is_in_sight_in_the_lowest_window() {
    each_in(LOW, "kali-lab", &OF_THE_APPLICATION, sees_the_focus);
    each_in(LOW, "kali-lab", &OF_A_MACHINE, sees_the_focus);
}

#[test]
fn keys_that_are_recorded_are_not_those_of_the_dialog() {
    let mut stage = stage(SMALL);
    stage.command(Command::Settings);
    stage.click("Keys");
    let begin = |stage: &mut Stage| {
        (0..3).for_each(|_| stage.key("tab"));
        stage.key("enter");
        assert!(stage.find("Press a key").is_some(), "{}", stage.told());
    };
    begin(&mut stage);
    assert!(focused(&mut stage).is_some(), "the focus stays");
    stage.key("escape");
    assert!(stage.dialog().is_some() && stage.find("Press a key").is_none(), "Esc ends the recording alone");
    stage.key("enter");
    stage.key("ctrl+enter");
    assert!(stage.find("Ctrl+Enter is the key of “Main action”.").is_some(), "{}", stage.told());
    stage.key("escape");
    assert!(stage.find("Use it here").is_none() && stage.dialog().is_some(), "Esc leaves the key to the other one");
    stage.key("escape");
    assert!(stage.dialog().is_none());
}

#[test]
fn the_list_of_keys_stays_where_it_is_while_one_is_recorded() {
    let mut stage = stage(SMALL);
    stage.command(Command::Settings);
    stage.click("Keys");
    (0..40).for_each(|_| stage.key("tab"));
    let place = |stage: &mut Stage| focused(stage).and_then(|one| one.visible_bounds()).map(|seen| seen.y);
    while stage.find("Press a key").is_none() {
        stage.key("tab");
        let before = place(&mut stage);
        stage.key("enter");
        assert_eq!(place(&mut stage), before);
    }
    stage.key("escape");
    assert!(place(&mut stage).is_some_and(|y| y > 100.0), "it is not at its beginning again");
}

/// A button that does what it does once is off then, and the walk goes on behind it.
#[test]
fn tab_goes_on_behind_what_was_switched_off_under_the_focus() {
    let mut stage = stage(SMALL);
    stage.command(Command::Settings);
    stage.click("Keys");
    (0..4).for_each(|_| stage.key("tab"));
    let clear = focused(&mut stage).unwrap().bounds();
    stage.key("enter");
    stage.key("shift+tab");
    stage.key("tab");
    stage.key("tab");
    let next = focused(&mut stage).unwrap().bounds();
    assert!(next.y > clear.y, "{next:?} is below {clear:?}");
}

#[test]
fn what_is_only_read_is_moved_by_keys() {
    let mut stage = stage(SMALL);
    for (command, id) in [(Command::Keys, "keys"), (Command::Guide, "guide")] {
        stage.command(command);
        let place = |stage: &mut Stage| match stage.search(widget::Id::new(id)) {
            Some(selector::Target::Scrollable { translation, bounds, content_bounds, .. }) => {
                (translation.y, content_bounds.height - bounds.height)
            }
            other => panic!("{other:?}"),
        };
        let (at, last) = place(&mut stage);
        assert!(at == 0.0 && last > 0.0, "{id}: {at} of {last}");
        stage.key("down");
        assert!(place(&mut stage).0 > 0.0, "{id}");
        stage.key("end");
        assert!((place(&mut stage).0 - last).abs() < 1.0, "{id}");
        stage.key("home");
        assert!(place(&mut stage).0.abs() < 1.0, "{id}");
        stage.key("escape");
    }
}

fn focused(stage: &mut Stage) -> Option<selector::Target> {
    stage.search(selector::is_focused())
}
