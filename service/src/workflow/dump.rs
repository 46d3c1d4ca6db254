//! Dumping a guest's memory into a descriptor of the caller's.
//!
//! libvirt takes a path. It gets one to a FIFO in the service's own directory, and the service copies from there to
//! the descriptor: neither the caller's path nor root's rights over it ever come into play.

use std::{os::fd::OwnedFd, path::PathBuf, time::Duration};

use rustix::fs::Mode;
use tokio::io::AsyncReadExt;

use crate::{
    context::Context,
    error::{Error, Result},
    job::Running,
    libvirt::transfer::DumpMode,
    policy::{Grant, action::SecretRead},
    workflow::{power, save},
};

/// How long the rest of a dump may take to copy once libvirt has written it: at most a FIFO's buffer.
const LAST_BYTES: Duration = Duration::from_secs(60);

/// Removes the FIFO when the dump ends in whatever way.
struct Fifo(PathBuf);

impl Drop for Fifo {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::warn!(%error, "A FIFO of a memory dump was left behind");
        }
    }
}

/// Dumps the memory. What a cancelled or failed dump has written stays in the caller's file, which the error says.
///
/// # Errors
/// `Locked` if the dump would end the machine, `NotSupported` on a remote host, `Cancelled`, `NoSpace`.
pub async fn run(context: &Context, grant: &Grant<SecretRead>, target: OwnedFd, mode: DumpMode) -> Result<()> {
    let uuid = grant.machine()?;
    if !context.libvirt.is_on_this_host() {
        return Err(Error::NotSupported { reason: "memory of a machine on another host" });
    }
    if mode == DumpMode::Crash {
        power::refuse_locked(context, uuid).await?;
    }
    let job = context.jobs.begin("machine-core-dump", vec![uuid], grant.caller(), true)?;
    let result = dump(context, grant, target, mode, &job).await;
    context.refresh(uuid);
    job.finish(result)
}

async fn dump(context: &Context, grant: &Grant<SecretRead>, target: OwnedFd, mode: DumpMode, job: &Running) -> Result<()> {
    let fifo = Fifo(context.store.temporary_path("dump"));
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo.0, Mode::RUSR | Mode::WUSR).map_err(|error| Error::io("Making a FIFO")(error.into()))?;
    let reader = tokio::net::unix::pipe::OpenOptions::new().open_receiver(&fifo.0).map_err(Error::io("Opening a FIFO"))?;
    let copy = copy(reader, tokio::fs::File::from_std(std::fs::File::from(target)), job);
    let work = save::follow(context, job, context.libvirt.core_dump(grant, &fifo.0, mode));
    tokio::pin!(copy, work);
    tokio::select! {
        // Without a reader QEMU's write fails, so a full disk at the caller's end stops the dump, too. The machine is free
        // again when libvirt has seen that.
        copied = &mut copy => {
            let worked = work.await;
            copied.and(worked)
        }
        worked = &mut work => {
            worked?;
            // What libvirt has written is in the FIFO; nothing at all is an end, too.
            tokio::time::timeout(LAST_BYTES, copy).await.map_err(|_| Error::TimedOut(LAST_BYTES))?
        }
    }
}

/// Ends with `Cancelled` if the job is: libvirt itself cannot cancel this kind of dump. Only once something has come: before,
/// libvirt would wait for a reader for ever.
async fn copy(mut reader: tokio::net::unix::pipe::Receiver, mut target: tokio::fs::File, job: &Running) -> Result<()> {
    use tokio::io::AsyncWriteExt;
    let mut buffer = vec![0; 256 * 1024];
    let mut copied = 0_u64;
    loop {
        let length = reader.read(&mut buffer).await.map_err(Error::io("Reading the dump"))?;
        if length == 0 && copied > 0 {
            target.flush().await.map_err(Error::io("Writing the dump"))?;
            return Ok(());
        }
        if length == 0 {
            // Nobody has opened the other end yet; without that a FIFO reads as ended.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        if job.job().is_cancelled() {
            return Err(Error::Cancelled);
        }
        target.write_all(&buffer[..length]).await.map_err(Error::io("Writing the dump"))?;
        copied += length as u64;
        job.progress(copied, 0);
    }
}
