//! The calls of a client.

use std::{fs::File, io::Write, os::fd::OwnedFd};

use dbus::machine::Tag;
use futures_util::{StreamExt, stream};
use model::validate::{self, Lines};
use uuid::Uuid;

use super::{Demo, Preset, refusal, screen, work};
use crate::{
    Error, Metadata, Operation, Series,
    client::{BatchResults, Details, Prompt},
    file,
};

/// Machines of a batch that are worked on at the same time.
const AT_ONCE: usize = 8;
pub(super) const OPERATE: &str = "org.kvmmanager.manager1.machine-operate";
pub(super) const MANAGE: &str = "org.kvmmanager.manager1.machine-manage";
const UNLOCK: &str = "org.kvmmanager.manager1.unlock-machine";

impl Demo {
    pub(crate) async fn operate(&self, machine: Uuid, operation: Operation) -> Result<(), Error> {
        self.may(OPERATE)?;
        let quirk = {
            let world = self.world();
            let guest = world.guest(machine)?;
            work::check(guest, operation)?;
            guest.quirk
        };
        work::Turn::take(self, machine)?.run(operation, quirk).await
    }

    pub(crate) async fn batch(&self, operation: Operation, machines: Vec<Uuid>) -> Result<BatchResults, Error> {
        self.may(OPERATE)?;
        let one = |machine: Uuid| async move { (machine, self.operate(machine, operation).await) };
        Ok(stream::iter(machines).map(one).buffered(AT_ONCE).collect().await)
    }

    pub(crate) async fn rename(&self, machine: Uuid, name: String) -> Result<(), Error> {
        self.may(MANAGE)?;
        validate::name(&name).map_err(|reason| refusal::invalid("name", reason))?;
        let mut world = self.world();
        let own = &world.guest(machine)?.machine;
        if own.is_active() || own.has_saved_state {
            return Err(refusal::wrong_state("rename", own.state));
        }
        if world.guests.iter().any(|guest| guest.machine.name == name && guest.machine.id != machine) {
            return Err(refusal::name_taken(&name));
        }
        world.change(machine, |guest| guest.machine.name = name);
        Ok(())
    }

    pub(crate) async fn set_autostart(&self, machine: Uuid, autostart: bool) -> Result<(), Error> {
        self.may(MANAGE)?;
        let mut world = self.world();
        world.guest(machine)?;
        world.change(machine, |guest| guest.machine.autostart = autostart);
        Ok(())
    }

    pub(crate) async fn set_metadata(&self, machine: Uuid, changes: Metadata) -> Result<(), Error> {
        self.may(MANAGE)?;
        check(&changes)?;
        let mut world = self.world();
        world.guest(machine)?;
        world.change(machine, |guest| {
            let own = &mut guest.machine;
            own.title = changes.title.unwrap_or_else(|| own.title.clone());
            own.description = changes.description.unwrap_or_else(|| own.description.clone());
            own.group = changes.group.unwrap_or_else(|| own.group.clone());
            own.is_locked = changes.locked.unwrap_or(own.is_locked);
            if let Some(tags) = changes.tags {
                own.tags = tags.into_iter().map(coloured).collect();
            }
        });
        Ok(())
    }

    pub(crate) async fn screenshot(&self, machine: Uuid, width: u32, _prompt: Prompt) -> Result<Vec<u8>, Error> {
        self.answers()?;
        if width == 0 {
            return Err(refusal::invalid("width", "must not be zero"));
        }
        let guest = self.world().guest(machine)?.clone();
        if !guest.machine.is_active() {
            return Err(refusal::wrong_state("screenshot", guest.machine.state));
        }
        let known = self.world().picture(machine, width);
        if let Some(known) = known {
            return Ok(known);
        }
        let picture = screen::picture(&guest, width).map_err(|error| Error::Other(error.to_string()))?;
        self.world().keep_picture(machine, width, picture.clone());
        Ok(picture)
    }

    pub(crate) async fn log(&self, machine: Uuid, _prompt: Prompt) -> Result<Vec<String>, Error> {
        self.answers()?;
        Ok(self.world().guest(machine)?.log.clone())
    }

    pub(crate) async fn details(&self, machine: Uuid) -> Result<Details, Error> {
        self.answers()?;
        Ok(self.world().guest(machine)?.details.clone())
    }

    pub(crate) async fn host_history(&self) -> Result<Series, Error> {
        self.answers()?;
        Ok(self.world().host_series())
    }

    pub(crate) async fn history(&self, machine: Uuid) -> Result<Series, Error> {
        self.answers()?;
        self.world().series(machine)
    }

    pub(crate) async fn core_dump(&self, machine: Uuid, target: OwnedFd) -> Result<(), Error> {
        self.may(OPERATE)?;
        let (state, memory) = {
            let world = self.world();
            let own = &world.guest(machine)?.machine;
            (own.is_active().then_some(own.state).ok_or_else(|| refusal::wrong_state("core-dump", own.state)), own.memory)
        };
        state?;
        let mut turn = work::Turn::take(self, machine)?;
        turn.begin("machine-core-dump", true);
        let mut result = turn.progress(3000, memory).await;
        if result.is_ok() {
            // There is no guest whose memory it could be.
            let written = file::aside(move || File::from(target).write_all(b"KVM Manager demo\n")).await;
            result = written.map_err(|error| Error::Other(error.to_string()));
        }
        turn.end(result)
    }

    pub(crate) async fn cancel(&self, job: String) -> Result<(), Error> {
        self.may(OPERATE)?;
        self.world().cancel(&job)
    }

    pub(crate) async fn unlock(&self) -> Result<(), Error> {
        if self.preset() == Preset::NotAllowed { Err(refusal::not_authorized(UNLOCK)) } else { Ok(()) }
    }

    /// Whether there is anything to ask.
    pub(super) fn answers(&self) -> Result<(), Error> {
        match self.preset() {
            Preset::NoLibvirt => Err(refusal::unavailable()),
            Preset::ServiceMissing => Err(Error::Gone("The service is not installed".to_owned())),
            _ => Ok(()),
        }
    }

    /// Whether something may be changed.
    pub(super) fn may(&self, action: &str) -> Result<(), Error> {
        self.answers()?;
        if self.preset() == Preset::NotAllowed { Err(refusal::not_authorized(action)) } else { Ok(()) }
    }
}

/// The service's rules for what people write.
fn check(changes: &Metadata) -> Result<(), Error> {
    let refuse = |argument: &'static str| move |reason: &'static str| refusal::invalid(argument, reason);
    if let Some(title) = &changes.title {
        validate::free_text(title, Lines::One).map_err(refuse("title"))?;
    }
    if let Some(description) = &changes.description {
        validate::free_text(description, Lines::Many).map_err(refuse("description"))?;
    }
    if let Some(group) = &changes.group {
        validate::group(group).map_err(refuse("group"))?;
    }
    let tags = changes.tags.as_deref().unwrap_or_default();
    if tags.len() > validate::MAX_TAGS {
        return Err(refusal::invalid("tags", "too many"));
    }
    for (index, tag) in tags.iter().enumerate() {
        validate::tag(&tag.name).map_err(refuse("tags"))?;
        if !tag.colour.is_empty() {
            validate::colour(&tag.colour).map_err(refuse("tags"))?;
        }
        if tags.iter().take(index).any(|other| other.name == tag.name) {
            return Err(refusal::invalid("tags", "the same tag twice"));
        }
    }
    Ok(())
}

fn coloured(tag: Tag) -> Tag {
    if tag.colour.is_empty() { Tag { colour: model::metadata::DEFAULT_COLOUR.to_owned(), ..tag } } else { tag }
}
