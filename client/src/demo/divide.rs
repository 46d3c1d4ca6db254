//! Parts of the card in memory that is divided: made, kept, started and deleted, by the service's rules.

use super::{
    Demo, Preset,
    passthrough::{ACTION, SWITCH},
    refusal,
    world::World,
};
use crate::{
    Error,
    device::{Mediated, NewPart, OtherDevices, Parent, PartType, Refusal, Verdict},
};

/// GiB of the card, and of its kinds of parts.
const CARD: u32 = 4;
const KINDS: [(&str, u32); 2] = [("nvidia-36", 1), ("nvidia-37", 2)];

impl Demo {
    pub(crate) async fn plan_make_part(&self, part: NewPart) -> Result<Verdict, Error> {
        self.answers()?;
        judge(&self.world(), &part)
    }

    pub(crate) async fn make_part(&self, part: NewPart) -> Result<(), Error> {
        self.may(ACTION)?;
        if !part.starts && !part.is_kept && !part.autostart {
            return Err(refusal::invalid("start", "neither made nor kept"));
        }
        refuse(&judge(&self.world(), &part)?)?;
        self.pause().await;
        let made = Mediated {
            uuid: part.uuid.to_string(),
            kind: part.kind,
            parent: part.card,
            is_active: part.starts,
            is_kept: part.is_kept || part.autostart,
            autostart: part.autostart,
            ..Mediated::default()
        };
        self.world().change_parts(|parts| parts.push(made));
        Ok(())
    }

    pub(crate) async fn start_part(&self, uuid: String) -> Result<(), Error> {
        self.may(ACTION)?;
        let part = find(&self.world(), &uuid)?;
        if part.is_active {
            return Ok(());
        }
        let others = self.world().others();
        refuse(&Verdict { reasons: lacks(&others, &part.parent, &part.kind).into_iter().collect(), warnings: Vec::new() })?;
        self.pause().await;
        self.world().change_part(&uuid, |part| part.is_active = true);
        Ok(())
    }

    pub(crate) async fn set_part_autostart(&self, uuid: String, autostart: bool) -> Result<(), Error> {
        self.may(ACTION)?;
        find(&self.world(), &uuid)?;
        self.world().change_part(&uuid, |part| (part.autostart, part.is_kept) = (autostart, true));
        Ok(())
    }

    pub(crate) async fn plan_delete_part(&self, uuid: String) -> Result<Verdict, Error> {
        self.answers()?;
        judge_end(&self.world(), &uuid)
    }

    pub(crate) async fn delete_part(&self, uuid: String) -> Result<(), Error> {
        self.may(ACTION)?;
        refuse(&judge_end(&self.world(), &uuid)?)?;
        self.pause().await;
        self.world().change_parts(|parts| parts.retain(|part| part.uuid != uuid));
        Ok(())
    }

    /// What a driver takes.
    pub(super) async fn pause(&self) {
        if self.preset() != Preset::Frozen {
            tokio::time::sleep(SWITCH).await;
        }
    }
}

impl World {
    fn change_part(&mut self, uuid: &str, change: impl FnOnce(&mut Mediated)) {
        self.change_parts(|parts| {
            if let Some(part) = parts.iter_mut().find(|part| part.uuid == uuid) {
                change(part);
            }
        });
    }

    /// Changes parts, counts what the card can make besides, and tells of it.
    fn change_parts(&mut self, change: impl FnOnce(&mut Vec<Mediated>)) {
        self.change_others(|others| {
            change(others.mediated.get_or_insert_default());
            count(others);
        });
    }
}

/// What fits into what is left of the card.
fn count(others: &mut OtherDevices) {
    let size = |kind: &str| KINDS.iter().find(|(id, _)| *id == kind).map_or(0, |(_, size)| *size);
    let used: u32 = others.mediated.iter().flatten().filter(|part| part.is_active).map(|part| size(&part.kind)).sum();
    for kind in others.parents.iter_mut().flatten().flat_map(|parent| &mut parent.types) {
        kind.free = CARD.saturating_sub(used) / size(&kind.id).max(1);
    }
}

pub(super) fn refuse(verdict: &Verdict) -> Result<(), Error> {
    if verdict.reasons.is_empty() { Ok(()) } else { Err(refusal::unsafe_for_host(&verdict.reasons)) }
}

pub(super) fn said(reason: &str, device: &str, name: &str) -> Refusal {
    Refusal { reason: reason.to_owned(), device: device.to_owned(), name: name.to_owned(), ..Refusal::default() }
}

fn find(world: &World, uuid: &str) -> Result<Mediated, Error> {
    let found = world.others().mediated.into_iter().flatten().find(|part| part.uuid == uuid);
    found.ok_or_else(|| refusal::not_found("part"))
}

fn kind_of<'a>(others: &'a OtherDevices, card: &str, kind: &str) -> Option<&'a PartType> {
    let is_card = |parent: &&Parent| parent.device.as_deref() == Some(card);
    others.parents.iter().flatten().find(is_card)?.types.iter().find(|own| own.id == kind)
}

/// Why the card makes no more of them now.
fn lacks(others: &OtherDevices, card: &str, kind: &str) -> Option<Refusal> {
    let has_room = kind_of(others, card, kind).is_some_and(|own| own.free > 0);
    (!has_room).then(|| said("no-instance", card, kind))
}

fn judge(world: &World, part: &NewPart) -> Result<Verdict, Error> {
    let others = world.others();
    if kind_of(&others, &part.card, &part.kind).is_none() {
        return Err(refusal::not_found("type of parts"));
    }
    let uuid = part.uuid.to_string();
    let is_taken = others.mediated.iter().flatten().any(|own| own.uuid == uuid);
    let taken = is_taken.then(|| said("uuid-taken", &part.card, &uuid));
    let full = part.starts.then(|| lacks(&others, &part.card, &part.kind)).flatten();
    Ok(Verdict { reasons: taken.into_iter().chain(full).collect(), warnings: Vec::new() })
}

fn judge_end(world: &World, uuid: &str) -> Result<Verdict, Error> {
    let part = find(world, uuid)?;
    let named = |word: &str, machine: &crate::Uuid| said(word, uuid, &world.name(*machine));
    let reasons = part.active_machine.iter().map(|machine| named("machine-running", machine)).collect();
    let others = part.machines.iter().filter(|machine| part.active_machine != Some(**machine));
    Ok(Verdict { reasons, warnings: others.map(|machine| named("machine-configured", machine)).collect() })
}

#[cfg(test)]
mod tests {
    use dbus::ErrorKind;

    use super::*;
    use crate::{
        Client, Uuid,
        device::{Gift, Giving, MediatedPart},
    };

    fn new(kind: &str) -> NewPart {
        let (card, kind) = ("0000:02:00.0".to_owned(), kind.to_owned());
        NewPart { card, kind, uuid: Uuid::from_u128(7), is_kept: true, autostart: false, starts: true }
    }

    fn free(demo: &Demo) -> Vec<u32> {
        demo.others().parents.unwrap()[0].types.iter().map(|kind| kind.free).collect()
    }

    #[tokio::test]
    async fn a_part_that_is_made_takes_room_until_it_is_deleted() {
        let demo = Demo::new(Preset::Frozen);
        let client = Client::from(demo.clone());
        assert_eq!(free(&demo), [2, 1]);
        client.make_part(new("nvidia-37")).await.unwrap();
        assert_eq!(free(&demo), [0, 0]);
        let uuid = new("").uuid.to_string();
        let full = client.plan_make_part(NewPart { uuid: Uuid::from_u128(8), ..new("nvidia-36") }).await.unwrap();
        assert_eq!(full.reasons[0].reason, "no-instance");
        assert_eq!(client.make_part(new("nvidia-36")).await.unwrap_err().kind(), Some(ErrorKind::Unsafe), "and its UUID is taken");
        client.set_part_autostart(uuid.clone(), true).await.unwrap();
        assert!(demo.others().mediated.unwrap().iter().any(|part| part.uuid == uuid && part.autostart));
        client.delete_part(uuid.clone()).await.unwrap();
        assert_eq!(free(&demo), [2, 1]);
        assert_eq!(client.delete_part(uuid).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
    }

    #[tokio::test]
    async fn what_is_kept_and_not_there_is_started_and_who_names_a_part_is_told() {
        let demo = Demo::new(Preset::Frozen);
        let client = Client::from(demo.clone());
        let off = demo.others().mediated.unwrap().into_iter().find(|part| !part.is_active).unwrap().uuid;
        client.start_part(off.clone()).await.unwrap();
        assert_eq!(free(&demo), [0, 0]);
        let machine = demo.machines().into_iter().find(|machine| !machine.is_active() && machine.is_persistent).unwrap();
        let gift = Gift::Mediated(MediatedPart { uuid: off.clone(), ..MediatedPart::default() });
        client.give(machine.id, Giving { gift, is_live: false, is_configured: true }).await.unwrap();
        let plan = client.plan_delete_part(off).await.unwrap();
        assert_eq!((plan.reasons.len(), plan.warnings[0].name.as_str()), (0, machine.name.as_str()));
        let refused = Client::from(Demo::new(Preset::NotAllowed)).make_part(new("nvidia-36")).await.unwrap_err();
        assert_eq!(refused.kind(), Some(ErrorKind::NotAuthorized));
    }
}
