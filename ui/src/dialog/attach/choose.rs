//! What can be chosen: machines that get a device, devices that a machine gets.

use client::{
    HostDevice, Machine, Uuid,
    device::{Holder, is_one_card},
};

use crate::{
    dialog::moving::device,
    model::{HostModel, Model},
};

/// More entries than this are found by typing.
pub(in crate::dialog) const MOST: usize = 100;

/// The other functions of the card that a device is of, as far as they can go. Virtual functions go one by one.
pub(super) fn others_of_card<'a>(model: &'a Model, host: &str, address: &str) -> Vec<&'a HostDevice> {
    let Some(host) = model.host(host) else { return Vec::new() };
    if device(host, address).is_none_or(|device| device.function_of.is_some()) {
        return Vec::new();
    }
    let is_other = |other: &&HostDevice| other.address != address && other.can_move && is_one_card(&other.address, address);
    host.devices.iter().filter(is_other).collect()
}

/// The machines of a host that devices can be given to, by name, as far as they match.
pub(in crate::dialog) fn machines<'a>(model: &'a Model, host: &str, find: &str) -> Vec<&'a Machine> {
    let Some(host) = model.host(host) else { return Vec::new() };
    let find = find.trim().to_lowercase();
    let is_meant = |machine: &&Machine| machine.host_devices.is_some() && machine.label().to_lowercase().contains(&find);
    let mut machines: Vec<&Machine> = host.machines.values().filter(is_meant).collect();
    machines.sort_by_key(|machine| machine.label().to_lowercase());
    machines.truncate(MOST);
    machines
}

/// The devices of a host that this machine could be given, as far as they match: those that nobody uses and it does not have.
pub(super) fn devices<'a>(model: &'a Model, host: &str, machine: Option<Uuid>, find: &str) -> Vec<&'a HostDevice> {
    let Some(host) = model.host(host) else { return Vec::new() };
    let find = find.trim().to_lowercase();
    let matches = |device: &HostDevice| device.label().to_lowercase().contains(&find) || device.address.contains(&find);
    host.devices.iter().filter(|device| is_free(host, device, machine) && matches(device)).take(MOST).collect()
}

fn is_free(host: &HostModel, device: &HostDevice, machine: Option<Uuid>) -> bool {
    let has = machine.and_then(|machine| host.machines.get(&machine)).and_then(|machine| machine.host_devices.as_deref());
    let has_it = has.unwrap_or_default().iter().any(|one| one.source == device.address);
    device.can_move && !has_it && matches!(device.holder(), Holder::Idle | Holder::Reserved)
}

/// What stands below or above the current one; the first or the last without one.
pub(in crate::dialog) fn next<T: Clone + PartialEq>(shown: &[T], current: Option<&T>, is_down: bool) -> Option<T> {
    let last = shown.len().checked_sub(1)?;
    let at = current.and_then(|current| shown.iter().position(|one| one == current));
    let to = match (at, is_down) {
        (None, true) => 0,
        (None, false) => last,
        (Some(at), true) => (at + 1).min(last),
        (Some(at), false) => at.saturating_sub(1),
    };
    shown.get(to).cloned()
}
