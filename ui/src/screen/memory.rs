//! Huge pages, memory and processors of a host.

mod bar;
mod cpus;
mod draft;
mod node;
mod pane;
mod pins;
mod settings;
mod view;

use std::{collections::VecDeque, sync::Arc};

use client::{
    Client, Error, ErrorKind, Uuid,
    host::Id,
    hugepages::{HugePages, Pages, Plan, User},
    tuning::{BootPlan, Tuning},
};
use iced::Task;

use crate::{
    action::{Action, Call, Done, MemoryChange},
    app,
    model::{HostModel, Model},
    screen::{main, tuning},
};
pub use draft::Spot;
use draft::{BootChange, Draft, is_possible};
use pins::Pins;

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
    pins: Pins,
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
    /// As many as are wanted at each start of the host, or none.
    AtBoot(Spot, bool),
    /// The service says what so many at each start would need, of a host.
    BootPlanned(Id, Spot, u64, Result<BootPlan, Error>),
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
    /// What is set of the machines of a host.
    Pins(Id, Vec<(Uuid, Tuning)>),
    /// Open the tuning of a machine.
    Choose(Uuid),
    /// In the tuning that is open.
    Tuner(tuning::Message),
    /// The keyboard is at this CPU.
    Mark(u32),
    /// Something typed to find a machine.
    Find(String),
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
        let pins = if self.tab == Tab::Cpus { self.pins.follow(host) } else { Task::none() };
        let look = if is_new { look(client.clone()) } else { Task::none() };
        let look = Task::batch([look, pins]);
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
            Message::Tab(tab) => {
                self.tab = tab;
                if let Some(host) = model.host(&self.host).filter(|_| tab == Tab::Cpus) {
                    return task(self.pins.follow(host));
                }
            }
            Message::Pins(id, tunings) if id == self.host => self.pins.told(model, &id, tunings),
            Message::Choose(machine) => {
                let chosen = model.host(&self.host).map(|host| self.pins.choose(model, host, machine));
                return chosen.map_or(Action::None, task);
            }
            Message::Tuner(message) => {
                let (action, asked) = self.pins.tuner(model, message);
                return if asked.units() > 0 { Action::Batch(vec![action, task(asked)]) } else { action };
            }
            Message::Mark(cpu) => self.pins.marked = Some(cpu),
            Message::Find(text) => self.pins.find = text,
            Message::Want(spot, count) => {
                self.typed = None;
                self.want(pages.as_deref(), spot, count);
                return task(self.ask_boot(model, spot));
            }
            Message::AtBoot(spot, is_on) if self.queue.is_empty() => {
                self.draft.keep(spot, is_on);
                return task(self.ask_boot(model, spot));
            }
            Message::BootPlanned(id, spot, count, Ok(plan)) if id == self.host => drop(self.draft.boot_plans.insert(spot, (count, plan))),
            Message::Type(spot, text) => {
                let digits: String = text.chars().filter(char::is_ascii_digit).take(12).collect();
                self.want(pages.as_deref(), spot, digits.parse().unwrap_or_default());
                self.typed = Some((spot, digits));
                return task(self.ask_boot(model, spot));
            }
            Message::Planned(id, spot, plan) if id == self.host => match plan {
                Ok(plan) => drop(self.draft.plans.insert(spot, plan)),
                Err(_) => drop(self.draft.plans.remove(&spot)),
            },
            // Who it is cannot be told then; the pages can.
            Message::Users(id, Ok(users)) if id == self.host => self.users = Some(users),
            Message::Planned(..)
            | Message::Users(..)
            | Message::Pins(..)
            | Message::AtBoot(..)
            | Message::BootPlanned(..)
            | Message::Looked => {}
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

    /// Asks what as many as are wanted at each start would need, if that was not asked yet.
    fn ask_boot(&self, model: &Model, spot: Spot) -> Task<Message> {
        let Some(host) = model.host(&self.host) else { return Task::none() };
        let pool = host.pages.as_deref().and_then(|pages| pages.pool(spot.size, spot.node));
        let (Some(client), Some(count)) = (host.client.clone(), pool.and_then(|pool| self.draft.unplanned(pool))) else {
            return Task::none();
        };
        let id = self.host.clone();
        let asked = async move { client.plan_at_boot(spot.pages(count)).await };
        Task::perform(asked, move |plan| Message::BootPlanned(id.clone(), spot, count, plan))
    }

    fn want(&mut self, pages: Option<&HugePages>, spot: Spot, count: u64) {
        if let Some(pages) = pages.filter(|_| self.queue.is_empty()) {
            self.draft.set(pages, spot, count);
        }
    }

    /// Makes the changes, if they are possible: the blue button.
    pub fn apply(&mut self, model: &Model) -> Action {
        if self.tab == Tab::Cpus {
            return self.pins.tuner.as_mut().map_or(Action::None, |tuner| tuner.apply(model));
        }
        let Some(host) = model.host(&self.host).filter(|host| can_change(host)) else { return Action::None };
        let Some(pages) = host.pages.as_deref() else { return Action::None };
        let (changes, boot) = (self.draft.changes(pages), boot_changes(&self.draft, host));
        let is_nothing = changes.is_empty() && boot.is_empty();
        if is_nothing || !is_possible(pages, &changes) || !boot.iter().all(BootChange::is_possible) || !self.queue.is_empty() {
            return Action::None;
        }
        let mut steps = self.draft.steps(pages, self.partial);
        steps.extend(boot.iter().map(|change| MemoryChange::AtBoot(change.spot.pages(change.to))));
        self.begin(steps)
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

    /// A change of a machine ended; `None` if its tuning is not open here.
    pub fn tuned(&mut self, model: &Model, done: &Done) -> Option<Action> {
        self.pins.done(model, done).map(task)
    }

    fn became(&mut self, change: &MemoryChange, count: u64) {
        if let MemoryChange::AtBoot(Pages { node: Some(node), size, .. }) = change {
            self.draft.kept(Spot { node: *node, size: *size });
        }
        let (MemoryChange::Reserve(pages, _) | MemoryChange::Release(pages)) = change else { return };
        if let Some(node) = pages.node {
            self.draft.forget(Spot { node, size: pages.size });
        }
        if count < pages.count {
            self.report = Some(Report::Partial(*pages, count));
        }
    }
}

fn task(asked: Task<Message>) -> Action {
    if asked.units() == 0 { Action::None } else { Action::Task(asked.map(|message| app::Message::Main(main::Message::Memory(message)))) }
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

/// What changes at each start; nothing where the service does not tell of it.
fn boot_changes(draft: &Draft, host: &HostModel) -> Vec<BootChange> {
    let told = host.pages.as_deref().zip(host.at_boot.as_deref());
    told.map(|(pages, at_boot)| draft.boot_changes(pages, at_boot)).unwrap_or_default()
}

fn look(client: Client) -> Task<Message> {
    // What cannot be read stays as it was told last.
    Task::perform(async move { client.look_at_memory().await }, |_| Message::Looked)
}

#[cfg(test)]
mod tests;
