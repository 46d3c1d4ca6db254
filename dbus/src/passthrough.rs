//! `org.kvmmanager.Manager1.Passthrough`: devices that go from the host to its machines and back.

use std::collections::HashMap;

use zbus::{Fd, OwnedVariant};

use crate::Options;

/// A PCI device that can be given to machines.
#[zbus::proxy(interface = "org.kvmmanager.Manager1.Passthrough", default_service = "org.kvmmanager.Manager1")]
pub trait Passthrough {
    #[zbus(allow_interactive_auth)]
    fn plan_bind(&self, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn bind(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn plan_release(&self, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn release(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn plan_persist(&self, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn set_persistent(&self, persistent: bool, options: &Options) -> zbus::Result<()>;

    #[zbus(allow_interactive_auth)]
    fn set_virtual_functions(&self, count: u32, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn plan_virtual_function(&self, index: u32, settings: &Options, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn set_virtual_function(&self, index: u32, settings: &Options, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn plan_persist_functions(&self, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn set_functions_persistent(&self, persistent: bool, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn list_networks(&self, options: &Options) -> zbus::Result<Vec<HashMap<String, OwnedVariant>>>;
    #[zbus(allow_interactive_auth)]
    fn plan_create_network(&self, name: &str, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn create_network(&self, name: &str, options: &Options) -> zbus::Result<String>;
    #[zbus(allow_interactive_auth)]
    fn plan_delete_network(&self, uuid: &str, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn delete_network(&self, uuid: &str, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn dump_rom(&self, file: Fd<'_>, options: &Options) -> zbus::Result<u64>;

    #[zbus(property)]
    fn persistent(&self) -> zbus::Result<bool>;
    #[zbus(property)]
    fn functions_persistent(&self) -> zbus::Result<bool>;
}
