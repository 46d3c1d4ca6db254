//! What is watched: the hosts, the file that names them, the settings.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

use client::{
    Host, Wanted,
    host::{self, Address, Hosts},
    settings,
};
use futures_util::{Stream, StreamExt, stream};
use inotify::{Inotify, WatchMask};
use tokio::{
    sync::{mpsc::UnboundedSender, watch::Receiver},
    task::AbortHandle,
};

use crate::app::Input;

/// Bytes: enough for a burst of events with names of 255 bytes.
const BUFFER: usize = 4096;

/// The hosts to watch: this computer always, the others if they are connected to by themselves.
#[must_use]
pub fn hosts() -> Vec<Host> {
    Hosts::usual_file().map_or_else(|| vec![Host::system()], |file| hosts_of(&file))
}

fn hosts_of(file: &Path) -> Vec<Host> {
    let (hosts, broken) = Hosts::load(file);
    if let Some(broken) = broken {
        tracing::warn!(%broken, "Only this computer is watched");
    }
    hosts.all.into_iter().filter(|host| host.auto_connect || &*host.id == client::host::SYSTEM).collect()
}

/// Which connection something came from: one that has ended meanwhile may have the same host.
pub type Number = u64;

/// The connections to the hosts.
#[derive(Debug)]
pub struct Connections {
    wanted: Receiver<Wanted>,
    inputs: UnboundedSender<Input>,
    open: HashMap<host::Id, (Number, Address, AbortHandle)>,
    count: Number,
}

impl Connections {
    /// None yet.
    #[must_use]
    pub fn new(wanted: Receiver<Wanted>, inputs: UnboundedSender<Input>) -> Self {
        Self { wanted, inputs, open: HashMap::new(), count: 0 }
    }

    /// Ends those to hosts that are not among these or are at another address now, and makes those that are missing.
    /// Returns the number of each host's connection.
    pub fn set(&mut self, hosts: &[Host]) -> Vec<Number> {
        self.open.retain(|id, (_, address, task)| {
            let is_kept = hosts.iter().any(|host| host.id == *id && host.address == *address);
            if !is_kept {
                task.abort();
            }
            is_kept
        });
        hosts.iter().map(|host| self.number(host)).collect()
    }

    fn number(&mut self, host: &Host) -> Number {
        if let Some((number, ..)) = self.open.get(&host.id) {
            return *number;
        }
        self.count += 1;
        let task = follow_host(host.clone(), self.count, self.wanted.clone(), self.inputs.clone());
        self.open.insert(host.id.clone(), (self.count, host.address.clone(), task));
        self.count
    }
}

/// Tells what happens on a host, for as long as somebody takes it.
fn follow_host(host: Host, number: Number, wanted: Receiver<Wanted>, inputs: UnboundedSender<Input>) -> AbortHandle {
    let follow = async move {
        let mut events = std::pin::pin!(client::watch(host, wanted));
        while let Some(event) = events.next().await {
            if inputs.send(Input::Host(number, event)).is_err() {
                return;
            }
        }
    };
    tokio::spawn(follow).abort_handle()
}

/// Tells which hosts to watch, each time that this changes.
pub fn follow_hosts(inputs: UnboundedSender<Input>) {
    let Some(file) = Hosts::usual_file() else { return };
    let changes = match changes_of(file) {
        Ok(changes) => changes,
        Err(error) => return tracing::warn!(%error, "Changes of the list of hosts are seen at the next start"),
    };
    tokio::spawn(async move {
        let mut changes = std::pin::pin!(changes);
        while let Some(hosts) = changes.next().await {
            if inputs.send(Input::Hosts(hosts)).is_err() {
                return;
            }
        }
    });
}

/// The hosts to watch after each change of the file. Its directory, which is watched, is made if need be.
fn changes_of(file: PathBuf) -> io::Result<impl Stream<Item = Vec<Host>>> {
    let directory = file.parent().ok_or(io::ErrorKind::InvalidInput)?;
    std::fs::create_dir_all(directory)?;
    let inotify = Inotify::init()?;
    // The directory, because the file is replaced as a whole and may not be there yet.
    let mask = WatchMask::CLOSE_WRITE | WatchMask::MOVED_TO | WatchMask::MOVED_FROM | WatchMask::DELETE;
    inotify.watches().add(directory, mask)?;
    let events = inotify.into_event_stream([0; BUFFER])?;
    let last = hosts_of(&file);
    Ok(stream::unfold((events, file, last), |(mut events, file, mut last)| async move {
        loop {
            let event = events.next().await?.ok()?;
            // Without a name it is the queue that ran over: anything may have changed.
            if event.name.is_some() && event.name.as_deref() != file.file_name() {
                continue;
            }
            let hosts = hosts_of(&file);
            if hosts != last {
                last.clone_from(&hosts);
                return Some((hosts, (events, file, last)));
            }
        }
    }))
}

/// Tells when the settings change.
pub fn follow_settings(inputs: UnboundedSender<Input>) {
    let mut changes = match settings::changes() {
        Ok(changes) => changes,
        Err(error) => return tracing::warn!(%error, "Changes of the settings are seen at the next start"),
    };
    tokio::spawn(async move {
        while let Some((settings, _)) = changes.next().await {
            if inputs.send(Input::Settings(Box::new(settings))).is_err() {
                return;
            }
        }
    });
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
