//! Files that are made for what a host writes.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    time::Duration,
};

use client::{Error, ErrorKind, file, t};

/// How long a picture may take to be written: a network may be slow and still be there.
const WRITING: Duration = Duration::from_secs(60);

/// A file that goes again if nobody takes it: its folder may answer after whoever wanted it has given up.
struct Fresh(Option<File>, PathBuf);

impl Fresh {
    /// Blocks.
    fn make(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self(Some(file), path))
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if self.0.is_some() {
            // That it is gone already is as good.
            let _ = fs::remove_file(&self.1);
        }
    }
}

/// A file that was not there, for its owner alone.
pub(super) async fn make(path: PathBuf) -> Result<File, Error> {
    let mut fresh = file::aside(move || Fresh::make(path)).await.map_err(|error| failed(&error))?;
    fresh.0.take().ok_or_else(|| failed(&io::ErrorKind::NotFound.into()))
}

/// Writes all of it into a file that was not there.
pub(super) async fn write(path: PathBuf, content: Vec<u8>) -> Result<(), Error> {
    let mut file = make(path).await?;
    file::within(WRITING, move || file.write_all(&content)).await.map_err(|error| failed(&error))
}

/// Takes a file away that came to nothing.
pub(super) async fn remove(path: PathBuf) {
    // It was made for this, and has a part at most; that it is gone already is as good.
    let _ = file::aside(move || fs::remove_file(path)).await;
}

fn failed(error: &io::Error) -> Error {
    let message = if error.kind() == io::ErrorKind::TimedOut { t!("target-silent") } else { error.to_string() };
    Error::Service { kind: ErrorKind::Failed, message, facts: Vec::new() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn a_file_is_made_where_there_is_none_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.png");
        write(path.clone(), b"PNG".to_vec()).await.unwrap();
        assert_eq!((fs::read(&path).unwrap().as_slice(), fs::metadata(&path).unwrap().permissions().mode() & 0o777), (&b"PNG"[..], 0o600));
        assert!(write(path.clone(), Vec::new()).await.is_err(), "nothing is overwritten");
        assert_eq!(fs::read(&path).unwrap(), b"PNG");
        remove(path.clone()).await;
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_is_made_too_late_goes_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.png");
        drop(Fresh::make(path.clone()).unwrap());
        assert!(!path.exists());
    }
}
