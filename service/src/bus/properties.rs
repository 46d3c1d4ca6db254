//! The properties of a machine's object, in one place: what signals and `GetManagedObjects` send.

use std::collections::HashMap;

use dbus::interface;
use serde::{Serialize, Serializer, ser::SerializeMap};
use zbus::{Array, Connection, ObjectPath, Type, Variant, names::BusName};

use super::{device, looking_glass};
use crate::inventory::Machine;

type Property = (&'static str, fn(&Machine) -> Variant<'_>);

/// Every property. A test compares them with what the object itself answers.
const PROPERTIES: &[Property] = &[
    ("UUID", |machine| machine.uuid.to_string().into()),
    ("Name", |machine| text(&machine.name)),
    ("Title", |machine| text(&machine.title)),
    ("Description", |machine| text(&machine.description)),
    ("State", |machine| u32::from(machine.state).into()),
    ("StateReason", |machine| u32::from(machine.reason).into()),
    ("Persistent", |machine| machine.persistent.into()),
    ("Autostart", |machine| machine.autostart.into()),
    ("HasSavedState", |machine| machine.saved.into()),
    ("HasUnappliedChanges", |machine| (!machine.unapplied.is_empty()).into()),
    ("UnappliedChanges", |machine| texts(&machine.unapplied)),
    ("Locked", |machine| machine.locked.into()),
    ("Stalled", |machine| machine.stalled.into()),
    ("Memory", |machine| machine.memory.into()),
    ("MaximumMemory", |machine| machine.maximum_memory.into()),
    ("MemoryUsed", |machine| machine.memory_used.into()),
    ("Vcpus", |machine| machine.vcpus.into()),
    ("MaximumVcpus", |machine| machine.maximum_vcpus.into()),
    ("OsId", |machine| text(&machine.os.id)),
    ("OsName", |machine| text(&machine.os.name)),
    ("Group", |machine| text(&machine.group)),
    ("Tags", |machine| structures(&machine.tags)),
    ("Addresses", |machine| structures(&machine.addresses)),
    ("LastStopReason", |machine| u32::from(machine.last_stop).into()),
    ("LastStopTime", |machine| machine.last_stop_time.into()),
    ("Warnings", |machine| texts(&machine.warnings)),
];

/// All properties and their values, as `a{sv}`.
pub struct All<'a>(pub &'a Machine);

impl Serialize for All<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(PROPERTIES.len()))?;
        for (name, value) in PROPERTIES {
            map.serialize_entry(name, &value(self.0))?;
        }
        map.end()
    }
}

impl Type for All<'_> {
    const SIGNATURE: &'static zbus::Signature = <HashMap<&str, Variant<'_>>>::SIGNATURE;
}

/// The properties that differ.
pub fn changed<'a>(before: &Machine, after: &'a Machine) -> HashMap<&'static str, Variant<'a>> {
    let differs = |(name, value): &Property| {
        let after = value(after);
        (value(before) != after).then_some((*name, after))
    };
    PROPERTIES.iter().filter_map(differs).collect()
}

fn text(value: &str) -> Variant<'_> {
    value.into()
}

fn texts(values: &[Box<str>]) -> Variant<'_> {
    values.iter().map(|value| &**value).collect::<Vec<&str>>().into()
}

/// An array of structures. The element's signature comes from its type, for an empty array has no element to ask.
pub fn structures<T: Clone + Type + Into<Variant<'static>>>(values: &[T]) -> Variant<'static> {
    let mut array = Array::new(T::SIGNATURE);
    for value in values {
        // The element has the array's signature by its type.
        let _ = array.append(value.clone().into());
    }
    Variant::Array(array)
}

/// Sends one `PropertiesChanged`.
///
/// # Errors
/// If the bus is gone.
pub async fn send_changed(
    connection: &Connection,
    object: &ObjectPath<'_>,
    interface: &str,
    changed: HashMap<&str, Variant<'_>>,
) -> zbus::Result<()> {
    let body = (interface, changed, Vec::<&str>::new());
    connection.emit_signal(None::<BusName<'_>>, object, "org.freedesktop.DBus.Properties", "PropertiesChanged", &body).await
}

/// Sends what changed about a machine, and of the devices that it has.
///
/// # Errors
/// If the bus is gone.
pub async fn send_machine(connection: &Connection, before: &Machine, after: &Machine, has_device: bool) -> zbus::Result<()> {
    let changes = changed(before, after);
    if !changes.is_empty() {
        send_changed(connection, &after.path().as_path(), interface::MACHINE, changes).await?;
    }
    let of_host = [(interface::DEVICE, device::changed(before, after)), (interface::LOOKING_GLASS, looking_glass::changed(before, after))];
    for (interface, changes) in of_host.into_iter().filter(|(_, changes)| has_device && !changes.is_empty()) {
        send_changed(connection, &after.path().as_path(), interface, changes).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use dbus::machine::{State, Tag};

    #[test]
    fn only_what_changed_is_sent() {
        let before = Machine::default();
        let after = Machine { state: State::Running, ..Machine::default() };
        let changed = changed(&before, &after);
        assert_eq!(changed.keys().copied().collect::<Vec<_>>(), ["State"]);
        assert_eq!(changed["State"], Variant::from(1_u32));
    }

    #[test]
    fn empty_lists_keep_their_type() {
        let value = |name: &str, machine: &Machine| {
            let (_, value) = PROPERTIES.iter().find(|(known, _)| *known == name).unwrap();
            value(machine).value_signature().to_string()
        };
        assert_eq!(value("Tags", &Machine::default()), "a(ss)");
        assert_eq!(value("Addresses", &Machine::default()), "a(sss)");
        assert_eq!(value("Warnings", &Machine::default()), "as");
        let tagged = Machine { tags: [Tag { name: "a".into(), colour: String::new() }].into(), ..Machine::default() };
        assert_eq!(value("Tags", &tagged), "a(ss)");
    }
}
