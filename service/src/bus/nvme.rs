//! `org.kvmmanager.Manager1.Nvme` of the machines, and `org.kvmmanager.Manager1.Host.Nvme`.

use std::{collections::HashMap, sync::Arc};

use dbus::{Options, Reader, path};
use model::device::nvme::Bus;
use uuid::Uuid;
use zbus::{Variant, interface, message::Header};

use super::{
    host_device::{Shown, Shows, object},
    passthrough::facts,
    requests,
    subject::Subject,
};
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    host::{gate::Reason, nvme::Namespace},
    inventory::Entry,
    policy::Target,
    workflow::{
        attach,
        nvme::{self, How, Which},
    },
};

/// Namespaces of the host's NVMe controllers that a machine gets as disks.
#[derive(Debug)]
pub struct Nvme(Subject);

impl Nvme {
    pub const fn new(context: Arc<Context>, entry: Arc<Entry>) -> Self {
        Self(Subject::new(context, entry))
    }

    /// The controller is what changes hands.
    async fn target(&self, operation: &'static str, which: Which) -> Result<Target> {
        let (devices, known) = attach::resolve(&self.0.context, attach::Which { address: which.controller, whole_card: false }).await?;
        let facts = facts(&known, &devices);
        Ok(Target { devices, facts, ..self.0.target(operation) })
    }
}

#[interface(name = "org.kvmmanager.Manager1.Nvme", introspection_docs = false)]
impl Nvme {
    async fn plan_attach(
        &self,
        namespace: Options,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<HashMap<&'static str, Variant<'static>>, Reply> {
        let (which, how) = (requests::read(namespace, which)?, requests::read(options, how)?);
        let plan = async { nvme::plan(&self.0.context, &self.0.machine(), which, how).await };
        let verdict = self.0.look(&header, self.target("plan-attach", which), plan).await?;
        let facts = |reasons: &[Reason]| reasons.iter().map(Reason::facts).collect::<Vec<_>>();
        Ok(HashMap::from([
            ("allowed", verdict.reasons.is_empty().into()),
            ("reasons", facts(&verdict.reasons).into()),
            ("warnings", facts(&verdict.warnings).into()),
        ]))
    }

    async fn attach(&self, namespace: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let (which, how) = (requests::read(namespace, which)?, requests::read(options, how)?);
        let attach = async |manage, device| nvme::attach(&self.0.context, &manage, &device, which, how).await;
        self.0.change(&header, self.target("attach", which), attach).await
    }

    async fn detach(&self, namespace: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let which = requests::read(namespace, which)?;
        options.none()?;
        // It may be gone: what there is to know is its address.
        let facts = vec![("pci.class", "nvme".to_owned())];
        let target = async { Ok(Target { devices: vec![which.controller], facts, ..self.0.target("detach") }) };
        let detach = async |manage, device| nvme::detach(&self.0.context, &manage, &device, which).await;
        self.0.change(&header, target, detach).await
    }
}

/// `controller` and `number`.
fn which(reader: &mut Reader) -> Result<Which> {
    let invalid = |argument, reason| Error::InvalidArgument { argument, reason };
    let controller = reader.take::<String>("controller")?.ok_or(invalid("controller", "missing"))?;
    let controller = controller.parse().map_err(|_| invalid("controller", "not a PCI address"))?;
    match reader.take::<u32>("number")? {
        Some(0) => Err(invalid("number", "must not be zero")),
        number => Ok(Which { controller, number: number.unwrap_or(1) }),
    }
}

/// `bus` and `allow-no-reset`.
fn how(reader: &mut Reader) -> Result<How> {
    let bus = match reader.take::<String>("bus")?.as_deref() {
        None | Some("virtio") => Bus::Virtio,
        Some("sata") => Bus::Sata,
        Some(_) => return Err(Error::InvalidArgument { argument: "bus", reason: "must be virtio or sata" }),
    };
    Ok(How { bus, allow_no_reset: reader.flag("allow-no-reset")? })
}

/// A namespace and the machines that name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NvmeRecord {
    namespace: Namespace,
    /// Machines whose definitions name it.
    machines: Vec<Uuid>,
}

/// The namespaces with the machines that name them. One that a running machine has is not among them: its controller has no driver.
pub fn records(context: &Context, namespaces: Vec<Namespace>) -> Vec<NvmeRecord> {
    let machines = context.inventory.machines();
    let record = |namespace: Namespace| {
        let source = format!("{}/{}", namespace.controller, namespace.number);
        let theirs = machines.iter().filter(|machine| machine.attached.iter().any(|one| *one.source == *source));
        NvmeRecord { machines: theirs.map(|machine| machine.uuid).collect(), namespace }
    };
    namespaces.into_iter().map(record).collect()
}

impl NvmeRecord {
    fn facts(&self) -> HashMap<&'static str, Variant<'static>> {
        let namespace = &self.namespace;
        let uses: Vec<(String, String)> = namespace.uses.iter().map(|(word, name)| ((*word).to_owned(), name.clone())).collect();
        HashMap::from([
            ("controller", object(namespace.controller).into()),
            ("number", namespace.number.into()),
            ("name", namespace.name.clone().into()),
            ("model", namespace.model.clone().into()),
            ("size", namespace.size.into()),
            ("uses", uses.into()),
            ("machines", self.machines.iter().map(|uuid| path::machine(*uuid)).collect::<Vec<_>>().into()),
        ])
    }
}

fn namespaces(records: &[NvmeRecord]) -> Vec<HashMap<&'static str, Variant<'static>>> {
    records.iter().map(NvmeRecord::facts).collect()
}

/// The interface on the object of the host.
#[derive(Debug)]
pub struct HostNvme(Shown<Vec<NvmeRecord>>);

impl Shows for HostNvme {
    type Thing = Vec<NvmeRecord>;

    fn of(shown: Shown<Self::Thing>) -> Self {
        Self(shown)
    }

    fn properties(records: &Self::Thing) -> HashMap<&'static str, Variant<'static>> {
        HashMap::from([("Namespaces", namespaces(records).into())])
    }
}

#[interface(name = "org.kvmmanager.Manager1.Host.Nvme", introspection_docs = false)]
impl HostNvme {
    #[zbus(property)]
    fn namespaces(&self) -> Vec<HashMap<&'static str, Variant<'static>>> {
        namespaces(&self.0.get())
    }
}
