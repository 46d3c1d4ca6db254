//! The record of a change of the host's memory: there before the first step, gone when the change is whole. What a kernel reserved goes
//! with it, so the record is for whoever comes after this process, and nobody waits for the disk.

use std::io;

use serde::{Deserialize, Serialize};

use super::{Files, Store};

const NAME: &str = "hugepages.json";

/// Huge pages that are being reserved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The boot of the host: what a kernel reserved went with it.
    pub boot: String,
    /// Bytes of a page.
    pub page_size: u64,
    /// How many pages more are wanted, in all.
    pub count: u64,
    /// Each node, none on a kernel without NUMA, and the pages that were reserved on it before.
    pub before: Vec<(Option<u32>, u64)>,
    /// For a machine: the id that its pages have in the record of what machines have. Empty for nobody.
    #[serde(default)]
    pub id: String,
}

/// Where the record is kept.
pub trait Journal: Send + Sync + std::fmt::Debug {
    /// Writes it. Whoever reads it from now on finds it, also after this process.
    ///
    /// # Errors
    /// The system's.
    fn put(&self, change: &Change) -> io::Result<()>;

    /// Reads it; `None` if nothing was interrupted.
    ///
    /// # Errors
    /// The system's; `InvalidData` if it is damaged.
    fn get(&self) -> io::Result<Option<Change>>;

    /// Removes it.
    ///
    /// # Errors
    /// The system's; none if there is none.
    fn forget(&self) -> io::Result<()>;

    /// Whether the pages of this id are a machine's by now, so that nothing is to be undone.
    fn is_settled(&self, id: &str) -> bool;
}

/// The journal in the state directory.
#[derive(Clone, Debug)]
pub struct Kept(Files);

impl Store {
    /// The record of changes of the host's memory. It reads and writes files: not for the thread of the bus.
    #[must_use]
    pub fn memory_journal(&self) -> Kept {
        Kept(self.files.clone())
    }
}

impl Kept {
    fn machines(&self) -> super::running::Kept {
        super::running::Kept(self.0.clone())
    }
}

impl Journal for Kept {
    fn put(&self, change: &Change) -> io::Result<()> {
        self.0.put_record_for_this_boot(NAME, change)
    }

    fn get(&self) -> io::Result<Option<Change>> {
        self.0.record(NAME)
    }

    fn forget(&self) -> io::Result<()> {
        self.0.remove(NAME)
    }

    fn is_settled(&self, id: &str) -> bool {
        !id.is_empty() && self.machines().has_pages(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_read_as_it_was_written_until_it_is_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Store::open(&directory.path().join("state")).unwrap().memory_journal();
        assert_eq!(journal.get().unwrap(), None);
        let change = Change { boot: "b".into(), page_size: 2 << 20, count: 7, before: vec![(Some(0), 3), (None, 4)], id: String::new() };
        journal.put(&change).unwrap();
        assert_eq!(journal.get().unwrap(), Some(change));
        journal.forget().unwrap();
        journal.forget().unwrap();
        assert_eq!(journal.get().unwrap(), None);
    }
}
