//! What keeps a card besides the desktop: modules of its driver's, and programs of the system. systemd takes them away and brings
//! them back, for the service may unload no module.

use super::UNIT_TIME;
use crate::{
    context::Context,
    error::{Error, Result},
    host::{finding::Finding, module, pci::PciAddress, screen::Left},
    store::hand_over::Record,
};

/// The unit that is up while a module is away.
pub(super) fn without(module: &str) -> String {
    format!("kvm-manager-without@{module}.service")
}

/// The units of programs that keep cards and run, and why the modules that keep one cannot go.
///
/// # Errors
/// `NotSupported` if systemd does not answer.
pub(super) async fn judge(context: &Context, device: PciAddress, keepers: &module::Keepers) -> Result<(Vec<String>, Option<Finding>)> {
    let systemd = &context.hand_over.systemd;
    let mut daemons = Vec::new();
    for daemon in keepers.daemons {
        daemons.extend(systemd.unit(daemon).await?.filter(|unit| unit.is_up).map(|unit| unit.name));
    }
    let Some(module) = keepers.modules.first() else { return Ok((daemons, None)) };
    let refused = |detail: String| Some(Finding::of("module", device).named(module).detailed(&detail));
    if let Some(other) = keepers.others.first() {
        return Ok((daemons, refused(other.to_string())));
    }
    let unit = without(module);
    let is_there = systemd.unit(&unit).await?.is_some();
    Ok((daemons, if is_there { None } else { refused(unit) }))
}

/// Unloads a module.
///
/// # Errors
/// `Unsafe` if it stays; `NotSupported` if systemd refuses.
pub(super) async fn unload(context: &Context, device: PciAddress, name: &str) -> Result<()> {
    context.hand_over.systemd.start(&without(name), UNIT_TIME).await?;
    if !module::is_loaded(&context.root, name) {
        return Ok(());
    }
    Err(Error::refused(Finding::of("module", device).named(name).detailed("in-use")))
}

/// Loads the modules of a record again, the last one first. Returns what does not come back.
pub(super) async fn load(context: &Context, record: &Record) -> Vec<Left> {
    let mut left = Vec::new();
    for name in record.modules.iter().rev() {
        let stopped = context.hand_over.systemd.stop(&without(name), UNIT_TIME).await;
        if module::is_loaded(&context.root, name) {
            continue;
        }
        tracing::warn!(module = name, cause = ?stopped.err(), "A module of the card's driver does not come back");
        left.push(Left { part: "module", name: name.clone(), repair: format!("modprobe {name}") });
    }
    left
}

/// Starts a unit that was stopped. Returns it if it does not come back.
pub(super) async fn start(context: &Context, part: &'static str, unit: &str) -> Option<Left> {
    let systemd = &context.hand_over.systemd;
    let started = systemd.start(unit, UNIT_TIME).await;
    let is_up = matches!(systemd.unit(unit).await, Ok(Some(unit)) if unit.is_up);
    if started.is_ok() && is_up {
        return None;
    }
    Some(Left { part, name: unit.to_owned(), repair: format!("systemctl start {unit}") })
}
