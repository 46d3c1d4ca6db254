//! The desktop around the application: light or dark, being started twice, being asked for a machine.
//!
//! Everything goes over the session bus, and without one everything else works.

pub mod chooser;
mod ending;
mod instance;
pub mod looking_glass;
mod portal;
mod power;
pub mod running_on;
mod systemd;

use std::sync::{
    LazyLock,
    atomic::{AtomicBool, Ordering},
};

use iced::{
    Subscription,
    futures::{SinkExt, Stream, channel::mpsc},
    stream,
};
use tokio::sync::watch;

use crate::app::Message;
pub use instance::forward;
pub use systemd::start_service;

/// What another process asks the running application for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activation {
    /// To show itself.
    Show,
    /// To show a machine, by name or UUID.
    Machine(String),
    /// To show a machine with its log.
    Log(String),
    /// To show the settings.
    Settings,
}

static OWNS_NAME: AtomicBool = AtomicBool::new(false);
static IS_SHOWN: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::Sender::new(true));

/// From now on this process is the one that others hand their wishes to.
pub fn own_the_name() {
    OWNS_NAME.store(true, Ordering::Relaxed);
}

/// Tells the tray whether a window is shown: notifications wait for that.
pub fn window_shown(is_shown: bool) {
    IS_SHOWN.send_if_modified(|shown| std::mem::replace(shown, is_shown) != is_shown);
}

/// What the desktop tells.
pub fn subscription(is_demo: bool) -> Subscription<Message> {
    let look = Subscription::batch([Subscription::run(look), Subscription::run(battery), Subscription::run(ending::asked)]);
    if is_demo || !OWNS_NAME.load(Ordering::Relaxed) {
        return look;
    }
    Subscription::batch([look, Subscription::run(wishes)])
}

fn look() -> impl Stream<Item = Message> {
    stream::channel(64, async |sender: mpsc::Sender<Message>| {
        let Ok(bus) = zbus::Connection::session().await else { return };
        let (mut looks, mut speech) = (sender.clone(), sender);
        let told = portal::follow(&bus, move |look| {
            // Fails only while the application ends.
            let _ = looks.try_send(Message::Desktop(look.mode, look.has_contrast));
        });
        let heard = crate::speech::bus::follow(&bus, move |message| {
            // Fails only while the application ends.
            let _ = speech.try_send(Message::Speech(message));
        });
        let (told, heard) = tokio::join!(told, heard);
        if let Err(error) = told {
            tracing::debug!(%error, "The desktop says nothing about light and dark");
        }
        if let Err(error) = heard {
            tracing::debug!(%error, "No screen reader can be served");
        }
    })
}

fn battery() -> impl Stream<Item = Message> {
    stream::channel(4, async |mut sender: mpsc::Sender<Message>| {
        let Ok(bus) = zbus::Connection::system().await else { return };
        let told = power::follow(&bus, move |is_low| {
            // Fails only while the application ends.
            let _ = sender.try_send(Message::BatteryLow(is_low));
        });
        if let Err(error) = told.await {
            tracing::debug!(%error, "Nobody says how full the battery is");
        }
    })
}

fn wishes() -> impl Stream<Item = Message> {
    stream::channel(4, async |mut sender: mpsc::Sender<Message>| {
        let Ok(bus) = zbus::Connection::session().await else { return };
        let mut instance = match instance::Instance::own(bus, IS_SHOWN.subscribe()).await {
            Ok(Some(instance)) => instance,
            // Started at the same moment as another one: two windows do no harm.
            Ok(None) => return,
            Err(error) => return tracing::warn!(%error, "The application cannot be reached over the session bus"),
        };
        while let Some(wish) = instance.next().await {
            // Fails only while the application ends.
            let _ = sender.send(Message::Activated(wish)).await;
        }
    })
}

#[cfg(test)]
mod tests;
