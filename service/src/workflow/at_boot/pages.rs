//! Huge pages at each start of the computer, when memory is still in one piece.

use std::sync::Arc;

use dbus::hugepages::BootPlan;

use super::Changed;
use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        Root,
        hugepages::{NODES, Place},
        memory::{Memory, field, files::Kernel},
    },
    policy::{Grant, action::HostMemory},
    store::{
        Store,
        boot::{MOST_PAGES, Outcome, Pages, Wanted},
    },
    workflow::hugepages::{
        change,
        plan::{Caches, Wish},
    },
};

/// What the host could give, and the argument with which the kernel does it itself.
///
/// # Errors
/// `NotFound` if there are no such pages; `InvalidArgument` for an absurd number.
pub async fn plan(context: &Arc<Context>, wanted: Pages) -> Result<BootPlan> {
    let (root, seen) = (context.root.clone(), context.at_boot.seen());
    let planned = tokio::task::spawn_blocking(move || judge(&root, &seen.wanted, wanted)).await;
    planned.map_err(|_| Error::Internal("a plan of huge pages"))?
}

/// A host that starts has nearly all its memory: what all that is wanted leaves of it must be the floor.
fn judge(kernel: &dyn Kernel, all: &Wanted, wanted: Pages) -> Result<BootPlan> {
    let absurd = Error::InvalidArgument { argument: "count", reason: "more than any host has" };
    let bytes = wanted.page_size.checked_mul(wanted.count).ok_or(absurd)?;
    place(&wanted).figures(kernel).ok_or(Error::NotFound { what: "huge pages" })?;
    let memory = Memory::of(kernel);
    let others = || all.pages.iter().filter(|pages| !pages.is_of(&wanted));
    let sum = |pages: &mut dyn Iterator<Item = &Pages>| pages.fold(0_u64, |sum, pages| sum.saturating_add(pages.bytes()));
    let mut available = memory.total.saturating_sub(sum(&mut others()));
    let mut spare = available.saturating_sub(memory.floor());
    if let Some(node) = wanted.node {
        let text = kernel.read(&format!("{NODES}/node{node}/meminfo")).unwrap_or_default();
        let here = sum(&mut others().filter(|pages| pages.node == wanted.node));
        available = available.min(field(&text, "MemTotal").unwrap_or_default().saturating_sub(here));
        spare = spare.min(available);
    }
    let most = spare.checked_div(wanted.page_size).unwrap_or_default();
    let (possible, floor) = (wanted.count <= most, memory.floor());
    Ok(BootPlan { possible, bytes, available, floor, most, kernel_argument: argument(&wanted) })
}

/// The kernel's argument for so many pages.
fn argument(pages: &Pages) -> String {
    let size = match pages.page_size {
        bytes if bytes % (1 << 30) == 0 => format!("{}G", bytes >> 30),
        bytes if bytes % (1 << 20) == 0 => format!("{}M", bytes >> 20),
        bytes => format!("{}K", bytes >> 10),
    };
    let node = pages.node.map(|node| format!("{node}:")).unwrap_or_default();
    format!("hugepagesz={size} hugepages={node}{}", pages.count)
}

const fn place(pages: &Pages) -> Place {
    Place { page_size: pages.page_size, node: pages.node }
}

/// Has pages reserved at each start; none means no longer.
///
/// # Errors
/// `NotFound` if there are no such pages, or none were wanted; `MemoryFloor`; `LimitExceeded`; `NotSupported` where the
/// service may not change the host's memory; `NoSpace`. Nothing has changed then.
pub async fn keep(context: &Arc<Context>, grant: &Grant<HostMemory>, wanted: Pages) -> Result<()> {
    if wanted.count > 0 {
        let plan = plan(context, wanted).await?;
        if !plan.possible {
            let BootPlan { available, floor, bytes: needed, most, .. } = plan;
            return Err(Error::MemoryFloor { available, floor, needed, most });
        }
        if !context.root.is_writable(&place(&wanted).control()) {
            return Err(Error::NotSupported { reason: "the service may not change the host's memory" });
        }
    }
    context.at_boot.change(move |all| replace(all, wanted)).await?;
    tracing::info!(uid = grant.caller().uid, ?wanted, "Huge pages at each start");
    Ok(())
}

fn replace(all: &mut Wanted, wanted: Pages) -> Changed {
    let before = all.pages.len();
    all.pages.retain(|pages| !pages.is_of(&wanted));
    if wanted.count == 0 {
        return if all.pages.len() == before { Err(Error::NotFound { what: "huge pages at each start" }) } else { Ok(()) };
    }
    all.pages.push(wanted);
    all.pages.sort_by_key(|pages| (pages.page_size, pages.node));
    let limit = MOST_PAGES as u64;
    if all.pages.len() > MOST_PAGES { Err(Error::LimitExceeded { what: "huge pages at each start", limit }) } else { Ok(()) }
}

/// Reserves what is missing of each, at a start of the computer.
pub fn reserve(root: &Root, store: &Store, wanted: &[Pages]) -> Vec<Outcome> {
    wanted.iter().map(|pages| one(root, store, pages)).collect()
}

fn one(root: &Root, store: &Store, pages: &Pages) -> Outcome {
    let outcome = |word: &str, reasons: Vec<String>| {
        tracing::info!(?pages, outcome = word, ?reasons, "Huge pages of this start");
        Outcome { part: pages.part(), word: word.to_owned(), reasons }
    };
    let Some(figures) = place(pages).figures(root) else { return outcome("gone", Vec::new()) };
    let count = pages.count.saturating_sub(figures.reserved());
    if count == 0 {
        return outcome("reserved", Vec::new());
    }
    // Noted in the journal as what it is: authorized when it was written down.
    let _grant = Grant::<HostMemory>::at_boot(Vec::new(), "reserve-huge-pages");
    let wish = Wish { place: place(pages), count, compact: true, caches: Caches::Stay, partial: false };
    match change::reserve(root, &store.memory_journal(), &wish, &|_| true) {
        Ok(_) => outcome("reserved", Vec::new()),
        Err(Error::MemoryFloor { .. }) => outcome("refused", vec!["memory-floor".to_owned()]),
        Err(Error::LimitExceeded { limit, .. }) => outcome("too-few", vec![limit.to_string()]),
        Err(error) => {
            tracing::error!(cause = ?error, "Huge pages were not reserved");
            outcome("failed", Vec::new())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_argument_has_its_own_units_and_the_node() {
        let of = |page_size, node, count| argument(&Pages { page_size, node, count });
        assert_eq!(of(2 << 20, None, 512), "hugepagesz=2M hugepages=512");
        assert_eq!(of(1 << 30, Some(1), 4), "hugepagesz=1G hugepages=1:4");
        assert_eq!(of(64 << 10, None, 1), "hugepagesz=64K hugepages=1");
    }
}
