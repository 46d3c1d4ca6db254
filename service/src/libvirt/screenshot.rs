//! What a machine's display shows, as libvirt delivers it.

use virt::{domain::Domain, error::Error as VirtError, stream::Stream};

use super::Libvirt;
use crate::{
    error::{Error, Result},
    policy::{Grant, action::ReadSensitive},
};

/// The largest picture that is taken from QEMU, in bytes: 7680 × 4320 pixels and a header. A guest chooses the size of
/// its display, and the service's memory is limited.
const MOST_BYTES: usize = 7680 * 4320 * 3 + 64;

/// An encoded picture from QEMU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The MIME type that libvirt names.
    pub mime_type: String,
    /// The file's bytes.
    pub bytes: Vec<u8>,
}

impl Libvirt {
    /// The picture on display `screen`.
    ///
    /// # Errors
    /// `InvalidState` if the machine is off, `NotSupported` without a display, `LimitExceeded` if it is too large, `Stalled`.
    pub async fn screenshot(&self, grant: &Grant<ReadSensitive>, screen: u32) -> Result<Encoded> {
        let take = move |domain: &Domain| {
            let stream = Stream::new(&domain.connect()?, 0)?;
            let mime_type = domain.screenshot(&stream, screen, 0)?;
            let Some(bytes) = receive(&stream)? else { return Ok(None) };
            stream.finish()?;
            Ok(Some(Encoded { mime_type, bytes }))
        };
        let limit = Error::LimitExceeded { what: "bytes in a picture", limit: MOST_BYTES as u64 };
        self.short_call(grant.machine()?, take).await?.ok_or(limit)
    }
}

/// Everything the stream brings, or nothing if it is too much.
fn receive(stream: &Stream) -> Result<Option<Vec<u8>>, VirtError> {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 256 * 1024];
    loop {
        let Ok(length @ 1..) = usize::try_from(stream.recv(&mut chunk)?) else { return Ok(Some(bytes)) };
        if bytes.len() + length > MOST_BYTES {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk[..length]);
    }
}
