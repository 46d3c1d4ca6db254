//! What libvirt and a QEMU can do with devices of the host: of libvirt's `<domainCapabilities>`.

use crate::Error;
use crate::device::owned;
use crate::xml::Tree;

/// Whether devices can be given through iommufd. A libvirt that does not know it says nothing of it.
///
/// # Errors
/// Those of [`Tree::parse`]; `Missing` when the root is no `<domainCapabilities>`.
pub fn knows_iommufd(xml: &str) -> Result<bool, Error> {
    let tree = Tree::parse(xml)?;
    let root = tree.root();
    if root.name() != "domainCapabilities" {
        return Err(Error::Missing { what: "<domainCapabilities>" });
    }
    let Some(devices) = root.find(&["devices", "hostdev"]) else { return Ok(false) };
    let mut words = devices.children_named("enum").filter(|list| owned(list, "name") == "iommufd");
    Ok(words.any(|list| list.children_named("value").any(|value| value.text() == "yes")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(hostdev: &str) -> Result<bool, Error> {
        knows_iommufd(&["<domainCapabilities><path>/usr/bin/qemu</path><devices>", hostdev, "</devices></domainCapabilities>"].concat())
    }

    #[test]
    fn iommufd_is_known_only_if_it_is_said() {
        let subsystem = "<enum name='subsysType'><value>pci</value></enum>";
        let old = ["<hostdev supported='yes'>", subsystem, "</hostdev>"].concat();
        let new =
            ["<hostdev supported='yes'>", subsystem, "<enum name='iommufd'><value>yes</value><value>no</value></enum></hostdev>"].concat();
        let without = "<hostdev supported='yes'><enum name='iommufd'/></hostdev>";
        let elsewhere = "<video><enum name='iommufd'><value>yes</value></enum></video>";
        assert_eq!([of(&old), of(&new), of(without), of(elsewhere), of("")], [Ok(false), Ok(true), Ok(false), Ok(false), Ok(false)]);
        assert!(knows_iommufd("<capabilities/>").is_err() && knows_iommufd("nothing").is_err());
    }
}
