//! Records of deleted machines: written before anything is taken away, so that a crash in the middle can be finished or
//! undone, and kept while the machine can come back.

use std::{fs, io, path::PathBuf, sync::PoisonError};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Store, blocking, sync_parent};

/// How far a delete or undelete is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Being deleted.
    Deleting,
    /// Deleted; it can come back.
    Deleted,
    /// Coming back.
    Restoring,
    /// Its disks are being removed for good.
    Purging,
}

/// A volume that went, or goes, with the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Its pool.
    pub pool: String,
    /// The pool's directory.
    pub directory: PathBuf,
    /// Its name in the pool.
    pub name: String,
    /// Its path.
    pub path: String,
    /// Bytes it fills.
    pub allocation: u64,
}

/// A deleted machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Random; names the directory in the pools' trash.
    pub id: String,
    /// The machine's identity.
    pub uuid: Uuid,
    /// The machine's name.
    pub name: String,
    /// How far it is.
    pub stage: Stage,
    /// Whether nothing is to come back: volumes are removed, not moved.
    pub is_permanent: bool,
    /// When, µs since the epoch.
    pub deleted: u64,
    /// When its disks go for good, µs since the epoch.
    pub expires: u64,
    /// Its definition, passwords included.
    pub xml: String,
    /// Its snapshots, parents first.
    pub snapshots: Vec<String>,
    /// The current snapshot's name.
    pub current_snapshot: Option<String>,
    /// Started with the host.
    pub autostart: bool,
    /// Has NVRAM or TPM state that libvirt keeps.
    pub has_firmware_state: bool,
    /// The volumes that go.
    pub volumes: Vec<Volume>,
    /// Files that stay where they are but that the machine needs to come back: its backing images.
    pub needs: Vec<String>,
}

/// The right to work on one deleted machine; given back when dropped.
#[derive(Debug)]
#[must_use]
pub struct Claim<'a> {
    store: &'a Store,
    id: String,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.store.claimed.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

impl Store {
    /// Claims a deleted machine: nobody else undeletes, purges or settles it meanwhile. `None` if somebody does.
    pub fn claim(&self, id: &str) -> Option<Claim<'_>> {
        let is_free = self.claimed.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
        is_free.then(|| Claim { store: self, id: id.to_owned() })
    }

    fn record_path(&self, id: &str) -> io::Result<PathBuf> {
        // The id comes from a caller: only what we could have written ourselves becomes a file name.
        let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if is_id { Ok(self.files.0.join("deleted").join(format!("{id}.json"))) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    /// Writes a record.
    ///
    /// # Errors
    /// The system's; the record is as it was before then.
    pub async fn put_deleted(&self, record: &Record) -> io::Result<()> {
        let (files, path, bytes) = (self.files.clone(), self.record_path(&record.id)?, serde_json::to_vec(record)?);
        blocking(move || files.write(&path, &bytes)).await
    }

    /// Reads a record.
    ///
    /// # Errors
    /// `NotFound` if there is none, `InvalidData` if it is damaged.
    pub fn deleted(&self, id: &str) -> io::Result<Record> {
        Ok(serde_json::from_slice(&fs::read(self.record_path(id)?)?)?)
    }

    /// All records, oldest first. A damaged one is left out with a warning: it must not hide the others.
    ///
    /// # Errors
    /// The system's.
    pub fn all_deleted(&self) -> io::Result<Vec<Record>> {
        let mut records = Vec::new();
        for entry in fs::read_dir(self.files.0.join("deleted"))? {
            let path = entry?.path();
            match fs::read(&path).and_then(|bytes| Ok(serde_json::from_slice::<Record>(&bytes)?)) {
                Ok(record) => records.push(record),
                Err(error) => tracing::warn!(file = %path.display(), %error, "A record of a deleted machine cannot be read"),
            }
        }
        records.sort_by_key(|record| record.deleted);
        Ok(records)
    }

    /// Removes a record.
    ///
    /// # Errors
    /// The system's.
    pub async fn forget_deleted(&self, id: &str) -> io::Result<()> {
        let path = self.record_path(id)?;
        blocking(move || {
            fs::remove_file(&path)?;
            sync_parent(&path)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_callers_never_work_on_the_same_deleted_machine() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("state")).unwrap();
        let claim = store.claim("a");
        assert!(claim.is_some());
        assert!(store.claim("a").is_none());
        assert!(store.claim("b").is_some());
        drop(claim);
        assert!(store.claim("a").is_some());
    }

    #[test]
    fn an_id_never_becomes_a_path_elsewhere() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("state")).unwrap();
        for id in ["../../etc/shadow", "", "ABCDEF00000000000000000000000000", "0123"] {
            assert_eq!(store.deleted(id).unwrap_err().kind(), io::ErrorKind::NotFound, "{id}");
        }
    }
}
