//! Devices that are taken from the host each time it starts.

use super::BindPlan;

/// A line that an administrator can put somewhere, so that a device is taken before any driver can have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// `kernel-argument`, `module-option` or `initramfs-module`.
    pub place: String,
    /// The line.
    pub line: String,
}

/// What taking devices at each start would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeepPlan {
    /// The writes of the next start, and what speaks against them.
    pub bind: BindPlan,
    /// What helps besides; empty where it would do harm.
    pub advice: Vec<Advice>,
}

/// A device that is taken at each start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Its address.
    pub address: String,
    /// Vendor and device.
    pub ids: (u16, u16),
    /// What came of it when the host started: `bound`, `refused`, `gone`, `other-device`, `failed`; empty if it was not tried since.
    pub outcome: String,
    /// Why it was refused, in the words of refusals.
    pub reasons: Vec<String>,
}

/// What is done with devices each time the host starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtBoot {
    /// Nothing is done any more, for starts before were cut short; until somebody changes what is kept.
    pub is_given_up: bool,
    /// What is kept cannot be read.
    pub is_damaged: bool,
    /// What is kept, by address.
    pub devices: Vec<Kept>,
}
