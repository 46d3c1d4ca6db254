//! The part of `org.kvmmanager.Manager1.Device` that is about PCI devices.

use std::{
    os::fd::{AsFd as _, OwnedFd},
    time::Duration,
};

use dbus::Reader;
use zbus::{Fd, OwnedObjectPath, message::Header};

use super::{Device, Facts, scope};
use crate::{
    bus::{findings, host_device::object, passthrough::facts},
    error::{Error, Reply, Result},
    host::{function::Mac, pci::PciAddress},
    policy::{Grant, Target, action::ReadSensitive},
    workflow::attach::{self, Card, How, Plan, Scope, Which},
};

/// How a device is given, and the file with a ROM for it.
type Asked = (How, Option<OwnedFd>);

impl Device {
    pub(super) async fn plan_pci(&self, header: &Header<'_>, which: Which, asked: Asked) -> Result<Facts, Reply> {
        let (how, file) = check(&which, asked)?;
        let plan = async |grant: Grant<ReadSensitive>| {
            if let Some(file) = file {
                attach::rom::read(grant.caller().uid, file).await?;
            }
            let machine = self.0.machine();
            let (how, had) = attach::before(&self.0.context, grant.caller(), machine.uuid, grant.devices(), how)?;
            let plan = attach::plan(&self.0.context, &machine, grant.devices().to_vec(), how, had.as_deref()).await?;
            Ok((plan, attach::knows_iommufd(&self.0.context, &machine).await))
        };
        let (plan, knows_iommufd) = self.0.look(header, self.pci("plan-attach", which), plan).await?;
        Ok(shown(&plan, knows_iommufd))
    }

    pub(super) async fn attach_pci(&self, header: &Header<'_>, which: Which, asked: Asked) -> Result<(), Reply> {
        let (how, file) = check(&which, asked)?;
        let attach = async |manage, device| attach::attach(&self.0.context, &manage, &device, how, file).await;
        self.0.change(header, self.pci("attach", which), attach).await
    }

    pub(super) async fn detach_pci(&self, header: &Header<'_>, which: Which, (scope, limit): (Scope, Duration)) -> Result<(), Reply> {
        let detach = async |manage, device| attach::detach(&self.0.context, &manage, &device, scope, limit).await;
        self.0.change(header, self.pci("detach", which), detach).await
    }

    async fn pci(&self, operation: &'static str, which: Which) -> Result<Target> {
        let (devices, known) = attach::resolve(&self.0.context, which).await?;
        let facts = facts(&known, &devices);
        Ok(Target { devices, facts, ..self.0.target(operation) })
    }
}

/// `address`, and with it `whole-card`.
pub(super) fn which(reader: &mut Reader) -> Result<Option<Which>> {
    let invalid = |argument, reason| Error::InvalidArgument { argument, reason };
    let (address, whole_card) = (reader.take::<String>("address")?, reader.flag("whole-card")?);
    match address {
        Some(address) => {
            let address = address.parse().map_err(|_| invalid("address", "not a PCI address"))?;
            Ok(Some(Which { address, whole_card }))
        }
        None if whole_card => Err(invalid("whole-card", "only with address")),
        None => Ok(None),
    }
}

/// `live`, `configured`, `managed`, `rom-bar`, `rom-file`, `iommufd`, `allow-no-reset`, `as-before`, and those of [`card`]. A ROM comes as an open
/// file: no path of a caller's is one that root opens.
pub(super) fn how(reader: &mut Reader) -> Result<Asked> {
    let managed = reader.take("managed")?;
    let how = How {
        scope: scope(reader)?,
        managed: managed.unwrap_or(true),
        rom_bar: reader.take("rom-bar")?,
        rom_file: None,
        iommufd: reader.flag("iommufd")?,
        allow_no_reset: reader.flag("allow-no-reset")?,
        card: card(reader)?,
        as_before: reader.flag("as-before")?,
    };
    let file = reader.take::<Fd<'static>>("rom-file")?.map(|file| file.as_fd().try_clone_to_owned()).transpose();
    let is_said = managed.is_some() || how.rom_bar.is_some() || how.iommufd || how.card.is_some() || !matches!(file, Ok(None));
    if how.as_before && is_said {
        return Err(Error::InvalidArgument { argument: "as-before", reason: "only with live, configured and allow-no-reset" });
    }
    Ok((how, file.map_err(Error::io("Taking a file"))?))
}

/// `interface`, and only with it `mac` and `vlan`.
fn card(reader: &mut Reader) -> Result<Option<Card>> {
    let invalid = |argument, reason| Error::InvalidArgument { argument, reason };
    let is_card = reader.flag("interface")?;
    let mac = mac(reader)?;
    let vlan = reader.take::<u32>("vlan")?;
    match (mac, vlan) {
        (Some(_), _) if !is_card => return Err(invalid("mac", "only with interface")),
        (_, Some(_)) if !is_card => return Err(invalid("vlan", "only with interface")),
        (_, Some(0 | 4095..)) => return Err(invalid("vlan", "must be 1 to 4094")),
        _ => {}
    }
    Ok(is_card.then_some(Card { mac, vlan: vlan.and_then(|vlan| u16::try_from(vlan).ok()) }))
}

/// `mac`: the address of a network card.
pub(super) fn mac(reader: &mut Reader) -> Result<Option<Mac>> {
    let invalid = |reason| Error::InvalidArgument { argument: "mac", reason };
    let mac = reader.take::<String>("mac")?.map(|text| text.parse::<Mac>().map_err(invalid)).transpose()?;
    if mac == Some(Mac::default()) { Err(invalid("must not be zero")) } else { Ok(mac) }
}

/// A part of a card of the host is no network card of a machine, iommufd is for devices only, and a ROM for the one that is named.
fn check(which: &Which, (how, file): Asked) -> Result<Asked> {
    let refused = |argument, reason| Err(Error::InvalidArgument { argument, reason });
    match how.card {
        Some(_) if which.whole_card => return refused("interface", "not with whole-card"),
        Some(_) if how.iommufd => return refused("interface", "not with iommufd"),
        Some(_) if file.is_some() => return refused("rom-file", "not with interface"),
        _ => {}
    }
    if file.is_some() && how.rom_bar == Some(false) {
        return refused("rom-file", "not without the ROM");
    }
    Ok((How { rom_file: file.as_ref().map(|_| which.address), ..how }, file))
}

/// A plan as its caller reads it.
fn shown(plan: &Plan, knows_iommufd: bool) -> Facts {
    let objects = |devices: &[PciAddress]| devices.iter().copied().map(object).collect::<Vec<OwnedObjectPath>>();
    findings::with(
        &plan.findings,
        [
            ("devices", objects(&plan.devices).into()),
            ("live", objects(&plan.plugged).into()),
            ("configured", objects(&plan.configured).into()),
            ("iommufd", knows_iommufd.into()),
        ],
    )
}
