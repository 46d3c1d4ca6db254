//! What machines have of their host, and what giving them more would mean.

use super::Refusal;

/// A device of the host that a machine has, or gets with its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attached {
    /// `pci`, `usb`, `mdev` or another word of libvirt's.
    pub kind: String,
    /// A PCI address, a USB device as the definition names it, the UUID of a mediated device; or empty.
    pub source: String,
    /// The driver of the host lets go of it by itself when the machine gets it, and has it back afterwards.
    pub is_managed: bool,
    /// The machine runs and has it.
    pub is_live: bool,
    /// The machine gets it with each start.
    pub is_configured: bool,
}

impl Attached {
    /// Whether it can be taken from the machine by [`crate::Client::detach`]: PCI devices can.
    #[must_use]
    pub fn is_pci(&self) -> bool {
        self.kind == "pci"
    }
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
    fn functions_of_a_card_share_all_but_the_last_digit() {
        assert!(is_one_card("0000:01:00.0", "0000:01:00.1"));
        assert!(!is_one_card("0000:01:00.0", "0000:02:00.0") && !is_one_card("0000:01:00.0", "0001:01:00.0"));
        assert!(!is_one_card("", ""), "no address at all");
    }
}
