//! Mediated devices: parts of a card that its driver makes, each for one machine. Which kinds there can be, which there are, and which
//! are made at each start of the computer.

use std::collections::BTreeMap;

use model::validate::shown;
use uuid::Uuid;

use super::{Root, pci::PciAddress};

const PARENTS: &str = "sys/class/mdev_bus";
const INSTANCES: &str = "sys/bus/mdev/devices";
/// Where mdevctl, and libvirt through it, keeps what is to be there.
const KEPT: &str = "etc/mdevctl.d";
/// No host has more of either.
const MOST: usize = 1024;
/// Characters of a name and of a description, which drivers write in lines.
const LONGEST_NAME: usize = 64;
const LONGEST_DESCRIPTION: usize = 256;
/// Bytes of a file of mdevctl's.
const LONGEST_FILE: usize = 64 * 1024;

/// Whether a text can be the id of a type: what would not be listed as it is here is none.
#[must_use]
pub fn is_type(text: &str) -> bool {
    !text.is_empty() && shown(text, LONGEST_NAME) == text
}

/// What a parent can make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Type {
    /// The driver's id, such as `i915-GVTg_V5_4` or `nvidia-63`.
    pub id: String,
    /// A name for people, or empty.
    pub name: String,
    /// What it has, in the driver's words, or empty.
    pub description: String,
    /// How it is driven: `vfio-pci`, `vfio-ccw`, `vfio-ap`.
    pub api: String,
    /// How many more of these can be made now.
    pub available: u32,
}

/// A device that can be divided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parent {
    /// The kernel's name: a PCI address, or that of a driver.
    pub name: String,
    /// The PCI device that it is.
    pub address: Option<PciAddress>,
    /// What it can make.
    pub types: Vec<Type>,
}

/// A part that is there, or that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instance {
    /// The type's id.
    pub kind: String,
    /// How it is driven; empty where its parent does not say.
    pub api: String,
    /// The kernel's name of its parent.
    pub parent: String,
    /// It is there now.
    pub is_active: bool,
    /// It is written down, and can be made again.
    pub is_kept: bool,
    /// It is made at each start of the computer.
    pub is_autostarted: bool,
}

/// All that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mediated {
    /// Devices that can be divided.
    pub parents: Vec<Parent>,
    /// Their parts.
    pub instances: BTreeMap<Uuid, Instance>,
}

/// Reads everything.
#[must_use]
pub fn read(root: &Root) -> Mediated {
    let parents: Vec<Parent> = root.names(PARENTS).into_iter().take(MOST).map(|name| parent(root, name)).collect();
    let mut instances = BTreeMap::new();
    for uuid in root.names(INSTANCES).iter().take(MOST).filter_map(|name| parse(name)) {
        if let Some(found) = active(root, uuid) {
            instances.insert(uuid, found);
        }
    }
    for parent in root.names(KEPT).into_iter().take(MOST) {
        for uuid in root.names(&format!("{KEPT}/{parent}")).iter().take(MOST).filter_map(|name| parse(name)) {
            keep(root, &parent, uuid, &mut instances);
        }
    }
    for instance in instances.values_mut() {
        let types = parents.iter().filter(|parent| parent.name == instance.parent).flat_map(|parent| &parent.types);
        instance.api = types.filter(|kind| kind.id == instance.kind).map(|kind| kind.api.clone()).next().unwrap_or_default();
    }
    Mediated { parents, instances }
}

/// Whether there is the program that libvirt has parts made and kept with.
#[must_use]
pub fn has_program(root: &Root) -> bool {
    ["usr/sbin", "usr/bin", "usr/local/sbin", "usr/local/bin", "sbin", "bin"].iter().any(|at| root.exists(&format!("{at}/mdevctl")))
}

/// A UUID in the kernel's spelling, and no other.
fn parse(name: &str) -> Option<Uuid> {
    Uuid::try_parse(name).ok().filter(|uuid| uuid.to_string() == name)
}

fn parent(root: &Root, name: String) -> Parent {
    let of = format!("{PARENTS}/{name}/mdev_supported_types");
    let read = |id: String| {
        let line = |file: &str, most| shown(&root.read(&format!("{of}/{id}/{file}")).unwrap_or_default().trim().replace('\n', ", "), most);
        Type {
            name: line("name", LONGEST_NAME),
            description: line("description", LONGEST_DESCRIPTION),
            api: line("device_api", LONGEST_NAME),
            available: root.number(&format!("{of}/{id}/available_instances")).unwrap_or_default(),
            id,
        }
    };
    let types = root.names(&of).into_iter().take(MOST).map(read).collect();
    Parent { address: name.parse().ok(), name, types }
}

fn active(root: &Root, uuid: Uuid) -> Option<Instance> {
    let real = root.real(&format!("{INSTANCES}/{uuid}")).ok()?;
    let parent = real.parent()?.file_name()?.to_str()?.to_owned();
    let kind = root.link(&format!("{INSTANCES}/{uuid}/mdev_type"))?;
    Some(Instance { kind, parent, is_active: true, ..Instance::default() })
}

/// Notes what mdevctl has written down of one.
fn keep(root: &Root, parent: &str, uuid: Uuid, instances: &mut BTreeMap<Uuid, Instance>) {
    let text = root.read(&format!("{KEPT}/{parent}/{uuid}")).unwrap_or_default();
    if text.len() > LONGEST_FILE {
        return;
    }
    let Ok(written) = serde_json::from_str::<serde_json::Value>(&text) else { return };
    let word = |key: &str| written.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
    let is_autostarted = word("start") == "auto";
    let kind = shown(word("mdev_type"), LONGEST_NAME);
    match instances.get_mut(&uuid) {
        // What is there under another parent is another one.
        Some(known) if known.parent != parent => {}
        Some(known) => (known.is_kept, known.is_autostarted) = (true, is_autostarted),
        None => {
            let found = Instance { kind, parent: parent.to_owned(), is_kept: true, is_autostarted, ..Instance::default() };
            instances.insert(uuid, found);
        }
    }
}
