//! Reading and writing the kernel's files below a [`Root`].

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::fs::{Access, CWD, Mode, OFlags, openat};

use super::{
    Root,
    function::{Functions, Setting},
};

/// What an attribute of sysfs can hold.
const PAGE: usize = 4096;

/// What stands in for the kernel behind a captured tree: it takes the writes that sysfs would.
pub trait Kernel: fmt::Debug + Send + Sync {
    /// Takes one write; `path` is relative to the tree.
    ///
    /// # Errors
    /// Whatever the kernel would answer.
    fn write(&self, tree: &Path, path: &str, value: &str) -> io::Result<()>;

    /// What the virtual functions of a network card may, as rtnetlink would tell.
    ///
    /// # Errors
    /// Whatever the kernel would answer.
    fn functions(&self, tree: &Path, card: &str) -> io::Result<Functions>;

    /// Takes one setting of a function, as rtnetlink would.
    ///
    /// # Errors
    /// Whatever the kernel would answer.
    fn set_function(&self, tree: &Path, card: &str, index: u32, setting: &Setting) -> io::Result<()>;
}

/// Writes to a file below `directory` in one piece. No link is followed, nothing is made or cut. Step by step, for the sandbox
/// that forbids set-user-id files has no openat2.
///
/// # Errors
/// The system's; `InvalidInput` for a path with empty parts or a way up.
pub(super) fn put(directory: &Path, path: &str, value: &[u8]) -> io::Result<()> {
    let (parents, name) = path.rsplit_once('/').ok_or(io::ErrorKind::InvalidInput)?;
    let mut directory = openat(CWD, directory, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    for parent in parents.split('/') {
        directory = step(&directory, parent, OFlags::PATH | OFlags::DIRECTORY)?;
    }
    let file = step(&directory, name, OFlags::WRONLY)?;
    if rustix::io::write(&file, value)? == value.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

/// Opens an entry of a directory that is no link and not the way up.
fn step(directory: &OwnedFd, name: &str, flags: OFlags) -> io::Result<OwnedFd> {
    if matches!(name, "" | "." | "..") {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(openat(directory, name, flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?)
}

impl Root {
    /// A captured tree whose writes go to `kernel`.
    #[must_use]
    pub fn simulated(tree: &Path, kernel: Arc<dyn Kernel>) -> Self {
        Self { kernel: Some(kernel), ..Self::captured(tree) }
    }

    /// What stands in for the kernel, and the tree, if something does.
    pub(super) fn simulation(&self) -> Option<(&dyn Kernel, &Path)> {
        self.kernel.as_deref().map(|kernel| (kernel, self.path.as_path()))
    }

    /// Writes one value to a file of sysfs, in one piece. The path cannot lead out of `/sys`, and nothing is made or cut.
    ///
    /// # Errors
    /// The kernel's: for a driver's files, whatever the driver answers.
    pub fn write(&self, path: &str, value: &str) -> io::Result<()> {
        if let Some(kernel) = &self.kernel {
            return kernel.write(&self.path(""), path, value);
        }
        // Devices stand in `/sys/bus` as links; the file itself has to be below `/sys`.
        let sysfs = self.real("sys")?;
        let file = self.real(path)?;
        let below = file.strip_prefix(&sysfs).ok().and_then(Path::to_str).ok_or(io::ErrorKind::InvalidInput)?;
        put(&sysfs, below, value.as_bytes())
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

    /// The first line of a small file, or empty if there is none. One read, for the kernel answers whole up to a page, and an
    /// inventory has thousands of these.
    #[must_use]
    pub fn line(&self, path: &str) -> String {
        let mut page = [0; PAGE];
        let length = File::open(self.path(path)).and_then(|mut file| file.read(&mut page)).unwrap_or_default();
        let text = page.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        text.lines().next().unwrap_or_default().trim_end().to_owned()
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
