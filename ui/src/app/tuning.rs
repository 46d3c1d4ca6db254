//! Changes of where a machine runs on its host, and of what the host does for it.

use client::{Client, Error, Uuid, t};
use iced::Task;

use super::{App, Message, Window};
use crate::{
    action::{Action, Call, Done, Tune, TuneChange},
    model::Key,
};

impl App {
    /// A change ended: whoever shows the machine reads it anew and tells a failure; else a dialog does.
    pub(super) fn tuned(&mut self, done: &Done) -> Task<Message> {
        let mut actions = Vec::new();
        actions.extend(self.main.tuned(&self.model, done).map(|action| (None, action)));
        for (id, window) in &mut self.windows {
            if let Window::Machine(_, screen) = window {
                actions.extend(screen.tuned(&self.model, done).map(|action| (Some(*id), action)));
            }
        }
        let failed = done.results.iter().any(|(_, result)| result.is_err());
        match &done.call {
            _ if failed && actions.is_empty() => self.tell_failure(done),
            // What can be undone has a toast with that.
            Call::Tune(key, tune) if !failed && tune.back.is_none() => {
                self.toasts.show(words(&crate::dialog::label(&self.model, key), &tune.change), None);
            }
            _ => {}
        }
        let act = |app: &mut Self, (id, action): (Option<iced::window::Id>, Action)| match id {
            Some(id) => app.act(id, action),
            None => app.act_main(action),
        };
        let tasks: Vec<_> = actions.into_iter().map(|action| act(self, action)).collect();
        Task::batch(tasks)
    }
}

pub(super) async fn make(client: Client, machine: Uuid, change: TuneChange) -> Result<String, Error> {
    match change {
        TuneChange::Pin(pinning) => client.set_pinning(machine, pinning).await,
        TuneChange::Clear => client.clear_pinning(machine).await,
        TuneChange::Pages(size) => client.set_machine_pages(machine, size).await,
        TuneChange::Host(tuning) => client.set_host_tuning(machine, tuning).await,
    }
    .map(|()| String::new())
}

/// What changes it back.
pub(super) fn inverse(key: &Key, tune: &Tune) -> Option<Call> {
    let change = tune.back.clone()?;
    Some(Call::Tune(key.clone(), Box::new(Tune { change, back: None })))
}

/// What was done, for a toast.
pub(super) fn words(machine: &str, change: &TuneChange) -> String {
    match change {
        TuneChange::Pin(_) => t!("act-pinned", machine = machine),
        TuneChange::Clear => t!("act-unpinned", machine = machine),
        TuneChange::Pages(_) => t!("act-machine-pages", machine = machine),
        TuneChange::Host(_) => t!("act-host-tuning", machine = machine),
    }
}
