//! Who refers to which file: every machine's definitions and snapshots, and the backing chains below them.

use std::collections::{BTreeSet, HashMap};

use model::{device::Source, machine::Machine as Document, snapshot::Snapshot};
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    host::{block::Names, finding::Finding},
    libvirt::storage::{PoolVolume, Referrer},
};

/// The files of all machines.
#[derive(Debug, Default)]
pub struct Graph {
    volumes: HashMap<String, PoolVolume>,
    users: HashMap<String, BTreeSet<Uuid>>,
    names: Names,
    /// Files with firmware settings that libvirt finds by the machine's name, and whose they are.
    nvram: HashMap<String, Uuid>,
}

impl Graph {
    /// Builds it. `kept` are files that deleted machines need to come back, `names` those of block devices.
    ///
    /// # Errors
    /// `Unsafe` if a definition cannot be read: then nobody knows what it refers to.
    pub fn new(volumes: Vec<PoolVolume>, referrers: &[Referrer], kept: &[String], names: Names) -> Result<Self> {
        let volumes = volumes.into_iter().map(|volume| (names.canonical(&volume.path), volume)).collect();
        let mut graph = Self { volumes, names, ..Self::default() };
        for referrer in referrers {
            for document in &referrer.documents {
                for path in graph.references(document)? {
                    for file in graph.chain(&path) {
                        graph.users.entry(file).or_default().insert(referrer.uuid);
                    }
                }
                graph.nvram.extend(chosen_nvram(document).map(|name| (name, referrer.uuid)));
            }
        }
        for path in kept {
            let file = graph.names.canonical(path);
            graph.users.entry(file).or_default().insert(Uuid::nil());
        }
        Ok(graph)
    }

    /// The volume at a path.
    #[must_use]
    pub fn volume(&self, path: &str) -> Option<&PoolVolume> {
        self.volumes.get(&self.names.canonical(path))
    }

    /// The path of a volume named by its pool.
    #[must_use]
    pub fn volume_path(&self, pool: &str, name: &str) -> Option<&str> {
        self.volumes.values().find(|volume| volume.pool == pool && volume.name == name).map(|volume| volume.path.as_str())
    }

    /// The machines other than `machine` that need the file, deleted ones as the nil UUID.
    #[must_use]
    pub fn others(&self, path: &str, machine: Uuid) -> BTreeSet<Uuid> {
        self.users.get(&self.names.canonical(path)).into_iter().flatten().copied().filter(|uuid| *uuid != machine).collect()
    }

    /// The machines other than `machine` that have its firmware settings, as a copy that somebody made of its definition does.
    #[must_use]
    pub fn others_with_nvram(&self, document: &Document, machine: Uuid) -> BTreeSet<Uuid> {
        let named = document.nvram.as_deref();
        let name = named.map_or_else(|| nvram_name(&document.name), |path| path.rsplit('/').next().unwrap_or(path).to_owned());
        let mut others: BTreeSet<Uuid> = self.nvram.get(&name).copied().into_iter().collect();
        match named {
            Some(path) => others.extend(self.others(path, machine)),
            // Where libvirt keeps it is libvirt's to know.
            None => {
                others.extend(self.users.iter().filter(|(path, _)| path.rsplit('/').next() == Some(&name)).flat_map(|(_, users)| users));
            }
        }
        others.remove(&machine);
        others
    }

    /// The volumes that are overlays of the file.
    pub fn overlays<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a PoolVolume> {
        let path = self.names.canonical(path);
        self.volumes.values().filter(move |volume| volume.backing.as_deref().is_some_and(|backing| self.names.canonical(backing) == path))
    }

    /// A file and everything it is an overlay of, each once, top first.
    #[must_use]
    pub fn chain(&self, path: &str) -> Vec<String> {
        let mut chain = Vec::new();
        let mut next = Some(self.names.canonical(path));
        // A chain that bites its own tail ends where it would repeat.
        while let Some(file) = next.filter(|file| !chain.contains(file)) {
            next = self.volumes.get(&file).and_then(|volume| volume.backing.as_deref()).map(|backing| self.names.canonical(backing));
            chain.push(file);
        }
        chain
    }

    fn references(&self, document: &str) -> Result<Vec<String>> {
        Ok(references(document)?
            .into_iter()
            .filter_map(|reference| match reference {
                Reference::Path(path) => Some(path),
                Reference::Volume(pool, name) => self.volume_path(&pool, &name).map(str::to_owned),
            })
            .collect())
    }
}

fn nvram_name(machine: &str) -> String {
    format!("{machine}_VARS.fd")
}

/// The file with firmware settings that libvirt chooses for a machine whose definition names none.
fn chosen_nvram(document: &str) -> Option<String> {
    let machine = Document::parse(document).ok()?;
    (machine.nvram.is_none() && machine.firmware == "efi").then(|| nvram_name(&machine.name))
}

/// A file as a document names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// By its path.
    Path(String),
    /// By its pool and name.
    Volume(String, String),
}

/// Every file that a machine's or snapshot's document names.
///
/// # Errors
/// `Unsafe` if it cannot be read.
pub fn references(document: &str) -> Result<Vec<Reference>> {
    let unreadable = |_| Error::refused(Finding::new("unreadable-definition", ""));
    if document.trim_start().starts_with("<domainsnapshot") {
        let snapshot = Snapshot::parse(document).map_err(unreadable)?;
        let mut found: Vec<_> = snapshot.file_references().into_iter().map(|path| Reference::Path(path.to_owned())).collect();
        if let Some(machine) = &snapshot.machine {
            found.extend(volumes(machine));
        }
        return Ok(found);
    }
    let machine = Document::parse(document).map_err(unreadable)?;
    let mut found: Vec<_> = machine.file_references().into_iter().map(|path| Reference::Path(path.to_owned())).collect();
    found.extend(volumes(&machine));
    Ok(found)
}

fn volumes(machine: &Document) -> Vec<Reference> {
    let sources = machine.disks.iter().flat_map(model::device::Disk::sources);
    sources
        .filter_map(|source| match source {
            Source::Volume { pool, volume } => Some(Reference::Volume(pool.clone(), volume.clone())),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(path: &str, backing: Option<&str>) -> PoolVolume {
        PoolVolume {
            pool: "p".into(),
            pool_kind: "dir".into(),
            pool_path: "/p".into(),
            name: path.rsplit('/').next().unwrap().into(),
            path: path.into(),
            allocation: 1,
            capacity: 2,
            backing: backing.map(str::to_owned),
        }
    }

    fn machine(uuid: u128, disk: &str) -> Referrer {
        let document = format!(
            "<domain type='qemu'><name>m</name><devices><disk type='file' device='disk'><source file='{disk}'/><target dev='vda'/></disk></devices></domain>"
        );
        Referrer { uuid: Uuid::from_u128(uuid), documents: vec![document] }
    }

    #[test]
    fn the_base_of_another_machines_overlay_is_in_use_by_it() {
        let volumes = vec![volume("/p/base", None), volume("/p/mid", Some("/p/base")), volume("/p/top", Some("/p/mid"))];
        let graph = Graph::new(volumes, &[machine(1, "/p/base"), machine(2, "/p/top")], &[], Names::default()).unwrap();
        assert_eq!(graph.others("/p/base", Uuid::from_u128(1)), BTreeSet::from([Uuid::from_u128(2)]));
        assert!(graph.others("/p/top", Uuid::from_u128(2)).is_empty());
        assert_eq!(graph.overlays("/p/base").count(), 1);
    }

    #[test]
    fn a_block_device_with_two_names_is_one() {
        let names = Names::of(&[("/dev/vg/a", "/dev/dm-0"), ("/dev/mapper/vg-a", "/dev/dm-0")]);
        let graph =
            Graph::new(vec![volume("/dev/vg/a", None)], &[machine(1, "/dev/vg/a"), machine(2, "/dev/mapper/vg-a")], &[], names).unwrap();
        assert_eq!(graph.others("/dev/vg/a", Uuid::from_u128(1)), BTreeSet::from([Uuid::from_u128(2)]));
    }

    #[test]
    fn a_chain_that_bites_its_tail_ends() {
        let graph = Graph::new(vec![volume("/p/a", Some("/p/b")), volume("/p/b", Some("/p/a"))], &[], &[], Names::default()).unwrap();
        assert_eq!(graph.chain("/p/a"), ["/p/a", "/p/b"]);
    }

    #[test]
    fn a_definition_that_cannot_be_read_stops_every_delete() {
        let broken = Referrer { uuid: Uuid::from_u128(1), documents: vec!["<domain".into()] };
        assert!(matches!(Graph::new(vec![], &[broken], &[], Names::default()), Err(Error::Refused { .. })));
    }

    #[test]
    fn what_a_deleted_machine_needs_to_come_back_is_in_use() {
        let graph = Graph::new(vec![volume("/p/base", None)], &[], &["/p/base".into()], Names::default()).unwrap();
        assert!(!graph.others("/p/base", Uuid::from_u128(1)).is_empty());
    }
}
