use super::*;
use crate::dialog::test;

const CARD: &str = "0000:03:00.0";

fn dialog() -> Networks {
    Networks::new("system".into(), CARD.into())
}

fn say(dialog: &mut Networks, message: Message) -> Action {
    dialog.update(&test::model(), &Settings::default(), message)
}

fn shows(dialog: &Networks, words: &str) -> bool {
    test::shows(&test::model(), dialog, words)
}

fn list(dialog: &mut Networks, all: Vec<FunctionNetwork>) {
    let serial = dialog.list.serial();
    let _ = say(dialog, Message::Listed(serial, Ok(all)));
}

fn answer(dialog: &mut Networks, reasons: Vec<Refusal>) {
    let serial = dialog.plan.serial();
    let _ = say(dialog, Message::Planned(serial, Ok(Verdict { reasons, ..Verdict::default() })));
}

#[test]
fn the_network_of_a_card_is_listed_and_the_way_to_its_end_leads_through_a_plan() {
    let mut dialog = dialog();
    let pool =
        FunctionNetwork { uuid: "u".into(), name: "pool".into(), is_active: true, autostart: true, connections: 2, cards: Vec::new() };
    list(&mut dialog, vec![pool.clone()]);
    answer(&mut dialog, Vec::new());
    assert!(shows(&dialog, "Hands out functions · started with the computer · 2 machines now"));
    assert!(!shows(&dialog, "Make the network") && matches!(say(&mut dialog, Message::Accept), Action::None), "a card has one");
    assert!(matches!(say(&mut dialog, Message::Remove(pool)), Action::Open(_)));
}

#[test]
fn a_card_without_one_gets_one_after_its_plan_under_the_name_that_was_typed() {
    let mut dialog = dialog();
    list(&mut dialog, Vec::new());
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None), "the plan is not there");
    answer(&mut dialog, Vec::new());
    assert!(shows(&dialog, "It has all virtual functions of 03:00.0."));
    let named = |action: Action| match action {
        Action::Call(Call::Device(_, DeviceChange::MakeNetwork { card, name })) => (card, name),
        other => panic!("no call: {other:?}"),
    };
    let before = dialog.plan.serial();
    assert!(matches!(say(&mut dialog, Message::Name(" lab ".to_owned())), Action::Task(_)));
    let _ = say(&mut dialog, Message::Planned(before, Ok(Verdict::default())));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None), "the plan is that of another name");
    answer(&mut dialog, Vec::new());
    assert_eq!(named(say(&mut dialog, Message::Accept)), (CARD.to_owned(), "lab".to_owned()));
}

#[test]
fn every_reason_is_told_before_and_nothing_is_made() {
    let mut dialog = dialog();
    list(&mut dialog, Vec::new());
    let none = Refusal { reason: "no-virtual-functions".into(), device: CARD.into(), ..Refusal::default() };
    answer(&mut dialog, vec![none]);
    assert!(shows(&dialog, "03:00.0: it has no virtual functions now: choose their number first"));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
}

#[test]
fn each_card_in_the_network_stands_with_its_machine_and_another_is_given_from_here() {
    let mut dialog = dialog();
    let card = |name: &str, last: u8| (name.to_owned(), format!("52:54:00:00:00:{last:02x}"));
    let cards = vec![card("fedora-42-dev", 1), card("of-nobody", 2)];
    let pool = FunctionNetwork { uuid: "u".into(), name: "pool".into(), is_active: true, cards, ..FunctionNetwork::default() };
    list(&mut dialog, vec![pool.clone()]);
    for words in ["fedora-42-dev", "52:54:00:00:00:01", "of-nobody", "52:54:00:00:00:02"] {
        assert!(shows(&dialog, words), "{words}");
    }
    assert!(matches!(test::click(&test::model(), &dialog, "Give to a machine…").as_deref(), Some([Message::Give(_)])));
    let Some([Message::TakeBack(key, card)]) = test::click(&test::model(), &dialog, "Take back…")
        .as_deref()
        .map(<[Message]>::to_vec)
        .map(|all| <[Message; 1]>::try_from(all).unwrap())
    else {
        panic!("nothing is taken")
    };
    assert_eq!((key.clone(), card.mac.as_str()), (test::key("fedora-42-dev"), "52:54:00:00:00:01"));
    for message in [Message::Give(pool), Message::TakeBack(key, card)] {
        assert!(matches!(say(&mut dialog, message), Action::Open(_)));
    }
}
