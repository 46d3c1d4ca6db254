//! One structured line in the journal per authorization that was granted or denied.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::{Caller, Target};

/// In this time a user gets at most [`MOST_DENIALS`] lines about denials.
const PERIOD: Duration = Duration::from_secs(1);
/// Whoever may do nothing must not fill the journal with it.
const MOST_DENIALS: u32 = 10;

/// How many denials of a user were written and left out since when.
#[derive(Clone, Copy, Debug)]
struct Count {
    since: Instant,
    written: u32,
    left_out: u32,
}

/// Writes the lines.
#[derive(Debug, Default)]
pub struct Audit(Mutex<HashMap<u32, Count>>);

impl Audit {
    /// Writes the line. Values are fields, so nothing a caller chose can imitate another line.
    pub fn record(&self, caller: &Caller, action: &'static str, target: &Target, is_granted: bool) {
        if is_granted {
            let (caller, machine, operation) = (caller.clone(), target.machine, target.operation);
            // Behind what was granted, as soon as that waits for libvirt: to write the line takes as long as to hand a
            // call over, and the caller waits for both.
            tokio::spawn(async move { granted(&caller, action, machine, operation) });
        } else if let Some(left_out) = self.may_write(caller.uid, Instant::now()) {
            let (sender, machine) = (shown(caller), text(target.machine));
            tracing::warn!(audit = true, uid = caller.uid, sender, action, operation = target.operation, machine, left_out, "Denied");
        }
    }

    /// Whether another denial of this user may be written, and how many were left out before it.
    fn may_write(&self, uid: u32, now: Instant) -> Option<u32> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(uid).or_insert(Count { since: now, written: 0, left_out: 0 });
        if now.duration_since(count.since) >= PERIOD {
            (count.since, count.written) = (now, 0);
        }
        if count.written >= MOST_DENIALS {
            count.left_out += 1;
            return None;
        }
        count.written += 1;
        Some(std::mem::take(&mut count.left_out))
    }
}

/// Writes the line of what was granted.
pub fn granted(caller: &Caller, action: &'static str, machine: Option<Uuid>, operation: &'static str) {
    let (sender, machine) = (shown(caller), text(machine));
    tracing::info!(audit = true, uid = caller.uid, sender, action, operation, machine, "Granted");
}

fn shown(caller: &Caller) -> &str {
    caller.bus_name.as_deref().unwrap_or("peer")
}

fn text(machine: Option<Uuid>) -> String {
    machine.map(|uuid| uuid.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_denials_is_counted_and_not_written() {
        let audit = Audit::default();
        let start = Instant::now();
        let written = (0..1000).filter(|_| audit.may_write(1000, start).is_some()).count();
        assert_eq!(written, 10);
        assert_eq!(audit.may_write(1001, start), Some(0));
        assert_eq!(audit.may_write(1000, start + PERIOD), Some(990));
    }
}
