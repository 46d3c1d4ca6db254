//! What is watched: the hosts, the settings.

use client::{Host, Wanted, host::Hosts, settings};
use futures_util::StreamExt;
use tokio::sync::{mpsc::UnboundedSender, watch::Receiver};

use crate::app::Input;

/// The hosts to watch: this computer always, the others if they are connected to by themselves.
#[must_use]
pub fn hosts() -> Vec<Host> {
    let Some(file) = Hosts::usual_file() else { return vec![Host::system()] };
    let (hosts, broken) = Hosts::load(&file);
    if let Some(broken) = broken {
        tracing::warn!(%broken, "Only this computer is watched");
    }
    hosts.all.into_iter().filter(|host| host.auto_connect || &*host.id == client::host::SYSTEM).collect()
}

/// Tells what happens on a host, for as long as somebody takes it.
pub fn follow_host(host: Host, wanted: Receiver<Wanted>, inputs: UnboundedSender<Input>) {
    tokio::spawn(async move {
        let id = host.id.clone();
        let mut events = std::pin::pin!(client::watch(host, wanted));
        while let Some(event) = events.next().await {
            if inputs.send(Input::Host(id.clone(), event)).is_err() {
                return;
            }
        }
    });
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
