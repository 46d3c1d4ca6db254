//! Devices of a host as a client sees them: what it is told, what its calls do, and why one is refused.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use client::{
    Event, HostDevice, Machine,
    device::{Attached, Attachment, Devices, FunctionChange, Holder, NetworkCard, VFIO},
    readiness::Standing,
};
use kvm_manager_tests::{
    captured::Captured,
    kernel::FakeKernel,
    simulated::{Simulated, machine_with},
    user,
    watched::Watched,
};

const CARD: &str = "0000:01:00.0";
const SOUND: &str = "0000:01:00.1";

struct Setting {
    _service: Simulated,
    _kernel: Arc<FakeKernel>,
    _host: Captured,
    watched: Watched,
    client: client::Client,
}

impl Setting {
    async fn new(host: &str) -> Self {
        let host = Captured::named(host);
        std::fs::create_dir_all(host.path().join("proc")).unwrap();
        std::fs::write(host.path().join("proc/cpuinfo"), "vendor_id\t: GenuineIntel\n").unwrap();
        let kernel = FakeKernel::of(&host);
        let service = Simulated::start(kernel.root(&host), &machine_with(&[CARD])).await;
        let mut watched = Watched::on(&service.bus);
        let client = watched.complete().await;
        Self { _service: service, _kernel: kernel, _host: host, watched, client }
    }

    /// Waits until the device is as it should be.
    async fn device(&mut self, address: &str, suits: impl Fn(&HostDevice) -> bool) -> HostDevice {
        let found = |event| match event {
            Event::Devices(all) => all.iter().find(|device| device.address == address && suits(device)).cloned(),
            _ => None,
        };
        self.watched.until(found).await
    }
}

fn group() -> Devices {
    Devices { addresses: vec![CARD.to_owned()], whole_groups: true, ..Devices::default() }
}

#[test]
fn a_client_is_told_of_every_device_with_its_whole_record() {
    user::ordinary(|| async {
        let mut setting = Setting::new("intel-desktop").await;
        let card = setting.device(CARD, |device| !device.machines.is_empty()).await;
        assert_eq!((card.kind.as_str(), card.driver.as_str(), card.holder()), ("display", "nouveau", Holder::Idle));
        assert!(card.can_move && card.group.is_some() && card.ids.0 == 0x10de && card.link.maximum_width > 0, "{card:?}");
        assert_eq!(card.machines.len(), 1);
    });
}

#[test]
fn what_bind_and_release_did_is_told_by_an_event() {
    user::ordinary(|| async {
        let mut setting = Setting::new("intel-desktop").await;
        let plan = setting.client.plan_bind(group()).await.unwrap();
        assert_eq!((plan.devices, plan.reasons, plan.steps.len()), (vec![CARD.to_owned(), SOUND.to_owned()], Vec::new(), 6));
        setting.client.bind(group()).await.unwrap();
        let sound = setting.device(SOUND, |device| device.driver == VFIO).await;
        assert_eq!(sound.holder(), Holder::Reserved);
        let named = Devices { addresses: vec![CARD.to_owned(), SOUND.to_owned()], ..Devices::default() };
        let plan = setting.client.plan_release(named.clone()).await.unwrap();
        assert_eq!((plan.devices, plan.reasons, plan.steps.len()), (named.addresses.clone(), Vec::new(), 6));
        setting.client.release(named).await.unwrap();
        setting.device(SOUND, |device| device.driver == "snd_hda_intel").await;
    });
}

#[test]
fn a_refusal_comes_with_every_reason_as_facts() {
    user::ordinary(|| async {
        let setting = Setting::new("intel-desktop").await;
        let alone = Devices { addresses: vec![CARD.to_owned()], ..Devices::default() };
        let refusals = setting.client.bind(alone).await.unwrap_err().refusals();
        let sibling = refusals.iter().find(|refusal| refusal.reason == "group-member").unwrap();
        assert_eq!((sibling.device.as_str(), sibling.name.as_str(), sibling.detail.as_str()), (CARD, SOUND, "snd_hda_intel"));
    });
}

#[test]
fn without_an_iommu_nothing_can_move_and_the_report_says_what_to_do() {
    user::ordinary(|| async {
        let mut setting = Setting::new("no-iommu").await;
        let all = setting.watched.until(|event| if let Event::Devices(all) = event { Some(all) } else { None }).await;
        assert!(!all.is_empty() && all.iter().all(|device| !device.can_move && device.group.is_none()));
        let report = setting.client.readiness().await.unwrap();
        let iommu = report.iter().find(|check| check.id == "iommu").unwrap();
        assert_eq!(iommu.standing, Standing::Missing);
        assert!(!iommu.fixes.is_empty(), "{iommu:?}");
    });
}

#[test]
fn what_a_machine_has_of_its_host_is_told_with_the_machine() {
    user::ordinary(|| async {
        let mut setting = Setting::new("intel-desktop").await;
        let has = |machine: &Machine, count: usize| machine.host_devices.as_ref().is_some_and(|all| all.len() == count);
        let mut machine = setting.watched.machines[&setting.watched.named("a")].clone();
        if !has(&machine, 1) {
            machine = setting.watched.machine(|machine| has(machine, 1)).await;
        }
        let card = Attached { kind: "pci".into(), source: CARD.into(), is_managed: true, is_configured: true, ..Attached::default() };
        assert_eq!(machine.host_devices, Some(vec![card.clone()]));
        let attachment = Attachment { address: CARD.into(), whole_card: true, is_configured: true, ..Attachment::default() };
        let plan = setting.client.plan_attach(machine.id, attachment.clone()).await.unwrap();
        assert_eq!((plan.devices.len(), plan.live.len(), plan.configured), (2, 0, vec![SOUND.to_owned()]));
        setting.client.detach(machine.id, attachment.clone()).await.unwrap();
        setting.watched.machine(|machine| has(machine, 0)).await;
        setting.client.attach(machine.id, attachment).await.unwrap();
        let machine = setting.watched.machine(|machine| has(machine, 2)).await;
        assert_eq!(machine.host_devices.unwrap(), [card.clone(), Attached { source: SOUND.into(), ..card }]);
    });
}

#[test]
fn a_virtual_function_is_given_as_a_network_card_and_told_with_its_address() {
    user::ordinary(|| async {
        let mut setting = Setting::new("sriov-nic").await;
        let machine = setting.watched.named("a");
        let given = NetworkCard { mac: "52:54:00:00:00:01".into(), vlan: 100 };
        let attachment = |address: &str, card: &NetworkCard| {
            let card = Some(card.clone());
            Attachment { address: address.into(), is_configured: true, card, ..Attachment::default() }
        };
        let port = setting.client.attach(machine, attachment("0000:81:00.0", &given)).await.unwrap_err();
        assert_eq!(port.kind(), Some(client::ErrorKind::NotSupported));
        let odd = NetworkCard { vlan: 4095, ..given.clone() };
        let refused = setting.client.attach(machine, attachment("0000:81:02.0", &odd)).await.unwrap_err();
        assert_eq!(refused.fact("argument"), Some("vlan"));
        setting.client.attach(machine, attachment("0000:81:02.0", &given)).await.unwrap();
        let card = |machine: &Machine| machine.host_devices.iter().flatten().find_map(|one| one.card.clone());
        let told = setting.watched.machine(|machine| card(machine).is_some()).await;
        assert_eq!(card(&told), Some(given));
    });
}

#[test]
fn what_a_virtual_function_may_is_told_planned_and_set() {
    user::ordinary(|| async {
        let mut setting = Setting::new("sriov-nic").await;
        let card = || "0000:81:00.0".to_owned();
        let known = setting.device(&card(), |device| device.function_settings.len() == 4).await;
        assert_eq!(known.function_settings[0].index, 0);
        let change = FunctionChange { vlan: Some(7), is_trusted: Some(true), ..FunctionChange::default() };
        let plan = setting.client.plan_function(card(), 0, change.clone()).await.unwrap();
        assert_eq!((plan.reasons, plan.steps.len()), (Vec::new(), 2));
        let odd = FunctionChange { vlan: Some(4095), ..FunctionChange::default() };
        let refused = setting.client.set_function(card(), 0, odd).await.unwrap_err();
        assert_eq!(refused.fact("argument"), Some("vlan"));
        setting.client.set_function(card(), 0, change).await.unwrap();
        setting.device(&card(), |device| device.function_settings[0].vlan == 7 && device.function_settings[0].is_trusted).await;
    });
}
