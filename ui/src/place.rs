//! The places of the sidebar: what part of all machines is listed.

use client::{Machine, host::Id};

use crate::model::HostModel;

/// What part of all machines is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Place {
    /// All of all hosts.
    #[default]
    All,
    /// Those of one host.
    Host(Id),
    /// Those of a group and of the groups below it.
    Group(String),
    /// Those with a tag.
    Tag(String),
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
        }
    }
}

/// Whether a group is another one or lies below it.
#[must_use]
pub fn is_below(group: &str, above: &str) -> bool {
    group.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
