//! `org.kvmmanager.Manager1.LookingGlass` of the machines.

use std::{collections::HashMap, sync::Arc};

use dbus::{Options, Reader};
use model::device::shared_memory::size_for;
use zbus::{Variant, interface, message::Header};

use super::{
    findings::shown,
    requests,
    subject::{Subject, explain},
};
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    host::shared_memory::is_user_name,
    inventory::{Entry, Machine},
    workflow::looking_glass::{self, LARGEST, Request},
};

/// What whoever is asked for the right reads, whether it is enabled or disabled.
const SET: &str = "set-looking-glass";

/// The memory through which a guest shows its screen.
#[derive(Debug)]
pub struct LookingGlass(Subject);

impl LookingGlass {
    pub const fn new(context: Arc<Context>, entry: Arc<Entry>) -> Self {
        Self(Subject::new(context, entry))
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
        let target = async { Ok(self.0.target("plan-looking-glass")) };
        let plan = async { looking_glass::plan(&self.0.context, &self.0.machine(), &request).await };
        let plan = self.0.look(&header, target, plan).await?;
        let mut told = shown(&plan.findings);
        told.extend([("name", plan.name.into()), ("size", plan.size.into()), ("tmpfiles", plan.tmpfiles.into())]);
        Ok(told)
    }

    async fn enable(&self, screen: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let request = Request { size: requests::read(screen, size)?, user: requests::read(options, user)? };
        let call = self.0.context.policy.call(&header).await?;
        let grant = self.0.context.policy.authorize(&call, self.0.target(SET)).await?;
        explain(&self.0.entry, SET, looking_glass::enable(&self.0.context, &grant, &request).await)
    }

    async fn disable(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let call = self.0.context.policy.call(&header).await?;
        let grant = self.0.context.policy.authorize(&call, self.0.target(SET)).await?;
        explain(&self.0.entry, SET, looking_glass::disable(&self.0.context, &grant).await)
    }

    #[zbus(property)]
    fn size(&self) -> u64 {
        self.0.machine().looking_glass
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
