use client::ErrorKind;

use super::*;
use crate::dialog::test::{self, key};

const MAC: &str = "52:54:00:00:00:07";

fn dialog() -> Plug {
    let cards = vec![("fedora-42-dev".to_owned(), MAC.to_owned())];
    let network = FunctionNetwork { uuid: "u".into(), name: "pool".into(), is_active: true, cards, ..FunctionNetwork::default() };
    Plug::new("system".into(), network)
}

fn say(dialog: &mut Plug, message: Message) -> Action {
    dialog.update(&test::model(), &Settings::default(), message)
}

fn shows(dialog: &Plug, words: &str) -> bool {
    test::shows(&test::model(), dialog, words)
}

fn answer(dialog: &mut Plug, reasons: Vec<Refusal>, warnings: Vec<Refusal>) {
    let serial = dialog.plan.serial();
    let plan = GivePlan { configured: vec!["u".into()], reasons, warnings, ..GivePlan::default() };
    let _ = say(dialog, Message::Planned(serial, Ok(plan)));
}

fn said(reason: &str, name: &str) -> Refusal {
    Refusal { reason: reason.into(), device: "pool".into(), name: name.into(), ..Refusal::default() }
}

fn card(action: Action) -> PoolCard {
    match action {
        Action::Call(Call::Other(_, OtherChange::Give(Giving { gift: Gift::Network(card), is_live: false, is_configured: true }))) => card,
        other => panic!("no call: {other:?}"),
    }
}

#[test]
fn nothing_is_given_before_a_machine_is_chosen_and_its_plan_is_there() {
    let mut dialog = dialog();
    assert!(shows(&dialog, "Attach a network card in pool to a machine") && shows(&dialog, "has one"));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    assert!(matches!(say(&mut dialog, Message::Machine(key("freebsd-zfs").machine)), Action::Task(_)), "the plan is asked for");
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    answer(&mut dialog, Vec::new(), vec![said("no-free-function", "ens1f0"), said("network-not-kept", "")]);
    for words in [
        "Write it into the definition of the machine",
        "No function is free now: the machine does not start before one is.",
        "The network is not started with the computer: after that the machine does not start before the network is.",
    ] {
        assert!(shows(&dialog, words), "{words}");
    }
    let given = card(say(&mut dialog, Message::Accept));
    assert_eq!((given.network.as_str(), given.name.as_str()), ("u", "pool"));
    assert!(NetworkCard::is_mac(&given.mac), "by this address it is taken away again: {}", given.mac);
}

#[test]
fn what_speaks_against_it_is_told_and_an_address_is_one_that_a_card_can_have() {
    let mut dialog = dialog();
    let _ = say(&mut dialog, Message::Machine(key("freebsd-zfs").machine));
    answer(&mut dialog, vec![said("network-inactive", ""), said("mac-taken", "freebsd-zfs")], Vec::new());
    assert!(
        shows(&dialog, "pool: it hands nothing out now: start it first")
            && shows(&dialog, "pool: a network card of freebsd-zfs has the address")
    );
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    for odd in ["x", "53:54:00:00:00:07"] {
        assert!(matches!(say(&mut dialog, Message::Mac(odd.into())), Action::None), "no plan of {odd}");
        assert!(shows(&dialog, "Six bytes, such as 52:54:00:00:00:01; not one for many"));
    }
    assert!(matches!(say(&mut dialog, Message::Mac(" 52:54:00:00:00:0A ".into())), Action::Task(_)), "another question is another plan");
    answer(&mut dialog, Vec::new(), vec![said("mac-taken", "debian-web")]);
    assert!(shows(&dialog, "A network card of debian-web has this address, too. In one network only one of them can be reached."));
    assert_eq!(card(say(&mut dialog, Message::Accept)).mac, "52:54:00:00:00:0a");
}

#[test]
fn a_card_that_the_machine_has_already_is_not_given_so_that_no_undo_takes_it() {
    let mut dialog = dialog();
    let _ = say(&mut dialog, Message::Mac(MAC.into()));
    let _ = say(&mut dialog, Message::Machine(key("fedora-42-dev").machine));
    answer(&mut dialog, Vec::new(), Vec::new());
    assert!(shows(&dialog, "The machine has all of it already."));
    assert!(matches!(say(&mut dialog, Message::Accept), Action::None));
    let _ = say(&mut dialog, Message::Mac(String::new()));
    answer(&mut dialog, Vec::new(), Vec::new());
    assert_ne!(card(say(&mut dialog, Message::Accept)).mac, MAC, "another one is another card");
}

#[test]
fn a_failure_stays_at_the_dialog_with_a_new_plan() {
    let mut dialog = dialog();
    let _ = say(&mut dialog, Message::Machine(key("freebsd-zfs").machine));
    answer(&mut dialog, Vec::new(), Vec::new());
    let Action::Call(call) = say(&mut dialog, Message::Accept) else { panic!("no call") };
    let failed = test::done(call, key("freebsd-zfs"), Err(test::error(ErrorKind::NotFound, &[])));
    assert!(matches!(dialog.done(&test::model(), &failed), Some(Action::Task(_))), "it stays, and asks again");
    assert!(dialog.attempt.error().is_some());
}
