//! The privileged service of KVM Manager: every machine of the host on the bus, controlled safely.
//!
//! `docs/architecture.md` shows how a request travels through these modules.
#![deny(unsafe_code)]

pub mod bus;
pub mod config;
pub mod context;
pub mod error;
pub mod history;
pub mod host;
pub mod inventory;
pub mod job;
pub mod libvirt;
pub mod picture;
pub mod policy;
pub mod sampling;
pub mod seat;
pub mod store;
pub mod systemd;
pub mod workflow;

use std::{
    sync::{Arc, atomic::AtomicU32},
    time::Duration,
};

use config::{Config, Judging};
use context::Context;
use dbus::path;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use zbus::Connection;

use crate::{
    bus::{AtBootObject, Host, HostDevices, HostState, Hub, HugePages, Link, Manager, Objects, Readiness, Stats, Topology, Tree},
    error::{Error, Result},
    host::{definitions, saved_state},
    job::Jobs,
    libvirt::{Libvirt, event},
    policy::Policy,
    seat::Seats,
    store::Store,
    systemd::Systemd,
    workflow::{
        at_boot::AtBoot, attach::Before, balloon::BalloonState, hand_over::HandOver, hugepages::MemoryState, passthrough::Changing,
        running::RunningState, usb::UsbState,
    },
};

/// How long a day's look for expired machines waits at most.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The running service.
#[derive(Debug)]
pub struct Service {
    context: Arc<Context>,
    ready: oneshot::Receiver<()>,
}

impl Service {
    /// Puts everything on `connection`. The bus name is the caller's to request, when [`Self::ready`] returns.
    ///
    /// # Errors
    /// If the state directory cannot be used, or the bus refuses.
    pub async fn start(connection: &Connection, config: &Config) -> Result<Self> {
        let (sink, events) = event::queue();
        let (wishes, wished) = mpsc::unbounded_channel();
        let policy = match config.judging {
            Judging::Polkit => Policy::polkit(connection).await?,
            Judging::OwnUser => Policy::own_user(connection).await?,
        };
        let (jobs, notices) = Jobs::new(policy.limits().clone());
        let store = Store::open(&config.state_directory).map_err(Error::io("Opening the state directory"))?;
        let context = Arc::new(Context {
            libvirt: Libvirt::new(&config.uri, sink),
            inventory: inventory::Inventory::default(),
            history: history::History::default(),
            policy,
            jobs,
            memory: MemoryState::new(Arc::new(config.root.clone()), Arc::new(store.memory_journal())),
            at_boot: AtBoot::new(store.boot(), &config.root),
            running: RunningState::new(store.running(), Systemd::new(connection.clone())),
            hand_over: HandOver::new(store.hand_over(), Systemd::new(connection.clone()), Seats::new(connection.clone()), &config.root),
            balloon: BalloonState::default(),
            usb: UsbState::new(store.usb()),
            store,
            root: config.root.clone(),
            pictures: Semaphore::new(1),
            details: Semaphore::new(1),
            connected: Notify::new(),
            saved_states: Notify::new(),
            devices_changed: Notify::new(),
            changing: config.write_time.map_or_else(Changing::default, Changing::new),
            before: Before::default(),
            hidden: std::sync::Mutex::default(),
            wishes,
            host_cpus: AtomicU32::new(0),
        });
        let (link, host, hub) = (Link::default(), HostState::default(), Arc::new(Hub::default()));
        let server = connection.object_server();
        server.at(path::ROOT, Manager::new(Arc::clone(&context), link.clone())).await?;
        server.at(path::ROOT, Stats::new(Arc::clone(&context), Arc::clone(&hub))).await?;
        let devices = HostDevices::default();
        server.at(path::ROOT, Objects { context: Arc::clone(&context), host: host.clone(), devices: devices.clone() }).await?;
        server.at(path::HOST, Host(host.clone())).await?;
        if context.libvirt.is_on_this_host() {
            context.memory.recover().await;
            context.memory.look(Duration::ZERO).await;
            server.at(path::HOST, AtBootObject(Arc::clone(&context))).await?;
            tokio::spawn(bus::follow_boot(Arc::clone(&context), connection.clone()));
            server.at(path::HOST, HugePages(Arc::clone(&context))).await?;
            server.at(path::HOST, Readiness(Arc::clone(&context))).await?;
            server.at(path::HOST, Topology(Arc::clone(&context))).await?;
        }
        tokio::spawn(bus::serve_jobs(Arc::clone(&context), connection.clone(), notices));
        let always = config.history_always;
        tokio::spawn(bus::serve_stats(Arc::clone(&context), connection.clone(), Arc::clone(&hub), always));
        workflow::passthrough::recover(&context).await;
        workflow::hand_over::recover(&context).await;
        tokio::spawn(bus::follow_hand_over(Arc::clone(&context), connection.clone()));
        bus::start_host_devices(&context, connection, &devices, &host).await;
        let (is_ready, ready) = oneshot::channel();
        let tree = Tree::new(Arc::clone(&context), connection.clone(), link, host, hub);
        tokio::spawn(tree.run(events, wished, move || {
            // Nobody waits any more if the service ended meanwhile.
            let _ = is_ready.send(());
        }));
        let watched = Arc::clone(&context);
        tokio::spawn(async move { watched.policy.watch().await });
        tokio::spawn(watch_definitions(Arc::clone(&context)));
        tokio::spawn(watch_saved_states(Arc::clone(&context)));
        tokio::spawn(settle(Arc::clone(&context)));
        if context.libvirt.is_on_this_host() {
            tokio::spawn(workflow::running::watch(Arc::clone(&context)));
            tokio::spawn(workflow::hand_over::watch(Arc::clone(&context)));
            tokio::spawn(workflow::balloon::watch(Arc::clone(&context)));
        }
        if context.is_for_this_host() {
            tokio::spawn(workflow::usb::rules::watch(Arc::clone(&context)));
            tokio::spawn(bus::follow_usb_rules(Arc::clone(&context), connection.clone()));
        }
        tokio::spawn(purge_expired(Arc::clone(&context)));
        Ok(Self { context, ready })
    }

    /// What all its objects share.
    #[must_use]
    pub const fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Waits until libvirt's machines are on the bus, or libvirt turned out to be away.
    pub async fn ready(&mut self) {
        // An error means that the tree has ended, which nothing can be waited for either.
        let _ = (&mut self.ready).await;
    }

    /// Waits for work that should not be cut off: at most `limit`.
    pub async fn finish(&self, limit: Duration) {
        let idle = async {
            while self.context.jobs.all().iter().any(|job| !job.cancelable) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(limit, idle).await.is_err() {
            tracing::warn!("Work is cut off; the next start settles it");
        }
    }
}

/// Has machines read anew whose next start, or whose start with the host, was changed by somebody else.
async fn watch_definitions(context: Arc<Context>) {
    let uri = context.libvirt.uri();
    if !uri.starts_with("qemu:") || !context.libvirt.is_on_this_host() {
        return;
    }
    let mut watch = match definitions::Watch::new(&definitions::directory(&context.root, uri.ends_with("/system"))) {
        Ok(watch) => watch,
        Err(error) => {
            tracing::info!(%error, "What others change of a next start is seen with a delay");
            return;
        }
    };
    while let Ok(changed) = watch.changed().await {
        refresh_named(&context, changed.as_deref());
    }
}

/// Has machines read anew whose saved state somebody else removed: at once where their directory may be watched.
async fn watch_saved_states(context: Arc<Context>) {
    let uri = context.libvirt.uri();
    if uri.starts_with("qemu:") && context.libvirt.is_on_this_host() {
        match saved_state::Watch::new(&saved_state::directory(&context.root, uri.ends_with("/system"))) {
            Ok(mut watch) => {
                while let Ok(removed) = watch.removed().await {
                    refresh_named(&context, removed.as_deref());
                }
            }
            Err(error) => tracing::debug!(%error, "Saved states that others remove are looked for"),
        }
    }
    workflow::save::look(&context).await;
}

/// Has the machine with this name read anew, or every one.
fn refresh_named(context: &Context, name: Option<&str>) {
    for machine in context.inventory.machines().iter().filter(|machine| name.is_none_or(|name| *machine.name == *name)) {
        context.refresh(machine.uuid);
    }
}

/// Settles what an earlier run left, as soon as libvirt can be asked about it, and again whenever it comes back.
async fn settle(context: Arc<Context>) {
    loop {
        context.connected.notified().await;
        workflow::delete::recover::run(&context).await;
    }
}

/// Lets deleted machines go when their time is over.
async fn purge_expired(context: Arc<Context>) {
    loop {
        let next = workflow::trash::purge_expired(&context).await;
        let wait = next.map_or(DAY, |expires| Duration::from_micros(expires.saturating_sub(job::now())).min(DAY));
        tokio::time::sleep(wait.max(Duration::from_secs(60))).await;
    }
}
