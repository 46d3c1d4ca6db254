//! `org.kvmmanager.Manager1.Host.Readiness`.

use std::sync::Arc;

use dbus::{Options, readiness::Check};
use zbus::{interface, message::Header};

use crate::{
    context::Context,
    error::{Error, Reply},
    host::readiness,
};

/// The interface on the object of the host.
#[derive(Debug)]
pub struct Readiness(pub Arc<Context>);

#[interface(name = "org.kvmmanager.Manager1.Host.Readiness", introspection_docs = false)]
impl Readiness {
    async fn report(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<Vec<Check>, Reply> {
        options.none()?;
        let _call = self.0.policy.call(&header).await?;
        let root = self.0.root.clone();
        let report = tokio::task::spawn_blocking(move || readiness::report(&root)).await;
        Ok(report.map_err(|_| Error::Internal("looking at the host"))?)
    }
}
