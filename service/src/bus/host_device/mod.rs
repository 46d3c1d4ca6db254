//! Keeps the objects of the host's devices equal to the host: what the kernel tells in, signals out.

mod object;
mod shown;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use dbus::interface;
use tokio::sync::{Mutex, Notify};
use zbus::{Connection, ObjectPath};

pub use object::{HostDevice, Record, object};
pub use shown::{Shown, Shows};

use super::{
    host::HostState,
    input::{self, HostInput, InputRecord},
    mediated::{self, HostMediated, MediatedRecord},
    nvme::{self as nvme_bus, HostNvme, NvmeRecord},
    objects::{announce_device, withdraw_all},
    passthrough::Passthrough,
    properties::send_changed,
    scsi::{self as scsi_bus, HostScsi, ScsiRecord},
    usb::{self as usb_bus, Usb, UsbRecord},
};
use crate::{
    context::Context,
    host::{
        input as inputs, left, mdev, nvme,
        pci::{self, Device, Devices, Names, PciAddress},
        scsi,
        uevent::Watch,
        usb, vfio,
    },
};

/// Devices come and go in crowds: a card is many devices, a driver many events.
const SETTLE: Duration = Duration::from_millis(100);

/// How long a reply waits for what was done to show.
const SHOWS_WITHIN: Duration = Duration::from_secs(2);

type Records = BTreeMap<PciAddress, Arc<Record>>;

/// What a look at the devices shows itself in.
struct Seen {
    state: State,
    host: HostState,
}

/// The latest records, shared with the objects.
#[derive(Clone, Debug, Default)]
pub struct State {
    shared: Arc<Shared>,
    /// The USB devices.
    pub usb: Shown<Vec<UsbRecord>>,
    /// The keyboards and mice.
    pub inputs: Shown<Vec<InputRecord>>,
    /// The NVMe namespaces.
    pub nvme: Shown<Vec<NvmeRecord>>,
    /// The SCSI devices.
    pub scsi: Shown<Vec<ScsiRecord>>,
    /// The mediated devices.
    pub mediated: Shown<MediatedRecord>,
}

#[derive(Debug, Default)]
struct Shared {
    records: RwLock<Records>,
    /// Told after every look at the host.
    looked: Notify,
    /// The number of the latest look, and of the latest that shows.
    begun: AtomicU64,
    ended: AtomicU64,
    /// How often single devices were read anew. Whoever shows something holds it: signals go out in the order of what they tell.
    turn: Mutex<u64>,
    /// Whether the host shows what an earlier change left behind.
    shows_left: AtomicBool,
}

impl State {
    /// Every record.
    pub fn all(&self) -> Records {
        self.shared.records.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something of a device's record.
    pub fn of<T>(&self, address: PciAddress, read: impl FnOnce(&Record) -> T) -> zbus::fdo::Result<T> {
        let records = self.shared.records.read().unwrap_or_else(PoisonError::into_inner);
        records.get(&address).map(|record| read(record)).ok_or_else(|| zbus::fdo::Error::UnknownObject("No such device".into()))
    }

    /// Waits until what is so now shows: for a look at the host that begins after this. Not for ever, for what was done is
    /// done whether it shows or not.
    pub async fn shown(&self, context: &Context) {
        let needed = self.shared.begun.load(Ordering::Acquire) + 1;
        context.devices_changed.notify_one();
        let show = async {
            loop {
                let looked = self.shared.looked.notified();
                if self.shared.ended.load(Ordering::Acquire) >= needed {
                    return;
                }
                looked.await;
            }
        };
        // Either way the caller goes on.
        let _ = tokio::time::timeout(SHOWS_WITHIN, show).await;
    }

    /// Shows how these devices and those that share their groups are now, without a look at all the others: whoever changed
    /// them waits for it. What is behind them follows with the next look. That is waited for where an earlier change left something
    /// behind, for it may have been of these. A driver that hangs keeps what is to be read, too: nobody waits longer than for a look.
    pub async fn shown_now(&self, context: &Arc<Context>, connection: &Connection, devices: Vec<PciAddress>) {
        if self.shared.shows_left.load(Ordering::Acquire) {
            return self.shown(context).await;
        }
        let show = self.show(context, connection, devices);
        if tokio::time::timeout(SHOWS_WITHIN, show).await.is_err() {
            tracing::warn!("Devices cannot be read in time after a change");
        }
    }

    async fn show(&self, context: &Arc<Context>, connection: &Connection, devices: Vec<PciAddress>) {
        context.devices_changed.notify_one();
        let mut turn = self.shared.turn.lock().await;
        *turn += 1;
        let (root, known) = (context.root.clone(), self.devices());
        let Ok(devices) = tokio::task::spawn_blocking(move || pci::read_again(&root, &known, &devices)).await else {
            tracing::error!("The devices could not be read");
            return;
        };
        let before = self.all();
        let mut after = before.clone();
        after.extend(records(context, devices));
        self.put(after.clone());
        report(tell(context, connection, self, &before, &after, true).await);
    }

    /// The devices alone.
    fn devices(&self) -> Devices {
        self.all().into_iter().map(|(address, record)| (address, Arc::clone(&record.device))).collect()
    }

    fn put(&self, records: Records) -> Records {
        std::mem::replace(&mut self.shared.records.write().unwrap_or_else(PoisonError::into_inner), records)
    }
}

fn path() -> ObjectPath<'static> {
    ObjectPath::from_static_str_unchecked(dbus::path::HOST)
}

/// Reads the host's devices and puts them on the bus. Nothing where the machines are on another computer.
pub async fn start(context: &Arc<Context>, connection: &Connection, state: &State, host: &HostState) {
    if !context.is_for_this_host() {
        return;
    }
    shown::serve::<Usb>(connection, context, state).await;
    shown::serve::<HostInput>(connection, context, state).await;
    shown::serve::<HostNvme>(connection, context, state).await;
    shown::serve::<HostScsi>(connection, context, state).await;
    shown::serve::<HostMediated>(connection, context, state).await;
    let mut names = Names::default();
    let seen = Seen { state: state.clone(), host: host.clone() };
    show(context, connection, &seen, &mut names, false).await;
    tokio::spawn(follow(Arc::clone(context), connection.clone(), seen, names));
}

/// Follows the kernel and the machines for as long as the service runs. Sleeps while nothing happens.
async fn follow(context: Arc<Context>, connection: Connection, seen: Seen, mut names: Names) {
    let changed = Arc::downgrade(&context);
    // Whoever changes much at once is looked at once: a notice that was not taken yet is the same notice.
    let tell = move || changed.upgrade().map(|context| context.devices_changed.notify_one()).is_some();
    if let Err(error) = Watch::new(&context.root).and_then(|watch| watch.follow(tell)) {
        tracing::warn!(%error, "Devices that come and go are seen when a machine changes");
    }
    loop {
        context.devices_changed.notified().await;
        tokio::time::sleep(SETTLE).await;
        show(&context, &connection, &seen, &mut names, true).await;
    }
}

/// Reads everything anew and tells what is different.
async fn show(context: &Arc<Context>, connection: &Connection, Seen { state, host }: &Seen, names: &mut Names, announce: bool) {
    let number = state.shared.begun.fetch_add(1, Ordering::AcqRel) + 1;
    let known = *state.shared.turn.lock().await;
    let mut found = look(context, names).await;
    let turn = state.shared.turn.lock().await;
    if *turn != known {
        // Some devices were read and shown meanwhile, and may be newer there than here.
        found = look(context, names).await;
    }
    let Some(Found { devices, namespaces, scsi, parts, usb, inputs }) = found else {
        tracing::error!("The devices could not be read");
        return;
    };
    let records = records(context, devices);
    let before = state.put(records.clone());
    report(tell(context, connection, state, &before, &records, announce).await);
    drop(turn);
    shown::show::<Usb>(connection, &state.usb, usb_bus::records(context, usb), announce).await;
    shown::show::<HostInput>(connection, &state.inputs, input::records(context, &inputs), announce).await;
    shown::show::<HostNvme>(connection, &state.nvme, nvme_bus::records(context, namespaces), announce).await;
    shown::show::<HostScsi>(connection, &state.scsi, scsi_bus::records(context, scsi), announce).await;
    shown::show::<HostMediated>(connection, &state.mediated, mediated::record(context, parts), announce).await;
    let shows_left = show_left(context, connection, host, announce).await;
    state.shared.shows_left.store(shows_left, Ordering::Release);
    context.usb.rules.look();
    state.shared.ended.store(number, Ordering::Release);
    state.shared.looked.notify_waiters();
}

/// All that is shown of the host's devices.
struct Found {
    devices: Devices,
    namespaces: Vec<nvme::Namespace>,
    scsi: scsi::Devices,
    parts: mdev::Mediated,
    usb: usb::Devices,
    inputs: inputs::Inputs,
}

async fn look(context: &Context, names: &mut Names) -> Option<Found> {
    let (root, mut known) = (context.root.clone(), std::mem::take(names));
    let read = tokio::task::spawn_blocking(move || {
        let devices = pci::read(&root, &mut known);
        let namespaces = nvme::read(&root, &devices);
        let (scsi, parts) = (scsi::read(&root), mdev::read(&root));
        (Found { devices, namespaces, scsi, parts, usb: usb::read(&root), inputs: inputs::read(&root) }, known)
    });
    let (found, known) = read.await.ok()?;
    *names = known;
    Some(found)
}

fn report(told: zbus::Result<()>) {
    if let Err(error) = told {
        tracing::debug!(%error, "A change of a device was not told");
    }
}

/// Shows what changes could neither do nor undo. What is new of it is in the log, with what puts it back. Says whether there
/// is any.
async fn show_left(context: &Arc<Context>, connection: &Connection, host: &HostState, announce: bool) -> bool {
    let reader = Arc::clone(context);
    let read = move || left::find(&reader.root, &reader.store.journal(), |device| reader.changing.hold(device));
    let left = match tokio::task::spawn_blocking(read).await {
        Ok(Ok(left)) => left,
        Ok(Err(error)) => {
            tracing::warn!(%error, "It is not known what changes of devices left behind");
            return true;
        }
        Err(error) => {
            tracing::error!(%error, "It is not known what changes of devices left behind");
            return true;
        }
    };
    let is_any = !left.is_empty();
    for new in left.iter().filter(|left| !host.get().left.contains(left)) {
        let (device, operation, repair) = (new.device, &new.operation, new.repair.join("; "));
        tracing::error!(%device, operation, driver = new.driver, before = new.before, hangs = new.hangs, repair, "A device could not be put back");
    }
    let changed = host.update(|record| record.left = left);
    if announce
        && !changed.is_empty()
        && let Err(error) = send_changed(connection, &path(), interface::HOST, changed).await
    {
        tracing::debug!(%error, "What changes of devices left behind was not told");
    }
    is_any
}

/// The devices with the machines that name them.
fn records(context: &Context, devices: Devices) -> Records {
    let machines = context.inventory.machines();
    let (can_bind, at_boot) = (vfio::is_possible(&context.root), context.at_boot.seen());
    let record = |(address, device): (PciAddress, Arc<Device>)| {
        let theirs = || machines.iter().filter(move |machine| machine.definition.host_devices.contains(&address));
        let active_machine = theirs().find(|machine| machine.is_active()).map(|machine| machine.uuid);
        let mut all: Vec<_> = theirs().map(|machine| machine.uuid).collect();
        all.sort_unstable();
        let has_passthrough = can_bind && has_passthrough(&device);
        let is_persistent = at_boot.takes(address, &device);
        let has_persistent_functions = at_boot.makes(address, &device);
        let record = Record { address, device, machines: all, active_machine, has_passthrough, is_persistent, has_persistent_functions };
        (address, Arc::new(record))
    };
    devices.into_iter().map(record).collect()
}

/// The properties that are not as they were.
pub fn different<V: PartialEq>(before: &HashMap<&'static str, V>, mut after: HashMap<&'static str, V>) -> HashMap<&'static str, V> {
    after.retain(|name, value| before.get(name) != Some(value));
    after
}

/// A part of the fabric is never given away, and without an IOMMU nothing is.
fn has_passthrough(device: &Device) -> bool {
    device.group.is_some() && !device.is_bridge()
}

async fn tell(
    context: &Arc<Context>,
    connection: &Connection,
    state: &State,
    before: &Records,
    after: &Records,
    announce: bool,
) -> zbus::Result<()> {
    let server = connection.object_server();
    for address in before.keys().filter(|address| !after.contains_key(address)) {
        let path = object(*address);
        server.remove::<HostDevice, _>(path.clone()).await?;
        // There may have been none.
        let _ = server.remove::<Passthrough, _>(path.clone()).await;
        withdraw_all(connection, &path, &[interface::HOST_DEVICE, interface::PASSTHROUGH]).await?;
    }
    for (address, record) in after {
        let path = object(*address);
        match before.get(address) {
            Some(known) if known == record => {}
            // What never changes of a device did: another one sits in its place.
            Some(known) if known.device.ids != record.device.ids || known.device.class != record.device.class => {
                withdraw_all(connection, &path, &[interface::HOST_DEVICE, interface::PASSTHROUGH]).await?;
                announce_device(connection, record).await?;
            }
            Some(known) => {
                let changed = different(&known.properties(), record.properties());
                if !changed.is_empty() {
                    send_changed(connection, &path, interface::HOST_DEVICE, changed).await?;
                }
                let changed = different(&known.passthrough_properties(), record.passthrough_properties());
                if record.has_passthrough && !changed.is_empty() {
                    send_changed(connection, &path, interface::PASSTHROUGH, changed).await?;
                }
            }
            None => {
                server.at(path.clone(), HostDevice { address: *address, state: state.clone() }).await?;
                if record.has_passthrough {
                    let passthrough = Passthrough { context: Arc::clone(context), address: *address, state: state.clone() };
                    server.at(path, passthrough).await?;
                }
                if announce {
                    announce_device(connection, record).await?;
                }
            }
        }
    }
    Ok(())
}
