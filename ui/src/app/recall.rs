//! The list of a host that cannot be reached comes from the disk, where it was kept while the host was there.

use std::{collections::BTreeSet, time::Duration};

use client::{Event, Host, Problem, host::Id};
use iced::Task;

use super::{App, Message};
use crate::lists::Lists;

/// How long changes are gathered before a list is written.
const PAUSE: Duration = Duration::from_secs(5);

/// Lists on the disk, and those that are not as they are there.
#[derive(Debug, Default)]
pub(super) struct Recall {
    /// `None` for hosts of this run alone.
    lists: Option<Lists>,
    changed: BTreeSet<Id>,
}

impl Recall {
    pub(super) fn new(lists: Option<Lists>) -> Self {
        Self { lists, changed: BTreeSet::new() }
    }

    /// Hosts that are gone from the list of hosts need none on the disk.
    pub(super) fn forget_all_but<'a>(&mut self, known: impl Iterator<Item = &'a Host>, hosts: &[Host]) {
        let Some(lists) = &self.lists else { return };
        for gone in known.filter(|known| !hosts.iter().any(|host| host.id == known.id)) {
            lists.forget(gone);
            self.changed.remove(&gone.id);
        }
    }
}

impl App {
    /// Has the list kept a moment after it became another one. While lists stay as they are, nothing wakes up for it.
    pub(super) fn heard_list(&mut self, id: &Id, event: &Event) -> Task<Message> {
        let is_list = matches!(event, Event::Machines(_) | Event::Machine(_) | Event::MachineRemoved(_));
        if !is_list || self.recall.lists.is_none() {
            return Task::none();
        }
        let is_first = self.recall.changed.is_empty();
        self.recall.changed.insert(id.clone());
        if is_first { Task::perform(tokio::time::sleep(PAUSE), |()| Message::KeepLists) } else { Task::none() }
    }

    /// Writes every list: what it shows is true of now, also where nothing has changed for weeks.
    pub(super) fn keep_all_lists(&mut self) {
        let listed = self.model.hosts().iter().filter(|host| host.is_listed).map(|host| host.host.id.clone());
        self.recall.changed = listed.collect();
        self.keep_lists();
    }

    /// Writes the lists that became other ones.
    pub(super) fn keep_lists(&mut self) {
        let Some(lists) = &self.recall.lists else { return };
        for id in std::mem::take(&mut self.recall.changed) {
            if let Some(host) = self.model.host(&id).filter(|host| host.is_listed) {
                lists.keep(host);
            }
        }
    }

    /// A host that was never there in this run shows what it had last. Where the page in the place of the list says what to repair on
    /// the host, that page is worth more.
    pub(super) fn recall_list(&mut self, id: &Id, event: &Event) {
        let problem = match event {
            Event::Lost(Problem::NotInstalled | Problem::NotRunning(_) | Problem::NotAllowed(_), _) | Event::Libvirt(Some(_)) => {
                return self.model.forget_recalled(id);
            }
            Event::Lost(problem, _) => problem,
            _ => return,
        };
        tracing::debug!(?problem, "The last list of a host is shown");
        let Some(host) = self.model.host(id).filter(|host| !host.is_listed && host.machines.is_empty()) else { return };
        if let Some(kept) = self.recall.lists.as_ref().and_then(|lists| lists.recall(&host.host)) {
            self.model.recall(id, kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{
        Flags,
        tests::{flags, happen, machines},
    };

    fn app(folder: &std::path::Path) -> App {
        App::new(Flags { lists: Some(Lists::new(folder.to_owned())), ..flags() }).0
    }

    fn names(app: &App) -> Vec<String> {
        app.model.machines().map(|(_, machine)| machine.name.clone()).collect()
    }

    #[tokio::test]
    async fn a_host_that_cannot_be_reached_at_the_start_shows_what_it_had_last_and_takes_no_orders() {
        let folder = tempfile::tempdir().unwrap();
        let mut before = app(folder.path());
        happen(&mut before, machines([1, 2]));
        let _ = before.update(Message::Ended);
        let mut app = app(folder.path());
        assert_eq!(names(&app), Vec::<String>::new(), "it may be there in a moment");
        happen(&mut app, Event::Lost(Problem::NotRunning(String::new()), 5));
        assert_eq!(names(&app), Vec::<String>::new(), "a page says how it is started");
        happen(&mut app, Event::Lost(Problem::Ssh("No route to host".into()), 5));
        assert_eq!(names(&app), ["m1", "m2"]);
        happen(&mut app, Event::Lost(Problem::NotRunning(String::new()), 5));
        assert_eq!(names(&app), Vec::<String>::new(), "and so it does when the host is there by now");
        happen(&mut app, Event::Lost(Problem::Ssh("No route to host".into()), 5));
        let host = &app.model.hosts()[0];
        assert!(!host.is_live() && !host.is_listed && host.last_seen > 0);
        happen(&mut app, machines([3]));
        assert_eq!(names(&app), ["m3"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_is_written_once_for_many_changes_and_not_while_it_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut app = app(folder.path());
        let event = machines([1]);
        assert_eq!(app.heard_list(&"system".into(), &event).units(), 1);
        assert_eq!(app.heard_list(&"system".into(), &event).units(), 0, "the first timer is under way");
        assert_eq!(app.heard_list(&"system".into(), &Event::Connecting).units(), 0);
        happen(&mut app, event);
        let _ = app.update(Message::KeepLists);
        assert!(app.recall.changed.is_empty() && folder.path().read_dir().unwrap().count() == 1);
    }

    #[tokio::test]
    async fn the_list_of_a_host_that_is_removed_goes_from_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let mut app = app(folder.path());
        happen(&mut app, machines([1]));
        let _ = app.update(Message::KeepLists);
        app.set_hosts(Vec::new());
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
}
