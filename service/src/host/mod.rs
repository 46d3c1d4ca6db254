//! The only module that reads and writes files of the host: `/proc`, logs, directories of storage pools.

pub mod autostart;
pub mod cpu;
pub mod hugepages;
pub mod log;
pub mod memory;
pub mod pool;
pub mod process;
pub mod readiness;
pub mod virtualisation;

use std::{
    io,
    path::{Path, PathBuf},
};

/// Where the host's files are: `/`, or a captured tree in tests.
#[derive(Clone, Debug)]
pub struct Root(PathBuf);

impl Root {
    /// The host itself.
    #[must_use]
    pub fn host() -> Self {
        Self(PathBuf::from("/"))
    }

    /// A captured tree.
    #[must_use]
    pub fn captured(tree: &Path) -> Self {
        Self(tree.to_owned())
    }

    /// A path below the root; `path` is relative.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
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

/// The one spelling of a path, links followed; the path itself where it cannot be looked up.
#[must_use]
pub fn canonical(path: &str) -> String {
    std::fs::canonicalize(path).ok().and_then(|path| path.into_os_string().into_string().ok()).unwrap_or_else(|| path.to_owned())
}
