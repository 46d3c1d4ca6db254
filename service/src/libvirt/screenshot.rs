//! What a machine's display shows, as libvirt delivers it.

use uuid::Uuid;
use virt::stream::Stream;

use super::{DEADLINE, Lane, Libvirt, machine_error};
use crate::{
    error::{Error, Result},
    policy::{Grant, action::ReadSensitive},
};

/// The largest picture that is taken from QEMU, in bytes: 8192 × 8192 pixels and a header.
const MOST_BYTES: usize = 8192 * 8192 * 3 + 64;

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
    /// `InvalidState` if the machine is off, `NotSupported` without a display, `Stalled`.
    pub async fn screenshot(&self, grant: &Grant<ReadSensitive>, screen: u32) -> Result<Encoded> {
        let uuid: Uuid = grant.machine()?;
        let turn = self.gates.enter(uuid, DEADLINE).await?;
        let watch = turn.watch();
        let work = move |connection: &virt::connect::Connect| {
            let failed = |error| machine_error(uuid, &error);
            let domain = connection.lookup_domain_by_uuid(uuid).map_err(failed)?;
            let stream = Stream::new(connection, 0).map_err(failed)?;
            let mime_type = domain.screenshot(&stream, screen, 0).map_err(failed)?;
            let bytes = receive(&stream).map_err(|error| error.unwrap_or_else(failed))?;
            stream.finish().map_err(failed)?;
            Ok(Encoded { mime_type, bytes })
        };
        let result = self.workers.call(Lane::Machine, DEADLINE, turn, work).await;
        if matches!(result, Err(Error::TimedOut(_))) && watch.stall() {
            return Err(Error::Stalled);
        }
        result
    }
}

/// An error of ours, or libvirt's to be translated.
enum ReceiveError {
    Ours(Error),
    Libvirt(virt::error::Error),
}

impl ReceiveError {
    fn unwrap_or_else(self, translate: impl FnOnce(virt::error::Error) -> Error) -> Error {
        match self {
            Self::Ours(error) => error,
            Self::Libvirt(error) => translate(error),
        }
    }
}

fn receive(stream: &Stream) -> std::result::Result<Vec<u8>, ReceiveError> {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 256 * 1024];
    loop {
        let length = stream.recv(&mut chunk).map_err(ReceiveError::Libvirt)?;
        let Ok(length @ 1..) = usize::try_from(length) else { return Ok(bytes) };
        if bytes.len() + length > MOST_BYTES {
            return Err(ReceiveError::Ours(Error::LimitExceeded { what: "bytes in a picture", limit: MOST_BYTES as u64 }));
        }
        bytes.extend_from_slice(&chunk[..length]);
    }
}
