//! Keeps the objects on the bus equal to libvirt: events in, signals out. The only writer of the inventory.

mod addresses;
mod recent;
mod record;
mod systems;
mod wanted;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use dbus::{
    interface,
    machine::{Address, State, StateReason},
    path,
};
use tokio::sync::mpsc;
use uuid::Uuid;
use zbus::{Connection, ObjectPath, Variant};

use recent::Recent;
use record::{enter, learn, merge};
use systems::Systems;
use wanted::{Chunk, Wanted};

use super::{
    HostState, Link,
    hugepages::look_behind,
    manager::LinkState,
    objects::{announce_machine, put_machine, take_machine},
    properties::{Changes, send_changed, send_machine},
    stats::Hub,
};
use crate::{
    context::{Context, Wish},
    error::{Error, Result},
    host::virtualisation::Virtualisation,
    inventory::{Definition, Machine},
    job::now,
    libvirt::{
        connection::Backoff,
        event::{Event, Events},
        host::HostFacts,
        list::Details,
        state::{Change, change},
        trim_memory,
    },
};

/// How many machines are read in one call.
const CHUNK: usize = 256;
/// How often addresses are read while somebody watches figures.
const ADDRESSES_EVERY: Duration = Duration::from_secs(10);

/// What comes in besides libvirt's events.
#[derive(Debug)]
enum Input {
    Details(Vec<Uuid>, Result<Vec<Details>>),
    States(Result<Vec<(Uuid, State, StateReason)>>),
    Host(HostFacts),
    Addresses(Uuid, Vec<Address>),
    LookForAddresses(Uuid),
}

/// The tree.
#[derive(Debug)]
pub struct Tree {
    context: Arc<Context>,
    connection: Connection,
    link: Link,
    host: HostState,
    hub: Arc<Hub>,
    recent: Recent,
    systems: Systems,
    /// What a definition says that says nothing special.
    plain: Arc<Definition>,
    wanted: Wanted,
    /// Whether machines that come are announced: on a bus nobody can know the service before it has its name.
    is_announcing: bool,
    /// Machines that were paused by a full disk.
    disk_full: HashSet<Uuid>,
    inbox: mpsc::UnboundedSender<Input>,
    inputs: mpsc::UnboundedReceiver<Input>,
}

impl Tree {
    pub fn new(context: Arc<Context>, connection: Connection, link: Link, host: HostState, hub: Arc<Hub>) -> Self {
        let (inbox, inputs) = mpsc::unbounded_channel();
        Self {
            is_announcing: !connection.is_bus(),
            context,
            connection,
            link,
            host,
            hub,
            recent: Recent::default(),
            systems: Systems::default(),
            plain: Arc::default(),
            wanted: Wanted::default(),
            disk_full: HashSet::new(),
            inbox,
            inputs,
        }
    }

    /// Connects and follows libvirt, for ever. `ready` is called when the first attempt to connect has ended.
    pub async fn run(mut self, mut events: Events, mut wishes: mpsc::UnboundedReceiver<Wish>, ready: impl FnOnce()) {
        let mut ready = Some(ready);
        let mut backoff = Backoff::default();
        loop {
            self.set_link(LinkState::Connecting, self.link.get().1).await;
            let outcome = self.connect().await;
            if let Some(ready) = ready.take() {
                self.is_announcing = true;
                ready();
            }
            match outcome {
                Ok(()) => {
                    backoff = Backoff::default();
                    self.set_link(LinkState::Connected, "").await;
                    self.context.connected.notify_one();
                    self.context.saved_states.notify_one();
                    self.context.running.look();
                    self.context.usb.rules.look();
                    self.follow(&mut events, &mut wishes).await;
                    tracing::warn!("libvirt is gone; showing what was known");
                    self.context.libvirt.disconnect();
                    self.set_link(LinkState::Disconnected, "lost").await;
                }
                Err(error) => {
                    tracing::debug!(cause = ?error, "libvirt cannot be reached");
                    let problem = self.problem(&error);
                    self.set_link(LinkState::Disconnected, problem).await;
                }
            }
            tokio::time::sleep(backoff.pause()).await;
        }
    }

    async fn connect(&mut self) -> Result<()> {
        self.context.libvirt.connect().await?;
        let started = Instant::now();
        self.resync().await?;
        let machines = self.context.inventory.len();
        tracing::info!(machines, milliseconds = started.elapsed().as_millis(), "Connected to libvirt");
        Ok(())
    }

    /// What keeps libvirt away, in one word.
    fn problem(&self, error: &Error) -> &'static str {
        let root = &self.context.root;
        let is_local = self.context.libvirt.is_on_this_host() && self.context.libvirt.uri().starts_with("qemu:");
        match error {
            Error::Unavailable if !is_local => "unreachable",
            Error::Unavailable if root.exists("usr/sbin/libvirtd") || root.exists("usr/sbin/virtqemud") => "not-running",
            Error::Unavailable => "not-installed",
            _ => "failed",
        }
    }

    /// Follows events until the connection is lost.
    async fn follow(&mut self, events: &mut Events, wishes: &mut mpsc::UnboundedReceiver<Wish>) {
        let mut look = tokio::time::interval(ADDRESSES_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let next_read = self.wanted.due();
            let next_due = self.recent.due();
            let is_watched = self.hub.is_wanted();
            tokio::select! {
                event = events.next() => match event {
                    None | Some(Event::Closed) => return,
                    Some(Event::Overflow) => {
                        if self.resync().await.is_err() {
                            return;
                        }
                    }
                    Some(event) => self.apply(event).await,
                },
                Some(input) = self.inputs.recv() => self.take(input).await,
                Some(wish) = wishes.recv() => self.grant_wish(wish).await,
                () = sleep_until(next_due), if next_due.is_some() => self.send_due().await,
                () = sleep_until(next_read), if next_read.is_some() => self.read_wanted(),
                _ = look.tick(), if is_watched => {
                    self.look_for_all_addresses();
                    look_behind(&self.context, &self.connection);
                }
            }
        }
    }

    async fn grant_wish(&mut self, wish: Wish) {
        match wish {
            Wish::Refresh(uuid) => {
                self.wanted.details(uuid);
            }
            Wish::RefreshNow(uuid, done) => self.wanted.details_now(uuid, done),
            Wish::MemoryUsed(uuid, bytes) => self.change(uuid, |machine| machine.memory_used = bytes).await,
        }
    }

    // ----- libvirt's events -----

    async fn apply(&mut self, event: Event) {
        match event {
            Event::Lifecycle(uuid, event, detail) => self.lifecycle(uuid, change(event, detail)).await,
            Event::DiskError(uuid, is_full) => {
                if is_full {
                    self.disk_full.insert(uuid);
                    self.change(uuid, |machine| {
                        if machine.reason == StateReason::IoError {
                            machine.reason = StateReason::DiskFull;
                        }
                    })
                    .await;
                }
            }
            Event::Memory(uuid, bytes) => self.change(uuid, |machine| machine.memory = bytes).await,
            Event::Stalled(uuid, stalled) => {
                tracing::warn!(machine = %uuid, stalled, "QEMU's answers changed");
                self.change(uuid, |machine| machine.stalled = stalled).await;
            }
            Event::Agent(uuid, is_connected) => self.agent(uuid, is_connected).await,
            Event::Definition(uuid) => {
                self.wanted.details(uuid);
            }
            Event::Closed | Event::Overflow => {}
        }
    }

    async fn lifecycle(&mut self, uuid: Uuid, change: Change) {
        // The event says what clients want to know first; everything else is read behind it.
        if let Change::State(state, reason) = change {
            let reason = self.reason(uuid, state, reason);
            self.change(uuid, |machine| enter(machine, state, reason, now())).await;
            if state == State::Running {
                self.schedule_addresses(uuid);
            }
        }
        match change {
            // Nothing but the state changes by these, and the event said which; why is read behind it.
            Change::State(State::Paused, _) | Change::State(State::Running, StateReason::Resumed) => self.wanted.state(uuid),
            Change::None => {}
            _ => self.wanted.details_of_new_state(uuid),
        }
        self.count_host().await;
    }

    /// A disk error that was a full disk says so for as long as the machine is paused by it.
    fn reason(&mut self, uuid: Uuid, state: State, reason: StateReason) -> StateReason {
        if state == State::Paused && reason == StateReason::IoError {
            return if self.disk_full.contains(&uuid) { StateReason::DiskFull } else { reason };
        }
        self.disk_full.remove(&uuid);
        reason
    }

    // ----- reading machines anew -----

    /// Starts reading the wanted machines, one chunk at a time.
    fn read_wanted(&mut self) {
        let Some(chunk) = self.wanted.take(CHUNK) else { return };
        let (context, inbox) = (Arc::clone(&self.context), self.inbox.clone());
        tokio::spawn(async move {
            let input = match chunk {
                Chunk::Details(uuids) => {
                    let details = context.libvirt.details(uuids.clone()).await;
                    Input::Details(uuids, details)
                }
                Chunk::States(uuids) => Input::States(context.libvirt.states(uuids).await),
            };
            // Nobody reads any more only while the service ends.
            let _ = inbox.send(input);
        });
    }

    async fn take(&mut self, input: Input) {
        match input {
            Input::Details(asked, Ok(details)) => {
                let found: HashSet<Uuid> = details.iter().map(|details| details.listed.uuid).collect();
                for details in details {
                    self.learn(details).await;
                }
                for gone in asked.into_iter().filter(|uuid| !found.contains(uuid)) {
                    self.remove(gone).await;
                }
                self.count_host().await;
                self.wanted.done();
                if found.len() > CHUNK / 2 && self.wanted.due().is_none() {
                    trim_memory();
                }
            }
            Input::States(Ok(states)) => {
                self.wanted.done();
                for (uuid, state, reason) in states {
                    let reason = self.reason(uuid, state, reason);
                    self.change(uuid, |machine| enter(machine, state, reason, now())).await;
                }
            }
            Input::Host(facts) => self.tell_host(Some(facts)).await,
            Input::Details(_, Err(error)) | Input::States(Err(error)) => {
                // A lost connection is followed by a new look at everything.
                self.wanted.done();
                tracing::debug!(cause = ?error, "Machines could not be read");
            }
            Input::Addresses(uuid, addresses) => {
                self.change(uuid, |machine| machine.addresses = addresses.into()).await;
            }
            Input::LookForAddresses(uuid) => self.look_for_addresses(uuid),
        }
    }

    async fn learn(&mut self, details: Details) {
        let uuid = details.listed.uuid;
        let reason = self.reason(uuid, details.listed.state, details.listed.reason);
        let mut machine = self.known(uuid);
        merge(&mut machine, &details.listed, reason);
        machine.os = self.systems.get(&details.os_id);
        // It ran before anybody could see it start.
        let is_found_running = !machine.is_read && machine.is_active();
        learn(&mut machine, details, &self.plain);
        if machine.last_start_time == 0 {
            machine.last_start_time = crate::workflow::details::started(&self.context, &machine).unwrap_or_default();
        }
        self.put(machine).await;
        if is_found_running {
            self.look_for_addresses(uuid);
        }
    }

    /// What is known of a machine, to be changed.
    fn known(&mut self, uuid: Uuid) -> Machine {
        match self.context.inventory.machine(uuid) {
            Some(machine) => Machine::clone(&machine),
            // One system for all that are yet to be read: freed one by one they would leave a thousand holes.
            None => Machine { os: self.systems.get(""), definition: Arc::clone(&self.plain), ..Machine::default() },
        }
    }

    /// Reads everything anew: after connecting, and when events were lost.
    async fn resync(&mut self) -> Result<()> {
        let listed = self.context.libvirt.list().await?;
        let present: HashSet<Uuid> = listed.iter().map(|machine| machine.uuid).collect();
        for gone in self.context.inventory.missing_from(&present) {
            self.remove(gone).await;
        }
        for listed in listed {
            let reason = self.reason(listed.uuid, listed.state, listed.reason);
            let mut machine = self.known(listed.uuid);
            merge(&mut machine, &listed, reason);
            self.put(machine).await;
        }
        self.wanted.all_details(present);
        self.tell_host(None).await;
        self.read_host();
        Ok(())
    }

    /// Reads what the host is, behind everything else: its capabilities are long.
    fn read_host(&self) {
        let (context, inbox) = (Arc::clone(&self.context), self.inbox.clone());
        tokio::spawn(async move {
            match context.libvirt.host().await {
                Ok(facts) => {
                    let _ = inbox.send(Input::Host(facts));
                }
                Err(error) => tracing::warn!(cause = ?error, "The host could not be read"),
            }
        });
    }

    async fn tell_host(&mut self, facts: Option<HostFacts>) {
        let changed = self.host.update(|record| {
            if let Some(facts) = facts {
                self.context.set_host_cpus(facts.cpus);
                record.facts = facts;
            }
            record.virtualisation = Virtualisation::of(&self.context.root).word();
            record.count(&self.context.inventory);
        });
        self.send(path::HOST, interface::HOST, changed).await;
    }

    async fn count_host(&mut self) {
        let changed = self.host.update(|record| record.count(&self.context.inventory));
        self.send(path::HOST, interface::HOST, changed).await;
    }

    // ----- objects and signals -----

    /// Adds or replaces a machine.
    async fn put(&mut self, machine: Machine) {
        let uuid = machine.uuid;
        if self.context.hidden.lock().unwrap_or_else(PoisonError::into_inner).contains(&uuid) {
            return;
        }
        let before = self.context.inventory.machine(uuid);
        let (entry, _) = self.context.inventory.insert(machine);
        if let Some(before) = before {
            return self.publish(uuid, before).await;
        }
        let machine = entry.machine();
        if self.is_announcing {
            self.recent.told(Arc::clone(&machine), Instant::now());
        }
        if let Err(error) = put_machine(&self.context, &self.connection, entry).await {
            tracing::error!(machine = %uuid, %error, "A machine could not be put on the bus");
        } else if self.is_announcing
            && let Err(error) = announce_machine(&self.context, &self.connection, &machine).await
        {
            tracing::debug!(%error, "A machine was not announced: the bus is gone");
        }
    }

    async fn remove(&mut self, uuid: Uuid) {
        if let Some(entry) = self.context.inventory.entry(uuid) {
            // Whoever waits for it to be off must not wait for ever.
            entry.update(|machine| machine.state = State::Off);
        }
        if !self.context.inventory.remove(uuid) {
            return;
        }
        self.context.tell_host_of_end();
        self.recent.forget(uuid);
        self.disk_full.remove(&uuid);
        self.context.libvirt.forget(uuid);
        self.context.history.forget(uuid);
        if let Err(error) = take_machine(&self.context, &self.connection, uuid).await {
            tracing::error!(machine = %uuid, %error, "A machine could not be taken off the bus, or the bus is gone");
        }
    }

    /// Changes what is known of a machine and tells it.
    async fn change(&mut self, uuid: Uuid, change: impl FnOnce(&mut Machine)) {
        let Some(entry) = self.context.inventory.entry(uuid) else { return };
        let before = entry.machine();
        if entry.update(change) {
            self.publish(uuid, before).await;
        }
    }

    /// Sends what changed about a machine, or remembers to when the last signal was a moment ago.
    async fn publish(&mut self, uuid: Uuid, before: Arc<Machine>) {
        let Some(machine) = self.context.inventory.machine(uuid) else { return };
        if let Some((before, shown)) = self.recent.told_before(before, &machine, Instant::now()) {
            self.tell(machine, &before, shown).await;
        }
    }

    /// Sends what is another than it was told `before`, and what was `shown` as another meanwhile.
    async fn tell(&mut self, machine: Arc<Machine>, before: &Arc<Machine>, shown: Changes) {
        let changes = shown.and(Changes::between(before, &machine));
        if *before == machine && changes == Changes::default() {
            return;
        }
        self.context.tell_host(before, &machine);
        self.recent.told(Arc::clone(&machine), Instant::now());
        if let Err(error) = send_machine(&self.connection, changes, &machine, self.context.is_for_this_host()).await {
            tracing::debug!(%error, "A change was not told: the bus is gone");
        }
    }

    async fn send_due(&mut self) {
        for (before, shown) in self.recent.take_due(Instant::now()) {
            if let Some(machine) = self.context.inventory.machine(before.uuid) {
                self.tell(machine, &before, shown).await;
            }
        }
    }

    async fn set_link(&mut self, state: LinkState, problem: &'static str) {
        if self.link.set(state, problem) {
            let changed = HashMap::from([
                ("Connected", Variant::from(state == LinkState::Connected)),
                ("ConnectionState", Variant::from(state as u32)),
                ("ConnectionProblem", Variant::from(problem)),
            ]);
            self.send(path::ROOT, interface::MANAGER, changed).await;
        }
    }

    async fn send(&self, object: &'static str, interface: &str, changed: HashMap<&'static str, Variant<'static>>) {
        if changed.is_empty() {
            return;
        }
        let object = ObjectPath::from_static_str_unchecked(object);
        if let Err(error) = send_changed(&self.connection, &object, interface, changed).await {
            tracing::debug!(%error, "A change was not told: the bus is gone");
        }
    }
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}
