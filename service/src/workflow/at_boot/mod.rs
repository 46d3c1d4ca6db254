//! What of the host's devices holds beyond a start of the computer: written down here, done by the unit of the early start
//! ([`apply`]), and what came of it.

pub mod apply;
pub mod functions;
pub mod pages;
pub mod plan;

use std::{
    io,
    sync::{Arc, PoisonError, RwLock},
};

use dbus::at_boot::state;
use tokio::sync::Mutex;

use crate::{
    context::Context,
    error::{Error, Result, allow},
    host::{
        Root,
        pci::{self, PciAddress},
        vfio,
    },
    policy::{Grant, action::HostDevice},
    store::boot::{Boot, Device, MOST_DEVICES, Outcome, Run, Wanted},
};

/// How a change of what is wanted went.
type Changed = Result<()>;

/// What is wanted, and how it went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// What is wanted.
    pub wanted: Wanted,
    /// How it went at the last start at which it was tried.
    pub run: Run,
    boot: String,
    is_damaged: bool,
}

impl Seen {
    fn read(files: &Boot, boot: &str) -> Self {
        let read = || Ok::<_, io::Error>((files.wanted()?, files.run()?));
        let (wanted, run, is_damaged) = match read() {
            Ok((wanted, run)) => (wanted, run, false),
            Err(error) => {
                tracing::error!(%error, "What is done at each start of the computer cannot be read");
                (Wanted::default(), Run::default(), true)
            }
        };
        Self { wanted, run, boot: boot.to_owned(), is_damaged }
    }

    /// One of the bus's numbers.
    #[must_use]
    pub fn state(&self) -> u32 {
        match &self.run {
            _ if self.is_damaged => state::DAMAGED,
            _ if self.wanted.is_empty() => state::NOTHING,
            run if run.is_skipped => state::SKIPPED,
            run if run.boot != self.boot => state::WAITING,
            run if run.is_confirmed => state::CONFIRMED,
            _ => state::APPLIED,
        }
    }

    /// What came of a part at this start of the computer.
    #[must_use]
    pub fn outcome(&self, part: &str) -> Outcome {
        let found = self.run.outcomes.iter().find(|outcome| outcome.part == part && self.run.boot == self.boot);
        found.cloned().unwrap_or_default()
    }

    /// Whether the virtual functions of this very device are made at each start.
    #[must_use]
    pub fn makes(&self, address: PciAddress, device: &pci::Device) -> bool {
        self.wanted.cards.iter().any(|card| card.address == address && card.is(device))
    }

    /// Whether this very device is taken at each start.
    #[must_use]
    pub fn takes(&self, address: PciAddress, device: &pci::Device) -> bool {
        self.wanted.device(address).is_some_and(|wanted| apply::stranger(wanted, Some(device)).is_none())
    }
}

/// What is done at each start of the computer.
#[derive(Debug)]
pub struct AtBoot {
    files: Boot,
    boot: String,
    seen: RwLock<Arc<Seen>>,
    turn: Mutex<()>,
}

impl AtBoot {
    /// As the files say now. Reads them.
    #[must_use]
    pub fn new(files: Boot, root: &Root) -> Self {
        let boot = vfio::boot(root);
        let seen = RwLock::new(Arc::new(Seen::read(&files, &boot)));
        Self { files, boot, seen, turn: Mutex::default() }
    }

    /// What was read last.
    pub fn seen(&self) -> Arc<Seen> {
        Arc::clone(&self.seen.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The files.
    pub const fn files(&self) -> &Boot {
        &self.files
    }

    /// Reads the files anew. Returns what was known before.
    pub async fn look(&self) -> Arc<Seen> {
        let (files, boot) = (self.files.clone(), self.boot.clone());
        let Ok(now) = tokio::task::spawn_blocking(move || Seen::read(&files, &boot)).await else { return self.seen() };
        std::mem::replace(&mut self.seen.write().unwrap_or_else(PoisonError::into_inner), Arc::new(now))
    }

    /// Changes what is wanted, and has it tried again if it was given up.
    ///
    /// # Errors
    /// Those of `change`; `NoSpace`, `Failed` if it could not be written: then nothing has changed.
    async fn change(&self, change: impl FnOnce(&mut Wanted) -> Changed + Send + 'static) -> Result<()> {
        let _turn = self.turn.lock().await;
        let files = self.files.clone();
        let changed = tokio::task::spawn_blocking(move || {
            let (mut wanted, is_damaged) = match files.wanted() {
                Err(error) if error.kind() == io::ErrorKind::InvalidData => (Wanted::default(), true),
                wanted => (wanted.map_err(Error::io("Reading what is done at each start"))?, false),
            };
            change(&mut wanted)?;
            if is_damaged {
                tracing::warn!("What was done at each start cannot be read; it is set aside");
                files.set_aside().map_err(Error::io("Setting a damaged file aside"))?;
            }
            let written = |result: io::Result<()>| result.map_err(Error::io("Writing what is done at each start"));
            // First the count: with the other order a crash in between would leave what is wanted now given up.
            let run = files.run().map_err(Error::io("Reading how the last starts went"))?;
            written(files.put_run(&run.forgive()))?;
            written(files.put_wanted(&wanted))
        });
        changed.await.map_err(|_| Error::Internal("a change of what is done at each start"))?
    }
}

/// Has the devices of the grant taken at each start of the computer.
///
/// # Errors
/// `Unsafe` with the reasons for which they would be refused; `LimitExceeded`; `NoSpace`. Nothing has changed then.
pub async fn keep(context: &Arc<Context>, grant: &Grant<HostDevice>, allow_no_reset: bool) -> Result<()> {
    let plan = plan::plan(context, grant.devices().to_vec(), allow_no_reset).await?;
    allow(&plan.findings)?;
    let devices = plan.wanted;
    let add = move |wanted: &mut Wanted| {
        wanted.devices.retain(|known| devices.iter().all(|device| device.address != known.address));
        wanted.devices.extend(devices);
        wanted.devices.sort_by_key(|device| device.address);
        let limit = MOST_DEVICES as u64;
        if wanted.devices.len() > MOST_DEVICES { Err(Error::LimitExceeded { what: "devices at each start", limit }) } else { Ok(()) }
    };
    context.at_boot.change(add).await?;
    tracing::info!(uid = grant.caller().uid, devices = ?grant.devices(), "Devices are taken at each start from now on");
    Ok(())
}

/// Has nothing of the devices of the grant done at each start any more: neither taken nor given virtual functions.
///
/// # Errors
/// `NotFound` if nothing was; `NoSpace`. Nothing has changed then.
pub async fn forget_all(context: &Context, grant: &Grant<HostDevice>) -> Result<()> {
    let devices = grant.devices().to_vec();
    let remove = move |wanted: &mut Wanted| {
        let before = wanted.devices.len() + wanted.cards.len();
        wanted.devices.retain(|device| !devices.contains(&device.address));
        wanted.cards.retain(|card| !devices.contains(&card.address));
        let is_same = wanted.devices.len() + wanted.cards.len() == before;
        if is_same { Err(Error::NotFound { what: "device at each start" }) } else { Ok(()) }
    };
    context.at_boot.change(remove).await?;
    tracing::info!(uid = grant.caller().uid, devices = ?grant.devices(), "Nothing of devices is done at each start any more");
    Ok(())
}

/// Has the devices of the grant no longer taken at each start. Those that are taken stay so until then.
///
/// # Errors
/// `NotFound` if none of them was wanted; `NoSpace`. Nothing has changed then.
pub async fn forget(context: &Context, grant: &Grant<HostDevice>) -> Result<()> {
    let devices = grant.devices().to_vec();
    let remove = move |wanted: &mut Wanted| {
        let before = wanted.devices.len();
        wanted.devices.retain(|device: &Device| !devices.contains(&device.address));
        if wanted.devices.len() == before { Err(Error::NotFound { what: "device at each start" }) } else { Ok(()) }
    };
    context.at_boot.change(remove).await?;
    tracing::info!(uid = grant.caller().uid, devices = ?grant.devices(), "Devices are no longer taken at each start");
    Ok(())
}
