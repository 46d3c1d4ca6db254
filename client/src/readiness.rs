//! What a host lacks for machines, and how to get it.

use std::collections::BTreeMap;

/// How a thing stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It is missing.
    Missing,
    /// Machines run, but without it or with less.
    Limited,
    /// The service may not see it.
    #[default]
    Unknown,
    /// It is there and usable.
    Ready,
    /// It makes no sense on this host.
    NotApplicable,
}

impl From<u32> for Standing {
    fn from(number: u32) -> Self {
        match number {
            dbus::readiness::state::READY => Self::Ready,
            dbus::readiness::state::LIMITED => Self::Limited,
            dbus::readiness::state::MISSING => Self::Missing,
            dbus::readiness::state::NOT_APPLICABLE => Self::NotApplicable,
            _ => Self::Unknown,
        }
    }
}

/// Something to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// A command that installs packages on this host's distribution.
    Command(String),
    /// An argument that the kernel lacks.
    KernelArgument(String),
    /// An argument that the kernel should not have.
    NoKernelArgument(String),
    /// A module to load.
    Module(String),
    /// A line for a file in `/etc/modprobe.d`.
    ModuleOption(String),
    /// The name of a setting of the computer's firmware.
    Firmware(String),
    /// A kind that this client does not know: the kind, and its value.
    Other(String, String),
}

impl Fix {
    /// What the service calls it, and its value.
    #[must_use]
    pub fn new(kind: &str, value: String) -> Self {
        match kind {
            dbus::readiness::fix::COMMAND => Self::Command(value),
            dbus::readiness::fix::KERNEL_ARGUMENT => Self::KernelArgument(value),
            dbus::readiness::fix::NO_KERNEL_ARGUMENT => Self::NoKernelArgument(value),
            dbus::readiness::fix::MODULE => Self::Module(value),
            dbus::readiness::fix::MODULE_OPTION => Self::ModuleOption(value),
            dbus::readiness::fix::FIRMWARE => Self::Firmware(value),
            _ => Self::Other(kind.to_owned(), value),
        }
    }

    /// What is typed or written down as it is.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Command(value)
            | Self::KernelArgument(value)
            | Self::NoKernelArgument(value)
            | Self::Module(value)
            | Self::ModuleOption(value)
            | Self::Firmware(value)
            | Self::Other(_, value) => value,
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// What it is, such as `iommu`.
    pub id: String,
    /// How it stands.
    pub standing: Standing,
    /// What was seen, by name.
    pub facts: BTreeMap<String, String>,
    /// What to do, all of it in this order.
    pub fixes: Vec<Fix>,
}

impl Check {
    /// Why it stands so, where there is more than one reason: the service's word.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.facts.get("reason").map(String::as_str)
    }
}
