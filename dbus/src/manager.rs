//! `org.kvmmanager.Manager1`: the root object.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use zbus::{OwnedObjectPath, OwnedVariant, Type, Variant};

use crate::{Error, Options, machine::Summary};

/// What `Unlock` asks for up front (wire type `u`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Scope {
    /// Everything that concerns machines and is not equal to root.
    Machine = 1,
    /// That, and the host's devices, memory and networks: equal to root.
    Host = 2,
}

impl Scope {
    /// The scope with this number.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Machine),
            2 => Some(Self::Host),
            _ => None,
        }
    }
}

/// What became of one machine of a `Batch`, wire type `(ossa{sv})`.
#[derive(Debug, Serialize, Deserialize, Type)]
pub struct BatchResult {
    /// The machine.
    pub machine: OwnedObjectPath,
    /// The D-Bus error name, or empty for success.
    pub error_name: String,
    /// The message, or empty for success.
    pub message: String,
    /// The facts of the error, as the single call's has them.
    pub facts: HashMap<String, OwnedVariant>,
}

impl BatchResult {
    /// Done.
    #[must_use]
    pub fn done(machine: OwnedObjectPath) -> Self {
        Self { machine, error_name: String::new(), message: String::new(), facts: HashMap::new() }
    }

    /// Not done: `error` by `name`, which is another one where nobody could be asked for a password.
    #[must_use]
    pub fn failed(machine: OwnedObjectPath, name: &str, error: Error) -> Self {
        let fact = |(name, fact): (&str, Variant<'static>)| Some((name.to_owned(), OwnedVariant::try_from(fact).ok()?));
        Self { machine, error_name: name.to_owned(), message: error.message, facts: error.facts.into_iter().filter_map(fact).collect() }
    }
}

/// A deleted machine that can come back, wire type `(sssttt)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Deleted {
    /// What `Undelete` takes.
    pub id: String,
    /// The machine's UUID.
    pub uuid: String,
    /// The machine's name.
    pub name: String,
    /// When it was deleted, µs since the epoch.
    pub deleted: u64,
    /// When its disks go for good, µs since the epoch.
    pub expires: u64,
    /// Bytes that its disks take in their pools.
    pub size: u64,
}

/// The root object.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1"
)]
pub trait Manager {
    fn list_machines(&self, options: &Options) -> zbus::Result<Vec<Summary>>;
    #[zbus(allow_interactive_auth)]
    fn batch(&self, operation: &str, machines: &[OwnedObjectPath], options: &Options) -> zbus::Result<Vec<BatchResult>>;
    #[zbus(allow_interactive_auth)]
    fn unlock(&self, scope: u32, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn list_deleted(&self, options: &Options) -> zbus::Result<Vec<Deleted>>;
    #[zbus(allow_interactive_auth)]
    fn undelete(&self, id: &str, options: &Options) -> zbus::Result<OwnedObjectPath>;
    #[zbus(allow_interactive_auth)]
    fn purge_deleted(&self, id: &str, options: &Options) -> zbus::Result<()>;

    #[zbus(property(emits_changed_signal = "const"))]
    fn version(&self) -> zbus::Result<String>;
    #[zbus(property(emits_changed_signal = "const"))]
    fn features(&self) -> zbus::Result<Vec<String>>;
    #[zbus(property(emits_changed_signal = "const"))]
    fn uri(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn connected(&self) -> zbus::Result<bool>;
    #[zbus(property)]
    fn connection_state(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn connection_problem(&self) -> zbus::Result<String>;
}
