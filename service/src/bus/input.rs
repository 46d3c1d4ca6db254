//! `org.kvmmanager.Manager1.Input` of the machines, and `org.kvmmanager.Manager1.Host.Input`.

use std::{collections::HashMap, sync::Arc};

use dbus::{Options, Reader, path};
use model::device::input::TOGGLES;
use uuid::Uuid;
use zbus::{Variant, interface, message::Header};

use super::{
    findings::shown,
    host_device::{Shown, Shows, object},
    requests,
    subject::Subject,
};
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    host::input::{self as host, Device, Inputs},
    inventory::{Entry, Machine},
    policy::Target,
    workflow::input::{self, How, MOST_DEVICES},
};

/// Keyboards and mice of the host that a machine gets.
#[derive(Debug)]
pub struct Input(Subject);

impl Input {
    pub const fn new(context: Arc<Context>, entry: Arc<Entry>) -> Self {
        Self(Subject::new(context, entry))
    }

    async fn known_target(&self, operation: &'static str, names: &[String]) -> Result<Target> {
        Ok(self.target(operation, names, &input::known(&self.0.context).await?))
    }

    fn target(&self, operation: &'static str, names: &[String], known: &Inputs) -> Target {
        let kinds = names.iter().filter_map(|name| known.devices.get(name)).flat_map(|device| device.kinds.iter().copied());
        let kinds: std::collections::BTreeSet<&str> = kinds.collect();
        let kinds: Vec<&str> = if kinds.is_empty() { vec!["input"] } else { kinds.into_iter().collect() };
        let facts = vec![("device", names.join(" ")), ("device.kind", kinds.join(" "))];
        Target { facts, ..self.0.target(operation) }
    }
}

#[interface(name = "org.kvmmanager.Manager1.Input", introspection_docs = false)]
impl Input {
    async fn plan_attach(
        &self,
        input: Options,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<HashMap<&'static str, Variant<'static>>, Reply> {
        let (names, how) = (requests::read(input, names)?, requests::read(options, how)?);
        let plan = async {
            let known = input::resolve(&self.0.context, &names).await?;
            let plan = input::plan(&self.0.context, &self.0.machine(), &known, &names, &how);
            let mut told = shown(&plan.findings);
            told.insert("devices", plan.devices.into());
            Ok(told)
        };
        self.0.look(&header, self.known_target("plan-attach", &names), plan).await
    }

    async fn attach(&self, input: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let (names, how) = (requests::read(input, names)?, requests::read(options, how)?);
        let target = self.known_target("attach", &names);
        let attach = async |manage, device| input::attach(&self.0.context, &manage, &device, &names, &how).await;
        self.0.change(&header, target, attach).await
    }

    async fn detach(&self, input: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let names = requests::read(input, names)?;
        options.none()?;
        // They may be gone: what there is to know is their names.
        let target = async { Ok(self.target("detach", &names, &Inputs::default())) };
        let detach = async |manage, device| input::detach(&self.0.context, &manage, &device, &names).await;
        self.0.change(&header, target, detach).await
    }
}

/// `devices`: names as the host lists them, each once. A path is none.
fn names(reader: &mut Reader) -> Result<Vec<String>> {
    let invalid = |reason| Error::InvalidArgument { argument: "devices", reason };
    let mut names = reader.take::<Vec<String>>("devices")?.ok_or(invalid("missing"))?;
    if names.is_empty() || names.len() > MOST_DEVICES {
        return Err(invalid("must be 1 to 16"));
    }
    if !names.iter().all(|name| host::is_name(name)) {
        return Err(invalid("not a name of an input"));
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    Ok(names)
}

/// `grab-all`, `repeat` and `grab-toggle`.
fn how(reader: &mut Reader) -> Result<How> {
    let toggle = reader.take::<String>("grab-toggle")?.unwrap_or_default();
    if !toggle.is_empty() && !TOGGLES.contains(&toggle.as_str()) {
        return Err(Error::InvalidArgument { argument: "grab-toggle", reason: "must be keys that libvirt has a word for" });
    }
    Ok(How { grab_all: reader.take("grab-all")?.unwrap_or(true), repeat: reader.take("repeat")?.unwrap_or(true), toggle })
}

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
    let is_input = |machine: &Arc<Machine>| machine.attached.iter().any(|one| &*one.kind == "input");
    let machines: Vec<Arc<Machine>> = context.inventory.machines().into_iter().filter(is_input).collect();
    let record = |(name, device): (&String, &Device)| {
        let names = |machine: &Machine, only_live: bool| {
            machine.attached.iter().any(|one| &*one.kind == "input" && (one.live || !only_live) && *one.source == **name)
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

    fn of(shown: Shown<Self::Thing>) -> Self {
        Self(shown)
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
