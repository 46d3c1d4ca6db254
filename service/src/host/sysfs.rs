//! Reading and writing the kernel's files below a [`Root`].

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::fs::{Access, Mode, OFlags, ResolveFlags};

use super::Root;

/// What stands in for the kernel behind a captured tree: it takes the writes that sysfs would.
pub trait Kernel: fmt::Debug + Send + Sync {
    /// Takes one write; `path` is relative to the tree.
    ///
    /// # Errors
    /// Whatever the kernel would answer.
    fn write(&self, tree: &Path, path: &str, value: &str) -> io::Result<()>;
}

impl Root {
    /// A captured tree whose writes go to `kernel`.
    #[must_use]
    pub fn simulated(tree: &Path, kernel: Arc<dyn Kernel>) -> Self {
        Self { kernel: Some(kernel), ..Self::captured(tree) }
    }

    /// Writes one value to a file of sysfs, in one piece. The path cannot lead out of `/sys`, and nothing is made or cut.
    ///
    /// # Errors
    /// The kernel's: for a driver's files, whatever the driver answers.
    pub fn write(&self, path: &str, value: &str) -> io::Result<()> {
        if let Some(kernel) = &self.kernel {
            return kernel.write(&self.path(""), path, value);
        }
        let below = path.strip_prefix("sys/").ok_or(io::ErrorKind::InvalidInput)?;
        let sysfs = std::fs::File::open(self.path("sys"))?;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let file = rustix::fs::openat2(&sysfs, below, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty(), resolve)?;
        if rustix::io::write(&file, value.as_bytes())? == value.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
    }

    /// Whether a file may be written: a sandbox can have made it read-only for root, too.
    #[must_use]
    pub fn is_writable(&self, path: &str) -> bool {
        if self.kernel.is_some() { self.exists(path) } else { rustix::fs::access(self.path(path), Access::WRITE_OK).is_ok() }
    }

    /// Where a link or a path through links ends, below the root.
    ///
    /// # Errors
    /// If there is nothing.
    pub fn real(&self, path: &str) -> io::Result<PathBuf> {
        std::fs::canonicalize(self.path(path))
    }

    /// The first line of a small file, or empty if there is none.
    #[must_use]
    pub fn line(&self, path: &str) -> String {
        let mut text = self.read(path).unwrap_or_default();
        text.truncate(text.find('\n').unwrap_or(text.len()));
        text.truncate(text.trim_end().len());
        text
    }

    /// The number in a small file, with `0x` in base 16.
    #[must_use]
    pub fn number<T: TryFrom<i64>>(&self, path: &str) -> Option<T> {
        let text = self.line(path);
        let number = text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |digits| i64::from_str_radix(digits, 16).ok());
        T::try_from(number?).ok()
    }

    /// The last part of what a link points to; `None` if it is no link.
    #[must_use]
    pub fn link(&self, path: &str) -> Option<String> {
        let target = std::fs::read_link(self.path(path)).ok()?;
        Some(target.file_name()?.to_str()?.to_owned())
    }

    /// The names in a directory, in order; none if it cannot be read.
    #[must_use]
    pub fn names(&self, directory: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(directory)) else { return Vec::new() };
        let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        names
    }
}
