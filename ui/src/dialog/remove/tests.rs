use client::device::Refusal;

use super::*;
use crate::dialog::test;

fn part() -> Remove {
    let model = test::model();
    let uuid = model.host("system").unwrap().others.mediated.as_ref().unwrap()[0].uuid.clone();
    Remove::part(&model, "system".into(), &uuid).unwrap()
}

fn network() -> Remove {
    let network = FunctionNetwork { uuid: "u".into(), name: "pool".into(), is_active: true, ..FunctionNetwork::default() };
    Remove::network("system".into(), "0000:03:00.0".into(), network)
}

fn say(dialog: &mut Remove, message: Message) -> Action {
    dialog.update(&test::model(), &Settings::default(), message)
}

fn answer(dialog: &mut Remove, plan: Verdict) {
    let serial = dialog.plan.serial();
    let _ = say(dialog, Message::Planned(serial, Ok(plan)));
}

fn said(reason: &str, name: &str) -> Refusal {
    Refusal { reason: reason.into(), device: "u".into(), name: name.into(), ..Refusal::default() }
}

#[test]
fn a_part_goes_after_its_plan_which_names_the_machines_that_need_it() {
    let mut dialog = part();
    assert!(test::shows(&test::model(), &dialog, "Delete the part GRID T400-1Q"));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None), "the plan is not there");
    answer(&mut dialog, Verdict { warnings: vec![said("machine-configured", "arch")], ..Verdict::default() });
    for words in ["The driver takes the part back", "Forget it", "arch names it in its definition and does not start without it."] {
        assert!(test::shows(&test::model(), &dialog, words), "{words}");
    }
    let Action::Call(call @ Call::Device(_, DeviceChange::DeletePart(_))) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    let gone = Done { call, results: vec![(None, Ok(String::new()))] };
    assert!(matches!(dialog.done(&test::model(), &gone), Some(Action::Close)));
}

#[test]
fn what_a_machine_has_stays_and_the_reason_is_told() {
    let mut dialog = part();
    answer(&mut dialog, Verdict { reasons: vec![said("machine-running", "arch")], ..Verdict::default() });
    assert!(test::shows(&test::model(), &dialog, "GRID T400-1Q: arch runs with it"));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    let mut dialog = network();
    answer(&mut dialog, Verdict { reasons: vec![said("machine-configured", "arch")], ..Verdict::default() });
    assert!(test::shows(&test::model(), &dialog, "pool: arch names it in its definition"));
}

#[test]
fn a_network_is_named_by_its_card_and_a_failure_stays() {
    let mut dialog = network();
    answer(&mut dialog, Verdict::default());
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    let wanted = DeviceChange::DeleteNetwork { card: "0000:03:00.0".into(), uuid: "u".into(), name: "pool".into() };
    assert_eq!(call, Call::Device("system".into(), wanted));
    let failed = Done { call, results: vec![(None, Err(test::error(client::ErrorKind::Busy, &[])))] };
    assert!(matches!(dialog.done(&test::model(), &failed), Some(Action::Task(_))) && dialog.attempt.error().is_some());
}

#[test]
fn a_card_in_a_network_is_taken_from_its_machine_by_its_address_and_that_is_told() {
    let card = PoolCard { network: "u".into(), name: "pool".into(), mac: "52:54:00:00:00:07".into() };
    let key = test::key("fedora-42-dev");
    let mut dialog = Remove::card(key.clone(), card.clone());
    answer(&mut dialog, Verdict::default());
    for words in ["Detach the network card in pool from fedora-42-dev", "52:54:00:00:00:07", "Take it out of the definition of the machine"]
    {
        assert!(test::shows(&test::model(), &dialog, words), "{words}");
    }
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    let wanted = OtherChange::TakeBack(Giving { gift: Gift::Network(card), is_live: false, is_configured: true });
    assert_eq!(call, Call::Other(key.clone(), wanted));
    let failed = test::done(call.clone(), key.clone(), Err(test::error(client::ErrorKind::NotFound, &[])));
    assert!(matches!(dialog.done(&test::model(), &failed), Some(Action::Task(_))), "it stays");
    answer(&mut dialog, Verdict::default());
    let _ = say(&mut dialog, Message::Accept);
    let Some(Action::Batch(actions)) = dialog.done(&test::model(), &test::done(call, key, Ok(()))) else { panic!("it stays") };
    assert!(matches!(actions.as_slice(), [Action::Close, Action::Toast(_)]));
}
