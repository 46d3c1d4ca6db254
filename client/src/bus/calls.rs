//! The calls of a [`Client`](crate::Client). None has a time limit: a person may be asked for a password meanwhile.

use std::{
    collections::{HashMap, HashSet},
    os::fd::OwnedFd,
};

use dbus::{
    ErrorKind, Options,
    job::JobProxy,
    machine::{MachineProxy, PlanItem},
    manager::{BatchResult, Deleted, ManagerProxy, Scope},
    path,
    stats::{HostPoint, StatsProxy},
};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zbus::{Fd, ObjectPath, OwnedObjectPath, OwnedVariant, Type, names::BusName};

use super::{Bus, failure, picture, record, signal::rate, value};
use crate::{
    Error, Figures, Metadata, Operation, Point, Series,
    client::{BatchResults, DeleteOptions, Details, Prompt},
};

/// Machines that the service takes in one batch.
const BATCH: usize = 800;
/// Calls that are under way at once where the service has no batch.
const AT_ONCE: usize = 8;
/// Pixels of a picture that the service makes smaller.
const WIDEST: u32 = 8192;
/// Lines of a log.
const LOG_LINES: u32 = 500;

pub(super) type Result<T> = std::result::Result<T, Error>;

macro_rules! proxy {
    ($bus:expr, $proxy:ident) => {
        $proxy::builder(&$bus.connection).destination($bus.destination()).cache_properties(zbus::proxy::CacheProperties::No)
    };
}

pub(super) use proxy;

impl Bus {
    pub(super) fn destination(&self) -> BusName<'static> {
        match &self.service {
            Some(service) => BusName::Unique(service.clone().into_inner()),
            None => BusName::WellKnown(zbus::names::WellKnownName::from_static_str_unchecked(dbus::BUS_NAME)),
        }
    }

    async fn manager(&self) -> Result<ManagerProxy<'static>> {
        Ok(proxy!(self, ManagerProxy).build().await?)
    }

    async fn machine(&self, machine: Uuid) -> Result<MachineProxy<'static>> {
        Ok(proxy!(self, MachineProxy).path(path::machine(machine)).build().await?)
    }

    pub(crate) async fn operate(&self, machine: Uuid, operation: Operation) -> Result<()> {
        let (machine, none) = (self.machine(machine).await?, Options::default());
        match operation {
            Operation::Start => machine.start(&none).await,
            Operation::StartPaused => machine.start(&none.with("paused", true)).await,
            Operation::StartCold => machine.start(&none.with("force-boot", true)).await,
            Operation::Shutdown => machine.shutdown(&none).await,
            Operation::ShutdownAndRestart => machine.shutdown_and_restart(&none).await,
            Operation::Reboot => machine.reboot(&none).await,
            Operation::Reset => machine.reset(&none).await,
            Operation::ForceOff => machine.force_off(&none).await,
            Operation::Pause => machine.pause(&none).await,
            Operation::Resume => machine.resume(&none).await,
            Operation::Save => machine.save(&none).await,
            Operation::DiscardSavedState => machine.discard_saved_state(&none).await,
            Operation::SendNmi => machine.send_nmi(&none).await,
            Operation::Sleep => machine.suspend_guest(&none).await,
            Operation::Wake => machine.wake(&none).await,
            Operation::MakePersistent => machine.make_persistent(&none).await,
        }
        .map_err(Error::from)
    }

    /// The results come in the order of the machines, each once.
    pub(crate) async fn batch(&self, operation: Operation, mut machines: Vec<Uuid>) -> Result<BatchResults> {
        let mut seen = HashSet::new();
        machines.retain(|machine| seen.insert(*machine));
        let Some(name) = batch_name(operation) else {
            let each = machines.into_iter().map(|machine| async move { (machine, self.operate(machine, operation).await) });
            return Ok(stream::iter(each).buffered(AT_ONCE).collect().await);
        };
        let manager = self.manager().await?;
        let mut results = BatchResults::with_capacity(machines.len());
        for machines in machines.chunks(BATCH) {
            let paths: Vec<OwnedObjectPath> = machines.iter().map(|machine| path::machine(*machine)).collect();
            match manager.batch(name, &paths, &batch_options(operation)).await {
                Ok(told) => results.extend(outcomes(machines, &told)),
                Err(error) if results.is_empty() => return Err(error.into()),
                // What was done before is done and must be told.
                Err(error) => {
                    let error = Error::from(error);
                    results.extend(machines.iter().map(|machine| (*machine, Err(error.clone()))));
                }
            }
        }
        Ok(results)
    }

    pub(crate) async fn rename(&self, machine: Uuid, name: String) -> Result<()> {
        Ok(self.machine(machine).await?.rename(&name, &Options::default()).await?)
    }

    pub(crate) async fn set_autostart(&self, machine: Uuid, autostart: bool) -> Result<()> {
        Ok(self.machine(machine).await?.set_autostart(autostart, &Options::default()).await?)
    }

    pub(crate) async fn set_metadata(&self, machine: Uuid, changes: Metadata) -> Result<()> {
        let mut options = Options::default();
        for (name, text) in [("title", changes.title), ("description", changes.description), ("group", changes.group)] {
            options = match text {
                Some(text) => options.with(name, text),
                None => options,
            };
        }
        if let Some(tags) = changes.tags {
            options = options.with("tags", tags);
        }
        if let Some(locked) = changes.locked {
            options = options.with("locked", locked);
        }
        Ok(self.machine(machine).await?.set_metadata(&options, &Options::default()).await?)
    }

    pub(crate) async fn plan_delete(&self, machine: Uuid) -> Result<Vec<PlanItem>> {
        Ok(self.machine(machine).await?.plan_delete(&Options::default()).await?)
    }

    pub(crate) async fn delete(&self, machine: Uuid, options: DeleteOptions) -> Result<String> {
        let asked = Options::default().with("force-off", options.force_off).with("permanent", options.permanent);
        let asked = if options.disks.is_empty() { asked.with("keep-disks", true) } else { asked.with("volumes", options.disks) };
        Ok(self.machine(machine).await?.delete(&asked).await?)
    }

    pub(crate) async fn deleted(&self) -> Result<Vec<Deleted>> {
        Ok(self.manager().await?.list_deleted(&Options::default()).await?)
    }

    pub(crate) async fn undelete(&self, id: String) -> Result<()> {
        self.manager().await?.undelete(&id, &Options::default()).await?;
        Ok(())
    }

    pub(crate) async fn purge(&self, id: String) -> Result<()> {
        Ok(self.manager().await?.purge_deleted(&id, &Options::default()).await?)
    }

    /// `NotSupported` over ssh, which passes no descriptors.
    pub(crate) async fn screenshot(&self, machine: Uuid, width: u32, prompt: Prompt) -> Result<Vec<u8>> {
        self.needs_descriptors()?;
        let machine = self.machine(machine).await?;
        let options = if width == 0 { Options::default() } else { Options::default().with("width", width.min(WIDEST)) };
        let take = async |options: &Options| match prompt {
            Prompt::Allowed => machine.screenshot(options).await,
            Prompt::Never => machine.screenshot_quietly(options).await,
        };
        let picture = match take(&options).await.map_err(Error::from) {
            // A service that cannot make it smaller gives it as it is.
            Err(error) if error.kind() == Some(ErrorKind::InvalidArgument) && error.fact("argument") == Some("width") => {
                take(&Options::default()).await?
            }
            picture => picture?,
        };
        picture::read(picture.into()).await
    }

    pub(crate) async fn log(&self, machine: Uuid, prompt: Prompt) -> Result<Vec<String>> {
        let (machine, options) = (self.machine(machine).await?, Options::default().with("lines", LOG_LINES));
        Ok(match prompt {
            Prompt::Allowed => machine.get_log(&options).await,
            Prompt::Never => machine.get_log_quietly(&options).await,
        }?)
    }

    /// `NotSupported` by a service that is older than `GetDetails`.
    pub(crate) async fn details(&self, machine: Uuid) -> Result<Details> {
        let options = Options::default().with("sizes", true);
        let told: HashMap<String, OwnedVariant> = self.machine(machine).await?.inner().call("GetDetails", &options).await?;
        Ok(record::details(&told))
    }

    /// `NotSupported` by a service that is older than `History`.
    pub(crate) async fn history(&self, machine: Uuid) -> Result<Series> {
        let stats = proxy!(self, StatsProxy).build().await?;
        let machines = [path::machine(machine)];
        let machines: Vec<ObjectPath<'_>> = machines.iter().map(|path| path.as_ref()).collect();
        let (interval, series): (u64, Vec<WireSeries>) = stats.inner().call("History", &(machines, Options::default())).await?;
        let points = series.into_iter().find(|series| path::machine_uuid(series.machine.as_str()) == Some(machine));
        let points = points.map(|series| series.points).unwrap_or_default();
        Ok(Series { interval: rate(interval) / 1e6, points: points.iter().map(|point| (point.time, point.figures())).collect() })
    }

    /// `NotSupported` by a service that is older than `HostHistory`.
    pub(crate) async fn host_history(&self) -> Result<Series> {
        let stats = proxy!(self, StatsProxy).build().await?;
        let (interval, points) = stats.host_history(&Options::default()).await?;
        let point = |point: HostPoint| (point.time, Point::of_host(point.cpu, point.memory_used));
        Ok(Series { interval: rate(interval) / 1e6, points: points.into_iter().map(point).collect() })
    }

    /// `NotSupported` over ssh, which passes no descriptors.
    pub(crate) async fn core_dump(&self, machine: Uuid, file: OwnedFd) -> Result<()> {
        self.needs_descriptors()?;
        Ok(self.machine(machine).await?.core_dump(Fd::from(file), &Options::default()).await?)
    }

    pub(crate) async fn cancel(&self, job: String) -> Result<()> {
        let id = u128::from_str_radix(&job, 16).map_err(|_| failure::service(ErrorKind::NotFound, "No such job"))?;
        Ok(proxy!(self, JobProxy).path(path::job(id)).build().await?.cancel(&Options::default()).await?)
    }

    pub(crate) async fn unlock(&self) -> Result<()> {
        Ok(self.manager().await?.unlock(Scope::Machine as u32, &Options::default()).await?)
    }

    /// A reply with a descriptor would never arrive.
    pub(super) fn needs_descriptors(&self) -> Result<()> {
        if self.passes_descriptors {
            return Ok(());
        }
        Err(failure::service(ErrorKind::NotSupported, "No file can be passed over ssh"))
    }
}

/// What `Batch` calls it, if it can do it.
const fn batch_name(operation: Operation) -> Option<&'static str> {
    Some(match operation {
        Operation::Start | Operation::StartPaused | Operation::StartCold => "start",
        Operation::Shutdown => "shutdown",
        Operation::ShutdownAndRestart => "shutdown-and-restart",
        Operation::Reboot => "reboot",
        Operation::Reset => "reset",
        Operation::ForceOff => "force-off",
        Operation::Pause => "pause",
        Operation::Resume => "resume",
        Operation::Save => "save",
        Operation::DiscardSavedState => "discard-saved-state",
        Operation::SendNmi | Operation::Sleep | Operation::Wake | Operation::MakePersistent => return None,
    })
}

fn batch_options(operation: Operation) -> Options {
    match operation {
        Operation::StartPaused => Options::default().with("paused", true),
        Operation::StartCold => Options::default().with("force-boot", true),
        _ => Options::default(),
    }
}

/// What became of each machine that was named.
fn outcomes(machines: &[Uuid], told: &[BatchResult]) -> BatchResults {
    let told: HashMap<Uuid, &BatchResult> =
        told.iter().filter_map(|result| Some((path::machine_uuid(result.machine.as_str())?, result))).collect();
    let outcome = |machine: &Uuid| match told.get(machine) {
        Some(result) if result.error_name.is_empty() => Ok(()),
        Some(result) => Err(failure::of_name(&result.error_name, value::bounded(&result.message), &result.facts)),
        None => Err(Error::Other("The service did not say what became of it".to_owned())),
    };
    machines.iter().map(|machine| (*machine, outcome(machine))).collect()
}

/// What `History` tells of one machine, wire type `(oa(tddttttttddu))`.
#[derive(Debug, Serialize, Deserialize, Type)]
struct WireSeries {
    machine: OwnedObjectPath,
    points: Vec<WirePoint>,
}

#[derive(Debug, Serialize, Deserialize, Type)]
struct WirePoint {
    time: u64,
    cpu: f64,
    host_cpu: f64,
    memory_used: u64,
    memory: u64,
    disk_read: u64,
    disk_write: u64,
    net_received: u64,
    net_sent: u64,
    read_latency: f64,
    write_latency: f64,
    flags: u32,
}

impl WirePoint {
    fn figures(&self) -> Point {
        Point {
            cpu: value::part(self.cpu),
            host_cpu: value::part(self.host_cpu),
            memory_used: self.memory_used,
            memory: self.memory,
            disk_read: rate(self.disk_read),
            disk_write: rate(self.disk_write),
            net_received: rate(self.net_received),
            net_sent: rate(self.net_sent),
            read_latency: value::amount(self.read_latency),
            write_latency: value::amount(self.write_latency),
            known: Figures::of_point(self.flags),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_machine_of_a_batch_gets_its_own_result() {
        let machines = [1, 2, 3].map(Uuid::from_u128);
        let result = |machine: Uuid, error: &str| BatchResult {
            machine: path::machine(machine),
            error_name: error.to_owned(),
            message: "no".to_owned(),
            facts: HashMap::from([("reasons".to_owned(), zbus::Variant::from(vec!["mounted", "swap"]).try_into().unwrap())]),
        };
        let told = [result(machines[1], ErrorKind::Unsafe.name()), result(machines[0], "")];
        let results = outcomes(&machines, &told);
        assert_eq!(results[0], (machines[0], Ok(())));
        let refused = Error::Service {
            kind: ErrorKind::Unsafe,
            message: "no".to_owned(),
            facts: vec![("reasons".to_owned(), "mounted, swap".to_owned())],
        };
        assert_eq!(results[1].1.as_ref().unwrap_err(), &refused, "with its facts, as the single call has them");
        assert!(results[2].1.is_err(), "nothing was said of it");
    }
}
