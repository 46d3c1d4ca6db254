//! Keeps the objects of the host's devices equal to the host: what the kernel tells in, signals out.

mod object;

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use dbus::interface;
use zbus::Connection;

pub use object::{HostDevice, Record, object};

use super::{
    objects::{announce_device, withdraw},
    properties::send_changed,
};
use crate::{
    context::Context,
    host::{
        pci::{self, Devices, Names, PciAddress},
        uevent::Watch,
    },
};

/// Devices come and go in crowds: a card is many devices, a driver many events.
const SETTLE: Duration = Duration::from_millis(100);

type Records = BTreeMap<PciAddress, Arc<Record>>;

/// The latest records, shared with the objects.
#[derive(Clone, Debug, Default)]
pub struct State(Arc<RwLock<Records>>);

impl State {
    /// Every record.
    pub fn all(&self) -> Records {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something of a device's record.
    fn of<T>(&self, address: PciAddress, read: impl FnOnce(&Record) -> T) -> zbus::fdo::Result<T> {
        let records = self.0.read().unwrap_or_else(PoisonError::into_inner);
        records.get(&address).map(|record| read(record)).ok_or_else(|| zbus::fdo::Error::UnknownObject("No such device".into()))
    }

    fn put(&self, records: Records) -> Records {
        std::mem::replace(&mut self.0.write().unwrap_or_else(PoisonError::into_inner), records)
    }
}

/// Reads the host's devices and puts them on the bus. Nothing where the machines are on another computer.
pub async fn start(context: &Arc<Context>, connection: &Connection, state: &State) {
    if !is_for_this_host(context) {
        return;
    }
    let mut names = Names::default();
    show(context, connection, state, &mut names, false).await;
    tokio::spawn(follow(Arc::clone(context), connection.clone(), state.clone(), names));
}

/// The devices of this computer are of interest to machines of this computer.
fn is_for_this_host(context: &Context) -> bool {
    let is_ours = context.libvirt.is_on_this_host() && !context.libvirt.uri().starts_with("test:");
    is_ours || !context.root.is_host()
}

/// Follows the kernel and the machines for as long as the service runs. Sleeps while nothing happens.
async fn follow(context: Arc<Context>, connection: Connection, state: State, mut names: Names) {
    let changed = Arc::downgrade(&context);
    // Whoever changes much at once is looked at once: a notice that was not taken yet is the same notice.
    let tell = move || changed.upgrade().map(|context| context.devices_changed.notify_one()).is_some();
    if let Err(error) = Watch::new(&context.root).and_then(|watch| watch.follow(tell)) {
        tracing::warn!(%error, "Devices that come and go are seen when a machine changes");
    }
    loop {
        context.devices_changed.notified().await;
        tokio::time::sleep(SETTLE).await;
        show(&context, &connection, &state, &mut names, true).await;
    }
}

/// Reads everything anew and tells what is different.
async fn show(context: &Arc<Context>, connection: &Connection, state: &State, names: &mut Names, announce: bool) {
    let (root, mut known) = (context.root.clone(), std::mem::take(names));
    let read = tokio::task::spawn_blocking(move || {
        let devices = pci::read(&root, &mut known);
        (devices, known)
    });
    let Ok((devices, known)) = read.await else {
        tracing::error!("The devices could not be read");
        return;
    };
    *names = known;
    let records = records(context, devices);
    let before = state.put(records.clone());
    if let Err(error) = tell(connection, state, &before, &records, announce).await {
        tracing::debug!(%error, "A change of a device was not told");
    }
}

/// The devices with the machines that name them.
fn records(context: &Context, devices: Devices) -> Records {
    let machines = context.inventory.machines();
    let record = |(address, device)| {
        let theirs = || machines.iter().filter(move |machine| machine.host_devices.contains(&address));
        let active_machine = theirs().find(|machine| machine.is_active()).map(|machine| machine.uuid);
        let mut all: Vec<_> = theirs().map(|machine| machine.uuid).collect();
        all.sort_unstable();
        (address, Arc::new(Record { address, device, machines: all, active_machine }))
    };
    devices.into_iter().map(record).collect()
}

async fn tell(connection: &Connection, state: &State, before: &Records, after: &Records, announce: bool) -> zbus::Result<()> {
    let server = connection.object_server();
    for address in before.keys().filter(|address| !after.contains_key(address)) {
        let path = object(*address);
        server.remove::<HostDevice, _>(path.clone()).await?;
        withdraw(connection, &path, interface::HOST_DEVICE).await?;
    }
    for (address, record) in after {
        let path = object(*address);
        match before.get(address) {
            Some(known) if known == record => {}
            // What never changes of a device did: another one sits in its place.
            Some(known) if known.device.ids != record.device.ids || known.device.class != record.device.class => {
                withdraw(connection, &path, interface::HOST_DEVICE).await?;
                announce_device(connection, record).await?;
            }
            Some(known) => {
                let old = known.properties();
                let mut changed = record.properties();
                changed.retain(|name, value| old.get(name) != Some(value));
                send_changed(connection, &path, interface::HOST_DEVICE, changed).await?;
            }
            None => {
                server.at(path, HostDevice { address: *address, state: state.clone() }).await?;
                if announce {
                    announce_device(connection, record).await?;
                }
            }
        }
    }
    Ok(())
}
