//! What a machine of the design is made of: disks, firmware, what deleting it would take, its log.

use dbus::machine::PlanItem;

use super::{
    guest::id,
    roster::{GIB, mac},
};
use crate::{Details, Machine, unit};

const IMAGES: &str = "/var/lib/libvirt/images";

/// GiB that the first disk has, and fills.
fn disk(name: &str) -> (u64, u64) {
    match name {
        "win11-gaming" => (256, 96),
        "truenas-scale" => (32, 9),
        "postgres-lab" => (120, 74),
        "win-server-2025" => (80, 23),
        name if name.starts_with("k3s-") => (40, 11),
        _ => (60, 18),
    }
}

fn firmware(name: &str) -> &'static str {
    match name {
        "win11-gaming" | "win-server-2025" => "uefi-secure",
        "fedora-42-dev" | "home-assistant" | "truenas-scale" | "arch-kernel-test" => "uefi",
        _ => "bios",
    }
}

fn has_tpm(name: &str) -> bool {
    firmware(name) == "uefi-secure"
}

fn image(name: &str) -> String {
    format!("{IMAGES}/{name}.qcow2")
}

/// What it is made of.
pub(super) fn details(machine: &Machine, started: u64) -> Details {
    let name = machine.name.as_str();
    let (capacity, allocation) = disk(name);
    let mut disks = vec![("vda".to_owned(), image(name), capacity * GIB, allocation * GIB)];
    if has_tpm(name) {
        disks.push(("sda".to_owned(), format!("{IMAGES}/virtio-win.iso"), 754 << 20, 754 << 20));
    }
    let listens = if machine.is_active() { "127.0.0.1" } else { "" };
    let is_bridged = machine.addresses.first().is_some_and(|address| address.address.starts_with("192.168.40."));
    Details {
        started,
        firmware: firmware(name).to_owned(),
        has_tpm: has_tpm(name),
        disks,
        networks: vec![(mac(machine.id.as_u128() & 0xffff), if is_bridged { "br0" } else { "default" }.to_owned())],
        displays: vec![("spice".to_owned(), listens.to_owned())],
        guest_agent: match name {
            "opnsense" | "truenas-scale" => None,
            _ => Some(machine.is_active() && name != "postgres-lab"),
        },
    }
}

/// A thing that belongs to it; sizes as the machine sees it and as it fills its storage.
fn item(kind: &str, path: String, action: &str, (capacity, allocation): (u64, u64), reason: &str) -> PlanItem {
    let (kind, action, reason) = (kind.to_owned(), action.to_owned(), reason.to_owned());
    PlanItem { kind, path, action, allocation, capacity, reason, machines: Vec::new() }
}

/// What deleting it would take: every kind of thing and every reason belongs to some machine.
pub(super) fn plan(machine: &Machine) -> Vec<PlanItem> {
    let name = machine.name.as_str();
    let (capacity, allocation) = disk(name);
    let mut plan = vec![item("definition", String::new(), "trash", (0, 0), "")];
    plan.push(item("disk", image(name), "trash", (capacity * GIB, allocation * GIB), ""));
    match name {
        "win11-gaming" => plan.extend([
            item("disk", format!("{IMAGES}/virtio-win.iso"), "keep", (754 << 20, 754 << 20), "removable"),
            item("disk", format!("{IMAGES}/games.raw"), "keep", (512 * GIB, 311 * GIB), "read-only"),
            item("snapshot", "before-driver".to_owned(), "trash", (0, 3 * GIB), ""),
        ]),
        "fedora-42-dev" => plan.push(item("backing", format!("{IMAGES}/fedora-42-base.qcow2"), "keep", (20 * GIB, 4 * GIB), "backing")),
        "freebsd-zfs" => plan.extend([
            item("disk", "/dev/disk/by-id/nvme-lab-part3".to_owned(), "keep", (200 * GIB, 200 * GIB), "no-pool"),
            item("disk", "/srv/archive/zfs-spare.raw".to_owned(), "keep", (100 * GIB, 64 * GIB), "not-writable"),
        ]),
        name if name.starts_with("k3s-") => {
            let mut registry = item("disk", format!("{IMAGES}/k3s-registry.qcow2"), "keep", (100 * GIB, 37 * GIB), "in-use");
            // The three nodes are the sixth to the eighth machine.
            registry.machines = (6..=8).map(id).filter(|node| *node != machine.id).map(dbus::path::machine).collect();
            plan.push(registry);
            plan.push(item("disk", format!("{IMAGES}/k3s-quorum.raw"), "keep", (GIB, GIB), "shared"));
        }
        _ => {}
    }
    if firmware(name).starts_with("uefi") {
        plan.push(item("nvram", format!("/var/lib/libvirt/qemu/nvram/{name}_VARS.fd"), "trash", (528 << 10, 528 << 10), ""));
    }
    if has_tpm(name) {
        plan.push(item("tpm", String::new(), "trash", (0, 0), ""));
    }
    plan
}

/// What a saved state adds to the plan: it is there only while the machine has one.
pub(super) fn saved_state(memory: u64) -> PlanItem {
    item("saved-state", String::new(), "remove", (0, memory / 2), "")
}

/// The last lines of its log.
pub(super) fn log(machine: &Machine, now: u64) -> Vec<String> {
    let name = machine.name.as_str();
    let memory = machine.memory >> 20;
    let mut log = vec![
        format!("{}: starting up libvirt version: 11.8.0, qemu version: 10.1.0, hostname: workstation", unit::clock(now)),
        "LC_ALL=C PATH=/usr/bin HOME=/var/lib/libvirt/qemu \\".to_owned(),
        format!("/usr/bin/qemu-system-x86_64 -name guest={name},debug-threads=on \\"),
        format!("-machine pc-q35-10.1,usb=off,accel=kvm -cpu host -m size={memory}M -smp {} \\", machine.vcpus),
        format!("-blockdev '{{\"driver\":\"file\",\"filename\":\"{}\",\"node-name\":\"libvirt-1-storage\"}}' \\", image(name)),
        "-msg timestamp=on".to_owned(),
    ];
    match name {
        "freebsd-zfs" => log.extend([
            "qcow2: Marking image as corrupt: L2 table offset 0x6c210000 unaligned (L1 index: 0x12)".to_owned(),
            "qemu-system-x86_64: terminating on signal 6".to_owned(),
            "shutting down, reason=crashed".to_owned(),
        ]),
        "win-server-2025" => log.extend(start_failure()),
        _ if machine.is_active() => log.push("char device redirected to /dev/pts/3 (label charserial0)".to_owned()),
        _ => log.push("shutting down, reason=shutdown".to_owned()),
    }
    log
}

/// What is written when another machine runs with a device that this one names.
pub(super) const DEVICE_TAKEN: &str = "libvirt: a PCI device of this machine is in use by another machine";

/// What is written when a card that the machine shall have is in use.
pub(super) fn start_failure() -> [String; 3] {
    let device = "{\"driver\":\"vfio-pci\",\"host\":\"0000:02:00.0\",\"id\":\"hostdev0\"}";
    [
        format!("qemu-system-x86_64: -device {device}: vfio 0000:02:00.0: failed to open /dev/vfio/17: Device or resource busy"),
        "The graphics card NVIDIA T400 (02:00.0) is still used by the host: its driver nvidia has it open".to_owned(),
        "shutting down, reason=failed".to_owned(),
    ]
}
