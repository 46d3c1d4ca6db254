//! `org.kvmmanager.Manager1.Host.Readiness`: what the host lacks for machines, and how to get it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zbus::Type;

use crate::Options;

/// Values of `state` in a [`Check`].
pub mod state {
    /// The service may not see it.
    pub const UNKNOWN: u32 = 0;
    /// There and usable.
    pub const READY: u32 = 1;
    /// Machines run, but without it.
    pub const LIMITED: u32 = 2;
    /// Missing.
    pub const MISSING: u32 = 3;
    /// Makes no sense on this host.
    pub const NOT_APPLICABLE: u32 = 4;
}

/// What a fix is: the first of its two texts.
pub mod fix {
    /// A command that installs packages.
    pub const COMMAND: &str = "command";
    /// An argument that the kernel lacks.
    pub const KERNEL_ARGUMENT: &str = "kernel-argument";
    /// An argument that the kernel should not have.
    pub const NO_KERNEL_ARGUMENT: &str = "no-kernel-argument";
    /// A module to load.
    pub const MODULE: &str = "module";
    /// A line for a file in `/etc/modprobe.d`.
    pub const MODULE_OPTION: &str = "module-option";
    /// The name of a setting of the computer's firmware.
    pub const FIRMWARE: &str = "firmware";
}

/// One check, wire type `(sua{ss}a(ss))`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Check {
    /// What was looked at, such as `iommu`.
    pub id: String,
    /// See [`state`].
    pub state: u32,
    /// What was seen, by name.
    pub facts: BTreeMap<String, String>,
    /// What to do, all of it in this order: see [`fix`], and its value.
    pub fixes: Vec<(String, String)>,
}

/// Whether the host is ready for machines.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1.Host.Readiness",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1/host"
)]
pub trait Readiness {
    /// Looks at everything.
    fn report(&self, options: &Options) -> zbus::Result<Vec<Check>>;
}
