//! What machines get of the host besides PCI cards, and what giving it would mean.

use uuid::Uuid;

use super::Refusal;

/// How a USB device is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UsbName {
    /// By the paths of ports: all that is plugged in there now.
    Ports(Vec<String>),
    /// By the serial number that it says.
    Serial(String),
    /// By vendor and product, as `046d:c31c`.
    Id(String),
    /// By its bus and its number there, until it is plugged in again.
    Place(u32, u32),
}

/// What a machine gets, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gift {
    /// USB devices.
    Usb(UsbName, UsbHow),
    /// Keyboards and mice.
    Inputs(Inputs),
    /// An NVMe namespace as a disk.
    Namespace(NamespaceDisk),
    /// The SCSI device at an address, as the host lists it or as the definition has it.
    Scsi(String),
    /// A part of a card.
    Mediated(MediatedPart),
    /// A card in a network of virtual functions.
    Network(PoolCard),
}

/// How a machine gets USB devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsbHow {
    /// A running machine that has one lets it go.
    pub hands_over: bool,
    /// What a start without it does, `mandatory`, `requisite` or `optional`; empty for the usual one, `optional`.
    pub startup: String,
    /// Which resets the guest may ask for, `off`, `uninitialized` or `on`; empty for libvirt's choice.
    pub guest_reset: String,
}

/// Keyboards and mice that go to the guest and come back by keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// Their names.
    pub names: Vec<String>,
    /// The keys, in libvirt's words; empty for its choice, both Ctrl keys.
    pub toggle: String,
    /// The keys hand over every input of the machine.
    pub grabs_all: bool,
    /// A key that is held repeats.
    pub repeats: bool,
}

impl Inputs {
    /// These, as is usual.
    #[must_use]
    pub const fn new(names: Vec<String>) -> Self {
        Self { names, toggle: String::new(), grabs_all: true, repeats: true }
    }
}

/// An NVMe namespace that is a disk of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamespaceDisk {
    /// The address of its controller.
    pub controller: String,
    /// From 1.
    pub number: u32,
    /// How the guest sees it, `virtio` or `sata`; empty for the usual one.
    pub bus: String,
    /// Although the kernel cannot reset the controller alone.
    pub allows_no_reset: bool,
}

/// A part of a card that a machine gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediatedPart {
    /// Its UUID as the host writes it.
    pub uuid: String,
    /// Its screen is one of the machine's.
    pub has_display: bool,
    /// There is a picture before the guest has a driver; with a display only.
    pub has_ramfb: bool,
}

/// A network card of a machine in a network that hands out virtual functions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolCard {
    /// The UUID of the network as libvirt writes it.
    pub network: String,
    /// What people call the network.
    pub name: String,
    /// Its address; empty for libvirt's choice, or for the only one that a machine has.
    pub mac: String,
}

impl PoolCard {
    /// An address that nobody has, in the range that machines have theirs of.
    #[must_use]
    pub fn new_mac() -> String {
        let [a, b, c, ..] = *Uuid::new_v4().as_bytes();
        format!("52:54:00:{a:02x}:{b:02x}:{c:02x}")
    }
}

impl Gift {
    /// Whether a running machine can get it, too: all else comes with its start.
    #[must_use]
    pub const fn can_be_plugged(&self) -> bool {
        matches!(self, Self::Usb(..) | Self::Scsi(_))
    }
}

/// What goes to a machine or leaves it, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Giving {
    /// What it is.
    pub gift: Gift,
    /// The running machine; of USB and SCSI devices only.
    pub is_live: bool,
    /// The definition that each start uses.
    pub is_configured: bool,
}

/// What giving it would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivePlan {
    /// USB ports, or SCSI addresses, that the running machine would get.
    pub live: Vec<String>,
    /// What its definition would get; empty if it has all of it.
    pub configured: Vec<String>,
    /// Machines that would let it go.
    pub taken_from: Vec<Uuid>,
    /// Why it is refused; empty if it is not.
    pub reasons: Vec<Refusal>,
    /// What should be known all the same.
    pub warnings: Vec<Refusal>,
}

/// What a machine gets whenever it is plugged in, and how it stands with that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbRule {
    /// For taking it away.
    pub id: String,
    /// What it is about.
    pub on: UsbName,
    /// `waiting`, `outranked`, `attached`, `released` or `failed`.
    pub state: String,
    /// The ports of what it is about.
    pub ports: Vec<String>,
    /// Why one could not be given: words of refusals, or the name of an error.
    pub reasons: Vec<String>,
}
