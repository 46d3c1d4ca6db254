//! What is taken out of a definition, kept so that it can be put back as it was: with its place, boot order, ROM, VLANs, and whatever else
//! this service does not know.

use std::collections::BTreeSet;

use super::{attribute, devices, find, owned, pci_controllers, source_of, spare_port};
use crate::{
    Error,
    patch::{Path, insert_after, insert_before, insert_child, remove_element},
    xml::Tree,
};

/// An element that was taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The address of the device; `None` for a port that went with it.
    pub source: Option<String>,
    /// Whether libvirt takes the device from its driver and gives it back.
    pub managed: bool,
    /// The element.
    pub element: String,
    name: String,
    /// Among elements of its name, from 1.
    position: usize,
    /// Among all devices, from 0.
    index: usize,
}

/// As [`super::unassign`], and what was taken, in that order.
///
/// # Errors
/// As [`super::assign`].
pub fn take(xml: &str, sources: &[String]) -> Result<(String, Vec<Taken>), Error> {
    let (mut text, mut ports, mut all) = (xml.to_owned(), BTreeSet::new(), Vec::new());
    while let Some((name, position, seat)) = find(&text, sources)? {
        ports.extend(seat.filter(|seat| seat.is_card).map(|seat| seat.place.bus));
        text = take_out(&text, name, position, &mut all)?;
    }
    for port in ports.into_iter().rev() {
        if let Some(position) = spare_port(&text, port)? {
            text = take_out(&text, "controller", position, &mut all)?;
        }
    }
    Ok((text, all))
}

fn take_out(xml: &str, name: &str, position: usize, all: &mut Vec<Taken>) -> Result<String, Error> {
    let tree = Tree::parse(xml)?;
    let devices = devices(&tree)?;
    let mut named = devices.children().enumerate().filter(|(_, device)| device.name() == name);
    let (index, device) = named.nth(position - 1).ok_or(Error::Missing { what: "the device to take" })?;
    all.push(Taken {
        source: source_of(&device),
        managed: device.attribute("managed").as_deref() == Some("yes"),
        element: xml[device.span()].to_owned(),
        name: name.to_owned(),
        position,
        index,
    });
    remove_element(xml, &Path::root().child("devices").child(name).at(position))
}

/// Puts those of these sources back, each where it was as far as that can be told, and the ports that they need.
///
/// # Errors
/// As [`super::assign`].
pub fn put_back(xml: &str, taken: &[Taken], sources: &[String]) -> Result<String, Error> {
    let mut text = xml.to_owned();
    for one in taken.iter().rev() {
        let is_wanted = match &one.source {
            Some(source) => sources.contains(source),
            None => !has_port(&text, &one.element)?,
        };
        if is_wanted {
            text = put_in(&without_usual_boot(&text, &one.element)?, one)?;
        }
    }
    Ok(text)
}

/// libvirt has a machine without any boot order start from its disk, and says so in `<os>`: where devices have orders, nothing may stand there.
fn without_usual_boot(xml: &str, element: &str) -> Result<String, Error> {
    let (tree, device) = (Tree::parse(xml)?, Tree::parse(element)?);
    let usual = tree.root().child("os").is_some_and(|os| {
        let boots: Vec<String> = os.children_named("boot").map(|boot| owned(&boot, "dev")).collect();
        boots == ["hd"]
    });
    if usual && device.root().child("boot").is_some() {
        remove_element(xml, &Path::root().child("os").child("boot"))
    } else {
        Ok(xml.to_owned())
    }
}

/// Whether there is a port with the number of this one.
fn has_port(xml: &str, port: &str) -> Result<bool, Error> {
    let (tree, port) = (Tree::parse(xml)?, Tree::parse(port)?);
    let index = attribute(&port.root(), "index");
    Ok(pci_controllers(&devices(&tree)?).any(|controller| attribute(&controller, "index") == index))
}

fn put_in(xml: &str, one: &Taken) -> Result<String, Error> {
    let tree = Tree::parse(xml)?;
    let devices = devices(&tree)?;
    let parent = Path::root().child("devices");
    let alike = parent.clone().child(&one.name);
    let count = devices.children_named(&one.name).count();
    if count >= one.position {
        return insert_before(xml, &alike.at(one.position), &one.element);
    }
    if count > 0 {
        return insert_after(xml, &alike.at(count), &one.element);
    }
    // None of its kind is left to tell its place.
    let Some(next) = devices.children().nth(one.index) else { return insert_child(xml, &parent, &one.element) };
    let position = devices.children().take(one.index + 1).filter(|device| device.name() == next.name()).count();
    insert_before(xml, &parent.child(next.name()).at(position), &one.element)
}

/// The element of a running machine without what it was there: its name, and its place, for another may be at that since.
///
/// # Errors
/// Those of [`Tree::parse`].
pub fn unplaced(element: &str) -> Result<String, Error> {
    let mut text = element.to_owned();
    for name in ["alias", "address"] {
        if Tree::parse(&text)?.root().child(name).is_some() {
            text = remove_element(&text, &Path::root().child(name))?;
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: [&str; 2] = ["0000:01:00.0", "0000:01:00.1"];
    const XML: &str = "<domain type='kvm'>
  <devices>
    <controller type='pci' index='0' model='pcie-root'/>
    <controller type='pci' index='1' model='pcie-root-port'/>
    <interface type='hostdev' managed='yes'>
      <source><address type='pci' domain='0x0000' bus='0x03' slot='0x02' function='0x0'/></source>
      <vlan trunk='yes'><tag id='10' nativeMode='untagged'/><tag id='20'/></vlan>
      <boot order='2'/>
    </interface>
    <interface type='user'/>
    <hostdev mode='subsystem' type='pci' managed='no'>
      <source><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source>
      <rom file='/roms/a.rom'/>
      <boot order='1'/>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0' multifunction='on'/>
    </hostdev>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source><address domain='0x0000' bus='0x01' slot='0x00' function='0x1'/></source>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x1'/>
    </hostdev>
    <memballoon model='none'/>
  </devices>
</domain>";

    fn owned_all(sources: &[&str]) -> Vec<String> {
        sources.iter().map(|source| (*source).to_owned()).collect()
    }

    #[test]
    fn what_was_taken_is_put_back_to_the_last_byte() {
        let all = [&CARD[..], &["0000:03:02.0"]].concat();
        for sources in [&all[..], &CARD, &CARD[..1], &CARD[1..], &all[2..]] {
            let sources = owned_all(sources);
            let (without, taken) = take(XML, &sources).unwrap();
            assert_eq!(without, super::super::unassign(XML, &sources).unwrap());
            assert_ne!(without, XML);
            assert_eq!(put_back(&without, &taken, &sources).unwrap(), XML, "{sources:?}");
        }
        let (without, taken) = take(XML, &owned_all(&CARD)).unwrap();
        assert_eq!((without.matches("pcie-root-port").count(), taken.len()), (0, 3), "its port went with it");
        let managed: Vec<_> = taken.iter().map(|one| (one.source.as_deref(), one.managed)).collect();
        assert_eq!(managed, [(Some(CARD[0]), false), (Some(CARD[1]), true), (None, false)]);
    }

    #[test]
    fn what_others_changed_since_stays_and_only_what_is_asked_for_comes_back() {
        let (without, taken) = take(XML, &owned_all(&CARD)).unwrap();
        let changed = without.replace("<memballoon model='none'/>", "<memballoon model='virtio'/>");
        let again = put_back(&changed, &taken, &owned_all(&CARD)).unwrap();
        assert_eq!(again, XML.replace("model='none'", "model='virtio'"));
        let half = put_back(&changed, &taken, &owned_all(&CARD[..1])).unwrap();
        assert_eq!((half.matches("<hostdev").count(), half.matches("pcie-root-port").count()), (1, 1));
        let port = "<controller type='pci' index='1' model='pcie-root-port'/>";
        let taken_since = without.replace("<interface type='user'/>", &[port, "<interface type='user'/>"].concat());
        assert_eq!(put_back(&taken_since, &taken, &owned_all(&CARD)).unwrap().matches(port).count(), 1, "no second one of a number");
    }

    #[test]
    fn a_boot_order_takes_the_place_of_the_disk_that_libvirt_wrote_and_of_nothing_else() {
        let sources = owned_all(&CARD);
        let (without, taken) = take(XML, &sources).unwrap();
        let with = |boots: &str| without.replacen("<devices>", &format!("<os>{boots}</os>\n  <devices>"), 1);
        let back = |boots: &str| put_back(&with(boots), &taken, &sources).unwrap();
        assert!(!back("<boot dev='hd'/>").contains("<boot dev="));
        assert!(back("<boot dev='network'/>").contains("<boot dev='network'/>"), "somebody wants that");
        assert!(back("<boot dev='hd'/><boot dev='cdrom'/>").contains("<boot dev='hd'/><boot dev='cdrom'/>"));
        let second = put_back(&with("<boot dev='hd'/>"), &taken, &sources[1..]).unwrap();
        assert!(second.contains("<boot dev='hd'/>"), "it has no order");
    }

    #[test]
    fn what_is_plugged_in_again_has_all_but_its_name_and_its_place() {
        let live = "<hostdev type='pci'><source><address bus='0x01'/></source><boot order='1'/><alias name='hostdev0'/><rom file='/a'/>\
                    <address type='pci' bus='0x05'/></hostdev>";
        let bare = "<hostdev type='pci'><source><address bus='0x01'/></source><boot order='1'/><rom file='/a'/></hostdev>";
        assert_eq!(unplaced(live).unwrap(), bare);
        assert_eq!(unplaced(bare).unwrap(), bare);
    }
}
