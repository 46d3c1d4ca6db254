//! The running service.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use dbus::{
    Options,
    machine::{MachineProxy, Summary},
    manager::ManagerProxy,
};
use futures_util::StreamExt;
use zbus::{Connection, OwnedObjectPath, fdo::DBusProxy, proxy::CacheProperties};

use crate::{PATIENCE, bus::Bus, child::Child, client::Signals, project, within};

/// The service on a private bus, and a client of it.
#[derive(Debug)]
pub struct TestService {
    // Dropped in this order: the service before its bus.
    process: Child,
    /// A client.
    pub connection: Connection,
    /// The bus.
    pub bus: Bus,
}

impl TestService {
    /// On libvirt's built-in driver with its one machine, `test`, which runs.
    pub async fn start() -> Self {
        Self::with_uri("test:///default").await
    }

    /// On libvirt's built-in driver with `count` machines that are off: `m0`, `m1`…
    pub async fn with_machines(count: usize) -> Self {
        let bus = Bus::start();
        let file = bus.directory().join("machines.xml");
        std::fs::write(&file, machines(count)).expect("write the machines");
        Self::on(bus, &format!("test://{}", file.display()), &[]).await
    }

    /// On any libvirt.
    pub async fn with_uri(uri: &str) -> Self {
        Self::on(Bus::start(), uri, &[]).await
    }

    /// On a bus that is there, with more environment.
    pub async fn on(bus: Bus, uri: &str, environment: &[(&str, &Path)]) -> Self {
        let connection = bus.connect().await;
        let process = Child::start(command(&bus, uri).envs(environment.iter().copied()));
        let mut service = Self { process, connection, bus };
        service.ready().await;
        service
    }

    /// Stopped, and started anew on the same bus with the same state.
    pub async fn restarted(self, uri: &str) -> Self {
        let Self { mut process, connection: _, bus } = self;
        process.signal(rustix::process::Signal::TERM);
        assert!(process.ended().await.success(), "a clean stop");
        Self::on(bus, uri, &[]).await
    }

    /// Waits until the name has an owner.
    async fn ready(&mut self) {
        let started = Instant::now();
        let bus = DBusProxy::builder(&self.connection).cache_properties(CacheProperties::No).build().await.expect("the bus");
        let mut changes = bus.receive_name_owner_changed_with_args(&[(0, dbus::BUS_NAME)]).await.expect("the bus");
        let name = || dbus::BUS_NAME.try_into().expect("a bus name");
        while !bus.name_has_owner(name()).await.expect("the bus") {
            assert!(!self.process.has_ended() && started.elapsed() < PATIENCE, "the service did not start:\n{}", self.log());
            tokio::select! {
                _ = changes.next() => {}
                _ = self.process.ended() => {}
            }
        }
        self.filled_in().await;
    }

    /// Waits until what only a machine's definition tells has been read: that comes behind the first list.
    async fn filled_in(&self) {
        let mut changes = Signals::changes(&self.connection).await;
        if !self.manager().await.connected().await.expect("a property") {
            return;
        }
        while self.list().await.iter().any(|machine| machine.memory == 0) {
            changes.next().await;
        }
    }

    /// Its process.
    pub const fn process(&mut self) -> &mut Child {
        &mut self.process
    }

    /// Its memory in bytes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        self.process.memory()
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(log_file(&self.bus)).unwrap_or_default()
    }

    /// The root object.
    pub async fn manager(&self) -> ManagerProxy<'static> {
        manager(&self.connection).await
    }

    /// A machine's object.
    pub async fn machine(&self, path: &OwnedObjectPath) -> MachineProxy<'static> {
        machine(&self.connection, path).await
    }

    /// All machines, by name.
    pub async fn list(&self) -> Vec<Summary> {
        let mut machines = within("the list", self.manager().await.list_machines(&Options::default())).await.expect("a list");
        machines.sort_by(|left, right| left.name.cmp(&right.name));
        machines
    }

    /// The path of the machine with this name.
    pub async fn path(&self, name: &str) -> OwnedObjectPath {
        let found = self.list().await.into_iter().find(|machine| machine.name == name);
        found.unwrap_or_else(|| panic!("no machine {name}")).path
    }

    /// The machine with this name.
    pub async fn named(&self, name: &str) -> MachineProxy<'static> {
        self.machine(&self.path(name).await).await
    }
}

/// The command line of a service on `bus`.
#[must_use]
pub fn command(bus: &Bus, uri: &str) -> Command {
    let mut command = Command::new(reachable_binary(bus.directory()));
    command.args(["--session", "--bus", &bus.address(), "--uri", uri]);
    common(&mut command, bus.directory());
    command
}

/// What every service of a test gets: its own places for state and configuration, and a log.
pub fn common(command: &mut Command, directory: &Path) {
    let log = std::fs::File::options().create(true).append(true).open(directory.join("service.log")).expect("a log");
    command.arg("--state-dir").arg(directory.join("state")).stdin(Stdio::null()).stderr(log);
    command.env("XDG_CONFIG_HOME", directory.join("config"));
    command.env("RUST_BACKTRACE", "0").env_remove("JOURNAL_STREAM").env_remove("NOTIFY_SOCKET");
}

/// The service's binary, where every user can start it: a work tree may lie in somebody's closed home.
#[must_use]
pub fn reachable_binary(directory: &Path) -> PathBuf {
    let binary = project::service_binary();
    let start = Command::new(&binary).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if start.is_ok_and(|status| status.success()) {
        return binary;
    }
    panic!("{} cannot be started by user {}; it is needed by {}", binary.display(), crate::user::current(), directory.display());
}

fn log_file(bus: &Bus) -> PathBuf {
    bus.directory().join("service.log")
}

/// The root object, for any client.
pub async fn manager(connection: &Connection) -> ManagerProxy<'static> {
    ManagerProxy::builder(connection).cache_properties(CacheProperties::No).build().await.expect("a proxy")
}

/// A machine's object, for any client.
pub async fn machine(connection: &Connection, path: &OwnedObjectPath) -> MachineProxy<'static> {
    let builder = MachineProxy::builder(connection).path(path.clone());
    builder.cache_properties(CacheProperties::No).build().await.expect("a proxy")
}

/// A host of libvirt's built-in driver with `count` machines that are off.
#[must_use]
pub fn machines(count: usize) -> String {
    let machine = |number: usize| {
        format!(
            "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>m{number}</name>\
             <uuid>00000000-0000-4000-8000-{number:012x}</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
             <os><type>hvm</type></os><test:runstate>5</test:runstate></domain>"
        )
    };
    format!("<node>{}</node>", (0..count).map(machine).collect::<String>())
}
