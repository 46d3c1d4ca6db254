use super::*;
use crate::{
    Client, ErrorKind, Machine, Operation,
    demo::{Demo, Preset},
    device::{Devices, Gift, Giving},
};

const DISK: &str = "2:0:0:0";
const TAPE: &str = "2:0:1:0";
const CHANGER: &str = "2:0:1:1";
const FREE_DISK: &str = "2:0:2:0";

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

    fn device(&self, address: &str) -> ScsiDevice {
        at(&self.demo.others(), address).unwrap().clone()
    }

    fn change(&self, address: &str, change: impl FnOnce(&mut ScsiDevice)) {
        self.demo.world().change_others(|all| change(all.scsi.as_mut().unwrap().iter_mut().find(|one| one.address == address).unwrap()));
    }

    /// The words of what speaks against it, and of what should be known.
    async fn words(&self, machine: &str, giving: Giving) -> [Vec<String>; 2] {
        let plan = self.client.plan_give(self.machine(machine).id, giving).await.unwrap();
        [plan.reasons, plan.warnings].map(|all| all.into_iter().map(|one| one.reason).collect())
    }
}

fn giving(address: &str, is_live: bool, is_configured: bool) -> Giving {
    Giving { gift: Gift::Scsi(address.to_owned()), is_live, is_configured }
}

fn both(address: &str) -> Giving {
    giving(address, true, true)
}

fn at_start(address: &str) -> Giving {
    giving(address, false, true)
}

#[tokio::test]
async fn a_tape_drive_goes_to_a_running_machine_and_its_definition_and_comes_back() {
    let host = Host::new();
    let id = host.machine("truenas-scale").id;
    assert_eq!(host.words("truenas-scale", both(TAPE)).await, [Vec::new(), vec!["autostart".to_owned()]]);
    host.client.give(id, both(TAPE)).await.unwrap();
    assert_eq!((host.device(TAPE).active_machine, host.device(TAPE).machines), (Some(id), vec![id]));
    let has = host.machine("truenas-scale").host_devices.unwrap();
    let tape = has.iter().find(|one| one.kind == "scsi").unwrap();
    assert_eq!((tape.source.as_str(), &tape.identity), (TAPE, &host.device(TAPE).identity));
    host.client.operate(id, Operation::ForceOff).await.unwrap();
    assert_eq!((host.device(TAPE).active_machine, host.device(TAPE).machines), (None, vec![id]));
    host.client.operate(id, Operation::Start).await.unwrap();
    assert_eq!(host.device(TAPE).active_machine, Some(id));
    host.client.take_back(id, both(TAPE)).await.unwrap();
    assert!(host.device(TAPE).machines.is_empty());
    assert_eq!(host.client.take_back(id, both(TAPE)).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
}

#[tokio::test]
async fn what_the_host_uses_or_another_runs_with_is_refused_and_so_is_the_adapter_behind_it() {
    let host = Host::new();
    let id = host.machine("fedora-42-dev").id;
    assert_eq!(host.words("fedora-42-dev", both(DISK)).await[0], ["mounted"]);
    assert_eq!(host.client.give(id, both(DISK)).await.unwrap_err().kind(), Some(ErrorKind::Unsafe));
    assert_eq!(host.client.plan_give(id, both("9:0:0:0")).await.unwrap_err().kind(), Some(ErrorKind::NotFound));
    host.client.give(id, both(TAPE)).await.unwrap();
    assert_eq!(host.words("postgres-lab", both(TAPE)).await[0], ["machine-running"]);
    let adapter = Devices { addresses: vec![ADAPTER.to_owned()], ..Devices::default() };
    let reasons = host.client.plan_bind(adapter).await.unwrap().reasons;
    let told: Vec<(&str, &str)> = reasons.iter().map(|one| (one.reason.as_str(), one.name.as_str())).collect();
    assert_eq!(told, [("machine-running", "fedora-42-dev"), ("mounted", "sdc1")]);
}

#[tokio::test]
async fn a_machine_without_a_controller_gets_the_first_with_its_start_and_more_while_it_runs() {
    let host = Host::new();
    let id = host.machine("win11-gaming").id;
    assert_eq!(host.words("win11-gaming", both(TAPE)).await[0], ["no-scsi"]);
    host.client.give(id, at_start(TAPE)).await.unwrap();
    assert_eq!(host.words("win11-gaming", both(CHANGER)).await[0], ["no-scsi"], "the one that runs has none yet");
    host.client.operate(id, Operation::ForceOff).await.unwrap();
    host.client.operate(id, Operation::Start).await.unwrap();
    assert_eq!(host.device(TAPE).active_machine, Some(id));
    assert!(host.words("win11-gaming", both(CHANGER)).await[0].is_empty());
}

#[tokio::test]
async fn a_guest_that_does_not_let_go_keeps_its_device() {
    let host = Host::new();
    let id = host.machine("postgres-lab").id;
    host.client.give(id, both(FREE_DISK)).await.unwrap();
    assert_eq!(host.client.take_back(id, both(FREE_DISK)).await.unwrap_err().kind(), Some(ErrorKind::TimedOut));
    assert_eq!(host.device(FREE_DISK).active_machine, Some(id));
    host.client.take_back(id, at_start(FREE_DISK)).await.unwrap();
}

#[tokio::test]
async fn what_a_later_start_would_not_find_again_or_no_guest_could_use_is_refused() {
    let host = Host::new();
    let machine = "fedora-42-dev";
    host.change(FREE_DISK, |device| device.identity.clear());
    assert_eq!(host.words(machine, at_start(FREE_DISK)).await[0], ["no-identity"]);
    assert!(host.words(machine, giving(FREE_DISK, true, false)).await[0].is_empty());
    host.change(FREE_DISK, |device| "naa.5000c500a1b2c3d4".clone_into(&mut device.identity));
    assert_eq!(host.words(machine, both(FREE_DISK)).await, [["mounted"], ["several-ways"]], "a second way to the disk that is in use");
    for address in [TAPE, CHANGER] {
        host.change(address, |device| "model:HP/Ultrium".clone_into(&mut device.identity));
    }
    assert_eq!(host.words(machine, both(TAPE)).await, [["same-identity"], ["model-only"]]);
    host.change(CHANGER, |device| {
        "controller".clone_into(&mut device.kind);
        device.identity = "naa.1".to_owned();
        device.generic.clear();
    });
    assert_eq!(host.words(machine, both(CHANGER)).await[0], ["no-generic", "not-given"]);
}
