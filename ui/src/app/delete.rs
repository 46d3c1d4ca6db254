//! Several machines that are deleted by one wish: one answer and one undo for each host.

use client::{Client, t};
use iced::Task;

use super::{App, Message, call::gone};
use crate::{
    action::{Call, Done, Goes},
    dialog::fetch::each_until_dismissed,
    model::Key,
};

impl App {
    /// One machine of a host after the other, so that a person is asked for a password once. A host that is not there any more says so.
    pub(super) fn delete_all(&self, keys: &[Key], goes: &[Goes], call: &Call) -> Task<Message> {
        let tasks = self.by_host(keys).into_iter().map(|(client, own)| {
            let wishes: Vec<(Key, Goes)> = keys.iter().cloned().zip(goes.iter().cloned()).filter(|(key, _)| own.contains(key)).collect();
            let call = call.clone();
            Task::perform(delete(client, wishes), move |results| Message::Done(Box::new(Done { call: call.clone(), results })))
        });
        let is_gone = |key: &&Key| self.client(&key.host).is_none();
        let gone: Vec<_> = keys.iter().filter(is_gone).map(|key| (Some(key.clone()), Err(gone()))).collect();
        let done = (!gone.is_empty()).then(|| Task::done(Message::Done(Box::new(Done { call: call.clone(), results: gone }))));
        Task::batch(tasks.chain(done).collect::<Vec<_>>())
    }

    /// Those that are gone can come back together, whatever became of the others.
    pub(super) fn deleted_all(&mut self, done: &Done) {
        let Call::DeleteAll(keys, goes) = &done.call else { return };
        let name = |key: &Key| keys.iter().zip(goes).find(|(known, _)| *known == key).map(|(_, goes)| goes.name.clone());
        let back = |(key, result): &(Option<Key>, Result<String, client::Error>)| {
            let (key, trash) = (key.as_ref()?, result.as_ref().ok().filter(|trash| !trash.is_empty())?);
            Some(Call::Undelete(key.host.clone(), trash.clone(), name(key).unwrap_or_default()))
        };
        let back: Vec<Call> = done.results.iter().filter_map(back).collect();
        if !back.is_empty() {
            self.toasts.undoable(t!("toast-deleted-several", count = back.len()), back, true);
        }
    }
}

async fn delete(client: Client, wishes: Vec<(Key, Goes)>) -> Vec<(Option<Key>, Result<String, client::Error>)> {
    let ask = |(key, goes): (Key, Goes)| {
        let client = client.clone();
        async move { client.delete(key.machine, goes.options).await }
    };
    let results = each_until_dismissed(wishes, ask);
    results.await.into_iter().map(|((key, _), result)| (Some(key), result)).collect()
}

#[cfg(test)]
mod tests {
    use client::{DeleteOptions, ErrorKind, Machine};

    use super::*;
    use crate::{
        app::tests::{app_with, key},
        dialog::{Dialog, test::error},
    };

    #[test]
    fn what_is_gone_comes_back_together_and_what_failed_is_told_in_one_list() {
        let named = |name: &str| Machine { name: name.to_owned(), ..Machine::default() };
        let mut app = app_with([named("a"), named("b"), named("c")]);
        let keys: Vec<Key> = (1..=3).map(key).collect();
        let goes = ["a", "b", "c"].map(|name| Goes { name: name.to_owned(), options: DeleteOptions::default() }).to_vec();
        let answers = [Ok("t1".to_owned()), Err(error(ErrorKind::Busy, &[])), Ok("t3".to_owned())];
        let results = keys.iter().cloned().map(Some).zip(answers).collect();
        let _ = app.update(Message::Done(Box::new(Done { call: Call::DeleteAll(keys, goes), results })));
        assert!(app.toasts.texts().any(|words| words == "2 machines are deleted"));
        assert!(matches!(app.dialog, Some((_, Dialog::Results(_)))));
        let (_, back) = app.toasts.last_act().unwrap();
        let names: Vec<_> = back
            .iter()
            .map(|call| if let Call::Undelete(_, id, name) = call { (id.as_str(), name.as_str()) } else { panic!("{call:?}") })
            .collect();
        assert_eq!(names, [("t1", "a"), ("t3", "c")]);
    }
}
