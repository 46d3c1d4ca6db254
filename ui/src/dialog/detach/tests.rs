use super::*;
use crate::dialog::test::{self, key};

const RADEON: &str = "0000:01:00.0";
const CARD: &str = "0000:02:00.0";

fn say(dialog: &mut Detach, message: Message) -> Action {
    dialog.update(&test::model(), &Settings::default(), message)
}

fn shows(dialog: &Detach, words: &str) -> bool {
    test::shows(&test::model(), dialog, words)
}

fn detach(machine: &str, address: &str) -> Detach {
    Detach::new(&test::model(), key(machine), address.to_owned())
}

#[test]
fn a_running_guest_is_asked_and_what_it_loses_is_said_before() {
    let mut dialog = detach("win11-gaming", RADEON);
    for words in [
        "Detach AMD Radeon RX 6800/6800 XT from win11-gaming",
        "3 more devices: 01:00.1, 01:00.2, 01:00.3",
        "Ask the guest to let go",
        "It stays reserved for machines",
        "win11-gaming loses the device while it runs. What it does with it ends: save that in the guest first.",
        "Detach 4 devices",
    ] {
        assert!(shows(&dialog, words), "{words}");
    }
    let Action::Call(Call::Detach(machine, attachment)) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    assert_eq!(machine, key("win11-gaming"));
    assert!(attachment.whole_card && attachment.is_live && attachment.is_configured);
}

#[test]
fn a_machine_that_is_off_loses_it_from_its_definition_alone() {
    let mut dialog = detach("win-server-2025", CARD);
    assert!(shows(&dialog, "Take it out of the definition of the machine") && !shows(&dialog, "Ask the guest to let go"));
    let Action::Call(Call::Detach(_, attachment)) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    assert!(!attachment.is_live && attachment.is_configured);
}

#[test]
fn a_part_of_a_card_can_be_meant_and_a_virtual_function_is_alone() {
    let mut dialog = detach("win11-gaming", RADEON);
    let _ = say(&mut dialog, Message::Card);
    assert!(shows(&dialog, "Detach 1 device"));
    assert!(!detach("opnsense", "0000:03:02.0").whole_card);
}

#[test]
fn a_guest_that_keeps_it_and_a_card_that_is_one_are_told_with_the_way_out() {
    let model = test::model();
    for (kind, words) in [
        (ErrorKind::TimedOut, "win11-gaming keeps the device"),
        (ErrorKind::NotSupported, "win11-gaming has it as one card"),
        (ErrorKind::Busy, "win11-gaming is busy"),
    ] {
        let mut dialog = detach("win11-gaming", RADEON);
        let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
        assert!(shows(&dialog, "The guest has 30 seconds.") && !dialog.is_allowed(&model), "it is under way");
        let failed = test::done(call, key("win11-gaming"), Err(test::error(kind, &[])));
        assert!(matches!(dialog.done(&model, &failed), Some(Action::None)), "it stays open");
        assert!(shows(&dialog, words), "{words}");
        let _ = say(&mut dialog, Message::When(When::AtStart));
        assert!(dialog.attempt.error().is_none() && matches!(say(&mut dialog, Message::Accept), Action::Call(_)), "another way is free");
    }
}

#[test]
fn it_closes_when_the_device_is_away() {
    let mut dialog = detach("win-server-2025", CARD);
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    let done = test::done(call, key("win-server-2025"), Ok(()));
    assert!(matches!(dialog.done(&test::model(), &done), Some(Action::Close)));
}

#[test]
fn what_is_gone_meanwhile_is_not_taken() {
    let mut dialog = detach("fedora-42-dev", CARD);
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
}
