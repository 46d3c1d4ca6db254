//! `org.kvmmanager.Manager1.LookingGlass` of the machines.

use std::{collections::HashMap, sync::Arc};

use dbus::{Options, Reader};
use model::device::shared_memory::size_for;
use uuid::Uuid;
use zbus::{Variant, interface, message::Header};

use super::{input::shown, requests};
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    host::shared_memory::is_user_name,
    inventory::{Entry, Machine},
    policy::{
        Target,
        action::{MachineManage, ReadSensitive},
    },
    workflow::looking_glass::{self, LARGEST, Request},
};

/// The memory through which a guest shows its screen.
#[derive(Debug)]
pub struct LookingGlass {
    context: Arc<Context>,
    entry: Arc<Entry>,
    uuid: Uuid,
}

impl LookingGlass {
    pub fn new(context: Arc<Context>, entry: Arc<Entry>) -> Self {
        let uuid = entry.machine().uuid;
        Self { context, entry, uuid }
    }

    fn target(&self, operation: &'static str) -> Target {
        Target { machine: Some(self.uuid), machine_name: self.entry.machine().name.to_string(), operation, ..Target::default() }
    }

    fn explain<T>(&self, operation: &'static str, result: Result<T>) -> Result<T, Reply> {
        result.map_err(|error| match error {
            Error::InvalidState => Error::WrongState { operation, state: self.entry.machine().state }.into(),
            error => error.into(),
        })
    }
}

#[interface(name = "org.kvmmanager.Manager1.LookingGlass", introspection_docs = false)]
impl LookingGlass {
    async fn plan_enable(
        &self,
        screen: Options,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<HashMap<&'static str, Variant<'static>>, Reply> {
        let request = Request { size: requests::read(screen, size)?, user: requests::read(options, user)? };
        let call = self.context.policy.call(&header).await?;
        self.context.policy.authorize::<ReadSensitive>(&call, self.target("plan-looking-glass")).await?;
        let plan = looking_glass::plan(&self.context, &self.entry.machine(), &request).await?;
        let mut told = shown(&plan.findings);
        told.extend([("name", plan.name.into()), ("size", plan.size.into()), ("tmpfiles", plan.tmpfiles.into())]);
        Ok(told)
    }

    async fn enable(&self, screen: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let request = Request { size: requests::read(screen, size)?, user: requests::read(options, user)? };
        let call = self.context.policy.call(&header).await?;
        let grant = self.context.policy.authorize::<MachineManage>(&call, self.target("set-looking-glass")).await?;
        self.explain("set-looking-glass", looking_glass::enable(&self.context, &grant, &request).await)
    }

    async fn disable(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        let grant = self.context.policy.authorize::<MachineManage>(&call, self.target("set-looking-glass")).await?;
        self.explain("set-looking-glass", looking_glass::disable(&self.context, &grant).await)
    }

    #[zbus(property)]
    fn size(&self) -> u64 {
        self.entry.machine().looking_glass
    }
}

/// `width`, `height` and `hdr`: bytes for such a screen.
fn size(reader: &mut Reader) -> Result<u64> {
    let mut pixels = |argument| match reader.take::<u32>(argument)? {
        Some(pixels @ 1..=16384) => Ok(pixels),
        Some(_) => Err(Error::InvalidArgument { argument, reason: "must be 1 to 16384 pixels" }),
        None => Err(Error::InvalidArgument { argument, reason: "missing" }),
    };
    let (width, height) = (pixels("width")?, pixels("height")?);
    match size_for(width, height, reader.flag("hdr")?) {
        size if size <= LARGEST => Ok(size),
        _ => Err(Error::InvalidArgument { argument: "width", reason: "needs more than 1 GiB with this height" }),
    }
}

/// `user`: a name, never a path or a number.
fn user(reader: &mut Reader) -> Result<Option<String>> {
    let user = reader.take::<String>("user")?;
    match user {
        Some(name) if !is_user_name(&name) => Err(Error::InvalidArgument { argument: "user", reason: "not the name of a user" }),
        user => Ok(user),
    }
}

/// All properties and their values.
pub fn properties(machine: &Machine) -> HashMap<&'static str, Variant<'static>> {
    HashMap::from([("Size", machine.looking_glass.into())])
}

/// The properties that differ.
pub fn changed(before: &Machine, after: &Machine) -> HashMap<&'static str, Variant<'static>> {
    if before.looking_glass == after.looking_glass { HashMap::new() } else { properties(after) }
}
