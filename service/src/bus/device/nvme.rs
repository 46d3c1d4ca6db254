//! The part of `org.kvmmanager.Manager1.Device` that is about NVMe namespaces.

use dbus::Reader;
use model::device::nvme::Bus;
use zbus::message::Header;

use super::{Device, Facts};
use crate::{
    bus::{findings, passthrough::facts},
    error::{Error, Reply, Result},
    policy::Target,
    workflow::{
        attach,
        nvme::{self, How, Which},
    },
};

impl Device {
    pub(super) async fn plan_namespace(&self, header: &Header<'_>, which: Which, how: How) -> Result<Facts, Reply> {
        let plan = async |_| nvme::plan(&self.0.context, &self.0.machine(), which, how).await;
        Ok(findings::shown(&self.0.look(header, self.namespace("plan-attach", which), plan).await?))
    }

    pub(super) async fn attach_namespace(&self, header: &Header<'_>, which: Which, how: How) -> Result<(), Reply> {
        let attach = async |manage, device| nvme::attach(&self.0.context, &manage, &device, which, how).await;
        self.0.change(header, self.namespace("attach", which), attach).await
    }

    pub(super) async fn detach_namespace(&self, header: &Header<'_>, which: Which) -> Result<(), Reply> {
        // It may be gone: what there is to know is its address.
        let facts = vec![("pci.class", "nvme".to_owned())];
        let target = async { Ok(Target { devices: vec![which.controller], facts, ..self.0.target("detach") }) };
        let detach = async |manage, device| nvme::detach(&self.0.context, &manage, &device, which).await;
        self.0.change(header, target, detach).await
    }

    /// The controller is what changes hands.
    async fn namespace(&self, operation: &'static str, which: Which) -> Result<Target> {
        let (devices, known) = attach::resolve(&self.0.context, attach::Which { address: which.controller, whole_card: false }).await?;
        let facts = facts(&known, &devices);
        Ok(Target { devices, facts, ..self.0.target(operation) })
    }
}

/// `nvme-controller`, and with it `nvme-namespace`.
pub(super) fn which(reader: &mut Reader) -> Result<Option<Which>> {
    let invalid = |argument, reason| Error::InvalidArgument { argument, reason };
    let (controller, number) = (reader.take::<String>("nvme-controller")?, reader.take::<u32>("nvme-namespace")?);
    match (controller, number) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(invalid("nvme-controller", "missing")),
        (Some(_), Some(0)) => Err(invalid("nvme-namespace", "must not be zero")),
        (Some(controller), number) => {
            let controller = controller.parse().map_err(|_| invalid("nvme-controller", "not a PCI address"))?;
            Ok(Some(Which { controller, number: number.unwrap_or(1) }))
        }
    }
}

/// `bus` and `allow-no-reset`.
pub(super) fn how(reader: &mut Reader) -> Result<How> {
    let bus = match reader.take::<String>("bus")?.as_deref() {
        None | Some("virtio") => Bus::Virtio,
        Some("sata") => Bus::Sata,
        Some(_) => return Err(Error::InvalidArgument { argument: "bus", reason: "must be virtio or sata" }),
    };
    Ok(How { bus, allow_no_reset: reader.flag("allow-no-reset")? })
}
