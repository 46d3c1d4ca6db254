//! Why a device must not be taken from the host.

use std::collections::HashMap;

use super::{
    Root,
    pci::{Device, Devices, PciAddress, handles},
    usb, vfio,
};

/// One reason. Its word and facts are what a client gets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The word.
    pub word: &'static str,
    /// The device it is about.
    pub device: PciAddress,
    /// The kernel's name of the part, another device, or a process; empty if the device says it all.
    pub name: String,
    /// A mount point, a bridge, a driver, a machine.
    pub detail: String,
}

impl Reason {
    /// The facts by name: `reason`, `device`, and `name` and `detail` where there are any.
    #[must_use]
    pub fn facts(&self) -> HashMap<String, String> {
        let all = [
            ("reason", self.word.to_owned()),
            ("device", self.device.to_string()),
            ("name", self.name.clone()),
            ("detail", self.detail.clone()),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// What is known and asked for when devices are judged.
#[derive(Debug)]
pub struct Question<'a> {
    /// The host's files.
    pub root: &'a Root,
    /// Its devices, read anew.
    pub devices: &'a Devices,
    /// Those that are to go.
    pub taken: &'a [PciAddress],
    /// Devices of machines that run, with the machine.
    pub running: &'a [(PciAddress, String)],
    /// Devices that cannot be reset may go, too.
    pub allow_no_reset: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Why not; empty if nothing speaks against it.
    pub reasons: Vec<Reason>,
    /// What should be known all the same.
    pub warnings: Vec<Reason>,
}

/// Judges whether the host can do without these devices.
#[must_use]
pub fn judge(question: &Question<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    for address in question.taken {
        let Some(device) = question.devices.get(address) else {
            verdict.reasons.push(reason("gone", *address));
            continue;
        };
        fixed(question, *address, device, &mut verdict);
        in_use(*address, device, &mut verdict);
        siblings(question, *address, device, &mut verdict);
    }
    open_files(question, &mut verdict);
    behind(question, &mut verdict);
    if !vfio::is_there(question.root)
        && let Some(first) = question.taken.first()
    {
        verdict.reasons.push(reason("no-vfio", *first));
    }
    verdict.reasons.sort();
    verdict.reasons.dedup();
    verdict
}

fn reason(word: &'static str, device: PciAddress) -> Reason {
    Reason { word, device, name: String::new(), detail: String::new() }
}

/// What a device is, whether it is used or not.
fn fixed(question: &Question<'_>, address: PciAddress, device: &Device, verdict: &mut Verdict) {
    let is_fabric = device.is_bridge() || matches!(device.kind(), "smbus" | "iommu");
    let mut add = |word, name: String| verdict.reasons.push(Reason { name, detail: device.driver.clone(), ..reason(word, address) });
    if is_fabric {
        add("bridge", device.kind().to_owned());
    }
    if device.group.is_none() {
        add("no-iommu-group", String::new());
    }
    for (_, machine) in question.running.iter().filter(|(taken, _)| *taken == address) {
        add("machine-running", machine.clone());
    }
    // They vanish with the driver of the device that they are functions of.
    for function in &device.virtual_functions {
        add("virtual-functions", function.to_string());
    }
    if device.resets.is_empty() && !is_fabric {
        let found = reason("no-reset", address);
        if question.allow_no_reset { verdict.warnings.push(found) } else { verdict.reasons.push(found) }
    }
}

fn in_use(address: PciAddress, device: &Device, verdict: &mut Verdict) {
    let uses = device.uses.iter();
    let reasons = uses.map(|used| Reason { name: used.name.clone(), detail: used.detail.clone(), ..reason(used.purpose.word(), address) });
    verdict.reasons.extend(reasons);
}

/// Who else is in the group: the IOMMU cannot keep them apart, so the host's driver would be at the guest's mercy.
fn siblings(question: &Question<'_>, address: PciAddress, device: &Device, verdict: &mut Verdict) {
    let others = device.group_members.iter().filter(|member| !question.taken.contains(member));
    for (member, other) in others.filter_map(|member| Some((member, question.devices.get(member)?))) {
        if other.is_bridge() || other.driver.is_empty() || other.driver == vfio::DRIVER {
            continue;
        }
        let found = Reason { name: member.to_string(), detail: other.driver.clone(), ..reason("group-member", address) };
        verdict.reasons.push(found);
        // Why they cannot simply be taken, too.
        in_use(*member, other, verdict);
    }
    for (member, machine) in question.running.iter().filter(|(taken, _)| *taken != address && device.group_members.contains(taken)) {
        let found = Reason { name: member.to_string(), detail: machine.clone(), ..reason("group-machine-running", address) };
        verdict.reasons.push(found);
    }
}

/// What is plugged into USB controllers, which goes with them.
fn behind(question: &Question<'_>, verdict: &mut Verdict) {
    const USB: u32 = 0x0c03;
    let is_controller = |address: &&PciAddress| question.devices.get(address).is_some_and(|device| device.class >> 8 == USB);
    let controllers: Vec<PciAddress> = question.taken.iter().filter(is_controller).copied().collect();
    if controllers.is_empty() {
        return;
    }
    for (port, device) in usb::read(question.root) {
        let Some(controller) = device.controller.filter(|controller| controllers.contains(controller)) else { continue };
        let detail = format!("{:04x}:{:04x} {} {}", device.vendor, device.product, device.vendor_name, device.product_name);
        verdict.warnings.push(Reason { name: port, detail: detail.trim_end().to_owned(), ..reason("usb-device", controller) });
    }
}

fn open_files(question: &Question<'_>, verdict: &mut Verdict) {
    let taken: Vec<(PciAddress, &Device)> =
        question.taken.iter().filter_map(|address| Some((*address, &**question.devices.get(address)?))).collect();
    let Some((first, _)) = taken.first() else { return };
    let handles = handles::read(question.root, &taken);
    for holder in handles.holders {
        let device = holder.device.unwrap_or(*first);
        verdict.reasons.push(Reason { name: format!("{} {}", holder.process, holder.name), detail: holder.file, ..reason("open", device) });
    }
    if handles.are_partial {
        verdict.warnings.push(reason("open-files-hidden", *first));
    }
}

/// Judges whether these virtual functions may go, as all do when their card gets another number of them.
#[must_use]
pub fn judge_functions(question: &Question<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    for address in question.taken {
        if let Some(device) = question.devices.get(address) {
            in_use(*address, device, &mut verdict);
        }
        for (_, machine) in question.running.iter().filter(|(taken, _)| taken == address) {
            verdict.reasons.push(Reason { name: machine.clone(), ..reason("machine-running", *address) });
        }
    }
    open_files(question, &mut verdict);
    verdict.reasons.sort();
    verdict.reasons.dedup();
    verdict
}

/// Judges whether what virtual functions may can change: with another address a guest, or a process, is not reached any more.
#[must_use]
pub fn judge_settings(question: &Question<'_>, changes_address: bool) -> Verdict {
    let verdict = judge_functions(question);
    let (uses, users): (Vec<Reason>, Vec<Reason>) =
        verdict.reasons.into_iter().partition(|reason| !matches!(reason.word, "machine-running" | "open"));
    if changes_address {
        Verdict { reasons: uses.into_iter().chain(users).collect(), ..verdict }
    } else {
        Verdict { reasons: uses, warnings: verdict.warnings.into_iter().chain(users).collect() }
    }
}

/// Judges whether the ROM of a device can be read: whatever shows through its windows meanwhile is not what its driver expects.
#[must_use]
pub fn judge_rom(question: &Question<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    for address in question.taken {
        let Some(device) = question.devices.get(address) else {
            verdict.reasons.push(reason("gone", *address));
            continue;
        };
        let mut uses = Verdict::default();
        in_use(*address, device, &mut uses);
        verdict.reasons.extend(uses.reasons.into_iter().filter(|reason| matches!(reason.word, "display" | "boot-display")));
        for (_, machine) in question.running.iter().filter(|(taken, _)| taken == address) {
            verdict.reasons.push(Reason { name: machine.clone(), ..reason("machine-running", *address) });
        }
    }
    verdict
}

/// Judges whether devices can be given back to the host.
#[must_use]
pub fn judge_release(question: &Question<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    for address in question.taken {
        let Some(device) = question.devices.get(address) else {
            verdict.reasons.push(reason("gone", *address));
            continue;
        };
        if device.driver != vfio::DRIVER {
            verdict.reasons.push(Reason { detail: device.driver.clone(), ..reason("not-bound", *address) });
        }
        for (_, machine) in question.running.iter().filter(|(taken, _)| taken == address) {
            verdict.reasons.push(Reason { name: machine.clone(), ..reason("machine-running", *address) });
        }
        // With a machine on a member of the group, the host's driver would be at the guest's mercy.
        for (member, machine) in question.running.iter().filter(|(taken, _)| device.group_members.contains(taken) && taken != address) {
            verdict.reasons.push(Reason { name: member.to_string(), detail: machine.clone(), ..reason("group-machine-running", *address) });
        }
    }
    open_files(question, &mut verdict);
    verdict.reasons.sort();
    verdict.reasons.dedup();
    verdict
}
