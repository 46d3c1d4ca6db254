use client::{ErrorKind, device::Refusal};

use super::*;
use crate::dialog::test;

const FIRST: &str = "0000:03:02.0";
const SECOND: &str = "0000:03:02.1";

fn of(address: &str) -> Function {
    Function::new(&test::model(), "system".into(), address).unwrap()
}

fn say(dialog: &mut Function, message: Message) -> Action {
    dialog.update(&test::model(), &Settings::default(), message)
}

fn shows(dialog: &Function, words: &str) -> bool {
    test::shows(&test::model(), dialog, words)
}

fn answer(dialog: &mut Function, plan: FunctionPlan) {
    let serial = dialog.serial;
    let _ = say(dialog, Message::Planned(serial, Ok(plan)));
}

#[test]
fn only_what_is_another_is_asked_for_and_its_plan_is_seen_before() {
    let mut dialog = of(SECOND);
    assert!(shows(&dialog, "Virtual function 1 of 03:00.0"));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None), "nothing is another");
    assert!(matches!(say(&mut dialog, Message::Typed(Field::Vlan, "3x0".to_owned())), Action::Task(_)));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None), "the plan is not there");
    let steps = vec![("03:00.0 vf 1 vlan".to_owned(), "30".to_owned())];
    answer(&mut dialog, FunctionPlan { steps, ..FunctionPlan::default() });
    assert!(shows(&dialog, "03:00.0 vf 1 vlan 30"));
    let Action::Call(Call::Device(_, DeviceChange::Function(card, 1, change))) = say(&mut dialog, Message::Accept) else {
        panic!("no call")
    };
    assert_eq!((card.as_str(), change), ("0000:03:00.0", FunctionChange { vlan: Some(30), ..FunctionChange::default() }));
}

#[test]
fn what_no_card_can_have_is_told_at_its_field() {
    let mut dialog = of(SECOND);
    let _ = say(&mut dialog, Message::Typed(Field::Vlan, "20".to_owned()));
    for (field, text, words) in [
        (Field::Mac, "52:54", "Six bytes, such as 52:54:00:00:00:01"),
        (Field::Vlan, "4095", "1 to 4094"),
        (Field::Priority, "8", "0 to 7"),
    ] {
        let before = dialog.draft.clone();
        let _ = say(&mut dialog, Message::Typed(field, text.to_owned()));
        assert!(shows(&dialog, words) && dialog.change().is_none(), "{words}");
        dialog.draft = before;
    }
}

#[test]
fn a_vlan_has_a_priority_and_a_kind_and_what_has_none_has_neither() {
    let mut dialog = of(SECOND);
    assert!(!shows(&dialog, "Priority"), "it has no VLAN");
    for message in
        [Message::Typed(Field::Vlan, "30".to_owned()), Message::Typed(Field::Priority, "5".to_owned()), Message::Protocol("802.1ad")]
    {
        let _ = say(&mut dialog, message);
    }
    assert!(shows(&dialog, "Priority") && shows(&dialog, "802.1ad"));
    let wanted = FunctionChange { vlan: Some(30), vlan_qos: Some(5), vlan_protocol: Some("802.1ad".into()), ..FunctionChange::default() };
    assert_eq!(dialog.change(), Some(wanted));
    let _ = say(&mut dialog, Message::Typed(Field::Vlan, String::new()));
    assert_eq!(dialog.change(), None);
}

#[test]
fn a_refusal_and_a_failure_stay_in_the_dialog() {
    let mut dialog = of(FIRST);
    let _ = say(&mut dialog, Message::Trust);
    let running = Refusal { reason: "machine-running".into(), device: FIRST.into(), name: "opnsense".into(), ..Refusal::default() };
    answer(&mut dialog, FunctionPlan { reasons: vec![running], ..FunctionPlan::default() });
    assert!(shows(&dialog, "03:02.0: opnsense runs with it") && matches!(say(&mut dialog, Message::Accept), Action::None));
    answer(&mut dialog, FunctionPlan::default());
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    let error = test::error(ErrorKind::Busy, &[]);
    let failed = Done { call, results: vec![(None, Err(error))] };
    assert!(matches!(dialog.done(&test::model(), &failed), Some(Action::None)) && dialog.error.is_some());
}

#[test]
fn what_tells_no_settings_has_no_dialog() {
    assert!(Function::new(&test::model(), "system".into(), "0000:04:00.0").is_none());
}
