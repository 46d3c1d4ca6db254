//! The only module that talks to libvirt. Owned values in, owned model types out.

pub mod balloon;
pub mod connection;
mod control;
mod definition;
mod device;
mod directory;
mod error;
pub mod event;
mod event_loop;
mod ffi;
mod firmware;
mod gate;
pub mod host;
pub mod list;
mod network;
mod part;
mod pinning;
mod redefine;
pub mod screenshot;
pub mod state;
pub mod stats;
pub mod storage;
pub mod transfer;
mod worker;

use std::{sync::Arc, time::Duration};

pub use control::{AgentMode, Delivery, StartOptions};
pub use definition::{Definition, FirmwareState};
use event::{Event, Sink};
pub use ffi::{limit_memory, trim_memory};
use gate::Gates;
pub use network::{Cards, Known as Network};
pub use part::{PartId, Step};
pub use pinning::Placement;
pub use redefine::{Changed, Seen};
use tokio::sync::Semaphore;
use uuid::Uuid;
use virt::{connect::Connect, domain::Domain, error::Error as VirtError};
use worker::{Lane, Session, Workers};

use crate::error::{Error, Result};

/// How long a short call may take before its machine counts as stalled.
pub const DEADLINE: Duration = Duration::from_secs(5);
/// How long a call that never asks QEMU may take.
const LIST_DEADLINE: Duration = Duration::from_secs(30);
/// How long connecting may take: a bus gives a service that it starts 25 seconds in all.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// Work that takes as long as it takes is still given up at some time.
const LONG_DEADLINE: Duration = Duration::from_secs(24 * 3600);

/// libvirt, through one URI.
#[derive(Debug)]
pub struct Libvirt {
    uri: String,
    workers: Arc<Workers>,
    events: Arc<connection::EventConnection>,
    sink: Sink,
    gates: Gates,
    attempt: Arc<Semaphore>,
}

impl Libvirt {
    /// Prepares; nothing is opened yet. [`event::start_loop`] must have run.
    #[must_use]
    pub fn new(uri: &str, sink: Sink) -> Self {
        Self {
            uri: uri.to_owned(),
            workers: Arc::new(Workers::new(uri)),
            events: Arc::default(),
            gates: Gates::new(sink.clone()),
            attempt: Arc::new(Semaphore::new(1)),
            sink,
        }
    }

    /// The URI.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Whether files that libvirt names are files of this computer.
    #[must_use]
    pub fn is_on_this_host(&self) -> bool {
        is_local(&self.uri)
    }

    /// Opens the connection that events come from, replacing a lost one.
    ///
    /// # Errors
    /// `Unavailable` or libvirt's error.
    pub async fn connect(&self) -> Result<()> {
        let (events, sink, uri, workers) = (Arc::clone(&self.events), self.sink.clone(), self.uri.clone(), Arc::clone(&self.workers));
        // An attempt that hangs in libvirt keeps its place: attempts after it fail rather than hang, too.
        let attempt = Arc::clone(&self.attempt).try_acquire_owned().map_err(|_| Error::Unavailable)?;
        let renew = tokio::task::spawn_blocking(move || {
            let _until_libvirt_returns = attempt;
            if workers.is_local() {
                let session = workers.shared_session()?;
                events.renew(|| Ok(Connect::clone(&session)), &sink).map_err(|error| error::from_virt(&error))
            } else {
                workers.disconnect();
                events.renew(|| connection::open(&uri), &sink).map_err(|error| error::from_virt(&error))
            }
        });
        tokio::time::timeout(CONNECT_DEADLINE, renew)
            .await
            .map_err(|_| Error::Unavailable)?
            .map_err(|_| Error::Internal("connecting failed"))?
    }

    /// Forgets every connection: libvirtd is gone.
    pub fn disconnect(&self) {
        self.workers.disconnect();
    }

    /// A call that never asks QEMU.
    async fn list_call<T: Send + 'static>(&self, work: impl FnOnce(&Session) -> Result<T> + Send + 'static) -> Result<T> {
        self.workers.call(Lane::List, LIST_DEADLINE, (), work).await
    }

    /// A call about one machine that never asks QEMU.
    async fn read_machine<T: Send + 'static>(
        &self,
        uuid: Uuid,
        work: impl FnOnce(&Domain) -> Result<T, VirtError> + Send + 'static,
    ) -> Result<T> {
        self.list_call(move |session| on_domain(session, uuid, work)).await
    }

    /// A short call that asks the machine's QEMU: one at a time per machine, and a machine that does not answer in
    /// time is stalled until it does.
    async fn short_call<T: Send + 'static>(
        &self,
        uuid: Uuid,
        work: impl FnOnce(&Domain) -> Result<T, VirtError> + Send + 'static,
    ) -> Result<T> {
        let turn = self.gates.enter(uuid, DEADLINE).await?;
        let watch = turn.watch();
        let result = self.workers.call(Lane::Machine, DEADLINE, turn, move |session| on_domain(session, uuid, work)).await;
        if matches!(result, Err(Error::TimedOut(_))) && watch.stall() {
            return Err(Error::Stalled);
        }
        result
    }

    /// Figures from the machine's QEMU; left out while anything else is asked of it.
    async fn figures_call<T: Send + 'static>(
        &self,
        uuid: Uuid,
        work: impl FnOnce(&Domain) -> Result<T, VirtError> + Send + 'static,
    ) -> Result<T> {
        // Not with the machine's turn: what else is asked of it must not wait behind those that hang.
        let place = tokio::time::timeout(DEADLINE, self.workers.place(Lane::Figures)).await.map_err(|_| Error::Busy)??;
        let turn = self.gates.try_enter(uuid)?;
        let watch = turn.watch();
        let result = self.workers.call_at(place, DEADLINE, turn, move |session| on_domain(session, uuid, work)).await;
        if matches!(result, Err(Error::TimedOut(_))) {
            watch.stall();
        }
        result
    }

    /// Work on one machine that takes as long as it takes.
    async fn long_call<T: Send + 'static>(
        &self,
        uuid: Uuid,
        work: impl FnOnce(&Domain) -> Result<T, VirtError> + Send + 'static,
    ) -> Result<T> {
        let turn = self.gates.enter_long(uuid, DEADLINE).await?;
        self.workers.call(Lane::Long, LONG_DEADLINE, turn, move |session| on_domain(session, uuid, work)).await
    }

    /// Work on one machine that must not wait for what else is asked of it: to end it or to cancel that.
    async fn urgent_call<T: Send + 'static>(
        &self,
        uuid: Uuid,
        deadline: Duration,
        work: impl FnOnce(&Domain) -> Result<T, VirtError> + Send + 'static,
    ) -> Result<T> {
        self.workers.call(Lane::Machine, deadline, (), move |session| on_domain(session, uuid, work)).await
    }

    /// Whether the machine's QEMU fails to answer at the moment.
    #[must_use]
    pub fn is_stalled(&self, uuid: Uuid) -> bool {
        self.gates.is_stalled(uuid)
    }

    /// Forgets what was kept about a machine that is gone.
    pub fn forget(&self, uuid: Uuid) {
        self.gates.forget(uuid);
    }

    /// Puts an event in the queue as if libvirt had sent it.
    pub fn inject(&self, event: Event) {
        self.sink.send(event);
    }
}

/// A URI without a host, and without a transport that could lead to one: `qemu://host/system` is remote, too.
fn is_local(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once("://") else { return false };
    let transport = scheme.split_once('+').map(|(_, transport)| transport);
    rest.starts_with('/') && transport.is_none_or(|transport| transport == "unix")
}

/// Looks the machine up and does `work` with it, with our errors.
fn on_domain<T>(session: &Session, uuid: Uuid, work: impl FnOnce(&Domain) -> Result<T, VirtError>) -> Result<T> {
    let result = session.domain(uuid).and_then(|domain| work(&domain)).map_err(|error| machine_error(uuid, &error));
    if matches!(result, Err(Error::NoMachine(_))) {
        session.forget(uuid);
    }
    result
}

fn machine_error(uuid: Uuid, error: &VirtError) -> Error {
    match error::from_virt(error) {
        Error::NotFound { what: "machine" } => Error::NoMachine(uuid),
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_another_host_are_never_taken_for_our_own() {
        for local in ["qemu:///system", "qemu+unix:///session?socket=/x", "test:///default"] {
            assert!(is_local(local), "{local}");
        }
        for remote in ["qemu://host/system", "qemu+ssh://host/system", "qemu+ssh:///system", "qemu+ext:///system?command=x", "qemu"] {
            assert!(!is_local(remote), "{remote}");
        }
    }
}
