//! The loop that libvirt's sockets and timers are watched by.
//!
//! libvirt has a loop of its own, but that one is woken by every change to what it watches, and a blocking call
//! makes two: it stops watching its connection's socket, reads the answer itself, and has it watched again. Here
//! the thread that changes something tells the kernel, and the loop sleeps on.
//!
//! What libvirt expects of a loop is written in its `libvirt-event.h`: the functions may be called from any thread
//! and from callbacks; what a handle or timer holds is freed by the loop, never within the call that removes it.
#![allow(unsafe_code)]

use std::{
    collections::BTreeMap,
    ffi::{c_int, c_void},
    io,
    os::fd::{BorrowedFd, OwnedFd},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use rustix::{
    buffer::spare_capacity,
    event::{EventfdFlags, Timespec, epoll, eventfd},
    io::{Errno, read, write},
};
use virt_sys as sys;

/// The watch that means the loop's own alarm; libvirt's begin with 1.
const ALARM: u64 = 0;
/// Sockets that are looked at before the timers are; a service has about 30.
const AT_ONCE: usize = 16;

/// What a callback is called with. libvirt does not care which thread calls.
#[derive(Clone, Copy)]
struct Opaque(*mut c_void);

// SAFETY: the pointer is only handed back to libvirt, whose loop functions may be called on any thread.
unsafe impl Send for Opaque {}

type Free = (sys::virFreeCallback, Opaque);

struct Handle {
    fd: c_int,
    events: c_int,
    callback: sys::virEventHandleCallback,
    free: Free,
}

struct Timer {
    /// `None`: off.
    interval: Option<Duration>,
    due: Option<Instant>,
    callback: sys::virEventTimeoutCallback,
    free: Free,
}

#[derive(Default)]
struct Watched {
    last: c_int,
    handles: BTreeMap<c_int, Handle>,
    timers: BTreeMap<c_int, Timer>,
    /// Of what was removed.
    dropped: Vec<Free>,
    /// Whether the loop waits, or is about to.
    is_asleep: bool,
    /// When it wakes by itself.
    wakes: Option<Instant>,
}

struct Loop {
    epoll: OwnedFd,
    alarm: OwnedFd,
    watched: Mutex<Watched>,
}

static LOOP: OnceLock<Loop> = OnceLock::new();

/// Makes this libvirt's loop and starts its thread.
///
/// # Errors
/// The kernel's, for a descriptor or the thread.
pub fn start() -> io::Result<()> {
    let new = Loop {
        epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
        alarm: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
        watched: Mutex::default(),
    };
    epoll::add(&new.epoll, &new.alarm, epoll::EventData::new_u64(ALARM), epoll::EventFlags::IN)?;
    let this = LOOP.get_or_init(|| new);
    std::thread::Builder::new().name("libvirt-events".into()).stack_size(256 * 1024).spawn(|| this.run())?;
    // SAFETY: the functions have the types that libvirt wants and live as long as the program.
    unsafe {
        sys::virEventRegisterImpl(
            Some(add_handle),
            Some(update_handle),
            Some(remove_handle),
            Some(add_timer),
            Some(update_timer),
            Some(remove_timer),
        );
    }
    Ok(())
}

impl Loop {
    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut happened = Vec::with_capacity(AT_ONCE);
        loop {
            let until = self.lie_down();
            if let Err(error) = epoll::wait(&self.epoll, spare_capacity(&mut happened), until.map(time_until).as_ref())
                && error != Errno::INTR
            {
                tracing::warn!(%error, "Waiting for libvirt's sockets failed, trying again");
                // A pause keeps that from spinning.
                std::thread::sleep(Duration::from_millis(100));
            }
            self.watched().is_asleep = false;
            for event in happened.drain(..) {
                self.happened(event.data.u64(), event.flags);
            }
            self.fire();
            self.free();
        }
    }

    /// When the next timer is due.
    fn lie_down(&self) -> Option<Instant> {
        let mut watched = self.watched();
        let next = watched.timers.values().filter_map(|timer| timer.due).min();
        watched.is_asleep = true;
        watched.wakes = next;
        next
    }

    fn happened(&self, watch: u64, flags: epoll::EventFlags) {
        if watch == ALARM {
            // That it rang is all; what it rang for is looked at now anyway.
            let _ = read(&self.alarm, &mut [0; 8]);
            return;
        }
        let Ok(watch) = c_int::try_from(watch) else { return };
        let found = self.watched().handles.get(&watch).map(|handle| (handle.fd, handle.events, handle.callback, handle.free.1));
        // What another thread removed since, or does not want watched for a while, is not called for.
        let Some((fd, wanted, Some(callback), opaque)) = found else { return };
        let events = from_epoll(flags) & (wanted | ALWAYS);
        if wanted != 0 && events != 0 {
            // SAFETY: `opaque` is what libvirt gave with this callback; only this thread frees it, and later.
            unsafe { callback(watch, fd, events, opaque.0) };
        }
    }

    /// Calls the timers that are due, each once.
    fn fire(&self) {
        let now = Instant::now();
        let is_due = |timer: &Timer| timer.due.is_some_and(|due| due <= now);
        let due: Vec<c_int> = self.watched().timers.iter().filter(|(_, timer)| is_due(timer)).map(|(id, _)| *id).collect();
        for id in due {
            let mut watched = self.watched();
            // A callback before may have turned it off.
            let Some(timer) = watched.timers.get_mut(&id).filter(|timer| is_due(timer)) else { continue };
            timer.due = timer.interval.map(|interval| now + interval);
            let (callback, opaque) = (timer.callback, timer.free.1);
            drop(watched);
            if let Some(callback) = callback {
                // SAFETY: as for handles.
                unsafe { callback(id, opaque.0) };
            }
        }
    }

    fn free(&self) {
        let dropped = std::mem::take(&mut self.watched().dropped);
        for (free, opaque) in dropped {
            if let Some(free) = free {
                // SAFETY: libvirt gave both together; the entry is gone, so this happens once and nothing uses it any more.
                unsafe { free(opaque.0) };
            }
        }
    }

    /// Wakes the loop if it sleeps.
    fn ring(&self, watched: &Watched) {
        if watched.is_asleep {
            // An alarm that rings already cannot ring more.
            let _ = write(&self.alarm, &1_u64.to_ne_bytes());
        }
    }

    /// Tells the kernel what of a socket is watched now. A socket of which nothing is wanted is taken out: the kernel
    /// would go on to report its end.
    fn arm(&self, watch: c_int, fd: c_int, before: c_int, now: c_int) -> rustix::io::Result<()> {
        // SAFETY: libvirt keeps the socket open until its handle is freed.
        let socket = unsafe { BorrowedFd::borrow_raw(fd) };
        let data = epoll::EventData::new_u64(u64::from(watch.unsigned_abs()));
        match (before != 0, now != 0) {
            (false, false) => Ok(()),
            (false, true) => epoll::add(&self.epoll, socket, data, to_epoll(now)),
            (true, false) => epoll::delete(&self.epoll, socket),
            (true, true) => epoll::modify(&self.epoll, socket, data, to_epoll(now)),
        }
    }
}

fn time_until(due: Instant) -> Timespec {
    let left = due.saturating_duration_since(Instant::now());
    Timespec { tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX), tv_nsec: left.subsec_nanos().into() }
}

/// Reported whether asked for or not.
const ALWAYS: c_int = (sys::VIR_EVENT_HANDLE_ERROR | sys::VIR_EVENT_HANDLE_HANGUP).cast_signed();
/// libvirt's names of events, and the kernel's.
const NAMES: [(u32, epoll::EventFlags); 4] = [
    (sys::VIR_EVENT_HANDLE_READABLE, epoll::EventFlags::IN),
    (sys::VIR_EVENT_HANDLE_WRITABLE, epoll::EventFlags::OUT),
    (sys::VIR_EVENT_HANDLE_ERROR, epoll::EventFlags::ERR),
    (sys::VIR_EVENT_HANDLE_HANGUP, epoll::EventFlags::HUP),
];

fn to_epoll(events: c_int) -> epoll::EventFlags {
    let wanted = NAMES.iter().filter(|(event, _)| events.unsigned_abs() & event != 0);
    wanted.fold(epoll::EventFlags::empty(), |flags, (_, flag)| flags | *flag)
}

fn from_epoll(flags: epoll::EventFlags) -> c_int {
    let seen = NAMES.iter().filter(|(_, flag)| flags.contains(*flag));
    seen.fold(0, |events, (event, _)| events | event.cast_signed())
}

/// Milliseconds of libvirt's; less than 0 turns a timer off.
fn interval(milliseconds: c_int) -> Option<Duration> {
    u64::try_from(milliseconds).ok().map(Duration::from_millis)
}

unsafe extern "C" fn add_handle(
    fd: c_int,
    events: c_int,
    callback: sys::virEventHandleCallback,
    opaque: *mut c_void,
    free: sys::virFreeCallback,
) -> c_int {
    let Some(this) = LOOP.get() else { return -1 };
    let mut watched = this.watched();
    watched.last += 1;
    let watch = watched.last;
    if this.arm(watch, fd, 0, events).is_err() {
        return -1;
    }
    watched.handles.insert(watch, Handle { fd, events, callback, free: (free, Opaque(opaque)) });
    watch
}

unsafe extern "C" fn update_handle(watch: c_int, events: c_int) {
    let Some(this) = LOOP.get() else { return };
    let mut watched = this.watched();
    let Some(handle) = watched.handles.get_mut(&watch) else { return };
    match this.arm(watch, handle.fd, handle.events, events) {
        Ok(()) => handle.events = events,
        Err(error) => tracing::warn!(%error, "A socket of libvirt's is not watched as it should be"),
    }
}

unsafe extern "C" fn remove_handle(watch: c_int) -> c_int {
    let Some(this) = LOOP.get() else { return -1 };
    let mut watched = this.watched();
    let Some(handle) = watched.handles.remove(&watch) else { return -1 };
    // A socket that is closed already is out.
    let _ = this.arm(watch, handle.fd, handle.events, 0);
    watched.dropped.push(handle.free);
    this.ring(&watched);
    0
}

unsafe extern "C" fn add_timer(
    milliseconds: c_int,
    callback: sys::virEventTimeoutCallback,
    opaque: *mut c_void,
    free: sys::virFreeCallback,
) -> c_int {
    let Some(this) = LOOP.get() else { return -1 };
    let mut watched = this.watched();
    watched.last += 1;
    let id = watched.last;
    watched.timers.insert(id, Timer { interval: None, due: None, callback, free: (free, Opaque(opaque)) });
    set(this, &mut watched, id, milliseconds);
    id
}

unsafe extern "C" fn update_timer(id: c_int, milliseconds: c_int) {
    let Some(this) = LOOP.get() else { return };
    set(this, &mut this.watched(), id, milliseconds);
}

unsafe extern "C" fn remove_timer(id: c_int) -> c_int {
    let Some(this) = LOOP.get() else { return -1 };
    let mut watched = this.watched();
    let Some(timer) = watched.timers.remove(&id) else { return -1 };
    watched.dropped.push(timer.free);
    this.ring(&watched);
    0
}

/// Sets a timer anew. The loop is only woken if it would sleep for longer.
fn set(this: &Loop, watched: &mut Watched, id: c_int, milliseconds: c_int) {
    let Some(timer) = watched.timers.get_mut(&id) else { return };
    timer.interval = interval(milliseconds);
    timer.due = timer.interval.map(|interval| Instant::now() + interval);
    if let Some(due) = timer.due
        && watched.wakes.is_none_or(|wakes| due < wakes)
    {
        this.ring(watched);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        os::{fd::AsRawFd, unix::net::UnixStream},
        sync::{
            Once,
            mpsc::{Receiver, RecvTimeoutError, Sender, channel},
        },
    };

    use super::*;

    const READABLE: c_int = sys::VIR_EVENT_HANDLE_READABLE.cast_signed();
    const IN_TIME: Duration = Duration::from_secs(20);
    /// How long is listened for what must not come.
    const SILENCE: Duration = Duration::from_millis(100);

    #[derive(Debug, PartialEq)]
    enum Told {
        Ready(c_int, c_int),
        Due,
        Freed,
    }

    unsafe extern "C" fn on_ready(watch: c_int, _fd: c_int, events: c_int, opaque: *mut c_void) {
        // SAFETY: what `listener` made, until `on_free`.
        let _ = unsafe { &*opaque.cast::<Sender<Told>>() }.send(Told::Ready(watch, events));
        // As libvirt does while a call reads the socket itself.
        // SAFETY: any thread may call it.
        unsafe { update_handle(watch, 0) };
    }

    unsafe extern "C" fn on_due(timer: c_int, opaque: *mut c_void) {
        // SAFETY: as above.
        let _ = unsafe { &*opaque.cast::<Sender<Told>>() }.send(Told::Due);
        // SAFETY: as above.
        unsafe { update_timer(timer, -1) };
    }

    unsafe extern "C" fn on_free(opaque: *mut c_void) {
        // SAFETY: the loop says that it is the last to use it.
        let _ = unsafe { Box::from_raw(opaque.cast::<Sender<Told>>()) }.send(Told::Freed);
    }

    /// What is told about a handle or timer, and what it is made with.
    fn listener() -> (Receiver<Told>, *mut c_void) {
        static STARTED: Once = Once::new();
        STARTED.call_once(|| start().unwrap());
        let (told, hears) = channel();
        (hears, Box::into_raw(Box::new(told)).cast())
    }

    #[test]
    fn a_socket_is_told_of_while_it_is_watched_and_freed_once_when_it_is_not_any_more() {
        let (hears, opaque) = listener();
        let (mut ours, mut theirs) = UnixStream::pair().unwrap();
        // SAFETY: the socket outlives its handle, and `opaque` is `on_free`'s.
        let watch = unsafe { add_handle(ours.as_raw_fd(), 0, Some(on_ready), opaque, Some(on_free)) };
        theirs.write_all(b"a").unwrap();
        assert_eq!(hears.recv_timeout(SILENCE), Err(RecvTimeoutError::Timeout), "nothing of it was wanted yet");
        // From another thread than the loop's, which sleeps.
        // SAFETY: as above.
        unsafe { update_handle(watch, READABLE) };
        assert_eq!(hears.recv_timeout(IN_TIME), Ok(Told::Ready(watch, READABLE)));
        assert_eq!(hears.recv_timeout(SILENCE), Err(RecvTimeoutError::Timeout), "the callback wants no more");
        ours.read_exact(&mut [0]).unwrap();
        // SAFETY: as above.
        unsafe { update_handle(watch, READABLE) };
        drop(theirs);
        let Ok(Told::Ready(_, events)) = hears.recv_timeout(IN_TIME) else { panic!("the end of a socket is told") };
        assert_ne!(events & ALWAYS, 0, "as its end, not only as something to read");
        // SAFETY: as above.
        assert_eq!(unsafe { remove_handle(watch) }, 0);
        assert_eq!(hears.recv_timeout(IN_TIME), Ok(Told::Freed));
        // SAFETY: as above.
        assert_eq!(unsafe { remove_handle(watch) }, -1, "it is gone");
        assert_eq!(hears.recv_timeout(IN_TIME), Err(RecvTimeoutError::Disconnected), "and was freed once");
    }

    #[test]
    fn a_timer_that_another_thread_sets_earlier_is_not_slept_through() {
        let (hears, opaque) = listener();
        // SAFETY: `opaque` is `on_free`'s.
        let timer = unsafe { add_timer(-1, Some(on_due), opaque, Some(on_free)) };
        assert_eq!(hears.recv_timeout(SILENCE), Err(RecvTimeoutError::Timeout), "it is off");
        for milliseconds in [0, 10] {
            // SAFETY: as above.
            unsafe { update_timer(timer, milliseconds) };
            assert_eq!(hears.recv_timeout(IN_TIME), Ok(Told::Due));
            assert_eq!(hears.recv_timeout(SILENCE), Err(RecvTimeoutError::Timeout), "once");
        }
        // SAFETY: as above.
        assert_eq!(unsafe { remove_timer(timer) }, 0);
        assert_eq!(hears.recv_timeout(IN_TIME), Ok(Told::Freed));
    }
}
