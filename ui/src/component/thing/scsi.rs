//! SCSI devices in that form.

use client::{
    device::{Gift, ScsiDevice, short},
    t, unit,
};

use super::{Family, Thing};
use crate::icon;

/// Kinds that have a word.
const KINDS: [&str; 7] = ["disk", "tape", "optical", "changer", "scanner", "printer", "controller"];

pub(super) fn thing(device: &ScsiDevice) -> Thing {
    let kind = if KINDS.contains(&device.kind.as_str()) { device.kind.as_str() } else { "other" };
    let size = if device.size > 0 { unit::size(device.size) } else { String::new() };
    let facts = [
        ("other-fact-address", device.address.clone()),
        ("other-fact-name", device.node.clone()),
        ("other-fact-size", size.clone()),
        ("other-fact-serial", device.serial.clone()),
        ("other-fact-identity", device.identity.clone()),
        ("other-fact-controller", device.controller.as_deref().map(short).unwrap_or_default().to_owned()),
    ];
    Thing {
        family: Family::Scsi,
        id: device.address.clone(),
        icon: icon::hard_drive(),
        label: label(device),
        place: if device.node.is_empty() { device.address.clone() } else { device.node.clone() },
        kind: t!(&format!("other-scsi-{kind}")),
        column: size,
        uses: device.uses.clone(),
        machines: device.machines.clone(),
        active_machine: device.active_machine,
        facts: facts.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        // What leads to others is nobody's.
        gift: (!matches!(kind, "controller" | "other")).then(|| Gift::Scsi(device.address.clone())),
    }
}

fn label(device: &ScsiDevice) -> String {
    // What a disk of SATA says of its maker is that.
    let vendor = if device.vendor == "ATA" { "" } else { &device.vendor };
    let label = [vendor, " ", &device.model].concat().trim().to_owned();
    if label.is_empty() { device.address.clone() } else { label }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_machine_gets_is_known_by_what_stays_and_not_by_where_it_was() {
        crate::locale::init("en");
        let disk = |address: &str, identity: &str| {
            thing(&ScsiDevice { address: address.into(), identity: identity.into(), ..ScsiDevice::default() })
        };
        let others = client::device::OtherDevices::default();
        let one = |identity: &str, is_live| client::device::Attached {
            kind: "scsi".into(),
            source: "2:0:0:0".into(),
            identity: identity.into(),
            is_live,
            ..client::device::Attached::default()
        };
        assert!(disk("9:0:0:0", "naa.1").is(&one("naa.1", false), &others));
        assert!(!disk("2:0:0:0", "naa.2").is(&one("naa.1", false), &others), "another is in its place");
        assert!(disk("2:0:0:0", "naa.2").is(&one("", false), &others), "of others");
        assert!(disk("2:0:0:0", "").is(&one("naa.1", true), &others), "while it runs the address holds");
    }

    #[test]
    fn a_device_is_called_what_it_says_and_what_leads_to_others_is_given_to_nobody() {
        crate::locale::init("en");
        let disk = ScsiDevice {
            address: "0:0:0:0".into(),
            kind: "disk".into(),
            vendor: "ATA".into(),
            model: "Samsung".into(),
            ..ScsiDevice::default()
        };
        let shown = thing(&disk);
        assert_eq!((shown.label.as_str(), shown.place.as_str(), shown.kind.as_str()), ("Samsung", "0:0:0:0", "Disk"));
        assert_eq!(shown.gift, Some(Gift::Scsi("0:0:0:0".into())));
        let nameless = ScsiDevice { vendor: String::new(), model: String::new(), kind: "controller".into(), ..disk.clone() };
        assert_eq!((thing(&nameless).label.as_str(), thing(&nameless).gift), ("0:0:0:0", None));
        assert_eq!(thing(&ScsiDevice { kind: "later".into(), ..disk }).kind, "Other device");
    }
}
