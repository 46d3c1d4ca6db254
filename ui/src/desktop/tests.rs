use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use iced::theme::Mode;
use tokio::sync::watch;
use zbus::{Connection, Variant, connection, interface, object_server::SignalEmitter};

use super::{
    Activation,
    instance::{self, Instance, PATH},
    portal::{self, Look},
};
use crate::APP_ID;

/// A bus of the test's own.
struct Bus(Child, String);

impl Bus {
    #[allow(clippy::disallowed_methods, reason = "the daemon of a test")]
    fn start() -> Self {
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self(daemon, address.trim().to_owned())
    }

    async fn connect(&self) -> Connection {
        connection::Builder::address(self.1.as_str()).build().await.unwrap()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), future).await.unwrap()
}

#[tokio::test]
async fn a_second_start_hands_its_wish_to_the_first() {
    let bus = Bus::start();
    let second = bus.connect().await;
    assert!(!instance::ask(&second, &Activation::Show).await.unwrap(), "nobody is there yet");
    let shown = watch::Sender::new(true);
    let mut first = Instance::own(bus.connect().await, shown.subscribe()).await.unwrap().unwrap();
    for wish in [Activation::Show, Activation::Settings, Activation::Machine("win11-gaming".into()), Activation::Log("web".into())] {
        assert!(within(instance::ask(&second, &wish)).await.unwrap());
        assert_eq!(within(first.next()).await, Some(wish));
    }
    assert!(Instance::own(second, shown.subscribe()).await.unwrap().is_none(), "the name is taken");
}

#[tokio::test]
async fn actions_are_known_however_they_are_written_and_others_refused() {
    let bus = Bus::start();
    let shown = watch::Sender::new(true);
    let mut first = Instance::own(bus.connect().await, shown.subscribe()).await.unwrap().unwrap();
    let other = bus.connect().await;
    let uuid = "6a2c9c11-5b6e-4b0e-9d0e-0f3a6f1c2d3e";
    let ask = async |name: &str, machine: Option<&str>| {
        let parameter: Vec<Variant<'_>> = machine.into_iter().map(Variant::from).collect();
        let platform = std::collections::HashMap::<&str, Variant<'_>>::new();
        other.call_method(Some(APP_ID), PATH, Some("org.freedesktop.Application"), "ActivateAction", &(name, parameter, platform)).await
    };
    for (name, machine, wish) in [
        ("Open", None, Activation::Show),
        ("Settings", None, Activation::Settings),
        ("MACHINE", Some(uuid), Activation::Machine(uuid.into())),
        ("log", Some(uuid), Activation::Log(uuid.into())),
    ] {
        within(ask(name, machine)).await.unwrap();
        assert_eq!(within(first.next()).await, Some(wish));
    }
    assert!(within(ask("machine", None)).await.is_err());
    assert!(within(ask("explode", None)).await.is_err());
}

#[tokio::test]
async fn the_tray_can_ask_whether_a_window_is_shown() {
    let bus = Bus::start();
    let shown = watch::Sender::new(true);
    let mut first = Instance::own(bus.connect().await, shown.subscribe()).await.unwrap().unwrap();
    let tray = bus.connect().await;
    let ask = async || {
        let reply =
            tray.call_method(Some(APP_ID), PATH, Some("org.freedesktop.DBus.Properties"), "Get", &(APP_ID, "WindowShown")).await.unwrap();
        matches!(reply.body().deserialize::<Variant<'_>>().unwrap(), Variant::Bool(true))
    };
    assert!(within(ask()).await);
    let changes = tokio::spawn(async move { first.next().await });
    shown.send_replace(false);
    assert!(!within(ask()).await);
    changes.abort();
}

struct Portal(u32, u32);

#[interface(name = "org.freedesktop.portal.Settings")]
impl Portal {
    fn read_one(&self, _namespace: &str, key: &str) -> Variant<'static> {
        Variant::from(if key == "contrast" { self.1 } else { self.0 })
    }

    #[zbus(signal)]
    async fn setting_changed(emitter: &SignalEmitter<'_>, namespace: &str, key: &str, value: Variant<'_>) -> zbus::Result<()>;
}

#[tokio::test]
async fn light_and_dark_follow_the_portal() {
    let bus = Bus::start();
    let desktop = bus.connect().await;
    desktop.object_server().at("/org/freedesktop/portal/desktop", Portal(1, 0)).await.unwrap();
    desktop.request_name("org.freedesktop.portal.Desktop").await.unwrap();
    let application = bus.connect().await;
    let (sender, mut looks) = tokio::sync::mpsc::unbounded_channel();
    let following = tokio::spawn(async move { portal::follow(&application, move |look| sender.send(look).unwrap()).await });
    assert_eq!(within(looks.recv()).await, Some(Look { mode: Mode::Dark, has_contrast: false }));
    let emitter = SignalEmitter::new(&desktop, "/org/freedesktop/portal/desktop").unwrap();
    Portal::setting_changed(&emitter, "org.gnome.other", "color-scheme", Variant::from(2_u32)).await.unwrap();
    Portal::setting_changed(&emitter, "org.freedesktop.appearance", "contrast", Variant::from(1_u32)).await.unwrap();
    assert_eq!(within(looks.recv()).await, Some(Look { mode: Mode::Dark, has_contrast: true }));
    Portal::setting_changed(&emitter, "org.freedesktop.appearance", "color-scheme", Variant::from(2_u32)).await.unwrap();
    assert_eq!(within(looks.recv()).await, Some(Look { mode: Mode::Light, has_contrast: true }));
    following.abort();
}

#[tokio::test]
async fn a_desktop_without_portal_is_no_trouble() {
    let bus = Bus::start();
    let application = bus.connect().await;
    let mut told = 0;
    assert!(within(portal::follow(&application, |_| told += 1)).await.is_err());
    assert_eq!(told, 0);
}
