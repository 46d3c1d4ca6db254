//! The machines' own windows that were open when the application ended are opened again.

use iced::Task;

use super::{App, Message, Window};
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

    pub(super) fn save_layout(&self) {
        if !self.is_demo {
            self.layout.save();
        }
    }

    /// A machine is gone, and what was remembered of its window with it.
    pub(super) fn forget(&mut self, key: &Key) {
        self.layout.machines.remove(&key.machine.to_string());
        self.unopened.retain(|(host, machine)| *host != *key.host || *machine != key.machine.to_string());
    }
}
