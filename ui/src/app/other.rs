//! What machines get of the host besides PCI cards: the calls, what undoes them, and what they were.

use std::io::ErrorKind;

use client::{
    Client, Error, Uuid,
    device::{Attached, Gift, Giving, OtherDevices, UsbHow, UsbName},
    t,
};

use crate::{
    action::{Call, OtherChange},
    component::thing::found,
    desktop::looking_glass,
    dialog::glass,
    model::{Key, Model},
};

/// Makes the call.
pub(super) async fn make(client: Client, machine: Uuid, change: OtherChange) -> Result<String, Error> {
    match change {
        OtherChange::Give(giving) => client.give(machine, giving).await.map(|()| String::new()),
        OtherChange::TakeBack(giving) => client.take_back(machine, giving).await.map(|()| String::new()),
        // The name of the rule is what undoes it.
        OtherChange::AddRule(on) => client.add_usb_rule(machine, on).await,
        OtherChange::RemoveRule(id, _) => client.remove_usb_rule(machine, id).await.map(|()| String::new()),
        OtherChange::OpenGlass => {
            let view = client.looking_glass_view(machine).await?;
            looking_glass::open(&view).map(|()| String::new()).map_err(|error| not_opened(&error))
        }
        OtherChange::Glass(screen) => client.set_looking_glass(machine, screen).await.map(|()| String::new()),
    }
}

/// The fact of an error that says which program is missing on this computer.
const MISSING: &str = "program";

fn not_opened(error: &std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::Service {
            kind: client::ErrorKind::NotFound,
            message: format!("{} is in no directory of $PATH", looking_glass::PROGRAM),
            facts: vec![(MISSING.to_owned(), looking_glass::PROGRAM.to_owned())],
        },
        _ => Error::Other(error.to_string()),
    }
}

/// Why it did not work and what to do, where the general words for the error do not say it.
pub(crate) fn reason(change: &OtherChange, error: &Error, machine: &str) -> Option<(String, String)> {
    let is_about = *change == OtherChange::OpenGlass && error.kind() == Some(client::ErrorKind::NotFound);
    is_about.then(|| match error.fact(MISSING) {
        Some(program) => (t!("glass-not-installed", program = program), t!("glass-install", program = program)),
        None => (t!("glass-started-without", machine = machine), t!("glass-start-again", machine = machine)),
    })
}

/// What the machine has of it.
fn meant<'a>(all: &'a [Attached], others: &'a OtherDevices, gift: &'a Gift) -> impl Iterator<Item = &'a Attached> {
    all.iter().filter(move |one| is_meant(one, others, gift))
}

fn is_meant(one: &Attached, others: &OtherDevices, gift: &Gift) -> bool {
    let Some(own) = others.gift(one) else { return false };
    match (own, gift) {
        (Gift::Usb(UsbName::Ports(own), _), Gift::Usb(UsbName::Ports(meant), _)) => own.iter().any(|port| meant.contains(port)),
        (Gift::Usb(own, _), Gift::Usb(meant, _)) => own == *meant,
        (Gift::Inputs(own), Gift::Inputs(meant)) => own.names.iter().any(|name| meant.names.contains(name)),
        (Gift::Namespace(own), Gift::Namespace(meant)) => (own.controller, own.number) == (meant.controller.clone(), meant.number),
        (Gift::Scsi(own), Gift::Scsi(meant)) => own == *meant,
        (Gift::Mediated(own), Gift::Mediated(meant)) => own.uuid == meant.uuid,
        _ => false,
    }
}

/// The calls that change it back, as things are now.
pub(super) fn inverse(model: &Model, key: &Key, change: &OtherChange) -> Vec<Call> {
    let Some((machine, host)) = model.machine(key).zip(model.host(&key.host)) else { return Vec::new() };
    let all = machine.host_devices.as_deref().unwrap_or_default();
    let call = |change: OtherChange| vec![Call::Other(key.clone(), change)];
    let has = |gift: &Gift, is: fn(&Attached) -> bool| meant(all, &host.others, gift).any(is);
    match change {
        OtherChange::Give(giving) => {
            let (was_live, was_configured) = (has(&giving.gift, |one| one.is_live), has(&giving.gift, |one| one.is_configured));
            let (is_live, is_configured) = (giving.is_live && !was_live, giving.is_configured && !was_configured);
            let mut back = Vec::new();
            if is_live || is_configured {
                back = call(OtherChange::TakeBack(Giving { gift: plain(&giving.gift), is_live, is_configured }));
            }
            back.extend(given_back(host, key, giving).filter(|_| is_live));
            back
        }
        OtherChange::TakeBack(giving) => {
            let is_live = giving.is_live && has(&giving.gift, |one| one.is_live);
            let is_configured = giving.is_configured && has(&giving.gift, |one| one.is_configured);
            // The keys, the bus and the screen that it had are not told, so only USB and SCSI devices come back as they were.
            let is_whole = giving.gift.can_be_plugged() && (is_live || is_configured);
            if is_whole { call(OtherChange::Give(Giving { gift: plain(&giving.gift), is_live, is_configured })) } else { Vec::new() }
        }
        OtherChange::RemoveRule(_, on) => call(OtherChange::AddRule(on.clone())),
        // Its name comes with the answer.
        OtherChange::AddRule(on) => call(OtherChange::RemoveRule(String::new(), on.clone())),
        OtherChange::Glass(Some(_)) => match machine.looking_glass {
            Some(0) | None => call(OtherChange::Glass(None)),
            Some(bytes) => glass::screen_of(bytes).map(|screen| call(OtherChange::Glass(Some(screen)))).unwrap_or_default(),
        },
        OtherChange::OpenGlass => Vec::new(),
        OtherChange::Glass(None) => {
            let screen = machine.looking_glass.and_then(glass::screen_of);
            screen.map(|screen| call(OtherChange::Glass(Some(screen)))).unwrap_or_default()
        }
    }
}

/// What a machine let go for another goes back to it.
fn given_back(host: &crate::model::HostModel, key: &Key, giving: &Giving) -> Option<Call> {
    let Gift::Usb(UsbName::Ports(ports), UsbHow { hands_over: true, .. }) = &giving.gift else { return None };
    let owner = host.others.usb.iter().flatten().filter(|device| ports.contains(&device.port)).find_map(|device| device.active_machine);
    let owner = owner.filter(|owner| *owner != key.machine && ports.len() == 1)?;
    let giving = Giving { gift: plain(&giving.gift), is_live: true, is_configured: false };
    Some(Call::Other(host.key(owner), OtherChange::Give(giving)))
}

/// The same without taking it from anybody.
fn plain(gift: &Gift) -> Gift {
    match gift {
        Gift::Usb(name, _) => Gift::Usb(name.clone(), UsbHow::default()),
        other => other.clone(),
    }
}

/// A rule that was made is taken away by its name.
pub(super) fn named(back: Vec<Call>, done: &crate::action::Done) -> Vec<Call> {
    let id = done.results.first().and_then(|(_, result)| result.as_ref().ok());
    let name = |call| match (call, id) {
        (Call::Other(key, OtherChange::RemoveRule(_, on)), Some(id)) if matches!(done.call, Call::Other(_, OtherChange::AddRule(_))) => {
            Call::Other(key, OtherChange::RemoveRule(id.clone(), on))
        }
        (call, _) => call,
    };
    back.into_iter().map(name).collect()
}

/// What people call what is given.
pub(crate) fn label(model: &Model, key: &Key, gift: &Gift) -> String {
    let Some(host) = model.host(&key.host) else { return String::new() };
    let one = |kind: &str, source: &str| Attached { kind: kind.to_owned(), source: source.to_owned(), ..Attached::default() };
    let thing = |kind: &str, source: &str| found(&host.others, &one(kind, source)).map_or_else(|| source.to_owned(), |thing| thing.label);
    match gift {
        Gift::Usb(name, _) => usb_label(&host.others, name),
        Gift::Inputs(inputs) => {
            let names: Vec<String> = inputs.names.iter().map(|name| thing("input", name)).collect();
            names.join(", ")
        }
        Gift::Namespace(disk) => thing("nvme", &format!("{}/{}", disk.controller, disk.number)),
        Gift::Scsi(address) => thing("scsi", address),
        Gift::Mediated(part) => thing("mdev", &part.uuid),
        Gift::Network(card) => t!("plug-card", network = card.name.as_str()),
    }
}

/// What is meant by a name, by its own name if it is there.
pub(crate) fn usb_label(others: &OtherDevices, name: &UsbName) -> String {
    let is = |device: &&client::device::UsbDevice| match name {
        UsbName::Ports(ports) => ports.contains(&device.port),
        UsbName::Serial(serial) => device.serial == *serial,
        UsbName::Id(id) => client::device::ids(id) == Some(device.ids),
        UsbName::Place(bus, number) => device.place == (*bus, *number),
    };
    let found: Vec<String> = others.usb.iter().flatten().filter(is).map(client::device::UsbDevice::label).collect();
    match (found.is_empty(), name) {
        (false, _) => found.join(", "),
        (true, UsbName::Ports(ports)) => ports.join(", "),
        (true, UsbName::Serial(text) | UsbName::Id(text)) => text.clone(),
        (true, UsbName::Place(bus, number)) => t!("other-place", bus = *bus, number = *number),
    }
}

/// What an act was, for a toast.
pub(super) fn words(model: &Model, key: &Key, change: &OtherChange) -> String {
    let machine = crate::dialog::label(model, key);
    let about = |on: &UsbName| model.host(&key.host).map(|host| usb_label(&host.others, on)).unwrap_or_default();
    match change {
        OtherChange::Give(giving) => t!("act-attach", devices = label(model, key, &giving.gift), machine = machine),
        OtherChange::TakeBack(giving) => t!("act-detach", devices = label(model, key, &giving.gift), machine = machine),
        OtherChange::AddRule(on) => t!("act-add-rule", device = about(on), machine = machine),
        OtherChange::RemoveRule(_, on) => t!("act-remove-rule", device = about(on), machine = machine),
        OtherChange::Glass(Some(_)) => t!("act-glass", machine = machine),
        OtherChange::Glass(None) => t!("act-no-glass", machine = machine),
        OtherChange::OpenGlass => t!("act-open-glass", machine = machine),
    }
}

/// The title of its failure.
pub(crate) fn failure(model: &Model, key: &Key, change: &OtherChange, machine: &str) -> String {
    match change {
        OtherChange::Give(giving) => t!("failure-attach", devices = label(model, key, &giving.gift), machine = machine),
        OtherChange::TakeBack(giving) => t!("failure-detach", devices = label(model, key, &giving.gift), machine = machine),
        OtherChange::AddRule(_) => t!("failure-add-rule", machine = machine),
        OtherChange::RemoveRule(..) => t!("failure-remove-rule", machine = machine),
        OtherChange::Glass(_) => t!("failure-glass", machine = machine),
        OtherChange::OpenGlass => t!("failure-open-glass", machine = machine),
    }
}

#[cfg(test)]
#[path = "other_tests.rs"]
mod tests;
