//! What is no PCI card, as a client sees it: what it is told, what its calls do, and why one is refused.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use client::{
    ErrorKind, Event, Machine, Uuid,
    device::{Gift, Giving, GlassScreen, Inputs, MediatedPart, NamespaceDisk, NewPart, OtherDevices, PoolCard, Refusal, UsbHow, UsbName},
};
use kvm_manager_tests::{
    captured::Captured,
    kernel::FakeKernel,
    project,
    simulated::{Simulated, machine_with},
    user,
    watched::Watched,
};
use service::host::Root;

struct Setting {
    _service: Simulated,
    _host: Captured,
    watched: Watched,
    client: client::Client,
}

impl Setting {
    async fn new() -> Self {
        Self::on(Captured::described(&project::read("tests/data/hosts/usb-desktop.host"))).await
    }

    async fn on(host: Captured) -> Self {
        let root = Root::captured(host.path());
        Self::with_root(host, root).await
    }

    async fn with_root(host: Captured, root: Root) -> Self {
        let service = Simulated::start(root, &machine_with(&[])).await;
        let mut watched = Watched::on(&service.bus);
        let client = watched.complete().await;
        Self { _service: service, _host: host, watched, client }
    }

    /// Waits until the host is told to be so.
    async fn others(&mut self, suits: impl Fn(&OtherDevices) -> bool) -> OtherDevices {
        let found = |event| match event {
            Event::OtherDevices(others) if suits(&others) => Some((*others).clone()),
            _ => None,
        };
        self.watched.until(found).await
    }

    /// Waits until its machine is told to be so.
    async fn machine(&mut self, suits: impl Fn(&Machine) -> bool) -> Machine {
        if let Some(machine) = self.only().filter(|machine| suits(machine)) {
            return machine;
        }
        let found = |event| match event {
            Event::Machine(machine) if suits(&machine) => Some(*machine),
            _ => None,
        };
        self.watched.until(found).await
    }

    fn only(&self) -> Option<Machine> {
        self.watched.machines.values().next().cloned()
    }

    fn id(&self) -> client::Uuid {
        self.only().expect("a machine").id
    }
}

fn at_start(gift: Gift) -> Giving {
    Giving { gift, is_live: false, is_configured: true }
}

fn port(port: &str) -> Giving {
    at_start(Gift::Usb(UsbName::Ports(vec![port.to_owned()]), UsbHow::default()))
}

const CAMERA: &str = "2-1";
const MOUNTED: &str = "1-2.4";

#[test]
fn a_client_is_told_of_every_usb_device_with_what_the_host_does_with_it() {
    user::ordinary(|| async {
        let mut setting = Setting::new().await;
        let others = setting.others(|others| others.usb.as_ref().is_some_and(|usb| usb.len() == 4)).await;
        let usb = others.usb.unwrap();
        let camera = usb.iter().find(|device| device.port == CAMERA).unwrap();
        assert_eq!((camera.label().as_str(), camera.ids, camera.serial.as_str()), ("Logitech BRIO", (0x046d, 0x085e), "1A2B"));
        assert_eq!((camera.place, camera.speed, camera.controller.as_deref()), ((2, 3), 5000, Some("0000:00:14.0")));
        let stick = usb.iter().find(|device| device.port == MOUNTED).unwrap();
        assert_eq!(stick.uses, [("mounted".to_owned(), "sdb1".to_owned())]);
        assert!(others.inputs.is_some() && others.namespaces.is_some() && others.mediated.is_some(), "there are none, and it is said");
    });
}

#[test]
fn a_usb_device_goes_to_a_machine_and_comes_back_and_both_are_told() {
    user::ordinary(|| async {
        let mut setting = Setting::new().await;
        let id = setting.id();
        let refused = setting.client.plan_give(id, port(MOUNTED)).await.unwrap();
        let reasons: Vec<(&str, &str)> = refused.reasons.iter().map(|one| (one.reason.as_str(), one.device.as_str())).collect();
        assert_eq!(reasons, [("mounted", MOUNTED)]);
        let error = setting.client.give(id, port(MOUNTED)).await.unwrap_err();
        assert_eq!((error.kind(), error.refusals()[0].device.as_str()), (Some(ErrorKind::Unsafe), MOUNTED));
        let plan = setting.client.plan_give(id, port(CAMERA)).await.unwrap();
        assert_eq!((plan.reasons, plan.live, plan.configured), (Vec::new(), Vec::new(), vec![CAMERA.to_owned()]));
        setting.client.give(id, port(CAMERA)).await.unwrap();
        setting.others(|others| others.usb.iter().flatten().any(|device| device.port == CAMERA && !device.machines.is_empty())).await;
        let has = setting.machine(|machine| machine.host_devices.iter().flatten().any(|one| one.is_usb() && one.is_configured)).await;
        assert_eq!(has.host_devices.unwrap()[0].source, "0x046d:0x085e");
        let gone = at_start(Gift::Usb(UsbName::Id("046d:085e".to_owned()), UsbHow::default()));
        setting.client.take_back(id, gone).await.unwrap();
        setting.machine(|machine| machine.host_devices.as_deref() == Some(&[])).await;
    });
}

#[test]
fn a_rule_is_kept_told_with_its_state_and_forgotten() {
    user::ordinary(|| async {
        let mut setting = Setting::new().await;
        let id = setting.id();
        let odd = setting.client.add_usb_rule(id, UsbName::Id("camera".to_owned())).await.unwrap_err();
        assert_eq!(odd.kind(), Some(ErrorKind::InvalidArgument));
        let on = UsbName::Serial("1A2B".to_owned());
        let rule = setting.client.add_usb_rule(id, on.clone()).await.unwrap();
        let has = setting.machine(|machine| machine.usb_rules.iter().flatten().any(|one| !one.state.is_empty())).await;
        let rules = has.usb_rules.unwrap();
        assert_eq!((rules[0].id.as_str(), &rules[0].on), (rule.as_str(), &on));
        setting.client.remove_usb_rule(id, rule.clone()).await.unwrap();
        setting.machine(|machine| machine.usb_rules.as_deref() == Some(&[])).await;
        let again = setting.client.remove_usb_rule(id, rule).await.unwrap_err();
        assert_eq!(again.kind(), Some(ErrorKind::NotFound));
    });
}

#[test]
fn memory_for_looking_glass_is_planned_given_told_and_taken_away() {
    user::ordinary(|| async {
        let mut setting = Setting::new().await;
        let id = setting.id();
        let screen = GlassScreen { width: 2560, height: 1440, has_hdr: false };
        let odd = setting.client.plan_looking_glass(id, GlassScreen { width: 0, ..screen }, String::new()).await.unwrap_err();
        assert_eq!(odd.kind(), Some(ErrorKind::InvalidArgument));
        let plan = setting.client.plan_looking_glass(id, screen, String::new()).await.unwrap();
        assert_eq!((plan.size, plan.reasons.len()), (64 << 20, 0));
        assert!(plan.name.starts_with("looking-glass-") && plan.warnings.iter().any(|one| one.reason == "no-graphics-card"), "{plan:?}");
        setting.client.set_looking_glass(id, Some(screen)).await.unwrap();
        setting.machine(|machine| machine.looking_glass == Some(64 << 20)).await;
        setting.client.set_looking_glass(id, None).await.unwrap();
        setting.machine(|machine| machine.looking_glass == Some(0)).await;
    });
}

/// Given with the next start, told, and taken away again.
async fn comes_and_goes(setting: &mut Setting, gift: Gift, kind: &str, source: &str) {
    let id = setting.id();
    let plan = setting.client.plan_give(id, at_start(gift.clone())).await.unwrap();
    assert_eq!((plan.reasons, plan.live), (Vec::new(), Vec::new()));
    setting.client.give(id, at_start(gift.clone())).await.unwrap();
    let has = setting.machine(|machine| machine.host_devices.iter().flatten().any(|one| one.is_configured)).await;
    let has = &has.host_devices.unwrap()[0];
    assert_eq!((has.kind.as_str(), has.source.as_str()), (kind, source));
    assert!(OtherDevices::default().gift(has).is_some(), "it can be named again: {has:?}");
    setting.client.take_back(id, at_start(gift.clone())).await.unwrap();
    setting.machine(|machine| machine.host_devices.as_deref() == Some(&[])).await;
    let again = setting.client.take_back(id, at_start(gift)).await.unwrap_err();
    assert_eq!(again.kind(), Some(ErrorKind::NotFound));
}

#[test]
fn keyboards_and_mice_go_to_a_machine_with_their_keys_and_come_back() {
    user::ordinary(|| async {
        let mut setting = Setting::on(Captured::named("inputs")).await;
        let name = "by-id/usb-Logitech_USB_Keyboard-event-kbd";
        let others = setting.others(|others| others.inputs.iter().flatten().any(|one| one.name == name)).await;
        let keyboard = others.inputs.unwrap().into_iter().find(|one| one.name == name).unwrap();
        assert!(keyboard.kinds.contains(&"keyboard".to_owned()) && !keyboard.label.is_empty(), "{keyboard:?}");
        let odd = Inputs { toggle: "any-key".to_owned(), ..Inputs::new(vec![name.to_owned()]) };
        let refused = setting.client.give(setting.id(), at_start(Gift::Inputs(odd))).await.unwrap_err();
        assert_eq!((refused.kind(), refused.fact("argument")), (Some(ErrorKind::InvalidArgument), Some("grab-toggle")));
        let inputs = Inputs { toggle: "scrolllock".to_owned(), ..Inputs::new(vec![name.to_owned()]) };
        comes_and_goes(&mut setting, Gift::Inputs(inputs), "input", name).await;
    });
}

#[test]
fn a_namespace_goes_to_a_machine_as_a_disk_and_comes_back_and_that_of_the_host_stays() {
    user::ordinary(|| async {
        let mut setting = Setting::on(Captured::named("nvme")).await;
        let others = setting.others(|others| others.namespaces.iter().flatten().count() > 1).await;
        assert!(others.namespaces.unwrap().iter().any(|one| one.controller == "0000:02:00.0" && one.number == 1 && one.size > 0));
        let disk = |controller: &str| {
            Gift::Namespace(NamespaceDisk { controller: controller.to_owned(), number: 1, bus: "sata".to_owned(), allows_no_reset: false })
        };
        let refused = setting.client.plan_give(setting.id(), at_start(disk("0000:01:00.0"))).await.unwrap();
        assert!(refused.reasons.iter().any(|one| one.reason == "system-disk"), "{refused:?}");
        comes_and_goes(&mut setting, disk("0000:02:00.0"), "nvme", "0000:02:00.0/1").await;
    });
}

#[test]
fn a_scsi_device_goes_to_a_machine_and_comes_back_and_that_of_the_host_stays() {
    user::ordinary(|| async {
        let mut setting = Setting::on(Captured::named("scsi")).await;
        let others = setting.others(|others| others.scsi.iter().flatten().count() > 1).await;
        let tape = others.scsi.unwrap().into_iter().find(|one| one.kind == "tape").unwrap();
        assert_eq!((tape.address.as_str(), tape.node.as_str(), tape.serial.as_str()), ("2:0:1:0", "st0", "HU1234ABCD"));
        assert_eq!((tape.vendor.as_str(), tape.generic.as_str(), tape.controller.as_deref()), ("HP", "sg3", Some("0000:01:00.0")));
        let refused = setting.client.plan_give(setting.id(), at_start(Gift::Scsi("0:0:0:0".to_owned()))).await.unwrap();
        assert!(refused.reasons.iter().any(|one| (one.reason.as_str(), one.name.as_str()) == ("system-disk", "sda2")), "{refused:?}");
        let plan = setting.client.plan_give(setting.id(), at_start(Gift::Scsi(tape.address.clone()))).await.unwrap();
        assert_eq!(plan.configured, std::slice::from_ref(&tape.address));
        comes_and_goes(&mut setting, Gift::Scsi(tape.address.clone()), "scsi", &tape.address).await;
    });
}

#[test]
fn a_part_of_a_card_goes_to_a_machine_and_comes_back() {
    user::ordinary(|| async {
        let mut setting = Setting::on(Captured::named("mediated")).await;
        let others = setting.others(|others| others.mediated.iter().flatten().count() > 1).await;
        assert!(others.parents.unwrap().iter().any(|parent| parent.types.iter().any(|kind| kind.interface == "vfio-pci")));
        let uuid = "c2177883-f1bb-47f0-914d-32a22e3a8804";
        let part = |uuid: &str| MediatedPart { uuid: uuid.to_owned(), ..MediatedPart::default() };
        let picture = MediatedPart { has_ramfb: true, ..part(uuid) };
        let refused = setting.client.give(setting.id(), at_start(Gift::Mediated(picture))).await.unwrap_err();
        assert_eq!(refused.kind(), Some(ErrorKind::InvalidArgument), "a picture without a display");
        comes_and_goes(&mut setting, Gift::Mediated(part(uuid)), "mdev", uuid).await;
    });
}

fn words(refusals: &[Refusal]) -> Vec<&str> {
    refusals.iter().map(|one| one.reason.as_str()).collect()
}

#[test]
fn parts_of_a_card_are_planned_refused_and_named_as_the_service_does() {
    user::ordinary(|| async {
        let mut setting = Setting::on(Captured::named("mediated")).await;
        let others = setting.others(|others| others.mediated.iter().flatten().count() > 1).await;
        let taken = others.mediated.unwrap()[0].uuid.clone();
        let part = NewPart {
            card: "0000:81:00.0".to_owned(),
            kind: "nvidia-222".to_owned(),
            uuid: taken.parse().unwrap(),
            is_kept: false,
            autostart: false,
            starts: true,
        };
        let client = &setting.client;
        let plan = client.plan_make_part(part.clone()).await.unwrap();
        assert_eq!(words(&plan.reasons), ["uuid-taken", "no-instance", "no-mdevctl"]);
        let refused = client.make_part(part.clone()).await.unwrap_err();
        assert_eq!((refused.kind(), words(&refused.refusals())), (Some(ErrorKind::Unsafe), words(&plan.reasons)));
        let unknown = NewPart { kind: "i915-GVTg_V5_1".to_owned(), uuid: Uuid::from_u128(1), ..part };
        assert_eq!(client.plan_make_part(unknown).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
        let absent = Uuid::from_u128(1).to_string();
        for ended in [
            client.start_part(absent.clone()).await,
            client.set_part_autostart(absent.clone(), true).await,
            client.plan_delete_part(absent.clone()).await.map(|_| ()),
            client.delete_part(absent).await,
        ] {
            assert_eq!(ended.unwrap_err().kind(), Some(ErrorKind::NotFound));
        }
        let machine = setting.id();
        let gift = Gift::Mediated(MediatedPart { uuid: taken.clone(), ..MediatedPart::default() });
        setting.client.give(machine, at_start(gift)).await.unwrap();
        let plan = setting.client.plan_delete_part(taken).await.unwrap();
        assert_eq!(words(&plan.warnings), ["machine-configured"]);
    });
}

#[test]
fn networks_of_functions_are_listed_planned_and_refused_as_the_service_does() {
    user::ordinary(|| async {
        let host = Captured::named("sriov-nic");
        // Without the bridge that uses one of its functions.
        std::fs::remove_file(host.path().join("sys/class/net/ens1f0v1")).unwrap();
        std::fs::remove_dir_all(host.path().join("sys/devices/pci0000:80/0000:80:01.0/0000:81:02.1/net")).unwrap();
        let root = FakeKernel::of(&host).root(&host);
        let setting = Setting::with_root(host, root).await;
        let client = &setting.client;
        let (full, empty) = ("0000:81:00.0".to_owned(), "0000:81:00.1".to_owned());
        assert_eq!(words(&client.plan_make_network(empty, "pool".into()).await.unwrap().reasons), ["no-virtual-functions"]);
        assert_eq!(client.make_network(full.clone(), "../a".into()).await.unwrap_err().kind(), Some(ErrorKind::InvalidArgument));
        assert_eq!(client.plan_make_network(full.clone(), "pool".into()).await.unwrap().reasons, []);
        assert!(client.function_networks(full.clone()).await.unwrap().is_empty(), "a plan makes nothing");
        let uuid = client.make_network(full.clone(), "pool".into()).await.unwrap();
        let [network] = client.function_networks(full.clone()).await.unwrap().try_into().unwrap();
        assert_eq!((network.uuid, network.name.as_str(), network.connections), (uuid.clone(), "pool", 0));
        assert!(network.is_active && network.autostart);
        assert_eq!(words(&client.plan_make_network(full.clone(), "pool".into()).await.unwrap().reasons), ["has-network", "name-taken"]);
        assert_eq!(client.plan_delete_network(full.clone(), uuid.clone()).await.unwrap().reasons, []);
        let card = |mac: &str| at_start(Gift::Network(PoolCard { network: uuid.clone(), name: "pool".into(), mac: mac.into() }));
        let (machine, first) = (setting.id(), "52:54:00:00:00:07");
        assert_eq!(client.plan_give(machine, card(first)).await.unwrap().configured, std::slice::from_ref(&uuid));
        for mac in [first, ""] {
            client.give(machine, card(mac)).await.unwrap();
        }
        let cards = client.function_networks(full.clone()).await.unwrap().remove(0).cards;
        assert!(cards.len() == 2 && cards.contains(&("a".to_owned(), first.to_owned())), "{cards:?}");
        assert_eq!(words(&client.plan_delete_network(full.clone(), uuid.clone()).await.unwrap().reasons), ["machine-configured"]);
        assert_eq!(client.take_back(machine, card("")).await.unwrap_err().kind(), Some(ErrorKind::InvalidArgument), "which of them?");
        for mac in [first, ""] {
            client.take_back(machine, card(mac)).await.unwrap();
        }
        assert!(client.function_networks(full.clone()).await.unwrap()[0].cards.is_empty());
        client.delete_network(full.clone(), uuid.clone()).await.unwrap();
        assert_eq!(client.delete_network(full, uuid).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
    });
}
