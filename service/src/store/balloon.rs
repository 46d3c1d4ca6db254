//! What machines had before the host took memory from them. A saved state has the smaller size, so this outlives a boot.

use std::{collections::BTreeMap, io};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Files, Store};

const NAME: &str = "balloon.json";

/// What is to be put back for one machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Bytes that it had; 0 if nothing was taken.
    pub size: u64,
    /// Its guest is asked for figures that nobody asked for before.
    pub is_asked: bool,
}

/// Machines and what is to be put back.
pub type Record = BTreeMap<Uuid, Taken>;

/// Where the record is kept. It waits for the disk: not for the thread of the bus.
#[derive(Clone, Debug)]
pub struct Kept(Files);

impl Store {
    /// The record of memory that was taken from machines.
    #[must_use]
    pub fn balloon(&self) -> Kept {
        Kept(self.files.clone())
    }
}

impl Kept {
    /// Reads it; an empty one if nothing is to be put back.
    ///
    /// # Errors
    /// The system's, or that it is damaged.
    pub fn get(&self) -> io::Result<Record> {
        Ok(self.0.record(NAME)?.unwrap_or_default())
    }

    /// Writes it; it is on disk when this returns.
    ///
    /// # Errors
    /// The system's.
    pub fn put(&self, record: &Record) -> io::Result<()> {
        if record.is_empty() { self.0.forget_record(NAME) } else { self.0.put_record(NAME, record) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_they_were_written_and_an_empty_record_leaves_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let kept = Store::open(&directory.path().join("state")).unwrap().balloon();
        assert!(kept.get().unwrap().is_empty());
        let record = Record::from([(Uuid::nil(), Taken { size: 5, is_asked: true })]);
        kept.put(&record).unwrap();
        assert_eq!(kept.get().unwrap(), record);
        kept.put(&Record::default()).unwrap();
        kept.put(&Record::default()).unwrap();
        assert!(!directory.path().join("state/balloon.json").exists());
        std::fs::write(directory.path().join("state/balloon.json"), "{").unwrap();
        assert!(kept.get().is_err());
    }
}
