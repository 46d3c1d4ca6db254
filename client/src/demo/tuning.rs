//! Pins of the machines in memory, planned by the service's rules, and pages at each start.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use uuid::Uuid;

use super::{
    Demo, Preset,
    calls::MANAGE,
    guest::Guest,
    host_parts,
    memory::{FLOOR, LARGE, SMALL, check},
    refusal::{self, floor, limit},
    roster::GIB,
    world::World,
};
use crate::{
    Error, Event,
    hugepages::Pages,
    tuning::{AtBoot, BootPages, BootPlan, BootStanding, ENERGY, HostTuning, Pin, PinPlan, Pinning, Tuning},
};

/// Bytes of memory that a node has.
const NODE: u64 = 32 * GIB;

/// What the design's machines have set.
pub(super) fn first(name: &str) -> Tuning {
    let pinned = |cpus: &[u32]| Pinning {
        vcpus: (0_u32..).zip(cpus).map(|(vcpu, cpu)| Pin { vcpu, cpus: vec![*cpu] }).collect(),
        emulator: vec![0, 8],
        nodes: vec![0],
        memory_mode: "strict".to_owned(),
        cores: None,
    };
    let pages = |size| Tuning { page_sizes: vec![size], ..Tuning::default() };
    match name {
        "win11-gaming" => pages(LARGE),
        "gitlab-runner-1" | "win-server-2025" => pages(SMALL),
        "truenas-scale" => {
            let (governor, energy) = ("performance".to_owned(), "performance".to_owned());
            Tuning { pinning: pinned(&[1, 9, 2, 10]), isolates: true, governor, energy, ..Tuning::default() }
        }
        "postgres-lab" => Tuning { balloon_floor: 4 << 30, ..Tuning::default() },
        _ => Tuning::default(),
    }
}

/// Size of the pages that a machine wants, and the node that they would be on.
pub(super) fn wanted_pages(guest: &Guest) -> Option<(u64, u32)> {
    let size = *guest.tuning.page_sizes.first()?;
    let first = u32::from(guest.machine.name != "win11-gaming");
    Some((if size == 0 { SMALL } else { size }, guest.tuning.pinning.nodes.first().copied().unwrap_or(first)))
}

/// Cores that no other machine's definition names and the host does not keep, by node.
fn free_cores(world: &World, machine: Uuid) -> BTreeMap<u32, Vec<Vec<u32>>> {
    let others = world.guests.iter().filter(|guest| guest.machine.id != machine);
    let taken: BTreeSet<u32> = others.flat_map(|guest| guest.tuning.pinning.cpus()).collect();
    let topology = host_parts::topology(|_| 0);
    let cores = |node: u32| {
        let all = topology.cores(node).into_iter().map(|core| core.cpus);
        all.filter(|cpus| !cpus.contains(&0) && cpus.iter().all(|cpu| !taken.contains(cpu))).collect()
    };
    topology.nodes.iter().map(|node| (node.number, cores(node.number))).collect()
}

fn plan(world: &World, machine: Uuid, vcpus: Option<u32>) -> Result<PinPlan, Error> {
    let guest = world.guest(machine)?;
    let vcpus = vcpus.unwrap_or(guest.machine.maximum_vcpus);
    if !(1..=1024).contains(&vcpus) {
        return Err(refusal::invalid("vcpus", "must be 1 to 1024"));
    }
    let free = free_cores(world, machine);
    let threads = if vcpus.is_multiple_of(2) { 2 } else { 1 };
    let cores = vcpus / threads;
    let all: usize = free.values().map(Vec::len).sum();
    let wanted = usize::try_from(cores).unwrap_or(usize::MAX);
    if wanted > all {
        return Err(limit("virtual CPUs on cores of their own", all as u64 * 2));
    }
    let own = |device: &crate::HostDevice| device.machines.contains(&machine).then_some(device.node).flatten();
    let near = world.devices().iter().find_map(own);
    let fits = |node: &u32| free.get(node).is_some_and(|cores| cores.len() >= wanted);
    let fullest = free.iter().filter(|(node, _)| fits(node)).min_by_key(|(_, cores)| cores.len()).map(|(node, _)| *node);
    let node = near.filter(fits).or(fullest);
    let chosen: Vec<Vec<u32>> = match node.and_then(|node| free.get(&node)) {
        Some(cores) => cores.iter().take(wanted).cloned().collect(),
        None => free.values().flatten().take(wanted).cloned().collect(),
    };
    let mut warnings = Vec::new();
    let mut warn = |is_so: bool, word: &str| warnings.extend(is_so.then(|| word.to_owned()));
    warn(near.is_some() && near != node, "not-on-node");
    warn(node.is_none(), "several-nodes");
    warn(wanted > 1, "several-caches");
    warn(threads == 1, "siblings-idle");
    warn(node.is_some() && guest.machine.memory > NODE, "memory-elsewhere");
    let places = chosen.iter().flat_map(|core| core.iter().take(threads as usize));
    let nodes = node.map_or_else(|| vec![0, 1], |node| vec![node]);
    let pinning = Pinning {
        vcpus: (0..).zip(places).map(|(vcpu, cpu)| Pin { vcpu, cpus: vec![*cpu] }).collect(),
        emulator: vec![0, 8],
        nodes,
        memory_mode: "strict".to_owned(),
        cores: Some((cores, threads)),
    };
    Ok(PinPlan { pinning, warnings })
}

/// What is told of a host that is to have so many pages at each start.
fn boot_plan(at_boot: &AtBoot, pages: Pages) -> Result<BootPlan, Error> {
    if pages.count > 0 {
        check(pages)?;
    }
    let others = at_boot.pages.iter().filter(|other| (other.size, other.node) != (pages.size, pages.node));
    let here = others.filter(|other| pages.node.is_none() || other.node.is_none() || other.node == pages.node);
    let taken: u64 = here.map(|other| other.size * other.count).sum();
    let available = if pages.node.is_some() { NODE } else { 2 * NODE }.saturating_sub(taken);
    let most = available.saturating_sub(FLOOR) / pages.size;
    let size = if pages.size == LARGE { "1G" } else { "2M" };
    let count = pages.node.map_or_else(|| pages.count.to_string(), |node| format!("{node}:{}", pages.count));
    Ok(BootPlan {
        possible: pages.count <= most,
        bytes: pages.bytes(),
        available,
        floor: FLOOR,
        most,
        kernel_argument: format!("hugepagesz={size} hugepages={count}"),
    })
}

impl Demo {
    pub(crate) async fn tuning(&self, machine: Uuid) -> Result<Tuning, Error> {
        self.answers()?;
        Ok(self.world().guest(machine)?.tuning.clone())
    }

    pub(crate) async fn plan_pinning(&self, machine: Uuid, vcpus: Option<u32>) -> Result<PinPlan, Error> {
        self.answers()?;
        plan(&self.world(), machine, vcpus)
    }

    pub(crate) async fn set_pinning(&self, machine: Uuid, pinning: Pinning) -> Result<(), Error> {
        self.may(MANAGE)?;
        if pinning.vcpus.iter().any(|pin| pin.cpus.is_empty() || pin.cpus.iter().any(|cpu| *cpu >= super::roster::THREADS)) {
            return Err(refusal::invalid("vcpus", "names a CPU that the host does not have"));
        }
        self.tune(machine, |guest| {
            if let Some((cores, threads)) = pinning.cores {
                (guest.machine.vcpus, guest.machine.maximum_vcpus) = (cores * threads, cores * threads);
            }
            guest.tuning.pinning = Pinning { cores: None, ..pinning };
        })
    }

    pub(crate) async fn clear_pinning(&self, machine: Uuid) -> Result<(), Error> {
        self.may(MANAGE)?;
        self.tune(machine, |guest| guest.tuning.pinning = Pinning::default())
    }

    pub(crate) async fn set_machine_pages(&self, machine: Uuid, size: Option<u64>) -> Result<(), Error> {
        self.may(MANAGE)?;
        if size.is_some_and(|size| ![0, SMALL, LARGE].contains(&size)) {
            return Err(refusal::invalid("pages", "no such size"));
        }
        self.tune(machine, |guest| guest.tuning.page_sizes = size.into_iter().collect())
    }

    pub(crate) async fn set_host_tuning(&self, machine: Uuid, tuning: HostTuning) -> Result<(), Error> {
        self.may(MANAGE)?;
        let known = host_parts::topology(|_| 0).available_governors;
        if tuning.governor.as_ref().is_some_and(|name| !name.is_empty() && !known.contains(name)) {
            return Err(refusal::invalid("governor", "no CPU has it"));
        }
        if tuning.energy.as_ref().is_some_and(|name| !name.is_empty() && !ENERGY.contains(&name.as_str())) {
            return Err(refusal::invalid("energy-preference", "no CPU has it"));
        }
        self.judge_floor(machine, tuning.balloon_floor.unwrap_or_default())?;
        let is_named = |word: &Option<String>| word.as_ref().is_some_and(|name| !name.is_empty());
        let wants = tuning.isolates == Some(true) || is_named(&tuning.governor) || is_named(&tuning.energy);
        if wants && self.world().guest(machine)?.tuning.pinning.vcpus.is_empty() {
            return Err(refusal::unsafe_because("not-pinned"));
        }
        self.tune(machine, |guest| {
            let own = &mut guest.tuning;
            own.reserves_pages = tuning.reserves_pages.unwrap_or(own.reserves_pages);
            own.isolates = tuning.isolates.unwrap_or(own.isolates);
            own.governor = tuning.governor.unwrap_or_else(|| own.governor.clone());
            own.energy = tuning.energy.unwrap_or_else(|| own.energy.clone());
            own.balloon_floor = tuning.balloon_floor.unwrap_or(own.balloon_floor);
        })
    }

    /// Whether a guest could keep so little.
    fn judge_floor(&self, machine: Uuid, floor: u64) -> Result<(), Error> {
        let world = self.world();
        let guest = world.guest(machine)?;
        let has_card = guest.machine.host_devices.iter().flatten().any(|one| one.is_pci() || one.kind == "mdev");
        match floor {
            0 => Ok(()),
            _ if floor > guest.machine.memory => Err(refusal::invalid("balloon-floor", "beyond the machine's memory")),
            _ if has_card => Err(refusal::unsafe_because("host-device")),
            _ if !guest.tuning.page_sizes.is_empty() => Err(refusal::unsafe_because("huge-pages")),
            _ => Ok(()),
        }
    }

    fn tune(&self, machine: Uuid, change: impl FnOnce(&mut Guest)) -> Result<(), Error> {
        let mut world = self.world();
        world.guest(machine)?;
        world.change(machine, change);
        Ok(())
    }

    pub(crate) async fn plan_at_boot(&self, pages: Pages) -> Result<BootPlan, Error> {
        self.reaches()?;
        boot_plan(&self.world().at_boot, pages)
    }

    pub(crate) async fn set_at_boot(&self, pages: Pages) -> Result<(), Error> {
        self.may_change_memory()?;
        let mut world = self.world();
        let plan = boot_plan(&world.at_boot, pages)?;
        if !plan.possible {
            let plan = crate::hugepages::Plan {
                bytes: plan.bytes,
                available: plan.available,
                floor: plan.floor,
                most: plan.most,
                possible: false,
            };
            return Err(floor(&plan));
        }
        let at_boot = &mut world.at_boot;
        let before = at_boot.pages.len();
        at_boot.pages.retain(|other| (other.size, other.node) != (pages.size, pages.node));
        if pages.count > 0 {
            at_boot.pages.push(BootPages { size: pages.size, node: pages.node, count: pages.count, ..BootPages::default() });
        } else if at_boot.pages.len() == before {
            return Err(refusal::not_found("huge pages at each start"));
        }
        at_boot.standing = if at_boot.pages.is_empty() { BootStanding::Nothing } else { BootStanding::Waiting };
        let event = Event::AtBoot(Some(Arc::new(at_boot.clone())));
        world.tell(&event);
        Ok(())
    }
}

/// What the design's host does at each start.
pub(super) fn at_boot(preset: Preset) -> AtBoot {
    let pages = BootPages { size: LARGE, node: Some(0), count: 20, outcome: "reserved".to_owned(), reasons: Vec::new() };
    match preset {
        Preset::Full | Preset::Frozen | Preset::NotAllowed => {
            AtBoot { standing: BootStanding::Tried, devices: Vec::new(), pages: vec![pages] }
        }
        _ => AtBoot { standing: BootStanding::Nothing, ..AtBoot::default() },
    }
}
