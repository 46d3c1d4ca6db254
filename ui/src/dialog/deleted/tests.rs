use client::ErrorKind;

use super::*;
use crate::dialog::test;

const DAY: u64 = 86_400_000_000;

fn one(id: &str, name: &str, days: u64, size: u64) -> Deleted {
    let deleted = now() - days * DAY;
    Deleted { id: id.to_owned(), uuid: String::new(), name: name.to_owned(), deleted, expires: deleted + 7 * DAY, size }
}

fn dialog(list: Vec<Deleted>) -> DeletedMachines {
    let mut dialog = DeletedMachines::new(&test::model());
    let _ = dialog.update(&test::model(), &Settings::default(), Message::Listed("system".into(), Ok(list)));
    dialog
}

fn two() -> Vec<Deleted> {
    vec![one("a", "old-test", 3, 24 << 30), one("b", "debian-13-template-with-a-long-name", 0, 3 << 30)]
}

/// The call that is made; the focus leaves the button that is gone.
fn called(action: Action) -> Call {
    let Action::Batch(actions) = action else { panic!("no call") };
    assert!(matches!(actions[1], Action::Task(_)));
    let Some(Action::Call(call)) = actions.into_iter().next() else { panic!("no call") };
    call
}

#[test]
fn escape_keeps_what_is_asked_about_before_it_closes_the_list() {
    let (model, settings) = (test::model(), Settings::default());
    let mut dialog = dialog(two());
    let _ = dialog.update(&model, &settings, Message::Ask("system".into(), "a".to_owned()));
    assert!(matches!(dialog.dismiss(), Action::Task(_)) && dialog.asked.is_none());
    assert!(matches!(dialog.dismiss(), Action::Close));
}

#[test]
fn a_question_about_a_long_name_has_room() {
    let (model, settings) = (test::model(), Settings::default());
    let name = "a-name-that-is-as-long-as-the-service-lets-it-be-with-all-of-it";
    let mut dialog = dialog(vec![one("a", name, 0, 0), one("b", "the-next", 1, 0)]);
    let _ = dialog.update(&model, &settings, Message::Ask("system".into(), "a".to_owned()));
    let mut window = test::window(dialog.view(&model, &settings), iced::Size::new(900.0, 700.0));
    let question = window.find(t!("deleted-question", machine = name).as_str()).unwrap().bounds();
    let next = window.find("the-next").unwrap().bounds();
    let apart = next.center_y() - question.center_y();
    assert!(apart >= (question.height + theme::size::ROW) / 2.0 + space::S, "{question:?} {next:?}");
}

#[test]
fn what_was_deleted_last_is_first() {
    let dialog = dialog(two());
    assert_eq!(dialog.hosts[0].1.ready().unwrap()[0].id, "b");
}

#[test]
fn deleting_for_good_asks_in_its_row() {
    let (model, settings) = (test::model(), Settings::default());
    let mut dialog = dialog(two());
    let action = dialog.update(&model, &settings, Message::Ask("system".into(), "a".to_owned()));
    assert!(matches!(action, Action::Task(_)), "nothing is deleted yet");
    assert!(test::shows(&model, &dialog, "Delete old-test for good? Nothing brings it back then."));
    let messages = test::click(&model, &dialog, "Delete for good").unwrap();
    assert!(matches!(called(dialog.update(&model, &settings, messages[0].clone())), Call::Purge(_, id) if id == "a"));
    test::pictures("deleted-asking", &{
        let mut dialog = super::tests::dialog(two());
        let _ = dialog.update(&model, &settings, Message::Ask("system".into(), "a".to_owned()));
        dialog
    });
}

#[test]
fn what_comes_back_leaves_the_list_and_a_failure_says_why() {
    let (model, settings) = (test::model(), Settings::default());
    let mut dialog = dialog(two());
    let call = called(dialog.update(&model, &settings, Message::Restore("system".into(), "a".to_owned())));
    assert!(test::shows(&model, &dialog, "Being done"));
    let failed = Done { call, results: vec![(None, Err(test::error(ErrorKind::AlreadyExists, &[("name", "old-test")])))] };
    assert!(matches!(dialog.done(&model, &failed), Some(Action::Task(_))), "the list is asked for again");
    assert!(dialog.busy.is_empty());
    assert!(test::shows(&model, &dialog, "The name old-test is taken"));
    assert!(test::shows(&model, &dialog, "Rename the machine that has it, then restore this one."));
    test::pictures("deleted-failed", &dialog);
}

#[test]
fn pictures_of_the_deleted_machines() {
    test::pictures("deleted", &dialog(two()));
    test::pictures("deleted-empty", &dialog(Vec::new()));
}
