//! Which CPUs systemd lets the host's own units have. A change lasts until the host restarts, as the kernel's own settings do.

use std::{collections::BTreeMap, time::Duration};

use zbus::{Connection, ObjectPath, OwnedObjectPath, OwnedVariant, Variant, proxy, proxy::CacheProperties};

use crate::error::{Error, Result};

/// How long systemd may take for one answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// Where machines are: what keeps its CPUs.
const MACHINES: &str = "machine.slice";
/// The first process, which is in no slice.
const INIT: &str = "init.scope";
/// The property.
const ALLOWED: &str = "AllowedCPUs";

type Listed = (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

#[proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1"
)]
trait Manager {
    fn list_units_by_patterns(&self, states: &[&str], patterns: &[&str]) -> zbus::Result<Vec<Listed>>;
    fn set_unit_properties(&self, name: &str, runtime: bool, properties: &[(&str, Variant<'_>)]) -> zbus::Result<()>;
}

#[proxy(interface = "org.freedesktop.DBus.Properties", default_service = "org.freedesktop.systemd1")]
trait Properties {
    fn get(&self, interface: &str, property: &str) -> zbus::Result<OwnedVariant>;
}

/// systemd on a bus.
#[derive(Clone, Debug)]
pub struct Systemd(Connection);

impl Systemd {
    /// The one on the bus of this connection.
    #[must_use]
    pub const fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// Everything on the host that is no machine, and the CPUs that it is allowed: none for all.
    ///
    /// # Errors
    /// `NotSupported` if systemd does not answer, or does not know control groups of CPUs.
    pub async fn units(&self) -> Result<BTreeMap<String, Vec<u8>>> {
        within(async {
            let manager = ManagerProxy::builder(&self.0).cache_properties(CacheProperties::No).build().await?;
            let listed = manager.list_units_by_patterns(&["active"], &["*.slice", INIT]).await?;
            let mut units = BTreeMap::new();
            for (name, path) in listed.into_iter().map(|unit| (unit.0, unit.6)).filter(|(name, _)| is_of_the_host(name)) {
                units.insert(name.clone(), self.allowed(&name, path.into_inner()).await?);
            }
            Ok(units)
        })
        .await
    }

    async fn allowed(&self, name: &str, path: ObjectPath<'_>) -> zbus::Result<Vec<u8>> {
        let interface = if name == INIT { "org.freedesktop.systemd1.Scope" } else { "org.freedesktop.systemd1.Slice" };
        let unit = PropertiesProxy::builder(&self.0).path(path).cache_properties(CacheProperties::No).build().await?;
        Vec::<u8>::try_from(unit.get(interface, ALLOWED).await?)
    }

    /// Allows a unit these CPUs, a bit for each, until the host restarts; none for all.
    ///
    /// # Errors
    /// `NotSupported` if systemd refuses.
    pub async fn allow(&self, unit: &str, cpus: &[u8]) -> Result<()> {
        within(async {
            let manager = ManagerProxy::builder(&self.0).cache_properties(CacheProperties::No).build().await?;
            manager.set_unit_properties(unit, true, &[(ALLOWED, cpus.to_vec().into())]).await
        })
        .await
    }
}

async fn within<T>(work: impl Future<Output = zbus::Result<T>>) -> Result<T> {
    let refused = Error::NotSupported { reason: "systemd does not keep the host off CPUs" };
    match tokio::time::timeout(DEADLINE, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            tracing::warn!(%error, "systemd refused");
            Err(refused)
        }
        Err(_) => Err(Error::TimedOut(DEADLINE)),
    }
}

/// The slices right below the root one, and the first process.
fn is_of_the_host(unit: &str) -> bool {
    unit == INIT || unit.strip_suffix(".slice").is_some_and(|stem| !stem.contains('-') && unit != MACHINES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_machines_keep_their_cpus() {
        let of_the_host = ["system.slice", "user.slice", "init.scope", "kubepods.slice"];
        assert!(of_the_host.iter().all(|unit| is_of_the_host(unit)));
        let others = ["-.slice", "machine.slice", "machine-qemu.slice", "user-1000.slice", "session-1.scope", "a.service"];
        assert!(!others.iter().any(|unit| is_of_the_host(unit)));
    }
}
