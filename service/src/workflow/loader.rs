//! The driver that hands devices to machines: systemd loads it, for the service may load no module.

use std::{sync::Arc, time::Duration};

use super::passthrough::blocking;
use crate::{
    context::Context,
    error::{Error, Result},
    host::{
        finding::{Finding, Findings},
        pci::PciAddress,
        vfio,
    },
};

/// The unit that loads it.
pub const LOADER: &str = "modprobe@vfio_pci.service";
/// The reason against a device while the driver is not there.
const LACKING: &str = "no-vfio";

/// Whether the driver has to be loaded first: then its lack is no reason any more. It stays one where the host has no such module, or
/// systemd no unit that would load it. Changes nothing.
///
/// # Errors
/// If the work cannot be done on a thread.
pub(super) async fn is_needed(context: &Arc<Context>, findings: &mut Findings) -> Result<bool> {
    if !findings.reasons.iter().any(|found| found.word == LACKING) {
        return Ok(false);
    }
    let root = context.root.clone();
    if blocking(move || vfio::has_module(&root)).await? == Some(false) {
        return Ok(false);
    }
    match context.hand_over.systemd.unit(LOADER).await {
        Ok(Some(_)) => {}
        Ok(None) => return Ok(false),
        Err(error) => {
            tracing::warn!(cause = ?error, "Nobody can tell whether the driver for machines can be loaded");
            return Ok(false);
        }
    }
    findings.reasons.retain(|found| found.word != LACKING);
    Ok(true)
}

/// Has systemd load the driver for a device, within `limit`. It stays loaded.
///
/// # Errors
/// `Unsafe` if it is not there then, with the unit, and whether that failed or took too long.
pub(super) async fn load(context: &Arc<Context>, device: PciAddress, limit: Duration) -> Result<()> {
    tracing::info!(unit = LOADER, "Having the driver for machines loaded");
    let started = tokio::time::timeout(limit, context.hand_over.systemd.start(LOADER, limit)).await;
    let root = context.root.clone();
    if blocking(move || vfio::is_there(&root)).await? {
        return Ok(());
    }
    tracing::warn!(unit = LOADER, cause = ?started, "The driver for machines is not loaded");
    let why = if matches!(started, Err(_) | Ok(Err(Error::TimedOut(_)))) { "timed-out" } else { "failed" };
    Err(Error::refused(Finding::of(LACKING, device).named(LOADER).detailed(why)))
}
