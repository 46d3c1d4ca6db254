//! The log that QEMU writes for each machine.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::fd::OwnedFd,
};

use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, openat};

use super::Root;

/// How much of the end of a log is read, in bytes.
const TAIL: u64 = 256 * 1024;
/// Longer lines are cut, in characters.
const LONGEST_LINE: usize = 1000;

/// Where QEMU's logs are.
#[must_use]
pub fn directory(root: &Root, is_system: bool) -> std::path::PathBuf {
    if is_system {
        return root.path("var/log/libvirt/qemu");
    }
    let home = || std::env::var_os("HOME").map(|home| std::path::PathBuf::from(home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(std::path::PathBuf::from).or_else(home).unwrap_or_default();
    cache.join("libvirt/qemu/log")
}

/// The last `count` lines of a machine's log, oldest first. Control characters are left out: QEMU's messages quote
/// what a guest says.
///
/// # Errors
/// `NotFound` if there is no log, `InvalidInput` if it is not a plain file in `directory`.
pub fn tail(directory: &std::path::Path, machine: &str, count: usize) -> io::Result<Vec<String>> {
    let mut file = File::from(open(directory, &format!("{machine}.log"))?);
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines: Vec<String> = text.lines().rev().take(count).map(|line| model::validate::shown(line, LONGEST_LINE)).collect();
    lines.reverse();
    Ok(lines)
}

/// Opens `name` in `directory` without following anything out of it. Not by `openat2`: where systemd's
/// `RestrictSUIDSGID=` is in force it is not there.
fn open(directory: &std::path::Path, name: &str) -> io::Result<OwnedFd> {
    if name.contains('/') {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let directory = openat(CWD, directory, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let file = openat(directory, name, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty())?;
    let status = fstat(&file)?;
    if FileType::from_raw_mode(status.st_mode) == FileType::RegularFile { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_never_read_through_a_link_or_outside_its_directory() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("secret.log"), "secret").unwrap();
        let logs = directory.path().join("logs");
        std::fs::create_dir(&logs).unwrap();
        std::os::unix::fs::symlink("../secret.log", logs.join("link.log")).unwrap();
        assert!(tail(&logs, "link", 10).is_err());
        assert!(tail(&logs, "../secret", 10).is_err());
        assert_eq!(tail(&logs, "none", 10).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn the_last_lines_come_oldest_first_and_without_control_characters() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("a.log"), "one\ntwo\n\u{1b}[31mthree\n").unwrap();
        assert_eq!(tail(directory.path(), "a", 2).unwrap(), ["two", "[31mthree"]);
    }
}
