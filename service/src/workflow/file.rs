//! Files that callers hand over.
//!
//! The file system of such a file may be its owner's own program (FUSE) and answer when that likes, or never. So nothing about a
//! file of a caller's is asked on the thread that turns the bus, and only for those who may do what it is for.

use std::{
    collections::BTreeMap,
    os::fd::OwnedFd,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::{
    error::{Error, Result},
    host::caller_file::{self, Access},
    workflow::passthrough::blocking,
};

/// How long the file system of a caller's file may take.
const TIME: Duration = Duration::from_secs(10);
/// A file system that does not answer holds one thread; those of all users together hold no more than these.
static ALL: Semaphore = Semaphore::const_new(4);
/// One file of a user's at a time: whose file system does not answer keeps nobody else from the threads.
static EACH: Mutex<BTreeMap<u32, Arc<Semaphore>>> = Mutex::new(BTreeMap::new());

/// The turn of a user.
async fn turn(uid: u32) -> Option<(OwnedSemaphorePermit, SemaphorePermit<'static>)> {
    let own = {
        let mut each = EACH.lock().unwrap_or_else(PoisonError::into_inner);
        each.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(each.entry(uid).or_insert_with(|| Arc::new(Semaphore::new(1))))
    };
    // Neither is ever closed.
    Some((own.acquire_owned().await.ok()?, ALL.acquire().await.ok()?))
}

/// What `work` finds out about a file of the user `uid`.
///
/// # Errors
/// What `work` returns; `TimedOut` if the file system does not answer; `Busy` if that of another file of theirs does not, or those of too
/// many others.
pub async fn look<T, W>(uid: u32, file: OwnedFd, work: W) -> Result<T>
where
    T: Send + 'static,
    W: FnOnce(OwnedFd) -> Result<T> + Send + 'static,
{
    let turn = tokio::time::timeout(TIME, turn(uid)).await.ok().flatten().ok_or(Error::Busy)?;
    let work = blocking(move || {
        let _turn = turn;
        work(file)
    });
    tokio::time::timeout(TIME, work).await.map_err(|_| Error::TimedOut(TIME))??
}

/// A file of the user `uid` that something is written to.
///
/// # Errors
/// `InvalidArgument` unless it is a regular file, open for writing; those of [`look`].
pub async fn target(uid: u32, file: OwnedFd) -> Result<OwnedFd> {
    let invalid = |reason| Error::InvalidArgument { argument: "file", reason };
    look(uid, file, move |file| caller_file::check(&file, Access::Write).map(|_| file).map_err(invalid)).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::mpsc;

    use super::*;

    fn file() -> OwnedFd {
        std::fs::File::open("/dev/null").unwrap().into()
    }

    /// Beyond that nothing waits: only the time limit would let it go on.
    async fn soon<T>(work: impl Future<Output = T>) -> T {
        tokio::time::timeout(TIME / 2, work).await.unwrap()
    }

    #[tokio::test]
    async fn a_file_system_that_never_answers_keeps_its_owners_other_files_waiting_and_nobody_elses() {
        let (release, held) = mpsc::channel::<()>();
        let (begin, begun) = tokio::sync::oneshot::channel();
        let hung = tokio::spawn(look(1, file(), move |_| {
            begin.send(()).unwrap();
            let _ = held.recv(); // an error when it is let go
            Ok(())
        }));
        soon(begun).await.unwrap();
        let mut own = tokio::spawn(look(1, file(), |_| Ok(())));
        soon(look(2, file(), |_| Ok(()))).await.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(1), &mut own).await.is_err(), "its owner waits");
        drop(release);
        soon(hung).await.unwrap().unwrap();
        soon(own).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn nothing_is_kept_of_a_user_whose_files_have_answered() {
        look(3, file(), |_| Ok(())).await.unwrap();
        look(4, file(), |_| Ok(())).await.unwrap();
        assert!(!EACH.lock().unwrap().contains_key(&3));
    }
}
