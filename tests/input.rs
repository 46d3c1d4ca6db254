//! Keyboards and mice of captured hosts: which there are, and which machines get them.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use dbus::{ErrorKind, Options, device::DeviceProxy, interface, path};
use kvm_manager_tests::{
    captured::Captured,
    client::{Refusal, Signals, changed, managed_objects, properties, refusal},
    service as proxies,
    simulated::{Simulated, machine_path, machine_with},
    user, within,
};
use service::host::{Root, input};
use zbus::{OwnedObjectPath, OwnedVariant};

const KEYBOARD: &str = "by-id/usb-Logitech_USB_Keyboard-event-kbd";
const MOUSE: &str = "by-id/usb-Logitech_USB_Mouse-event-mouse";
/// One of two that udev calls the same.
const TWIN: &str = "by-path/pci-0000:00:14.0-usb-0:4:1.0-event-mouse";
/// The UUID and the name of another machine.
const OTHER: (u128, &str) = (0x4000_8000_0000_0000_0001, "b");

type Facts = HashMap<String, OwnedVariant>;

/// Two machines, `a` and `b`; this is what `b` has.
fn two_machines(device: &str) -> String {
    let (uuid, name) = (uuid::Uuid::from_u128(OTHER.0), OTHER.1);
    let other =
        machine_with(&[]).replace("<name>a<", &format!("<name>{name}<")).replace("00000000-0000-4000-8000-000000000000", &uuid.to_string());
    let other = other.trim_start_matches("<node>").replace("<devices>", &format!("<devices>{device}"));
    machine_with(&[]).replace("</node>", "") + &other
}

struct Setting {
    service: Simulated,
    host: Captured,
}

impl Setting {
    async fn new() -> Self {
        Self::with("").await
    }

    /// With a machine `b` that has these devices besides `a`, which has none.
    async fn with(device: &str) -> Self {
        let host = Captured::named("inputs");
        Self { service: Simulated::start(Root::captured(host.path()), &two_machines(device)).await, host }
    }

    async fn input(&self) -> DeviceProxy<'static> {
        DeviceProxy::new(&self.service.connection, machine_path()).await.unwrap()
    }

    /// The inputs of the host by name.
    async fn listed(&self) -> HashMap<String, Facts> {
        let connection = &self.service.connection;
        let read = async || properties(connection, path::HOST, interface::HOST_INPUT).await["Devices"].try_clone().unwrap();
        let mut told = read().await;
        loop {
            let managed = managed_objects(connection).await[path::HOST][interface::HOST_INPUT]["Devices"].try_clone().unwrap();
            let before = std::mem::replace(&mut told, read().await);
            // Unless they changed in between, both ways give the same.
            if before == told {
                assert_eq!(managed, told);
                break;
            }
        }
        let all: Vec<Facts> = told.try_into().unwrap();
        all.into_iter().map(|facts| (String::try_from(facts["name"].try_clone().unwrap()).unwrap(), facts)).collect()
    }

    /// Waits until this holds of the inputs of the host.
    async fn until(&self, changes: &mut Signals, holds: impl Fn(&HashMap<String, Facts>) -> bool) {
        while !holds(&self.listed().await) {
            while changed(&changes.next().await).interface != interface::HOST_INPUT {}
        }
    }

    /// The inputs of the machine.
    async fn has(&self) -> Vec<String> {
        let told = properties(&self.service.connection, machine_path().as_str(), interface::DEVICE).await;
        let all: Vec<Facts> = told["HostDevices"].try_clone().unwrap().try_into().unwrap();
        let text = |facts: &Facts, key: &str| String::try_from(facts[key].try_clone().unwrap()).unwrap();
        all.iter().filter(|facts| text(facts, "kind") == "input").map(|facts| text(facts, "source")).collect()
    }

    /// What libvirt says of the machine.
    async fn refused(&self, input: &Options, options: &Options) -> Refusal {
        let before = self.service.definition().await;
        let refused = refusal(within("Attach", self.input().await.attach(input, options)).await);
        assert_eq!(self.service.definition().await, before, "what is refused changes nothing");
        refused
    }
}

fn inputs(names: &[&str]) -> Options {
    Options::default().with("inputs", names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
}

fn none() -> Options {
    Options::default()
}

fn evdev(name: &str) -> String {
    format!("<input type='evdev'><source dev='/dev/input/{name}'/></input>")
}

/// Words and names of the findings of a plan.
fn findings(plan: &Facts, list: &str) -> Vec<(String, String)> {
    let all: Vec<HashMap<String, String>> = plan[list].try_clone().unwrap().try_into().unwrap();
    all.into_iter().map(|mut one| (one.remove("reason").unwrap(), one.remove("name").unwrap_or_default())).collect()
}

fn word(word: &str) -> (String, String) {
    (word.to_owned(), String::new())
}

#[test]
fn inputs_have_names_that_stay_and_only_those_that_lead_to_one_device() {
    let host = Captured::named("inputs");
    let found = input::read(&Root::captured(host.path()));
    let line = |(name, device): (&String, &input::Device)| format!("{name} '{}' {} {}", device.label, device.kinds.join(","), device.port);
    let expected = [
        "by-id/usb-Logitech_USB_Keyboard-event-kbd 'Logitech USB Keyboard' keyboard 1-1",
        "by-id/usb-Logitech_USB_Mouse-event-mouse 'Logitech USB Mouse' mouse 1-3",
        "by-path/pci-0000:00:14.0-usb-0:4:1.0-event-mouse 'PixArt Mouse' mouse 1-4",
        "by-path/pci-0000:00:14.0-usb-0:5:1.0-event-mouse 'PixArt Mouse' mouse 1-5",
    ];
    assert_eq!(found.devices.iter().map(line).collect::<Vec<_>>(), expected);
    assert_eq!(found.keyboards.iter().collect::<Vec<_>>(), ["1-1"], "what a program made up is none");
    assert_eq!(found.devices[KEYBOARD].controller.unwrap().to_string(), "0000:00:14.0");
    let host = Captured::named("no-iommu");
    assert_eq!(input::read(&Root::captured(host.path())), input::Inputs::default(), "without udev there are no names");
}

#[test]
fn names_that_lie_are_no_names() {
    let host = Captured::named("inputs");
    for (number, link) in [(10, "../../mem"), (11, "by-id/../../mem"), (12, "by-id/a/../../../mem"), (13, "by-id/a'/><b"), (14, "event3")] {
        host.plug_input(&format!("input event{number} under=sys/devices/odd name=odd is=keyboard"));
        let minor = 64 + number;
        host.file(&format!("run/udev/data/c13:{minor}"), &format!("S:input/{link}\nE:ID_INPUT_KEYBOARD=1\n"));
    }
    let found = input::read(&Root::captured(host.path()));
    assert_eq!(found.devices.len(), 4, "{:?}", found.devices.keys());
    assert_eq!(found.keyboards.len(), 2, "a keyboard without a name is one all the same");
}

#[test]
fn what_the_host_has_not_listed_is_never_written_into_a_definition() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        for name in ["", "/dev/mem", "/dev/input/event3", "event3", "by-id/../../mem", "by-id/a b", "by-id/a'/><disk a='", "by-id/"] {
            let refused = setting.refused(&inputs(&[name]), &none()).await;
            assert_eq!((refused.kind(), refused.text("argument").as_str()), (Some(ErrorKind::InvalidArgument), "inputs"), "{name:?}");
        }
        for absent in ["by-id/usb-Nobody-event-kbd", "by-id/usb-PixArt_Mouse-event-mouse", "by-id/made-up-event-kbd"] {
            let refused = setting.refused(&inputs(&[MOUSE, absent]), &none()).await;
            assert_eq!(refused.kind(), Some(ErrorKind::NotFound), "{absent}");
        }
        let many: Vec<String> = (0..17).map(|number| format!("by-id/a{number}")).collect();
        let many = inputs(&many.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(setting.refused(&many, &none()).await.text("argument"), "inputs");
        assert_eq!(setting.refused(&none(), &none()).await.text("argument"), "address");
        let odd = setting.refused(&inputs(&[KEYBOARD]), &none().with("grab-toggle", "ctrl-alt-delete".to_owned())).await;
        assert_eq!(odd.text("argument"), "grab-toggle");
    });
}

#[test]
fn a_keyboard_and_a_mouse_are_given_and_taken_away_and_nothing_else_changes() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        let (before, input) = (setting.service.definition().await, setting.input().await);
        let plan = input.plan_attach(&inputs(&[KEYBOARD, MOUSE]), &none()).await.unwrap();
        assert!(bool::try_from(plan["allowed"].try_clone().unwrap()).unwrap());
        assert_eq!(findings(&plan, "warnings"), [word("only-keyboard")]);
        assert_eq!(setting.service.definition().await, before, "a plan changes nothing");
        let how = none().with("grab-toggle", "scrolllock".to_owned()).with("repeat", false);
        input.attach(&inputs(&[KEYBOARD, MOUSE, MOUSE]), &how).await.unwrap();
        assert_eq!(setting.has().await, [KEYBOARD, MOUSE], "shown by the reply");
        let after = setting.service.definition().await;
        assert!(after.contains(&format!("<source dev='/dev/input/{KEYBOARD}' grab='all' grabToggle='scrolllock'/>")), "{after}");
        assert!(after.contains(&format!("<source dev='/dev/input/{MOUSE}'/>")), "keys are for keyboards: {after}");
        input.attach(&inputs(&[KEYBOARD]), &none().with("grab-all", false)).await.unwrap();
        let changed = setting.service.definition().await;
        assert!(changed.contains(&format!("<source dev='/dev/input/{KEYBOARD}' repeat='on'/>")), "{changed}");
        input.detach(&inputs(&[KEYBOARD]), &none()).await.unwrap();
        assert_eq!(setting.has().await, [MOUSE]);
        input.detach(&inputs(&[KEYBOARD, MOUSE]), &none()).await.unwrap();
        assert_eq!(setting.service.definition().await, before, "to the last byte");
        assert_eq!(refusal(input.detach(&inputs(&[MOUSE]), &none()).await).kind(), Some(ErrorKind::NotFound));
    });
}

#[test]
fn what_a_running_machine_has_is_refused_and_what_another_gets_is_told() {
    user::ordinary(|| async {
        let setting = Setting::with(&evdev(MOUSE)).await;
        let mut changes = Signals::changes(&setting.service.connection).await;
        let other = path::machine(uuid::Uuid::from_u128(OTHER.0));
        let machines =
            |listed: &HashMap<String, Facts>| Vec::<OwnedObjectPath>::try_from(listed[MOUSE]["machines"].try_clone().unwrap()).unwrap();
        setting.until(&mut changes, |listed| machines(listed) == [other.clone()]).await;
        let input = setting.input().await;
        let plan = input.plan_attach(&inputs(&[MOUSE]), &none()).await.unwrap();
        assert_eq!(findings(&plan, "warnings"), [("machine-configured".to_owned(), "b".to_owned()), word("no-keyboard")]);
        proxies::machine(&setting.service.connection, &other).await.start(&none()).await.unwrap();
        setting.until(&mut changes, |listed| listed[MOUSE].contains_key("active-machine")).await;
        let refused = setting.refused(&inputs(&[KEYBOARD, MOUSE]), &none()).await;
        assert_eq!(refused.kind(), Some(ErrorKind::Unsafe));
        let reasons: Vec<String> = refused.facts["reasons"].try_clone().unwrap().try_into().unwrap();
        assert_eq!(reasons, ["machine-running"]);
        let plan = input.plan_attach(&inputs(&[MOUSE]), &none()).await.unwrap();
        assert_eq!(findings(&plan, "reasons"), [("machine-running".to_owned(), "b".to_owned())]);
    });
}

#[test]
fn an_input_that_is_plugged_in_shows_when_udev_has_named_it() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        assert_eq!(setting.listed().await.len(), 4);
        let mut changes = Signals::changes(&setting.service.connection).await;
        let new =
            "input event20 under=sys/devices/platform/i8042/serio0 name=AT_Keyboard is=keyboard by-path=platform-i8042-serio-0-event-kbd";
        setting.host.plug_input(new);
        setting.until(&mut changes, |listed| listed.contains_key("by-path/platform-i8042-serio-0-event-kbd")).await;
        let only = |listed: &HashMap<String, Facts>| bool::try_from(listed[KEYBOARD]["only-keyboard"].try_clone().unwrap()).unwrap();
        assert!(!only(&setting.listed().await), "there is another now");
    });
}

#[test]
fn a_twin_has_the_name_of_its_port() {
    user::ordinary(|| async {
        let setting = Setting::new().await;
        setting.input().await.attach(&inputs(&[TWIN]), &none()).await.unwrap();
        assert_eq!(setting.has().await, [TWIN]);
    });
}
