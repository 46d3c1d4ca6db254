use std::{collections::BTreeSet, future::Future, time::Duration};

use dbus::{
    ErrorKind,
    machine::{State, StateReason, Tag},
};
use futures_util::StreamExt;
use tokio::sync::watch::{Sender, channel};

use super::*;
use crate::{Client, Condition, DeleteOptions, Error, Metadata, Operation, Problem, Prompt, Uuid, unit};

fn machine(demo: &Demo, name: &str) -> Machine {
    demo.machines().into_iter().find(|machine| machine.name == name).unwrap()
}

fn id(demo: &Demo, name: &str) -> Uuid {
    machine(demo, name).id
}

fn frozen() -> (Demo, Client) {
    let demo = Demo::new(Preset::Frozen);
    (demo.clone(), Client::from(demo))
}

fn wanted(interval: u32) -> (Sender<Wanted>, Receiver<Wanted>) {
    channel(Wanted { interval, ..Wanted::default() })
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.unwrap()
}

/// What is told without waiting.
async fn told(stream: &mut (impl Stream<Item = Event> + Unpin)) -> Vec<Event> {
    let mut events = Vec::new();
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(20), stream.next()).await {
        events.push(event);
    }
    events
}

fn kind(result: Result<(), Error>) -> ErrorKind {
    result.unwrap_err().kind().unwrap()
}

#[test]
fn the_machines_are_those_of_the_design() {
    let demo = Demo::new(Preset::Frozen);
    let machines = demo.machines();
    let count = |condition| machines.iter().filter(|machine| machine.condition() == condition).count();
    assert_eq!(machines.len(), 14);
    let counts = [Condition::Running, Condition::Paused, Condition::Saved, Condition::Off, Condition::Crashed].map(count);
    assert_eq!(counts, [10, 1, 1, 1, 1]);
    let in_group = |group: &str| machines.iter().filter(|machine| machine.group.starts_with(group)).count();
    assert_eq!([in_group("Desktop"), in_group("Homelab"), in_group("Homelab/k3s cluster"), in_group("Work")], [3, 6, 3, 5]);
    assert_eq!(machine(&demo, "k3s-node-2").address(), Some("192.168.122.62"));
    let crashed = machine(&demo, "freebsd-zfs");
    assert!(crashed.needs_attention());
    assert_eq!(crate::locale::stop(&crashed, demo.now()), "QEMU stopped at 09:51");
    assert_eq!(unit::clock(demo.now()), "10:24");
    assert_eq!(machines.iter().filter(|machine| machine.needs_attention()).count(), 1);
    assert_eq!((demo.jobs().len(), demo.host().cpus, demo.host().memory), (1, 16, 64 << 30));
}

#[tokio::test]
async fn a_watcher_is_told_everything_in_order() {
    let (demo, _) = frozen();
    let (_sender, wanted) = wanted(0);
    let events = told(&mut demo.watch(wanted).boxed()).await;
    let [Event::Connecting, Event::Connected(..), Event::Libvirt(None), Event::Host(_), rest @ ..] = &events[..] else {
        panic!("{events:?}")
    };
    let [Event::Machines(short), Event::Machines(whole), Event::Topology(Some(_)), Event::HugePages(Some(_)), rest @ ..] = rest else {
        panic!("{rest:?}")
    };
    let [Event::AtBoot(Some(_)), Event::Devices(devices), Event::OtherDevices(others), Event::Job(job)] = rest else { panic!("{rest:?}") };
    assert!(short.iter().all(|machine| !machine.is_detailed && machine.tags.is_empty()));
    assert_eq!(**whole, demo.machines());
    assert_eq!(**devices, demo.devices());
    assert_eq!(**others, demo.others());
    assert_eq!(job.machines, [id(&demo, "k3s-node-3")]);
}

#[tokio::test]
async fn frozen_figures_end_with_the_design_and_move_no_more() {
    let (demo, _) = frozen();
    let (_sender, wanted) = wanted(2000);
    let events = told(&mut demo.watch(wanted).boxed()).await;
    let sampled: Vec<_> =
        events.iter().filter_map(|event| if let Event::Sampled(sampled) = event { Some(sampled) } else { None }).collect();
    assert_eq!(sampled.len(), 61);
    let last = sampled.last().unwrap();
    assert_eq!(last.time, demo.now());
    assert_eq!(unit::percent(last.host_cpu.into()).replace(unit::SPACE, " "), "34 %");
    assert_eq!(unit::gib(last.host_memory_used), "45.6");
    let point = last.samples.iter().find(|sample| sample.machine == id(&demo, "win11-gaming")).unwrap().point;
    let (percent, memory) = (unit::percent(point.cpu.into()), unit::memory_pair(point.memory_used, point.memory));
    assert_eq!((percent.replace(unit::SPACE, " "), memory.replace(unit::SPACE, " ")), ("38 %".to_owned(), "11.8 / 16 GiB".to_owned()));
    assert_eq!((unit::rate(point.disk_read.into()), unit::rate(point.net_sent.into())), ("24.1".to_owned(), "0.4".to_owned()));
    // Ten run and one is paused.
    assert_eq!(last.samples.len(), 11);
}

#[tokio::test]
async fn there_are_figures_only_while_somebody_wants_them() {
    let demo = Demo::new(Preset::Full);
    let (sender, wanted) = wanted(0);
    let mut events = demo.watch(wanted).boxed();
    assert!(!told(&mut events).await.iter().any(|event| matches!(event, Event::Sampled(_))));
    sender.send_modify(|wanted| wanted.interval = 100);
    within(async { while !matches!(events.next().await, Some(Event::Sampled(_))) {} }).await;
    sender.send_modify(|wanted| wanted.interval = 0);
    told(&mut events).await;
    assert!(told(&mut events).await.is_empty());
}

#[tokio::test]
async fn history_is_an_hour_and_ends_with_the_crash() {
    let (demo, client) = frozen();
    let whole = client.history(id(&demo, "fedora-42-dev")).await.unwrap();
    assert_eq!((whole.points.len(), whole.points.last().unwrap().0), (1800, demo.now()));
    let crashed = client.history(id(&demo, "freebsd-zfs")).await.unwrap();
    assert_eq!(unit::clock(crashed.points.last().unwrap().0), "09:51");
    assert!(client.history(id(&demo, "win-server-2025")).await.unwrap().points.is_empty());
}

#[tokio::test]
async fn what_the_state_does_not_allow_is_refused_with_facts() {
    let (demo, client) = frozen();
    let error = client.operate(id(&demo, "kali-lab"), Operation::ForceOff).await.unwrap_err();
    assert_eq!((error.kind(), error.fact("state"), error.fact("operation")), (Some(ErrorKind::InvalidState), Some("4"), Some("force-off")));
    assert_eq!(kind(client.operate(id(&demo, "fedora-42-dev"), Operation::Start).await), ErrorKind::InvalidState);
    assert_eq!(kind(client.operate(id(&demo, "opnsense"), Operation::Sleep).await), ErrorKind::AgentUnavailable);
    assert_eq!(kind(client.operate(Uuid::nil(), Operation::Start).await), ErrorKind::NotFound);
    assert_eq!(kind(client.operate(id(&demo, "k3s-node-3"), Operation::Pause).await), ErrorKind::Busy);
}

#[tokio::test]
async fn operations_are_told_by_events_and_as_jobs() {
    let (demo, client) = frozen();
    let (_sender, wanted) = wanted(0);
    let mut events = demo.watch(wanted).boxed();
    told(&mut events).await;
    let kali = id(&demo, "kali-lab");
    client.operate(kali, Operation::Start).await.unwrap();
    let happened = told(&mut events).await;
    let [Event::Job(job), Event::Machine(machine), Event::JobEnded(ended, outcome)] = &happened[..] else { panic!("{happened:?}") };
    assert_eq!((job.operation.as_str(), &ended.id, &outcome.error), ("machine-start", &job.id, &None));
    assert_eq!((machine.state, machine.reason, machine.has_saved_state), (State::Running, StateReason::Restored, false));
    for (operation, condition) in [
        (Operation::Pause, Condition::Paused),
        (Operation::Resume, Condition::Running),
        (Operation::Save, Condition::Saved),
        (Operation::DiscardSavedState, Condition::Off),
        (Operation::StartPaused, Condition::Paused),
        (Operation::ForceOff, Condition::Off),
        (Operation::Start, Condition::Running),
        (Operation::ShutdownAndRestart, Condition::Running),
        (Operation::Sleep, Condition::Paused),
        (Operation::Wake, Condition::Running),
        (Operation::Shutdown, Condition::Off),
    ] {
        client.operate(kali, operation).await.unwrap();
        assert_eq!(super::tests::machine(&demo, "kali-lab").condition(), condition, "{operation:?}");
    }
}

#[tokio::test]
async fn one_machine_ignores_shutdown_and_another_cannot_start() {
    let (demo, client) = frozen();
    let error = client.operate(id(&demo, "postgres-lab"), Operation::Shutdown).await.unwrap_err();
    assert_eq!((error.kind(), error.fact("seconds")), (Some(ErrorKind::TimedOut), Some("60")));
    assert_eq!(machine(&demo, "postgres-lab").state, State::Running);
    let server = id(&demo, "win-server-2025");
    assert_eq!(kind(client.operate(server, Operation::Start).await), ErrorKind::Failed);
    assert!(client.log(server, Prompt::Never).await.unwrap().iter().any(|line| line.contains("driver nvidia has it open")));
    assert_eq!(machine(&demo, "win-server-2025").state, State::Off);
}

#[tokio::test(start_paused = true)]
async fn saving_moves_on_and_can_be_cancelled() {
    let demo = Demo::new(Preset::Full);
    let client = Client::from(demo.clone());
    let (_sender, wanted) = wanted(0);
    let mut events = demo.watch(wanted).boxed();
    told(&mut events).await;
    let fedora = id(&demo, "fedora-42-dev");
    let cancel = async {
        loop {
            if let Some(Event::Job(job)) = events.next().await
                && job.progress.is_some_and(|progress| progress > 0.3)
            {
                assert!(job.is_cancelable && job.rate > 0 && job.expected_end > 0);
                return client.cancel(job.id).await;
            }
        }
    };
    let (saved, cancelled) = tokio::join!(client.operate(fedora, Operation::Save), cancel);
    assert_eq!((kind(saved), cancelled), (ErrorKind::Cancelled, Ok(())));
    assert_eq!(machine(&demo, "fedora-42-dev").state, State::Running);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_leaves_nothing_behind() {
    let demo = Demo::new(Preset::Full);
    let client = Client::from(demo.clone());
    let fedora = id(&demo, "fedora-42-dev");
    let given_up = tokio::time::timeout(Duration::from_millis(500), client.operate(fedora, Operation::Save)).await;
    assert!(given_up.is_err());
    assert_eq!((machine(&demo, "fedora-42-dev").state, demo.jobs().len()), (State::Running, 1));
    let given_up = tokio::time::timeout(Duration::from_millis(500), client.operate(fedora, Operation::Shutdown)).await;
    assert!(given_up.is_err());
    assert_eq!(machine(&demo, "fedora-42-dev").state, State::Off);
    assert_eq!(client.operate(fedora, Operation::Start).await, Ok(()));
}

#[tokio::test]
async fn the_job_that_is_there_from_the_beginning_can_be_cancelled() {
    let (demo, client) = frozen();
    let job = demo.jobs().remove(0);
    assert_eq!((job.operation.as_str(), job.progress), ("machine-core-dump", Some(0.64)));
    client.cancel(job.id.clone()).await.unwrap();
    assert_eq!((demo.jobs().len(), kind(client.cancel(job.id).await)), (0, ErrorKind::NotFound));
    assert_eq!(client.operate(id(&demo, "k3s-node-3"), Operation::Pause).await, Ok(()));
}

#[tokio::test]
async fn a_locked_machine_can_be_neither_stopped_nor_deleted() {
    let (demo, client) = frozen();
    let fedora = id(&demo, "fedora-42-dev");
    let lock = |locked| Metadata { locked: Some(locked), ..Metadata::default() };
    client.set_metadata(fedora, lock(true)).await.unwrap();
    assert_eq!(kind(client.operate(fedora, Operation::Shutdown).await), ErrorKind::Locked);
    assert_eq!(kind(client.operate(fedora, Operation::ForceOff).await), ErrorKind::Locked);
    let options = DeleteOptions { force_off: true, ..DeleteOptions::default() };
    assert_eq!(client.delete(fedora, options.clone()).await.unwrap_err().kind(), Some(ErrorKind::Locked));
    client.set_metadata(fedora, lock(false)).await.unwrap();
    assert!(client.delete(fedora, options).await.is_ok());
}

#[tokio::test]
async fn names_and_tags_follow_the_rules_of_the_service() {
    let (demo, client) = frozen();
    let kali = id(&demo, "freebsd-zfs");
    let rename = |name: &str| client.rename(kali, name.to_owned());
    assert_eq!(kind(rename("a b").await), ErrorKind::InvalidArgument);
    let taken = rename("opnsense").await.unwrap_err();
    assert_eq!((taken.kind(), taken.fact("name")), (Some(ErrorKind::AlreadyExists), Some("opnsense")));
    assert_eq!(kind(client.rename(id(&demo, "opnsense"), "x".to_owned()).await), ErrorKind::InvalidState);
    rename("bsd").await.unwrap();
    let tag = |name: &str, colour: &str| Tag { name: name.to_owned(), colour: colour.to_owned() };
    let tags = |tags: Vec<Tag>| client.set_metadata(kali, Metadata { tags: Some(tags), ..Metadata::default() });
    for bad in [vec![tag("", "")], vec![tag("a", "red")], vec![tag("a", ""), tag("a", "")]] {
        assert_eq!(kind(tags(bad).await), ErrorKind::InvalidArgument);
    }
    tags(vec![tag("lab", "")]).await.unwrap();
    assert!(machine(&demo, "bsd").tags[0].colour.starts_with('#'));
}

#[tokio::test]
async fn a_deleted_machine_comes_back_unless_its_name_is_taken_or_it_is_purged() {
    let (demo, client) = frozen();
    let kali = id(&demo, "kali-lab");
    let plan = client.plan_delete(kali).await.unwrap();
    let disks = plan.into_iter().filter(|item| item.kind == "disk" && item.action == "trash").map(|item| item.path).collect();
    let deleted = client.delete(kali, DeleteOptions { disks, ..DeleteOptions::default() }).await.unwrap();
    let record = client.deleted().await.unwrap().remove(0);
    assert_eq!((record.id.as_str(), record.name.as_str(), record.size), (deleted.as_str(), "kali-lab", 18 << 30));
    let other = id(&demo, "win-server-2025");
    client.rename(other, "kali-lab".to_owned()).await.unwrap();
    assert_eq!(kind(client.undelete(deleted.clone()).await), ErrorKind::AlreadyExists);
    client.rename(other, "win-server-2025".to_owned()).await.unwrap();
    client.undelete(deleted.clone()).await.unwrap();
    assert_eq!((demo.machines()[2].id, machine(&demo, "kali-lab").has_saved_state), (kali, false));
    assert_eq!(kind(client.purge(deleted).await), ErrorKind::NotFound);
    let deleted = client.delete(kali, DeleteOptions::default()).await.unwrap();
    assert_eq!(client.deleted().await.unwrap()[0].size, 0, "only disks that were named go");
    client.purge(deleted.clone()).await.unwrap();
    assert_eq!(kind(client.undelete(deleted).await), ErrorKind::NotFound);
    let running = client.delete(id(&demo, "opnsense"), DeleteOptions::default()).await.unwrap_err();
    assert_eq!(running.kind(), Some(ErrorKind::InvalidState));
    let permanent = DeleteOptions { permanent: true, ..DeleteOptions::default() };
    assert_eq!(client.delete(other, permanent).await, Ok(String::new()));
}

#[tokio::test]
async fn the_plans_have_every_kind_of_thing_and_every_reason() {
    let (demo, client) = frozen();
    let (mut kinds, mut reasons) = (BTreeSet::new(), BTreeSet::new());
    for machine in demo.machines() {
        for item in client.plan_delete(machine.id).await.unwrap() {
            assert!(!crate::locale::plan_kind(&item).starts_with("plan-"));
            kinds.insert(item.kind);
            reasons.insert(item.reason);
        }
    }
    let expected = ["backing", "definition", "disk", "nvram", "saved-state", "snapshot", "tpm"];
    assert_eq!(kinds, expected.map(str::to_owned).into());
    let expected = ["", "backing", "in-use", "no-pool", "not-writable", "read-only", "removable", "shared"];
    assert_eq!(reasons, expected.map(str::to_owned).into());
}

#[tokio::test]
async fn every_active_machine_has_a_picture_of_the_width_asked_for() {
    let (demo, client) = frozen();
    for machine in demo.machines().into_iter().filter(Machine::is_active) {
        let picture = client.screenshot(machine.id, 320, Prompt::Never).await.unwrap();
        let reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
        assert_eq!(reader.info().size(), (320, 180));
    }
    assert!(client.screenshot(id(&demo, "kali-lab"), 320, Prompt::Never).await.is_err());
    assert!(client.screenshot(id(&demo, "opnsense"), 0, Prompt::Never).await.is_err());
}

#[tokio::test]
async fn a_batch_answers_for_each_machine() {
    let (demo, client) = frozen();
    let machines = vec![id(&demo, "fedora-42-dev"), id(&demo, "kali-lab"), Uuid::nil()];
    let results = client.batch(Operation::Pause, machines.clone()).await.unwrap();
    assert_eq!(results.iter().map(|(machine, _)| *machine).collect::<Vec<_>>(), machines);
    let kinds: Vec<_> = results.into_iter().map(|(_, result)| result.err().and_then(|error| error.kind())).collect();
    assert_eq!(kinds, [None, Some(ErrorKind::InvalidState), Some(ErrorKind::NotFound)]);
}

#[tokio::test]
async fn hosts_in_trouble_say_which() {
    let (sender, missing) = wanted(0);
    let mut events = watch(Preset::ServiceMissing, missing).boxed();
    assert!(matches!(told(&mut events).await[..], [Event::Connecting, Event::Lost(Problem::NotInstalled, _)]));
    sender.send_modify(|wanted| wanted.attempt += 1);
    assert!(matches!(told(&mut events).await[..], [Event::Connecting, Event::Lost(..)]));

    let (_sender, wanted) = wanted(1000);
    let events = told(&mut watch(Preset::NoLibvirt, wanted).boxed()).await;
    assert!(events.iter().any(|event| matches!(event, Event::Libvirt(Some(word)) if word == "not-installed")));

    let demo = Demo::new(Preset::NotAllowed);
    let client = Client::from(demo.clone());
    let error = client.operate(id(&demo, "opnsense"), Operation::Pause).await.unwrap_err();
    assert_eq!((error.kind(), error.fact("obtainable")), (Some(ErrorKind::NotAuthorized), Some("false")));
    assert_eq!(kind(client.unlock().await), ErrorKind::NotAuthorized);
    assert!(client.log(id(&demo, "opnsense"), Prompt::Never).await.is_ok());
}

#[test]
fn many_machines_are_as_many_as_asked_for_and_a_fifth_of_them_runs() {
    let machines = Demo::new(Preset::Many(10_000)).machines();
    let names: BTreeSet<_> = machines.iter().map(|machine| &machine.name).collect();
    let running = machines.iter().filter(|machine| machine.condition() == Condition::Running).count();
    assert_eq!((machines.len(), names.len()), (10_000, 10_000));
    assert!((1_800..2_200).contains(&running), "{running}");
    assert!(Demo::new(Preset::Empty).machines().is_empty());
}
