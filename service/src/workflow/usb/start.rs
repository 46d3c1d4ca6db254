//! USB devices that a machine gets with its start: libvirt takes them from the host's drivers without asking.

use std::{collections::BTreeSet, sync::Arc};

use model::device::usb::Usb;
use uuid::Uuid;

use super::{Claim, has_live, refresh};
use crate::{
    context::Context,
    error::Result,
    host::{
        finding::{Finding, Findings},
        pci::PciAddress,
        usb::{self, Devices, Named, judge},
    },
    inventory::Machine,
    workflow::passthrough::{blocking, machines},
};

/// A device as a definition names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::workflow) struct Wanted {
    /// By its kind, its place, or both.
    pub usb: Usb,
    /// The machine does not start without it.
    pub is_required: bool,
}

impl Wanted {
    /// The devices that libvirt would find.
    fn find(&self, known: &Devices) -> Vec<Named> {
        let is_it = |named: &Named| {
            let is_kind = self.usb.ids.is_none_or(|ids| ids == named.ids);
            let is_place = self.usb.place.is_none_or(|place| place == named.place);
            is_kind && is_place && (self.usb.ids.is_some() || self.usb.place.is_some())
        };
        known.iter().map(|(port, device)| Named::new(port, device)).filter(is_it).collect()
    }

    /// What the definition calls it.
    fn source(&self) -> String {
        match (self.usb.ids, self.usb.place) {
            (Some((vendor, product)), _) => format!("{vendor:04x}:{product:04x}"),
            (None, Some((bus, number))) => format!("{bus}.{number}"),
            (None, None) => String::new(),
        }
    }
}

/// Claims the devices that are there until the machine has started.
///
/// # Errors
/// `Busy` while somebody gives or takes one of them.
pub(in crate::workflow) async fn claim(context: &Context, wanted: &[Wanted]) -> Result<Option<Claim>> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let (root, wanted) = (context.root.clone(), wanted.to_vec());
    let devices = blocking(move || {
        let known = usb::read(&root);
        wanted.iter().flat_map(|one| one.find(&known)).collect::<BTreeSet<_>>()
    })
    .await?;
    context.usb.claims.claim(&devices.into_iter().collect::<Vec<_>>()).map(Some)
}

/// Why a machine cannot start with these, as far as they are not its already. `along` are the PCI devices that it gets.
///
/// # Errors
/// `Busy` if the devices of a machine that runs cannot be read.
pub(in crate::workflow) async fn judge(context: &Context, uuid: Uuid, wanted: Vec<Wanted>, along: Vec<PciAddress>) -> Result<Vec<Finding>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let root = context.root.clone();
    let (taken, mut findings) = blocking(move || choose(&usb::read(&root), &wanted)).await?;
    refresh(context, &taken).await;
    let machines = machines(context).await?;
    let has = |machine: &Arc<Machine>, device: &Named| has_live(machine, device);
    let taken: Vec<Named> =
        taken.into_iter().filter(|device| !machines.iter().any(|machine| machine.uuid == uuid && has(machine, device))).collect();
    let mut owned = BTreeSet::new();
    for (device, other) in taken.iter().flat_map(|device| machines.iter().map(move |other| (device, other))) {
        if has(other, device) {
            owned.insert(device.port.clone());
            findings.reasons.push(Finding::at("machine-running", &device.port).named(&other.name));
        }
    }
    let root = context.root.clone();
    let judged = blocking(move || judge::judge(&root, &usb::read(&root), &taken, &owned, &along)).await?;
    findings.reasons.extend(judged.reasons);
    findings.sort();
    Ok(findings.reasons)
}

/// The devices that go along, and what is said of those that libvirt does not find, or not as one.
fn choose(known: &Devices, wanted: &[Wanted]) -> (Vec<Named>, Findings) {
    let (mut taken, mut findings) = (BTreeSet::new(), Findings::default());
    for one in wanted {
        let mut found = one.find(known);
        match found.len() {
            0 if one.is_required => findings.reasons.push(Finding::new("gone", &one.source())),
            0 | 1 => taken.extend(found.pop()),
            _ => findings.reasons.extend(found.iter().map(|device| Finding::at("ambiguous", &device.port))),
        }
    }
    (taken.into_iter().collect(), findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Devices {
        let device = |number, product| usb::Device { bus: 1, number, vendor: 0x951, product, ..usb::Device::default() };
        [("1-1", device(5, 0x1666)), ("1-2", device(6, 0x1666)), ("1-3", device(7, 0x1)), ("1-4", device(8, 0x2))]
            .map(|(port, device)| (port.to_owned(), device))
            .into()
    }

    fn wanted(ids: Option<(u16, u16)>, place: Option<(u32, u32)>, is_required: bool) -> Wanted {
        Wanted { usb: Usb { ids, place, is_missing: false }, is_required }
    }

    fn chosen(wanted: &[Wanted]) -> (Vec<String>, Vec<String>) {
        let (taken, findings) = choose(&known(), wanted);
        let line = |found: &Finding| format!("{} {}", found.word, found.facts().get("device").or(found.facts().get("port")).unwrap());
        (taken.into_iter().map(|device| device.port).collect(), findings.reasons.iter().map(line).collect())
    }

    #[test]
    fn what_is_named_by_its_place_is_one_device_and_by_its_kind_it_must_be() {
        let by_place = chosen(&[wanted(Some((0x951, 0x1666)), Some((1, 6)), true), wanted(None, Some((1, 7)), true)]);
        assert_eq!(by_place, (vec!["1-2".to_owned(), "1-3".to_owned()], vec![]));
        let by_kind = chosen(&[wanted(Some((0x951, 0x1666)), None, false), wanted(Some((0x951, 0x1)), None, false)]);
        assert_eq!(by_kind, (vec!["1-3".to_owned()], vec!["ambiguous 1-1".to_owned(), "ambiguous 1-2".to_owned()]));
    }

    #[test]
    fn only_what_a_machine_does_not_start_without_is_missed() {
        // Another device has the place by now, one was pulled out, one names nothing.
        let gone = [((0x951, 0x1666), Some((1, 7))), ((0x951, 0x3), None)];
        let all = |is_required| gone.map(|(ids, place)| wanted(Some(ids), place, is_required));
        assert_eq!(chosen(&all(false)), (vec![], vec![]));
        assert_eq!(chosen(&all(true)), (vec![], vec!["gone 0951:1666".to_owned(), "gone 0951:0003".to_owned()]));
        assert_eq!(chosen(&[wanted(None, None, false)]), (vec![], vec![]));
    }
}
