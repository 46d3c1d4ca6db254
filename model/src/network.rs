//! Networks of libvirt's whose members are virtual functions of a card: `<forward mode='hostdev'>` with `<pf>`.

use crate::Error;
use crate::device::{owned, owned_of};
use crate::patch::{Path, fragment, insert_child};
use crate::xml::Tree;
use uuid::Uuid;

/// A network, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// Its UUID; zero where the document has none.
    pub uuid: Uuid,
    /// The interface of the card whose virtual functions it hands out; empty for any other network.
    pub card: String,
    /// How many machines are plugged into it now.
    pub connections: u32,
}

impl Network {
    /// Reads one.
    ///
    /// # Errors
    /// Those of [`Tree::parse`].
    pub fn parse(xml: &str) -> Result<Self, Error> {
        let tree = Tree::parse(xml)?;
        let root = tree.root();
        let text = |name: &str| root.child(name).map_or_else(String::new, |child| child.text().trim().to_owned());
        let forward = root.child("forward").filter(|forward| owned(forward, "mode") == "hostdev");
        Ok(Self {
            name: text("name"),
            uuid: Uuid::try_parse(&text("uuid")).unwrap_or_default(),
            card: forward.map_or_else(String::new, |forward| owned_of(&forward, "pf", "dev")),
            connections: root.attribute("connections").and_then(|count| count.parse().ok()).unwrap_or_default(),
        })
    }
}

/// The document of a network that hands out the virtual functions of the card with this interface; libvirt takes each from its driver
/// and gives it back.
///
/// # Errors
/// None for any text.
pub fn of_card(name: &str, card: &str) -> Result<String, Error> {
    let root = Path::root();
    let forward =
        insert_child(&fragment("forward", &[("mode", "hostdev"), ("managed", "yes")], "")?, &root, &fragment("pf", &[("dev", card)], "")?)?;
    let network = insert_child(&fragment("network", &[], "")?, &root, &fragment("name", &[], name)?)?;
    insert_child(&network, &root, &forward)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_networks_of_virtual_functions_have_a_card() {
        let xml = "<network connections='2'><name>pool</name><uuid>c2177883-f1bb-47f0-914d-32a22e3a8804</uuid>
            <forward mode='hostdev' managed='yes'><driver name='vfio'/><pf dev='ens1f0'/><address type='pci' domain='0x0000'/></forward></network>";
        let uuid = Uuid::from_u128(0xc2177883_f1bb_47f0_914d_32a22e3a8804);
        assert_eq!(Network::parse(xml).unwrap(), Network { name: "pool".into(), uuid, card: "ens1f0".into(), connections: 2 });
        let nat = Network::parse("<network><name>default</name><forward mode='nat'><pf dev='ens1f0'/></forward></network>").unwrap();
        assert_eq!((nat.card.as_str(), nat.connections), ("", 0));
        assert!(Network::parse("<network>").is_err());
    }

    #[test]
    fn what_is_made_is_read_again_and_nothing_breaks_out_of_it() {
        let xml = of_card("a<b>", "x'\"/><y>").unwrap();
        let read = Network::parse(&xml).unwrap();
        assert_eq!((read.name.as_str(), read.card.as_str()), ("a<b>", "x'\"/><y>"));
        assert!(xml.contains("managed=\"yes\""), "{xml}");
    }
}
