//! The person's session bus: our name on it, the application, and what the notification service can do.

use std::{path::PathBuf, time::Duration};

use client::Uuid;
use futures_util::StreamExt;
use tokio::{process::Command, sync::watch};
use zbus::{
    Connection, MatchRule, MessageStream, Variant,
    fdo::{DBusProxy, RequestNameFlags, RequestNameReply},
    message::Type,
};

/// Our name: there is one tray in a session.
const NAME: &str = "org.kvmmanager.Tray";
const APPLICATION: &str = "org.kvmmanager.Manager";
const APPLICATION_PATH: &str = "/org/kvmmanager/Manager";
/// Name, which is that of the interface, too, and path.
const NOTIFICATIONS: (&str, &str) = ("org.freedesktop.Notifications", "/org/freedesktop/Notifications");
/// A notification service that hangs must not hold up the tray.
pub const NOTIFY: Duration = Duration::from_secs(5);
const PROGRAM: &str = "kvm-manager";
/// An application that is started may take as long to show itself.
const START: Duration = Duration::from_secs(20);

/// What the application is asked to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its window.
    Window,
    /// A machine.
    Machine(Uuid),
    /// A machine's log.
    Log(Uuid),
    /// The settings.
    Settings,
}

impl Place {
    fn and_next_best(self) -> Vec<Self> {
        match self {
            Self::Log(machine) => vec![self, Self::Machine(machine), Self::Window],
            Self::Machine(_) | Self::Settings => vec![self, Self::Window],
            Self::Window => vec![self],
        }
    }
}

/// What the notification service can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// It shows buttons.
    pub has_actions: bool,
    /// It reads markup in the body.
    pub reads_markup: bool,
}

/// The connection to the session bus.
#[derive(Clone, Debug)]
pub struct Session {
    connection: Connection,
    /// Whether the application is on the bus.
    is_application_there: watch::Receiver<bool>,
    is_over: watch::Receiver<bool>,
}

impl Session {
    /// Connects and takes our name; `None` if there is a tray already.
    ///
    /// # Errors
    /// There is no session bus.
    pub async fn connect() -> zbus::Result<Option<Self>> {
        let connection = Connection::session().await?;
        let bus = DBusProxy::new(&connection).await?;
        if bus.request_name(NAME.try_into()?, RequestNameFlags::DO_NOT_QUEUE).await? != RequestNameReply::PrimaryOwner {
            return Ok(None);
        }
        let (over, is_over) = watch::channel(false);
        let mut all = MessageStream::from(&connection);
        tokio::spawn(async move {
            while let Some(Ok(_)) = all.next().await {}
            // Nobody waits any more if this fails.
            let _ = over.send(true);
        });
        let is_application_there = follow_application(&connection, &bus).await?;
        Ok(Some(Self { connection, is_application_there, is_over }))
    }

    /// Returns when the bus has gone.
    pub async fn over(&self) {
        let mut is_over = self.is_over.clone();
        // An error means that the watching has ended, too.
        let _ = is_over.wait_for(|over| *over).await;
    }

    /// Whether the application shows a window. One that says nothing about it does.
    pub async fn is_application_shown(&self) -> bool {
        if !*self.is_application_there.borrow() {
            return false;
        }
        let arguments = (APPLICATION, "WindowShown");
        let interface = Some("org.freedesktop.DBus.Properties");
        let call = self.connection.call_method(Some(APPLICATION), APPLICATION_PATH, interface, "Get", &arguments);
        let Ok(Ok(reply)) = tokio::time::timeout(Duration::from_secs(1), call).await else { return true };
        reply.body().deserialize::<Variant<'_>>().ok().and_then(|shown| bool::try_from(shown).ok()).unwrap_or(true)
    }

    /// Whether the application is on the bus or can be started over it or beside us.
    pub async fn is_application_installed(&self) -> bool {
        *self.is_application_there.borrow() || self.is_activatable().await || program().is_some()
    }

    /// Has the application show something; starts it if it is not there. `false` if it could not be started.
    pub async fn show(&self, place: Place, token: Option<String>) -> bool {
        let is_on_bus = *self.is_application_there.borrow() || self.is_activatable().await;
        if is_on_bus && self.ask_any(place, token.as_deref()).await {
            return true;
        }
        // One that has just opened its window shows it without being asked.
        self.spawn().await && (self.ask_any(place, None).await || place == Place::Window)
    }

    /// An application that does not know the place shows the next best.
    async fn ask_any(&self, place: Place, token: Option<&str>) -> bool {
        for place in place.and_next_best() {
            match self.ask(place, token).await {
                Ok(()) => return true,
                Err(error) => tracing::warn!(?place, %error, "The application did not follow"),
            }
        }
        false
    }

    async fn ask(&self, place: Place, token: Option<&str>) -> zbus::Result<()> {
        let mut platform: std::collections::HashMap<&str, Variant<'_>> = std::collections::HashMap::new();
        if let Some(token) = token {
            platform.insert("activation-token", token.into());
            platform.insert("desktop-startup-id", token.into());
        }
        let interface = Some("org.freedesktop.Application");
        let (action, machine) = match place {
            Place::Window => {
                self.connection.call_method(Some(APPLICATION), APPLICATION_PATH, interface, "Activate", &(platform,)).await?;
                return Ok(());
            }
            Place::Settings => ("settings", None),
            Place::Machine(machine) => ("machine", Some(machine)),
            Place::Log(machine) => ("log", Some(machine)),
        };
        let parameters: Vec<Variant<'_>> = machine.map(|machine| machine.to_string().into()).into_iter().collect();
        let arguments = (action, parameters, platform);
        self.connection.call_method(Some(APPLICATION), APPLICATION_PATH, interface, "ActivateAction", &arguments).await?;
        Ok(())
    }

    async fn is_activatable(&self) -> bool {
        let Ok(bus) = DBusProxy::new(&self.connection).await else { return false };
        bus.list_activatable_names().await.is_ok_and(|names| names.iter().any(|name| name.as_str() == APPLICATION))
    }

    /// Starts the program beside us and waits until it is on the bus.
    async fn spawn(&self) -> bool {
        let Some(program) = program() else { return false };
        // A group of its own, so that it outlives us when a terminal ends us.
        let child = Command::new(&program).process_group(0).stdin(std::process::Stdio::null()).spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(error) => {
                tracing::error!(%error, program = %program.display(), "The application did not start");
                return false;
            }
        };
        let mut is_there = self.is_application_there.clone();
        let wait = tokio::time::timeout(START, is_there.wait_for(|there| *there));
        tokio::select! {
            // Still running without a name on the bus is as good as it gets.
            _ = wait => true,
            ended = child.wait() => ended.is_ok_and(|status| status.success()),
        }
    }

    /// What the notification service can do; `None` if there is none.
    pub async fn notification_abilities(&self) -> Option<Abilities> {
        let (name, path) = NOTIFICATIONS;
        let call = self.connection.call_method(Some(name), path, Some(name), "GetCapabilities", &());
        let reply = tokio::time::timeout(NOTIFY, call).await.ok()?.ok()?;
        let words: Vec<String> = reply.body().deserialize().ok()?;
        let has = |wanted: &str| words.iter().any(|word| word == wanted);
        Some(Abilities { has_actions: has("actions"), reads_markup: has("body-markup") })
    }

    /// Takes a notification off the screen.
    pub async fn close_notification(&self, id: u32) {
        let (name, path) = NOTIFICATIONS;
        let call = self.connection.call_method(Some(name), path, Some(name), "CloseNotification", &id);
        // Whether it was gone already does not matter.
        let _ = tokio::time::timeout(NOTIFY, call).await;
    }
}

async fn follow_application(connection: &Connection, bus: &DBusProxy<'_>) -> zbus::Result<watch::Receiver<bool>> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender("org.freedesktop.DBus")
        .interface("org.freedesktop.DBus")
        .member("NameOwnerChanged")
        .arg(0, APPLICATION)
        .build()?;
    let mut changes = MessageStream::for_match_rule(rule, connection, None).await?;
    let (sender, receiver) = watch::channel(bus.name_has_owner(APPLICATION.try_into()?).await?);
    tokio::spawn(async move {
        while let Some(Ok(message)) = changes.next().await {
            if let Ok((_, _, owner)) = message.body().deserialize::<(String, String, String)>() {
                sender.send_replace(!owner.is_empty());
            }
        }
    });
    Ok(receiver)
}

fn program() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?.with_file_name(PROGRAM);
    program.is_file().then_some(program)
}
