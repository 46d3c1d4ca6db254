//! The D-Bus objects: they unpack, authorize, call and map errors, nothing else.

mod at_boot;
mod device;
mod function;
mod hand_over;
mod host;
mod host_device;
mod hugepages;
mod input;
mod job;
mod looking_glass;
mod machine;
mod manager;
mod nvme;
mod objects;
mod passthrough;
mod pinning;
mod properties;
mod readiness;
mod requests;
mod stats;
mod topology;
mod tree;
mod usb;

pub use at_boot::{AtBootObject, follow as follow_boot};
pub use device::follow as follow_usb_rules;
pub use hand_over::follow as follow_hand_over;
pub use host::{Host, HostState};
pub use host_device::{State as HostDevices, start as start_host_devices};
pub use hugepages::HugePages;
pub use job::serve as serve_jobs;
pub use manager::{Link, Manager};
pub use objects::Objects;
pub use readiness::Readiness;
pub use stats::{Hub, Stats, serve as serve_stats};
pub use topology::Topology;
pub use tree::Tree;
