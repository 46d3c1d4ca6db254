//! Frequency governors and energy preferences: what the kernel uses for which CPUs.

use super::memory::files::{Kernel, line, numbered};

const POLICIES: &str = "sys/devices/system/cpu/cpufreq";

/// What is set for CPUs whose frequency is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The governor. It comes first: the governor `performance` lets no other preference be set.
    Governor,
    /// What the processor itself is to prefer, power or speed; of processors that choose their frequency themselves.
    Preference,
}

impl Setting {
    /// Both, in the order in which they are written.
    pub const ALL: [Self; 2] = [Self::Governor, Self::Preference];

    const fn file(self) -> &'static str {
        match self {
            Self::Governor => "scaling_governor",
            Self::Preference => "energy_performance_preference",
        }
    }
}

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
    /// The energy preference; empty on a processor without.
    pub preference: String,
    /// Those that there are.
    pub available_preferences: Vec<String>,
}

impl Policy {
    /// What is set.
    #[must_use]
    pub fn value(&self, setting: Setting) -> &str {
        match setting {
            Setting::Governor => &self.governor,
            Setting::Preference => &self.preference,
        }
    }

    /// What could be set.
    #[must_use]
    pub fn available(&self, setting: Setting) -> &[String] {
        match setting {
            Setting::Governor => &self.available,
            Setting::Preference => &self.available_preferences,
        }
    }
}

/// Every policy; none where the kernel does not govern frequencies.
#[must_use]
pub fn policies(kernel: &dyn Kernel) -> Vec<Policy> {
    let words = |number: u32, file: &str| line(kernel, &format!("{POLICIES}/policy{number}/{file}")).unwrap_or_default();
    let list = |number, file| words(number, file).split_ascii_whitespace().map(str::to_owned).collect();
    let policy = |number| Policy {
        number,
        cpus: words(number, "affected_cpus").split_ascii_whitespace().filter_map(|cpu| cpu.parse().ok()).collect(),
        governor: words(number, Setting::Governor.file()),
        available: list(number, "scaling_available_governors"),
        preference: words(number, Setting::Preference.file()),
        available_preferences: list(number, "energy_performance_available_preferences"),
    };
    numbered(kernel, POLICIES, "policy").into_iter().map(policy).collect()
}

/// Sets the governor or the preference of a policy.
///
/// # Errors
/// The kernel's.
pub fn set(kernel: &dyn Kernel, setting: Setting, policy: u32, value: &str) -> std::io::Result<()> {
    kernel.write(&format!("{POLICIES}/policy{policy}/{}", setting.file()), value)
}
