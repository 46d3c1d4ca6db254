//! `org.kvmmanager.Manager1.HandOver`: the host's screen for one machine.

use std::collections::HashMap;

use zbus::{OwnedObjectPath, OwnedVariant};

use crate::Options;

/// Hands the host's screen over to a machine and takes it back.
#[zbus::proxy(interface = "org.kvmmanager.Manager1.HandOver", default_service = "org.kvmmanager.Manager1")]
pub trait HandOver {
    #[zbus(allow_interactive_auth)]
    fn plan(&self, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn begin(&self, options: &Options) -> zbus::Result<OwnedObjectPath>;
    #[zbus(allow_interactive_auth)]
    fn confirm(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn give_back(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(property)]
    fn state(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn trial_ends(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn left(&self) -> zbus::Result<Vec<HashMap<String, String>>>;
}
