//! The trash of a storage pool: a directory of our own inside the pool's.
//!
//! Moving a file there is a rename: no data is copied, and nothing can be half moved. Everything goes through
//! descriptors of the directories, so that nobody who may write to the pool can lead a move elsewhere.

use std::{io, os::fd::OwnedFd, path::Path};

use rustix::{
    fs::{
        Access, AtFlags, CWD, Mode, OFlags, RenameFlags, accessat, fstat, fsync, linkat, mkdirat, openat, renameat_with, statat, unlinkat,
    },
    io::Errno,
};

/// The directory inside a pool's.
pub const TRASH: &str = ".kvm-manager-trash";

/// Whether files of this pool directory can be moved to its trash.
#[must_use]
pub fn has_trash(directory: &Path) -> bool {
    accessat(CWD, directory, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS).is_ok()
}

/// Moves `name` from the pool into the trash under `id`.
///
/// # Errors
/// The system's; the file is where it was then.
pub fn to_trash(directory: &Path, id: &str, name: &str) -> io::Result<()> {
    check_name(name)?;
    let pool = open(CWD, directory)?;
    let trash = own_directory(&own_directory(&pool, TRASH)?, id)?;
    move_file(&pool, &trash, name)?;
    fsync(&trash)?;
    fsync(&pool)?;
    Ok(())
}

/// Moves `name` back from the trash; never over a file that has taken its place.
///
/// # Errors
/// `AlreadyExists` if the name is taken, `NotFound` if the file is not in the trash.
pub fn from_trash(directory: &Path, id: &str, name: &str) -> io::Result<()> {
    check_name(name)?;
    let pool = open(CWD, directory)?;
    let trash = existing_directory(&pool, id)?;
    move_file(&trash, &pool, name)?;
    fsync(&pool)?;
    drop(trash);
    remove_if_empty(&pool, id);
    Ok(())
}

/// Whether `name` is in the trash.
///
/// # Errors
/// The system's.
pub fn is_in_trash(directory: &Path, id: &str, name: &str) -> io::Result<bool> {
    check_name(name)?;
    let pool = open(CWD, directory)?;
    let trash = match existing_directory(&pool, id) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        trash => trash?,
    };
    Ok(statat(&trash, name, AtFlags::SYMLINK_NOFOLLOW).is_ok())
}

/// Removes `name` from the trash for good. It is no error if it is gone.
///
/// # Errors
/// The system's.
pub fn remove(directory: &Path, id: &str, name: &str) -> io::Result<()> {
    check_name(name)?;
    let pool = open(CWD, directory)?;
    let trash = match existing_directory(&pool, id) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        trash => trash?,
    };
    match unlinkat(&trash, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    drop(trash);
    remove_if_empty(&pool, id);
    Ok(())
}

/// Moves a file between two directories of one file system; never over another file.
fn move_file(from: &OwnedFd, to: &OwnedFd, name: &str) -> io::Result<()> {
    match renameat_with(from, name, to, name, RenameFlags::NOREPLACE) {
        // NFS cannot promise that with a rename. A second name does, and then the first one goes.
        Err(Errno::INVAL) => {
            linkat(from, name, to, name, AtFlags::empty())?;
            Ok(unlinkat(from, name, AtFlags::empty())?)
        }
        result => Ok(result?),
    }
}

/// A volume's name in a directory pool is the name of one file; anything else is refused.
fn check_name(name: &str) -> io::Result<()> {
    let is_file_name = !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\0']);
    if is_file_name { Ok(()) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

fn open(at: impl std::os::fd::AsFd, path: &Path) -> io::Result<OwnedFd> {
    Ok(openat(at, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?)
}

/// Opens a directory of ours inside `parent`, making it if needed. One that somebody else made is refused.
fn own_directory(parent: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    match mkdirat(parent, name, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(error) => return Err(error.into()),
    }
    opened_own(parent, name)
}

fn existing_directory(pool: &OwnedFd, id: &str) -> io::Result<OwnedFd> {
    opened_own(&opened_own(pool, TRASH)?, id)
}

fn opened_own(parent: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    check_name(name)?;
    let directory = open(parent, Path::new(name))?;
    let status = fstat(&directory)?;
    let is_ours = status.st_uid == rustix::process::geteuid().as_raw() && status.st_mode & 0o077 == 0;
    if is_ours { Ok(directory) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

fn remove_if_empty(pool: &OwnedFd, id: &str) {
    let Ok(trash) = opened_own(pool, TRASH) else { return };
    // Not empty is the usual case, not a failure.
    let _ = unlinkat(&trash, id, AtFlags::REMOVEDIR);
    drop(trash);
    let _ = unlinkat(pool, TRASH, AtFlags::REMOVEDIR);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_to_the_trash_and_comes_back_and_leaves_nothing_behind() {
        let pool = tempfile::tempdir().unwrap();
        std::fs::write(pool.path().join("a.qcow2"), "data").unwrap();
        to_trash(pool.path(), "id1", "a.qcow2").unwrap();
        assert!(!pool.path().join("a.qcow2").exists());
        assert!(is_in_trash(pool.path(), "id1", "a.qcow2").unwrap());
        from_trash(pool.path(), "id1", "a.qcow2").unwrap();
        assert_eq!(std::fs::read_to_string(pool.path().join("a.qcow2")).unwrap(), "data");
        assert_eq!(std::fs::read_dir(pool.path()).unwrap().count(), 1);
    }

    #[test]
    fn nothing_is_ever_replaced() {
        let pool = tempfile::tempdir().unwrap();
        std::fs::write(pool.path().join("a"), "old").unwrap();
        to_trash(pool.path(), "id1", "a").unwrap();
        std::fs::write(pool.path().join("a"), "new").unwrap();
        assert_eq!(from_trash(pool.path(), "id1", "a").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(pool.path().join("a")).unwrap(), "new");
        assert!(is_in_trash(pool.path(), "id1", "a").unwrap());
    }

    #[test]
    fn a_trash_that_somebody_else_prepared_is_refused() {
        let pool = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::write(pool.path().join("a"), "data").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), pool.path().join(TRASH)).unwrap();
        assert!(to_trash(pool.path(), "id1", "a").is_err());
        std::fs::remove_file(pool.path().join(TRASH)).unwrap();
        std::fs::create_dir(pool.path().join(TRASH)).unwrap();
        use std::os::unix::fs::PermissionsExt;
        let trash = std::fs::File::open(pool.path().join(TRASH)).unwrap();
        trash.set_permissions(std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(to_trash(pool.path(), "id1", "a").is_err());
        assert!(pool.path().join("a").exists());
    }

    #[test]
    fn names_that_are_no_file_names_are_refused() {
        let pool = tempfile::tempdir().unwrap();
        for name in ["", ".", "..", "a/b", "../a"] {
            assert!(to_trash(pool.path(), "id1", name).is_err(), "{name}");
        }
    }
}
