use client::{
    ErrorKind, Uuid,
    tuning::{HostTuning, Pin},
};
use iced::{Size, widget::Column};

use super::*;
use crate::screen::details::sample::{draw, key as key_of, model as sample, window};

async fn read(model: &Model, client: &Client, name: &str) -> Tuner {
    let key = key_of(model, name);
    let mut tuner = Tuner::new(key.clone());
    let tuning = client.tuning(key.machine).await;
    let _ = tuner.update(model, Message::Read(key, tuning));
    tuner
}

async fn plan(tuner: &mut Tuner, model: &Model, client: &Client) {
    let vcpus = tuner.vcpus;
    let plan = client.plan_pinning(tuner.key.machine, vcpus).await;
    let _ = tuner.update(model, Message::Planned(tuner.key.clone(), plan));
}

fn says(tuner: &Tuner, model: &Model, words: &str) -> bool {
    let (host, machine) = (model.host("demo").unwrap(), model.machine(&tuner.key).unwrap());
    let all = tuner.host_side(host).into_iter().fold(Column::new().push(tuner.cpus(host, machine)), Column::push);
    window(all, Size::new(720.0, 1400.0)).find(words).is_ok()
}

fn tune(action: Action) -> Tune {
    let Action::Call(Call::Tune(_, tune)) = action else { panic!("no call: {action:?}") };
    *tune
}

fn ended(tuner: &Tuner, tune: &Tune, result: Result<String, Error>) -> Done {
    let call = Call::Tune(tuner.key.clone(), Box::new(tune.clone()));
    Done { call, results: vec![(Some(tuner.key.clone()), result)] }
}

fn refusal(kind: ErrorKind, facts: &[(&str, &str)]) -> Error {
    let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Error::Service { kind, message: "No".to_owned(), facts }
}

#[tokio::test]
async fn the_plan_is_shown_before_anything_is_pinned_and_what_was_pinned_can_be_undone() {
    let (model, client) = sample().await;
    let mut tuner = read(&model, &client, "postgres-lab").await;
    assert!(says(&tuner, &model, &client::t!("tuning-none")));
    assert!(matches!(tuner.apply(&model), Action::None), "nothing is planned");
    plan(&mut tuner, &model, &client).await;
    for words in ["Plan for postgres-lab", "CPUs 4–5, 12–13", "on node 1", "Pin 4 CPUs"] {
        assert!(says(&tuner, &model, words), "{words}");
    }
    let asked = tune(tuner.apply(&model));
    assert_eq!(asked.back, Some(TuneChange::Clear));
    assert!(matches!(tuner.apply(&model), Action::None), "one change at a time");
    assert!(tuner.done(&model, &ended(&tuner, &asked, Ok(String::new()))).is_some());
    assert!(tuner.planned().is_none());
}

#[tokio::test]
async fn a_plan_with_another_number_of_cpus_says_that_it_is_not_undone() {
    let (model, client) = sample().await;
    let mut tuner = read(&model, &client, "postgres-lab").await;
    let _ = tuner.update(&model, Message::Count(6));
    plan(&mut tuner, &model, &client).await;
    assert!(says(&tuner, &model, &client::t!("tuning-other-count", count = 6, now = 4)));
    assert_eq!(tune(tuner.apply(&model)).back, None);
}

#[tokio::test]
async fn where_there_is_no_room_the_most_is_offered() {
    let (model, client) = sample().await;
    let mut tuner = read(&model, &client, "postgres-lab").await;
    let _ = tuner.update(&model, Message::Count(12));
    plan(&mut tuner, &model, &client).await;
    assert!(says(&tuner, &model, "At most 10 virtual CPUs can have cores of their own"));
    let _ = tuner.update(&model, Message::Count(10));
    plan(&mut tuner, &model, &client).await;
    assert!(says(&tuner, &model, "Pin 10 CPUs"));
}

#[tokio::test]
async fn what_a_plan_warns_of_is_said_in_sentences() {
    let (model, client) = sample().await;
    let mut tuner = read(&model, &client, "win11-gaming").await;
    plan(&mut tuner, &model, &client).await;
    assert!(says(&tuner, &model, &client::t!("tuning-warning-not-on-node")));
    for word in ["not-on-node", "several-nodes", "several-caches", "siblings-idle", "memory-elsewhere"] {
        for language in ["en", "de"] {
            crate::locale::init(language);
            assert_ne!(client::t!(&format!("tuning-warning-{word}")), format!("tuning-warning-{word}"));
        }
    }
    crate::locale::init("en");
}

#[tokio::test]
async fn a_refusal_stays_with_its_reason_and_a_prompt_that_was_closed_is_none() {
    let (model, client) = sample().await;
    let mut tuner = read(&model, &client, "truenas-scale").await;
    let off = HostTuning { isolates: Some(false), ..HostTuning::default() };
    let (action, _) = tuner.update(&model, Message::Change(TuneChange::Host(off)));
    let asked = tune(action);
    let on = HostTuning { isolates: Some(true), ..HostTuning::default() };
    assert_eq!(asked.back, Some(TuneChange::Host(on)));
    let dismissed = refusal(ErrorKind::NotAuthorized, &[("dismissed", "true")]);
    let _ = tuner.done(&model, &ended(&tuner, &asked, Err(dismissed)));
    assert!(!says(&tuner, &model, &client::t!("failure-tuning")));
    let unsafe_ = refusal(ErrorKind::Unsafe, &[("reasons", "no-core-left")]);
    let _ = tuner.done(&model, &ended(&tuner, &asked, Err(unsafe_)));
    assert!(says(&tuner, &model, &client::t!("failure-tuning")) && says(&tuner, &model, &client::t!("tuning-no-core-left")));
    let _ = tuner.update(&model, Message::Dismiss);
    assert!(!says(&tuner, &model, &client::t!("failure-tuning")));
}

#[tokio::test]
async fn answers_about_another_machine_are_not_taken() {
    let (model, client) = sample().await;
    let mut tuner = read(&model, &client, "postgres-lab").await;
    let other = key_of(&model, "truenas-scale");
    let tuning = client.tuning(other.machine).await;
    let _ = tuner.update(&model, Message::Read(other.clone(), tuning));
    assert!(tuner.tuning().unwrap().pinning.is_empty());
    let done = Done {
        call: Call::Tune(other, Box::new(Tune { change: TuneChange::Clear, back: None })),
        results: vec![(None, Ok(String::new()))],
    };
    assert!(tuner.done(&model, &done).is_none());
}

#[tokio::test]
async fn each_cpu_tells_whose_pins_are_on_it() {
    let (model, client) = sample().await;
    let host = model.host("demo").unwrap();
    let topology = host.topology.as_deref().unwrap();
    let mut tunings: Vec<(Uuid, Tuning)> = Vec::new();
    for machine in host.machines.keys() {
        tunings.push((*machine, client.tuning(*machine).await.unwrap()));
    }
    let planned = Pinning { vcpus: vec![Pin { vcpu: 0, cpus: vec![4] }], ..Pinning::default() };
    let pins = map::Pins::new(host, tunings.iter().map(|(id, tuning)| (id, tuning)), Some(&planned));
    let names: Vec<&str> = pins.owners().iter().map(|owner| owner.name.as_str()).collect();
    assert_eq!(names, ["truenas-scale"]);
    assert_eq!((pins.first(10).unwrap().letters.as_str(), pins.first(0).is_none()), ("Tr", true));
    let told = |cpu: u32| {
        let core = topology.nodes.iter().flat_map(|node| topology.cores(node.number)).find(|core| core.cpus.contains(&cpu)).unwrap();
        map::told(topology, &core, cpu, &pins)
    };
    assert!(told(10).contains("truenas-scale is pinned here") && told(10).contains("shares its core with 2"), "{}", told(10));
    assert!(told(4).contains("Planned") && !told(0).contains("pinned"), "{}", told(4));
}

#[tokio::test]
async fn it_is_drawn_at_every_width() {
    let (model, client) = sample().await;
    let mut tuner = read(&model, &client, "win11-gaming").await;
    plan(&mut tuner, &model, &client).await;
    let (host, machine) = (model.host("demo").unwrap(), model.machine(&tuner.key).unwrap());
    for width in [560.0, 900.0] {
        let all = tuner.host_side(host).into_iter().fold(Column::new().spacing(12).push(tuner.cpus(host, machine)), Column::push);
        draw(&mut window(all, Size::new(width, 640.0)), &format!("tuning-{width}"));
    }
}

#[tokio::test]
async fn what_cpus_prefer_and_what_a_guest_keeps_are_chosen_undone_and_refused_with_the_reason() {
    let (model, client) = sample().await;
    let mut tuner = read(&model, &client, "postgres-lab").await;
    assert!(says(&tuner, &model, "Memory by need") && says(&tuner, &model, "What its CPUs prefer"));
    let floor = |bytes| TuneChange::Host(HostTuning { balloon_floor: Some(bytes), ..HostTuning::default() });
    let (action, _) = tuner.update(&model, Message::Change(floor(0)));
    let asked = tune(action);
    assert_eq!((&asked.change, &asked.back), (&floor(0), &Some(floor(4 << 30))), "undo knows what it was");
    let _ = tuner.done(&model, &ended(&tuner, &asked, Err(refusal(ErrorKind::Unsafe, &[("reasons", "host-device")]))));
    assert!(says(&tuner, &model, "It has a device of the host, for which its memory is pinned."));
    let unpinned = client.set_host_tuning(tuner.key.machine, HostTuning { energy: Some("power".into()), ..HostTuning::default() }).await;
    assert_eq!(unpinned.unwrap_err().fact("reasons"), Some("not-pinned"));
}
