use dbus::ErrorKind;

use super::*;
use crate::{Client, Machine, Operation, State, demo::Preset};

const CARD: &str = "0000:02:00.0";

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

    fn server(&self) -> Machine {
        self.machine("win-server-2025")
    }

    fn stage(&self) -> Stage {
        self.server().hand_over.unwrap().stage
    }

    fn driver(&self) -> String {
        self.demo.devices().into_iter().find(|device| device.address == CARD).unwrap().driver
    }

    async fn begin(&self, how: How) -> Result<(), Error> {
        self.client.begin_hand_over(self.server().id, how).await
    }
}

fn on_trial() -> How {
    How { trial: Some(120), closes_sessions: true, ..How::default() }
}

#[tokio::test]
async fn what_would_end_is_a_reason_until_it_may_and_the_plan_changes_nothing() {
    let host = Host::new();
    let before = (host.demo.machines(), host.demo.devices());
    let words = |found: &[crate::device::Refusal]| found.iter().map(|one| one.reason.clone()).collect::<Vec<_>>();
    let strict = host.client.plan_hand_over(host.server().id, How::default()).await.unwrap();
    assert_eq!(words(&strict.reasons), ["session", "open", "open"]);
    let refused = host.begin(How::default()).await.unwrap_err();
    assert_eq!((refused.kind(), refused.refusals()), (Some(ErrorKind::Unsafe), strict.reasons));
    let plan = host.client.plan_hand_over(host.server().id, on_trial()).await.unwrap();
    assert_eq!((words(&plan.reasons), words(&plan.warnings)), (vec![], vec!["session".into(), "open".into(), "open".into()]));
    let steps: Vec<&str> = plan.steps.iter().map(|step| step.step.as_str()).collect();
    assert_eq!(steps, ["stop-unit", "override", "override", "unbind", "unbind", "probe", "probe", "start-machine"]);
    assert_eq!((host.demo.machines(), host.demo.devices()), before);
}

#[tokio::test]
async fn it_is_kept_or_given_back_and_comes_back_with_its_driver() {
    let host = Host::new();
    let id = host.server().id;
    assert_eq!(host.client.confirm_hand_over(id).await.unwrap_err().kind(), Some(ErrorKind::InvalidState));
    assert_eq!(host.client.give_back(id, true).await.unwrap_err().kind(), Some(ErrorKind::InvalidState));
    host.begin(on_trial()).await.unwrap();
    assert_eq!((host.stage(), host.server().state, host.driver().as_str()), (Stage::Trial, State::Running, VFIO));
    assert_eq!(host.server().hand_over.unwrap().remaining(host.demo.now()), Some(120));
    host.client.confirm_hand_over(id).await.unwrap();
    assert_eq!((host.stage(), host.server().hand_over.unwrap().trial_ends), (Stage::Machine, 0));
    host.client.give_back(id, false).await.unwrap();
    assert_eq!((host.stage(), host.server().state, host.driver().as_str()), (Stage::Host, State::Off, "nvidia"));
}

#[tokio::test]
async fn it_comes_back_when_the_machine_stops_and_when_the_trial_is_over() {
    let host = Host::new();
    host.begin(on_trial()).await.unwrap();
    host.client.operate(host.server().id, Operation::ForceOff).await.unwrap();
    assert_eq!((host.stage(), host.driver().as_str()), (Stage::Host, "nvidia"));
    host.begin(on_trial()).await.unwrap();
    let (id, now) = (host.server().id, host.demo.now());
    host.demo.world().end_trial();
    assert_eq!(host.stage(), Stage::Trial, "there is time left");
    host.demo.world().set_stage(id, Stage::Trial, now);
    host.demo.world().end_trial();
    assert_eq!((host.stage(), host.server().state), (Stage::Host, State::Off));
}

#[tokio::test]
async fn without_a_card_or_for_a_machine_that_runs_there_is_no_plan() {
    let host = Host::new();
    for (name, kind) in [("kali-lab", ErrorKind::NotFound), ("win11-gaming", ErrorKind::InvalidState)] {
        let refused = host.client.plan_hand_over(host.machine(name).id, on_trial()).await.unwrap_err();
        assert_eq!(refused.kind(), Some(kind), "{name}");
    }
    let long = How { trial: Some(3601), ..on_trial() };
    assert_eq!(host.begin(long).await.unwrap_err().kind(), Some(ErrorKind::InvalidArgument));
}
