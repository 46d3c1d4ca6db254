//! SCSI devices of the host in memory, by the service's rules.

use uuid::Uuid;

use super::{give::said, guest::Guest, refusal, world::World};
use crate::{
    Error,
    device::{GivePlan, OtherDevices, ScsiDevice},
};

/// The adapter that they are behind.
pub(super) const ADAPTER: &str = "0000:0e:00.0";
/// How what is known by its model alone begins.
const MODEL: &str = "model:";

struct Row {
    address: &'static str,
    kind: &'static str,
    name: (&'static str, &'static str),
    serial: &'static str,
    identity: &'static str,
    /// The device files: of its commands, and of the host.
    files: (&'static str, &'static str),
    size: u64,
    uses: &'static [(&'static str, &'static str)],
}

#[rustfmt::skip]
const ROWS: [Row; 4] = [
    Row { address: "2:0:0:0", kind: "disk", name: ("SEAGATE", "ST12000NM0027"), serial: "ZJV1M7QX", identity: "naa.5000c500a1b2c3d4",
        files: ("sg2", "sdc"), size: 12_000_138_625_024, uses: &[("mounted", "sdc1")] },
    Row { address: "2:0:1:0", kind: "tape", name: ("HP", "Ultrium 5-SCSI"), serial: "HU1234ABCD", identity: "naa.500110a0014e2c18",
        files: ("sg3", "st0"), size: 0, uses: &[] },
    // The robot of the library answers beside its first drive.
    Row { address: "2:0:1:1", kind: "changer", name: ("HP", "MSL G3 Series"), serial: "MXA045Z0QK", identity: "naa.500110a0014e2c17",
        files: ("sg4", "sch0"), size: 0, uses: &[] },
    Row { address: "2:0:2:0", kind: "disk", name: ("HGST", "HUS726T6TAL5204"), serial: "V8G6K9LR", identity: "naa.5000cca0973e4f60",
        files: ("sg5", "sdd"), size: 6_001_175_126_016, uses: &[] },
];

/// Those that there are.
pub(super) fn devices() -> Vec<ScsiDevice> {
    ROWS.iter().map(device).collect()
}

fn device(row: &Row) -> ScsiDevice {
    ScsiDevice {
        address: row.address.to_owned(),
        kind: row.kind.to_owned(),
        vendor: row.name.0.to_owned(),
        model: row.name.1.to_owned(),
        serial: row.serial.to_owned(),
        identity: row.identity.to_owned(),
        generic: row.files.0.to_owned(),
        node: row.files.1.to_owned(),
        size: row.size,
        controller: Some(ADAPTER.to_owned()),
        uses: row.uses.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned())).collect(),
        ..ScsiDevice::default()
    }
}

fn at<'a>(all: &'a OtherDevices, address: &str) -> Option<&'a ScsiDevice> {
    all.scsi.iter().flatten().find(|device| device.address == address)
}

/// What the device at an address is known by, or nothing.
pub(super) fn identity(all: &OtherDevices, address: &str) -> String {
    at(all, address).map(|device| device.identity.clone()).unwrap_or_default()
}

/// What speaks against giving it to a machine, and what should be known before.
pub(super) fn judge(all: &OtherDevices, guest: &Guest, address: &str, plan: &mut GivePlan) -> Result<(), Error> {
    let device = at(all, address).ok_or_else(|| refusal::not_found("SCSI device"))?;
    let alike = || all.scsi.iter().flatten().filter(|other| other.address != address && other.identity == device.identity);
    let is_of_a_model = device.identity.starts_with(MODEL);
    let has_ways = !device.identity.is_empty() && !is_of_a_model;
    let other_ways = || alike().filter(|_| has_ways);
    // The host may use a disk by another way to it.
    let uses = [device].into_iter().chain(other_ways()).flat_map(|way| &way.uses);
    plan.reasons.extend(uses.map(|(word, part)| said(word, address, part)));
    plan.warnings.extend(other_ways().map(|way| said("several-ways", address, &way.address)));
    if matches!(device.kind.as_str(), "controller" | "other") {
        plan.reasons.push(said("not-given", address, &device.kind));
    }
    if device.generic.is_empty() {
        plan.reasons.push(said("no-generic", address, ""));
    }
    if !plan.configured.is_empty() {
        if device.identity.is_empty() {
            plan.reasons.push(said("no-identity", address, ""));
        }
        if is_of_a_model {
            plan.reasons.extend(alike().map(|other| said("same-identity", address, &other.address)));
            plan.warnings.push(said("model-only", address, ""));
        }
        if guest.machine.autostart {
            plan.warnings.push(said("autostart", address, ""));
        }
    }
    if !plan.live.is_empty() && guest.lacks_scsi {
        plan.reasons.push(said("no-scsi", address, ""));
    }
    plan.reasons.sort_by(|one, other| (&one.reason, &one.device).cmp(&(&other.reason, &other.device)));
    Ok(())
}

/// A machine that has such a device of its definition when it starts has a controller for it, and others find a place there, too.
pub(super) fn start(guest: &mut Guest) {
    guest.lacks_scsi &= !guest.machine.host_devices.iter().flatten().any(|one| one.kind == "scsi" && one.is_configured);
}

/// The machines that run with something behind a PCI device: whoever takes that takes it away from them.
pub(super) fn held_behind(world: &World, controller: &str) -> Vec<Uuid> {
    let all = world.others();
    let behind = all.scsi.iter().flatten().filter(|device| device.controller.as_deref() == Some(controller));
    behind.filter_map(|device| device.active_machine).collect()
}

#[cfg(test)]
#[path = "scsi_tests.rs"]
mod tests;
