//! `org.kvmmanager.Manager1.LookingGlass`: the memory through which a guest shows its screen to a program on its host.

use std::collections::HashMap;

use zbus::OwnedVariant;

use crate::Options;

/// That memory of a machine.
#[zbus::proxy(interface = "org.kvmmanager.Manager1.LookingGlass", default_service = "org.kvmmanager.Manager1")]
pub trait LookingGlass {
    #[zbus(allow_interactive_auth)]
    fn plan_enable(&self, screen: &Options, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn enable(&self, screen: &Options, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn disable(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(property)]
    fn size(&self) -> zbus::Result<u64>;
}
