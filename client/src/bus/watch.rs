//! Keeps a host connected.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{Stream, StreamExt, stream};
use tokio::{
    sync::{mpsc, watch::Receiver},
    task::AbortHandle,
    time::Instant,
};

use super::{
    connection::Link,
    session::{Session, Stop},
    signal::{self, Signal},
};
use crate::{Event, Problem, Wanted, host::Address};

/// Seconds between attempts; the last one is for all that follow.
const PAUSES: [u64; 4] = [1, 2, 5, 10];
/// A host that was there this long is tried again as if it had never failed.
const STEADY: Duration = Duration::from_secs(10);
/// Events that a listener may be behind; changes beyond wait, each thing once.
const BEHIND: usize = 64;

/// What happens on the host at an address.
pub(super) fn events(address: Address, wanted: Receiver<Wanted>) -> impl Stream<Item = Event> + Send {
    // Begun when it is first asked for an event: only then is there a runtime.
    stream::once(async move { Events::start(address, wanted) }).flatten()
}

/// The events of a task that ends when nobody wants them any more.
#[derive(Debug)]
struct Events {
    events: mpsc::Receiver<Event>,
    task: AbortHandle,
}

impl Events {
    fn start(address: Address, wanted: Receiver<Wanted>) -> Self {
        let (sender, events) = mpsc::channel(BEHIND);
        let attempt = wanted.borrow().attempt;
        let watcher = Watcher { address, wanted, attempt, is_wanting: true, events: sender, link: None, has_list: false };
        Self { events, task: tokio::spawn(watcher.run()).abort_handle() }
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.events.poll_recv(context)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Debug)]
struct Watcher {
    address: Address,
    wanted: Receiver<Wanted>,
    /// The last attempt that somebody asked for.
    attempt: u64,
    /// Somebody can still ask for anything.
    is_wanting: bool,
    events: mpsc::Sender<Event>,
    /// A bus outlives the service.
    link: Option<Link>,
    has_list: bool,
}

impl Watcher {
    async fn run(mut self) {
        let mut failures = 0;
        loop {
            if self.events.send(Event::Connecting).await.is_err() {
                return;
            }
            let begun = Instant::now();
            let Stop::Lost(problem) = self.connected().await else { return };
            if begun.elapsed() >= STEADY {
                failures = 0;
            }
            let seconds = PAUSES.get(failures).or(PAUSES.last()).copied().unwrap_or(1);
            failures += 1;
            if self.events.send(Event::Lost(problem, seconds)).await.is_err() {
                return;
            }
            self.pause(Duration::from_secs(seconds)).await;
        }
    }

    /// Connects and stays until the host is lost.
    async fn connected(&mut self) -> Stop {
        let mut link = match self.link.take() {
            Some(link) => link,
            None => match Link::open(&self.address).await {
                Ok(link) => link,
                Err(problem) => return Stop::Lost(problem),
            },
        };
        let stop = Session::new(&mut link, &self.events, &mut self.has_list).run(&mut self.wanted).await;
        // What is wanted while it is connected is no attempt.
        self.attempt = self.wanted.borrow().attempt;
        self.link = Some(link).filter(|link| link.is_bus() && !link.connection.is_closed());
        stop
    }

    /// Waits, unless an attempt is asked for or the service appears.
    async fn pause(&mut self, time: Duration) {
        let mut over = std::pin::pin!(tokio::time::sleep(time));
        loop {
            let attempt = self.wanted.borrow_and_update().attempt;
            if attempt != self.attempt {
                self.attempt = attempt;
                return;
            }
            tokio::select! {
                () = &mut over => return,
                changed = self.wanted.changed(), if self.is_wanting => self.is_wanting = changed.is_ok(),
                appeared = appearance(&mut self.link), if self.link.is_some() => match appeared {
                    Ok(()) => return,
                    // The bus has gone as well.
                    Err(_) => self.link = None,
                },
            }
        }
    }
}

/// Waits until somebody has the service's name.
async fn appearance(link: &mut Option<Link>) -> Result<(), Problem> {
    let Some(link) = link else { return std::future::pending().await };
    loop {
        let message = link.message().await?;
        if let Some(Signal::Owner { new: Some(_), .. }) = signal::read(&message, None, true) {
            return Ok(());
        }
    }
}
