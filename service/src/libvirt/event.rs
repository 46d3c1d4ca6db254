//! The event-loop thread and libvirt's callbacks.
//!
//! Callbacks run on that thread and must not block: each turns into an [`Event`] on a bounded queue. When the
//! queue is full the reader is told to read everything anew, so a storm costs no memory and loses nothing.
#![allow(unsafe_code)]

use std::{
    ffi::{CStr, c_char, c_int, c_ulonglong, c_void},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::mpsc;
use uuid::Uuid;
use virt::{connect::Connect, error::Error};
use virt_sys as sys;

use super::event_loop;

/// Events that wait at most; more make one [`Event::Overflow`].
const QUEUE: usize = 4096;

/// What happened in libvirt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A machine changed its state: libvirt's numbers of the event and its detail.
    Lifecycle(Uuid, i32, i32),
    /// A disk error paused a machine; whether its disk is full.
    DiskError(Uuid, bool),
    /// The memory that a machine has now, in bytes.
    Memory(Uuid, u64),
    /// The definition, title or metadata changed.
    Definition(Uuid),
    /// The machine's QEMU stopped answering, or answers again.
    Stalled(Uuid, bool),
    /// The guest's agent came or went.
    Agent(Uuid, bool),
    /// The connection is gone.
    Closed,
    /// Events were lost: read everything anew.
    Overflow,
}

/// The sending side that callbacks hold.
#[derive(Clone, Debug)]
pub struct Sink {
    queue: mpsc::Sender<Event>,
    overflowed: Arc<AtomicBool>,
}

/// The receiving side.
#[derive(Debug)]
pub struct Events {
    queue: mpsc::Receiver<Event>,
    overflowed: Arc<AtomicBool>,
}

/// A queue of events.
#[must_use]
pub fn queue() -> (Sink, Events) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let overflowed = Arc::new(AtomicBool::new(false));
    (Sink { queue: sender, overflowed: Arc::clone(&overflowed) }, Events { queue: receiver, overflowed })
}

impl Sink {
    /// Queues an event without ever waiting.
    pub fn send(&self, event: Event) {
        if self.queue.try_send(event).is_err() {
            self.overflowed.store(true, Ordering::Release);
        }
    }
}

impl Events {
    /// The next event; `None` when no sender is left.
    pub async fn next(&mut self) -> Option<Event> {
        let event = self.queue.recv().await;
        // Before the queue's rest is looked at: what it still holds is older than the loss.
        if self.overflowed.swap(false, Ordering::AcqRel) {
            while self.queue.try_recv().is_ok() {}
            return Some(Event::Overflow);
        }
        event
    }
}

/// Registers libvirt's event loop and starts its thread. Must precede the first connection.
///
/// # Errors
/// libvirt's error, or that no thread could be started.
pub fn start_loop() -> anyhow::Result<()> {
    virt::error::clear_error_callback();
    event_loop::start()?;
    Ok(())
}

/// The callbacks of one connection. libvirt keeps a connection alive while it has callbacks.
#[derive(Debug)]
pub struct Registration(Vec<c_int>);

impl Registration {
    /// Takes the callbacks back, so that the connection can be freed.
    pub fn cancel(self, connection: &Connect) {
        for id in self.0 {
            // SAFETY: the id came from this connection. A lost connection fails to tell libvirtd, which has
            // forgotten it anyway, but removes the callback here.
            unsafe { sys::virConnectDomainEventDeregisterAny(connection.as_ptr(), id) };
        }
        // SAFETY: the callback is the one registered below; without one libvirt reports an error and does nothing.
        unsafe { sys::virConnectUnregisterCloseCallback(connection.as_ptr(), Some(on_close)) };
    }
}

/// Registers for everything that changes what clients see. Kinds that the driver lacks are left out.
///
/// # Errors
/// libvirt's error if not even state changes can be had.
pub fn register(connection: &Connect, sink: &Sink) -> Result<Registration, Error> {
    let mut ids = vec![register_one(connection, sink, sys::VIR_DOMAIN_EVENT_ID_LIFECYCLE, generic(on_lifecycle as *const ()))?];
    let optional = [
        (sys::VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON, on_disk_error as *const ()),
        (sys::VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE, on_balloon as *const ()),
        (sys::VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, on_metadata as *const ()),
        (sys::VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, on_device as *const ()),
        (sys::VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, on_device as *const ()),
        (sys::VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, on_agent as *const ()),
    ];
    for (id, callback) in optional {
        match register_one(connection, sink, id, generic(callback)) {
            Ok(registered) => ids.push(registered),
            Err(error) => tracing::debug!(id, %error, "This driver does not send these events"),
        }
    }
    // SAFETY: the callback matches `virConnectCloseFunc`; libvirt frees the boxed sink through `free`.
    let result = unsafe { sys::virConnectRegisterCloseCallback(connection.as_ptr(), Some(on_close), boxed(sink), Some(free)) };
    if result < 0 {
        // Drivers inside this process, such as the test driver, have no connection to lose.
        tracing::debug!(error = %Error::last_error(), "This driver does not report a lost connection");
    }
    Ok(Registration(ids))
}

/// The type that libvirt wants callbacks of every kind cast to.
fn generic(callback: *const ()) -> sys::virConnectDomainEventGenericCallback {
    // SAFETY: libvirt casts the pointer back to the type that belongs to the event id before calling it; the
    // ids and functions are paired in `register`.
    unsafe { std::mem::transmute::<*const (), sys::virConnectDomainEventGenericCallback>(callback) }
}

fn register_one(connection: &Connect, sink: &Sink, id: u32, callback: sys::virConnectDomainEventGenericCallback) -> Result<c_int, Error> {
    let id = c_int::try_from(id).unwrap_or(-1);
    let opaque = boxed(sink);
    // SAFETY: the connection is open; `opaque` is freed by `free` when libvirt drops the callback.
    let result =
        unsafe { sys::virConnectDomainEventRegisterAny(connection.as_ptr(), std::ptr::null_mut(), id, callback, opaque, Some(free)) };
    if result < 0 {
        let error = Error::last_error();
        // SAFETY: libvirt does not take the pointer when registering fails.
        unsafe { free(opaque) };
        return Err(error);
    }
    Ok(result)
}

fn boxed(sink: &Sink) -> *mut c_void {
    Box::into_raw(Box::new(sink.clone())).cast()
}

unsafe extern "C" fn free(opaque: *mut c_void) {
    // SAFETY: `opaque` came from `boxed` and libvirt calls this exactly once.
    drop(unsafe { Box::from_raw(opaque.cast::<Sink>()) });
}

/// Sends what `event` makes of the machine's UUID.
///
/// # Safety
/// `domain` and `opaque` must be what libvirt passed to a callback registered above.
unsafe fn send(domain: sys::virDomainPtr, opaque: *mut c_void, event: impl FnOnce(Uuid) -> Event) {
    let mut uuid = [0_u8; 16];
    // SAFETY: the machine is valid during the callback, `uuid` has the length that libvirt writes, and the
    // sink lives until `free`.
    unsafe {
        if sys::virDomainGetUUID(domain, uuid.as_mut_ptr()) == 0 {
            (*opaque.cast::<Sink>()).send(event(Uuid::from_bytes(uuid)));
        }
    }
}

unsafe extern "C" fn on_lifecycle(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    event: c_int,
    detail: c_int,
    opaque: *mut c_void,
) -> c_int {
    // SAFETY: called by libvirt with the arguments of this registration.
    unsafe { send(domain, opaque, |uuid| Event::Lifecycle(uuid, event, detail)) };
    0
}

unsafe extern "C" fn on_disk_error(
    _: sys::virConnectPtr,
    domain: sys::virDomainPtr,
    _path: *const c_char,
    _alias: *const c_char,
    action: c_int,
    reason: *const c_char,
    opaque: *mut c_void,
) {
    if u32::try_from(action) != Ok(sys::VIR_DOMAIN_EVENT_IO_ERROR_PAUSE) {
        return;
    }
    // SAFETY: libvirt passes a C string or NULL.
    let full = !reason.is_null() && unsafe { CStr::from_ptr(reason) }.to_bytes() == b"enospc";
    // SAFETY: called by libvirt with the arguments of this registration.
    unsafe { send(domain, opaque, |uuid| Event::DiskError(uuid, full)) };
}

unsafe extern "C" fn on_balloon(_: sys::virConnectPtr, domain: sys::virDomainPtr, actual: c_ulonglong, opaque: *mut c_void) {
    // SAFETY: called by libvirt with the arguments of this registration.
    unsafe { send(domain, opaque, |uuid| Event::Memory(uuid, actual.saturating_mul(1024))) };
}

unsafe extern "C" fn on_metadata(_: sys::virConnectPtr, domain: sys::virDomainPtr, _kind: c_int, _uri: *const c_char, opaque: *mut c_void) {
    // SAFETY: called by libvirt with the arguments of this registration.
    unsafe { send(domain, opaque, Event::Definition) };
}

unsafe extern "C" fn on_device(_: sys::virConnectPtr, domain: sys::virDomainPtr, _alias: *const c_char, opaque: *mut c_void) {
    // SAFETY: called by libvirt with the arguments of this registration.
    unsafe { send(domain, opaque, Event::Definition) };
}

unsafe extern "C" fn on_agent(_: sys::virConnectPtr, domain: sys::virDomainPtr, state: c_int, _reason: c_int, opaque: *mut c_void) {
    let connected = u32::try_from(state) == Ok(sys::VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED);
    // SAFETY: called by libvirt with the arguments of this registration.
    unsafe { send(domain, opaque, |uuid| Event::Agent(uuid, connected)) };
}

unsafe extern "C" fn on_close(_: sys::virConnectPtr, _reason: c_int, opaque: *mut c_void) {
    // SAFETY: the sink lives until `free`.
    unsafe { (*opaque.cast::<Sink>()).send(Event::Closed) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_storm_becomes_one_request_to_read_anew() {
        let (sink, mut events) = queue();
        for _ in 0..QUEUE + 10 {
            sink.send(Event::Definition(Uuid::nil()));
        }
        assert_eq!(events.next().await, Some(Event::Overflow));
        sink.send(Event::Closed);
        assert_eq!(events.next().await, Some(Event::Closed));
    }
}
