//! Storms of events and of malformed calls.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::{collections::HashMap, os::fd::AsFd, time::Instant};

use dbus::{Options, interface, machine::State, path};
use futures_util::{StreamExt, stream};
use kvm_manager_tests::{
    TestService,
    client::{Signals, changed, settled},
    user, within,
};
use zbus::{Connection, Fd, Message, Variant, message::Flags};

/// How much the service may grow, in bytes.
const GROWTH: u64 = 16 << 20;

#[test]
fn ten_thousand_changes_become_twenty_signals_a_second_and_the_right_end() {
    user::ordinary(|| async {
        let service = TestService::start().await;
        let (test, path) = (service.named("test").await, service.path("test").await);
        let mut changes = Signals::changes(&service.connection).await;
        let memory = service.memory();
        let started = Instant::now();
        for _ in 0..5_000 {
            test.pause(&Options::default()).await.unwrap();
            test.resume(&Options::default()).await.unwrap();
        }
        test.pause(&Options::default()).await.unwrap();
        let seconds = started.elapsed().as_secs_f64();
        settled(&service.connection).await;
        let signals = changes.waiting();
        let of_machine = signals.iter().map(changed).filter(|change| change.path == path.as_str()).count();
        let most = seconds.mul_add(20.0, 5.0);
        #[allow(clippy::cast_precision_loss, reason = "a count of signals")]
        let count = of_machine as f64;
        assert!(count <= most, "{count} signals in {seconds:.1} s");
        assert!(count >= 1.0, "something is told meanwhile");
        // The last word is right, whether it has been said already or still comes.
        let last = signals.iter().rev().map(changed).find_map(|change| change.values.get("State").map(|state| state.try_clone().unwrap()));
        if last != Some(Variant::from(u32::from(State::Paused)).try_into().unwrap()) {
            changes.until(path.as_str(), "State", u32::from(State::Paused)).await;
        }
        assert_eq!(State::from(test.state().await.unwrap()), State::Paused);
        assert!(service.memory() <= memory + 2 * GROWTH, "grew from {memory} to {}", service.memory());
    });
}

/// One malformed call of each kind.
fn malformed(machine: &str, file: &std::fs::File) -> Vec<Message> {
    let call = |path: &str, interface: &str, member: &str| {
        let builder = Message::method_call(path.to_owned(), member.to_owned()).destination(dbus::BUS_NAME.to_owned());
        builder.interface(interface.to_owned()).with_flags(Flags::NO_REPLY_EXPECTED)
    };
    let start = |body: &Variant<'_>| call(machine, interface::MACHINE, "Start").build(&(body)).unwrap();
    let none = HashMap::<String, Variant<'_>>::new();
    let nested = (0..20).fold(Variant::from(1_u8), |inner, _| Variant::Variant(Box::new(inner)));
    let many: HashMap<String, Variant<'_>> = (0..2000).map(|number| (format!("k{number}"), Variant::from(number))).collect();
    let fds: Vec<Fd<'_>> = (0..16).map(|_| Fd::from(file.as_fd())).collect();
    let long = vec![7_u8; 200_000];
    let paths = vec![zbus::ObjectPath::try_from("/x").unwrap(); 5000];
    vec![
        start(&Variant::from(1_u8)),
        start(&nested),
        start(&Variant::from(long.clone())),
        call(machine, interface::MACHINE, "Start").build(&()).unwrap(),
        call(machine, interface::MACHINE, "Start").build(&(&none, &none, 1_u32)).unwrap(),
        call(machine, interface::MACHINE, "Start").build(&many).unwrap(),
        call(machine, interface::MACHINE, "NoSuchMember").build(&none).unwrap(),
        call(machine, "no.such.Interface", "Start").build(&none).unwrap(),
        call("/no/such/object", interface::MACHINE, "Start").build(&none).unwrap(),
        call("/org/kvmmanager/Manager1/machines/x", interface::MACHINE, "Delete").build(&none).unwrap(),
        call("/org/kvmmanager/Manager1/jobs/0", interface::JOB, "Cancel").build(&none).unwrap(),
        call(machine, interface::MACHINE, "CoreDump").build(&(1_u32, &none)).unwrap(),
        call(machine, interface::MACHINE, "CoreDump").build(&(&fds, &none)).unwrap(),
        call(machine, interface::MACHINE, "SetMetadata").build(&(&many, &none)).unwrap(),
        call(path::ROOT, interface::MANAGER, "Batch").build(&("start", &paths, &none)).unwrap(),
        call(path::ROOT, interface::MANAGER, "Batch").build(&(&long, &paths, &none)).unwrap(),
        call(path::ROOT, interface::STATS, "Subscribe").build(&(0_u32, &paths, &none)).unwrap(),
        call(path::ROOT, "org.freedesktop.DBus.Properties", "Get").build(&("a", "b", "c")).unwrap(),
        call(path::ROOT, "org.freedesktop.DBus.Properties", "Get").build(&("no.such.Interface", "b")).unwrap(),
        call(path::ROOT, "org.freedesktop.DBus.Properties", "Set").build(&(interface::MANAGER, "Version", Variant::from(1_u8))).unwrap(),
    ]
}

async fn attack(connection: &Connection, messages: &[Message], calls: usize) {
    for round in 0..calls / messages.len() {
        within("the bus to take messages", connection.send_all(messages)).await.unwrap();
        if round % 5 == 0 {
            settled(connection).await;
        }
    }
    settled(connection).await;
}

#[test]
fn ten_thousand_malformed_calls_neither_end_nor_feed_nor_delay_the_service() {
    user::ordinary(|| async {
        let mut service = TestService::start().await;
        let machine = service.path("test").await;
        let file = tempfile::tempfile().unwrap();
        let messages = malformed(machine.as_str(), &file);
        let attacker = service.bus.connect().await;
        // The allocator's own appetite shows in the first thousands.
        attack(&attacker, &messages, 3_000).await;
        let (memory, descriptors, log) = (service.memory(), service.process().descriptors(), service.log().len());
        let good = stream::unfold((), |()| async { Some((service.list().await.len(), ())) });
        let mut good = Box::pin(good);
        let mut attack = Box::pin(attack(&attacker, &messages, 10_000));
        let mut answered = 0;
        loop {
            tokio::select! {
                () = &mut attack => break,
                Some(machines) = good.next() => {
                    assert_eq!(machines, 1);
                    answered += 1;
                }
            }
        }
        drop((attack, good));
        assert!(answered > 10, "a good client is served meanwhile");
        assert_eq!(State::from(service.named("test").await.state().await.unwrap()), State::Running);
        assert!(service.memory() <= memory + GROWTH, "grew from {memory} to {}", service.memory());
        assert!(service.process().descriptors() <= descriptors + 2, "descriptors are closed");
        assert!(!service.process().has_ended());
        assert!(service.log().len() < log + 10_000, "not a line for every call:\n{}", &service.log()[log..]);
        assert!(!service.log().contains("panicked"));
    });
}

#[test]
fn a_thousand_lists_do_not_make_the_service_grow() {
    user::ordinary(|| async {
        let service = TestService::with_machines(300).await;
        for _ in 0..300 {
            service.list().await;
        }
        let memory = service.memory();
        for _ in 0..1000 {
            service.list().await;
        }
        assert!(service.memory() <= memory + (4 << 20), "grew from {memory} to {}", service.memory());
    });
}
