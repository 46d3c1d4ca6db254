//! The small files with which the kernel tells and takes settings.

use std::io;

use crate::host::{Root, sysfs::put};

/// The kernel as files: those of a [`Root`], or a kernel that a test plays.
pub trait Kernel: Send + Sync + std::fmt::Debug {
    /// The text of a file.
    ///
    /// # Errors
    /// The system's.
    fn read(&self, path: &str) -> io::Result<String>;

    /// The names in a directory, sorted; none if it cannot be read.
    fn names(&self, directory: &str) -> Vec<String>;

    /// Writes a value in one piece to a file that is there.
    ///
    /// # Errors
    /// The system's.
    fn write(&self, path: &str, value: &str) -> io::Result<()>;
}

impl Kernel for Root {
    fn read(&self, path: &str) -> io::Result<String> {
        Self::read(self, path)
    }

    fn names(&self, directory: &str) -> Vec<String> {
        Self::names(self, directory)
    }

    fn write(&self, path: &str, value: &str) -> io::Result<()> {
        put(&self.path(""), path, format!("{value}\n").as_bytes())
    }
}

/// The first line of a file; what a file has behind it is of an older, longer value where a test's tree plays the kernel.
pub fn line(kernel: &dyn Kernel, path: &str) -> Option<String> {
    kernel.read(path).ok()?.lines().next().map(|line| line.trim().to_owned())
}

/// A file that holds one number.
pub fn number(kernel: &dyn Kernel, path: &str) -> Option<u64> {
    line(kernel, path)?.parse().ok()
}

/// The word in brackets: `always [madvise] never`.
pub fn chosen(kernel: &dyn Kernel, path: &str) -> Option<String> {
    let line = line(kernel, path)?;
    let (_, rest) = line.split_once('[')?;
    Some(rest.split_once(']')?.0.to_owned())
}

/// The numbers of the entries that are named `prefix` and a number, ascending.
pub fn numbered(kernel: &dyn Kernel, directory: &str, prefix: &str) -> Vec<u32> {
    let number = |name: &String| name.strip_prefix(prefix)?.parse().ok();
    let mut numbers: Vec<u32> = kernel.names(directory).iter().filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}

/// The numbers of a list such as `0-3,8,10-11`. Nothing that a kernel writes has more than 8192 CPUs.
#[must_use]
pub fn numbers(list: &str) -> Vec<u32> {
    let range = |part: &str| {
        let (first, last) = part.trim().split_once('-').unwrap_or((part.trim(), part.trim()));
        let (first, last) = (first.parse::<u32>().ok()?, last.parse::<u32>().ok()?);
        (last < 8192).then_some(first..=last)
    };
    list.split(',').filter_map(range).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_the_kernel_are_read_and_absurd_ones_are_empty() {
        assert_eq!(numbers("0-3,8,10-11\n"), [0, 1, 2, 3, 8, 10, 11]);
        assert_eq!(numbers("\n"), [] as [u32; 0]);
        assert_eq!(numbers("3-1,x,0-4294967295"), [] as [u32; 0]);
    }

    #[test]
    fn a_write_makes_nothing_and_follows_no_link() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::captured(tree.path());
        std::fs::create_dir(tree.path().join("sys")).unwrap();
        assert_eq!(Kernel::write(&root, "sys/none", "1").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(!tree.path().join("sys/none").exists());
        std::fs::write(tree.path().join("secret"), "kept").unwrap();
        std::os::unix::fs::symlink("../secret", tree.path().join("sys/link")).unwrap();
        assert!(Kernel::write(&root, "sys/link", "1").is_err() && Kernel::write(&root, "../secret", "1").is_err());
        std::os::unix::fs::symlink("sys", tree.path().join("way")).unwrap();
        std::fs::write(tree.path().join("sys/real"), "0").unwrap();
        for path in ["way/real", "sys/../secret", "/secret", "secret", "sys//real", "sys/./real"] {
            assert!(Kernel::write(&root, path, "1").is_err(), "{path}");
        }
        assert_eq!(std::fs::read_to_string(tree.path().join("secret")).unwrap(), "kept");
        assert_eq!(std::fs::read_to_string(tree.path().join("sys/real")).unwrap(), "0");
        std::fs::write(tree.path().join("sys/value"), "0\n").unwrap();
        Kernel::write(&root, "sys/value", "12").unwrap();
        assert_eq!(number(&root, "sys/value"), Some(12));
    }
}
