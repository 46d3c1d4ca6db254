//! The memory that a guest shares with Looking Glass on its host: `<shmem>` with the model `ivshmem-plain`.

use super::{assign, owned, owned_of};
use crate::Error;
use crate::patch::{Path, fragment, insert_after, insert_child, remove_element, set_attribute, set_text};
use crate::unit::Bytes;
use crate::xml::{Element, Tree};

/// What the name of every such memory begins with, ours and those that a person wrote.
pub const PREFIX: &str = "looking-glass";
const MIB: u64 = 1 << 20;

/// Bytes that frames of this size need, as Looking Glass itself counts: two of them, 10 MiB besides, and up to a power of two
/// (<https://looking-glass.io/docs/B7/install_libvirt/#determining-memory>). A pixel has four bytes, eight with high dynamic range.
#[must_use]
pub fn size_for(width: u32, height: u32, is_hdr: bool) -> u64 {
    let pixel = if is_hdr { 8 } else { 4 };
    let frames = u64::from(width) * u64::from(height) * pixel * 2;
    (frames.div_ceil(MIB) + 10).next_power_of_two() * MIB
}

/// A memory that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedMemory {
    /// Its name: the file is `/dev/shm/NAME`.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

impl SharedMemory {
    /// What an element says, if it is one of these.
    pub(crate) fn read(element: &Element<'_, '_>) -> Option<Self> {
        let name = owned(element, "name");
        if !name.starts_with(PREFIX) || owned_of(element, "model", "type") != "ivshmem-plain" {
            return None;
        }
        let size = element
            .child("size")
            .and_then(|size| Bytes::parse_with_default(&size.text(), size.attribute("unit").as_deref(), Bytes(1)).ok());
        Some(Self { name, size: size.map_or(0, |size| size.0) })
    }
}

/// Gives the machine such a memory, or the one that it has this size.
///
/// # Errors
/// Those of [`Tree::parse`]; `Missing` without `<devices>`; `Invalid` without a free slot for it.
pub fn give(xml: &str, name: &str, bytes: u64) -> Result<String, Error> {
    let megabytes = bytes.div_ceil(MIB).to_string();
    if let Some((position, known)) = find(xml)? {
        return if known.size == bytes { Ok(xml.to_owned()) } else { resize(xml, position, &megabytes) };
    }
    let root = Path::root();
    let mut element =
        insert_child(&fragment("shmem", &[("name", name)], "")?, &root, &fragment("model", &[("type", "ivshmem-plain")], "")?)?;
    element = insert_child(&element, &root, &fragment("size", &[("unit", "M")], &megabytes)?)?;
    // Without a place libvirt would make a bridge for it, which nobody would take away again.
    if let Some(slot) = assign::high_slot(xml)? {
        let slot = format!("0x{slot:02x}");
        let place = [("type", "pci"), ("domain", "0x0000"), ("bus", "0x00"), ("slot", &*slot), ("function", "0x0")];
        element = insert_child(&element, &root, &fragment("address", &place, "")?)?;
    }
    let tree = Tree::parse(xml)?;
    let devices = tree.root().child("devices").ok_or(Error::Missing { what: "<devices>" })?;
    let count = devices.children_named("shmem").count();
    let parent = root.child("devices");
    if count > 0 { insert_after(xml, &parent.child("shmem").at(count), &element) } else { insert_child(xml, &parent, &element) }
}

/// Takes every such memory away.
///
/// # Errors
/// As [`give`].
pub fn take(xml: &str) -> Result<String, Error> {
    let mut text = xml.to_owned();
    while let Some((position, _)) = find(&text)? {
        text = remove_element(&text, &all().at(position))?;
    }
    Ok(text)
}

fn all() -> Path {
    Path::root().child("devices").child("shmem")
}

/// The first: its position among all shared memories, from 1.
fn find(xml: &str) -> Result<Option<(usize, SharedMemory)>, Error> {
    let tree = Tree::parse(xml)?;
    let devices = tree.root().child("devices").ok_or(Error::Missing { what: "<devices>" })?;
    let mut known = devices.children_named("shmem").enumerate();
    Ok(known.find_map(|(index, element)| Some((index + 1, SharedMemory::read(&element)?))))
}

fn resize(xml: &str, position: usize, megabytes: &str) -> Result<String, Error> {
    let size = all().at(position).child("size");
    let tree = Tree::parse(xml)?;
    if size.find(&tree).is_err() {
        return insert_child(xml, &all().at(position), &fragment("size", &[("unit", "M")], megabytes)?);
    }
    set_text(&set_attribute(xml, &size, "unit", "M")?, &size, megabytes)
}

/// What a machine lacks, or has too much, beside it: `no-spice`, through which Looking Glass sends keys, pointer and sound; `no-sound`, without
/// a sound card whose sound goes that way; `tablet`, which keeps the pointer from following; `no-graphics-card`, whose picture could be shown.
///
/// # Errors
/// As [`give`].
pub fn hints(xml: &str) -> Result<Vec<&'static str>, Error> {
    let tree = Tree::parse(xml)?;
    let devices = tree.root().child("devices").ok_or(Error::Missing { what: "<devices>" })?;
    let has = |name: &str, test: &dyn Fn(&Element<'_, '_>) -> bool| devices.children_named(name).any(|element| test(&element));
    let is = |kind: &'static str| move |element: &Element<'_, '_>| owned(element, "type") == kind;
    let has_spice = has("graphics", &is("spice"));
    // Sound goes to SPICE where nothing else is said.
    let goes_elsewhere = has("audio", &|audio| owned(audio, "type") != "spice") && !has("audio", &is("spice"));
    let found = [
        ("no-spice", !has_spice),
        ("no-sound", has_spice && (goes_elsewhere || !has("sound", &|_| true))),
        ("tablet", has("input", &is("tablet"))),
        ("no-graphics-card", !has("hostdev", &|device| matches!(&*owned(device, "type"), "pci" | "mdev"))),
    ];
    Ok(found.into_iter().filter(|(_, holds)| *holds).map(|(word, _)| word).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

    const XML: &str = "<domain type='kvm'>
  <name>a</name>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <devices>
    <controller type='pci' index='0' model='pcie-root'/>
    <input type='tablet' bus='usb'/> <!-- kept -->
    <sound model='ich9'><address type='pci' domain='0x0000' bus='0x00' slot='0x1b' function='0x0'/></sound>
    <memballoon model='none'/>
  </devices>
</domain>";

    #[test]
    fn the_size_is_that_of_looking_glass_own_documentation() {
        let megabytes = |width, height, is_hdr| size_for(width, height, is_hdr) >> 20;
        // 15.82 MiB and 10 besides are 25.82.
        assert_eq!(megabytes(1920, 1080, false), 32);
        assert_eq!((megabytes(1920, 1080, true), megabytes(2560, 1440, false), megabytes(2560, 1440, true)), (64, 64, 128));
        assert_eq!((megabytes(3840, 2160, false), megabytes(3840, 2160, true)), (128, 256));
        assert_eq!((megabytes(1, 1, false), size_for(u32::MAX, 1, false) >> 20), (16, 65536));
    }

    #[test]
    fn it_is_given_resized_and_taken_away_to_the_last_byte() {
        let given = give(XML, "looking-glass-a", 32 << 20).unwrap();
        let expected = concat!(
            "<memballoon model='none'/>\n    <shmem name=\"looking-glass-a\"><model type=\"ivshmem-plain\"/><size unit=\"M\">32</size>",
            "<address type=\"pci\" domain=\"0x0000\" bus=\"0x00\" slot=\"0x1e\" function=\"0x0\"/></shmem>\n"
        );
        assert!(given.contains(expected), "{given}");
        assert_eq!(Machine::parse(&given).unwrap().looking_glass, Some(SharedMemory { name: "looking-glass-a".into(), size: 32 << 20 }));
        assert_eq!(give(&given, "other", 32 << 20).unwrap(), given, "what is there stays as it is");
        assert_eq!(give(&given, "other", 64 << 20).unwrap(), given.replace(">32<", ">64<"));
        assert_eq!(take(&given).unwrap(), XML);
        assert_eq!(take(XML).unwrap(), XML);
    }

    #[test]
    fn a_memory_for_something_else_is_left_alone() {
        let other = "<shmem name='mine'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>";
        let server = "<shmem name='looking-glass'><model type='ivshmem-doorbell'/><server path='/x'/></shmem>";
        let xml = XML.replace("<memballoon", &[other, server, "<memballoon"].concat());
        let given = give(&xml, "looking-glass-a", 32 << 20).unwrap();
        assert_eq!(given.matches("<shmem").count(), 3);
        assert_eq!(take(&given).unwrap(), xml);
    }

    #[test]
    fn one_that_a_person_wrote_is_resized_whatever_its_unit() {
        let written = "<shmem name='looking-glass'><model type='ivshmem-plain'/><size>33554432</size></shmem>";
        let xml = XML.replace("<memballoon", &[written, "<memballoon"].concat());
        let size = |xml: &str| Machine::parse(xml).unwrap().looking_glass.unwrap().size;
        assert_eq!(size(&xml), 32 << 20);
        let larger = give(&xml, "looking-glass-a", 128 << 20).unwrap();
        assert_eq!((size(&larger), larger.matches("<shmem").count()), (128 << 20, 1));
        let without = give(&xml.replace("<size>33554432</size>", ""), "x", 64 << 20).unwrap();
        assert_eq!(size(&without), 64 << 20);
    }

    #[test]
    fn what_is_missing_beside_it_is_told() {
        assert_eq!(hints(XML).unwrap(), ["no-spice", "tablet", "no-graphics-card"]);
        let ready = XML.replace(
            "<input type='tablet' bus='usb'/>",
            "<graphics type='spice'/><hostdev mode='subsystem' type='pci'/><audio id='1' type='spice'/>",
        );
        assert_eq!(hints(&ready).unwrap(), Vec::<&str>::new());
        assert_eq!(
            hints(
                &ready
                    .replace("type='spice'/><hostdev", "type='spice'/><audio type='none'/><hostdev")
                    .replace("<audio id='1' type='spice'/>", "")
            )
            .unwrap(),
            ["no-sound"]
        );
        assert_eq!(hints(&ready.replace("<sound", "<noise").replace("</sound", "</noise")).unwrap(), ["no-sound"]);
    }
}
