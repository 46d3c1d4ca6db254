use client::device::{Gift, UsbHow, UsbName};

use super::*;
use crate::dialog::test::{self, key};

fn of(machine: &str) -> TakeBack {
    let model = test::model();
    let one = model.machine(&key(machine)).unwrap().host_devices.as_ref().unwrap().iter().find(|one| one.is_usb()).unwrap().clone();
    TakeBack::new(&model, key(machine), &one)
}

fn say(dialog: &mut TakeBack, message: Message) -> Action {
    dialog.update(&test::model(), &Settings::default(), message)
}

fn shows(dialog: &TakeBack, words: &str) -> bool {
    test::shows(&test::model(), dialog, words)
}

#[test]
fn a_running_guest_is_asked_and_what_it_loses_is_said_before() {
    let mut dialog = of("win11-gaming");
    for words in [
        "Detach Microsoft Xbox Controller from win11-gaming",
        "Now and at each start",
        "Ask the guest to let go",
        "Take it out of the definition of the machine",
        "win11-gaming loses the device while it runs. What it does with it ends: save that in the guest first.",
    ] {
        assert!(shows(&dialog, words), "{words}");
    }
    let Action::Call(Call::Other(machine, OtherChange::TakeBack(giving))) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    assert_eq!((machine, giving.gift), (key("win11-gaming"), Gift::Usb(UsbName::Ports(vec!["3-1".into()]), UsbHow::default())));
    assert!(giving.is_live && giving.is_configured);
}

#[test]
fn a_machine_that_is_off_loses_it_from_its_definition_and_a_rule_that_would_give_it_again_is_told() {
    let dialog = of("win-server-2025");
    assert!(!shows(&dialog, "Ask the guest to let go") && !shows(&dialog, "A rule gives it to this machine."));
    let ruled = of("fedora-42-dev");
    assert_eq!(ruled.times(&test::model()), [When::Now]);
    let words = "A rule gives it to this machine. It stays away until it is plugged in again or the machine starts again; \
                 remove the rule to keep it away.";
    assert!(shows(&ruled, words));
}

#[test]
fn a_guest_that_keeps_it_is_told_with_the_way_out_and_it_closes_when_it_is_away() {
    let mut dialog = of("win11-gaming");
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    let failed = test::done(call, key("win11-gaming"), Err(test::error(ErrorKind::TimedOut, &[])));
    assert!(matches!(dialog.done(&test::model(), &failed), Some(Action::None)));
    assert!(shows(&dialog, "win11-gaming keeps the device"));
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("it can be tried again") };
    let done = test::done(call, key("win11-gaming"), Ok(()));
    assert!(matches!(dialog.done(&test::model(), &done), Some(Action::Close)));
}
