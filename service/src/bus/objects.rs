//! `org.freedesktop.DBus.ObjectManager`, answered from the inventory.
//!
//! The library's own asks every object for every property, and announces every object one by one while the service
//! starts; with a thousand machines both take many times as long.

use std::{collections::HashMap, sync::Arc};

use dbus::{interface, path};
use serde::{Serialize, Serializer, ser::SerializeMap};
use uuid::Uuid;
use zbus::{Connection, ObjectPath, Signature, Type, Variant, interface, message::Header, object_server::SignalEmitter};

use super::{
    HostDevices, HostState, at_boot,
    device::{self, Device as DeviceObject},
    hand_over::{self, HandOver as HandOverObject},
    host::HostRecord,
    host_device::{Record, Shows, object},
    hugepages,
    input::{HostInput, InputRecord},
    job,
    machine::Machine as MachineObject,
    mediated::{HostMediated, MediatedRecord},
    nvme::{HostNvme, NvmeRecord},
    properties::All,
    scsi::{HostScsi, ScsiRecord},
    topology,
    usb::{Usb, UsbRecord},
    value::Value,
};
use crate::{
    context::Context,
    error::Reply,
    inventory::{Entry, Machine},
    job::Job,
    workflow::{hand_over::Shown, hugepages::Seen},
};

/// Everything below the root, as `a{oa{sa{sv}}}`.
struct Managed {
    machines: Vec<Arc<Machine>>,
    jobs: Vec<Arc<Job>>,
    host: HostRecord,
    /// Of this computer's own host.
    seen: Option<Arc<Seen>>,
    at_boot: Arc<at_boot::Seen>,
    devices: Vec<Arc<Record>>,
    usb: Arc<Vec<UsbRecord>>,
    inputs: Arc<Vec<InputRecord>>,
    nvme: Arc<Vec<NvmeRecord>>,
    scsi: Arc<Vec<ScsiRecord>>,
    mediated: Arc<MediatedRecord>,
    /// Whether machines have devices of the host.
    has_device: bool,
    context: Arc<Context>,
    /// Who has the host's screen.
    shown: Shown,
}

impl Type for Managed {
    const SIGNATURE: &'static Signature = <HashMap<ObjectPath<'_>, HashMap<&str, HashMap<&str, Variant<'_>>>>>::SIGNATURE;
}

impl Serialize for Managed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.machines.len() + self.jobs.len() + self.devices.len() + 1))?;
        map.serialize_entry(&ObjectPath::from_static_str_unchecked(path::HOST), &self.host_interfaces())?;
        for device in &self.devices {
            map.serialize_entry(&object(device.address), &interfaces(device))?;
        }
        for machine in &self.machines {
            map.serialize_entry(&machine.path(), &OfMachine { machine, context: &self.context, shown: &self.shown })?;
        }
        for work in &self.jobs {
            map.serialize_entry(&path::job(work.id), &One(interface::JOB, job::properties(work)))?;
        }
        map.end()
    }
}

impl Managed {
    /// The interfaces of the host with their properties.
    fn host_interfaces(&self) -> HashMap<&'static str, HashMap<&'static str, Variant<'static>>> {
        let mut interfaces = HashMap::from([(interface::HOST, self.host.properties())]);
        if let Some(seen) = &self.seen {
            interfaces.insert(interface::AT_BOOT, at_boot::properties(&self.at_boot));
            interfaces.insert(interface::HUGE_PAGES, hugepages::properties(seen));
            interfaces.insert(interface::READINESS, HashMap::new());
            interfaces.insert(interface::TOPOLOGY, topology::properties(seen));
        }
        if self.has_device {
            interfaces.insert(interface::USB, Usb::properties(&self.usb));
            interfaces.insert(interface::HOST_MEDIATED, HostMediated::properties(&self.mediated));
            interfaces.insert(interface::HOST_NVME, HostNvme::properties(&self.nvme));
            interfaces.insert(interface::HOST_SCSI, HostScsi::properties(&self.scsi));
            interfaces.insert(interface::HOST_INPUT, HostInput::properties(&self.inputs));
        }
        interfaces
    }
}

/// The interfaces of a device with their properties.
fn interfaces(device: &Record) -> HashMap<&'static str, HashMap<&'static str, Variant<'static>>> {
    let mut all = HashMap::from([(interface::HOST_DEVICE, device.properties())]);
    if device.has_passthrough {
        all.insert(interface::PASSTHROUGH, device.passthrough_properties());
    }
    all
}

/// One interface with its properties, as `a{sa{sv}}`.
struct One<P>(&'static str, P);

impl<P: Serialize> Serialize for One<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0, &self.1)?;
        map.end()
    }
}

impl<P> Type for One<P> {
    const SIGNATURE: &'static Signature = <HashMap<&str, HashMap<&str, Variant<'_>>>>::SIGNATURE;
}

/// Properties, as `a{sv}`.
struct Properties<'a>(&'a [(&'static str, Value<'static>)]);

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The interfaces of a machine with their properties, as `a{sa{sv}}`. Lists of all machines are made of it: each allocation here is
/// one for each of them.
struct OfMachine<'a> {
    machine: &'a Machine,
    context: &'a Context,
    /// Who has the host's screen.
    shown: &'a Shown,
}

impl Serialize for OfMachine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { machine, context, shown } = self;
        let (has_device, has_hand_over) = (context.is_for_this_host(), may_hand_over(context));
        let mut map = serializer.serialize_map(Some(1 + usize::from(has_device) + usize::from(has_hand_over)))?;
        map.serialize_entry(interface::MACHINE, &All(machine))?;
        if has_device {
            map.serialize_entry(interface::DEVICE, &Properties(&device::properties(machine, &context.usb.rules.of(machine.uuid))))?;
        }
        if has_hand_over {
            map.serialize_entry(interface::HAND_OVER, &Properties(&hand_over::properties(shown, machine.uuid)))?;
        }
        map.end()
    }
}

/// Whether machines may get the host's screen.
fn may_hand_over(context: &Context) -> bool {
    context.is_for_this_host() && context.hand_over.is_possible
}

impl Type for OfMachine<'_> {
    const SIGNATURE: &'static Signature = <HashMap<&str, HashMap<&str, Variant<'_>>>>::SIGNATURE;
}

/// The object manager below the root.
#[derive(Debug)]
pub struct Objects {
    pub context: Arc<Context>,
    pub host: HostState,
    pub devices: HostDevices,
}

#[interface(name = "org.freedesktop.DBus.ObjectManager", introspection_docs = false)]
impl Objects {
    async fn get_managed_objects(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<Managed, Reply> {
        let _call = self.context.policy.call(&header).await?;
        let context = &self.context;
        let seen =
            if context.libvirt.is_on_this_host() { Some(hugepages::look(context, connection, hugepages::FRESH).await) } else { None };
        let devices = self.devices.all().into_values().collect();
        let (machines, jobs, at_boot) = (context.inventory.machines(), context.jobs.all(), context.at_boot.seen());
        let (has_device, usb, host) = (context.is_for_this_host(), self.devices.usb.get(), self.host.get());
        let (context, inputs, nvme) = (Arc::clone(context), self.devices.inputs.get(), self.devices.nvme.get());
        let (mediated, scsi) = (self.devices.mediated.get(), self.devices.scsi.get());
        let shown = context.hand_over.shown().borrow().clone();
        Ok(Managed { machines, jobs, host, seen, at_boot, devices, usb, inputs, nvme, scsi, mediated, has_device, context, shown })
    }

    #[zbus(signal)]
    async fn interfaces_added(
        emitter: &SignalEmitter<'_>,
        object_path: ObjectPath<'_>,
        interfaces_and_properties: HashMap<&str, HashMap<&str, Variant<'_>>>,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn interfaces_removed(emitter: &SignalEmitter<'_>, object_path: ObjectPath<'_>, interfaces: &[&str]) -> zbus::Result<()>;
}

const INTERFACE: &str = "org.freedesktop.DBus.ObjectManager";

/// Announces a machine that came.
///
/// # Errors
/// If the bus is gone.
pub async fn announce_machine(context: &Context, connection: &Connection, machine: &Machine) -> zbus::Result<()> {
    let shown = context.hand_over.shown().borrow().clone();
    announce(connection, &machine.path().as_path(), OfMachine { machine, context, shown: &shown }).await
}

/// Puts a machine's object on the bus.
///
/// # Errors
/// If the path is taken.
pub async fn put_machine(context: &Arc<Context>, connection: &Connection, entry: Arc<Entry>) -> zbus::Result<()> {
    let (server, path) = (connection.object_server(), entry.machine().path());
    if context.is_for_this_host() {
        server.at(path.as_path(), DeviceObject::new(Arc::clone(context), Arc::clone(&entry))).await?;
    }
    if may_hand_over(context) {
        server.at(path.as_path(), HandOverObject::new(Arc::clone(context), Arc::clone(&entry))).await?;
    }
    server.at(path.as_path(), MachineObject::new(Arc::clone(context), entry)).await.map(drop)
}

/// Takes a machine's object off the bus and announces that.
///
/// # Errors
/// If the bus is gone.
pub async fn take_machine(context: &Context, connection: &Connection, uuid: Uuid) -> zbus::Result<()> {
    let (server, path) = (connection.object_server(), path::machine(uuid));
    server.remove::<MachineObject, _>(path.clone()).await?;
    let mut names = vec![interface::MACHINE];
    if context.is_for_this_host() {
        server.remove::<DeviceObject, _>(path.clone()).await?;
        names.push(interface::DEVICE);
    }
    if may_hand_over(context) {
        server.remove::<HandOverObject, _>(path.clone()).await?;
        names.push(interface::HAND_OVER);
    }
    withdraw_all(connection, &path, &names).await
}

/// Announces a job that began.
///
/// # Errors
/// If the bus is gone.
pub async fn announce_job(connection: &Connection, work: &Job) -> zbus::Result<()> {
    announce(connection, &path::job(work.id), One(interface::JOB, job::properties(work))).await
}

/// Announces a device of the host that came.
///
/// # Errors
/// If the bus is gone.
pub async fn announce_device(connection: &Connection, device: &Record) -> zbus::Result<()> {
    let path: ObjectPath<'_> = object(device.address).into();
    SignalEmitter::new(connection, path::ROOT)?.emit(INTERFACE, "InterfacesAdded", &(path, interfaces(device))).await
}

async fn announce<P: Serialize + Type>(connection: &Connection, path: &ObjectPath<'_>, interfaces: P) -> zbus::Result<()> {
    SignalEmitter::new(connection, path::ROOT)?.emit(INTERFACE, "InterfacesAdded", &(path, interfaces)).await
}

/// Announces that an object went.
///
/// # Errors
/// If the bus is gone.
pub async fn withdraw(connection: &Connection, path: &ObjectPath<'_>, interface: &'static str) -> zbus::Result<()> {
    withdraw_all(connection, path, &[interface]).await
}

/// Announces that an object went, with all these interfaces.
///
/// # Errors
/// If the bus is gone.
pub async fn withdraw_all(connection: &Connection, path: &ObjectPath<'_>, interfaces: &[&str]) -> zbus::Result<()> {
    Objects::interfaces_removed(&SignalEmitter::new(connection, path::ROOT)?, path.clone(), interfaces).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_written_with_the_standard_type() {
        assert_eq!(Managed::SIGNATURE.to_string(), "a{oa{sa{sv}}}");
        assert_eq!(<(ObjectPath<'_>, One<u8>)>::SIGNATURE.to_string(), "(oa{sa{sv}})");
    }
}
