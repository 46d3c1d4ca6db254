//! A `<domainsnapshot>` as one value.

use crate::Error;
use crate::device::{Source, owned, owned_of};
use crate::machine::Machine;
use crate::xml::{Element, Tree};

/// What a snapshot's document says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub name: String,
    pub description: String,
    /// Name of the snapshot before this one; `None` for a first one.
    pub parent: Option<String>,
    /// µs since 1970 (UTC); 0 when not noted.
    pub creation_time: u64,
    /// State of the machine then: `running`, `paused`, `shutoff`, `disk-snapshot` …
    pub state: String,
    /// How the memory was kept: `no`, `internal`, `external`; empty when not noted.
    pub memory: String,
    /// Host path of the saved memory; `None` unless `external`.
    pub memory_file: Option<String>,
    pub disks: Vec<SnapshotDisk>,
    /// The machine as it was, as reverting would restore it.
    pub machine: Option<Machine>,
    /// What its next start would have used, when that differed.
    pub inactive_machine: Option<Machine>,
}

/// What happened to one disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SnapshotDisk {
    /// Target (`vda`) or path of the disk.
    pub name: String,
    /// `no`, `internal`, `external`, `manual`; empty when not noted.
    pub snapshot: String,
    /// Where writes go since, for external snapshots.
    pub source: Source,
    /// Format of `source`; empty when not noted.
    pub format: String,
}

impl Snapshot {
    /// Reads a `<domainsnapshot>` document.
    ///
    /// # Errors
    /// Those of [`Tree::parse`] and of [`Machine::parse`] for the machine inside; `Missing` when the root is no
    /// `<domainsnapshot>` or has no name; `Invalid` for a time that makes no sense.
    pub fn parse(xml: &str) -> Result<Self, Error> {
        let tree = Tree::parse(xml)?;
        let root = tree.root();
        if root.name() != "domainsnapshot" {
            return Err(Error::Missing { what: "<domainsnapshot>" });
        }
        let mut snapshot = Self::default();
        for child in root.children() {
            snapshot.take(&child)?;
        }
        if snapshot.name.is_empty() {
            return Err(Error::Missing { what: "the name of the snapshot" });
        }
        Ok(snapshot)
    }

    fn take(&mut self, child: &Element<'_, '_>) -> Result<(), Error> {
        match child.name() {
            "name" => self.name = child.text().into_owned(),
            "description" => self.description = child.text().into_owned(),
            "parent" => self.parent = child.child("name").map(|name| name.text().into_owned()).filter(|name| !name.is_empty()),
            "creationTime" => self.creation_time = microseconds(child)?,
            "state" => self.state = child.text().into_owned(),
            "memory" => {
                self.memory = owned(child, "snapshot");
                self.memory_file = child.attribute("file").map(std::borrow::Cow::into_owned);
            }
            "disks" => self.disks = child.children_named("disk").map(|disk| disk_of(&disk)).collect(),
            "domain" => self.machine = Some(Machine::read(child)?),
            "inactiveDomain" => self.inactive_machine = Some(Machine::read(child)?),
            _ => {}
        }
        Ok(())
    }

    /// Every file of the host that the snapshot refers to, without duplicates: saved memory, the files that its disks went on
    /// in, and everything of the machines inside ([`Machine::file_references`]).
    #[must_use]
    pub fn file_references(&self) -> Vec<&str> {
        let disks = self.disks.iter().filter_map(|disk| disk.source.path());
        let machines = [&self.machine, &self.inactive_machine].into_iter().flatten().flat_map(Machine::file_references);
        let mut known = std::collections::HashSet::new();
        self.memory_file.as_deref().into_iter().chain(disks).chain(machines).filter(|path| known.insert(*path)).collect()
    }
}

fn microseconds(element: &Element<'_, '_>) -> Result<u64, Error> {
    let invalid = Error::Invalid { what: "<creationTime>" };
    let seconds: u64 = element.text().trim().parse().map_err(|_| invalid)?;
    seconds.checked_mul(1_000_000).ok_or(invalid)
}

fn disk_of(disk: &Element<'_, '_>) -> SnapshotDisk {
    let kind = disk.attribute("type").unwrap_or("file".into());
    SnapshotDisk {
        name: owned(disk, "name"),
        snapshot: owned(disk, "snapshot"),
        source: Source::read(&kind, disk.child("source")),
        format: owned_of(disk, "driver", "type"),
    }
}

#[cfg(test)]
mod tests;
