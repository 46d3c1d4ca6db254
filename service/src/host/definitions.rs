//! Seeing what libvirt sends no event for: that a machine is started with the host, or no longer, and that only its next start was
//! changed. Its files tell: one definition per machine in a directory, and below it one link per machine that starts with the host.

use std::{
    io,
    path::{Path, PathBuf},
};

use futures_util::StreamExt;
use inotify::{EventMask, EventStream, Inotify, WatchMask, Watches};

use super::Root;

/// Room for a few dozen events.
type Buffer = [u8; 4096];

/// The links, below the definitions.
const AUTOSTART: &str = "autostart";

/// Where libvirt keeps the definitions.
#[must_use]
pub fn directory(root: &Root, is_system: bool) -> PathBuf {
    if is_system {
        return root.path("etc/libvirt/qemu");
    }
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home).unwrap_or_default();
    config.join("libvirt/qemu")
}

/// A watch on both directories, on that of the links also before libvirt has made it.
#[derive(Debug)]
pub struct Watch {
    events: EventStream<Buffer>,
    watches: Watches,
    links: PathBuf,
}

impl Watch {
    /// Starts watching.
    ///
    /// # Errors
    /// If the directory is not there, or may not be read.
    pub fn new(directory: &Path) -> io::Result<Self> {
        let kernel = Inotify::init()?;
        let mut watches = kernel.watches();
        // libvirt writes another file and gives it the name. What goes is an event of libvirt's.
        watches.add(directory, WatchMask::CREATE | WatchMask::MOVED_TO | WatchMask::ONLYDIR)?;
        let mut watch = Self { events: kernel.into_event_stream([0; 4096])?, watches, links: directory.join(AUTOSTART) };
        watch.add_links()?;
        Ok(watch)
    }

    /// Watches the links, if they have a directory.
    fn add_links(&mut self) -> io::Result<()> {
        let changes = WatchMask::CREATE | WatchMask::DELETE | WatchMask::MOVE | WatchMask::ONLYDIR;
        match self.watches.add(&self.links, changes) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
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
            if name == AUTOSTART {
                self.add_links()?;
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
        let definitions = tempfile::tempdir().unwrap();
        let links = definitions.path().join(AUTOSTART);
        let mut watch = Watch::new(definitions.path()).unwrap();
        std::fs::create_dir(&links).unwrap();
        assert_eq!(watch.changed().await.unwrap(), None);
        std::os::unix::fs::symlink("../win11.xml", links.join("win11.xml")).unwrap();
        assert_eq!(watch.changed().await.unwrap().as_deref(), Some("win11"));
        std::fs::remove_file(links.join("win11.xml")).unwrap();
        assert_eq!(watch.changed().await.unwrap().as_deref(), Some("win11"));
    }

    #[tokio::test]
    async fn a_definition_that_is_written_anew_is_seen_whether_there_are_links_or_not() {
        let definitions = tempfile::tempdir().unwrap();
        for is_there in [false, true] {
            if is_there {
                std::fs::create_dir(definitions.path().join(AUTOSTART)).unwrap();
            }
            let mut watch = Watch::new(definitions.path()).unwrap();
            let (new, file) = (definitions.path().join("win11.xml.new"), definitions.path().join("win11.xml"));
            std::fs::write(&new, "<domain/>").unwrap();
            std::fs::rename(&new, &file).unwrap();
            assert_eq!(watch.changed().await.unwrap().as_deref(), Some("win11"));
        }
    }
}
