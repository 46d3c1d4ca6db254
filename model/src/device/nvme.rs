//! NVMe namespaces of the host as disks of a machine: `<disk type='nvme'>`.

use super::assign::address_of;
use super::{host::pci_address, owned, owned_of};
use crate::Error;
use crate::patch::{Path, fragment, insert_after, insert_child, remove_element};
use crate::xml::{Element, Tree};
use std::collections::BTreeSet;

/// Disks of a machine that are looked at for a free name.
const MOST_DISKS: usize = 26;

/// A namespace of a controller of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Namespace {
    /// The PCI address of the controller, `0000:01:00.0`.
    pub controller: String,
    /// Its number, from 1.
    pub number: u32,
}

impl Namespace {
    /// The namespace of a `<disk>`; `None` if that is something else, or names none.
    pub(crate) fn read(disk: &Element<'_, '_>) -> Option<Self> {
        if owned(disk, "type") != "nvme" {
            return None;
        }
        let source = disk.child("source")?;
        let number = source.attribute("namespace")?.parse().ok()?;
        Some(Self { controller: pci_address(&source.child("address")?), number })
    }
}

/// How the guest sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bus {
    /// Fast, with a driver in the guest.
    Virtio,
    /// Without.
    Sata,
}

/// Gives a namespace to the machine, behind the disks that it has. One that is there stays as it is.
///
/// # Errors
/// Those of [`Tree::parse`]; `Missing` without `<devices>`; `Invalid` for a controller that is no PCI address, or without a free name.
pub fn give(xml: &str, namespace: &Namespace, bus: Bus) -> Result<String, Error> {
    if position(xml, namespace)?.is_some() {
        return Ok(xml.to_owned());
    }
    let tree = Tree::parse(xml)?;
    let devices = tree.root().child("devices").ok_or(Error::Missing { what: "<devices>" })?;
    let taken: BTreeSet<String> = devices.children_named("disk").map(|disk| owned_of(&disk, "target", "dev")).collect();
    let (prefix, bus) = match bus {
        Bus::Virtio => ("vd", "virtio"),
        Bus::Sata => ("sd", "sata"),
    };
    let names = (b'a'..=b'z').take(MOST_DISKS).map(|letter| [prefix, &char::from(letter).to_string()].concat());
    let target = names.into_iter().find(|name| !taken.contains(name)).ok_or(Error::Invalid { what: "a free name for a disk" })?;
    let (root, number) = (Path::root(), namespace.number.to_string());
    let source = [("type", "pci"), ("managed", "yes"), ("namespace", &*number)];
    let mut element = fragment("disk", &[("type", "nvme"), ("device", "disk")], "")?;
    element = insert_child(&element, &root, &fragment("driver", &[("name", "qemu"), ("type", "raw")], "")?)?;
    element = insert_child(&element, &root, &fragment("source", &source, "")?)?;
    element = insert_child(&element, &root.clone().child("source"), &address_of(&namespace.controller)?)?;
    element = insert_child(&element, &root, &fragment("target", &[("dev", &target), ("bus", bus)], "")?)?;
    let parent = root.child("devices");
    match devices.children_named("disk").count() {
        0 => insert_child(xml, &parent, &element),
        count => insert_after(xml, &parent.child("disk").at(count), &element),
    }
}

/// Takes a namespace away. One that is not there is left out.
///
/// # Errors
/// As [`give`].
pub fn take(xml: &str, namespace: &Namespace) -> Result<String, Error> {
    let mut text = xml.to_owned();
    while let Some(position) = position(&text, namespace)? {
        text = remove_element(&text, &Path::root().child("devices").child("disk").at(position))?;
    }
    Ok(text)
}

fn position(xml: &str, namespace: &Namespace) -> Result<Option<usize>, Error> {
    let tree = Tree::parse(xml)?;
    let devices = tree.root().child("devices").ok_or(Error::Missing { what: "<devices>" })?;
    let found = devices.children_named("disk").position(|disk| Namespace::read(&disk).as_ref() == Some(namespace));
    Ok(found.map(|index| index + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Source;
    use crate::machine::Machine;

    const XML: &str = "<domain type='kvm'>
  <name>a</name>
  <devices>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk> <!-- kept -->
    <disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/></disk>
    <memballoon model='none'/>
  </devices>
</domain>";

    fn first() -> Namespace {
        Namespace { controller: "0000:05:00.0".into(), number: 1 }
    }

    #[test]
    fn what_is_no_address_is_never_written() {
        for odd in ["", "0000:05:00", "0000:05:00.0'/><x a='", "/dev/nvme0n1"] {
            let namespace = Namespace { controller: odd.into(), number: 1 };
            assert_eq!(give(XML, &namespace, Bus::Virtio), Err(Error::Invalid { what: "a PCI address" }), "{odd}");
        }
    }

    #[test]
    fn a_namespace_becomes_a_disk_with_a_free_name_and_goes_to_the_last_byte() {
        let given = give(XML, &first(), Bus::Virtio).unwrap();
        let expected = concat!(
            "<disk type=\"nvme\" device=\"disk\"><driver name=\"qemu\" type=\"raw\"/><source type=\"pci\" managed=\"yes\" namespace=\"1\">",
            "<address domain=\"0x0000\" bus=\"0x05\" slot=\"0x00\" function=\"0x0\"/></source><target dev=\"vdb\" bus=\"virtio\"/></disk>\n    <memballoon"
        );
        assert!(given.contains(expected), "{given}");
        let machine = Machine::parse(&given).unwrap();
        assert_eq!((machine.nvme, &machine.disks[2].source), (vec![first()], &Source::Nvme("0000:05:00.0".into())));
        assert_eq!(give(&given, &first(), Bus::Sata).unwrap(), given, "what is there stays as it is");
        assert!(give(XML, &first(), Bus::Sata).unwrap().contains("<target dev=\"sdb\" bus=\"sata\"/>"));
        assert_eq!(take(&given, &first()).unwrap(), XML);
    }

    #[test]
    fn another_namespace_of_the_same_controller_is_another_disk() {
        let second = Namespace { number: 2, ..first() };
        let both = give(&give(XML, &first(), Bus::Virtio).unwrap(), &second, Bus::Virtio).unwrap();
        assert_eq!(Machine::parse(&both).unwrap().nvme, [first(), second.clone()]);
        assert_eq!(take(&take(&both, &first()).unwrap(), &second).unwrap(), XML);
    }
}
