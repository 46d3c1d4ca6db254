//! What was told about machines a moment ago, so that each gets at most one signal in a while.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use uuid::Uuid;

use crate::{bus::properties::Changes, inventory::Machine};

/// At most one signal per machine in this time.
const QUIET: Duration = Duration::from_millis(50);

/// The last signal of a machine.
#[derive(Debug)]
struct Told {
    machine: Arc<Machine>,
    at: Instant,
    /// Something changed since, and is to be told when the quiet time is over.
    is_due: bool,
    /// What was another since. It is told even if it is as it was by then: somebody may have read it meanwhile.
    shown: Changes,
}

/// What was told last of a machine, and what was another for a moment since.
type Due = (Arc<Machine>, Changes);

impl Told {
    fn take(&mut self) -> Due {
        self.is_due = false;
        (Arc::clone(&self.machine), std::mem::take(&mut self.shown))
    }
}

/// The machines that somebody heard of a moment ago. The others need no record: what the inventory says of them was told.
#[derive(Debug, Default)]
pub(super) struct Recent(HashMap<Uuid, Told>);

impl Recent {
    /// A signal goes out now that tells all of `machine`.
    pub(super) fn told(&mut self, machine: Arc<Machine>, now: Instant) {
        if self.0.len() == self.0.capacity() {
            self.0.retain(|_, told| told.is_due || now < told.at + QUIET);
            self.0.shrink_to(self.0.len() * 2);
        }
        self.0.insert(machine.uuid, Told { machine, at: now, is_due: false, shown: Changes::default() });
    }

    /// What was told last of a machine that was `before` and is `after`, and what was another for a moment; none if the change has
    /// to wait.
    pub(super) fn told_before(&mut self, before: Arc<Machine>, after: &Machine, now: Instant) -> Option<Due> {
        let Some(told) = self.0.get_mut(&before.uuid) else { return Some((before, Changes::default())) };
        if now < told.at + QUIET {
            told.is_due = true;
            told.shown = told.shown.and(Changes::between(&told.machine, after));
            return None;
        }
        // What waited longer than it had to goes with this change.
        Some(if told.is_due { told.take() } else { (before, Changes::default()) })
    }

    /// When the next change has waited long enough.
    pub(super) fn due(&self) -> Option<Instant> {
        self.0.values().filter(|told| told.is_due).map(|told| told.at + QUIET).min()
    }

    /// The machines whose changes have waited long enough, as [`Self::told_before`].
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Due> {
        let is_over = |told: &&mut Told| told.is_due && told.at + QUIET <= now;
        self.0.values_mut().filter(is_over).map(Told::take).collect()
    }

    /// Forgets a machine that is gone.
    pub(super) fn forget(&mut self, uuid: Uuid) {
        self.0.remove(&uuid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(number: u128, memory: u64) -> Arc<Machine> {
        Arc::new(Machine { uuid: Uuid::from_u128(number), memory, ..Machine::default() })
    }

    fn memory_changed() -> Changes {
        Changes::between(&machine(1, 1), &machine(1, 2))
    }

    #[test]
    fn changes_in_the_quiet_time_are_told_together_against_what_was_told_last() {
        let (mut recent, start) = (Recent::default(), Instant::now());
        assert_eq!(recent.told_before(machine(1, 1), &machine(1, 2), start), Some((machine(1, 1), Changes::default())));
        recent.told(machine(1, 2), start);
        assert_eq!(recent.told_before(machine(1, 2), &machine(1, 3), start), None);
        assert_eq!(recent.told_before(machine(1, 3), &machine(1, 4), start), None);
        assert_eq!((recent.due(), recent.take_due(start)), (Some(start + QUIET), vec![]));
        assert_eq!(recent.take_due(start + QUIET), [(machine(1, 2), memory_changed())]);
        assert_eq!(recent.due(), None);
    }

    #[test]
    fn what_was_another_for_a_moment_is_told_for_somebody_may_have_read_it() {
        let (mut recent, start) = (Recent::default(), Instant::now());
        recent.told(machine(1, 1), start);
        assert_eq!(recent.told_before(machine(1, 1), &machine(1, 2), start), None);
        assert_eq!(recent.told_before(machine(1, 2), &machine(1, 1), start), None);
        assert_eq!(recent.take_due(start + QUIET), [(machine(1, 1), memory_changed())]);
        recent.told(machine(1, 1), start + QUIET);
        assert_eq!(recent.take_due(start + 3 * QUIET), [], "and once");
    }

    #[test]
    fn a_change_after_the_quiet_time_takes_along_what_waited() {
        let (mut recent, start) = (Recent::default(), Instant::now());
        recent.told(machine(1, 1), start);
        assert_eq!(recent.told_before(machine(1, 1), &machine(1, 2), start), None);
        let told = recent.told_before(machine(1, 2), &machine(1, 3), start + QUIET);
        assert_eq!(told, Some((machine(1, 1), memory_changed())));
        assert_eq!(recent.due(), None);
    }

    #[test]
    fn machines_that_were_quiet_for_long_leave_nothing_behind() {
        let (mut recent, start) = (Recent::default(), Instant::now());
        (0..1000).for_each(|number| recent.told(machine(number, 1), start));
        (0..1000).for_each(|number| recent.told(machine(number, 2), start + QUIET * 2));
        (0..1000).for_each(|_| recent.told(machine(0, 3), start + QUIET * 4));
        recent.told(machine(1000, 1), start + QUIET * 6);
        assert!(recent.0.capacity() < 4000, "{}", recent.0.capacity());
    }
}
