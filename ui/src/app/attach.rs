//! Devices that machines get and give back: the calls, what undoes them, and what they were.

use client::{
    Error, ErrorKind, Machine,
    device::{Attached, Attachment, Devices, is_one_card},
    t,
};

use crate::{
    action::{Call, Way},
    dialog::moving::in_words,
    model::{Key, Model},
};

/// What there is not, in the words of the service, when something can no longer be as it was before.
const TAKEN: &str = "device that was detached";

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
        address: attachment.address.clone(),
        whole_card: attachment.whole_card,
        ..Attachment::default()
    };
    (back.is_live || back.is_configured).then(|| Call::Detach(key.clone(), back))
}

/// Gives back what was taken, where and as it was: calls in the order in which they have to be made. Devices of one group go into a running
/// machine only if they are reserved, and those that were the host's until it started are the host's again by then.
pub(super) fn undo_detach(model: &Model, key: &Key, attachment: &Attachment) -> Vec<Call> {
    let Some(machine) = model.machine(key) else { return Vec::new() };
    let live: Vec<&str> =
        meant(machine, attachment).filter(|one| attachment.is_live && one.is_live).map(|one| one.source.as_str()).collect();
    let (is_live, is_configured) = (!live.is_empty(), attachment.is_configured && meant(machine, attachment).any(|one| one.is_configured));
    if !is_live && !is_configured {
        return Vec::new();
    }
    let (address, whole_card) = (attachment.address.clone(), attachment.whole_card);
    // What it had once it may have again, reset or not.
    let again = Attachment { address, whole_card, is_live, is_configured, allows_no_reset: true, as_before: true, ..Attachment::default() };
    reserve(model, key, &live).into_iter().chain([Call::Attach(key.clone(), again)]).collect()
}

/// Why it did not work and what to do, where the general words for the error do not say it.
pub(crate) fn reason(attachment: &Attachment, error: &Error) -> Option<(String, String)> {
    let is_late = attachment.as_before && error.kind() == Some(ErrorKind::NotFound) && error.fact("what") == Some(TAKEN);
    is_late.then(|| (t!("undo-too-late"), t!("undo-too-late-advice")))
}

/// Reserves devices of one group, if there are several in one.
fn reserve(model: &Model, key: &Key, sources: &[&str]) -> Option<Call> {
    let devices = &model.host(&key.host)?.devices;
    let group = |source: &str| devices.iter().find(|device| device.address == source).and_then(|device| device.group);
    let is_beside_another =
        |source: &&&str| group(source).is_some() && sources.iter().any(|other| other != *source && group(other) == group(source));
    let addresses: Vec<String> = sources.iter().filter(is_beside_another).map(|source| (*source).to_owned()).collect();
    let devices = Devices { addresses, whole_groups: false, allows_no_reset: true };
    (!devices.addresses.is_empty()).then(|| Call::Move(key.host.clone(), Way::Take, devices))
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
