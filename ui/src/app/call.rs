//! Calls to the service, and what is made of their answers.

use std::path::PathBuf;

use client::{Client, Error, Metadata, Operation, Prompt, t};
use iced::Task;

use super::{App, Message, fresh};
use crate::{
    action::{Call, DeviceChange, Done, HandOverChange, Way},
    model::Key,
};

/// The service makes a picture smaller, never larger; no screen is wider than this.
const WHOLE: u32 = 8192;

type Result_ = (Option<Key>, Result<String, Error>);

impl App {
    /// Makes a call; the answer comes as [`Message::Done`]. Several machines of a host are one call.
    pub(crate) fn call(&mut self, call: Call) -> Task<Message> {
        self.prepare_undo(&call);
        self.call_for_good(call)
    }

    /// The same for what cannot be undone.
    pub(super) fn call_for_good(&mut self, call: Call) -> Task<Message> {
        self.toasts.began(&call, self.current);
        let done = move |call: Call| move |results| Message::Done(Box::new(Done { call: call.clone(), results }));
        match &call {
            Call::Operate(operation, keys) => {
                let (operation, groups) = (*operation, self.by_host(keys));
                let tasks =
                    groups.into_iter().map(move |(client, keys)| Task::perform(operate(client, operation, keys), done(call.clone())));
                Task::batch(tasks)
            }
            Call::Autostart(keys, autostart) => {
                let autostart = *autostart;
                self.each(keys, &call, move |client, key| async move {
                    client.set_autostart(key.machine, autostart).await.map(|()| String::new())
                })
            }
            Call::Metadata(keys, changes) => {
                let changes = changes.clone();
                self.each(keys, &call, move |client, key| {
                    let changes = changes.clone();
                    async move { client.set_metadata(key.machine, changes).await.map(|()| String::new()) }
                })
            }
            Call::Tags(keys, add, remove) => {
                let changes: Vec<_> = keys.iter().filter_map(|key| Some((key.clone(), self.tags_after(key, add, remove)?))).collect();
                Task::batch(changes.into_iter().map(|(key, tags)| {
                    let changes = Metadata { tags: Some(tags), ..Metadata::default() };
                    self.each(std::slice::from_ref(&key), &call, move |client, key| {
                        let changes = changes.clone();
                        async move { client.set_metadata(key.machine, changes).await.map(|()| String::new()) }
                    })
                }))
            }
            Call::Rename(key, name) => {
                let name = name.clone();
                self.each(std::slice::from_ref(key), &call, move |client, key| {
                    let name = name.clone();
                    async move { client.rename(key.machine, name).await.map(|()| String::new()) }
                })
            }
            Call::Delete(key, options) => {
                let options = options.clone();
                self.each(std::slice::from_ref(key), &call, move |client, key| {
                    let options = options.clone();
                    async move { client.delete(key.machine, options).await }
                })
            }
            Call::DeleteAll(keys, goes) => self.delete_all(keys, goes, &call),
            Call::Screenshot(key, path) | Call::CoreDump(key, path) => {
                let (path, is_dump) = (path.clone(), matches!(call, Call::CoreDump(..)));
                self.each(std::slice::from_ref(key), &call, move |client, key| write_file(client, key, path.clone(), is_dump))
            }
            Call::Undelete(host, id, _) => self.once(host, call.clone(), {
                let id = id.clone();
                move |client| async move { client.undelete(id).await }
            }),
            Call::Purge(host, id) => self.once(host, call.clone(), {
                let id = id.clone();
                move |client| async move { client.purge(id).await }
            }),
            Call::Cancel(host, job) => self.once(host, call.clone(), {
                let job = job.clone();
                move |client| async move { client.cancel(job).await }
            }),
            Call::Tune(key, tune) => {
                let change = tune.change.clone();
                self.each(std::slice::from_ref(key), &call, move |client, key| super::tuning::make(client, key.machine, change.clone()))
            }
            Call::HandOver(key, change) => {
                let change = *change;
                self.each(std::slice::from_ref(key), &call, move |client, key| hand_over(client, key, change))
            }
            Call::Memory(host, change) => self.change_memory(host, change, call.clone()),
            Call::Move(host, way, devices) => self.once(host, call.clone(), {
                let (way, devices) = (*way, devices.clone());
                move |client| async move {
                    match way {
                        Way::Take => client.bind(devices).await,
                        Way::GiveBack => client.release(devices).await,
                    }
                }
            }),
            Call::Attach(key, attachment) => {
                let attachment = attachment.clone();
                self.each(std::slice::from_ref(key), &call, move |client, key| {
                    let attachment = attachment.clone();
                    async move { client.attach(key.machine, attachment).await.map(|()| String::new()) }
                })
            }
            Call::Detach(key, attachment) => {
                let attachment = attachment.clone();
                self.each(std::slice::from_ref(key), &call, move |client, key| {
                    let attachment = attachment.clone();
                    async move { client.detach(key.machine, attachment).await.map(|()| String::new()) }
                })
            }
            Call::Other(key, change) => {
                let change = change.clone();
                self.each(std::slice::from_ref(key), &call, move |client, key| super::other::make(client, key.machine, change.clone()))
            }
            Call::Device(host, change) => self.change_device(host, change, call.clone()),
            Call::Unlock(host) => self.once(host, call.clone(), |client| async move { client.unlock().await }),
        }
    }

    pub(super) fn client(&self, host: &str) -> Option<Client> {
        self.model.host(host)?.client.clone()
    }

    pub(super) fn by_host(&self, keys: &[Key]) -> Vec<(Client, Vec<Key>)> {
        let mut groups: Vec<(Client, Vec<Key>)> = Vec::new();
        for key in keys {
            match groups.iter_mut().find(|(_, group)| group[0].host == key.host) {
                Some((_, group)) => group.push(key.clone()),
                None => groups.extend(self.client(&key.host).map(|client| (client, vec![key.clone()]))),
            }
        }
        groups
    }

    fn each<F, Fut>(&self, keys: &[Key], call: &Call, work: F) -> Task<Message>
    where
        F: Fn(Client, Key) -> Fut,
        Fut: Future<Output = Result<String, Error>> + Send + 'static,
    {
        Task::batch(keys.iter().map(|key| {
            let (owner, call) = (key.clone(), call.clone());
            let done = move |result| Message::Done(Box::new(Done { call: call.clone(), results: vec![(Some(owner.clone()), result)] }));
            match self.client(&key.host) {
                Some(client) => Task::perform(work(client, key.clone()), done),
                None => Task::done(done(Err(gone()))),
            }
        }))
    }

    pub(super) fn once<F, Fut>(&self, host: &str, call: Call, work: F) -> Task<Message>
    where
        F: FnOnce(Client) -> Fut,
        Fut: Future<Output = Result<(), Error>> + Send + 'static,
    {
        self.once_told(host, call, move |client| {
            let work = work(client);
            async move { work.await.map(|()| String::new()) }
        })
    }

    /// The same for what has an answer.
    pub(super) fn once_told<F, Fut>(&self, host: &str, call: Call, work: F) -> Task<Message>
    where
        F: FnOnce(Client) -> Fut,
        Fut: Future<Output = Result<String, Error>> + Send + 'static,
    {
        let done = move |result| Message::Done(Box::new(Done { call: call.clone(), results: vec![(None, result)] }));
        match self.client(host) {
            Some(client) => Task::perform(work(client), done),
            None => Task::done(done(Err(gone()))),
        }
    }

    fn tags_after(&self, key: &Key, add: &[client::Tag], remove: &[String]) -> Option<Vec<client::Tag>> {
        let mut tags = self.model.machine(key)?.tags.clone();
        tags.retain(|tag| !remove.contains(&tag.name) && !add.iter().any(|new| new.name == tag.name));
        tags.extend_from_slice(add);
        Some(tags)
    }

    /// Success is told where nothing else shows it; failure always, with what to do.
    pub(super) fn done(&mut self, done: &Done) -> Task<Message> {
        let before = self.toasts.turn_to(self.toasts.window_of(&done.call));
        let task = self.answered(done);
        self.toasts.turn_to(before);
        task
    }

    fn answered(&mut self, done: &Done) -> Task<Message> {
        self.toasts.ended(done);
        self.keep_undo(done);
        self.deleted_all(done);
        if matches!(done.call, Call::Tune(..)) {
            return self.tuned(done);
        }
        if let Some((id, dialog)) = &mut self.dialog {
            let id = *id;
            if let Some(action) = dialog.done(&self.model, done) {
                return self.act(id, action);
            }
        }
        if let Some(action) = self.main.done(&self.model, done) {
            return self.act_main(action);
        }
        let failed = done.results.iter().any(|(_, result)| result.is_err());
        if failed {
            self.tell_failure(done);
            return Task::none();
        }
        match (&done.call, done.results.first()) {
            (Call::Delete(key, _), Some((_, Ok(trash)))) if !trash.is_empty() => {
                let name = crate::dialog::label(&self.model, key);
                self.toasts.show(t!("toast-deleted", machine = name.as_str()), Some(Call::Undelete(key.host.clone(), trash.clone(), name)));
            }
            (Call::Screenshot(_, path) | Call::CoreDump(_, path) | Call::Device(_, DeviceChange::Rom(_, path)), Some((_, Ok(_)))) => {
                self.toasts.show(t!("toast-written", file = path.display().to_string()), None);
            }
            (Call::Unlock(_), Some((_, Ok(_)))) => self.toasts.show(t!("toast-unlocked"), None),
            _ => {}
        }
        Task::none()
    }
}

/// The host was lost between the click and the call.
pub(super) fn gone() -> Error {
    Error::Gone("not connected".to_owned())
}

async fn operate(client: Client, operation: Operation, keys: Vec<Key>) -> Vec<Result_> {
    if let [key] = keys.as_slice() {
        let result = client.operate(key.machine, operation).await;
        return vec![(Some(key.clone()), result.map(|()| String::new()))];
    }
    match client.batch(operation, keys.iter().map(|key| key.machine).collect()).await {
        Ok(results) => results
            .into_iter()
            .map(|(machine, result)| (keys.iter().find(|key| key.machine == machine).cloned(), result.map(|()| String::new())))
            .collect(),
        Err(error) => keys.into_iter().map(|key| (Some(key), Err(error.clone()))).collect(),
    }
}

async fn hand_over(client: Client, key: Key, change: HandOverChange) -> Result<String, Error> {
    let done = match change {
        HandOverChange::Begin(how) => client.begin_hand_over(key.machine, how).await,
        HandOverChange::Keep => client.confirm_hand_over(key.machine).await,
        HandOverChange::GiveBack(force) => client.give_back(key.machine, force).await,
    };
    done.map(|()| String::new())
}

async fn write_file(client: Client, key: Key, path: PathBuf, is_dump: bool) -> Result<String, Error> {
    if is_dump {
        return fresh::filled(path, async |file| client.core_dump(key.machine, file.into()).await).await.map(|()| String::new());
    }
    let png = client.screenshot(key.machine, WHOLE, Prompt::Allowed).await?;
    fresh::write(path, png).await.map(|()| String::new())
}
