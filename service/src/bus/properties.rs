//! The properties of a machine's object, in one place: what signals and `GetManagedObjects` send.

use std::collections::HashMap;

use dbus::interface;
use serde::{Serialize, Serializer, ser::SerializeMap};
use zbus::{Array, Connection, ObjectPath, Type, Variant, names::BusName};

use super::{device, value::Value};
use crate::inventory::Machine;

type Property = (&'static str, fn(&Machine) -> Value<'_>);

/// Every property. A test compares them with what the object itself answers.
const PROPERTIES: &[Property] = &[
    ("UUID", |machine| Value::Uuid(machine.uuid)),
    ("Name", |machine| Value::Text(&machine.name)),
    ("Title", |machine| Value::Text(&machine.title)),
    ("Description", |machine| Value::Text(&machine.definition.description)),
    ("State", |machine| u32::from(machine.state).into()),
    ("StateReason", |machine| u32::from(machine.reason).into()),
    ("Persistent", |machine| machine.persistent.into()),
    ("Autostart", |machine| machine.autostart.into()),
    ("HasSavedState", |machine| machine.saved.into()),
    ("HasUnappliedChanges", |machine| (!machine.definition.unapplied.is_empty()).into()),
    ("UnappliedChanges", |machine| Value::Texts(&machine.definition.unapplied)),
    ("Locked", |machine| machine.locked.into()),
    ("Stalled", |machine| machine.stalled.into()),
    ("Memory", |machine| machine.memory.into()),
    ("MaximumMemory", |machine| machine.maximum_memory.into()),
    ("MemoryUsed", |machine| machine.memory_used.into()),
    ("Vcpus", |machine| machine.vcpus.into()),
    ("MaximumVcpus", |machine| machine.maximum_vcpus.into()),
    ("OsId", |machine| Value::Text(&machine.os.id)),
    ("OsName", |machine| Value::Text(&machine.os.name)),
    ("Group", |machine| Value::Text(&machine.definition.group)),
    ("Tags", |machine| Value::Tags(&machine.definition.tags)),
    ("Addresses", |machine| Value::Addresses(&machine.addresses)),
    ("LastStopReason", |machine| u32::from(machine.last_stop).into()),
    ("LastStopTime", |machine| machine.last_stop_time.into()),
    ("LastStartTime", |machine| machine.last_start_time.into()),
    ("GuestAgent", |machine| u32::from(machine.agent).into()),
    ("Warnings", |machine| Value::Texts(&machine.definition.warnings)),
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

/// Which properties of a machine have changed: a bit for each of [`PROPERTIES`], and those of the devices that it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes(u32, device::Changes);

const _: () = assert!(PROPERTIES.len() <= 32, "a bit for each");

impl Changes {
    /// Those that differ.
    pub fn between(before: &Machine, after: &Machine) -> Self {
        let differs = |(_, value): &Property| value(before) != value(after);
        let bits = PROPERTIES.iter().enumerate().filter(|(_, property)| differs(property)).map(|(index, _)| 1 << index);
        Self(bits.sum(), device::Changes::between(before, after))
    }

    /// These and others.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0, self.1.and(other.1))
    }

    fn values(self, machine: &Machine) -> HashMap<&'static str, Value<'_>> {
        let has = |index: usize| self.0 & (1 << index) != 0;
        PROPERTIES.iter().enumerate().filter(|(index, _)| has(*index)).map(|(_, (name, value))| (*name, value(machine))).collect()
    }
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
    changed: HashMap<&str, impl Serialize + Type + Sync>,
) -> zbus::Result<()> {
    let body = (interface, changed, Vec::<&str>::new());
    connection.emit_signal(None::<BusName<'_>>, object, "org.freedesktop.DBus.Properties", "PropertiesChanged", &body).await
}

/// Sends what changed about a machine, and of the devices that it has, as it is now.
///
/// # Errors
/// If the bus is gone.
pub async fn send_machine(connection: &Connection, changes: Changes, machine: &Machine, has_device: bool) -> zbus::Result<()> {
    let (own, devices) = (changes.values(machine), changes.1.values(machine));
    if !own.is_empty() {
        send_changed(connection, &machine.path().as_path(), interface::MACHINE, own).await?;
    }
    if has_device && !devices.is_empty() {
        send_changed(connection, &machine.path().as_path(), interface::DEVICE, devices).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::inventory::Definition;
    use dbus::machine::{State, Tag};
    use zbus::as_variant::to_owned_variant;

    #[test]
    fn only_what_changed_is_sent() {
        let before = Machine::default();
        let after = Machine { state: State::Running, ..Machine::default() };
        let changed = Changes::between(&before, &after).values(&after);
        assert_eq!(changed.keys().copied().collect::<Vec<_>>(), ["State"]);
        assert_eq!(changed["State"], Value::U32(1));
    }

    #[test]
    fn empty_lists_keep_their_type() {
        let value = |name: &str, machine: &Machine| {
            let (_, value) = PROPERTIES.iter().find(|(known, _)| *known == name).unwrap();
            to_owned_variant(&value(machine)).unwrap().value_signature().to_string()
        };
        assert_eq!(value("Tags", &Machine::default()), "a(ss)");
        assert_eq!(value("Addresses", &Machine::default()), "a(sss)");
        assert_eq!(value("Warnings", &Machine::default()), "as");
        let tags = [Tag { name: "a".into(), colour: String::new() }].into();
        let tagged = Machine { definition: Arc::new(Definition { tags, ..Definition::default() }), ..Machine::default() };
        assert_eq!(value("Tags", &tagged), "a(ss)");
    }
}
