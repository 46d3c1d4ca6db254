//! Following the file, for programs that do not write it.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use futures_util::{Stream, StreamExt, stream};
use inotify::{Inotify, WatchMask};

use super::{Problem, Settings};

/// Enough for a burst of events with names of 255 bytes.
const BUFFER: usize = 4096;

/// What is set, each time that it changes. The stream begins with the first change, not with what is set now.
///
/// # Errors
/// The directory cannot be made or watched.
pub fn changes() -> io::Result<impl Stream<Item = (Settings, Option<Problem>)> + Send + Unpin> {
    changes_of(&Settings::path())
}

/// The same for another file. Needs tokio's runtime.
///
/// # Errors
/// The directory cannot be made or watched.
pub fn changes_of(path: &Path) -> io::Result<impl Stream<Item = (Settings, Option<Problem>)> + Send + Unpin + use<>> {
    let directory = path.parent().ok_or_else(|| io::Error::other("no directory"))?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let inotify = Inotify::init()?;
    // The directory, because the file is replaced as a whole and may not be there yet.
    let mask = WatchMask::CLOSE_WRITE | WatchMask::MOVED_TO | WatchMask::MOVED_FROM | WatchMask::DELETE;
    inotify.watches().add(directory, mask)?;
    let follow = Follow { path: path.to_owned(), last: Settings::load_from(path).0, events: inotify.into_event_stream([0; BUFFER])? };
    Ok(stream::unfold(follow, Follow::next).boxed())
}

struct Follow {
    path: PathBuf,
    last: Settings,
    events: inotify::EventStream<[u8; BUFFER]>,
}

impl Follow {
    async fn next(mut self) -> Option<((Settings, Option<Problem>), Self)> {
        loop {
            let event = self.events.next().await?.ok()?;
            // Without a name it is the queue that ran over: anything may have changed.
            if event.name.is_some() && event.name.as_deref() != self.path.file_name() {
                continue;
            }
            let (settings, problem) = Settings::load_from(&self.path);
            if settings != self.last || problem.is_some() {
                self.last.clone_from(&settings);
                return Some(((settings, problem), self));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn within<T>(future: impl Future<Output = T>) -> T {
        tokio::time::timeout(Duration::from_secs(10), future).await.unwrap()
    }

    #[tokio::test]
    async fn a_change_is_told_and_the_same_again_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("kvm-manager/settings.toml");
        let mut changes = changes_of(&path).unwrap();
        let mut settings = Settings::default();
        settings.save_to(&path).unwrap();
        settings.tray.machines = 3;
        settings.save_to(&path).unwrap();
        settings.save_to(&path).unwrap();
        assert_eq!(within(changes.next()).await, Some((settings.clone(), None)));
        settings.tray.machines = 4;
        settings.save_to(&path).unwrap();
        assert_eq!(within(changes.next()).await.unwrap().0.tray.machines, 4);
    }

    #[tokio::test]
    async fn a_broken_file_is_told_with_defaults() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("settings.toml");
        let mut changes = changes_of(&path).unwrap();
        fs::write(&path, "[").unwrap();
        let (settings, problem) = within(changes.next()).await.unwrap();
        assert_eq!(settings, Settings::default());
        assert!(matches!(problem, Some(Problem::Broken { .. })));
    }
}
