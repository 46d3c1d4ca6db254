//! The only module that reads and writes files of the host: `/proc`, `/sys`, logs, directories of storage pools.

pub mod block;
pub mod caller_file;
pub mod cpu;
pub mod definitions;
pub mod finding;
pub mod function;
pub mod gate;
pub mod governor;
pub mod hugepages;
pub mod input;
pub mod left;
pub mod log;
pub mod mdev;
pub mod memory;
pub mod module;
pub mod nvme;
pub mod pci;
pub mod pool;
pub mod pressure;
pub mod process;
pub mod readiness;
pub mod rom;
pub mod rom_file;
mod rtnetlink;
pub mod saved_state;
pub mod screen;
pub mod scsi;
pub mod sentence;
pub mod shared_memory;
pub mod sriov;
pub mod sysfs;
pub mod uevent;
pub mod usb;
pub mod vfio;
pub mod virtualisation;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where the host's files are: `/`, or a captured tree in tests.
#[derive(Clone, Debug)]
pub struct Root {
    path: PathBuf,
    /// Who takes writes to a captured tree.
    kernel: Option<Arc<dyn sysfs::Kernel>>,
}

impl Root {
    /// The host itself.
    #[must_use]
    pub fn host() -> Self {
        Self { path: PathBuf::from("/"), kernel: None }
    }

    /// A captured tree.
    #[must_use]
    pub fn captured(tree: &Path) -> Self {
        Self { path: tree.to_owned(), kernel: None }
    }

    /// Whether it is the host itself.
    #[must_use]
    pub fn is_host(&self) -> bool {
        self.path == Path::new("/")
    }

    /// A path below the root; `path` is relative.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.path.join(path)
    }

    /// Reads a small file as text.
    ///
    /// # Errors
    /// As [`std::fs::read_to_string`].
    pub fn read(&self, path: &str) -> io::Result<String> {
        std::fs::read_to_string(self.path(path))
    }

    /// Whether there is something at `path`.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }
}
