//! Reading a machine's log.

use std::{collections::HashSet, sync::Arc};

use crate::{
    context::Context,
    error::{Error, Result},
    host::log,
    policy::{Grant, action::ReadSensitive},
};

/// The last `lines` lines, oldest first; none if the machine never ran.
///
/// # Errors
/// `NotSupported` on a remote host or for a driver without logs.
pub async fn tail(context: &Context, grant: &Grant<ReadSensitive>, lines: usize) -> Result<Vec<String>> {
    let uri = context.libvirt.uri();
    if !context.libvirt.is_on_this_host() || !uri.starts_with("qemu:") {
        return Err(Error::NotSupported { reason: "no log on this computer" });
    }
    let directory = log::directory(&context.root, uri.ends_with("/system"));
    let machine = context.machine(grant.machine()?)?;
    let others: HashSet<String> = context.inventory.machines().iter().map(|machine| machine.name.to_string()).collect();
    let (own, own_machine) = (directory.clone(), Arc::clone(&machine));
    let read = tokio::task::spawn_blocking(move || log::tail(&own, &own_machine.name, own_machine.uuid, lines)).await;
    let is_missing = matches!(&read, Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound);
    let read = if is_missing {
        // Until its next start, a machine that was renamed has the log of its former name. One search at a time: all logs are looked at,
        // and whoever may read must not keep the service busy.
        let _turn = context.details.acquire().await.map_err(|_| Error::Internal("reading a log failed"))?;
        tokio::task::spawn_blocking(move || log::former_tail(&directory, machine.uuid, &others, lines)).await
    } else {
        read
    };
    match read.map_err(|_| Error::Internal("reading a log failed"))? {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        result => result.map_err(Error::io("Reading the log")),
    }
}
