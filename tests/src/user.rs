//! Whose rights a test has. A test never uses root's unless it is about root.

use std::sync::mpsc;

use rustix::{
    process::{DumpableBehavior, Gid, Uid, geteuid, set_dumpable_behavior},
    thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid},
};

/// `nobody`: whom tests become when they are started by root.
pub const NOBODY: u32 = 65534;

/// Whether this thread has root's rights.
#[must_use]
pub fn is_root() -> bool {
    geteuid().is_root()
}

/// The user this thread acts as.
#[must_use]
pub fn current() -> u32 {
    geteuid().as_raw()
}

/// Gives this thread, and the processes it starts, the rights of `uid` for good.
pub fn become_user(uid: u32) {
    let (user, group) = (Uid::from_raw(uid), Gid::from_raw(uid));
    set_thread_groups(&[]).expect("give up groups");
    set_thread_res_gid(group, group, group).expect("change the group");
    set_thread_res_uid(user, user, user).expect("change the user");
    // A change of user hides /proc/self of the whole process from itself.
    set_dumpable_behavior(DumpableBehavior::Dumpable).expect("show /proc/self again");
}

/// Runs a test as an ordinary user: as `nobody` if root started it.
pub fn ordinary<T: Send, F: Future<Output = T>>(test: impl FnOnce() -> F + Send) -> T {
    on_a_thread(|| {
        if is_root() {
            become_user(NOBODY);
        }
        block_on(test())
    })
}

/// Runs a test as root. Says so and does nothing if it was not started by root.
pub fn root<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send) {
    if is_root() {
        on_a_thread(|| block_on(test()));
    } else {
        eprintln!("SKIPPED: needs root");
    }
}

/// What stands while somebody else works with it.
pub struct Meanwhile<T> {
    told: mpsc::Sender<T>,
    ended: tokio::sync::oneshot::Receiver<()>,
}

impl<T> Meanwhile<T> {
    /// Lets the other work with this, until that has ended or panicked.
    pub async fn work_with(self, this: T) {
        self.told.send(this).expect("somebody waits for it");
        let _ = self.ended.await; // an error if it panicked, which is an end, too
    }
}

/// Runs `serve` as an ordinary user, and beside it, with root's rights, `work` with what that tells. Says so and does nothing if it was
/// not started by root.
pub fn beside<T: Send, F: Future<Output = ()>>(serve: impl FnOnce(Meanwhile<T>) -> F + Send, work: impl FnOnce(T)) {
    if !is_root() {
        eprintln!("SKIPPED: needs root");
        return;
    }
    let (told, tells) = mpsc::channel();
    let (end, ended) = tokio::sync::oneshot::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || ordinary(|| serve(Meanwhile { told, ended })));
        work(tells.recv().expect("what serves has started"));
        drop(end);
    });
}

/// Runs `work` as another user; only root can.
pub fn run_as<T: Send>(uid: u32, work: impl FnOnce() -> T + Send) -> T {
    on_a_thread(|| {
        become_user(uid);
        work()
    })
}

/// A runtime of one thread, so that the rights of the thread are those of everything that it does.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// A thread of its own: rights that were given up do not come back.
fn on_a_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| match scope.spawn(work).join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}
