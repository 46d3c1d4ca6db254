//! Cards of machines in networks of virtual functions: given, taken and refused, with libvirt's built-in driver on a described host.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use dbus::{ErrorKind, Options, device::DeviceProxy, passthrough::PassthroughProxy, path};
use kvm_manager_tests::{
    bus,
    captured::Captured,
    client::{Refusal, refusal, words},
    kernel::FakeKernel,
    libvirtd::Libvirtd,
    simulated::{Simulated, machine_path, machine_with},
    user::{self, Meanwhile},
    within,
};
use uuid::Uuid;
use zbus::OwnedVariant;

/// The port with four virtual functions.
const FULL: &str = "0000:81:00.0";
/// Networks of the one, of the port without any, and of no card.
const POOL: &str = "4f2a1d0c-0000-4000-8000-00000000beef";
const EMPTY: &str = "4f2a1d0c-0000-4000-8000-00000000e0e0";
const NAT: &str = "4f2a1d0c-0000-4000-8000-00000000aaaa";
const ABSENT: &str = "4f2a1d0c-0000-4000-8000-00000000dead";
const OWN: &str = "52:54:00:00:00:01";
const OTHERS: &str = "52:54:00:00:00:02";
const MAC: &str = "52:54:00:00:00:07";

struct Setting {
    service: Simulated,
    device: DeviceProxy<'static>,
    _host: Captured,
}

impl Setting {
    /// A machine with a card on a bridge, another machine with one in the network, and the networks.
    async fn new() -> Self {
        let network = |name: &str, uuid: &str, forward: &str| format!("<network><name>{name}</name><uuid>{uuid}</uuid>{forward}</network>");
        let of = |card: &str| format!("<forward mode='hostdev' managed='yes'><pf dev='{card}'/></forward>");
        let other = format!(
            "<domain type='test'><name>b</name><memory unit='MiB'>64</memory><os><type>hvm</type></os><devices>\
             <interface type='network'><mac address='{OTHERS}'/><source network='pool'/></interface></devices></domain>"
        );
        let networks = [
            network("pool", POOL, &of("ens1f0")),
            network("empty", EMPTY, &of("ens1f1")),
            network("nat", NAT, "<ip address='192.0.2.1' netmask='255.255.255.0'/><forward mode='nat'/>"),
        ];
        let bridge = format!("<devices><interface type='bridge'><mac address='{OWN}'/><source bridge='pool'/></interface>");
        let node = machine_with(&[]).replace("<devices>", &bridge).replace("</node>", &format!("{other}{}</node>", networks.concat()));
        let host = Captured::named("sriov-nic");
        let service = Simulated::start(FakeKernel::of(&host).root(&host), &node).await;
        let device = DeviceProxy::new(&service.connection, machine_path()).await.unwrap();
        Self { service, device, _host: host }
    }

    async fn definition(&self) -> String {
        self.service.definition().await
    }

    async fn refused(&self, device: &Options, options: &Options) -> Refusal {
        let before = self.definition().await;
        let refused = refusal(within("Attach", self.device.attach(device, options)).await);
        assert_eq!(self.definition().await, before, "what is refused changes nothing");
        refused
    }

    async fn not_taken(&self, device: &Options) -> Refusal {
        let before = self.definition().await;
        let refused = refusal(within("Detach", self.device.detach(device, &none())).await);
        assert_eq!(self.definition().await, before, "what is refused changes nothing");
        refused
    }

    async fn warned(&self, uuid: &str, options: &Options) -> Vec<String> {
        let plan = self.device.plan_attach(&network(uuid), options).await.unwrap();
        assert_eq!(words(&plan, "reasons"), [""; 0]);
        words(&plan, "warnings")
    }

    /// The machines of the only network of the card, and the addresses of their cards in it.
    async fn machines(&self) -> (Vec<String>, Vec<String>) {
        let card = PassthroughProxy::new(&self.service.connection, path::host_device(FULL)).await.unwrap();
        let [pool]: [HashMap<String, OwnedVariant>; 1] = card.list_networks(&none()).await.unwrap().try_into().unwrap();
        let cards: Vec<(String, String)> = pool["cards"].try_clone().unwrap().try_into().unwrap();
        let machines = pool["machines"].try_clone().unwrap().try_into().unwrap();
        (machines, cards.into_iter().map(|(machine, mac)| format!("{machine} {mac}")).collect())
    }
}

fn none() -> Options {
    Options::default()
}

fn network(uuid: &str) -> Options {
    none().with("network", uuid.to_owned())
}

fn mac(text: &str) -> Options {
    none().with("mac", text.to_owned())
}

fn reasons(refused: &Refusal) -> Vec<String> {
    assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
    refused.facts["reasons"].try_clone().unwrap().try_into().unwrap()
}

#[test]
fn what_is_no_network_of_functions_and_no_address_is_refused_by_name() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let upper = POOL.to_uppercase();
        for odd in ["", "pool", upper.as_str(), &format!("{{{POOL}}}"), &POOL.replace('-', ""), &format!("{POOL}'/><hostdev a='")] {
            for refused in [setting.refused(&network(odd), &none()).await, setting.not_taken(&network(odd)).await] {
                assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), "network"), "{odd:?}");
            }
        }
        let group = "53:54:00:00:00:07";
        for odd in ["", "52:54:00:00:00", "5254.0000.0007", "52:54:00:00:00:07'/><x a='", group, "00:00:00:00:00:00"] {
            let within_device = network(POOL).with("mac", odd.to_owned());
            for refused in [setting.refused(&network(POOL), &mac(odd)).await, setting.not_taken(&within_device).await] {
                assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), "mac"), "{odd:?}");
            }
        }
        let both = network(POOL).with("address", FULL.to_owned());
        assert_eq!(setting.refused(&both, &none()).await.text("argument"), "address", "a device is named in one way");
        assert_eq!(setting.refused(&network(POOL).with("mac", MAC.to_owned()), &none()).await.text("argument"), "mac");
        assert_eq!(setting.refused(&network(POOL), &none().with("vlan", 7_u32)).await.text("argument"), "vlan");
        assert_eq!(refusal(setting.device.detach(&network(POOL), &mac(MAC)).await).text("argument"), "mac", "no option of Detach");
        for other in [NAT, ABSENT] {
            assert_eq!(setting.refused(&network(other), &none()).await.kind(), Some(ErrorKind::NotFound));
            assert_eq!(setting.not_taken(&network(other)).await.kind(), Some(ErrorKind::NotFound));
            assert_eq!(refusal(setting.device.plan_attach(&network(other), &none()).await).kind(), Some(ErrorKind::NotFound));
        }
    });
}

#[test]
fn a_card_in_a_network_is_given_and_taken_to_the_last_byte_and_listed() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let before = setting.definition().await;
        assert_eq!(setting.machines().await.0, ["b"]);
        assert_eq!(setting.not_taken(&network(POOL)).await.kind(), Some(ErrorKind::NotFound), "there is none yet");
        assert_eq!(setting.warned(POOL, &mac(MAC)).await, ["network-not-kept"]);
        assert_eq!(setting.definition().await, before, "a plan changes nothing");
        within("Attach", setting.device.attach(&network(POOL), &mac(&MAC.to_uppercase()))).await.unwrap();
        let after = setting.definition().await;
        let card = after.split("<interface type='network'>").nth(1).unwrap().split("</interface>").next().unwrap();
        assert!(card.contains(&format!("<mac address='{MAC}'/>")) && card.contains("<source network='pool'/>"), "{after}");
        assert!(after.find("type='bridge'").unwrap() < after.find("type='network'").unwrap(), "behind the others: {after}");
        assert_eq!(setting.machines().await, (vec!["a".into(), "b".into()], vec![format!("a {MAC}"), format!("b {OTHERS}")]));
        setting.device.attach(&network(POOL), &mac(MAC)).await.unwrap();
        assert_eq!(setting.definition().await, after, "what is there stays as it is");
        within("Detach", setting.device.detach(&network(POOL), &none())).await.unwrap();
        assert_eq!(setting.definition().await, before, "to the last byte");
        assert_eq!(setting.machines().await.0, ["b"]);
    });
}

#[test]
fn of_several_cards_in_a_network_only_the_one_that_is_meant_goes() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let before = setting.definition().await;
        setting.device.attach(&network(POOL), &mac(MAC)).await.unwrap();
        let one = setting.definition().await;
        setting.device.attach(&network(POOL), &none()).await.unwrap();
        let (machines, cards) = setting.machines().await;
        assert_eq!((machines, cards.len()), (vec!["a".into(), "b".into()], 3), "each machine once");
        let refused = setting.not_taken(&network(POOL)).await;
        assert_eq!((refused.text("argument"), refused.text("reason")), ("mac".to_owned(), "missing".to_owned()));
        let unknown = network(POOL).with("mac", OWN.to_owned());
        assert_eq!(setting.not_taken(&unknown).await.kind(), Some(ErrorKind::NotFound), "that one is on the bridge");
        // libvirt has chosen an address for the second.
        let two = setting.definition().await;
        let chosen = two.split("<mac address='").nth(3).unwrap()[..17].to_owned();
        setting.device.detach(&network(POOL).with("mac", chosen), &none()).await.unwrap();
        assert_eq!(setting.definition().await, one);
        setting.device.detach(&network(POOL).with("mac", MAC.to_owned()), &none()).await.unwrap();
        assert_eq!(setting.definition().await, before);
    });
}

#[test]
fn what_speaks_against_a_card_is_told_before_and_an_address_is_not_given_twice() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        assert_eq!(setting.warned(POOL, &mac(OTHERS)).await, ["mac-taken", "network-not-kept"]);
        let plan = setting.device.plan_attach(&network(POOL), &mac(OWN)).await.unwrap();
        assert_eq!(words(&plan, "reasons"), ["mac-taken"]);
        assert_eq!(reasons(&setting.refused(&network(POOL), &mac(OWN)).await), ["mac-taken"]);
        // The card of the other port has no functions: a later start may find some.
        assert_eq!(setting.warned(EMPTY, &none()).await, ["network-not-kept", "no-free-function"]);
        setting.device.attach(&network(EMPTY), &none()).await.unwrap();
    });
}

#[test]
fn a_network_that_hands_nothing_out_gives_no_card() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let host = Captured::named("sriov-nic");
        let file = host.path().join("network.xml");
        let xml = format!(
            "<network><name>pool</name><uuid>{POOL}</uuid><forward mode='hostdev' managed='yes'><pf dev='ens1f0'/></forward></network>"
        );
        std::fs::write(&file, xml).unwrap();
        let _ = libvirtd.virsh(&["net-define", &file.display().to_string()]);
        libvirtd.define("off");
        let uuid: Uuid = libvirtd.virsh(&["domuuid", "off"]).trim().parse().unwrap();
        let service = Simulated::on_libvirt(FakeKernel::of(&host).root(&host), &libvirtd.uri()).await;
        let device = DeviceProxy::new(&service.connection, path::machine(uuid)).await.unwrap();
        let plan = device.plan_attach(&network(POOL), &none()).await.unwrap();
        assert_eq!((words(&plan, "reasons"), words(&plan, "warnings")), (vec!["network-inactive".into()], vec!["network-not-kept".into()]));
        let before = libvirtd.virsh(&["dumpxml", "off"]);
        assert_eq!(reasons(&refusal(within("Attach", device.attach(&network(POOL), &none())).await)), ["network-inactive"]);
        assert_eq!(libvirtd.virsh(&["dumpxml", "off"]), before, "what is refused changes nothing");
    });
}

#[test]
fn a_stranger_gives_and_takes_no_card_and_learns_of_no_network() {
    let serve = |meanwhile: Meanwhile<_>| async move {
        let setting = Setting::new().await;
        setting.device.attach(&network(POOL), &none()).await.unwrap();
        let before = setting.definition().await;
        meanwhile.work_with(setting.service.bus.address()).await;
        assert_eq!(setting.definition().await, before);
    };
    user::beside(serve, |address| {
        user::root(|| async {
            let stranger = bus::connect(&address).await;
            let device = DeviceProxy::new(&stranger, machine_path()).await.unwrap();
            for uuid in [POOL, NAT, ABSENT] {
                assert_eq!(refusal(device.plan_attach(&network(uuid), &none()).await).kind(), Some(ErrorKind::NotAuthorized));
                assert_eq!(refusal(device.attach(&network(uuid), &mac(MAC)).await).kind(), Some(ErrorKind::NotAuthorized));
                assert_eq!(refusal(device.detach(&network(uuid), &none()).await).kind(), Some(ErrorKind::NotAuthorized));
            }
        });
    });
}
