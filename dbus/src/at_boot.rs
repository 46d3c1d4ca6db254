//! `org.kvmmanager.Manager1.Host.AtBoot`: what is done each time the host starts, and what came of it.

use serde::{Deserialize, Serialize};
use zbus::{OwnedVariant, Type, Variant};

use crate::Options;

/// Values of `State`.
pub mod state {
    /// Nothing is wanted.
    pub const NOTHING: u32 = 1;
    /// Something is, and nothing was tried since the host started.
    pub const WAITING: u32 = 2;
    /// It was tried; the host did not run for long enough yet.
    pub const APPLIED: u32 = 3;
    /// It was tried, and the host ran on.
    pub const CONFIRMED: u32 = 4;
    /// Nothing is done any more: starts before were cut short.
    pub const SKIPPED: u32 = 5;
    /// What is wanted cannot be read.
    pub const DAMAGED: u32 = 6;
}

/// A device that is taken at each start, wire type `(sqqsas)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Device {
    /// Its PCI address.
    pub address: String,
    /// The vendor's id.
    pub vendor: u16,
    /// The device's id.
    pub device: u16,
    /// What came of it at this start; empty if it was not tried.
    pub outcome: String,
    /// Why not, in the words of refusals.
    pub reasons: Vec<String>,
}

/// A card whose virtual functions are made at each start, wire type `(sqqusas)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Card {
    /// Its PCI address.
    pub address: String,
    /// The vendor's id.
    pub vendor: u16,
    /// The device's id.
    pub device: u16,
    /// How many there are to be.
    pub count: u32,
    /// What came of it at this start; empty if it was not tried.
    pub outcome: String,
    /// Why not.
    pub reasons: Vec<String>,
}

/// Huge pages that are reserved at each start, wire type `(titsas)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Pages {
    /// Bytes of a page.
    pub page_size: u64,
    /// The NUMA node, or -1.
    pub node: i32,
    /// How many there are to be.
    pub count: u64,
    /// What came of them at this start; empty if it was not tried.
    pub outcome: String,
    /// Why not.
    pub reasons: Vec<String>,
}

/// What is done each time the host starts.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1.Host.AtBoot",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1/host"
)]
pub trait AtBoot {
    /// Has nothing of a device done any more, also one that is not there any more.
    #[zbus(allow_interactive_auth)]
    fn forget(&self, address: &str, options: &Options) -> zbus::Result<()>;

    #[zbus(property)]
    fn state(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn unconfirmed(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn devices(&self) -> zbus::Result<Vec<Device>>;
    #[zbus(property)]
    fn huge_pages(&self) -> zbus::Result<Vec<Pages>>;
    #[zbus(property)]
    fn virtual_functions(&self) -> zbus::Result<Vec<Card>>;
}
