//! Frequency governors: what the kernel uses for which CPUs.

use super::memory::files::{Kernel, line, numbered};

const POLICIES: &str = "sys/devices/system/cpu/cpufreq";

/// CPUs whose frequency is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its number.
    pub number: u32,
    /// The CPUs, those that are online.
    pub cpus: Vec<u32>,
    /// The governor.
    pub governor: String,
    /// Those that there are.
    pub available: Vec<String>,
}

/// Every policy; none where the kernel does not govern frequencies.
#[must_use]
pub fn policies(kernel: &dyn Kernel) -> Vec<Policy> {
    let words = |number: u32, file: &str| line(kernel, &format!("{POLICIES}/policy{number}/{file}")).unwrap_or_default();
    let policy = |number| Policy {
        number,
        cpus: words(number, "affected_cpus").split_ascii_whitespace().filter_map(|cpu| cpu.parse().ok()).collect(),
        governor: words(number, "scaling_governor"),
        available: words(number, "scaling_available_governors").split_ascii_whitespace().map(str::to_owned).collect(),
    };
    numbered(kernel, POLICIES, "policy").into_iter().map(policy).collect()
}

/// Sets the governor of a policy.
///
/// # Errors
/// The kernel's.
pub fn set(kernel: &dyn Kernel, policy: u32, governor: &str) -> std::io::Result<()> {
    kernel.write(&format!("{POLICIES}/policy{policy}/scaling_governor"), governor)
}
