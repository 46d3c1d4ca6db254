//! Transparent huge pages and merging of equal pages: one value each, read back.

use crate::{
    error::{Error, Result},
    host::memory::{
        KSM, Memory, Merging, TRANSPARENT, Transparent,
        files::{Kernel, chosen, number},
    },
    workflow::hugepages::change::refused,
};

/// When memory gets huge pages of itself.
pub const MODES: &[&str] = &["always", "madvise", "never"];
/// How hard the kernel tries.
pub const DEFRAG: &[&str] = &["always", "defer", "defer+madvise", "madvise", "never"];

/// Sets the policy of transparent huge pages; a half that fails puts the other back.
///
/// # Errors
/// `NotSupported` if the kernel has none or the service may not write; `Failed` if the kernel did not take the word.
pub fn set_transparent(kernel: &dyn Kernel, mode: &'static str, defrag: Option<&'static str>) -> Result<()> {
    let before = Transparent::of(kernel);
    if before.mode.is_empty() {
        return Err(Error::NotSupported { reason: "the kernel has no transparent huge pages" });
    }
    if let Some(defrag) = defrag {
        choose(kernel, "defrag", defrag)?;
    }
    choose(kernel, "enabled", mode).inspect_err(|_| {
        if defrag.is_some()
            && let Err(error) = choose(kernel, "defrag", &before.defrag)
        {
            tracing::error!(cause = ?error, "The defragmentation for transparent huge pages could not be put back");
        }
    })
}

fn choose(kernel: &dyn Kernel, file: &str, word: &str) -> Result<()> {
    let path = format!("{TRANSPARENT}/{file}");
    kernel.write(&path, word).map_err(refused)?;
    taken(chosen(kernel, &path).as_deref() == Some(word))
}

/// How merging is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// Stopped; what was merged stays so.
    Stop,
    /// Running.
    Run,
    /// Stopped, and what was merged is taken apart.
    Unmerge,
}

/// Starts or stops the merging of equal pages. Taking apart what was merged needs the memory that it saved.
///
/// # Errors
/// `MemoryFloor` if there is not enough; `NotSupported`; `Failed` if the kernel did not take the value.
pub fn set_merging(kernel: &dyn Kernel, merge: Merge) -> Result<()> {
    let now = Merging::of(kernel);
    if now.state == 0 {
        return Err(Error::NotSupported { reason: "the kernel cannot merge pages" });
    }
    let memory = Memory::of(kernel);
    if merge == Merge::Unmerge && now.saved > memory.spare() {
        return Err(Error::MemoryFloor { available: memory.available, floor: memory.floor(), needed: now.saved, most: 0 });
    }
    let value = match merge {
        Merge::Stop => 0,
        Merge::Run => 1,
        Merge::Unmerge => 2,
    };
    let path = format!("{KSM}/run");
    kernel.write(&path, &value.to_string()).map_err(refused)?;
    taken(number(kernel, &path) == Some(value))
}

fn taken(is_taken: bool) -> Result<()> {
    if is_taken { Ok(()) } else { Err(Error::Internal("the kernel did not take a setting")) }
}
