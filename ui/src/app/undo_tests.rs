use client::{Error, Machine, Tag};

use super::*;
use crate::{
    app::tests::{app_with, key},
    command::Command,
};

fn answer(app: &mut App, call: Call, key: &Key, result: Result<(), Error>) {
    let results = vec![(Some(key.clone()), result.map(|()| String::new()))];
    let _ = app.update(Message::Done(Box::new(Done { call, results })));
}

fn two() -> App {
    let tag = Tag { name: "gpu".to_owned(), colour: "#2f6be0".to_owned() };
    app_with([
        Machine { name: "m1".to_owned(), group: "Work".to_owned(), tags: vec![tag], ..Machine::default() },
        Machine { name: "m2".to_owned(), group: "Homelab/k3s".to_owned(), ..Machine::default() },
    ])
}

fn to_group(group: &str) -> Call {
    Call::Metadata(vec![key(1), key(2)], Metadata { group: Some(group.to_owned()), ..Metadata::default() })
}

#[test]
fn machines_that_were_moved_together_go_back_each_to_its_own_group() {
    let mut app = two();
    let _ = app.call(to_group("Desktop"));
    answer(&mut app, to_group("Desktop"), &key(1), Ok(()));
    answer(&mut app, to_group("Desktop"), &key(2), Ok(()));
    let (words, calls) = app.toasts.last_act().unwrap();
    assert_eq!(words, "2 machines moved to Desktop");
    let back = |number, group: &str| Call::Metadata(vec![key(number)], Metadata { group: Some(group.to_owned()), ..Metadata::default() });
    assert_eq!(calls, [back(1, "Work"), back(2, "Homelab/k3s")]);
    assert!(app.toasts.last_act().is_none(), "one act is undone once");
}

#[test]
fn what_failed_cannot_be_undone() {
    let mut app = two();
    let call = Call::Rename(key(1), "x".to_owned());
    let _ = app.call(call.clone());
    answer(&mut app, call, &key(1), Err(Error::Gone(String::new())));
    assert!(app.toasts.last_act().is_none());
}

#[test]
fn tags_names_and_autostart_are_put_back_as_they_were() {
    let mut app = two();
    let tag = Tag { name: "gpu".to_owned(), colour: "#2f6be0".to_owned() };
    for (call, back) in [
        (Call::Rename(key(1), "x".to_owned()), Call::Rename(key(1), "m1".to_owned())),
        (Call::Autostart(vec![key(1)], true), Call::Autostart(vec![key(1)], false)),
        (
            Call::Tags(vec![key(1)], Vec::new(), vec!["gpu".to_owned()]),
            Call::Metadata(vec![key(1)], Metadata { tags: Some(vec![tag]), ..Metadata::default() }),
        ),
    ] {
        let _ = app.call(call.clone());
        answer(&mut app, call, &key(1), Ok(()));
        assert_eq!(app.toasts.last_act().unwrap().1, [back]);
    }
}

#[test]
fn a_lock_does_not_go_by_a_key_that_undoes() {
    let mut app = two();
    let call = Call::Metadata(vec![key(1)], Metadata { locked: Some(true), ..Metadata::default() });
    let _ = app.call(call.clone());
    answer(&mut app, call, &key(1), Ok(()));
    assert!(app.toasts.last_act().is_none());
}

#[test]
fn undoing_is_no_act_of_its_own_and_says_what_it_undid() {
    let mut app = two();
    let _ = app.call(to_group("Desktop"));
    answer(&mut app, to_group("Desktop"), &key(1), Ok(()));
    let _ = app.undo_last();
    assert!(app.pending.is_empty());
    assert!(app.toasts.texts().any(|text| text == "Undone: 2 machines moved to Desktop"));
    let _ = app.undo_last();
    assert!(app.toasts.texts().any(|text| text == "There is nothing to undo"));
}

#[test]
fn ctrl_z_undoes() {
    use iced::keyboard::{Key, Modifiers};
    let pressed = crate::command::Shortcut::pressed(&Key::Character("z".into()), Modifiers::CTRL).unwrap();
    assert_eq!(crate::app::command_of(&client::settings::Settings::default(), &pressed), Some(Command::Undo));
}

#[test]
fn devices_go_back_without_those_that_were_reserved_before() {
    let mut app = two();
    let device = |function: u32, driver: &str| HostDevice {
        address: format!("0000:02:00.{function}"),
        driver: driver.to_owned(),
        device_name: format!("Part {function}"),
        group: Some(15),
        can_move: true,
        ..HostDevice::default()
    };
    let devices = vec![device(0, "nvidia"), device(1, "snd_hda_intel"), device(2, VFIO)];
    let _ = app.update(Message::Host(key(1).host, client::Event::Devices(devices.into())));
    let group = Devices { addresses: vec!["0000:02:00.0".to_owned()], whole_groups: true, allows_no_reset: false };
    let call = Call::Move(key(1).host, Way::Take, group);
    let _ = app.call(call.clone());
    let _ = app.update(Message::Done(Box::new(Done { call, results: vec![(None, Ok(String::new()))] })));
    let (words, calls) = app.toasts.last_act().unwrap();
    assert_eq!(words, "Part 0 and 1 more reserved for machines");
    let back = Devices { addresses: ["0000:02:00.0", "0000:02:00.1"].map(str::to_owned).to_vec(), ..Devices::default() };
    assert_eq!(calls, [Call::Move(key(1).host, Way::GiveBack, back)]);
}
