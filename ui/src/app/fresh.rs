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

/// Makes a file for a host to write, which goes again if the host says that nothing came of it. Where it says nothing it may still write.
pub(super) async fn filled<T>(path: PathBuf, fill: impl AsyncFnOnce(File) -> Result<T, Error>) -> Result<T, Error> {
    let file = make(path.clone()).await?;
    let done = fill(file).await;
    if done.as_ref().is_err_and(|error| !matches!(error, Error::Gone(_))) {
        remove(path).await;
    }
    done
}

/// A file that was not there, for its owner alone.
async fn make(path: PathBuf) -> Result<File, Error> {
    let mut fresh = file::aside(move || Fresh::make(path)).await.map_err(|error| failed(&error))?;
    fresh.0.take().ok_or_else(|| failed(&io::ErrorKind::NotFound.into()))
}

/// Writes all of it into a file that was not there.
pub(super) async fn write(path: PathBuf, content: Vec<u8>) -> Result<(), Error> {
    let write = async |mut file: File| file::within(WRITING, move || file.write_all(&content)).await.map_err(|error| failed(&error));
    filled(path, write).await
}

/// Takes a file away that came to nothing.
async fn remove(path: PathBuf) {
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

    #[tokio::test]
    async fn a_file_that_nothing_came_of_is_not_in_the_way_and_one_that_may_still_be_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.core");
        let refused = Error::Service { kind: ErrorKind::Busy, message: String::new(), facts: Vec::new() };
        for (error, stays) in [(refused, false), (Error::Other("no".into()), false), (Error::Gone("the host".into()), true)] {
            let answer = error.clone();
            assert_eq!(filled::<()>(path.clone(), async |_| Err(answer)).await, Err(error));
            assert_eq!(path.exists(), stays);
        }
    }

    #[test]
    fn a_file_that_is_made_too_late_goes_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.png");
        drop(Fresh::make(path.clone()).unwrap());
        assert!(!path.exists());
    }
}
