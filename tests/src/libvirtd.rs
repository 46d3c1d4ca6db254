//! A libvirtd and QEMU machines of a test's own, without any right and without touching those of the user.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::net::UnixDatagram;

use crate::{
    TestService,
    bus::{Bus, short_directory},
    child::Child,
    within,
};

/// A session daemon in directories of its own.
#[derive(Debug)]
pub struct Libvirtd {
    daemon: Option<Child>,
    directory: TempDir,
}

impl Libvirtd {
    /// Starts one. Says what is missing and returns `None` if it cannot.
    pub async fn start() -> Option<Self> {
        for program in ["virsh", "qemu-system-x86_64"] {
            if find(program).is_none() {
                eprintln!("SKIPPED: {program} is not installed");
                return None;
            }
        }
        if daemon().is_none() {
            eprintln!("SKIPPED: neither libvirtd nor virtqemud is installed");
            return None;
        }
        let mut libvirtd = Self { daemon: None, directory: short_directory() };
        libvirtd.run().await;
        Some(libvirtd)
    }

    /// Starts the service on it, with these machines, which are on.
    pub async fn service(&self, machines: &[&str]) -> TestService {
        for name in machines {
            self.define(name);
            let _ = self.virsh(&["start", name]);
        }
        let environment = self.environment();
        let environment: Vec<(&str, &Path)> = environment.iter().map(|(name, value)| (*name, value.as_path())).collect();
        TestService::on(Bus::start(), "qemu:///session", &environment).await
    }

    /// Starts the service on it, with a machine that has a screen.
    pub async fn service_with_screen(&self, name: &str) -> TestService {
        self.define_with(name, "", "<video><model type='vga'/></video>");
        let _ = self.virsh(&["start", name]);
        self.service(&[]).await
    }

    /// Starts the daemon, again after [`Self::kill`], and waits until it says that it is ready.
    pub async fn run(&mut self) {
        let path = self.directory.path().join("notify");
        // Left by the run before.
        let _ = std::fs::remove_file(&path);
        let ready = UnixDatagram::bind(&path).expect("a socket");
        let log = std::fs::File::options().create(true).append(true).open(self.directory.path().join("libvirtd.log")).expect("a log");
        let mut command = Command::new(daemon().expect("looked at before"));
        command.envs(self.environment()).env("NOTIFY_SOCKET", &path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.daemon = Some(Child::start(&mut command));
        let mut message = [0; 256];
        loop {
            let length = within("libvirtd", ready.recv(&mut message)).await.expect("a message");
            if message[..length].starts_with(b"READY=1") {
                return;
            }
        }
    }

    /// Ends the daemon without a word; its machines run on.
    pub fn kill(&mut self) {
        self.daemon = None;
    }

    /// Sends a signal to the daemon itself: stopped, it holds everything that needs libvirt.
    pub fn signal_daemon(&self, signal: Signal) {
        self.daemon.as_ref().expect("the daemon runs").signal(signal);
    }

    /// What its clients need to find it, and not to start another.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        let below = |name: &str| {
            let path = self.directory.path().join(name);
            std::fs::create_dir_all(&path).expect("a directory");
            path
        };
        vec![
            ("HOME", below("h")),
            ("XDG_RUNTIME_DIR", below("r")),
            ("XDG_CONFIG_HOME", below("c")),
            ("XDG_CACHE_HOME", below("k")),
            ("XDG_DATA_HOME", below("d")),
            ("XDG_STATE_HOME", below("s")),
            ("LIBVIRT_AUTOSTART", "0".into()),
        ]
    }

    /// Runs virsh: a client that the service knows nothing about.
    #[must_use]
    pub fn virsh(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("virsh");
        command.args(["-q", "-c", "qemu:///session"]).args(arguments).envs(self.environment()).stdin(Stdio::null());
        let output = command.output().expect("virsh");
        assert!(output.status.success(), "virsh {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Defines a tiny machine without disks.
    pub fn define(&self, name: &str) {
        self.define_with(name, "", "");
    }

    /// Defines one, or defines it anew, with these elements and devices besides.
    pub fn define_with(&self, name: &str, elements: &str, devices: &str) {
        let file = self.directory.path().join(format!("{name}.xml"));
        let known = Command::new("virsh").args(["-q", "-c", "qemu:///session", "domuuid", name]).envs(self.environment()).output();
        let uuid =
            known.ok().filter(|output| output.status.success()).map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        let uuid = uuid.map(|uuid| format!("<uuid>{uuid}</uuid>")).unwrap_or_default();
        let xml = format!(
            "<domain type='qemu'><name>{name}</name>{uuid}<memory unit='MiB'>64</memory><vcpu>1</vcpu>{elements}\
             <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><controller type='usb' model='none'/>{devices}</devices></domain>"
        );
        std::fs::write(&file, xml).expect("write a machine");
        let _ = self.virsh(&["define", &file.display().to_string()]);
    }

    /// The QEMU process of a machine that is on.
    #[must_use]
    pub fn qemu(&self, name: &str) -> Pid {
        let file = self.runs().join(format!("{name}.pid"));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        text.trim().parse().ok().and_then(Pid::from_raw).expect("a process number")
    }

    /// Sends a signal to the QEMU process of a machine.
    pub fn signal(&self, name: &str, signal: Signal) {
        kill_process(self.qemu(name), signal).expect("signal QEMU");
    }

    /// What leads there from a process whose environment is another.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("qemu:///session?socket={}", self.directory.path().join("r/libvirt/libvirt-sock").display())
    }

    /// Where QEMU writes its logs.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.directory.path().join("k/libvirt/qemu/log")
    }

    /// Where it keeps saved states.
    #[must_use]
    pub fn saved_states(&self) -> PathBuf {
        self.directory.path().join("c/libvirt/qemu/save")
    }

    fn runs(&self) -> PathBuf {
        self.directory.path().join("r/libvirt/qemu/run")
    }
}

impl Drop for Libvirtd {
    fn drop(&mut self) {
        self.daemon = None;
        // What it started outlives it: machines, QEMUs that it was asking for their abilities, virtlogd. All of them were
        // told of this test's own directory, which nobody else knows.
        let place = self.directory.path().display().to_string();
        for process in std::fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path()) {
            let knows = |file: &str| std::fs::read(process.join(file)).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(&place));
            let number = process.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
            if let Some(pid) = number.and_then(Pid::from_raw).filter(|_| knows("cmdline") || knows("environ")) {
                // It may have ended by itself.
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

fn daemon() -> Option<PathBuf> {
    find("libvirtd").or_else(|| find("virtqemud"))
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    places.map(|place| place.join(program)).find(|file| file.is_file())
}
