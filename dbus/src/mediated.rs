//! `org.kvmmanager.Manager1.Mediated` and `org.kvmmanager.Manager1.Host.Mediated`: parts of divided cards.

use std::collections::HashMap;

use zbus::OwnedVariant;

use crate::Options;

/// Parts that a machine gets and gives back.
#[zbus::proxy(interface = "org.kvmmanager.Manager1.Mediated", default_service = "org.kvmmanager.Manager1")]
pub trait Mediated {
    #[zbus(allow_interactive_auth)]
    fn plan_attach(&self, part: &Options, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn attach(&self, part: &Options, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn detach(&self, part: &Options, options: &Options) -> zbus::Result<()>;
}

/// Those that there are, and what there could be.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1.Host.Mediated",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1/host"
)]
pub trait HostMediated {
    #[zbus(property)]
    fn parents(&self) -> zbus::Result<Vec<HashMap<String, OwnedVariant>>>;
    #[zbus(property)]
    fn instances(&self) -> zbus::Result<Vec<HashMap<String, OwnedVariant>>>;
}
