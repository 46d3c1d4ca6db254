//! What is known of the hosts, and what of it is news.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use client::{
    Client, Condition, Event, Host, Job, LeftBehind, Machine, Outcome, Problem, Sampled, State as MachineState, StateReason, Uuid,
    hand_over::HandOver, host,
};

use crate::{
    news::{News, What},
    screen::Screens,
    text,
    watch::Number,
};

/// As much of a machine as menus and notifications tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The machine.
    pub id: Uuid,
    /// Title or name, fit to be shown.
    pub label: String,
    /// What it is shown as.
    pub condition: Condition,
    /// What it does.
    pub state: MachineState,
    /// Why.
    pub reason: StateReason,
    /// It has a running QEMU.
    pub is_active: bool,
    /// Locked against stop and delete.
    pub is_locked: bool,
    /// Its QEMU does not answer.
    pub is_stalled: bool,
    /// Whether it has the screen of its host.
    pub hand_over: Option<HandOver>,
}

impl From<&Machine> for Known {
    fn from(machine: &Machine) -> Self {
        let name = text::plain(machine.label(), text::NAME);
        Self {
            id: machine.id,
            // A title of nothing but hidden characters is none.
            label: if name.is_empty() { text::plain(&machine.name, text::NAME) } else { name },
            condition: machine.condition(),
            state: machine.state,
            reason: machine.reason,
            is_active: machine.is_active(),
            is_locked: machine.is_locked,
            is_stalled: machine.is_stalled,
            hand_over: machine.hand_over.clone(),
        }
    }
}

impl Known {
    /// It ended, or its guest did, and nobody asked for that.
    #[must_use]
    pub const fn is_crashed(&self) -> bool {
        matches!(self.condition, Condition::Crashed)
            || matches!(self.state, MachineState::Off) && matches!(self.reason, StateReason::Crashed | StateReason::Failed)
    }

    /// It stands still until somebody does something about the host's disk, or about the guest.
    #[must_use]
    pub const fn is_at_standstill(&self) -> bool {
        matches!(self.state, MachineState::Paused)
            && matches!(self.reason, StateReason::IoError | StateReason::DiskFull | StateReason::Watchdog)
    }
}

/// How a host is reached just now.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Link {
    /// A connection is being made.
    #[default]
    Connecting,
    /// The service answers.
    Connected,
    /// It does not.
    Lost(Problem),
}

/// What is known of one host.
#[derive(Debug)]
pub struct HostState {
    /// Which.
    pub host: Host,
    /// What events come over.
    pub connection: Number,
    /// For calls.
    pub client: Option<Client>,
    /// How it is reached just now.
    pub link: Link,
    /// Why libvirt below the service is away.
    pub libvirt: Option<String>,
    /// Its machines.
    pub machines: BTreeMap<Uuid, Known>,
    /// Long work that goes on.
    pub jobs: BTreeMap<String, Job>,
    /// The last figures, while they are wanted.
    pub sampled: Option<Arc<Sampled>>,
    /// The computer's name and bytes of memory, if they are known.
    pub facts: (String, u64),
    /// Devices that a change could neither give nor put back.
    pub left: Vec<LeftBehind>,
    /// Machines that crashed and that nobody has looked after.
    pub unseen: HashSet<Uuid>,
    /// In which order the menu shows machines.
    pub order: Vec<Uuid>,
    /// Turns with each new order.
    pub turn: bool,
    /// How busy they were when the menu was looked at last, in percent.
    pub busy: HashMap<Uuid, u32>,
    /// Larger is later: when a machine changed while we watched.
    pub changed: HashMap<Uuid, u64>,
    /// Machines that have the screen of the host.
    pub screens: Screens,
    clock: u64,
    /// All is known, so that what comes now is news.
    is_settled: bool,
}

impl HostState {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(host: Host) -> Self {
        Self {
            host,
            connection: 0,
            client: None,
            link: Link::default(),
            libvirt: None,
            machines: BTreeMap::new(),
            jobs: BTreeMap::new(),
            sampled: None,
            facts: (String::new(), 0),
            left: Vec::new(),
            unseen: HashSet::new(),
            order: Vec::new(),
            turn: false,
            busy: HashMap::new(),
            changed: HashMap::new(),
            screens: Screens::default(),
            clock: 0,
            is_settled: false,
        }
    }

    /// Whether calls can succeed.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.link == Link::Connected && self.libvirt.is_none()
    }

    /// How many have a running QEMU.
    #[must_use]
    pub fn active(&self) -> usize {
        self.machines.values().filter(|machine| machine.is_active).count()
    }

    /// Takes an event and says what is new to a person.
    pub fn apply(&mut self, event: Event) -> Vec<News> {
        match event {
            Event::Connecting => {
                // A host that was lost stays lost until it answers, else the menu would flicker with each attempt.
                if !matches!(self.link, Link::Lost(_)) {
                    self.link = Link::Connecting;
                }
                Vec::new()
            }
            Event::Connected(client, _) => {
                self.client = Some(client);
                self.libvirt = None;
                self.is_settled = false;
                self.jobs.clear();
                self.found()
            }
            Event::Lost(problem, _) => self.lose(problem),
            Event::Machines(machines) => self.replace(&machines),
            Event::Machine(machine) => self.change(&machine),
            Event::MachineRemoved(id) => {
                self.forget(id);
                Vec::new()
            }
            Event::Job(job) => {
                self.jobs.insert(job.id.clone(), job);
                Vec::new()
            }
            Event::JobEnded(job, outcome) => self.end_job(job, outcome).into_iter().collect(),
            Event::Host(facts) => {
                self.facts = (text::plain(&facts.hostname, text::NAME), facts.memory);
                let before = std::mem::replace(&mut self.left, facts.left);
                // Also what was there before we came: it waits for somebody.
                let new = self.left.iter().filter(|left| !before.contains(left));
                new.map(|left| self.news(What::LeftBehind(left.clone()))).collect()
            }
            // Devices are the window's.
            Event::Devices(_) | Event::OtherDevices(_) => Vec::new(),
            Event::Libvirt(problem) => self.set_libvirt(problem),
            Event::Sampled(sampled) => {
                self.sampled = Some(sampled);
                Vec::new()
            }
            // Nothing of it is shown here.
            Event::Topology(_) | Event::HugePages(_) | Event::AtBoot(_) => Vec::new(),
        }
    }

    fn found(&mut self) -> Vec<News> {
        let was_lost = matches!(self.link, Link::Lost(_));
        self.link = Link::Connected;
        if was_lost { vec![self.news(What::HostBack)] } else { Vec::new() }
    }

    fn lose(&mut self, problem: Problem) -> Vec<News> {
        let was_connected = self.link == Link::Connected;
        self.client = None;
        self.sampled = None;
        self.is_settled = false;
        self.jobs.clear();
        self.link = Link::Lost(problem.clone());
        if was_connected { vec![self.news(What::HostLost(problem))] } else { Vec::new() }
    }

    fn set_libvirt(&mut self, problem: Option<String>) -> Vec<News> {
        let before = std::mem::replace(&mut self.libvirt, problem);
        match (before, &self.libvirt) {
            (None, Some(problem)) if self.is_settled => vec![self.news(What::LibvirtLost(problem.clone()))],
            (Some(_), None) => vec![self.news(What::HostBack)],
            _ => Vec::new(),
        }
    }

    /// The list comes twice after a connection, and again when very much changed at once.
    fn replace(&mut self, machines: &[Machine]) -> Vec<News> {
        let kept: HashSet<Uuid> = machines.iter().map(|machine| machine.id).collect();
        for id in self.machines.keys().copied().filter(|id| !kept.contains(id)).collect::<Vec<_>>() {
            self.forget(id);
        }
        let news = machines.iter().flat_map(|machine| self.change(machine)).collect();
        self.is_settled = self.link == Link::Connected && machines.iter().all(|machine| machine.is_detailed);
        news
    }

    fn change(&mut self, machine: &Machine) -> Vec<News> {
        let now = Known::from(machine);
        // The short list knows nothing of screens.
        let screen = if machine.is_detailed { self.screens.take(&now, self.is_settled) } else { None };
        let screen = screen.map(|what| self.machine_news(&now, what));
        self.change_state(&now).into_iter().chain(screen).collect()
    }

    /// Trials that run out at this time (µs since the epoch).
    pub fn trials(&mut self, now: u64) -> Vec<News> {
        let due = self.screens.due(now);
        due.iter().filter_map(|(id, seconds)| Some(self.machine_news(self.machines.get(id)?, What::TrialEnds(*seconds)))).collect()
    }

    fn change_state(&mut self, now: &Known) -> Option<News> {
        let before = self.machines.insert(now.id, now.clone());
        if !now.is_crashed() {
            self.unseen.remove(&now.id);
        }
        let before = before?;
        if before.condition == now.condition && before.reason == now.reason {
            return None;
        }
        self.clock += 1;
        self.changed.insert(now.id, self.clock);
        if !self.is_settled {
            return None;
        }
        if now.is_crashed() && before.is_active && !before.is_crashed() {
            self.unseen.insert(now.id);
            return Some(self.machine_news(now, What::Crashed(now.reason)));
        }
        (now.is_at_standstill() && !before.is_at_standstill()).then(|| self.machine_news(now, What::Standstill(now.reason)))
    }

    fn forget(&mut self, id: Uuid) {
        self.machines.remove(&id);
        self.changed.remove(&id);
        self.busy.remove(&id);
        self.unseen.remove(&id);
        self.screens.forget(id);
    }

    fn end_job(&mut self, job: Job, outcome: Outcome) -> Option<News> {
        self.jobs.remove(&job.id);
        let machine = match job.machines.as_slice() {
            [only] => self.machines.get(only).cloned(),
            _ => None,
        };
        let what = match outcome.error {
            Some(error) => What::JobFailed(job, error),
            None => What::JobFinished(job),
        };
        Some(match machine {
            Some(machine) => self.machine_news(&machine, what),
            None => self.news(what),
        })
    }

    fn news(&self, what: What) -> News {
        News { host: self.host.id.clone(), machine: None, what }
    }

    fn machine_news(&self, machine: &Known, what: What) -> News {
        News { host: self.host.id.clone(), machine: Some((machine.id, machine.label.clone())), what }
    }
}

/// What is known of all hosts.
#[derive(Debug, Default)]
pub struct State {
    /// In the order of the settings.
    pub hosts: Vec<HostState>,
}

impl State {
    /// These are the hosts now, each with its connection. Returns those that are gone, or are to be found anew over another
    /// connection.
    pub fn set_hosts(&mut self, hosts: impl IntoIterator<Item = (Host, Number)>) -> Vec<host::Id> {
        let mut before = std::mem::take(&mut self.hosts);
        for (host, connection) in hosts {
            let known = before.iter().position(|known| known.host.id == host.id && known.connection == connection);
            let state = known.map_or_else(|| HostState::new(host.clone()), |place| before.swap_remove(place));
            self.hosts.push(HostState { host, connection, ..state });
        }
        before.into_iter().map(|gone| gone.host.id).collect()
    }

    /// A host.
    #[must_use]
    pub fn host(&self, id: &host::Id) -> Option<&HostState> {
        self.hosts.iter().find(|host| host.host.id == *id)
    }

    /// A machine's label, empty if it is gone.
    #[must_use]
    pub fn label(&self, target: &crate::action::Target) -> String {
        self.host(&target.host).and_then(|host| host.machines.get(&target.machine)).map_or_else(String::new, |known| known.label.clone())
    }

    /// Whether a machine crashed that nobody has looked after.
    #[must_use]
    pub fn wants_attention(&self) -> bool {
        self.hosts.iter().any(|host| !host.unseen.is_empty())
    }

    /// Somebody looks after this machine, or after all.
    pub fn seen(&mut self, target: Option<&crate::action::Target>) {
        for host in &mut self.hosts {
            match target {
                None => host.unseen.clear(),
                Some(target) if target.host == host.host.id => {
                    host.unseen.remove(&target.machine);
                }
                Some(_) => {}
            }
        }
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
