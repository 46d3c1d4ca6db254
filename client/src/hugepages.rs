//! Huge pages of a host, and what else shapes its memory.

use uuid::Uuid;

pub use dbus::hugepages::{Plan, Pool, Size};

/// What the service tells of them. It is there only where libvirt runs on the computer of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HugePages {
    /// Pages by size.
    pub sizes: Vec<Size>,
    /// Pages by size and node.
    pub pools: Vec<Pool>,
    /// Bytes of memory.
    pub memory: u64,
    /// Bytes that programs can have without anything being swapped out.
    pub available: u64,
    /// Bytes that a reservation leaves available at least.
    pub floor: u64,
    /// When memory of programs gets huge pages of itself: `always`, `madvise`, `never`; empty if the kernel cannot.
    pub transparent: String,
    /// How hard the kernel tries: `always`, `defer`, `defer+madvise`, `madvise`, `never`; empty if it cannot.
    pub defrag: String,
    /// Bytes of programs that are in such pages.
    pub transparent_used: u64,
    /// Merging of equal pages.
    pub merging: Merging,
    /// Bytes that merging saves.
    pub merging_saved: u64,
}

/// What merging of equal pages (KSM) does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Merging {
    /// Not known, or not in this kernel.
    #[default]
    Unknown,
    /// What was merged stays so.
    Stopped,
    /// It goes on.
    Running,
    /// What was merged is taken apart.
    TakenApart,
}

impl From<u32> for Merging {
    fn from(number: u32) -> Self {
        match number {
            dbus::hugepages::ksm::STOPPED => Self::Stopped,
            dbus::hugepages::ksm::RUNNING => Self::Running,
            dbus::hugepages::ksm::UNMERGED => Self::TakenApart,
            _ => Self::Unknown,
        }
    }
}

/// Pages of one size, on a node or on all of them: what there shall be more or fewer of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pages {
    /// Bytes of a page.
    pub size: u64,
    /// How many.
    pub count: u64,
    /// The NUMA node; without, the kernel spreads them over all.
    pub node: Option<u32>,
}

impl Pages {
    /// All of them in bytes.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.size.saturating_mul(self.count)
    }
}

/// A machine or a process that uses huge pages, or a machine that wants them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub name: String,
    /// The machine, if it is one.
    pub machine: Option<Uuid>,
    /// Bytes of a page; 0 if that is the host's usual size, or not known.
    pub page_size: u64,
    /// Bytes: of a machine all its memory, of a process what it has in huge pages.
    pub bytes: u64,
    /// Whether it has them now; a machine that is off does not.
    pub is_active: bool,
}

impl HugePages {
    /// The pages of a size on a node.
    #[must_use]
    pub fn pool(&self, size: u64, node: u32) -> Option<&Pool> {
        self.pools.iter().find(|pool| pool.page_size == size && pool.node == node)
    }

    /// Pages of a size, on a node or everywhere, that nobody uses and nobody was promised: so many can be given back.
    #[must_use]
    pub fn idle(&self, size: u64, node: Option<u32>) -> u64 {
        let Some(everywhere) = self.sizes.iter().find(|all| all.page_size == size) else { return 0 };
        // The kernel knows of promises for all nodes together only.
        let idle = everywhere.free.saturating_sub(everywhere.promised);
        node.map_or(idle, |node| self.pool(size, node).map_or(0, |pool| pool.free.min(pool.total - pool.surplus.min(pool.total)).min(idle)))
    }

    /// Bytes of a node that are huge pages, used or not.
    #[must_use]
    pub fn reserved(&self, node: u32) -> u64 {
        let bytes = |pool: &Pool| pool.page_size.saturating_mul(pool.total);
        self.pools.iter().filter(|pool| pool.node == node).map(bytes).fold(0, u64::saturating_add)
    }
}
