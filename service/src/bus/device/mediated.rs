//! The part of `org.kvmmanager.Manager1.Device` that is about mediated devices.

use dbus::Reader;
use model::device::mdev::Mediated;
use uuid::Uuid;
use zbus::message::Header;

use super::{Device, Facts};
use crate::{
    bus::{findings::shown, requests},
    error::{Error, Reply, Result},
    policy::Target,
    workflow::mediated,
};

impl Device {
    pub(super) async fn plan_part(&self, header: &Header<'_>, wanted: Mediated) -> Result<Facts, Reply> {
        let plan = async |_| {
            let known = mediated::resolve(&self.0.context, wanted.uuid).await?;
            Ok(shown(&mediated::plan(&self.0.context, &self.0.machine(), &known, wanted).await?))
        };
        self.0.look(header, self.part("plan-attach", wanted.uuid), plan).await
    }

    pub(super) async fn attach_part(&self, header: &Header<'_>, wanted: Mediated) -> Result<(), Reply> {
        let attach = async |manage, device| mediated::attach(&self.0.context, &manage, &device, wanted).await;
        self.0.change(header, self.part("attach", wanted.uuid), attach).await
    }

    pub(super) async fn detach_part(&self, header: &Header<'_>, uuid: Uuid) -> Result<(), Reply> {
        let detach = async |manage, device| mediated::detach(&self.0.context, &manage, &device, uuid).await;
        self.0.change(header, self.part("detach", uuid), detach).await
    }

    /// With the driver's id of its kind where the host has it.
    async fn part(&self, operation: &'static str, device: Uuid) -> Result<Target> {
        let kind = mediated::find(&self.0.context, device).await?.map_or_else(|| "mdev".to_owned(), |known| known.kind);
        let facts = vec![("device", device.to_string()), ("device.kind", kind)];
        Ok(Target { facts, ..self.0.target(operation) })
    }
}

/// `mdev`: a UUID in the kernel's spelling.
pub(super) fn which(reader: &mut Reader) -> Result<Option<Uuid>> {
    reader.take::<String>("mdev")?.map(|text| requests::uuid("mdev", &text)).transpose()
}

/// `display` and `ramfb`, for the part of this UUID.
pub(super) fn how(reader: &mut Reader, uuid: Uuid) -> Result<Mediated> {
    let (display, ramfb) = (reader.flag("display")?, reader.flag("ramfb")?);
    if ramfb && !display {
        return Err(Error::InvalidArgument { argument: "ramfb", reason: "only with display" });
    }
    Ok(Mediated { uuid, display, ramfb })
}
