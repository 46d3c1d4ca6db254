//! What shall be changed about the pages of a host, and what can be.

use std::collections::{BTreeMap, VecDeque};

use client::{
    hugepages::{HugePages, Pages, Plan, Pool},
    tuning::{AtBoot, BootPlan},
};

use crate::action::MemoryChange;

/// Pages of a size on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The node.
    pub node: u32,
    /// Bytes of a page.
    pub size: u64,
}

impl Spot {
    pub(super) const fn of(pool: &Pool) -> Self {
        Self { node: pool.node, size: pool.page_size }
    }

    pub(super) const fn pages(self, count: u64) -> Pages {
        Pages { size: self.size, count, node: Some(self.node) }
    }
}

/// How many pages there can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub least: u64,
    pub now: u64,
    pub most: u64,
}

/// Why a change is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// So many at most, as long as the floor is to stay free.
    TooMany(u64),
    /// So many at least: they are in use or promised.
    InUse(u64),
    /// The service has not said yet what is possible.
    Unknown,
}

/// A change of one pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub spot: Spot,
    pub from: u64,
    pub to: u64,
    pub refusal: Option<Refusal>,
}

impl Change {
    /// Bytes that go to pages, negative if they come back.
    pub fn bytes(&self) -> i128 {
        (i128::from(self.to) - i128::from(self.from)) * i128::from(self.spot.size)
    }
}

/// How many pages there shall be, where that is another number than now.
#[derive(Debug, Default)]
pub(super) struct Draft {
    wanted: BTreeMap<Spot, u64>,
    /// What the service said of one page more.
    pub plans: BTreeMap<Spot, Plan>,
    /// Whether as many as are wanted shall be there at each start, where that was chosen.
    boot: BTreeMap<Spot, bool>,
    /// What the service said of so many at each start.
    pub boot_plans: BTreeMap<Spot, (u64, BootPlan)>,
}

/// Another number of pages at each start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BootChange {
    pub spot: Spot,
    pub to: u64,
    /// What the service says of it; none of none, and until it has.
    pub plan: Option<BootPlan>,
}

impl BootChange {
    pub fn is_possible(&self) -> bool {
        self.to == 0 || self.plan.as_ref().is_some_and(|plan| plan.possible)
    }
}

impl Draft {
    pub fn set(&mut self, pages: &HugePages, spot: Spot, count: u64) {
        if pages.pool(spot.size, spot.node).is_some_and(|pool| pool.total == count) {
            self.wanted.remove(&spot);
        } else {
            self.wanted.insert(spot, count);
        }
    }

    pub fn clear(&mut self) {
        self.wanted.clear();
        self.boot.clear();
    }

    /// As many as are wanted at each start, or none.
    pub fn keep(&mut self, spot: Spot, is_on: bool) {
        self.boot.insert(spot, is_on);
    }

    /// It is so now.
    pub fn kept(&mut self, spot: Spot) {
        self.boot.remove(&spot);
    }

    /// How many there shall be at each start.
    pub fn at_boot(&self, at_boot: &AtBoot, pool: &Pool) -> u64 {
        match self.boot.get(&Spot::of(pool)) {
            Some(true) => self.wanted(pool),
            Some(false) => 0,
            None => at_boot.count(pool.page_size, Some(pool.node)),
        }
    }

    /// The number for which the service has to be asked anew, if pages of it are to be there at each start.
    pub fn unplanned(&self, pool: &Pool) -> Option<u64> {
        let spot = Spot::of(pool);
        let count = self.boot.get(&spot).filter(|is_on| **is_on).map(|_| self.wanted(pool)).filter(|count| *count > 0)?;
        let is_known = self.boot_plans.get(&spot).is_some_and(|(planned, _)| *planned == count);
        (!is_known).then_some(count)
    }

    /// What changes at each start.
    pub fn boot_changes(&self, pages: &HugePages, at_boot: &AtBoot) -> Vec<BootChange> {
        let change = |(spot, _): (&Spot, &bool)| {
            let pool = pages.pool(spot.size, spot.node)?;
            let to = self.at_boot(at_boot, pool);
            let plan = self.boot_plans.get(spot).filter(|(count, _)| *count == to).map(|(_, plan)| plan.clone());
            (to != at_boot.count(spot.size, Some(spot.node))).then_some(BootChange { spot: *spot, to, plan })
        };
        self.boot.iter().filter_map(change).collect()
    }

    pub fn forget(&mut self, spot: Spot) {
        self.wanted.remove(&spot);
    }

    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.boot.is_empty()
    }

    /// Drops what is so by now, and pools that are gone.
    pub fn follow(&mut self, pages: &HugePages) {
        self.wanted.retain(|spot, count| pages.pool(spot.size, spot.node).is_some_and(|pool| pool.total != *count));
    }

    /// How many pages there shall be.
    pub fn wanted(&self, pool: &Pool) -> u64 {
        self.wanted.get(&Spot::of(pool)).copied().unwrap_or(pool.total)
    }

    pub fn range(&self, pages: &HugePages, pool: &Pool) -> Range {
        let idle = pages.idle(pool.page_size, Some(pool.node));
        let more = self.plans.get(&Spot::of(pool)).map_or(0, |plan| plan.most);
        Range { least: pool.total.saturating_sub(idle), now: pool.total, most: pool.total.saturating_add(more) }
    }

    /// All changes, those that give back first: what they free is there for the others.
    pub fn changes(&self, pages: &HugePages) -> Vec<Change> {
        let change = |(spot, to): (&Spot, &u64)| {
            let pool = pages.pool(spot.size, spot.node)?;
            let range = self.range(pages, pool);
            let refusal = if *to < range.least {
                Some(Refusal::InUse(range.least))
            } else if *to > range.now && !self.plans.contains_key(spot) {
                Some(Refusal::Unknown)
            } else {
                (*to > range.most).then_some(Refusal::TooMany(range.most))
            };
            Some(Change { spot: *spot, from: pool.total, to: *to, refusal })
        };
        let mut changes: Vec<Change> = self.wanted.iter().filter_map(change).collect();
        changes.sort_by_key(|change| change.to > change.from);
        changes
    }

    /// The calls that make the changes, one after the other.
    pub fn steps(&self, pages: &HugePages, partial: bool) -> VecDeque<MemoryChange> {
        let step = |change: Change| match change.to.checked_sub(change.from) {
            Some(more) => MemoryChange::Reserve(change.spot.pages(more), partial),
            None => MemoryChange::Release(change.spot.pages(change.from - change.to)),
        };
        self.changes(pages).into_iter().map(step).collect()
    }
}

/// Bytes that stay available after these changes, negative if there are not so many.
pub(super) fn left(pages: &HugePages, changes: &[Change]) -> i128 {
    i128::from(pages.available) - changes.iter().map(Change::bytes).sum::<i128>()
}

/// Whether each change is possible, and all of them together.
pub(super) fn is_possible(pages: &HugePages, changes: &[Change]) -> bool {
    let takes = changes.iter().map(Change::bytes).sum::<i128>() > 0;
    changes.iter().all(|change| change.refusal.is_none()) && (!takes || left(pages, changes) >= i128::from(pages.floor))
}

#[cfg(test)]
mod tests {
    use client::hugepages::Size;

    use super::*;

    const GIB: u64 = 1 << 30;

    fn host() -> HugePages {
        let pool = |node, total, free| Pool { page_size: GIB, node, total, free, surplus: 0 };
        HugePages {
            sizes: vec![Size { page_size: GIB, total: 6, free: 3, promised: 1, surplus: 0 }],
            pools: vec![pool(0, 4, 1), pool(1, 2, 2)],
            available: 12 * GIB,
            floor: 4 * GIB,
            ..HugePages::default()
        }
    }

    fn draft(changes: &[(u32, u64)]) -> Draft {
        let mut draft = Draft::default();
        for node in 0..2 {
            draft.plans.insert(Spot { node, size: GIB }, Plan { most: 5, ..Plan::default() });
        }
        changes.iter().for_each(|(node, count)| draft.set(&host(), Spot { node: *node, size: GIB }, *count));
        draft
    }

    fn refusals(changes: &[(u32, u64)]) -> Vec<Option<Refusal>> {
        draft(changes).changes(&host()).into_iter().map(|change| change.refusal).collect()
    }

    #[test]
    fn what_is_in_use_or_promised_or_too_much_is_refused() {
        assert_eq!(refusals(&[(0, 2)]), [Some(Refusal::InUse(3))]);
        assert_eq!(refusals(&[(1, 0)]), [None]);
        assert_eq!(refusals(&[(0, 10)]), [Some(Refusal::TooMany(9))]);
        assert_eq!(refusals(&[(0, 9)]), [None]);
    }

    #[test]
    fn nothing_is_possible_before_the_service_said_what_is() {
        let mut draft = draft(&[(0, 5)]);
        draft.plans.clear();
        assert_eq!(draft.changes(&host())[0].refusal, Some(Refusal::Unknown));
    }

    #[test]
    fn changes_that_are_possible_alone_may_be_too_much_together() {
        let (one, both) = (draft(&[(0, 9)]), draft(&[(0, 9), (1, 7)]));
        assert!(is_possible(&host(), &one.changes(&host())));
        assert!(!is_possible(&host(), &both.changes(&host())));
        assert_eq!(left(&host(), &both.changes(&host())), i128::from(2 * GIB));
    }

    #[test]
    fn pages_are_given_back_before_others_are_reserved() {
        let steps: Vec<_> = draft(&[(0, 5), (1, 1)]).steps(&host(), true).into();
        let pages = |node, count| Pages { size: GIB, count, node: Some(node) };
        assert_eq!(steps, [MemoryChange::Release(pages(1, 1)), MemoryChange::Reserve(pages(0, 1), true)]);
    }

    #[test]
    fn as_many_are_kept_at_each_start_as_are_wanted_and_only_what_the_service_knows_is_possible() {
        let at_boot = AtBoot::default();
        let mut draft = draft(&[(0, 5)]);
        let spot = Spot { node: 0, size: GIB };
        assert_eq!(draft.boot_changes(&host(), &at_boot), []);
        draft.keep(spot, true);
        assert_eq!(draft.unplanned(&host().pools[0]), Some(5));
        let changes = draft.boot_changes(&host(), &at_boot);
        assert_eq!((changes[0].to, changes[0].is_possible()), (5, false));
        draft.boot_plans.insert(spot, (5, BootPlan { possible: true, ..BootPlan::default() }));
        assert!(draft.unplanned(&host().pools[0]).is_none() && draft.boot_changes(&host(), &at_boot)[0].is_possible());
        draft.set(&host(), spot, 7);
        assert_eq!(draft.unplanned(&host().pools[0]), Some(7), "another number is another question");
        draft.keep(spot, false);
        assert_eq!(draft.boot_changes(&host(), &at_boot), [], "there were none");
    }

    #[test]
    fn what_is_so_by_now_is_no_change_any_more() {
        let mut draft = draft(&[(0, 5)]);
        let mut host = host();
        host.pools[0].total = 5;
        draft.follow(&host);
        assert!(draft.is_empty());
    }
}
