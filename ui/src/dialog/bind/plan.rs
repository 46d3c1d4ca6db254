//! What the dialog finds out by itself.

use client::HostDevice;

use crate::{dialog::moving::device, model::Model};

/// The devices that share a group with these and can move, without these.
pub(in crate::dialog) fn others<'a>(model: &'a Model, host: &str, addresses: &[String]) -> Vec<&'a HostDevice> {
    let Some(host) = model.host(host) else { return Vec::new() };
    let groups: Vec<Option<u32>> = addresses.iter().filter_map(|address| device(host, address)).map(|device| device.group).collect();
    let shares = |device: &&HostDevice| device.can_move && device.group.is_some() && groups.contains(&device.group);
    host.devices.iter().filter(shares).filter(|device| !addresses.contains(&device.address)).collect()
}
