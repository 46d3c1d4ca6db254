//! PCI devices of a host, and what giving them to machines would mean.

mod attach;
mod function;
mod give;
mod keep;
mod other;
mod part;
pub mod rom;
mod screen;

use uuid::Uuid;

pub use attach::{AttachPlan, Attached, Attachment, NetworkCard, is_one_card, mac};
pub use function::{FunctionChange, FunctionPlan, FunctionSettings};
pub use give::{Gift, GivePlan, Giving, Inputs, MediatedPart, NamespaceDisk, PoolCard, UsbHow, UsbName, UsbRule};
pub use keep::{Advice, AtBoot, KeepPlan, Kept};
pub use other::{InputDevice, Mediated, Namespace, OtherDevices, Parent, PartType, ScsiDevice, UsbDevice, ids};
pub use part::{FunctionNetwork, NewPart, Verdict};
pub use screen::{GlassPlan, GlassScreen, GlassSpice, GlassView};

/// The driver of devices that are reserved for machines.
pub const VFIO: &str = "vfio-pci";

/// One PCI device of one host, as the service told it last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostDevice {
    /// Such as `0000:01:00.0`; constant.
    pub address: String,
    /// Vendor and device.
    pub ids: (u16, u16),
    /// Maker and card, 0 if there are none.
    pub subsystem_ids: (u16, u16),
    /// What it is for, in the service's words, such as `display`.
    pub kind: String,
    /// Names of the host's list, each empty if it has none.
    pub vendor_name: String,
    /// Of the device.
    pub device_name: String,
    /// Of the card.
    pub subsystem_name: String,
    /// Of the class.
    pub class_name: String,
    /// The driver that it has, empty without one.
    pub driver: String,
    /// The devices that the IOMMU cannot keep apart share one; `None` without an IOMMU.
    pub group: Option<u32>,
    /// The NUMA node that it is near to, if the firmware says.
    pub node: Option<u32>,
    /// The PCI Express link.
    pub link: Link,
    /// How the kernel can reset it alone, best first.
    pub resets: Vec<String>,
    /// How many virtual functions it can have.
    pub maximum_functions: u32,
    /// The addresses of those that it has.
    pub functions: Vec<String>,
    /// What they may, of a network card whose driver tells it.
    pub function_settings: Vec<FunctionSettings>,
    /// The address of the device that it is a virtual function of.
    pub function_of: Option<String>,
    /// The firmware shows its screen on it.
    pub is_boot_display: bool,
    /// Its windows: number and bytes.
    pub windows: Vec<(u32, u64)>,
    /// What the host does with it: the service's word, and the kernel's name of the part.
    pub uses: Vec<(String, String)>,
    /// Machines whose definitions name it.
    pub machines: Vec<Uuid>,
    /// The one of them that runs and has it.
    pub active_machine: Option<Uuid>,
    /// Whether the service can take it from the host at all: no bridges, none without an IOMMU.
    pub can_move: bool,
    /// Whether it is taken each time the host starts.
    pub is_kept: bool,
}

/// A PCI Express link; all 0 for a device without one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Megatransfers per second and lane now.
    pub speed: u32,
    /// Lanes now.
    pub width: u32,
    /// Megatransfers per second and lane at most.
    pub maximum_speed: u32,
    /// Lanes at most.
    pub maximum_width: u32,
}

/// Who has a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// The host uses it, or it is a part of the host that stays.
    Host,
    /// The host has it and does nothing with it that the service sees.
    Idle,
    /// It is reserved for machines and none has it.
    Reserved,
    /// A running machine.
    Machine(Uuid),
}

impl HostDevice {
    /// Who has it.
    #[must_use]
    pub fn holder(&self) -> Holder {
        match self.active_machine {
            Some(machine) => Holder::Machine(machine),
            None if self.driver == VFIO => Holder::Reserved,
            None if self.can_move && self.uses.is_empty() => Holder::Idle,
            None => Holder::Host,
        }
    }

    /// Whether networks can hand out its virtual functions: it is a network card that can have some.
    #[must_use]
    pub fn has_function_networks(&self) -> bool {
        self.can_move && self.maximum_functions > 0 && self.kind == "network"
    }

    /// What people call it: the vendor in one word, and the name on the box where the list has it.
    #[must_use]
    pub fn label(&self) -> String {
        let name = if self.kind == "display" { in_brackets(&self.device_name).unwrap_or(&self.device_name) } else { &self.device_name };
        let vendor = short_vendor(&self.vendor_name);
        match (name.is_empty(), vendor.is_empty()) {
            (false, false) if name.contains(vendor) => name.to_owned(),
            (false, _) => format!("{vendor} {name}").trim().to_owned(),
            (true, false) if !self.class_name.is_empty() => format!("{vendor} {}", self.class_name),
            (true, _) => self.ids_shown(),
        }
    }

    /// Vendor and device as they are written: `10de:1ff2`.
    #[must_use]
    pub fn ids_shown(&self) -> String {
        format!("{:04x}:{:04x}", self.ids.0, self.ids.1)
    }

    /// Whether it is a part of the computer that other devices hang on: no device that a machine could want.
    #[must_use]
    pub fn is_fabric(&self) -> bool {
        matches!(self.kind.as_str(), "bridge" | "host-bridge" | "isa-bridge" | "iommu" | "smbus")
    }

    /// Its address without the segment where that is the first one: `01:00.0`.
    #[must_use]
    pub fn short_address(&self) -> &str {
        short(&self.address)
    }
}

fn in_brackets(name: &str) -> Option<&str> {
    let (_, rest) = name.split_once('[')?;
    rest.split_once(']').map(|(inside, _)| inside).filter(|inside| !inside.is_empty())
}

/// `AMD` of `Advanced Micro Devices, Inc. [AMD/ATI]`, `Intel` of `Intel Corporation`.
fn short_vendor(name: &str) -> &str {
    let of_brackets = in_brackets(name).and_then(|inside| inside.split('/').next());
    of_brackets.or_else(|| name.split([' ', ',']).next()).unwrap_or_default()
}

/// An address without the segment where that is the first one.
#[must_use]
pub fn short(address: &str) -> &str {
    address.strip_prefix("0000:").unwrap_or(address)
}

/// Which devices are to be taken or given back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// Their addresses.
    pub addresses: Vec<String>,
    /// With everything that shares their groups, but bridges.
    pub whole_groups: bool,
    /// Those too that the kernel cannot reset alone; for taking only.
    pub allows_no_reset: bool,
}

/// One thing that speaks against a change, or that should be known before it. The words are in docs/passthrough.md.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The service's word, such as `mounted`.
    pub reason: String,
    /// The address of the device that it is about.
    pub device: String,
    /// The kernel's name of a part, another device, a process; or empty.
    pub name: String,
    /// A mount point, a bridge, a driver, a machine; or empty.
    pub detail: String,
}

/// One write to the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BindStep {
    /// The address of the device.
    pub device: String,
    /// `override`, `unbind` or `probe`.
    pub step: String,
    /// What is written.
    pub value: String,
}

/// What taking devices from the host would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BindPlan {
    /// The addresses of all that it is about.
    pub devices: Vec<String>,
    /// Every write in order.
    pub steps: Vec<BindStep>,
    /// Why it is refused; empty if it is not.
    pub reasons: Vec<Refusal>,
    /// What should be known all the same.
    pub warnings: Vec<Refusal>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_a_device_is_told_by_machine_driver_and_uses_in_that_order() {
        let machine = Uuid::from_u128(1);
        let idle = HostDevice { can_move: true, driver: "nvme".into(), ..HostDevice::default() };
        let used = HostDevice { uses: vec![("mounted".into(), "nvme0n1p1".into())], ..idle.clone() };
        let reserved = HostDevice { driver: VFIO.into(), ..idle.clone() };
        let given = HostDevice { active_machine: Some(machine), ..reserved.clone() };
        let fixed = HostDevice { can_move: false, ..idle.clone() };
        let holders = [idle, used, reserved, given, fixed].map(|device| device.holder());
        assert_eq!(holders, [Holder::Idle, Holder::Host, Holder::Reserved, Holder::Machine(machine), Holder::Host]);
    }

    #[test]
    fn a_device_is_called_what_is_written_on_its_box() {
        let label = |vendor: &str, name: &str, kind: &str| {
            let (vendor_name, device_name, kind) = (vendor.to_owned(), name.to_owned(), kind.to_owned());
            HostDevice { ids: (0x10de, 0x1ff2), vendor_name, device_name, kind, ..HostDevice::default() }.label()
        };
        assert_eq!(label("NVIDIA Corporation", "TU117GL [T400 4GB]", "display"), "NVIDIA T400 4GB");
        assert_eq!(label("Advanced Micro Devices, Inc. [AMD/ATI]", "Raphael", "display"), "AMD Raphael");
        assert_eq!(label("Sandisk Corp", "WD Black SN850X NVMe SSD", "storage"), "Sandisk WD Black SN850X NVMe SSD");
        assert_eq!(label("Intel Corporation", "Intel thing", "other"), "Intel thing");
        assert_eq!(label("", "", "other"), "10de:1ff2");
    }

    #[test]
    fn only_the_first_segment_goes_without_saying() {
        assert_eq!((short("0000:01:00.0"), short("10000:01:00.0")), ("01:00.0", "10000:01:00.0"));
    }
}
