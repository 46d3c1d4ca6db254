use client::{ErrorKind, device::Refusal};

use super::*;
use crate::dialog::test::{self, key};

const CARD: &str = "0000:02:00.0";

fn machine() -> Key {
    key("win-server-2025")
}

fn refusal(reason: &str, name: &str, detail: &str) -> Refusal {
    Refusal { reason: reason.into(), device: CARD.into(), name: name.into(), detail: detail.into() }
}

/// What the demo answers, as the service would.
fn planned(how: How) -> Plan {
    let demo = client::demo::Demo::new(client::demo::Preset::Frozen);
    let client = client::Client::from(demo);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(client.plan_hand_over(machine().machine, how)).unwrap()
}

fn open() -> HandOver {
    let model = test::model();
    let mut dialog = HandOver::new(&model, machine());
    let _ = dialog.opened(&model, &Settings::default());
    answer(&mut dialog);
    dialog
}

fn answer(dialog: &mut HandOver) {
    let (serial, plan) = (dialog.plan.serial(), planned(dialog.how));
    let _ = say(dialog, Message::Planned(serial, Ok(plan)));
}

fn say(dialog: &mut HandOver, message: Message) -> Action {
    dialog.update(&test::model(), &Settings::default(), message)
}

fn shows(dialog: &HandOver, words: &str) -> bool {
    test::shows(&test::model(), dialog, words)
}

fn done(result: Result<String, Error>, call: Call) -> Done {
    Done { call, results: vec![(Some(machine()), result)] }
}

#[test]
fn nothing_is_done_before_somebody_has_said_that_desktops_may_end() {
    let mut dialog = open();
    assert!(shows(&dialog, "first allow the desktops to end") && shows(&dialog, "Stop the display manager"));
    assert!(!shows(&dialog, "This cannot be done"), "that is no refusal but a question");
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    assert!(matches!(say(&mut dialog, Message::Closes), Action::Task(_)), "another question is another plan");
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None), "not before the plan is there");
    answer(&mut dialog);
    let Action::Call(Call::HandOver(meant, HandOverChange::Begin(how))) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    assert_eq!((meant, how), (machine(), How { trial: Some(120), closes_sessions: true, allows_no_reset: false }));
}

#[test]
fn every_refusal_is_told_and_no_choice_leads_around_it() {
    let mut dialog = open();
    let _ = say(&mut dialog, Message::Closes);
    let reasons = vec![
        refusal("handed-over", "games", ""),
        refusal("module", "nvidia_drm", "0000:03:00.0"),
        refusal("open", "9 blender", "dri/card0"),
    ];
    let (serial, plan) = (dialog.plan.serial(), planned(dialog.how));
    let _ = say(&mut dialog, Message::Planned(serial, Ok(Plan { reasons, ..plan })));
    assert!(shows(&dialog, "02:00.0: games has the screen, or something of it did not come back yet"));
    assert!(shows(&dialog, "02:00.0: the module nvidia_drm keeps the card and cannot go, because of 0000:03:00.0"));
    assert!(shows(&dialog, "02:00.0: the program 9 blender has dri/card0 open"), "it stays whatever may end");
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
}

#[test]
fn a_trial_is_usual_its_end_is_the_last_step_and_without_one_it_says_so() {
    let mut dialog = open();
    assert!(shows(&dialog, "Wait 2 min for “Keep the screen”"));
    let serial = dialog.plan.serial();
    let _ = say(&mut dialog, Message::Trial(Some(300)));
    assert!(shows(&dialog, "Wait 5 min for “Keep the screen”"));
    let _ = say(&mut dialog, Message::Trial(None));
    assert!(shows(&dialog, "Give everything back when the machine stops"));
    assert_eq!(dialog.plan.serial(), serial, "the steps before are the same");
}

#[test]
fn a_locked_machine_has_no_trial() {
    let mut model = test::model();
    let mut locked = model.machine(&machine()).unwrap().clone();
    locked.is_locked = true;
    model.apply("system", client::Event::Machine(Box::new(locked)));
    let mut dialog = HandOver::new(&model, machine());
    let _ = dialog.opened(&model, &Settings::default());
    answer(&mut dialog);
    assert_eq!(dialog.how.trial, None);
    assert!(test::shows(&model, &dialog, "Give everything back when the machine stops") && !test::shows(&model, &dialog, "2 min"));
}

#[test]
fn each_change_is_one_click_away() {
    let dialog = open();
    let lines = dialog.plan.ready().map(view::exactly).unwrap();
    assert!(lines.starts_with("systemctl stop gdm.service\nvfio-pci → /sys/bus/pci/devices/0000:02:00.0/driver_override\n"), "{lines}");
    assert!(lines.ends_with("virsh start win-server-2025"), "{lines}");
}

#[test]
fn a_failure_stays_with_a_new_plan_and_a_closed_prompt_is_none() {
    let mut dialog = open();
    let _ = say(&mut dialog, Message::Closes);
    answer(&mut dialog);
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    assert!(!dialog.is_allowed(), "it is under way");
    let _ = say(&mut dialog, Message::Trial(None));
    assert_eq!(dialog.how.trial, Some(120), "what was asked for stays");
    let failed = test::error(ErrorKind::TimedOut, &[]);
    assert!(matches!(dialog.done(&test::model(), &done(Err(failed), call.clone())), Some(Action::Task(_))));
    assert!(dialog.attempt.error().is_some() && dialog.plan.ready().is_none());
    answer(&mut dialog);
    let _ = say(&mut dialog, Message::Accept);
    let _ = dialog.done(&test::model(), &done(Err(test::dismissed()), call.clone()));
    assert!(dialog.attempt.error().is_none());
    answer(&mut dialog);
    let _ = say(&mut dialog, Message::Accept);
    assert!(matches!(dialog.done(&test::model(), &done(Ok(String::new()), call)), Some(Action::Close)));
}
