//! USB devices of the host that go to one machine, come back, or go on to another: planned, judged, done wholly or not at all.

pub mod rules;
mod run;
pub(super) mod start;

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::join_all;
use model::device::usb::{self as document, Assignment, GuestReset, StartupPolicy, Usb};
use rules::Rules;
pub use run::{Rights, attach, detach};
use uuid::Uuid;

use super::{
    attach::{Scope, within},
    passthrough::{blocking, machines},
    scsi,
};
use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        finding::{Finding, Findings},
        usb::{self, Devices, Named, judge},
    },
    inventory::Machine,
    store::usb::Kept,
};

/// Devices of one call.
pub const MOST_DEVICES: usize = 16;

/// Which devices, as a caller names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Whatever is at these ports.
    Ports(Vec<String>),
    /// The one that says this of itself.
    Serial(String),
    /// The one of this vendor and product.
    Ids(u16, u16),
    /// The one with this number on this bus.
    Place(u32, u32),
}

/// How a device is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// Where.
    pub scope: Scope,
    /// What happens at a start without it.
    pub policy: StartupPolicy,
    /// What the guest may reset.
    pub reset: Option<GuestReset>,
    /// A running machine that has it lets it go.
    pub hand_over: bool,
}

/// What would happen.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The devices it is about.
    pub devices: Vec<Named>,
    /// Those that the running machine gets.
    pub plugged: Vec<Named>,
    /// Those that its definition gets.
    pub configured: Vec<Named>,
    /// Those that another machine lets go before.
    pub handed_over: Vec<(Uuid, Named)>,
    /// Devices that have a twin: named in a definition by their place.
    has_twin: BTreeSet<String>,
    /// What speaks against it.
    pub findings: Findings,
}

impl Plan {
    /// What the definition gets: a kind is what comes back after a replug, but says nothing where two are of it.
    fn assignment(&self, named: &Named, how: How) -> Assignment {
        let place = self.has_twin.contains(&named.port).then_some(named.place);
        Assignment { ids: named.ids, place, policy: how.policy, reset: how.reset }
    }
}

/// What is known of USB devices that machines get.
#[derive(Debug)]
pub struct UsbState {
    claims: Claims,
    /// Which go to which machine by themselves.
    pub rules: Rules,
}

impl UsbState {
    /// With the rules that are kept.
    #[must_use]
    pub fn new(kept: Kept) -> Self {
        Self { claims: Claims::default(), rules: Rules::new(kept) }
    }
}

/// The devices that somebody is giving or taking.
#[derive(Clone, Debug, Default)]
struct Claims(Arc<Mutex<HashSet<(u32, u32)>>>);

/// The right to change some devices; given back when dropped.
#[derive(Debug)]
pub(super) struct Claim(Claims, Vec<(u32, u32)>);

impl Claims {
    fn claim(&self, devices: &[Named]) -> Result<Claim> {
        let places: Vec<(u32, u32)> = devices.iter().map(|device| device.place).collect();
        let mut claimed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if places.iter().any(|place| claimed.contains(place)) {
            return Err(Error::Busy);
        }
        claimed.extend(&places);
        Ok(Claim(self.clone(), places))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut claimed = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        claimed.retain(|place| !self.1.contains(place));
    }
}

/// The devices that are meant. Of a kind or a serial number there may be several: then it is ambiguous which. None is an answer, too:
/// a device that was pulled out can still be in a definition.
///
/// # Errors
/// `InvalidArgument` for a hub; `NotFound` for a port without a device.
pub async fn resolve(context: &Arc<Context>, which: Which) -> Result<Vec<Named>> {
    let root = context.root.clone();
    let (known, is_hub) = {
        let which = which.clone();
        blocking(move || {
            let is_hub = matches!(&which, Which::Ports(ports) if ports.iter().any(|port| usb::is_hub(&root, port)));
            (usb::read(&root), is_hub)
        })
        .await?
    };
    if is_hub {
        return Err(Error::InvalidArgument { argument: "usb-port", reason: "a hub is the way to others, and not given" });
    }
    let matching = |test: &dyn Fn(&usb::Device) -> bool| {
        known.iter().filter(|(_, device)| test(device)).map(|(port, device)| Named::new(port, device)).collect()
    };
    Ok(match which {
        Which::Ports(ports) => {
            let at = |port: &String| known.get(port).map(|device| Named::new(port, device)).ok_or(Error::NotFound { what: "USB device" });
            ports.iter().map(at).collect::<Result<BTreeSet<_>>>()?.into_iter().collect()
        }
        Which::Serial(serial) => matching(&|device| device.serial == serial),
        Which::Ids(vendor, product) => matching(&|device| (device.vendor, device.product) == (vendor, product)),
        Which::Place(bus, number) => matching(&|device| (device.bus, device.number) == (bus, number)),
    })
}

/// Reads machines anew that may have one of these: one that has just started shows as running before what it has does.
async fn refresh(context: &Context, devices: &[Named]) {
    let may_have = |machine: &Arc<Machine>| {
        let usb = || machine.definition.attached.iter().filter(|one| &*one.kind == "usb");
        machine.is_active() && devices.iter().any(|device| usb().any(|one| is_named(&one.source, device)))
    };
    join_all(context.inventory.machines().iter().filter(|machine| may_have(machine)).map(|machine| context.refreshed(machine.uuid))).await;
}

/// The machines, other than this one, that run and have one of these.
pub async fn owners(context: &Context, uuid: Uuid, devices: &[Named]) -> Vec<Arc<Machine>> {
    refresh(context, devices).await;
    let is_owner = |machine: &Arc<Machine>| machine.uuid != uuid && devices.iter().any(|device| has_live(machine, device));
    context.inventory.machines().into_iter().filter(is_owner).collect()
}

/// Whether a machine runs and has a device.
#[must_use]
pub fn has_live(machine: &Machine, device: &Named) -> bool {
    machine.is_active() && machine.definition.attached.iter().any(|one| &*one.kind == "usb" && one.live && is_named(&one.source, device))
}

fn is_named(source: &str, device: &Named) -> bool {
    let (bus, number) = device.place;
    usb::Device { bus, number, vendor: device.ids.0, product: device.ids.1, ..usb::Device::default() }.is_named(source)
}

/// Looks at the host and the machine anew and tells what would happen. Changes nothing. `devices` are what the caller named; if
/// `is_one`, the caller meant one of them.
///
/// # Errors
/// `InvalidState` if the machine does not run, or has no definition that stays, and that was asked for; `NotFound` for no device;
/// `InvalidArgument` for a scope that is nothing; `NoMachine`, `Busy`.
pub async fn plan(context: &Arc<Context>, machine: &Machine, devices: Vec<Named>, is_one: bool, how: How) -> Result<Plan> {
    if devices.is_empty() {
        return Err(Error::NotFound { what: "USB device" });
    }
    let is_live = within(how.scope.live, machine.is_active())?;
    let is_configured = within(how.scope.configured, machine.persistent)?;
    if !is_live && !is_configured {
        return Err(Error::InvalidArgument { argument: "live", reason: "must not be false with configured" });
    }
    let now = if machine.is_active() { Some(context.libvirt.xml(machine.uuid).await?) } else { None };
    let next = if is_configured { Some(context.libvirt.next_xml(machine.uuid).await?) } else { None };
    let has_now = having(now.as_deref())?;
    let without = |list: &[Usb]| devices.iter().filter(|device| !list.iter().any(|usb| usb.is(&device.usb()))).cloned().collect::<Vec<_>>();
    let missing = without(&has_now);
    let mut plan = Plan {
        plugged: if is_live { missing.clone() } else { Vec::new() },
        configured: if is_configured { without(&having(next.as_deref())?) } else { Vec::new() },
        ..Plan::default()
    };
    // What the machine has is nobody's to judge any more: its own QEMU uses it.
    let judged: Vec<Named> =
        missing.into_iter().filter(|device| plan.plugged.contains(device) || plan.configured.contains(device)).collect();
    plan.devices = devices;
    judge(context, machine, &judged, how, &mut plan).await?;
    for xml in now.iter().filter(|_| !plan.plugged.is_empty()).chain(next.iter().filter(|_| !plan.configured.is_empty())) {
        if !document::is_possible(xml)? {
            plan.findings.reasons.push(Finding::at("no-usb", &plan.devices[0].port));
        }
    }
    if is_one && plan.devices.len() > 1 {
        plan.findings.reasons.extend(plan.devices.iter().map(|device| Finding::at("ambiguous", &device.port)));
    }
    plan.findings.sort();
    Ok(plan)
}

/// The USB devices that a definition has, without those that were not there when the machine started.
fn having(xml: Option<&str>) -> Result<Vec<Usb>> {
    let all = xml.map_or_else(|| Ok(Vec::new()), document::all)?;
    Ok(all.into_iter().map(|found| found.usb).filter(|usb| !usb.is_missing).collect())
}

async fn judge(context: &Arc<Context>, machine: &Machine, judged: &[Named], how: How, plan: &mut Plan) -> Result<()> {
    refresh(context, judged).await;
    let machines = machines(context).await?;
    let root = context.root.clone();
    let (taken, all) = (judged.to_vec(), plan.devices.clone());
    let owned: BTreeSet<String> = {
        let is_owned = |device: &&Named| machines.iter().any(|machine| has_live(machine, device));
        plan.devices.iter().filter(is_owned).map(|device| device.port.clone()).collect()
    };
    let (findings, has_twin) = blocking(move || {
        let known = usb::read(&root);
        (judge::judge(&root, &known, &taken, &owned, &[]), twins(&known, &all))
    })
    .await?;
    (plan.findings, plan.has_twin) = (findings, has_twin);
    // A stick is a disk of the kernel's SCSI layer, too.
    for (path, name) in scsi::held(context, &machines).await? {
        let behind = judged.iter().filter(|device| path.iter().any(|part| *part == *device.port));
        plan.findings.reasons.extend(behind.map(|device| Finding::at("machine-running", &device.port).named(&name)));
    }
    for (device, other) in judged.iter().flat_map(|device| machines.iter().map(move |other| (device, other))) {
        if other.uuid == machine.uuid {
            continue;
        }
        if has_live(other, device) {
            if how.hand_over && plan.plugged.contains(device) {
                plan.handed_over.push((other.uuid, device.clone()));
            } else {
                plan.findings.reasons.push(Finding::at("machine-running", &device.port).named(&other.name));
            }
        }
        if other.definition.attached.iter().any(|one| &*one.kind == "usb" && one.configured && is_named(&one.source, device)) {
            plan.findings.warnings.push(Finding::at("machine-configured", &device.port).named(&other.name));
        }
    }
    Ok(())
}

/// The ports of devices that another device is of the same kind as.
fn twins(known: &Devices, devices: &[Named]) -> BTreeSet<String> {
    let is_twin = |device: &&Named| known.iter().any(|(port, other)| *port != device.port && (other.vendor, other.product) == device.ids);
    devices.iter().filter(is_twin).map(|device| device.port.clone()).collect()
}
