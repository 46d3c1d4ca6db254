//! Rules: what is plugged in goes to its machine by itself, and again after a replug, a start of the machine, or of the service.
//!
//! The kernel's word or a machine's start is what begins it; nothing is asked in between. What cannot be given is told, and tried
//! again when something has changed: a device that libvirt refuses, a few times only.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{How, Rights, attach, has_live, run::forget_gone};
use crate::{
    context::Context,
    error::{Error, Result},
    host::usb::{self, Device, Devices, Named},
    inventory::Machine,
    policy::{Grant, Target, action::HostDevice},
    store::usb::{Kept, On, Rule},
    workflow::{attach::Scope, passthrough::blocking},
};

/// Rules of one machine.
pub const MOST_OF_A_MACHINE: usize = 16;
/// Rules in all.
const MOST_RULES: usize = 256;
/// How often libvirt is asked for a device, and when again.
const TRIES: u32 = 3;
const AGAIN: Duration = Duration::from_secs(2);

/// How it stands with a rule. The later, the more there is to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing is plugged in that it is about, or the machine does not run.
    #[default]
    Waiting,
    /// Another rule says more about the device.
    Outranked,
    /// Somebody took the device from the machine, until it is plugged in again or the machine starts again.
    Released,
    /// The machine has it.
    Attached,
    /// The machine could not get it.
    Failed,
}

impl State {
    /// The word of the bus.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Outranked => "outranked",
            Self::Released => "released",
            Self::Attached => "attached",
            Self::Failed => "failed",
        }
    }
}

/// What came of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How it stands.
    pub state: State,
    /// The ports of the devices that it is about.
    pub ports: BTreeSet<String>,
    /// Why one could not be given: words of refusals, or the name of an error.
    pub reasons: BTreeSet<String>,
}

/// A device in a run of a machine.
type Attempt = (Uuid, u64, Named);

#[derive(Clone, Debug, Default)]
struct Tried {
    is_done: bool,
    failures: u32,
    not_before: Option<Instant>,
    reasons: BTreeSet<String>,
}

impl Tried {
    /// Whether libvirt may be asked now.
    fn is_due(&self, now: Instant) -> bool {
        !self.is_done && self.failures < TRIES && self.not_before.is_none_or(|time| time <= now)
    }

    /// Whether it may be asked later, although nothing changes.
    fn is_open(&self) -> bool {
        !self.is_done && (1..TRIES).contains(&self.failures)
    }

    fn failed(&self, error: &Error, now: Instant) -> Self {
        let name = error.bus_name().rsplit('.').next().unwrap_or_default().to_owned();
        Self { failures: self.failures + 1, not_before: Some(now + AGAIN), reasons: BTreeSet::from([name]), is_done: false }
    }
}

/// The rules and what came of them.
#[derive(Debug)]
pub struct Rules {
    kept: Kept,
    /// One change of the file at a time.
    turn: tokio::sync::Mutex<()>,
    rules: Mutex<Vec<Rule>>,
    outcomes: Mutex<BTreeMap<String, Outcome>>,
    tried: Mutex<BTreeMap<Attempt, Tried>>,
    changed: Notify,
    told: Notify,
}

impl Rules {
    /// Those that are kept.
    #[must_use]
    pub fn new(kept: Kept) -> Self {
        let rules = kept.get().unwrap_or_else(|error| {
            tracing::error!(%error, "The rules for USB devices cannot be read and are not applied");
            if let Err(error) = kept.set_aside() {
                tracing::error!(%error, "They cannot be set aside either");
            }
            Vec::new()
        });
        Self {
            kept,
            turn: tokio::sync::Mutex::default(),
            rules: Mutex::new(rules),
            outcomes: Mutex::default(),
            tried: Mutex::default(),
            changed: Notify::new(),
            told: Notify::new(),
        }
    }

    /// Tells that a device may have come or gone, or a machine started or stopped.
    pub fn look(&self) {
        self.changed.notify_one();
    }

    /// Waits until what [`Self::of`] says may be another.
    pub async fn told(&self) {
        self.told.notified().await;
    }

    /// The machines that have rules.
    #[must_use]
    pub fn machines(&self) -> BTreeSet<Uuid> {
        lock(&self.rules).iter().map(|rule| rule.machine).collect()
    }

    /// The rules of a machine, and how it stands with each.
    #[must_use]
    pub fn of(&self, machine: Uuid) -> Vec<(On, String, Outcome)> {
        let (rules, outcomes) = (lock(&self.rules), lock(&self.outcomes));
        let theirs = rules.iter().filter(|rule| rule.machine == machine);
        theirs.map(|rule| (rule.on.clone(), rule.id.clone(), outcomes.get(&rule.id).cloned().unwrap_or_default())).collect()
    }

    fn all(&self) -> Vec<Rule> {
        lock(&self.rules).clone()
    }

    async fn put(&self, rules: Vec<Rule>) -> Result<()> {
        let (kept, written) = (self.kept.clone(), rules.clone());
        blocking(move || kept.put(&written)).await?.map_err(Error::io("Writing the rules for USB devices"))?;
        *lock(&self.rules) = rules;
        self.told.notify_one();
        self.look();
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a rule for the grant's machine. Returns its id; that of the same rule if there is one.
///
/// # Errors
/// `RuleTaken` if another machine has a rule for the same; `LimitExceeded`; `NoMachine`.
pub async fn add(context: &Context, grant: &Grant<HostDevice>, on: On) -> Result<String> {
    let machine = context.machine(grant.machine()?)?.uuid;
    let state = &context.usb.rules;
    let _turn = state.turn.lock().await;
    let mut rules = state.all();
    if let Some(same) = rules.iter().find(|rule| rule.on == on) {
        if same.machine == machine {
            return Ok(same.id.clone());
        }
        if context.inventory.machine(same.machine).is_some() {
            return Err(Error::RuleTaken { machine: same.machine });
        }
        // Its machine is gone, and with it whoever could take the rule away.
        rules.retain(|rule| rule.on != on);
    }
    for (what, limit, count) in [
        ("rules of a machine", MOST_OF_A_MACHINE, rules.iter().filter(|rule| rule.machine == machine).count()),
        ("rules for USB devices", MOST_RULES, rules.len()),
    ] {
        if count >= limit {
            return Err(Error::LimitExceeded { what, limit: limit as u64 });
        }
    }
    let id = Uuid::new_v4().simple().to_string();
    tracing::info!(%machine, rule = id, ?on, uid = grant.caller().uid, "A rule for USB devices");
    rules.push(Rule { id: id.clone(), machine, on });
    state.put(rules).await?;
    Ok(id)
}

/// Forgets a rule of the grant's machine. What the machine has stays with it.
///
/// # Errors
/// `NotFound` for a rule that is not that machine's.
pub async fn remove(context: &Context, grant: &Grant<HostDevice>, id: &str) -> Result<()> {
    let machine = grant.machine()?;
    let state = &context.usb.rules;
    let _turn = state.turn.lock().await;
    let mut rules = state.all();
    let before = rules.len();
    rules.retain(|rule| rule.machine != machine || rule.id != id);
    if rules.len() == before {
        return Err(Error::NotFound { what: "rule" });
    }
    tracing::info!(%machine, rule = id, uid = grant.caller().uid, "A rule for USB devices is no more");
    state.put(rules).await
}

/// Follows devices and machines, for ever. Sleeps while nothing happens.
pub async fn watch(context: Arc<Context>) {
    let state = &context.usb.rules;
    let mut is_open = true;
    loop {
        tokio::select! {
            () = state.changed.notified() => {}
            () = tokio::time::sleep(AGAIN), if is_open => {}
        }
        is_open = settle(&context).await;
    }
}

/// Whether a rule is about a device.
fn is_about(on: &On, port: &str, device: &Device) -> bool {
    match on {
        On::Serial(serial) => *serial == device.serial,
        On::Port(at) => at == port,
        On::Ids(vendor, product) => (*vendor, *product) == (device.vendor, device.product),
    }
}

/// The rules about a device, the one that holds first: a serial number says more than a port, and that more than a kind. Never two of
/// the same, so that a device has one owner, whether that runs or not.
fn about<'r>(rules: &'r [Rule], port: &str, device: &Device) -> Vec<&'r Rule> {
    let mut all: Vec<&Rule> = rules.iter().filter(|rule| is_about(&rule.on, port, device)).collect();
    // In the order in which they are declared.
    all.sort_by(|one, other| one.on.cmp(&other.on));
    all
}

/// Gives what is to be given. Says whether something is to be tried again later.
async fn settle(context: &Arc<Context>) -> bool {
    let state = &context.usb.rules;
    let rules = state.all();
    if rules.is_empty() {
        lock(&state.tried).clear();
        state.tell(BTreeMap::new());
        return false;
    }
    let root = context.root.clone();
    let Ok(known) = blocking(move || usb::read(&root)).await else {
        tracing::error!("USB devices could not be read");
        return false;
    };
    forget(context, &known);
    let given = known.iter().filter_map(|(port, device)| {
        let rule = *about(&rules, port, device).first()?;
        let machine = context.inventory.machine(rule.machine).filter(|machine| machine.is_active())?;
        Some(give(context, machine, Named::new(port, device), &known))
    });
    join_all(given).await;
    state.tell(outcomes(context, &rules, &known));
    lock(&state.tried).values().any(Tried::is_open)
}

fn attempt(machine: &Machine, device: &Named) -> Attempt {
    // Another stop is another run.
    (machine.uuid, machine.last_stop_time, device.clone())
}

/// Forgets what was tried with devices that are gone and in runs that have ended.
fn forget(context: &Context, known: &Devices) {
    lock(&context.usb.rules.tried).retain(|(uuid, run, named), _| {
        let is_there = known.get(&named.port).is_some_and(|device| Named::new(&named.port, device) == *named);
        let machine = context.inventory.machine(*uuid);
        is_there && machine.is_some_and(|machine| machine.is_active() && machine.last_stop_time == *run)
    });
}

/// Gives a device to its machine, unless that was done in this run, or failed often enough.
async fn give(context: &Arc<Context>, machine: Arc<Machine>, device: Named, known: &Devices) {
    let state = &context.usb.rules;
    let key = attempt(&machine, &device);
    let before = lock(&state.tried).get(&key).cloned().unwrap_or_default();
    if !before.is_due(Instant::now()) {
        return;
    }
    let result = plug(context, &machine, &device, known).await;
    let tried = match result {
        Ok(()) => Tried { is_done: true, ..Tried::default() },
        // The host needs it, or another machine has it: when that changes, it is looked at again.
        Err(Error::Refused { reasons }) => Tried { reasons: reasons.iter().map(|reason| reason.word.to_owned()).collect(), ..before },
        Err(error) => {
            let tried = before.failed(&error, Instant::now());
            let failures = tried.failures;
            tracing::warn!(machine = %machine.uuid, port = device.port, failures, cause = ?error, "A USB device did not get to its machine");
            tried
        }
    };
    lock(&state.tried).insert(key, tried);
}

async fn plug(context: &Arc<Context>, machine: &Machine, device: &Named, known: &Devices) -> Result<()> {
    let target = Target { usb: vec![device.clone()], ..Target::of_machine(machine.uuid, "usb-rule") };
    let grant: Grant<HostDevice> = context.policy.resume(target);
    if !has_live(machine, device) {
        let is_there = |place: (u32, u32)| known.values().any(|device| (device.bus, device.number) == place);
        forget_gone(context, &grant, is_there).await?;
    }
    let how = How { scope: Scope { live: Some(true), configured: Some(false) }, ..How::default() };
    attach(context, Rights { manage: None, devices: &grant, owners: &[] }, false, how).await
}

fn outcomes(context: &Context, rules: &[Rule], known: &Devices) -> BTreeMap<String, Outcome> {
    let mut all: BTreeMap<String, Outcome> = BTreeMap::new();
    for (port, device) in known {
        for (rank, rule) in about(rules, port, device).into_iter().enumerate() {
            let (state, reasons) =
                if rank == 0 { stands(context, rule, &Named::new(port, device)) } else { (State::Outranked, BTreeSet::new()) };
            let outcome = all.entry(rule.id.clone()).or_default();
            outcome.state = outcome.state.max(state);
            outcome.ports.insert(port.clone());
            outcome.reasons.extend(reasons);
        }
    }
    all
}

fn stands(context: &Context, rule: &Rule, device: &Named) -> (State, BTreeSet<String>) {
    let Some(machine) = context.inventory.machine(rule.machine).filter(|machine| machine.is_active()) else {
        return (State::Waiting, BTreeSet::new());
    };
    if has_live(&machine, device) {
        return (State::Attached, BTreeSet::new());
    }
    match lock(&context.usb.rules.tried).get(&attempt(&machine, device)) {
        Some(tried) if tried.is_done => (State::Released, BTreeSet::new()),
        Some(tried) => (State::Failed, tried.reasons.clone()),
        None => (State::Waiting, BTreeSet::new()),
    }
}

impl Rules {
    /// Shows what came of the rules, and writes to the journal what is new and bad.
    fn tell(&self, outcomes: BTreeMap<String, Outcome>) {
        let mut place = lock(&self.outcomes);
        if *place == outcomes {
            return;
        }
        for (id, outcome) in outcomes.iter().filter(|(id, outcome)| outcome.state == State::Failed && place.get(*id) != Some(outcome)) {
            tracing::warn!(rule = id, ports = ?outcome.ports, reasons = ?outcome.reasons, "A rule for USB devices cannot be kept");
        }
        *place = outcomes;
        drop(place);
        self.told.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(id: &str, on: On) -> Rule {
        Rule { id: id.into(), machine: Uuid::nil(), on }
    }

    #[test]
    fn a_serial_number_says_more_than_a_port_and_that_more_than_a_kind() {
        let device = Device { vendor: 1, product: 2, serial: "E0".into(), ..Device::default() };
        let mut rules = vec![rule("kind", On::Ids(1, 2)), rule("port", On::Port("1-1".into())), rule("serial", On::Serial("E0".into()))];
        let order = |rules: &[Rule], port: &str| about(rules, port, &device).into_iter().map(|rule| rule.id.clone()).collect::<Vec<_>>();
        assert_eq!(order(&rules, "1-1"), ["serial", "port", "kind"]);
        assert_eq!(order(&rules, "1-2"), ["serial", "kind"]);
        rules.pop();
        assert_eq!(order(&rules, "1-1"), ["port", "kind"]);
        rules.remove(1);
        assert_eq!(order(&rules, "1-1"), ["kind"]);
        let other = Device { product: 3, ..device.clone() };
        assert!(about(&rules, "1-1", &other).is_empty());
    }

    #[test]
    fn what_libvirt_refuses_is_asked_for_three_times_with_a_pause_and_not_for_ever() {
        let now = Instant::now();
        let mut tried = Tried::default();
        for failures in 1..=TRIES {
            assert!(tried.is_due(now + AGAIN * failures));
            tried = tried.failed(&Error::Stalled, now + AGAIN * failures);
            assert!(!tried.is_due(now + AGAIN * failures), "not at once");
        }
        assert!(!tried.is_due(now + AGAIN * 1000) && !tried.is_open());
        assert_eq!(tried.reasons, BTreeSet::from(["Stalled".to_owned()]));
        assert!(!Tried { is_done: true, ..Tried::default() }.is_due(now));
    }

    #[test]
    fn a_device_without_a_serial_number_is_nobodys_by_one() {
        assert!(!is_about(&On::Serial("x".into()), "1-1", &Device::default()));
    }
}
