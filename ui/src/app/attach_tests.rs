use client::Event;

use super::*;
use crate::dialog::test::{key, model};

const CARD: &str = "0000:02:00.0";
const RADEON: &str = "0000:01:00.0";

fn both(address: &str) -> Attachment {
    Attachment { address: address.to_owned(), whole_card: true, is_live: true, is_configured: true, ..Attachment::default() }
}

#[test]
fn what_was_given_is_taken_back_and_nothing_that_was_there_before() {
    let model = model();
    let given = both(CARD);
    let undo = undo_attach(&model, &key("fedora-42-dev"), &given);
    assert_eq!(undo, Some(Call::Detach(key("fedora-42-dev"), given.clone())));
    let named = undo_attach(&model, &key("win-server-2025"), &given);
    let live_alone = Attachment { is_configured: false, ..given };
    assert_eq!(named, Some(Call::Detach(key("win-server-2025"), live_alone)), "its definition had it before");
    assert_eq!(undo_attach(&model, &key("win11-gaming"), &both(RADEON)), None, "it has all of it");
}

#[test]
fn what_was_taken_is_given_again_where_and_as_it_was() {
    let mut model = model();
    let machine = key("win11-gaming");
    let taken = Attachment { is_live: false, ..both(RADEON) };
    let again = |attachment: &Attachment| {
        Call::Attach(machine.clone(), Attachment { allows_no_reset: true, as_before: true, ..attachment.clone() })
    };
    assert_eq!(undo_detach(&model, &machine, &taken), [again(&taken)]);
    assert_eq!(undo_detach(&model, &key("fedora-42-dev"), &taken), [], "it had none");
    let mut partly = model.machine(&machine).unwrap().clone();
    partly.host_devices.as_mut().unwrap()[1].is_configured = false;
    model.apply(&machine.host, Event::Machine(Box::new(partly.clone())));
    assert_eq!(undo_detach(&model, &machine, &taken), [again(&taken)], "the service knows what was where");
    partly.host_devices.as_mut().unwrap().iter_mut().for_each(|one| one.is_configured = false);
    model.apply(&machine.host, Event::Machine(Box::new(partly)));
    let calls = undo_detach(&model, &machine, &both(RADEON));
    let Some(Call::Attach(_, last)) = calls.last() else { panic!("{calls:?}") };
    assert_eq!((last.is_live, last.is_configured), (true, false), "its definition had none");
}

#[test]
fn what_was_given_with_options_is_taken_back_without() {
    let (model, machine) = (model(), key("fedora-42-dev"));
    let taken = both(CARD);
    let card = Some(client::device::NetworkCard::default());
    let given = Attachment { card, shows_rom: Some(true), uses_iommufd: true, allows_no_reset: true, ..taken.clone() };
    assert_eq!(undo_attach(&model, &machine, &given), Some(Call::Detach(machine, taken)));
}

#[test]
fn what_can_no_longer_be_as_it_was_is_told_with_what_to_do() {
    let missing = |what: &str| {
        let facts = vec![("what".to_owned(), what.to_owned())];
        Error::Service { kind: ErrorKind::NotFound, message: String::new(), facts }
    };
    let again = Attachment { as_before: true, ..both(CARD) };
    assert_eq!(reason(&again, &missing(TAKEN)), Some((t!("undo-too-late"), t!("undo-too-late-advice"))));
    assert_eq!((reason(&again, &missing("device")), reason(&both(CARD), &missing(TAKEN))), (None, None));
}

#[test]
fn several_devices_of_one_group_are_reserved_before_a_running_machine_gets_them_again() {
    let model = model();
    let machine = key("win11-gaming");
    let has = |address: &str| model.machine(&machine).unwrap().host_devices.as_deref().unwrap().iter().any(|one| one.source == address);
    let taken = Attachment { is_configured: false, ..both(RADEON) };
    let calls = undo_detach(&model, &machine, &taken);
    let [Call::Move(host, Way::Take, devices), Call::Attach(to, given)] = &calls[..] else { panic!("{calls:?}") };
    assert_eq!((host, to, given.is_live, given.is_configured), (&machine.host, &machine, true, false));
    assert!(devices.addresses.len() > 1 && devices.addresses.iter().all(|address| has(address)), "{devices:?}");
    assert!(!devices.whole_groups && devices.allows_no_reset);
    let alone = undo_detach(&model, &machine, &Attachment { whole_card: false, ..taken });
    assert!(matches!(&alone[..], [Call::Attach(..)]), "one device needs no other: {alone:?}");
}

#[test]
fn the_words_name_the_devices_and_the_machine() {
    let model = model();
    let words = words(&model, &key("fedora-42-dev"), &both(CARD), true);
    assert_eq!(words, "NVIDIA T400 4GB and 1 more attached to fedora-42-dev");
}
