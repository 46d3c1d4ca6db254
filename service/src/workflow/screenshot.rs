//! Pictures of a machine's display, as PNG in a sealed memory file.

use std::{fs::File, io::Write, os::fd::OwnedFd};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

use crate::{
    context::Context,
    error::{Error, Result},
    libvirt::screenshot::Encoded,
    picture::Picture,
    policy::{Grant, action::ReadSensitive},
};

/// Takes a picture; `width` makes it that wide if it is wider.
///
/// # Errors
/// `NotSupported` if QEMU sends a format that is not known, and what libvirt says.
pub async fn take(context: &Context, grant: &Grant<ReadSensitive>, screen: u32, width: Option<u32>) -> Result<OwnedFd> {
    // One at a time: a large one takes a good part of the memory that the service may have.
    let _turn = context.pictures.acquire().await.map_err(|_| Error::Busy)?;
    let encoded = context.libvirt.screenshot(grant, screen).await?;
    let convert = tokio::task::spawn_blocking(move || seal(&to_png(encoded, width)?));
    convert.await.map_err(|_| Error::Internal("converting a picture failed"))?
}

fn to_png(encoded: Encoded, width: Option<u32>) -> Result<Vec<u8>> {
    const UNKNOWN: Error = Error::NotSupported { reason: "a picture in an unknown format" };
    let picture = match encoded.mime_type.as_str() {
        "image/png" if width.is_none() => return Ok(encoded.bytes),
        "image/png" => Picture::from_png(&encoded.bytes),
        "image/x-portable-pixmap" => Picture::from_ppm(encoded.bytes),
        _ => None,
    };
    let picture = picture.ok_or(UNKNOWN)?;
    picture.narrowed(width.unwrap_or(u32::MAX)).to_png().ok_or(UNKNOWN)
}

/// A memory file that nobody can change any more.
fn seal(bytes: &[u8]) -> Result<OwnedFd> {
    let fail = || Error::io("Making a memory file");
    let memory = memfd_create("screenshot", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).map_err(|error| fail()(error.into()))?;
    let mut file = File::from(memory);
    file.write_all(bytes).map_err(fail())?;
    std::io::Seek::rewind(&mut file).map_err(fail())?;
    let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
    fcntl_add_seals(&file, seals).map_err(|error| fail()(error.into()))?;
    Ok(file.into())
}
