//! Files that a person chose. Their folder may be on a network that is gone, where whoever looks at one waits for ever: a window and a
//! runtime never do.

use std::{
    io,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

/// How long a file has to answer.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// In which nearly every file does.
const USUAL: Duration = Duration::from_millis(500);
/// How often it is looked whether a slow one did.
const GLANCE: Duration = Duration::from_millis(100);
/// Files that may hang at once. Each keeps a thread.
const MOST: usize = 16;

/// A place among those that may hang, as long as its thread needs it.
struct Place(&'static AtomicUsize);

impl Place {
    fn take(taken: &'static AtomicUsize) -> Option<Self> {
        let one_more = |count| (count < MOST).then_some(count + 1);
        taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok().map(|_| Self(taken))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Does what may hang with a file, which has [`PATIENCE`] to answer. See [`within`].
///
/// # Errors
/// `TimedOut` without an answer, or at once if too many files hang; what the work fails with.
pub async fn aside<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    within(PATIENCE, work).await
}

/// Does what may hang with a file, on a thread of its own: one of the runtime's would be waited for when the program ends.
///
/// # Errors
/// `TimedOut` without an answer within this time, or at once if too many files hang; what the work fails with.
pub async fn within<T: Send + 'static>(patience: Duration, work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    static HANGING: AtomicUsize = AtomicUsize::new(0);
    let place = Place::take(&HANGING).ok_or(io::ErrorKind::TimedOut)?;
    let (sender, answer) = mpsc::channel();
    let work = move || {
        let result = work();
        drop(place);
        // Whoever asked may have given up.
        let _ = sender.send(result);
    };
    thread::Builder::new().name("file".to_owned()).spawn(work)?;
    answer_of(patience, answer).await
}

/// Time of a test may leap while nobody works for the runtime, but not while a thread of it waits: that one waits for what is usual.
async fn answer_of<T: Send + 'static>(patience: Duration, answer: Receiver<io::Result<T>>) -> io::Result<T> {
    let usual = tokio::task::spawn_blocking(move || (answer.recv_timeout(USUAL), answer));
    let (first, answer) = usual.await.map_err(io::Error::other)?;
    if let Ok(result) = first {
        return result;
    }
    let mut waited = USUAL;
    while waited < patience {
        tokio::time::sleep(GLANCE).await;
        waited += GLANCE;
        match answer.try_recv() {
            Ok(result) => return result,
            Err(mpsc::TryRecvError::Empty) => {}
            Err(mpsc::TryRecvError::Disconnected) => return Err(io::Error::other("the work with the file ended early")),
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

#[cfg(test)]
mod tests {
    use std::{fs::File, os::unix::fs::OpenOptionsExt as _};

    use tokio::time::Instant;

    use super::*;

    /// A pipe that nobody writes to: who opens it waits.
    fn pipe(folder: &tempfile::TempDir) -> std::path::PathBuf {
        let path = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
        path
    }

    #[tokio::test(start_paused = true)]
    async fn what_hangs_is_given_up_and_what_answers_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = pipe(&folder);
        let began = Instant::now();
        let hung = path.clone();
        let beside = tokio::spawn(async { tokio::time::sleep(Duration::from_secs(1)).await });
        let opened = aside(move || File::open(hung)).await;
        assert_eq!(opened.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() <= PATIENCE, "{:?}", began.elapsed());
        assert!(beside.is_finished(), "others went on meanwhile");
        assert_eq!(aside(|| Ok(7)).await.unwrap(), 7);
        assert_eq!(aside(|| File::open("/nowhere")).await.unwrap_err().kind(), io::ErrorKind::NotFound);
        // Lets the thread go.
        File::options().write(true).custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed()).open(path).unwrap();
    }

    #[test]
    fn no_more_than_so_many_hang_at_once() {
        static TAKEN: AtomicUsize = AtomicUsize::new(0);
        let mut places: Vec<Place> = std::iter::from_fn(|| Place::take(&TAKEN)).take(MOST + 1).collect();
        assert_eq!(places.len(), MOST);
        places.pop();
        assert!(Place::take(&TAKEN).is_some());
    }
}
