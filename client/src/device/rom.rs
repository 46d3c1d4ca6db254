//! A file with the ROM of a card.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use dbus::ErrorKind;
pub use model::device::rom::LONGEST;

use crate::{Error, file};

/// How every ROM begins.
const SIGNATURE: [u8; 2] = [0x55, 0xaa];
/// What an error says of a file that does not answer.
const SILENT: &str = "timed-out";

/// What a file is that cannot be a card's ROM, whatever is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRom {
    /// It is not there.
    #[error("there is no such file")]
    Missing,
    /// It is a folder, a pipe or the like.
    #[error("it is no file")]
    NoFile,
    /// Nothing is in it.
    #[error("it is empty")]
    Empty,
    /// It is larger than any ROM.
    #[error("it is larger than {LONGEST} bytes")]
    TooLarge,
    /// Its folder does not answer, as one of a network that is gone.
    #[error("{SILENT}")]
    Silent,
    /// It may not be read, or cannot be, as the system says it.
    #[error("{0}")]
    Unreadable(String),
}

impl NoRom {
    /// Whether an error says that the file did not answer when it was opened.
    #[must_use]
    pub fn is_silent(error: &Error) -> bool {
        error.fact("argument") == Some("rom-file") && error.fact("reason") == Some(SILENT)
    }
}

impl From<io::Error> for NoRom {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing,
            io::ErrorKind::TimedOut => Self::Silent,
            _ => Self::Unreadable(error.to_string()),
        }
    }
}

/// Why a file cannot be a card's ROM, as the service says it.
fn refused(reason: &str) -> Error {
    let facts = [("argument", "rom-file"), ("reason", reason)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    Error::Service { kind: ErrorKind::InvalidArgument, message: format!("Invalid rom-file: {reason}"), facts: facts.into() }
}

/// Opens it, if it can be one by what is seen from outside. Blocks for as long as its folder likes.
fn opened(path: &Path) -> Result<File, NoRom> {
    // What is no file, such as a pipe that nobody writes to, might be opened for ever.
    let found = std::fs::metadata(path)?;
    match found.len() {
        _ if !found.is_file() => Err(NoRom::NoFile),
        0 => Err(NoRom::Empty),
        size if size > LONGEST => Err(NoRom::TooLarge),
        _ => Ok(File::open(path)?),
    }
}

/// Does something with the file, which has [`file::PATIENCE`] to answer.
async fn with<T: Send + 'static>(path: PathBuf, work: impl FnOnce(File) -> io::Result<T> + Send + 'static) -> Result<T, NoRom> {
    let both = move || Ok(opened(&path).and_then(|file| Ok(work(file)?)));
    file::aside(both).await?
}

/// Whether it can be one by what is seen from outside: a file that may be read, of a fitting size.
///
/// # Errors
/// Why it is none.
pub async fn look(path: PathBuf) -> Result<(), NoRom> {
    with(path, |_| Ok(())).await
}

/// Opens it for the service, which looks at what is in it.
pub(crate) async fn open(path: &Path) -> Result<File, Error> {
    with(path.to_owned(), Ok).await.map_err(|reason| refused(&reason.to_string()))
}

/// Whether it begins as one, for the demo.
pub(crate) async fn check(path: &Path) -> Result<(), Error> {
    let start = |mut file: File| {
        let mut start = [0; 2];
        file.read_exact(&mut start).map(|()| start)
    };
    match with(path.to_owned(), start).await {
        Ok(SIGNATURE) => Ok(()),
        Err(NoRom::Silent) => Err(refused(SILENT)),
        _ => Err(refused("not a ROM of a PCI device")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_file_is_refused_as_the_service_does_it() {
        let folder = tempfile::tempdir().unwrap();
        let (good, bad) = (folder.path().join("a.rom"), folder.path().join("b.rom"));
        std::fs::write(&good, [0x55, 0xaa, 1]).unwrap();
        std::fs::write(&bad, "text").unwrap();
        assert!(open(&good).await.is_ok() && check(&good).await.is_ok() && open(&bad).await.is_ok());
        for path in [&bad, &folder.path().join("c.rom"), folder.path()] {
            let error = check(path).await.unwrap_err();
            assert_eq!((error.kind(), error.fact("argument")), (Some(ErrorKind::InvalidArgument), Some("rom-file")), "{}", path.display());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_a_rom_is_told_by_what_it_is_and_never_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), rustix::fs::Mode::RUSR).unwrap();
        std::fs::write(at("empty"), "").unwrap();
        File::create(at("large")).unwrap().set_len(LONGEST + 1).unwrap();
        File::create(at("largest")).unwrap().set_len(LONGEST).unwrap();
        let expected = [
            (at("gone"), Err(NoRom::Missing)),
            (at("empty").join("x"), Err(NoRom::Missing)),
            (folder.path().to_owned(), Err(NoRom::NoFile)),
            (at("pipe"), Err(NoRom::NoFile)),
            (at("empty"), Err(NoRom::Empty)),
            (at("large"), Err(NoRom::TooLarge)),
            (at("largest"), Ok(())),
        ];
        for (path, result) in expected {
            assert_eq!(look(path.clone()).await, result, "{}", path.display());
            assert_eq!(open(&path).await.is_ok(), result.is_ok(), "{}", path.display());
        }
        assert!(NoRom::is_silent(&refused(&NoRom::from(io::Error::from(io::ErrorKind::TimedOut)).to_string())));
        assert!(!NoRom::is_silent(&refused(&NoRom::Missing.to_string())));
    }
}
