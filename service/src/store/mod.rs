//! What survives a restart of the service: a directory only it can read, written atomically.

pub mod balloon;
pub mod boot;
pub mod deleted;
pub mod hand_over;
pub mod journal;
pub mod memory;
pub mod running;
pub mod usb;

use std::{
    collections::HashSet,
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Mutex,
};

use serde::{Serialize, de::DeserializeOwned};

/// The service's directory.
#[derive(Debug)]
pub struct Store {
    files: Files,
    /// Ids of deleted machines that somebody is working on.
    claimed: Mutex<HashSet<String>>,
}

impl Store {
    /// Opens the directory, making it if needed.
    ///
    /// # Errors
    /// If it cannot be made, or belongs to or can be read by somebody else.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let store = Self::beside(directory)?;
        store.files.clear_temporary()?;
        Ok(store)
    }

    /// The same while another process may be at work in it, whose short-lived files stay.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn beside(directory: &Path) -> io::Result<Self> {
        let parts = ["", "boot", "boot/tmp", "deleted", "journal", "tmp"];
        for part in parts {
            DirBuilder::new().recursive(true).mode(0o700).create(directory.join(part))?;
        }
        let status = std::fs::metadata(directory)?;
        if status.uid() != rustix::process::geteuid().as_raw() || status.mode() & 0o077 != 0 {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the state directory is open to others"));
        }
        Ok(Self { files: Files(directory.to_owned()), claimed: Mutex::default() })
    }

    /// A path for something short-lived; what is left there goes at the next start.
    #[must_use]
    pub fn temporary_path(&self, prefix: &str) -> PathBuf {
        self.files.temporary_path(prefix)
    }
}

/// The files of the directory. Writing waits for the disk, so it is done on a thread of its own.
#[derive(Clone, Debug)]
struct Files(PathBuf);

impl Files {
    fn temporary_path(&self, prefix: &str) -> PathBuf {
        self.0.join("tmp").join(format!("{prefix}-{}", uuid::Uuid::new_v4().simple()))
    }

    fn clear_temporary(&self) -> io::Result<()> {
        for entry in std::fs::read_dir(self.0.join("tmp"))? {
            std::fs::remove_file(entry?.path())?;
        }
        Ok(())
    }

    /// Reads a record; none if there is none. `InvalidData` for a damaged one, wherever it is cut off.
    fn record<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        match std::fs::read(self.0.join(name)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a record; it is on disk when this returns.
    fn put_record<T: Serialize + ?Sized>(&self, name: &str, record: &T) -> io::Result<()> {
        self.write(&self.0.join(name), &serde_json::to_vec(record)?)
    }

    /// The same for what is worth nothing after the next start of the computer.
    fn put_record_for_this_boot<T: Serialize + ?Sized>(&self, name: &str, record: &T) -> io::Result<()> {
        self.write_for_this_boot(&self.0.join(name), &serde_json::to_vec(record)?)
    }

    /// Removes a record, if there is one; it is gone from the disk when this returns.
    fn forget_record(&self, name: &str) -> io::Result<()> {
        self.remove(name)?;
        sync_parent(&self.0.join(name))
    }

    /// Removes a record, if there is one.
    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.0.join(name)).or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
    }

    /// Writes a file so that after a crash it is there whole, or as it was before.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.replace(path, bytes, File::sync_all)?;
        sync_parent(path)
    }

    /// The same for what is worth nothing after the next start of the computer: it outlives this process, and nobody waits for
    /// the disk. A computer that stops without warning may leave it empty.
    fn write_for_this_boot(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.replace(path, bytes, |_| Ok(()))
    }

    fn replace(&self, path: &Path, bytes: &[u8], settle: impl Fn(&File) -> io::Result<()>) -> io::Result<()> {
        let temporary = self.temporary_path("write");
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
            file.write_all(bytes)?;
            settle(&file)?;
            std::fs::rename(&temporary, path)
        };
        write().inspect_err(|_| {
            // Gone already if the rename was done.
            let _ = std::fs::remove_file(&temporary);
        })
    }
}

/// Does `work` on a thread that may block.
async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_state_directory_open_to_others_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let set = |mode| File::open(directory.path()).unwrap().set_permissions(std::fs::Permissions::from_mode(mode)).unwrap();
        set(0o755);
        assert_eq!(Store::open(directory.path()).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        set(0o700);
        Store::open(directory.path()).unwrap();
    }

    #[test]
    fn what_an_interrupted_write_left_behind_goes_at_the_next_start() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("state")).unwrap();
        std::fs::write(store.temporary_path("write"), "half").unwrap();
        Store::open(&directory.path().join("state")).unwrap();
        assert_eq!(std::fs::read_dir(directory.path().join("state/tmp")).unwrap().count(), 0);
    }
}
