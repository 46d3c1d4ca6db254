//! `org.kvmmanager.Manager1.Host.Mediated`: parts of divided cards.

use std::collections::HashMap;

use zbus::OwnedVariant;

use crate::Options;

/// Those that there are, and what there could be.
#[zbus::proxy(
    interface = "org.kvmmanager.Manager1.Host.Mediated",
    default_service = "org.kvmmanager.Manager1",
    default_path = "/org/kvmmanager/Manager1/host"
)]
pub trait HostMediated {
    #[zbus(allow_interactive_auth)]
    fn plan_create(&self, part: &Options, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn create(&self, part: &Options, options: &Options) -> zbus::Result<String>;
    #[zbus(allow_interactive_auth)]
    fn start(&self, part: &Options, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn set_autostart(&self, part: &Options, autostart: bool, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn plan_delete(&self, part: &Options, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn delete(&self, part: &Options, options: &Options) -> zbus::Result<()>;
    #[zbus(property)]
    fn parents(&self) -> zbus::Result<Vec<HashMap<String, OwnedVariant>>>;
    #[zbus(property)]
    fn instances(&self) -> zbus::Result<Vec<HashMap<String, OwnedVariant>>>;
}
