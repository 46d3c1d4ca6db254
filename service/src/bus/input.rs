//! `org.kvmmanager.Manager1.Host.Input`.

use std::{collections::HashMap, sync::Arc};

use dbus::path;
use uuid::Uuid;
use zbus::{Variant, interface};

use super::host_device::{Shown, Shows, State, object};
use crate::{
    context::Context,
    host::input::{Device, Inputs},
    inventory::Machine,
};

/// An input of the host and the machines that name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputRecord {
    name: String,
    device: Device,
    is_only_keyboard: bool,
    /// Machines whose definitions name it.
    machines: Vec<Uuid>,
    /// The one that runs and has it.
    active_machine: Option<Uuid>,
}

/// The inputs with the machines that name them.
pub fn records(context: &Context, inputs: &Inputs) -> Vec<InputRecord> {
    let is_input = |machine: &Arc<Machine>| machine.definition.attached.iter().any(|one| &*one.kind == "input");
    let machines: Vec<Arc<Machine>> = context.inventory.machines().into_iter().filter(is_input).collect();
    let record = |(name, device): (&String, &Device)| {
        let names = |machine: &Machine, only_live: bool| {
            machine.definition.attached.iter().any(|one| &*one.kind == "input" && (one.live || !only_live) && *one.source == **name)
        };
        InputRecord {
            is_only_keyboard: inputs.are_last_keyboards(std::slice::from_ref(name)),
            active_machine: machines.iter().find(|machine| names(machine, true)).map(|machine| machine.uuid),
            machines: machines.iter().filter(|machine| names(machine, false)).map(|machine| machine.uuid).collect(),
            name: name.clone(),
            device: device.clone(),
        }
    };
    inputs.devices.iter().map(record).collect()
}

impl InputRecord {
    fn facts(&self) -> HashMap<&'static str, Variant<'static>> {
        let device = &self.device;
        let mut facts = HashMap::from([
            ("name", self.name.clone().into()),
            ("label", device.label.clone().into()),
            ("kinds", device.kinds.clone().into()),
            ("only-keyboard", self.is_only_keyboard.into()),
            ("machines", self.machines.iter().map(|uuid| path::machine(*uuid)).collect::<Vec<_>>().into()),
        ]);
        facts.extend(Some(&device.port).filter(|port| !port.is_empty()).map(|port| ("port", port.clone().into())));
        facts.extend(device.controller.map(|controller| ("controller", object(controller).into())));
        facts.extend(self.active_machine.map(|uuid| ("active-machine", path::machine(uuid).into())));
        facts
    }
}

fn devices(records: &[InputRecord]) -> Vec<HashMap<&'static str, Variant<'static>>> {
    records.iter().map(InputRecord::facts).collect()
}

/// The interface on the object of the host.
#[derive(Debug)]
pub struct HostInput(Shown<Vec<InputRecord>>);

impl Shows for HostInput {
    type Thing = Vec<InputRecord>;

    fn of(_: &Arc<Context>, state: &State) -> Self {
        Self(state.inputs.clone())
    }

    fn properties(records: &Self::Thing) -> HashMap<&'static str, Variant<'static>> {
        HashMap::from([("Devices", devices(records).into())])
    }
}

#[interface(name = "org.kvmmanager.Manager1.Host.Input", introspection_docs = false)]
impl HostInput {
    #[zbus(property)]
    fn devices(&self) -> Vec<HashMap<&'static str, Variant<'static>>> {
        devices(&self.0.get())
    }
}
