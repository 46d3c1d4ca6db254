//! Pools of huge pages: their figures, their files, and which processes use them.

use dbus::hugepages::{Pool, Size};

use super::memory::{
    field,
    files::{Kernel, line, number, numbered},
};

/// Where the kernel's NUMA nodes are.
pub const NODES: &str = "sys/devices/system/node";
const SIZES: &str = "sys/kernel/mm/hugepages";

/// The pages of one size, on a node or on all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Bytes of a page.
    pub page_size: u64,
    /// The node; `None` for all of them.
    pub node: Option<u32>,
}

/// Figures of a place, in pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// All, `surplus` included.
    pub total: u64,
    /// Not used.
    pub free: u64,
    /// Beyond what was reserved.
    pub surplus: u64,
    /// Of the free ones, those promised to somebody; known for all nodes together only.
    pub promised: u64,
}

impl Figures {
    /// What was reserved: the number that is written.
    #[must_use]
    pub const fn reserved(&self) -> u64 {
        self.total.saturating_sub(self.surplus)
    }

    /// What nobody uses and nobody was promised.
    #[must_use]
    pub const fn idle(&self) -> u64 {
        self.free.saturating_sub(self.promised)
    }
}

impl Place {
    fn file(&self, name: &str) -> String {
        let size = self.page_size / 1024;
        match self.node {
            Some(node) => format!("{NODES}/node{node}/hugepages/hugepages-{size}kB/{name}"),
            None => format!("{SIZES}/hugepages-{size}kB/{name}"),
        }
    }

    /// The file that takes how many pages are to be reserved.
    #[must_use]
    pub fn control(&self) -> String {
        self.file("nr_hugepages")
    }

    /// The figures; `None` if there is no such place.
    #[must_use]
    pub fn figures(&self, kernel: &dyn Kernel) -> Option<Figures> {
        let read = |name: &str| number(kernel, &self.file(name));
        let all = Self { node: None, ..*self };
        Some(Figures {
            total: read("nr_hugepages")?,
            free: read("free_hugepages")?,
            surplus: read("surplus_hugepages").unwrap_or_default(),
            promised: number(kernel, &all.file("resv_hugepages")).unwrap_or_default(),
        })
    }
}

/// The page sizes that the kernel has, ascending.
#[must_use]
pub fn page_sizes(kernel: &dyn Kernel) -> Vec<u64> {
    let size = |name: &String| name.strip_prefix("hugepages-")?.strip_suffix("kB")?.parse::<u64>().ok()?.checked_mul(1024);
    let mut sizes: Vec<u64> = kernel.names(SIZES).iter().filter_map(size).collect();
    sizes.sort_unstable();
    sizes
}

/// The nodes that have memory pools; none on a kernel without NUMA.
#[must_use]
pub fn nodes(kernel: &dyn Kernel) -> Vec<u32> {
    numbered(kernel, NODES, "node")
}

/// All pages by size.
#[must_use]
pub fn sizes(kernel: &dyn Kernel) -> Vec<Size> {
    let size = |page_size| {
        let Figures { total, free, surplus, promised } = Place { page_size, node: None }.figures(kernel)?;
        Some(Size { page_size, total, free, promised, surplus })
    };
    page_sizes(kernel).into_iter().filter_map(size).collect()
}

/// All pages by size and node. A kernel without NUMA has node 0 alone.
#[must_use]
pub fn pools(kernel: &dyn Kernel) -> Vec<Pool> {
    let nodes = nodes(kernel);
    let mut pools = Vec::new();
    for page_size in page_sizes(kernel) {
        let places = nodes.iter().map(|node| (*node, Some(*node)));
        let alone = nodes.is_empty().then_some((0, None));
        for (number, node) in places.chain(alone) {
            if let Some(Figures { total, free, surplus, .. }) = (Place { page_size, node }).figures(kernel) {
                pools.push(Pool { page_size, node: number, total, free, surplus });
            }
        }
    }
    pools
}

/// Names of the processes that have huge pages, and how many bytes. Only those that the service may see: the sandbox of
/// the system's service hides the processes of others.
#[must_use]
pub fn processes(kernel: &dyn Kernel) -> Vec<(String, u64)> {
    let user = |name: String| {
        name.parse::<u32>().ok()?;
        let bytes = field(&kernel.read(&format!("proc/{name}/status")).ok()?, "HugetlbPages").filter(|bytes| *bytes > 0)?;
        Some((model::validate::shown(&line(kernel, &format!("proc/{name}/comm"))?, 64), bytes))
    };
    kernel.names("proc").into_iter().filter_map(user).collect()
}
