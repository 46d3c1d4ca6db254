//! A computer with a desktop on its only graphics card, whose kernel, systemd and logind the test plays.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use service::{host::Root, workflow::loader::LOADER};
use zbus::{Connection, OwnedObjectPath, interface};

use crate::{captured::Captured, kernel::FakeKernel, project};

/// The card, and its sound.
pub const CARD: &str = "0000:03:00.0";
/// Its sound.
pub const SOUND: &str = "0000:03:00.1";
/// A program that keeps the cards of one driver, and one that this computer does not have.
pub const PERSISTENCED: &str = "nvidia-persistenced.service";
const POWERD: &str = "nvidia-powerd.service";
/// Modules that are built on a driver's, and on which.
const MODULES: [(&str, &str); 3] = [("nvidia_drm", "nvidia_modeset"), ("nvidia_modeset", "nvidia"), ("nvidia_uvm", "nvidia")];

/// The unit that is up while a module is away.
#[must_use]
pub fn without(module: &str) -> String {
    format!("kvm-manager-without@{module}.service")
}

/// The lines that describe a card's driver with modules that keep the card.
#[must_use]
pub fn modules() -> String {
    let holder = |(module, of)| format!("file sys/module/{of}/holders/{module} x\nfile sys/module/{module}/refcnt 0\n");
    let drm = "file sys/module/nvidia_drm/parameters/modeset Y\n".to_owned();
    MODULES.map(holder).into_iter().chain([drm]).collect()
}

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
    /// Whether the driver for machines is there when its unit was started.
    pub loads: AtomicBool,
    /// Units besides that are up: programs that keep the card, and those that stand for a module that is away.
    pub up: Mutex<BTreeSet<String>>,
    /// Units that are about to start or stop: systemd answers first and acts afterwards, here once somebody has looked.
    queued: Mutex<BTreeMap<String, bool>>,
    /// Modules that somebody uses, so that they cannot be unloaded.
    pub used: Mutex<BTreeSet<String>>,
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
        let (up, used, queued) = (Mutex::default(), Mutex::default(), Mutex::default());
        let draws = Mutex::new(vec![(77, "gnome-shell")]);
        let desktop = Self { host, kernel, is_up: on(), can_stop: on(), starts: on(), loads: on(), up, queued, used, draws };
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

    /// Nobody has loaded the driver for machines since the computer started.
    ///
    /// # Panics
    /// If it is not there.
    pub fn unload_driver(&self) {
        std::fs::remove_dir_all(self.host.path().join(VFIO)).expect("a driver");
    }

    /// The job of a unit, which is carried out once it has been seen.
    fn job(&self, unit: &str) -> (u32, OwnedObjectPath) {
        let Some(is_up) = self.queued.lock().expect("jobs").remove(unit) else { return (0, path("/")) };
        if unit == GDM {
            self.is_up.store(is_up && self.starts.load(Ordering::Acquire), Ordering::Release);
            self.draw();
        } else {
            self.turn(unit, is_up);
        }
        (1, path(JOB))
    }

    /// Starts or stops a unit besides the desktop, with what it does.
    fn turn(&self, unit: &str, is_up: bool) {
        if unit == LOADER && is_up && self.loads.load(Ordering::Acquire) {
            ["bind", "unbind"].into_iter().for_each(|file| self.host.file(&format!("{VFIO}/{file}"), ""));
        }
        let mut up = self.up.lock().expect("units");
        let module = MODULES.into_iter().find(|(module, _)| without(module) == unit);
        match module {
            Some((module, _)) if is_up && self.is_held(module) => return,
            Some((module, of)) if is_up => {
                std::fs::remove_dir_all(self.host.path().join(format!("sys/module/{module}"))).expect("a module");
                std::fs::remove_file(self.host.path().join(format!("sys/module/{of}/holders/{module}"))).expect("a holder");
            }
            Some((module, of)) if up.contains(unit) => {
                assert!(self.host.path().join(format!("sys/module/{of}")).exists(), "{module} is built on {of}");
                self.host.file(&format!("sys/module/{module}/refcnt"), "0\n");
                self.host.file(&format!("sys/module/{of}/holders/{module}"), "x\n");
                if module == "nvidia_drm" {
                    self.host.file("sys/module/nvidia_drm/parameters/modeset", "Y\n");
                }
            }
            _ => {}
        }
        if is_up {
            up.insert(unit.to_owned())
        } else {
            up.remove(unit)
        };
    }

    fn is_held(&self, module: &str) -> bool {
        let holders = std::fs::read_dir(self.host.path().join(format!("sys/module/{module}/holders")));
        self.used.lock().expect("uses").contains(module) || holders.is_ok_and(|mut holders| holders.next().is_some())
    }

    /// Puts systemd and logind on a connection.
    ///
    /// # Panics
    /// If it is gone.
    pub async fn serve(self: &Arc<Self>, connection: &Connection) {
        let server = connection.object_server();
        server.at("/org/freedesktop/systemd1", Systemd(Arc::clone(self))).await.expect("systemd");
        server.at(UNIT, Gdm(Arc::clone(self))).await.expect("a unit");
        for name in [PERSISTENCED, POWERD, LOADER].into_iter().map(str::to_owned).chain(MODULES.map(|(module, _)| without(module))) {
            server.at(unit(&name).into_inner(), Other(Arc::clone(self), name)).await.expect("a unit");
        }
        server.at("/org/freedesktop/login1", Logind(Arc::clone(self))).await.expect("logind");
        for (path, class) in [(ANNA, "user"), (GREETER, "greeter")] {
            server.at(path, Session(class)).await.expect("a session");
        }
    }
}

/// The driver for machines, when it is loaded.
const VFIO: &str = "sys/bus/pci/drivers/vfio-pci";
const GDM: &str = "gdm.service";
const UNIT: &str = "/org/freedesktop/systemd1/unit/gdm_2eservice";
const JOB: &str = "/org/freedesktop/systemd1/job/1";
const ANNA: &str = "/org/freedesktop/login1/session/_32";
const GREETER: &str = "/org/freedesktop/login1/session/c1";

fn unit(name: &str) -> OwnedObjectPath {
    let plain = |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("_{byte:02x}") };
    path(&format!("/org/freedesktop/systemd1/unit/{}", name.bytes().map(plain).collect::<String>()))
}

fn path(path: &str) -> OwnedObjectPath {
    OwnedObjectPath::try_from(path.to_owned()).expect("a path")
}

#[derive(Debug)]
struct Systemd(Arc<Desktop>);

impl Systemd {
    async fn turn(&self, what: &str, unit: &str, is_up: bool) -> OwnedObjectPath {
        let (is_done, comes_back) = self.0.kernel.note(what, unit);
        if is_done {
            self.0.queued.lock().expect("jobs").insert(unit.to_owned(), is_up);
        }
        if !comes_back {
            std::future::pending::<()>().await;
        }
        path(JOB)
    }
}

#[interface(name = "org.freedesktop.systemd1.Manager")]
impl Systemd {
    fn load_unit(&self, name: String) -> OwnedObjectPath {
        if ["display-manager.service", GDM].contains(&name.as_str()) { path(UNIT) } else { unit(&name) }
    }

    async fn start_unit(&self, name: String, _mode: String) -> OwnedObjectPath {
        self.turn("StartUnit", &name, true).await
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
        GDM.into()
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
    fn job(&self) -> (u32, OwnedObjectPath) {
        self.0.job(GDM)
    }

    #[zbus(property)]
    fn can_stop(&self) -> bool {
        self.0.can_stop.load(Ordering::Acquire)
    }
}

/// A unit besides the desktop.
#[derive(Debug)]
struct Other(Arc<Desktop>, String);

#[interface(name = "org.freedesktop.systemd1.Unit")]
impl Other {
    #[zbus(property)]
    fn id(&self) -> String {
        self.1.clone()
    }

    #[zbus(property)]
    fn load_state(&self) -> String {
        if self.1 == POWERD { "not-found".into() } else { "loaded".into() }
    }

    #[zbus(property)]
    fn active_state(&self) -> String {
        if self.0.up.lock().expect("units").contains(&self.1) { "active".into() } else { "inactive".into() }
    }

    #[zbus(property)]
    fn job(&self) -> (u32, OwnedObjectPath) {
        self.0.job(&self.1)
    }

    #[zbus(property)]
    fn can_stop(&self) -> bool {
        true
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
