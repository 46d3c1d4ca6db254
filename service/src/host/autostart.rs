//! Seeing that a machine is started with the host, or no longer: libvirt sends no event, but keeps a link per machine in
//! a directory that the kernel can watch.

use std::{
    io,
    path::{Path, PathBuf},
};

use futures_util::StreamExt;
use inotify::{EventMask, EventStream, Inotify, WatchMask, Watches};

use super::Root;

/// Room for a few dozen events.
type Buffer = [u8; 4096];

/// Where libvirt keeps the links.
#[must_use]
pub fn directory(root: &Root, is_system: bool) -> PathBuf {
    if is_system {
        return root.path("etc/libvirt/qemu/autostart");
    }
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home).unwrap_or_default();
    config.join("libvirt/qemu/autostart")
}

/// A watch on the directory, also before libvirt has made it.
#[derive(Debug)]
pub struct Watch {
    events: EventStream<Buffer>,
    watches: Watches,
    directory: PathBuf,
}

impl Watch {
    /// Starts watching.
    ///
    /// # Errors
    /// If neither the directory nor the one above it is there, or may be read.
    pub fn new(directory: &Path) -> io::Result<Self> {
        let kernel = Inotify::init()?;
        let watches = kernel.watches();
        let mut watch = Self { events: kernel.into_event_stream([0; 4096])?, watches, directory: directory.to_owned() };
        if !watch.add()? {
            let above = directory.parent().ok_or(io::ErrorKind::NotFound)?;
            watch.watches.add(above, WatchMask::CREATE | WatchMask::MOVED_TO | WatchMask::ONLYDIR)?;
        }
        Ok(watch)
    }

    /// Watches the directory itself. Returns whether it is there.
    fn add(&mut self) -> io::Result<bool> {
        let changes = WatchMask::CREATE | WatchMask::DELETE | WatchMask::MOVE | WatchMask::ONLYDIR;
        match self.watches.add(&self.directory, changes) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            result => result.map(|_| true),
        }
    }

    /// Waits for a change and returns the name of the machine it is about; none means that it may be about any.
    ///
    /// # Errors
    /// The kernel's.
    pub async fn changed(&mut self) -> io::Result<Option<String>> {
        loop {
            let event = self.events.next().await.ok_or(io::ErrorKind::UnexpectedEof)??;
            if event.mask.contains(EventMask::Q_OVERFLOW) {
                return Ok(None);
            }
            let Some(name) = event.name.as_deref().and_then(|name| name.to_str()) else { continue };
            if Some(name.as_ref()) == self.directory.file_name() {
                self.add()?;
                return Ok(None);
            }
            if let Some(machine) = name.strip_suffix(".xml") {
                return Ok(Some(machine.to_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn links_are_seen_also_when_the_directory_comes_later() {
        let above = tempfile::tempdir().unwrap();
        let directory = above.path().join("autostart");
        let mut watch = Watch::new(&directory).unwrap();
        std::fs::create_dir(&directory).unwrap();
        assert_eq!(watch.changed().await.unwrap(), None);
        std::os::unix::fs::symlink("../win11.xml", directory.join("win11.xml")).unwrap();
        assert_eq!(watch.changed().await.unwrap().as_deref(), Some("win11"));
        std::fs::remove_file(directory.join("win11.xml")).unwrap();
        assert_eq!(watch.changed().await.unwrap().as_deref(), Some("win11"));
    }
}
