//! `org.kvmmanager.Manager1.Host.Input`: keyboards and mice of the computer that runs the machines.

use std::collections::HashMap;

use zbus::OwnedVariant;

/// Those that there are.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1.Host.Input",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1/host"
)]
pub trait HostInput {
    #[zbus(property)]
    fn devices(&self) -> zbus::Result<Vec<HashMap<String, OwnedVariant>>>;
}
