//! Network cards of a machine that are plugged into a network of libvirt's: `<interface type='network'>`.

use super::assign::add;
use super::{Interface, owned, owned_of};
use crate::Error;
use crate::patch::{Path, fragment, insert_child, remove_element};
use crate::xml::Tree;

/// A network card that is to be given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// The name of the network.
    pub network: String,
    /// Its address, in lower case; libvirt chooses one without.
    pub mac: Option<String>,
}

impl Interface {
    /// Whether it is plugged into the network of this name.
    #[must_use]
    pub fn is_in(&self, network: &str) -> bool {
        self.kind == "network" && self.source == network
    }
}

/// Gives a card to the machine, behind those that it has. One in the same network with the same address stays as it is.
///
/// # Errors
/// Those of [`Tree::parse`]; `Missing` without `<devices>`.
pub fn give(xml: &str, card: &Card) -> Result<String, Error> {
    if card.mac.is_some() && cards(xml, &card.network)?.into_iter().any(|mac| Some(mac) == card.mac) {
        return Ok(xml.to_owned());
    }
    let root = Path::root();
    let mut element = fragment("interface", &[("type", "network")], "")?;
    if let Some(mac) = &card.mac {
        element = insert_child(&element, &root, &fragment("mac", &[("address", mac)], "")?)?;
    }
    add(xml, &insert_child(&element, &root, &fragment("source", &[("network", &card.network)], "")?)?)
}

/// The addresses of the cards that the machine has in a network, in lower case; empty where libvirt is to choose one.
///
/// # Errors
/// As [`give`].
pub fn cards(xml: &str, network: &str) -> Result<Vec<String>, Error> {
    Ok(found(xml, network)?.into_iter().map(|(_, mac)| mac).collect())
}

/// Takes a card in a network away, by its place among those of [`cards`]. One that is not there is left out.
///
/// # Errors
/// As [`give`].
pub fn take(xml: &str, network: &str, place: usize) -> Result<String, Error> {
    match found(xml, network)?.get(place) {
        Some((position, _)) => remove_element(xml, &Path::root().child("devices").child("interface").at(*position)),
        None => Ok(xml.to_owned()),
    }
}

/// The position of each card in the network among all network cards, and its address.
fn found(xml: &str, network: &str) -> Result<Vec<(usize, String)>, Error> {
    let tree = Tree::parse(xml)?;
    let devices = tree.root().child("devices").ok_or(Error::Missing { what: "<devices>" })?;
    let all = devices.children_named("interface").enumerate();
    let own = all.filter(|(_, card)| owned(card, "type") == "network" && owned_of(card, "source", "network") == network);
    Ok(own.map(|(index, card)| (index + 1, owned_of(&card, "mac", "address").to_ascii_lowercase())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

    const XML: &str = "<domain type='kvm'>
  <name>a</name>
  <devices>
    <interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='pool'/></interface> <!-- kept -->
    <interface type='network'><mac address='52:54:00:AA:00:02'/><source network='other'/></interface>
    <memballoon model='none'/>
  </devices>
</domain>";

    fn card(mac: Option<&str>) -> Card {
        Card { network: "pool".into(), mac: mac.map(str::to_owned) }
    }

    #[test]
    fn a_card_in_a_network_stands_behind_the_others_and_goes_to_the_last_byte() {
        let given = give(XML, &card(Some("52:54:00:00:00:07"))).unwrap();
        let expected = concat!(
            "<interface type=\"network\"><mac address=\"52:54:00:00:00:07\"/><source network=\"pool\"/></interface>",
            "\n    <memballoon"
        );
        assert!(given.contains(expected), "{given}");
        let read = Machine::parse(&given).unwrap().interfaces.remove(2);
        assert!(read.is_in("pool") && !read.is_in("other") && read.mac == "52:54:00:00:00:07", "{read:?}");
        assert_eq!(give(&given, &card(Some("52:54:00:00:00:07"))).unwrap(), given, "what is there stays as it is");
        assert_eq!(take(&given, "pool", 0).unwrap(), XML);
        assert_eq!(take(XML, "pool", 0).unwrap(), XML, "a bridge of that name is no network");
        let none = "<domain><devices/></domain>";
        assert_eq!(take(&give(none, &card(None)).unwrap(), "pool", 0).unwrap(), "<domain><devices></devices></domain>");
    }

    #[test]
    fn of_several_cards_only_the_one_that_is_meant_goes() {
        let one = give(XML, &card(Some("52:54:00:00:00:07"))).unwrap();
        let two = give(&one, &card(None)).unwrap();
        let three = give(&two, &card(None)).unwrap();
        assert_eq!(cards(&three, "pool").unwrap(), ["52:54:00:00:00:07", "", ""]);
        assert_eq!(cards(XML, "other").unwrap(), ["52:54:00:aa:00:02"], "in lower case");
        assert_eq!(take(&three, "pool", 2).unwrap(), two);
        assert_eq!(take(&two, "pool", 1).unwrap(), one);
        assert_eq!(cards(&take(&two, "pool", 0).unwrap(), "pool").unwrap(), [""]);
    }

    #[test]
    fn no_name_of_a_network_breaks_out_of_its_attribute() {
        let odd = Card { network: "x'\"/><hostdev a='".into(), mac: None };
        let given = give(XML, &odd).unwrap();
        assert_eq!((cards(&given, &odd.network).unwrap().len(), Machine::parse(&given).unwrap().host_devices.len()), (1, 0));
        assert_eq!(take(&given, &odd.network, 0).unwrap(), XML);
    }
}
