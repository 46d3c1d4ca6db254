//! Pictures in memory files.

use std::{
    fs::File,
    io,
    os::{fd::OwnedFd, unix::fs::FileExt as _},
};

use dbus::ErrorKind;

use super::failure;
use crate::Error;

/// Bytes of a picture; a larger one is refused. The service's own bound is below this.
const LARGEST: usize = 64 << 20;

/// Reads a whole memory file, away from the runtime's threads.
pub(super) async fn read(file: OwnedFd) -> Result<Vec<u8>, Error> {
    match tokio::task::spawn_blocking(move || read_all(&File::from(file))).await {
        Ok(picture) => picture,
        Err(error) => Err(Error::Other(error.to_string())),
    }
}

fn read_all(file: &File) -> Result<Vec<u8>, Error> {
    let failed = |error: io::Error| Error::Other(error.to_string());
    let metadata = file.metadata().map_err(failed)?;
    // Reading anything else could wait for ever.
    if !metadata.is_file() {
        return Err(failure::service(ErrorKind::Failed, "The picture is no file"));
    }
    let Some(length) = usize::try_from(metadata.len()).ok().filter(|length| *length <= LARGEST) else {
        return Err(failure::service(ErrorKind::LimitExceeded, "The picture is too large"));
    };
    let mut picture = vec![0; length];
    file.read_exact_at(&mut picture, 0).map_err(failed)?;
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_picture_is_read_from_its_start_and_not_beyond_a_bound() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"PNG").unwrap();
        assert_eq!(read_all(&file).unwrap(), b"PNG");
        file.set_len(LARGEST as u64 + 1).unwrap();
        assert_eq!(read_all(&file).unwrap_err().kind(), Some(ErrorKind::LimitExceeded));
    }

    #[test]
    fn what_could_be_waited_for_for_ever_is_no_picture() {
        let (reader, _writer) = std::io::pipe().unwrap();
        assert_eq!(read_all(&File::from(OwnedFd::from(reader))).unwrap_err().kind(), Some(ErrorKind::Failed));
    }
}
