//! One service, from the moment it is looked for until it or its connection is gone.

use std::{collections::HashMap, future::pending, pin::pin, time::Duration};

use dbus::{ErrorKind, Options, interface, machine::Summary, path::ROOT};
use serde::Serialize;
use tokio::{
    sync::{mpsc, watch::Receiver},
    time::Instant,
};
use zbus::{Connection, DynamicType, Message, Variant, fdo, names::OwnedUniqueName};

use super::{
    Bus,
    connection::Link,
    failure,
    known::{Known, Objects},
    outbox::Outbox,
    signal::{self, Signal},
    value,
};
use crate::{Client, Error, Event, Figures, Problem, Service, Wanted};

/// Intervals of figures that the service takes, in ms.
const INTERVALS: std::ops::RangeInclusive<u32> = 250..=60_000;
/// A peer has no name that appears when it is ready: it is asked this often.
const ASK_AGAIN: Duration = Duration::from_millis(50);
/// How long the first such question may stay without an answer: nobody may have taken it. Each later one may take twice as long,
/// up to the second one of these.
const ASK_LIMITS: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

/// Why a session ended.
#[derive(Debug)]
pub(super) enum Stop {
    /// The host is lost.
    Lost(Problem),
    /// Nobody listens any more.
    Unwatched,
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Lost(problem)
    }
}

/// What is heard, apart from where it comes from.
#[derive(Debug, Default)]
struct Ears {
    owner: Option<OwnedUniqueName>,
    is_bus: bool,
    known: Known,
    outbox: Outbox,
    /// Milliseconds between figures that were asked for, 0 for none.
    interval: u32,
    /// Which were asked for.
    figures: Figures,
    is_gone: bool,
}

impl Ears {
    fn hear(&mut self, message: &Message) {
        match signal::read(message, self.owner.as_ref(), self.is_bus) {
            Some(Signal::Object(path, change)) => self.known.take(path, change, &mut self.outbox),
            Some(Signal::Sampled(sampled)) if self.interval > 0 => self.outbox.sampled(sampled),
            // An older change of owner may come after the answer that named this one.
            Some(Signal::Owner { old, .. }) if old.is_some() && old == self.owner => self.is_gone = true,
            _ => {}
        }
    }
}

/// One service and what is known of its host.
#[derive(Debug)]
pub(super) struct Session<'a> {
    link: &'a mut Link,
    ears: Ears,
    events: &'a mpsc::Sender<Event>,
    /// A list was told, by this session or an earlier one: there is something to show.
    has_list: &'a mut bool,
    /// The service has given its list.
    is_listed: bool,
}

impl<'a> Session<'a> {
    pub fn new(link: &'a mut Link, events: &'a mpsc::Sender<Event>, has_list: &'a mut bool) -> Self {
        let ears = Ears { is_bus: link.is_bus(), ..Ears::default() };
        Self { link, ears, events, has_list, is_listed: false }
    }

    /// Finds the service, tells everything, and follows it. What was heard is told before this returns.
    pub async fn run(mut self, wanted: &mut Receiver<Wanted>) -> Stop {
        let Err(stop) = self.follow(wanted).await;
        self.ears.outbox.collect(&self.ears.known);
        while let Some(event) = self.ears.outbox.pop() {
            if self.events.send(event).await.is_err() {
                return Stop::Unwatched;
            }
        }
        stop
    }

    async fn follow(&mut self, wanted: &mut Receiver<Wanted>) -> Result<std::convert::Infallible, Stop> {
        let (bus, service) = find(self.link, |name, value| self.ears.known.set_root(name, value)).await?;
        self.ears.owner.clone_from(&bus.service);
        self.ears.outbox.push(Event::Connected(Client::from(bus), service));
        self.ears.outbox.push(Event::Libvirt(self.ears.known.libvirt().map(str::to_owned)));
        self.list().await?;
        let mut is_wanting = true;
        loop {
            let (interval, figures) = {
                let wanted = wanted.borrow_and_update();
                (wanted.interval, wanted.figures)
            };
            self.want(interval, figures).await?;
            self.settle().await?;
            tokio::select! {
                step = self.step() => step?,
                changed = changed(wanted, is_wanting) => is_wanting = changed,
            }
        }
    }

    /// One thing that happens: something is heard, or told.
    async fn step(&mut self) -> Result<(), Stop> {
        let now = Instant::now();
        let outbox = &mut self.ears.outbox;
        let (is_ready, due) = (outbox.is_ready(now), outbox.waits_until());
        tokio::select! {
            message = self.link.message() => self.ears.hear(&message?),
            permit = self.events.reserve(), if is_ready => {
                let permit = permit.map_err(|_| Stop::Unwatched)?;
                if let Some(event) = outbox.next(&self.ears.known, now) {
                    permit.send(event);
                }
            }
            () = until(due), if !is_ready => {}
        }
        if self.ears.is_gone {
            return Err(Problem::Ended("The service has ended".to_owned()).into());
        }
        Ok(())
    }

    /// Waits for an answer; everything goes on meanwhile.
    async fn ask<T>(&mut self, question: impl Future<Output = T>) -> Result<T, Stop> {
        let limit = self.link.limit;
        let (mut question, mut late) = (pin!(question), pin!(tokio::time::sleep(limit)));
        loop {
            tokio::select! {
                answer = &mut question => return Ok(answer),
                step = self.step() => step?,
                () = &mut late => {
                    return Err(Problem::NotRunning(format!("The service did not answer within {} s", limit.as_secs())).into());
                }
            }
        }
    }

    fn call<B>(&self, interface: &'static str, member: &'static str, body: B) -> impl Future<Output = zbus::Result<Message>> + use<B>
    where
        B: Serialize + DynamicType,
    {
        call(self.link.connection.clone(), self.ears.owner.clone(), interface, member, body)
    }

    /// Reads both lists: the short one is told while the complete one is still on its way.
    async fn list(&mut self) -> Result<(), Stop> {
        let changes = self.ears.known.root_changes;
        self.ears.known.begin_list();
        let short = self.ask(self.call(interface::MANAGER, "ListMachines", Options::default())).await?;
        let short = short.and_then(|reply| reply.body().deserialize::<Vec<Summary>>());
        match short.map_err(Error::from) {
            Ok(short) => self.ears.known.take_short(&short, &mut self.ears.outbox),
            Err(error) if error.kind() == Some(ErrorKind::Unavailable) => {
                self.ears.known.end_list(&mut self.ears.outbox);
                if self.ears.known.root_changes == changes {
                    // Asked again when the service says otherwise.
                    self.ears.known.set_root("Connected", &Variant::from(false));
                }
                return Ok(());
            }
            Err(error) => return Err(lost(error)),
        }
        let reply = self.ask(self.call("org.freedesktop.DBus.ObjectManager", "GetManagedObjects", ())).await?;
        let reply = reply.map_err(|error| lost(error.into()))?;
        let body = reply.body();
        let objects: Objects<'_> = body.deserialize().map_err(|error| lost(error.into()))?;
        self.ears.known.take_complete(&objects, &mut self.ears.outbox);
        (self.is_listed, *self.has_list) = (true, true);
        Ok(())
    }

    /// A service that never reached libvirt has no list: it gives one when it has, and meanwhile there is nothing.
    async fn settle(&mut self) -> Result<(), Stop> {
        if self.is_listed {
            return Ok(());
        }
        match self.ears.known.libvirt() {
            None => self.list().await,
            Some(problem) => {
                if !problem.is_empty() && !*self.has_list {
                    self.ears.outbox.push_machines(Event::Machines(std::sync::Arc::default()));
                    *self.has_list = true;
                }
                Ok(())
            }
        }
    }

    /// Asks for figures, or for none.
    async fn want(&mut self, interval: u32, figures: Figures) -> Result<(), Stop> {
        let interval = if interval == 0 { 0 } else { interval.clamp(*INTERVALS.start(), *INTERVALS.end()) };
        if interval == self.ears.interval && (interval == 0 || figures == self.ears.figures) {
            return Ok(());
        }
        (self.ears.interval, self.ears.figures) = (interval, figures);
        // A service that refuses, for instance for a quota, gives no figures; all else goes on.
        if interval == 0 {
            let _ = self.ask(self.call(interface::STATS, "Unsubscribe", Options::default())).await?;
        } else if self.subscribe(interval, figures.option()).await?.is_err() && figures != Figures::ALL {
            // One that cannot be told which reads all.
            let _ = self.subscribe(interval, Options::default()).await?;
        }
        Ok(())
    }

    async fn subscribe(&mut self, interval: u32, options: Options) -> Result<zbus::Result<Message>, Stop> {
        self.ask(self.call(interface::STATS, "Subscribe", (interval, Vec::<zbus::ObjectPath<'_>>::new(), options))).await
    }
}

/// Waits until something else is wanted. Returns whether that can happen again.
async fn changed(wanted: &mut Receiver<Wanted>, is_wanting: bool) -> bool {
    if is_wanting { wanted.changed().await.is_ok() } else { pending().await }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => pending().await,
    }
}

fn lost(error: Error) -> Stop {
    Stop::Lost(match error {
        Error::Gone(message) => Problem::Ended(message),
        error => Problem::Other(error),
    })
}

/// Finds the service, starts it if need be, and reads what it says of itself.
pub(super) async fn find(link: &mut Link, mut heard: impl FnMut(&str, &Variant<'_>)) -> Result<(Bus, Service), Problem> {
    let owner = link.service(&mut |_| {}).await?;
    let limit = link.first_answer();
    let (connection, is_peer) = (link.connection.clone(), !link.is_bus());
    let question = introduce(connection.clone(), owner.clone(), is_peer);
    let reply = link.during(limit, question, &mut |_| {}).await?.map_err(failure::of_call)?;
    link.is_up = true;
    let body = reply.body();
    let properties: HashMap<&str, Variant<'_>> = body.deserialize().map_err(failure::of_call)?;
    let text = |name: &str| properties.get(name).and_then(value::text).unwrap_or_default();
    let features = properties.get("Features").and_then(value::texts).unwrap_or_default();
    let service = Service { version: text("Version"), features, uri: text("Uri") };
    properties.iter().for_each(|(name, value)| heard(name, value));
    let passes_descriptors = link.passes_descriptors();
    Ok((Bus { connection, service: owner, passes_descriptors }, service))
}

/// Reads the root object's properties. A peer is asked until it has put itself there.
async fn introduce(connection: Connection, owner: Option<OwnedUniqueName>, is_peer: bool) -> zbus::Result<Message> {
    let [mut limit, most] = ASK_LIMITS;
    loop {
        let question = call(connection.clone(), owner.clone(), "org.freedesktop.DBus.Properties", "GetAll", interface::MANAGER);
        if !is_peer {
            return question.await;
        }
        match tokio::time::timeout(limit, question).await {
            Err(_) => limit = (limit * 2).min(most),
            Ok(Err(zbus::Error::FDO(error))) if is_too_early(&error) => tokio::time::sleep(ASK_AGAIN).await,
            Ok(answer) => return answer,
        }
    }
}

fn is_too_early(error: &fdo::Error) -> bool {
    matches!(error, fdo::Error::UnknownObject(_) | fdo::Error::UnknownInterface(_) | fdo::Error::UnknownMethod(_))
}

async fn call<B>(
    connection: Connection,
    owner: Option<OwnedUniqueName>,
    interface: &'static str,
    member: &'static str,
    body: B,
) -> zbus::Result<Message>
where
    B: Serialize + DynamicType,
{
    let destination = owner.as_ref().map_or(dbus::BUS_NAME, |owner| owner.as_str());
    connection.call_method(Some(destination), ROOT, Some(interface), member, &body).await
}
