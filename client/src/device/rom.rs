//! A file with the ROM of a card.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use dbus::ErrorKind;

use crate::Error;

/// How every ROM begins.
const SIGNATURE: [u8; 2] = [0x55, 0xaa];

/// Why a file cannot be a card's ROM, as the service says it.
fn refused(reason: &str) -> Error {
    let facts = [("argument", "rom-file"), ("reason", reason)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    Error::Service { kind: ErrorKind::InvalidArgument, message: format!("Invalid rom-file: {reason}"), facts: facts.into() }
}

/// Opens it for the service, which looks at what is in it.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    let file = || -> io::Result<File> {
        // What is no file, such as a pipe that nobody writes to, might be opened for ever.
        if std::fs::metadata(path)?.is_file() { File::open(path) } else { Err(io::ErrorKind::InvalidInput.into()) }
    };
    file().map_err(|error| refused(&error.to_string()))
}

/// Whether it begins as one, for the demo.
pub(crate) fn check(path: &Path) -> Result<(), Error> {
    let mut start = [0; 2];
    let read = open(path)?.read_exact(&mut start);
    if read.is_ok() && start == SIGNATURE { Ok(()) } else { Err(refused("not a ROM of a PCI device")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_refused_as_the_service_does_it() {
        let folder = tempfile::tempdir().unwrap();
        let (good, bad) = (folder.path().join("a.rom"), folder.path().join("b.rom"));
        std::fs::write(&good, [0x55, 0xaa, 1]).unwrap();
        std::fs::write(&bad, "text").unwrap();
        assert!(open(&good).is_ok() && check(&good).is_ok() && open(&bad).is_ok());
        for path in [&bad, &folder.path().join("c.rom"), folder.path()] {
            let error = check(path).unwrap_err();
            assert_eq!((error.kind(), error.fact("argument")), (Some(ErrorKind::InvalidArgument), Some("rom-file")), "{}", path.display());
        }
    }
}
