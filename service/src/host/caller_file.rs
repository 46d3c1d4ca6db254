//! Files that callers hand over as descriptors.

use std::os::fd::OwnedFd;

use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat};

/// What a file has to be open for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To be read from.
    Read,
    /// To be written to, where the service likes.
    Write,
}

/// The size of a regular file that is open for this, in bytes. Blocks for as long as its file system likes.
///
/// # Errors
/// What it is instead. A pipe or a terminal that says nothing, or that nobody reads, would hold a thread for as long as its owner likes.
pub fn check(file: &OwnedFd, access: Access) -> Result<u64, &'static str> {
    let status = fstat(file).map_err(|_| "not a file")?;
    if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
        return Err("not a regular file");
    }
    let flags = fcntl_getfl(file).map_err(|_| "not a file")?;
    let (one_way, reason) = match access {
        Access::Read => (OFlags::RDONLY, "not open for reading"),
        Access::Write => (OFlags::WRONLY, "not open for writing"),
    };
    if flags.contains(OFlags::PATH) || ![one_way, OFlags::RDWR].contains(&(flags & OFlags::RWMODE)) {
        return Err(reason);
    }
    if access == Access::Write && flags.contains(OFlags::APPEND) {
        return Err("open for appending");
    }
    u64::try_from(status.st_size).map_err(|_| "not a file")
}
