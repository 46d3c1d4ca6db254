//! `org.kvmmanager.Manager1.Host.Usb`: the USB devices of the computer that runs the machines.

use std::collections::HashMap;

use zbus::OwnedVariant;

/// What hangs on which port.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1.Host.Usb",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1/host"
)]
pub trait Usb {
    #[zbus(property)]
    fn devices(&self) -> zbus::Result<Vec<HashMap<String, OwnedVariant>>>;
}
