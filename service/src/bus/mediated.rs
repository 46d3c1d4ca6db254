//! `org.kvmmanager.Manager1.Mediated` of the machines, and `org.kvmmanager.Manager1.Host.Mediated`.

use std::{collections::HashMap, sync::Arc};

use dbus::{Options, Reader, path};
use model::device::mdev::Mediated as Wanted;
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
    host::mdev::{Instance, Mediated as Known, Parent, Type},
    inventory::Entry,
    policy::Target,
    workflow::mediated,
};

type Facts = HashMap<&'static str, Variant<'static>>;

/// Parts of divided cards that a machine gets.
#[derive(Debug)]
pub struct Mediated(Subject);

impl Mediated {
    pub const fn new(context: Arc<Context>, entry: Arc<Entry>) -> Self {
        Self(Subject::new(context, entry))
    }

    /// With the driver's id of its kind where the host has it.
    async fn target(&self, operation: &'static str, device: Uuid) -> Result<Target> {
        let kind = mediated::find(&self.0.context, device).await?.map_or_else(|| "mdev".to_owned(), |known| known.kind);
        let facts = vec![("device", device.to_string()), ("device.kind", kind)];
        Ok(Target { facts, ..self.0.target(operation) })
    }
}

#[interface(name = "org.kvmmanager.Manager1.Mediated", introspection_docs = false)]
impl Mediated {
    async fn plan_attach(&self, part: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Facts, Reply> {
        let wanted = wanted(part, options)?;
        let plan = async {
            let known = mediated::resolve(&self.0.context, wanted.uuid).await?;
            Ok(shown(&mediated::plan(&self.0.context, &self.0.machine(), &known, wanted).await?))
        };
        self.0.look(&header, self.target("plan-attach", wanted.uuid), plan).await
    }

    async fn attach(&self, part: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let wanted = wanted(part, options)?;
        let attach = async |manage, device| mediated::attach(&self.0.context, &manage, &device, wanted).await;
        self.0.change(&header, self.target("attach", wanted.uuid), attach).await
    }

    async fn detach(&self, part: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let uuid = requests::read(part, uuid)?;
        options.none()?;
        let detach = async |manage, device| mediated::detach(&self.0.context, &manage, &device, uuid).await;
        self.0.change(&header, self.target("detach", uuid), detach).await
    }
}

/// `uuid`, in the spelling of the kernel's.
fn uuid(reader: &mut Reader) -> Result<Uuid> {
    let invalid = |reason| Error::InvalidArgument { argument: "uuid", reason };
    let text = reader.take::<String>("uuid")?.ok_or(invalid("missing"))?;
    Uuid::try_parse(&text).ok().filter(|uuid| uuid.to_string() == text).ok_or(invalid("not a UUID"))
}

/// `uuid`; `display` and `ramfb`.
fn wanted(part: Options, options: Options) -> Result<Wanted> {
    let uuid = requests::read(part, uuid)?;
    let (display, ramfb) = requests::read(options, |reader| Ok((reader.flag("display")?, reader.flag("ramfb")?)))?;
    if ramfb && !display {
        return Err(Error::InvalidArgument { argument: "ramfb", reason: "only with display" });
    }
    Ok(Wanted { uuid, display, ramfb })
}

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
            for one in machine.attached.iter().filter(|one| &*one.kind == "mdev") {
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
pub struct HostMediated(Shown<MediatedRecord>);

impl Shows for HostMediated {
    type Thing = MediatedRecord;

    fn of(shown: Shown<Self::Thing>) -> Self {
        Self(shown)
    }

    fn properties(record: &Self::Thing) -> HashMap<&'static str, Variant<'static>> {
        HashMap::from([("Parents", record.parents().into()), ("Instances", record.instances().into())])
    }
}

#[interface(name = "org.kvmmanager.Manager1.Host.Mediated", introspection_docs = false)]
impl HostMediated {
    #[zbus(property)]
    fn parents(&self) -> Vec<Facts> {
        self.0.get().parents()
    }

    #[zbus(property)]
    fn instances(&self) -> Vec<Facts> {
        self.0.get().instances()
    }
}
