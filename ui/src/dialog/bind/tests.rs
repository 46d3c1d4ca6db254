use client::{
    ErrorKind,
    device::{BindStep, Refusal},
};

use super::*;
use crate::dialog::test;

const HOST: &str = "system";
const CARD: &str = "0000:02:00.0";
const SOUND: &str = "0000:02:00.1";

fn refusal(reason: &str, device: &str, name: &str, detail: &str) -> Refusal {
    Refusal { reason: reason.into(), device: device.into(), name: name.into(), detail: detail.into() }
}

fn allowed() -> BindPlan {
    let step = |device: &str, step: &str, value: &str| BindStep { device: device.into(), step: step.into(), value: value.into() };
    BindPlan {
        devices: vec![CARD.into(), SOUND.into()],
        steps: vec![step(CARD, "override", "vfio-pci"), step(CARD, "unbind", CARD), step(CARD, "probe", CARD)],
        ..BindPlan::default()
    }
}

fn take(address: &str, plan: BindPlan) -> Bind {
    let model = test::model();
    let mut dialog = Bind::take(&model, HOST.into(), vec![address.to_owned()]);
    let _ = dialog.opened(&model, &Settings::default());
    let serial = dialog.plan.serial();
    let _ = say(&mut dialog, Message::Planned(serial, Ok(plan)));
    dialog
}

fn say(dialog: &mut Bind, message: Message) -> Action {
    dialog.update(&test::model(), &Settings::default(), message)
}

fn shows(dialog: &Bind, words: &str) -> bool {
    test::shows(&test::model(), dialog, words)
}

fn done(call: Call, result: Result<String, Error>) -> Done {
    Done { call, results: vec![(None, result)] }
}

#[test]
fn nothing_is_done_before_the_plan_is_there_and_allowed() {
    let model = test::model();
    let mut dialog = Bind::take(&model, HOST.into(), vec![CARD.to_owned()]);
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    let mut refused = take(CARD, BindPlan { reasons: vec![refusal("display", CARD, "card0", "")], ..allowed() });
    assert!(matches!(say(&mut refused, Message::Accept), Action::None));
    let Action::Call(Call::Move(_, Way::Take, devices)) = say(&mut take(CARD, allowed()), Message::Accept) else { panic!("no call") };
    assert!(devices.whole_groups, "what shares the group goes along");
}

#[test]
fn every_refusal_is_told_with_its_reason() {
    let reasons = vec![refusal("mounted", CARD, "nvme0n1p2", "/"), refusal("group-member", CARD, SOUND, "snd_hda_intel")];
    let kept = take(CARD, BindPlan { reasons: vec![refusal("kept-by-module", CARD, "nvidia_drm", "nvidia")], ..allowed() });
    let words = "02:00.0: the module nvidia_drm keeps it, and taking it would never end; \
        give it with the screen, or switch off what the module keeps it for (nvidia_drm.modeset=0)";
    assert!(shows(&kept, words));
    let dialog = take(CARD, BindPlan { reasons, ..allowed() });
    assert!(shows(&dialog, "02:00.0: nvme0n1p2 is mounted at /"));
    assert!(shows(&dialog, "02:00.0: shares its group with 02:00.1, which the host drives with snd_hda_intel"));
    assert!(!shows(&dialog, "This is what will happen. Nothing is changed yet."));
}

#[test]
fn the_group_is_offered_with_its_members_and_can_be_left() {
    let mut dialog = take(CARD, allowed());
    assert!(shows(&dialog, "1 more device: 02:00.1"));
    assert!(matches!(say(&mut dialog, Message::Group), Action::Task(_)), "another question is another plan");
    assert!(!dialog.devices.whole_groups && dialog.plan.ready().is_none());
    let alone = take("0000:04:00.0", allowed());
    assert!(!alone.devices.whole_groups && !shows(&alone, "Take everything that shares the group along"));
}

#[test]
fn a_device_without_reset_is_taken_only_by_choice() {
    let address = "0000:05:00.0";
    let mut dialog = take(address, BindPlan { reasons: vec![refusal("no-reset", address, "", "")], ..allowed() });
    assert!(shows(&dialog, "Take it although it cannot be reset"));
    let _ = say(&mut dialog, Message::NoReset);
    assert!(dialog.devices.allows_no_reset);
}

#[test]
fn the_answer_to_an_older_question_changes_nothing() {
    let mut dialog = take(CARD, allowed());
    let old = dialog.plan.serial();
    let _ = say(&mut dialog, Message::Group);
    let _ = say(&mut dialog, Message::Planned(old, Ok(allowed())));
    assert!(dialog.plan.ready().is_none());
}

#[test]
fn each_write_is_one_click_away() {
    let mut dialog = take(CARD, allowed());
    let write = "vfio-pci → /sys/bus/pci/devices/0000:02:00.0/driver_override";
    assert!(!dialog.shows_steps);
    let _ = say(&mut dialog, Message::Steps);
    let shown = dialog.plan.ready().map(view::writes);
    assert!(shown.is_some_and(|lines| lines.starts_with(write)));
}

#[test]
fn a_driver_that_is_loaded_first_is_told_first() {
    let mut plan = allowed();
    let unit = "modprobe@vfio_pci.service";
    plan.steps.insert(0, BindStep { device: CARD.into(), step: "start-unit".into(), value: unit.into() });
    let dialog = take(CARD, plan);
    assert!(shows(&dialog, "Load the driver for machines") && shows(&dialog, unit));
    let shown = dialog.plan.ready().map(view::writes);
    assert!(shown.is_some_and(|lines| lines.starts_with("systemctl start modprobe@vfio_pci.service\nvfio-pci → ")));
    let late = Refusal { name: unit.into(), ..refusal("no-vfio", CARD, "", "timed-out") };
    let refused = take(CARD, BindPlan { reasons: vec![late], ..allowed() });
    assert!(shows(&refused, "02:00.0: modprobe@vfio_pci.service did not load the module vfio-pci in time"));
}

#[test]
fn a_failure_stays_in_the_dialog_and_asks_for_the_plan_again() {
    let mut dialog = take(CARD, allowed());
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    assert!(!dialog.is_allowed(), "it is under way");
    let failed = test::error(ErrorKind::Busy, &[]);
    let action = dialog.done(&test::model(), &done(call.clone(), Err(failed)));
    assert!(matches!(action, Some(Action::Task(_))) && dialog.attempt.error().is_some());
    let serial = dialog.plan.serial();
    let _ = say(&mut dialog, Message::Planned(serial, Ok(allowed())));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::Call(_)), "it can be tried again");
    assert!(matches!(dialog.done(&test::model(), &done(call, Ok(String::new()))), Some(Action::Close)));
}

#[test]
fn a_prompt_that_was_closed_is_no_failure() {
    let mut dialog = take(CARD, allowed());
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    let _ = dialog.done(&test::model(), &done(call, Err(test::error(ErrorKind::NotAuthorized, &[("dismissed", "true")]))));
    assert!(dialog.attempt.error().is_none() && !dialog.attempt.is_working());
}

#[test]
fn what_a_running_machine_has_is_not_given_back() {
    let model = test::model();
    let planned = |address: &str, plan: BindPlan| {
        let mut dialog = Bind::give_back(&model, HOST.into(), vec![address.to_owned()]);
        let _ = dialog.opened(&model, &Settings::default());
        assert!(matches!(say(&mut dialog, Message::Accept), Action::None), "the service is asked first");
        let serial = dialog.plan.serial();
        let _ = say(&mut dialog, Message::Planned(serial, Ok(plan)));
        dialog
    };
    let reasons = vec![refusal("machine-running", "0000:01:00.0", "win11-gaming", "")];
    let mut held = planned("0000:01:00.0", BindPlan { reasons, ..allowed() });
    assert!(shows(&held, "01:00.0: win11-gaming runs with it"));
    assert!(matches!(say(&mut held, Message::Accept), Action::None));
    let mut free = planned("0000:0d:00.4", allowed());
    assert!(matches!(say(&mut free, Message::Accept), Action::Call(Call::Move(_, Way::GiveBack, _))));
}
