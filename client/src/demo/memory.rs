//! Processors and memory of the host in memory: two nodes, pages of two sizes, and machines that use them.

use std::sync::Arc;

use tokio::sync::Notify;

use super::{
    Demo, Preset,
    guest::Guest,
    host_parts,
    refusal::{self, floor, limit},
    roster::GIB,
    tuning,
    world::World,
};
use crate::{
    Error, Event,
    hugepages::{HugePages, Merging, Pages, Plan, Pool, Size, User},
    readiness::Check,
};

const HOST_MEMORY: &str = "org.kvmmanager.manager1.host-memory";
/// Sizes of pages.
pub(super) const SMALL: u64 = 2 << 20;
pub(super) const LARGE: u64 = GIB;
const SIZES: [u64; 2] = [SMALL, LARGE];
const MEMORY: u64 = 64 * GIB;
pub(super) const FLOOR: u64 = MEMORY / 10;
/// What the figures of the design leave.
const AVAILABLE: u64 = MEMORY - 45 * GIB - 614 * (1 << 20);
/// Bytes of a node that hold caches of files, and could be had.
const CACHES: u64 = GIB;
/// Pages of 1 GiB that each node has in one piece besides those that are reserved at the beginning.
const WHOLE: u64 = 5;

/// Pages that are reserved on a node.
#[derive(Clone, Copy, Debug)]
struct Reserved {
    size: u64,
    node: u32,
    total: u64,
}

/// What can be changed of it.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    reserved: [Reserved; 4],
    transparent: String,
    defrag: String,
    merging: Merging,
    saved: u64,
    is_busy: bool,
    /// What was told last.
    told: Option<Arc<HugePages>>,
}

impl Memory {
    pub(super) fn new() -> Self {
        let pool = |size, node, total| Reserved { size, node, total };
        Self {
            reserved: [pool(SMALL, 0, 0), pool(SMALL, 1, 3072), pool(LARGE, 0, 20), pool(LARGE, 1, 0)],
            transparent: "madvise".to_owned(),
            defrag: "madvise".to_owned(),
            merging: Merging::Running,
            saved: GIB + GIB / 4,
            is_busy: false,
            told: None,
        }
    }

    /// Bytes of a node that hold nothing.
    pub(super) fn free(&self, node: u32) -> u64 {
        let at_first = Self::new().bytes(Some(node));
        let base = if node == 0 { 15 * GIB / 2 } else { 37 * GIB / 4 };
        (base + at_first).saturating_sub(self.bytes(Some(node)))
    }

    fn bytes(&self, node: Option<u32>) -> u64 {
        self.reserved.iter().filter(|pool| node.is_none_or(|node| pool.node == node)).map(|pool| pool.size * pool.total).sum()
    }

    fn available(&self) -> u64 {
        (AVAILABLE + Self::new().bytes(None)).saturating_sub(self.bytes(None))
    }

    fn plan(&self, pages: Pages) -> Result<Plan, Error> {
        check(pages)?;
        let available = self.available();
        let spare = available.saturating_sub(FLOOR);
        let spare = pages.node.map_or(spare, |node| spare.min(self.free(node) + CACHES));
        let most = spare / pages.size;
        Ok(Plan { possible: pages.count <= most, bytes: pages.bytes(), available, floor: FLOOR, most })
    }

    /// How many more the kernel finds on a node: large ones only where memory is in one piece.
    fn whole(&self, pool: &Reserved) -> u64 {
        let first = Self::new().reserved.iter().find(|first| (first.size, first.node) == (pool.size, pool.node)).map_or(0, |it| it.total);
        if pool.size == SMALL { u64::MAX } else { (first + WHOLE).saturating_sub(pool.total) }
    }

    /// The nodes that a wish is about, each with its part of it.
    fn parts(pages: Pages) -> Vec<(u32, u64)> {
        match pages.node {
            Some(node) => vec![(node, pages.count)],
            None => vec![(0, pages.count.div_ceil(2)), (1, pages.count / 2)],
        }
    }
}

pub(super) fn check(pages: Pages) -> Result<(), Error> {
    if pages.count == 0 {
        return Err(refusal::invalid("count", "must be 1 at least"));
    }
    if !SIZES.contains(&pages.size) || pages.node.is_some_and(|node| node > 1) {
        return Err(refusal::not_found("huge pages"));
    }
    Ok(())
}

impl World {
    /// The machines that want pages: who, of which size, on which node.
    fn users(&self) -> impl Iterator<Item = (&Guest, u64, u32)> {
        self.guests.iter().filter_map(|guest| {
            let (size, node) = guest.pages.or_else(|| tuning::wanted_pages(guest))?;
            Some((guest, size, node))
        })
    }

    fn used(&self, pool: &Reserved) -> u64 {
        let here = self.users().filter(|(guest, size, node)| guest.pages.is_some() && (*size, *node) == (pool.size, pool.node));
        here.map(|(guest, size, _)| guest.machine.memory / size).sum()
    }

    /// Whether a machine that is started gets its pages, which may be reserved for it.
    pub(super) fn has_pages_for(&mut self, machine: uuid::Uuid) -> bool {
        let wants = self.users().find(|(guest, ..)| guest.machine.id == machine);
        let Some((guest, size, node)) = wants else { return true };
        let (needed, reserves) = (guest.machine.memory / size, guest.tuning.reserves_pages);
        let pool = self.memory.reserved.iter().find(|pool| (pool.size, pool.node) == (size, node));
        let missing = pool.map_or(needed, |pool| needed.saturating_sub(pool.total.saturating_sub(self.used(pool))));
        let is_possible = || self.memory.plan(Pages { size, count: missing, node: Some(node) }).is_ok_and(|plan| plan.possible);
        if missing == 0 || !(reserves && is_possible()) {
            return missing == 0;
        }
        let taken = self.take_pages(size, node, missing);
        if taken < missing {
            self.set_pages(size, node, |total| total - taken);
            return false;
        }
        self.guests.iter_mut().filter(|guest| guest.machine.id == machine).for_each(|guest| guest.reserved = taken);
        true
    }

    /// A machine is off: what was reserved for it goes.
    pub(super) fn return_pages(&mut self, machine: uuid::Uuid) {
        let Some(guest) = self.guests.iter_mut().find(|guest| guest.machine.id == machine) else { return };
        let (pages, reserved) = (guest.pages.take(), std::mem::take(&mut guest.reserved));
        if let Some((size, node)) = pages {
            self.set_pages(size, node, |total| total.saturating_sub(reserved));
        }
    }

    /// Huge pages as they are now.
    pub(super) fn huge_pages(&self) -> HugePages {
        let memory = &self.memory;
        let pool = |pool: &Reserved| Pool {
            page_size: pool.size,
            node: pool.node,
            total: pool.total,
            free: pool.total.saturating_sub(self.used(pool)),
            surplus: 0,
        };
        let pools: Vec<Pool> = memory.reserved.iter().map(pool).collect();
        let size = |page_size: u64| {
            let of = |figure: fn(&Pool) -> u64| pools.iter().filter(|pool| pool.page_size == page_size).map(figure).sum();
            let free: u64 = of(|pool| pool.free);
            Size { page_size, total: of(|pool| pool.total), free, promised: if page_size == SMALL { free.min(256) } else { 0 }, surplus: 0 }
        };
        HugePages {
            sizes: SIZES.map(size).to_vec(),
            pools,
            memory: MEMORY,
            available: memory.available(),
            floor: FLOOR,
            transparent: memory.transparent.clone(),
            defrag: memory.defrag.clone(),
            transparent_used: 3 * GIB + GIB / 2,
            merging: memory.merging,
            merging_saved: memory.saved,
        }
    }

    /// Tells of the memory if something of it is another than was told.
    pub(super) fn tell_memory(&mut self) {
        let now = Arc::new(self.huge_pages());
        if self.memory.told.as_ref().is_some_and(|told| *told != now) {
            let topology = Arc::new(host_parts::topology(|node| self.memory.free(node)));
            self.tell(&Event::Topology(Some(topology)));
            self.tell(&Event::HugePages(Some(Arc::clone(&now))));
        }
        self.memory.told = Some(now);
    }

    /// Reserves what can be had at once of a part of a wish.
    fn take_pages(&mut self, size: u64, node: u32, count: u64) -> u64 {
        let whole = self.memory.reserved.iter().find(|pool| (pool.size, pool.node) == (size, node)).map_or(0, |it| self.memory.whole(it));
        let taken = count.min(whole);
        self.set_pages(size, node, |total| total + taken);
        taken
    }

    fn set_pages(&mut self, size: u64, node: u32, change: impl Fn(u64) -> u64) {
        for pool in self.memory.reserved.iter_mut().filter(|pool| (pool.size, pool.node) == (size, node)) {
            pool.total = change(pool.total);
        }
    }
}

/// The right to change the host's memory; a job if the work takes its time. What is not kept is put back.
struct Change<'demo> {
    demo: &'demo Demo,
    job: (String, Arc<Notify>),
    before: Option<[Reserved; 4]>,
}

impl<'demo> Change<'demo> {
    fn begin(demo: &'demo Demo, job: &str, is_cancelable: bool) -> Result<Self, Error> {
        let mut world = demo.world();
        if std::mem::replace(&mut world.memory.is_busy, true) {
            return Err(refusal::busy());
        }
        let before = Some(world.memory.reserved);
        let job = world.begin(job, Vec::new(), is_cancelable);
        Ok(Self { demo, job, before })
    }

    async fn wait(&self) -> Result<(), Error> {
        if self.demo.preset() == Preset::Frozen {
            return Ok(());
        }
        tokio::select! {
            biased;
            () = self.job.1.notified() => Err(refusal::cancelled()),
            () = tokio::time::sleep(std::time::Duration::from_millis(350)) => Ok(()),
        }
    }

    /// Reserves a GiB at a time.
    async fn reserve(&self, pages: Pages) -> Result<u64, Error> {
        let (portion, mut reserved) = ((GIB / pages.size).max(1), 0);
        for (node, count) in Memory::parts(pages) {
            let mut left = count;
            while left > 0 {
                self.wait().await?;
                let mut world = self.demo.world();
                let taken = world.take_pages(pages.size, node, left.min(portion));
                reserved += taken;
                let part = super::feed::short(super::figures::float(reserved) / super::figures::float(pages.count));
                world.advance(&self.job.0, part, pages.bytes(), 350_000 * (pages.count - reserved) / portion);
                world.tell_memory();
                if taken == 0 {
                    break;
                }
                left -= taken;
            }
        }
        Ok(reserved)
    }

    fn end<T>(mut self, result: Result<T, Error>) -> Result<T, Error> {
        if result.is_ok() {
            self.before = None;
        }
        self.demo.world().end(&self.job.0, result.as_ref().err().cloned());
        result
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        let mut world = self.demo.world();
        if let Some(before) = self.before.take() {
            world.memory.reserved = before;
        }
        // A caller that went away leaves a job here.
        world.end(&self.job.0, Some(refusal::cancelled()));
        world.memory.is_busy = false;
        world.tell_memory();
    }
}

impl Demo {
    pub(crate) async fn look_at_memory(&self) -> Result<(), Error> {
        self.reaches()?;
        self.world().tell_memory();
        Ok(())
    }

    pub(crate) async fn page_users(&self) -> Result<Vec<User>, Error> {
        self.reaches()?;
        let user = |(guest, page_size, _): (&Guest, u64, u32)| User {
            name: guest.machine.name.clone(),
            machine: Some(guest.machine.id),
            page_size,
            bytes: guest.machine.memory,
            is_active: guest.pages.is_some(),
        };
        Ok(self.world().users().map(user).collect())
    }

    pub(crate) async fn plan_reserve(&self, pages: Pages) -> Result<Plan, Error> {
        self.reaches()?;
        self.world().memory.plan(pages)
    }

    pub(crate) async fn reserve_pages(&self, pages: Pages, partial: bool) -> Result<u64, Error> {
        self.may_change_memory()?;
        let plan = self.world().memory.plan(pages)?;
        if !plan.possible {
            return Err(floor(&plan));
        }
        let change = Change::begin(self, "huge-pages-reserve", true)?;
        let result = match change.reserve(pages).await {
            Ok(0) => Err(limit("huge pages that the kernel can give", 0)),
            Ok(reserved) if reserved < pages.count && !partial => Err(limit("huge pages that the kernel can give", reserved)),
            result => result,
        };
        change.end(result)
    }

    pub(crate) async fn release_pages(&self, pages: Pages) -> Result<u64, Error> {
        self.may_change_memory()?;
        check(pages)?;
        let here = |pool: &&Pool| pool.page_size == pages.size && pages.node.is_none_or(|node| pool.node == node);
        let now = self.world().huge_pages();
        let idle = now.idle(pages.size, pages.node);
        if pages.count > idle {
            return Err(limit("huge pages that nobody uses", idle));
        }
        let change = Change::begin(self, "huge-pages-release", false)?;
        let mut left = pages.count;
        for pool in now.pools.iter().filter(here) {
            let part = left.min(pool.free);
            left -= part;
            self.world().set_pages(pool.page_size, pool.node, |total| total - part);
        }
        change.end(Ok(pages.count))
    }

    pub(crate) async fn set_transparent(&self, mode: String, defrag: Option<String>) -> Result<(), Error> {
        self.may_change_memory()?;
        if !["always", "madvise", "never"].contains(&mode.as_str()) {
            return Err(refusal::invalid("mode", "must be always, madvise or never"));
        }
        let mut world = self.world();
        world.memory.transparent = mode;
        world.memory.defrag = defrag.unwrap_or_else(|| world.memory.defrag.clone());
        world.tell_memory();
        Ok(())
    }

    pub(crate) async fn set_merging(&self, is_running: bool, unmerge: bool) -> Result<(), Error> {
        self.may_change_memory()?;
        let mut world = self.world();
        world.memory.merging = match (is_running, unmerge) {
            (true, true) => return Err(refusal::invalid("unmerge", "only if it is not to run")),
            (true, false) => Merging::Running,
            (false, true) => Merging::TakenApart,
            (false, false) => Merging::Stopped,
        };
        world.memory.saved = match world.memory.merging {
            Merging::TakenApart => 0,
            Merging::Running => GIB + GIB / 4,
            _ => world.memory.saved,
        };
        world.tell_memory();
        Ok(())
    }

    pub(crate) async fn readiness(&self) -> Result<Vec<Check>, Error> {
        self.reaches()?;
        Ok(host_parts::checks())
    }

    /// What the service tells without libvirt, too.
    pub(super) fn reaches(&self) -> Result<(), Error> {
        if self.preset() == Preset::NoLibvirt { Ok(()) } else { self.answers() }
    }

    pub(super) fn may_change_memory(&self) -> Result<(), Error> {
        self.reaches()?;
        if self.preset() == Preset::NotAllowed { Err(refusal::not_authorized(HOST_MEMORY)) } else { Ok(()) }
    }
}
