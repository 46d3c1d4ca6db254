//! Deleting, and bringing back.

use dbus::{machine::PlanItem, manager::Deleted};
use uuid::Uuid;

use super::{Demo, calls::MANAGE, guest::Guest, parts, refusal, work::Turn};
use crate::{DeleteOptions, Error, Event};

/// Seven days in µs.
const KEPT: u64 = 7 * 24 * 3_600_000_000;

/// A deleted machine that can come back.
#[derive(Debug)]
pub(super) struct Trashed {
    record: Deleted,
    guest: Guest,
}

impl Demo {
    pub(crate) async fn plan_delete(&self, machine: Uuid) -> Result<Vec<PlanItem>, Error> {
        self.answers()?;
        Ok(plan(self.world().guest(machine)?))
    }

    pub(crate) async fn delete(&self, machine: Uuid, options: DeleteOptions) -> Result<String, Error> {
        self.may(MANAGE)?;
        {
            let world = self.world();
            let own = &world.guest(machine)?.machine;
            if own.is_locked {
                return Err(refusal::locked());
            }
            if own.is_active() && !options.force_off {
                return Err(refusal::wrong_state("delete", own.state));
            }
        }
        let mut turn = Turn::take(self, machine)?;
        turn.begin("machine-delete", false);
        let waited = turn.wait(600).await;
        turn.end(waited)?;
        let mut world = self.world();
        if world.guest(machine)?.machine.is_active() {
            let now = world.now();
            world.change(machine, |guest| guest.stop(now, dbus::machine::StateReason::ForcedOff));
        }
        let Some(at) = world.guests.iter().position(|guest| guest.machine.id == machine) else {
            return Err(refusal::not_found("machine"));
        };
        let guest = world.guests.remove(at);
        world.tell(&Event::MachineRemoved(machine));
        world.tell_devices();
        if options.permanent {
            return Ok(String::new());
        }
        let record = record(&guest, &options, world.now());
        let id = record.id.clone();
        world.trash.push(Trashed { record, guest });
        Ok(id)
    }

    pub(crate) async fn deleted(&self) -> Result<Vec<Deleted>, Error> {
        self.answers()?;
        Ok(self.world().trash.iter().map(|trashed| trashed.record.clone()).collect())
    }

    pub(crate) async fn undelete(&self, id: String) -> Result<(), Error> {
        self.may(MANAGE)?;
        let machine = self.find(&id, |world_guests, trashed| {
            let is_taken = |guest: &Guest| guest.machine.name == trashed.record.name || guest.machine.id == trashed.guest.machine.id;
            if world_guests.iter().any(is_taken) { Err(refusal::name_taken(&trashed.record.name)) } else { Ok(()) }
        })?;
        let mut turn = Turn::take(self, machine)?;
        turn.begin("machine-undelete", false);
        let waited = turn.wait(500).await;
        turn.end(waited)?;
        let mut world = self.world();
        let mut guest = take(&mut world.trash, &id)?.guest;
        guest.machine.has_saved_state = false;
        world.tell(&Event::Machine(Box::new(guest.machine.clone())));
        world.guests.push(guest);
        world.guests.sort_by_key(|guest| guest.machine.id);
        world.tell_devices();
        Ok(())
    }

    pub(crate) async fn purge(&self, id: String) -> Result<(), Error> {
        self.may(MANAGE)?;
        let machine = self.find(&id, |_, _| Ok(()))?;
        let mut turn = Turn::take(self, machine)?;
        turn.begin("machine-purge", false);
        let waited = turn.wait(300).await;
        turn.end(waited)?;
        take(&mut self.world().trash, &id).map(|_| ())
    }

    /// The machine behind an id, if nothing speaks against it.
    fn find(&self, id: &str, check: impl FnOnce(&[Guest], &Trashed) -> Result<(), Error>) -> Result<Uuid, Error> {
        let world = self.world();
        let trashed = world.trash.iter().find(|trashed| trashed.record.id == id);
        let trashed = trashed.ok_or_else(|| refusal::not_found("deleted machine"))?;
        check(&world.guests, trashed)?;
        Ok(trashed.guest.machine.id)
    }
}

fn plan(guest: &Guest) -> Vec<PlanItem> {
    let mut plan = guest.plan.clone();
    if guest.machine.has_saved_state {
        plan.push(parts::saved_state(guest.machine.memory));
    }
    plan
}

fn record(guest: &Guest, options: &DeleteOptions, now: u64) -> Deleted {
    let goes = |item: &&PlanItem| item.kind == "disk" && item.action == "trash" && options.disks.contains(&item.path);
    Deleted {
        id: format!("{:x}-{}", now, guest.machine.id.simple()),
        uuid: guest.machine.id.to_string(),
        name: guest.machine.name.clone(),
        deleted: now,
        expires: now + KEPT,
        size: guest.plan.iter().filter(goes).map(|item| item.allocation).sum(),
    }
}

fn take(trash: &mut Vec<Trashed>, id: &str) -> Result<Trashed, Error> {
    let at = trash.iter().position(|trashed| trashed.record.id == id).ok_or_else(|| refusal::not_found("deleted machine"))?;
    Ok(trash.remove(at))
}
