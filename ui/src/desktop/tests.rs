use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use iced::theme::Mode;
use tokio::sync::watch;
use zbus::{Connection, Variant, connection, interface, object_server::SignalEmitter};

use super::{
    Activation, chooser,
    instance::{self, Instance, PATH},
    portal::{self, Look},
    power, running_on,
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

struct Upower(bool);

#[interface(name = "org.freedesktop.UPower")]
impl Upower {
    #[zbus(property)]
    fn on_battery(&self) -> bool {
        self.0
    }
}

struct Battery(bool, f64);

#[interface(name = "org.freedesktop.UPower.Device")]
impl Battery {
    #[zbus(property)]
    fn is_present(&self) -> bool {
        self.0
    }

    #[zbus(property)]
    fn percentage(&self) -> f64 {
        self.1
    }
}

const UPOWER: &str = "/org/freedesktop/UPower";
const DEVICE: &str = "/org/freedesktop/UPower/devices/DisplayDevice";

async fn upower(bus: &Bus, on_battery: bool, is_present: bool, percentage: f64) -> Connection {
    let upower = bus.connect().await;
    upower.object_server().at(UPOWER, Upower(on_battery)).await.unwrap();
    upower.object_server().at(DEVICE, Battery(is_present, percentage)).await.unwrap();
    upower.request_name("org.freedesktop.UPower").await.unwrap();
    upower
}

async fn set_percentage(upower: &Connection, percentage: f64) {
    let battery = upower.object_server().interface::<_, Battery>(DEVICE).await.unwrap();
    battery.get_mut().await.1 = percentage;
    battery.get().await.percentage_changed(battery.signal_emitter()).await.unwrap();
}

#[tokio::test]
async fn a_battery_below_twenty_percent_is_told_when_it_becomes_low_and_when_it_is_charged() {
    let bus = Bus::start();
    let upower = upower(&bus, true, true, 25.0).await;
    let application = bus.connect().await;
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let following = tokio::spawn(async move { power::follow(&application, move |is_low| sender.send(is_low).unwrap()).await });
    // Until it listens nobody hears of a change: this one is heard at the latest with the next.
    let mut is_low = None;
    while is_low.is_none() {
        set_percentage(&upower, 19.0).await;
        is_low = tokio::time::timeout(Duration::from_millis(100), told.recv()).await.ok().flatten();
    }
    assert_eq!(is_low, Some(true));
    set_percentage(&upower, 18.0).await;
    let mains = upower.object_server().interface::<_, Upower>(UPOWER).await.unwrap();
    mains.get_mut().await.0 = false;
    mains.get().await.on_battery_changed(mains.signal_emitter()).await.unwrap();
    assert_eq!(within(told.recv()).await, Some(false), "what stays low is told once");
    following.abort();
}

#[tokio::test]
async fn a_computer_without_a_battery_or_without_upower_never_saves_power() {
    let bus = Bus::start();
    let application = bus.connect().await;
    assert!(within(power::follow(&application, |is_low| panic!("{is_low}"))).await.is_err());
    let upower = upower(&bus, true, false, 0.0).await;
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let following = tokio::spawn(async move { power::follow(&application, move |is_low| sender.send(is_low).unwrap()).await });
    set_percentage(&upower, 5.0).await;
    // The battery that comes is the first thing told: the empty place of one was not.
    let battery = upower.object_server().interface::<_, Battery>(DEVICE).await.unwrap();
    battery.get_mut().await.0 = true;
    let mut is_low = None;
    while is_low.is_none() {
        set_percentage(&upower, 30.0).await;
        set_percentage(&upower, 5.0).await;
        is_low = tokio::time::timeout(Duration::from_millis(100), told.recv()).await.ok().flatten();
    }
    assert_eq!(is_low, Some(true));
    following.abort();
}

/// A portal that answers at once, before the reply to the call.
struct Files {
    outcome: u32,
    uri: &'static str,
    asked: tokio::sync::mpsc::UnboundedSender<(String, String)>,
}

impl Files {
    async fn answer(&self, sender: &str, what: &str, options: &std::collections::HashMap<String, Variant<'_>>, bus: &Connection) {
        let text = |name: &str| match options.get(name) {
            Some(Variant::Str(text)) => text.as_str().to_owned(),
            _ => String::new(),
        };
        let path = format!("/org/freedesktop/portal/desktop/request/{}/{}", sender[1..].replace('.', "_"), text("handle_token"));
        let results = std::collections::HashMap::from([("uris", Variant::from(vec![self.uri.to_owned()]))]);
        let body = (self.outcome, results);
        bus.emit_signal(Some(sender), path.as_str(), "org.freedesktop.portal.Request", "Response", &body).await.unwrap();
        self.asked.send((what.to_owned(), text("current_name"))).unwrap();
    }
}

#[interface(name = "org.freedesktop.portal.FileChooser")]
impl Files {
    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        4
    }

    async fn open_file(
        &self,
        _parent: &str,
        _title: &str,
        options: std::collections::HashMap<String, Variant<'_>>,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) -> zbus::OwnedObjectPath {
        self.answer(header.sender().unwrap(), "open", &options, bus).await;
        zbus::ObjectPath::from_static_str_unchecked("/request").into()
    }

    async fn save_file(
        &self,
        _parent: &str,
        _title: &str,
        options: std::collections::HashMap<String, Variant<'_>>,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) -> zbus::OwnedObjectPath {
        self.answer(header.sender().unwrap(), "save", &options, bus).await;
        zbus::ObjectPath::from_static_str_unchecked("/request").into()
    }
}

#[tokio::test]
async fn a_file_is_chosen_in_the_desktops_own_dialog_or_none_is() {
    let bus = Bus::start();
    let application = bus.connect().await;
    assert!(!within(chooser::has_portal(&application)).await);
    let (asked, mut asks) = tokio::sync::mpsc::unbounded_channel();
    let desktop = bus.connect().await;
    let files = Files { outcome: 0, uri: "file:///home/ada/my%20dump", asked };
    desktop.object_server().at("/org/freedesktop/portal/desktop", files).await.unwrap();
    desktop.request_name("org.freedesktop.portal.Desktop").await.unwrap();
    assert!(within(chooser::has_portal(&application)).await);
    let save = chooser::Wish::Save("/home/ada/x.dump".into());
    assert_eq!(within(chooser::ask(&application, &save, "x")).await.unwrap(), Some("/home/ada/my dump".into()));
    assert_eq!(within(asks.recv()).await, Some(("save".to_owned(), "x.dump".to_owned())));
    let files = desktop.object_server().interface::<_, Files>("/org/freedesktop/portal/desktop").await.unwrap();
    files.get_mut().await.outcome = 1;
    let open = chooser::Wish::Open("/home/ada/.ssh".into());
    assert_eq!(within(chooser::ask(&application, &open, "x")).await.unwrap(), None, "it was closed");
    assert_eq!(within(asks.recv()).await, Some(("open".to_owned(), String::new())));
}

struct Notifications(tokio::sync::mpsc::UnboundedSender<(String, String)>);

#[interface(name = "org.freedesktop.Notifications")]
impl Notifications {
    #[expect(clippy::too_many_arguments, reason = "the specification's")]
    fn notify(
        &self,
        _application: &str,
        _replaces: u32,
        _icon: &str,
        title: &str,
        text: &str,
        _buttons: Vec<String>,
        _hints: std::collections::HashMap<String, Variant<'_>>,
        _time: i32,
    ) -> u32 {
        self.0.send((title.to_owned(), text.to_owned())).unwrap();
        1
    }
}

#[tokio::test]
async fn the_desktop_shows_that_machines_run_on() {
    let bus = Bus::start();
    let application = bus.connect().await;
    assert!(within(running_on::notify(&application, "a", "b")).await.is_err(), "nobody shows it");
    let (shown, mut shows) = tokio::sync::mpsc::unbounded_channel();
    let desktop = bus.connect().await;
    desktop.object_server().at("/org/freedesktop/Notifications", Notifications(shown)).await.unwrap();
    desktop.request_name("org.freedesktop.Notifications").await.unwrap();
    within(running_on::notify(&application, "2 machines run on", "m1, m2")).await.unwrap();
    assert_eq!(within(shows.recv()).await, Some(("2 machines run on".to_owned(), "m1, m2".to_owned())));
}
