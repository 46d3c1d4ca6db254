//! Huge pages, memory and processors of a host.

mod bar;
mod cpus;
mod draft;
mod node;
mod pane;
mod settings;
mod view;

use std::{collections::VecDeque, sync::Arc};

use client::{
    Client, Error, ErrorKind,
    host::Id,
    hugepages::{HugePages, Pages, Plan, User},
};
use iced::Task;

use crate::{
    action::{Action, Call, Done, MemoryChange},
    model::{HostModel, Model},
};
pub use draft::Spot;
use draft::{Draft, is_possible};

/// The parts of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Nodes and pages.
    #[default]
    Memory,
    /// Cores and what they share.
    Cpus,
}

/// What became of the last change, where that is not seen by itself.
#[derive(Clone, Debug, PartialEq)]
enum Report {
    /// Fewer pages than asked for could be found; they are kept.
    Partial(Pages, u64),
    /// Only so many could be found, and nothing was changed.
    Scattered(Pages, u64),
    /// It failed.
    Failed(Error),
}

/// The state of the page.
#[derive(Debug, Default)]
pub struct Screen {
    host: Id,
    is_shown: bool,
    tab: Tab,
    draft: Draft,
    // What plans and users were asked for.
    asked: Option<Arc<HugePages>>,
    // A number that is being typed.
    typed: Option<(Spot, String)>,
    partial: bool,
    queue: VecDeque<MemoryChange>,
    report: Option<Report>,
    // `None` until the service has said it.
    users: Option<Vec<User>>,
}

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Another part of the page.
    Tab(Tab),
    /// So many pages there shall be.
    Want(Spot, u64),
    /// Something typed for a number of pages.
    Type(Spot, String),
    /// The service says what would be possible, of a host.
    Planned(Id, Spot, Result<Plan, Error>),
    /// Who uses pages, of a host.
    Users(Id, Result<Vec<User>, Error>),
    /// The service has looked; what it saw comes as events.
    Looked,
    /// Keep fewer pages if not all can be found.
    Partial(bool),
    /// As it was.
    Discard,
    /// Make the changes.
    Apply,
    /// So many pages after all.
    Reserve(Pages),
    /// The note is read.
    Dismiss,
    /// The work that goes on shall end.
    Cancel(String),
    /// Another setting.
    Set(MemoryChange),
    /// To the clipboard.
    Copy(String),
}

impl Screen {
    /// The page is shown for this host: what it needs is asked for, again when the pages are others.
    pub fn follow(&mut self, model: &Model, id: &Id) -> Task<Message> {
        let Some(host) = model.host(id) else { return Task::none() };
        let is_new = !self.is_shown || self.host != *id;
        if self.host != *id {
            *self = Self { host: id.clone(), tab: self.tab, ..Self::default() };
        }
        self.is_shown = true;
        let (Some(client), Some(pages)) = (&host.client, &host.pages) else {
            self.asked = None;
            return Task::none();
        };
        let look = if is_new { look(client.clone()) } else { Task::none() };
        if !is_new && self.asked.as_ref().is_some_and(|asked| Arc::ptr_eq(asked, pages)) {
            return look;
        }
        self.asked = Some(Arc::clone(pages));
        self.draft.follow(pages);
        Task::batch([look, self.ask(client, pages)])
    }

    /// Something else is shown; what was drafted stays.
    pub const fn leave(&mut self) {
        self.is_shown = false;
    }

    fn ask(&self, client: &Client, pages: &HugePages) -> Task<Message> {
        let plans = pages.pools.iter().map(|pool| {
            let (spot, client, id) = (Spot::of(pool), client.clone(), self.host.clone());
            Task::perform(async move { client.plan_reserve(spot.pages(1)).await }, move |plan| Message::Planned(id.clone(), spot, plan))
        });
        let (client, id) = (client.clone(), self.host.clone());
        let users = Task::perform(async move { client.page_users().await }, move |users| Message::Users(id.clone(), users));
        Task::batch(plans.chain([users]))
    }

    /// Takes a message in.
    pub fn update(&mut self, model: &Model, message: Message) -> Action {
        let pages = model.host(&self.host).and_then(|host| host.pages.clone());
        match message {
            Message::Tab(tab) => self.tab = tab,
            Message::Want(spot, count) => {
                self.typed = None;
                self.want(pages.as_deref(), spot, count);
            }
            Message::Type(spot, text) => {
                let digits: String = text.chars().filter(char::is_ascii_digit).take(12).collect();
                self.want(pages.as_deref(), spot, digits.parse().unwrap_or_default());
                self.typed = Some((spot, digits));
            }
            Message::Planned(id, spot, plan) if id == self.host => match plan {
                Ok(plan) => drop(self.draft.plans.insert(spot, plan)),
                Err(_) => drop(self.draft.plans.remove(&spot)),
            },
            // Who it is cannot be told then; the pages can.
            Message::Users(id, Ok(users)) if id == self.host => self.users = Some(users),
            Message::Planned(..) | Message::Users(..) | Message::Looked => {}
            Message::Partial(partial) => self.partial = partial,
            Message::Discard => {
                self.typed = None;
                self.report = None;
                self.draft.clear();
            }
            Message::Apply => return self.apply(model),
            Message::Reserve(pages) => return self.begin(VecDeque::from([MemoryChange::Reserve(pages, false)])),
            Message::Dismiss => self.report = None,
            Message::Cancel(job) => return Action::Call(Call::Cancel(self.host.clone(), job)),
            Message::Set(change) => {
                self.report = None;
                return Action::Call(Call::Memory(self.host.clone(), change));
            }
            Message::Copy(text) => {
                return Action::Batch(vec![Action::Task(iced::clipboard::write(text)), Action::Toast(client::t!("memory-copied"))]);
            }
        }
        Action::None
    }

    fn want(&mut self, pages: Option<&HugePages>, spot: Spot, count: u64) {
        if let Some(pages) = pages.filter(|_| self.queue.is_empty()) {
            self.draft.set(pages, spot, count);
        }
    }

    /// Makes the changes, if they are possible.
    pub fn apply(&mut self, model: &Model) -> Action {
        let Some(pages) = model.host(&self.host).filter(|host| can_change(host)).and_then(|host| host.pages.as_deref()) else {
            return Action::None;
        };
        let changes = self.draft.changes(pages);
        if changes.is_empty() || !is_possible(pages, &changes) || !self.queue.is_empty() {
            return Action::None;
        }
        self.begin(self.draft.steps(pages, self.partial))
    }

    fn begin(&mut self, steps: VecDeque<MemoryChange>) -> Action {
        (self.report, self.typed, self.queue) = (None, None, steps);
        self.next()
    }

    fn next(&self) -> Action {
        self.queue.front().map_or(Action::None, |step| Action::Call(Call::Memory(self.host.clone(), step.clone())))
    }

    /// A call ended; `None` if it is told elsewhere.
    pub fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        let Call::Memory(host, change) = &done.call else { return None };
        let (_, result) = done.results.first()?;
        if *host != self.host || (!self.is_shown && self.queue.front() != Some(change)) {
            return None;
        }
        let is_step = self.queue.front() == Some(change);
        if !self.is_shown && result.is_err() {
            self.queue.clear();
            return None;
        }
        match result {
            Ok(count) if is_step => {
                self.queue.pop_front();
                self.became(change, count.parse().unwrap_or_default());
            }
            Ok(_) => {}
            Err(error) => {
                self.queue.clear();
                self.report = report(change, error);
            }
        }
        if let Some(pages) = model.host(host).and_then(|host| host.pages.as_deref()) {
            self.draft.follow(pages);
        }
        Some(if is_step { self.next() } else { Action::None })
    }

    fn became(&mut self, change: &MemoryChange, count: u64) {
        let (MemoryChange::Reserve(pages, _) | MemoryChange::Release(pages)) = change else { return };
        if let Some(node) = pages.node {
            self.draft.forget(Spot { node, size: pages.size });
        }
        if count < pages.count {
            self.report = Some(Report::Partial(*pages, count));
        }
    }
}

/// What a failure is told as; nothing if somebody wanted it to end.
fn report(change: &MemoryChange, error: &Error) -> Option<Report> {
    if error.is_dismissed() || error.kind() == Some(ErrorKind::Cancelled) {
        return None;
    }
    let limit = error.fact("limit").and_then(|limit| limit.parse().ok());
    Some(match (change, error.kind(), limit) {
        (MemoryChange::Reserve(pages, _), Some(ErrorKind::LimitExceeded), Some(limit)) => Report::Scattered(*pages, limit),
        _ => Report::Failed(error.clone()),
    })
}

/// Whether anything can be changed now. The host's memory is its own: libvirt is not needed for it.
const fn can_change(host: &HostModel) -> bool {
    host.client.is_some()
}

fn look(client: Client) -> Task<Message> {
    // What cannot be read stays as it was told last.
    Task::perform(async move { client.look_at_memory().await }, |_| Message::Looked)
}

#[cfg(test)]
mod tests;
