//! The log that QEMU writes for each machine.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::fd::OwnedFd,
    time::SystemTime,
};

use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, openat};
use uuid::Uuid;

use super::Root;

/// How much of the end of a log is read, in bytes.
const TAIL: u64 = 256 * 1024;
/// How many logs are looked at for one of a machine that was renamed.
const MOST_LOGS: usize = 4096;
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
/// `NotFound` if there is no log, or what it ends with is of another machine that had the name; `InvalidInput` if it is not a plain file in
/// `directory`.
pub fn tail(directory: &std::path::Path, machine: &str, uuid: Uuid, count: usize) -> io::Result<Vec<String>> {
    let (_, bytes) = read_end(directory, &format!("{machine}.log"))?;
    let is_its = owner(&bytes).is_none_or(|owner| owner == uuid);
    if is_its { Ok(last_lines(&bytes, count)) } else { Err(io::ErrorKind::NotFound.into()) }
}

/// The last lines of the log of a machine that has none under its name: the newest that says it is of the machine with this `uuid`,
/// which was called otherwise then. Those of machines that are there are theirs.
///
/// # Errors
/// As [`tail`].
pub fn former_tail(directory: &std::path::Path, uuid: Uuid, machines: &HashSet<String>, count: usize) -> io::Result<Vec<String>> {
    let mut newest: Option<(SystemTime, Vec<u8>)> = None;
    for entry in std::fs::read_dir(directory)?.take(MOST_LOGS) {
        let name = entry?.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.strip_suffix(".log").is_none_or(|machine| machines.contains(machine)) {
            continue;
        }
        // What cannot be read, or is none, is nobody's.
        let Ok((changed, bytes)) = read_end(directory, name) else { continue };
        if newest.as_ref().is_none_or(|(time, _)| *time < changed) && owner(&bytes) == Some(uuid) {
            newest = Some((changed, bytes));
        }
    }
    newest.map(|(_, bytes)| last_lines(&bytes, count)).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// The machine that was started last, if the end of a log has its start: libvirt writes QEMU's command line, an option on each line. Logs
/// are by name, and so one can be of several machines.
fn owner(bytes: &[u8]) -> Option<Uuid> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().rev().find_map(|line| line.strip_prefix("-uuid ")?.strip_suffix(" \\")?.parse().ok())
}

/// The end of a log, and when it was changed last.
fn read_end(directory: &std::path::Path, name: &str) -> io::Result<(SystemTime, Vec<u8>)> {
    let mut file = File::from(open(directory, name)?);
    let metadata = file.metadata()?;
    file.seek(SeekFrom::Start(metadata.len().saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok((metadata.modified()?, bytes))
}

fn last_lines(bytes: &[u8], count: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<String> = text.lines().rev().take(count).map(|line| model::validate::shown(line, LONGEST_LINE)).collect();
    lines.reverse();
    lines
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
        let tail = |name: &str| tail(&logs, name, Uuid::nil(), 10);
        assert!(tail("link").is_err());
        assert!(tail("../secret").is_err());
        assert_eq!(tail("none").unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn the_log_of_a_machine_that_was_renamed_is_found_by_its_uuid_and_never_that_of_another_machine() {
        let directory = tempfile::tempdir().unwrap();
        let (uuid, machines) = (Uuid::from_u128(7), HashSet::from(["there".to_owned()]));
        let started = format!("/usr/bin/qemu-system-x86_64 \\\n-uuid {uuid} \\\n");
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        let read = || former_tail(directory.path(), uuid, &machines, 1);
        write("other.log", &started.replace("0007", "0008"));
        write("there.log", &(started.clone() + "of a machine that is there\n"));
        write("old.log.0", &(started.clone() + "no log by its name\n"));
        std::os::unix::fs::symlink("there.log", directory.path().join("link.log")).unwrap();
        assert_eq!(read().unwrap_err().kind(), io::ErrorKind::NotFound);
        write("old.log", &(started.clone() + "one\n"));
        assert_eq!(read().unwrap(), ["one"]);
        write("newer.log", &(started + "two\n"));
        let before = SystemTime::now() - std::time::Duration::from_secs(60);
        File::options().write(true).open(directory.path().join("old.log")).unwrap().set_modified(before).unwrap();
        assert_eq!(read().unwrap(), ["two"]);
    }

    #[test]
    fn a_log_is_that_of_the_machine_that_was_started_last() {
        let directory = tempfile::tempdir().unwrap();
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let started = |uuid: Uuid| format!("/usr/bin/qemu-system-x86_64 \\\n-uuid {uuid} \\\n-nodefaults\n");
        let write = |text: &str| std::fs::write(directory.path().join("web.log"), text).unwrap();
        let own = |uuid| tail(directory.path(), "web", uuid, 1).map_err(|error| error.kind());
        let former = |uuid| former_tail(directory.path(), uuid, &HashSet::new(), 1).map_err(|error| error.kind());
        write(&(started(one) + "of the first\n" + &started(two) + "of the second\n"));
        assert_eq!((own(two), own(one)), (Ok(vec!["of the second".to_owned()]), Err(io::ErrorKind::NotFound)));
        assert_eq!(former(one), Err(io::ErrorKind::NotFound), "its name went to another");
        write(&(started(one) + &format!("-name guest=x -uuid {two} y \\\n-drive file=-uuid {two} \\\nof the first\n")));
        assert_eq!((own(one).is_ok(), former(two)), (true, Err(io::ErrorKind::NotFound)), "a name is no start");
    }

    #[test]
    fn the_last_lines_come_oldest_first_and_without_control_characters() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("a.log"), "one\ntwo\n\u{1b}[31mthree\n").unwrap();
        assert_eq!(tail(directory.path(), "a", Uuid::nil(), 2).unwrap(), ["two", "[31mthree"]);
    }
}
