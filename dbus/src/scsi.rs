//! `org.kvmmanager.Manager1.Host.Scsi`: SCSI devices.

use std::collections::HashMap;

use zbus::OwnedVariant;

/// Those that there are.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1.Host.Scsi",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1/host"
)]
pub trait HostScsi {
    #[zbus(property)]
    fn devices(&self) -> zbus::Result<Vec<HashMap<String, OwnedVariant>>>;
}
