//! `org.kvmmanager.Manager1.Input` and `org.kvmmanager.Manager1.Host.Input`: keyboards and mice of the computer that runs the
//! machines.

use std::collections::HashMap;

use zbus::OwnedVariant;

use crate::Options;

/// Keyboards and mice that a machine gets and gives back.
#[zbus::proxy(interface = "org.kvmmanager.Manager1.Input", default_service = "org.kvmmanager.Manager1")]
pub trait Input {
    #[zbus(allow_interactive_auth)]
    fn plan_attach(&self, input: &Options, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn attach(&self, input: &Options, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn detach(&self, input: &Options, options: &Options) -> zbus::Result<()>;
}

/// Those that there are.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1.Host.Input",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1/host"
)]
pub trait HostInput {
    #[zbus(property)]
    fn devices(&self) -> zbus::Result<Vec<HashMap<String, OwnedVariant>>>;
}
