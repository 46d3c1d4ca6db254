use dbus::ErrorKind;

use super::*;
use crate::{Client, Operation, device::Holder};

const CARD: &str = "0000:02:00.0";
const SOUND: &str = "0000:02:00.1";
const GIVEN: &str = "0000:01:00.0";

fn frozen() -> (Demo, Client) {
    let demo = Demo::new(Preset::Frozen);
    (demo.clone(), Client::from(demo))
}

fn group_of(address: &str) -> Devices {
    Devices { whole_groups: true, ..one(address) }
}

fn one(address: &str) -> Devices {
    Devices { addresses: vec![address.to_owned()], ..Devices::default() }
}

fn drivers(demo: &Demo, addresses: &[&str]) -> Vec<String> {
    demo.devices().into_iter().filter(|device| addresses.contains(&&*device.address)).map(|device| device.driver).collect()
}

fn words(refusals: &[Refusal]) -> Vec<&str> {
    let mut words: Vec<&str> = refusals.iter().map(|refusal| refusal.reason.as_str()).collect();
    words.dedup();
    words
}

#[tokio::test]
async fn a_group_goes_to_machines_and_comes_back_to_the_drivers_it_had() {
    let (demo, client) = frozen();
    let before = drivers(&demo, &[CARD, SOUND]);
    let plan = client.plan_bind(group_of(CARD)).await.unwrap();
    assert_eq!((plan.devices, plan.reasons), (vec![CARD.to_owned(), SOUND.to_owned()], Vec::new()));
    assert_eq!(plan.steps.len(), 6, "both are told, let go and looked at anew");
    assert_eq!(drivers(&demo, &[CARD, SOUND]), before, "a plan changes nothing");
    client.bind(group_of(CARD)).await.unwrap();
    assert_eq!(drivers(&demo, &[CARD, SOUND]), [VFIO, VFIO]);
    let plan = client.plan_release(group_of(CARD)).await.unwrap();
    assert_eq!((plan.devices.len(), plan.reasons, plan.steps.len()), (2, Vec::new(), 6));
    assert_eq!(drivers(&demo, &[CARD, SOUND]), [VFIO, VFIO], "a plan changes nothing");
    client.release(group_of(CARD)).await.unwrap();
    assert_eq!(drivers(&demo, &[CARD, SOUND]), before);
}

#[tokio::test]
async fn one_of_a_group_is_refused_and_the_refusal_has_every_reason_as_facts() {
    let (demo, client) = frozen();
    let error = client.bind(one(CARD)).await.unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::Unsafe));
    let refusals = error.refusals();
    assert_eq!(words(&refusals), ["group-member"]);
    assert_eq!((refusals[0].name.as_str(), refusals[0].detail.as_str()), (SOUND, "snd_hda_intel"));
    assert_eq!(drivers(&demo, &[CARD]), ["nvidia"]);
}

#[tokio::test]
async fn what_the_host_stands_on_is_refused_for_all_that_it_is_used_for() {
    let (_, client) = frozen();
    let reasons = |address: &'static str| {
        let client = client.clone();
        async move { client.plan_bind(group_of(address)).await.unwrap().reasons }
    };
    let disk = reasons("0000:06:00.0").await;
    assert_eq!(words(&disk), ["mounted", "swap", "system-disk"]);
    assert!(disk.iter().any(|refusal| refusal.detail == "/"));
    assert_eq!(words(&reasons("0000:0d:00.0").await), ["boot-display", "display"]);
    assert_eq!(words(&reasons("0000:03:00.0").await), ["default-route", "machine-bridge", "virtual-functions"]);
    assert_eq!(words(&reasons("0000:09:00.0").await), ["keyboard"], "what shares the group goes along");
    assert_eq!(words(&reasons("0000:05:00.0").await), ["no-reset"]);
    let anyway = Devices { allows_no_reset: true, ..one("0000:05:00.0") };
    assert_eq!(client.plan_bind(anyway).await.unwrap().reasons, []);
}

#[tokio::test]
async fn a_card_is_given_back_only_when_its_machine_is_off() {
    let (demo, client) = frozen();
    let holder = || demo.devices().iter().find(|device| device.address == GIVEN).map(HostDevice::holder).unwrap();
    let Holder::Machine(machine) = holder() else { panic!("no machine has it") };
    let refused = client.release(group_of(GIVEN)).await.unwrap_err();
    assert_eq!(words(&refused.refusals()), ["machine-running"]);
    client.operate(machine, Operation::ForceOff).await.unwrap();
    assert_eq!(holder(), Holder::Reserved);
    client.release(group_of(GIVEN)).await.unwrap();
    assert_eq!(holder(), Holder::Idle);
}

#[tokio::test]
async fn nothing_moves_for_who_may_not_and_nothing_that_is_not_there() {
    let (_, client) = frozen();
    assert_eq!(client.bind(one("0000:99:00.0")).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
    assert_eq!(client.bind(Devices::default()).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
    let demo = Demo::new(Preset::NotAllowed);
    let before = drivers(&demo, &[CARD]);
    let refused = Client::from(demo.clone()).bind(group_of(CARD)).await.unwrap_err();
    assert_eq!(refused.kind(), Some(ErrorKind::NotAuthorized));
    assert_eq!(drivers(&demo, &[CARD]), before);
}
