//! Mediated devices of the host in a definition: `<hostdev type='mdev'>`.

use super::host::HostDevice;
use crate::Error;
use crate::patch::{Path, fragment, insert_after, insert_child, remove_attribute, remove_element, set_attribute};
use crate::xml::Tree;
use uuid::Uuid;

/// A part of a card that is to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mediated {
    /// Its UUID.
    pub uuid: Uuid,
    /// Whether its screen is one of the machine's.
    pub display: bool,
    /// Whether there is a picture before the guest has a driver for it; only with `display`.
    pub ramfb: bool,
}

/// Gives a part to the machine, or the one that it has these properties.
///
/// # Errors
/// Those of [`Tree::parse`]; `Missing` without `<devices>`; `Invalid` for `ramfb` without `display`.
pub fn give(xml: &str, wanted: Mediated) -> Result<String, Error> {
    if wanted.ramfb && !wanted.display {
        return Err(Error::Invalid { what: "ramfb without display" });
    }
    let on = |is_on: bool| if is_on { "on" } else { "off" };
    if let Some(position) = position(xml, wanted.uuid)? {
        let text = put(xml, position, "display", wanted.display)?;
        return put(&text, position, "ramfb", wanted.ramfb);
    }
    let root = Path::root();
    let mut attributes = vec![("mode", "subsystem"), ("type", "mdev"), ("model", "vfio-pci"), ("display", on(wanted.display))];
    if wanted.ramfb {
        attributes.push(("ramfb", "on"));
    }
    let address = fragment("address", &[("uuid", &*wanted.uuid.to_string())], "")?;
    let source = insert_child(&fragment("source", &[], "")?, &root, &address)?;
    let element = insert_child(&fragment("hostdev", &attributes, "")?, &root, &source)?;
    let tree = Tree::parse(xml)?;
    let devices = tree.root().child("devices").ok_or(Error::Missing { what: "<devices>" })?;
    match devices.children_named("hostdev").count() {
        0 => insert_child(xml, &root.child("devices"), &element),
        count => insert_after(xml, &all().at(count), &element),
    }
}

/// Takes a part away. One that is not there is left out.
///
/// # Errors
/// As [`give`].
pub fn take(xml: &str, uuid: Uuid) -> Result<String, Error> {
    let mut text = xml.to_owned();
    while let Some(position) = position(&text, uuid)? {
        text = remove_element(&text, &all().at(position))?;
    }
    Ok(text)
}

fn all() -> Path {
    Path::root().child("devices").child("hostdev")
}

fn position(xml: &str, uuid: Uuid) -> Result<Option<usize>, Error> {
    let tree = Tree::parse(xml)?;
    let devices = tree.root().child("devices").ok_or(Error::Missing { what: "<devices>" })?;
    let is_it = |device: &HostDevice| device.kind == "mdev" && Uuid::parse_str(&device.source).is_ok_and(|known| known == uuid);
    Ok(devices.children_named("hostdev").position(|device| is_it(&HostDevice::read(&device))).map(|index| index + 1))
}

/// Switches an attribute; one that is not there is off.
fn put(xml: &str, position: usize, name: &str, is_on: bool) -> Result<String, Error> {
    let path = all().at(position);
    let tree = Tree::parse(xml)?;
    let known = path.find(&tree)?.attribute(name).map(std::borrow::Cow::into_owned);
    match (known.as_deref(), is_on) {
        (Some("on"), false) if name == "ramfb" => remove_attribute(xml, &path, name),
        (Some("on"), false) => set_attribute(xml, &path, name, "off"),
        (Some("on"), true) | (_, false) => Ok(xml.to_owned()),
        (_, true) => set_attribute(xml, &path, name, "on"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

    const UUID: Uuid = Uuid::from_u128(0xc2177883_f1bb_47f0_914d_32a22e3a8804);
    const XML: &str = "<domain type='kvm'>
  <name>a</name>
  <devices>
    <hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/><product id='0x2'/></source></hostdev> <!-- kept -->
    <memballoon model='none'/>
  </devices>
</domain>";

    fn plain() -> Mediated {
        Mediated { uuid: UUID, display: false, ramfb: false }
    }

    #[test]
    fn a_picture_at_start_needs_a_display() {
        assert_eq!(give(XML, Mediated { ramfb: true, ..plain() }), Err(Error::Invalid { what: "ramfb without display" }));
    }

    #[test]
    fn a_part_is_given_changed_and_taken_away_to_the_last_byte() {
        let given = give(XML, plain()).unwrap();
        let expected = concat!(
            "<hostdev mode=\"subsystem\" type=\"mdev\" model=\"vfio-pci\" display=\"off\"><source>",
            "<address uuid=\"c2177883-f1bb-47f0-914d-32a22e3a8804\"/></source></hostdev>"
        );
        assert!(given.contains(expected), "{given}");
        assert_eq!(Machine::parse(&given).unwrap().host_devices[1].source, UUID.to_string());
        let shown = give(&given, Mediated { display: true, ramfb: true, ..plain() }).unwrap();
        assert!(shown.contains("display=\"on\" ramfb=\"on\""), "{shown}");
        assert_eq!(give(&shown, Mediated { display: true, ramfb: true, ..plain() }).unwrap(), shown);
        assert_eq!(give(&shown, plain()).unwrap(), given, "off again is as it was");
        assert_eq!(take(&given, UUID).unwrap(), XML);
        assert_eq!(take(XML, UUID).unwrap(), XML);
    }
}
