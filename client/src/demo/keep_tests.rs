use std::io::{Read, Seek};

use dbus::ErrorKind;

use super::*;
use crate::{Client, Operation};

const CARD: &str = "0000:02:00.0";
const NETWORK: &str = "0000:03:00.0";

fn frozen() -> (Demo, Client) {
    let demo = Demo::new(Preset::Frozen);
    (demo.clone(), Client::from(demo))
}

fn group_of(address: &str) -> Devices {
    Devices { addresses: vec![address.to_owned()], whole_groups: true, ..Devices::default() }
}

fn is_kept(demo: &Demo, address: &str) -> bool {
    demo.devices().iter().any(|device| device.address == address && device.is_kept)
}

#[tokio::test]
async fn what_is_kept_is_listed_until_it_is_forgotten_and_its_driver_stays_meanwhile() {
    let (demo, client) = frozen();
    let plan = client.plan_keep(group_of(CARD)).await.unwrap();
    assert_eq!((plan.bind.devices.len(), plan.bind.reasons.len(), plan.bind.steps.len()), (2, 0, 6));
    let lines: Vec<&str> = plan.advice.iter().map(|advice| advice.line.as_str()).collect();
    assert_eq!(lines[0], "vfio-pci.ids=10de:10fa,10de:1ff2");
    assert!(lines.contains(&"softdep nvidia pre: vfio-pci") && !is_kept(&demo, CARD), "a plan changes nothing");
    client.keep(group_of(CARD)).await.unwrap();
    assert!(is_kept(&demo, CARD) && demo.devices().iter().any(|device| device.address == CARD && device.driver == "nvidia"));
    client.forget(CARD.to_owned()).await.unwrap();
    assert!(!is_kept(&demo, CARD) && is_kept(&demo, "0000:02:00.1"));
    assert_eq!(client.forget(CARD.to_owned()).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
}

#[tokio::test]
async fn a_card_that_is_gone_is_still_listed_and_can_be_forgotten() {
    let (_, client) = frozen();
    let gone = async || client.at_boot().await.unwrap().devices.into_iter().find(|kept| kept.outcome == "gone");
    let address = gone().await.unwrap().address;
    client.forget(address).await.unwrap();
    assert_eq!(gone().await, None);
}

#[tokio::test]
async fn what_the_host_needs_is_not_kept_and_one_of_two_alike_gets_no_advice() {
    let (demo, client) = frozen();
    let refused = client.keep(group_of("0000:06:00.0")).await.unwrap_err();
    assert_eq!(refused.refusals()[0].reason, "mounted");
    assert!(!is_kept(&demo, "0000:06:00.0"));
    let alike = client.plan_keep(group_of("0000:03:02.1")).await.unwrap();
    assert_eq!((alike.advice, alike.bind.warnings[0].reason.as_str()), (Vec::new(), "same-ids"));
    assert_eq!(client.plan_keep(group_of("0000:01:00.0")).await.unwrap().bind.reasons, [], "no machine runs at a start");
}

#[tokio::test]
async fn a_card_has_as_many_functions_as_it_was_given_and_none_that_is_in_use_goes() {
    let (demo, client) = frozen();
    let functions = || demo.devices().iter().filter(|device| device.function_of.is_some()).count();
    let error = |result: Result<(), Error>| result.unwrap_err();
    assert_eq!(error(client.set_functions(CARD.to_owned(), 1).await).kind(), Some(ErrorKind::NotSupported));
    let many = error(client.set_functions(NETWORK.to_owned(), 65).await);
    assert_eq!((many.kind(), many.fact("limit")), (Some(ErrorKind::LimitExceeded), Some("64")));
    let used = error(client.set_functions(NETWORK.to_owned(), 4).await);
    assert_eq!((used.refusals()[0].reason.as_str(), used.refusals()[0].name.as_str(), functions()), ("machine-running", "opnsense", 2));
    let firewall = demo.machines().into_iter().find(|machine| machine.name == "opnsense").unwrap().id;
    client.operate(firewall, Operation::ForceOff).await.unwrap();
    client.set_functions(NETWORK.to_owned(), 12).await.unwrap();
    assert_eq!(functions(), 12);
    let card = demo.devices().into_iter().find(|device| device.address == NETWORK).unwrap();
    assert_eq!((card.functions.len(), card.functions[11].as_str()), (12, "0000:03:03.3"));
    client.set_functions(NETWORK.to_owned(), 0).await.unwrap();
    assert_eq!(functions(), 0);
}

#[tokio::test]
async fn a_rom_is_written_unless_the_card_is_in_use_or_has_none() {
    let (_, client) = frozen();
    let mut file = tempfile::tempfile().unwrap();
    let dump = async |address: &str| client.dump_rom(address.to_owned(), file.try_clone().unwrap().into()).await;
    assert_eq!(dump("0000:04:00.0").await.unwrap_err().kind(), Some(ErrorKind::NotSupported));
    assert_eq!(dump("0000:01:00.0").await.unwrap_err().refusals()[0].reason, "machine-running");
    assert_eq!(dump("0000:0d:00.0").await.unwrap_err().refusals().len(), 2, "a screen of the host");
    assert_eq!(dump(CARD).await.unwrap(), 4);
    let mut rom = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut rom).unwrap();
    assert_eq!(rom[..2], [0x55, 0xaa]);
}
