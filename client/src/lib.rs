//! What every unprivileged client of KVM Manager shares: which hosts there are, how one is reached, what is known of it,
//! what a person has set, and the words and units it is told in. No toolkit and no libvirt in here.
//!
//! One host is one D-Bus connection. [`watch`] keeps it: it connects, tells all that happens as [`Event`]s, and connects
//! again when the connection is lost. A [`Client`] is the handle for calls; it comes with [`Event::Connected`].

mod bus;
mod client;
pub mod demo;
pub mod device;
mod error;
mod event;
pub mod file;
pub mod hand_over;
pub mod host;
pub mod hugepages;
mod job;
pub mod locale;
mod machine;
mod operation;
pub mod readiness;
pub mod settings;
mod stats;
pub mod topology;
pub mod tuning;
pub mod unit;

pub use bus::test_connection;
pub use client::{BatchResults, Client, DeleteOptions, Details, Prompt};
pub use dbus::{
    ErrorKind,
    host::LeftBehind,
    machine::{Address, GuestAgent, PlanItem, State, StateReason, Tag},
    manager::Deleted,
};
pub use device::HostDevice;
pub use error::Error;
pub use event::{Event, HostFacts, Problem, Service, Wanted, watch};
pub use host::Host;
pub use job::{Job, Outcome};
pub use machine::{Condition, Machine};
pub use operation::{Metadata, Operation};
pub use stats::{Figures, Point, Sample, Sampled, Series};
pub use uuid::Uuid;
