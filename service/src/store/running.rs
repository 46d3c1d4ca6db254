//! What the host does for machines while they run, written before it is done: so that it is put back whatever is cut off.

use std::{collections::BTreeMap, io};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Files, Store};

const NAME: &str = "running.json";

/// Huge pages that were reserved for a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pages {
    /// Random; the reservation has it, too, until it is whole.
    pub id: String,
    /// Bytes of a page.
    pub page_size: u64,
    /// The node of the host; none for any.
    pub node: Option<u32>,
    /// How many are still to be given back.
    pub count: u64,
    /// While some are being given back: how many the place had reserved before, so that after a crash none is given back twice.
    #[serde(default)]
    pub before: Option<u64>,
}

/// What one machine has of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Huge pages.
    pub pages: Vec<Pages>,
    /// CPUs that everything else keeps off.
    pub isolated: Vec<u32>,
    /// CPUs with a governor or an energy preference of its own.
    pub governed: Vec<u32>,
    /// The governor; empty without any.
    pub governor: String,
    /// Their energy preference; empty without any.
    #[serde(default)]
    pub preference: String,
}

/// A governor or an energy preference that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Governed {
    /// What it was.
    pub before: String,
    /// What it was set to.
    pub set: String,
}

/// Everything that is to be put back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The boot of the host: what was changed went with it.
    pub boot: String,
    /// Machines and what they have.
    pub machines: BTreeMap<Uuid, Taken>,
    /// Units of systemd and the CPUs that they were allowed before: a bit for each, none for all.
    pub units: BTreeMap<String, Vec<u8>>,
    /// Numbers of frequency policies and their governors.
    pub governors: BTreeMap<u32, Governed>,
    /// The same with their energy preferences.
    #[serde(default)]
    pub preferences: BTreeMap<u32, Governed>,
}

impl Record {
    /// Whether nothing is to be put back.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.machines.is_empty() && self.units.is_empty() && self.governors.is_empty() && self.preferences.is_empty()
    }
}

/// Where the record is kept. It waits for the disk: not for the thread of the bus.
#[derive(Clone, Debug)]
pub struct Kept(pub(super) Files);

impl Store {
    /// The record of what machines have of the host.
    #[must_use]
    pub fn running(&self) -> Kept {
        Kept(self.files.clone())
    }
}

impl Kept {
    /// Reads it; an empty one if nothing is to be put back.
    ///
    /// # Errors
    /// The system's; `InvalidData` if it is damaged.
    pub fn get(&self) -> io::Result<Record> {
        Ok(self.0.record(NAME)?.unwrap_or_default())
    }

    /// Writes it; it is on disk when this returns.
    ///
    /// # Errors
    /// The system's.
    pub fn put(&self, record: &Record) -> io::Result<()> {
        if record.is_empty() { self.forget() } else { self.0.put_record(NAME, record) }
    }

    /// Removes it.
    ///
    /// # Errors
    /// The system's; none if there is none.
    pub fn forget(&self) -> io::Result<()> {
        self.0.forget_record(NAME)
    }

    /// Whether the reservation with this id is whole: its pages are a machine's then.
    #[must_use]
    pub fn has_pages(&self, id: &str) -> bool {
        self.get().is_ok_and(|record| record.machines.values().flat_map(|taken| &taken.pages).any(|pages| pages.id == id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written_and_an_empty_one_leaves_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let kept = Store::open(&directory.path().join("state")).unwrap().running();
        assert!(kept.get().unwrap().is_empty());
        let pages = Pages { id: "x".into(), page_size: 2 << 20, node: Some(1), count: 3, before: Some(4) };
        let taken = Taken {
            pages: vec![pages],
            isolated: vec![2, 3],
            governed: vec![2],
            governor: "performance".into(),
            preference: "power".into(),
        };
        let record = Record {
            boot: "b".into(),
            machines: BTreeMap::from([(Uuid::nil(), taken)]),
            units: BTreeMap::from([("init.scope".into(), vec![1])]),
            governors: BTreeMap::from([(2, Governed { before: "powersave".into(), set: "performance".into() })]),
            preferences: BTreeMap::from([(2, Governed { before: "128".into(), set: "power".into() })]),
        };
        kept.put(&record).unwrap();
        assert_eq!(kept.get().unwrap(), record);
        assert!(kept.has_pages("x") && !kept.has_pages("y"));
        kept.put(&Record { boot: "b".into(), ..Record::default() }).unwrap();
        assert!(!directory.path().join("state/running.json").exists());
        std::fs::write(directory.path().join("state/running.json"), "{").unwrap();
        assert!(kept.get().is_err() && !kept.has_pages("x"));
    }
}
