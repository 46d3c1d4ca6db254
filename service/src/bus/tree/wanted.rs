//! Which machines are to be read anew, and when: a little after the event, so that several events make one reading and
//! libvirt is not asked about a machine that it is just starting.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;
use uuid::Uuid;

/// How long after a change of a definition: what belongs together comes together, and nobody has to wait for it.
const SOON: Duration = Duration::from_millis(10);
/// How long after a start or an end: libvirt tells it before it is done with it, such as with the file of a saved state. And at
/// least this long after the reading before: a storm of events makes 20 readings a second.
const PAUSE: Duration = Duration::from_millis(50);

/// What is read in one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    /// Everything about these machines.
    Details(Vec<Uuid>),
    /// Only the states of these.
    States(Vec<Uuid>),
}

/// The machines to be read.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    details: BTreeSet<Uuid>,
    states: BTreeSet<Uuid>,
    due: Option<Instant>,
    /// When the last reading began.
    read: Option<Instant>,
    is_reading: bool,
    /// Who waits for machines that are to be read, and for those that are being read.
    waiting: Vec<(Uuid, oneshot::Sender<()>)>,
    answering: Vec<oneshot::Sender<()>>,
}

impl Wanted {
    /// Wants everything about a machine that is defined in another way.
    pub(super) fn details(&mut self, uuid: Uuid) {
        self.states.remove(&uuid);
        self.details.insert(uuid);
        self.after(SOON);
    }

    /// Wants everything about a machine that has just started or ended.
    pub(super) fn details_of_new_state(&mut self, uuid: Uuid) {
        self.states.remove(&uuid);
        self.details.insert(uuid);
        self.after(PAUSE);
    }

    /// Wants everything about a machine at once; `done` hears when it was read.
    pub(super) fn details_now(&mut self, uuid: Uuid, done: oneshot::Sender<()>) {
        self.states.remove(&uuid);
        self.details.insert(uuid);
        self.due = Some(Instant::now());
        self.waiting.push((uuid, done));
    }

    /// Wants everything about these machines.
    pub(super) fn all_details(&mut self, uuids: impl IntoIterator<Item = Uuid>) {
        self.states.clear();
        self.details.extend(uuids);
        self.after(SOON);
    }

    /// Wants a machine's state.
    pub(super) fn state(&mut self, uuid: Uuid) {
        if !self.details.contains(&uuid) {
            self.states.insert(uuid);
            self.after(PAUSE);
        }
    }

    fn after(&mut self, wait: Duration) {
        let read = self.read;
        self.due.get_or_insert_with(|| turn(Instant::now() + wait, read));
    }

    /// When to call [`Self::take`].
    pub(super) fn due(&self) -> Option<Instant> {
        let is_wanted = !self.details.is_empty() || !self.states.is_empty();
        if is_wanted && !self.is_reading { self.due } else { None }
    }

    /// What to read now, at most `most` machines. [`Self::done`] must follow.
    pub(super) fn take(&mut self, most: usize) -> Option<Chunk> {
        if self.is_reading {
            return None;
        }
        let is_details = !self.details.is_empty();
        let from = if is_details { &mut self.details } else { &mut self.states };
        let chunk: Vec<Uuid> = from.iter().take(most).copied().collect();
        for uuid in &chunk {
            from.remove(uuid);
        }
        self.is_reading = !chunk.is_empty();
        if self.is_reading {
            self.read = Some(Instant::now());
        }
        // Only who asked before this reading began sees in it what was done.
        if is_details {
            let (read, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(|(uuid, _)| chunk.contains(uuid));
            self.waiting = waiting;
            self.answering = Vec::into_iter(read).map(|(_, done)| done).collect();
        }
        match (chunk.is_empty(), is_details) {
            (true, _) => None,
            (false, true) => Some(Chunk::Details(chunk)),
            (false, false) => Some(Chunk::States(chunk)),
        }
    }

    /// The reading has ended: the rest may follow at once.
    pub(super) fn done(&mut self) {
        self.is_reading = false;
        for done in self.answering.drain(..) {
            // Who has stopped waiting needs no answer.
            let _ = done.send(());
        }
        if self.details.is_empty() && self.states.is_empty() {
            self.due = None;
        }
    }
}

/// When a machine is read that is wanted at `wish`.
fn turn(wish: Instant, last_reading: Option<Instant>) -> Instant {
    last_reading.map_or(wish, |last| wish.max(last + PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_events_make_one_reading_and_everything_includes_the_state() {
        let mut wanted = Wanted::default();
        wanted.state(Uuid::nil());
        wanted.state(Uuid::max());
        wanted.details(Uuid::nil());
        wanted.details(Uuid::nil());
        assert_eq!(wanted.take(10), Some(Chunk::Details(vec![Uuid::nil()])));
        assert_eq!(wanted.due(), None, "one reading at a time");
        wanted.done();
        assert_eq!(wanted.take(10), Some(Chunk::States(vec![Uuid::max()])));
        wanted.done();
        assert_eq!((wanted.due(), wanted.take(10)), (None, None));
    }

    #[test]
    fn the_first_event_is_read_soon_and_those_that_follow_after_a_pause() {
        let now = Instant::now();
        assert_eq!(turn(now + SOON, None), now + SOON);
        assert_eq!(turn(now + SOON, Some(now)), now + PAUSE, "the next one of a storm");
        assert_eq!(turn(now + 2 * PAUSE + SOON, Some(now)), now + 2 * PAUSE + SOON, "a machine that was quiet");
    }

    #[test]
    fn who_waits_is_answered_by_a_reading_that_began_afterwards() {
        let mut wanted = Wanted::default();
        wanted.details(Uuid::nil());
        wanted.take(10);
        let (done, mut is_done) = oneshot::channel();
        wanted.details_now(Uuid::nil(), done);
        wanted.done();
        assert!(is_done.try_recv().is_err());
        wanted.take(10);
        wanted.done();
        assert!(is_done.try_recv().is_ok());
    }

    #[test]
    fn many_machines_are_read_in_chunks_without_a_pause() {
        let mut wanted = Wanted::default();
        wanted.all_details((0..100).map(Uuid::from_u128));
        let due = wanted.due();
        assert!(matches!(wanted.take(64), Some(Chunk::Details(chunk)) if chunk.len() == 64));
        wanted.done();
        assert_eq!(wanted.due(), due);
        assert!(matches!(wanted.take(64), Some(Chunk::Details(chunk)) if chunk.len() == 36));
    }
}
