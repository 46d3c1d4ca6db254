//! What a reservation would leave, before anything is written.

use dbus::hugepages::Plan;

use crate::{
    error::{Error, Result},
    host::{
        hugepages::{NODES, Place},
        memory::{Memory, field, files::Kernel},
    },
};

/// What becomes of the files that the kernel keeps in memory when moving memory together is not enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caches {
    /// They stay.
    Stay,
    /// They go, unless they went a short while ago: whoever may start machines shall not slow the host down again and again.
    GoSeldom,
    /// They go.
    Go,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Of which pages, and where.
    pub place: Place,
    /// How many, 1 at least.
    pub count: u64,
    /// Whether the kernel is asked to move memory together when there is not enough in one piece.
    pub compact: bool,
    /// And if that is not enough.
    pub caches: Caches,
    /// Whether fewer pages than wanted are kept.
    pub partial: bool,
}

impl Wish {
    /// All the pages in bytes.
    ///
    /// # Errors
    /// `InvalidArgument` if that is no number.
    pub fn bytes(&self) -> Result<u64> {
        let absurd = Error::InvalidArgument { argument: "count", reason: "more than any host has" };
        self.place.page_size.checked_mul(self.count).ok_or(absurd)
    }
}

/// Looks whether the host would have enough memory left: never less than the floor.
///
/// # Errors
/// `NotFound` if there are no such pages; `InvalidArgument` for an absurd number.
pub fn plan(kernel: &dyn Kernel, wish: &Wish) -> Result<Plan> {
    let bytes = wish.bytes()?;
    wish.place.figures(kernel).ok_or(Error::NotFound { what: "huge pages" })?;
    let memory = Memory::of(kernel);
    let spare = match wish.place.node {
        Some(node) => memory.spare().min(reclaimable(kernel, node)),
        None => memory.spare(),
    };
    let most = spare.checked_div(wish.place.page_size).unwrap_or_default();
    Ok(Plan { possible: wish.count <= most, bytes, available: memory.available, floor: memory.floor(), most })
}

/// What a node could give at best: what is free, and caches of files. The kernel has no figure of its own for it.
fn reclaimable(kernel: &dyn Kernel, node: u32) -> u64 {
    let text = kernel.read(&format!("{NODES}/node{node}/meminfo")).unwrap_or_default();
    let names = ["MemFree", "Active(file)", "Inactive(file)", "SReclaimable"];
    names.iter().filter_map(|name| field(&text, name)).fold(0, u64::saturating_add)
}
