//! What a person may want to be told.

use client::{Error, Job, LeftBehind, Problem, StateReason, Uuid, hand_over::HandOver, host, settings};

/// Something that happened while we watched.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// On which host.
    pub host: host::Id,
    /// To which machine, and its label; `None` for the host itself.
    pub machine: Option<(Uuid, String)>,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// QEMU ended by itself, or the guest's kernel panicked.
    Crashed(StateReason),
    /// It was paused by a disk error, a full disk or its watchdog.
    Standstill(StateReason),
    /// Long work is done.
    JobFinished(Job),
    /// Work ended without success.
    JobFailed(Job, Error),
    /// A change of a device could neither be done nor undone.
    LeftBehind(LeftBehind),
    /// The trial of a machine that has the screen of its host ends in so many seconds.
    TrialEnds(u64),
    /// The host has its screen back.
    ScreenBack,
    /// Not everything came back with it.
    ScreenLeft(HandOver),
    /// A host that was connected no longer answers.
    HostLost(Problem),
    /// The service answers, but its libvirt is away.
    LibvirtLost(String),
    /// A lost host, or its libvirt, is back.
    HostBack,
}

impl What {
    /// Which switch of the settings it belongs to.
    #[must_use]
    pub const fn when(&self, notify: &settings::Notify) -> settings::When {
        match self {
            Self::Crashed(_) => notify.crashed,
            Self::Standstill(_) => notify.io_error,
            Self::JobFinished(_) => notify.job_finished,
            Self::JobFailed(..) => notify.job_failed,
            Self::LeftBehind(_) | Self::ScreenLeft(_) => notify.left_behind,
            // Somebody wanted the trial, and it is short.
            Self::TrialEnds(_) => settings::When::Always,
            Self::ScreenBack => notify.job_finished,
            Self::HostLost(_) | Self::LibvirtLost(_) | Self::HostBack => notify.host_lost,
        }
    }

    /// Larger is worse: a worse one is not kept back because of a lesser one.
    #[must_use]
    pub const fn weight(&self) -> u8 {
        match self {
            Self::Crashed(_) | Self::ScreenLeft(_) => 4,
            // What came back takes the place of what was about to end.
            Self::Standstill(_) | Self::LeftBehind(_) | Self::ScreenBack => 3,
            Self::HostLost(_) | Self::LibvirtLost(_) | Self::TrialEnds(_) => 2,
            Self::JobFailed(..) => 1,
            Self::JobFinished(_) | Self::HostBack => 0,
        }
    }
}
