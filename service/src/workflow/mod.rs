//! Work of several steps, or work that takes time.

pub mod at_boot;
pub mod attach;
pub mod balloon;
pub mod batch;
pub mod definition;
pub mod delete;
pub mod details;
pub mod dump;
pub mod function;
pub mod hand_over;
pub mod hugepages;
pub mod input;
pub mod log;
pub mod looking_glass;
pub mod mediated;
pub mod nvme;
pub mod passthrough;
pub mod pinning;
pub mod power;
pub mod running;
pub mod save;
pub mod screenshot;
pub mod trash;
pub mod usb;
