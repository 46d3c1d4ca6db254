//! `org.kvmmanager.Manager1.HostDevice`: a PCI device of the computer that runs the machines.

use std::collections::HashMap;

use zbus::{OwnedObjectPath, OwnedVariant};

/// A PCI device of the host.
#[zbus::proxy(interface = "org.kvmmanager.Manager1.HostDevice", default_service = "org.kvmmanager.Manager1")]
pub trait HostDevice {
    #[zbus(property(emits_changed_signal = "const"))]
    fn address(&self) -> zbus::Result<String>;
    #[zbus(property(emits_changed_signal = "const"))]
    fn vendor_id(&self) -> zbus::Result<u16>;
    #[zbus(property(emits_changed_signal = "const"))]
    fn device_id(&self) -> zbus::Result<u16>;
    #[zbus(property(emits_changed_signal = "const"))]
    fn subsystem_vendor_id(&self) -> zbus::Result<u16>;
    #[zbus(property(emits_changed_signal = "const"))]
    fn subsystem_device_id(&self) -> zbus::Result<u16>;
    #[zbus(property(emits_changed_signal = "const"))]
    fn revision(&self) -> zbus::Result<u8>;
    #[zbus(property(emits_changed_signal = "const"))]
    fn class(&self) -> zbus::Result<u32>;
    #[zbus(property(emits_changed_signal = "const"))]
    fn kind(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn vendor_name(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn device_name(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn subsystem_name(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn class_name(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn driver(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn driver_override(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn iommu_group(&self) -> zbus::Result<i32>;
    #[zbus(property)]
    fn iommu_group_members(&self) -> zbus::Result<Vec<OwnedObjectPath>>;
    #[zbus(property)]
    fn numa_node(&self) -> zbus::Result<i32>;
    #[zbus(property)]
    fn link_speed(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn link_width(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn maximum_link_speed(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn maximum_link_width(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn reset_methods(&self) -> zbus::Result<Vec<String>>;
    #[zbus(property)]
    fn maximum_virtual_functions(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn virtual_functions(&self) -> zbus::Result<Vec<OwnedObjectPath>>;
    #[zbus(property)]
    fn virtual_function_settings(&self) -> zbus::Result<Vec<HashMap<String, OwnedVariant>>>;
    #[zbus(property)]
    fn physical_function(&self) -> zbus::Result<OwnedObjectPath>;
    #[zbus(property)]
    fn boot_display(&self) -> zbus::Result<bool>;
    #[zbus(property)]
    fn bars(&self) -> zbus::Result<Vec<(u32, u64)>>;
    #[zbus(property)]
    fn uses(&self) -> zbus::Result<Vec<(String, String)>>;
    #[zbus(property)]
    fn machines(&self) -> zbus::Result<Vec<OwnedObjectPath>>;
    #[zbus(property)]
    fn active_machine(&self) -> zbus::Result<OwnedObjectPath>;
}
