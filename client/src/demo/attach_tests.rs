use dbus::ErrorKind;

use super::*;
use crate::{Client, Operation, demo::Preset, device::Holder};

const CABLE: &str = "0000:04:00.0";
const CARD: &str = "0000:02:00.0";
const SOUND: &str = "0000:02:00.1";
const FUNCTION: &str = "0000:03:02.1";

struct Host {
    demo: Demo,
    client: Client,
}

impl Host {
    fn new() -> Self {
        let demo = Demo::new(Preset::Frozen);
        Self { client: Client::from(demo.clone()), demo }
    }

    fn machine(&self, name: &str) -> Uuid {
        self.demo.machines().into_iter().find(|machine| machine.name == name).unwrap().id
    }

    /// What a machine has: address, live, configured.
    fn has(&self, name: &str) -> Vec<(String, bool, bool)> {
        let machine = self.demo.machines().into_iter().find(|machine| machine.name == name).unwrap();
        machine.host_devices.unwrap().into_iter().filter(Attached::is_pci).map(|one| (one.source, one.is_live, one.is_configured)).collect()
    }

    fn device(&self, address: &str) -> HostDevice {
        self.demo.devices().into_iter().find(|device| device.address == address).unwrap()
    }

    /// The words of what speaks against it.
    async fn reasons(&self, machine: &str, attachment: Attachment) -> Vec<String> {
        let before = (self.demo.machines(), self.demo.devices());
        let machine = self.machine(machine);
        let planned = self.client.plan_attach(machine, attachment.clone()).await.unwrap().reasons;
        let refused = self.client.attach(machine, attachment).await.unwrap_err();
        assert_eq!(refused.refusals(), planned, "the plan says what is refused");
        assert_eq!((self.demo.machines(), self.demo.devices()), before, "what is refused changes nothing");
        let mut words: Vec<String> = planned.into_iter().map(|refusal| refusal.reason).collect();
        words.dedup();
        words
    }
}

fn both(address: &str) -> Attachment {
    Attachment { address: address.to_owned(), is_live: true, is_configured: true, ..Attachment::default() }
}

fn at_start(address: &str) -> Attachment {
    Attachment { is_live: false, ..both(address) }
}

fn card(attachment: Attachment) -> Attachment {
    Attachment { whole_card: true, ..attachment }
}

#[tokio::test]
async fn a_device_goes_into_a_running_machine_and_comes_back_to_its_driver() {
    let host = Host::new();
    let machine = host.machine("fedora-42-dev");
    let plan = host.client.plan_attach(machine, both(CABLE)).await.unwrap();
    assert_eq!((plan.live, plan.configured, plan.reasons), (vec![CABLE.to_owned()], vec![CABLE.to_owned()], Vec::new()));
    assert_eq!(host.has("fedora-42-dev"), [], "a plan changes nothing");
    host.client.attach(machine, both(CABLE)).await.unwrap();
    assert_eq!(host.has("fedora-42-dev"), [(CABLE.to_owned(), true, true)]);
    assert_eq!((host.device(CABLE).driver.as_str(), host.device(CABLE).holder()), (VFIO, Holder::Machine(machine)));
    host.client.detach(machine, both(CABLE)).await.unwrap();
    assert_eq!((host.has("fedora-42-dev"), host.device(CABLE).driver), (Vec::new(), "igc".to_owned()));
}

#[tokio::test]
async fn a_whole_card_goes_together_and_half_of_it_is_refused() {
    let host = Host::new();
    assert_eq!(host.reasons("freebsd-zfs", at_start(CARD)).await, ["group-member"]);
    let machine = host.machine("freebsd-zfs");
    host.client.attach(machine, card(at_start(CARD))).await.unwrap();
    assert_eq!(host.has("freebsd-zfs"), [CARD, SOUND].map(|address| (address.to_owned(), false, true)));
    assert_eq!(host.device(CARD).driver, "nvidia", "until it starts");
}

#[tokio::test]
async fn a_group_is_plugged_in_only_when_it_was_reserved() {
    let host = Host::new();
    assert_eq!(host.reasons("fedora-42-dev", card(both(CARD))).await, ["not-bound"]);
    let group = crate::device::Devices { addresses: vec![CARD.to_owned()], whole_groups: true, ..Default::default() };
    host.client.bind(group).await.unwrap();
    let machine = host.machine("fedora-42-dev");
    let warnings = host.client.plan_attach(machine, card(both(CARD))).await.unwrap().warnings;
    let words: Vec<&str> = warnings.iter().map(|warning| warning.reason.as_str()).collect();
    assert_eq!(words, ["machine-configured", "machine-configured", "separate-slots"]);
    host.client.attach(machine, card(both(CARD))).await.unwrap();
    assert_eq!(host.has("fedora-42-dev").len(), 2);
}

#[tokio::test]
async fn one_machine_has_a_device_and_the_other_does_not_start_with_it() {
    let host = Host::new();
    let (first, second) = (host.machine("freebsd-zfs"), host.machine("kali-lab"));
    for machine in [first, second] {
        host.client.attach(machine, at_start(CABLE)).await.unwrap();
    }
    host.client.operate(first, Operation::Start).await.unwrap();
    assert_eq!(host.device(CABLE).holder(), Holder::Machine(first));
    assert_eq!(host.client.operate(second, Operation::Start).await.unwrap_err().kind(), Some(ErrorKind::Failed));
    assert_eq!(host.reasons("fedora-42-dev", both(CABLE)).await, ["machine-running"]);
    host.client.operate(first, Operation::ForceOff).await.unwrap();
    assert_eq!(host.device(CABLE).driver, "igc", "what is managed goes back by itself");
    host.client.operate(second, Operation::Start).await.unwrap();
}

#[tokio::test]
async fn what_the_host_needs_and_what_cannot_be_reset_stays() {
    let host = Host::new();
    assert_eq!(host.reasons("freebsd-zfs", at_start("0000:06:00.0")).await, ["mounted", "swap", "system-disk"]);
    assert_eq!(host.reasons("freebsd-zfs", at_start("0000:05:00.0")).await, ["no-reset"]);
    let anyway = Attachment { allows_no_reset: true, ..at_start("0000:05:00.0") };
    host.client.attach(host.machine("freebsd-zfs"), anyway).await.unwrap();
}

#[tokio::test]
async fn what_a_machine_is_not_able_to_is_refused_by_name() {
    let host = Host::new();
    let refused = |result: Result<(), Error>| result.unwrap_err().kind();
    let (off, runs) = (host.machine("freebsd-zfs"), host.machine("win11-gaming"));
    assert_eq!(refused(host.client.attach(off, both(CABLE)).await), Some(ErrorKind::InvalidState), "it does not run");
    let nowhere = Attachment { is_configured: false, ..at_start(CABLE) };
    assert_eq!(refused(host.client.attach(off, nowhere).await), Some(ErrorKind::InvalidArgument));
    assert_eq!(refused(host.client.attach(off, at_start("0000:99:00.0")).await), Some(ErrorKind::NotFound));
    assert_eq!(refused(host.client.detach(off, at_start(CABLE)).await), Some(ErrorKind::NotFound), "it has none");
    let given = card(both("0000:01:00.0"));
    assert_eq!(refused(host.client.detach(runs, given.clone()).await), Some(ErrorKind::NotSupported), "its guest has one card");
    host.client.detach(runs, Attachment { is_live: false, ..given }).await.unwrap();
    assert!(host.has("win11-gaming").iter().all(|(_, is_live, is_configured)| *is_live && !is_configured));
}

#[tokio::test]
async fn a_guest_that_does_not_let_go_keeps_it_and_so_does_the_definition() {
    let host = Host::new();
    let machine = host.machine("postgres-lab");
    host.client.attach(machine, both(CABLE)).await.unwrap();
    assert_eq!(host.client.detach(machine, both(CABLE)).await.unwrap_err().kind(), Some(ErrorKind::TimedOut));
    assert_eq!(host.has("postgres-lab"), [(CABLE.to_owned(), true, true)]);
}

#[tokio::test]
async fn nobody_attaches_who_may_not() {
    let demo = Demo::new(Preset::NotAllowed);
    let machine = demo.machines()[0].id;
    let client = Client::from(demo.clone());
    let before = demo.devices();
    for result in [client.attach(machine, at_start(CABLE)).await, client.detach(machine, card(at_start("0000:01:00.0"))).await] {
        assert_eq!(result.unwrap_err().kind(), Some(ErrorKind::NotAuthorized));
    }
    assert_eq!(demo.devices(), before);
}

#[tokio::test]
async fn a_virtual_function_is_a_network_card_of_its_machine_and_nothing_else_can_be() {
    let host = Host::new();
    let machine = host.machine("freebsd-zfs");
    let as_card =
        |address: &str, mac: &str, vlan: u32| Attachment { card: Some(NetworkCard { mac: mac.to_owned(), vlan }), ..at_start(address) };
    let wrong = [
        (as_card(CABLE, "", 0), ErrorKind::NotSupported),
        (as_card(FUNCTION, "01:00:5e:00:00:01", 0), ErrorKind::InvalidArgument),
        (as_card(FUNCTION, "", 4095), ErrorKind::InvalidArgument),
        (card(as_card(FUNCTION, "", 0)), ErrorKind::InvalidArgument),
    ];
    for (attachment, kind) in wrong {
        assert_eq!(host.client.attach(machine, attachment.clone()).await.unwrap_err().kind(), Some(kind), "{attachment:?}");
    }
    let cards = |name: &str| {
        let found = host.demo.machines().into_iter().find(|machine| machine.name == name).unwrap();
        found.host_devices.unwrap().into_iter().filter_map(|one| one.card).collect::<Vec<_>>()
    };
    assert_eq!(cards("freebsd-zfs"), []);
    host.client.attach(machine, as_card(FUNCTION, "52:54:00:00:00:01", 20)).await.unwrap();
    assert_eq!(cards("freebsd-zfs"), [NetworkCard { mac: "52:54:00:00:00:01".to_owned(), vlan: 20 }]);
    host.client.attach(host.machine("kali-lab"), as_card(FUNCTION, "", 0)).await.unwrap();
    assert!(NetworkCard::is_mac(&cards("kali-lab")[0].mac), "one is chosen");
}

#[tokio::test]
async fn a_device_keeps_what_was_said_of_its_rom_and_of_iommufd() {
    let host = Host::new();
    let machine = host.machine("fedora-42-dev");
    assert!(host.client.plan_attach(machine, both(CABLE)).await.unwrap().knows_iommufd);
    let said = |attachment| Attachment { shows_rom: Some(false), uses_iommufd: true, ..attachment };
    let refused = host.client.attach(machine, said(Attachment { is_configured: false, ..both(CABLE) })).await.unwrap_err();
    assert_eq!(refused.kind(), Some(ErrorKind::NotSupported), "nothing could be read back");
    host.client.attach(machine, said(both(CABLE))).await.unwrap();
    let found = host.demo.machines().into_iter().find(|one| one.id == machine).unwrap();
    let device = found.host_devices.unwrap().into_iter().find(|one| one.source == CABLE).unwrap();
    assert_eq!((device.shows_rom, device.uses_iommufd), (Some(false), true));
}

#[tokio::test]
async fn what_was_taken_is_as_it_was_again_once_and_only_where_it_was() {
    let host = Host::new();
    let (machine, again) = (host.machine("opnsense"), |attachment| Attachment { as_before: true, allows_no_reset: true, ..attachment });
    let own = || host.demo.machines().into_iter().find(|one| one.id == machine).unwrap();
    let (before, function) = (own(), at_start("0000:03:02.0"));
    let kind = |result: Result<(), Error>| result.unwrap_err().kind();
    assert_eq!(kind(host.client.attach(machine, again(function.clone())).await), Some(ErrorKind::NotFound), "nothing was taken");
    host.client.detach(machine, function.clone()).await.unwrap();
    let other = host.client.attach(host.machine("kali-lab"), again(function.clone())).await;
    assert_eq!(kind(other), Some(ErrorKind::NotFound), "another machine's");
    assert_eq!(
        kind(host.client.attach(machine, again(both("0000:03:02.0"))).await),
        Some(ErrorKind::NotFound),
        "it stayed with the running one"
    );
    host.client.attach(machine, again(function.clone())).await.unwrap();
    assert_eq!(own().host_devices, before.host_devices, "with its address and its VLAN");
    assert_eq!(kind(host.client.attach(machine, again(function.clone())).await), Some(ErrorKind::NotFound), "twice");
    host.client.detach(machine, function.clone()).await.unwrap();
    host.client.attach(machine, function.clone()).await.unwrap();
    assert_eq!(kind(host.client.attach(machine, again(function)).await), Some(ErrorKind::NotFound), "it was given anew");
}

#[tokio::test]
async fn a_card_gets_the_rom_of_a_file_if_it_is_one_and_nothing_else_of_it_does() {
    let (host, folder) = (Host::new(), tempfile::tempdir().unwrap());
    let machine = host.machine("freebsd-zfs");
    let with = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        Attachment { rom_file: Some(path), ..card(at_start(CARD)) }
    };
    let (text, rom) = (with("a.txt", b"text"), with("a.rom", &[0x55, 0xaa]));
    let refused = host.client.plan_attach(machine, text.clone()).await.unwrap_err();
    assert_eq!((refused.kind(), refused.fact("argument")), (Some(ErrorKind::InvalidArgument), Some("rom-file")));
    assert!(host.client.attach(machine, text).await.is_err() && host.has("freebsd-zfs").is_empty());
    host.client.attach(machine, rom.clone()).await.unwrap();
    let own = host.demo.machines().into_iter().find(|one| one.id == machine).unwrap();
    let shown: Vec<_> = own.host_devices.unwrap().into_iter().map(|one| (one.source, one.has_rom_file)).collect();
    assert_eq!(shown, [(CARD.to_owned(), true), (SOUND.to_owned(), false)]);
    let has_it = host.client.attach(machine, rom).await.unwrap_err();
    assert_eq!(has_it.kind(), Some(ErrorKind::NotSupported), "its definition has the device");
}
