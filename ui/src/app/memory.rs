//! Changes of a host's memory.

use client::{
    Client, Error,
    host::Id,
    hugepages::{Merging, Pages},
    t, unit,
};
use iced::Task;

use super::{App, Message};
use crate::{
    action::{Call, Done, MemoryChange},
    model::Model,
};

impl App {
    /// Makes the change; the answer to pages is how many it became.
    pub(super) fn change_memory(&self, host: &Id, change: &MemoryChange, call: Call) -> Task<Message> {
        let done = move |result| Message::Done(Box::new(Done { call: call.clone(), results: vec![(None, result)] }));
        match self.model.host(host).and_then(|host| host.client.clone()) {
            Some(client) => Task::perform(make(client, change.clone()), done),
            None => Task::done(done(Err(Error::Gone("not connected".to_owned())))),
        }
    }
}

async fn make(client: Client, change: MemoryChange) -> Result<String, Error> {
    match change {
        MemoryChange::Reserve(pages, partial) => client.reserve_pages(pages, partial).await.map(|count| count.to_string()),
        MemoryChange::Release(pages) => client.release_pages(pages).await.map(|count| count.to_string()),
        MemoryChange::Transparent(mode, defrag) => client.set_transparent(mode, defrag).await.map(|()| String::new()),
        MemoryChange::AtBoot(pages) => client.set_at_boot(pages).await.map(|()| String::new()),
        MemoryChange::Merging(is_running, unmerge) => client.set_merging(is_running, unmerge).await.map(|()| String::new()),
    }
}

/// What changes it back, as the host is now.
pub(super) fn inverse(model: &Model, host: &Id, change: &MemoryChange) -> Option<Call> {
    if let MemoryChange::AtBoot(pages) = change {
        let count = model.host(host)?.at_boot.as_deref()?.count(pages.size, pages.node);
        return (count != pages.count).then(|| Call::Memory(host.clone(), MemoryChange::AtBoot(Pages { count, ..*pages })));
    }
    let now = model.host(host)?.pages.as_deref()?;
    let back = match change {
        MemoryChange::Reserve(pages, _) => MemoryChange::Release(*pages),
        MemoryChange::Release(pages) => MemoryChange::Reserve(*pages, false),
        MemoryChange::Transparent(mode, defrag) => {
            let is_other = *mode != now.transparent || defrag.as_ref().is_some_and(|defrag| *defrag != now.defrag);
            is_other.then(|| MemoryChange::Transparent(now.transparent.clone(), defrag.as_ref().map(|_| now.defrag.clone())))?
        }
        MemoryChange::Merging(..) => match now.merging {
            Merging::Running => MemoryChange::Merging(true, false),
            Merging::Stopped => MemoryChange::Merging(false, false),
            Merging::TakenApart => MemoryChange::Merging(false, true),
            Merging::Unknown => return None,
        },
        MemoryChange::AtBoot(_) => return None,
    };
    Some(Call::Memory(host.clone(), back))
}

/// What changes back as many pages as it became, which may be fewer than were asked for.
pub(super) fn counted(mut back: Vec<Call>, done: &Done) -> Vec<Call> {
    let became = done.results.first().and_then(|(_, result)| result.as_ref().ok()?.parse().ok());
    if let ([Call::Memory(_, MemoryChange::Reserve(pages, _) | MemoryChange::Release(pages))], Some(became)) = (back.as_mut_slice(), became)
    {
        pages.count = became;
    }
    back
}

/// What was done, for a toast. It says no number: that may have become another one.
pub(super) fn words(change: &MemoryChange) -> String {
    match change {
        MemoryChange::Reserve(pages, _) => t!("act-pages-reserved", size = unit::size(pages.size), where = place(pages.node)),
        MemoryChange::Release(pages) => t!("act-pages-released", size = unit::size(pages.size), where = place(pages.node)),
        MemoryChange::Transparent(..) => t!("act-transparent"),
        MemoryChange::Merging(..) => t!("act-merging"),
        MemoryChange::AtBoot(pages) => t!("act-at-boot", size = unit::size(pages.size), where = place(pages.node)),
    }
}

fn place(node: Option<u32>) -> String {
    node.map_or_else(|| t!("memory-everywhere"), |node| t!("memory-on-node", node = node))
}
