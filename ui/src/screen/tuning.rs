//! Where a machine runs on its host and what the host does for it: planned, set, cleared. Part of the host's CPU map and of a machine's
//! own window.

pub mod map;
mod view;

use client::{
    Client, Error, Machine,
    tuning::{PinPlan, Pinning, Tuning},
};
use iced::Task;

use crate::{
    action::{Action, Call, Done, Tune, TuneChange},
    model::{Key, Model},
};

/// The tuning of one machine.
#[derive(Debug)]
pub struct Tuner {
    key: Key,
    tuning: Option<Tuning>,
    /// Why it could not be read, or not be changed.
    failure: Option<(Failed, Error)>,
    /// For how many virtual CPUs; without for as many as it has.
    vcpus: Option<u32>,
    plan: Option<Result<PinPlan, Error>>,
    is_busy: bool,
}

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failed {
    Reading,
    Changing,
}

/// What happens to it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The service told what is set of a machine.
    Read(Key, Result<Tuning, Error>),
    /// For so many virtual CPUs.
    Count(u32),
    /// What would fit?
    Plan,
    /// The service told what fits a machine.
    Planned(Key, Result<PinPlan, Error>),
    /// No plan after all.
    Discard,
    /// Pin as planned.
    Apply,
    /// Change something.
    Change(TuneChange),
    /// The note is read.
    Dismiss,
}

impl Tuner {
    /// For this machine, of which nothing has been read yet.
    #[must_use]
    pub const fn new(key: Key) -> Self {
        Self { key, tuning: None, failure: None, vcpus: None, plan: None, is_busy: false }
    }

    /// Which machine.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// What is set, if that is known.
    #[must_use]
    pub const fn tuning(&self) -> Option<&Tuning> {
        self.tuning.as_ref()
    }

    /// What would be pinned.
    #[must_use]
    pub fn planned(&self) -> Option<&Pinning> {
        self.plan.as_ref().and_then(|plan| plan.as_ref().ok()).map(|plan| &plan.pinning)
    }

    /// Asks what is set now.
    pub fn read(&self, model: &Model) -> Task<Message> {
        self.ask(model, |client, key| async move {
            let tuning = client.tuning(key.machine).await;
            Message::Read(key, tuning)
        })
    }

    fn ask<Fut>(&self, model: &Model, ask: impl FnOnce(Client, Key) -> Fut) -> Task<Message>
    where
        Fut: Future<Output = Message> + Send + 'static,
    {
        match model.host(&self.key.host).and_then(|host| host.client.clone()) {
            Some(client) => Task::future(ask(client, self.key.clone())),
            None => Task::none(),
        }
    }

    /// Takes a message in.
    pub fn update(&mut self, model: &Model, message: Message) -> (Action, Task<Message>) {
        match message {
            Message::Read(key, tuning) if key == self.key => self.take(tuning.map(|tuning| within(model, &key, tuning))),
            Message::Planned(key, plan) if key == self.key => self.plan = Some(plan),
            Message::Read(..) | Message::Planned(..) => {}
            Message::Count(count) => {
                self.vcpus = Some(count.clamp(1, MOST));
                if self.plan.is_some() {
                    return (Action::None, self.plan(model));
                }
            }
            Message::Plan => return (Action::None, self.plan(model)),
            Message::Discard => (self.plan, self.vcpus) = (None, None),
            Message::Apply => return (self.apply(model), Task::none()),
            Message::Change(change) => return (self.change(change), Task::none()),
            Message::Dismiss => self.failure = None,
        }
        (Action::None, Task::none())
    }

    fn take(&mut self, tuning: Result<Tuning, Error>) {
        match tuning {
            Ok(tuning) => {
                self.tuning = Some(tuning);
                self.failure.take_if(|(what, _)| *what == Failed::Reading);
            }
            Err(error) => self.failure = Some((Failed::Reading, error)),
        }
    }

    fn plan(&mut self, model: &Model) -> Task<Message> {
        self.failure = None;
        let vcpus = self.vcpus;
        self.ask(model, move |client, key| async move {
            let plan = client.plan_pinning(key.machine, vcpus).await;
            Message::Planned(key, plan)
        })
    }

    /// Pins as planned, if there is a plan.
    pub fn apply(&mut self, model: &Model) -> Action {
        let (Some(pinning), Some(machine)) = (self.planned().cloned(), model.machine(&self.key)) else { return Action::None };
        let count = u32::try_from(pinning.vcpus.len()).unwrap_or_default();
        // Another number of virtual CPUs is not taken back with the pins: then there is no way back that would be one.
        let is_same = count == machine.maximum_vcpus;
        self.call(TuneChange::Pin(pinning), is_same)
    }

    fn change(&mut self, change: TuneChange) -> Action {
        self.call(change, true)
    }

    fn call(&mut self, change: TuneChange, can_go_back: bool) -> Action {
        let Some(tuning) = self.tuning.as_ref().filter(|_| !self.is_busy) else { return Action::None };
        let back = if can_go_back { back(tuning, &change) } else { None };
        (self.is_busy, self.failure) = (true, None);
        Action::Call(Call::Tune(self.key.clone(), Box::new(Tune { change, back })))
    }

    /// A call about a machine ended; whether it is told here, and what is read anew.
    pub fn done(&mut self, model: &Model, done: &Done) -> Option<Task<Message>> {
        let Call::Tune(key, tune) = &done.call else { return None };
        let (_, result) = done.results.first().filter(|_| *key == self.key)?;
        self.is_busy = false;
        match result {
            Ok(_) if matches!(tune.change, TuneChange::Pin(_) | TuneChange::Clear) => (self.plan, self.vcpus) = (None, None),
            Ok(_) => {}
            Err(error) if error.is_dismissed() => {}
            Err(error) => self.failure = Some((Failed::Changing, error.clone())),
        }
        Some(self.read(model))
    }

    fn wanted(&self, machine: &Machine) -> u32 {
        self.vcpus.unwrap_or(machine.maximum_vcpus).clamp(1, MOST)
    }
}

/// What is set of a machine of this host: who may run on all its CPUs is not pinned.
pub(super) fn within(model: &Model, key: &Key, mut tuning: Tuning) -> Tuning {
    if let Some(topology) = model.host(&key.host).and_then(|host| host.topology.as_deref()) {
        let online: Vec<u32> = topology.cpus.iter().map(|cpu| cpu.number).collect();
        tuning.pinning = tuning.pinning.within(&online);
    }
    tuning
}

/// Virtual CPUs that the service plans for at most.
const MOST: u32 = 1024;

/// What changes it back.
fn back(tuning: &Tuning, change: &TuneChange) -> Option<TuneChange> {
    Some(match change {
        TuneChange::Pin(_) if tuning.pinning.is_empty() => TuneChange::Clear,
        TuneChange::Pin(_) | TuneChange::Clear => TuneChange::Pin(tuning.pinning.clone()),
        // Which node of the guest has which of several sizes is not told.
        TuneChange::Pages(_) if tuning.page_sizes.len() > 1 => return None,
        TuneChange::Pages(_) => TuneChange::Pages(tuning.page_sizes.first().copied()),
        TuneChange::Host(host) => TuneChange::Host(client::tuning::HostTuning {
            reserves_pages: host.reserves_pages.map(|_| tuning.reserves_pages),
            isolates: host.isolates.map(|_| tuning.isolates),
            governor: host.governor.as_ref().map(|_| tuning.governor.clone()),
            energy: host.energy.as_ref().map(|_| tuning.energy.clone()),
            balloon_floor: host.balloon_floor.map(|_| tuning.balloon_floor),
        }),
    })
}

#[cfg(test)]
mod tests;
