//! What an event or a listing makes of a machine's record.

use std::sync::Arc;

use dbus::machine::{GuestAgent, State, StateReason};

use crate::{
    inventory::{Definition, Machine},
    job::now,
    libvirt::list::{Details, Listed},
};

/// Puts a machine into a state.
pub(super) fn enter(machine: &mut Machine, state: State, reason: StateReason, time: u64) {
    let was_active = machine.is_active();
    (machine.state, machine.reason) = (state, reason);
    if !was_active && machine.is_active() {
        // What it has of the host since is yet to be read: nobody may take it for free until then.
        machine.is_read = false;
        machine.last_start_time = time;
    }
    if was_active && !machine.is_active() {
        (machine.last_stop, machine.last_stop_time) = (reason, time);
        machine.memory_used = 0;
        machine.stalled = false;
        machine.addresses = Box::default();
        hear_agent(machine, false);
    }
    if reason == StateReason::Saved {
        machine.saved = true;
    }
    if state == State::Running && reason == StateReason::Restored {
        machine.saved = false;
    }
}

/// The agent in the guest has opened its channel, or closed it.
pub(super) fn hear_agent(machine: &mut Machine, is_connected: bool) {
    // A machine without a channel has nothing that could close.
    if is_connected || machine.agent == GuestAgent::Connected {
        machine.agent = if is_connected { GuestAgent::Connected } else { GuestAgent::Silent };
    }
}

/// Takes in what a listing says.
pub(super) fn merge(machine: &mut Machine, listed: &Listed, reason: StateReason) {
    machine.uuid = listed.uuid;
    machine.name = listed.name.as_str().into();
    if (machine.state, machine.reason) != (listed.state, reason) {
        let was_active = machine.is_active();
        enter(machine, listed.state, reason, now());
        if !was_active && machine.is_active() {
            // It was found running: when it started is not known by that.
            machine.last_start_time = 0;
        }
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

/// Takes in what the definition says. Those that say nothing special share `plain`.
pub(super) fn learn(machine: &mut Machine, details: Details, plain: &Arc<Definition>) {
    machine.title = details.title.into();
    machine.locked = details.locked;
    machine.agent = details.agent;
    machine.is_read = true;
    let said = Definition {
        description: details.description.into(),
        group: details.group.into(),
        tags: details.tags.into(),
        unapplied: details.unapplied.into_iter().map(Into::into).collect(),
        warnings: details.warnings.into_iter().map(Into::into).collect(),
        huge_page_sizes: details.huge_page_sizes.into(),
        host_devices: details.host_devices.into(),
        attached: details.attached.into(),
        looking_glass: details.looking_glass,
        has_tuning: details.has_tuning,
        balloon: details.balloon,
    };
    if said == **plain {
        machine.definition = Arc::clone(plain);
    } else if said != *machine.definition {
        machine.definition = Arc::new(said);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_whose_definitions_say_nothing_special_share_what_they_say() {
        let plain = Arc::default();
        let (mut one, mut other) = (Machine::default(), Machine::default());
        learn(&mut one, Details { title: "One".into(), ..Details::default() }, &plain);
        learn(&mut other, Details { locked: true, group: "shop".into(), ..Details::default() }, &plain);
        assert!(Arc::ptr_eq(&one.definition, &plain) && one.is_read && &*one.title == "One");
        assert!(!Arc::ptr_eq(&other.definition, &plain) && other.locked && &*other.definition.group == "shop");
        learn(&mut other, Details::default(), &plain);
        assert!(Arc::ptr_eq(&other.definition, &plain) && !other.locked);
    }

    #[test]
    fn what_a_machine_has_that_has_just_started_is_not_known_before_it_was_read() {
        let mut machine = Machine::default();
        learn(&mut machine, Details::default(), &Arc::default());
        enter(&mut machine, State::Running, StateReason::Booted, 1);
        assert!(!machine.is_read);
        learn(&mut machine, Details::default(), &Arc::default());
        enter(&mut machine, State::Paused, StateReason::ByUser, 2);
        enter(&mut machine, State::Off, StateReason::ShutDown, 3);
        assert!(machine.is_read, "it had it already, or has nothing any more");
    }

    #[test]
    fn a_stop_is_remembered_with_its_reason_and_time() {
        let mut machine = Machine { state: State::Running, memory_used: 5, stalled: true, ..Machine::default() };
        enter(&mut machine, State::Off, StateReason::Crashed, 42);
        assert_eq!((machine.last_stop, machine.last_stop_time), (StateReason::Crashed, 42));
        assert_eq!((machine.memory_used, machine.stalled), (0, false));
    }

    #[test]
    fn a_start_that_was_seen_has_its_time_also_when_it_is_over_and_one_that_was_not_has_none() {
        let mut machine = Machine::default();
        enter(&mut machine, State::Running, StateReason::Booted, 7);
        enter(&mut machine, State::Paused, StateReason::ByUser, 8);
        enter(&mut machine, State::Off, StateReason::ShutDown, 9);
        assert_eq!((machine.last_start_time, machine.last_stop_time), (7, 9));
        merge(&mut machine, &Listed { state: State::Running, ..Listed::default() }, StateReason::Booted);
        assert_eq!(machine.last_start_time, 0);
    }

    #[test]
    fn an_agent_is_silent_once_its_machine_is_off_and_none_without_a_channel() {
        let mut machine = Machine { state: State::Running, agent: GuestAgent::Silent, ..Machine::default() };
        hear_agent(&mut machine, true);
        assert_eq!(machine.agent, GuestAgent::Connected);
        enter(&mut machine, State::Off, StateReason::ShutDown, 1);
        assert_eq!(machine.agent, GuestAgent::Silent);
        learn(&mut machine, Details { agent: GuestAgent::None, ..Details::default() }, &Arc::default());
        hear_agent(&mut machine, false);
        assert_eq!(machine.agent, GuestAgent::None);
    }

    #[test]
    fn why_a_machine_stopped_before_the_service_started_is_known_but_not_when() {
        let mut machine = Machine::default();
        let listed = Listed { state: State::Off, reason: StateReason::Crashed, ..Listed::default() };
        merge(&mut machine, &listed, StateReason::Crashed);
        assert_eq!((machine.last_stop, machine.last_stop_time), (StateReason::Crashed, 0));
    }
}
