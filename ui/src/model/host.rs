//! One host and what is known of it.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use client::{
    Client, Event, Host, HostDevice, HostFacts, Job, Machine, Point, Problem, Sampled, Service, Uuid, device::OtherDevices,
    hugepages::HugePages, topology::Topology, tuning::AtBoot,
};

use super::{
    Figures, History, Key,
    figures::{HOST, LENGTH},
};

/// How it stands with the connection to a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// Not asked for.
    #[default]
    Off,
    /// Being made.
    Connecting,
    /// The service answers.
    Connected(Service),
    /// Not reachable; tried again in so many seconds.
    Lost(Problem, u64),
}

/// One host and what is known of it.
#[derive(Debug)]
pub struct HostModel {
    /// Which one, and how it is reached.
    pub host: Host,
    /// How it stands.
    pub connection: Connection,
    /// The handle for calls, while connected.
    pub client: Option<Client>,
    /// Its machines.
    pub machines: BTreeMap<Uuid, Machine>,
    /// Whether the machines were listed once: none are none, not "not yet known".
    pub is_listed: bool,
    /// Long work that goes on.
    pub jobs: BTreeMap<String, Job>,
    /// Facts of the computer.
    pub facts: HostFacts,
    /// Its processors and NUMA nodes, where the service tells them.
    pub topology: Option<Arc<Topology>>,
    /// Its huge pages and what else shapes its memory, where the service tells it.
    pub pages: Option<Arc<HugePages>>,
    /// What it does at each start, where the service tells it.
    pub at_boot: Option<Arc<AtBoot>>,
    /// Its PCI devices, by address.
    pub devices: Arc<Vec<HostDevice>>,
    /// What of it is no PCI card.
    pub others: Arc<OtherDevices>,
    /// Why the service lost libvirt, if it has.
    pub libvirt_problem: Option<String>,
    /// When something was heard last, µs since the epoch.
    pub last_seen: u64,
    /// The last minute of each running machine, and of the host itself under [`HOST`].
    pub figures: HashMap<Uuid, Figures>,
    /// When they were measured, µs since the epoch.
    times: VecDeque<u64>,
    /// CPU in use, 0…1, and bytes of memory in use.
    pub load: Option<(f32, u64)>,
}

impl HostModel {
    /// A host of which nothing is known yet.
    #[must_use]
    pub fn new(host: Host) -> Self {
        Self {
            host,
            connection: Connection::Off,
            client: None,
            machines: BTreeMap::new(),
            is_listed: false,
            jobs: BTreeMap::new(),
            facts: HostFacts::default(),
            topology: None,
            pages: None,
            at_boot: None,
            devices: Arc::default(),
            others: Arc::default(),
            libvirt_problem: None,
            last_seen: 0,
            figures: HashMap::new(),
            times: VecDeque::new(),
            load: None,
        }
    }

    /// The key of one of its machines.
    #[must_use]
    pub fn key(&self, machine: Uuid) -> Key {
        Key { host: self.host.id.clone(), machine }
    }

    /// Whether what is shown is how it is now: else rows are dimmed and actions are off.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.connection, Connection::Connected(_)) && self.libvirt_problem.is_none()
    }

    /// The job that works on a machine.
    #[must_use]
    pub fn job_of(&self, machine: Uuid) -> Option<&Job> {
        self.jobs.values().find(|job| job.machines.contains(&machine))
    }

    /// The last minute of a machine, oldest first, with the times at which it was measured.
    pub fn minute(&self, machine: Uuid) -> impl Iterator<Item = (u64, Point)> {
        let figures = self.figures.get(&machine);
        let count = figures.map_or(0, |figures| figures.iter().len());
        let times = self.times.iter().skip(self.times.len().saturating_sub(count)).copied();
        times.zip(figures.into_iter().flat_map(|figures| figures.iter().copied()))
    }

    /// The same as a history that can be added to.
    #[must_use]
    pub fn history(&self, machine: Uuid) -> History {
        let mut history = History::default();
        history.extend(self.minute(machine));
        history
    }

    /// How many machines run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.machines.values().filter(|machine| machine.is_active()).count()
    }

    /// Takes an event in; whether the list of machines has to be made anew.
    pub(super) fn apply(&mut self, event: Event) -> bool {
        match event {
            Event::Connecting => self.connection = Connection::Connecting,
            Event::Connected(client, service) => {
                self.client = Some(client);
                self.libvirt_problem = None;
                self.jobs.clear();
                self.connection = Connection::Connected(service);
            }
            Event::Lost(problem, seconds) => self.lose(problem, seconds),
            Event::Machines(machines) => {
                self.seen();
                self.is_listed = true;
                self.machines = machines.iter().map(|machine| (machine.id, machine.clone())).collect();
                self.figures.retain(|id, _| *id == HOST || self.machines.contains_key(id));
            }
            Event::Machine(machine) => {
                self.seen();
                if !machine.is_active() {
                    self.figures.remove(&machine.id);
                }
                self.machines.insert(machine.id, *machine);
            }
            Event::MachineRemoved(id) => {
                self.machines.remove(&id);
                self.figures.remove(&id);
            }
            Event::Job(job) => {
                self.jobs.insert(job.id.clone(), job);
                return false;
            }
            Event::JobEnded(job, _) => {
                self.jobs.remove(&job.id);
                return false;
            }
            Event::Host(facts) => {
                self.facts = *facts;
                return false;
            }
            Event::Topology(topology) => return replace(&mut self.topology, topology),
            Event::HugePages(pages) => return replace(&mut self.pages, pages),
            Event::AtBoot(at_boot) => return replace(&mut self.at_boot, at_boot),
            // Places of the sidebar come and go with them.
            Event::Devices(devices) => self.devices = devices,
            Event::OtherDevices(others) => self.others = others,
            Event::Libvirt(problem) => {
                self.seen();
                self.libvirt_problem = problem;
            }
            Event::Sampled(sampled) => {
                self.sample(&sampled);
                return false;
            }
        }
        true
    }

    fn lose(&mut self, problem: Problem, seconds: u64) {
        self.client = None;
        self.load = None;
        self.jobs.clear();
        self.connection = Connection::Lost(problem, seconds);
    }

    fn seen(&mut self) {
        self.last_seen = super::now();
    }

    fn sample(&mut self, sampled: &Sampled) {
        self.last_seen = sampled.time;
        if self.times.len() == LENGTH {
            self.times.pop_front();
        }
        self.times.push_back(sampled.time);
        self.load = Some((sampled.host_cpu, sampled.host_memory_used));
        self.figures.entry(HOST).or_default().push(Point::of_host(sampled.host_cpu.into(), sampled.host_memory_used));
        for sample in &sampled.samples {
            self.figures.entry(sample.machine).or_default().push(sample.point);
        }
    }
}

/// Whether a part of the host came or went: then what the sidebar lists is another.
fn replace<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    std::mem::replace(place, value).is_some() != place.is_some()
}
