//! What machines have of their host, and what giving them more would mean.

use std::path::PathBuf;

use super::Refusal;

/// A device of the host that a machine has, or gets with its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attached {
    /// `pci`, `usb`, `mdev` or another word of libvirt's.
    pub kind: String,
    /// A PCI address, a USB device as the definition names it, the UUID of a mediated device, a SCSI address; or empty.
    pub source: String,
    /// What a SCSI device is known by, whatever is at its address now; or empty.
    pub identity: String,
    /// The driver of the host lets go of it by itself when the machine gets it, and has it back afterwards.
    pub is_managed: bool,
    /// The machine runs and has it.
    pub is_live: bool,
    /// The machine gets it with each start.
    pub is_configured: bool,
    /// It is a network card of the machine, whose address and VLAN libvirt sets.
    pub card: Option<NetworkCard>,
    /// Whether the guest sees its ROM; `None` if the hypervisor chooses.
    pub shows_rom: Option<bool>,
    /// The guest sees a ROM from a file instead.
    pub has_rom_file: bool,
    /// Through iommufd, the newer interface of the kernel.
    pub uses_iommufd: bool,
}

/// A virtual function as a network card of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkCard {
    /// Its address, such as 52:54:00:00:00:01; or empty, and libvirt chooses one.
    pub mac: String,
    /// Its VLAN, up to 4094; 0 for none.
    pub vlan: u32,
}

impl Attached {
    /// Whether it can be taken from the machine by [`crate::Client::detach`]: PCI devices can.
    #[must_use]
    pub fn is_pci(&self) -> bool {
        self.kind == "pci"
    }

    /// Whether a running machine can let it go, if it is none of PCI: all else is its until it stops.
    #[must_use]
    pub fn can_be_unplugged(&self) -> bool {
        matches!(self.kind.as_str(), "usb" | "scsi")
    }

    /// Whether it is a USB device.
    #[must_use]
    pub fn is_usb(&self) -> bool {
        self.kind == "usb"
    }
}

impl NetworkCard {
    /// Whether it could be the address of one card: not all zeroes, and not one for many.
    #[must_use]
    pub fn is_mac(text: &str) -> bool {
        mac(text).is_some_and(|bytes| bytes != [0; 6] && bytes[0] & 1 == 0)
    }
}

/// The six bytes of a hardware address.
#[must_use]
pub fn mac(text: &str) -> Option<[u8; 6]> {
    let byte = |part: &str| (part.len() == 2 && !part.starts_with('+')).then(|| u8::from_str_radix(part, 16).ok()).flatten();
    let bytes: Option<Vec<u8>> = text.split(':').map(byte).collect();
    bytes?.try_into().ok()
}

/// Which device goes to a machine or leaves it, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    /// The address of one function.
    pub address: String,
    /// With the others of its card.
    pub whole_card: bool,
    /// The running machine; it has to run.
    pub is_live: bool,
    /// The definition that each start uses; it has to have one that stays.
    pub is_configured: bool,
    /// Also what the kernel cannot reset alone; for giving only.
    pub allows_no_reset: bool,
    /// As a network card, if it is a virtual function of one; for giving only.
    pub card: Option<NetworkCard>,
    /// Whether the guest sees its ROM; `None` if the hypervisor is to choose. For giving only, as the next.
    pub shows_rom: Option<bool>,
    /// Through iommufd, with the next start at least; not as a network card.
    pub uses_iommufd: bool,
    /// A file with the ROM that the guest sees instead of that of the device at [`Self::address`], with the next start at least; not over ssh.
    pub rom_file: Option<PathBuf>,
    /// Exactly as it was when the same user last took it from the machine; for giving only, and with nothing of what is above but the places
    /// and [`Self::allows_no_reset`].
    pub as_before: bool,
}

/// What giving devices to a machine would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachPlan {
    /// The addresses of all that it is about.
    pub devices: Vec<String>,
    /// Those that the running machine would get.
    pub live: Vec<String>,
    /// Those that its definition would get.
    pub configured: Vec<String>,
    /// Why it is refused; empty if it is not.
    pub reasons: Vec<Refusal>,
    /// What should be known all the same.
    pub warnings: Vec<Refusal>,
    /// The machine could have them through iommufd.
    pub knows_iommufd: bool,
}

/// Whether two addresses are of functions of one card: what differs is behind the dot.
#[must_use]
pub fn is_one_card(one: &str, other: &str) -> bool {
    let slot = |address: &str| address.rsplit_once('.').map(|(slot, _)| slot.to_owned());
    slot(one).is_some() && slot(one) == slot(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_card_has_six_bytes_and_is_that_of_one() {
        assert_eq!(mac("52:54:00:aB:00:01"), Some([0x52, 0x54, 0, 0xab, 0, 1]));
        for odd in [
            "",
            "52:54:00:00:00",
            "52:54:00:00:00:01:02",
            "52:54:00:00:00:0g",
            "52:54:00:00:00:+1",
            "5:254:00:00:00:01",
            "52:54:00:00:00:é",
        ] {
            assert_eq!(mac(odd), None, "{odd}");
        }
        assert!(NetworkCard::is_mac("52:54:00:00:00:01"));
        assert!(!["00:00:00:00:00:00", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff"].iter().any(|odd| NetworkCard::is_mac(odd)));
    }

    #[test]
    fn functions_of_a_card_share_all_but_the_last_digit() {
        assert!(is_one_card("0000:01:00.0", "0000:01:00.1"));
        assert!(!is_one_card("0000:01:00.0", "0000:02:00.0") && !is_one_card("0000:01:00.0", "0001:01:00.0"));
        assert!(!is_one_card("", ""), "no address at all");
    }
}
