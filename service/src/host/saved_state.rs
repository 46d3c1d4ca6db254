//! Seeing that a saved state was removed, which libvirt sends no event for: there is one file per machine in a directory.

use std::{
    io,
    path::{Path, PathBuf},
};

use futures_util::StreamExt;
use inotify::{EventMask, EventStream, Inotify, WatchMask};

use super::{Root, definitions};

/// Room for a few dozen events.
type Buffer = [u8; 4096];

/// Where libvirt keeps saved states.
#[must_use]
pub fn directory(root: &Root, is_system: bool) -> PathBuf {
    if is_system { root.path("var/lib/libvirt/qemu/save") } else { definitions::directory(root, false).join("save") }
}

/// A watch on the directory.
#[derive(Debug)]
pub struct Watch(EventStream<Buffer>);

impl Watch {
    /// Starts watching.
    ///
    /// # Errors
    /// If the directory is not there, or may not be read: where QEMU has a user of its own, libvirt closes it to everybody else.
    pub fn new(directory: &Path) -> io::Result<Self> {
        let kernel = Inotify::init()?;
        // One that comes is an event of libvirt's.
        kernel.watches().add(directory, WatchMask::DELETE | WatchMask::MOVED_FROM | WatchMask::ONLYDIR)?;
        kernel.into_event_stream([0; 4096]).map(Self)
    }

    /// Waits until a saved state is gone and returns the name of its machine; none means that it may be that of any.
    ///
    /// # Errors
    /// The kernel's; `NotFound` if the directory itself is gone.
    pub async fn removed(&mut self) -> io::Result<Option<String>> {
        loop {
            let event = self.0.next().await.ok_or(io::ErrorKind::UnexpectedEof)??;
            if event.mask.contains(EventMask::IGNORED) {
                return Err(io::ErrorKind::NotFound.into());
            }
            if event.mask.contains(EventMask::Q_OVERFLOW) {
                return Ok(None);
            }
            let name = event.name.as_deref().and_then(|name| name.to_str());
            if let Some(machine) = name.and_then(|name| name.strip_suffix(".save")) {
                return Ok(Some(machine.to_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_saved_state_that_is_removed_or_moved_away_is_seen_and_one_that_is_written_is_not() {
        let states = tempfile::tempdir().unwrap();
        let (one, two) = (states.path().join("win.11.save"), states.path().join("web.save"));
        let mut watch = Watch::new(states.path()).unwrap();
        for file in [&one, &two, &states.path().join("other")] {
            std::fs::write(file, "memory").unwrap();
        }
        std::fs::remove_file(states.path().join("other")).unwrap();
        std::fs::remove_file(&one).unwrap();
        assert_eq!(watch.removed().await.unwrap().as_deref(), Some("win.11"));
        std::fs::rename(&two, states.path().join("kept")).unwrap();
        assert_eq!(watch.removed().await.unwrap().as_deref(), Some("web"));
    }

    #[tokio::test]
    async fn a_watch_ends_with_its_directory() {
        let states = tempfile::tempdir().unwrap();
        let mut watch = Watch::new(states.path()).unwrap();
        drop(states);
        assert_eq!(watch.removed().await.unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(Watch::new(Path::new("/nonexistent")).is_err());
    }
}
