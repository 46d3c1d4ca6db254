//! What is still to be told: each thing once and as it is now, however often it changed meanwhile.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;
use uuid::Uuid;

use super::known::Known;
use crate::{Event, Job, Outcome, Sampled};

/// Changes are told at once, and those that follow this much later at the earliest.
const WINDOW: Duration = Duration::from_millis(25);
/// As much is added to the window for each event, so that a storm over a thousand machines is two thousand events a second.
const PER_EVENT: Duration = Duration::from_micros(500);
/// Jobs that ended and were not told; of more only the newest are.
const MOST_ENDED: usize = 4096;

/// What is still to be told.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queue: VecDeque<Event>,
    machines: BTreeSet<Uuid>,
    jobs: BTreeSet<String>,
    ended: VecDeque<(Job, Outcome)>,
    host: bool,
    pages: bool,
    topology: bool,
    at_boot: bool,
    devices: bool,
    others: bool,
    libvirt: Option<Option<String>>,
    sampled: Option<Sampled>,
    /// When changes may be told again; `None` for at once.
    quiet_until: Option<Instant>,
}

impl Outbox {
    /// Something that is told as it is and in its place.
    pub fn push(&mut self, event: Event) {
        self.queue.push_back(event);
    }

    /// A list of all machines: what was to be told of a single one is in it.
    pub fn push_machines(&mut self, event: Event) {
        self.machines.clear();
        // So is what nobody has taken yet.
        self.queue.retain(|waiting| !matches!(waiting, Event::Machine(_) | Event::MachineRemoved(_)));
        self.push(event);
    }

    pub fn machine(&mut self, id: Uuid) {
        self.machines.insert(id);
    }

    pub fn job(&mut self, id: &str) {
        self.jobs.insert(id.to_owned());
    }

    pub fn job_ended(&mut self, job: Job, outcome: Outcome) {
        if self.ended.len() >= MOST_ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back((job, outcome));
    }

    pub const fn host(&mut self) {
        self.host = true;
    }

    /// Huge pages, or what else shapes the memory.
    pub const fn pages(&mut self) {
        self.pages = true;
    }

    pub const fn topology(&mut self) {
        self.topology = true;
    }

    pub const fn at_boot(&mut self) {
        self.at_boot = true;
    }

    pub const fn devices(&mut self) {
        self.devices = true;
    }

    /// What is no PCI card.
    pub const fn others(&mut self) {
        self.others = true;
    }

    pub fn libvirt(&mut self, problem: Option<String>) {
        self.libvirt = Some(problem);
    }

    /// Older figures that nobody took are replaced.
    pub fn sampled(&mut self, sampled: Sampled) {
        self.sampled = Some(sampled);
    }

    fn has_changes(&self) -> bool {
        let is_silent = self.machines.is_empty() && self.jobs.is_empty() && self.ended.is_empty();
        !is_silent || self.host || self.pages || self.topology || self.at_boot || self.devices || self.others || self.libvirt.is_some()
    }

    /// Whether there is something to tell now.
    pub fn is_ready(&self, now: Instant) -> bool {
        let is_time = self.quiet_until.is_none_or(|until| until <= now);
        !self.queue.is_empty() || self.sampled.is_some() || (is_time && self.has_changes())
    }

    /// When there will be something to tell, if there is but not yet.
    pub fn waits_until(&self) -> Option<Instant> {
        self.quiet_until.filter(|_| self.queue.is_empty() && self.has_changes())
    }

    /// The next event, if [`Self::is_ready`].
    pub fn next(&mut self, known: &Known, now: Instant) -> Option<Event> {
        let is_time = self.quiet_until.is_none_or(|until| until <= now);
        if self.queue.is_empty() && is_time && self.has_changes() {
            self.collect(known);
            let events = u32::try_from(self.queue.len()).unwrap_or(u32::MAX);
            self.quiet_until = now.checked_add(WINDOW + PER_EVENT.saturating_mul(events));
        }
        let sampled = || self.sampled.take().map(|sampled| Event::Sampled(Arc::new(sampled)));
        self.queue.pop_front().or_else(sampled)
    }

    /// Turns all changes into events, whatever the time.
    pub fn collect(&mut self, known: &Known) {
        self.queue.extend(self.libvirt.take().map(Event::Libvirt));
        if std::mem::take(&mut self.host) {
            self.queue.push_back(Event::Host(Box::new(known.host.clone())));
        }
        if std::mem::take(&mut self.topology) {
            self.queue.push_back(Event::Topology(known.memory.topology.clone()));
        }
        if std::mem::take(&mut self.pages) {
            self.queue.push_back(Event::HugePages(known.memory.pages.clone()));
        }
        if std::mem::take(&mut self.at_boot) {
            self.queue.push_back(Event::AtBoot(known.memory.at_boot.clone()));
        }
        if std::mem::take(&mut self.devices) {
            self.queue.push_back(Event::Devices(Arc::new(known.devices.values().cloned().collect())));
        }
        if std::mem::take(&mut self.others) {
            self.queue.push_back(Event::OtherDevices(Arc::clone(&known.others)));
        }
        for id in std::mem::take(&mut self.machines) {
            self.queue.push_back(match known.machines.get(&id) {
                Some(machine) => Event::Machine(Box::new(machine.clone())),
                None => Event::MachineRemoved(id),
            });
        }
        for (job, outcome) in std::mem::take(&mut self.ended) {
            // Nobody has heard of it if it began just now.
            if self.jobs.remove(&job.id) {
                self.queue.push_back(Event::Job(job.clone()));
            }
            self.queue.push_back(Event::JobEnded(job, outcome));
        }
        for id in std::mem::take(&mut self.jobs) {
            self.queue.extend(known.job(&id).cloned().map(Event::Job));
        }
    }

    /// The next event without any waiting, after [`Self::collect`].
    pub fn pop(&mut self) -> Option<Event> {
        self.queue.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Machine;

    fn known(machines: usize) -> Known {
        let mut known = Known::default();
        for number in 0..machines {
            let id = Uuid::from_u128(number as u128);
            known.machines.insert(id, Machine { id, ..Machine::default() });
        }
        known
    }

    #[test]
    fn a_machine_that_changed_a_thousand_times_is_told_once_and_at_once() {
        let (known, mut outbox, now) = (known(1), Outbox::default(), Instant::now());
        (0..1000).for_each(|_| outbox.machine(Uuid::nil()));
        assert!(outbox.is_ready(now));
        assert!(matches!(outbox.next(&known, now), Some(Event::Machine(_))));
        assert!(outbox.next(&known, now).is_none());
        outbox.machine(Uuid::nil());
        assert!(!outbox.is_ready(now), "the next one waits");
        assert!(outbox.is_ready(outbox.waits_until().unwrap()));
    }

    #[test]
    fn nothing_is_waited_for_when_nothing_changed() {
        let (known, mut outbox, now) = (known(1), Outbox::default(), Instant::now());
        outbox.machine(Uuid::nil());
        outbox.next(&known, now);
        assert_eq!(outbox.waits_until(), None);
    }

    #[test]
    fn a_storm_over_a_thousand_machines_slows_down() {
        let (known, mut outbox, mut now) = (known(1000), Outbox::default(), Instant::now());
        let (started, mut told) = (now, 0);
        while now < started + Duration::from_secs(2) {
            (0..1000).for_each(|number| outbox.machine(Uuid::from_u128(number)));
            while outbox.next(&known, now).is_some() {
                told += 1;
            }
            now += Duration::from_millis(10);
        }
        assert!((1000..=5000).contains(&told), "{told}");
    }

    #[test]
    fn a_list_says_what_single_machines_would() {
        let (known, mut outbox, now) = (known(2), Outbox::default(), Instant::now());
        outbox.machine(Uuid::nil());
        outbox.push_machines(Event::Machines(Arc::default()));
        assert!(matches!(outbox.next(&known, now), Some(Event::Machines(_))));
        assert!(outbox.next(&known, now).is_none());
    }

    #[test]
    fn a_job_that_began_and_ended_is_told_in_that_order() {
        let (known, mut outbox, now) = (known(0), Outbox::default(), Instant::now());
        let job = Job { id: "7".into(), ..Job::default() };
        outbox.job("7");
        outbox.job_ended(job, Outcome { error: None });
        assert!(matches!(outbox.next(&known, now), Some(Event::Job(_))));
        assert!(matches!(outbox.next(&known, now), Some(Event::JobEnded(..))));
    }
}
