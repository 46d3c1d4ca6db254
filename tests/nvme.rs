//! NVMe namespaces of described hosts as disks of machines: which there are, what is refused, and what the definition says.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{collections::HashMap, sync::Arc};

use dbus::{ErrorKind, Options, device::DeviceProxy, interface, passthrough::PassthroughProxy, path};
use kvm_manager_tests::{
    bus::Bus,
    captured::Captured,
    client::{Refusal, Signals, managed_objects, properties, refusal, words},
    kernel::FakeKernel,
    service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user, within,
};
use zbus::{OwnedObjectPath, OwnedVariant};

/// With the system, not used, in a group with a network card, without a reset.
const SYSTEM: &str = "0000:01:00.0";
const FREE: &str = "0000:02:00.0";
const SHARED: &str = "0000:03:00.0";
const STUBBORN: &str = "0000:04:00.0";

type Facts = HashMap<String, OwnedVariant>;

struct Setting {
    service: Simulated,
    kernel: Arc<FakeKernel>,
    _host: Captured,
}

impl Setting {
    async fn new() -> Self {
        let host = Captured::named("nvme");
        let (kernel, bus) = (FakeKernel::of(&host), Bus::start());
        let state = bus.directory().join("state");
        let service = Simulated::on(bus, kernel.root(&host), &machine_with(&[]), &state, None).await;
        Self { service, kernel, _host: host }
    }

    async fn nvme(&self) -> DeviceProxy<'static> {
        DeviceProxy::new(&self.service.connection, machine_path()).await.unwrap()
    }

    /// The namespaces of the host: name, controller, number, bytes, words of uses, machines.
    async fn listed(&self) -> Vec<(String, OwnedObjectPath, u32, u64, Vec<String>, usize)> {
        let connection = &self.service.connection;
        let told = properties(connection, path::HOST, interface::HOST_NVME).await["Namespaces"].try_clone().unwrap();
        let all: Vec<Facts> = told.try_into().unwrap();
        let line = |facts: Facts| {
            let get = |key: &str| facts[key].try_clone().unwrap();
            let uses: Vec<(String, String)> = get("uses").try_into().unwrap();
            let machines: Vec<OwnedObjectPath> = get("machines").try_into().unwrap();
            (
                get("name").try_into().unwrap(),
                get("controller").try_into().unwrap(),
                get("number").try_into().unwrap(),
                get("size").try_into().unwrap(),
                uses.into_iter().map(|(word, _)| word).collect(),
                machines.len(),
            )
        };
        all.into_iter().map(line).collect()
    }

    /// Source, live and configured of what the machine has.
    async fn has(&self) -> Vec<(String, bool, bool)> {
        let told = properties(&self.service.connection, machine_path().as_str(), interface::DEVICE).await;
        let all: Vec<Facts> = told["HostDevices"].try_clone().unwrap().try_into().unwrap();
        let flag = |facts: &Facts, key: &str| bool::try_from(facts[key].try_clone().unwrap()).unwrap();
        let source = |facts: &Facts| String::try_from(facts["source"].try_clone().unwrap()).unwrap();
        all.iter().map(|facts| (source(facts), flag(facts, "live"), flag(facts, "configured"))).collect()
    }

    async fn refused(&self, namespace: &Options, options: &Options) -> Refusal {
        let before = self.service.definition().await;
        let refused = refusal(within("Attach", self.nvme().await.attach(namespace, options)).await);
        assert_eq!(self.service.definition().await, before, "what is refused changes nothing");
        assert_eq!(self.kernel.writes(), []);
        refused
    }

    async fn reasons(&self, controller: &str) -> Vec<String> {
        let refused = self.refused(&namespace(controller, 1), &none()).await;
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
        refused.facts["reasons"].try_clone().unwrap().try_into().unwrap()
    }
}

fn namespace(controller: &str, number: u32) -> Options {
    Options::default().with("nvme-controller", controller.to_owned()).with("nvme-namespace", number)
}

fn none() -> Options {
    Options::default()
}

#[test]
fn what_is_no_namespace_and_no_option_is_refused_by_name() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        for odd in ["", "/dev/nvme0n1", "nvme0n1", "0000:02:00", "0000:02:00.0'/><disk a='"] {
            assert_eq!(setting.refused(&namespace(odd, 1), &none()).await.text("argument"), "nvme-controller", "{odd:?}");
        }
        assert_eq!(setting.refused(&none(), &none()).await.text("argument"), "address");
        assert_eq!(setting.refused(&namespace(FREE, 0), &none()).await.text("argument"), "nvme-namespace");
        assert_eq!(setting.refused(&namespace(FREE, 1), &none().with("bus", "ide".to_owned())).await.text("argument"), "bus");
        for (controller, number) in [(FREE, 3), ("0000:77:00.0", 1), ("0000:03:00.1", 1), ("0000:00:01.0", 1)] {
            let refused = setting.refused(&namespace(controller, number), &none()).await;
            assert_eq!(refused.kind(), Some(ErrorKind::NotFound), "{controller}");
        }
    });
}

#[test]
fn every_namespace_is_listed_with_its_controller_size_and_uses() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let expected = [
            ("nvme0n1", SYSTEM, 1, 1_953_525_168 * 512, vec!["system-disk"]),
            ("nvme1n1", FREE, 1, 1 << 20, vec![]),
            ("nvme1n2", FREE, 2, 2 << 20, vec![]),
            ("nvme2n1", SHARED, 1, 0, vec![]),
            ("nvme3n1", STUBBORN, 1, 0, vec![]),
        ];
        let line = |(name, controller, number, size, uses): &(&str, &str, u32, u64, Vec<&str>)| {
            let uses: Vec<String> = uses.iter().map(|word| (*word).to_owned()).collect();
            ((*name).to_owned(), path::host_device(controller), *number, *size, uses, 0)
        };
        assert_eq!(setting.listed().await, expected.iter().map(line).collect::<Vec<_>>());
        let told = properties(&setting.service.connection, path::HOST, interface::HOST_NVME).await;
        assert_eq!(managed_objects(&setting.service.connection).await[path::HOST][interface::HOST_NVME], told);
    });
}

#[test]
fn a_controller_that_the_host_or_its_group_needs_is_refused_whole() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        assert_eq!(setting.reasons(SYSTEM).await, ["system-disk"]);
        assert_eq!(setting.reasons(SHARED).await, ["group-member"]);
        assert_eq!(setting.reasons(STUBBORN).await, ["no-reset"]);
        let nvme = setting.nvme().await;
        let plan = nvme.plan_attach(&namespace(SYSTEM, 1), &none()).await.unwrap();
        assert_eq!(
            (bool::try_from(plan["allowed"].try_clone().unwrap()).unwrap(), words(&plan, "reasons")),
            (false, vec!["system-disk".to_owned()])
        );
        let plan = nvme.plan_attach(&namespace(STUBBORN, 1), &none().with("allow-no-reset", true)).await.unwrap();
        assert_eq!(words(&plan, "reasons"), Vec::<String>::new());
        // Nobody sees the open files of others, which is a warning, too.
        assert!(words(&plan, "warnings").contains(&"no-reset".to_owned()));
    });
}

#[test]
fn a_namespace_becomes_a_disk_and_goes_again_and_nothing_else_changes() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let (before, nvme) = (setting.service.definition().await, setting.nvme().await);
        nvme.attach(&namespace(FREE, 2), &none()).await.unwrap();
        assert_eq!(setting.has().await, [(format!("{FREE}/2"), false, true)], "shown by the reply");
        let after = setting.service.definition().await;
        assert!(after.contains("<source type='pci' managed='yes' namespace='2'>") && after.contains("bus='virtio'"), "{after}");
        nvme.attach(&namespace(FREE, 2), &none()).await.unwrap();
        assert_eq!(setting.service.definition().await, after, "what is there stays as it is");
        let mut changes = Signals::changes(&setting.service.connection).await;
        while setting.listed().await[2].5 == 0 {
            changes.next().await;
        }
        assert_eq!(setting.kernel.writes(), [], "drivers change when the machine starts");
        nvme.detach(&namespace(FREE, 2), &none()).await.unwrap();
        assert_eq!(setting.service.definition().await, before, "to the last byte");
        assert_eq!(refusal(nvme.detach(&namespace(FREE, 2), &none()).await).kind(), Some(ErrorKind::NotFound));
    });
}

#[test]
fn the_controller_of_a_running_machines_disk_is_not_taken() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        setting.nvme().await.attach(&namespace(FREE, 1), &none()).await.unwrap();
        let mut changes = Signals::changes(&setting.service.connection).await;
        proxies::machine(&setting.service.connection, &machine_path()).await.start(&none()).await.unwrap();
        while setting.has().await != [(format!("{FREE}/1"), true, true)] {
            changes.next().await;
        }
        let passthrough = PassthroughProxy::new(&setting.service.connection, path::host_device(FREE)).await.unwrap();
        let refused = refusal(passthrough.bind(&none()).await);
        let reasons: Vec<String> = refused.facts["reasons"].try_clone().unwrap().try_into().unwrap();
        assert_eq!((refused.kind(), reasons), (Some(ErrorKind::Unsafe), vec!["machine-running".to_owned()]));
    });
}
