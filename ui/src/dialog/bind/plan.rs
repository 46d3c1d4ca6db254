//! What the dialog finds out by itself.

use client::{
    HostDevice,
    device::{BindPlan, Holder, Refusal},
};

use crate::{dialog::moving::device, model::Model};

/// The devices that share a group with these and can move, without these.
pub(in crate::dialog) fn others<'a>(model: &'a Model, host: &str, addresses: &[String]) -> Vec<&'a HostDevice> {
    let Some(host) = model.host(host) else { return Vec::new() };
    let groups: Vec<Option<u32>> = addresses.iter().filter_map(|address| device(host, address)).map(|device| device.group).collect();
    let shares = |device: &&HostDevice| device.can_move && device.group.is_some() && groups.contains(&device.group);
    host.devices.iter().filter(shares).filter(|device| !addresses.contains(&device.address)).collect()
}

/// The plan of giving devices back, which the service has no question for: a machine that runs is all that speaks against it.
pub(super) fn of_return(model: &Model, host: &str, addresses: &[String]) -> BindPlan {
    let mut plan = BindPlan { devices: addresses.to_vec(), ..BindPlan::default() };
    let Some(host) = model.host(host) else { return plan };
    let groups: Vec<Option<u32>> = addresses.iter().filter_map(|address| device(host, address)).map(|device| device.group).collect();
    for device in host.devices.iter().filter(|device| device.group.is_some() && groups.contains(&device.group)) {
        let Holder::Machine(id) = device.holder() else { continue };
        let name = host.machines.get(&id).map(|machine| machine.label().to_owned()).unwrap_or_default();
        let refusal = Refusal { reason: "machine-running".to_owned(), device: device.address.clone(), name, ..Refusal::default() };
        plan.reasons.push(refusal);
    }
    plan
}
