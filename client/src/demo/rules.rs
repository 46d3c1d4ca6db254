//! USB devices that go to machines of the host in memory by themselves.

use uuid::Uuid;

use super::{
    Demo,
    calls::MANAGE,
    give::{Thing, named, reasons},
    passthrough::ACTION,
    refusal,
    world::World,
};
use crate::{
    Error,
    device::{UsbDevice, UsbName, UsbRule},
};

/// Rules of one machine.
const MOST: usize = 16;

impl Demo {
    pub(crate) async fn add_usb_rule(&self, machine: Uuid, on: UsbName) -> Result<String, Error> {
        self.may(MANAGE)?;
        self.may(ACTION)?;
        let mut world = self.world();
        let known = world.guest(machine)?.machine.usb_rules.clone().unwrap_or_default();
        if let Some(same) = known.iter().find(|rule| rule.on == on) {
            return Ok(same.id.clone());
        }
        let has_it = |guest: &&super::guest::Guest| guest.machine.usb_rules.iter().flatten().any(|rule| rule.on == on);
        if let Some(other) = world.guests.iter().find(has_it) {
            return Err(refusal::ruled_by(&other.machine.name));
        }
        if known.len() >= MOST {
            return Err(refusal::limit("USB rules", MOST as u64));
        }
        let id = world.next_id();
        let rule = UsbRule { id: id.clone(), on, state: "waiting".to_owned(), ports: Vec::new(), reasons: Vec::new() };
        world.change(machine, |guest| guest.machine.usb_rules.get_or_insert_default().push(rule));
        world.follow_rules(&[]);
        world.tell_others();
        Ok(id)
    }

    pub(crate) async fn remove_usb_rule(&self, machine: Uuid, id: String) -> Result<(), Error> {
        self.may(MANAGE)?;
        self.may(ACTION)?;
        let mut world = self.world();
        if !world.guest(machine)?.machine.usb_rules.iter().flatten().any(|rule| rule.id == id) {
            return Err(refusal::not_found("rule"));
        }
        world.change(machine, |guest| guest.machine.usb_rules.iter_mut().for_each(|rules| rules.retain(|rule| rule.id != id)));
        Ok(())
    }
}

impl World {
    /// Gives what rules are about to running machines; what was taken just now, machine and port, stays away.
    pub(super) fn follow_rules(&mut self, taken: &[(Uuid, String)]) {
        let wishes: Vec<(Uuid, UsbRule)> = self
            .guests
            .iter()
            .flat_map(|guest| guest.machine.usb_rules.iter().flatten().map(|rule| (guest.machine.id, rule.clone())))
            .collect();
        for (machine, rule) in wishes {
            let (next, device) = self.outcome(machine, &rule, taken);
            if next != rule {
                self.change(machine, |guest| {
                    for own in guest.machine.usb_rules.iter_mut().flatten().filter(|own| own.id == next.id) {
                        own.clone_from(&next);
                    }
                });
            }
            if let Some(device) = device {
                self.get(machine, &[Thing::usb(&device)], (true, false));
            }
        }
    }

    /// How it stands with a rule, and what it gives now.
    fn outcome(&self, machine: Uuid, rule: &UsbRule, taken: &[(Uuid, String)]) -> (UsbRule, Option<UsbDevice>) {
        let all = self.others();
        let as_is = |state: &str, reasons: Vec<String>| UsbRule { state: state.to_owned(), reasons, ..rule.clone() };
        let Some(device) = named(&all, &rule.on).into_iter().next() else { return (as_is("waiting", Vec::new()), None) };
        let with_port = |rule: UsbRule| UsbRule { ports: vec![device.port.clone()], ..rule };
        let is_on = self.guest(machine).is_ok_and(|guest| guest.machine.is_active());
        let was_taken = taken.iter().any(|(from, port)| (*from, port) == (machine, &device.port));
        match device.active_machine {
            _ if !is_on => (with_port(as_is("waiting", Vec::new())), None),
            Some(holder) if holder == machine => (with_port(as_is("attached", Vec::new())), None),
            _ if was_taken || rule.state == "released" => (with_port(as_is("released", Vec::new())), None),
            Some(_) => (with_port(as_is("failed", vec!["machine-running".to_owned()])), None),
            None => {
                let words: Vec<String> = reasons(&device).into_iter().map(|refusal| refusal.reason).collect();
                if words.is_empty() {
                    (with_port(as_is("attached", words)), Some(device))
                } else {
                    (with_port(as_is("failed", words)), None)
                }
            }
        }
    }
}

/// A machine started or stopped: what somebody had taken away comes again.
pub(super) fn forget_released(rules: &mut Option<Vec<UsbRule>>) {
    for rule in rules.iter_mut().flatten().filter(|rule| rule.state == "released") {
        "waiting".clone_into(&mut rule.state);
    }
}
