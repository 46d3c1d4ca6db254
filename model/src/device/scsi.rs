//! SCSI devices of the host in a definition, and what each is known by: libvirt names one by the number of its adapter, which is
//! another one after the next start of the computer, so what stays is kept beside it.

use super::host::HostDevice;
use super::{owned, owned_of};
use crate::Error;
use crate::patch::{Path, fragment, insert_after, insert_child, remove_element, set_attribute};
use crate::validate::shown;
use crate::xml::{Element, Tree};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The namespace of what devices are known by. Not that of [`crate::metadata`], which a running machine has, too, and which is
/// written as a whole: this belongs to the definition with the devices.
pub const URI: &str = "https://kvmmanager.org/xmlns/scsi/1";
/// The prefix we write; readers go by [`URI`] alone.
pub const PREFIX: &str = "kvmmanager-scsi";
/// Characters of what a device is known by.
pub const LONGEST_IDENTITY: usize = 256;
/// Devices of a definition that are looked at; more are nobody's.
const MOST_DEVICES: usize = 1024;
/// Places on a controller, for a target each: so every device is number 0 of its own.
const TARGETS: u32 = 255;
/// Controllers that hand on whatever a guest says.
const CONTROLLERS: [&str; 3] = ["virtio-scsi", "virtio-transitional", "virtio-non-transitional"];

/// Where a device is on the host now: `HOST:CHANNEL:TARGET:LUN`, as the kernel spells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The number of the adapter.
    pub host: u32,
    pub channel: u32,
    pub target: u32,
    pub lun: u64,
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}:{}", self.host, self.channel, self.target, self.lun)
    }
}

impl FromStr for Address {
    type Err = Error;

    /// # Errors
    /// `Invalid` for anything that the kernel would not write.
    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = Error::Invalid { what: "a SCSI address" };
        let number = |part: &str| {
            let is_plain = part.bytes().all(|byte| byte.is_ascii_digit()) && (part.len() == 1 || !part.starts_with('0'));
            part.parse::<u64>().ok().filter(|_| is_plain)
        };
        let parts: Vec<Option<u64>> = text.split(':').map(number).collect();
        let [Some(host), Some(channel), Some(target), Some(lun)] = parts[..] else { return Err(invalid) };
        let small = |number: u64| u32::try_from(number).map_err(|_| Error::Invalid { what: "a SCSI address" });
        Ok(Self { host: small(host)?, channel: small(channel)?, target: small(target)?, lun })
    }
}

impl Address {
    /// That of a `<source>`; `None` for what is no device of an adapter, such as one of iSCSI.
    pub(crate) fn read(source: &Element<'_, '_>) -> Option<Self> {
        let adapter = owned_of(source, "adapter", "name");
        let address = source.child("address")?;
        let part = |name: &str| owned(&address, name);
        [adapter.strip_prefix("scsi_host")?, &part("bus"), &part("target"), &part("unit")].join(":").parse().ok()
    }
}

/// A place on a controller of the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub controller: u32,
    pub target: u32,
}

/// A device that a definition has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub address: Address,
    /// The element with all that libvirt knows of it: what a hot unplug has to name.
    pub element: String,
}

/// Every SCSI device of an adapter of the host in a definition.
///
/// # Errors
/// Those of [`Tree::parse`]; `Missing` without `<devices>`.
pub fn all(xml: &str) -> Result<Vec<Found>, Error> {
    let tree = Tree::parse(xml)?;
    let found = |device: Element<'_, '_>| Some(Found { address: address_of(&device)?, element: xml[device.span()].to_owned() });
    Ok(devices(&tree)?.children_named("hostdev").filter_map(found).collect())
}

/// The place that the next device would have in a machine with this definition; `None` if no controller can take one.
///
/// # Errors
/// As [`all`].
pub fn free_place(xml: &str) -> Result<Option<Place>, Error> {
    let tree = Tree::parse(xml)?;
    let devices = devices(&tree)?;
    let is_fitting =
        |controller: &Element<'_, '_>| owned(controller, "type") == "scsi" && CONTROLLERS.contains(&owned(controller, "model").as_str());
    let controllers = devices.children_named("controller").filter(is_fitting);
    let taken: BTreeSet<(String, String)> = devices
        .children()
        .filter_map(|device| device.child("address"))
        .filter(|address| owned(address, "type") == "drive")
        .map(|address| (owned(&address, "controller"), owned(&address, "target")))
        .collect();
    // Disks without an address get one on the first target.
    let is_free = |controller: u32, target: u32| !taken.contains(&(controller.to_string(), target.to_string()));
    let numbers = controllers.filter_map(|controller| owned(&controller, "index").parse().ok());
    let place = |controller| (1..TARGETS).find(|target| is_free(controller, *target)).map(|target| Place { controller, target });
    Ok(numbers.into_iter().find_map(place))
}

/// The element for a device at a place of the guest.
///
/// # Errors
/// None in practice: every name is fixed.
pub fn element(address: Address, place: Place) -> Result<String, Error> {
    let root = Path::root();
    let [host, channel, target, lun] =
        [format!("scsi_host{}", address.host), address.channel.to_string(), address.target.to_string(), address.lun.to_string()];
    let mut xml = fragment("hostdev", &[("mode", "subsystem"), ("type", "scsi"), ("managed", "no")], "")?;
    xml = insert_child(&xml, &root, &fragment("source", &[], "")?)?;
    let source = root.clone().child("source");
    xml = insert_child(&xml, &source, &fragment("adapter", &[("name", &host)], "")?)?;
    xml = insert_child(&xml, &source, &fragment("address", &[("bus", &channel), ("target", &target), ("unit", &lun)], "")?)?;
    let (controller, target) = (place.controller.to_string(), place.target.to_string());
    let guest = [("type", "drive"), ("controller", &*controller), ("bus", "0"), ("target", &*target), ("unit", "0")];
    insert_child(&xml, &root, &fragment("address", &guest, "")?)
}

/// Gives a device to the machine, known by `identity`, and a controller for it if it has none. One that is there stays as it is, but for
/// what it is known by.
///
/// # Errors
/// As [`all`]; `Invalid` for an identity that would not be read back.
pub fn give(xml: &str, address: Address, identity: &str) -> Result<String, Error> {
    if identity.is_empty() || shown(identity, LONGEST_IDENTITY) != identity {
        return Err(Error::Invalid { what: "what a device is known by" });
    }
    let mut text = xml.to_owned();
    if position(&text, address)?.is_none() {
        if free_place(&text)?.is_none() {
            text = add_controller(&text)?;
        }
        let place = free_place(&text)?.ok_or(Error::Invalid { what: "a free place on a controller" })?;
        text = add(&text, "hostdev", &element(address, place)?)?;
    }
    let mut known = identities(&text)?;
    known.retain(|(other, _)| *other != address);
    known.push((address, identity.to_owned()));
    keep(&text, &known)
}

/// Takes a device away, and what it is known by. One that is not there is left out. A controller stays.
///
/// # Errors
/// As [`all`].
pub fn take(xml: &str, address: Address) -> Result<String, Error> {
    let mut text = xml.to_owned();
    while let Some(position) = position(&text, address)? {
        text = remove_element(&text, &Path::root().child("devices").child("hostdev").at(position))?;
    }
    let known = identities(&text)?;
    if known == noted(&Tree::parse(&text)?) { Ok(text) } else { keep(&text, &known) }
}

/// Has devices be found where they are now: pairs of old and new addresses, all at once, for two may have changed places.
///
/// # Errors
/// As [`all`].
pub fn move_all(xml: &str, moves: &[(Address, Address)]) -> Result<String, Error> {
    let moved = |address: Address| moves.iter().find(|(from, _)| *from == address).map(|(_, to)| *to);
    let mut text = xml.to_owned();
    let count = devices(&Tree::parse(xml)?)?.children_named("hostdev").count();
    for index in 1..=count {
        let to = {
            let tree = Tree::parse(&text)?;
            devices(&tree)?.children_named("hostdev").nth(index - 1).and_then(|device| address_of(&device)).and_then(moved)
        };
        let Some(to) = to else { continue };
        let source = Path::root().child("devices").child("hostdev").at(index).child("source");
        text = set_attribute(&text, &source.clone().child("adapter"), "name", &format!("scsi_host{}", to.host))?;
        for (name, value) in [("bus", u64::from(to.channel)), ("target", u64::from(to.target)), ("unit", to.lun)] {
            text = set_attribute(&text, &source.clone().child("address"), name, &value.to_string())?;
        }
    }
    let known: Vec<(Address, String)> =
        identities(xml)?.into_iter().map(|(address, identity)| (moved(address).unwrap_or(address), identity)).collect();
    keep(&text, &known)
}

/// What devices of a definition are known by, of those that it has.
///
/// # Errors
/// As [`all`].
pub fn identities(xml: &str) -> Result<Vec<(Address, String)>, Error> {
    let tree = Tree::parse(xml)?;
    let has: Vec<Address> = devices(&tree)?.children_named("hostdev").filter_map(|device| address_of(&device)).collect();
    let mut known = noted(&tree);
    known.retain(|(address, _)| has.contains(address));
    Ok(known)
}

fn noted(tree: &Tree<'_>) -> Vec<(Address, String)> {
    tree.root().child("metadata").map_or_else(Vec::new, |metadata| read(&metadata))
}

/// The same of a `<metadata>`, whatever the machine has. What makes no sense is left out.
pub(crate) fn read(metadata: &Element<'_, '_>) -> Vec<(Address, String)> {
    let Some(ours) = metadata.children().find(is_ours) else { return Vec::new() };
    let mut known: Vec<(Address, String)> = Vec::new();
    for child in ours.children().filter(|child| child.local_name() == "device").take(MOST_DEVICES) {
        let identity = owned(&child, "identity");
        let Ok(address) = owned(&child, "address").parse::<Address>() else { continue };
        let is_new = known.iter().all(|(other, _)| *other != address);
        if is_new && !identity.is_empty() && shown(&identity, LONGEST_IDENTITY) == identity {
            known.push((address, identity));
        }
    }
    known
}

/// What the devices of a running machine are known by, as `virDomainSetMetadata` wants it with [`PREFIX`] and [`URI`], with that of
/// `address` set or, without an identity, left out; `None` if nothing is left.
///
/// # Errors
/// As [`all`].
pub fn noted_with(xml: &str, address: Address, identity: Option<&str>) -> Result<Option<String>, Error> {
    let mut known = identities(xml)?;
    known.retain(|(other, _)| *other != address);
    known.extend(identity.map(|identity| (address, identity.to_owned())));
    if known.is_empty() { Ok(None) } else { written(&known, "").map(Some) }
}

/// Whether a machine has noted what is at an address, whether it has it or not.
///
/// # Errors
/// Those of [`Tree::parse`].
pub fn is_noted(xml: &str, address: Address) -> Result<bool, Error> {
    Ok(noted(&Tree::parse(xml)?).iter().any(|(other, _)| *other == address))
}

fn written(known: &[(Address, String)], prefix: &str) -> Result<String, Error> {
    let name = |local: &str| [prefix, local].concat();
    let declaration = ["xmlns:", PREFIX].concat();
    let ours: [(&str, &str); 1] = [(&declaration, URI)];
    let mut element = fragment(&name("devices"), if prefix.is_empty() { &[] } else { &ours }, "")?;
    for (address, identity) in known {
        let device = fragment(&name("device"), &[("address", &address.to_string()), ("identity", identity)], "")?;
        element = insert_child(&element, &Path::root(), &device)?;
    }
    Ok(element)
}

/// Whether an element of `<metadata>` is the one that this keeps.
pub(crate) fn is_ours(element: &Element<'_, '_>) -> bool {
    element.local_name() == "devices" && element.namespace().as_deref() == Some(URI)
}

/// Writes what devices are known by; without any there is no element.
fn keep(xml: &str, known: &[(Address, String)]) -> Result<String, Error> {
    let metadata = Path::root().child("metadata");
    let (has_metadata, has_ours, is_alone) = {
        let tree = Tree::parse(xml)?;
        let found = tree.root().child("metadata");
        let has_ours = found.is_some_and(|found| found.children().any(|child| is_ours(&child)));
        (found.is_some(), has_ours, found.is_some_and(|found| found.children().count() == 1))
    };
    let mut text = xml.to_owned();
    if has_ours {
        text = if known.is_empty() && is_alone {
            // libvirt leaves an empty one out, too.
            remove_element(&text, &metadata)?
        } else {
            remove_element(&text, &metadata.clone().child("devices").within(URI))?
        };
    }
    if known.is_empty() {
        return Ok(text);
    }
    if !has_metadata {
        text = insert_child(&text, &Path::root(), "<metadata/>")?;
    }
    insert_child(&text, &metadata, &written(known, &[PREFIX, ":"].concat())?)
}

fn add_controller(xml: &str) -> Result<String, Error> {
    let next = {
        let tree = Tree::parse(xml)?;
        let controllers = devices(&tree)?.children_named("controller").filter(|controller| owned(controller, "type") == "scsi");
        controllers.filter_map(|controller| owned(&controller, "index").parse::<u32>().ok()).max().map_or(0, |last| last.saturating_add(1))
    };
    add(xml, "controller", &fragment("controller", &[("type", "scsi"), ("index", &next.to_string()), ("model", "virtio-scsi")], "")?)
}

/// Adds an element behind those of its name.
fn add(xml: &str, name: &str, element: &str) -> Result<String, Error> {
    let parent = Path::root().child("devices");
    match devices(&Tree::parse(xml)?)?.children_named(name).count() {
        0 => insert_child(xml, &parent, element),
        count => insert_after(xml, &parent.child(name).at(count), element),
    }
}

fn position(xml: &str, address: Address) -> Result<Option<usize>, Error> {
    let tree = Tree::parse(xml)?;
    let found = devices(&tree)?.children_named("hostdev").position(|device| address_of(&device) == Some(address));
    Ok(found.map(|index| index + 1))
}

fn address_of(device: &Element<'_, '_>) -> Option<Address> {
    let device = HostDevice::read(device);
    if device.kind == "scsi" { device.source.parse().ok() } else { None }
}

fn devices<'t, 'x>(tree: &'t Tree<'x>) -> Result<Element<'t, 'x>, Error> {
    tree.root().child("devices").ok_or(Error::Missing { what: "<devices>" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "<domain type='kvm'>
  <name>a</name>
  <devices>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>
    <controller type='scsi' index='0' model='lsilogic'/> <!-- kept -->
    <memballoon model='none'/>
  </devices>
</domain>";
    const DISK: &str = "naa.5000c500a1b2c3d4";

    fn at(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn only_what_the_kernel_writes_is_an_address() {
        for text in ["0:0:0:0", "12:3:45:18446744073709551615"] {
            assert_eq!(at(text).to_string(), text);
        }
        for odd in ["", "0:0:0", "0:0:0:0:0", "00:0:0:0", "+1:0:0:0", "-1:0:0:0", "0:0:0:x", "4294967296:0:0:0", "0:0:0:0'/>", " 0:0:0:0"] {
            assert!(odd.parse::<Address>().is_err(), "{odd:?}");
        }
    }

    #[test]
    fn a_device_is_given_with_a_controller_and_what_it_is_known_by_and_goes_again() {
        let given = give(PLAIN, at("2:0:1:0"), DISK).unwrap();
        let expected = concat!(
            "<hostdev mode=\"subsystem\" type=\"scsi\" managed=\"no\"><source><adapter name=\"scsi_host2\"/>",
            "<address bus=\"0\" target=\"1\" unit=\"0\"/></source>",
            "<address type=\"drive\" controller=\"1\" bus=\"0\" target=\"1\" unit=\"0\"/></hostdev>"
        );
        assert!(given.contains(expected), "{given}");
        assert!(given.contains("<controller type=\"scsi\" index=\"1\" model=\"virtio-scsi\"/>"), "{given}");
        assert_eq!(identities(&given).unwrap(), [(at("2:0:1:0"), DISK.to_owned())]);
        let twice = give(&given, at("2:0:2:0"), "naa.2").unwrap();
        assert_eq!(free_place(&twice).unwrap(), Some(Place { controller: 1, target: 3 }), "a target each");
        let one = take(&twice, at("2:0:2:0")).unwrap();
        assert_eq!(one, given);
        let controller = "\n    <controller type=\"scsi\" index=\"1\" model=\"virtio-scsi\"/>";
        assert_eq!(take(&one, at("2:0:1:0")).unwrap().replace(controller, ""), PLAIN, "only the controller stays");
        assert_eq!(take(PLAIN, at("2:0:1:0")).unwrap(), PLAIN);
    }

    #[test]
    fn devices_that_have_changed_places_are_found_where_they_are() {
        let both = give(&give(PLAIN, at("2:0:1:0"), "naa.1").unwrap(), at("3:0:1:0"), "naa.2").unwrap();
        let moved = move_all(&both, &[(at("2:0:1:0"), at("3:0:1:0")), (at("3:0:1:0"), at("2:0:1:0"))]).unwrap();
        assert_eq!(identities(&moved).unwrap(), [(at("3:0:1:0"), "naa.1".to_owned()), (at("2:0:1:0"), "naa.2".to_owned())]);
        let addresses: Vec<Address> = all(&moved).unwrap().iter().map(|found| found.address).collect();
        assert_eq!(addresses, [at("3:0:1:0"), at("2:0:1:0")]);
        let elsewhere = move_all(&both, &[(at("2:0:1:0"), at("7:0:1:0"))]).unwrap();
        assert_eq!(identities(&elsewhere).unwrap(), [(at("7:0:1:0"), "naa.1".to_owned()), (at("3:0:1:0"), "naa.2".to_owned())]);
        assert_eq!(move_all(&moved, &[(at("2:0:1:0"), at("3:0:1:0")), (at("3:0:1:0"), at("2:0:1:0"))]).unwrap(), both);
    }

    #[test]
    fn what_others_keep_stays_and_a_device_that_is_gone_is_known_by_nothing() {
        let noted = PLAIN.replace("<name>a</name>", "<name>a</name>\n  <metadata>\n    <o:a xmlns:o='urn:o'>x</o:a>\n  </metadata>");
        let given = give(&noted, at("2:0:1:0"), DISK).unwrap();
        assert!(given.contains("<o:a xmlns:o='urn:o'>x</o:a>"));
        let controller = "\n    <controller type=\"scsi\" index=\"1\" model=\"virtio-scsi\"/>";
        assert_eq!(take(&given, at("2:0:1:0")).unwrap().replace(controller, ""), noted);
        let edited = given.replace("scsi_host2", "scsi_host9");
        assert_eq!(identities(&edited).unwrap(), [], "somebody else named another device");
    }

    #[test]
    fn what_is_no_identity_is_never_written_or_read() {
        for odd in ["", "a\nb", "a\u{202e}b", &"x".repeat(257)] {
            assert!(give(PLAIN, at("2:0:1:0"), odd).is_err(), "{odd:?}");
        }
        let given = give(PLAIN, at("2:0:1:0"), "t10.ATA a 'b' <c>").unwrap();
        assert_eq!(identities(&given).unwrap()[0].1, "t10.ATA a 'b' <c>");
        assert_eq!(identities(&given.replace("identity=\"", "identity=\"\u{202e}")).unwrap(), []);
    }

    #[test]
    fn a_target_of_iscsi_is_none_of_them() {
        let xml = "<domain><devices><hostdev type='scsi'><source protocol='iscsi' name='iqn.a/1'/></hostdev></devices></domain>";
        assert_eq!(all(xml).unwrap(), []);
    }
}
