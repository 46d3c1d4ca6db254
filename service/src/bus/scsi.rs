//! `org.kvmmanager.Manager1.Host.Scsi`.

use std::{collections::HashMap, sync::Arc};

use dbus::path;
use uuid::Uuid;
use zbus::{Variant, interface};

use super::host_device::{Shown, Shows, State, object};
use crate::{
    context::Context,
    host::scsi::{Address, Device, Devices},
    inventory::Machine,
    workflow::scsi::is_of,
};

/// A device and the machines that name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScsiRecord {
    address: Address,
    device: Device,
    /// Machines whose definitions name it.
    machines: Vec<Uuid>,
    /// The one that runs and has it.
    active_machine: Option<Uuid>,
}

/// The devices with the machines that name them.
pub fn records(context: &Context, devices: Devices) -> Vec<ScsiRecord> {
    let is_scsi = |machine: &Arc<Machine>| machine.definition.attached.iter().any(|one| &*one.kind == "scsi");
    let machines: Vec<Arc<Machine>> = context.inventory.machines().into_iter().filter(is_scsi).collect();
    let record = |(address, device): (Address, Device)| {
        let identity = device.identity();
        let has = |machine: &&Arc<Machine>, only_live: bool| {
            machine.definition.attached.iter().any(|one| (one.live || !only_live) && is_of(one, address, identity.as_deref()))
        };
        let active_machine = machines.iter().find(|machine| has(machine, true)).map(|machine| machine.uuid);
        let machines = machines.iter().filter(|machine| has(machine, false)).map(|machine| machine.uuid).collect();
        ScsiRecord { address, device, machines, active_machine }
    };
    devices.into_iter().map(record).collect()
}

impl ScsiRecord {
    fn facts(&self) -> HashMap<&'static str, Variant<'static>> {
        let device = &self.device;
        let uses: Vec<(String, String)> = device.uses.iter().map(|(word, name)| ((*word).to_owned(), name.clone())).collect();
        let mut facts = HashMap::from([
            ("address", self.address.to_string().into()),
            ("kind", device.kind.into()),
            ("vendor", device.vendor.clone().into()),
            ("model", device.model.clone().into()),
            ("size", device.size.into()),
            ("uses", uses.into()),
            ("machines", self.machines.iter().map(|uuid| path::machine(*uuid)).collect::<Vec<_>>().into()),
        ]);
        let texts = [("serial", &device.serial), ("wwid", &device.wwid), ("generic", &device.generic), ("node", &device.node)];
        facts.extend(texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| (key, text.clone().into())));
        facts.extend(device.identity().map(|identity| ("identity", identity.into())));
        facts.extend(device.controller.map(|controller| ("controller", object(controller).into())));
        facts.extend(self.active_machine.map(|uuid| ("active-machine", path::machine(uuid).into())));
        facts
    }
}

fn devices(records: &[ScsiRecord]) -> Vec<HashMap<&'static str, Variant<'static>>> {
    records.iter().map(ScsiRecord::facts).collect()
}

/// The interface on the object of the host.
#[derive(Debug)]
pub struct HostScsi(Shown<Vec<ScsiRecord>>);

impl Shows for HostScsi {
    type Thing = Vec<ScsiRecord>;

    fn of(_: &Arc<Context>, state: &State) -> Self {
        Self(state.scsi.clone())
    }

    fn properties(records: &Self::Thing) -> HashMap<&'static str, Variant<'static>> {
        HashMap::from([("Devices", devices(records).into())])
    }
}

#[interface(name = "org.kvmmanager.Manager1.Host.Scsi", introspection_docs = false)]
impl HostScsi {
    #[zbus(property)]
    fn devices(&self) -> Vec<HashMap<&'static str, Variant<'static>>> {
        devices(&self.0.get())
    }
}
