//! `org.kvmmanager.Manager1.Nvme` and `org.kvmmanager.Manager1.Host.Nvme`: namespaces of NVMe controllers as disks of machines.

use std::collections::HashMap;

use zbus::OwnedVariant;

use crate::Options;

/// Namespaces that a machine gets and gives back.
#[zbus::proxy(interface = "org.kvmmanager.Manager1.Nvme", default_service = "org.kvmmanager.Manager1")]
pub trait Nvme {
    #[zbus(allow_interactive_auth)]
    fn plan_attach(&self, namespace: &Options, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn attach(&self, namespace: &Options, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn detach(&self, namespace: &Options, options: &Options) -> zbus::Result<()>;
}

/// Those that there are.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1.Host.Nvme",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1/host"
)]
pub trait HostNvme {
    #[zbus(property)]
    fn namespaces(&self) -> zbus::Result<Vec<HashMap<String, OwnedVariant>>>;
}
