//! `org.kvmmanager.Manager1.Stats`: live figures, sampled once for everybody and only while somebody listens.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use dbus::{
    Options, interface, path,
    stats::{HostPoint, Sample, Series},
};
use tokio::{sync::Notify, task::AbortHandle};
use uuid::Uuid;
use zbus::{
    Connection, OwnedObjectPath, interface,
    message::Header,
    names::{BusName, OwnedUniqueName, UniqueName},
    object_server::SignalEmitter,
};

use super::requests;
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    history::INTERVAL,
    job::now,
    libvirt::stats::Figures,
    policy::{
        limit::{Kind, Place},
        presence,
    },
    sampling::{Round, Sampler},
};

/// Intervals that may be asked for, in ms.
const INTERVALS: std::ops::RangeInclusive<u32> = 250..=60_000;
/// How many machines a subscription may name; more means all.
const MOST_MACHINES: usize = 1024;
/// Of how many machines the history is told in one call: 2 MiB.
const MOST_SERIES: usize = 64;

/// Who listens, and to what.
#[derive(Debug)]
struct Subscriber {
    interval: Duration,
    /// Empty means all.
    machines: HashSet<Uuid>,
    figures: Figures,
    due: Instant,
    _place: Place,
    _watch: Option<Watch>,
}

/// Waits for a subscriber to leave the bus; ends with the subscription.
#[derive(Debug)]
struct Watch(AbortHandle);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The subscribers, by bus name; the peer of a peer-to-peer connection has none.
#[derive(Debug, Default)]
pub struct Hub {
    subscribers: Mutex<HashMap<Option<String>, Subscriber>>,
    changed: Notify,
}

impl Hub {
    fn subscribers(&self) -> std::sync::MutexGuard<'_, HashMap<Option<String>, Subscriber>> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody listens.
    pub fn is_wanted(&self) -> bool {
        !self.subscribers().is_empty()
    }

    fn add(&self, name: Option<String>, subscriber: Subscriber) {
        self.subscribers().insert(name, subscriber);
        self.changed.notify_one();
    }

    fn remove(&self, name: &Option<String>) {
        self.subscribers().remove(name);
        self.changed.notify_one();
    }

    /// What anybody wants to know.
    fn figures(&self) -> Figures {
        self.subscribers().values().fold(Figures::default(), |all, subscriber| all.or(subscriber.figures))
    }

    /// When the next sample is due.
    fn next_due(&self) -> Option<Instant> {
        self.subscribers().values().map(|subscriber| subscriber.due).min()
    }

    /// Who gets a sample now, and sets when they get the next one.
    fn take_due(&self, now: Instant) -> Vec<(Option<String>, HashSet<Uuid>)> {
        let mut subscribers = self.subscribers();
        // A little early is due, too: subscribers with equal intervals share one sample.
        let due = subscribers.iter_mut().filter(|(_, subscriber)| subscriber.due <= now + subscriber.interval / 8);
        due.map(|(name, subscriber)| {
            subscriber.due = now + subscriber.interval;
            (name.clone(), subscriber.machines.clone())
        })
        .collect()
    }
}

/// The interface on the root object.
#[derive(Debug)]
pub struct Stats {
    context: Arc<Context>,
    hub: Arc<Hub>,
}

impl Stats {
    pub const fn new(context: Arc<Context>, hub: Arc<Hub>) -> Self {
        Self { context, hub }
    }
}

#[interface(name = "org.kvmmanager.Manager1.Stats", introspection_docs = false)]
impl Stats {
    async fn subscribe(
        &self,
        interval_ms: u32,
        machines: Vec<OwnedObjectPath>,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Reply> {
        let figures = requests::read(options, requests::figures)?;
        if !INTERVALS.contains(&interval_ms) {
            return Err(Error::InvalidArgument { argument: "interval_ms", reason: "must be 250 to 60000" }.into());
        }
        let call = self.context.policy.call(&header).await?;
        if machines.len() > MOST_MACHINES {
            return Err(Error::LimitExceeded { what: "machines in a subscription", limit: MOST_MACHINES as u64 }.into());
        }
        let machines = machines.iter().map(|path| path::machine_uuid(path.as_str()).ok_or(Error::NotFound { what: "machine" }));
        let machines = machines.collect::<Result<HashSet<_>>>()?;
        let place = self.context.policy.limits().take(call.caller.uid, Kind::Subscriptions)?;
        let interval = Duration::from_millis(interval_ms.into());
        let name = call.caller.bus_name.clone();
        let watch = header.sender().map(|sender| {
            let watch = tokio::spawn(forget_vanished(connection.clone(), Arc::clone(&self.hub), sender.to_owned().into()));
            Watch(watch.abort_handle())
        });
        self.hub.add(name, Subscriber { interval, machines, figures, due: Instant::now(), _place: place, _watch: watch });
        Ok(())
    }

    async fn unsubscribe(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        self.hub.remove(&call.caller.bus_name);
        Ok(())
    }

    #[zbus(out_args("interval", "series"))]
    async fn history(
        &self,
        machines: Vec<OwnedObjectPath>,
        options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(u64, Vec<Series>), Reply> {
        let range = requests::read(options, requests::history)?;
        let _call = self.context.policy.call(&header).await?;
        if machines.len() > MOST_SERIES {
            return Err(Error::LimitExceeded { what: "machines in a history", limit: MOST_SERIES as u64 }.into());
        }
        let now = now();
        let series = |machine: OwnedObjectPath| {
            let uuid = path::machine_uuid(machine.as_str()).ok_or(Error::NotFound { what: "machine" })?;
            self.context.machine(uuid)?;
            Ok(Series { machine, points: self.context.history.machine(uuid, &range, now) })
        };
        Ok((interval(), machines.into_iter().map(series).collect::<Result<_>>()?))
    }

    #[zbus(out_args("interval", "points"))]
    async fn host_history(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(u64, Vec<HostPoint>), Reply> {
        let range = requests::read(options, requests::history)?;
        let _call = self.context.policy.call(&header).await?;
        Ok((interval(), self.context.history.host(&range, now())))
    }

    #[zbus(signal)]
    async fn sampled(emitter: &SignalEmitter<'_>, time: u64, host_cpu: f64, host_memory_used: u64, samples: &[&Sample])
    -> zbus::Result<()>;
}

/// The interval of the history in µs.
fn interval() -> u64 {
    u64::try_from(INTERVAL.as_micros()).unwrap_or(u64::MAX)
}

/// Ends a subscription when its subscriber leaves the bus.
async fn forget_vanished(connection: Connection, hub: Arc<Hub>, name: OwnedUniqueName) {
    if let Err(error) = presence::vanished(&connection, &name).await {
        tracing::debug!(%error, "A subscriber cannot be watched, its subscription ends");
    }
    hub.remove(&Some(name.to_string()));
}

/// Samples while somebody listens, for the history also if nobody does and the administrator wants `always`. Runs as long
/// as the service does.
pub async fn serve(context: Arc<Context>, connection: Connection, hub: Arc<Hub>, always: bool) {
    let sampler = Sampler::new(Arc::clone(&context));
    let mut own_due = always.then(Instant::now);
    loop {
        let Some(due) = hub.next_due().into_iter().chain(own_due).min() else {
            sampler.rest();
            hub.changed.notified().await;
            continue;
        };
        tokio::select! {
            () = tokio::time::sleep_until(due.into()) => {}
            () = hub.changed.notified() => continue,
        }
        let subscribers = hub.take_due(Instant::now());
        // Whoever samples, samples for the history, too.
        own_due = own_due.map(|_| Instant::now() + INTERVAL);
        // The history that an administrator wants always has everything.
        match sampler.sample(if always { Figures::ALL } else { hub.figures() }).await {
            Ok(round) => send(&connection, &round, subscribers).await,
            Err(error) => tracing::debug!(cause = ?error, "No figures this time"),
        }
    }
}

async fn send(connection: &Connection, round: &Round, subscribers: Vec<(Option<String>, HashSet<Uuid>)>) {
    for (name, machines) in subscribers {
        let samples: Vec<&Sample> =
            round.samples.iter().filter(|(uuid, _)| machines.is_empty() || machines.contains(uuid)).map(|(_, sample)| sample).collect();
        if let Err(error) = send_one(connection, name, round, &samples).await {
            tracing::debug!(%error, "A sample was not delivered");
        }
    }
}

async fn send_one(connection: &Connection, name: Option<String>, round: &Round, samples: &[&Sample]) -> zbus::Result<()> {
    let mut emitter = SignalEmitter::new(connection, path::ROOT)?;
    if let Some(name) = name {
        emitter = emitter.set_destination(BusName::Unique(UniqueName::try_from(name)?));
    }
    // By hand, for the macro's own function takes the destination of all.
    emitter.emit(interface::STATS, "Sampled", &(now(), round.host_cpu, round.host_memory_used, samples)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::limit::Limits;

    #[test]
    fn a_subscriber_gets_its_own_interval_and_no_more() {
        let hub = Hub::default();
        let limits = Limits::default();
        let start = Instant::now();
        let subscriber = |interval| Subscriber {
            interval: Duration::from_millis(interval),
            machines: HashSet::new(),
            figures: Figures { disk: interval == 1000, network: interval == 3000, memory: false },
            due: start,
            _place: limits.take(1, Kind::Subscriptions).unwrap(),
            _watch: None,
        };
        hub.add(Some("a".into()), subscriber(1000));
        hub.add(Some("b".into()), subscriber(3000));
        assert_eq!(hub.figures(), Figures { memory: false, ..Figures::ALL }, "what either wants");
        assert_eq!(hub.take_due(start).len(), 2);
        assert_eq!(hub.take_due(start + Duration::from_millis(1000)), [(Some("a".into()), HashSet::new())]);
        hub.remove(&Some("a".into()));
        assert_eq!(hub.next_due(), Some(start + Duration::from_millis(3000)));
        assert!(!hub.figures().disk, "nobody wants them any more");
    }
}
