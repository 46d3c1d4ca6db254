//! Parts of divided cards that the host makes, keeps and gives up, as they are asked for over the bus.

use std::{collections::HashMap, sync::Arc};

use dbus::{Options, Reader};
use uuid::Uuid;
use zbus::{Variant, message::Header};

use super::{findings::shown, host_device::State, requests};
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    host::mdev,
    libvirt::PartId,
    policy::{
        Grant, Target,
        action::{HostDevice, ReadSensitive},
    },
    workflow::part::{self, How, Wanted},
};

type Facts = HashMap<&'static str, Variant<'static>>;

/// What the methods need.
#[derive(Clone, Debug)]
pub struct Parts {
    pub context: Arc<Context>,
    pub state: State,
}

impl Parts {
    pub async fn plan_create(&self, asked: Options, options: Options, header: &Header<'_>) -> Result<Facts, Reply> {
        let (wanted, how) = (requests::read(asked, wanted)?, requests::read(options, how)?);
        let call = self.context.policy.call(header).await?;
        self.context.policy.authorize::<ReadSensitive>(&call, target("plan-create-part", wanted.id, &wanted.kind)).await?;
        Ok(shown(&part::plan_create(&self.context, &wanted, how).await?))
    }

    pub async fn create(&self, asked: Options, options: Options, header: &Header<'_>) -> Result<String, Reply> {
        let (wanted, how) = (requests::read(asked, wanted)?, requests::read(options, how)?);
        let call = self.context.policy.call(header).await?;
        let target = target("create-part", wanted.id, &wanted.kind);
        let grant = self.context.policy.authorize::<HostDevice>(&call, target).await?;
        let uuid = wanted.id.uuid.to_string();
        self.seen(part::create(&self.context, &grant, wanted, how).await).await?;
        Ok(uuid)
    }

    pub async fn start(&self, asked: Options, options: Options, header: &Header<'_>) -> Result<(), Reply> {
        let id = requests::read(asked, uuid)?;
        options.none()?;
        self.change(id, "start-part", header, async |grant, id| part::start(&self.context, &grant, id).await).await
    }

    pub async fn set_autostart(&self, asked: Options, is_on: bool, options: Options, header: &Header<'_>) -> Result<(), Reply> {
        let id = requests::read(asked, uuid)?;
        options.none()?;
        self.change(id, "set-part-autostart", header, async |grant, id| part::set_autostart(&self.context, &grant, id, is_on).await).await
    }

    pub async fn plan_delete(&self, asked: Options, options: Options, header: &Header<'_>) -> Result<Facts, Reply> {
        let uuid = requests::read(asked, uuid)?;
        options.none()?;
        let call = self.context.policy.call(header).await?;
        let (target, found) = self.find("plan-delete-part", uuid).await?;
        self.context.policy.authorize::<ReadSensitive>(&call, target).await?;
        Ok(shown(&part::plan_delete(&self.context, found?).await?))
    }

    pub async fn delete(&self, asked: Options, options: Options, header: &Header<'_>) -> Result<(), Reply> {
        let id = requests::read(asked, uuid)?;
        options.none()?;
        self.change(id, "delete-part", header, async |grant, id| part::delete(&self.context, &grant, id).await).await
    }

    async fn change(
        &self,
        uuid: Uuid,
        operation: &'static str,
        header: &Header<'_>,
        work: impl AsyncFnOnce(Grant<HostDevice>, PartId) -> Result<()>,
    ) -> Result<(), Reply> {
        let call = self.context.policy.call(header).await?;
        let (target, found) = self.find(operation, uuid).await?;
        let grant = self.context.policy.authorize::<HostDevice>(&call, target).await?;
        Ok(self.seen(work(grant, found?).await).await?)
    }

    /// What an operation on a part is about. Whether there is one is told only to those who may do it.
    async fn find(&self, operation: &'static str, uuid: Uuid) -> Result<(Target, Result<PartId>)> {
        Ok(match part::resolve(&self.context, uuid).await {
            Ok((id, known)) => (target(operation, id, &known.kind), Ok(id)),
            Err(error @ (Error::NotFound { .. } | Error::NotSupported { .. })) => {
                let facts = vec![("device", "*".to_owned()), ("device.kind", "mdev".to_owned()), ("mdev.uuid", uuid.to_string())];
                (Target { operation, facts, ..Target::default() }, Err(error))
            }
            Err(error) => return Err(error),
        })
    }

    /// Replies when what was done shows; also what was done in part.
    async fn seen(&self, done: Result<()>) -> Result<()> {
        self.state.shown(&self.context).await;
        done
    }
}

/// The device that is divided is what the right is for.
fn target(operation: &'static str, id: PartId, kind: &str) -> Target {
    let facts = vec![("pci.class", "mdev".to_owned()), ("mdev.type", kind.to_owned()), ("mdev.uuid", id.uuid.to_string())];
    Target { operation, devices: vec![id.parent], facts, ..Target::default() }
}

fn invalid(argument: &'static str, reason: &'static str) -> Error {
    Error::InvalidArgument { argument, reason }
}

/// `uuid`, in the spelling of the kernel's.
pub fn uuid(reader: &mut Reader) -> Result<Uuid> {
    let text = reader.take::<String>("uuid")?.ok_or(invalid("uuid", "missing"))?;
    requests::uuid("uuid", &text)
}

/// `parent` and `type`; `uuid`, or a new one.
fn wanted(reader: &mut Reader) -> Result<Wanted> {
    let parent = reader.take::<String>("parent")?.ok_or(invalid("parent", "missing"))?;
    let parent = parent.parse().map_err(|_| invalid("parent", "not a PCI address"))?;
    let kind = reader.take::<String>("type")?.ok_or(invalid("type", "missing"))?;
    // Whoever is asked for the right reads it.
    if !mdev::is_type(&kind) {
        return Err(invalid("type", "not the id of a type"));
    }
    let uuid = reader.take::<String>("uuid")?.map_or_else(|| Ok(Uuid::new_v4()), |text| requests::uuid("uuid", &text))?;
    Ok(Wanted { id: PartId { parent, uuid }, kind })
}

/// `keep`, `autostart`, `start`: one that is made at each start is kept, and one that is not kept is made now.
fn how(reader: &mut Reader) -> Result<How> {
    let (is_kept, is_autostarted) = (reader.flag("keep")?, reader.flag("autostart")?);
    let is_started = reader.take::<bool>("start")?.unwrap_or(true);
    let is_kept = is_kept || is_autostarted;
    if is_kept || is_started { Ok(How { is_kept, is_autostarted, is_started }) } else { Err(invalid("start", "needed without keep")) }
}
