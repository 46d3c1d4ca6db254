//! ROMs that machines get from files: copies of the service's own, in the one directory that is ours and that QEMU may read.
//!
//! AppArmor's rules for QEMU, which come with libvirt, list directories of ROMs below `/usr/share`, and virt-aa-helper adds no ROM of a
//! device to them; SELinux lets QEMU read there, too. So the copies need no rule of ours in anybody's policy.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::{
        fd::OwnedFd,
        unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    },
    path::PathBuf,
};

use model::device::rom::{self, LONGEST};
use uuid::Uuid;

use super::{
    Root,
    caller_file::{self, Access},
    pci::PciAddress,
};

/// Where they are, below the root.
pub const DIRECTORY: &str = "usr/share/vgabios/kvm-manager";

/// One for each device of a machine: nobody else can name it, and a second one takes the place of the first.
fn name(machine: Uuid, device: PciAddress) -> String {
    format!("{machine}-{}.rom", device.to_string().replace(':', "_"))
}

/// The file as a definition names it.
#[must_use]
pub fn path(machine: Uuid, device: PciAddress) -> String {
    ["/", DIRECTORY, "/", &name(machine, device)].concat()
}

/// The ROM in a caller's file. Blocks for as long as the file system of the file likes.
///
/// # Errors
/// Why it is none.
pub fn read(file: OwnedFd) -> Result<Vec<u8>, &'static str> {
    let size = caller_file::check(&file, Access::Read)?;
    let size = usize::try_from(size).ok().filter(|_| size <= LONGEST).ok_or("larger than 16 MiB")?;
    let mut image = vec![0; size];
    // From its beginning, wherever the caller is in it; one that is cut off meanwhile is not read.
    File::from(file).read_exact_at(&mut image, 0).map_err(|_| "cannot be read")?;
    rom::check(&image).map_err(|_| "not a ROM of a PCI device: 55 AA, PCIR, and all of the image")?;
    Ok(image)
}

/// Keeps a copy for a device of a machine, for QEMU to read. Blocks.
///
/// # Errors
/// `NotFound`, `ReadOnlyFilesystem` or `PermissionDenied` where there is no such directory of the service's own; the system's.
pub fn keep(root: &Root, machine: Uuid, device: PciAddress, image: &[u8]) -> io::Result<()> {
    let directory = own(root)?;
    let unfinished = directory.join(format!(".{}", Uuid::new_v4().simple()));
    let result = write(&unfinished, image).and_then(|()| fs::rename(&unfinished, directory.join(name(machine, device))));
    if result.is_err() {
        // It may never have been made.
        let _ = fs::remove_file(&unfinished);
        return result;
    }
    File::open(directory)?.sync_all()
}

fn write(path: &std::path::Path, image: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(image)?;
    // QEMU runs as a user of its own, and the service may give a file to nobody. Nothing secret is in a ROM.
    file.set_permissions(fs::Permissions::from_mode(0o644))?;
    file.sync_all()
}

/// The copy for a device of a machine; there may be none. Blocks.
///
/// # Errors
/// The system's; `PermissionDenied` where the directory is not the service's own.
pub fn read_kept(root: &Root, machine: Uuid, device: PciAddress) -> io::Result<Option<Vec<u8>>> {
    let path = root.path(DIRECTORY).join(name(machine, device));
    if !fs::symlink_metadata(&path).is_ok_and(|status| status.is_file()) {
        return Ok(None);
    }
    // Only in a directory where nobody else puts anything is it the one that was kept.
    own(root)?;
    fs::read(path).map(Some)
}

/// Removes the copy for a device of a machine; there may be none.
///
/// # Errors
/// The system's.
pub fn remove(root: &Root, machine: Uuid, device: PciAddress) -> io::Result<()> {
    gone(fs::remove_file(root.path(DIRECTORY).join(name(machine, device))))
}

/// Removes the copies for a machine.
///
/// # Errors
/// The system's.
pub fn remove_all(root: &Root, machine: Uuid) -> io::Result<()> {
    let entries = match fs::read_dir(root.path(DIRECTORY)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    let prefix = format!("{machine}-");
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(&prefix)) {
            gone(fs::remove_file(entry.path()))?;
        }
    }
    Ok(())
}

fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// The directory, if nobody else can put anything there.
fn own(root: &Root) -> io::Result<PathBuf> {
    let directory = root.path(DIRECTORY);
    let status = fs::symlink_metadata(&directory)?;
    let is_own = status.is_dir() && status.uid() == rustix::process::geteuid().as_raw() && status.mode() & 0o022 == 0;
    if is_own { Ok(directory) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: Uuid = Uuid::from_u128(7);

    fn device(text: &str) -> PciAddress {
        text.parse().unwrap()
    }

    fn root() -> (tempfile::TempDir, Root) {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::captured(tree.path());
        fs::create_dir_all(root.path(DIRECTORY)).unwrap();
        (tree, root)
    }

    fn names(root: &Root) -> Vec<String> {
        fs::read_dir(root.path(DIRECTORY)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_copy_is_for_everybody_to_read_and_a_second_one_takes_its_place() {
        let (_tree, root) = root();
        let card = device("0000:01:00.0");
        assert_eq!(read_kept(&root, MACHINE, card).unwrap(), None);
        keep(&root, MACHINE, card, b"one").unwrap();
        keep(&root, MACHINE, card, b"two").unwrap();
        assert_eq!(read_kept(&root, MACHINE, card).unwrap().as_deref(), Some(b"two".as_slice()));
        let file = root.path(path(MACHINE, card).trim_start_matches('/'));
        assert_eq!((fs::read(&file).unwrap().as_slice(), fs::metadata(&file).unwrap().mode() & 0o7777), (b"two".as_slice(), 0o644));
        assert_eq!(names(&root), ["00000000-0000-0000-0000-000000000007-0000_01_00.0.rom"]);
    }

    #[test]
    fn only_what_is_the_machines_goes() {
        let (_tree, root) = root();
        for (machine, card) in [(MACHINE, "0000:01:00.0"), (MACHINE, "0000:02:00.0"), (Uuid::from_u128(8), "0000:01:00.0")] {
            keep(&root, machine, device(card), b"x").unwrap();
        }
        remove(&root, MACHINE, device("0000:01:00.0")).unwrap();
        remove(&root, MACHINE, device("0000:01:00.0")).unwrap();
        assert_eq!(names(&root).len(), 2);
        remove_all(&root, MACHINE).unwrap();
        assert_eq!(names(&root), ["00000000-0000-0000-0000-000000000008-0000_01_00.0.rom"]);
    }

    #[test]
    fn a_directory_that_others_write_to_or_a_link_gets_no_copy() {
        let (tree, root) = root();
        let directory = root.path(DIRECTORY);
        File::open(&directory).unwrap().set_permissions(fs::Permissions::from_mode(0o777)).unwrap();
        let kept = || keep(&root, MACHINE, device("0000:01:00.0"), b"x").unwrap_err().kind();
        assert_eq!((kept(), names(&root).len()), (io::ErrorKind::PermissionDenied, 0));
        fs::remove_dir(&directory).unwrap();
        assert_eq!(kept(), io::ErrorKind::NotFound);
        std::os::unix::fs::symlink(tree.path(), &directory).unwrap();
        assert_eq!(kept(), io::ErrorKind::PermissionDenied);
    }
}
