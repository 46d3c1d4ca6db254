//! The places of the sidebar: what part of all machines is listed, or what of a host is shown instead.

use client::{Machine, host::Id};

use crate::{
    command::Command,
    icon::{self, Icon},
    model::{HostModel, Model},
};

/// What the main window shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Place {
    /// All machines of all hosts.
    #[default]
    All,
    /// Those of one host.
    Host(Id),
    /// Those of a group and of the groups below it.
    Group(String),
    /// Those with a tag.
    Tag(String),
    /// A part of a host, in place of machines.
    Part(Id, Part),
}

/// A part of a host that has a screen of its own in the main window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Its PCI devices.
    Devices,
    /// Its huge pages and NUMA nodes.
    Memory,
    /// Whether it has what machines need.
    Readiness,
}

impl Part {
    /// Every part, in the order of the sidebar.
    pub const ALL: [Self; 3] = [Self::Devices, Self::Memory, Self::Readiness];

    /// Whether a host has it: what is not there is not shown.
    #[must_use]
    pub fn is_offered(self, host: &HostModel) -> bool {
        match self {
            Self::Devices => !host.devices.is_empty(),
            Self::Memory => host.pages.is_some() && host.topology.is_some(),
            // The service has both or neither.
            Self::Readiness => host.topology.is_some(),
        }
    }

    /// Whether any host has it.
    #[must_use]
    pub fn is_anywhere(self, model: &Model) -> bool {
        model.hosts().iter().any(|host| self.is_offered(host))
    }

    /// Its name in what is remembered; its text is `part-` and this.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::Memory => "memory",
            Self::Readiness => "readiness",
        }
    }

    /// What it is called.
    #[must_use]
    pub fn label(self) -> String {
        client::t!(&format!("part-{}", self.id()))
    }

    /// The command that shows it.
    #[must_use]
    pub const fn command(self) -> Command {
        match self {
            Self::Devices => Command::ShowDevices,
            Self::Memory => Command::ShowMemory,
            Self::Readiness => Command::ShowReadiness,
        }
    }

    /// The part that a command shows.
    #[must_use]
    pub fn of(command: Command) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.command() == command)
    }

    /// Its icon.
    #[must_use]
    pub fn icon(self) -> Icon {
        match self {
            Self::Devices => icon::circuit_board(),
            Self::Memory => icon::memory_stick(),
            Self::Readiness => icon::list_checks(),
        }
    }
}

impl Place {
    /// Whether a machine is in it.
    #[must_use]
    pub fn holds(&self, host: &HostModel, machine: &Machine) -> bool {
        match self {
            Self::All => true,
            Self::Host(id) => host.host.id == *id,
            Self::Group(group) => is_below(&machine.group, group),
            Self::Tag(tag) => machine.tags.iter().any(|other| other.name == *tag),
            Self::Part(..) => false,
        }
    }

    /// Its name in the settings; nothing for all machines and for what has no list of machines.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Host(id) => Some(format!("host:{id}")),
            Self::Group(group) => Some(format!("group:{group}")),
            Self::Tag(tag) => Some(format!("tag:{tag}")),
            Self::All | Self::Part(..) => None,
        }
    }

    /// The host that it is about, if it is one alone.
    #[must_use]
    pub const fn host(&self) -> Option<&Id> {
        match self {
            Self::Host(id) | Self::Part(id, _) => Some(id),
            Self::All | Self::Group(_) | Self::Tag(_) => None,
        }
    }
}

/// Whether a group is another one or lies below it.
#[must_use]
pub fn is_below(group: &str, above: &str) -> bool {
    group.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
