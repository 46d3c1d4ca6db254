//! `org.kvmmanager.Manager1.Device`: the devices of the host that a machine has.

use std::collections::HashMap;

use zbus::OwnedVariant;

use crate::Options;

/// What a machine has, gets and gives back of its host.
#[zbus::proxy(interface = "org.kvmmanager.Manager1.Device", default_service = "org.kvmmanager.Manager1")]
pub trait Device {
    #[zbus(allow_interactive_auth)]
    fn plan_attach(&self, device: &Options, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn attach(&self, device: &Options, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn detach(&self, device: &Options, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn add_usb_rule(&self, rule: &Options, options: &Options) -> zbus::Result<String>;
    #[zbus(allow_interactive_auth)]
    fn remove_usb_rule(&self, id: &str, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn plan_looking_glass(&self, screen: &Options, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(allow_interactive_auth)]
    fn enable_looking_glass(&self, screen: &Options, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn disable_looking_glass(&self, options: &Options) -> zbus::Result<()>;
    #[zbus(allow_interactive_auth)]
    fn get_looking_glass_view(&self, options: &Options) -> zbus::Result<HashMap<String, OwnedVariant>>;
    #[zbus(property)]
    fn looking_glass(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn usb_rules(&self) -> zbus::Result<Vec<HashMap<String, OwnedVariant>>>;
    #[zbus(property)]
    fn host_devices(&self) -> zbus::Result<Vec<HashMap<String, OwnedVariant>>>;
}
