//! `org.kvmmanager.Manager1.Host.Usb`.

use std::{collections::HashMap, sync::Arc};

use dbus::path;
use uuid::Uuid;
use zbus::{Variant, interface};

use super::host_device::{Shown, Shows, State, object};
use crate::{
    context::Context,
    host::usb::{Device, Devices},
    inventory::Machine,
};

/// A device and the machines that name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbRecord {
    port: String,
    device: Device,
    /// Machines whose definitions name it.
    machines: Vec<Uuid>,
    /// The one that runs and has it.
    active_machine: Option<Uuid>,
}

/// The devices with the machines that name them.
pub fn records(context: &Context, devices: Devices) -> Vec<UsbRecord> {
    let machines: Vec<Arc<Machine>> = context
        .inventory
        .machines()
        .into_iter()
        .filter(|machine| machine.definition.attached.iter().any(|one| &*one.kind == "usb"))
        .collect();
    let record = |(port, device): (String, Device)| {
        let names = |machine: &Machine, only_live: bool| {
            machine.definition.attached.iter().any(|one| &*one.kind == "usb" && (one.live || !only_live) && device.is_named(&one.source))
        };
        let active_machine = machines.iter().find(|machine| names(machine, true)).map(|machine| machine.uuid);
        let machines = machines.iter().filter(|machine| names(machine, false)).map(|machine| machine.uuid).collect();
        UsbRecord { port, device, machines, active_machine }
    };
    devices.into_iter().map(record).collect()
}

impl UsbRecord {
    fn facts(&self) -> HashMap<&'static str, Variant<'static>> {
        let device = &self.device;
        let text = |text: &str| Variant::from(text.to_owned());
        let uses: Vec<(String, String)> = device.uses.iter().map(|(word, name)| ((*word).to_owned(), name.clone())).collect();
        let mut facts = HashMap::from([
            ("port", text(&self.port)),
            ("bus", device.bus.into()),
            ("number", device.number.into()),
            ("vendor", device.vendor.into()),
            ("product", device.product.into()),
            ("serial", text(&device.serial)),
            ("vendor-name", text(&device.vendor_name)),
            ("product-name", text(&device.product_name)),
            ("speed", device.speed.into()),
            ("kinds", device.kinds.clone().into()),
            ("uses", uses.into()),
            ("machines", self.machines.iter().map(|uuid| path::machine(*uuid)).collect::<Vec<_>>().into()),
        ]);
        facts.extend(device.controller.map(|controller| ("controller", object(controller).into())));
        facts.extend(self.active_machine.map(|uuid| ("active-machine", path::machine(uuid).into())));
        facts
    }
}

fn devices(records: &[UsbRecord]) -> Vec<HashMap<&'static str, Variant<'static>>> {
    records.iter().map(UsbRecord::facts).collect()
}

/// The interface on the object of the host.
#[derive(Debug)]
pub struct Usb(Shown<Vec<UsbRecord>>);

impl Shows for Usb {
    type Thing = Vec<UsbRecord>;

    fn of(_: &Arc<Context>, state: &State) -> Self {
        Self(state.usb.clone())
    }

    fn properties(records: &Self::Thing) -> HashMap<&'static str, Variant<'static>> {
        HashMap::from([("Devices", devices(records).into())])
    }
}

#[interface(name = "org.kvmmanager.Manager1.Host.Usb", introspection_docs = false)]
impl Usb {
    #[zbus(property)]
    fn devices(&self) -> Vec<HashMap<&'static str, Variant<'static>>> {
        devices(&self.0.get())
    }
}
