//! `org.kvmmanager.Manager1.Host.HugePages`: huge pages and what else shapes the host's memory.

use serde::{Deserialize, Serialize};
use zbus::{DeserializeDict, OwnedObjectPath, OwnedVariant, SerializeDict, Type, Variant};

use crate::Options;

/// All pages of one size, wire type `(ttttt)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Size {
    /// Bytes of a page.
    pub page_size: u64,
    /// Pages that there are, `surplus` included.
    pub total: u64,
    /// Pages that nobody uses, `promised` included.
    pub free: u64,
    /// Free pages that were promised to somebody and not touched yet.
    pub promised: u64,
    /// Pages beyond what was reserved; each goes when its user lets it go.
    pub surplus: u64,
}

/// The pages of one size on one node, wire type `(tuttt)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub struct Pool {
    /// Bytes of a page.
    pub page_size: u64,
    /// The NUMA node.
    pub node: u32,
    /// Pages that there are, `surplus` included.
    pub total: u64,
    /// Pages that nobody uses.
    pub free: u64,
    /// Pages beyond what was reserved.
    pub surplus: u64,
}

/// Values of `kind` in a [`User`].
pub mod user {
    /// A machine whose definition wants huge pages.
    pub const MACHINE: u32 = 1;
    /// A process that has huge pages.
    pub const PROCESS: u32 = 2;
}

/// Who uses huge pages, wire type `(usottb)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct User {
    /// See [`user`].
    pub kind: u32,
    /// The name of the machine or process.
    pub name: String,
    /// The machine, or `/`.
    pub machine: OwnedObjectPath,
    /// Bytes of a page; 0 if it is the host's usual size, or not known.
    pub page_size: u64,
    /// Bytes: of a machine all its memory, of a process what it has in huge pages.
    pub bytes: u64,
    /// Whether it has them now; a machine that is off does not.
    pub active: bool,
}

/// What `PlanReserve` tells, wire type `a{sv}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, SerializeDict, DeserializeDict, Type)]
#[zbus(signature = "dict", rename_all = "kebab-case")]
pub struct Plan {
    /// Whether the host would have enough memory left.
    pub possible: bool,
    /// Bytes that the pages have.
    pub bytes: u64,
    /// Bytes that are available now.
    pub available: u64,
    /// Bytes that must stay available.
    pub floor: u64,
    /// The most pages that leave so much, as things are.
    pub most: u64,
}

/// What `PlanAtBoot` tells, wire type `a{sv}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, SerializeDict, DeserializeDict, Type)]
#[zbus(signature = "dict", rename_all = "kebab-case")]
pub struct BootPlan {
    /// Whether a host that starts has enough memory for all that is wanted.
    pub possible: bool,
    /// Bytes that the pages have.
    pub bytes: u64,
    /// Bytes that the host, or the node, has and nothing else is wanted of.
    pub available: u64,
    /// Bytes that must stay available.
    pub floor: u64,
    /// The most pages that leave so much.
    pub most: u64,
    /// With this the kernel reserves them itself.
    pub kernel_argument: String,
}

/// Values of `KsmState`.
pub mod ksm {
    /// What was merged stays so.
    pub const STOPPED: u32 = 1;
    /// Merging.
    pub const RUNNING: u32 = 2;
    /// What was merged is taken apart.
    pub const UNMERGED: u32 = 3;
}

/// Huge pages of the host.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1.Host.HugePages",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1/host"
)]
pub trait HugePages {
    /// Who uses huge pages.
    fn list_users(&self, options: &Options) -> zbus::Result<Vec<User>>;
    /// What [`Self::reserve`] would leave.
    fn plan_reserve(&self, page_size: u64, count: u64, options: &Options) -> zbus::Result<Plan>;
    /// Reserves `count` pages more and tells how many it became.
    #[zbus(allow_interactive_auth)]
    fn reserve(&self, page_size: u64, count: u64, options: &Options) -> zbus::Result<u64>;
    /// Gives `count` free pages back and tells how many it became.
    #[zbus(allow_interactive_auth)]
    fn release(&self, page_size: u64, count: u64, options: &Options) -> zbus::Result<u64>;
    /// What [`Self::set_at_boot`] would need.
    fn plan_at_boot(&self, page_size: u64, count: u64, options: &Options) -> zbus::Result<BootPlan>;
    /// Has `count` pages reserved each time the host starts; 0 for no longer.
    #[zbus(allow_interactive_auth)]
    fn set_at_boot(&self, page_size: u64, count: u64, options: &Options) -> zbus::Result<()>;
    /// Sets when memory gets huge pages of itself.
    #[zbus(allow_interactive_auth)]
    fn set_transparent_huge_pages(&self, mode: &str, options: &Options) -> zbus::Result<()>;
    /// Has equal pages merged, or no longer.
    #[zbus(allow_interactive_auth)]
    fn set_ksm(&self, running: bool, options: &Options) -> zbus::Result<()>;

    #[zbus(property)]
    fn sizes(&self) -> zbus::Result<Vec<Size>>;
    #[zbus(property)]
    fn pools(&self) -> zbus::Result<Vec<Pool>>;
    #[zbus(property)]
    fn memory(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn available(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn floor(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn transparent_huge_pages(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn transparent_defrag(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn transparent_used(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn ksm_state(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn ksm_saved(&self) -> zbus::Result<u64>;
}
