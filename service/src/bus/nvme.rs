//! `org.kvmmanager.Manager1.Nvme` of the machines, and `org.kvmmanager.Manager1.Host.Nvme`.

use std::{collections::HashMap, sync::Arc};

use dbus::{Options, Reader, path};
use model::device::nvme::Bus;
use uuid::Uuid;
use zbus::{Variant, interface, message::Header};

use super::{
    host_device::{State, object},
    passthrough::facts,
    requests,
};
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    host::{gate::Reason, nvme::Namespace},
    inventory::Entry,
    policy::{
        Call, Grant, Target,
        action::{HostDevice, MachineManage, ReadSensitive},
    },
    workflow::{
        attach,
        nvme::{self, How, Which},
    },
};

/// Namespaces of the host's NVMe controllers that a machine gets as disks.
#[derive(Debug)]
pub struct Nvme {
    context: Arc<Context>,
    entry: Arc<Entry>,
    uuid: Uuid,
}

impl Nvme {
    pub fn new(context: Arc<Context>, entry: Arc<Entry>) -> Self {
        let uuid = entry.machine().uuid;
        Self { context, entry, uuid }
    }

    /// The controller is what changes hands.
    async fn target(&self, operation: &'static str, which: Which) -> Result<Target> {
        let (devices, known) = attach::resolve(&self.context, attach::Which { address: which.controller, whole_card: false }).await?;
        let facts = facts(&known, &devices);
        let machine_name = self.entry.machine().name.to_string();
        Ok(Target { machine: Some(self.uuid), machine_name, operation, devices, facts, ..Target::default() })
    }

    /// A definition changes, and a device of the host gets into it: both must be allowed.
    async fn grants(&self, call: &Call<'_>, target: Target) -> Result<(Grant<MachineManage>, Grant<HostDevice>)> {
        let manage = self.context.policy.authorize(call, target.clone()).await?;
        Ok((manage, self.context.policy.authorize(call, target).await?))
    }

    fn explain<T>(&self, operation: &'static str, result: Result<T>) -> Result<T, Reply> {
        result.map_err(|error| match error {
            Error::InvalidState => Error::WrongState { operation, state: self.entry.machine().state }.into(),
            error => error.into(),
        })
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
        let call = self.context.policy.call(&header).await?;
        let target = self.target("plan-attach", which).await?;
        self.context.policy.authorize::<ReadSensitive>(&call, target).await?;
        let verdict = nvme::plan(&self.context, &self.entry.machine(), which, how).await?;
        let facts = |reasons: &[Reason]| reasons.iter().map(Reason::facts).collect::<Vec<_>>();
        Ok(HashMap::from([
            ("allowed", verdict.reasons.is_empty().into()),
            ("reasons", facts(&verdict.reasons).into()),
            ("warnings", facts(&verdict.warnings).into()),
        ]))
    }

    async fn attach(&self, namespace: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let (which, how) = (requests::read(namespace, which)?, requests::read(options, how)?);
        let call = self.context.policy.call(&header).await?;
        let (manage, grant) = self.grants(&call, self.target("attach", which).await?).await?;
        self.explain("attach", nvme::attach(&self.context, &manage, &grant, which, how).await)
    }

    async fn detach(&self, namespace: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let which = requests::read(namespace, which)?;
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        let machine_name = self.entry.machine().name.to_string();
        // It may be gone: what there is to know is its address.
        let facts = vec![("pci.class", "nvme".to_owned())];
        let devices = vec![which.controller];
        let target = Target { machine: Some(self.uuid), machine_name, operation: "detach", devices, facts, ..Target::default() };
        let (manage, grant) = self.grants(&call, target).await?;
        self.explain("detach", nvme::detach(&self.context, &manage, &grant, which).await)
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

/// All properties of the host's interface and their values.
pub fn properties(records: &[NvmeRecord]) -> HashMap<&'static str, Variant<'static>> {
    HashMap::from([("Namespaces", namespaces(records).into())])
}

/// The interface on the object of the host.
#[derive(Debug)]
pub struct HostNvme(pub State);

#[interface(name = "org.kvmmanager.Manager1.Host.Nvme", introspection_docs = false)]
impl HostNvme {
    #[zbus(property)]
    fn namespaces(&self) -> Vec<HashMap<&'static str, Variant<'static>>> {
        namespaces(&self.0.nvme())
    }
}
