//! Why there is no list, and what a person can run to change that.

use client::{Host, Problem, host::Address, t};

use crate::model::{Connection, HostModel};

const UNIT: &str = "kvm-manager.service";

/// Why a host has no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause<'a> {
    /// Nobody asked for it.
    Off,
    /// It comes.
    Waiting,
    /// It cannot be reached.
    Problem(&'a Problem),
    /// libvirt is away: the service's word.
    Libvirt(&'a str),
    /// There are no machines.
    Empty,
}

impl<'a> Cause<'a> {
    /// `None` while there are rows.
    pub fn of(host: &'a HostModel) -> Option<Self> {
        if !host.machines.is_empty() {
            return None;
        }
        Some(match (&host.connection, &host.libvirt_problem) {
            (Connection::Off, _) => Self::Off,
            (Connection::Lost(Problem::Ended(reason), 0), _) if reason.is_empty() => Self::Off,
            (Connection::Lost(problem, _), _) => Self::Problem(problem),
            (Connection::Connected(_), Some(word)) => Self::Libvirt(word),
            (Connection::Connected(_), None) if host.is_listed => Self::Empty,
            _ => Self::Waiting,
        })
    }
}

/// What is to be said of a problem.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Advice {
    /// What is the matter.
    pub title: String,
    /// What to do.
    pub text: String,
    /// What the other side said, empty for nothing.
    pub raw: String,
    /// A command that helps, empty for none.
    pub command: String,
}

/// What is the matter with a host, and what to do.
pub(crate) fn advice(host: &Host, problem: &Problem) -> Advice {
    let (title, text) = client::locale::problem(problem);
    let advice = Advice { title, text, ..Advice::default() };
    match problem {
        Problem::Ssh(reason) => ssh(host, reason, advice),
        Problem::NotInstalled if is_here(host) => {
            Advice { command: Family::here().map(|family| family.install("kvm-manager")).unwrap_or_default(), ..advice }
        }
        Problem::NotRunning(reason) => Advice { raw: reason.clone(), command: format!("sudo systemctl enable --now {UNIT}"), ..advice },
        Problem::NoBus(reason) | Problem::NotAllowed(reason) | Problem::Ended(reason) => Advice { raw: reason.clone(), ..advice },
        Problem::Other(error) => Advice { raw: error.to_string(), ..advice },
        Problem::NotInstalled => advice,
    }
}

/// SSH has no codes, only sentences; it is run in English.
fn ssh(host: &Host, reason: &str, advice: Advice) -> Advice {
    let advice = Advice { raw: reason.trim().to_owned(), ..advice };
    let (place, port) = match &host.address {
        Address::Ssh { user, host, port, .. } if user.is_empty() => (host.clone(), *port),
        Address::Ssh { user, host, port, .. } => (format!("{user}@{host}"), *port),
        _ => return advice,
    };
    let port = if port == 0 { String::new() } else { format!("-p {port} ") };
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    let (key, command) = if says(&["Permission denied"]) {
        ("ssh-denied", format!("ssh-copy-id {port}{place}"))
    } else if says(&["Host key verification", "authenticity"]) {
        ("ssh-unknown", format!("ssh {port}{place}"))
    } else if says(&["REMOTE HOST IDENTIFICATION"]) {
        ("ssh-changed", String::new())
    } else if says(&["resolve", "not known"]) {
        ("ssh-name", String::new())
    } else if says(&["refused"]) {
        ("ssh-refused", String::new())
    } else if says(&["timed out", "No route", "unreachable"]) {
        ("ssh-away", String::new())
    } else {
        ("ssh-other", format!("ssh {port}{place}"))
    };
    Advice { text: t!(key), command, ..advice }
}

/// Whether what has to be run has to be run on this computer.
pub(super) fn is_here(host: &Host) -> bool {
    !matches!(host.address, Address::Ssh { .. } | Address::Libvirt { .. })
}

/// Whether systemd of this computer can help.
pub(super) fn can_start(host: &Host, problem: &Problem) -> bool {
    matches!(problem, Problem::NotRunning(_)) && is_here(host)
}

/// Distributions that install alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Debian,
    Fedora,
    Arch,
    Suse,
}

impl Family {
    pub const ALL: [Self; 4] = [Self::Debian, Self::Fedora, Self::Arch, Self::Suse];

    /// That of a host, where it can be known: of this computer. The demo's is the same everywhere.
    pub fn of_host(host: &Host) -> Option<Self> {
        match host.address {
            Address::Demo => Some(Self::Debian),
            _ => Self::here().filter(|_| is_here(host)),
        }
    }

    fn here() -> Option<Self> {
        let text = std::fs::read_to_string("/etc/os-release").or_else(|_| std::fs::read_to_string("/usr/lib/os-release"));
        Self::of(&text.unwrap_or_default())
    }

    /// By `ID` and `ID_LIKE` of an `os-release` file.
    pub fn of(text: &str) -> Option<Self> {
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        let names = [value("ID"), value("ID_LIKE")].into_iter().flatten().map(|names| names.trim_matches(['"', '\'']));
        names.flat_map(str::split_whitespace).find_map(|name| {
            Some(match name {
                "debian" | "ubuntu" => Self::Debian,
                "fedora" | "rhel" | "centos" => Self::Fedora,
                "arch" => Self::Arch,
                name if name == "suse" || name.starts_with("opensuse") => Self::Suse,
                _ => return None,
            })
        })
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Debian => "Debian, Ubuntu",
            Self::Fedora => "Fedora, RHEL",
            Self::Arch => "Arch Linux",
            Self::Suse => "openSUSE",
        }
    }

    fn install(self, packages: &str) -> String {
        let program = match self {
            Self::Debian => "apt install",
            Self::Fedora => "dnf install",
            Self::Arch => "pacman -S",
            Self::Suse => "zypper install",
        };
        format!("sudo {program} {packages}")
    }

    /// What to run against libvirt's being away, by the service's word.
    pub fn libvirt(self, word: &str) -> Option<String> {
        match (word, self) {
            ("not-installed", Self::Debian) => Some(self.install("libvirt-daemon-system qemu-system-x86")),
            ("not-installed", Self::Fedora) => Some(self.install("libvirt-daemon-kvm qemu-kvm")),
            ("not-installed", Self::Arch) => Some(self.install("libvirt qemu-desktop dnsmasq")),
            ("not-installed", Self::Suse) => Some(self.install("libvirt-daemon-qemu qemu-kvm")),
            ("not-running", Self::Debian | Self::Arch) => Some("sudo systemctl enable --now libvirtd.socket".to_owned()),
            ("not-running", _) => Some("sudo systemctl enable --now virtqemud.socket".to_owned()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_known_by_its_family() {
        for (text, family) in [
            ("NAME=x\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Family::Debian),
            ("ID=\"almalinux\"\nID_LIKE=\"rhel centos fedora\"", Family::Fedora),
            ("ID=arch", Family::Arch),
            ("ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"", Family::Suse),
        ] {
            assert_eq!(Family::of(text), Some(family), "{text}");
        }
        assert_eq!(Family::of("ID=nixos"), None);
    }

    #[test]
    fn what_ssh_says_leads_to_what_to_do() {
        let address = Address::Ssh { user: "me".into(), host: "lab".into(), port: 2222, key_file: std::path::PathBuf::new() };
        let host = Host::new("x", "", address);
        let command = |reason: &str| advice(&host, &Problem::Ssh(reason.to_owned())).command;
        assert_eq!(command("me@lab: Permission denied (publickey,password)."), "ssh-copy-id -p 2222 me@lab");
        assert_eq!(command("Host key verification failed."), "ssh -p 2222 me@lab");
        assert_eq!(command("ssh: connect to host lab port 2222: Connection refused"), "");
    }
}
