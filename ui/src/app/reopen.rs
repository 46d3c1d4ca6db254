//! The end of the application and its next start: windows of machines are opened again, and that machines run on is told.

use iced::Task;

use super::{App, Message, Window};
use client::{host::Address, settings::When, t};

use crate::model::Key;

impl App {
    /// Opens what was open, as soon as it is known; what is gone is forgotten. Costs nothing when nothing waits.
    pub(super) fn reopen(&mut self) -> Task<Message> {
        let (mut found, mut waiting) = (Vec::new(), Vec::new());
        for (host, machine) in std::mem::take(&mut self.unopened) {
            let Some(known) = self.model.host(&host) else { continue };
            match machine.parse().ok().map(|machine| known.key(machine)) {
                Some(key) if known.machines.contains_key(&key.machine) => found.push(key),
                // A host that did not answer yet may still have it.
                Some(_) if !known.is_listed => waiting.push((host, machine)),
                _ => {
                    self.layout.machines.remove(&machine);
                }
            }
        }
        self.unopened = waiting;
        let tasks: Vec<_> = found.into_iter().map(|key| self.open_machine(key)).collect();
        Task::batch(tasks)
    }

    /// Remembers which windows are open, those that are still waited for included; also on disk, because a session may end
    /// without a word.
    pub(super) fn remember_open(&mut self) {
        if !self.reopens {
            return;
        }
        let open = self.windows.values().filter_map(|window| match window {
            Window::Machine(key, _) => Some((key.host.to_string(), key.machine.to_string())),
            Window::Main => None,
        });
        let open: Vec<_> = open.chain(self.unopened.iter().cloned()).collect();
        if open != self.layout.open {
            self.layout.open = open;
            self.save_layout();
        }
    }

    /// What to tell when the last window is closed while machines of this computer run, if settings want that.
    pub(super) fn running_on(&self) -> Option<(String, String)> {
        if self.is_demo || self.settings.notify.running_on == When::Off {
            return None;
        }
        self.machines_that_run_on()
    }

    pub(super) fn machines_that_run_on(&self) -> Option<(String, String)> {
        let here = self.model.hosts().iter().filter(|host| host.is_live() && is_here(&host.host.address));
        let names: Vec<&str> =
            here.flat_map(|host| host.machines.values()).filter(|machine| machine.is_active()).map(client::Machine::label).collect();
        (!names.is_empty()).then(|| (t!("running-on", count = names.len()), names.join(", ")))
    }

    /// A machine is gone, and what was remembered of its window with it.
    pub(super) fn forget(&mut self, key: &Key) {
        self.layout.machines.remove(&key.machine.to_string());
        self.unopened.retain(|(host, machine)| *host != *key.host || *machine != key.machine.to_string());
    }
}

/// Whether machines of a host stop when this computer does.
const fn is_here(address: &Address) -> bool {
    matches!(address, Address::System | Address::Session | Address::Demo)
}
