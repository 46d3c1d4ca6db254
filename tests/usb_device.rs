//! USB devices of the host that machines get, on described hosts: what is refused, what a definition says then, and what shows. With
//! QEMU and devices that are plugged in and out: `tests/vfio`.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use dbus::{ErrorKind, Options, device::DeviceProxy, interface, path};
use kvm_manager_tests::{
    captured::Captured,
    client::{Refusal, Signals, properties, refusal},
    project, service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user, within,
};
use service::host::Root;
use zbus::{OwnedObjectPath, OwnedVariant};

const STICK: &str = "1-2.3";
const MOUNTED: &str = "1-2.4";
const CAMERA: &str = "2-1";
const KEYBOARD: &str = "1-1";
/// Another stick of the same kind.
const TWIN: &str = "usb 1-3 0951:1666 under=usb1 at=1:9 speed=480 parts=08 maker=Kingston name=DataTraveler serial=E0D55EA6\n";
/// A mouse, which a desktop should keep, and a keyboard that a program made.
const MORE: &str = "usb 1-4 046d:c077 under=usb1 at=1:10 speed=1.5 parts=03 maker=Logitech name=Mouse
file sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/input/input6/capabilities/key 70000 0 0 0 0
file sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/input/input6/capabilities/rel 903
link sys/class/input/input6 sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/input/input6
file sys/devices/virtual/input/input9/capabilities/key 10000 7 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe
link sys/class/input/input9 sys/devices/virtual/input/input9
";

struct Setting {
    service: Simulated,
    host: Captured,
}

impl Setting {
    async fn new() -> Self {
        Self::with("", &machine_with(&[])).await
    }

    async fn with(more: &str, machines: &str) -> Self {
        let host = Captured::described(&(project::read("tests/data/hosts/usb-desktop.host") + "\n" + more));
        let service = Simulated::start(Root::captured(host.path()), machines).await;
        Self { service, host }
    }

    async fn device(&self) -> DeviceProxy<'static> {
        DeviceProxy::new(&self.service.connection, machine_path()).await.unwrap()
    }

    /// The devices of a machine: source, live, configured.
    async fn has(&self, machine: &OwnedObjectPath) -> Vec<(String, bool, bool)> {
        let told = properties(&self.service.connection, machine.as_str(), interface::DEVICE).await["HostDevices"].try_clone().unwrap();
        let devices: Vec<HashMap<String, OwnedVariant>> = told.try_into().unwrap();
        let flag = |device: &HashMap<String, OwnedVariant>, name: &str| bool::try_from(device[name].try_clone().unwrap()).unwrap();
        let source = |device: &HashMap<String, OwnedVariant>| String::try_from(device["source"].try_clone().unwrap()).unwrap();
        devices.iter().map(|device| (source(device), flag(device, "live"), flag(device, "configured"))).collect()
    }

    async fn refused(&self, device: &Options, options: &Options) -> Refusal {
        let before = self.has(&machine_path()).await;
        let refused = refusal(within("Attach", self.device().await.attach(device, options)).await);
        assert_eq!(self.has(&machine_path()).await, before, "what is refused changes nothing");
        refused
    }

    async fn reasons(&self, device: &Options, options: &Options) -> Vec<String> {
        let refused = self.refused(device, options).await;
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
        refused.facts["reasons"].try_clone().unwrap().try_into().unwrap()
    }

    async fn plan(&self, device: &Options, options: &Options) -> HashMap<String, OwnedVariant> {
        self.device().await.plan_attach(device, options).await.unwrap()
    }
}

fn none() -> Options {
    Options::default()
}

fn named(key: &str, value: &str) -> Options {
    none().with(key, value.to_owned())
}

fn port(port: &str) -> Options {
    named("usb-port", port)
}

fn ports(ports: &[&str]) -> Options {
    none().with("usb-ports", ports.iter().map(|port| (*port).to_owned()).collect::<Vec<_>>())
}

fn configured(sources: &[&str]) -> Vec<(String, bool, bool)> {
    sources.iter().map(|source| ((*source).to_owned(), false, true)).collect()
}

fn texts(plan: &HashMap<String, OwnedVariant>, key: &str) -> Vec<String> {
    plan[key].try_clone().unwrap().try_into().unwrap()
}

/// Word, port and name of each reason or warning.
fn facts(plan: &HashMap<String, OwnedVariant>, list: &str) -> Vec<String> {
    let all: Vec<HashMap<String, String>> = plan[list].try_clone().unwrap().try_into().unwrap();
    let line = |one: HashMap<String, String>| {
        let fact = |name: &str| one.get(name).cloned().unwrap_or_default();
        [fact("reason"), fact("port"), fact("name")].join(" ").trim_end().to_owned()
    };
    all.into_iter().map(line).collect()
}

/// A second machine, `b`, with these devices.
fn another(devices: &str) -> (String, OwnedObjectPath) {
    let other = machine_with(&[]).replace("<name>a<", "<name>b<").replace("8000-000000000000<", "8000-000000000001<");
    let other = other.replace("</devices>", &format!("{devices}</devices>"));
    let machines = machine_with(&[]).replace("</node>", other.trim_start_matches("<node>"));
    (machines, path::machine(uuid::Uuid::from_u128(0x4000_8000_0000_0000_0001)))
}

const NAMED_STICK: &str =
    "<hostdev mode='subsystem' type='usb'><source startupPolicy='optional'><vendor id='0x0951'/><product id='0x1666'/></source></hostdev>";

#[test]
fn what_is_no_usb_device_and_no_option_is_refused_by_name() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        for bad in ["", "usb1", "1-0:1.0", "../1-1", "1-1/..", "1-1\n", "1-1'/>"] {
            assert_eq!(setting.refused(&port(bad), &none()).await.text("argument"), "usb-port", "{bad:?}");
        }
        for bad in ["", "46d:c31c", "046d", "046d:c31c:", "046d:c31g", "0x046d:0xc31c"] {
            assert_eq!(setting.refused(&named("usb-id", bad), &none()).await.text("argument"), "usb-id", "{bad:?}");
        }
        for bad in ["", "a\nb", "a\u{202e}b", &"x".repeat(127)] {
            assert_eq!(setting.refused(&named("usb-serial", bad), &none()).await.text("argument"), "usb-serial", "{bad:?}");
        }
        let seventeen: Vec<String> = (1..=17).map(|port| format!("1-{port}")).collect();
        assert_eq!(setting.refused(&none().with("usb-ports", seventeen), &none()).await.text("argument"), "usb-ports");
        assert_eq!(setting.refused(&none().with("usb-bus", 1_u32), &none()).await.text("argument"), "usb-number");
        assert_eq!(setting.refused(&none().with("usb-bus", 0_u32).with("usb-number", 4_u32), &none()).await.text("argument"), "usb-number");
        for twice in [port(STICK).with("usb-id", "0951:1666".to_owned()), port(STICK).with("address", "0000:00:14.0".to_owned())] {
            assert_eq!(setting.refused(&twice, &none()).await.kind(), Some(ErrorKind::InvalidArgument));
        }
        for absent in [port("1-9"), named("usb-id", "ffff:ffff"), named("usb-serial", "nobody's")] {
            assert_eq!(setting.refused(&absent, &none()).await.kind(), Some(ErrorKind::NotFound));
        }
        for (name, value) in [("startup-policy", "never"), ("guest-reset", "maybe"), ("rom-file", "/etc/shadow")] {
            assert_eq!(setting.refused(&port(STICK), &named(name, value)).await.text("argument"), name);
        }
        for of_pci in ["managed", "rom-bar", "iommufd", "allow-no-reset"] {
            let refused = setting.refused(&port(STICK), &none().with(of_pci, true)).await;
            assert_eq!(refused.text("argument"), of_pci);
        }
        assert_eq!(setting.refused(&port(STICK).with("whole-card", true), &none()).await.text("argument"), "whole-card");
    });
}

#[test]
fn a_hub_a_mounted_stick_and_the_only_keyboard_stay_with_the_host() {
    user::ordinary(|| async {
        let setting = Setting::with(MORE, &machine_with(&[])).await;
        assert_eq!(setting.refused(&port("1-2"), &none()).await.text("argument"), "usb-port", "a hub");
        assert_eq!(setting.reasons(&port(MOUNTED), &none()).await, ["mounted"]);
        assert_eq!(setting.reasons(&port(KEYBOARD), &none()).await, ["keyboard"], "one that a program made is no other");
        assert_eq!(setting.reasons(&ports(&[STICK, KEYBOARD]), &none()).await, ["keyboard"], "all or none");
        let plan = setting.plan(&ports(&[MOUNTED, KEYBOARD]), &none()).await;
        assert_eq!(facts(&plan, "reasons"), [format!("keyboard {KEYBOARD} input5"), format!("mounted {MOUNTED} sdb1")]);
        assert_eq!(facts(&setting.plan(&port("1-4"), &none()).await, "warnings"), ["pointer 1-4 input6"], "the only mouse");
        let second = "sys/devices/platform/i8042/serio0/input/input1/capabilities/key";
        setting.host.file(second, "10000 7 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n");
        setting.host.link("sys/class/input/input1", "sys/devices/platform/i8042/serio0/input/input1");
        assert_eq!(facts(&setting.plan(&port(KEYBOARD), &none()).await, "reasons"), Vec::<String>::new(), "there is another");
    });
}

#[test]
fn a_device_is_named_in_each_way_and_goes_into_the_definition_by_its_kind_and_out_of_it() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let device = setting.device().await;
        let place = none().with("usb-bus", 1_u32).with("usb-number", 7_u32);
        for way in [port(STICK), named("usb-serial", "E0D55EA5"), named("usb-id", "0951:1666"), place] {
            let plan = setting.plan(&way, &none()).await;
            assert_eq!((texts(&plan, "usb-configured"), texts(&plan, "usb-live")), (vec![STICK.to_owned()], vec![]), "it is off");
            assert!(bool::try_from(plan["allowed"].try_clone().unwrap()).unwrap());
            device.attach(&way, &none()).await.unwrap();
            assert_eq!(setting.has(&machine_path()).await, configured(&["0x0951:0x1666"]), "shown by the reply");
            device.attach(&way, &none()).await.unwrap();
            assert_eq!(setting.has(&machine_path()).await, configured(&["0x0951:0x1666"]), "what is there stays as it is");
            device.detach(&way, &none()).await.unwrap();
            assert_eq!(setting.has(&machine_path()).await, []);
            assert_eq!(refusal(device.detach(&way, &none()).await).kind(), Some(ErrorKind::NotFound));
        }
        let policy = named("startup-policy", "mandatory");
        device.attach(&ports(&[STICK, CAMERA]), &policy).await.unwrap();
        assert_eq!(setting.has(&machine_path()).await, configured(&["0x0951:0x1666", "0x046d:0x085e"]), "several at once");
    });
}

#[test]
fn of_two_of_one_kind_the_one_that_is_meant_has_to_be_said_and_goes_by_its_place() {
    user::ordinary(|| async {
        let setting = Setting::with(TWIN, &machine_with(&[])).await;
        assert_eq!(setting.reasons(&named("usb-id", "0951:1666"), &none()).await, ["ambiguous"]);
        let plan = setting.plan(&port(STICK), &none()).await;
        assert_eq!(facts(&plan, "warnings"), [format!("same-ids {STICK} 1-3")]);
        setting.device().await.attach(&port(STICK), &none()).await.unwrap();
        assert_eq!(setting.has(&machine_path()).await, configured(&["1.7"]));
        setting.device().await.attach(&named("usb-serial", "E0D55EA6"), &none()).await.unwrap();
        assert_eq!(setting.has(&machine_path()).await, configured(&["1.7", "1.9"]));
        setting.device().await.detach(&port(STICK), &none()).await.unwrap();
        assert_eq!(setting.has(&machine_path()).await, configured(&["1.9"]));
    });
}

#[test]
fn what_a_running_machine_cannot_get_is_not_in_its_definition_either() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let (device, machine) = (setting.device().await, machine_path());
        proxies::machine(&setting.service.connection, &machine).await.start(&none()).await.unwrap();
        // libvirt's driver for tests cannot plug anything.
        assert_eq!(setting.refused(&ports(&[STICK, CAMERA]), &none()).await.kind(), Some(ErrorKind::NotSupported));
        let plan = setting.plan(&ports(&[STICK, CAMERA]), &none()).await;
        assert_eq!((texts(&plan, "usb-live").len(), texts(&plan, "usb-configured").len()), (2, 2));
        device.attach(&port(STICK), &none().with("live", false)).await.unwrap();
        assert_eq!(setting.has(&machine).await, configured(&["0x0951:0x1666"]), "with its next start");
        let refused = refusal(device.detach(&port(STICK), &none().with("live", true)).await);
        assert_eq!(refused.kind(), Some(ErrorKind::NotFound), "it does not have it now");
        let only_live = named("guest-reset", "off").with("configured", false);
        assert_eq!(setting.refused(&port(CAMERA), &only_live).await.kind(), Some(ErrorKind::NotSupported), "nobody could read it back");
    });
}

#[test]
fn a_device_that_was_pulled_out_can_still_go_out_of_the_definition() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let device = setting.device().await;
        device.attach(&port(STICK), &none()).await.unwrap();
        std::fs::remove_file(setting.host.path().join("sys/bus/usb/devices").join(STICK)).unwrap();
        assert_eq!(refusal(device.detach(&port(STICK), &none()).await).kind(), Some(ErrorKind::NotFound), "nobody knows what was there");
        device.detach(&named("usb-id", "0951:1666"), &none()).await.unwrap();
        assert_eq!(setting.has(&machine_path()).await, []);
    });
}

#[test]
fn a_device_of_another_machine_is_refused_unless_it_is_handed_over() {
    user::ordinary(|| async {
        let (machines, other) = another(NAMED_STICK);
        let setting = Setting::with("", &machines).await;
        let mut changes = Signals::changes(&setting.service.connection).await;
        // Definitions are read behind the first list.
        while setting.has(&other).await.is_empty() {
            changes.next().await;
        }
        let plan = setting.plan(&port(STICK), &none()).await;
        assert_eq!((facts(&plan, "reasons"), facts(&plan, "warnings")), (vec![], vec![format!("machine-configured {STICK} b")]));
        let connection = &setting.service.connection;
        proxies::machine(connection, &other).await.start(&none()).await.unwrap();
        assert_eq!(setting.reasons(&port(STICK), &none()).await, ["machine-running"]);
        let hand_over = none().with("hand-over", true);
        assert_eq!(setting.reasons(&port(STICK), &hand_over).await, ["machine-running"], "a machine that is off takes nothing");
        proxies::machine(connection, &machine_path()).await.start(&none()).await.unwrap();
        let plan = setting.plan(&port(STICK), &hand_over).await;
        assert_eq!(facts(&plan, "reasons"), Vec::<String>::new());
        let taken: Vec<OwnedObjectPath> = plan["taken-from"].try_clone().unwrap().try_into().unwrap();
        assert_eq!(taken, std::slice::from_ref(&other));
        let before = setting.has(&other).await;
        // libvirt's driver for tests can neither plug nor unplug.
        let refused = setting.refused(&port(STICK), &hand_over).await;
        assert_eq!(refused.kind(), Some(ErrorKind::NotSupported), "{refused:?}");
        assert_eq!(setting.has(&other).await, before);
    });
}

#[test]
fn a_machine_without_a_usb_controller_and_a_scope_that_is_nothing_are_refused() {
    user::ordinary(|| async {
        let machines = machine_with(&[]).replace("</devices>", "<controller type='usb' model='none'/></devices>");
        let setting = Setting::with("", &machines).await;
        assert_eq!(setting.reasons(&port(STICK), &none()).await, ["no-usb"]);
        let nowhere = none().with("live", false).with("configured", false);
        assert_eq!(setting.refused(&port(STICK), &nowhere).await.kind(), Some(ErrorKind::InvalidArgument));
        assert_eq!(setting.refused(&port(STICK), &none().with("live", true)).await.kind(), Some(ErrorKind::InvalidState), "it is off");
    });
}

#[test]
fn the_plan_for_a_whole_controller_names_what_is_behind_it_and_refuses_what_the_host_needs() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let controller = named("address", "0000:00:14.0");
        let plan = setting.plan(&controller, &none()).await;
        let all: Vec<HashMap<String, String>> = plan["warnings"].try_clone().unwrap().try_into().unwrap();
        let behind = all.iter().filter(|one| one["reason"] == "usb-device");
        let behind: Vec<String> = behind.map(|one| [one["name"].as_str(), one["detail"].as_str()].join(" ")).collect();
        let expected = [
            "1-1 046d:c31c Logitech USB Keyboard",
            "1-2.3 0951:1666 Kingston DataTraveler",
            "1-2.4 0781:5581 SanDisk Ultra",
            "2-1 046d:085e Logitech BRIO",
        ];
        assert_eq!(behind, expected);
        let refused = setting.reasons(&controller, &none().with("allow-no-reset", true)).await;
        assert!(["keyboard", "mounted"].iter().all(|word| refused.iter().any(|reason| reason == word)), "{refused:?}");
    });
}

#[test]
fn what_is_asked_for_twice_at_once_is_given_once() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let (device, stick, options) = (setting.device().await, port(STICK), none());
        let both = futures_util::future::join(device.attach(&stick, &options), device.attach(&stick, &options));
        let results: [zbus::Result<()>; 2] = within("both", both).await.into();
        let refused: Vec<_> = results.into_iter().filter_map(Result::err).map(Refusal::from).collect();
        assert!(refused.iter().all(|refused| refused.kind() == Some(ErrorKind::Busy)) && refused.len() < 2, "{refused:?}");
        assert_eq!(setting.has(&machine_path()).await, configured(&["0x0951:0x1666"]));
    });
}
