//! The host's only screen for a machine as a client sees it: with the service on a captured desktop, and with services that answer
//! nonsense or go in the middle.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{collections::HashMap, sync::Arc};

use client::{
    Client, Error, ErrorKind, Machine, Problem, State, Uuid,
    hand_over::{How, Stage},
};
use dbus::{interface, machine::Summary, path};
use kvm_manager_tests::{
    bus::Bus,
    desktop::{CARD, Desktop, SOUND},
    fake::{Answer, Fake, Objects, Properties, member, reply, root},
    kernel::Trouble,
    simulated::{MACHINE, Simulated, machine_with},
    user,
    watched::Watched,
    within,
};
use zbus::{Connection, Message, Variant};

struct Setting {
    _service: Simulated,
    _host: Connection,
    desktop: Arc<Desktop>,
    watched: Watched,
    client: Client,
}

impl Setting {
    async fn new() -> Self {
        let (bus, desktop) = (Bus::start(), Desktop::driven_by("amdgpu", ""));
        let host = bus.connect().await;
        desktop.serve(&host).await;
        for name in ["org.freedesktop.systemd1", "org.freedesktop.login1"] {
            host.request_name(name).await.unwrap();
        }
        let state = bus.directory().join("state");
        let service = Simulated::on(bus, desktop.root(), &machine_with(&[CARD, SOUND]), &state, None).await;
        let mut watched = Watched::on(&service.bus);
        let client = watched.complete().await;
        Self { _service: service, _host: host, desktop, watched, client }
    }

    async fn stage(&mut self, wanted: Stage) -> Machine {
        let is_so = |machine: &Machine| machine.hand_over.as_ref().is_some_and(|own| own.stage == wanted);
        match self.watched.machines.get(&MACHINE).filter(|machine| is_so(machine)) {
            Some(machine) => machine.clone(),
            None => self.watched.machine(is_so).await,
        }
    }
}

fn on_trial() -> How {
    How { trial: Some(600), closes_sessions: true, allows_no_reset: true }
}

#[test]
fn a_client_sees_the_plan_what_speaks_against_it_and_every_step_of_the_way() {
    user::ordinary(|| async {
        let mut setting = Setting::new().await;
        assert_eq!(setting.stage(Stage::Host).await.state, State::Off, "the state of the machine is another thing");
        let strict = setting.client.plan_hand_over(MACHINE, How::default()).await.unwrap();
        let words: Vec<&str> = strict.reasons.iter().map(|one| one.reason.as_str()).collect();
        assert_eq!(words, ["no-reset", "session", "open"]);
        let refused = setting.client.begin_hand_over(MACHINE, How::default()).await.unwrap_err();
        assert_eq!((refused.kind(), refused.refusals()), (Some(ErrorKind::Unsafe), strict.reasons));
        let plan = setting.client.plan_hand_over(MACHINE, on_trial()).await.unwrap();
        assert_eq!((plan.devices, plan.reasons), (vec![CARD.to_owned(), SOUND.to_owned()], vec![]));
        assert_eq!((plan.steps[0].step.as_str(), plan.steps[0].subject.as_str()), ("stop-unit", "gdm.service"));
        assert_eq!((plan.sessions[0].user.as_str(), plan.processes[0].name.as_str()), ("anna", "77 gnome-shell"));
        assert_eq!(setting.desktop.kernel.writes(), [], "nothing is changed by looking");
        within("the screen", setting.client.begin_hand_over(MACHINE, on_trial())).await.unwrap();
        let machine = setting.stage(Stage::Trial).await;
        assert!(machine.hand_over.unwrap().trial_ends > 0);
        setting.client.confirm_hand_over(MACHINE).await.unwrap();
        assert_eq!(setting.stage(Stage::Machine).await.hand_over.unwrap().trial_ends, 0);
        within("the way back", setting.client.give_back(MACHINE, true)).await.unwrap();
        let back = setting.stage(Stage::Host).await;
        assert_eq!(back.hand_over.unwrap().left, []);
        assert!(setting.desktop.is_up.load(std::sync::atomic::Ordering::Acquire));
    });
}

#[test]
fn what_fails_on_the_way_is_told_when_everything_is_back() {
    user::ordinary(|| async {
        let mut setting = Setting::new().await;
        setting.desktop.kernel.set(Trouble::Refuse(4));
        let failed = within("the job", setting.client.begin_hand_over(MACHINE, on_trial())).await.unwrap_err();
        assert!(failed.kind().is_some(), "{failed:?}");
        setting.stage(Stage::Host).await;
        assert!(setting.desktop.is_up.load(std::sync::atomic::Ordering::Acquire));
    });
}

/// The machine of those services.
const OTHER: Uuid = Uuid::from_u128(1);

fn summary() -> Summary {
    let none = String::new;
    Summary {
        path: path::machine(OTHER),
        name: "a".into(),
        state: State::Off.into(),
        state_reason: 1,
        memory: 1 << 20,
        vcpus: 1,
        flags: 0,
        title: none(),
        os_id: none(),
        group: none(),
    }
}

fn answer(call: &Message, hand_over: Properties) -> Option<Message> {
    match member(call).as_str() {
        "GetAll" => root(call),
        "ListMachines" => reply(call, &vec![summary()]),
        "GetManagedObjects" => {
            let own: Properties = HashMap::from([("Name".to_owned(), "a".into()), ("State".to_owned(), u32::from(State::Off).into())]);
            let interfaces = [(interface::MACHINE.to_owned(), own), (interface::HAND_OVER.to_owned(), hand_over)];
            let all: Objects = HashMap::from([(path::machine(OTHER), HashMap::from(interfaces))]);
            reply(call, &all)
        }
        "Begin" => reply(call, &path::job(7)),
        _ => None,
    }
}

async fn faked(answer: Answer) -> (Bus, Fake, Watched, Client) {
    let bus = Bus::start();
    let fake = Fake::start(&bus, answer).await;
    let mut watched = Watched::on(&bus);
    let client = watched.complete().await;
    (bus, fake, watched, client)
}

/// Tells that the job with this number ended.
async fn complete(connection: &Connection, job: u128, body: (bool, &str, &str)) {
    let none = None::<zbus::names::BusName<'_>>;
    let facts: HashMap<&str, Variant<'_>> = HashMap::new();
    connection.emit_signal(none, path::job(job), interface::JOB, "Completed", &(body.0, body.1, body.2, facts)).await.unwrap();
}

#[test]
fn nonsense_about_the_screen_is_unknown_and_changes_nothing_of_the_machine() {
    user::ordinary(|| async {
        let odd: Answer = |call| {
            let left: Variant<'static> = vec![HashMap::from([("part", "device"), ("secret", "x")])].into();
            let all = [("State", 4711_u32.into()), ("TrialEnds", "soon".into()), ("Left", left), ("Mood", 1_u8.into())];
            answer(call, all.map(|(name, value)| (name.to_owned(), value)).into())
        };
        let (_bus, _fake, watched, client) = faked(odd).await;
        let machine = &watched.machines[&OTHER];
        assert_eq!(machine.state, State::Off, "its own state");
        let own = machine.hand_over.clone().unwrap();
        assert_eq!((own.stage, own.trial_ends, own.left.len(), own.remaining(0)), (Stage::Unknown, 0, 1, None));
        drop(client);
    });
}

#[test]
fn a_service_without_the_interface_has_no_screen_to_give() {
    user::ordinary(|| async {
        let old: Answer = |call| match member(call).as_str() {
            "GetManagedObjects" => {
                let own: Properties = HashMap::from([("Name".to_owned(), "a".into())]);
                let all: Objects = HashMap::from([(path::machine(OTHER), HashMap::from([(interface::MACHINE.to_owned(), own)]))]);
                reply(call, &all)
            }
            "Plan" => Some(Message::error(&call.header(), "org.freedesktop.DBus.Error.UnknownInterface").build(&("none")).unwrap()),
            _ => answer(call, Properties::new()),
        };
        let (_bus, _fake, watched, client) = faked(old).await;
        assert_eq!(watched.machines[&OTHER].hand_over, None);
        let refused = client.plan_hand_over(OTHER, How::default()).await.unwrap_err();
        assert_eq!(refused.kind(), Some(ErrorKind::NotSupported));
    });
}

#[test]
fn only_the_end_of_its_own_job_from_the_service_itself_ends_the_call() {
    user::ordinary(|| async {
        let (bus, fake, _watched, client) = faked(|call| answer(call, Properties::new())).await;
        let stranger = bus.connect().await;
        let mut call = Box::pin(client.begin_hand_over(OTHER, on_trial()));
        // The call listens and has its job when it has been asked once.
        let told = async {
            loop {
                complete(&stranger, 7, (true, "", "")).await;
                complete(&fake.connection, 8, (true, "", "")).await;
                complete(&fake.connection, 7, (false, "org.kvmmanager.Manager1.Error.TimedOut", "late")).await;
                tokio::task::yield_now().await;
            }
        };
        let ended: Result<(), Error> = within("the call", async {
            tokio::select! {
                ended = &mut call => ended,
                () = told => unreachable!("it never ends"),
            }
        })
        .await;
        assert_eq!(ended.unwrap_err().kind(), Some(ErrorKind::TimedOut));
    });
}

#[test]
fn a_service_that_goes_in_the_middle_is_not_waited_for() {
    user::ordinary(|| async {
        let (_bus, fake, mut watched, client) = faked(|call| answer(call, Properties::new())).await;
        let going = async {
            // Its name and its connection go together.
            fake.connection.clone().close().await.unwrap();
            let (problem, _) = watched.lost().await;
            assert!(matches!(problem, Problem::Ended(_)), "{problem:?}");
        };
        let call = client.begin_hand_over(OTHER, on_trial());
        let (ended, ()) = within("the call", async { tokio::join!(call, going) }).await;
        assert!(matches!(ended, Err(Error::Gone(_) | Error::Other(_))), "{ended:?}");
    });
}
