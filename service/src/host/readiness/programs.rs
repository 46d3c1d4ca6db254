//! Programs and files that libvirt starts or needs, and the command that installs them here.

use dbus::readiness::{Check, fix, state};

use super::Found;
use crate::host::Root;

/// A family of distributions: how it installs packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Debian,
    Fedora,
    Arch,
    Suse,
}

impl Family {
    const ALL: [Self; 4] = [Self::Debian, Self::Fedora, Self::Arch, Self::Suse];

    /// Of this host; `None` if it is not known.
    fn of(root: &Root) -> Option<Self> {
        let text = root.read("etc/os-release").or_else(|_| root.read("usr/lib/os-release")).unwrap_or_default();
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim_matches('"').to_owned();
        let words = format!("{} {}", value("ID="), value("ID_LIKE="));
        words.split_ascii_whitespace().find_map(|word| match word {
            "debian" | "ubuntu" => Some(Self::Debian),
            "fedora" | "rhel" | "centos" => Some(Self::Fedora),
            "arch" => Some(Self::Arch),
            "suse" | "opensuse" | "opensuse-tumbleweed" | "opensuse-leap" => Some(Self::Suse),
            _ => None,
        })
    }

    const fn install(self) -> &'static str {
        match self {
            Self::Debian => "apt install",
            Self::Fedora => "dnf install",
            Self::Arch => "pacman -S",
            Self::Suse => "zypper install",
        }
    }

    const fn index(self) -> usize {
        match self {
            Self::Debian => 0,
            Self::Fedora => 1,
            Self::Arch => 2,
            Self::Suse => 3,
        }
    }
}

/// A program with the places where it may be, all of a line together, and its packages in the order of [`Family::ALL`].
struct Program {
    id: &'static str,
    places: &'static [&'static [&'static str]],
    packages: [&'static str; 4],
}

const PROGRAMS: &[Program] = &[
    Program {
        id: "swtpm",
        places: &[&["usr/bin/swtpm", "usr/bin/swtpm_setup"]],
        packages: ["swtpm swtpm-tools", "swtpm swtpm-tools", "swtpm", "swtpm"],
    },
    Program {
        id: "virtiofsd",
        places: &[&["usr/libexec/virtiofsd"], &["usr/lib/qemu/virtiofsd"], &["usr/lib/virtiofsd"], &["usr/bin/virtiofsd"]],
        packages: ["virtiofsd", "virtiofsd", "virtiofsd", "virtiofsd"],
    },
    Program {
        id: "dnsmasq",
        places: &[&["usr/sbin/dnsmasq"], &["usr/bin/dnsmasq"]],
        packages: ["dnsmasq-base", "dnsmasq", "dnsmasq", "dnsmasq"],
    },
    Program { id: "passt", places: &[&["usr/bin/passt"]], packages: ["passt", "passt", "passt", "passt"] },
];
const FIRMWARE: [&str; 4] = ["ovmf", "edk2-ovmf", "edk2-ovmf", "qemu-ovmf-x86_64"];
const DESCRIPTORS: [&str; 2] = ["usr/share/qemu/firmware", "etc/qemu/firmware"];

/// Each program, and UEFI firmware.
pub fn all(root: &Root) -> Vec<Check> {
    let family = Family::of(root);
    let mut checks: Vec<Check> = PROGRAMS.iter().map(|program| check(root, family, program)).collect();
    checks.push(firmware(root, family));
    checks
}

fn check(root: &Root, family: Option<Family>, program: &Program) -> Check {
    let is_there = program.places.iter().any(|files| files.iter().all(|file| root.exists(file)));
    if is_there {
        return Found::ready(program.id).done();
    }
    with_command(Found::new(program.id, state::MISSING), family, program.packages)
}

/// The command of this host; of all families if this one is not known.
fn with_command(found: Found, family: Option<Family>, packages: [&str; 4]) -> Check {
    let families = family.map_or_else(|| Family::ALL.to_vec(), |family| vec![family]);
    let add = |found: Found, family: Family| found.fix(fix::COMMAND, format!("{} {}", family.install(), packages[family.index()]));
    families.into_iter().fold(found, add).done()
}

/// UEFI for machines, as the descriptors tell that libvirt chooses from.
fn firmware(root: &Root, family: Option<Family>) -> Check {
    let files = DESCRIPTORS.iter().flat_map(|directory| {
        let names = root.names(directory).into_iter().filter(|name| name.ends_with(".json"));
        names.map(move |name| format!("{directory}/{name}"))
    });
    let texts: Vec<String> = files.filter_map(|file| root.read(&file).ok()).filter(|text| text.contains("\"uefi\"")).collect();
    let has = |word: &str| if texts.iter().any(|text| text.contains(word)) { "yes" } else { "no" };
    if texts.is_empty() {
        return with_command(Found::new("firmware", state::MISSING).fact("descriptors", 0), family, FIRMWARE);
    }
    Found::ready("firmware")
        .fact("descriptors", texts.len())
        .fact("secure-boot", has("\"secure-boot\""))
        .fact("enrolled-keys", has("\"enrolled-keys\""))
        .done()
}
