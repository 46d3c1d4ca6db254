//! Which CPUs systemd lets the host's own units have, and units that are stopped and started for machines. A change lasts until the
//! host restarts, as the kernel's own settings do.

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
    fn load_unit(&self, name: &str) -> zbus::Result<OwnedObjectPath>;
    fn start_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn stop_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
}

#[proxy(interface = "org.freedesktop.DBus.Properties", default_service = "org.freedesktop.systemd1")]
trait Properties {
    fn get(&self, interface: &str, property: &str) -> zbus::Result<OwnedVariant>;
}

/// The interface of each unit.
const UNIT: &str = "org.freedesktop.systemd1.Unit";
/// What the property `Job` has when a unit is about to do nothing. systemd answers `StartUnit` before the unit leaves its state.
const NO_JOB: u32 = 0;
/// How often a unit that stops or starts is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its own name, whatever it was asked for by.
    pub name: String,
    /// Whether it does not rest: it runs, starts or stops.
    pub is_up: bool,
    /// Whether it runs or rests, and is not about to stop or start.
    pub is_settled: bool,
    /// Whether it may be stopped.
    pub can_stop: bool,
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

    /// What a name stands for; none if there is no such unit.
    ///
    /// # Errors
    /// `NotSupported` if systemd does not answer.
    pub async fn unit(&self, name: &str) -> Result<Option<Unit>> {
        timely("systemd does not tell of its units", async {
            let manager = ManagerProxy::builder(&self.0).cache_properties(CacheProperties::No).build().await?;
            let path = manager.load_unit(name).await?.into_inner();
            let unit = PropertiesProxy::builder(&self.0).path(path).cache_properties(CacheProperties::No).build().await?;
            let text = async |property| String::try_from(unit.get(UNIT, property).await?);
            if text("LoadState").await? == "not-found" {
                return Ok(None);
            }
            // First the job: one that has just ended may have changed the state.
            let (job, _) = <(u32, OwnedObjectPath)>::try_from(unit.get(UNIT, "Job").await?)?;
            let state = text("ActiveState").await?;
            Ok(Some(Unit {
                name: text("Id").await?,
                is_up: !matches!(state.as_str(), "inactive" | "failed"),
                is_settled: job == NO_JOB && matches!(state.as_str(), "active" | "inactive" | "failed"),
                can_stop: bool::try_from(unit.get(UNIT, "CanStop").await?)?,
            }))
        })
        .await
    }

    /// Stops a unit and waits until it has, at most `limit`.
    ///
    /// # Errors
    /// `NotSupported` if systemd refuses, `TimedOut`.
    pub async fn stop(&self, name: &str, limit: Duration) -> Result<()> {
        timely("systemd does not stop the unit", async {
            let manager = ManagerProxy::builder(&self.0).cache_properties(CacheProperties::No).build().await?;
            manager.stop_unit(name, "replace").await
        })
        .await?;
        self.settled(name, limit, |unit| unit.is_settled && !unit.is_up).await
    }

    /// Starts a unit and waits until it has or has failed, at most `limit`. One that runs stays as it is.
    ///
    /// # Errors
    /// `NotSupported` if systemd refuses or the unit fails, `TimedOut`.
    pub async fn start(&self, name: &str, limit: Duration) -> Result<()> {
        timely("systemd does not start the unit", async {
            let manager = ManagerProxy::builder(&self.0).cache_properties(CacheProperties::No).build().await?;
            manager.start_unit(name, "replace").await
        })
        .await?;
        self.settled(name, limit, |unit| unit.is_settled).await
    }

    async fn settled(&self, name: &str, limit: Duration, is_so: fn(&Unit) -> bool) -> Result<()> {
        let settled = async {
            while self.unit(name).await?.is_some_and(|unit| !is_so(&unit)) {
                tokio::time::sleep(LOOK).await;
            }
            Ok(())
        };
        tokio::time::timeout(limit, settled).await.map_err(|_| Error::TimedOut(limit))?
    }
}

async fn within<T>(work: impl Future<Output = zbus::Result<T>>) -> Result<T> {
    timely("systemd does not keep the host off CPUs", work).await
}

async fn timely<T>(reason: &'static str, work: impl Future<Output = zbus::Result<T>>) -> Result<T> {
    let refused = Error::NotSupported { reason };
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
