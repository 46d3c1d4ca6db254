//! Signals as they come, read without trust.

use std::collections::HashMap;

use dbus::interface;
use zbus::{
    Message, ObjectPath, OwnedVariant,
    message::Type,
    names::{OwnedUniqueName, UniqueName},
};

use super::{failure, value};
use crate::{Figures, Outcome, Point, Sample, Sampled};

/// Properties by name.
pub(super) type Properties = HashMap<String, OwnedVariant>;
/// Properties by interface.
pub(super) type Interfaces = HashMap<String, Properties>;

const BUS: &str = "org.freedesktop.DBus";

/// What a signal says.
#[derive(Debug)]
pub(super) enum Signal {
    /// Something about the object at this path.
    Object(String, Change),
    /// Live figures.
    Sampled(Sampled),
    /// The service's name went from one to another; either may be nobody.
    Owner { old: Option<OwnedUniqueName>, new: Option<OwnedUniqueName> },
}

/// What happened to an object.
#[derive(Debug)]
pub(super) enum Change {
    /// Some properties of an interface are others.
    Changed(String, Properties),
    /// It is there now, with everything that it has.
    Added(Interfaces),
    /// It is gone.
    Removed,
    /// The job ended.
    Completed(Outcome),
}

/// Reads a message: of the bus itself, or of `owner`; without an owner, of the peer. Anything else is nothing.
pub(super) fn read(message: &Message, owner: Option<&OwnedUniqueName>, is_bus: bool) -> Option<Signal> {
    if message.message_type() != Type::Signal {
        return None;
    }
    let header = message.header();
    let sender = header.sender().map(UniqueName::as_str);
    let (interface, member) = (header.interface()?.as_str(), header.member()?.as_str());
    // Everybody on a bus can send a signal to everybody.
    if is_bus && sender == Some(BUS) {
        return if (interface, member) == (BUS, "NameOwnerChanged") { owner_changed(message) } else { None };
    }
    if is_bus && (owner.is_none() || sender != owner.map(|owner| owner.as_str())) {
        return None;
    }
    let path = header.path()?.as_str();
    let object = |path: &str, change| Some(Signal::Object(path.to_owned(), change));
    match (interface, member) {
        ("org.freedesktop.DBus.Properties", "PropertiesChanged") => {
            let (interface, properties, _): (String, Properties, Vec<String>) = message.body().deserialize().ok()?;
            object(path, Change::Changed(interface, properties))
        }
        ("org.freedesktop.DBus.ObjectManager", "InterfacesAdded") => {
            let body = message.body();
            let (path, interfaces): (ObjectPath<'_>, Interfaces) = body.deserialize().ok()?;
            object(path.as_str(), Change::Added(interfaces))
        }
        ("org.freedesktop.DBus.ObjectManager", "InterfacesRemoved") => {
            let body = message.body();
            let (path, interfaces): (ObjectPath<'_>, Vec<&str>) = body.deserialize().ok()?;
            let is_ours = interfaces.iter().any(|name| [interface::MACHINE, interface::JOB, interface::HOST_DEVICE].contains(name));
            if is_ours { object(path.as_str(), Change::Removed) } else { None }
        }
        (interface::JOB, "Completed") => {
            let body = message.body();
            let (success, name, text, facts): (bool, &str, &str, Properties) = body.deserialize().ok()?;
            let error = (!success).then(|| failure::of_name(name, value::bounded(text), &facts));
            object(path, Change::Completed(Outcome { error }))
        }
        (interface::STATS, "Sampled") => sampled(message),
        _ => None,
    }
}

fn owner_changed(message: &Message) -> Option<Signal> {
    let body = message.body();
    let (name, old, new): (&str, &str, &str) = body.deserialize().ok()?;
    let owner = |name: &str| OwnedUniqueName::try_from(name).ok();
    (name == dbus::BUS_NAME).then(|| Signal::Owner { old: owner(old), new: owner(new) })
}

fn sampled(message: &Message) -> Option<Signal> {
    let body = message.body();
    let (time, host_cpu, host_memory_used, samples): (u64, f64, u64, Vec<dbus::stats::Sample>) = body.deserialize().ok()?;
    let samples = samples.iter().filter_map(|sample| {
        let machine = dbus::path::machine_uuid(sample.machine.as_str())?;
        Some(Sample { machine, point: point(sample) })
    });
    Some(Signal::Sampled(Sampled { time, host_cpu: value::part(host_cpu), host_memory_used, samples: samples.collect() }))
}

fn point(sample: &dbus::stats::Sample) -> Point {
    Point {
        cpu: value::part(sample.cpu),
        host_cpu: value::part(sample.host_cpu),
        memory_used: sample.memory_used,
        memory: sample.memory,
        disk_read: rate(sample.disk_read),
        disk_write: rate(sample.disk_write),
        net_received: rate(sample.net_received),
        net_sent: rate(sample.net_sent),
        read_latency: value::amount(sample.read_latency),
        write_latency: value::amount(sample.write_latency),
        known: Figures::read(sample.flags),
    }
}

/// Bytes per second for a chart.
#[expect(clippy::cast_precision_loss, reason = "figures are drawn; seven digits are more than is seen")]
pub(super) const fn rate(bytes: u64) -> f32 {
    bytes as f32
}
