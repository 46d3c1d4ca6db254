//! What a watcher is told.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures_util::{Stream, stream};
use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, unbounded_channel},
        watch::Receiver,
    },
    time::{Interval, MissedTickBehavior},
};

use super::{Demo, Preset, host_parts, roster, world::World};
use crate::{Client, Event, Machine, Problem, Wanted};

/// Milliseconds between two measurements at least, as with the service.
const SHORTEST: u32 = 100;
/// Seconds until the next attempt, as told with a host that is lost.
const PATIENCE: u64 = 10;

pub(super) fn watch(demo: Demo, wanted: Receiver<Wanted>) -> impl Stream<Item = Event> + Send + use<> {
    let (sender, told) = unbounded_channel();
    let first = {
        let mut world = demo.world();
        world.listen(sender);
        world.tell_memory();
        beginning(&demo, &world)
    };
    let feed = Feed { demo, told, wanted: Some(wanted), ready: first, timer: None, last: None };
    stream::unfold(feed, Feed::next)
}

fn beginning(demo: &Demo, world: &World) -> VecDeque<Event> {
    if demo.preset() == Preset::ServiceMissing {
        return attempt();
    }
    let connected = Event::Connected(Client::from(demo.clone()), roster::service());
    let libvirt = (demo.preset() == Preset::NoLibvirt).then(|| "not-installed".to_owned());
    let host = Event::Host(Box::new(demo.host()));
    let machines = world.machines();
    let short = machines.iter().map(short_record).collect();
    let mut events = VecDeque::from([Event::Connecting, connected, Event::Libvirt(libvirt), host]);
    events.extend([Event::Machines(Arc::new(short)), Event::Machines(Arc::new(machines))]);
    // Without libvirt the service has no list, and all of this comes with it.
    if demo.preset() != Preset::NoLibvirt {
        events.extend([
            Event::Topology(Some(Arc::new(host_parts::topology(|node| world.memory.free(node))))),
            Event::HugePages(Some(Arc::new(world.huge_pages()))),
            Event::AtBoot(Some(Arc::new(world.at_boot.clone()))),
            Event::Devices(Arc::new(world.devices())),
            Event::OtherDevices(Arc::new(world.others())),
        ]);
    }
    events.extend(world.jobs().into_iter().map(Event::Job));
    events
}

/// An attempt to connect that fails.
fn attempt() -> VecDeque<Event> {
    VecDeque::from([Event::Connecting, Event::Lost(Problem::NotInstalled, PATIENCE)])
}

/// What the list alone tells.
fn short_record(machine: &Machine) -> Machine {
    Machine {
        description: String::new(),
        unapplied_changes: Vec::new(),
        os_name: String::new(),
        tags: Vec::new(),
        addresses: Vec::new(),
        last_stop_reason: dbus::machine::StateReason::Unknown,
        last_stop_time: 0,
        last_start_time: 0,
        agent: dbus::machine::GuestAgent::Unknown,
        warnings: Vec::new(),
        host_devices: None,
        hand_over: None,
        usb_rules: None,
        looking_glass: None,
        is_detailed: false,
        ..machine.clone()
    }
}

struct Feed {
    demo: Demo,
    told: UnboundedReceiver<Event>,
    /// `None` when nobody will want anything else any more.
    wanted: Option<Receiver<Wanted>>,
    ready: VecDeque<Event>,
    timer: Option<Interval>,
    last: Option<Wanted>,
}

impl Feed {
    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some((event, self));
            }
            self.adjust();
            if !self.ready.is_empty() {
                continue;
            }
            tokio::select! {
                biased;
                event = self.told.recv() => return event.map(|event| (event, self)),
                () = changed(&mut self.wanted) => {}
                seconds = tick(&mut self.timer) => {
                    let sampled = self.demo.world().step(seconds);
                    return Some((Event::Sampled(Arc::new(sampled)), self));
                }
            }
        }
    }

    /// Follows what is wanted.
    fn adjust(&mut self) {
        let Some(receiver) = &mut self.wanted else { return };
        let wanted = receiver.borrow_and_update().clone();
        let last = self.last.replace(wanted.clone()).unwrap_or_default();
        match self.demo.preset() {
            Preset::ServiceMissing if wanted.attempt > last.attempt => self.ready = attempt(),
            Preset::ServiceMissing | Preset::NoLibvirt => {}
            _ if wanted.interval == last.interval => {}
            Preset::Frozen if wanted.interval > 0 => {
                let past = self.demo.world().past(wanted.interval.max(SHORTEST));
                self.ready.extend(past.into_iter().map(|sampled| Event::Sampled(Arc::new(sampled))));
            }
            _ => self.timer = timer(wanted.interval),
        }
    }
}

fn timer(interval: u32) -> Option<Interval> {
    (interval > 0).then(|| {
        let mut timer = tokio::time::interval(Duration::from_millis(interval.max(SHORTEST).into()));
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        timer
    })
}

/// Seconds since the last one; never without a timer.
async fn tick(timer: &mut Option<Interval>) -> f64 {
    match timer {
        Some(timer) => {
            timer.tick().await;
            timer.period().as_secs_f64()
        }
        None => std::future::pending().await,
    }
}

async fn changed(wanted: &mut Option<Receiver<Wanted>>) {
    match wanted {
        Some(receiver) => {
            if receiver.changed().await.is_err() {
                *wanted = None;
            }
        }
        None => std::future::pending().await,
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a part of a whole")]
pub(super) const fn short(part: f64) -> f32 {
    part as f32
}
