//! One structured line in the journal per granted or denied mutation.

use super::{Caller, Target};

/// Writes the line. Values are fields, so nothing a caller chose can imitate another line.
pub fn record(caller: &Caller, action: &'static str, target: &Target, is_granted: bool) {
    let machine = target.machine.map(|uuid| uuid.to_string()).unwrap_or_default();
    let sender = caller.bus_name.as_deref().unwrap_or("peer");
    if is_granted {
        tracing::info!(audit = true, uid = caller.uid, sender, action, operation = target.operation, machine, "Granted");
    } else {
        tracing::warn!(audit = true, uid = caller.uid, sender, action, operation = target.operation, machine, "Denied");
    }
}
