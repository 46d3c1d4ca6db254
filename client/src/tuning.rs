//! Where a machine runs on its host, and what the host does for it while it runs.

pub use dbus::{hugepages::BootPlan, pinning::Pin};

/// What is pinned of a machine: `SetPinning` takes it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pinning {
    /// Virtual CPUs and the CPUs of the host that each may run on; none for anywhere.
    pub vcpus: Vec<Pin>,
    /// CPUs of the host for QEMU's other threads; none for anywhere.
    pub emulator: Vec<u32>,
    /// Nodes of the host that the memory is on; none for any.
    pub nodes: Vec<u32>,
    /// `strict`, `preferred`, `interleave` or `restrictive`; empty without nodes.
    pub memory_mode: String,
    /// Cores that the guest sees, and threads of each; `None` for what it saw.
    pub cores: Option<(u32, u32)>,
}

impl Pinning {
    /// Whether it may run anywhere.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.vcpus.is_empty() && self.emulator.is_empty() && self.nodes.is_empty()
    }

    /// Without the pins that name all of these CPUs: that is what libvirt tells of threads which were freed while the machine ran.
    #[must_use]
    pub fn within(mut self, online: &[u32]) -> Self {
        let is_anywhere = |cpus: &[u32]| !online.is_empty() && online.iter().all(|cpu| cpus.contains(cpu));
        self.vcpus.retain(|pin| !is_anywhere(&pin.cpus));
        if is_anywhere(&self.emulator) {
            self.emulator.clear();
        }
        self
    }

    /// CPUs of the host that its virtual CPUs are pinned to, each once, in order.
    #[must_use]
    pub fn cpus(&self) -> Vec<u32> {
        let cpus: std::collections::BTreeSet<u32> = self.vcpus.iter().flat_map(|pin| pin.cpus.iter().copied()).collect();
        cpus.into_iter().collect()
    }
}

/// What `PlanPinning` says fits a machine best.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PinPlan {
    /// What to set.
    pub pinning: Pinning,
    /// What is not as it should be, in the service's closed list of words: `not-on-node`, `several-nodes`, `several-caches`,
    /// `siblings-idle`, `memory-elsewhere`.
    pub warnings: Vec<String>,
}

/// What is set of a machine: of what `GetDetails` tells, what is about the host's CPUs and memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tuning {
    /// Its pins; the guest's cores are not told.
    pub pinning: Pinning,
    /// Bytes of the huge pages that it wants, 0 for the host's usual size; none for ordinary memory.
    pub page_sizes: Vec<u64>,
    /// The pages that are missing are reserved for its start, and given back after its stop.
    pub reserves_pages: bool,
    /// Everything on the host that is no machine keeps off its CPUs while it runs.
    pub isolates: bool,
    /// The governor of its CPUs while it runs; empty for none of its own.
    pub governor: String,
    /// What its CPUs prefer while it runs, where the processor chooses their frequency; empty for nothing of its own.
    pub energy: String,
    /// Bytes that its guest keeps while the host is short of memory; 0 for all.
    pub balloon_floor: u64,
}

/// What CPUs can prefer, in the kernel's words, the fastest first.
pub const ENERGY: [&str; 4] = ["performance", "balance_performance", "balance_power", "power"];

/// What shall become another of what the host does for a machine; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostTuning {
    /// See [`Tuning::reserves_pages`].
    pub reserves_pages: Option<bool>,
    /// See [`Tuning::isolates`].
    pub isolates: Option<bool>,
    /// See [`Tuning::governor`].
    pub governor: Option<String>,
    /// See [`Tuning::energy`].
    pub energy: Option<String>,
    /// See [`Tuning::balloon_floor`].
    pub balloon_floor: Option<u64>,
}

/// What is done each time the host starts, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtBoot {
    /// How it stands.
    pub standing: BootStanding,
    /// Devices that are taken.
    pub devices: Vec<BootDevice>,
    /// Pages that are reserved.
    pub pages: Vec<BootPages>,
}

impl AtBoot {
    /// How many pages of a size there are to be on a node; 0 for none.
    #[must_use]
    pub fn count(&self, size: u64, node: Option<u32>) -> u64 {
        self.pages.iter().find(|pages| (pages.size, pages.node) == (size, node)).map_or(0, |pages| pages.count)
    }
}

/// How it stands with what is done at each start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BootStanding {
    /// Not known.
    #[default]
    Unknown,
    /// Nothing is wanted.
    Nothing,
    /// Something is, and nothing was tried since the host started.
    Waiting,
    /// It was tried.
    Tried,
    /// Nothing is done any more: starts before were cut short.
    GivenUp,
    /// What is wanted cannot be read.
    Damaged,
}

impl From<u32> for BootStanding {
    fn from(number: u32) -> Self {
        use dbus::at_boot::state;
        match number {
            state::NOTHING => Self::Nothing,
            state::WAITING => Self::Waiting,
            state::APPLIED | state::CONFIRMED => Self::Tried,
            state::SKIPPED => Self::GivenUp,
            state::DAMAGED => Self::Damaged,
            _ => Self::Unknown,
        }
    }
}

/// A device that is taken at each start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootDevice {
    /// Its PCI address.
    pub address: String,
    /// What came of it: `bound`, `refused`, `gone`, `other-device` or `failed`; empty if it was not tried.
    pub outcome: String,
    /// Why not, in the words of refusals.
    pub reasons: Vec<String>,
}

/// Huge pages that are reserved at each start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootPages {
    /// Bytes of a page.
    pub size: u64,
    /// The NUMA node, or all.
    pub node: Option<u32>,
    /// How many there are to be.
    pub count: u64,
    /// What came of them: `reserved`, `refused`, `too-few`, `gone` or `failed`; empty if it was not tried.
    pub outcome: String,
    /// Why not; for `too-few` the number that there could have been.
    pub reasons: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpus_of_a_machine_are_each_named_once() {
        let pin = |vcpu, cpus: &[u32]| Pin { vcpu, cpus: cpus.to_vec() };
        let pinning = Pinning { vcpus: vec![pin(0, &[9, 1]), pin(1, &[1, 9]), pin(2, &[3])], ..Pinning::default() };
        assert_eq!((pinning.cpus(), pinning.is_empty(), Pinning::default().is_empty()), (vec![1, 3, 9], false, true));
    }

    #[test]
    fn who_may_run_on_every_cpu_is_not_pinned() {
        let pin = |vcpu, cpus: &[u32]| Pin { vcpu, cpus: cpus.to_vec() };
        let pinning = Pinning { vcpus: vec![pin(0, &[0, 1, 2]), pin(1, &[1])], emulator: vec![2, 1, 0], ..Pinning::default() };
        assert_eq!(pinning.clone().within(&[0, 1, 2]), Pinning { vcpus: vec![pin(1, &[1])], ..Pinning::default() });
        assert_eq!(pinning.clone().within(&[]), pinning, "nothing is known of the host");
    }

    #[test]
    fn pages_of_all_nodes_are_none_of_a_single_one() {
        let pages = |node, count| BootPages { size: 2 << 20, node, count, ..BootPages::default() };
        let at_boot = AtBoot { pages: vec![pages(None, 8), pages(Some(1), 3)], ..AtBoot::default() };
        assert_eq!([None, Some(0), Some(1)].map(|node| at_boot.count(2 << 20, node)), [8, 0, 3]);
    }
}
