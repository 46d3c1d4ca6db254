//! Acts that can be undone: what a call changes is looked up before it is made, and the calls that change it back are kept.

use client::{
    HostDevice, Metadata,
    device::{Devices, VFIO},
    host::Id,
    t,
};
use iced::Task;

use super::{App, Message, attach, device, memory, other, tuning};
use crate::{
    action::{Call, Done, Way},
    model::{Key, Model},
};

/// Calls without an answer that are remembered.
const MOST: usize = 16;

/// A call whose answer is awaited, and what undoes it.
#[derive(Debug)]
pub(super) struct Pending {
    call: Call,
    words: String,
    back: Vec<Call>,
}

impl App {
    /// Before a call: remembers how things are.
    pub(super) fn prepare_undo(&mut self, call: &Call) {
        let back = inverse(&self.model, call);
        if back.is_empty() {
            return;
        }
        if self.pending.len() == MOST {
            self.pending.remove(0);
        }
        self.pending.push(Pending { words: words(&self.model, call), call: call.clone(), back });
    }

    /// After an answer: the act can be undone from now on, if it did anything.
    pub(super) fn keep_undo(&mut self, done: &Done) {
        if done.results.iter().all(|(_, result)| result.is_err()) {
            return;
        }
        let Some(place) = self.pending.iter().rposition(|pending| pending.call == done.call) else { return };
        let Pending { call, words, back } = self.pending.remove(place);
        let back = device::told(other::named(memory::counted(back, done), done), done);
        // What is seen in one place only tells itself; machines that went elsewhere do not.
        let is_told = matches!(&call, Call::Tags(..) | Call::Memory(..) | Call::Tune(..) | Call::Move(..) | Call::Device(..))
            || matches!(&call, Call::Attach(..) | Call::Detach(..) | Call::Other(..))
            || matches!(&call, Call::Metadata(_, changes) if changes.group.is_some());
        self.toasts.undoable(words, back, is_told);
    }

    /// Undoes the last act, and says what it was.
    pub(super) fn undo_last(&mut self) -> Task<Message> {
        match self.toasts.last_act() {
            Some((words, calls)) => {
                self.toasts.show(t!("toast-undone", what = words.as_str()), None);
                self.undo(calls)
            }
            None => {
                self.toasts.show(t!("toast-nothing-to-undo"), None);
                Task::none()
            }
        }
    }

    /// Makes calls that undo others, and cannot be undone themselves: one after the other, for some are only possible after another.
    pub(super) fn undo(&mut self, calls: Vec<Call>) -> Task<Message> {
        calls.into_iter().map(|call| self.call_for_good(call)).fold(Task::none(), Task::chain)
    }
}

/// The calls that change back what a call will change, as the machines are now. None for what cannot be undone that way.
fn inverse(model: &Model, call: &Call) -> Vec<Call> {
    let each = |keys: &[Key], back: &dyn Fn(&Key, &client::Machine) -> Option<Call>| -> Vec<Call> {
        keys.iter().filter_map(|key| back(key, model.machine(key)?)).collect()
    };
    match call {
        Call::Metadata(keys, changes) if changes.locked.is_none() => each(keys, &|key, machine| {
            let before = Metadata {
                title: changes.title.as_ref().map(|_| machine.title.clone()),
                description: changes.description.as_ref().map(|_| machine.description.clone()),
                tags: changes.tags.as_ref().map(|_| machine.tags.clone()),
                group: changes.group.as_ref().map(|_| machine.group.clone()),
                ..Metadata::default()
            };
            Some(Call::Metadata(vec![key.clone()], before))
        }),
        Call::Tags(keys, ..) => each(keys, &|key, machine| {
            let before = Metadata { tags: Some(machine.tags.clone()), ..Metadata::default() };
            Some(Call::Metadata(vec![key.clone()], before))
        }),
        Call::Autostart(keys, autostart) => {
            each(keys, &|key, machine| (machine.autostart != *autostart).then(|| Call::Autostart(vec![key.clone()], machine.autostart)))
        }
        Call::Memory(host, change) => memory::inverse(model, host, change).into_iter().collect(),
        Call::Tune(key, tune) => tuning::inverse(key, tune).into_iter().collect(),
        Call::Move(host, way, devices) => move_back(model, host, *way, devices).into_iter().collect(),
        Call::Device(host, change) => device::inverse(model, host, change).into_iter().collect(),
        Call::Attach(key, attachment) => attach::undo_attach(model, key, attachment).into_iter().collect(),
        Call::Detach(key, attachment) => attach::undo_detach(model, key, attachment),
        Call::Other(key, change) => other::inverse(model, key, change),
        Call::Rename(key, _) => each(std::slice::from_ref(key), &|key, machine| Some(Call::Rename(key.clone(), machine.name.clone()))),
        _ => Vec::new(),
    }
}

/// The devices that a call moves, and nothing that was there before, the other way.
fn move_back(model: &Model, host: &Id, way: Way, devices: &Devices) -> Option<Call> {
    let all = &model.host(host)?.devices;
    let named = |device: &&HostDevice| devices.addresses.contains(&device.address);
    let groups: Vec<Option<u32>> = all.iter().filter(named).map(|device| device.group).collect();
    let is_meant = |device: &&HostDevice| named(device) || (devices.whole_groups && device.can_move && groups.contains(&device.group));
    let moves = |device: &&HostDevice| (device.driver == VFIO) == (way == Way::GiveBack);
    let addresses: Vec<String> = all.iter().filter(is_meant).filter(moves).map(|device| device.address.clone()).collect();
    // What was reserved once may be again, reset or not.
    let (way, allows_no_reset) = if way == Way::Take { (Way::GiveBack, false) } else { (Way::Take, true) };
    (!addresses.is_empty()).then(|| Call::Move(host.clone(), way, Devices { addresses, whole_groups: false, allows_no_reset }))
}

/// What an act was, for a toast.
fn words(model: &Model, call: &Call) -> String {
    let machines = |keys: &[Key]| match keys {
        [key] => crate::dialog::label(model, key),
        keys => t!("group-machines", count = keys.len()),
    };
    match call {
        Call::Metadata(keys, changes) => match &changes.group {
            Some(group) if group.is_empty() => t!("act-no-group", machines = machines(keys)),
            Some(group) => t!("act-group", machines = machines(keys), group = group.replace('/', " / ")),
            None if changes.title.is_some() => t!("act-title", machines = machines(keys)),
            None => t!("act-notes", machines = machines(keys)),
        },
        Call::Tags(keys, ..) => t!("act-tags", machines = machines(keys)),
        Call::Autostart(keys, _) => t!("act-autostart", machines = machines(keys)),
        Call::Memory(_, change) => memory::words(change),
        Call::Tune(key, tune) => tuning::words(&crate::dialog::label(model, key), &tune.change),
        Call::Move(host, way, devices) => {
            let back = move_back(model, host, *way, devices);
            let Some(Call::Move(_, _, Devices { addresses, .. })) = &back else { return String::new() };
            let devices = crate::dialog::moving::in_words(model, host, addresses);
            if *way == Way::Take { t!("act-bind", devices = devices) } else { t!("act-release", devices = devices) }
        }
        Call::Device(host, change) => device::words(model, host, change),
        Call::Attach(key, attachment) => attach::words(model, key, attachment, true),
        Call::Detach(key, attachment) => attach::words(model, key, attachment, false),
        Call::Other(key, change) => other::words(model, key, change),
        Call::Rename(key, name) => t!("act-rename", machine = crate::dialog::label(model, key), name = name.as_str()),
        _ => String::new(),
    }
}

#[cfg(test)]
#[path = "undo_tests.rs"]
mod tests;
