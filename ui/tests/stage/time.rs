//! Time that goes on at once when nothing else does: what waits for a second has waited for it, in the order in which it would, and a
//! test takes as long as what it does.

use iced::{Executor, futures::io::Error};
use tokio::runtime::{Builder, Runtime};

/// Of one thread, whose clock stands while there is work.
pub struct Still(Runtime);

impl Executor for Still {
    fn new() -> Result<Self, Error> {
        Builder::new_current_thread().enable_all().start_paused(true).build().map(Self)
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        drop(self.0.spawn(work));
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.block_on(work)
    }

    fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
        let _entered = self.0.enter();
        work()
    }
}
