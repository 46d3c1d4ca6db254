//! Devices that machines get and give back: the calls, what undoes them, and what they were.

use client::{
    Machine,
    device::{Attached, Attachment, is_one_card},
    t,
};

use crate::{
    action::Call,
    dialog::moving::in_words,
    model::{Key, Model},
};

/// What a machine has of what is meant.
fn meant<'a>(machine: &'a Machine, attachment: &'a Attachment) -> impl Iterator<Item = &'a Attached> {
    let all = machine.host_devices.as_deref().unwrap_or_default();
    let Attachment { address, whole_card, .. } = attachment;
    all.iter().filter(move |one| one.source == *address || (*whole_card && is_one_card(&one.source, address)))
}

/// Takes back what was given, unless some of it was there before.
pub(super) fn undo_attach(model: &Model, key: &Key, attachment: &Attachment) -> Option<Call> {
    let machine = model.machine(key)?;
    let had = |is: fn(&Attached) -> bool| meant(machine, attachment).any(is);
    let back = Attachment {
        is_live: attachment.is_live && !had(|one| one.is_live),
        is_configured: attachment.is_configured && !had(|one| one.is_configured),
        allows_no_reset: false,
        ..attachment.clone()
    };
    (back.is_live || back.is_configured).then(|| Call::Detach(key.clone(), back))
}

/// Gives back what was taken, where it was.
pub(super) fn undo_detach(model: &Model, key: &Key, attachment: &Attachment) -> Vec<Call> {
    let Some(machine) = model.machine(key) else { return Vec::new() };
    let had: Vec<&Attached> = meant(machine, attachment).collect();
    let was = |one: &Attached| (attachment.is_live && one.is_live, attachment.is_configured && one.is_configured);
    let give = |address: &str, whole_card: bool, (is_live, is_configured): (bool, bool)| {
        // What it had once it may have again, reset or not.
        let again = Attachment { address: address.to_owned(), whole_card, is_live, is_configured, allows_no_reset: true };
        (is_live || is_configured).then(|| Call::Attach(key.clone(), again))
    };
    let Some(first) = had.first() else { return Vec::new() };
    // A card is a card again, if all of it was where it was.
    if had.iter().all(|one| was(one) == was(first)) {
        return give(&attachment.address, attachment.whole_card, was(first)).into_iter().collect();
    }
    had.iter().filter_map(|one| give(&one.source, false, was(one))).collect()
}

/// What an act was, for a toast.
pub(super) fn words(model: &Model, key: &Key, attachment: &Attachment, is_given: bool) -> String {
    let machine = crate::dialog::label(model, key);
    let devices = in_words(model, &key.host, &addresses(model, key, attachment));
    if is_given { t!("act-attach", devices = devices, machine = machine) } else { t!("act-detach", devices = devices, machine = machine) }
}

/// The devices that are meant, the named one first.
pub(crate) fn addresses(model: &Model, key: &Key, attachment: &Attachment) -> Vec<String> {
    let Attachment { address, whole_card, .. } = attachment;
    let others = model.host(&key.host).into_iter().flat_map(|host| host.devices.iter());
    let others = others.filter(|other| *whole_card && other.address != *address && other.can_move && is_one_card(&other.address, address));
    std::iter::once(address.clone()).chain(others.map(|other| other.address.clone())).collect()
}

#[cfg(test)]
#[path = "attach_tests.rs"]
mod tests;
