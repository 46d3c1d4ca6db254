//! SCSI devices of a described host that machines get: which there are, what is refused, what a definition says, and that a start never takes
//! another device than the one that was meant. With QEMU: `tests/vfio/small.sh`.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use dbus::{ErrorKind, Options, device::DeviceProxy, interface, machine::State, passthrough::PassthroughProxy, path};
use kvm_manager_tests::{
    captured::Captured,
    client::{Refusal, Signals, managed_objects, properties, refusal, words},
    service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user, within,
};
use service::host::Root;
use uuid::Uuid;
use zbus::{OwnedObjectPath, OwnedVariant};

const SYSTEM: &str = "0:0:0:0";
const BURNER: &str = "1:0:0:0";
const DISK: &str = "2:0:0:0";
const TAPE: &str = "2:0:1:0";
const CHANGER: &str = "2:0:1:1";
/// A disk that says nothing of itself.
const NAMELESS: &str = "2:0:2:0";
const ENCLOSURE: &str = "2:0:3:0";
/// Without the device file that takes any command.
const WITHOUT_FILE: &str = "2:0:4:0";
/// One disk; it is mounted by the other way.
const WAYS: [&str; 2] = ["2:0:5:0", "3:0:5:0"];
/// A disk that hangs on a USB port.
const STICK: &str = "6:0:0:0";
/// The second machine.
const OTHER: Uuid = Uuid::from_u128(0x4000_8000_0000_0000_0001);
const ADAPTER: &str = "sys/devices/pci0000:00/0000:01:00.0";
const DISK_IS: &str = "type=0 vendor=SEAGATE model=ST12000NM0027 serial=ZJV1 wwid=naa.5000c500a1b2c3d4";

type Facts = HashMap<String, OwnedVariant>;

struct Setting {
    service: Simulated,
    host: Captured,
}

impl Setting {
    async fn new() -> Self {
        Self::with(&machine_with(&[])).await
    }

    async fn with(machines: &str) -> Self {
        let host = Captured::named("scsi");
        Self { service: Simulated::start(Root::captured(host.path()), machines).await, host }
    }

    async fn scsi(&self) -> DeviceProxy<'static> {
        DeviceProxy::new(&self.service.connection, machine_path()).await.unwrap()
    }

    async fn listed(&self) -> HashMap<String, Facts> {
        let told = properties(&self.service.connection, path::HOST, interface::HOST_SCSI).await["Devices"].try_clone().unwrap();
        let all: Vec<Facts> = told.try_into().unwrap();
        all.into_iter().map(|facts| (text(&facts, "address"), facts)).collect()
    }

    /// Source, live and configured of what the machine has.
    async fn has(&self) -> Vec<(String, bool, bool)> {
        let told = properties(&self.service.connection, machine_path().as_str(), interface::DEVICE).await;
        let all: Vec<Facts> = told["HostDevices"].try_clone().unwrap().try_into().unwrap();
        let flag = |facts: &Facts, key: &str| bool::try_from(facts[key].try_clone().unwrap()).unwrap();
        all.iter().map(|facts| (text(facts, "source"), flag(facts, "live"), flag(facts, "configured"))).collect()
    }

    /// Waits until a machine is shown to name it.
    async fn until_wanted(&self, address: &str) {
        let mut changes = Signals::changes(&self.service.connection).await;
        while Vec::<OwnedObjectPath>::try_from(self.listed().await[address]["machines"].try_clone().unwrap()).unwrap().is_empty() {
            changes.next().await;
        }
    }

    async fn refused(&self, device: &Options, options: &Options) -> Refusal {
        let before = self.service.definition().await;
        let refused = refusal(within("Attach", self.scsi().await.attach(device, options)).await);
        assert_eq!(self.service.definition().await, before, "what is refused changes nothing");
        refused
    }

    async fn reasons(&self, address: &str) -> Vec<String> {
        let plan = self.scsi().await.plan_attach(&at(address), &none()).await.unwrap();
        let refused = reasons(&self.refused(&at(address), &none()).await);
        assert_eq!(words(&plan, "reasons"), refused, "the plan says the same");
        refused
    }

    async fn start(&self) -> Result<(), zbus::Error> {
        within("Start", proxies::machine(&self.service.connection, &machine_path()).await.start(&none())).await
    }

    /// What speaks against a start, which leaves everything as it is.
    async fn start_refused(&self) -> Vec<String> {
        let before = self.service.definition().await;
        let refused = refusal(self.start().await);
        assert_eq!(self.service.definition().await, before);
        let machine = proxies::machine(&self.service.connection, &machine_path()).await;
        assert_eq!(State::from(machine.state().await.unwrap()), State::Off);
        reasons(&refused)
    }
}

fn text(facts: &Facts, key: &str) -> String {
    facts.get(key).map_or_else(String::new, |value| String::try_from(value.try_clone().unwrap()).unwrap())
}

fn reasons(refused: &Refusal) -> Vec<String> {
    assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
    refused.facts["reasons"].try_clone().unwrap().try_into().unwrap()
}

fn at(address: &str) -> Options {
    none().with("scsi", address.to_owned())
}

fn none() -> Options {
    Options::default()
}

/// A second machine with these devices.
fn with_other(devices: &str) -> String {
    let other = machine_with(&[]).replace("<name>a<", "<name>b<").replace("8000-000000000000<", "8000-000000000001<");
    let other = other.replace("<devices>", &format!("<devices>{devices}"));
    machine_with(&[]).replace("</node>", other.trim_start_matches("<node>"))
}

fn element(host: u32) -> String {
    format!(
        "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host{host}'/><address bus='0' target='0' unit='0'/></source></hostdev>"
    )
}

#[test]
fn what_is_no_scsi_device_and_no_option_is_refused_by_name() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        for odd in ["", "sda", "/dev/sg2", "2:0:0", "02:0:0:0", "2:0:0:0:0", "2:0:0:-1", "2:0:0:0'/><x a='", "4294967296:0:0:0"] {
            assert_eq!(setting.refused(&at(odd), &none()).await.text("argument"), "scsi", "{odd:?}");
        }
        assert_eq!(setting.refused(&at("9:0:0:0"), &none()).await.kind(), Some(ErrorKind::NotFound));
        assert_eq!(setting.refused(&at(DISK).with("usb-port", "1-1".to_owned()), &none()).await.text("argument"), "address");
        let nothing = none().with("live", false).with("configured", false);
        assert_eq!(setting.refused(&at(DISK), &nothing).await.text("argument"), "live");
        assert_eq!(setting.refused(&at(DISK), &none().with("live", true)).await.kind(), Some(ErrorKind::InvalidState));
        assert_eq!(setting.refused(&at(DISK), &none().with("bus", "virtio".to_owned())).await.kind(), Some(ErrorKind::InvalidArgument));
        let missing = refusal(setting.scsi().await.detach(&at(DISK), &none()).await);
        assert_eq!(missing.kind(), Some(ErrorKind::NotFound));
    });
}

#[test]
fn every_device_is_listed_with_what_it_is_known_by_and_what_the_host_does_with_it() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let listed = setting.listed().await;
        let line = |address: &str| {
            let facts = &listed[address];
            let uses: Vec<(String, String)> = facts["uses"].try_clone().unwrap().try_into().unwrap();
            let uses: Vec<String> = uses.into_iter().map(|(word, name)| format!("{word} {name}")).collect();
            [text(facts, "kind"), text(facts, "identity"), text(facts, "generic"), text(facts, "node"), uses.join(",")].join("|")
        };
        assert_eq!(line(SYSTEM), "disk|naa.5002538f00000001|sg0|sda|system-disk sda2");
        assert_eq!(line(BURNER), "optical|model:HL-DT-ST/BD-RE BH16NS55|sg1|sr0|");
        assert_eq!(line(DISK), "disk|naa.5000c500a1b2c3d4|sg2|sdb|");
        assert_eq!(line(TAPE), "tape|serial:HP/Ultrium 5-SCSI/HU1234ABCD|sg3|st0|");
        assert_eq!(line(CHANGER), "changer|serial:HP/MSL G3 Series/MX1|sg4|sch0|");
        assert_eq!(line(NAMELESS), "disk||sg5|sdc|");
        assert_eq!(line(WAYS[1]), "disk|naa.60050768000000001|sg8|sdf|mounted sdf");
        let disk = &listed[DISK];
        assert_eq!(u64::try_from(disk["size"].try_clone().unwrap()).unwrap(), 4096 * 512);
        assert_eq!(OwnedObjectPath::try_from(disk["controller"].try_clone().unwrap()).unwrap(), path::host_device("0000:01:00.0"));
        assert_eq!(
            (text(disk, "vendor"), text(disk, "model"), text(disk, "serial")),
            ("SEAGATE".into(), "ST12000NM0027".into(), "ZJV1".into())
        );
        let told = properties(&setting.service.connection, path::HOST, interface::HOST_SCSI).await;
        assert_eq!(managed_objects(&setting.service.connection).await[path::HOST][interface::HOST_SCSI], told);
    });
}

#[test]
fn what_the_host_uses_by_whichever_way_and_what_would_not_be_found_again_is_refused() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        assert_eq!(setting.reasons(SYSTEM).await, ["system-disk"]);
        for way in WAYS {
            assert_eq!(setting.reasons(way).await, ["mounted"], "{way}");
        }
        assert_eq!(setting.reasons(NAMELESS).await, ["no-identity"]);
        assert_eq!(setting.reasons(ENCLOSURE).await, ["not-given"]);
        assert_eq!(setting.reasons(WITHOUT_FILE).await, ["no-generic"]);
        let plan = setting.scsi().await.plan_attach(&at(BURNER), &none()).await.unwrap();
        assert!(words(&plan, "warnings").contains(&"model-only".to_owned()), "{plan:?}");
        // Nothing tells two of a model apart.
        setting.host.plug_scsi(&format!("scsi 4:0:0:0 under={ADAPTER} type=5 vendor=HL-DT-ST model=BD-RE_BH16NS55 sg=sg9"));
        assert_eq!(setting.reasons(BURNER).await, ["same-identity"]);
    });
}

#[test]
fn a_program_that_has_it_open_speaks_against_it() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        std::fs::create_dir_all(setting.host.path().join("proc/1/fd")).unwrap();
        std::fs::create_dir_all(setting.host.path().join("proc/77/fd")).unwrap();
        std::os::unix::fs::symlink("/dev/nst0", setting.host.path().join("proc/77/fd/3")).unwrap();
        assert_eq!(setting.reasons(TAPE).await, ["open"]);
        let plan = setting.scsi().await.plan_attach(&at(DISK), &none()).await.unwrap();
        assert_eq!((words(&plan, "reasons"), words(&plan, "warnings")), (vec![], vec![]));
    });
}

#[test]
fn a_device_goes_into_the_definition_with_what_it_is_known_by_and_out_again() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let scsi = setting.scsi().await;
        let before = setting.service.definition().await;
        let plan = scsi.plan_attach(&at(DISK), &none()).await.unwrap();
        assert_eq!(text(&plan, "identity"), "naa.5000c500a1b2c3d4");
        scsi.attach(&at(DISK), &none()).await.unwrap();
        assert_eq!(setting.has().await, [(DISK.to_owned(), false, true)], "shown by the reply");
        let after = setting.service.definition().await;
        for part in ["<adapter name='scsi_host2'/>", "model='virtio-scsi'", "address=\"2:0:0:0\" identity=\"naa.5000c500a1b2c3d4\""] {
            assert!(after.contains(part), "{part} {after}");
        }
        scsi.attach(&at(DISK), &none()).await.unwrap();
        assert_eq!(setting.service.definition().await, after, "what is there stays as it is");
        setting.until_wanted(DISK).await;
        scsi.attach(&at(TAPE), &none()).await.unwrap();
        scsi.detach(&at(DISK), &none()).await.unwrap();
        assert_eq!(setting.has().await, [(TAPE.to_owned(), false, true)]);
        scsi.detach(&at(TAPE), &none()).await.unwrap();
        let left = setting.service.definition().await;
        assert!(!left.contains("hostdev") && !left.contains("kvmmanager-scsi"), "{left}");
        assert!(left.contains("virtio-scsi") && !before.contains("virtio-scsi"), "the controller stays");
    });
}

#[test]
fn a_start_takes_the_device_that_was_meant_wherever_it_is_now() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        setting.scsi().await.attach(&at(DISK), &none()).await.unwrap();
        // The adapters have other numbers, and another disk is where this one was.
        setting.host.pull_scsi(DISK);
        setting.host.plug_scsi(&format!("scsi {DISK} under={ADAPTER} type=0 vendor=A model=B serial=C wwid=naa.5000000000000009 sg=sg20"));
        setting.host.plug_scsi(&format!("scsi 9:0:0:0 under={ADAPTER} {DISK_IS} sg=sg9"));
        let mut changes = Signals::changes(&setting.service.connection).await;
        setting.start().await.unwrap();
        let after = setting.service.definition().await;
        for part in ["<adapter name='scsi_host9'/>", "address=\"9:0:0:0\" identity=\"naa.5000c500a1b2c3d4\""] {
            assert!(after.contains(part), "{part} {after}");
        }
        assert!(!after.contains("scsi_host2"), "{after}");
        while setting.has().await != [("9:0:0:0".to_owned(), true, true)] {
            changes.next().await;
        }
    });
}

#[test]
fn a_start_without_the_device_that_was_meant_is_refused_whatever_is_in_its_place() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        setting.scsi().await.attach(&at(DISK), &none()).await.unwrap();
        setting.host.pull_scsi(DISK);
        assert_eq!(setting.start_refused().await, ["gone"]);
        setting.host.plug_scsi(&format!("scsi {DISK} under={ADAPTER} type=0 vendor=A model=B serial=C wwid=naa.5000000000000009 sg=sg20"));
        assert_eq!(setting.start_refused().await, ["gone"]);
        for number in [9, 10] {
            setting.host.plug_scsi(&format!("scsi {number}:0:0:0 under={ADAPTER} {DISK_IS} sg=sg{number}"));
        }
        assert_eq!(setting.start_refused().await, ["same-identity"], "neither is where it was");
        setting.host.pull_scsi("10:0:0:0");
        setting.start().await.unwrap();
    });
}

#[test]
fn what_is_at_the_address_of_a_device_that_has_gone_does_not_become_that_device() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let scsi = setting.scsi().await;
        scsi.attach(&at(DISK), &none()).await.unwrap();
        setting.host.pull_scsi(DISK);
        setting.host.plug_scsi(&format!("scsi {DISK} under={ADAPTER} type=0 vendor=A model=B serial=C wwid=naa.5000000000000009 sg=sg20"));
        assert_eq!(setting.reasons(DISK).await, ["same-address"]);
        // Where it is again it is the one that the machine gets, and there is room for the other.
        setting.host.plug_scsi(&format!("scsi 9:0:0:0 under={ADAPTER} {DISK_IS} sg=sg21"));
        let plan = scsi.plan_attach(&at("9:0:0:0"), &none()).await.unwrap();
        assert!(!bool::try_from(plan["scsi-configured"].try_clone().unwrap()).unwrap(), "it gets it already");
        scsi.attach(&at(DISK), &none()).await.unwrap();
        let after = setting.service.definition().await;
        for part in ["\"9:0:0:0\" identity=\"naa.5000c500a1b2c3d4\"", "\"2:0:0:0\" identity=\"naa.5000000000000009\""] {
            assert!(after.contains(part), "{part} {after}");
        }
        scsi.detach(&at("9:0:0:0"), &none()).await.unwrap();
        assert_eq!(setting.has().await, [(DISK.to_owned(), false, true)]);
    });
}

#[test]
fn what_the_host_came_to_use_meanwhile_does_not_go_with_a_start_also_from_a_definition_of_others() {
    user::ordinary(|| async {
        let machine = machine_with(&[]).replace("<devices>", &format!("<devices>{}", element(2)));
        for (is_ours, machines) in [(true, machine_with(&[])), (false, machine)] {
            let setting = Setting::with(&machines).await;
            if is_ours {
                setting.scsi().await.attach(&at(DISK), &none()).await.unwrap();
            }
            let mounted = "25 1 8:2 / / rw - ext4 /dev/sda2 rw\n27 25 8:91 / /mnt rw - ext4 /dev/sdb1 rw\n";
            setting.host.file("proc/self/mountinfo", mounted);
            assert_eq!(setting.start_refused().await, ["mounted"], "{is_ours}");
            setting.host.file("proc/self/mountinfo", "25 1 8:2 / / rw - ext4 /dev/sda2 rw\n");
            std::fs::create_dir_all(setting.host.path().join("proc/77/fd")).unwrap();
            std::os::unix::fs::symlink("/dev/sdb1", setting.host.path().join("proc/77/fd/3")).unwrap();
            let refused = refusal(setting.start().await);
            assert_eq!(reasons(&refused), ["open"]);
            assert!(!refused.message.contains("sdb1"), "who may start a machine need not know what others have open: {refused:?}");
            std::fs::remove_file(setting.host.path().join("proc/77/fd/3")).unwrap();
            setting.start().await.unwrap();
        }
    });
}

#[test]
fn a_device_of_another_machine_is_refused_while_that_runs_and_told_before() {
    user::ordinary(|| async {
        let setting = Setting::with(&with_other(&element(2))).await;
        let scsi = setting.scsi().await;
        setting.until_wanted(DISK).await;
        let plan = scsi.plan_attach(&at(DISK), &none()).await.unwrap();
        assert!(words(&plan, "warnings").contains(&"machine-configured".to_owned()), "{plan:?}");
        let other = path::machine(OTHER);
        let mut changes = Signals::changes(&setting.service.connection).await;
        proxies::machine(&setting.service.connection, &other).await.start(&none()).await.unwrap();
        while text_of(&setting.listed().await[DISK], "active-machine") != other.as_str() {
            changes.next().await;
        }
        assert_eq!(setting.reasons(DISK).await, ["machine-running"]);
    });
}

#[test]
fn the_controller_of_a_running_machines_device_is_not_taken() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        setting.scsi().await.attach(&at(TAPE), &none()).await.unwrap();
        let adapter = PassthroughProxy::new(&setting.service.connection, path::host_device("0000:01:00.0")).await.unwrap();
        let said = async || words(&adapter.plan_bind(&none()).await.unwrap(), "reasons");
        assert_eq!(said().await, ["mounted"], "of another disk behind it");
        let mut changes = Signals::changes(&setting.service.connection).await;
        setting.start().await.unwrap();
        while text_of(&setting.listed().await[TAPE], "active-machine").is_empty() {
            changes.next().await;
        }
        assert_eq!(said().await, ["machine-running", "mounted"]);
    });
}

#[test]
fn a_stick_that_a_running_machine_has_as_a_disk_is_not_given_to_another_as_a_usb_device() {
    user::ordinary(|| async {
        let setting = Setting::with(&with_other("")).await;
        let other = DeviceProxy::new(&setting.service.connection, path::machine(OTHER)).await.unwrap();
        let stick = none().with("usb-port", "1-1".to_owned());
        let said = async || words(&other.plan_attach(&stick, &none()).await.unwrap(), "reasons");
        assert_eq!(said().await, Vec::<String>::new());
        setting.scsi().await.attach(&at(STICK), &none()).await.unwrap();
        let mut changes = Signals::changes(&setting.service.connection).await;
        setting.start().await.unwrap();
        while text_of(&setting.listed().await[STICK], "active-machine").is_empty() {
            changes.next().await;
        }
        assert_eq!(said().await, ["machine-running"]);
    });
}

fn text_of(facts: &Facts, key: &str) -> String {
    facts.get(key).map_or_else(String::new, |value| OwnedObjectPath::try_from(value.try_clone().unwrap()).unwrap().to_string())
}

#[test]
fn a_running_machine_without_a_controller_for_it_gets_none_now_and_its_definition_stays() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        setting.start().await.unwrap();
        assert_eq!(setting.reasons(DISK).await, ["no-scsi"]);
        // For the next start it comes with one.
        setting.scsi().await.attach(&at(DISK), &none().with("live", false)).await.unwrap();
        assert_eq!(setting.has().await, [(DISK.to_owned(), false, true)]);
    });
}
