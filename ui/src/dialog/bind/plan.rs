//! What the dialog finds out by itself, and how devices are named.

use client::{
    HostDevice,
    device::{BindPlan, Holder, Refusal, short},
    t,
};

use crate::model::{HostModel, Model};

/// The devices that share a group with these and can move, without these.
pub(super) fn others<'a>(model: &'a Model, host: &str, addresses: &[String]) -> Vec<&'a HostDevice> {
    let Some(host) = model.host(host) else { return Vec::new() };
    let groups: Vec<Option<u32>> = addresses.iter().filter_map(|address| device(host, address)).map(|device| device.group).collect();
    let shares = |device: &&HostDevice| device.can_move && device.group.is_some() && groups.contains(&device.group);
    host.devices.iter().filter(shares).filter(|device| !addresses.contains(&device.address)).collect()
}

/// A device of a host.
pub(super) fn device<'a>(host: &'a HostModel, address: &str) -> Option<&'a HostDevice> {
    host.devices.iter().find(|device| device.address == address)
}

/// What people call it, or its address.
pub(super) fn label(model: &Model, host: &str, address: &str) -> String {
    let found = model.host(host).and_then(|host| device(host, address));
    found.map_or_else(|| short(address).to_owned(), HostDevice::label)
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

/// Several devices in a few words: the first by its name, the others by their number.
pub(crate) fn in_words(model: &Model, host: &str, addresses: &[String]) -> String {
    let Some(first) = addresses.first() else { return String::new() };
    let first = label(model, host, first);
    match addresses.len() - 1 {
        0 => first,
        more => t!("act-devices", device = first, count = more),
    }
}
