//! `org.kvmmanager.Manager1.Host.Nvme`: namespaces of NVMe controllers.

use std::collections::HashMap;

use zbus::OwnedVariant;

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
