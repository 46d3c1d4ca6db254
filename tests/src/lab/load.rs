//! A steady load, with a stopwatch on every call.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use dbus::{BUS_NAME, interface, path};
use futures_util::StreamExt;
use tokio::{task::JoinSet, time::MissedTickBehavior};
use zbus::{MatchRule, MessageStream, ObjectPath, Variant, message::Type};

use crate::{client::Client, value};

/// Between two samples of the subscriber.
const INTERVAL: u32 = 250;
/// Between two calls that change a machine.
const STEP: Duration = Duration::from_millis(500);
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// What a machine goes through, again and again, and how many times longer than a reading each may take: some wait for QEMU,
/// some for a process to start or end.
const LIFE: [(&str, u128); 6] = [("Start", 50), ("Screenshot", 5), ("Pause", 5), ("Resume", 5), ("GetLog", 1), ("ForceOff", 50)];

/// Durations in ms by kind of call, and what was refused.
#[derive(Default)]
struct Record {
    durations: BTreeMap<&'static str, Vec<u128>>,
    errors: Vec<String>,
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Record>>);

impl Log {
    fn record(&self) -> std::sync::MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, kind: &'static str, began: Instant, problem: Option<String>) {
        let mut record = self.record();
        record.durations.entry(kind).or_default().push(began.elapsed().as_millis());
        record.errors.extend(problem.map(|problem| format!("{kind}: {problem}")));
    }
}

/// Calls of everybody's: what is asked of the service while it is used.
#[derive(Clone, Copy)]
enum Question {
    List,
    Machine,
    State,
    Host,
    Refused,
    Subscribe,
}

impl Question {
    const ALL: [Self; 6] = [Self::List, Self::Machine, Self::State, Self::Host, Self::Refused, Self::Subscribe];

    const fn kind(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Machine => "machine",
            Self::State => "state",
            Self::Host => "host",
            Self::Refused => "refused",
            Self::Subscribe => "subscribe",
        }
    }

    async fn ask(self, client: &Client, machine: &str) -> anyhow::Result<Option<String>> {
        let text = |text: &'static str| Variant::from(text);
        let none = || value::options([]);
        let (path, interface, member, arguments) = match self {
            Self::List => (path::ROOT, interface::MANAGER, "ListMachines", vec![none()?]),
            Self::Machine => (machine, PROPERTIES, "GetAll", vec![text(interface::MACHINE)]),
            Self::State => (machine, PROPERTIES, "Get", vec![text(interface::MACHINE), text("State")]),
            Self::Host => (path::HOST, PROPERTIES, "GetAll", vec![text(interface::HOST)]),
            Self::Refused => (machine, interface::MACHINE, "Rename", vec![text("a/b"), none()?]),
            Self::Subscribe => {
                let all = Variant::from(Vec::<ObjectPath<'static>>::new());
                (path::ROOT, interface::STATS, "Subscribe", vec![1000_u32.into(), all, none()?])
            }
        };
        let outcome = client.request(path, interface, member, arguments).await?;
        Ok(match (outcome, matches!(self, Self::Refused)) {
            (Ok(_), false) => None,
            (Err(refusal), true) if refusal.kind() == "InvalidArgument" => None,
            (Ok(_), true) => Some("was not refused".to_owned()),
            (Err(refusal), _) => Some(format!("{} {}", refusal.kind(), refusal.text)),
        })
    }
}

/// Calls the service `rate` times a second, for `seconds`: `machines` live and die meanwhile, everybody reads, and one
/// subscribes to figures. Prints a line for each kind of call. Fails if a call was refused, if one in a hundred of a kind
/// took more than `limit` ms (for changes more, see [`LIFE`]), or if samples stayed away.
pub async fn run(seconds: u64, rate: u32, limit: u128, machines: &[&str]) -> anyhow::Result<bool> {
    let (log, end) = (Log::default(), Instant::now() + Duration::from_secs(seconds));
    let asker = Arc::new(Client::connect(true).await?);
    let mut work = JoinSet::new();
    let mut paths = Vec::new();
    for name in machines {
        let (path, _) = asker.find(name).await?;
        paths.push(path.clone());
        work.spawn(live(Client::connect(true).await?, path, log.clone(), end));
    }
    let samples = tokio::spawn(subscribe(Client::connect(true).await?, seconds));
    // What the machines' lives do not take up.
    let changes = u32::try_from(machines.len())? * 2;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate.saturating_sub(changes).max(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut turn = 0;
    while Instant::now() < end {
        ticks.tick().await;
        turn += 1;
        let question = Question::ALL[turn % Question::ALL.len()];
        let machine = paths.get(turn % paths.len().max(1)).context("load needs machines")?.clone();
        let (client, log) = (Arc::clone(&asker), log.clone());
        work.spawn(async move {
            let began = Instant::now();
            log.note(question.kind(), began, question.ask(&client, &machine).await?);
            anyhow::Ok(())
        });
        while let Some(done) = work.try_join_next() {
            done??;
        }
    }
    while let Some(done) = work.join_next().await {
        done??;
    }
    let is_sampled = sampled(samples.await??, seconds);
    Ok(report(&log.record(), limit) && is_sampled)
}

/// A machine's life, until the time is over and it is off again.
async fn live(client: Client, path: String, log: Log, end: Instant) -> anyhow::Result<()> {
    let mut ticks = tokio::time::interval(STEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < end {
        for (member, _) in LIFE {
            ticks.tick().await;
            let began = Instant::now();
            let outcome = client.request(&path, interface::MACHINE, member, vec![value::options([])?]).await?;
            log.note(member, began, outcome.err().map(|refusal| format!("{} {}", refusal.kind(), refusal.text)));
        }
    }
    Ok(())
}

/// How many samples came, and the longest time between two in ms.
async fn subscribe(client: Client, seconds: u64) -> anyhow::Result<(u64, u128)> {
    let rule = MatchRule::builder().msg_type(Type::Signal).sender(BUS_NAME).member("Sampled").build()?;
    let mut signals = MessageStream::for_match_rule(rule, client.connection(), None).await?;
    let all = Variant::from(Vec::<ObjectPath<'static>>::new());
    let arguments = vec![INTERVAL.into(), all, value::options([])?];
    let outcome = client.request(path::ROOT, interface::STATS, "Subscribe", arguments).await?;
    outcome.map_err(|refusal| anyhow::anyhow!("Subscribe: {} {}", refusal.name, refusal.text))?;
    let (mut count, mut longest, mut last) = (0, 0, Instant::now());
    let follow = async {
        while signals.next().await.is_some() {
            count += 1;
            longest = longest.max(last.elapsed().as_millis());
            last = Instant::now();
        }
    };
    // It is the time that ends this, not the stream.
    let _ = tokio::time::timeout(Duration::from_secs(seconds), follow).await;
    Ok((count, longest.max(last.elapsed().as_millis())))
}

fn report(record: &Record, limit: u128) -> bool {
    let mut is_good = record.errors.is_empty();
    for (kind, durations) in &record.durations {
        let mut sorted = durations.clone();
        sorted.sort_unstable();
        let at = |percent: usize| sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)];
        let times = LIFE.iter().find(|(member, _)| member == kind).map_or(1, |(_, times)| *times);
        let is_late = at(99) > limit * times;
        is_good &= !is_late;
        let mark = if is_late { " LATE" } else { "" };
        println!("{kind}: {} calls, median {} ms, p99 {} ms, longest {} ms{mark}", sorted.len(), at(50), at(99), at(100));
    }
    println!("{} refused", record.errors.len());
    record.errors.iter().take(5).for_each(|error| println!("  {error}"));
    is_good
}

/// Three of four came, and none was away for longer than libvirt may take to end a process: its lists wait for that.
fn sampled((count, longest): (u64, u128), seconds: u64) -> bool {
    println!("samples: {count}, longest pause {longest} ms");
    count >= seconds * 1000 / u64::from(INTERVAL) * 3 / 4 && longest <= 15_000
}
