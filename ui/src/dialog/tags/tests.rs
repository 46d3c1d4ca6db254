use client::ErrorKind;

use super::*;
use crate::dialog::{
    Dialog,
    test::{self, key},
};

fn tags(names: &[&str]) -> Tags {
    Tags::new(&test::model(), names.iter().map(|name| key(name)).collect())
}

fn say(tags: &mut Tags, message: Message) -> Action {
    tags.update(&test::model(), &Settings::default(), message)
}

fn mark(tags: &Tags, name: &str) -> Mark {
    tags.choices.iter().find(|choice| choice.tag.name == name).unwrap().mark
}

fn place(tags: &Tags, name: &str) -> usize {
    tags.choices.iter().position(|choice| choice.tag.name == name).unwrap()
}

#[test]
fn a_tag_that_some_have_is_neither_on_nor_off() {
    let tags = tags(&["truenas-scale", "opnsense"]);
    assert_eq!((mark(&tags, "infra"), mark(&tags, "prod"), mark(&tags, "gpu")), (Mark::On, Mark::Some, Mark::Off));
}

#[test]
fn only_what_was_pressed_changes() {
    let mut tags = tags(&["truenas-scale", "opnsense"]);
    let (infra, gpu) = (place(&tags, "infra"), place(&tags, "gpu"));
    let _ = say(&mut tags, Message::Toggle(infra));
    let _ = say(&mut tags, Message::Toggle(gpu));
    let Action::Call(Call::Tags(keys, add, remove)) = say(&mut tags, Message::Accept) else { panic!("no call") };
    assert_eq!(keys.len(), 2);
    assert_eq!(add.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["gpu"]);
    assert_eq!(remove, ["infra"]);
}

#[test]
fn a_tag_that_was_typed_but_not_added_is_saved_too() {
    let mut tags = tags(&["win11-gaming"]);
    let _ = say(&mut tags, Message::Typed(" games ".to_owned()));
    let _ = say(&mut tags, Message::Colour(3));
    let Action::Call(Call::Tags(_, add, _)) = say(&mut tags, Message::Accept) else { panic!("no call") };
    assert_eq!(add, [Tag { name: "games".to_owned(), colour: COLOURS[3].1.to_owned() }]);
}

#[test]
fn a_known_name_ticks_the_tag_that_is_there() {
    let mut tags = tags(&["win11-gaming"]);
    let before = tags.choices.len();
    let _ = say(&mut tags, Message::Typed("dev".to_owned()));
    let _ = say(&mut tags, Message::Add);
    assert_eq!((tags.choices.len(), mark(&tags, "dev")), (before, Mark::On));
}

#[test]
fn nothing_changed_is_no_call() {
    assert!(matches!(say(&mut tags(&["win11-gaming"]), Message::Accept), Action::Close));
}

#[test]
fn the_dialog_waits_for_every_machine() {
    let mut tags = tags(&["truenas-scale", "opnsense"]);
    let gpu = place(&tags, "gpu");
    let _ = say(&mut tags, Message::Toggle(gpu));
    let Action::Call(call) = say(&mut tags, Message::Accept) else { panic!("no call") };
    let first = tags.done(&test::model(), &test::done(call.clone(), key("truenas-scale"), Ok(())));
    assert!(matches!(first, Some(Action::None)));
    let second = tags.done(&test::model(), &test::done(call, key("opnsense"), Ok(())));
    assert!(matches!(second, Some(Action::Close)));
}

#[test]
fn failed_tags_come_back_as_they_were_pressed() {
    let add = vec![Tag { name: "games".to_owned(), colour: "#2f6be0".to_owned() }];
    let call = Call::Tags(vec![key("win11-gaming")], add, vec!["gpu".to_owned()]);
    let done = test::done(call, key("win11-gaming"), Err(test::error(ErrorKind::Busy, &[])));
    let Some(Dialog::Tags(tags)) = Dialog::for_failure(&test::model(), &done) else { panic!("another dialog") };
    assert_eq!((mark(&tags, "games"), mark(&tags, "gpu")), (Mark::On, Mark::Off));
    test::pictures("tags-failed", &tags);
}

#[test]
fn pictures_of_the_tags() {
    let mut one = tags(&["win11-gaming"]);
    let _ = say(&mut one, Message::Typed("games".to_owned()));
    test::pictures("tags", &one);
    test::pictures("tags-several", &tags(&["truenas-scale", "opnsense", "win11-gaming"]));
}
