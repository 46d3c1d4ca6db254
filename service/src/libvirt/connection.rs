//! Opening libvirt and watching that it stays: the connection that carries events.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use virt::{connect::Connect, error::Error as VirtError};

use super::event::{Registration, Sink, register};

/// Opens a connection.
///
/// # Errors
/// libvirt's error.
pub fn open(uri: &str) -> Result<Connect, VirtError> {
    let connection = Connect::open(Some(uri))?;
    if !super::is_local(uri) {
        // A network can vanish without a word. The local socket cannot, and pings would wake an idle host.
        connection.set_keep_alive(5, 3)?;
    }
    Ok(connection)
}

/// The connection that events come from.
#[derive(Debug, Default)]
pub struct EventConnection(Mutex<Option<(Connect, Registration)>>);

impl EventConnection {
    /// Replaces the connection by a new one and registers for events on it. Blocks.
    ///
    /// # Errors
    /// libvirt's error; the old connection is gone then, too.
    pub fn renew(&self, connect: impl FnOnce() -> Result<Connect, VirtError>, sink: &Sink) -> Result<(), VirtError> {
        self.close();
        let connection = connect()?;
        let registration = register(&connection, sink)?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((connection, registration));
        Ok(())
    }

    /// Closes the connection.
    pub fn close(&self) {
        let old = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((connection, registration)) = old {
            registration.cancel(&connection);
        }
    }
}

/// Pauses between attempts to connect: 0.25 s, doubling to 5 s, each shortened by up to a quarter so that
/// several services do not knock at the same moment.
#[derive(Debug, Default)]
pub struct Backoff(u32);

impl Backoff {
    /// The next pause.
    pub fn pause(&mut self) -> Duration {
        let full = Duration::from_millis(250).saturating_mul(1 << self.0.min(5)).min(Duration::from_secs(5));
        self.0 += 1;
        let quarter = u64::try_from(full.as_millis() / 4).unwrap_or(0).max(1);
        let jitter = (uuid::Uuid::new_v4().as_u64_pair().0) % quarter;
        full.saturating_sub(Duration::from_millis(jitter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_seconds_and_no_further() {
        let mut backoff = Backoff::default();
        let first = backoff.pause();
        assert!(first <= Duration::from_millis(250) && first >= Duration::from_millis(187), "{first:?}");
        let last = (0..20).map(|_| backoff.pause()).last().unwrap();
        assert!(last <= Duration::from_secs(5) && last >= Duration::from_millis(3750), "{last:?}");
    }
}
