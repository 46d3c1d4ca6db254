//! What a machine takes of its host with its start. libvirt pulls `managed` devices from whoever uses them without asking, so the host is
//! asked before, each time: what was free when a device was given need not be so any more.

use std::{collections::BTreeSet, sync::Arc};

use uuid::Uuid;

use super::named::{Named, named};
use crate::{
    context::Context,
    error::{Result, refuse_for},
    host::{
        finding::Finding,
        gate::{self, Question},
        pci::{self, PciAddress},
    },
    workflow::{
        input, mediated,
        passthrough::{Claim, blocking, machines},
        scsi,
        usb::{self, Claim as UsbClaim},
    },
};

/// Why a machine starts, and what is settled by that.
#[derive(Clone, Copy, Debug)]
pub(in crate::workflow) enum Occasion<'a> {
    /// Somebody asks for it.
    Start,
    /// It runs, has these, and is to start again once it is off.
    Restart(&'a [PciAddress]),
    /// The host's screen was given up for it, with these.
    HandOver(&'a [PciAddress]),
}

impl<'a> Occasion<'a> {
    /// Devices that nobody has to ask for any more.
    const fn settled(self) -> &'a [PciAddress] {
        match self {
            Self::Start => &[],
            Self::Restart(devices) | Self::HandOver(devices) => devices,
        }
    }
}

/// The right to what a machine takes; given back when dropped.
#[derive(Debug)]
pub(in crate::workflow) struct Claims {
    _pci: Claim,
    _usb: Option<UsbClaim>,
}

/// Claims what these definitions of a machine name until it has started, if the host can do without all of it. Costs nothing for a
/// definition without any.
///
/// # Errors
/// `Unsafe` with the reasons; `Busy` while somebody changes one of them, or the devices of a machine that runs cannot be read;
/// `Document` for a definition beyond all bounds.
pub(in crate::workflow) async fn claim(
    context: &Context,
    uuid: Uuid,
    definitions: &[String],
    occasion: Occasion<'_>,
) -> Result<Option<Claims>> {
    let named = named(definitions).await?;
    if named.is_empty() || context.libvirt.is_active(uuid).await? {
        return Ok(None);
    }
    let (root, of) = (context.root.clone(), named.pci.clone());
    let groups: BTreeSet<PciAddress> = blocking(move || of.iter().flat_map(|device| pci::group(&root, *device)).collect()).await?;
    let pci = context.changing.claim_for_start(groups.into_iter().chain(named.pci.iter().copied()).collect()).or_else(|busy| {
        // What is just on its way back to the host says more than that it is being changed.
        let reasons = if matches!(occasion, Occasion::HandOver(_)) { Vec::new() } else { handed_over(context, &named.pci) };
        refuse_for(reasons.into_iter().map(Finding::discreet).collect()).and(Err(busy))
    })?;
    let claims = Claims { _pci: pci, _usb: usb::start::claim(context, &named.usb).await? };
    allow(context, uuid, named, occasion).await?;
    Ok(Some(claims))
}

/// Whether a machine could start again with this definition. Asked while it still runs.
///
/// # Errors
/// As [`claim`].
pub(in crate::workflow) async fn allow_again(context: &Context, uuid: Uuid, definition: String) -> Result<()> {
    let named = named(&[definition]).await?;
    if named.is_empty() {
        return Ok(());
    }
    allow(context, uuid, named, Occasion::Restart(&context.machine(uuid)?.definition.host_devices)).await
}

async fn allow(context: &Context, uuid: Uuid, named: Named, occasion: Occasion<'_>) -> Result<()> {
    refuse_for(judge(context, uuid, named, occasion).await?.into_iter().map(Finding::discreet).collect())
}

/// Why the host, or another machine, cannot do without what a machine gets with its start, and what of it there is not.
///
/// # Errors
/// `Busy` if the devices of a machine that runs cannot be read.
pub(in crate::workflow) async fn judge(context: &Context, uuid: Uuid, named: Named, occasion: Occasion<'_>) -> Result<Vec<Finding>> {
    let counts = |found: &Finding| match found.word {
        // libvirt loads the driver.
        "no-vfio" => false,
        // Who gives up the screen gives up what it is worked with.
        "keyboard" if matches!(occasion, Occasion::HandOver(_)) => false,
        _ => !found.is_of(occasion.settled()),
    };
    let mut reasons = judge_pci(context, uuid, &named.pci).await?;
    reasons.extend(usb::start::judge(context, uuid, named.usb, named.pci.clone()).await?);
    reasons.retain(counts);
    if !matches!(occasion, Occasion::HandOver(_)) {
        reasons.extend(handed_over(context, &named.pci));
    }
    for part in named.parts {
        reasons.extend(mediated::judge_start(context, uuid, part).await?);
    }
    if !named.inputs.is_empty() {
        reasons.extend(input::judge(context, uuid, &named.inputs.into_iter().collect::<Vec<_>>()).await?.reasons);
    }
    Ok(reasons)
}

async fn judge_pci(context: &Context, uuid: Uuid, devices: &[PciAddress]) -> Result<Vec<Finding>> {
    if devices.is_empty() {
        return Ok(Vec::new());
    }
    let all = machines(context).await?;
    let others = all.iter().filter(|other| other.uuid != uuid && other.is_active());
    let of = |other: &Arc<crate::inventory::Machine>| {
        other.definition.host_devices.iter().map(|device| (*device, other.name.to_string())).collect::<Vec<_>>()
    };
    let mut running: Vec<(PciAddress, String)> = others.flat_map(of).collect();
    running.extend(scsi::controllers(context, &all).await?);
    let (root, devices) = (context.root.clone(), devices.to_vec());
    let judged = blocking(move || {
        let known = pci::read_groups(&root, &devices);
        gate::judge(&Question { root: &root, devices: &known, taken: &devices, running: &running, allow_no_reset: true })
    });
    Ok(judged.await?.reasons)
}

/// The host's screen is with a machine, or on its way back.
fn handed_over(context: &Context, devices: &[PciAddress]) -> Vec<Finding> {
    let Some(record) = context.hand_over.record() else { return Vec::new() };
    let name = context.machine(record.machine).map_or_else(|_| record.machine.to_string(), |machine| machine.name.to_string());
    let has = |device: &&PciAddress| record.devices.iter().any(|one| one.address == device.to_string());
    let reason = |device: &PciAddress| Finding::of("handed-over", *device).named(&name);
    devices.iter().filter(has).map(reason).collect()
}
