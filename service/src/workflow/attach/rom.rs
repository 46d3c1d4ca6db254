//! The ROM that a device of a machine gets from a caller's file.

use std::{io, os::fd::OwnedFd, sync::Arc};

use uuid::Uuid;

use crate::{
    context::Context,
    error::{Error, Result},
    host::{pci::PciAddress, rom_file},
    workflow::{file, passthrough::blocking},
};

/// What is in a file of the user `uid`.
///
/// # Errors
/// `InvalidArgument` if that is no ROM, or no file that could be read; those of [`file::look`].
pub async fn read(uid: u32, file: OwnedFd) -> Result<Vec<u8>> {
    let read = |file| rom_file::read(file).map_err(|reason| Error::InvalidArgument { argument: "rom-file", reason });
    file::look(uid, file, read).await
}

/// Keeps it for a device of a machine.
///
/// # Errors
/// `NotSupported` where there is no directory for it; `NoSpace`, the system's.
pub(super) async fn keep(context: &Arc<Context>, machine: Uuid, device: PciAddress, image: Vec<u8>) -> Result<()> {
    let root = context.root.clone();
    blocking(move || rom_file::keep(&root, machine, device, &image)).await?.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            tracing::warn!(%error, directory = rom_file::DIRECTORY, "There is no directory for ROMs");
            Error::NotSupported { reason: "there is no directory for ROMs that only the service writes to and QEMU may read" }
        }
        _ => Error::io("Keeping a ROM")(error),
    })
}

/// Takes those of these devices away, for nothing refers to them any more. `None` if any could not be read.
pub(super) async fn take(context: &Arc<Context>, machine: Uuid, devices: Vec<PciAddress>) -> Option<Vec<(PciAddress, Vec<u8>)>> {
    let (root, all) = (context.root.clone(), devices.clone());
    let read = move || {
        let read = |device| rom_file::read_kept(&root, machine, device).map(|image| Some((device, image?))).transpose();
        all.into_iter().filter_map(read).collect::<io::Result<Vec<_>>>()
    };
    let roms = blocking(read).await;
    forget(context, machine, devices).await;
    match roms {
        Ok(Ok(roms)) => Some(roms),
        cause => {
            tracing::warn!(%machine, ?cause, "A ROM could not be read: its device will not come back as it was");
            None
        }
    }
}

/// Lets those go that nothing refers to any more.
pub(super) async fn forget(context: &Arc<Context>, machine: Uuid, devices: Vec<PciAddress>) {
    let root = context.root.clone();
    let removed = blocking(move || devices.into_iter().try_for_each(|device| rom_file::remove(&root, machine, device))).await;
    if !matches!(removed, Ok(Ok(()))) {
        // It is in nobody's way: the next one for the device takes its place, and it goes with the machine.
        tracing::warn!(%machine, cause = ?removed, "A ROM that nothing refers to was left behind");
    }
}

/// Lets those of a machine go that is gone for good.
pub async fn forget_all(context: &Context, machine: Uuid) {
    context.before.forget_machine(machine);
    let root = context.root.clone();
    let removed = blocking(move || rom_file::remove_all(&root, machine)).await;
    if !matches!(removed, Ok(Ok(()))) {
        tracing::warn!(%machine, cause = ?removed, "The ROMs of a deleted machine could not be removed");
    }
}
