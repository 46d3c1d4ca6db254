//! Devices of the host as libvirt describes them, as far as parts of divided cards go: `<device>` with `<capability type='mdev'>`.

use crate::Error;
use crate::patch::{Path, fragment, insert_child};
use crate::xml::Tree;
use uuid::Uuid;

/// A part that libvirt knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its UUID.
    pub uuid: Uuid,
    /// The kernel's name of its parent, such as `0000:00:02.0`; empty where libvirt does not say.
    pub parent: String,
}

/// Reads a part; `None` for any other device.
///
/// # Errors
/// Those of [`Tree::parse`].
pub fn part(xml: &str) -> Result<Option<Part>, Error> {
    let tree = Tree::parse(xml)?;
    let root = tree.root();
    let Some(capability) = root.children_named("capability").find(|one| one.attribute("type").as_deref() == Some("mdev")) else {
        return Ok(None);
    };
    let text = |name: &str| capability.child(name).map_or_else(String::new, |child| child.text().trim().to_owned());
    let part = |uuid| Part { uuid, parent: text("parent_addr") };
    Ok(Uuid::try_parse(&text("uuid")).ok().map(part))
}

/// The document of a part that libvirt is to make or keep: below libvirt's `parent`, of the kind with this id.
///
/// # Errors
/// None for any text.
pub fn wanted(parent: &str, kind: &str, uuid: Uuid) -> Result<String, Error> {
    let (root, uuid) = (Path::root(), uuid.to_string());
    let mut capability = fragment("capability", &[("type", "mdev")], "")?;
    for child in [fragment("type", &[("id", kind)], "")?, fragment("uuid", &[], &uuid)?] {
        capability = insert_child(&capability, &root, &child)?;
    }
    let device = insert_child(&fragment("device", &[], "")?, &root, &fragment("parent", &[], parent)?)?;
    insert_child(&device, &root, &capability)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: Uuid = Uuid::from_u128(0xc2177883_f1bb_47f0_914d_32a22e3a8804);

    #[test]
    fn a_part_is_told_from_any_other_device() {
        let xml =
            "<device><name>mdev_c2177883_f1bb_47f0_914d_32a22e3a8804_0000_00_02_0</name><path>/sys/devices/pci0000:00/0000:00:02.0/x</path>
            <parent>pci_0000_00_02_0</parent><driver><name>vfio_mdev</name></driver>
            <capability type='mdev'><type id='i915-GVTg_V5_4'/><uuid>c2177883-f1bb-47f0-914d-32a22e3a8804</uuid>
            <parent_addr>0000:00:02.0</parent_addr><iommuGroup number='12'/></capability></device>";
        assert_eq!(part(xml).unwrap(), Some(Part { uuid: UUID, parent: "0000:00:02.0".into() }));
        assert_eq!(part(&xml.replace("type='mdev'", "type='pci'")).unwrap(), None);
        assert_eq!(part(&xml.replace("c2177883-f1bb-47f0-914d-32a22e3a8804</uuid>", "nonsense</uuid>")).unwrap(), None);
        assert!(part("<device>").is_err());
    }

    #[test]
    fn what_is_wanted_says_parent_kind_and_uuid_and_nothing_breaks_out_of_it() {
        let xml = wanted("pci_0000_00_02_0", "a'\"/><b>", UUID).unwrap();
        assert!(xml.contains("<parent>pci_0000_00_02_0</parent>"), "{xml}");
        assert_eq!(part(&xml).unwrap(), Some(Part { uuid: UUID, parent: String::new() }));
        let tree = Tree::parse(&xml).unwrap();
        assert_eq!(tree.root().find(&["capability", "type"]).unwrap().attribute("id").unwrap(), "a'\"/><b>");
    }
}
