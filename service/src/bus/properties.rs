//! The properties of a machine's object, in one place: what signals and `GetManagedObjects` send.

use std::collections::HashMap;

use dbus::{interface, path};
use zbus::{Array, Connection, ObjectPath, Signature, Variant, names::BusName};

use crate::inventory::Machine;

type Property = (&'static str, fn(&Machine) -> Variant<'static>);

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
    ("OsId", |machine| text(&machine.os_id)),
    ("OsName", |machine| machine.os_name().into()),
    ("Group", |machine| text(&machine.group)),
    ("Tags", |machine| structures(&machine.tags, "(ss)")),
    ("Addresses", |machine| structures(&machine.addresses, "(sss)")),
    ("LastStopReason", |machine| u32::from(machine.last_stop).into()),
    ("LastStopTime", |machine| machine.last_stop_time.into()),
    ("Warnings", |machine| texts(&machine.warnings)),
];

/// All properties and their values.
pub fn all(machine: &Machine) -> HashMap<&'static str, Variant<'static>> {
    PROPERTIES.iter().map(|(name, value)| (*name, value(machine))).collect()
}

/// The properties that differ.
pub fn changed(before: &Machine, after: &Machine) -> HashMap<&'static str, Variant<'static>> {
    let differs = |(name, value): &Property| {
        let after = value(after);
        (value(before) != after).then_some((*name, after))
    };
    PROPERTIES.iter().filter_map(differs).collect()
}

fn text(value: &str) -> Variant<'static> {
    value.to_owned().into()
}

fn texts(values: &[Box<str>]) -> Variant<'static> {
    values.iter().map(std::string::ToString::to_string).collect::<Vec<_>>().into()
}

/// An array of structures. The signature is given, for an empty one has no element to take it from.
fn structures<T: Clone + Into<Variant<'static>>>(values: &[T], signature: &'static str) -> Variant<'static> {
    let Ok(signature) = Signature::try_from(signature) else { return Variant::from(0_u8) };
    let mut array = Array::new(&signature);
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

/// Sends what changed about a machine.
///
/// # Errors
/// If the bus is gone.
pub async fn send_machine(connection: &Connection, before: &Machine, after: &Machine) -> zbus::Result<()> {
    let changed = changed(before, after);
    if changed.is_empty() {
        return Ok(());
    }
    send_changed(connection, &path::machine(after.uuid), interface::MACHINE, changed).await
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
        let all = all(&Machine::default());
        assert_eq!(all["Tags"].value_signature(), "a(ss)");
        assert_eq!(all["Addresses"].value_signature(), "a(sss)");
        let tagged = Machine { tags: [Tag { name: "a".into(), colour: String::new() }].into(), ..Machine::default() };
        assert_eq!(super::all(&tagged)["Tags"].value_signature(), "a(ss)");
    }
}
