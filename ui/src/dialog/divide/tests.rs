use client::{Event, device::Refusal};

use super::*;
use crate::dialog::test;

const CARD: &str = "0000:02:00.0";

fn dialog() -> Divide {
    Divide::new(&test::model(), "system".into(), CARD).unwrap()
}

fn say(dialog: &mut Divide, message: Message) -> Action {
    dialog.update(&test::model(), &Settings::default(), message)
}

fn shows(dialog: &Divide, words: &str) -> bool {
    test::shows(&test::model(), dialog, words)
}

fn answer(dialog: &mut Divide, reasons: Vec<Refusal>) {
    let serial = dialog.plan.serial();
    let _ = say(dialog, Message::Planned(serial, Ok(Verdict { reasons, ..Verdict::default() })));
}

fn asked(action: Action) -> NewPart {
    let Action::Call(Call::Device(_, DeviceChange::MakePart(part))) = action else { panic!("no call: {action:?}") };
    part
}

#[test]
fn the_first_type_that_there_is_more_of_is_offered_and_its_plan_is_seen_before() {
    let mut dialog = dialog();
    assert!(shows(&dialog, "Make a part of NVIDIA T400 4GB") && shows(&dialog, "GRID T400-2Q") && shows(&dialog, "2 more"));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None), "the plan is not there");
    answer(&mut dialog, Vec::new());
    assert!(shows(&dialog, "Have it made at each start of the computer"));
    let part = asked(say(&mut dialog, Message::Accept));
    assert_eq!((part.card.as_str(), part.kind.as_str()), (CARD, "nvidia-36"));
    assert!(part.is_kept && part.autostart && part.starts);
    assert!(matches!(say(&mut dialog, Message::Until(Until::Stop)), Action::None), "nothing changes while it is made");
}

#[test]
fn what_is_not_kept_is_made_now() {
    let mut dialog = dialog();
    let _ = say(&mut dialog, Message::Until(Until::Deleted));
    let _ = say(&mut dialog, Message::Starts);
    assert!(!dialog.part.starts && dialog.part.is_kept && !dialog.part.autostart);
    let _ = say(&mut dialog, Message::Until(Until::Stop));
    assert!(dialog.part.starts && !dialog.part.is_kept);
    let _ = say(&mut dialog, Message::Step(true));
    answer(&mut dialog, Vec::new());
    assert!(shows(&dialog, "It can be attached to a machine then. It is gone when the computer stops."));
    assert_eq!(asked(say(&mut dialog, Message::Accept)).kind, "nvidia-37");
}

#[test]
fn a_refusal_is_told_of_the_card_and_nothing_is_made() {
    let mut dialog = dialog();
    let full = Refusal { reason: "no-instance".into(), device: CARD.into(), name: "nvidia-36".into(), ..Refusal::default() };
    answer(&mut dialog, vec![full]);
    assert!(shows(&dialog, "NVIDIA T400 4GB: no more of the type nvidia-36 fit on the card now"));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
}

#[test]
fn what_went_wrong_stays_in_the_dialog_and_a_part_that_was_made_closes_it() {
    let mut dialog = dialog();
    for (result, closes) in [(Err(test::error(client::ErrorKind::TimedOut, &[])), false), (Ok(String::new()), true)] {
        answer(&mut dialog, Vec::new());
        let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
        let done = Done { call, results: vec![(None, result)] };
        let action = dialog.done(&test::model(), &done);
        assert_eq!(matches!(action, Some(Action::Close)), closes);
        assert_eq!(shows(&dialog, "Show the message"), !closes);
    }
}

#[test]
fn a_card_that_makes_nothing_for_machines_is_not_asked_about() {
    let mut model = test::model();
    let mut others = (*model.host("system").unwrap().others).clone();
    others.parents.iter_mut().flatten().flat_map(|parent| &mut parent.types).for_each(|kind| "vfio-ccw".clone_into(&mut kind.interface));
    model.apply("system", Event::OtherDevices(others.into()));
    assert!(Divide::new(&model, "system".into(), CARD).is_none());
    assert!(Divide::new(&test::model(), "system".into(), "0000:03:00.0").is_none());
}
