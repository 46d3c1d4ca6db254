//! The parts of a machine that its guest sees as hardware.

pub mod assign;
mod channel;
mod disk;
mod graphics;
mod host;
pub mod input;
mod interface;
pub mod mdev;
pub mod network;
pub mod node;
pub mod nvme;
pub mod rom;
pub mod scsi;
pub mod shared_memory;
pub mod usb;

pub use channel::Channel;
pub use disk::{Backing, Disk, DiskDevice, Source};
pub use graphics::{Graphics, Listen};
pub use host::{Filesystem, HostDevice, Tpm};
pub use interface::Interface;

use crate::xml::Element;

/// An attribute as owned text; empty when it is absent.
pub(crate) fn owned(element: &Element<'_, '_>, attribute: &str) -> String {
    element.attribute(attribute).map_or_else(String::new, std::borrow::Cow::into_owned)
}

/// An attribute of a child as owned text; empty when either is absent.
pub(crate) fn owned_of(element: &Element<'_, '_>, child: &str, attribute: &str) -> String {
    element.child(child).map_or_else(String::new, |child| owned(&child, attribute))
}
