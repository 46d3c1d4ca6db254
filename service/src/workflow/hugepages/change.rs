//! The writes of a reservation, in order: record, pages in portions, nothing left of a failure. It blocks, so it runs on
//! a thread of its own; between two writes it asks whether to go on.

use std::{
    io,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    error::{Error, Result},
    host::{
        hugepages::{Figures, NODES, Place, nodes},
        memory::{Memory, files::Kernel},
    },
    store::memory::{Change, Journal},
    workflow::hugepages::plan::{Caches, Wish, plan},
};

/// Bytes that are reserved with one write: what is wanted can be cancelled between two.
const PORTION: u64 = 1 << 30;
/// How often the kernel is asked to move memory together for one portion.
const COMPACTIONS: u32 = 3;
/// Has the kernel let go of the files that it keeps in memory.
const DROP_CACHES: &str = "proc/sys/vm/drop_caches";
/// Between two times that starts of machines have it do so.
const SELDOM: Duration = Duration::from_secs(600);
const BOOT: &str = "proc/sys/kernel/random/boot_id";

/// Told how many pages there are; says whether to go on.
pub type Watch<'a> = &'a dyn Fn(u64) -> bool;

/// Reserves pages and returns how many: as many as wanted, or fewer if the wish allows that.
///
/// # Errors
/// `NotFound`; `MemoryFloor` if too little would stay available; `LimitExceeded` with the number that the kernel could
/// give; `Cancelled`; `NotSupported` if the service may not write. Nothing is reserved then.
pub fn reserve(kernel: &dyn Kernel, journal: &dyn Journal, wish: &Wish, watch: Watch<'_>) -> Result<u64> {
    reserve_for(kernel, journal, wish, watch, "", &|| Ok(()))
}

/// The same for a machine: `record` has its pages, by `id`, on disk before the record of the reservation goes.
///
/// # Errors
/// As [`reserve`], and those of `record`.
pub fn reserve_for(
    kernel: &dyn Kernel,
    journal: &dyn Journal,
    wish: &Wish,
    watch: Watch<'_>,
    id: &str,
    record: &dyn Fn() -> Result<()>,
) -> Result<u64> {
    recover(kernel, journal)?;
    let plan = plan(kernel, wish)?;
    if !plan.possible {
        return Err(Error::MemoryFloor { available: plan.available, floor: plan.floor, needed: plan.bytes, most: plan.most });
    }
    let change = Change {
        boot: boot(kernel)?,
        page_size: wish.place.page_size,
        count: wish.count,
        before: reserved_by_node(kernel, wish.place),
        id: id.to_owned(),
    };
    journal.put(&change).map_err(Error::io("Writing the record of a reservation"))?;
    let settled = grow(kernel, wish, watch).and_then(|reserved| match reserved {
        reserved if reserved == wish.count || (wish.partial && reserved > 0) => Ok(reserved),
        most => Err(Error::LimitExceeded { what: "huge pages that the kernel can give", limit: most }),
    });
    let settled = settled.and_then(|reserved| record().map(|()| reserved));
    let forgotten = || journal.forget().map_err(Error::io("Removing the record of a reservation"));
    settled.and_then(|reserved| forgotten().map(|()| reserved)).inspect_err(|_| match undo(kernel, &change) {
        // A record that stays is looked at before the next change, and finds nothing to do.
        Ok(()) => drop(journal.forget()),
        Err(error) => tracing::error!(cause = ?error, "Huge pages that should not be there could not be given back"),
    })
}

/// Gives free pages back and returns how many.
///
/// # Errors
/// `NotFound`; `LimitExceeded` with the number that can be given back, if that is less; `NotSupported`.
pub fn release(kernel: &dyn Kernel, journal: &dyn Journal, wish: &Wish) -> Result<u64> {
    recover(kernel, journal)?;
    let before = figures(kernel, wish.place)?;
    let idle = idle(kernel, wish.place, before).min(before.reserved());
    if wish.count > idle {
        return Err(Error::LimitExceeded { what: "huge pages that nobody uses", limit: idle });
    }
    let control = wish.place.control();
    write(kernel, &control, before.reserved() - wish.count)?;
    let mut after = figures(kernel, wish.place)?;
    if after.surplus > before.surplus {
        // Somebody took pages meanwhile: the kernel lets them go at the end of their use. They stay reserved instead.
        write(kernel, &control, after.reserved() + (after.surplus - before.surplus))?;
        after = figures(kernel, wish.place)?;
    }
    Ok(before.reserved().saturating_sub(after.reserved()))
}

/// Gives back as many of these pages as nobody uses and nobody was promised, and returns how many.
///
/// # Errors
/// As [`release`].
pub fn give_back(kernel: &dyn Kernel, journal: &dyn Journal, place: Place, count: u64) -> Result<u64> {
    let before = figures(kernel, place)?;
    let count = idle(kernel, place, before).min(before.reserved()).min(count);
    if count == 0 {
        return Ok(0);
    }
    match release(kernel, journal, &Wish { place, count, compact: false, caches: Caches::Stay, partial: false }) {
        // Somebody was quicker.
        Err(Error::LimitExceeded { .. }) => Ok(0),
        given => given,
    }
}

/// How many pages of a place a machine could have at once.
///
/// # Errors
/// `NotFound` if there is no such place.
pub fn available(kernel: &dyn Kernel, place: Place) -> Result<u64> {
    Ok(idle(kernel, place, figures(kernel, place)?))
}

/// Gives back what a reservation left that was interrupted, in this boot of the host.
///
/// # Errors
/// The system's; the record stays then.
pub fn recover(kernel: &dyn Kernel, journal: &dyn Journal) -> Result<()> {
    let change = match journal.get() {
        Ok(None) => return Ok(()),
        Ok(Some(change)) => Some(change),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            tracing::warn!(%error, "The record of a reservation is damaged, as after a computer that stopped without warning: nothing is undone");
            None
        }
        Err(error) => return Err(Error::io("Reading the record of a reservation")(error)),
    };
    let is_half = |change: &Change| boot(kernel).is_ok_and(|boot| boot == change.boot) && !journal.is_settled(&change.id);
    if let Some(change) = change.filter(is_half) {
        undo(kernel, &change)?;
        tracing::info!(page_size = change.page_size, count = change.count, "An interrupted reservation of huge pages was undone");
    }
    journal.forget().map_err(Error::io("Removing the record of a reservation"))
}

/// Writes portion by portion and returns how many pages more there are.
fn grow(kernel: &dyn Kernel, wish: &Wish, watch: Watch<'_>) -> Result<u64> {
    let control = wish.place.control();
    let before = figures(kernel, wish.place)?.reserved();
    let portion = (PORTION / wish.place.page_size).max(1);
    let (mut reserved, mut help) = (0, Help::default());
    while reserved < wish.count {
        if !watch(reserved) {
            return Err(Error::Cancelled);
        }
        let step = portion.min(wish.count - reserved);
        // Others take memory, too: the floor holds at every step.
        if Memory::of(kernel).spare() < step.saturating_mul(wish.place.page_size) {
            break;
        }
        write(kernel, &control, before + reserved + step)?;
        let got = figures(kernel, wish.place)?.reserved().saturating_sub(before).min(reserved + step);
        if got == reserved + step {
            (reserved, help.compactions) = (got, 0);
            continue;
        }
        reserved = got.max(reserved);
        if !wish.compact || !help.give(kernel, wish) {
            break;
        }
    }
    // Whoever was told meanwhile that it failed must not find pages that nobody knows of.
    if watch(reserved) { Ok(reserved) } else { Err(Error::Cancelled) }
}

/// What helped the kernel to larger pieces so far.
#[derive(Default)]
struct Help {
    /// Of this portion.
    compactions: u32,
    has_dropped: bool,
}

impl Help {
    /// Helps once more; `false` if nothing is left to try.
    fn give(&mut self, kernel: &dyn Kernel, wish: &Wish) -> bool {
        if self.compactions < COMPACTIONS {
            self.compactions += 1;
            compact(kernel, wish.place.node);
            return true;
        }
        // Everybody reads their files anew after it: last, and once.
        if self.has_dropped || !may_drop(wish.caches) {
            return false;
        }
        self.has_dropped = true;
        let _ = kernel.write(DROP_CACHES, "1");
        // What became free is moved together once more.
        self.compactions = COMPACTIONS - 1;
        true
    }
}

fn may_drop(caches: Caches) -> bool {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let may = match caches {
        Caches::Stay => false,
        Caches::GoSeldom => last.is_none_or(|last| last.elapsed() >= SELDOM),
        Caches::Go => true,
    };
    if may {
        *last = Some(Instant::now());
    }
    may
}

/// Has the kernel move memory together.
fn compact(kernel: &dyn Kernel, node: Option<u32>) {
    for node in node.map_or_else(|| nodes(kernel), |node| vec![node]) {
        // Only a help: the next write shows whether it did.
        let _ = kernel.write(&format!("{NODES}/node{node}/compact"), "1");
    }
}

/// Brings each node back to what was reserved before, but keeps pages that somebody uses by now, and what somebody else
/// has changed since.
fn undo(kernel: &dyn Kernel, change: &Change) -> Result<()> {
    for (node, before) in &change.before {
        let place = Place { page_size: change.page_size, node: *node };
        let figures = figures(kernel, place)?;
        let now = figures.reserved();
        if now <= *before || now > before.saturating_add(change.count) {
            continue;
        }
        let idle = idle(kernel, place, figures);
        write(kernel, &place.control(), (*before).max(now.saturating_sub(idle)))?;
    }
    Ok(())
}

/// The pages of a place that nobody uses. What was promised is known for all nodes together only.
fn idle(kernel: &dyn Kernel, place: Place, figures: Figures) -> u64 {
    let everywhere = Place { node: None, ..place }.figures(kernel).unwrap_or(figures);
    figures.free.min(everywhere.idle())
}

fn reserved_by_node(kernel: &dyn Kernel, place: Place) -> Vec<(Option<u32>, u64)> {
    let nodes = match place.node {
        Some(node) => vec![Some(node)],
        None => nodes(kernel).into_iter().map(Some).collect(),
    };
    let alone = nodes.is_empty().then_some(None);
    let reserved = |node| Some((node, Place { node, ..place }.figures(kernel)?.reserved()));
    nodes.into_iter().chain(alone).filter_map(reserved).collect()
}

fn figures(kernel: &dyn Kernel, place: Place) -> Result<Figures> {
    place.figures(kernel).ok_or(Error::NotFound { what: "huge pages" })
}

/// The id of this boot of the host.
///
/// # Errors
/// The system's.
pub fn boot(kernel: &dyn Kernel) -> Result<String> {
    kernel.read(BOOT).map(|text| text.trim().to_owned()).map_err(Error::io("Reading the id of this boot"))
}

/// Writes a number to a file of the kernel's.
///
/// # Errors
/// `NotSupported` if the service may not.
fn write(kernel: &dyn Kernel, path: &str, value: u64) -> Result<()> {
    kernel.write(path, &value.to_string()).map_err(refused)
}

/// What a write that failed means.
pub fn refused(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Error::NotSupported { reason: "the service may not change the host's memory" }
        }
        io::ErrorKind::NotFound => Error::NotSupported { reason: "the kernel has no such setting" },
        _ => Error::io("Writing a setting of the kernel's")(error),
    }
}
