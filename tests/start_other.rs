//! What a machine takes of its host with its start besides PCI devices, on captured hosts: USB devices, parts of divided cards, keyboards
//! and mice that its definition names are judged each time.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use dbus::{
    ErrorKind, Options,
    machine::{MachineProxy, State},
    manager::ManagerProxy,
    path,
};
use kvm_manager_tests::{
    captured::Captured,
    client::{Refusal, refusal},
    project, service as proxies,
    simulated::{MACHINE, Simulated, machine_path, machine_with},
    user, within,
};
use service::host::Root;
use uuid::Uuid;
use zbus::OwnedObjectPath;

const OTHER: Uuid = Uuid::from_u128(0x4000_8000_0000_0000_0001);
/// A part that is there, and one that is only kept.
const PART: &str = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001";
const KEPT: &str = "783e6dbb-ea0e-411f-94e2-717eaad438bf";

/// A stick without use, the mounted one, the only keyboard.
const STICK: (u16, u16) = (0x951, 0x1666);
const MOUNTED: (u16, u16) = (0x781, 0x5581);
const KEYBOARD: (u16, u16) = (0x46d, 0xc31c);
const ABSENT: (u16, u16) = (0x1234, 0x5678);

struct Setting {
    service: Simulated,
    host: Captured,
}

impl Setting {
    /// Two machines with these devices, which are off.
    async fn on(host: Captured, [one, other]: [&str; 2]) -> Self {
        let with = |devices: &str| machine_with(&[]).replace("<devices>", &format!("<devices>{devices}"));
        let other = with(other).replace("<name>a<", "<name>b<").replace(&MACHINE.to_string(), &OTHER.to_string());
        let machines = with(one).replace("</node>", "") + other.trim_start_matches("<node>");
        Self { service: Simulated::start(Root::captured(host.path()), &machines).await, host }
    }

    async fn usb(one: &str, other: &str) -> Self {
        Self::on(Captured::described(&project::read("tests/data/hosts/usb-desktop.host")), [one, other]).await
    }

    async fn machine(&self, path: &OwnedObjectPath) -> MachineProxy<'static> {
        proxies::machine(&self.service.connection, path).await
    }

    async fn start(&self) -> Result<(), zbus::Error> {
        within("Start", self.machine(&machine_path()).await.start(&Options::default())).await
    }

    /// Why `a` does not start.
    async fn refused(&self) -> Refusal {
        let refused = refusal(self.start().await);
        assert_eq!(State::from(self.machine(&machine_path()).await.state().await.unwrap()), State::Off, "{refused:?}");
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe), "{refused:?}");
        refused
    }

    async fn starts(&self) {
        self.start().await.unwrap();
        self.machine(&machine_path()).await.force_off(&Options::default()).await.unwrap();
    }

    /// `b` runs.
    async fn other(&self) -> MachineProxy<'static> {
        let other = self.machine(&path::machine(OTHER)).await;
        other.start(&Options::default()).await.unwrap();
        other
    }
}

fn usb((vendor, product): (u16, u16), policy: &str) -> String {
    format!(
        "<hostdev mode='subsystem' type='usb' managed='no'><source{policy}><vendor id='0x{vendor:04x}'/>\
         <product id='0x{product:04x}'/></source></hostdev>"
    )
}

fn part(uuid: &str) -> String {
    format!("<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address uuid='{uuid}'/></source></hostdev>")
}

/// Word, and port or name of the device, and other name of each reason.
fn facts(refused: &Refusal) -> Vec<String> {
    let details: Vec<HashMap<String, String>> = refused.facts["details"].try_clone().unwrap().try_into().unwrap();
    let line = |one: &HashMap<String, String>| {
        assert!(!one.contains_key("detail"), "no mount point and no process for whoever may only start machines: {one:?}");
        let fact = |name: &str| one.get(name).map(String::as_str).unwrap_or_default();
        format!("{} {}{} {}", fact("reason"), fact("port"), fact("device"), fact("name")).trim_end().to_owned()
    };
    details.iter().map(line).collect()
}

#[test]
fn usb_devices_that_the_host_needs_do_not_go_with_a_start_and_the_refusal_is_that_of_an_attach() {
    user::ordinary(|| async {
        let both = usb(MOUNTED, "") + &usb(KEYBOARD, " startupPolicy='optional'");
        let setting = Setting::usb(&both, "").await;
        let refused = setting.refused().await;
        assert_eq!(facts(&refused), ["keyboard 1-1 input5", "mounted 1-2.4 sdb1"]);
        assert_eq!(
            refused.message,
            "USB port 1-1: no keyboard would be left to the host (input5); plug in another one first. \
             USB port 1-2.4: sdb1 is mounted (the host's file system); unmount it first."
        );
        // What the host can do without goes along, and is asked anew with the next start.
        setting.host.file("proc/self/mountinfo", "");
        let keyboard = "sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/input/input5/capabilities/key";
        setting.host.file(keyboard, "0");
        setting.starts().await;
        setting.host.file("proc/self/mountinfo", "40 1 8:17 / /media/ultra rw - ext4 /dev/sdb1 rw\n");
        assert_eq!(facts(&setting.refused().await), ["mounted 1-2.4 sdb1"]);
    });
}

#[test]
fn the_last_keyboard_does_not_go_in_two_halves_one_with_its_controller_and_one_by_itself() {
    user::ordinary(|| async {
        let keys = "capabilities/key 10000 7 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe";
        let input = "sys/devices/pci0000:00/0000:00:15.0/usb3/3-1/input/input8";
        let second = format!(
            "pci 0000:00:15.0 8086:7a61 class=0c0330 group=4 driver=xhci_hcd reset=flr\n\
             usb usb3 1d6b:0002 under=0000:00:15.0 at=3:1 class=09 speed=480\n\
             usb 3-1 04d9:a01c under=usb3 at=3:2 speed=1.5 parts=03 maker=Holtek name=Keyboard\n\
             file {input}/{keys}\nlink sys/class/input/input8 {input}\n"
        );
        let host = || Captured::described(&(project::read("tests/data/hosts/usb-desktop.host") + "\n" + &second));
        let controller = "<hostdev mode='subsystem' type='pci' managed='yes'><source>\
                          <address domain='0x0000' bus='0x00' slot='0x15' function='0x0'/></source></hostdev>";
        Setting::on(host(), [controller, ""]).await.starts().await;
        Setting::on(host(), [&usb(KEYBOARD, ""), ""]).await.starts().await;
        let both = controller.to_owned() + &usb(KEYBOARD, "");
        assert_eq!(facts(&Setting::on(host(), [&both, ""]).await.refused().await), ["keyboard 1-1 input5"]);
    });
}

#[test]
fn what_another_machine_runs_with_is_not_taken_by_a_start_whichever_way() {
    user::ordinary(|| async {
        let stick = usb(STICK, "");
        let setting = Setting::usb(&stick, &stick).await;
        let machine = setting.machine(&machine_path()).await;
        machine.start(&Options::default()).await.unwrap();
        machine.save(&Options::default()).await.unwrap();
        let other = setting.other().await;
        assert_eq!(facts(&setting.refused().await), ["machine-running 1-2.3 b"]);
        assert_eq!(facts(&refusal(machine.restore(&Options::default()).await)), ["machine-running 1-2.3 b"]);
        let manager = ManagerProxy::new(&setting.service.connection).await.unwrap();
        let results = manager.batch("start", &[machine_path()], &Options::default()).await.unwrap();
        assert_eq!(results[0].error_name, ErrorKind::Unsafe.name(), "{results:?}");
        other.force_off(&Options::default()).await.unwrap();
        machine.restore(&Options::default()).await.unwrap();
    });
}

#[test]
fn a_device_that_is_not_there_keeps_a_machine_off_only_if_its_definition_says_so() {
    user::ordinary(|| async {
        for policy in ["", " startupPolicy='mandatory'", " startupPolicy='requisite'"] {
            assert_eq!(facts(&Setting::usb(&usb(ABSENT, policy), "").await.refused().await), ["gone 1234:5678"], "{policy}");
        }
        Setting::usb(&usb(ABSENT, " startupPolicy='optional'"), "").await.starts().await;
    });
}

#[test]
fn of_two_of_a_kind_libvirt_does_not_choose_and_the_ports_are_told() {
    user::ordinary(|| async {
        let twin = "usb 1-3 0951:1666 under=usb1 at=1:9 speed=480 parts=08 maker=Kingston name=DataTraveler serial=E0D55EA6\n";
        let host = || Captured::described(&(project::read("tests/data/hosts/usb-desktop.host") + "\n" + twin));
        let setting = Setting::on(host(), [&usb(STICK, ""), ""]).await;
        assert_eq!(facts(&setting.refused().await), ["ambiguous 1-2.3", "ambiguous 1-3"]);
        let place = usb(STICK, "").replace("</source>", "<address bus='1' device='9'/></source>");
        Setting::on(host(), [&place, ""]).await.starts().await;
        let elsewhere = usb(STICK, "").replace("</source>", "<address bus='1' device='10'/></source>");
        assert_eq!(facts(&Setting::on(host(), [&elsewhere, ""]).await.refused().await), ["gone 0951:1666"]);
    });
}

#[test]
fn parts_of_cards_that_are_not_there_or_another_machines_are_told_before_a_start() {
    user::ordinary(|| async {
        let gone = "11111111-2222-4333-8444-555555555555";
        let refused = |part: String| async move { facts(&Setting::on(Captured::named("mediated"), [&part, ""]).await.refused().await) };
        assert_eq!(refused(part(gone)).await, [format!("gone {gone}")]);
        assert_eq!(refused(part(KEPT)).await, [format!("not-active {KEPT} 0000:00:02.0")]);
        let setting = Setting::on(Captured::named("mediated"), [&part(PART), &part(PART)]).await;
        setting.starts().await;
        let other = setting.other().await;
        assert_eq!(facts(&setting.refused().await), [format!("machine-running {PART} b")]);
        other.force_off(&Options::default()).await.unwrap();
        setting.starts().await;
    });
}

#[test]
fn a_keyboard_that_another_machine_has_is_told_before_a_start() {
    user::ordinary(|| async {
        let name = "by-id/usb-Logitech_USB_Keyboard-event-kbd";
        let input = format!("<input type='evdev'><source dev='/dev/input/{name}' grab='all' repeat='on'/></input>");
        let setting = Setting::on(Captured::named("inputs"), [&input, &input]).await;
        setting.starts().await;
        let other = setting.other().await;
        assert_eq!(facts(&setting.refused().await), [format!("machine-running {name} b")]);
        other.force_off(&Options::default()).await.unwrap();
        setting.starts().await;
    });
}
