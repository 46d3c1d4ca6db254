//! `org.kvmmanager.Manager1.Host.Mediated`.

use std::{collections::HashMap, sync::Arc};

use dbus::{Options, path};
use uuid::Uuid;
use zbus::{Variant, interface, message::Header};

use super::{
    host_device::{Shows, State, object},
    part::Parts,
};
use crate::{
    context::Context,
    error::Reply,
    host::mdev::{Instance, Mediated as Known, Parent, Type},
};

type Facts = HashMap<&'static str, Variant<'static>>;

/// What there is, and the machines that name the parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediatedRecord {
    known: Known,
    /// For each part that is named: the machines whose definitions do, and the one that runs and has it.
    machines: HashMap<Uuid, (Vec<Uuid>, Option<Uuid>)>,
}

/// What there is with the machines that name it.
pub fn record(context: &Context, known: Known) -> MediatedRecord {
    let mut machines: HashMap<Uuid, (Vec<Uuid>, Option<Uuid>)> = HashMap::new();
    if !known.instances.is_empty() {
        for machine in context.inventory.machines() {
            for one in machine.definition.attached.iter().filter(|one| &*one.kind == "mdev") {
                let Ok(uuid) = Uuid::try_parse(&one.source) else { continue };
                let entry = machines.entry(uuid).or_default();
                entry.0.push(machine.uuid);
                entry.1 = entry.1.or(one.live.then_some(machine.uuid));
            }
        }
    }
    MediatedRecord { known, machines }
}

impl MediatedRecord {
    fn parents(&self) -> Vec<Facts> {
        self.known.parents.iter().map(parent).collect()
    }

    fn instances(&self) -> Vec<Facts> {
        self.known.instances.iter().map(|(uuid, instance)| self.instance(*uuid, instance)).collect()
    }

    fn instance(&self, uuid: Uuid, instance: &Instance) -> Facts {
        let (machines, active) = self.machines.get(&uuid).cloned().unwrap_or_default();
        let mut facts = HashMap::from([
            ("uuid", uuid.to_string().into()),
            ("type", instance.kind.clone().into()),
            ("parent", instance.parent.clone().into()),
            ("active", instance.is_active.into()),
            ("kept", instance.is_kept.into()),
            ("autostart", instance.is_autostarted.into()),
            ("machines", machines.into_iter().map(path::machine).collect::<Vec<_>>().into()),
        ]);
        facts.extend(active.map(|uuid| ("active-machine", path::machine(uuid).into())));
        facts
    }
}

fn parent(parent: &Parent) -> Facts {
    let kind = |kind: &Type| (kind.id.clone(), kind.name.clone(), kind.description.clone(), kind.api.clone(), kind.available);
    let types: Vec<(String, String, String, String, u32)> = parent.types.iter().map(kind).collect();
    let mut facts = HashMap::from([("name", parent.name.clone().into()), ("types", types.into())]);
    facts.extend(parent.address.map(|address| ("device", object(address).into())));
    facts
}

/// The interface on the object of the host.
#[derive(Debug)]
pub struct HostMediated(Parts);

impl Shows for HostMediated {
    type Thing = MediatedRecord;

    fn of(context: &Arc<Context>, state: &State) -> Self {
        Self(Parts { context: Arc::clone(context), state: state.clone() })
    }

    fn properties(record: &Self::Thing) -> HashMap<&'static str, Variant<'static>> {
        HashMap::from([("Parents", record.parents().into()), ("Instances", record.instances().into())])
    }
}

#[interface(name = "org.kvmmanager.Manager1.Host.Mediated", introspection_docs = false)]
impl HostMediated {
    async fn plan_create(&self, part: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Facts, Reply> {
        self.0.plan_create(part, options, &header).await
    }

    async fn create(&self, part: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<String, Reply> {
        self.0.create(part, options, &header).await
    }

    async fn start(&self, part: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        self.0.start(part, options, &header).await
    }

    async fn set_autostart(
        &self,
        part: Options,
        autostart: bool,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Reply> {
        self.0.set_autostart(part, autostart, options, &header).await
    }

    async fn plan_delete(&self, part: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Facts, Reply> {
        self.0.plan_delete(part, options, &header).await
    }

    async fn delete(&self, part: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        self.0.delete(part, options, &header).await
    }

    #[zbus(property)]
    fn parents(&self) -> Vec<Facts> {
        self.0.state.mediated.get().parents()
    }

    #[zbus(property)]
    fn instances(&self) -> Vec<Facts> {
        self.0.state.mediated.get().instances()
    }
}
