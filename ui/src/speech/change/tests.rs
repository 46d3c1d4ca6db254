use std::collections::HashMap;

use super::*;
use crate::{speech::tree::ROOT, widget::Said};

const WINDOW: Id = 1;

/// A window with these parts, the first of which has the focus.
fn tree(parts: &[(Id, Said)]) -> Tree {
    let node = |said: &Said, parent, children| {
        let name = said.name.clone().unwrap_or_default();
        Node { said: said.clone(), name, parent, children, ..Node::default() }
    };
    let window = node(&Said::named(Role::Window, "KVM Manager"), ROOT, parts.iter().map(|(id, _)| *id).collect());
    let mut nodes = HashMap::from([(WINDOW, window)]);
    nodes.extend(parts.iter().map(|(id, said)| (*id, node(said, WINDOW, Vec::new()))));
    let focused = parts.first().map(|(id, _)| (WINDOW, *id)).into_iter().collect();
    Tree { nodes, windows: vec![WINDOW], active: Some(WINDOW), focused, scale: 1.0 }
}

fn told(before: &[(Id, Said)], after: &[(Id, Said)]) -> Vec<(Id, &'static str, &'static str, i32)> {
    let signals = between(&tree(before), &tree(after));
    signals.into_iter().map(|signal| (signal.of, signal.member, signal.kind, signal.numbers.0)).collect()
}

fn button(name: &str) -> Said {
    Said::named(Role::Button, name)
}

#[test]
fn nothing_is_told_of_what_stays() {
    let parts = [(2, button("Start")), (3, Said::named(Role::Switch, "Auto").on(true))];
    assert_eq!(told(&parts, &parts), []);
}

#[test]
fn the_focus_is_told_last_and_of_one_part_alone() {
    let (start, pause) = ((2, button("Start")), (3, button("Pause")));
    assert_eq!(
        told(&[start.clone(), pause.clone()], &[pause, start]),
        [(2, "StateChanged", "focused", 0), (3, "StateChanged", "focused", 1)]
    );
}

#[test]
fn what_goes_and_comes_is_told_to_what_it_is_in() {
    let (start, pause) = ((2, button("Start")), (3, button("Pause")));
    assert_eq!(
        told(&[start], &[pause]),
        [
            (WINDOW, "ChildrenChanged", "remove", -1),
            (2, "StateChanged", "defunct", 1),
            (WINDOW, "ChildrenChanged", "add", 0),
            (3, "StateChanged", "focused", 1)
        ]
    );
}

#[test]
fn a_switch_tells_that_it_was_switched() {
    let switch = |is_on| [(2, Said::named(Role::Switch, "Auto").on(is_on))];
    assert_eq!(told(&switch(false), &switch(true)), [(2, "StateChanged", "checked", 1), (2, "StateChanged", "pressed", 1)]);
}

#[test]
fn letters_are_told_as_they_are_typed_and_deleted() {
    let field = |text: &str| tree(&[(2, Said::named(Role::Field, "Find").text(text))]);
    let told = |before: &str, after: &str| -> Vec<_> {
        between(&field(before), &field(after)).into_iter().map(|signal| (signal.kind, signal.numbers, signal.detail)).collect()
    };
    let words = |words: &str| Detail::Words(words.to_owned());
    assert_eq!(told("be", "beta"), [("insert", (2, 2), words("ta")), ("", (4, 0), Detail::Nothing)]);
    assert_eq!(told("beta", "bta"), [("delete", (1, 1), words("e")), ("", (1, 0), Detail::Nothing)]);
    assert_eq!(told("alpha", "beta"), [("delete", (0, 4), words("alph")), ("insert", (0, 3), words("bet")), ("", (3, 0), Detail::Nothing)]);
}

#[test]
fn a_secret_tells_no_letter() {
    let field = |text: &str| tree(&[(2, Said::named(Role::Secret, "Password").text(text))]);
    let told: Vec<_> = between(&field("hunter"), &field("hunter2")).into_iter().map(|signal| (signal.kind, signal.detail)).collect();
    assert_eq!(told, [("insert", Detail::Words("•".to_owned())), ("", Detail::Nothing)]);
}

#[test]
fn a_notice_is_read_out_when_it_comes_and_not_when_it_goes() {
    let notice = (3, Said::named(Role::Notice, "beta was saved"));
    let start = (2, button("Start"));
    let announced = |before: &[(Id, Said)], after: &[(Id, Said)]| {
        between(&tree(before), &tree(after))
            .into_iter()
            .filter(|signal| signal.member == "Announcement")
            .map(|signal| signal.detail)
            .collect::<Vec<_>>()
    };
    let both = [start.clone(), notice];
    assert_eq!(announced(std::slice::from_ref(&start), &both), [Detail::Words("beta was saved".to_owned())]);
    assert_eq!(announced(&both, &[start]), []);
}
