//! `org.kvmmanager.Manager1.Passthrough`.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use dbus::{Options, Reader};
use zbus::{Connection, OwnedFd, OwnedObjectPath, Variant, interface, message::Header};

use super::{
    findings,
    host_device::{State, object},
    requests,
};
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    host::{
        pci::{Devices, PciAddress},
        vfio::Direction,
    },
    policy::{
        Target,
        action::{HostDevice, HostSriov, ReadSensitive},
    },
    workflow::{
        at_boot, file, function,
        loader::LOADER,
        passthrough::{self, MOST_DEVICES, Plan, Request},
    },
};

/// The object of a device that can be given to machines.
#[derive(Debug)]
pub struct Passthrough {
    pub context: Arc<Context>,
    pub address: PciAddress,
    pub state: State,
}

#[interface(name = "org.kvmmanager.Manager1.Passthrough", introspection_docs = false)]
impl Passthrough {
    async fn plan_bind(
        &self,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<HashMap<&'static str, Variant<'static>>, Reply> {
        self.plan(options, header, Direction::Bind).await
    }

    async fn bind(
        &self,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Reply> {
        self.change(options, header, connection, Direction::Bind).await
    }

    async fn plan_release(
        &self,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<HashMap<&'static str, Variant<'static>>, Reply> {
        self.plan(options, header, Direction::Release).await
    }

    async fn release(
        &self,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Reply> {
        self.change(options, header, connection, Direction::Release).await
    }

    async fn plan_persist(
        &self,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<HashMap<&'static str, Variant<'static>>, Reply> {
        let request = requests::read(options, request)?;
        let call = self.context.policy.call(&header).await?;
        let target = self.target(&request, "plan-persist")?;
        let devices = target.devices.clone();
        self.context.policy.authorize::<ReadSensitive>(&call, target).await?;
        let plan = at_boot::plan::plan(&self.context, devices, request.allow_no_reset).await?;
        let devices = plan.wanted.iter().map(|device| device.address).collect();
        let mut shown = shown(&Plan { devices, steps: plan.steps, findings: plan.findings, needs_driver: false });
        let advice: Vec<(String, String)> = plan.advice.into_iter().map(|advice| (advice.kind.to_owned(), advice.value)).collect();
        shown.insert("advice", advice.into());
        Ok(shown)
    }

    async fn set_persistent(
        &self,
        persistent: bool,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Reply> {
        let request = requests::read(options, if persistent { request } else { devices })?;
        let call = self.context.policy.call(&header).await?;
        let target = self.target(&request, if persistent { "set-persistent" } else { "forget-at-boot" })?;
        let grant = self.context.policy.authorize::<HostDevice>(&call, target).await?;
        let set = match persistent {
            true => at_boot::keep(&self.context, &grant, request.allow_no_reset).await,
            false => at_boot::forget(&self.context, &grant).await,
        };
        super::at_boot::look(&self.context, connection).await;
        self.state.shown(&self.context).await;
        Ok(set?)
    }

    async fn set_virtual_functions(&self, count: u32, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let allow_link_reset = requests::read(options, |reader| Ok(reader.flag("allow-link-reset")?))?;
        let call = self.context.policy.call(&header).await?;
        let mut target = self.target(&Request::default(), "set-virtual-functions")?;
        target.facts.push(("vf.count", count.to_string()));
        let grant = self.context.policy.authorize::<HostSriov>(&call, target).await?;
        let set = passthrough::set_functions(&self.context, grant, count, allow_link_reset).await;
        // Also what was put back: a look may have seen it in between.
        self.state.shown(&self.context).await;
        Ok(set?)
    }

    async fn plan_virtual_function(
        &self,
        index: u32,
        settings: Options,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<HashMap<&'static str, Variant<'static>>, Reply> {
        let wish = super::function::asked(settings)?;
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        let target = self.target(&Request::default(), "plan-virtual-function")?;
        self.context.policy.authorize::<ReadSensitive>(&call, target).await?;
        let plan = function::plan(&self.context, self.address, index, wish).await?;
        Ok(super::function::plan(self.address, index, &plan))
    }

    async fn set_virtual_function(
        &self,
        index: u32,
        settings: Options,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Reply> {
        let wish = super::function::asked(settings)?;
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        let mut target = self.target(&Request::default(), "set-virtual-function")?;
        target.facts.extend(super::function::facts(index, &wish));
        let grant = self.context.policy.authorize::<HostSriov>(&call, target).await?;
        let set = function::set(&self.context, grant, index, wish).await;
        self.state.shown(&self.context).await;
        Ok(set?)
    }

    async fn plan_persist_functions(
        &self,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<HashMap<&'static str, Variant<'static>>, Reply> {
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        let target = self.target(&Request::default(), "plan-persist-functions")?;
        self.context.policy.authorize::<ReadSensitive>(&call, target).await?;
        Ok(super::function::kept(&at_boot::functions::plan(&self.context, self.address).await?))
    }

    async fn set_functions_persistent(
        &self,
        persistent: bool,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Reply> {
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        let target = self.target(&Request::default(), if persistent { "keep-functions" } else { "forget-functions" })?;
        let grant = self.context.policy.authorize::<HostSriov>(&call, target).await?;
        let set = match persistent {
            true => at_boot::functions::keep(&self.context, &grant).await,
            false => at_boot::functions::forget(&self.context, &grant).await,
        };
        super::at_boot::look(&self.context, connection).await;
        self.state.shown(&self.context).await;
        Ok(set?)
    }

    async fn list_networks(
        &self,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<Vec<HashMap<&'static str, Variant<'static>>>, Reply> {
        options.none()?;
        self.networks(&header).await
    }

    async fn plan_create_network(
        &self,
        name: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<HashMap<&'static str, Variant<'static>>, Reply> {
        options.none()?;
        self.plan_network(&header, &name).await
    }

    async fn create_network(&self, name: String, options: Options, #[zbus(header)] header: Header<'_>) -> Result<String, Reply> {
        options.none()?;
        self.make_network(&header, name).await
    }

    async fn plan_delete_network(
        &self,
        uuid: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<HashMap<&'static str, Variant<'static>>, Reply> {
        options.none()?;
        self.plan_no_network(&header, &uuid).await
    }

    async fn delete_network(&self, uuid: String, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        self.remove_network(&header, &uuid).await
    }

    async fn dump_rom(&self, file: OwnedFd, options: Options, #[zbus(header)] header: Header<'_>) -> Result<u64, Reply> {
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        let target = self.target(&Request::default(), "dump-rom")?;
        let grant = self.context.policy.authorize::<HostDevice>(&call, target).await?;
        let file = file::target(grant.caller().uid, file.into()).await?;
        Ok(passthrough::dump_rom(&self.context, grant, file).await?)
    }

    #[zbus(property)]
    fn persistent(&self) -> zbus::fdo::Result<bool> {
        self.state.of(self.address, |record| record.is_persistent)
    }

    #[zbus(property)]
    fn functions_persistent(&self) -> zbus::fdo::Result<bool> {
        self.state.of(self.address, |record| record.has_persistent_functions)
    }
}

impl Passthrough {
    async fn plan(
        &self,
        options: Options,
        header: Header<'_>,
        direction: Direction,
    ) -> Result<HashMap<&'static str, Variant<'static>>, Reply> {
        let (wishes, operation): (fn(&mut Reader) -> _, _) = match direction {
            Direction::Bind => (request, "plan-bind"),
            Direction::Release => (devices, "plan-release"),
        };
        let request = requests::read(options, wishes)?;
        let call = self.context.policy.call(&header).await?;
        let target = self.target(&request, operation)?;
        let devices = target.devices.clone();
        self.context.policy.authorize::<ReadSensitive>(&call, target).await?;
        Ok(shown(&passthrough::plan(&self.context, direction, devices, request.allow_no_reset).await?))
    }

    async fn change(&self, options: Options, header: Header<'_>, connection: &Connection, direction: Direction) -> Result<(), Reply> {
        let request = requests::read(options, if direction == Direction::Bind { request } else { devices })?;
        let call = self.context.policy.call(&header).await?;
        let target = self.target(&request, direction.word())?;
        let devices = target.devices.clone();
        let grant = self.context.policy.authorize::<HostDevice>(&call, target).await?;
        let changed = passthrough::run(&self.context, grant, direction, request.allow_no_reset).await;
        // Also what was put back: a look may have seen it in between.
        self.state.shown_now(&self.context, connection, devices).await;
        Ok(changed?)
    }

    /// What is authorized: every device by its address.
    pub(super) fn target(&self, request: &Request, operation: &'static str) -> Result<Target> {
        let known: Devices = self.state.all().into_iter().map(|(address, record)| (address, Arc::clone(&record.device))).collect();
        let devices = passthrough::devices(&known, self.address, request)?;
        let facts = facts(&known, &devices);
        Ok(Target { operation, devices, facts, ..Target::default() })
    }
}

/// What rules and prompts get of devices, besides their addresses.
pub fn facts(known: &Devices, devices: &[PciAddress]) -> Vec<(&'static str, String)> {
    let records = || devices.iter().filter_map(|address| known.get(address));
    let words = |words: BTreeSet<String>| words.into_iter().collect::<Vec<_>>().join(" ");
    vec![
        ("pci.class", words(records().map(|device| device.kind().to_owned()).collect())),
        ("iommu.group", words(records().filter_map(|device| Some(device.group?.to_string())).collect())),
        ("driver", words(records().map(|device| device.driver.clone()).collect())),
    ]
}

/// `devices`, `group` and `allow-no-reset`.
fn request(reader: &mut Reader) -> Result<Request> {
    Ok(Request { allow_no_reset: reader.flag("allow-no-reset")?, ..devices(reader)? })
}

/// `devices` and `group`.
fn devices(reader: &mut Reader) -> Result<Request> {
    let invalid = |reason| Error::InvalidArgument { argument: "devices", reason };
    let paths = reader.take::<Vec<OwnedObjectPath>>("devices")?.unwrap_or_default();
    if paths.len() > MOST_DEVICES {
        return Err(invalid("too many"));
    }
    let address = |path: &OwnedObjectPath| dbus::path::host_device_address(path.as_str())?.parse().ok();
    let devices = paths.iter().map(|path| address(path).ok_or(invalid("not a device"))).collect::<Result<_>>()?;
    Ok(Request { devices, whole_group: reader.flag("group")?, allow_no_reset: false })
}

fn shown(plan: &Plan) -> HashMap<&'static str, Variant<'static>> {
    // The driver is no device's: the first stands for all.
    let loaded =
        plan.devices.first().filter(|_| plan.needs_driver).map(|first| (object(*first), "start-unit".to_owned(), LOADER.to_owned()));
    let writes = plan.steps.iter().map(|step| (object(step.device), step.step.to_owned(), step.value.trim_end().to_owned()));
    let steps: Vec<(OwnedObjectPath, String, String)> = loaded.into_iter().chain(writes).collect();
    findings::with(
        &plan.findings,
        [("devices", plan.devices.iter().copied().map(object).collect::<Vec<_>>().into()), ("steps", steps.into())],
    )
}
