use client::{
    ErrorKind, Event,
    device::{Advice, BindPlan, Kept, Refusal},
};

use super::*;
use crate::dialog::test;

const HOST: &str = "system";
const CARD: &str = "0000:02:00.0";
const SOUND: &str = "0000:02:00.1";
const RADEON: &str = "0000:01:00.0";

fn allowed(addresses: &[&str]) -> KeepPlan {
    let advice = [("kernel-argument", "vfio-pci.ids=10de:1ff2"), ("module-option", "softdep nvidia pre: vfio-pci")];
    KeepPlan {
        bind: BindPlan { devices: addresses.iter().map(|address| (*address).to_owned()).collect(), ..BindPlan::default() },
        advice: advice.map(|(place, line)| Advice { place: place.into(), line: line.into() }).to_vec(),
    }
}

fn kept() -> AtBoot {
    let one = |address: &str, outcome: &str, reasons: &[&str]| Kept {
        address: address.into(),
        ids: (0x10de, 0x1cb1),
        outcome: outcome.into(),
        reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
    };
    AtBoot {
        devices: vec![one(RADEON, "bound", &[]), one("0000:0c:00.0", "gone", &[]), one(SOUND, "refused", &["keyboard"])],
        ..AtBoot::default()
    }
}

fn keep(address: &str, plan: KeepPlan) -> Keep {
    let model = test::model();
    let mut dialog = Keep::new(&model, HOST.into(), vec![address.to_owned()]);
    let _ = dialog.opened(&model, &Settings::default());
    let serial = dialog.serial;
    let _ = say(&mut dialog, Message::Kept(Ok(kept())));
    let _ = say(&mut dialog, Message::Planned(serial, Ok(plan)));
    dialog
}

fn say(dialog: &mut Keep, message: Message) -> Action {
    dialog.update(&test::model(), &Settings::default(), message)
}

fn shows(dialog: &Keep, words: &str) -> bool {
    test::shows(&test::model(), dialog, words)
}

fn done(call: Call, result: Result<String, Error>) -> Done {
    Done { call, results: vec![(None, result)] }
}

#[test]
fn what_happens_at_each_start_is_told_before_and_kept_with_its_group() {
    let mut dialog = keep(CARD, allowed(&[CARD, SOUND]));
    for words in ["Look whether the same card sits there", "Take everything that shares the group along", "Keep 2 devices"] {
        assert!(shows(&dialog, words), "{words}");
    }
    let Action::Call(Call::Device(_, DeviceChange::Keep(devices))) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    assert!(devices.whole_groups && devices.addresses == [CARD]);
}

#[test]
fn a_module_that_keeps_a_card_now_is_told_before_and_after_a_start() {
    let warning = Refusal { reason: "kept-by-module".into(), name: "nvidia_drm".into(), ..Refusal::default() };
    let mut plan = allowed(&[CARD, SOUND]);
    plan.bind.warnings.push(warning);
    let mut dialog = keep(CARD, plan);
    let mut outcome = kept();
    outcome.devices[2].reasons = vec!["kept-by-module".to_owned()];
    let _ = say(&mut dialog, Message::Kept(Ok(outcome)));
    let (model, settings) = (test::model(), Settings::default());
    let warned = "The module nvidia_drm keeps it now. If that is there before the devices are reserved at a start, it is left to the host: \
        see to it that vfio-pci is first.";
    for words in [warned, "02:00.1: a module of its driver keeps it, and taking it would never end"] {
        assert!(test::window(dialog.view(&model, &settings), iced::Size::new(900.0, 1800.0)).find(words).is_ok(), "{words}");
    }
}

#[test]
fn lines_for_the_administrator_are_shown_and_copied_and_nothing_else_is_done_with_them() {
    let mut dialog = keep(CARD, allowed(&[CARD, SOUND]));
    let model = test::model();
    let tall = |dialog: &Keep, words: &str| {
        let settings = Settings::default();
        test::window(dialog.view(&model, &settings), iced::Size::new(900.0, 1400.0)).find(words).is_ok()
    };
    assert!(tall(&dialog, "vfio-pci.ids=10de:1ff2") && tall(&dialog, "In a file in /etc/modprobe.d"));
    assert!(matches!(say(&mut dialog, Message::Copy("vfio-pci.ids=10de:1ff2".to_owned())), Action::Task(_)));
    assert!(tall(&dialog, "Copied"));
}

#[test]
fn all_that_is_kept_is_listed_with_what_came_of_it_and_can_be_forgotten() {
    let mut dialog = keep(RADEON, KeepPlan { advice: Vec::new(), ..allowed(&[RADEON]) });
    let model = test::model();
    let settings = Settings::default();
    for words in ["10de:1cb1", "It was not there at the last start", "02:00.1: The only keyboard hangs on it", "Reserved at the last start"]
    {
        assert!(test::window(dialog.view(&model, &settings), iced::Size::new(900.0, 1400.0)).find(words).is_ok(), "{words}");
    }
    assert!(shows(&dialog, "This is kept already. It is what happens at each start of the computer."));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None), "there is nothing to do");
    let Action::Call(call) = say(&mut dialog, Message::Forget("0000:0c:00.0".to_owned())) else { panic!("no call") };
    assert!(matches!(&call, Call::Device(_, DeviceChange::Forget(addresses)) if *addresses == ["0000:0c:00.0"]));
    assert!(matches!(say(&mut dialog, Message::Forget(RADEON.to_owned())), Action::None), "one after the other");
    assert!(matches!(dialog.done(&model, &done(call, Ok(String::new()))), Some(Action::Task(_))), "it stays open and reads anew");
}

#[test]
fn what_was_given_up_can_be_kept_anew_although_it_is_kept() {
    let mut dialog = keep(RADEON, allowed(&[RADEON]));
    let _ = say(&mut dialog, Message::Kept(Ok(AtBoot { is_given_up: true, ..kept() })));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::Call(_)));
}

#[test]
fn a_refusal_keeps_nothing_and_a_failure_stays() {
    let refusal = Refusal { reason: "mounted".into(), device: CARD.into(), name: "sda1".into(), detail: "/".into() };
    let plan = KeepPlan { bind: BindPlan { reasons: vec![refusal], ..allowed(&[CARD]).bind }, advice: Vec::new() };
    let mut refused = keep(CARD, plan);
    assert!(shows(&refused, "02:00.0: sda1 is mounted at /") && matches!(say(&mut refused, Message::Accept), Action::None));
    let mut dialog = keep(CARD, allowed(&[CARD, SOUND]));
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    let failed = done(call.clone(), Err(test::error(ErrorKind::NoSpace, &[])));
    assert!(matches!(dialog.done(&test::model(), &failed), Some(Action::Task(_))) && dialog.error.is_some());
    let serial = dialog.serial;
    let _ = say(&mut dialog, Message::Planned(serial, Ok(allowed(&[CARD, SOUND]))));
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    assert!(matches!(dialog.done(&test::model(), &done(call, Ok(String::new()))), Some(Action::Close)));
}

#[test]
fn what_the_host_says_meanwhile_counts() {
    let mut model = test::model();
    let mut dialog = keep(CARD, allowed(&[CARD, SOUND]));
    assert!(dialog.is_allowed(&model));
    let mut devices = (*model.host(HOST).unwrap().devices).clone();
    devices.iter_mut().filter(|device| device.group == Some(15)).for_each(|device| device.is_kept = true);
    model.apply(HOST, Event::Devices(devices.into()));
    assert!(matches!(dialog.update(&model, &Settings::default(), Message::Accept), Action::None));
}
