//! `org.kvmmanager.Manager1.Device`.

mod rules;
mod usb;

use std::{collections::HashMap, sync::Arc, time::Duration};

use dbus::{Options, Reader};
use uuid::Uuid;
use zbus::{OwnedObjectPath, Variant, interface, message::Header};

use super::{
    host_device::object,
    passthrough::facts,
    requests,
    subject::{explain, target},
};
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    host::{function::Mac, gate::Reason, pci::PciAddress},
    inventory::{Attached, Entry, Machine as Record},
    policy::{
        Call, Grant, Target,
        action::{HostDevice, MachineManage, ReadSensitive},
    },
    workflow::{
        self,
        attach::{self, Card, How, Plan, Scope, UNPLUG_TIME},
    },
};

pub use rules::{UsbRules, follow};

/// The longest time a guest may be given to let go of a device, in seconds.
const LONGEST_UNPLUG: u32 = 300;

/// The devices of the host that a machine has.
#[derive(Debug)]
pub struct Device {
    context: Arc<Context>,
    entry: Arc<Entry>,
    uuid: Uuid,
}

impl Device {
    pub fn new(context: Arc<Context>, entry: Arc<Entry>) -> Self {
        let uuid = entry.machine().uuid;
        Self { context, entry, uuid }
    }
}

#[interface(name = "org.kvmmanager.Manager1.Device", introspection_docs = false)]
impl Device {
    async fn plan_attach(
        &self,
        device: Options,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<HashMap<&'static str, Variant<'static>>, Reply> {
        let which = requests::read(device, which)?;
        match which {
            Which::Pci(which) => {
                let how = requests::read(options, how)?;
                check(&which, &how)?;
                let call = self.context.policy.call(&header).await?;
                let target = self.target("plan-attach", which).await?;
                let devices = target.devices.clone();
                self.context.policy.authorize::<ReadSensitive>(&call, target).await?;
                let plan = attach::plan(&self.context, &self.entry.machine(), devices, how).await;
                Ok(shown(&explain(&self.entry, "attach", plan)?))
            }
            Which::Usb(which) => {
                let how = requests::read(options, usb::how)?;
                let call = self.context.policy.call(&header).await?;
                let plan = self.plan_usb(&call, which, how).await;
                Ok(usb::shown(&explain(&self.entry, "attach", plan)?))
            }
        }
    }

    async fn attach(&self, device: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let which = requests::read(device, which)?;
        let done = match which {
            Which::Pci(which) => {
                let how = requests::read(options, how)?;
                check(&which, &how)?;
                let call = self.context.policy.call(&header).await?;
                let (manage, grant) = self.grants(&call, "attach", which).await?;
                attach::attach(&self.context, &manage, &grant, how).await
            }
            Which::Usb(which) => {
                let how = requests::read(options, usb::how)?;
                let call = self.context.policy.call(&header).await?;
                self.attach_usb(&call, which, how).await
            }
        };
        explain(&self.entry, "attach", done)
    }

    async fn detach(&self, device: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let (which, (scope, limit)) = (requests::read(device, which)?, requests::read(options, detaching)?);
        let call = self.context.policy.call(&header).await?;
        let done = match which {
            Which::Pci(which) => {
                let (manage, grant) = self.grants(&call, "detach", which).await?;
                attach::detach(&self.context, &manage, &grant, scope, limit).await
            }
            Which::Usb(which) => self.detach_usb(&call, which, scope, limit).await,
        };
        explain(&self.entry, "detach", done)
    }

    async fn add_usb_rule(&self, rule: Options, options: Options, #[zbus(header)] header: Header<'_>) -> Result<String, Reply> {
        let on = requests::read(rule, rules::on)?;
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        Ok(self.add_rule(&call, on).await?)
    }

    async fn remove_usb_rule(&self, id: String, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        Ok(self.remove_rule(&call, &id).await?)
    }

    #[zbus(property)]
    fn usb_rules(&self) -> Vec<HashMap<&'static str, Variant<'static>>> {
        rules::shown(&self.context.usb.rules.of(self.uuid))
    }

    #[zbus(property)]
    fn host_devices(&self) -> Vec<HashMap<&'static str, Variant<'static>>> {
        host_devices(&self.entry.machine())
    }
}

impl Device {
    /// A definition changes, and a device of the host gets into it: both must be allowed.
    async fn grants(
        &self,
        call: &Call<'_>,
        operation: &'static str,
        which: attach::Which,
    ) -> Result<(Grant<MachineManage>, Grant<HostDevice>)> {
        let target = self.target(operation, which).await?;
        let manage = self.context.policy.authorize(call, target.clone()).await?;
        Ok((manage, self.context.policy.authorize(call, target).await?))
    }

    async fn target(&self, operation: &'static str, which: attach::Which) -> Result<Target> {
        let (devices, known) = attach::resolve(&self.context, which).await?;
        let facts = facts(&known, &devices);
        Ok(Target { devices, facts, ..target(&self.entry.machine(), operation) })
    }
}

/// What a caller names.
enum Which {
    Pci(attach::Which),
    Usb(workflow::usb::Which),
}

/// `address` and `whole-card`; or a USB device.
fn which(reader: &mut Reader) -> Result<Which> {
    let invalid = |reason| Error::InvalidArgument { argument: "address", reason };
    let (address, whole_card, usb) = (reader.take::<String>("address")?, reader.flag("whole-card")?, usb::which(reader)?);
    match (address, usb) {
        (Some(address), None) => {
            let address = address.parse().map_err(|_| invalid("not a PCI address"))?;
            Ok(Which::Pci(attach::Which { address, whole_card }))
        }
        (None, Some(_)) if whole_card => Err(Error::InvalidArgument { argument: "whole-card", reason: "is for PCI devices" }),
        (None, Some(which)) => Ok(Which::Usb(which)),
        (Some(_), Some(_)) => Err(invalid("a device is named in one way")),
        (None, None) => Err(invalid("missing")),
    }
}

/// `live` and `configured`.
fn scope(reader: &mut Reader) -> Result<Scope> {
    Ok(Scope { live: reader.take("live")?, configured: reader.take("configured")? })
}

/// `live`, `configured`, `managed`, `rom-bar`, `iommufd`, `allow-no-reset`, and those of [`card`]. A ROM from a file would be a path that root opens:
/// there is no such option.
fn how(reader: &mut Reader) -> Result<How> {
    Ok(How {
        scope: scope(reader)?,
        managed: reader.take("managed")?.unwrap_or(true),
        rom_bar: reader.take("rom-bar")?,
        iommufd: reader.flag("iommufd")?,
        allow_no_reset: reader.flag("allow-no-reset")?,
        card: card(reader)?,
    })
}

/// `interface`, and only with it `mac` and `vlan`.
fn card(reader: &mut Reader) -> Result<Option<Card>> {
    let invalid = |argument, reason| Error::InvalidArgument { argument, reason };
    let is_card = reader.flag("interface")?;
    let mac = reader.take::<String>("mac")?.map(|text| text.parse::<Mac>().map_err(|reason| invalid("mac", reason))).transpose()?;
    let vlan = reader.take::<u32>("vlan")?;
    match (mac, vlan) {
        (Some(_), _) if !is_card => return Err(invalid("mac", "only with interface")),
        (_, Some(_)) if !is_card => return Err(invalid("vlan", "only with interface")),
        (Some(mac), _) if mac == Mac::default() => return Err(invalid("mac", "must not be zero")),
        (_, Some(0 | 4095..)) => return Err(invalid("vlan", "must be 1 to 4094")),
        _ => {}
    }
    Ok(is_card.then_some(Card { mac, vlan: vlan.and_then(|vlan| u16::try_from(vlan).ok()) }))
}

/// A part of a card of the host is no network card of a machine, and iommufd is for devices only.
fn check(which: &attach::Which, how: &How) -> Result<()> {
    let refused = |reason| Err(Error::InvalidArgument { argument: "interface", reason });
    match how.card {
        Some(_) if which.whole_card => refused("not with whole-card"),
        Some(_) if how.iommufd => refused("not with iommufd"),
        _ => Ok(()),
    }
}

/// `live`, `configured` and `timeout` in seconds.
fn detaching(reader: &mut Reader) -> Result<(Scope, Duration)> {
    let limit = match reader.take::<u32>("timeout")? {
        None => UNPLUG_TIME,
        Some(seconds @ 1..=LONGEST_UNPLUG) => Duration::from_secs(seconds.into()),
        Some(_) => return Err(Error::InvalidArgument { argument: "timeout", reason: "must be 1 to 300 seconds" }),
    };
    Ok((scope(reader)?, limit))
}

fn shown(plan: &Plan) -> HashMap<&'static str, Variant<'static>> {
    let objects = |devices: &[PciAddress]| devices.iter().copied().map(object).collect::<Vec<OwnedObjectPath>>();
    let facts = |reasons: &[Reason]| reasons.iter().map(Reason::facts).collect::<Vec<_>>();
    HashMap::from([
        ("allowed", plan.verdict.reasons.is_empty().into()),
        ("devices", objects(&plan.devices).into()),
        ("live", objects(&plan.plugged).into()),
        ("configured", objects(&plan.configured).into()),
        ("reasons", facts(&plan.verdict.reasons).into()),
        ("warnings", facts(&plan.verdict.warnings).into()),
    ])
}

fn described(device: &Attached) -> HashMap<&'static str, Variant<'static>> {
    let mut facts = HashMap::from([
        ("kind", device.kind.to_string().into()),
        ("source", device.source.to_string().into()),
        ("managed", device.managed.into()),
        ("live", device.live.into()),
        ("configured", device.configured.into()),
        ("interface", device.interface.into()),
    ]);
    if let ("pci", Ok(address)) = (&*device.kind, device.source.parse()) {
        facts.insert("device", object(address).into());
    }
    facts
}

/// The value of `HostDevices`.
fn host_devices(machine: &Record) -> Vec<HashMap<&'static str, Variant<'static>>> {
    machine.attached.iter().map(described).collect()
}

/// All properties and their values.
pub fn properties(machine: &Record, rules: &UsbRules) -> HashMap<&'static str, Variant<'static>> {
    HashMap::from([("HostDevices", host_devices(machine).into()), ("UsbRules", rules::shown(rules).into())])
}

/// The properties that differ.
pub fn changed(before: &Record, after: &Record) -> HashMap<&'static str, Variant<'static>> {
    if before.attached == after.attached { HashMap::new() } else { HashMap::from([("HostDevices", host_devices(after).into())]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_keeps_its_type_and_what_did_not_change_is_not_sent() {
        let (none, mut one) = (Record::default(), Record::default());
        for property in ["HostDevices", "UsbRules"] {
            assert_eq!(properties(&none, &Vec::new())[property].value_signature().to_string(), "aa{sv}");
        }
        one.attached = [Attached { kind: "pci".into(), source: "0000:01:00.0".into(), ..Attached::default() }].into();
        assert_eq!(properties(&one, &Vec::new())["HostDevices"].value_signature().to_string(), "aa{sv}");
        assert_eq!((changed(&none, &none).len(), changed(&none, &one).len()), (0, 1));
    }
}
