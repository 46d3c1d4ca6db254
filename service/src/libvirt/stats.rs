//! Live figures: counters of all machines in one call, disks and memory machine by machine.

use dbus::machine::{State, StateReason};
use uuid::Uuid;

use super::{
    Libvirt,
    error::from_virt,
    ffi::{self, Activity, group},
    state,
};
use crate::error::Result;

/// Figures that are read only if somebody wants them. Processor time always is: it tells which machines are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// What the guest uses of its memory.
    pub memory: bool,
    /// What disks read and write.
    pub disk: bool,
    /// What networks receive and send.
    pub network: bool,
}

impl Figures {
    /// All.
    pub const ALL: Self = Self { memory: true, disk: true, network: true };

    /// Those of either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self { memory: self.memory || other.memory, disk: self.disk || other.disk, network: self.network || other.network }
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { memory: self.memory && other.memory, disk: self.disk && other.disk, network: self.network && other.network }
    }

    /// Whether QEMU has to be asked for any.
    #[must_use]
    pub const fn is_deep(self) -> bool {
        self.memory || self.disk
    }

    /// libvirt's groups of what it knows without asking QEMU.
    const fn shallow_groups(self) -> u32 {
        group::STATE | if self.network { group::INTERFACE } else { 0 }
    }

    /// libvirt's groups of what only QEMU knows.
    const fn deep_groups(self) -> u32 {
        (if self.disk { group::BLOCK } else { 0 }) | if self.memory { group::BALLOON } else { 0 }
    }
}

/// What libvirtd knows without asking QEMU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// The machine.
    pub uuid: Uuid,
    /// Its state.
    pub state: State,
    /// Why.
    pub reason: StateReason,
    /// CPU time in ns.
    pub cpu: u64,
    /// Bytes received.
    pub net_received: u64,
    /// Bytes sent.
    pub net_sent: u64,
}

/// What only QEMU knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// What of it was read; the rest is 0.
    pub figures: Figures,
    /// Bytes read from disks.
    pub disk_read: u64,
    /// Bytes written to disks.
    pub disk_write: u64,
    /// Read requests.
    pub reads: u64,
    /// Write and flush requests.
    pub writes: u64,
    /// Time that reads took, ns.
    pub read_time: u64,
    /// Time that writes and flushes took, ns.
    pub write_time: u64,
    /// Bytes that the machine has now.
    pub memory: u64,
    /// Bytes that the guest uses, 0 if its balloon driver does not say.
    pub memory_used: u64,
}

/// Counters of the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostCounters {
    /// Busy CPU time in ns.
    pub busy: u64,
    /// Idle CPU time in ns.
    pub idle: u64,
    /// Bytes in use.
    pub memory_used: u64,
}

impl Libvirt {
    /// Counters of the host and of every active machine, in calls that do not wait for a QEMU that owes an answer.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn counters(&self, figures: Figures) -> Result<(HostCounters, Vec<Counters>)> {
        self.list_call(move |connection| {
            let mut machines =
                ffi::all_stats(connection, figures.shallow_groups(), Activity::Active, counters).map_err(|error| from_virt(&error))?;
            // One by one: libvirt asks QEMU for its group of CPU figures, and one that hangs would hold up all.
            machines.retain_mut(|machine| match connection.domain(machine.uuid).and_then(|domain| domain.info()) {
                Ok(info) => {
                    machine.cpu = info.cpu_time;
                    true
                }
                // It has ended meanwhile.
                Err(_) => false,
            });
            // Drivers without a host, such as the test driver, have no such figures.
            let (busy, idle) = ffi::host_cpu_time(connection).unwrap_or_default();
            let (total, available) = ffi::host_memory(connection).unwrap_or_default();
            Ok((HostCounters { busy, idle, memory_used: total.saturating_sub(available) }, machines))
        })
        .await
    }

    /// Disk and memory figures of one machine, as far as they are wanted.
    ///
    /// # Errors
    /// `Busy` while something else is asked of it, `Stalled`.
    pub async fn depth(&self, uuid: Uuid, figures: Figures) -> Result<Depth> {
        let groups = figures.deep_groups();
        let depth = self.figures_call(uuid, move |domain| ffi::stats_of(domain, groups, depth)).await?.unwrap_or_default();
        Ok(Depth { figures, ..depth })
    }

    /// Bytes that the guest sees of these disks and that they fill on the host, with their names; without those that
    /// libvirt cannot tell.
    ///
    /// # Errors
    /// `Busy` while something else is asked of the machine, `Stalled`.
    pub async fn disk_sizes(&self, uuid: Uuid, targets: Vec<String>) -> Result<Vec<(String, u64, u64)>> {
        self.figures_call(uuid, move |domain| {
            let size = |target: String| domain.block_info(&target, 0).ok().map(|size| (target, size.capacity, size.allocation));
            Ok(targets.into_iter().filter_map(size).collect())
        })
        .await
    }
}

fn counters(record: &ffi::Record<'_>) -> Counters {
    let mut counters = Counters { uuid: record.uuid, ..Counters::default() };
    let (mut number, mut why) = (0, 0);
    for (name, figure) in record.figures() {
        let value = figure.unsigned();
        match name {
            "state.state" => number = i32::try_from(value).unwrap_or(0),
            "state.reason" => why = i32::try_from(value).unwrap_or(0),
            _ if !name.starts_with("net.") => {}
            _ if name.ends_with(".rx.bytes") => counters.net_received = counters.net_received.saturating_add(value),
            _ if name.ends_with(".tx.bytes") => counters.net_sent = counters.net_sent.saturating_add(value),
            _ => {}
        }
    }
    (counters.state, counters.reason) = state::state(number, why);
    counters
}

fn depth(record: &ffi::Record<'_>) -> Depth {
    let mut depth = Depth::default();
    let (mut usable, mut available, mut unused) = (0, 0, 0);
    for (name, figure) in record.figures() {
        let value = figure.unsigned();
        let add = |to: &mut u64| *to = to.saturating_add(value);
        match name {
            "balloon.current" => depth.memory = value.saturating_mul(1024),
            "balloon.available" => available = value,
            "balloon.usable" => usable = value,
            "balloon.unused" => unused = value,
            _ if !name.starts_with("block.") => {}
            _ if name.ends_with(".rd.bytes") => add(&mut depth.disk_read),
            _ if name.ends_with(".wr.bytes") => add(&mut depth.disk_write),
            _ if name.ends_with(".rd.reqs") => add(&mut depth.reads),
            _ if name.ends_with(".wr.reqs") || name.ends_with(".fl.reqs") => add(&mut depth.writes),
            _ if name.ends_with(".rd.times") => add(&mut depth.read_time),
            _ if name.ends_with(".wr.times") || name.ends_with(".fl.times") => add(&mut depth.write_time),
            _ => {}
        }
    }
    // `usable` counts caches as free, as a person would; old drivers only report `unused`.
    let free = if usable > 0 { usable } else { unused };
    if available > 0 && free > 0 {
        depth.memory_used = available.saturating_sub(free).saturating_mul(1024);
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libvirt_is_asked_for_nothing_that_nobody_wants() {
        let none = Figures::default();
        assert_eq!((none.shallow_groups(), none.deep_groups(), none.is_deep()), (group::STATE, 0, false));
        let disk = Figures { disk: true, ..none };
        assert_eq!((disk.shallow_groups(), disk.deep_groups()), (group::STATE, group::BLOCK));
        let others = Figures { memory: true, network: true, disk: false };
        assert_eq!((others.shallow_groups(), others.deep_groups()), (group::STATE | group::INTERFACE, group::BALLOON));
        assert_eq!((disk.or(others), disk.and(others)), (Figures::ALL, none));
    }
}
