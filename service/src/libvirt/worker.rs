//! Lanes of blocking calls.
//!
//! Every libvirt call blocks, some of them for as long as a QEMU process hangs. A call therefore runs on a
//! thread of its own, in a lane with a fixed number of places and libvirt connections, and with a deadline. A
//! call that misses its deadline is written off: its caller gets an error, its place stays taken until libvirt
//! returns, so hung machines can never take more threads than the lane has.
//!
//! Places: libvirtd serves 20 calls at once and 5 per connection, and queues the rest behind those that hang; for
//! what is never held up by QEMU, such as ending a process, it has 5 threads more.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;
use virt::{connect::Connect, domain::Domain, error::Error as VirtError};

use super::{connection::open, error::from_virt};
use crate::error::{Error, Result};

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
            // A machine that hangs takes one, and the others must go on.
            Self::Machine => 20,
            Self::Figures => 3,
            Self::Long => 6,
        }
    }

    /// Calls in flight on one connection.
    ///
    /// libvirt lets the first caller read the answers of all, and sometimes fails to wake it for another's call: that one
    /// then waits as long as the first does. So what may hang shares its connection with nothing.
    const fn per_connection(self) -> usize {
        match self {
            // libvirtd's own limit is 5, and one is left for its keepalive.
            Self::List => 4,
            Self::Machine | Self::Figures | Self::Long => 1,
        }
    }
}

/// How many machines' handles a connection keeps; a handle costs 200 bytes and looking one up a round trip.
const MOST_HANDLES: usize = 256;

/// An open connection, with handles of the machines that were asked last.
#[derive(Clone, Debug)]
pub struct Session {
    connection: Connect,
    handles: Arc<Mutex<HashMap<Uuid, Domain>>>,
}

impl Session {
    fn new(connection: Connect) -> Self {
        Self { connection, handles: Arc::default() }
    }

    /// A handle of the machine. It names the machine by its UUID, so a kept one is as good as a new one.
    ///
    /// # Errors
    /// libvirt's.
    pub fn domain(&self, uuid: Uuid) -> Result<Domain, VirtError> {
        if let Some(domain) = self.handles().get(&uuid) {
            return Ok(domain.clone());
        }
        let domain = self.connection.lookup_domain_by_uuid(uuid)?;
        let mut handles = self.handles();
        if handles.len() >= MOST_HANDLES {
            handles.clear();
        }
        handles.insert(uuid, domain.clone());
        Ok(domain)
    }

    /// Drops a handle whose machine is gone.
    pub fn forget(&self, uuid: Uuid) {
        self.handles().remove(&uuid);
    }

    fn handles(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Domain>> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Session {
    type Target = Connect;

    fn deref(&self) -> &Connect {
        &self.connection
    }
}

/// A place in a lane and one on a connection.
pub type LanePlace = (OwnedSemaphorePermit, OwnedSemaphorePermit, Arc<Slot>);

/// A libvirt connection with its places.
#[derive(Debug)]
pub struct Slot {
    places: Arc<Semaphore>,
    session: Mutex<Option<Session>>,
}

/// The lanes of one service.
#[derive(Debug)]
pub struct Workers {
    uri: String,
    lanes: [(Arc<Semaphore>, Vec<Arc<Slot>>); 4],
    /// For drivers inside this process: every connection would be a world of its own.
    shared: Mutex<Option<Session>>,
    is_local: bool,
}

impl Workers {
    /// Lanes for `uri`; connections are opened when they are first needed.
    #[must_use]
    pub fn new(uri: &str) -> Self {
        let lanes = Lane::ALL.map(|lane| {
            let (places, most) = (lane.places(), lane.per_connection());
            let slots = (0..places.div_ceil(most)).map(|index| {
                let places = (places - index * most).min(most);
                Arc::new(Slot { places: Arc::new(Semaphore::new(places)), session: Mutex::new(None) })
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
        F: FnOnce(&Session) -> Result<T> + Send + 'static,
    {
        let run = async { self.run(self.place(lane).await?, guard, work).await };
        tokio::time::timeout(deadline, run).await.unwrap_or(Err(Error::TimedOut(deadline)))
    }

    /// Runs `work` with a place that was waited for.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn call_at<T, F, G>(&self, place: LanePlace, deadline: Duration, guard: G, work: F) -> Result<T>
    where
        T: Send + 'static,
        G: Send + 'static,
        F: FnOnce(&Session) -> Result<T> + Send + 'static,
    {
        tokio::time::timeout(deadline, self.run(place, guard, work)).await.unwrap_or(Err(Error::TimedOut(deadline)))
    }

    async fn run<T, F, G>(&self, (place, slot_place, slot): LanePlace, guard: G, work: F) -> Result<T>
    where
        T: Send + 'static,
        G: Send + 'static,
        F: FnOnce(&Session) -> Result<T> + Send + 'static,
    {
        let uri = self.uri.clone();
        let shared = if self.is_local { Some(self.shared_session()?) } else { None };
        let thread = tokio::task::spawn_blocking(move || {
            let _until_libvirt_returns = (guard, place, slot_place);
            let session = match shared {
                Some(session) => session,
                None => slot.session(&uri)?,
            };
            let result = work(&session);
            if matches!(result, Err(Error::Unavailable)) {
                slot.forget();
            }
            result
        });
        thread.await.map_err(|_| Error::Internal("a worker thread failed"))?
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// `Unavailable` while the service ends.
    pub async fn place(&self, lane: Lane) -> Result<LanePlace> {
        let (places, slots) = &self.lanes[lane as usize];
        let closed = |_| Error::Unavailable;
        let place = Arc::clone(places).acquire_owned().await.map_err(closed)?;
        // The lane has as many places as its slots together: one of them is free now. The first, so that no more connections
        // are opened than calls are under way at once.
        let free = slots.iter().find(|slot| slot.places.available_permits() > 0).or(slots.first());
        let slot = free.ok_or(Error::Internal("a lane without connections"))?;
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
    pub fn shared_session(&self) -> Result<Session> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = &*shared {
            return Ok(session.clone());
        }
        let session = Session::new(open(&self.uri).map_err(|error| from_virt(&error))?);
        *shared = Some(session.clone());
        Ok(session)
    }

    /// Whether the driver lives inside this process.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        self.is_local
    }
}

impl Slot {
    fn session(&self, uri: &str) -> Result<Session> {
        let mut place = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = &*place {
            // A connection whose socket has closed says so without asking libvirtd.
            if session.is_alive().unwrap_or(false) {
                return Ok(session.clone());
            }
        }
        *place = None;
        let session = Session::new(open(uri).map_err(|error| from_virt(&error))?);
        *place = Some(session.clone());
        Ok(session)
    }

    fn forget(&self) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
