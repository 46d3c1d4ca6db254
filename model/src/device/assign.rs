//! PCI devices of the host in a definition: given to the guest as one card, and taken away again.

mod taken;

pub use taken::{Taken, put_back, take, unplaced};

use super::host::{HostDevice, pci_address};
use super::interface::Interface;
use super::owned;
use crate::Error;
use crate::patch::{Path, fragment, insert_after, insert_child, set_attribute};
use crate::xml::{Element, Tree};
use std::collections::BTreeSet;

/// Guest slots of an old PCI bus that machines have built in: the host bridge, its functions, and the usual display.
const BUILT_IN_SLOTS: u32 = 3;
const SLOTS: u32 = 32;
/// What a PCI device of the host is in a definition.
const ELEMENTS: [&str; 2] = ["hostdev", "interface"];

/// A function of a PCI device of the host that is to be given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    /// `0000:01:00.0`.
    pub source: String,
    /// Whether libvirt takes the device from its driver and gives it back.
    pub managed: bool,
    /// Whether the guest sees the device's ROM; `None` leaves that to the hypervisor.
    pub rom_bar: Option<bool>,
    /// A file of the host's with the ROM that the guest sees instead of the device's own.
    pub rom_file: Option<String>,
    /// Through iommufd rather than the older interface of the kernel.
    pub iommufd: bool,
    /// As a network card, whose address and VLAN libvirt sets when the machine gets it.
    pub card: Option<NetworkCard>,
}

/// A virtual function as a network card of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkCard {
    /// Its address; libvirt chooses one without.
    pub mac: Option<String>,
    /// Its VLAN.
    pub vlan: Option<u16>,
}

/// Where the guest sees a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    bus: u32,
    slot: u32,
    function: u32,
}

/// Where the guest sees a device that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seat {
    place: Place,
    /// As one function of several.
    is_card: bool,
}

impl Assignment {
    /// The element without a place: libvirt chooses one.
    ///
    /// # Errors
    /// `Invalid` when the source is no address.
    pub fn to_xml(&self) -> Result<String, Error> {
        self.element(None)
    }

    fn element(&self, place: Option<Place>) -> Result<String, Error> {
        let root = Path::root();
        let address = address_of(&self.source)?;
        let managed = if self.managed { "yes" } else { "no" };
        let mut xml = match &self.card {
            None => fragment("hostdev", &[("mode", "subsystem"), ("type", "pci"), ("managed", managed)], "")?,
            Some(_) => fragment("interface", &[("type", "hostdev"), ("managed", managed)], "")?,
        };
        if let Some(mac) = self.card.as_ref().and_then(|card| card.mac.as_deref()) {
            xml = insert_child(&xml, &root, &fragment("mac", &[("address", mac)], "")?)?;
        }
        if self.iommufd {
            xml = insert_child(&xml, &root, &fragment("driver", &[("iommufd", "yes")], "")?)?;
        }
        xml = insert_child(&xml, &root, &fragment("source", &[], "")?)?;
        let address = if self.card.is_some() { set_attribute(&address, &root, "type", "pci")? } else { address };
        xml = insert_child(&xml, &root.clone().child("source"), &address)?;
        if let Some(vlan) = self.card.as_ref().and_then(|card| card.vlan) {
            xml = insert_child(&xml, &root, &fragment("vlan", &[], "")?)?;
            xml = insert_child(&xml, &root.clone().child("vlan"), &fragment("tag", &[("id", &vlan.to_string())], "")?)?;
        }
        let bar = self.rom_bar.map(|bar| ("bar", if bar { "on" } else { "off" }));
        let rom: Vec<(&str, &str)> = bar.into_iter().chain(self.rom_file.as_deref().map(|file| ("file", file))).collect();
        if !rom.is_empty() {
            xml = insert_child(&xml, &root, &fragment("rom", &rom, "")?)?;
        }
        if let Some(place) = place {
            let (bus, slot, function) = (hex(place.bus), hex(place.slot), hex(place.function));
            let mut address = vec![("type", "pci"), ("domain", "0x0000"), ("bus", &*bus), ("slot", &*slot), ("function", &*function)];
            if place.function == 0 {
                address.push(("multifunction", "on"));
            }
            xml = insert_child(&xml, &root, &fragment("address", &address, "")?)?;
        }
        Ok(xml)
    }
}

/// Adds what is not there yet. Several functions of one device of the host become one card of the guest, on a slot of their
/// own: behind a new root port where the machine has PCI Express.
///
/// # Errors
/// Those of [`Tree::parse`]; `Missing` without `<devices>`, `Invalid` for a source that is none or without a free slot.
pub fn assign(xml: &str, wanted: &[Assignment]) -> Result<String, Error> {
    let present = assigned(xml)?;
    let missing: Vec<&Assignment> = wanted.iter().filter(|one| !present.contains(&one.source)).collect();
    let mut text = xml.to_owned();
    let mut cards: Vec<(&str, Vec<&Assignment>)> = Vec::new();
    for one in missing {
        let slot = one.source.rsplit_once('.').map_or(one.source.as_str(), |(slot, _)| slot);
        match cards.iter_mut().find(|(known, _)| *known == slot) {
            Some((_, functions)) => functions.push(one),
            None => cards.push((slot, vec![one])),
        }
    }
    for (_, functions) in cards {
        text = if let [alone] = functions[..] { add(&text, &alone.to_xml()?)? } else { add_card(&text, &functions)? };
    }
    Ok(text)
}

fn add_card(xml: &str, functions: &[&Assignment]) -> Result<String, Error> {
    let (mut text, bus, slot) = own_slot(xml)?;
    let numbers: Vec<u32> = functions.iter().map(|one| number(&one.source)).collect();
    // Drivers know parts of a card by their numbers; without a first function the guest would not look for the others.
    let keeps_numbers = numbers.contains(&0);
    for (position, one) in functions.iter().enumerate() {
        let function = if keeps_numbers { numbers[position] } else { u32::try_from(position).unwrap_or_default() };
        text = add(&text, &one.element(Some(Place { bus, slot, function }))?)?;
    }
    Ok(text)
}

/// A slot that nobody else is on: the text with it, its bus and its number.
fn own_slot(xml: &str) -> Result<(String, u32, u32), Error> {
    let tree = Tree::parse(xml)?;
    let devices = devices(&tree)?;
    if is_express(&tree.root(), &devices) {
        // The root complex is number 0, whether it is written down or not.
        let index = pci_controllers(&devices).filter_map(|controller| attribute(&controller, "index")).max().unwrap_or(0) + 1;
        let index_text = index.to_string();
        let port = fragment("controller", &[("type", "pci"), ("index", &index_text), ("model", "pcie-root-port")], "")?;
        return Ok((add(xml, &port)?, index, 0));
    }
    let taken: BTreeSet<u32> = places(&devices).filter(|place| place.bus == 0).map(|place| place.slot).collect();
    let slot = (BUILT_IN_SLOTS..SLOTS).find(|slot| !taken.contains(slot)).ok_or(Error::Invalid { what: "a free slot" })?;
    Ok((xml.to_owned(), 0, slot))
}

/// A slot of the first bus that nobody is on, from the end: what is added later by others begins at its start. `None` for a machine
/// without such a bus.
///
/// # Errors
/// As [`assign`]; `Invalid` without a free slot.
pub(super) fn high_slot(xml: &str) -> Result<Option<u32>, Error> {
    let tree = Tree::parse(xml)?;
    let devices = devices(&tree)?;
    if !pci_controllers(&devices).any(|controller| matches!(&*owned(&controller, "model"), "pcie-root" | "pci-root")) {
        return Ok(None);
    }
    let taken: BTreeSet<u32> = places(&devices).filter(|place| place.bus == 0).map(|place| place.slot).collect();
    // The last is the chipset's own.
    let free = (BUILT_IN_SLOTS..SLOTS - 1).rev().find(|slot| !taken.contains(slot));
    free.map(Some).ok_or(Error::Invalid { what: "a free slot" })
}

/// Behind the last element of its name, else as the last device.
///
/// # Errors
/// As [`assign`]; also those of [`Tree::parse`] for `element`.
pub(super) fn add(xml: &str, element: &str) -> Result<String, Error> {
    let name = Tree::parse(element)?.root().name().to_owned();
    let tree = Tree::parse(xml)?;
    let position = devices(&tree)?.children_named(&name).count();
    let parent = Path::root().child("devices");
    if position > 0 { insert_after(xml, &parent.child(&name).at(position), element) } else { insert_child(xml, &parent, element) }
}

/// Takes the devices of the host with these sources away, and the port that they were behind if it was theirs alone and the
/// last. Those that are not there are left out.
///
/// # Errors
/// As [`assign`].
pub fn unassign(xml: &str, sources: &[String]) -> Result<String, Error> {
    take(xml, sources).map(|(text, _)| text)
}

/// An element by its name and its position among such, and where the guest sees it.
type Found = (&'static str, usize, Option<Seat>);

/// The first of them: its element's name and its position among such, and where the guest sees it and whether as part of a card.
fn find(xml: &str, sources: &[String]) -> Result<Option<Found>, Error> {
    let tree = Tree::parse(xml)?;
    let devices = devices(&tree)?;
    let found = |name: &'static str| {
        let mut elements = devices.children_named(name).enumerate();
        let (index, device) = elements.find(|(_, device)| source_of(device).is_some_and(|source| sources.contains(&source)))?;
        Some((name, index + 1, seat_of(&device)))
    };
    Ok(ELEMENTS.into_iter().find_map(found))
}

/// The PCI device of the host that an element is for: as a device, or as a network card.
fn source_of(element: &Element<'_, '_>) -> Option<String> {
    let kind = owned(element, "type");
    match (element.name(), kind.as_str()) {
        ("hostdev", "pci") => Some(HostDevice::read(element).source),
        ("interface", "hostdev") => Some(Interface::read(element).source),
        _ => None,
    }
}

/// The position of a port that is nobody's any more, if it is the last: that of the others is in the addresses of devices.
fn spare_port(xml: &str, bus: u32) -> Result<Option<usize>, Error> {
    let tree = Tree::parse(xml)?;
    let devices = devices(&tree)?;
    let is_last = pci_controllers(&devices).filter_map(|controller| attribute(&controller, "index")).max() == Some(bus);
    let is_empty = places(&devices).all(|place| place.bus != bus);
    let position = devices.children_named("controller").position(|controller| {
        owned(&controller, "type") == "pci"
            && owned(&controller, "model") == "pcie-root-port"
            && attribute(&controller, "index") == Some(bus)
    });
    Ok(position.filter(|_| is_last && is_empty && bus > 0).map(|index| index + 1))
}

/// The sources of the PCI devices that a definition has.
///
/// # Errors
/// As [`assign`].
pub fn assigned(xml: &str) -> Result<Vec<String>, Error> {
    let tree = Tree::parse(xml)?;
    Ok(devices(&tree)?.children().filter_map(|device| source_of(&device)).collect())
}

/// Whether iommufd is asked for by every device with these sources: a libvirt that does not know it drops the word.
///
/// # Errors
/// As [`assign`].
pub fn uses_iommufd(xml: &str, sources: &[String]) -> Result<bool, Error> {
    let tree = Tree::parse(xml)?;
    let mut ours = devices(&tree)?.children_named("hostdev").filter(|device| sources.contains(&HostDevice::read(device).source));
    Ok(ours.all(|device| device.child("driver").is_some_and(|driver| owned(&driver, "iommufd") == "yes")))
}

/// The element of one device with all that libvirt knows of it, such as its place: what a hot unplug has to name.
///
/// # Errors
/// As [`assign`].
pub fn element_of(xml: &str, source: &str) -> Result<Option<String>, Error> {
    let tree = Tree::parse(xml)?;
    let devices = devices(&tree)?;
    let found = devices.children().find(|device| source_of(device).is_some_and(|known| known == source));
    Ok(found.map(|device| xml[device.span()].to_owned()))
}

/// Whether the guest sees the device as one function of a card with several: then it cannot be unplugged alone.
///
/// # Errors
/// As [`assign`].
pub fn is_part_of_card(xml: &str, source: &str) -> Result<bool, Error> {
    Ok(find(xml, &[source.to_owned()])?.and_then(|(_, _, seat)| seat).is_some_and(|seat| seat.is_card))
}

/// How many devices can be plugged into a running machine: root ports that nothing is behind. `None` for a machine whose
/// slots are of another kind.
///
/// # Errors
/// As [`assign`].
pub fn free_ports(xml: &str) -> Result<Option<usize>, Error> {
    let tree = Tree::parse(xml)?;
    let devices = devices(&tree)?;
    if !is_express(&tree.root(), &devices) {
        return Ok(None);
    }
    let used: BTreeSet<u32> = places(&devices).map(|place| place.bus).collect();
    let ports = pci_controllers(&devices).filter(|controller| {
        let can_plug = controller.child("target").is_none_or(|target| owned(&target, "hotplug") != "off");
        owned(controller, "model") == "pcie-root-port" && can_plug
    });
    Ok(Some(ports.filter_map(|port| attribute(&port, "index")).filter(|index| !used.contains(index)).count()))
}

fn devices<'t, 'x>(tree: &'t Tree<'x>) -> Result<Element<'t, 'x>, Error> {
    tree.root().child("devices").ok_or(Error::Missing { what: "<devices>" })
}

fn is_express(root: &Element<'_, '_>, devices: &Element<'_, '_>) -> bool {
    let mut roots = pci_controllers(devices).map(|controller| owned(&controller, "model"));
    match roots.find(|model| model == "pcie-root" || model == "pci-root") {
        Some(model) => model == "pcie-root",
        None => {
            let machine = root.find(&["os", "type"]).map(|kind| owned(&kind, "machine")).unwrap_or_default();
            ["q35", "virt"]
                .iter()
                .any(|kind| machine == *kind || machine.contains(&["-", kind].concat()) || machine.starts_with(&[kind, "-"].concat()))
        }
    }
}

fn pci_controllers<'t, 'x>(devices: &Element<'t, 'x>) -> impl Iterator<Item = Element<'t, 'x>> + use<'t, 'x> {
    devices.children_named("controller").filter(|controller| owned(controller, "type") == "pci")
}

fn places<'t, 'x>(devices: &Element<'t, 'x>) -> impl Iterator<Item = Place> + use<'t, 'x> {
    devices.children().filter_map(|device| seat_of(&device)).map(|seat| seat.place)
}

fn seat_of(device: &Element<'_, '_>) -> Option<Seat> {
    let address = device.children_named("address").find(|address| owned(address, "type") == "pci")?;
    let text = pci_address(&address);
    let (_, bus, slot, function) = parts(&text)?;
    let read = |digits: &str| u32::from_str_radix(digits, 16).ok();
    let place = Place { bus: read(bus)?, slot: read(slot)?, function: read(function)? };
    Some(Seat { place, is_card: place.function > 0 || owned(&address, "multifunction") == "on" })
}

/// The `<address>` of a device of the host, as a source has it.
pub(super) fn address_of(source: &str) -> Result<String, Error> {
    let (domain, bus, slot, function) = parts(source).ok_or(Error::Invalid { what: "a PCI address" })?;
    let address = [("domain", domain), ("bus", bus), ("slot", slot), ("function", function)];
    let address: Vec<(&str, String)> = address.into_iter().map(|(name, digits)| (name, ["0x", digits].concat())).collect();
    let address: Vec<(&str, &str)> = address.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fragment("address", &address, "")
}

/// The digits of `0000:01:00.0`; a domain that is none of the firmware's has up to eight.
fn parts(source: &str) -> Option<(&str, &str, &str, &str)> {
    let (domain, rest) = source.split_once(':')?;
    let (bus, rest) = rest.split_once(':')?;
    let (slot, function) = rest.split_once('.')?;
    let is_hex = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_domain = (4..=8).any(|length| is_hex(domain, length));
    (is_domain && is_hex(bus, 2) && is_hex(slot, 2) && is_hex(function, 1)).then_some((domain, bus, slot, function))
}

fn number(source: &str) -> u32 {
    parts(source).and_then(|(.., function)| u32::from_str_radix(function, 16).ok()).unwrap_or_default()
}

fn hex(number: u32) -> String {
    format!("0x{number:x}")
}

fn attribute(element: &Element<'_, '_>, name: &str) -> Option<u32> {
    let text = element.attribute(name)?;
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests;
