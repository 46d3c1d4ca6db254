//! Devices of the host that go to one machine and come back: planned, judged, and done wholly or not at all.

mod before;
pub(super) mod named;
pub mod rom;
pub(super) mod run;
pub(super) mod start;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

pub use before::{Before, Had, before};
use model::device::assign::{self, Assignment, NetworkCard};
pub use run::{attach, detach};
use uuid::Uuid;

use super::{passthrough::blocking, scsi};
use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        finding::{Finding, Findings},
        function::Mac,
        gate::{self, Question},
        pci::{self, Device, Devices, PciAddress},
        rom_file, vfio,
    },
    inventory::Machine,
};

/// How long a guest has to let go of a device, unless the caller says otherwise.
pub const UNPLUG_TIME: Duration = Duration::from_secs(30);

/// Which device, as a caller names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    /// One function.
    pub address: PciAddress,
    /// With the others of its card.
    pub whole_card: bool,
}

/// Where: what is not said follows from the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// In the running machine.
    pub live: Option<bool>,
    /// In the definition of each start.
    pub configured: Option<bool>,
}

/// How a device is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct How {
    /// Where.
    pub scope: Scope,
    /// libvirt takes it from its driver and gives it back; else it must have been bound before.
    pub managed: bool,
    /// Whether the guest sees its ROM.
    pub rom_bar: Option<bool>,
    /// Which of them sees a ROM from a file.
    pub rom_file: Option<PciAddress>,
    /// Through iommufd.
    pub iommufd: bool,
    /// Also what the kernel cannot reset alone.
    pub allow_no_reset: bool,
    /// As a network card of the machine, with this address and VLAN.
    pub card: Option<Card>,
    /// As it was before the caller took it from the machine, and nothing else of this.
    pub as_before: bool,
}

/// What libvirt sets of a virtual function when a machine gets it as a network card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Its address; libvirt chooses one without.
    pub mac: Option<Mac>,
    /// Its VLAN.
    pub vlan: Option<u16>,
}

impl How {
    /// What libvirt does by itself.
    pub const MANAGED: Self = Self {
        scope: Scope { live: None, configured: None },
        managed: true,
        rom_bar: None,
        rom_file: None,
        iommufd: false,
        allow_no_reset: false,
        card: None,
        as_before: false,
    };
}

/// What would happen.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The devices it is about.
    pub devices: Vec<PciAddress>,
    /// Those that the running machine gets.
    pub plugged: Vec<PciAddress>,
    /// Those that its definition gets.
    pub configured: Vec<PciAddress>,
    /// What speaks against it.
    pub findings: Findings,
}

/// The devices that are meant, and what they are. Costs little, for nobody has been asked whether the caller may do anything.
///
/// # Errors
/// `NotFound` for a device that is not there.
pub async fn resolve(context: &Arc<Context>, which: Which) -> Result<(Vec<PciAddress>, Devices)> {
    let root = context.root.clone();
    let (devices, known) = blocking(move || {
        let devices = if which.whole_card { pci::card(&root, which.address) } else { vec![which.address] };
        let known = pci::glance(&root, &devices);
        (devices, known)
    })
    .await?;
    if devices.is_empty() || !devices.iter().all(|device| known.contains_key(device)) {
        return Err(Error::NotFound { what: "device" });
    }
    Ok((devices, known))
}

/// Looks at the host and the machine anew and tells what would happen; with `had`, of what it had of the devices. Changes nothing.
///
/// # Errors
/// `InvalidState` if the machine does not run, or has no definition that stays, and that was asked for; `NoMachine`;
/// `InvalidArgument` for a scope that is nothing.
pub async fn plan(context: &Arc<Context>, machine: &Machine, devices: Vec<PciAddress>, how: How, had: Option<&Had>) -> Result<Plan> {
    let is_live = within(how.scope.live, machine.is_active())?;
    let is_configured = within(how.scope.configured, machine.persistent)?;
    if !is_live && !is_configured {
        return Err(Error::InvalidArgument { argument: "live", reason: "must not be false with configured" });
    }
    if how.card.is_some() && !are_cards(context, &devices).await? {
        return Err(Error::NotSupported { reason: "only a virtual function of a network card can be one of a machine" });
    }
    let missing = |has: fn(&crate::inventory::Attached) -> bool| {
        let has = |device: &PciAddress| machine.definition.attached.iter().any(|one| has(one) && *one.source == *device.to_string());
        devices.iter().filter(|device| !has(device)).copied().collect::<Vec<_>>()
    };
    let has_not = missing(|one| one.live);
    let mut plugged = if is_live { has_not.clone() } else { Vec::new() };
    let mut configured = if is_configured { missing(|one| one.configured) } else { Vec::new() };
    if let Some(had) = had {
        plugged.retain(|device| had.live.contains_key(device));
        configured.retain(|device| had.is_configured(*device));
    }
    if how.rom_file.is_some_and(|device| !configured.contains(&device)) {
        return Err(Error::NotSupported { reason: "a ROM from a file comes with a device that the definition gets now" });
    }
    // What the machine has is nobody's to judge any more: its own QEMU uses it.
    let judged: BTreeSet<PciAddress> = plugged.iter().chain(&configured).filter(|device| has_not.contains(device)).copied().collect();
    let mut findings = judge(context, machine, judged.into_iter().collect(), &plugged, how).await?;
    if plugged.is_empty() {
        leave_to_hand_over(context, &mut findings, &devices).await?;
    }
    if let (Some(first), true) = (plugged.first(), plugged.len() > 1) {
        findings.warnings.push(Finding::of("separate-slots", *first));
    }
    if let Some(first) = plugged.first()
        && let Some(free) = assign::free_ports(&context.libvirt.xml(machine.uuid).await?)?
        && free < plugged.len()
    {
        findings.reasons.push(Finding::of("no-free-port", *first).detailed(&free.to_string()));
    }
    Ok(Plan { devices, plugged, configured, findings })
}

/// Whether a machine can have devices through iommufd: its kernel has it, and libvirt and QEMU say that they know it.
pub async fn knows_iommufd(context: &Context, machine: &Machine) -> bool {
    let root = context.root.clone();
    // The file below /dev is not shown to the service.
    match blocking(move || root.exists("sys/class/misc/iommu")).await {
        Ok(true) => context.libvirt.knows_iommufd(machine.uuid).await.unwrap_or_else(|cause| {
            tracing::debug!(machine = %machine.uuid, ?cause, "What libvirt knows of iommufd cannot be told");
            false
        }),
        _ => false,
    }
}

/// A graphics card that is only to be in the definition stays with the host's screen until a hand-over: no other start of the machine
/// takes it. So what a hand-over ends is a warning then, and no reason.
async fn leave_to_hand_over(context: &Context, findings: &mut Findings, devices: &[PciAddress]) -> Result<()> {
    let ends = |found: &Finding| {
        matches!(found.word, "display" | "open" | "kept-by-module") || (found.word == "boot-display" && found.name != "vga")
    };
    if !context.hand_over.is_possible || !context.libvirt.is_on_this_host() || !findings.reasons.iter().any(ends) {
        return Ok(());
    }
    let (root, all) = (context.root.clone(), devices.to_vec());
    let known = blocking(move || pci::glance(&root, &all)).await?;
    let is_graphics = |address: &PciAddress| known.get(address).is_some_and(|device| device.kind() == "display");
    let cards: Vec<PciAddress> = devices.iter().copied().filter(is_graphics).collect();
    let is_of_card = |device: PciAddress| devices.contains(&device) && cards.iter().any(|card| *card == device || card.is_beside(device));
    let (ended, kept): (Vec<Finding>, Vec<Finding>) =
        std::mem::take(&mut findings.reasons).into_iter().partition(|found| ends(found) && found.device().is_some_and(is_of_card));
    findings.reasons = kept;
    if let (Some(card), false) = (cards.first(), ended.is_empty()) {
        findings.warnings.push(Finding::of("needs-hand-over", *card));
    }
    Ok(())
}

/// Whether all are virtual functions of network cards: of others nobody could set an address.
async fn are_cards(context: &Context, devices: &[PciAddress]) -> Result<bool> {
    let (root, devices) = (context.root.clone(), devices.to_vec());
    let known = blocking(move || pci::glance(&root, &devices)).await?;
    Ok(known.values().all(|device| device.kind() == "network" && device.physical_function.is_some()))
}

/// What is asked for if that is possible, else what is possible.
pub(super) fn within(asked: Option<bool>, is_possible: bool) -> Result<bool> {
    if asked == Some(true) && !is_possible { Err(Error::InvalidState) } else { Ok(asked.unwrap_or(is_possible)) }
}

/// As before a device is bound, and what only a machine brings with it.
pub(super) async fn judge(
    context: &Arc<Context>,
    machine: &Machine,
    devices: Vec<PciAddress>,
    plugged: &[PciAddress],
    how: How,
) -> Result<Findings> {
    if devices.is_empty() {
        return Ok(Findings::default());
    }
    let others: Vec<Arc<Machine>> = context.inventory.machines().into_iter().filter(|other| other.uuid != machine.uuid).collect();
    let running = others.iter().filter(|other| other.is_active());
    let mut running =
        running.flat_map(|other| other.definition.host_devices.iter().map(|device| (*device, other.name.to_string()))).collect::<Vec<_>>();
    running.extend(scsi::controllers(context, &context.inventory.machines()).await?);
    let root = context.root.clone();
    let (judged, plugged) = (devices.clone(), plugged.to_vec());
    let own: Vec<PciAddress> =
        machine.definition.attached.iter().filter(|one| one.live).filter_map(|one| one.source.parse().ok()).collect();
    let (mut findings, unbound) = blocking(move || {
        let known = pci::read_groups(&root, &judged);
        let question = Question { root: &root, devices: &known, taken: &judged, running: &running, allow_no_reset: how.allow_no_reset };
        let mut findings = gate::judge(&question);
        findings.reasons.retain(|found| !is_own_group(found, &known, &own));
        (findings, unbound(&known, &judged, &plugged, how.managed))
    })
    .await?;
    if how.managed {
        // libvirt loads the driver itself.
        findings.reasons.retain(|found| found.word != "no-vfio");
    }
    findings.reasons.extend(unbound.into_iter().map(|device| Finding::of("not-bound", device)));
    for (device, other) in devices.iter().flat_map(|device| others.iter().map(move |other| (*device, other))) {
        if other.definition.attached.iter().any(|one| one.configured && *one.source == *device.to_string()) {
            findings.warnings.push(Finding::of("machine-configured", device).named(&other.name));
        }
    }
    Ok(findings)
}

/// Whether what speaks against a device is that its group is open in the machine's own QEMU: the kernel opens a group for one process
/// only, and the machine has `own` of it already.
fn is_own_group(found: &Finding, known: &Devices, own: &[PciAddress]) -> bool {
    let Some(device) = found.device().and_then(|device| known.get(&device)) else { return false };
    let is_group = device.group.is_some_and(|group| found.detail == format!("vfio/{group}"));
    found.word == "open" && is_group && own.iter().any(|address| device.group_members.contains(address))
}

/// Devices that must have been bound before, and are not. libvirt plugs one after the other, and QEMU takes none of a group while
/// another of it has a driver of the host: those that go into a running machine together are such, too.
fn unbound(known: &Devices, judged: &[PciAddress], plugged: &[PciAddress], is_managed: bool) -> Vec<PciAddress> {
    let goes_with_others = |device: &Device, address: PciAddress| {
        plugged.contains(&address) && plugged.iter().any(|other| *other != address && device.group_members.contains(other))
    };
    let is_unbound = |address: &&PciAddress| {
        known.get(address).is_some_and(|device| device.driver != vfio::DRIVER && (!is_managed || goes_with_others(device, **address)))
    };
    judged.iter().filter(is_unbound).copied().collect()
}

fn assignment(machine: Uuid, device: PciAddress, how: How) -> Assignment {
    let card = how.card.map(|card| NetworkCard { mac: card.mac.map(|mac| mac.to_string()), vlan: card.vlan });
    let rom_file = how.rom_file.filter(|with| *with == device).map(|_| rom_file::path(machine, device));
    Assignment { source: device.to_string(), managed: how.managed, rom_bar: how.rom_bar, rom_file, iommufd: how.iommufd, card }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_is_open_in_the_machines_own_qemu_speaks_against_nothing() {
        let [one, other]: [PciAddress; 2] = ["0000:02:00.0", "0000:02:00.1"].map(|address| address.parse().unwrap());
        let device = Arc::new(Device { group: Some(11), group_members: vec![one, other], ..Device::default() });
        let known = Devices::from([(one, Arc::clone(&device)), (other, device)]);
        let found = |detail: &str| Finding::of("open", other).detailed(detail);
        assert!(is_own_group(&found("vfio/11"), &known, &[one]));
        assert!(!is_own_group(&found("vfio/11"), &known, &[]), "another's");
        assert!(!is_own_group(&found("vfio/1"), &known, &[one]));
        assert!(!is_own_group(&found("nvme0"), &known, &[one]));
        assert!(!is_own_group(&Finding::of("mounted", other).detailed("vfio/11"), &known, &[one]));
    }
}
