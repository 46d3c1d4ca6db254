//! What is known of a host, kept equal to what its service tells.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use dbus::{interface, machine::Summary, path};
use uuid::Uuid;
use zbus::{ObjectPath, Variant};

use super::{
    device, hand_over,
    memory::{Memory, borrowed},
    other,
    outbox::Outbox,
    record::{self, Progress},
    signal::{Change, Interfaces},
    value::bounded,
};
use crate::{Event, HostDevice, HostFacts, Job, Machine, Outcome, device::OtherDevices};

/// Machines of one host; what is beyond is not shown. Ten times what the service is made for.
const MOST_MACHINES: usize = 20_000;
/// PCI devices of one host.
const MOST_DEVICES: usize = 4096;
/// Jobs of one host.
const MOST_JOBS: usize = 4096;

/// What of a machine's object makes its record.
const OF_MACHINES: [&str; 3] = [interface::MACHINE, interface::DEVICE, interface::HAND_OVER];

/// What of a device's object makes its record.
const OF_DEVICES: [&str; 2] = [interface::HOST_DEVICE, interface::PASSTHROUGH];

/// What `GetManagedObjects` answers.
pub(super) type Objects<'a> = HashMap<ObjectPath<'a>, HashMap<&'a str, HashMap<&'a str, Variant<'a>>>>;

/// What is known of a host.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub machines: BTreeMap<Uuid, Machine>,
    jobs: BTreeMap<String, (Job, Progress)>,
    pub host: HostFacts,
    pub memory: Memory,
    pub devices: BTreeMap<String, HostDevice>,
    pub others: Arc<OtherDevices>,
    is_connected: bool,
    problem: String,
    /// How often something about libvirt was heard.
    pub root_changes: u64,
    /// What comes while a list is under way; it is applied after the list, which may be older or newer.
    backlog: Option<HashMap<String, Pending>>,
}

/// All that happened to one object, one after the other.
#[derive(Debug, Default)]
struct Pending {
    /// It came anew: what was known of it no longer holds.
    is_fresh: bool,
    is_gone: bool,
    interfaces: Interfaces,
    ended: Option<Outcome>,
}

impl Pending {
    fn add(&mut self, change: Change) {
        match change {
            Change::Changed(interface, properties) => self.interfaces.entry(interface).or_default().extend(properties),
            Change::Added(interfaces) => *self = Self { is_fresh: true, interfaces, ..Self::default() },
            Change::Removed => *self = Self { is_gone: true, ended: self.ended.take(), ..Self::default() },
            Change::Completed(outcome) => self.ended = Some(outcome),
        }
    }
}

impl Known {
    /// The job with this id.
    pub fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.get(id).map(|(job, _)| job)
    }

    /// What keeps libvirt away: `None` if nothing does, an empty word if that is not known yet.
    pub fn libvirt(&self) -> Option<&str> {
        if self.is_connected { None } else { Some(&self.problem) }
    }

    /// Takes a property of the root object.
    pub fn set_root(&mut self, property: &str, value: &Variant<'_>) {
        match (property, value) {
            ("Connected", Variant::Bool(is_connected)) => self.is_connected = *is_connected,
            ("ConnectionProblem", Variant::Str(problem)) => bounded(problem).clone_into(&mut self.problem),
            _ => {}
        }
    }

    /// Takes what happened to an object.
    pub fn take(&mut self, path: String, change: Change, outbox: &mut Outbox) {
        if let (Some(backlog), false) = (&mut self.backlog, path == path::ROOT) {
            let is_bounded = backlog.len() < MOST_MACHINES || backlog.contains_key(&path);
            if is_bounded {
                backlog.entry(path).or_default().add(change);
            }
            return;
        }
        let mut pending = Pending::default();
        pending.add(change);
        self.apply(&path, pending, outbox);
    }

    /// A list is asked for: from now on changes wait for it.
    pub fn begin_list(&mut self) {
        self.backlog.get_or_insert_default();
    }

    /// The list was not to be had: what waited for it is applied to what was known.
    pub fn end_list(&mut self, outbox: &mut Outbox) {
        for (path, pending) in self.backlog.take().unwrap_or_default() {
            self.apply(&path, pending, outbox);
        }
    }

    /// The short list is there.
    pub fn take_short(&mut self, summaries: &[Summary], outbox: &mut Outbox) {
        let machines = summaries.iter().take(MOST_MACHINES).filter_map(record::short);
        self.machines = machines.map(|machine| (machine.id, machine)).collect();
        self.tell_all(outbox);
    }

    /// The complete list is there.
    pub fn take_complete(&mut self, objects: &Objects<'_>, outbox: &mut Outbox) {
        self.machines.clear();
        self.jobs.clear();
        self.memory = Memory::default();
        self.devices.clear();
        self.others = Arc::default();
        for (path, interfaces) in objects {
            let properties = |name: &str| interfaces.get(name).into_iter().flatten().map(|(name, value)| (*name, value));
            if let Some(id) = path::machine_uuid(path.as_str()).filter(|_| interfaces.contains_key(interface::MACHINE)) {
                self.add_machine(id, OF_MACHINES.into_iter().flat_map(|name| qualified(name, properties(name))));
            } else if let Some(id) = job_id(path.as_str()).filter(|_| interfaces.contains_key(interface::JOB)) {
                self.change_job(&id, true, properties(interface::JOB));
                outbox.job(&id);
            } else if let Some(address) =
                path::host_device_address(path.as_str()).filter(|_| interfaces.contains_key(interface::HOST_DEVICE))
            {
                let can_move = interfaces.contains_key(interface::PASSTHROUGH);
                self.add_device(address, can_move, OF_DEVICES.into_iter().flat_map(properties));
            } else if path.as_str() == path::HOST {
                for (name, value) in properties(interface::HOST) {
                    record::set_host(&mut self.host, name, value);
                }
                for interface in [interface::HUGE_PAGES, interface::TOPOLOGY, interface::AT_BOOT]
                    .into_iter()
                    .filter(|name| interfaces.contains_key(name))
                {
                    self.memory.take(interface, properties(interface));
                }
                for interface in other::INTERFACES {
                    other::take(Arc::make_mut(&mut self.others), interface, properties(interface));
                }
            }
        }
        outbox.host();
        outbox.topology();
        outbox.pages();
        outbox.at_boot();
        outbox.devices();
        outbox.others();
        self.end_list(outbox);
        self.tell_all(outbox);
    }

    fn tell_all(&self, outbox: &mut Outbox) {
        outbox.push_machines(Event::Machines(Arc::new(self.machines.values().cloned().collect())));
    }

    fn apply(&mut self, path: &str, pending: Pending, outbox: &mut Outbox) {
        let properties = |name: &str| pending.interfaces.get(name).into_iter().flatten().map(|(name, value)| (name.as_str(), &**value));
        if let Some(id) = path::machine_uuid(path) {
            let has = |name: &str| pending.interfaces.contains_key(name);
            // An object that comes anew without its main interface is no machine.
            let is_there = has(interface::MACHINE) || (!pending.is_fresh && OF_MACHINES.into_iter().any(has));
            let all = || OF_MACHINES.into_iter().flat_map(|name| qualified(name, properties(name)));
            if self.change_machine(id, &pending, is_there.then(all)) {
                outbox.machine(id);
            }
        } else if let Some(id) = job_id(path) {
            if pending.interfaces.contains_key(interface::JOB) && self.change_job(&id, pending.is_fresh, properties(interface::JOB)) {
                outbox.job(&id);
            }
            if let Some(outcome) = pending.ended {
                self.end_job(id, outcome, outbox);
            } else if pending.is_gone {
                self.jobs.remove(&id);
            }
        } else if let Some(address) = path::host_device_address(path) {
            if self.change_device(address, &pending, OF_DEVICES.into_iter().flat_map(properties)) {
                outbox.devices();
            }
        } else if path == path::HOST {
            let changes = properties(interface::HOST).filter(|(name, value)| record::set_host(&mut self.host, name, value)).count();
            if changes > 0 {
                outbox.host();
            }
            let mut take = |name: &str| pending.interfaces.get(name).is_some_and(|changes| self.memory.take(name, borrowed(changes)));
            if take(interface::HUGE_PAGES) {
                outbox.pages();
            }
            if take(interface::TOPOLOGY) {
                outbox.topology();
            }
            if take(interface::AT_BOOT) {
                outbox.at_boot();
            }
            let others = Arc::make_mut(&mut self.others);
            let mut is_other =
                |name: &str| pending.interfaces.get(name).is_some_and(|changes| other::take(others, name, borrowed(changes)));
            // Each is taken, whatever became of those before.
            if other::INTERFACES.into_iter().filter(|name| is_other(name)).count() > 0 {
                outbox.others();
            }
        } else if path == path::ROOT {
            self.root_changes += 1;
            let before = self.libvirt().map(str::to_owned);
            properties(interface::MANAGER).for_each(|(name, value)| self.set_root(name, value));
            if before.as_deref() != self.libvirt() {
                outbox.libvirt(self.libvirt().map(str::to_owned));
            }
        }
    }

    fn add_machine<'a>(&mut self, id: Uuid, properties: impl Iterator<Item = Qualified<'a>>) -> bool {
        if self.machines.len() >= MOST_MACHINES && !self.machines.contains_key(&id) {
            return false;
        }
        let mut machine = record::empty(id);
        for property in properties {
            set_machine(&mut machine, property);
        }
        self.machines.insert(id, machine.clone()).as_ref() != Some(&machine)
    }

    /// Whether anything is another than before.
    fn change_machine<'a>(&mut self, id: Uuid, pending: &Pending, properties: Option<impl Iterator<Item = Qualified<'a>>>) -> bool {
        match properties {
            Some(properties) if pending.is_fresh => self.add_machine(id, properties),
            Some(properties) if !pending.is_gone => {
                let Some(machine) = self.machines.get_mut(&id) else { return false };
                properties.filter(|property| set_machine(machine, *property)).count() > 0
            }
            _ => pending.is_gone && self.machines.remove(&id).is_some(),
        }
    }

    fn add_device<'a>(&mut self, address: String, can_move: bool, properties: impl Iterator<Item = (&'a str, &'a Variant<'a>)>) -> bool {
        if self.devices.len() >= MOST_DEVICES && !self.devices.contains_key(&address) {
            return false;
        }
        let mut device = HostDevice { can_move, ..device::empty(&address) };
        for (name, value) in properties {
            device::set(&mut device, name, value);
        }
        self.devices.insert(address, device.clone()).as_ref() != Some(&device)
    }

    /// Whether anything is another than before.
    fn change_device<'a>(
        &mut self,
        address: String,
        pending: &Pending,
        properties: impl Iterator<Item = (&'a str, &'a Variant<'a>)>,
    ) -> bool {
        if pending.is_fresh && pending.interfaces.contains_key(interface::HOST_DEVICE) {
            return self.add_device(address, pending.interfaces.contains_key(interface::PASSTHROUGH), properties);
        }
        let Some(device) = self.devices.get_mut(&address) else { return false };
        if pending.is_gone {
            return self.devices.remove(&address).is_some();
        }
        properties.filter(|(name, value)| device::set(device, name, value)).count() > 0
    }

    fn change_job<'a>(&mut self, id: &str, is_fresh: bool, properties: impl Iterator<Item = (&'a str, &'a Variant<'a>)>) -> bool {
        if is_fresh && self.jobs.len() < MOST_JOBS {
            let job = Job { id: id.to_owned(), ..Job::default() };
            self.jobs.insert(id.to_owned(), (job, Progress::default()));
        }
        let Some((job, progress)) = self.jobs.get_mut(id) else { return false };
        let before = job.progress;
        let mut is_changed = is_fresh;
        for (name, value) in properties {
            is_changed |= record::set_job(job, name, value);
            progress.set(name, value);
        }
        job.progress = progress.known();
        is_changed || job.progress != before
    }

    fn end_job(&mut self, id: String, outcome: Outcome, outbox: &mut Outbox) {
        // One that was never heard of still ended.
        let job = self.jobs.remove(&id).map_or_else(|| Job { id, ..Job::default() }, |(job, _)| job);
        outbox.job_ended(job, outcome);
    }
}

/// A property with its interface: what is called `State` there is another thing in each.
type Qualified<'a> = (&'static str, &'a str, &'a Variant<'a>);

fn qualified<'a>(
    interface: &'static str,
    properties: impl Iterator<Item = (&'a str, &'a Variant<'a>)>,
) -> impl Iterator<Item = Qualified<'a>> {
    properties.map(move |(name, value)| (interface, name, value))
}

fn set_machine(machine: &mut Machine, (interface, name, value): Qualified<'_>) -> bool {
    if interface == dbus::interface::HAND_OVER { hand_over::set(machine, name, value) } else { record::set_machine(machine, name, value) }
}

/// The id in a job's path, in the form that `Job::id` has.
fn job_id(path: &str) -> Option<String> {
    path::job_id(path).map(|id| format!("{id:032x}"))
}
