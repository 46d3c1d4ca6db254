//! The part of `org.kvmmanager.Manager1.Device` that is about the memory through which a guest shows its screen.

use dbus::{Options, Reader};
use model::device::shared_memory::size_for;
use zbus::message::Header;

use super::{Device, Facts};
use crate::{
    bus::{findings::shown, requests, subject::explain},
    error::{Error, Reply, Result},
    host::shared_memory::is_user_name,
    policy::action::ReadSensitive,
    workflow::looking_glass::{self, LARGEST, Request, Spice, View},
};

/// What whoever is asked for the right reads, whether it is enabled or disabled.
const SET: &str = "set-looking-glass";

impl Device {
    pub(super) async fn plan_glass(&self, request: &Request, header: &Header<'_>) -> Result<Facts, Reply> {
        let target = async { Ok(self.0.target("plan-looking-glass")) };
        let plan = async |_| looking_glass::plan(&self.0.context, &self.0.machine(), request).await;
        let plan = self.0.look(header, target, plan).await?;
        let mut told = shown(&plan.findings);
        told.extend([("name", plan.name.into()), ("size", plan.size.into()), ("tmpfiles", plan.tmpfiles.into())]);
        Ok(told)
    }

    pub(super) async fn enable_glass(&self, request: &Request, header: &Header<'_>) -> Result<(), Reply> {
        let call = self.0.context.policy.call(header).await?;
        let grant = self.0.context.policy.authorize(&call, self.0.target(SET)).await?;
        explain(&self.0.entry, SET, looking_glass::enable(&self.0.context, &grant, request).await)
    }

    pub(super) async fn disable_glass(&self, header: &Header<'_>) -> Result<(), Reply> {
        let call = self.0.context.policy.call(header).await?;
        let grant = self.0.context.policy.authorize(&call, self.0.target(SET)).await?;
        explain(&self.0.entry, SET, looking_glass::disable(&self.0.context, &grant).await)
    }

    pub(super) async fn glass_view(&self, header: &Header<'_>) -> Result<Facts, Reply> {
        let (context, operation) = (&self.0.context, "view-looking-glass");
        let call = context.policy.call(header).await?;
        let grant = context.policy.authorize::<ReadSensitive>(&call, self.0.target(operation)).await?;
        let view = looking_glass::view(context, &self.0.machine(), grant.caller().uid).await;
        let View { name, spice } = explain(&self.0.entry, operation, view)?;
        let mut told = Facts::from([("name", name.into())]);
        match spice {
            Some(Spice::Port(host, port)) => told.extend([("spice-host", host.into()), ("spice-port", u32::from(port).into())]),
            Some(Spice::Socket(path)) => told.extend([("spice-socket", path.into())]),
            None => {}
        }
        Ok(told)
    }
}

/// The screen, and who looks.
pub(super) fn request(screen: Options, options: Options) -> Result<Request> {
    Ok(Request { size: requests::read(screen, size)?, user: requests::read(options, user)? })
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
