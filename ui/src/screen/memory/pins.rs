//! Whose pins are on which CPU, and the machine whose tuning is open beside the map.

use std::collections::BTreeMap;

use client::{Client, Uuid, topology::Topology, tuning::Tuning};
use futures_util::{StreamExt, stream};
use iced::{
    Task,
    keyboard::{Key, Modifiers, key::Named},
};

use super::Message;
use crate::{
    action::{Action, Done},
    model::{self, HostModel, Model},
    screen::tuning::{self, Tuner},
    widget::direction,
};

/// Machines that are asked at once.
const AT_ONCE: usize = 4;

/// What is known of the pins of a host's machines.
#[derive(Debug, Default)]
pub(super) struct Pins {
    pub tunings: BTreeMap<Uuid, Tuning>,
    pub tuner: Option<Tuner>,
    /// The CPU that the keyboard is at.
    pub marked: Option<u32>,
    /// What machines are looked for with.
    pub find: String,
    // How many machines were asked for.
    asked: Option<usize>,
}

impl Pins {
    /// The map is shown: who was not asked yet is.
    pub fn follow(&mut self, host: &HostModel) -> Task<Message> {
        let (Some(client), count) = (&host.client, host.machines.len()) else {
            self.asked = None;
            return Task::none();
        };
        if self.asked.replace(count) == Some(count) {
            return Task::none();
        }
        let (client, id) = (client.clone(), host.host.id.clone());
        let machines: Vec<Uuid> = host.machines.keys().copied().collect();
        Task::perform(ask(client, machines), move |tunings| Message::Pins(id.clone(), tunings))
    }

    /// What the machines said.
    pub fn told(&mut self, model: &Model, host: &client::host::Id, tunings: Vec<(Uuid, Tuning)>) {
        let own = |id: Uuid, tuning| tuning::within(model, &model::Key { host: host.clone(), machine: id }, tuning);
        self.tunings = tunings.into_iter().map(|(id, tuning)| (id, own(id, tuning))).collect();
    }

    /// Another machine's tuning is opened.
    pub fn choose(&mut self, model: &Model, host: &HostModel, machine: Uuid) -> Task<Message> {
        let tuner = Tuner::new(host.key(machine));
        let read = tuner.read(model).map(Message::Tuner);
        self.tuner = Some(tuner);
        self.find.clear();
        read
    }

    pub fn tuner(&mut self, model: &Model, message: tuning::Message) -> (Action, Task<Message>) {
        let Some(tuner) = &mut self.tuner else { return (Action::None, Task::none()) };
        let (action, task) = tuner.update(model, message);
        if let Some(tuning) = tuner.tuning() {
            self.tunings.insert(tuner.key().machine, tuning.clone());
        }
        (action, task.map(Message::Tuner))
    }

    /// A change of a machine ended; `None` if it is not the one that is open.
    pub fn done(&mut self, model: &Model, done: &Done) -> Option<Task<Message>> {
        let told = self.tuner.as_mut()?.done(model, done)?;
        Some(told.map(Message::Tuner))
    }
}

async fn ask(client: Client, machines: Vec<Uuid>) -> Vec<(Uuid, Tuning)> {
    let one = |machine: Uuid| {
        let client = client.clone();
        // A machine that is gone by now, or cannot be read, has no pins that could be shown.
        async move { Some((machine, client.tuning(machine).await.ok()?)) }
    };
    stream::iter(machines).map(one).buffered(AT_ONCE).filter_map(std::future::ready).collect().await
}

/// Where an arrow leads on the map.
pub(super) fn step(topology: &Topology, node: u32, marked: Option<u32>, key: &Key, modifiers: Modifiers) -> Option<u32> {
    let Key::Named(named) = key else { return None };
    if !modifiers.is_empty() {
        return None;
    }
    let cpus: Vec<u32> = topology.cores(node).into_iter().flat_map(|core| core.cpus).collect();
    let at = cpus.iter().position(|cpu| Some(*cpu) == marked);
    let to = match (named, at) {
        (Named::ArrowRight | Named::ArrowLeft | Named::Home, None) | (Named::Home, Some(_)) => 0,
        (Named::ArrowRight | Named::ArrowLeft, Some(at)) => at.saturating_add_signed(if direction::onwards(key)? { 1 } else { -1 }),
        (Named::End, _) => cpus.len().saturating_sub(1),
        _ => return None,
    };
    cpus.get(to).or(cpus.last()).copied()
}
