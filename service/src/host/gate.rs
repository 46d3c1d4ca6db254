//! Why a device must not be taken from the host.

use super::{
    Root,
    finding::{Finding, Findings},
    module,
    pci::{Device, Devices, PciAddress, handles},
    usb, vfio,
};

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

/// Judges whether the host can do without these devices.
#[must_use]
pub fn judge(question: &Question<'_>) -> Findings {
    let mut findings = Findings::default();
    for address in question.taken {
        let Some(device) = question.devices.get(address) else {
            findings.reasons.push(Finding::of("gone", *address));
            continue;
        };
        fixed(question, *address, device, &mut findings);
        in_use(*address, device, &mut findings);
        kept(question, *address, device, &mut findings);
        siblings(question, *address, device, &mut findings);
    }
    open_files(question, &mut findings);
    behind(question, &mut findings);
    if !vfio::is_there(question.root)
        && let Some(first) = question.taken.first()
    {
        findings.reasons.push(Finding::of("no-vfio", *first));
    }
    findings.reasons.sort();
    findings.reasons.dedup();
    findings
}

/// What a device is, whether it is used or not.
fn fixed(question: &Question<'_>, address: PciAddress, device: &Device, findings: &mut Findings) {
    let is_fabric = device.is_bridge() || matches!(device.kind(), "smbus" | "iommu");
    let mut add = |word, name: &str| findings.reasons.push(Finding::of(word, address).named(name).detailed(&device.driver));
    if is_fabric {
        add("bridge", device.kind());
    }
    if device.group.is_none() {
        add("no-iommu-group", "");
    }
    for (_, machine) in question.running.iter().filter(|(taken, _)| *taken == address) {
        add("machine-running", machine);
    }
    // They vanish with the driver of the device that they are functions of.
    for function in &device.virtual_functions {
        add("virtual-functions", &function.to_string());
    }
    if device.resets.is_empty() && !is_fabric {
        let found = Finding::of("no-reset", address);
        if question.allow_no_reset { findings.warnings.push(found) } else { findings.reasons.push(found) }
    }
}

fn in_use(address: PciAddress, device: &Device, findings: &mut Findings) {
    let uses = device.uses.iter();
    let reasons = uses.map(|used| Finding::of(used.purpose.word(), address).named(&used.name).detailed(&used.detail));
    findings.reasons.extend(reasons);
}

/// A module that has the device open: its driver would wait for that for ever, and with it whoever takes the device away.
fn kept(question: &Question<'_>, address: PciAddress, device: &Device, findings: &mut Findings) {
    if let Some(module) = module::keepers(question.root, [(address, device.driver.as_str())]).modules.first() {
        findings.reasons.push(Finding::of("kept-by-module", address).named(module).detailed(&device.driver));
    }
}

/// Who else is in the group: the IOMMU cannot keep them apart, so the host's driver would be at the guest's mercy.
fn siblings(question: &Question<'_>, address: PciAddress, device: &Device, findings: &mut Findings) {
    let others = device.group_members.iter().filter(|member| !question.taken.contains(member));
    for (member, other) in others.filter_map(|member| Some((member, question.devices.get(member)?))) {
        if other.is_bridge() || other.driver.is_empty() || other.driver == vfio::DRIVER {
            continue;
        }
        let found = Finding::of("group-member", address).named(&member.to_string()).detailed(&other.driver);
        findings.reasons.push(found);
        // Why they cannot simply be taken, too.
        in_use(*member, other, findings);
    }
    for (member, machine) in question.running.iter().filter(|(taken, _)| *taken != address && device.group_members.contains(taken)) {
        let found = Finding::of("group-machine-running", address).named(&member.to_string()).detailed(machine);
        findings.reasons.push(found);
    }
}

/// What is plugged into USB controllers, which goes with them.
fn behind(question: &Question<'_>, findings: &mut Findings) {
    const USB: u32 = 0x0c03;
    let is_controller = |address: &&PciAddress| question.devices.get(address).is_some_and(|device| device.class >> 8 == USB);
    let controllers: Vec<PciAddress> = question.taken.iter().filter(is_controller).copied().collect();
    if controllers.is_empty() {
        return;
    }
    for (port, device) in usb::read(question.root) {
        let Some(controller) = device.controller.filter(|controller| controllers.contains(controller)) else { continue };
        let detail = format!("{:04x}:{:04x} {} {}", device.vendor, device.product, device.vendor_name, device.product_name);
        findings.warnings.push(Finding::of("usb-device", controller).named(&port).detailed(detail.trim_end()));
    }
}

fn open_files(question: &Question<'_>, findings: &mut Findings) {
    let taken: Vec<(PciAddress, &Device)> =
        question.taken.iter().filter_map(|address| Some((*address, &**question.devices.get(address)?))).collect();
    let Some((first, _)) = taken.first() else { return };
    let handles = handles::read(question.root, &taken);
    for holder in handles.holders {
        let device = holder.device.unwrap_or(*first);
        findings.reasons.push(opened(device, &holder));
    }
    if handles.are_partial {
        findings.warnings.push(Finding::of("open-files-hidden", *first));
    }
}

/// A process has a device open.
#[must_use]
pub fn opened(device: PciAddress, holder: &handles::Holder) -> Finding {
    Finding::of("open", device).named(&format!("{} {}", holder.process, holder.name)).detailed(&holder.file)
}

/// Judges whether these virtual functions may go, as all do when their card gets another number of them.
#[must_use]
pub fn judge_functions(question: &Question<'_>) -> Findings {
    let mut findings = Findings::default();
    for address in question.taken {
        if let Some(device) = question.devices.get(address) {
            in_use(*address, device, &mut findings);
        }
        for (_, machine) in question.running.iter().filter(|(taken, _)| taken == address) {
            findings.reasons.push(Finding::of("machine-running", *address).named(machine));
        }
    }
    open_files(question, &mut findings);
    findings.reasons.sort();
    findings.reasons.dedup();
    findings
}

/// Whether the host reaches the network through a card: its driver may reset the link when the card gets another number of functions.
#[must_use]
pub fn judge_link(card: PciAddress, device: &Device) -> Vec<Finding> {
    let mut findings = Findings::default();
    in_use(card, device, &mut findings);
    let is_way = |found: &Finding| found.word == "default-route";
    findings.reasons.into_iter().filter(is_way).map(|found| found.detailed("link-reset")).collect()
}

/// Judges whether what virtual functions may can change: with another address a guest, or a process, is not reached any more.
#[must_use]
pub fn judge_settings(question: &Question<'_>, changes_address: bool) -> Findings {
    let findings = judge_functions(question);
    let (uses, users): (Vec<Finding>, Vec<Finding>) =
        findings.reasons.into_iter().partition(|reason| !matches!(reason.word, "machine-running" | "open"));
    if changes_address {
        Findings { reasons: uses.into_iter().chain(users).collect(), ..findings }
    } else {
        Findings { reasons: uses, warnings: findings.warnings.into_iter().chain(users).collect() }
    }
}

/// Judges whether the ROM of a device can be read: whatever shows through its windows meanwhile is not what its driver expects.
#[must_use]
pub fn judge_rom(question: &Question<'_>) -> Findings {
    let mut findings = Findings::default();
    for address in question.taken {
        let Some(device) = question.devices.get(address) else {
            findings.reasons.push(Finding::of("gone", *address));
            continue;
        };
        let mut uses = Findings::default();
        in_use(*address, device, &mut uses);
        findings.reasons.extend(uses.reasons.into_iter().filter(|reason| matches!(reason.word, "display" | "boot-display")));
        for (_, machine) in question.running.iter().filter(|(taken, _)| taken == address) {
            findings.reasons.push(Finding::of("machine-running", *address).named(machine));
        }
    }
    findings
}

/// Judges whether devices can be given back to the host.
#[must_use]
pub fn judge_release(question: &Question<'_>) -> Findings {
    let mut findings = Findings::default();
    for address in question.taken {
        let Some(device) = question.devices.get(address) else {
            findings.reasons.push(Finding::of("gone", *address));
            continue;
        };
        if device.driver != vfio::DRIVER {
            findings.reasons.push(Finding::of("not-bound", *address).detailed(&device.driver));
        }
        for (_, machine) in question.running.iter().filter(|(taken, _)| taken == address) {
            findings.reasons.push(Finding::of("machine-running", *address).named(machine));
        }
        // With a machine on a member of the group, the host's driver would be at the guest's mercy.
        for (member, machine) in question.running.iter().filter(|(taken, _)| device.group_members.contains(taken) && taken != address) {
            findings.reasons.push(Finding::of("group-machine-running", *address).named(&member.to_string()).detailed(machine));
        }
    }
    open_files(question, &mut findings);
    findings.reasons.sort();
    findings.reasons.dedup();
    findings
}
