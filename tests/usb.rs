//! The USB devices of captured hosts: what hangs where, what uses it, and who names it.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use dbus::{interface, path};
use kvm_manager_tests::{
    captured::Captured,
    client::{Signals, managed_objects, properties},
    project,
    simulated::{Simulated, machine_path, machine_with},
    user,
};
use service::host::{Root, usb};
use zbus::{OwnedObjectPath, OwnedVariant};

type Facts = BTreeMap<String, OwnedVariant>;

/// A desktop with a few devices; the machine names its stick by kind.
async fn desktop(host: &Captured) -> Simulated {
    let stick = "<hostdev mode='subsystem' type='usb'><source><vendor id='0x0951'/><product id='0x1666'/></source></hostdev></devices>";
    Simulated::start(Root::captured(host.path()), &machine_with(&[]).replace("</devices>", stick)).await
}

async fn devices(service: &Simulated) -> BTreeMap<String, Facts> {
    let read = async || properties(&service.connection, path::HOST, interface::USB).await["Devices"].try_clone().unwrap();
    let mut told = read().await;
    loop {
        let managed = managed_objects(&service.connection).await[path::HOST][interface::USB]["Devices"].try_clone().unwrap();
        let before = std::mem::replace(&mut told, read().await);
        // Unless they changed in between, both ways give the same.
        if before == told {
            assert!(managed == told, "{managed:?} {told:?}");
            break;
        }
    }
    let all: Vec<std::collections::HashMap<String, OwnedVariant>> = told.try_into().unwrap();
    all.into_iter().map(|facts| (text(&facts.iter().collect(), "port"), facts.into_iter().collect())).collect()
}

fn text<'a, T: std::borrow::Borrow<OwnedVariant>>(facts: &BTreeMap<impl Ord + std::borrow::Borrow<String> + 'a, T>, name: &str) -> String {
    let found = facts.iter().find(|(key, _)| (*key).borrow() == name).unwrap().1;
    String::try_from(found.borrow().try_clone().unwrap()).unwrap()
}

fn words(facts: &Facts, name: &str) -> Vec<String> {
    facts[name].try_clone().unwrap().try_into().unwrap()
}

fn uses(facts: &Facts) -> Vec<(String, String)> {
    facts["uses"].try_clone().unwrap().try_into().unwrap()
}

#[test]
fn hubs_are_left_out_and_every_device_says_where_it_hangs() {
    let host = Captured::named("usb-desktop");
    let line = |(port, device): (&String, &usb::Device)| {
        let uses: Vec<String> = device.uses.iter().map(|(word, name)| format!("{word}={name}")).collect();
        format!(
            "{port} at {}:{} {:04x}:{:04x} serial '{}' {} / {} {} {} {} {}",
            device.bus,
            device.number,
            device.vendor,
            device.product,
            device.serial,
            device.vendor_name,
            device.product_name,
            device.speed,
            device.kinds.join(","),
            device.controller.unwrap(),
            uses.join(",")
        )
    };
    let found: Vec<String> = usb::read(&Root::captured(host.path())).iter().map(line).map(|line| line.trim_end().to_owned()).collect();
    let expected = project::read("tests/data/hosts/usb-desktop.usb");
    assert_eq!(found, expected.lines().collect::<Vec<_>>());
}

#[test]
fn what_the_host_uses_and_what_a_machine_names_shows() {
    user::ordinary(|| async {
        let host = Captured::named("usb-desktop");
        let service = desktop(&host).await;
        let mut changes = Signals::changes(&service.connection).await;
        // Definitions are read behind the first list.
        while !devices(&service).await["1-2.3"].contains_key("machines") || machines(&devices(&service).await["1-2.3"]).is_empty() {
            changes.next().await;
        }
        let devices = devices(&service).await;
        assert_eq!(devices.keys().collect::<Vec<_>>(), ["1-1", "1-2.3", "1-2.4", "2-1"]);
        assert_eq!(
            (words(&devices["1-1"], "kinds"), uses(&devices["1-1"])),
            (vec!["input".into()], vec![("keyboard".into(), "input5".into())])
        );
        assert_eq!(machines(&devices["1-2.3"]), [machine_path()]);
        assert!(!devices["1-2.3"].contains_key("active-machine"), "it is off");
        assert_eq!(uses(&devices["1-2.4"]), [("mounted".to_owned(), "sdb1".to_owned())]);
        assert_eq!(machines(&devices["1-2.4"]), []);
        let controller = OwnedObjectPath::try_from(devices["2-1"]["controller"].try_clone().unwrap()).unwrap();
        assert_eq!(controller, path::host_device("0000:00:14.0"));
    });
}

fn machines(facts: &Facts) -> Vec<OwnedObjectPath> {
    facts["machines"].try_clone().unwrap().try_into().unwrap()
}

#[test]
fn a_device_that_says_nonsense_hides_no_other_and_turns_no_terminal() {
    let host = Captured::named("usb-desktop");
    host.file("sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/product", "a\u{202e}b\u{1b}[31m\n");
    host.file("sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.3/idVendor", "none\n");
    host.file("sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.4/devnum", "-1\n");
    let found = usb::read(&Root::captured(host.path()));
    assert_eq!(found.keys().collect::<Vec<_>>(), ["1-1", "2-1"]);
    assert_eq!(found["1-1"].product_name, "ab[31m");
}

#[test]
fn a_host_without_usb_has_no_devices() {
    let host = Captured::named("no-iommu");
    assert_eq!(usb::read(&Root::captured(host.path())).len(), 0);
}
