//! What an event or a listing makes of a machine's record.

use dbus::machine::{State, StateReason};

use crate::{inventory::Machine, job::now, libvirt::list::Listed};

/// Puts a machine into a state.
pub(super) fn enter(machine: &mut Machine, state: State, reason: StateReason, time: u64) {
    let was_active = machine.is_active();
    (machine.state, machine.reason) = (state, reason);
    if was_active && !machine.is_active() {
        (machine.last_stop, machine.last_stop_time) = (reason, time);
        machine.memory_used = 0;
        machine.stalled = false;
        machine.addresses = Box::default();
    }
    if reason == StateReason::Saved {
        machine.saved = true;
    }
    if state == State::Running && reason == StateReason::Restored {
        machine.saved = false;
    }
}

/// Takes in what a listing says.
pub(super) fn merge(machine: &mut Machine, listed: &Listed, reason: StateReason) {
    machine.uuid = listed.uuid;
    machine.name = listed.name.as_str().into();
    if (machine.state, machine.reason) != (listed.state, reason) {
        enter(machine, listed.state, reason, now());
    }
    if !machine.is_active() && matches!(machine.last_stop, StateReason::Unknown | StateReason::Failed) {
        // Stopped before the service saw it: libvirt still knows why, but not when. And its event of a crash says no
        // more than "failed".
        machine.last_stop = reason;
    }
    machine.autostart = listed.autostart;
    machine.persistent = listed.persistent;
    machine.saved = listed.saved;
    let keep = |known: &mut u64, said: Option<u64>| *known = said.unwrap_or(*known);
    keep(&mut machine.memory, listed.memory);
    keep(&mut machine.maximum_memory, listed.maximum_memory);
    let keep = |known: &mut u32, said: Option<u32>| *known = said.unwrap_or(*known);
    keep(&mut machine.vcpus, listed.vcpus);
    keep(&mut machine.maximum_vcpus, listed.maximum_vcpus);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_remembered_with_its_reason_and_time() {
        let mut machine = Machine { state: State::Running, memory_used: 5, stalled: true, ..Machine::default() };
        enter(&mut machine, State::Off, StateReason::Crashed, 42);
        assert_eq!((machine.last_stop, machine.last_stop_time), (StateReason::Crashed, 42));
        assert_eq!((machine.memory_used, machine.stalled), (0, false));
    }

    #[test]
    fn why_a_machine_stopped_before_the_service_started_is_known_but_not_when() {
        let mut machine = Machine::default();
        let listed = Listed { state: State::Off, reason: StateReason::Crashed, ..Listed::default() };
        merge(&mut machine, &listed, StateReason::Crashed);
        assert_eq!((machine.last_stop, machine.last_stop_time), (StateReason::Crashed, 0));
    }
}
