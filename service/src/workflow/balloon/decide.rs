//! How much memory each machine is to have: figures in, targets out, nothing else.
//!
//! The host is short below its floor ([`Memory::floor`]), or below twice the floor if programs wait for memory, too: they also wait
//! when a container is at a limit of its own, which no machine can help. Memory is taken until there is half as much again, and given
//! back above twice the floor only, and no more than leaves that: what was given back is never the reason to take again.

use uuid::Uuid;

use crate::host::{memory::Memory, pressure::Pressure};

/// The least change of a balloon, and what all of them are multiples of.
pub const GRAIN: u64 = 1 << 20;
/// A guest keeps an eighth of its memory free, and this at least.
const LEAST_MARGIN: u64 = 64 << 20;
/// Of one machine a sixteenth of its memory at a time, and this at least. Never more than half of a margin, so that what a guest in
/// need was given is not taken at once.
const LEAST_STEP: u64 = 16 << 20;
/// A tenth of the time waiting: pressure.
const PRESSED: u32 = 10_00;
/// What is as good as no waiting, in ten seconds and in a minute.
const CALM: (u32, u32) = (1_00, 3_00);

/// What is known of the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// Its memory.
    pub memory: Memory,
    /// `None` of a kernel that does not count it: what is available has to do.
    pub pressure: Option<Pressure>,
}

/// What is done at the moment: what was begun goes on a little longer than what begins it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is taken.
    #[default]
    Rest,
    /// Memory is taken until there is enough.
    Take,
}

/// A machine that runs, all in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guest {
    /// The machine.
    pub uuid: Uuid,
    /// What it keeps in any case; 0 if nothing may be taken any more and everything comes back.
    pub floor: u64,
    /// What it had before anything was taken.
    pub full: u64,
    /// What it has.
    pub now: u64,
    /// What it was asked to have.
    pub target: u64,
    /// Whether it has done what it was asked.
    pub is_settled: bool,
    /// What its programs can still have; `None` if the guest did not say so just now.
    pub usable: Option<u64>,
    /// What it has of the host's memory.
    pub resident: u64,
}

impl Guest {
    fn margin(&self) -> u64 {
        (self.full / 8).max(LEAST_MARGIN)
    }

    fn step(&self) -> u64 {
        (self.full / 16).max(LEAST_STEP)
    }

    /// What can be taken at once.
    fn spare(&self) -> u64 {
        let Some(usable) = self.usable.filter(|_| self.floor > 0 && self.is_settled) else { return 0 };
        let lowest = self.now.saturating_sub(usable.saturating_sub(self.margin())).max(self.floor);
        self.target.saturating_sub(lowest).min(self.step())
    }

    /// What can be given back at once.
    fn lack(&self) -> u64 {
        self.full.saturating_sub(self.target).min(self.step())
    }

    fn is_in_need(&self) -> bool {
        self.usable.is_some_and(|usable| usable < self.margin() / 2)
    }
}

/// What is to be done, and the new target of each machine that gets one.
#[must_use]
pub fn decide(phase: Phase, host: &Host, guests: &[Guest]) -> (Phase, Vec<(Uuid, u64)>) {
    let phase = next(phase, host);
    let mut changes = Vec::new();
    let available = host.memory.available;
    let mut budget = if is_calm(host) && phase == Phase::Rest { available.saturating_sub(high(host)) } else { 0 };
    let (mut rich, mut poor) = (Vec::new(), Vec::new());
    for guest in guests {
        if guest.floor == 0 {
            changes.extend((guest.target < guest.full).then_some((guest.uuid, guest.full)));
        } else if guest.is_in_need() {
            // It lost this to others that need it less: it comes back whatever the host has.
            let given = guest.lack() / GRAIN * GRAIN;
            budget = budget.saturating_sub(given);
            changes.extend((given > 0).then_some((guest.uuid, guest.target + given)));
        } else {
            rich.push((guest, guest.spare()));
            poor.push((guest, guest.lack()));
        }
    }
    if phase == Phase::Take {
        // What was asked for and is still on its way need not be asked for again.
        let pending = sum(guests, |guest| guest.now.saturating_sub(guest.target));
        let wanted = goal(host).saturating_sub(available).saturating_sub(pending);
        changes.extend(shared(wanted, &rich).map(|(guest, part)| (guest.uuid, guest.target - part)));
    } else {
        // What machines have and did not touch yet is as good as used.
        let untouched = sum(guests, |guest| guest.target.saturating_sub(guest.resident));
        changes.extend(shared(budget.saturating_sub(untouched), &poor).map(|(guest, part)| (guest.uuid, guest.target + part)));
    }
    (phase, changes)
}

fn sum(guests: &[Guest], of: impl Fn(&Guest) -> u64) -> u64 {
    guests.iter().map(of).fold(0, u64::saturating_add)
}

/// Parts of `whole`, in proportion to the most that each can have.
fn shared<'g>(whole: u64, most: &[(&'g Guest, u64)]) -> impl Iterator<Item = (&'g Guest, u64)> {
    let all = most.iter().map(|(_, most)| u128::from(*most)).sum::<u128>().max(1);
    let part = |most: u64| most.min(u64::try_from(u128::from(whole) * u128::from(most) / all).unwrap_or(most)) / GRAIN * GRAIN;
    most.iter().map(|(guest, most)| (*guest, part(*most))).filter(|(_, part)| *part > 0).collect::<Vec<_>>().into_iter()
}

fn next(phase: Phase, host: &Host) -> Phase {
    let (available, low) = (host.memory.available, host.memory.floor());
    let is_short = available < low || (is_pressed(host) && available < high(host));
    match phase {
        _ if is_short => Phase::Take,
        Phase::Take if available < goal(host) => Phase::Take,
        _ => Phase::Rest,
    }
}

fn is_pressed(host: &Host) -> bool {
    host.pressure.is_some_and(|pressure| pressure.ten >= PRESSED)
}

fn is_calm(host: &Host) -> bool {
    host.pressure.is_none_or(|pressure| pressure.ten < CALM.0 && pressure.sixty < CALM.1)
}

/// Until when memory is taken.
fn goal(host: &Host) -> u64 {
    let low = host.memory.floor();
    if is_pressed(host) { high(host) } else { low + low / 2 }
}

/// Above what memory is given back.
const fn high(host: &Host) -> u64 {
    host.memory.floor() * 2
}
