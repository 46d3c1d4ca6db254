//! Keeps the objects of the host's devices equal to the host: what the kernel tells in, signals out.

mod object;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use dbus::interface;
use tokio::sync::Notify;
use zbus::{Connection, ObjectPath, Variant};

pub use object::{HostDevice, Record, object};

use super::{
    host::HostState,
    input::{self, HostInput, InputRecord},
    mediated::{self, HostMediated, MediatedRecord},
    nvme::{self as nvme_bus, HostNvme, NvmeRecord},
    objects::{announce_device, withdraw_all},
    passthrough::Passthrough,
    properties::send_changed,
    usb::{Usb, UsbRecord, properties, records as records_of_usb},
};
use crate::{
    context::Context,
    host::{
        input as inputs, left, mdev, nvme,
        pci::{self, Device, Devices, Names, PciAddress},
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
pub struct State(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    records: RwLock<Records>,
    usb: RwLock<Arc<Vec<UsbRecord>>>,
    inputs: RwLock<Arc<Vec<InputRecord>>>,
    nvme: RwLock<Arc<Vec<NvmeRecord>>>,
    mediated: RwLock<Arc<MediatedRecord>>,
    /// Told after every look at the host.
    looked: Notify,
    /// The number of the latest look, and of the latest that shows.
    begun: AtomicU64,
    ended: AtomicU64,
}

impl State {
    /// Every record.
    pub fn all(&self) -> Records {
        self.0.records.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The USB devices.
    pub fn usb(&self) -> Arc<Vec<UsbRecord>> {
        Arc::clone(&self.0.usb.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The keyboards and mice.
    pub fn inputs(&self) -> Arc<Vec<InputRecord>> {
        Arc::clone(&self.0.inputs.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Shows other keyboards and mice. Returns whether anything differs.
    fn put_inputs(&self, records: Vec<InputRecord>) -> bool {
        let mut place = self.0.inputs.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = **place != records;
        *place = Arc::new(records);
        is_new
    }

    /// The NVMe namespaces.
    pub fn nvme(&self) -> Arc<Vec<NvmeRecord>> {
        Arc::clone(&self.0.nvme.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Shows other NVMe namespaces. Returns whether anything differs.
    fn put_nvme(&self, records: Vec<NvmeRecord>) -> bool {
        let mut place = self.0.nvme.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = **place != records;
        *place = Arc::new(records);
        is_new
    }

    /// The mediated devices.
    pub fn mediated(&self) -> Arc<MediatedRecord> {
        Arc::clone(&self.0.mediated.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Shows other mediated devices. Returns whether anything differs.
    fn put_mediated(&self, record: MediatedRecord) -> bool {
        let mut place = self.0.mediated.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = **place != record;
        *place = Arc::new(record);
        is_new
    }

    /// Shows other USB devices. Returns whether anything differs.
    fn put_usb(&self, records: Vec<UsbRecord>) -> bool {
        let mut place = self.0.usb.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = **place != records;
        *place = Arc::new(records);
        is_new
    }

    /// Something of a device's record.
    pub fn of<T>(&self, address: PciAddress, read: impl FnOnce(&Record) -> T) -> zbus::fdo::Result<T> {
        let records = self.0.records.read().unwrap_or_else(PoisonError::into_inner);
        records.get(&address).map(|record| read(record)).ok_or_else(|| zbus::fdo::Error::UnknownObject("No such device".into()))
    }

    /// Waits until what is so now shows: for a look at the host that begins after this. Not for ever, for what was done is
    /// done whether it shows or not.
    pub async fn shown(&self, context: &Context) {
        let needed = self.0.begun.load(Ordering::Acquire) + 1;
        context.devices_changed.notify_one();
        let show = async {
            loop {
                let looked = self.0.looked.notified();
                if self.0.ended.load(Ordering::Acquire) >= needed {
                    return;
                }
                looked.await;
            }
        };
        // Either way the caller goes on.
        let _ = tokio::time::timeout(SHOWS_WITHIN, show).await;
    }

    fn put(&self, records: Records) -> Records {
        std::mem::replace(&mut self.0.records.write().unwrap_or_else(PoisonError::into_inner), records)
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
    if let Err(error) = connection.object_server().at(path(), Usb(state.clone())).await {
        tracing::error!(%error, "USB devices could not be put on the bus");
    }
    if let Err(error) = connection.object_server().at(path(), HostInput(state.clone())).await {
        tracing::error!(%error, "Keyboards and mice could not be put on the bus");
    }
    if let Err(error) = connection.object_server().at(path(), HostNvme(state.clone())).await {
        tracing::error!(%error, "NVMe namespaces could not be put on the bus");
    }
    if let Err(error) = connection.object_server().at(path(), HostMediated(state.clone())).await {
        tracing::error!(%error, "Mediated devices could not be put on the bus");
    }
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
    let number = state.0.begun.fetch_add(1, Ordering::AcqRel) + 1;
    let (root, mut known) = (context.root.clone(), std::mem::take(names));
    let read = tokio::task::spawn_blocking(move || {
        let devices = pci::read(&root, &mut known);
        let namespaces = nvme::read(&root, &devices);
        (devices, namespaces, mdev::read(&root), usb::read(&root), inputs::read(&root), known)
    });
    let Ok((devices, namespaces, parts, usb, inputs, known)) = read.await else {
        tracing::error!("The devices could not be read");
        return;
    };
    *names = known;
    let records = records(context, devices);
    let before = state.put(records.clone());
    if let Err(error) = tell(context, connection, state, &before, &records, announce).await {
        tracing::debug!(%error, "A change of a device was not told");
    }
    if state.put_usb(records_of_usb(context, usb))
        && announce
        && let Err(error) = send_changed(connection, &path(), interface::USB, properties(&state.usb())).await
    {
        tracing::debug!(%error, "A change of a USB device was not told");
    }
    if state.put_inputs(input::records(context, &inputs))
        && announce
        && let Err(error) = send_changed(connection, &path(), interface::HOST_INPUT, input::properties(&state.inputs())).await
    {
        tracing::debug!(%error, "A change of a keyboard or mouse was not told");
    }
    if state.put_nvme(nvme_bus::records(context, namespaces))
        && announce
        && let Err(error) = send_changed(connection, &path(), interface::HOST_NVME, nvme_bus::properties(&state.nvme())).await
    {
        tracing::debug!(%error, "A change of an NVMe namespace was not told");
    }
    if state.put_mediated(mediated::record(context, parts))
        && announce
        && let Err(error) = send_changed(connection, &path(), interface::HOST_MEDIATED, mediated::properties(&state.mediated())).await
    {
        tracing::debug!(%error, "A change of a mediated device was not told");
    }
    show_left(context, connection, host, announce).await;
    context.usb.rules.look();
    state.0.ended.store(number, Ordering::Release);
    state.0.looked.notify_waiters();
}

/// Shows what changes could neither do nor undo. What is new of it is in the log, with what puts it back.
async fn show_left(context: &Arc<Context>, connection: &Connection, host: &HostState, announce: bool) {
    let reader = Arc::clone(context);
    let read = move || left::find(&reader.root, &reader.store.journal(), |device| reader.changing.hold(device));
    let left = match tokio::task::spawn_blocking(read).await {
        Ok(Ok(left)) => left,
        Ok(Err(error)) => return tracing::warn!(%error, "It is not known what changes of devices left behind"),
        Err(error) => return tracing::error!(%error, "It is not known what changes of devices left behind"),
    };
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
}

/// The devices with the machines that name them.
fn records(context: &Context, devices: Devices) -> Records {
    let machines = context.inventory.machines();
    let (can_bind, at_boot) = (vfio::is_possible(&context.root), context.at_boot.seen());
    let record = |(address, device): (PciAddress, Arc<Device>)| {
        let theirs = || machines.iter().filter(move |machine| machine.host_devices.contains(&address));
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
pub fn different<'a>(
    before: &HashMap<&'static str, Variant<'static>>,
    mut after: HashMap<&'static str, Variant<'a>>,
) -> HashMap<&'static str, Variant<'a>> {
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
