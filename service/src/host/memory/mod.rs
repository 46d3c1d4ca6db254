//! The memory of the host: how much there is, and how the kernel shares and enlarges its pages.

pub mod files;

use files::{Kernel, chosen, number};

/// What must stay available for the host itself, at least.
const LEAST_FLOOR: u64 = 1 << 30;
/// Where KSM is.
pub const KSM: &str = "sys/kernel/mm/ksm";
/// Where transparent huge pages are.
pub const TRANSPARENT: &str = "sys/kernel/mm/transparent_hugepage";

/// `/proc/meminfo`, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// All there is.
    pub total: u64,
    /// What programs can have without anything being swapped out.
    pub available: u64,
    /// What is in transparent huge pages.
    pub transparent: u64,
}

impl Memory {
    /// What the kernel says now.
    #[must_use]
    pub fn of(kernel: &dyn Kernel) -> Self {
        let text = kernel.read("proc/meminfo").unwrap_or_default();
        let bytes = |name| field(&text, name).unwrap_or_default();
        Self { total: bytes("MemTotal"), available: bytes("MemAvailable"), transparent: bytes("AnonHugePages") }
    }

    /// What must stay available: 1 GiB, or a tenth of all if that is more.
    #[must_use]
    pub const fn floor(&self) -> u64 {
        let tenth = self.total / 10;
        if tenth > LEAST_FLOOR { tenth } else { LEAST_FLOOR }
    }

    /// What can be taken and leaves the floor.
    #[must_use]
    pub const fn spare(&self) -> u64 {
        self.available.saturating_sub(self.floor())
    }
}

/// A field of a `meminfo` in bytes; a node's has `Node 0` in front of each.
#[must_use]
pub fn field(text: &str, name: &str) -> Option<u64> {
    let value = |line: &str| {
        let (before, after) = line.split_once(':')?;
        (before.split_ascii_whitespace().next_back() == Some(name)).then(|| after.split_ascii_whitespace().next()?.parse::<u64>().ok())?
    };
    text.lines().find_map(value)?.checked_mul(1024)
}

/// Merging of equal pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merging {
    /// One of [`dbus::hugepages::ksm`]; 0 if the kernel cannot.
    pub state: u32,
    /// Bytes that it saves.
    pub saved: u64,
}

impl Merging {
    /// What the kernel says now.
    #[must_use]
    pub fn of(kernel: &dyn Kernel) -> Self {
        let Some(run) = number(kernel, &format!("{KSM}/run")) else { return Self::default() };
        let state = match run {
            0 => dbus::hugepages::ksm::STOPPED,
            1 => dbus::hugepages::ksm::RUNNING,
            2 => dbus::hugepages::ksm::UNMERGED,
            _ => 0,
        };
        let pages = number(kernel, &format!("{KSM}/pages_sharing")).unwrap_or_default();
        let saved = if pages == 0 { 0 } else { pages.saturating_mul(page_size(kernel)) };
        Self { state, saved }
    }
}

/// Bytes of an ordinary page: that of the service's own first mapping.
fn page_size(kernel: &dyn Kernel) -> u64 {
    kernel.read("proc/self/smaps").ok().and_then(|text| field(&text, "KernelPageSize")).unwrap_or(4096)
}

/// When memory gets huge pages of itself; the kernel's words, empty if it cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transparent {
    /// `always`, `madvise` or `never`.
    pub mode: String,
    /// How hard it tries: `always`, `defer`, `defer+madvise`, `madvise` or `never`.
    pub defrag: String,
}

impl Transparent {
    /// What the kernel says now.
    #[must_use]
    pub fn of(kernel: &dyn Kernel) -> Self {
        let word = |file| chosen(kernel, &format!("{TRANSPARENT}/{file}")).unwrap_or_default();
        Self { mode: word("enabled"), defrag: word("defrag") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_a_tenth_and_never_less_than_a_gibibyte() {
        let memory = |total, available| Memory { total, available, transparent: 0 };
        assert_eq!(memory(4 << 30, 4 << 30).floor(), 1 << 30);
        assert_eq!(memory(100 << 30, 50 << 30).floor(), 10 << 30);
        assert_eq!(memory(100 << 30, 50 << 30).spare(), 40 << 30);
        assert_eq!(memory(2 << 30, 1 << 20).spare(), 0);
    }

    #[test]
    fn a_field_is_found_in_the_hosts_and_in_a_nodes_list() {
        assert_eq!(field("MemTotal:  2 kB\nMemFree: 1 kB\n", "MemFree"), Some(1024));
        assert_eq!(field("Node 1 MemTotal:  2 kB\nNode 1 MemFree: 3 kB\n", "MemFree"), Some(3072));
        assert_eq!(field("MemTotal: x kB\n", "MemTotal"), None);
        assert_eq!(field("MemTotal: 18446744073709551615 kB\n", "MemTotal"), None);
    }
}
