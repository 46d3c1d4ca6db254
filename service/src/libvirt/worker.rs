//! Lanes of blocking calls.
//!
//! Every libvirt call blocks, some of them for as long as a QEMU process hangs. A call therefore runs on a
//! thread of its own, in a lane with a fixed number of places and libvirt connections, and with a deadline. A
//! call that misses its deadline is written off: its caller gets an error, its place stays taken until libvirt
//! returns, so hung machines can never take more threads than the lane has.
//!
//! Places: libvirtd serves 20 calls at once and 5 per connection, and queues the rest behind those that hang.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use virt::connect::Connect;

use super::{connection::open, error::from_virt};
use crate::error::{Error, Result};

/// Calls in flight on one connection; libvirtd's own limit is 5, and one is left for its keepalive.
const PER_CONNECTION: usize = 4;

/// Which calls share places and connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Names, states and definitions: answered by libvirtd without asking QEMU.
    List,
    /// Short control calls that ask QEMU.
    Machine,
    /// Figures that ask QEMU; few places, so that hung machines leave the control lane free.
    Figures,
    /// Work that takes as long as it takes: start, save, dump.
    Long,
}

impl Lane {
    const ALL: [Self; 4] = [Self::List, Self::Machine, Self::Figures, Self::Long];

    const fn places(self) -> usize {
        match self {
            Self::List => 4,
            Self::Machine => 5,
            Self::Figures => 3,
            Self::Long => 6,
        }
    }
}

/// A libvirt connection with its places.
#[derive(Debug)]
struct Slot {
    places: Arc<Semaphore>,
    connection: Mutex<Option<Connect>>,
}

/// The lanes of one service.
#[derive(Debug)]
pub struct Workers {
    uri: String,
    lanes: [(Arc<Semaphore>, Vec<Arc<Slot>>); 4],
    /// For drivers inside this process: every connection would be a world of its own.
    shared: Mutex<Option<Connect>>,
    is_local: bool,
}

impl Workers {
    /// Lanes for `uri`; connections are opened when they are first needed.
    #[must_use]
    pub fn new(uri: &str) -> Self {
        let lanes = Lane::ALL.map(|lane| {
            let places = lane.places();
            let slots = (0..places.div_ceil(PER_CONNECTION)).map(|index| {
                let places = (places - index * PER_CONNECTION).min(PER_CONNECTION);
                Arc::new(Slot { places: Arc::new(Semaphore::new(places)), connection: Mutex::new(None) })
            });
            (Arc::new(Semaphore::new(places)), slots.collect())
        });
        Self { uri: uri.to_owned(), lanes, shared: Mutex::new(None), is_local: uri.starts_with("test:") }
    }

    /// Runs `work` in `lane`, waiting for a place first.
    ///
    /// `guard` is kept until libvirt returns, also when the deadline has long passed.
    ///
    /// # Errors
    /// `TimedOut` after `deadline`, counted with the wait for a place; else what `work` or connecting returned.
    pub async fn call<T, F, G>(&self, lane: Lane, deadline: Duration, guard: G, work: F) -> Result<T>
    where
        T: Send + 'static,
        G: Send + 'static,
        F: FnOnce(&Connect) -> Result<T> + Send + 'static,
    {
        let run = async {
            let (place, slot_place, slot) = self.place(lane).await?;
            let uri = self.uri.clone();
            let shared = if self.is_local { Some(self.shared_connection()?) } else { None };
            let thread = tokio::task::spawn_blocking(move || {
                let _until_libvirt_returns = (guard, place, slot_place);
                let connection = match shared {
                    Some(connection) => connection,
                    None => slot.connection(&uri)?,
                };
                let result = work(&connection);
                if matches!(result, Err(Error::Unavailable)) {
                    slot.forget();
                }
                result
            });
            thread.await.map_err(|_| Error::Internal("a worker thread failed"))?
        };
        tokio::time::timeout(deadline, run).await.unwrap_or(Err(Error::TimedOut(deadline)))
    }

    async fn place(&self, lane: Lane) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit, Arc<Slot>)> {
        let (places, slots) = &self.lanes[lane as usize];
        let closed = |_| Error::Unavailable;
        let place = Arc::clone(places).acquire_owned().await.map_err(closed)?;
        // The lane has as many places as its slots together: one of them is free now.
        let slot = slots.iter().max_by_key(|slot| slot.places.available_permits()).ok_or(Error::Internal("a lane without connections"))?;
        let slot_place = Arc::clone(&slot.places).acquire_owned().await.map_err(closed)?;
        Ok((place, slot_place, Arc::clone(slot)))
    }

    /// Drops every connection: after libvirtd was lost, none of them can work again.
    pub fn disconnect(&self) {
        for slot in self.lanes.iter().flat_map(|(_, slots)| slots) {
            slot.forget();
        }
    }

    /// The one connection to a driver inside this process.
    ///
    /// # Errors
    /// `Unavailable` or libvirt's error.
    pub fn shared_connection(&self) -> Result<Connect> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = &*shared {
            return Ok(connection.clone());
        }
        let connection = open(&self.uri).map_err(|error| from_virt(&error))?;
        *shared = Some(connection.clone());
        Ok(connection)
    }

    /// Whether the driver lives inside this process.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        self.is_local
    }
}

impl Slot {
    fn connection(&self, uri: &str) -> Result<Connect> {
        let mut slot = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = &*slot {
            // A connection whose socket has closed says so without asking libvirtd.
            if connection.is_alive().unwrap_or(false) {
                return Ok(connection.clone());
            }
        }
        *slot = None;
        let connection = open(uri).map_err(|error| from_virt(&error))?;
        *slot = Some(connection.clone());
        Ok(connection)
    }

    fn forget(&self) {
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
