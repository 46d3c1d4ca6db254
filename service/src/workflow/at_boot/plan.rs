//! What the unit of the early start would do with devices, and what an administrator can do besides. Changes nothing.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        Root,
        finding::{Finding, Findings},
        gate::{self, Question},
        pci::{self, Devices, PciAddress},
        vfio::{self, Write},
    },
    store::boot::Device,
};

/// What would happen.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The devices, as they would be written down.
    pub wanted: Vec<Device>,
    /// The writes at the next start, in order.
    pub steps: Vec<Write>,
    /// What speaks against it.
    pub findings: Findings,
    /// What takes the devices before any other driver can; for the administrator to do.
    pub advice: Vec<Advice>,
}

/// A line for a file of the administrator's. Undone by taking it out again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Where it belongs: `kernel-argument`, `module-option`, `initramfs-module`.
    pub kind: &'static str,
    /// The line.
    pub value: String,
}

/// Looks at the host anew and tells what would happen.
///
/// # Errors
/// If the work cannot be done on a thread.
pub async fn plan(context: &Arc<Context>, devices: Vec<PciAddress>, allow_no_reset: bool) -> Result<Plan> {
    let root = context.root.clone();
    let planned = tokio::task::spawn_blocking(move || look(&root, &devices, allow_no_reset)).await;
    planned.map_err(|_| Error::Internal("a look at the host's devices"))
}

fn look(root: &Root, taken: &[PciAddress], allow_no_reset: bool) -> Plan {
    let known = pci::read_groups(root, taken);
    // Machines that run now do not run then.
    let mut findings = gate::judge(&Question { root, devices: &known, taken, running: &[], allow_no_reset });
    let is_bound = |address| known.get(&address).is_some_and(|device| device.driver == vfio::DRIVER);
    // Neither does who has a device that is taken already; and the unit has the module loaded.
    findings.reasons.retain(|reason| reason.word != "no-vfio" && !(reason.word == "open" && reason.device().is_some_and(is_bound)));
    // A module that keeps one now need not be there so early. If it is, the unit leaves the device alone.
    let (kept, reasons) = std::mem::take(&mut findings.reasons).into_iter().partition(|reason| reason.word == "kept-by-module");
    findings.reasons = reasons;
    findings.warnings.extend::<Vec<Finding>>(kept);
    let wanted = taken.iter().filter_map(|address| Some((*address, known.get(address)?)));
    let wanted: Vec<Device> = wanted
        .map(|(address, device)| {
            let (vendor, model) = (device.ids.vendor, device.ids.device);
            Device { address, vendor, device: model, class: device.class, allow_no_reset }
        })
        .collect();
    let alike = alike(root, &wanted);
    let advice = advice(&wanted, &known, alike.is_empty());
    findings.warnings.extend(alike);
    Plan { steps: vfio::plan_anew(root, taken), wanted, findings, advice }
}

/// Devices that are not wanted and have the ids of one that is: what goes by ids takes them, too.
fn alike(root: &Root, wanted: &[Device]) -> Vec<Finding> {
    let mut found = Vec::new();
    for device in wanted {
        let others = pci::with_ids(root, device.vendor, device.device);
        let others = others.into_iter().filter(|other| wanted.iter().all(|wanted| wanted.address != *other));
        found.extend(
            others.map(|other| Finding::of("same-ids", device.address).named(&other.to_string()).detailed(&pci::driver(root, other))),
        );
    }
    found
}

fn advice(wanted: &[Device], known: &Devices, can_go_by_ids: bool) -> Vec<Advice> {
    let ids: BTreeSet<String> = wanted.iter().map(|device| format!("{:04x}:{:04x}", device.vendor, device.device)).collect();
    let ids = ids.into_iter().collect::<Vec<_>>().join(",");
    let drivers: BTreeSet<&str> = wanted.iter().filter_map(|device| Some(known.get(&device.address)?.driver.as_str())).collect();
    let drivers = drivers.into_iter().filter(|driver| !driver.is_empty() && *driver != vfio::DRIVER);
    let mut advice = Vec::new();
    if can_go_by_ids {
        advice.push(Advice { kind: "kernel-argument", value: format!("vfio-pci.ids={ids}") });
        advice.push(Advice { kind: "module-option", value: format!("options vfio-pci ids={ids}") });
        advice.extend(drivers.map(|driver| Advice { kind: "module-option", value: format!("softdep {driver} pre: vfio-pci") }));
        advice.push(Advice { kind: "initramfs-module", value: "vfio-pci".to_owned() });
    }
    advice
}
