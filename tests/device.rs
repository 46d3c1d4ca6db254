//! Devices of the host that machines get, on captured hosts: what is refused, what a definition says then, and what shows. With
//! QEMU and real devices: `tests/vfio`.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{collections::HashMap, sync::Arc};

use dbus::{ErrorKind, Options, device::DeviceProxy, interface, passthrough::PassthroughProxy, path};
use kvm_manager_tests::{
    bus::Bus,
    captured::Captured,
    client::{Refusal, Signals, changed, managed_objects, properties, refusal, words},
    kernel::FakeKernel,
    libvirtd::Libvirtd,
    service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user, within,
};
use zbus::{OwnedObjectPath, OwnedVariant};

const CARD: &str = "0000:01:00.0";
const SOUND: &str = "0000:01:00.1";

/// A service on a host with a kernel.
struct Setting {
    service: Simulated,
    kernel: Arc<FakeKernel>,
    _host: Captured,
    _state: tempfile::TempDir,
}

impl Setting {
    async fn new() -> Self {
        Self::with("intel-desktop", &machine_with(&[])).await
    }

    async fn with(host: &str, machines: &str) -> Self {
        Self::on(Captured::named(host), machines).await
    }

    async fn on(host: Captured, machines: &str) -> Self {
        let (kernel, state) = (FakeKernel::of(&host), tempfile::tempdir().unwrap());
        let service = Simulated::on(Bus::start(), kernel.root(&host), machines, &state.path().join("s"), None).await;
        Self { service, kernel, _host: host, _state: state }
    }

    async fn device(&self) -> DeviceProxy<'static> {
        DeviceProxy::new(&self.service.connection, machine_path()).await.unwrap()
    }

    /// The devices of the machine: source, live, configured.
    async fn has(&self) -> Vec<(String, bool, bool)> {
        self.has_at(machine_path()).await
    }

    async fn has_at(&self, machine: OwnedObjectPath) -> Vec<(String, bool, bool)> {
        let connection = &self.service.connection;
        let read = async || properties(connection, machine.as_str(), interface::DEVICE).await["HostDevices"].try_clone().unwrap();
        let mut told = read().await;
        loop {
            let managed = managed_objects(connection).await[machine.as_str()][interface::DEVICE]["HostDevices"].try_clone().unwrap();
            let before = std::mem::replace(&mut told, read().await);
            // Unless they changed in between, both ways give the same.
            if before == told {
                assert_eq!(managed, told);
                break;
            }
        }
        let devices: Vec<HashMap<String, OwnedVariant>> = told.try_into().unwrap();
        let flag = |device: &HashMap<String, OwnedVariant>, name: &str| bool::try_from(device[name].try_clone().unwrap()).unwrap();
        let source = |device: &HashMap<String, OwnedVariant>| String::try_from(device["source"].try_clone().unwrap()).unwrap();
        devices.iter().map(|device| (source(device), flag(device, "live"), flag(device, "configured"))).collect()
    }

    /// Takes the card from the host.
    async fn bind(&self) {
        let passthrough = PassthroughProxy::new(&self.service.connection, path::host_device(CARD)).await.unwrap();
        passthrough.bind(&none().with("group", true)).await.unwrap();
        let _ = self.kernel.writes();
    }

    async fn refused(&self, device: &Options, options: &Options) -> Refusal {
        let before = self.has().await;
        let refused = refusal(within("Attach", self.device().await.attach(device, options)).await);
        assert_eq!(self.has().await, before, "what is refused changes nothing");
        assert_eq!(self.kernel.writes(), []);
        refused
    }

    async fn reasons(&self, device: &Options, options: &Options) -> Vec<String> {
        let refused = self.refused(device, options).await;
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
        refused.facts["reasons"].try_clone().unwrap().try_into().unwrap()
    }
}

fn function(address: &str) -> Options {
    Options::default().with("address", address.to_owned())
}

fn card() -> Options {
    function(CARD).with("whole-card", true)
}

fn none() -> Options {
    Options::default()
}

fn configured(sources: &[&str]) -> Vec<(String, bool, bool)> {
    sources.iter().map(|source| ((*source).to_owned(), false, true)).collect()
}

#[test]
fn what_is_no_device_and_no_option_is_refused_by_name() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        for address in ["", "0000:01:00", "0000:1:00.0", "../../etc/passwd", "0000:01:00.0\n", "0000:01:00.0'/><disk a='"] {
            assert_eq!(setting.refused(&function(address), &none()).await.text("argument"), "address", "{address:?}");
        }
        assert_eq!(setting.refused(&none(), &none()).await.text("argument"), "address");
        assert_eq!(setting.refused(&function("0000:77:00.0"), &none()).await.kind(), Some(ErrorKind::NotFound));
        for (name, value) in [("rom-file", "/etc/shadow"), ("rom", "x"), ("address", CARD)] {
            let refused = setting.refused(&card(), &none().with(name, value.to_owned())).await;
            assert_eq!(refused.kind(), Some(ErrorKind::InvalidArgument), "{name}: {refused:?}");
        }
        let refused = setting.refused(&card().with("path", "/dev/mem".to_owned()), &none()).await;
        assert_eq!(refused.kind(), Some(ErrorKind::InvalidArgument), "{refused:?}");
        for seconds in [0_u32, 301] {
            let refused = refusal(setting.device().await.detach(&card(), &none().with("timeout", seconds)).await);
            assert_eq!(refused.text("argument"), "timeout");
        }
    });
}

#[test]
fn half_a_card_is_refused_while_the_host_uses_the_other_half() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        assert_eq!(setting.reasons(&function(CARD), &none()).await, ["group-member"]);
        let plan = setting.device().await.plan_attach(&function(CARD), &none()).await.unwrap();
        assert!(!bool::try_from(plan["allowed"].try_clone().unwrap()).unwrap());
        assert_eq!(words(&plan, "reasons"), ["group-member"]);
    });
}

#[test]
fn a_whole_card_goes_into_the_definition_and_out_of_it_and_both_show() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let device = setting.device().await;
        let plan = device.plan_attach(&card(), &none()).await.unwrap();
        assert!(bool::try_from(plan["allowed"].try_clone().unwrap()).unwrap(), "{plan:?}");
        let objects = |key: &str| Vec::<OwnedObjectPath>::try_from(plan[key].try_clone().unwrap()).unwrap();
        assert_eq!(objects("configured"), [path::host_device(CARD), path::host_device(SOUND)]);
        assert!(objects("live").is_empty(), "the machine is off");
        assert_eq!(setting.has().await, [], "a plan changes nothing");
        let mut changes = Signals::changes(&setting.service.connection).await;
        device.attach(&card(), &none()).await.unwrap();
        assert_eq!(setting.has().await, configured(&[CARD, SOUND]), "shown by the reply");
        while changed(&changes.next().await).interface != interface::DEVICE {}
        device.attach(&card(), &none()).await.unwrap();
        assert_eq!(setting.has().await, configured(&[CARD, SOUND]), "what is there stays as it is");
        device.detach(&function(SOUND), &none()).await.unwrap();
        assert_eq!(setting.has().await, configured(&[CARD]));
        device.detach(&card(), &none()).await.unwrap();
        assert_eq!(setting.has().await, []);
        assert_eq!(refusal(device.detach(&card(), &none()).await).kind(), Some(ErrorKind::NotFound));
        assert_eq!(setting.kernel.writes(), [], "drivers change when the machine starts");
    });
}

#[test]
fn what_libvirt_is_not_to_take_must_have_been_bound() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let unmanaged = none().with("managed", false);
        assert_eq!(setting.reasons(&card(), &unmanaged).await, ["not-bound"]);
        setting.bind().await;
        setting.device().await.attach(&card(), &unmanaged).await.unwrap();
        assert_eq!(setting.has().await, configured(&[CARD, SOUND]));
    });
}

#[test]
fn what_the_machine_cannot_have_now_is_not_given_for_later_either() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let refused = setting.refused(&card(), &none().with("live", true)).await;
        assert_eq!(refused.kind(), Some(ErrorKind::InvalidState), "it is off");
        let nowhere = setting.refused(&card(), &none().with("live", false).with("configured", false)).await;
        assert_eq!(nowhere.kind(), Some(ErrorKind::InvalidArgument));
        let machine = proxies::machine(&setting.service.connection, &machine_path()).await;
        machine.start(&none()).await.unwrap();
        // libvirt would plug one after the other, and could not.
        assert_eq!(setting.reasons(&card(), &none()).await, ["not-bound"]);
        // libvirt's driver for tests cannot plug anything.
        setting.bind().await;
        let refused = setting.refused(&card(), &none()).await;
        assert_eq!(refused.kind(), Some(ErrorKind::NotSupported), "{refused:?}");
        setting.device().await.attach(&card(), &none().with("live", false)).await.unwrap();
        assert_eq!(setting.has().await, configured(&[CARD, SOUND]), "with its next start");
    });
}

#[test]
fn a_libvirt_that_does_not_know_iommufd_is_not_given_it() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let refused = setting.refused(&card(), &none().with("iommufd", true)).await;
        assert_eq!(refused.kind(), Some(ErrorKind::NotSupported), "{refused:?}");
    });
}

#[test]
fn a_plan_says_whether_iommufd_can_be_had_and_the_real_libvirt_is_asked_for_it() {
    user::ordinary(|| async {
        let host = Captured::named("intel-desktop");
        std::fs::create_dir_all(host.path().join("sys/class/misc/iommu")).unwrap();
        let setting = Setting::on(host, &machine_with(&[])).await;
        let plan = setting.device().await.plan_attach(&card(), &none()).await.unwrap();
        assert!(!bool::try_from(plan["iommufd"].try_clone().unwrap()).unwrap(), "the built-in driver knows none");
        let Some(libvirtd) = Libvirtd::start().await else { return };
        libvirtd.define("b");
        let host = Captured::named("intel-desktop");
        let service = Simulated::on_libvirt(FakeKernel::of(&host).root(&host), &libvirtd.uri()).await;
        let uuid = libvirtd.virsh(&["domuuid", "b"]).trim().parse().unwrap();
        let told = libvirtd.virsh(&["domcapabilities"]);
        let list = told.split("<enum name='iommufd'>").nth(1).and_then(|rest| rest.split("</enum>").next()).unwrap_or_default();
        let known = within("libvirt", service.service.context().libvirt.knows_iommufd(uuid)).await.unwrap();
        assert_eq!(known, list.contains("<value>yes</value>"));
    });
}

#[test]
fn a_device_of_another_machine_is_refused_while_that_runs_and_a_warning_while_it_is_off() {
    user::ordinary(|| async {
        let other = machine_with(&[CARD, SOUND]).replace("<name>a<", "<name>b<").replace("8000-000000000000<", "8000-000000000001<");
        let second = other.trim_start_matches("<node>").to_owned();
        let machines = machine_with(&[]).replace("</node>", &second);
        let setting = Setting::with("intel-desktop", &machines).await;
        let path = path::machine(uuid::Uuid::from_u128(0x4000_8000_0000_0000_0001));
        let mut changes = Signals::changes(&setting.service.connection).await;
        // Definitions are read behind the first list.
        while setting.has_at(path.clone()).await.is_empty() {
            changes.next().await;
        }
        let plan = setting.device().await.plan_attach(&card(), &none()).await.unwrap();
        assert_eq!(words(&plan, "reasons"), Vec::<String>::new());
        let warnings = words(&plan, "warnings");
        assert_eq!(warnings.iter().filter(|word| *word == "machine-configured").count(), 2, "{warnings:?}");
        proxies::machine(&setting.service.connection, &path).await.start(&none()).await.unwrap();
        assert_eq!(setting.has_at(path).await.len(), 2);
        assert_eq!(setting.reasons(&card(), &none()).await, ["group-machine-running", "machine-running"]);
    });
}

#[test]
fn what_is_asked_for_twice_at_once_is_given_once() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let (device, card, options) = (setting.device().await, card(), none());
        let both = futures_util::future::join(device.attach(&card, &options), device.attach(&card, &options));
        let results: [zbus::Result<()>; 2] = within("both", both).await.into();
        let refused: Vec<_> = results.into_iter().filter_map(Result::err).map(Refusal::from).collect();
        assert!(refused.iter().all(|refused| refused.kind() == Some(ErrorKind::Busy)) && refused.len() < 2, "{refused:?}");
        assert_eq!(setting.has().await, configured(&[CARD, SOUND]));
    });
}

#[test]
fn a_virtual_function_is_given_as_a_network_card_and_what_is_none_is_not() {
    user::ordinary(|| async {
        let (function_0, port) = (function("0000:81:02.0"), function("0000:81:00.0"));
        let setting = Setting::with("sriov-nic", &machine_with(&[])).await;
        let card = || none().with("interface", true).with("mac", "52:54:00:00:00:01".to_owned()).with("vlan", 100_u32);
        let word = |mac: &str| none().with("interface", true).with("mac", mac.to_owned());
        let vlan = |id: u32| none().with("interface", true).with("vlan", id);
        let odd = [
            ("mac", none().with("mac", "52:54:00:00:00:01".to_owned())),
            ("vlan", none().with("vlan", 1_u32)),
            ("mac", word("01:00:5e:00:00:01")),
            ("mac", word("00:00:00:00:00:00")),
            ("mac", word("52:54:00:00:00:01'/><x a='")),
            ("vlan", vlan(0)),
            ("vlan", vlan(4095)),
            ("interface", card().with("iommufd", true)),
        ];
        for (argument, options) in odd {
            let refused = setting.refused(&function_0, &options).await;
            assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), argument));
        }
        let whole = function("0000:81:02.0").with("whole-card", true);
        assert_eq!(setting.refused(&whole, &card()).await.text("argument"), "interface");
        assert_eq!(setting.refused(&port, &card()).await.kind(), Some(ErrorKind::NotSupported), "the port itself");
        assert_eq!(setting.reasons(&function("0000:81:02.1"), &card()).await, ["machine-bridge"]);

        let device = setting.device().await;
        let connection = &setting.service.connection;
        let mut changes = Signals::changes(connection).await;
        device.attach(&function_0, &card()).await.unwrap();
        assert_eq!(setting.has().await, configured(&["0000:81:02.0"]));
        let told = properties(connection, machine_path().as_str(), interface::DEVICE).await["HostDevices"].try_clone().unwrap();
        let told: Vec<HashMap<String, OwnedVariant>> = told.try_into().unwrap();
        let told = |name: &str| told[0][name].try_clone().unwrap();
        assert!(bool::try_from(told("interface")).unwrap());
        assert_eq!((String::try_from(told("mac")).unwrap().as_str(), u32::try_from(told("vlan")).unwrap()), ("52:54:00:00:00:01", 100));
        // And at the function, whose machines are told a moment later.
        changes.until(path::host_device("0000:81:02.0").as_str(), "Machines", vec![machine_path()]).await;
        device.attach(&function_0, &none()).await.unwrap();
        assert_eq!(setting.has().await, configured(&["0000:81:02.0"]), "once is enough");
        device.detach(&function_0, &none()).await.unwrap();
        assert_eq!(setting.has().await, []);
    });
}

#[test]
fn a_disk_behind_vmd_whose_segment_has_five_digits_is_a_device_like_any_other() {
    user::ordinary(|| async {
        const DISK: &str = "10000:e1:00.0";
        let host = Captured::described(&format!("pci {DISK} 144d:a80a class=010802 group=9 driver=nvme reset=flr\n"));
        let setting = Setting::on(host, &machine_with(&[])).await;
        let object = path::host_device(DISK);
        assert_eq!(object.as_str(), "/org/kvmmanager/Manager1/host/devices/10000_e1_00_0");
        let disk = PassthroughProxy::new(&setting.service.connection, object).await.unwrap();
        disk.bind(&none()).await.unwrap();
        disk.release(&none()).await.unwrap();
        let device = setting.device().await;
        let named = none().with("address", DISK.to_owned());
        device.attach(&named, &none()).await.unwrap();
        assert_eq!(setting.has().await, [(DISK.to_owned(), false, true)]);
        assert!(setting.service.definition().await.contains("domain='0x10000' bus='0xe1'"));
        let machine = proxies::machine(&setting.service.connection, &machine_path()).await;
        machine.start(&none()).await.unwrap();
        machine.force_off(&none()).await.unwrap();
        device.detach(&named, &none()).await.unwrap();
        assert_eq!(setting.has().await, []);
    });
}

#[test]
fn a_network_card_that_was_taken_comes_back_with_its_vlans_and_its_boot_order() {
    user::ordinary(|| async {
        const DEVICES: &str = "<devices><interface type='hostdev' managed='yes'><mac address='52:54:00:00:00:01'/>\
            <source><address type='pci' domain='0x0000' bus='0x81' slot='0x02' function='0x0'/></source>\
            <vlan trunk='yes'><tag id='42'/><tag id='123' nativeMode='untagged'/></vlan><boot order='1'/></interface>\
            <interface type='user'><mac address='52:54:00:00:00:02'/></interface>";
        let setting = Setting::with("sriov-nic", &machine_with(&[]).replace("<devices>", DEVICES)).await;
        let (device, card) = (setting.device().await, function("0000:81:02.0"));
        let before = setting.service.definition().await;
        while setting.has().await.is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(before.contains("<vlan trunk='yes'>") && before.contains("<boot order='1'/>"), "{before}");
        device.detach(&card, &none()).await.unwrap();
        assert!(!setting.service.definition().await.contains("trunk"));
        within("Attach", device.attach(&card, &none().with("as-before", true).with("configured", true))).await.unwrap();
        assert_eq!(setting.service.definition().await, before);
    });
}
