//! The state of the host in memory, and who is told of it.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::{Notify, mpsc::UnboundedSender};
use uuid::Uuid;

use super::{
    Preset,
    attach::{self, Had},
    devices,
    figures::{self, bytes, float},
    guest::{Guest, id},
    hand_over, many,
    memory::Memory,
    network, others, refusal,
    roster::{self, GIB, MINUTE, THREADS},
    trash::Trashed,
    tuning,
};
use crate::{
    Error, Event, HostDevice, Job, Machine, Outcome, Point, Sample, Sampled, Series,
    device::{Attached, Kept, OtherDevices},
    tuning::AtBoot,
    unit,
};

/// Seconds between two points of the history.
const HISTORY_STEP: u32 = 2;
const HISTORY_POINTS: u32 = 1800;
const SECOND: u64 = 1_000_000;
const MOST_PICTURES: usize = 64;

/// A job and how it is told to stop.
#[derive(Debug)]
struct Work {
    job: Job,
    stop: Arc<Notify>,
    /// Nobody's call is behind it: it moves with the figures.
    is_standing: bool,
}

/// The state.
#[derive(Debug)]
pub(super) struct World {
    preset: Preset,
    pub(super) guests: Vec<Guest>,
    pub(super) trash: Vec<Trashed>,
    pub(super) memory: Memory,
    pub(super) at_boot: AtBoot,
    devices: Vec<HostDevice>,
    /// What machines had before it was taken from them, the last at the end.
    pub(super) before: Vec<Had>,
    others: OtherDevices,
    pub(super) networks: Vec<network::Network>,
    /// A device that is taken at each start and is not there any more.
    pub(super) gone_but_kept: Option<Kept>,
    works: Vec<Work>,
    busy: Vec<Uuid>,
    listeners: Vec<UnboundedSender<Event>>,
    /// When the machines were as the design shows them.
    base: u64,
    /// Seconds that the figures have moved on since.
    second: f64,
    counter: u128,
    /// Pictures do not change, and drawing takes its time: by machine and width.
    pictures: HashMap<(Uuid, u32), Vec<u8>>,
}

impl World {
    pub(super) fn new(preset: Preset) -> Self {
        let base = if preset == Preset::Frozen { super::frozen_at() } else { unit::now() };
        let mut guests = match preset {
            Preset::Full | Preset::Frozen | Preset::NotAllowed => roster::guests(base),
            Preset::Many(count) => many::guests(count, base),
            Preset::Empty | Preset::ServiceMissing | Preset::NoLibvirt => Vec::new(),
        };
        let devices = devices::devices(preset);
        for guest in &mut guests {
            guest.machine.host_devices = Some(devices::attached(&guest.machine, &devices));
            guest.machine.hand_over = Some(hand_over::of_host());
        }
        let others = others::others(preset);
        for own in guests.iter_mut().map(|guest| &mut guest.machine) {
            let is_design = !matches!(preset, Preset::Empty | Preset::Many(_));
            let (attached, rules) = if is_design { others::attached(own, &others) } else { (Vec::new(), Vec::new()) };
            own.host_devices.get_or_insert_default().extend(attached);
            (own.usb_rules, own.looking_glass) = (Some(rules), Some(0));
        }
        let networks = network::networks(&devices);
        let works = if matches!(preset, Preset::Full | Preset::Frozen | Preset::NotAllowed) { vec![standing(base)] } else { Vec::new() };
        let busy = works.iter().flat_map(|work: &Work| work.job.machines.clone()).collect();
        Self {
            preset,
            guests,
            trash: Vec::new(),
            memory: Memory::new(),
            at_boot: tuning::at_boot(preset),
            devices,
            before: Vec::new(),
            others,
            networks,
            gone_but_kept: devices::gone_but_kept(preset),
            works,
            busy,
            listeners: Vec::new(),
            base,
            second: 0.0,
            counter: 1,
            pictures: HashMap::new(),
        }
    }

    pub(super) fn now(&self) -> u64 {
        if self.preset == Preset::Frozen { self.base } else { unit::now() }
    }

    pub(super) fn machines(&self) -> Vec<Machine> {
        self.guests.iter().map(|guest| guest.machine.clone()).collect()
    }

    /// The devices, with the machines that have them now.
    pub(super) fn devices(&self) -> Vec<HostDevice> {
        let named = self.guests.iter().flat_map(|guest| {
            let all = guest.machine.host_devices.iter().flatten();
            all.map(|one| (one, guest.machine.id))
        });
        let named: Vec<(&Attached, Uuid)> = named.collect();
        let with_machines = |device: &HostDevice| {
            let own = || named.iter().filter(|(one, _)| one.source == device.address);
            let holder = own().find(|(one, _)| one.is_live).map(|(_, machine)| *machine);
            HostDevice { machines: own().map(|(_, machine)| *machine).collect(), active_machine: holder, ..device.clone() }
        };
        self.devices.iter().map(with_machines).collect()
    }

    /// Changes devices and tells of it.
    pub(super) fn change_devices(&mut self, change: impl FnMut(&mut HostDevice)) {
        self.devices.iter_mut().for_each(change);
        self.tell_devices();
    }

    /// Gives a card so many virtual functions instead of those that it has.
    pub(super) fn make_functions(&mut self, address: &str, count: u32) {
        let Some(at) = self.devices.iter().position(|device| device.address == address) else { return };
        let made = devices::functions(count);
        let before = std::mem::replace(&mut self.devices[at].functions, made.iter().map(|device| device.address.clone()).collect());
        self.devices[at].function_settings = devices::function_settings(&self.devices[at].functions);
        self.devices.retain(|device| !before.contains(&device.address));
        self.devices.extend(made);
        self.devices.sort_by(|one, other| one.address.cmp(&other.address));
        self.tell_devices();
    }

    pub(super) fn tell_devices(&mut self) {
        let event = Event::Devices(Arc::new(self.devices()));
        self.tell(&event);
    }

    /// What is no PCI card, with the machines that have it now.
    pub(super) fn others(&self) -> OtherDevices {
        others::with_machines(&self.others, &self.guests)
    }

    pub(super) fn change_others(&mut self, change: impl FnOnce(&mut OtherDevices)) {
        change(&mut self.others);
        self.tell_others();
    }

    pub(super) fn tell_others(&mut self) {
        let event = Event::OtherDevices(Arc::new(self.others()));
        self.tell(&event);
    }

    /// A name that nothing has.
    pub(super) fn next_id(&mut self) -> String {
        self.counter += 1;
        format!("{:032x}", self.counter)
    }

    /// What a machine is called.
    pub(super) fn name(&self, machine: Uuid) -> String {
        self.guest(machine).map(|guest| guest.machine.name.clone()).unwrap_or_default()
    }

    pub(super) fn jobs(&self) -> Vec<Job> {
        self.works.iter().map(|work| work.job.clone()).collect()
    }

    pub(super) fn listen(&mut self, listener: UnboundedSender<Event>) {
        self.listeners.push(listener);
    }

    pub(super) fn tell(&mut self, event: &Event) {
        self.listeners.retain(|listener| listener.send(event.clone()).is_ok());
    }

    pub(super) fn guest(&self, machine: Uuid) -> Result<&Guest, Error> {
        self.guests.iter().find(|guest| guest.machine.id == machine).ok_or_else(|| refusal::not_found("machine"))
    }

    pub(super) fn picture(&self, machine: Uuid, width: u32) -> Option<Vec<u8>> {
        self.pictures.get(&(machine, width)).cloned()
    }

    pub(super) fn keep_picture(&mut self, machine: Uuid, width: u32, picture: Vec<u8>) {
        if self.pictures.len() >= MOST_PICTURES {
            self.pictures.clear();
        }
        self.pictures.insert((machine, width), picture);
    }

    /// Changes a machine and tells of it. One that is gone meanwhile is left alone.
    pub(super) fn change(&mut self, machine: Uuid, change: impl FnOnce(&mut Guest)) {
        let Some(guest) = self.guests.iter_mut().find(|guest| guest.machine.id == machine) else { return };
        let before = guest.machine.clone();
        change(guest);
        let is_other = guest.machine.is_active() != before.is_active();
        if is_other {
            attach::power(guest, &mut self.devices);
        }
        if guest.machine != before {
            let is_off = !guest.machine.is_active();
            if !is_off && is_other {
                guest.pages = tuning::wanted_pages(guest);
            }
            let event = Event::Machine(Box::new(guest.machine.clone()));
            if is_off {
                self.return_pages(machine);
            }
            self.tell(&event);
            self.tell_memory();
            // It takes its devices along, or leaves them.
            if is_other && before.host_devices.iter().flatten().next().is_some() {
                self.tell_devices();
            }
            let has_other =
                before.host_devices.iter().flatten().any(|one| !one.is_pci()) || before.usb_rules.iter().flatten().next().is_some();
            if is_other && has_other {
                self.follow_rules(&[]);
                self.tell_others();
            }
        }
    }

    /// One piece of work at a time on a machine.
    pub(super) fn reserve(&mut self, machine: Uuid) -> Result<(), Error> {
        if self.busy.contains(&machine) {
            return Err(refusal::busy());
        }
        self.busy.push(machine);
        Ok(())
    }

    pub(super) fn release(&mut self, machine: Uuid) {
        self.busy.retain(|busy| *busy != machine);
    }

    /// Begins a job; who waits for the second will know when it shall stop.
    pub(super) fn begin(&mut self, operation: &str, machines: Vec<Uuid>, is_cancelable: bool) -> (String, Arc<Notify>) {
        self.counter += 1;
        let job = Job {
            id: format!("{:032x}", self.counter),
            operation: operation.to_owned(),
            machines,
            started: self.now(),
            is_cancelable,
            ..Job::default()
        };
        let (id, stop) = (job.id.clone(), Arc::new(Notify::new()));
        self.works.push(Work { job: job.clone(), stop: Arc::clone(&stop), is_standing: false });
        self.tell(&Event::Job(job));
        (id, stop)
    }

    /// A job of `total` bytes has done a part of it, and will need so many µs for the rest.
    pub(super) fn advance(&mut self, id: &str, part: f32, total: u64, left: u64) {
        let now = self.now();
        let Some(work) = self.works.iter_mut().find(|work| work.job.id == id) else { return };
        let job = &mut work.job;
        job.progress = Some(part);
        job.bytes = bytes(float(total) * f64::from(part));
        job.rate = bytes(float(total - job.bytes.min(total)) / (float(left) / 1e6).max(0.1));
        job.expected_end = now + left;
        let event = Event::Job(job.clone());
        self.tell(&event);
    }

    pub(super) fn end(&mut self, id: &str, error: Option<Error>) {
        let Some(at) = self.works.iter().position(|work| work.job.id == id) else { return };
        let work = self.works.remove(at);
        if work.is_standing {
            work.job.machines.iter().for_each(|machine| self.release(*machine));
        }
        self.tell(&Event::JobEnded(work.job, Outcome { error }));
    }

    pub(super) fn cancel(&mut self, id: &str) -> Result<(), Error> {
        let work = self.works.iter().find(|work| work.job.id == id).ok_or_else(|| refusal::not_found("job"))?;
        if !work.job.is_cancelable {
            return Err(refusal::not_supported("this work cannot be cancelled"));
        }
        if work.is_standing {
            self.end(id, Some(refusal::cancelled()));
        } else {
            work.stop.notify_one();
        }
        Ok(())
    }

    /// Moves the figures on, and the job that nobody waits for.
    pub(super) fn step(&mut self, seconds: f64) -> Sampled {
        self.second += seconds;
        self.end_trial();
        let now = self.now();
        let standing = self.works.iter().find(|work| work.is_standing).map(|work| work.job.clone());
        if let Some(job) = standing {
            let part = job.progress.unwrap_or_default() + crate::demo::feed::short(seconds / 160.0);
            let left = job.expected_end.saturating_sub(now);
            if part >= 1.0 { self.end(&job.id, None) } else { self.advance(&job.id, part, DUMP, left.max(SECOND)) }
        }
        self.sampled(now, self.second)
    }

    /// The figures of the last two minutes, the design's last.
    pub(super) fn past(&self, interval: u32) -> Vec<Sampled> {
        let step = u64::from(interval) * 1000;
        let count = u32::try_from((2 * MINUTE / step).clamp(1, 240)).unwrap_or(1);
        let ago = |steps: u32| f64::from(steps) * f64::from(interval) / 1000.0;
        (0..=count).rev().map(|steps| self.sampled(self.base - u64::from(steps) * step, -ago(steps))).collect()
    }

    fn sampled(&self, time: u64, second: f64) -> Sampled {
        let active = self.guests.iter().filter(|guest| guest.machine.is_active());
        let sample = |guest: &Guest| Sample { machine: guest.machine.id, point: figures::point(guest, THREADS, second) };
        let samples: Vec<Sample> = active.map(sample).collect();
        let (host_cpu, host_memory_used) = self.host_load(second);
        Sampled { time, host_cpu, host_memory_used, samples }
    }

    fn host_load(&self, second: f64) -> (f32, u64) {
        let is_design = matches!(self.preset, Preset::Full | Preset::Frozen | Preset::NotAllowed);
        // An idle host has a desktop on it.
        let (cpu, memory) = if is_design { (0.34, 45.6 / 64.0) } else { (0.05, 0.14) };
        let memory = bytes(figures::part(2, memory, second / 20.0) * float(64 * GIB));
        (crate::demo::feed::short(figures::part(1, cpu, second)), memory)
    }

    /// The last hour of the host.
    pub(super) fn host_series(&self) -> Series {
        let now = self.now();
        let points = (0..HISTORY_POINTS).rev().map(|steps| {
            let ago = steps * HISTORY_STEP;
            let (cpu, memory) = self.host_load(self.second - f64::from(ago));
            (now - u64::from(ago) * SECOND, Point::of_host(cpu.into(), memory))
        });
        Series { interval: 2.0, points: points.collect() }
    }

    /// The last hour of a machine: since its start, or until its crash.
    pub(super) fn series(&self, machine: Uuid) -> Result<Series, Error> {
        let (guest, now) = (self.guest(machine)?, self.now());
        let (from, to) = match guest.machine.is_active() {
            true => (guest.details.started, now),
            false => (0, guest.machine.last_stop_time),
        };
        let mut running = guest.clone();
        running.machine.state = if guest.machine.is_active() { guest.machine.state } else { dbus::machine::State::Running };
        if !running.figures.is_known() {
            running.figures = figures::Figures::idle(running.machine.memory);
        }
        let points = (0..HISTORY_POINTS).rev().filter_map(|steps| {
            let ago = steps * HISTORY_STEP;
            let time = now - u64::from(ago) * SECOND;
            (from..=to).contains(&time).then(|| (time, figures::point(&running, THREADS, self.second - f64::from(ago))))
        });
        Ok(Series { interval: 2.0, points: points.collect() })
    }
}

/// Bytes of the dump that is under way from the beginning.
const DUMP: u64 = 6 * GIB;

fn standing(base: u64) -> Work {
    let job = Job {
        id: format!("{:032x}", 1),
        operation: "machine-core-dump".to_owned(),
        machines: vec![id(8)],
        progress: Some(0.64),
        bytes: DUMP / 100 * 64,
        rate: 40_000_000,
        started: base - 2 * MINUTE,
        expected_end: base + 58 * SECOND,
        is_cancelable: true,
    };
    Work { job, stop: Arc::new(Notify::new()), is_standing: true }
}
