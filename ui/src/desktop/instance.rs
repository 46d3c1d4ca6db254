//! One application per session: the second start hands its wish to the first.

use std::{collections::HashMap, time::Duration};

use futures_util::FutureExt;
use tokio::sync::{mpsc, watch};
use zbus::{
    Connection, OwnedVariant, Variant,
    fdo::{self, DBusProxy, RequestNameFlags, RequestNameReply},
    interface,
};

use super::Activation;
use crate::APP_ID;

pub(super) const PATH: &str = "/org/kvmmanager/Manager";
const INTERFACE: &str = "org.freedesktop.Application";
/// One that hangs does not keep a new one from starting.
const PATIENCE: Duration = Duration::from_secs(2);

/// Hands a wish to the application that runs in this session already; `false` if there is none.
#[must_use]
pub fn forward(wish: &Activation) -> bool {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return false };
    let hand_over = async {
        let bus = Connection::session().await?;
        ask(&bus, wish).await
    };
    match runtime.block_on(async { tokio::time::timeout(PATIENCE, hand_over).await }) {
        Ok(Ok(is_taken)) => is_taken,
        Ok(Err(error)) => {
            tracing::debug!(%error, "Nobody on the session bus takes the wish");
            false
        }
        Err(_) => false,
    }
}

pub(super) async fn ask(bus: &Connection, wish: &Activation) -> zbus::Result<bool> {
    // A call to a name that nobody has would start the program that asks.
    if !DBusProxy::new(bus).await?.name_has_owner(APP_ID.try_into()?).await? {
        return Ok(false);
    }
    let mut platform: HashMap<&str, Variant<'_>> = HashMap::new();
    for (key, variable) in [("activation-token", "XDG_ACTIVATION_TOKEN"), ("desktop-startup-id", "DESKTOP_STARTUP_ID")] {
        platform.extend(std::env::var(variable).ok().map(|token| (key, Variant::from(token))));
    }
    let call = match wish {
        Activation::Show => bus.call_method(Some(APP_ID), PATH, Some(INTERFACE), "Activate", &(platform,)).await,
        Activation::Settings => {
            let arguments = ("settings", Vec::<Variant<'_>>::new(), platform);
            bus.call_method(Some(APP_ID), PATH, Some(INTERFACE), "ActivateAction", &arguments).await
        }
        Activation::Machine(machine) | Activation::Log(machine) => {
            let name = if matches!(wish, Activation::Log(_)) { "log" } else { "machine" };
            let arguments = (name, vec![Variant::from(machine.as_str())], platform);
            bus.call_method(Some(APP_ID), PATH, Some(INTERFACE), "ActivateAction", &arguments).await
        }
    };
    call.map(|_| true)
}

/// The application's name on the bus and what is asked of it.
#[derive(Debug)]
pub(super) struct Instance {
    bus: Connection,
    wishes: mpsc::UnboundedReceiver<Activation>,
    is_shown: watch::Receiver<bool>,
}

impl Instance {
    /// Takes the name; `None` if another process has it.
    pub async fn own(bus: Connection, is_shown: watch::Receiver<bool>) -> zbus::Result<Option<Self>> {
        let (sender, wishes) = mpsc::unbounded_channel();
        let server = bus.object_server();
        server.at(PATH, Application(sender)).await?;
        server.at(PATH, Window(is_shown.clone())).await?;
        let flags = RequestNameFlags::DO_NOT_QUEUE;
        match DBusProxy::new(&bus).await?.request_name(APP_ID.try_into()?, flags).await? {
            RequestNameReply::PrimaryOwner | RequestNameReply::AlreadyOwner => Ok(Some(Self { bus, wishes, is_shown })),
            _ => Ok(None),
        }
    }

    /// The next wish; meanwhile tells whether a window is shown.
    pub async fn next(&mut self) -> Option<Activation> {
        loop {
            tokio::select! {
                wish = self.wishes.recv() => return wish,
                changed = self.is_shown.changed() => {
                    changed.ok()?;
                    self.tell_shown().map(|told| told.unwrap_or_else(|error| tracing::debug!(%error, "Nobody was told"))).await;
                }
            }
        }
    }

    async fn tell_shown(&self) -> zbus::Result<()> {
        let window = self.bus.object_server().interface::<_, Window>(PATH).await?;
        window.get().await.window_shown_changed(window.signal_emitter()).await
    }
}

struct Application(mpsc::UnboundedSender<Activation>);

impl Application {
    fn wish(&self, activation: Activation) -> fdo::Result<()> {
        self.0.send(activation).map_err(|_| fdo::Error::Failed("The application is ending".to_owned()))
    }
}

#[interface(name = "org.freedesktop.Application", introspection_docs = false)]
impl Application {
    fn activate(&self, _platform_data: HashMap<String, OwnedVariant>) -> fdo::Result<()> {
        self.wish(Activation::Show)
    }

    /// Nothing is opened by address: the desktop file takes none.
    fn open(&self, _uris: Vec<String>, _platform_data: HashMap<String, OwnedVariant>) -> fdo::Result<()> {
        self.wish(Activation::Show)
    }

    #[expect(clippy::needless_pass_by_value, reason = "zbus hands arguments over")]
    fn activate_action(
        &self,
        action_name: String,
        parameter: Vec<OwnedVariant>,
        _platform_data: HashMap<String, OwnedVariant>,
    ) -> fdo::Result<()> {
        let text =
            parameter.first().and_then(|first| if let Variant::Str(text) = &**first { Some(text.as_str().to_owned()) } else { None });
        self.wish(match (action_name.to_lowercase().as_str(), text) {
            ("open", _) => Activation::Show,
            ("settings", _) => Activation::Settings,
            ("machine", Some(machine)) => Activation::Machine(machine),
            ("log", Some(machine)) => Activation::Log(machine),
            ("machine" | "log", None) => return Err(fdo::Error::InvalidArgs("A machine is needed".to_owned())),
            (name, _) => return Err(fdo::Error::InvalidArgs(format!("There is no action {name}"))),
        })
    }
}

struct Window(watch::Receiver<bool>);

#[interface(name = "org.kvmmanager.Manager", introspection_docs = false)]
impl Window {
    #[zbus(property)]
    fn window_shown(&self) -> bool {
        *self.0.borrow()
    }
}
