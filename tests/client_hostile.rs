//! Services that answer nonsense, or more than anybody can read: the client says so, or shows what can be shown.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;

use client::{ErrorKind, Event, Point, Problem, State, StateReason, Uuid};
use dbus::{
    interface,
    machine::{Summary, flag},
    path,
};
use kvm_manager_tests::{
    bus::Bus,
    fake::{Answer, Fake, Objects, Properties, member, reply, root},
    user,
    watched::Watched,
};
use zbus::{Message, OwnedObjectPath, Variant};

const UNKNOWN_METHOD: &str = "org.freedesktop.DBus.Error.UnknownMethod";
/// How many machines the crowd has.
const CROWD: u32 = 1000;

async fn lost(answer: Answer) -> Problem {
    let bus = Bus::start();
    let _fake = Fake::start(&bus, answer).await;
    Watched::on(&bus).lost().await.0
}

fn id(number: u32) -> Uuid {
    Uuid::from_u128(number.into())
}

fn summary(number: u32) -> Summary {
    Summary {
        path: path::machine(id(number)),
        name: format!("m{number}"),
        state: 1,
        state_reason: 1,
        memory: 1 << 20,
        vcpus: 1,
        flags: flag::PERSISTENT,
        title: String::new(),
        os_id: String::new(),
        group: String::new(),
    }
}

fn object(number: u32, properties: Properties) -> (OwnedObjectPath, HashMap<String, Properties>) {
    (path::machine(id(number)), HashMap::from([(interface::MACHINE.to_owned(), properties)]))
}

#[test]
fn answers_of_other_types_lose_the_host_and_nothing_else() {
    user::ordinary(|| async {
        let answers: [Answer; 4] = [
            |call| reply(call, &7_u8),
            |call| if member(call) == "GetAll" { root(call) } else { reply(call, &("machines", 7_u32)) },
            |call| match member(call).as_str() {
                "GetAll" => root(call),
                "ListMachines" => reply(call, &Vec::<Summary>::new()),
                _ => reply(call, &vec![1_u32]),
            },
            |call| Some(Message::error(&call.header(), "com.example.Odd").build(&(7_u8, vec!["x"])).unwrap()),
        ];
        for answer in answers {
            let problem = lost(answer).await;
            assert!(matches!(problem, Problem::Other(_)), "{problem:?}");
        }
    });
}

#[test]
fn a_service_that_does_not_answer_is_not_waited_for_for_ever() {
    user::ordinary(|| async {
        let problem = lost(|_| None).await;
        assert!(matches!(problem, Problem::NotRunning(_)), "{problem:?}");
    });
}

#[test]
fn unknown_numbers_names_and_types_of_values_are_shown_as_unknown() {
    user::ordinary(|| async {
        let bus = Bus::start();
        let _fake = Fake::start(&bus, |call| match member(call).as_str() {
            "GetAll" => root(call),
            "ListMachines" => reply(call, &vec![Summary { state: 4711, state_reason: 4711, flags: u32::MAX, ..summary(1) }]),
            _ => {
                let properties: Properties = HashMap::from([
                    ("Name".to_owned(), "m1".into()),
                    ("State".to_owned(), 99_u32.into()),
                    ("Memory".to_owned(), "a lot".into()),
                    ("Tags".to_owned(), vec![1_u32, 2].into()),
                    ("Addresses".to_owned(), Variant::Variant(Box::new(7_u8.into()))),
                    ("Mood".to_owned(), "good".into()),
                ]);
                let odd: Objects = HashMap::from([
                    object(1, properties),
                    (path::machine(id(2)), HashMap::from([("com.example.Odd".to_owned(), Properties::new())])),
                    (OwnedObjectPath::try_from("/org/kvmmanager/Manager1/machines/x").unwrap(), HashMap::new()),
                ]);
                reply(call, &odd)
            }
        })
        .await;
        let mut watched = Watched::on(&bus);
        watched.complete().await;
        assert_eq!(watched.machines.len(), 1);
        let machine = &watched.machines[&id(1)];
        assert_eq!((machine.name.as_str(), machine.state, machine.reason), ("m1", State::Unknown, StateReason::Unknown));
        assert_eq!((machine.memory, machine.tags.len(), machine.addresses.len()), (0, 0, 0));
    });
}

#[test]
fn what_a_service_is_too_old_for_is_not_supported() {
    user::ordinary(|| async {
        let bus = Bus::start();
        let _fake = Fake::start(&bus, |call| match member(call).as_str() {
            "GetDetails" | "History" | "HostHistory" => {
                Some(Message::error(&call.header(), UNKNOWN_METHOD).build(&("no such method")).unwrap())
            }
            _ => crowd(call),
        })
        .await;
        let mut watched = Watched::on(&bus);
        let client = watched.complete().await;
        let old =
            [client.details(id(1)).await.unwrap_err(), client.history(id(1)).await.unwrap_err(), client.host_history().await.unwrap_err()];
        for error in old {
            assert_eq!(error.kind(), Some(ErrorKind::NotSupported), "{error:?}");
        }
    });
}

#[test]
fn details_and_the_last_hour_are_read_as_they_are_sent() {
    user::ordinary(|| async {
        let bus = Bus::start();
        let _fake = Fake::start(&bus, |call| match member(call).as_str() {
            "GetDetails" => {
                let disks: Variant<'_> = vec![("vda", "disk", 20_u64, 10_u64)].into();
                reply(call, &HashMap::from([("tpm", Variant::from(true)), ("disks", disks), ("later", 7_u8.into())]))
            }
            "History" => {
                let point = (5_u64, 0.5, f64::NAN, 1_u64, 2_u64, 3_u64, 4_u64, 5_u64, 6_u64, -1.0, 0.25, 0_u32);
                reply(call, &(10_000_000_u64, vec![(path::machine(id(1)), vec![point])]))
            }
            "HostHistory" => reply(call, &(10_000_000_u64, vec![(5_u64, f64::NAN, 7_u64), (10_000_005, 2.0, 8)])),
            _ => crowd(call),
        })
        .await;
        let mut watched = Watched::on(&bus);
        let client = watched.complete().await;
        let details = client.details(id(1)).await.unwrap();
        assert!(details.has_tpm && details.guest_agent.is_none());
        assert_eq!(details.disks, [("vda".to_owned(), "disk".to_owned(), 20, 10)]);
        let series = client.history(id(1)).await.unwrap();
        assert!((series.interval - 10.0).abs() < 0.001);
        let point = Point {
            cpu: 0.5,
            memory_used: 1,
            memory: 2,
            disk_read: 3.0,
            disk_write: 4.0,
            net_received: 5.0,
            net_sent: 6.0,
            write_latency: 0.25,
            ..Point::default()
        };
        assert_eq!(series.points, [(5, point)]);
        let host = client.host_history().await.unwrap();
        assert_eq!(host.points, [(5, Point::of_host(0.0, 7)), (10_000_005, Point::of_host(1.0, 8))]);
    });
}

#[test]
fn a_huge_list_is_cut() {
    user::ordinary(|| async {
        let bus = Bus::start();
        let _fake = Fake::start(&bus, |call| match member(call).as_str() {
            "GetAll" => root(call),
            "ListMachines" => reply(call, &(0..100_000).map(summary).collect::<Vec<_>>()),
            _ => None,
        })
        .await;
        let mut watched = Watched::on(&bus);
        let all = watched.until(|event| if let Event::Machines(all) = event { Some(all) } else { None }).await;
        assert_eq!(all.len(), 20_000);
    });
}

/// Answers like a service with a crowd of machines.
fn crowd(call: &Message) -> Option<Message> {
    match member(call).as_str() {
        "GetAll" => root(call),
        "ListMachines" => reply(call, &(0..CROWD).map(summary).collect::<Vec<_>>()),
        "GetManagedObjects" => {
            let properties = |number| HashMap::from([("Name".to_owned(), format!("m{number}").into()), ("State".to_owned(), 1_u32.into())]);
            reply(call, &(0..CROWD).map(|number| object(number, properties(number))).collect::<Objects>())
        }
        _ => None,
    }
}

#[test]
fn a_storm_over_a_thousand_machines_is_told_as_a_few_changes_each() {
    user::ordinary(|| async {
        let bus = Bus::start();
        let fake = Fake::start(&bus, crowd).await;
        let mut watched = Watched::on(&bus);
        watched.complete().await;
        let storm = async {
            for round in 0..30_u64 {
                for number in 0..CROWD {
                    fake.change(path::machine(id(number)).as_str(), "Memory", round.into()).await;
                }
            }
            // The last word.
            fake.change(path::machine(id(0)).as_str(), "Name", "last".into()).await;
        };
        let heard = async {
            let mut events = 0_u32;
            while watched.machines[&id(0)].name != "last" {
                watched.next().await;
                events += 1;
            }
            events
        };
        let ((), events) = tokio::join!(storm, heard);
        assert!(events < 20_000, "{events} events for 30,000 signals");
        // All are told by the time that one more change is.
        fake.change(path::machine(id(CROWD - 1)).as_str(), "Name", "really".into()).await;
        watched.machine(|machine| machine.name == "really").await;
        assert!(watched.machines.values().all(|machine| machine.memory == 29), "the end is right");
    });
}

#[test]
fn a_listener_that_does_not_listen_gets_each_thing_once() {
    user::ordinary(|| async {
        let bus = Bus::start();
        let fake = Fake::start(&bus, crowd).await;
        let mut watched = Watched::on(&bus);
        watched.complete().await;
        for round in 0..100_u64 {
            for number in 0..CROWD / 10 {
                fake.change(path::machine(id(number)).as_str(), "Memory", round.into()).await;
            }
        }
        fake.change(path::machine(id(0)).as_str(), "Name", "last".into()).await;
        let mut events = 0;
        while watched.machines[&id(0)].name != "last" {
            watched.next().await;
            events += 1;
        }
        assert!(events < 5_000, "{events} events for 10,000 signals");
    });
}

#[test]
fn changes_while_the_list_is_under_way_are_not_lost() {
    user::ordinary(|| async {
        let bus = Bus::start();
        // The complete list never comes by itself: it is sent by hand, behind changes that it does not have.
        let fake = Fake::start(&bus, |call| if member(call) == "GetManagedObjects" { None } else { crowd(call) }).await;
        let mut calls = zbus::MessageStream::from(&fake.connection);
        let mut watched = Watched::on(&bus);
        watched.until(|event| matches!(event, Event::Machines(_)).then_some(())).await;
        let call = loop {
            let call = futures_util::StreamExt::next(&mut calls).await.unwrap().unwrap();
            if call.message_type() == zbus::message::Type::MethodCall && member(&call) == "GetManagedObjects" {
                break call;
            }
        };
        fake.change(path::machine(id(1)).as_str(), "State", 2_u32.into()).await;
        let gone = (path::machine(id(2)), vec![interface::MACHINE]);
        let none = None::<zbus::names::BusName<'_>>;
        let emit = fake.connection.emit_signal(none, path::ROOT, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved", &gone);
        emit.await.unwrap();
        // More than waits on a connection unread: the first ones are heard before the list.
        for number in 0..500_u64 {
            fake.change(path::machine(id(1)).as_str(), "Memory", number.into()).await;
        }
        fake.connection.send(&crowd(&call).unwrap()).await.unwrap();
        let is_complete = |event| matches!(event, Event::Machines(all) if all.iter().all(|machine| machine.is_detailed)).then_some(());
        watched.until(is_complete).await;
        while watched.machines[&id(1)].memory != 499 || watched.machines.contains_key(&id(2)) {
            watched.next().await;
        }
        assert_eq!(watched.machines[&id(1)].state, State::Paused);
    });
}

#[test]
fn a_stranger_on_the_bus_is_not_believed() {
    user::ordinary(|| async {
        let bus = Bus::start();
        let fake = Fake::start(&bus, crowd).await;
        let mut calls = zbus::MessageStream::from(&fake.connection);
        let mut watched = Watched::on(&bus);
        watched.complete().await;
        let client = loop {
            let call = futures_util::StreamExt::next(&mut calls).await.unwrap().unwrap();
            if call.message_type() == zbus::message::Type::MethodCall {
                break call.header().sender().unwrap().to_owned();
            }
        };
        let stranger = bus.connect().await;
        let machine = path::machine(id(1));
        let body = (interface::MACHINE, HashMap::from([("Name", Variant::from("mine"))]), Vec::<&str>::new());
        stranger.emit_signal(Some(&client), &machine, "org.freedesktop.DBus.Properties", "PropertiesChanged", &body).await.unwrap();
        let gone = (&machine, vec![interface::MACHINE]);
        stranger.emit_signal(Some(&client), path::ROOT, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved", &gone).await.unwrap();
        // The bus has delivered those before what the stranger asks it next, and that before what the service says then.
        zbus::fdo::DBusProxy::new(&stranger).await.unwrap().get_id().await.unwrap();
        fake.change(machine.as_str(), "Memory", 7_u64.into()).await;
        let told = watched.machine(|machine| machine.memory == 7).await;
        assert_eq!(told.name, "m1");
    });
}
