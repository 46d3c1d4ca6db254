//! The D-Bus contract of KVM Manager: names, object paths, wire types, errors and client proxies.
//!
//! Everything that both sides of the bus must agree on lives here, a file per noun. The written
//! reference with the meaning of each member is `interfaces/*.xml`.
#![forbid(unsafe_code)]

pub mod at_boot;
pub mod device;
pub mod error;
pub mod hand_over;
pub mod host;
pub mod host_device;
pub mod hugepages;
pub mod input;
pub mod job;
pub mod machine;
pub mod manager;
pub mod mediated;
pub mod nvme;
pub mod options;
pub mod passthrough;
pub mod path;
pub mod pinning;
pub mod readiness;
pub mod scsi;
pub mod stats;
pub mod topology;
pub mod usb;

pub use error::{Error, ErrorKind};
pub use options::{Options, Reader};

/// The well-known bus name of the service.
pub const BUS_NAME: &str = "org.kvmmanager.Manager1";

/// The names of the interfaces.
pub mod interface {
    /// The root object's own interface.
    pub const MANAGER: &str = "org.kvmmanager.Manager1";
    /// One virtual machine.
    pub const MACHINE: &str = "org.kvmmanager.Manager1.Machine";
    /// The computer that runs the machines.
    pub const HOST: &str = "org.kvmmanager.Manager1.Host";
    /// What is done each time that computer starts.
    pub const AT_BOOT: &str = "org.kvmmanager.Manager1.Host.AtBoot";
    /// Huge pages of that computer.
    pub const HUGE_PAGES: &str = "org.kvmmanager.Manager1.Host.HugePages";
    /// Whether it is ready for machines.
    pub const READINESS: &str = "org.kvmmanager.Manager1.Host.Readiness";
    /// Its processors and NUMA nodes.
    pub const TOPOLOGY: &str = "org.kvmmanager.Manager1.Host.Topology";
    /// Its USB devices.
    pub const USB: &str = "org.kvmmanager.Manager1.Host.Usb";
    /// A PCI device of that computer.
    pub const HOST_DEVICE: &str = "org.kvmmanager.Manager1.HostDevice";
    /// Taking that device for machines.
    pub const PASSTHROUGH: &str = "org.kvmmanager.Manager1.Passthrough";
    /// The devices of that computer that a machine has.
    pub const DEVICE: &str = "org.kvmmanager.Manager1.Device";
    /// Its keyboards and mice.
    pub const HOST_INPUT: &str = "org.kvmmanager.Manager1.Host.Input";
    /// The memory through which a machine's guest shows its screen.
    /// The screen of that computer for a machine.
    pub const HAND_OVER: &str = "org.kvmmanager.Manager1.HandOver";
    /// Its NVMe namespaces.
    pub const HOST_NVME: &str = "org.kvmmanager.Manager1.Host.Nvme";
    /// Its SCSI devices.
    pub const HOST_SCSI: &str = "org.kvmmanager.Manager1.Host.Scsi";
    /// Its mediated devices.
    pub const HOST_MEDIATED: &str = "org.kvmmanager.Manager1.Host.Mediated";
    /// A piece of long work.
    pub const JOB: &str = "org.kvmmanager.Manager1.Job";
    /// Live figures of all machines.
    pub const STATS: &str = "org.kvmmanager.Manager1.Stats";
}
