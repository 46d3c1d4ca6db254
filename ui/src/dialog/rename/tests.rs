use client::ErrorKind;

use super::*;
use crate::dialog::{
    Dialog,
    test::{self, key},
};

fn rename() -> Rename {
    Rename::new(&test::model(), key("win-server-2025"))
}

fn say(rename: &mut Rename, message: Message) -> Action {
    rename.update(&test::model(), &Settings::default(), message)
}

#[test]
fn a_name_that_the_service_would_refuse_is_told_while_typing() {
    for wrong in ["", "a b", "-a", ".x", "ä", "a/b", "a\u{202e}", &"a".repeat(64)] {
        let mut rename = rename();
        let _ = say(&mut rename, Message::Typed(wrong.to_owned()));
        assert!(rename.error(&test::model()).is_some(), "{wrong:?}");
        assert!(matches!(say(&mut rename, Message::Accept), Action::None), "{wrong:?}");
    }
    for good in ["a", "7", "win11", "Debian-12.4_x+y", &"a".repeat(63)] {
        assert_eq!(fault(good), None, "{good:?}");
    }
}

#[test]
fn a_name_that_another_machine_has_is_refused_before_the_call() {
    let mut rename = rename();
    let _ = say(&mut rename, Message::Typed("kali-lab".to_owned()));
    assert_eq!(rename.error(&test::model()).unwrap(), "Another machine on this host is called kali-lab.");
}

#[test]
fn a_machine_that_is_on_cannot_be_renamed_and_the_dialog_says_why() {
    let model = test::model();
    let mut rename = Rename::new(&model, key("postgres-lab"));
    let _ = say(&mut rename, Message::Typed("pg".to_owned()));
    assert!(matches!(say(&mut rename, Message::Accept), Action::None));
    assert!(test::shows(&model, &rename, "It is on. Shut it down first: a machine that is on cannot change its name."));
}

#[test]
fn the_dialog_stays_until_the_name_is_changed() {
    let mut rename = rename();
    let _ = say(&mut rename, Message::Typed("web".to_owned()));
    let Action::Call(call) = say(&mut rename, Message::Accept) else { panic!("no call, or closed") };
    assert!(test::shows(&test::model(), &rename, "Saving"));
    let ended = rename.done(&test::model(), &test::done(call, key("win-server-2025"), Ok(())));
    assert!(matches!(ended, Some(Action::Close)));
}

#[test]
fn a_closed_prompt_keeps_what_was_typed() {
    let mut rename = rename();
    let _ = say(&mut rename, Message::Typed("web".to_owned()));
    let Action::Call(call) = say(&mut rename, Message::Accept) else { panic!("no call") };
    let ended = rename.done(&test::model(), &test::done(call, key("win-server-2025"), Err(test::dismissed())));
    assert!(!matches!(ended, Some(Action::Close)));
    assert_eq!(rename.name, "web");
    assert!(rename.saving.problem(&test::model()).is_none());
    assert!(rename.is_allowed(&test::model()));
}

#[test]
fn a_refused_name_comes_back_with_the_reason_even_if_the_dialog_was_closed() {
    let call = Call::Rename(key("win-server-2025"), "web".to_owned());
    let done = test::done(call, key("win-server-2025"), Err(test::error(ErrorKind::AlreadyExists, &[("name", "web")])));
    let Some(Dialog::Rename(rename)) = Dialog::for_failure(&test::model(), &done) else { panic!("another dialog") };
    assert_eq!(rename.name, "web");
    assert_eq!(rename.saving.problem(&test::model()).unwrap().0, "The name web is taken");
}

#[test]
fn pictures_of_rename() {
    test::pictures("rename", &rename());
    let mut wrong = rename();
    let _ = say(&mut wrong, Message::Typed("no spaces".to_owned()));
    test::pictures("rename-wrong", &wrong);
    let mut running = Rename::new(&test::model(), key("postgres-lab"));
    let _ = say(&mut running, Message::Typed("pg".to_owned()));
    test::pictures("rename-running", &running);
}
