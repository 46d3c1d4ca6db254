//! A host as a client watches it.

use std::{collections::BTreeMap, fmt, pin::Pin};

use client::{Client, Event, Host, Machine, Problem, Service, Uuid, Wanted, host::Address};
use futures_util::{FutureExt, Stream, StreamExt};
use tokio::sync::watch;

use crate::{bus::Bus, within};

/// A watched host, and what it told.
pub struct Watched {
    events: Pin<Box<dyn Stream<Item = Event> + Send>>,
    /// What is wanted of it.
    pub wanted: watch::Sender<Wanted>,
    /// The machines as the events tell them.
    pub machines: BTreeMap<Uuid, Machine>,
}

impl fmt::Debug for Watched {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Watched").field("machines", &self.machines.len()).finish_non_exhaustive()
    }
}

impl Watched {
    /// The service at an address.
    #[must_use]
    pub fn at(address: Address) -> Self {
        let (wanted, receiver) = watch::channel(Wanted::default());
        let events = client::watch(Host::new("test", "", address), receiver);
        Self { events: Box::pin(events), wanted, machines: BTreeMap::new() }
    }

    /// The service on a bus.
    #[must_use]
    pub fn on(bus: &Bus) -> Self {
        Self::at(Address::Bus { address: bus.address() })
    }

    /// The next event.
    pub async fn next(&mut self) -> Event {
        let event = within("an event", self.events.next()).await.expect("a host is watched for ever");
        self.apply(&event);
        event
    }

    /// What has come already.
    pub fn waiting(&mut self) -> Option<Event> {
        let event = self.events.next().now_or_never().flatten()?;
        self.apply(&event);
        Some(event)
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Machines(all) => self.machines = all.iter().map(|machine| (machine.id, machine.clone())).collect(),
            Event::Machine(machine) => drop(self.machines.insert(machine.id, (**machine).clone())),
            Event::MachineRemoved(id) => drop(self.machines.remove(id)),
            _ => {}
        }
    }

    /// Waits for what `wanted` picks.
    pub async fn until<T>(&mut self, wanted: impl Fn(Event) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(self.next().await) {
                return found;
            }
        }
    }

    /// Waits until it is connected.
    pub async fn connected(&mut self) -> (Client, Service) {
        self.until(|event| if let Event::Connected(client, service) = event { Some((client, service)) } else { None }).await
    }

    /// Waits until it is lost.
    pub async fn lost(&mut self) -> (Problem, u64) {
        self.until(|event| if let Event::Lost(problem, seconds) = event { Some((problem, seconds)) } else { None }).await
    }

    /// Waits until everything is known, and returns the handle for calls.
    pub async fn complete(&mut self) -> Client {
        let (client, _) = self.connected().await;
        let is_complete = |event| matches!(event, Event::Machines(all) if all.iter().all(|machine| machine.is_detailed)).then_some(());
        self.until(is_complete).await;
        client
    }

    /// Waits until a machine is as `is_so` says.
    pub async fn machine(&mut self, is_so: impl Fn(&Machine) -> bool) -> Machine {
        let wanted = |event| if let Event::Machine(machine) = event { is_so(&machine).then_some(*machine) } else { None };
        self.until(wanted).await
    }

    /// The machine with this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Uuid {
        let found = self.machines.values().find(|machine| machine.name == name);
        found.unwrap_or_else(|| panic!("no machine {name}")).id
    }
}
