//! The part of `org.kvmmanager.Manager1.Device` that is about USB devices.

use std::time::Duration;

use dbus::Reader;
use model::{
    device::usb::{GuestReset, StartupPolicy, Usb},
    validate,
};
use zbus::message::Header;

use super::{Device, Facts, scope};
use crate::{
    bus::{
        findings,
        subject::{explain, target},
    },
    error::{Error, Reply, Result},
    host::usb::{Named, is_port},
    inventory::Machine,
    policy::{
        Call, Grant, Target,
        action::{HostDevice, MachineManage, ReadSensitive},
    },
    workflow::{
        attach::Scope,
        usb::{self, How, MOST_DEVICES, Plan, Rights, Which},
    },
};

/// Characters of a serial number: what a device can say.
const LONGEST_SERIAL: usize = 126;

impl Device {
    pub(super) async fn plan_usb(&self, header: &Header<'_>, which: Which, how: How) -> Result<Facts, Reply> {
        let is_one = is_one(&which);
        let target = async { Ok(self.usb_target(&self.0.machine(), "plan-attach", usb::resolve(&self.0.context, which).await?)) };
        let plan =
            async |grant: Grant<ReadSensitive>| usb::plan(&self.0.context, &self.0.machine(), grant.usb().to_vec(), is_one, how).await;
        Ok(shown(&self.0.look(header, target, plan).await?))
    }

    pub(super) async fn attach_usb(&self, header: &Header<'_>, which: Which, how: How) -> Result<(), Reply> {
        let call = self.0.context.policy.call(header).await?;
        explain(&self.0.entry, "attach", self.give(&call, which, how).await)
    }

    async fn give(&self, call: &Call<'_>, which: Which, how: How) -> Result<()> {
        let is_one = is_one(&which);
        let devices = usb::resolve(&self.0.context, which).await?;
        let target = self.usb_target(&self.0.machine(), "attach", devices.clone());
        let manage = self.0.context.policy.authorize(call, target.clone()).await?;
        let grant = self.0.context.policy.authorize(call, target).await?;
        let mut owners = Vec::new();
        if how.hand_over {
            for owner in usb::owners(&self.0.context, self.uuid(), &devices).await {
                owners.push(self.owner(call, &owner, &devices).await?);
            }
        }
        usb::attach(&self.0.context, Rights { manage: Some(&manage), devices: &grant, owners: &owners }, is_one, how).await
    }

    /// Whoever takes a device from a machine must be allowed to change that one, too.
    async fn owner(&self, call: &Call<'_>, owner: &Machine, devices: &[Named]) -> Result<Grant<HostDevice>> {
        let target = self.usb_target(owner, "hand-over", devices.to_vec());
        self.0.context.policy.authorize::<MachineManage>(call, target.clone()).await?;
        self.0.context.policy.authorize(call, target).await
    }

    pub(super) async fn detach_usb(&self, header: &Header<'_>, which: Which, (scope, limit): (Scope, Duration)) -> Result<(), Reply> {
        let absent = absent(&which);
        let target = async { Ok(self.usb_target(&self.0.machine(), "detach", usb::resolve(&self.0.context, which).await?)) };
        let detach = async |manage, devices: Grant<HostDevice>| {
            let named = if devices.usb().is_empty() { absent.into_iter().collect() } else { Vec::new() };
            usb::detach(&self.0.context, Rights { manage: Some(&manage), devices: &devices, owners: &[] }, named, scope, limit).await
        };
        self.0.change(header, target, detach).await
    }

    fn usb_target(&self, machine: &Machine, operation: &'static str, devices: Vec<Named>) -> Target {
        Target { usb: devices, ..target(machine, operation) }
    }
}

/// Whether somebody means one device, and not each.
const fn is_one(which: &Which) -> bool {
    !matches!(which, Which::Ports(_))
}

/// What a definition may still have of a device that is not on the host any more.
const fn absent(which: &Which) -> Option<Usb> {
    match which {
        Which::Ids(vendor, product) => Some(Usb { ids: Some((*vendor, *product)), place: None, is_missing: false }),
        Which::Place(bus, number) => Some(Usb { ids: None, place: Some((*bus, *number)), is_missing: false }),
        Which::Ports(_) | Which::Serial(_) => None,
    }
}

/// One of `usb-port`, `usb-ports`, `usb-serial`, `usb-id`, or `usb-bus` and `usb-number`.
pub(super) fn which(reader: &mut Reader) -> Result<Option<Which>> {
    let port = reader.take::<String>("usb-port")?.map(|port| vec![port]);
    let ports = reader.take::<Vec<String>>("usb-ports")?;
    let (serial, ids) = (reader.take::<String>("usb-serial")?, reader.take::<String>("usb-id")?);
    let (bus, number) = (reader.take::<u32>("usb-bus")?, reader.take::<u32>("usb-number")?);
    let mut all = Vec::new();
    for (argument, ports) in [("usb-port", port), ("usb-ports", ports)] {
        all.extend(ports.map(|ports| read_ports(argument, ports)).transpose()?);
    }
    all.extend(serial.map(read_serial).transpose()?.map(Which::Serial));
    all.extend(ids.map(|ids| read_ids(&ids)).transpose()?.map(|(vendor, product)| Which::Ids(vendor, product)));
    match (bus, number) {
        (Some(bus @ 1..), Some(number @ 1..)) => all.push(Which::Place(bus, number)),
        (None, None) => {}
        (None, Some(_)) => return Err(invalid("usb-bus", "missing")),
        (Some(_), None) => return Err(invalid("usb-number", "missing")),
        (Some(_), Some(_)) => return Err(invalid("usb-number", "bus and number begin with 1")),
    }
    if all.len() > 1 {
        return Err(invalid("usb-port", "a device is named in one way"));
    }
    Ok(all.pop())
}

fn invalid(argument: &'static str, reason: &'static str) -> Error {
    Error::InvalidArgument { argument, reason }
}

fn read_ports(argument: &'static str, ports: Vec<String>) -> Result<Which> {
    if ports.is_empty() || ports.len() > MOST_DEVICES {
        return Err(invalid(argument, "must be 1 to 16 ports"));
    }
    ports.iter().all(|port| is_port(port)).then_some(Which::Ports(ports)).ok_or(invalid(argument, "not a port such as 1-2.4"))
}

fn read_serial(serial: String) -> Result<String> {
    let is_shown = !serial.is_empty() && validate::shown(&serial, LONGEST_SERIAL) == serial;
    is_shown.then_some(serial).ok_or(invalid("usb-serial", "must be 1 to 126 printable characters"))
}

/// `046d:c31c`.
fn read_ids(text: &str) -> Result<(u16, u16)> {
    let id = |text: &str| {
        let is_hex = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(text, 16).ok()).flatten()
    };
    let ids = text.split_once(':').and_then(|(vendor, product)| Some((id(vendor)?, id(product)?)));
    ids.ok_or(invalid("usb-id", "must be vendor and product such as 046d:c31c"))
}

/// `live`, `configured`, `startup-policy`, `guest-reset` and `hand-over`.
pub(super) fn how(reader: &mut Reader) -> Result<How> {
    let policy = reader.take::<String>("startup-policy")?;
    let reset = reader.take::<String>("guest-reset")?;
    let policy = policy.map(|word| StartupPolicy::of(&word).ok_or(invalid("startup-policy", "must be mandatory, requisite or optional")));
    let reset = reset.map(|word| GuestReset::of(&word).ok_or(invalid("guest-reset", "must be on, off or uninitialized")));
    Ok(How {
        scope: scope(reader)?,
        policy: policy.transpose()?.unwrap_or_default(),
        reset: reset.transpose()?,
        hand_over: reader.flag("hand-over")?,
    })
}

fn shown(plan: &Plan) -> Facts {
    let ports = |devices: &[Named]| devices.iter().map(|device| device.port.clone()).collect::<Vec<String>>();
    let handed: Vec<_> = plan.handed_over.iter().map(|(machine, _)| dbus::path::machine(*machine)).collect();
    let mut told = findings::shown(&plan.findings);
    told.extend([
        ("usb-ports", ports(&plan.devices).into()),
        ("usb-live", ports(&plan.plugged).into()),
        ("usb-configured", ports(&plan.configured).into()),
        ("taken-from", handed.into()),
    ]);
    told
}
