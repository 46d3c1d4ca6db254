//! Whether memory can be taken from a machine while it runs.

use super::Machine;
use crate::device::{owned, owned_of};
use crate::xml::Element;

/// What a document says of the balloon and of memory that it cannot move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balloon {
    /// The machine is to have none. Without a word libvirt gives it one.
    pub is_absent: bool,
    /// Every how many seconds the guest is asked for its figures; 0 for never.
    pub period: u32,
    /// Its memory is locked on the host.
    pub is_locked: bool,
}

impl Balloon {
    pub(super) fn read(&mut self, element: &Element<'_, '_>) {
        self.is_absent = owned(element, "model") == "none";
        self.period = owned_of(element, "stats", "period").parse().unwrap_or(0);
    }
}

impl Machine {
    /// Why taking memory from it gives the host nothing: `no-balloon`, `huge-pages`, `locked-memory`, or `host-device`, since a device
    /// of the host may write to all of its memory, which is pinned for that. `None` if it can be taken.
    #[must_use]
    pub fn balloon_obstacle(&self) -> Option<&'static str> {
        let pins = |kind: &str| matches!(kind, "pci" | "mdev");
        let has_device = self.host_devices.iter().any(|device| pins(&device.kind))
            || self.interfaces.iter().any(|interface| matches!(interface.kind.as_str(), "hostdev" | "vdpa"));
        match () {
            () if self.balloon.is_absent => Some("no-balloon"),
            () if self.has_huge_pages => Some("huge-pages"),
            () if self.balloon.is_locked => Some("locked-memory"),
            () if has_device => Some("host-device"),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(elements: &str, devices: &str) -> Machine {
        Machine::parse(&format!("<domain type='kvm'><name>a</name>{elements}<devices>{devices}</devices></domain>")).unwrap()
    }

    #[test]
    fn memory_that_is_pinned_cannot_be_taken_and_the_reason_is_told() {
        for (elements, devices, obstacle) in [
            ("", "", None),
            ("", "<memballoon model='virtio'/>", None),
            ("", "<memballoon model='none'/>", Some("no-balloon")),
            ("<memoryBacking><hugepages/></memoryBacking>", "", Some("huge-pages")),
            ("<memoryBacking><locked/></memoryBacking>", "", Some("locked-memory")),
            ("<launchSecurity type='sev'/>", "", Some("locked-memory")),
            ("<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>", "", None),
            ("", "<hostdev mode='subsystem' type='pci'/>", Some("host-device")),
            ("", "<hostdev mode='subsystem' type='mdev'/>", Some("host-device")),
            ("", "<hostdev mode='subsystem' type='usb'/>", None),
            ("", "<interface type='hostdev'/>", Some("host-device")),
            ("", "<interface type='vdpa'/>", Some("host-device")),
            ("", "<interface type='network'/>", None),
        ] {
            assert_eq!(machine(elements, devices).balloon_obstacle(), obstacle, "{elements}{devices}");
        }
    }

    #[test]
    fn how_often_a_guest_is_asked_is_read_and_nonsense_is_never() {
        for (stats, period) in [("", 0), ("<stats period='7'/>", 7), ("<stats period='-1'/>", 0), ("<stats period='x'/>", 0)] {
            assert_eq!(machine("", &format!("<memballoon model='virtio'>{stats}</memballoon>")).balloon.period, period, "{stats}");
        }
    }
}
