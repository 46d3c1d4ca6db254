//! One call at a time per machine, and which machines are stalled.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::event::{Event, Sink};
use crate::error::{Error, Result};

#[derive(Clone, Copy, Debug, Default)]
struct Status {
    is_in_flight: bool,
    is_long: bool,
    is_stalled: bool,
}

#[derive(Debug)]
struct Gate {
    uuid: Uuid,
    turn: Arc<Semaphore>,
    status: Mutex<Status>,
    sink: Sink,
}

impl Gate {
    fn status(&self) -> std::sync::MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The gates of all machines that were asked something.
#[derive(Debug)]
pub struct Gates {
    gates: Mutex<HashMap<Uuid, Arc<Gate>>>,
    sink: Sink,
}

/// The right to ask one machine's QEMU; lasts until libvirt returns.
#[derive(Debug)]
#[must_use]
pub struct Turn {
    gate: Arc<Gate>,
    _permit: OwnedSemaphorePermit,
}

/// Says that a turn takes too long, while it is still under way.
#[derive(Debug)]
pub struct Watch(Arc<Gate>);

impl Gates {
    /// No gates yet. `sink` hears when a machine stalls and when it answers again.
    pub fn new(sink: Sink) -> Self {
        Self { gates: Mutex::default(), sink }
    }

    fn gate(&self, uuid: Uuid) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Arc::new(Gate { uuid, turn: Arc::new(Semaphore::new(1)), status: Mutex::default(), sink: self.sink.clone() });
        Arc::clone(gates.entry(uuid).or_insert_with(make))
    }

    /// Waits for a turn, at most `limit`.
    ///
    /// # Errors
    /// `Stalled` if the machine is known not to answer, `Busy` during long work or after `limit`.
    pub async fn enter(&self, uuid: Uuid, limit: Duration) -> Result<Turn> {
        let gate = self.gate(uuid);
        check(&gate)?;
        let permit = tokio::time::timeout(limit, Arc::clone(&gate.turn).acquire_owned())
            .await
            .map_err(|_| if gate.status().is_stalled { Error::Stalled } else { Error::Busy })?
            .map_err(|_| Error::Busy)?;
        Ok(turn(gate, permit))
    }

    /// A turn if nothing else has it.
    ///
    /// # Errors
    /// `Stalled` or `Busy`.
    pub fn try_enter(&self, uuid: Uuid) -> Result<Turn> {
        let gate = self.gate(uuid);
        check(&gate)?;
        let permit = Arc::clone(&gate.turn).try_acquire_owned().map_err(|_| Error::Busy)?;
        Ok(turn(gate, permit))
    }

    /// Waits for a turn for long work, at most `limit`: a reading of figures may have it for a moment.
    ///
    /// # Errors
    /// `Stalled`, or `Busy` during other long work or after `limit`.
    pub async fn enter_long(&self, uuid: Uuid, limit: Duration) -> Result<Turn> {
        let turn = self.enter(uuid, limit).await?;
        turn.gate.status().is_long = true;
        Ok(turn)
    }

    /// Whether the machine fails to answer.
    pub fn is_stalled(&self, uuid: Uuid) -> bool {
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        gates.get(&uuid).is_some_and(|gate| gate.status().is_stalled)
    }

    /// Forgets a machine that is gone. A call still under way keeps its gate to itself.
    pub fn forget(&self, uuid: Uuid) {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner).remove(&uuid);
    }
}

fn check(gate: &Gate) -> Result<()> {
    let status = gate.status();
    if status.is_stalled {
        Err(Error::Stalled)
    } else if status.is_long {
        Err(Error::Busy)
    } else {
        Ok(())
    }
}

fn turn(gate: Arc<Gate>, permit: OwnedSemaphorePermit) -> Turn {
    *gate.status() = Status { is_in_flight: true, ..Status::default() };
    Turn { gate, _permit: permit }
}

impl Turn {
    /// Lets somebody else say that this turn takes too long.
    pub fn watch(&self) -> Watch {
        Watch(Arc::clone(&self.gate))
    }
}

impl Watch {
    /// Marks the machine as stalled if the turn is still under way. Returns whether it is.
    pub fn stall(&self) -> bool {
        let mut status = self.0.status();
        if status.is_in_flight && !status.is_stalled {
            status.is_stalled = true;
            self.0.sink.send(Event::Stalled(self.0.uuid, true));
        }
        status.is_stalled
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let was_stalled = std::mem::take(&mut *self.gate.status()).is_stalled;
        if was_stalled {
            self.gate.sink.send(Event::Stalled(self.gate.uuid, false));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::libvirt::event::queue;

    #[tokio::test]
    async fn a_stalled_machine_is_refused_at_once_until_it_answers() {
        let (sink, mut events) = queue();
        let gates = Gates::new(sink);
        let turn = gates.enter(Uuid::nil(), Duration::ZERO).await.unwrap();
        assert!(turn.watch().stall());
        assert_eq!(events.next().await, Some(Event::Stalled(Uuid::nil(), true)));
        assert!(matches!(gates.enter(Uuid::nil(), Duration::from_secs(60)).await, Err(Error::Stalled)));
        drop(turn);
        assert_eq!(events.next().await, Some(Event::Stalled(Uuid::nil(), false)));
        assert!(gates.try_enter(Uuid::nil()).is_ok());
    }

    #[tokio::test]
    async fn a_call_that_returned_at_its_deadline_leaves_no_stall_behind() {
        let (sink, _events) = queue();
        let gates = Gates::new(sink);
        let turn = gates.enter(Uuid::nil(), Duration::ZERO).await.unwrap();
        let watch = turn.watch();
        drop(turn);
        assert!(!watch.stall());
        assert!(!gates.is_stalled(Uuid::nil()));
    }

    #[tokio::test]
    async fn nothing_short_waits_for_long_work() {
        let (sink, _events) = queue();
        let gates = Gates::new(sink);
        let _turn = gates.enter_long(Uuid::nil(), Duration::ZERO).await.unwrap();
        assert!(matches!(gates.enter(Uuid::nil(), Duration::from_secs(60)).await, Err(Error::Busy)));
    }
}
