//! A computer with a desktop on its only graphics card, whose kernel, systemd and logind the test plays.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use service::host::Root;
use zbus::{Connection, OwnedObjectPath, interface};

use crate::{captured::Captured, kernel::FakeKernel, project};

/// The card, and its sound.
pub const CARD: &str = "0000:03:00.0";
/// Its sound.
pub const SOUND: &str = "0000:03:00.1";
/// The firmware's frame buffer, a console that is on it, and somebody who draws.
const SCREEN: &str = "\
file proc/uptime 1000.00 900.00
file sys/bus/platform/drivers/efi-framebuffer/bind x
file sys/bus/platform/drivers/efi-framebuffer/unbind x
link sys/bus/platform/drivers/efi-framebuffer/efi-framebuffer.0 sys/devices/platform/efi-framebuffer.0
file sys/devices/pci0000:00/0000:00:01.1/0000:03:00.0/drm/card0/uevent DEVNAME=dri/card0
link sys/class/drm/card0 sys/devices/pci0000:00/0000:00:01.1/0000:03:00.0/drm/card0
";

/// The computer.
#[derive(Debug)]
pub struct Desktop {
    /// Its files.
    pub host: Captured,
    /// Takes writes, and notes them and calls of systemd in order.
    pub kernel: Arc<FakeKernel>,
    /// Whether the display manager runs.
    pub is_up: AtomicBool,
    /// Whether it may be stopped.
    pub can_stop: AtomicBool,
    /// Whether it starts when it is asked to.
    pub starts: AtomicBool,
    /// Processes that draw, while the display manager runs.
    pub draws: Mutex<Vec<(u32, &'static str)>>,
}

impl Desktop {
    /// With this driver for its card, and lines of a description besides.
    #[must_use]
    pub fn driven_by(driver: &str, more: &str) -> Arc<Self> {
        let desktop = project::read("tests/data/hosts/amd-desktop.host").replace("driver=amdgpu", &format!("driver={driver}"));
        let host = Captured::described(&format!("{desktop}{SCREEN}{more}"));
        let kernel = FakeKernel::of(&host);
        let on = || AtomicBool::new(true);
        let desktop = Self { host, kernel, is_up: on(), can_stop: on(), starts: on(), draws: Mutex::new(vec![(77, "gnome-shell")]) };
        desktop.draw();
        Arc::new(desktop)
    }

    /// Its files with the kernel.
    #[must_use]
    pub fn root(&self) -> Root {
        self.kernel.root(&self.host)
    }

    /// The kernel's table of who draws.
    pub fn draw(&self) {
        let draws = self.draws.lock().expect("who draws");
        let all = draws.iter().filter(|_| self.is_up.load(Ordering::Acquire));
        let lines: String = all.map(|(process, name)| format!("{name:>20} {process:>5}   0   y    y  1000          0\n")).collect();
        self.host.file("sys/kernel/debug/dri/0/clients", &format!("{:>20}  tgid dev master a   uid      magic\n{lines}", "command"));
    }

    /// Puts systemd and logind on a connection.
    ///
    /// # Panics
    /// If it is gone.
    pub async fn serve(self: &Arc<Self>, connection: &Connection) {
        let server = connection.object_server();
        server.at("/org/freedesktop/systemd1", Systemd(Arc::clone(self))).await.expect("systemd");
        server.at(UNIT, Gdm(Arc::clone(self))).await.expect("a unit");
        server.at("/org/freedesktop/login1", Logind(Arc::clone(self))).await.expect("logind");
        for (path, class) in [(ANNA, "user"), (GREETER, "greeter")] {
            server.at(path, Session(class)).await.expect("a session");
        }
    }
}

const UNIT: &str = "/org/freedesktop/systemd1/unit/gdm_2eservice";
const ANNA: &str = "/org/freedesktop/login1/session/_32";
const GREETER: &str = "/org/freedesktop/login1/session/c1";

fn path(path: &str) -> OwnedObjectPath {
    OwnedObjectPath::try_from(path.to_owned()).expect("a path")
}

#[derive(Debug)]
struct Systemd(Arc<Desktop>);

impl Systemd {
    async fn turn(&self, what: &str, unit: &str, is_up: bool) -> OwnedObjectPath {
        let (is_done, comes_back) = self.0.kernel.note(what, unit);
        if is_done {
            self.0.is_up.store(is_up, Ordering::Release);
            self.0.draw();
        }
        if !comes_back {
            std::future::pending::<()>().await;
        }
        path("/org/freedesktop/systemd1/job/1")
    }
}

#[interface(name = "org.freedesktop.systemd1.Manager")]
impl Systemd {
    fn load_unit(&self, name: String) -> OwnedObjectPath {
        assert!(["display-manager.service", "gdm.service"].contains(&name.as_str()), "{name}");
        path(UNIT)
    }

    async fn start_unit(&self, name: String, _mode: String) -> OwnedObjectPath {
        self.turn("StartUnit", &name, self.0.starts.load(Ordering::Acquire)).await
    }

    async fn stop_unit(&self, name: String, _mode: String) -> OwnedObjectPath {
        self.turn("StopUnit", &name, false).await
    }
}

#[derive(Debug)]
struct Gdm(Arc<Desktop>);

#[interface(name = "org.freedesktop.systemd1.Unit")]
impl Gdm {
    #[zbus(property)]
    fn id(&self) -> String {
        "gdm.service".into()
    }

    #[zbus(property)]
    fn load_state(&self) -> String {
        "loaded".into()
    }

    #[zbus(property)]
    fn active_state(&self) -> String {
        if self.0.is_up.load(Ordering::Acquire) { "active".into() } else { "inactive".into() }
    }

    #[zbus(property)]
    fn can_stop(&self) -> bool {
        self.0.can_stop.load(Ordering::Acquire)
    }
}

#[derive(Debug)]
struct Logind(Arc<Desktop>);

#[interface(name = "org.freedesktop.login1.Manager")]
impl Logind {
    fn list_sessions(&self) -> Vec<(String, u32, String, String, OwnedObjectPath)> {
        if !self.0.is_up.load(Ordering::Acquire) {
            return Vec::new();
        }
        vec![
            ("2".into(), 1000, "anna".into(), "seat0".into(), path(ANNA)),
            ("c1".into(), 42, "gdm".into(), "seat0".into(), path(GREETER)),
            ("5".into(), 1001, "remote".into(), String::new(), path("/none")),
        ]
    }
}

#[derive(Debug)]
struct Session(&'static str);

#[interface(name = "org.freedesktop.login1.Session")]
impl Session {
    #[zbus(property, name = "Type")]
    fn kind(&self) -> String {
        "wayland".into()
    }

    #[zbus(property)]
    fn class(&self) -> String {
        self.0.into()
    }
}
