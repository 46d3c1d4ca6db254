//! What machines of the host in memory get besides PCI cards, by the service's rules.

use uuid::Uuid;

use super::{
    Demo,
    attach::{UNPLUG_SECONDS, changes},
    calls::MANAGE,
    guest::Quirk,
    network,
    others::source,
    passthrough::ACTION,
    refusal, scsi,
    work::Turn,
    world::World,
};
use crate::{
    Error,
    device::{Attached, Gift, GivePlan, Giving, OtherDevices, Refusal, UsbDevice, UsbName, ids},
};

/// What plugging takes.
const PLUG: u64 = 500;

impl Demo {
    pub(crate) async fn plan_give(&self, machine: Uuid, giving: Giving) -> Result<GivePlan, Error> {
        self.answers()?;
        if let Gift::Network(card) = &giving.gift {
            return network::plan(&self.world(), machine, card);
        }
        Ok(plan(&self.world(), machine, &giving)?.0)
    }

    pub(crate) async fn give(&self, machine: Uuid, giving: Giving) -> Result<(), Error> {
        self.may(MANAGE)?;
        self.may(ACTION)?;
        let turn = Turn::take(self, machine)?;
        if let Gift::Network(card) = &giving.gift {
            turn.wait(PLUG).await?;
            return network::give(&mut self.world(), machine, card);
        }
        let (plan, things) = plan(&self.world(), machine, &giving)?;
        if !plan.reasons.is_empty() {
            return Err(refusal::unsafe_for_host(&plan.reasons));
        }
        turn.wait(PLUG).await?;
        let mut world = self.world();
        for owner in &plan.taken_from {
            world.leave(*owner, &things, (true, false));
        }
        world.get(machine, &things, (giving.is_live, giving.is_configured));
        Ok(())
    }

    pub(crate) async fn take_back(&self, machine: Uuid, giving: Giving) -> Result<(), Error> {
        self.may(MANAGE)?;
        self.may(ACTION)?;
        let turn = Turn::take(self, machine)?;
        if let Gift::Network(card) = &giving.gift {
            turn.wait(PLUG).await?;
            return network::take_back(&mut self.world(), machine, card);
        }
        let (things, is_kept) = {
            let world = self.world();
            let things = gone_or_there(&world, &giving.gift)?;
            let guest = world.guest(machine)?;
            let all = guest.machine.host_devices.as_deref().unwrap_or_default();
            let is_meant = |one: &&Attached| things.iter().any(|thing| thing.is(one));
            if !all.iter().filter(is_meant).any(|one| (giving.is_live && one.is_live) || (giving.is_configured && one.is_configured)) {
                return Err(refusal::not_found("device of the machine"));
            }
            let is_plugged = all.iter().filter(is_meant).any(|one| one.kind == "scsi" && giving.is_live && one.is_live);
            (things, is_plugged && guest.quirk == Quirk::IgnoresShutdown)
        };
        turn.wait(PLUG).await?;
        // A USB device is pulled out, a SCSI device the guest has to let go.
        if is_kept {
            return Err(refusal::timed_out(UNPLUG_SECONDS));
        }
        self.world().leave(machine, &things, (giving.is_live, giving.is_configured));
        Ok(())
    }
}

/// A thing as a definition names it.
#[derive(Clone, Debug)]
pub(super) struct Thing {
    kind: &'static str,
    source: String,
    /// Its port, if it is a USB device.
    pub port: String,
    /// What it is known by, if it is a SCSI device.
    identity: String,
}

impl Thing {
    pub(super) fn usb(device: &UsbDevice) -> Self {
        Self { kind: "usb", source: source(device), port: device.port.clone(), identity: String::new() }
    }

    fn is(&self, one: &Attached) -> bool {
        one.kind == self.kind && one.source == self.source
    }
}

impl World {
    /// A machine has these now, or with its start.
    pub(super) fn get(&mut self, machine: Uuid, things: &[Thing], (is_live, is_configured): (bool, bool)) {
        self.change(machine, |guest| {
            let all = guest.machine.host_devices.get_or_insert_default();
            for thing in things {
                let at = all.iter().position(|one| thing.is(one)).unwrap_or_else(|| {
                    let Thing { kind, source, identity, .. } = thing.clone();
                    all.push(Attached { kind: kind.to_owned(), source, identity, ..Attached::default() });
                    all.len() - 1
                });
                all[at].is_live |= is_live;
                all[at].is_configured |= is_configured;
            }
            changes(guest);
        });
        self.follow_rules(&[]);
        self.tell_others();
    }

    /// And does not any more.
    pub(super) fn leave(&mut self, machine: Uuid, things: &[Thing], (is_live, is_configured): (bool, bool)) {
        self.change(machine, |guest| {
            let all = guest.machine.host_devices.get_or_insert_default();
            for one in all.iter_mut().filter(|one| things.iter().any(|thing| thing.is(one))) {
                one.is_live &= !is_live;
                one.is_configured &= !is_configured;
            }
            all.retain(|one| one.is_live || one.is_configured);
            changes(guest);
        });
        let ports: Vec<(Uuid, String)> = things.iter().map(|thing| (machine, thing.port.clone())).collect();
        self.follow_rules(if is_live { &ports } else { &[] });
        self.tell_others();
    }
}

/// The devices that a name is of.
pub(super) fn named(all: &OtherDevices, name: &UsbName) -> Vec<UsbDevice> {
    let is = |device: &&UsbDevice| match name {
        UsbName::Ports(ports) => ports.contains(&device.port),
        UsbName::Serial(serial) => device.serial == *serial,
        UsbName::Id(text) => ids(text) == Some(device.ids),
        UsbName::Place(bus, number) => device.place == (*bus, *number),
    };
    all.usb.iter().flatten().filter(is).cloned().collect()
}

/// What is meant, also what is not there any more.
fn gone_or_there(world: &World, gift: &Gift) -> Result<Vec<Thing>, Error> {
    let things = things(&world.others(), gift);
    match gift {
        Gift::Usb(UsbName::Id(text), _) if things.is_empty() => {
            let (vendor, product) = ids(text).ok_or_else(|| refusal::invalid("usb-id", "not vendor and product"))?;
            let gone = UsbDevice { ids: (vendor, product), ..UsbDevice::default() };
            Ok(vec![Thing::usb(&gone)])
        }
        _ if things.is_empty() => Err(refusal::not_found("device")),
        _ => Ok(things),
    }
}

fn things(all: &OtherDevices, gift: &Gift) -> Vec<Thing> {
    let one = |kind, source: String| Thing { kind, source, port: String::new(), identity: String::new() };
    match gift {
        Gift::Usb(name, _) => named(all, name).iter().map(Thing::usb).collect(),
        Gift::Inputs(inputs) => inputs.names.iter().map(|name| one("input", name.clone())).collect(),
        Gift::Namespace(disk) => vec![one("nvme", format!("{}/{}", disk.controller, disk.number))],
        Gift::Scsi(address) => vec![Thing { identity: scsi::identity(all, address), ..one("scsi", address.clone()) }],
        Gift::Mediated(part) => vec![one("mdev", part.uuid.clone())],
        // It is no device of the host.
        Gift::Network(_) => Vec::new(),
    }
}

pub(super) fn said(reason: &str, device: &str, name: &str) -> Refusal {
    Refusal { reason: reason.to_owned(), device: device.to_owned(), name: name.to_owned(), ..Refusal::default() }
}

fn plan(world: &World, machine: Uuid, giving: &Giving) -> Result<(GivePlan, Vec<Thing>), Error> {
    let all = world.others();
    let own = &world.guest(machine)?.machine;
    if (giving.is_live && !own.is_active()) || (giving.is_configured && !own.is_persistent) {
        return Err(refusal::wrong_state("attach", own.state));
    }
    let things = things(&all, &giving.gift);
    if things.is_empty() {
        return Err(refusal::not_found("device"));
    }
    let has = |thing: &Thing, is: fn(&Attached) -> bool| own.host_devices.iter().flatten().any(|one| thing.is(one) && is(one));
    let name = |thing: &Thing| if thing.port.is_empty() { thing.source.clone() } else { thing.port.clone() };
    let lacking = |is_wanted: bool, is: fn(&Attached) -> bool| -> Vec<String> {
        things.iter().filter(|thing| is_wanted && !has(thing, is)).map(name).collect()
    };
    let mut plan = GivePlan {
        live: lacking(giving.is_live, |one| one.is_live),
        configured: lacking(giving.is_configured, |one| one.is_configured),
        ..GivePlan::default()
    };
    for thing in &things {
        holders(world, machine, giving, thing, &mut plan);
    }
    match &giving.gift {
        Gift::Usb(name, _) => judge_usb(&all, name, &mut plan),
        Gift::Inputs(inputs) => {
            let keyboards =
                |name: &String| all.inputs.iter().flatten().find(|one| one.name == *name && one.kinds.contains(&"keyboard".into()));
            let first = inputs.names.first().cloned().unwrap_or_default();
            match inputs.names.iter().find_map(keyboards) {
                Some(keyboard) if keyboard.is_only_keyboard => plan.warnings.push(said("only-keyboard", &keyboard.name, "")),
                Some(_) => {}
                None => plan.warnings.push(said("no-keyboard", &first, "")),
            }
        }
        Gift::Namespace(disk) => {
            let found = all.namespaces.iter().flatten().find(|one| (&one.controller, one.number) == (&disk.controller, disk.number));
            let uses = found.into_iter().flat_map(|one| &one.uses);
            plan.reasons.extend(uses.map(|(word, part)| said(word, &disk.controller, part)));
        }
        Gift::Scsi(address) => scsi::judge(&all, world.guest(machine)?, address, &mut plan)?,
        Gift::Mediated(_) | Gift::Network(_) => {}
    }
    Ok((plan, things))
}

/// Who else has it, or gets it.
fn holders(world: &World, machine: Uuid, giving: &Giving, thing: &Thing, plan: &mut GivePlan) {
    let device = if thing.port.is_empty() { &thing.source } else { &thing.port };
    for other in world.guests.iter().filter(|guest| guest.machine.id != machine) {
        for one in other.machine.host_devices.iter().flatten().filter(|one| thing.is(one)) {
            if one.is_live && giving.is_live && matches!(&giving.gift, Gift::Usb(_, how) if how.hands_over) {
                plan.taken_from.push(other.machine.id);
            } else if one.is_live {
                plan.reasons.push(said("machine-running", device, &other.machine.name));
            }
            if one.is_configured {
                plan.warnings.push(said("machine-configured", device, &other.machine.name));
            }
        }
    }
}

/// What the host does with what a name is of.
fn judge_usb(all: &OtherDevices, name: &UsbName, plan: &mut GivePlan) {
    let found = named(all, name);
    if found.len() > 1 && !matches!(name, UsbName::Ports(_)) {
        plan.reasons.extend(found.iter().map(|device| said("ambiguous", &device.port, "")));
    }
    for device in &found {
        plan.reasons.extend(reasons(device));
    }
}

/// Why the host keeps a device.
pub(super) fn reasons(device: &UsbDevice) -> Vec<Refusal> {
    device.uses.iter().map(|(word, part)| said(word, &device.port, part)).collect()
}

#[cfg(test)]
#[path = "give_tests.rs"]
mod tests;
