use client::Event;

use super::*;
use crate::dialog::test::{key, model};

const CARD: &str = "0000:02:00.0";
const RADEON: &str = "0000:01:00.0";

fn both(address: &str) -> Attachment {
    Attachment { address: address.to_owned(), whole_card: true, is_live: true, is_configured: true, allows_no_reset: false }
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
fn what_was_taken_is_given_again_where_it_was() {
    let mut model = model();
    let machine = key("win11-gaming");
    let taken = Attachment { is_live: false, ..both(RADEON) };
    let again = |attachment: &Attachment| Call::Attach(machine.clone(), Attachment { allows_no_reset: true, ..attachment.clone() });
    assert_eq!(undo_detach(&model, &machine, &taken), [again(&taken)]);
    assert_eq!(undo_detach(&model, &key("fedora-42-dev"), &taken), [], "it had none");
    let mut partly = model.machine(&machine).unwrap().clone();
    partly.host_devices.as_mut().unwrap()[1].is_configured = false;
    model.apply(&machine.host, Event::Machine(Box::new(partly)));
    let calls = undo_detach(&model, &machine, &taken);
    assert_eq!(calls.len(), 3, "one by one, without what was not there: {calls:?}");
}

#[test]
fn the_words_name_the_devices_and_the_machine() {
    let model = model();
    let words = words(&model, &key("fedora-42-dev"), &both(CARD), true);
    assert_eq!(words, "NVIDIA T400 4GB and 1 more attached to fedora-42-dev");
}
