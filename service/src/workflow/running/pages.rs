//! Huge pages of a machine: those that are missing for its start, and their way back.

use std::collections::BTreeMap;

use model::hugepages::Need;
use uuid::Uuid;

use super::blocking;
use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        hugepages::Place,
        memory::{field, files::Kernel},
    },
    store::{
        memory::Journal,
        running::{Kept, Pages, Record},
    },
    workflow::hugepages::{
        change::{Watch, available, give_back as return_pages, reserve_for},
        plan::{Caches, Wish},
    },
};

/// Reserves what is missing of `needs`, each reservation in the record as it becomes whole. What was reserved before an error
/// is in the record, too.
///
/// # Errors
/// As [`crate::workflow::hugepages::change::reserve`]; `NotSupported` on a host without such pages.
pub async fn take(context: &Context, uuid: Uuid, record: &mut Record, needs: &[Need]) -> Result<()> {
    if needs.is_empty() {
        return Ok(());
    }
    let (kernel, needs) = (context.memory.kernel(), needs.to_vec());
    let wanted = blocking(move || places(&*kernel, &needs)).await?;
    let own: Vec<(Place, u64)> = wanted.iter().map(|(place, count)| (*place, *count)).collect();
    let others: Vec<(Place, u64)> = context.running.starting(|starting| {
        let others = starting.iter().filter(|(other, _)| **other != uuid).flat_map(|(_, pages)| pages).copied().collect();
        starting.insert(uuid, own);
        others
    });
    for (place, count) in wanted {
        // Pages that another machine is about to touch look free.
        let promised = others.iter().filter(|(other, _)| is_same(*other, place)).map(|(_, count)| count).sum::<u64>();
        if let Some(pages) = reserve(context, uuid, record, place, count, promised).await? {
            record.machines.entry(uuid).or_default().pages.push(pages);
        }
    }
    Ok(())
}

fn is_same(one: Place, other: Place) -> bool {
    one.page_size == other.page_size && (one.node == other.node || one.node.is_none() || other.node.is_none())
}

async fn reserve(context: &Context, uuid: Uuid, record: &Record, place: Place, count: u64, promised: u64) -> Result<Option<Pages>> {
    let (kept, mut next) = (context.running.kept.clone(), record.clone());
    let work = move |kernel: &dyn Kernel, journal: &dyn Journal, watch: Watch<'_>| {
        let missing = (count + promised).saturating_sub(available(kernel, place)?).min(count);
        if missing == 0 {
            return Ok(None);
        }
        let pages =
            Pages { id: Uuid::new_v4().simple().to_string(), page_size: place.page_size, node: place.node, count: missing, before: None };
        next.machines.entry(uuid).or_default().pages.push(pages.clone());
        let settle = || kept.put(&next).map_err(Error::io("Writing what machines have of the host"));
        let wish = Wish { place, count: missing, compact: true, caches: Caches::GoSeldom, partial: false };
        reserve_for(kernel, journal, &wish, watch, &pages.id, &settle).map(|_| Some(pages))
    };
    context.memory.exclusive(None, work).await
}

/// Gives the pages of a machine back as far as nobody uses them. Says whether none is left.
///
/// # Errors
/// The kernel's; what is left is in the record.
pub async fn give_back(context: &Context, uuid: Uuid, record: &mut Record) -> Result<bool> {
    let owed = record.machines.get(&uuid).map_or(0, |taken| taken.pages.len());
    for index in 0..owed {
        let (kept, next) = (context.running.kept.clone(), record.clone());
        let work = move |kernel: &dyn Kernel, journal: &dyn Journal, _: Watch<'_>| return_one(kernel, journal, &kept, next, uuid, index);
        let left = context.memory.exclusive(None, work).await?;
        if let Some(pages) = record.machines.get_mut(&uuid).and_then(|taken| taken.pages.get_mut(index)) {
            (pages.count, pages.before) = (left, None);
        }
    }
    let Some(taken) = record.machines.get_mut(&uuid) else { return Ok(true) };
    taken.pages.retain(|pages| pages.count > 0);
    Ok(taken.pages.is_empty())
}

/// Returns how many are left.
fn return_one(kernel: &dyn Kernel, journal: &dyn Journal, kept: &Kept, mut record: Record, uuid: Uuid, index: usize) -> Result<u64> {
    let Some(pages) = record.machines.get_mut(&uuid).and_then(|taken| taken.pages.get_mut(index)) else { return Ok(0) };
    let place = Place { page_size: pages.page_size, node: pages.node };
    // There is no such node any more, and so no page of it.
    let Some(figures) = place.figures(kernel) else { return Ok(0) };
    let given = pages.before.map_or(0, |before| before.saturating_sub(figures.reserved()));
    pages.count = pages.count.saturating_sub(given);
    let left = pages.count;
    if left == 0 || available(kernel, place)? == 0 {
        return Ok(left);
    }
    pages.before = Some(figures.reserved());
    kept.put(&record).map_err(Error::io("Writing what machines have of the host"))?;
    Ok(left - return_pages(kernel, journal, place, left)?.min(left))
}

/// How many pages have to be where: several nodes share what they have to hold.
fn places(kernel: &dyn Kernel, needs: &[Need]) -> Result<BTreeMap<Place, u64>> {
    let mut places = BTreeMap::new();
    for need in needs {
        let page_size = if need.page_size == 0 { usual(kernel)? } else { need.page_size };
        if page_size == 0 {
            return Err(Error::NotSupported { reason: "the host has no huge pages" });
        }
        let count = need.bytes.div_ceil(page_size);
        let nodes: Vec<Option<u32>> = if need.nodes.is_empty() { vec![None] } else { need.nodes.iter().copied().map(Some).collect() };
        let parts = nodes.len() as u64;
        for (index, node) in (0..).zip(nodes) {
            let part = count / parts + u64::from(index < count % parts);
            *places.entry(Place { page_size, node }).or_default() += part;
        }
    }
    places.retain(|_, count| *count > 0);
    Ok(places)
}

/// Bytes of the host's usual huge page.
fn usual(kernel: &dyn Kernel) -> Result<u64> {
    let text = kernel.read("proc/meminfo").map_err(Error::io("Reading the host's memory"))?;
    field(&text, "Hugepagesize").ok_or(Error::NotSupported { reason: "the host has no huge pages" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        host::{Root, memory::files::number},
        store::{Store, running::Taken},
    };

    #[test]
    fn pages_that_were_given_back_before_a_crash_are_not_given_back_twice() {
        let tree = tempfile::tempdir().unwrap();
        let store = Store::open(&tree.path().join("state")).unwrap();
        let pool = "sys/kernel/mm/hugepages/hugepages-2048kB";
        std::fs::create_dir_all(tree.path().join(pool)).unwrap();
        let root = Root::captured(tree.path());
        let set = |file: &str, value: u64| std::fs::write(tree.path().join(pool).join(file), format!("{value}\n")).unwrap();
        let total = || number(&root, &format!("{pool}/nr_hugepages")).unwrap();
        let pages = |before| Pages { id: "x".into(), page_size: 2 << 20, node: None, count: 6, before };
        for (before, reserved, left, after) in
            [(None, 20, 0, 14), (Some(20), 20, 0, 14), (Some(20), 16, 0, 14), (Some(20), 14, 0, 14), (Some(20), 1, 0, 1)]
        {
            set("nr_hugepages", reserved);
            set("free_hugepages", 10);
            let taken = Taken { pages: vec![pages(before)], ..Taken::default() };
            let record = Record { machines: BTreeMap::from([(Uuid::nil(), taken)]), ..Record::default() };
            let rest = return_one(&root, &store.memory_journal(), &store.running(), record, Uuid::nil(), 0).unwrap();
            assert_eq!((rest, total()), (left, after), "{before:?} {reserved}");
        }
    }

    #[test]
    fn pages_are_counted_up_and_shared_by_the_nodes_that_hold_them() {
        let tree = tempfile::tempdir().unwrap();
        std::fs::create_dir(tree.path().join("proc")).unwrap();
        let root = Root::captured(tree.path());
        let need = |page_size, nodes: &[u32], bytes| Need { page_size, nodes: nodes.to_vec(), bytes };
        let mib = 1 << 20;
        let usual = [need(0, &[], 5 * mib)];
        assert!(places(&root, &usual).is_err());
        std::fs::write(tree.path().join("proc/meminfo"), "MemTotal: 1 kB\nHugepagesize:       2048 kB\n").unwrap();
        let place = |page_size, node| Place { page_size, node };
        assert_eq!(places(&root, &usual).unwrap(), BTreeMap::from([(place(2 * mib, None), 3)]));
        let both = [need(2 * mib, &[0, 1], 10 * mib), need(2 * mib, &[1], 4 * mib), need(1 << 30, &[1], 0)];
        assert_eq!(places(&root, &both).unwrap(), BTreeMap::from([(place(2 * mib, Some(0)), 3), (place(2 * mib, Some(1)), 4)]));
    }
}
