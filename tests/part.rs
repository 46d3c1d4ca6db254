//! Mediated devices with a real libvirtd and the real mdevctl, in namespaces of their own, which need no right: kept, made at each start,
//! forgotten. The card is a description at the address of a device of this computer, which cannot be divided: what makes a part fails.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods, reason = "libvirtd is started by hand")]

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use dbus::{ErrorKind, Options, mediated::HostMediatedProxy};
use kvm_manager_tests::{
    bus::short_directory,
    captured::Captured,
    child::Child,
    client::{refusal, words},
    simulated::Simulated,
    user, within,
};
use service::host::Root;
use tempfile::TempDir;
use tokio::net::UnixDatagram;

const KIND: &str = "i915-GVTg_V5_4";
/// Hides what libvirtd would write to, puts the description's folder where mdevctl keeps what there is to be, and becomes libvirtd.
const INSIDE: &str = r#"set -e
mount -t tmpfs none /run; mkdir /run/libvirt
mount -t tmpfs none "$1/etc"; mkdir "$1/etc/upper" "$1/etc/work"
mount -t overlay none -o "lowerdir=/etc,upperdir=$1/etc/upper,workdir=$1/etc/work,userxattr" /etc
mkdir -p /etc/mdevctl.d; mount --bind "$2" /etc/mdevctl.d
for folder in /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /etc/libvirt; do [ ! -d $folder ] || mount -t tmpfs none $folder; done
printf 'user = "root"\ngroup = "root"\ndynamic_ownership = 0\nremember_owner = 0\n' >/etc/libvirt/qemu.conf
printf 'unix_sock_dir = "%s"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n' "$1" >"$1/libvirtd.conf"
exec libvirtd -f "$1/libvirtd.conf""#;

struct Host {
    service: Simulated,
    captured: Captured,
    /// The device of this computer.
    card: String,
    _daemon: Child,
    _directory: TempDir,
}

impl Host {
    /// Says what is missing and returns `None` if it cannot be.
    async fn start() -> Option<Self> {
        let card = std::fs::read_dir("/sys/bus/pci/devices").into_iter().flatten().flatten().map(|entry| entry.file_name()).max();
        let card = card.and_then(|name| name.into_string().ok());
        let may = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        for (what, is_there) in [
            ("libvirtd is not installed", has("libvirtd")),
            ("mdevctl is not installed", has("mdevctl")),
            ("the computer has no PCI device", card.is_some()),
            ("a user may have no namespaces", may(Command::new("unshare").args(["--user", "--map-root-user", "--mount", "true"]))),
        ] {
            if !is_there {
                eprintln!("SKIPPED: {what}");
                return None;
            }
        }
        let card = card?;
        let captured = described(&card);
        let (directory, daemon) = libvirtd(&captured.path().join("etc/mdevctl.d")).await;
        let uri = format!("qemu:///system?socket={}", directory.path().join("libvirt-sock").display());
        let service = Simulated::on_libvirt(Root::captured(captured.path()), &uri).await;
        Some(Self { service, captured, card, _daemon: daemon, _directory: directory })
    }

    async fn parts(&self) -> HostMediatedProxy<'static> {
        HostMediatedProxy::new(&self.service.connection).await.unwrap()
    }

    /// What mdevctl has written down: UUIDs, and what for.
    fn kept(&self) -> Vec<(String, String)> {
        let folder = self.captured.path().join("etc/mdevctl.d").join(&self.card);
        let read = |entry: std::fs::DirEntry| {
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap().split_whitespace().collect())
        };
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(read).collect()
    }

    /// What the service tells of the only part: active, kept, made at each start.
    async fn told(&self) -> Option<[bool; 3]> {
        let all = self.parts().await.instances().await.unwrap();
        let is = |facts: &std::collections::HashMap<String, zbus::OwnedVariant>, key| facts[key].try_clone().unwrap().try_into().unwrap();
        assert!(all.len() < 2, "{all:?}");
        all.first().map(|facts| ["active", "kept", "autostart"].map(|key| is(facts, key)))
    }

    fn wanted(&self) -> Options {
        Options::default().with("parent", self.card.clone()).with("type", KIND)
    }
}

fn has(program: &str) -> bool {
    places().iter().any(|place| place.join(program).is_file())
}

fn places() -> Vec<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).chain(["/usr/sbin".into()]).collect()
}

/// A card that can be divided, at this address.
fn described(card: &str) -> Captured {
    let of = format!("sys/devices/pci{}/{card}", &card[..7]);
    let kind = format!("{of}/mdev_supported_types/{KIND}");
    let captured = Captured::described(&format!(
        "pci {card} 8086:1912 class=030000 group=1 driver=i915\nfile {kind}/device_api vfio-pci\nfile {kind}/available_instances 1\n\
         link sys/class/mdev_bus/{card} {of}\nfile usr/sbin/mdevctl #"
    ));
    for folder in ["callouts", "notifiers"] {
        std::fs::create_dir_all(captured.path().join("etc/mdevctl.d/scripts.d").join(folder)).unwrap();
    }
    captured
}

/// Starts it and waits until it says that it is ready. All that it starts ends with it.
async fn libvirtd(kept: &Path) -> (TempDir, Child) {
    let directory = short_directory();
    std::fs::create_dir(directory.path().join("etc")).unwrap();
    let notify = directory.path().join("notify");
    let ready = UnixDatagram::bind(&notify).unwrap();
    let log = std::fs::File::create(directory.path().join("log")).unwrap();
    let mut command = Command::new("unshare");
    command
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-c",
            INSIDE,
            "sh",
        ])
        .args([directory.path(), kept])
        .env("PATH", std::env::join_paths(places()).unwrap())
        .env("NOTIFY_SOCKET", &notify)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    let daemon = Child::start(&mut command);
    let mut message = [0; 256];
    loop {
        let length = within("libvirtd", ready.recv(&mut message)).await.unwrap();
        if message[..length].starts_with(b"READY=1") {
            return (directory, daemon);
        }
    }
}

#[test]
fn a_part_is_kept_made_at_each_start_or_not_and_forgotten_by_the_real_mdevctl() {
    user::ordinary(|| async {
        let Some(host) = Host::start().await else { return };
        let (parts, none) = (host.parts().await, Options::default());
        let how = Options::default().with("autostart", true).with("start", false);
        assert_eq!(words(&parts.plan_create(&host.wanted(), &how).await.unwrap(), "reasons"), [""; 0]);
        assert_eq!(host.kept(), [], "a plan makes nothing");
        let uuid = within("Create", parts.create(&host.wanted(), &how)).await.unwrap();
        let written = |start: &str| vec![(uuid.clone(), format!("{{\"mdev_type\":\"{KIND}\",\"start\":\"{start}\",\"attrs\":[]}}"))];
        assert_eq!((host.kept(), host.told().await), (written("auto"), Some([false, true, true])));
        let part = Options::default().with("uuid", uuid.clone());
        within("SetAutostart", parts.set_autostart(&part, false, &none)).await.unwrap();
        assert_eq!((host.kept(), host.told().await), (written("manual"), Some([false, true, false])));
        let refused = refusal(within("Start", parts.start(&part, &none)).await);
        assert_eq!(refused.kind(), Some(ErrorKind::Failed), "the device of this computer makes no parts: {refused:?}");
        assert_eq!((host.kept(), host.told().await), (written("manual"), Some([false, true, false])));
        within("Delete", parts.delete(&part, &none)).await.unwrap();
        assert_eq!((host.kept(), host.told().await), (Vec::new(), None));
    });
}

#[test]
fn a_part_that_the_kernel_does_not_make_is_not_kept_by_the_real_mdevctl() {
    user::ordinary(|| async {
        let Some(host) = Host::start().await else { return };
        let parts = host.parts().await;
        for how in [Options::default(), Options::default().with("keep", true), Options::default().with("autostart", true)] {
            let refused = refusal(within("Create", parts.create(&host.wanted(), &how)).await);
            assert_eq!(refused.kind(), Some(ErrorKind::Failed), "{refused:?}");
            assert!(!refused.facts.contains_key("left"), "{refused:?}");
            assert_eq!((host.kept(), host.told().await), (Vec::new(), None));
        }
    });
}
