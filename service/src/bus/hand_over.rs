//! `org.kvmmanager.Manager1.HandOver`.

use std::{collections::HashMap, sync::Arc};

use dbus::{Options, Reader, interface, path};
use uuid::Uuid;
use zbus::{Connection, OwnedObjectPath, Variant, interface, message::Header};

use super::{
    findings,
    host_device::object,
    passthrough::facts,
    properties::send_changed,
    requests,
    subject::{explain, target},
    value::Value,
};
use crate::{
    context::Context,
    error::{Error, Reply, Result},
    inventory::Entry,
    policy::{
        Target,
        action::{HostDevice, MachineOperate, ReadSensitive},
    },
    workflow::hand_over::{
        self, Shown, State, back,
        plan::{self, How, Plan},
        take,
    },
};

/// The longest trial, in seconds.
const LONGEST_TRIAL: u32 = 3600;

/// The host's screen, on the object of a machine that may get it.
#[derive(Debug)]
pub struct HandOver {
    context: Arc<Context>,
    entry: Arc<Entry>,
}

impl HandOver {
    pub const fn new(context: Arc<Context>, entry: Arc<Entry>) -> Self {
        Self { context, entry }
    }
}

#[interface(name = "org.kvmmanager.Manager1.HandOver", introspection_docs = false)]
impl HandOver {
    async fn plan(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<HashMap<&'static str, Variant<'static>>, Reply> {
        let how = requests::read(options, how)?;
        let call = self.context.policy.call(&header).await?;
        let target = self.target("plan-hand-over").await?;
        let devices = target.devices.clone();
        self.context.policy.authorize::<ReadSensitive>(&call, target).await?;
        let plan = plan::plan(&self.context, &self.entry.machine(), devices, how).await;
        Ok(shown(&explain(&self.entry, "hand-over", plan)?))
    }

    async fn begin(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<OwnedObjectPath, Reply> {
        let how = requests::read(options, how)?;
        let call = self.context.policy.call(&header).await?;
        let target = self.target("hand-over").await?;
        let operate = self.context.policy.authorize::<MachineOperate>(&call, target.clone()).await?;
        let devices = self.context.policy.authorize::<HostDevice>(&call, target).await?;
        let job = explain(&self.entry, "hand-over", take::begin(&self.context, operate, devices, how).await)?;
        Ok(path::job(job))
    }

    async fn confirm(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        options.none()?;
        let call = self.context.policy.call(&header).await?;
        let target = self.target("confirm-hand-over").await?;
        let grant = self.context.policy.authorize::<MachineOperate>(&call, target).await?;
        explain(&self.entry, "confirm-hand-over", hand_over::confirm(&self.context, &grant).await)
    }

    async fn give_back(&self, options: Options, #[zbus(header)] header: Header<'_>) -> Result<(), Reply> {
        let force = requests::read(options, |reader| Ok(reader.flag("force")?))?;
        let call = self.context.policy.call(&header).await?;
        let target = self.target("give-back").await?;
        let operate = self.context.policy.authorize::<MachineOperate>(&call, target.clone()).await?;
        let devices = self.context.policy.authorize::<HostDevice>(&call, target).await?;
        explain(&self.entry, "give-back", back::take_back(&self.context, &operate, &devices, force).await)
    }

    #[zbus(property)]
    fn state(&self) -> u32 {
        state(&self.context.hand_over.shown().borrow(), self.entry.machine().uuid)
    }

    #[zbus(property)]
    fn trial_ends(&self) -> u64 {
        trial_ends(&self.context.hand_over.shown().borrow(), self.entry.machine().uuid)
    }

    #[zbus(property)]
    fn left(&self) -> Vec<HashMap<&'static str, String>> {
        left(&self.context.hand_over.shown().borrow(), self.entry.machine().uuid)
    }
}

impl HandOver {
    /// What is authorized: the machine, and every device of its cards by its address.
    async fn target(&self, operation: &'static str) -> Result<Target> {
        let (devices, known) = plan::cards(&self.context, self.entry.machine().uuid).await?;
        let facts = facts(&known, &devices);
        Ok(Target { devices, facts, ..target(&self.entry.machine(), operation) })
    }
}

/// `trial-seconds`, `accept-closing-sessions` and `allow-no-reset`.
fn how(reader: &mut Reader) -> Result<How> {
    let trial = match reader.take::<u32>("trial-seconds")? {
        Some(seconds) if !(1..=LONGEST_TRIAL).contains(&seconds) => {
            return Err(Error::InvalidArgument { argument: "trial-seconds", reason: "must be 1 to 3600" });
        }
        trial => trial,
    };
    Ok(How { trial, accept_closing_sessions: reader.flag("accept-closing-sessions")?, allow_no_reset: reader.flag("allow-no-reset")? })
}

fn shown(plan: &Plan) -> HashMap<&'static str, Variant<'static>> {
    let steps: Vec<(String, String, String)> =
        plan.steps.iter().map(|(word, name, value)| ((*word).to_owned(), name.clone(), value.clone())).collect();
    let sessions: Vec<(String, String, String, String)> =
        plan.sessions.iter().map(|one| (one.id.clone(), one.user.clone(), one.seat.clone(), one.kind.clone())).collect();
    findings::with(
        &plan.findings,
        [
            ("devices", plan.devices.iter().copied().map(object).collect::<Vec<_>>().into()),
            ("steps", steps.into()),
            ("sessions", sessions.into()),
            ("processes", findings::facts(&plan.processes).into()),
        ],
    )
}

fn is_of(shown: &Shown, machine: Uuid) -> bool {
    shown.of.is_some_and(|(of, _)| of == machine)
}

fn state(shown: &Shown, machine: Uuid) -> u32 {
    shown.of.filter(|(of, _)| *of == machine).map_or(State::None, |(_, state)| state) as u32
}

fn trial_ends(shown: &Shown, machine: Uuid) -> u64 {
    if is_of(shown, machine) { shown.trial_ends } else { 0 }
}

fn left(shown: &Shown, machine: Uuid) -> Vec<HashMap<&'static str, String>> {
    let all = if is_of(shown, machine) { &*shown.left } else { &[] };
    let facts = |left: &crate::host::screen::Left| {
        HashMap::from([("part", left.part.to_owned()), ("name", left.name.clone()), ("repair", left.repair.clone())])
    };
    all.iter().map(facts).collect()
}

/// All properties of a machine and their values.
pub fn properties(shown: &Shown, machine: Uuid) -> [(&'static str, Value<'static>); 3] {
    [
        ("State", state(shown, machine).into()),
        ("TrialEnds", trial_ends(shown, machine).into()),
        ("Left", Value::Named(left(shown, machine))),
    ]
}

/// Signals every change, as long as the service is there.
pub async fn follow(context: Arc<Context>, connection: Connection) {
    let mut changes = context.hand_over.shown();
    let mut before = Shown::default();
    let of = |shown: &Shown, machine| HashMap::from(properties(shown, machine));
    loop {
        let now = changes.borrow_and_update().clone();
        for (machine, _) in [before.of, now.of].into_iter().flatten() {
            let changed = super::host_device::different(&of(&before, machine), of(&now, machine));
            let path = path::machine(machine);
            if !changed.is_empty()
                && context.hand_over.is_possible
                && context.inventory.entry(machine).is_some()
                && let Err(error) = send_changed(&connection, &path, interface::HAND_OVER, changed).await
            {
                tracing::debug!(%error, "A change of who has the host's screen was not signalled: the bus is gone");
            }
        }
        before = now;
        if changes.changed().await.is_err() {
            return;
        }
    }
}
