//! The balloon of a machine that runs: what its guest says, and how much it is to have.

use uuid::Uuid;
use virt_sys as sys;

use super::{
    Libvirt,
    ffi::{self, group},
};
use crate::{
    error::{Error, Result},
    policy::{Grant, action::MachineManage},
};

/// What QEMU and the guest's driver say; bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// What the machine has.
    pub now: u64,
    /// What it can have.
    pub maximum: u64,
    /// What its programs can still have, by the guest's word; `None` if it never said.
    pub usable: Option<u64>,
    /// When the guest said so, seconds since the epoch; 0 if it never did.
    pub said: u64,
    /// What QEMU has of the host's memory.
    pub resident: u64,
}

impl Libvirt {
    /// Reads the figures.
    ///
    /// # Errors
    /// `Busy` while something else is asked of it, `Stalled`, `InvalidState` of a machine without a balloon.
    pub async fn balloon(&self, uuid: Uuid) -> Result<Figures> {
        let figures = self.figures_call(uuid, |domain| ffi::stats_of(domain, group::BALLOON, figures)).await?.unwrap_or_default();
        if figures.now == 0 { Err(Error::InvalidState) } else { Ok(figures) }
    }

    /// Has the guest give memory or take it back, until its end. Returns before it has.
    ///
    /// # Errors
    /// As [`Self::balloon`].
    pub async fn set_balloon(&self, grant: &Grant<MachineManage>, bytes: u64) -> Result<()> {
        self.figures_call(grant.machine()?, move |domain| domain.set_memory_flags(bytes / 1024, sys::VIR_DOMAIN_AFFECT_LIVE)).await
    }

    /// Has QEMU ask the guest for its figures every so many seconds, until its end; never with 0.
    ///
    /// # Errors
    /// As [`Self::balloon`].
    pub async fn ask_balloon_every(&self, grant: &Grant<MachineManage>, seconds: u16) -> Result<()> {
        let period = i32::from(seconds);
        self.figures_call(grant.machine()?, move |domain| domain.set_memory_stats_period(period, sys::VIR_DOMAIN_AFFECT_LIVE)).await
    }
}

fn figures(record: &ffi::Record<'_>) -> Figures {
    let mut read = Figures::default();
    let (mut usable, mut unused) = (None, None);
    for (name, figure) in record.figures() {
        let (value, bytes) = (figure.unsigned(), figure.unsigned().saturating_mul(1024));
        match name {
            "balloon.current" => read.now = bytes,
            "balloon.maximum" => read.maximum = bytes,
            "balloon.usable" => usable = Some(bytes),
            "balloon.unused" => unused = Some(bytes),
            "balloon.last-update" => read.said = value,
            "balloon.rss" => read.resident = bytes,
            _ => {}
        }
    }
    // Old drivers do not count what their caches would give up.
    read.usable = usable.or(unused);
    read
}
