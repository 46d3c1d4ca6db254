//! `org.kvmmanager.Manager1.HostDevice`.

use std::{collections::HashMap, sync::Arc};

use dbus::path;
use uuid::Uuid;
use zbus::{OwnedObjectPath, Variant, interface};

use super::{super::function, State};
use crate::host::pci::{Device, PciAddress};

/// What is known of a device: the host's part and the machines'.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub address: PciAddress,
    pub device: Arc<Device>,
    /// Machines whose definitions name it.
    pub machines: Vec<Uuid>,
    /// The one that runs and has it.
    pub active_machine: Option<Uuid>,
    /// Whether the service could give it to machines at all.
    pub has_passthrough: bool,
    /// Whether it is taken at each start of the computer.
    pub is_persistent: bool,
    /// Whether its virtual functions are made at each start of the computer.
    pub has_persistent_functions: bool,
}

/// The path of a device's object.
pub fn object(address: PciAddress) -> OwnedObjectPath {
    path::host_device(&address.to_string())
}

fn objects(addresses: &[PciAddress]) -> Vec<OwnedObjectPath> {
    addresses.iter().copied().map(object).collect()
}

fn none() -> OwnedObjectPath {
    OwnedObjectPath::default()
}

fn signed(number: Option<u32>) -> i32 {
    number.and_then(|number| i32::try_from(number).ok()).unwrap_or(-1)
}

impl Record {
    fn uses(&self) -> Vec<(String, String)> {
        let mut uses: Vec<_> = self.device.uses.iter().map(|used| (used.purpose.word().to_owned(), used.name.clone())).collect();
        // One part may be used for the same in several ways, which not everybody may see.
        uses.dedup();
        uses
    }

    fn address(&self) -> String {
        self.address.to_string()
    }

    fn vendor_id(&self) -> u16 {
        self.device.ids.vendor
    }

    fn device_id(&self) -> u16 {
        self.device.ids.device
    }

    fn subsystem_vendor_id(&self) -> u16 {
        self.device.ids.subsystem_vendor
    }

    fn subsystem_device_id(&self) -> u16 {
        self.device.ids.subsystem_device
    }

    fn revision(&self) -> u8 {
        self.device.revision
    }

    fn class(&self) -> u32 {
        self.device.class
    }

    fn kind(&self) -> String {
        self.device.kind().to_owned()
    }

    fn vendor_name(&self) -> String {
        self.device.vendor_name.clone()
    }

    fn device_name(&self) -> String {
        self.device.device_name.clone()
    }

    fn subsystem_name(&self) -> String {
        self.device.subsystem_name.clone()
    }

    fn class_name(&self) -> String {
        self.device.class_name.clone()
    }

    fn driver(&self) -> String {
        self.device.driver.clone()
    }

    fn driver_override(&self) -> String {
        self.device.driver_override.clone()
    }

    fn iommu_group(&self) -> i32 {
        signed(self.device.group)
    }

    fn iommu_group_members(&self) -> Vec<OwnedObjectPath> {
        objects(&self.device.group_members)
    }

    fn numa_node(&self) -> i32 {
        signed(self.device.numa_node)
    }

    fn link_speed(&self) -> u32 {
        self.device.link.speed
    }

    fn link_width(&self) -> u32 {
        self.device.link.width
    }

    fn maximum_link_speed(&self) -> u32 {
        self.device.maximum_link.speed
    }

    fn maximum_link_width(&self) -> u32 {
        self.device.maximum_link.width
    }

    fn reset_methods(&self) -> Vec<String> {
        self.device.resets.clone()
    }

    fn maximum_virtual_functions(&self) -> u32 {
        self.device.maximum_functions
    }

    fn virtual_functions(&self) -> Vec<OwnedObjectPath> {
        objects(&self.device.virtual_functions)
    }

    /// Their numbers and what they may, if the device is a network card.
    fn virtual_function_settings(&self) -> Vec<HashMap<&'static str, Variant<'static>>> {
        // The kernel numbers them in the order of their addresses.
        let address = |index: u32| self.device.virtual_functions.get(usize::try_from(index).ok()?);
        let one = |(index, settings): (&u32, _)| {
            let mut facts = function::settings(settings);
            facts.insert("index", (*index).into());
            facts.extend(address(*index).map(|address| ("function", object(*address).into())));
            facts
        };
        self.device.functions.iter().map(one).collect()
    }

    fn physical_function(&self) -> OwnedObjectPath {
        self.device.physical_function.map_or_else(none, object)
    }

    fn boot_display(&self) -> bool {
        self.device.is_boot_display
    }

    fn bars(&self) -> Vec<(u32, u64)> {
        self.device.bars.iter().map(|bar| (bar.number, bar.size)).collect()
    }

    fn machines(&self) -> Vec<OwnedObjectPath> {
        self.machines.iter().map(|uuid| path::machine(*uuid)).collect()
    }

    fn active_machine(&self) -> OwnedObjectPath {
        self.active_machine.map_or_else(none, path::machine)
    }

    /// All properties of its passthrough and their values.
    pub fn passthrough_properties(&self) -> HashMap<&'static str, Variant<'static>> {
        HashMap::from([("Persistent", self.is_persistent.into()), ("FunctionsPersistent", self.has_persistent_functions.into())])
    }

    /// All properties and their values.
    pub fn properties(&self) -> HashMap<&'static str, Variant<'static>> {
        HashMap::from([
            ("Address", self.address().into()),
            ("VendorId", self.vendor_id().into()),
            ("DeviceId", self.device_id().into()),
            ("SubsystemVendorId", self.subsystem_vendor_id().into()),
            ("SubsystemDeviceId", self.subsystem_device_id().into()),
            ("Revision", self.revision().into()),
            ("Class", self.class().into()),
            ("Kind", self.kind().into()),
            ("VendorName", self.vendor_name().into()),
            ("DeviceName", self.device_name().into()),
            ("SubsystemName", self.subsystem_name().into()),
            ("ClassName", self.class_name().into()),
            ("Driver", self.driver().into()),
            ("DriverOverride", self.driver_override().into()),
            ("IommuGroup", self.iommu_group().into()),
            ("IommuGroupMembers", self.iommu_group_members().into()),
            ("NumaNode", self.numa_node().into()),
            ("LinkSpeed", self.link_speed().into()),
            ("LinkWidth", self.link_width().into()),
            ("MaximumLinkSpeed", self.maximum_link_speed().into()),
            ("MaximumLinkWidth", self.maximum_link_width().into()),
            ("ResetMethods", self.reset_methods().into()),
            ("MaximumVirtualFunctions", self.maximum_virtual_functions().into()),
            ("VirtualFunctions", self.virtual_functions().into()),
            ("VirtualFunctionSettings", self.virtual_function_settings().into()),
            ("PhysicalFunction", self.physical_function().into()),
            ("BootDisplay", self.boot_display().into()),
            ("Bars", self.bars().into()),
            ("Uses", self.uses().into()),
            ("Machines", self.machines().into()),
            ("ActiveMachine", self.active_machine().into()),
        ])
    }
}

/// The object of a device. It has nothing of its own: what it answers is the latest record.
#[derive(Debug)]
pub struct HostDevice {
    pub address: PciAddress,
    pub state: State,
}

#[interface(name = "org.kvmmanager.Manager1.HostDevice", introspection_docs = false)]
impl HostDevice {
    #[zbus(property(emits_changed_signal = "const"))]
    fn address(&self) -> zbus::fdo::Result<String> {
        self.state.of(self.address, Record::address)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn vendor_id(&self) -> zbus::fdo::Result<u16> {
        self.state.of(self.address, Record::vendor_id)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn device_id(&self) -> zbus::fdo::Result<u16> {
        self.state.of(self.address, Record::device_id)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn subsystem_vendor_id(&self) -> zbus::fdo::Result<u16> {
        self.state.of(self.address, Record::subsystem_vendor_id)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn subsystem_device_id(&self) -> zbus::fdo::Result<u16> {
        self.state.of(self.address, Record::subsystem_device_id)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn revision(&self) -> zbus::fdo::Result<u8> {
        self.state.of(self.address, Record::revision)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn class(&self) -> zbus::fdo::Result<u32> {
        self.state.of(self.address, Record::class)
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn kind(&self) -> zbus::fdo::Result<String> {
        self.state.of(self.address, Record::kind)
    }

    #[zbus(property)]
    fn vendor_name(&self) -> zbus::fdo::Result<String> {
        self.state.of(self.address, Record::vendor_name)
    }

    #[zbus(property)]
    fn device_name(&self) -> zbus::fdo::Result<String> {
        self.state.of(self.address, Record::device_name)
    }

    #[zbus(property)]
    fn subsystem_name(&self) -> zbus::fdo::Result<String> {
        self.state.of(self.address, Record::subsystem_name)
    }

    #[zbus(property)]
    fn class_name(&self) -> zbus::fdo::Result<String> {
        self.state.of(self.address, Record::class_name)
    }

    #[zbus(property)]
    fn driver(&self) -> zbus::fdo::Result<String> {
        self.state.of(self.address, Record::driver)
    }

    #[zbus(property)]
    fn driver_override(&self) -> zbus::fdo::Result<String> {
        self.state.of(self.address, Record::driver_override)
    }

    #[zbus(property)]
    fn iommu_group(&self) -> zbus::fdo::Result<i32> {
        self.state.of(self.address, Record::iommu_group)
    }

    #[zbus(property)]
    fn iommu_group_members(&self) -> zbus::fdo::Result<Vec<OwnedObjectPath>> {
        self.state.of(self.address, Record::iommu_group_members)
    }

    #[zbus(property)]
    fn numa_node(&self) -> zbus::fdo::Result<i32> {
        self.state.of(self.address, Record::numa_node)
    }

    #[zbus(property)]
    fn link_speed(&self) -> zbus::fdo::Result<u32> {
        self.state.of(self.address, Record::link_speed)
    }

    #[zbus(property)]
    fn link_width(&self) -> zbus::fdo::Result<u32> {
        self.state.of(self.address, Record::link_width)
    }

    #[zbus(property)]
    fn maximum_link_speed(&self) -> zbus::fdo::Result<u32> {
        self.state.of(self.address, Record::maximum_link_speed)
    }

    #[zbus(property)]
    fn maximum_link_width(&self) -> zbus::fdo::Result<u32> {
        self.state.of(self.address, Record::maximum_link_width)
    }

    #[zbus(property)]
    fn reset_methods(&self) -> zbus::fdo::Result<Vec<String>> {
        self.state.of(self.address, Record::reset_methods)
    }

    #[zbus(property)]
    fn maximum_virtual_functions(&self) -> zbus::fdo::Result<u32> {
        self.state.of(self.address, Record::maximum_virtual_functions)
    }

    #[zbus(property)]
    fn virtual_functions(&self) -> zbus::fdo::Result<Vec<OwnedObjectPath>> {
        self.state.of(self.address, Record::virtual_functions)
    }

    #[zbus(property)]
    fn virtual_function_settings(&self) -> zbus::fdo::Result<Vec<HashMap<&'static str, Variant<'static>>>> {
        self.state.of(self.address, Record::virtual_function_settings)
    }

    #[zbus(property)]
    fn physical_function(&self) -> zbus::fdo::Result<OwnedObjectPath> {
        self.state.of(self.address, Record::physical_function)
    }

    #[zbus(property)]
    fn boot_display(&self) -> zbus::fdo::Result<bool> {
        self.state.of(self.address, Record::boot_display)
    }

    #[zbus(property)]
    fn bars(&self) -> zbus::fdo::Result<Vec<(u32, u64)>> {
        self.state.of(self.address, Record::bars)
    }

    #[zbus(property)]
    fn uses(&self) -> zbus::fdo::Result<Vec<(String, String)>> {
        self.state.of(self.address, Record::uses)
    }

    #[zbus(property)]
    fn machines(&self) -> zbus::fdo::Result<Vec<OwnedObjectPath>> {
        self.state.of(self.address, Record::machines)
    }

    #[zbus(property)]
    fn active_machine(&self) -> zbus::fdo::Result<OwnedObjectPath> {
        self.state.of(self.address, Record::active_machine)
    }
}
