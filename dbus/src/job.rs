//! `org.kvmmanager.Manager1.Job`: a piece of long work.

use std::collections::HashMap;

use zbus::{OwnedObjectPath, OwnedVariant};

use crate::Options;

/// A piece of long work. Its object is there while the work goes on.
#[zbus::proxy(interface = "org.kvmmanager.Manager1.Job", default_service = "org.kvmmanager.Manager1")]
pub trait Job {
    #[zbus(allow_interactive_auth)]
    fn cancel(&self, options: &Options) -> zbus::Result<()>;

    #[zbus(property(emits_changed_signal = "const"))]
    fn operation(&self) -> zbus::Result<String>;
    #[zbus(property(emits_changed_signal = "const"))]
    fn objects(&self) -> zbus::Result<Vec<OwnedObjectPath>>;
    #[zbus(property)]
    fn progress(&self) -> zbus::Result<f64>;
    #[zbus(property)]
    fn progress_valid(&self) -> zbus::Result<bool>;
    #[zbus(property)]
    fn bytes(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn rate(&self) -> zbus::Result<u64>;
    #[zbus(property(emits_changed_signal = "const"))]
    fn start_time(&self) -> zbus::Result<u64>;
    #[zbus(property)]
    fn expected_end_time(&self) -> zbus::Result<u64>;
    #[zbus(property(emits_changed_signal = "const"), name = "StartedByUID")]
    fn started_by_uid(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn cancelable(&self) -> zbus::Result<bool>;

    #[zbus(signal)]
    fn completed(&self, success: bool, error_name: &str, message: &str, facts: HashMap<String, OwnedVariant>) -> zbus::Result<()>;
}
