//! What deleting a machine would take away and what would stay, and why.

use std::{collections::BTreeSet, path::Path};

use dbus::machine::PlanItem;
use model::{
    device::{Disk, DiskDevice, Source},
    machine::Machine as Document,
};
use uuid::Uuid;

use super::graph::{Graph, Reference, references};
use crate::{
    context::Context,
    error::{Error, Result},
    host::{block::Names, finding::Finding, pool::has_trash},
    libvirt::{
        FirmwareState,
        storage::{PoolVolume, Referrer},
    },
    store::deleted::{Stage, Volume},
    workflow::passthrough::blocking,
};

/// What becomes of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It comes back with an undelete.
    Trash,
    /// It goes for good.
    Remove,
    /// It stays.
    Keep,
}

/// One thing that belongs to the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// `definition`, `disk`, `backing`, `snapshot`, `nvram`, `tpm` or `saved-state`.
    pub kind: &'static str,
    /// Path or name.
    pub path: String,
    /// What becomes of it.
    pub action: Action,
    /// Why it stays.
    pub reason: &'static str,
    /// The other machines that need it.
    pub machines: BTreeSet<Uuid>,
    /// Where it is, if it is a volume.
    pub volume: Option<PoolVolume>,
}

/// The plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Everything that belongs to the machine.
    pub items: Vec<Item>,
}

impl Plan {
    /// The volumes that go.
    #[must_use]
    pub fn volumes(&self) -> Vec<Volume> {
        let going = self.items.iter().filter(|item| item.action != Action::Keep);
        going.filter_map(|item| item.volume.as_ref()).map(record).collect()
    }

    /// The files that stay where they are, for now at least, and that the machine would need to come back.
    #[must_use]
    pub fn needs(&self) -> Vec<String> {
        let stays = |item: &&Item| item.kind == "nvram" || (item.action == Action::Keep && item.kind != "snapshot");
        self.items.iter().filter(stays).map(|item| item.path.clone()).filter(|path| !path.is_empty()).collect()
    }

    /// Whether the machine has NVRAM or TPM state.
    #[must_use]
    pub fn has_firmware_state(&self) -> bool {
        self.items.iter().any(|item| matches!(item.kind, "nvram" | "tpm"))
    }

    /// What of that goes with a permanent delete.
    #[must_use]
    pub fn firmware_state(&self) -> FirmwareState {
        let goes = |kind| self.items.iter().any(|item| item.kind == kind) && !self.keeps(kind);
        FirmwareState { nvram: goes("nvram"), tpm: goes("tpm") }
    }

    fn keeps(&self, kind: &str) -> bool {
        self.items.iter().any(|item| item.kind == kind && item.action == Action::Keep)
    }

    /// Lets only the volumes in `chosen` go. A backing image that nobody else needs may be chosen, too.
    ///
    /// # Errors
    /// `Unsafe` if something was chosen that must stay or is not the machine's.
    pub fn choose(&mut self, chosen: &[String], gone: Action) -> Result<()> {
        let mut left: BTreeSet<&str> = chosen.iter().map(String::as_str).collect();
        for item in self.items.iter_mut().filter(|item| item.volume.is_some()) {
            let is_chosen = left.remove(item.path.as_str());
            match (is_chosen, item.action) {
                (true, Action::Keep) if item.reason == "backing" && item.machines.is_empty() => (item.action, item.reason) = (gone, ""),
                (true, Action::Keep) => return Err(Error::refused(Finding::new(item.reason, "").named(&item.path))),
                (false, Action::Trash | Action::Remove) => (item.action, item.reason) = (Action::Keep, "asked"),
                _ => {}
            }
        }
        if left.is_empty() { Ok(()) } else { Err(Error::refused(Finding::new("not-of-this-machine", ""))) }
    }

    /// As the bus shows it.
    #[must_use]
    pub fn to_wire(&self) -> Vec<PlanItem> {
        self.items
            .iter()
            .map(|item| PlanItem {
                kind: item.kind.to_owned(),
                path: item.path.clone(),
                action: match item.action {
                    Action::Trash => "trash",
                    Action::Remove => "remove",
                    Action::Keep => "keep",
                }
                .to_owned(),
                allocation: item.volume.as_ref().map_or(0, |volume| volume.allocation),
                capacity: item.volume.as_ref().map_or(0, |volume| volume.capacity),
                reason: item.reason.to_owned(),
                // A deleted machine has no object any more.
                machines: item.machines.iter().filter(|uuid| !uuid.is_nil()).map(|uuid| dbus::path::machine(*uuid)).collect(),
            })
            .collect()
    }
}

fn record(volume: &PoolVolume) -> Volume {
    Volume {
        pool: volume.pool.clone(),
        directory: volume.pool_path.clone().into(),
        name: volume.name.clone(),
        path: volume.path.clone(),
        allocation: volume.allocation,
    }
}

/// Makes the plan from what libvirt says now.
///
/// # Errors
/// `NoMachine`; `Unsafe` if what other machines refer to cannot be known.
pub async fn make(context: &Context, uuid: Uuid, is_permanent: bool) -> Result<Plan> {
    let referrers = context.libvirt.referrers().await?;
    let own = referrers.iter().find(|referrer| referrer.uuid == uuid).ok_or(Error::NoMachine(uuid))?;
    let kept = kept(context)?;
    let graph = Graph::new(context.libvirt.volumes().await?, &referrers, &kept, names(context).await?)?;
    let has_saved_state = context.libvirt.has_saved_state(uuid).await.unwrap_or(false);
    let is_local = context.libvirt.is_on_this_host();
    // Looking at pools' directories can block on a hung network file system.
    let own = own.clone();
    let make = tokio::task::spawn_blocking(move || {
        let can_trash = move |volume: &PoolVolume| {
            is_local && matches!(volume.pool_kind.as_str(), "dir" | "fs" | "netfs") && has_trash(Path::new(&volume.pool_path))
        };
        from_graph(&graph, &own, is_permanent, has_saved_state, &can_trash)
    });
    make.await.map_err(|_| Error::Internal("planning failed"))?
}

/// The files that deleted machines need to come back.
fn kept(context: &Context) -> Result<Vec<String>> {
    let deleted = context.store.all_deleted().map_err(Error::io("Reading the records of deleted machines"))?;
    Ok(deleted.into_iter().filter(|record| record.stage != Stage::Purging).flat_map(|record| record.needs).collect())
}

async fn names(context: &Context) -> Result<Names> {
    let root = context.root.clone();
    blocking(move || Names::read(&root)).await
}

/// Whether another machine, a deleted one that can come back included, has the firmware settings of one that is being removed for good.
///
/// # Errors
/// `Unsafe` if what other machines refer to cannot be known.
pub async fn is_nvram_shared(context: &Context, uuid: Uuid, definition: &str) -> Result<bool> {
    let graph = Graph::new(Vec::new(), &context.libvirt.referrers().await?, &kept(context)?, names(context).await?)?;
    Ok(!graph.others_with_nvram(&Document::parse(definition)?, uuid).is_empty())
}

/// The plan for one machine, given all that is known.
fn from_graph(
    graph: &Graph,
    own: &Referrer,
    is_permanent: bool,
    has_saved_state: bool,
    can_trash: &dyn Fn(&PoolVolume) -> bool,
) -> Result<Plan> {
    let gone = if is_permanent { Action::Remove } else { Action::Trash };
    let plain =
        |kind, path: &str, action| Item { kind, path: path.to_owned(), action, reason: "", machines: BTreeSet::new(), volume: None };
    let mut items = vec![plain("definition", "", gone)];
    let judge = Judge { graph, machine: own.uuid, is_permanent, can_trash };
    let mut backing = Vec::new();
    let (machines, snapshots): (Vec<&String>, Vec<&String>) =
        own.documents.iter().partition(|document| !document.trim_start().starts_with("<domainsnapshot"));
    let machines: Vec<Document> = machines.into_iter().map(|document| Document::parse(document)).collect::<Result<_, _>>()?;
    for disk in machines.iter().flat_map(|document| &document.disks) {
        let Some(item) = judge.disk(disk) else { continue };
        backing.extend(graph.chain(&item.path).into_iter().skip(1));
        add(&mut items, item);
    }
    for reference in snapshots.iter().map(|document| references(document)).collect::<Result<Vec<_>>>()?.concat() {
        let path = match reference {
            Reference::Path(path) => path,
            Reference::Volume(pool, name) => graph.volume_path(&pool, &name).unwrap_or_default().to_owned(),
        };
        if graph.volume(&path).is_some() {
            backing.extend(graph.chain(&path).into_iter().skip(1));
            add(&mut items, judge.file("disk", &path));
        }
    }
    for path in backing {
        let mut item = judge.file("backing", &path);
        if item.action != Action::Keep {
            (item.action, item.reason) = (Action::Keep, "backing");
        }
        add(&mut items, item);
    }
    judge.release_overlays(&mut items);
    for document in &machines {
        // libvirt chooses the file by the machine's name when it starts, unless the definition names one.
        if document.nvram.is_some() || document.firmware == "efi" {
            add(&mut items, judge.nvram(document, gone));
        }
        if document.has_tpm_emulator {
            add(&mut items, plain("tpm", "", gone));
        }
    }
    for snapshot in snapshots {
        items.push(plain("snapshot", &model::snapshot::Snapshot::parse(snapshot)?.name, gone));
    }
    if has_saved_state {
        items.push(plain("saved-state", "", Action::Remove));
    }
    Ok(Plan { items })
}

/// Adds an item unless the same thing is there already.
fn add(items: &mut Vec<Item>, item: Item) {
    // The file that libvirt chose is in the running definition only.
    let is_nvram = |known: &&Item| known.kind == "nvram" && item.kind == "nvram" && (known.path.is_empty() || item.path.is_empty());
    let is_same = |known: &&Item| is_nvram(known) || (known.path == item.path && (known.kind == item.kind || !known.path.is_empty()));
    if !items.iter().any(|known| is_same(&known)) {
        items.push(item);
    }
}

struct Judge<'a> {
    graph: &'a Graph,
    machine: Uuid,
    is_permanent: bool,
    can_trash: &'a dyn Fn(&PoolVolume) -> bool,
}

impl Judge<'_> {
    /// What becomes of a disk; nothing to say about a drive without a medium.
    fn disk(&self, disk: &Disk) -> Option<Item> {
        let path = match &disk.source {
            Source::None => return None,
            Source::Volume { pool, volume } => self.graph.volume_path(pool, volume).unwrap_or(volume).to_owned(),
            // Not a path of the host's, but each is told apart.
            Source::Network { protocol, name, socket } if socket.is_empty() => format!("{protocol}:{name}"),
            Source::Nvme(address) => address.clone(),
            source => source.path().unwrap_or_default().to_owned(),
        };
        let mut item = self.file("disk", &path);
        let is_medium = matches!(disk.device, DiskDevice::Cdrom | DiskDevice::Floppy);
        let marked = [(is_medium, "removable"), (disk.read_only, "read-only"), (disk.shareable, "shared")];
        if let Some((_, reason)) = marked.into_iter().find(|(is_so, _)| *is_so) {
            (item.action, item.reason) = (Action::Keep, reason);
        }
        Some(item)
    }

    /// What becomes of a file.
    fn file(&self, kind: &'static str, path: &str) -> Item {
        let keep = |reason, machines, volume| Item { kind, path: path.to_owned(), action: Action::Keep, reason, machines, volume };
        let Some(volume) = self.graph.volume(path) else { return keep("no-pool", self.graph.others(path, self.machine), None) };
        let machines = self.graph.others(path, self.machine);
        if !machines.is_empty() {
            return keep("in-use", machines, Some(volume.clone()));
        }
        let action = if self.is_permanent { Action::Remove } else { Action::Trash };
        if !self.is_permanent && !(self.can_trash)(volume) {
            return keep("not-writable", machines, Some(volume.clone()));
        }
        Item { kind, path: path.to_owned(), action, reason: "", machines, volume: Some(volume.clone()) }
    }

    /// What becomes of a machine's firmware settings.
    fn nvram(&self, document: &Document, gone: Action) -> Item {
        let machines = self.graph.others_with_nvram(document, self.machine);
        let (action, reason) = if machines.is_empty() { (gone, "") } else { (Action::Keep, "in-use") };
        Item { kind: "nvram", path: document.nvram.clone().unwrap_or_default(), action, reason, machines, volume: None }
    }

    /// Keeps what images that stay are overlays of, also if no machine uses those images.
    fn release_overlays(&self, items: &mut [Item]) {
        loop {
            let going: BTreeSet<String> = items.iter().filter(|item| item.action != Action::Keep).map(|item| item.path.clone()).collect();
            let needed = |item: &Item| {
                item.volume.is_some()
                    && item.action != Action::Keep
                    && self.graph.overlays(&item.path).any(|overlay| !going.contains(&overlay.path))
            };
            // One at a time: keeping an image may make the one below it needed.
            let Some(item) = items.iter_mut().find(|item| needed(item)) else { return };
            (item.action, item.reason) = (Action::Keep, "backing");
        }
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
