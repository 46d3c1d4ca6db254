//! Networks of virtual functions: made, listed and deleted, on a described card with libvirt's built-in driver; and with a real libvirtd,
//! which finds no such card here and refuses to start them.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use dbus::{ErrorKind, Options, passthrough::PassthroughProxy, path};
use kvm_manager_tests::{
    captured::Captured,
    client::{Refusal, refusal, words},
    kernel::FakeKernel,
    libvirtd::Libvirtd,
    service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user, within,
};
use zbus::{Connection, OwnedVariant};

/// The port with four virtual functions, and the one without any.
const FULL: &str = "0000:81:00.0";
const EMPTY: &str = "0000:81:00.1";
/// A function, which is no card that has any.
const FUNCTION: &str = "0000:81:02.3";
const ABSENT: &str = "4f2a1d0c-0000-4000-8000-00000000dead";

type Facts = HashMap<String, OwnedVariant>;

/// The card, without the bridge that uses one of its functions.
fn free() -> Captured {
    let host = Captured::named("sriov-nic");
    std::fs::remove_file(host.path().join("sys/class/net/ens1f0v1")).unwrap();
    std::fs::remove_dir_all(host.path().join("sys/devices/pci0000:80/0000:80:01.0/0000:81:02.1/net")).unwrap();
    host
}

async fn simulated(devices: &str) -> (Simulated, Captured) {
    let host = free();
    let machines = machine_with(&[]).replace("<devices>", &format!("<devices>{devices}"));
    (Simulated::start(FakeKernel::of(&host).root(&host), &machines).await, host)
}

async fn card(connection: &Connection, address: &str) -> PassthroughProxy<'static> {
    PassthroughProxy::new(connection, path::host_device(address)).await.unwrap()
}

fn none() -> Options {
    Options::default()
}

fn text(facts: &Facts, key: &str) -> String {
    facts[key].try_clone().unwrap().try_into().unwrap()
}

fn is(facts: &Facts, key: &str) -> bool {
    facts[key].try_clone().unwrap().try_into().unwrap()
}

fn reasons(refused: &Refusal) -> Vec<String> {
    assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
    refused.facts["reasons"].try_clone().unwrap().try_into().unwrap()
}

#[test]
fn a_network_is_refused_with_every_reason_and_nothing_is_made() {
    user::ordinary(|| async {
        let (service, _host) = simulated("").await;
        let (full, empty) = (card(&service.connection, FULL).await, card(&service.connection, EMPTY).await);
        for odd in ["", "../a", "a b", "-a", "a\nb"] {
            let refused = refusal(within("CreateNetwork", full.create_network(odd, &none())).await);
            assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), "name"), "{odd:?}");
        }
        assert_eq!(words(&empty.plan_create_network("pool", &none()).await.unwrap(), "reasons"), ["no-virtual-functions"]);
        assert_eq!(reasons(&refusal(within("CreateNetwork", empty.create_network("pool", &none())).await)), ["no-virtual-functions"]);
        let function = card(&service.connection, FUNCTION).await;
        assert_eq!(refusal(function.create_network("pool", &none()).await).kind(), Some(ErrorKind::NotSupported));
        for (odd, kind) in [("fine", ErrorKind::InvalidArgument), (ABSENT, ErrorKind::NotFound)] {
            assert_eq!(refusal(full.plan_delete_network(odd, &none()).await).kind(), Some(kind));
            assert_eq!(refusal(full.delete_network(odd, &none()).await).kind(), Some(kind));
        }
        assert!(full.list_networks(&none()).await.unwrap().is_empty());
    });
}

#[test]
fn a_card_of_which_the_host_uses_a_function_gets_no_network() {
    user::ordinary(|| async {
        let host = Captured::named("sriov-nic");
        let service = Simulated::start(FakeKernel::of(&host).root(&host), &machine_with(&[])).await;
        let full = card(&service.connection, FULL).await;
        let plan = full.plan_create_network("pool", &none()).await.unwrap();
        assert_eq!(words(&plan, "reasons"), ["machine-bridge"]);
        assert_eq!(reasons(&refusal(within("CreateNetwork", full.create_network("pool", &none())).await)), ["machine-bridge"]);
        assert!(full.list_networks(&none()).await.unwrap().is_empty());
    });
}

#[test]
fn a_network_is_made_started_listed_and_deleted_and_a_card_has_one() {
    user::ordinary(|| async {
        let (service, _host) = simulated("").await;
        let (full, empty) = (card(&service.connection, FULL).await, card(&service.connection, EMPTY).await);
        assert_eq!(words(&full.plan_create_network("pool", &none()).await.unwrap(), "reasons"), [""; 0]);
        assert!(full.list_networks(&none()).await.unwrap().is_empty(), "a plan makes nothing");
        let uuid = within("CreateNetwork", full.create_network("pool", &none())).await.unwrap();
        let listed = full.list_networks(&none()).await.unwrap();
        assert_eq!((listed.len(), text(&listed[0], "uuid"), text(&listed[0], "name")), (1, uuid.clone(), "pool".to_owned()));
        assert!(is(&listed[0], "active") && is(&listed[0], "autostart"));
        assert!(empty.list_networks(&none()).await.unwrap().is_empty(), "it is the other port's");
        let second = refusal(within("CreateNetwork", full.create_network("pool", &none())).await);
        assert_eq!(reasons(&second), ["has-network", "name-taken"]);
        assert_eq!(refusal(empty.delete_network(&uuid, &none()).await).kind(), Some(ErrorKind::NotFound), "on its own card only");
        within("DeleteNetwork", full.delete_network(&uuid, &none())).await.unwrap();
        assert!(full.list_networks(&none()).await.unwrap().is_empty());
        within("CreateNetwork", full.create_network("pool", &none())).await.unwrap();
    });
}

#[test]
fn a_network_that_machines_name_is_not_deleted() {
    user::ordinary(|| async {
        let (service, _host) = simulated("<interface type='network'><source network='pool'/></interface>").await;
        let full = card(&service.connection, FULL).await;
        let uuid = within("CreateNetwork", full.create_network("pool", &none())).await.unwrap();
        let plan = full.plan_delete_network(&uuid, &none()).await.unwrap();
        assert_eq!(words(&plan, "reasons"), ["machine-configured"]);
        assert_eq!(reasons(&refusal(within("DeleteNetwork", full.delete_network(&uuid, &none())).await)), ["machine-configured"]);
        proxies::machine(&service.connection, &machine_path()).await.start(&none()).await.unwrap();
        assert_eq!(reasons(&refusal(within("DeleteNetwork", full.delete_network(&uuid, &none())).await)), ["machine-running"]);
        assert!(is(&full.list_networks(&none()).await.unwrap()[0], "active"), "it runs on");
    });
}

#[test]
fn a_network_that_the_real_libvirt_cannot_start_is_not_there_at_all() {
    user::ordinary(|| async {
        let Some(libvirtd) = Libvirtd::start().await else { return };
        let host = free();
        let service = Simulated::on_libvirt(FakeKernel::of(&host).root(&host), &libvirtd.uri()).await;
        let full = card(&service.connection, FULL).await;
        // This computer has no such card, which libvirt sees when it starts the network: then it has defined it.
        let refused = refusal(within("CreateNetwork", full.create_network("pool", &none())).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Failed), "{refused:?}");
        assert_eq!(libvirtd.virsh(&["net-list", "--all", "--name"]).trim(), "");
        let file = host.path().join("network.xml");
        std::fs::write(&file, "<network><name>pool</name><forward mode='hostdev' managed='yes'><pf dev='ens1f0'/></forward></network>")
            .unwrap();
        let _ = libvirtd.virsh(&["net-define", &file.display().to_string()]);
        let listed = full.list_networks(&none()).await.unwrap();
        assert_eq!((listed.len(), is(&listed[0], "active"), is(&listed[0], "autostart")), (1, false, false));
        within("DeleteNetwork", full.delete_network(&text(&listed[0], "uuid"), &none())).await.unwrap();
        assert_eq!(libvirtd.virsh(&["net-list", "--all", "--name"]).trim(), "");
    });
}
