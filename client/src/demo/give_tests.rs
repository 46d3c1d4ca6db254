use super::*;
use crate::{
    Client, ErrorKind, Machine, Operation,
    demo::Preset,
    device::{FunctionChange, GlassScreen, Inputs, NamespaceDisk, UsbHow},
};

struct Host {
    demo: Demo,
    client: Client,
}

impl Host {
    fn new() -> Self {
        let demo = Demo::new(Preset::Frozen);
        Self { client: Client::from(demo.clone()), demo }
    }

    fn machine(&self, name: &str) -> Machine {
        self.demo.machines().into_iter().find(|machine| machine.name == name).unwrap()
    }

    fn usb(&self, port: &str) -> UsbDevice {
        self.demo.others().usb.unwrap().into_iter().find(|device| device.port == port).unwrap()
    }

    async fn reasons(&self, machine: &str, giving: Giving) -> Vec<String> {
        let plan = self.client.plan_give(self.machine(machine).id, giving).await.unwrap();
        plan.reasons.into_iter().map(|refusal| refusal.reason).collect()
    }
}

fn port(port: &str, hands_over: bool) -> Gift {
    Gift::Usb(UsbName::Ports(vec![port.to_owned()]), UsbHow { hands_over, ..UsbHow::default() })
}

fn now(gift: Gift) -> Giving {
    Giving { gift, is_live: true, is_configured: false }
}

fn at_start(gift: Gift) -> Giving {
    Giving { gift, is_live: false, is_configured: true }
}

#[tokio::test]
async fn what_the_host_uses_stays_and_what_another_runs_with_is_handed_over_only_if_that_is_wanted() {
    let host = Host::new();
    assert_eq!(host.reasons("fedora-42-dev", now(port("1-4.1", false))).await, ["mounted"]);
    assert_eq!(host.reasons("fedora-42-dev", now(port("1-1", false))).await, ["keyboard"]);
    assert_eq!(host.reasons("fedora-42-dev", now(port("3-1", false))).await, ["machine-running"]);
    let (gaming, fedora) = (host.machine("win11-gaming").id, host.machine("fedora-42-dev").id);
    let plan = host.client.plan_give(fedora, now(port("3-1", true))).await.unwrap();
    assert_eq!((plan.reasons, plan.taken_from), (Vec::new(), vec![gaming]));
    host.client.give(fedora, now(port("3-1", true))).await.unwrap();
    assert_eq!(host.usb("3-1").active_machine, Some(fedora));
    host.client.take_back(fedora, now(port("3-1", false))).await.unwrap();
    assert_eq!((host.usb("3-1").active_machine, host.usb("3-1").machines), (None, vec![gaming]), "it still gets it with its start");
}

#[tokio::test]
async fn a_rule_gives_when_the_machine_starts_and_what_was_taken_away_stays_away_until_then() {
    let host = Host::new();
    let id = host.machine("freebsd-zfs").id;
    let state = || host.machine("freebsd-zfs").usb_rules.unwrap()[0].state.clone();
    host.client.add_usb_rule(id, UsbName::Ports(vec!["1-4.2".to_owned()])).await.unwrap();
    assert_eq!(state(), "waiting");
    host.client.operate(id, Operation::Start).await.unwrap();
    assert_eq!((state().as_str(), host.usb("1-4.2").active_machine), ("attached", Some(id)));
    host.client.take_back(id, now(port("1-4.2", false))).await.unwrap();
    assert_eq!((state().as_str(), host.usb("1-4.2").active_machine), ("released", None));
    host.client.operate(id, Operation::ForceOff).await.unwrap();
    host.client.operate(id, Operation::Start).await.unwrap();
    assert_eq!(state(), "attached");
}

#[tokio::test]
async fn of_two_machines_only_one_has_a_rule_for_the_same() {
    let host = Host::new();
    let id = host.machine("fedora-42-dev").id;
    let taken = host.client.add_usb_rule(id, UsbName::Serial("E0D55EA5".to_owned())).await.unwrap_err();
    assert_eq!((taken.kind(), taken.fact("machine")), (Some(ErrorKind::AlreadyExists), Some("win-server-2025")));
    let rule = host.client.add_usb_rule(id, UsbName::Ports(vec!["3-2".to_owned()])).await.unwrap();
    assert_eq!(host.usb("3-2").active_machine, Some(id), "it runs, and the device is there");
    host.client.remove_usb_rule(id, rule).await.unwrap();
    assert_eq!(host.usb("3-2").active_machine, Some(id), "what it has stays with it");
}

#[tokio::test]
async fn inputs_and_namespaces_come_with_the_next_start_alone() {
    let host = Host::new();
    let id = host.machine("freebsd-zfs").id;
    let mouse = Gift::Inputs(Inputs::new(vec!["by-id/usb-Logitech_USB_Receiver-if02-event-mouse".to_owned()]));
    let plan = host.client.plan_give(id, at_start(mouse.clone())).await.unwrap();
    assert_eq!(plan.warnings[0].reason, "no-keyboard");
    host.client.give(id, at_start(mouse.clone())).await.unwrap();
    assert_eq!(host.demo.others().inputs.unwrap()[1].machines, [id]);
    host.client.take_back(id, at_start(mouse)).await.unwrap();
    assert!(host.demo.others().inputs.unwrap()[1].machines.is_empty());
    let disk = |controller: &str| {
        at_start(Gift::Namespace(NamespaceDisk { controller: controller.to_owned(), number: 1, ..NamespaceDisk::default() }))
    };
    assert_eq!(host.reasons("freebsd-zfs", disk("0000:06:00.0")).await, ["mounted", "system-disk", "swap"]);
    host.client.give(id, disk("0000:07:00.0")).await.unwrap();
    assert_eq!(host.demo.others().namespaces.unwrap()[1].machines, [id]);
}

#[tokio::test]
async fn looking_glass_is_switched_on_in_the_size_of_the_screen_and_off() {
    let host = Host::new();
    let id = host.machine("win11-gaming").id;
    let screen = GlassScreen { width: 2560, height: 1440, has_hdr: false };
    host.client.set_looking_glass(id, Some(screen)).await.unwrap();
    assert_eq!(host.machine("win11-gaming").looking_glass, Some(64 << 20));
    host.client.set_looking_glass(id, None).await.unwrap();
    assert_eq!(host.client.set_looking_glass(id, None).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
}

#[tokio::test]
async fn a_function_that_a_machine_runs_with_keeps_its_address_and_all_else_is_set() {
    let host = Host::new();
    let card = || "0000:03:00.0".to_owned();
    let mac = FunctionChange { mac: Some("52:54:00:00:00:09".to_owned()), ..FunctionChange::default() };
    let plan = host.client.plan_function(card(), 0, mac.clone()).await.unwrap();
    assert_eq!(plan.reasons[0].reason, "machine-running");
    assert_eq!(host.client.set_function(card(), 0, mac.clone()).await.unwrap_err().kind(), Some(ErrorKind::Unsafe));
    host.client.set_function(card(), 1, FunctionChange { vlan: Some(30), ..mac }).await.unwrap();
    let devices = host.demo.devices();
    let settings = &devices.iter().find(|device| device.address == card()).unwrap().function_settings[1];
    assert_eq!((settings.vlan, settings.mac.as_str()), (30, "52:54:00:00:00:09"));
}
