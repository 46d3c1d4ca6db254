//! Whether the host has what machines need, and what to do about what is missing. Words and values, no sentences.

mod kernel;
mod programs;

use dbus::readiness::{Check, state};

use super::Root;

/// Looks at everything. It reads files: not for the thread of the bus.
#[must_use]
pub fn report(root: &Root) -> Vec<Check> {
    let vendor = Vendor::of(root);
    let mut checks = vec![
        kernel::kvm(root, vendor),
        kernel::nested(root),
        kernel::iommu(root, vendor),
        kernel::vfio(root),
        kernel::huge_pages(root),
        kernel::confinement(root),
        kernel::cgroup(root),
    ];
    checks.extend(programs::all(root));
    checks
}

/// Who made the processor, for the names of modules and settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Vendor {
    Intel,
    Amd,
    Other,
}

impl Vendor {
    fn of(root: &Root) -> Self {
        let text = root.read("proc/cpuinfo").unwrap_or_default();
        match text.lines().find_map(|line| line.strip_prefix("vendor_id")?.split_once(':')).map(|(_, vendor)| vendor.trim()) {
            Some("GenuineIntel") => Self::Intel,
            Some("AuthenticAMD" | "HygonGenuine") => Self::Amd,
            _ => Self::Other,
        }
    }
}

/// A check that is made in the order: what, how it is, what was seen, what to do.
struct Found(Check);

impl Found {
    fn new(id: &str, state: u32) -> Self {
        Self(Check { id: id.to_owned(), state, ..Check::default() })
    }

    fn ready(id: &str) -> Self {
        Self::new(id, state::READY)
    }

    fn fact(mut self, name: &str, value: impl std::fmt::Display + Copy) -> Self {
        self.0.facts.insert(name.to_owned(), value.to_string());
        self
    }

    fn fix(mut self, kind: &str, value: impl Into<String>) -> Self {
        self.0.fixes.push((kind.to_owned(), value.into()));
        self
    }

    fn done(self) -> Check {
        self.0
    }
}
