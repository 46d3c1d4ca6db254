use super::*;
use crate::machine::Machine;

const Q35: &str = "<domain type='kvm'>
  <name>a</name>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <devices>
    <controller type='pci' index='0' model='pcie-root'/>
    <controller type='pci' index='1' model='pcie-root-port'/>
    <!-- somebody's note -->
    <controller type='pci' index='2' model='pcie-root-port'><target chassis='2' port='0x11'/></controller>
    <interface type='user'><address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></interface>
  </devices>
</domain>";
const OLD: &str = "<domain type='kvm'><name>a</name><os><type machine='pc-i440fx-7.2'>hvm</type></os><devices>
  <controller type='pci' index='0' model='pci-root'/>
  <interface type='user'><address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/></interface>
</devices></domain>";

fn wanted(sources: &[&str]) -> Vec<Assignment> {
    sources.iter().map(|source| Assignment { source: (*source).to_owned(), managed: true, ..Assignment::default() }).collect()
}

fn owned_all(sources: &[&str]) -> Vec<String> {
    sources.iter().map(|source| (*source).to_owned()).collect()
}

/// Where the guest sees the devices of the host.
fn guest(xml: &str) -> Vec<(u32, u32, u32, bool)> {
    let tree = Tree::parse(xml).unwrap();
    let devices = devices(&tree).unwrap();
    let found = devices.children_named("hostdev").filter_map(|device| seat_of(&device));
    found.map(|seat| (seat.place.bus, seat.place.slot, seat.place.function, seat.is_card)).collect()
}

#[test]
fn what_is_no_address_is_refused_and_never_written() {
    for source in ["", "0000:01:00", "0000:01:00.0'/><x a='", "../../0000:01:00.0", "0000:1:00.0"] {
        assert_eq!(assign(Q35, &wanted(&[source])), Err(Error::Invalid { what: "a PCI address" }), "{source}");
    }
    assert!(matches!(assign("<domain/>", &wanted(&["0000:01:00.0"])), Err(Error::Missing { .. })));
}

#[test]
fn one_function_of_a_card_gets_a_rom_from_a_file_and_goes_with_it() {
    let rom = |file: &str| Assignment { source: "0000:01:00.0".into(), rom_file: Some(file.into()), ..Assignment::default() };
    let both = [rom("/roms/a'b<.rom"), Assignment { source: "0000:01:00.1".into(), ..Assignment::default() }];
    let xml = assign(Q35, &both).unwrap();
    assert_eq!(xml.matches("<rom ").count(), 1, "{xml}");
    let tree = Tree::parse(&xml).unwrap();
    let card = devices(&tree).unwrap().children_named("hostdev").next().unwrap();
    assert_eq!(card.child("rom").map(|rom| (owned(&rom, "file"), owned(&rom, "bar"))), Some(("/roms/a'b<.rom".into(), String::new())));
    assert_eq!(unassign(&xml, &owned_all(&["0000:01:00.0", "0000:01:00.1"])).unwrap(), Q35, "to the last byte");
}

#[test]
fn one_device_gets_the_place_that_libvirt_chooses() {
    let one = Assignment { source: "0000:01:00.0".into(), rom_bar: Some(false), ..Assignment::default() };
    let xml = assign(Q35, &[one]).unwrap();
    assert!(
        xml.contains(concat!(
            "<hostdev mode=\"subsystem\" type=\"pci\" managed=\"no\"><source><address domain=\"0x0000\" bus=\"0x01\" ",
            "slot=\"0x00\" function=\"0x0\"/></source><rom bar=\"off\"/></hostdev>"
        )),
        "{xml}"
    );
    assert_eq!(guest(&xml), []);
    let machine = Machine::parse(&xml).unwrap();
    assert_eq!(machine.host_devices[0].source, "0000:01:00.0");
}

#[test]
fn a_whole_card_is_one_card_behind_a_port_of_its_own() {
    let functions = ["0000:01:00.0", "0000:01:00.1", "0000:01:00.2", "0000:01:00.3"];
    let xml = assign(Q35, &wanted(&functions)).unwrap();
    assert_eq!(guest(&xml), [(3, 0, 0, true), (3, 0, 1, true), (3, 0, 2, true), (3, 0, 3, true)]);
    assert!(xml.contains("<controller type=\"pci\" index=\"3\" model=\"pcie-root-port\"/>"), "{xml}");
    assert_eq!(xml.matches("multifunction=\"on\"").count(), 1);
    assert!(xml.contains("<!-- somebody's note -->"));
}

#[test]
fn two_cards_are_two_cards() {
    let xml = assign(Q35, &wanted(&["0000:01:00.0", "0000:02:00.0", "0000:01:00.1"])).unwrap();
    assert_eq!(guest(&xml), [(3, 0, 0, true), (3, 0, 1, true)], "the other has no place yet");
}

#[test]
fn without_its_first_function_a_card_is_numbered_anew() {
    let xml = assign(Q35, &wanted(&["0000:01:00.1", "0000:01:00.3"])).unwrap();
    assert_eq!(guest(&xml), [(3, 0, 0, true), (3, 0, 1, true)]);
}

#[test]
fn an_old_machine_gets_the_card_on_a_free_slot() {
    let xml = assign(OLD, &wanted(&["0000:01:00.0", "0000:01:00.1"])).unwrap();
    assert_eq!(guest(&xml), [(0, 4, 0, true), (0, 4, 1, true)]);
    assert!(!xml.contains("pcie-root-port"));
}

#[test]
fn what_was_given_is_taken_away_to_the_last_byte() {
    for machine in [Q35, OLD] {
        for functions in [&["0000:01:00.0"][..], &["0000:01:00.0", "0000:01:00.1"]] {
            let xml = assign(machine, &wanted(functions)).unwrap();
            assert_eq!(unassign(&xml, &owned_all(functions)).unwrap(), machine);
        }
    }
}

#[test]
fn a_port_that_another_device_is_behind_stays() {
    let card = ["0000:01:00.0", "0000:01:00.1"];
    let xml = assign(Q35, &wanted(&card)).unwrap();
    let left = unassign(&xml, &owned_all(&card[..1])).unwrap();
    assert!(left.contains("index=\"3\""), "{left}");
    assert_eq!(assigned(&left).unwrap(), ["0000:01:00.1"]);
    let unrelated = unassign(&left, &owned_all(&["0000:09:00.0"])).unwrap();
    assert_eq!(unrelated, left);
}

#[test]
fn what_is_there_already_is_not_given_twice() {
    let xml = assign(Q35, &wanted(&["0000:01:00.0"])).unwrap();
    assert_eq!(assign(&xml, &wanted(&["0000:01:00.0"])).unwrap(), xml);
}

#[test]
fn the_element_of_a_device_and_whether_it_is_part_of_a_card() {
    let xml = assign(Q35, &wanted(&["0000:01:00.0", "0000:01:00.1", "0000:02:00.0"])).unwrap();
    assert!(is_part_of_card(&xml, "0000:01:00.1").unwrap());
    assert!(!is_part_of_card(&xml, "0000:02:00.0").unwrap());
    let element = element_of(&xml, "0000:01:00.1").unwrap().unwrap();
    assert!(element.starts_with("<hostdev") && element.contains("function=\"0x1\""), "{element}");
    assert_eq!(element_of(&xml, "0000:03:00.0").unwrap(), None);
}

#[test]
fn ports_that_something_is_behind_are_not_free() {
    assert_eq!(free_ports(Q35).unwrap(), Some(1));
    assert_eq!(free_ports(OLD).unwrap(), None);
    let full = Q35.replace("slot='0x00'", "slot='0x00' ").replace("<target ", "<target hotplug='off' ");
    assert_eq!(free_ports(&full).unwrap(), Some(0));
}

#[test]
fn a_device_of_a_segment_that_is_none_of_the_firmwares_goes_and_comes_back() {
    let behind_vmd = ["10000:e1:00.0"];
    let xml = assign(Q35, &wanted(&behind_vmd)).unwrap();
    assert!(xml.contains("<address domain=\"0x10000\" bus=\"0xe1\" slot=\"0x00\" function=\"0x0\"/>"), "{xml}");
    assert_eq!(assigned(&xml).unwrap(), behind_vmd);
    assert_eq!(unassign(&xml, &owned_all(&behind_vmd)).unwrap(), Q35);
    for bad in ["100000000:e1:00.0", "000:e1:00.0", "1000g:e1:00.0"] {
        assert!(assign(Q35, &wanted(&[bad])).is_err(), "{bad}");
    }
}

#[test]
fn a_libvirt_that_drops_iommufd_is_noticed() {
    let one = Assignment { source: "0000:01:00.0".into(), iommufd: true, ..Assignment::default() };
    let xml = assign(Q35, &[one]).unwrap();
    let sources = owned_all(&["0000:01:00.0"]);
    assert!(uses_iommufd(&xml, &sources).unwrap());
    assert!(!uses_iommufd(&xml.replace("<driver iommufd=\"yes\"/>", ""), &sources).unwrap());
}

#[test]
fn a_virtual_function_is_a_network_card_with_its_address_and_vlan_and_goes_again() {
    let card = NetworkCard { mac: Some("52:54:00:00:00:01".into()), vlan: Some(100) };
    let one = Assignment { source: "0000:81:02.0".into(), managed: true, card: Some(card), ..Assignment::default() };
    let xml = assign(Q35, std::slice::from_ref(&one)).unwrap();
    let element = concat!(
        "<interface type=\"hostdev\" managed=\"yes\"><mac address=\"52:54:00:00:00:01\"/><source><address domain=\"0x0000\" bus=\"0x81\" ",
        "slot=\"0x02\" function=\"0x0\" type=\"pci\"/></source><vlan><tag id=\"100\"/></vlan></interface>"
    );
    assert!(xml.contains(element), "{xml}");
    let read = Machine::parse(&xml).unwrap().interfaces.pop().unwrap();
    assert_eq!((read.kind.as_str(), read.source.as_str(), read.managed), ("hostdev", "0000:81:02.0", true));
    assert_eq!(assigned(&xml).unwrap(), ["0000:81:02.0"]);
    assert_eq!(element_of(&xml, "0000:81:02.0").unwrap().as_deref(), Some(element));
    assert_eq!(assign(&xml, &[one]).unwrap(), xml, "once is enough");
    assert_eq!(assign(&xml, &wanted(&["0000:81:02.0"])).unwrap(), xml, "nor as a device besides");
    assert_eq!(unassign(&xml, &owned_all(&["0000:81:02.0"])).unwrap(), Q35);
}
