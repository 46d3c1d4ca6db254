//! Rules: USB devices that go to their machine by themselves, on described hosts. libvirt's driver for tests plugs nothing in, so here what
//! is asked for fails and says so. With QEMU and devices that are plugged in and out: `tests/vfio/usb.sh`.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{collections::HashMap, path::Path};

use dbus::{ErrorKind, Options, device::DeviceProxy, interface, path};
use kvm_manager_tests::{
    bus::Bus,
    captured::Captured,
    client::{Signals, managed_objects, properties, refusal},
    service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user, within,
};
use service::host::Root;
use zbus::{OwnedObjectPath, OwnedVariant};

const SERIAL: &str = "E0D55EA5";
const ID: &str = "0951:1666";
const PORT: &str = "1-2.3";
/// What libvirt's driver for tests says to a device.
const REFUSED: &str = "NotSupported";

/// What is told of a rule: what it is about, its state, ports and reasons.
type Told = (String, String, Vec<String>, Vec<String>);

struct Setting {
    service: Simulated,
    host: Captured,
    state: tempfile::TempDir,
}

impl Setting {
    async fn new() -> Self {
        Self::on(Captured::named("usb-desktop"), tempfile::tempdir().unwrap(), &two(false)).await
    }

    async fn on(host: Captured, state: tempfile::TempDir, machines: &str) -> Self {
        let root = Root::captured(host.path());
        let service = Simulated::on(Bus::start(), root, machines, &state.path().join("s"), None).await;
        Self { service, host, state }
    }

    /// Another run of the service, with these machines.
    async fn again(self, machines: &str) -> Self {
        let Self { service, host, state } = self;
        drop(service);
        Self::on(host, state, machines).await
    }

    async fn device(&self, machine: &OwnedObjectPath) -> DeviceProxy<'static> {
        DeviceProxy::new(&self.service.connection, machine.clone()).await.unwrap()
    }

    async fn add(&self, machine: &OwnedObjectPath, key: &str, value: &str) -> String {
        self.device(machine).await.add_usb_rule(&named(key, value), &none()).await.unwrap()
    }

    async fn start(&self, machine: &OwnedObjectPath) {
        proxies::machine(&self.service.connection, machine).await.start(&none()).await.unwrap();
    }

    async fn stop(&self, machine: &OwnedObjectPath) {
        proxies::machine(&self.service.connection, machine).await.force_off(&none()).await.unwrap();
    }

    /// Has devices looked at anew, as the kernel's word would.
    async fn look(&self) {
        let machine = another();
        self.start(&machine).await;
        self.stop(&machine).await;
    }

    async fn property(&self, machine: &OwnedObjectPath, name: &str) -> Vec<HashMap<String, OwnedVariant>> {
        let told = properties(&self.service.connection, machine.as_str(), interface::DEVICE).await;
        told[name].try_clone().unwrap().try_into().unwrap()
    }

    async fn rules(&self, machine: &OwnedObjectPath) -> Vec<Told> {
        self.property(machine, "UsbRules").await.iter().map(told).collect()
    }

    /// Waits until it is told so of the only rule of a machine, with this reason, or none.
    async fn until(&self, machine: &OwnedObjectPath, state: &str, reason: &str) -> Told {
        let mut changes = Signals::changes(&self.service.connection).await;
        let reached = async {
            loop {
                let told = self.rules(machine).await.remove(0);
                if told.1 == state && told.3.concat() == reason {
                    return told;
                }
                changes.next().await;
            }
        };
        within("the rule", reached).await
    }
}

fn told(rule: &HashMap<String, OwnedVariant>) -> Told {
    let text = |name: &str| String::try_from(rule[name].try_clone().unwrap()).unwrap();
    let texts = |name: &str| Vec::<String>::try_from(rule[name].try_clone().unwrap()).unwrap();
    let key = ["usb-port", "usb-serial", "usb-id"].into_iter().find(|key| rule.contains_key(*key)).unwrap();
    ([key, &text(key)].join(" "), text("state"), texts("ports"), texts("reasons"))
}

fn none() -> Options {
    Options::default()
}

fn named(key: &str, value: &str) -> Options {
    none().with(key, value.to_owned())
}

/// Machines `a` and `b`.
fn two(are_running: bool) -> String {
    let one = machine_with(&[]);
    let other = one.replace("<name>a<", "<name>b<").replace("8000-000000000000<", "8000-000000000001<");
    let both = one.replace("</node>", other.trim_start_matches("<node>"));
    if are_running { both.replace("runstate>5<", "runstate>1<") } else { both }
}

fn another() -> OwnedObjectPath {
    path::machine(uuid::Uuid::from_u128(0x4000_8000_0000_0000_0001))
}

fn is_kept(state: &Path) -> bool {
    std::fs::read_to_string(state.join("s/usb.json")).is_ok_and(|text| text.contains(SERIAL))
}

#[test]
fn a_rule_that_makes_no_sense_is_refused_by_name_and_none_is_kept() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let device = setting.device(&machine_path()).await;
        let several = none().with("usb-ports", vec!["1-1".to_owned(), "1-2".to_owned()]);
        let place = none().with("usb-bus", 1_u32).with("usb-number", 7_u32);
        for (rule, argument) in [
            (none(), "usb-port"),
            (named("usb-port", "usb1"), "usb-port"),
            (named("usb-id", "kbd"), "usb-id"),
            (named("usb-serial", "\u{1b}[31m"), "usb-serial"),
            (named("address", "0000:00:14.0"), "usb-port"),
            (named("usb-port", PORT).with("usb-id", ID.to_owned()), "usb-port"),
            (several, "usb-ports"),
            (place, "usb-number"),
        ] {
            let refused = refusal(device.add_usb_rule(&rule, &none()).await);
            assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), argument));
        }
        let refused = refusal(device.add_usb_rule(&named("usb-port", PORT), &named("typo", "x")).await);
        assert_eq!(refused.text("argument"), "typo");
        assert_eq!(refusal(device.remove_usb_rule("nothing", &none()).await).kind(), Some(ErrorKind::NotFound));
        assert_eq!(setting.rules(&machine_path()).await, []);
    });
}

#[test]
fn what_is_ruled_has_one_owner_and_the_number_of_rules_a_limit() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let id = setting.add(&machine_path(), "usb-serial", SERIAL).await;
        assert!(is_kept(setting.state.path()), "by the reply");
        assert_eq!(setting.add(&machine_path(), "usb-serial", SERIAL).await, id, "the same is the same");
        let other = setting.device(&another()).await;
        let taken = refusal(other.add_usb_rule(&named("usb-serial", SERIAL), &none()).await);
        assert_eq!(taken.kind(), Some(ErrorKind::AlreadyExists), "{taken:?}");
        assert_eq!(refusal(other.remove_usb_rule(&id, &none()).await).kind(), Some(ErrorKind::NotFound), "it is not that machine's");
        for port in 1..=15 {
            setting.add(&machine_path(), "usb-port", &format!("9-{port}")).await;
        }
        let device = setting.device(&machine_path()).await;
        let refused = refusal(device.add_usb_rule(&named("usb-port", "9-16"), &none()).await);
        assert_eq!(refused.kind(), Some(ErrorKind::LimitExceeded));
        let managed = managed_objects(&setting.service.connection).await;
        let rules: Vec<HashMap<String, OwnedVariant>> =
            managed[machine_path().as_str()][interface::DEVICE]["UsbRules"].try_clone().unwrap().try_into().unwrap();
        assert_eq!(rules.len(), 16);
        device.remove_usb_rule(&id, &none()).await.unwrap();
        assert!(!is_kept(setting.state.path()));
        other.add_usb_rule(&named("usb-serial", SERIAL), &none()).await.unwrap();
    });
}

#[test]
fn a_machine_is_given_its_device_when_it_starts_and_what_libvirt_says_to_that_is_told() {
    user::ordinary(|| async {
        let (setting, machine) = (Setting::new().await, machine_path());
        setting.add(&machine, "usb-port", PORT).await;
        setting.until(&machine, "waiting", "").await;
        setting.start(&machine).await;
        let told = setting.until(&machine, "failed", REFUSED).await;
        assert_eq!(told, (format!("usb-port {PORT}"), "failed".into(), vec![PORT.into()], vec![REFUSED.into()]));
        setting.stop(&machine).await;
        setting.until(&machine, "waiting", "").await;
        assert_eq!(setting.property(&machine, "HostDevices").await.len(), 0, "the definition has none");
    });
}

#[test]
fn a_machine_that_started_while_the_service_was_away_is_given_its_device_when_it_is_back() {
    user::ordinary(|| async {
        let (setting, machine) = (Setting::new().await, machine_path());
        setting.add(&machine, "usb-serial", SERIAL).await;
        let setting = setting.again(&two(true)).await;
        setting.until(&machine, "failed", REFUSED).await;
    });
}

#[test]
fn what_the_definition_gives_is_there_and_not_asked_for() {
    user::ordinary(|| async {
        let named = "<hostdev mode='subsystem' type='usb'><source><vendor id='0x0951'/><product id='0x1666'/></source></hostdev></devices>";
        let machines = machine_with(&[]).replace("</devices>", named);
        let setting = Setting::on(Captured::named("usb-desktop"), tempfile::tempdir().unwrap(), &machines).await;
        setting.add(&machine_path(), "usb-id", ID).await;
        setting.start(&machine_path()).await;
        assert_eq!(setting.until(&machine_path(), "attached", "").await.2, [PORT]);
    });
}

#[test]
fn a_serial_number_comes_before_a_port_and_that_before_a_kind_whoever_runs() {
    user::ordinary(|| async {
        let (setting, machine, other) = (Setting::new().await, machine_path(), another());
        setting.add(&machine, "usb-id", ID).await;
        let port = setting.add(&other, "usb-port", PORT).await;
        setting.start(&machine).await;
        let told = setting.until(&machine, "outranked", "").await;
        assert_eq!(told.2, [PORT], "its owner is the machine that is off");
        setting.start(&other).await;
        setting.until(&other, "failed", REFUSED).await;
        assert_eq!(setting.rules(&machine).await[0].1, "outranked", "also of a machine that could not get it");
        setting.device(&other).await.remove_usb_rule(&port, &none()).await.unwrap();
        setting.until(&machine, "failed", REFUSED).await;
        setting.add(&other, "usb-serial", SERIAL).await;
        setting.until(&machine, "outranked", "").await;
    });
}

#[test]
fn what_the_host_needs_is_never_taken_by_a_rule_and_the_reason_is_told() {
    user::ordinary(|| async {
        let (setting, machine) = (Setting::new().await, machine_path());
        setting.start(&machine).await;
        let keyboard = setting.add(&machine, "usb-port", "1-1").await;
        assert_eq!(setting.until(&machine, "failed", "keyboard").await.2, ["1-1"]);
        setting.device(&machine).await.remove_usb_rule(&keyboard, &none()).await.unwrap();
        let hub = setting.add(&machine, "usb-port", "1-2").await;
        setting.look().await;
        assert_eq!(setting.until(&machine, "waiting", "").await.2, Vec::<String>::new(), "a hub is no device");
        setting.device(&machine).await.remove_usb_rule(&hub, &none()).await.unwrap();
        setting.add(&machine, "usb-port", "1-2.4").await;
        setting.until(&machine, "failed", "mounted").await;
        setting.host.file("proc/self/mountinfo", "");
        setting.look().await;
        // Now libvirt is asked.
        setting.until(&machine, "failed", REFUSED).await;
    });
}

#[test]
fn a_damaged_file_of_rules_is_set_aside_and_the_service_runs() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        setting.add(&machine_path(), "usb-serial", SERIAL).await;
        std::fs::write(setting.state.path().join("s/usb.json"), "[{").unwrap();
        let setting = setting.again(&two(true)).await;
        assert_eq!(setting.rules(&machine_path()).await, []);
        assert!(setting.state.path().join("s/usb.damaged").exists());
        setting.add(&machine_path(), "usb-serial", SERIAL).await;
        setting.until(&machine_path(), "failed", REFUSED).await;
    });
}
