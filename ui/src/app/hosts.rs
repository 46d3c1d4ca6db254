//! Which hosts are watched, and what they tell.

use std::hash::{Hash, Hasher};

use client::{Event, Host, Wanted, host::Id, t};
use iced::{Subscription, Task, window};
use tokio::sync::watch::{Receiver, Sender};

use super::{App, Message, Window, waiting::Waiting};
use crate::{
    command::Command,
    desktop::Activation,
    model::{Connection, HostModel, Key},
};

/// A host to watch; the same host stays watched, whatever is wanted of it.
struct Watched(Host, Receiver<Wanted>);

impl Hash for Watched {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
        self.0.address.hash(state);
    }
}

impl App {
    /// Makes the hosts those of this list; watches those that connect by themselves.
    pub(crate) fn set_hosts(&mut self, hosts: Vec<Host>) {
        self.wanted.retain(|id, (known, _)| hosts.iter().any(|host| host.id == *id && host.address == known.address));
        // One that somebody disconnected stays so while others change.
        let is_new =
            |host: &&Host| self.model.host(&host.id).is_none_or(|known| !known.host.auto_connect || known.host.address != host.address);
        let wanted: Vec<Host> = hosts.iter().filter(|host| host.auto_connect).filter(is_new).cloned().collect();
        for host in &wanted {
            self.connect(host);
        }
        self.recall.forget_all_but(self.model.hosts().iter().map(|known| &known.host), &hosts);
        self.model.set_hosts(hosts);
    }

    pub(crate) fn connect(&mut self, host: &Host) {
        let (interval, figures) = (self.interval(), self.settings.figures.wanted());
        let wanted = Wanted { interval, figures, attempt: 0 };
        self.wanted.entry(host.id.clone()).or_insert_with(|| (host.clone(), Sender::new(wanted)));
    }

    pub(crate) fn disconnect(&mut self, id: &Id) {
        self.wanted.remove(id);
        self.model.apply(id, Event::Lost(client::Problem::Ended(String::new()), 0));
    }

    /// Tries all hosts that are lost at once.
    pub(crate) fn reconnect(&mut self) {
        for (_, wanted) in self.wanted.values() {
            wanted.send_modify(|wanted| wanted.attempt += 1);
        }
    }

    pub(super) fn watch_hosts(&self) -> Subscription<Message> {
        Subscription::batch(self.wanted.values().map(|(host, wanted)| {
            Subscription::run_with(Watched(host.clone(), wanted.subscribe()), |watched| client::watch(watched.0.clone(), watched.1.clone()))
                .with(host.id.clone())
                .map(|(id, event)| Message::Host(id, event))
        }))
    }

    /// Milliseconds between two figures; none while nothing shows them.
    fn interval(&self) -> u32 {
        if !self.is_in_sight() || !self.settings.figures.is_any() { 0 } else { self.settings.figures.interval.clamp(1, 60) * 1000 }
    }

    pub(crate) fn tell_interval(&self) {
        let (interval, figures) = (self.interval(), self.settings.figures.wanted());
        for (_, wanted) in self.wanted.values() {
            wanted.send_if_modified(|wanted| {
                let is_other = (wanted.interval, wanted.figures) != (interval, figures);
                (wanted.interval, wanted.figures) = (interval, figures);
                is_other
            });
        }
    }

    pub(super) fn happened(&mut self, id: &Id, event: Event) -> Task<Message> {
        let is_list = matches!(event, Event::Machines(_));
        let removed = match &event {
            Event::MachineRemoved(machine) => Some(Key { host: id.clone(), machine: *machine }),
            _ => None,
        };
        self.tell_interval();
        let look = Task::batch([self.look_after(&event), self.heard_list(id, &event)]);
        self.recall_list(id, &event);
        if let Event::JobEnded(job, outcome) = &event {
            self.toasts.job_ended(&self.model, id, job, outcome);
        }
        self.model.apply(id, event);
        let action = self.main.model_changed(&self.model, &self.settings, &self.layout);
        let changed = self.act_main(action);
        let machines = self.machines_changed();
        let closed = removed.map_or_else(Task::none, |key| self.close_machine(&key));
        let reopened = if is_list && !self.unopened.is_empty() { self.reopen() } else { Task::none() };
        let shown = self.show_unseen();
        Task::batch([changed, machines, closed, reopened, shown, look])
    }

    /// Tells the machines' own windows.
    pub(crate) fn machines_changed(&mut self) -> Task<Message> {
        let mut actions = Vec::new();
        for (id, window) in &mut self.windows {
            if let Window::Machine(_, screen) = window {
                actions.push((*id, screen.model_changed(&self.model, &self.settings)));
            }
        }
        Task::batch(actions.into_iter().map(|(id, action)| self.act(id, action)).collect::<Vec<_>>())
    }

    fn close_machine(&mut self, key: &Key) -> Task<Message> {
        self.forget(key);
        let window = self.windows.iter().find(|(_, window)| matches!(window, Window::Machine(other, _) if other == key));
        window.map_or_else(Task::none, |(id, _)| window::close(*id))
    }

    /// Opens the machine that the command line or another process named, as soon as it is known; with its log if that was wanted. Says
    /// so if there is none.
    pub(crate) fn show_unseen(&mut self) -> Task<Message> {
        let Some(Activation::Machine(wanted) | Activation::Log(wanted)) = &self.unseen else { return Task::none() };
        let found = self
            .model
            .machines()
            .find(|(_, machine)| machine.name == *wanted || machine.id.to_string() == *wanted)
            .map(|(host, machine)| host.key(machine.id));
        let Some(key) = found else {
            let words = self.is_nowhere(wanted);
            if let Some(words) = words {
                self.unseen = None;
                self.toasts.warn(words);
            }
            return Task::none();
        };
        let wants_log = matches!(self.unseen.take(), Some(Activation::Log(_)));
        let opened = self.open_machine(key.clone());
        if wants_log {
            self.waiting.push_back(Waiting::Log(key));
        }
        opened
    }

    /// What to say of a machine that nobody has; nothing while a host may still list it.
    fn is_nowhere(&self, wanted: &str) -> Option<String> {
        let is_asked = |host: &&HostModel| host.connection != Connection::Off || self.wanted.contains_key(&host.host.id);
        let hosts: Vec<&HostModel> = self.model.hosts().iter().filter(is_asked).collect();
        let is_away = |host: &&HostModel| matches!(host.connection, Connection::Lost(..)) || host.libvirt_problem.is_some();
        if !hosts.iter().any(|host| host.is_listed) || !hosts.iter().all(|host| host.is_listed || is_away(host)) {
            return None;
        }
        let key = if hosts.iter().any(|host| !host.is_listed) { "unseen-not-there" } else { "unseen-nowhere" };
        Some(t!(key, name = wanted))
    }

    /// Another process asks for the window, a machine or the settings.
    pub(super) fn activated(&mut self, activation: Activation) -> Task<Message> {
        let shown = match self.main_window() {
            Some(id) => window::gain_focus(id),
            None => self.open_main(),
        };
        let then = match activation {
            Activation::Show => Task::none(),
            activation @ (Activation::Machine(_) | Activation::Log(_)) => {
                self.tour.give_way();
                self.unseen = Some(activation);
                self.show_unseen()
            }
            Activation::Settings => self.main_window().map_or_else(Task::none, |id| self.command(id, Command::Settings, None)),
        };
        Task::batch([shown, then])
    }
}
