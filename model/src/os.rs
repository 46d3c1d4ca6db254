//! Readable names of guest operating systems.

use crate::validate::shown;

/// Longest name, in characters.
const MAX_NAME: usize = 64;

/// Second segment of a libosinfo id, and what people call it.
const FAMILIES: [(&str, &str); 44] = [
    ("almalinux", "AlmaLinux"),
    ("alpinelinux", "Alpine Linux"),
    ("altlinux", "ALT Linux"),
    ("amazonlinux", "Amazon Linux"),
    ("android-x86", "Android-x86"),
    ("archlinux", "Arch Linux"),
    ("centos", "CentOS"),
    ("centos-stream", "CentOS Stream"),
    ("cirros", "CirrOS"),
    ("clearlinux", "Clear Linux"),
    ("coreos", "Fedora CoreOS"),
    ("debian", "Debian"),
    ("dragonflybsd", "DragonFly BSD"),
    ("elementary", "elementary OS"),
    ("eos", "Endless OS"),
    ("eurolinux", "EuroLinux"),
    ("fedora", "Fedora"),
    ("freebsd", "FreeBSD"),
    ("freedos", "FreeDOS"),
    ("gentoo", "Gentoo"),
    ("guix", "Guix System"),
    ("haiku", "Haiku"),
    ("iot", "Fedora IoT"),
    ("linux", "Linux"),
    ("macosx", "macOS"),
    ("mageia", "Mageia"),
    ("manjaro", "Manjaro"),
    ("netbsd", "NetBSD"),
    ("netware", "NetWare"),
    ("nixos", "NixOS"),
    ("ol", "Oracle Linux"),
    ("openbsd", "OpenBSD"),
    ("popos", "Pop!_OS"),
    ("rhel", "Red Hat Enterprise Linux"),
    ("rhel-atomic", "RHEL Atomic Host"),
    ("rocky", "Rocky Linux"),
    ("rockylinux", "Rocky Linux"),
    ("silverblue", "Fedora Silverblue"),
    ("slackware", "Slackware"),
    ("sled", "SUSE Linux Enterprise Desktop"),
    ("sles", "SUSE Linux Enterprise Server"),
    ("solaris", "Solaris"),
    ("ubuntu", "Ubuntu"),
    ("void", "Void Linux"),
];

/// Versions of Windows that are not called by their number.
const WINDOWS: [(&str, &str); 20] = [
    ("1.0", "Windows 1.0"),
    ("2.0", "Windows 2.0"),
    ("2.1", "Windows 2.1"),
    ("2k", "Windows 2000"),
    ("2k3", "Windows Server 2003"),
    ("2k3r2", "Windows Server 2003 R2"),
    ("2k8", "Windows Server 2008"),
    ("2k8r2", "Windows Server 2008 R2"),
    ("2k12", "Windows Server 2012"),
    ("2k12r2", "Windows Server 2012 R2"),
    ("2k16", "Windows Server 2016"),
    ("2k19", "Windows Server 2019"),
    ("2k22", "Windows Server 2022"),
    ("2k25", "Windows Server 2025"),
    ("3.1", "Windows 3.1"),
    ("me", "Windows Me"),
    ("vista", "Windows Vista"),
    ("xp", "Windows XP"),
    ("nt-3.1", "Windows NT 3.1"),
    ("nt-4.0", "Windows NT 4.0"),
];

/// The name behind a libosinfo id: `http://debian.org/debian/12` is `Debian 12`. An unknown id gives something readable made
/// of its last segments, an empty one an empty name. At most 64 characters, none of them a control or direction character.
#[must_use]
pub fn plain_name(os_id: &str) -> String {
    let id = os_id.trim();
    let path = id.split_once("://").map_or(id, |(_, path)| path);
    // Query and fragment are no part of any name.
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.split('/').filter(|segment| !segment.trim().is_empty());
    let name = match (segments.next(), segments.next(), segments.next()) {
        (Some("libosinfo.org"), Some("unknown"), None) => "Unknown".to_owned(),
        (Some("libosinfo.org"), Some("linux"), version) => join("Generic Linux", version.unwrap_or_default()),
        (Some(_), Some("win"), Some(version)) => windows(version),
        (Some(_), Some("winnt"), Some(version)) => join("Windows NT", version),
        (Some(_), Some("opensuse"), Some(version)) => opensuse(version),
        (Some(_), Some(family), version) => join(&family_name(family), version.unwrap_or_default()),
        (Some(only), ..) => readable(only),
        _ => String::new(),
    };
    shown(&name, MAX_NAME)
}

fn family_name(family: &str) -> String {
    FAMILIES.iter().find(|(id, _)| *id == family).map_or_else(|| readable(family), |(_, name)| (*name).to_owned())
}

fn windows(version: &str) -> String {
    WINDOWS.iter().find(|(id, _)| *id == version).map_or_else(|| join("Windows", version), |(_, name)| (*name).to_owned())
}

fn opensuse(version: &str) -> String {
    let major = version.split('.').next().and_then(|number| number.parse::<u32>().ok());
    match (version, major) {
        ("tumbleweed", _) => "openSUSE Tumbleweed".to_owned(),
        ("factory", _) => "openSUSE Factory".to_owned(),
        // Leap was numbered 42 first, then 15 and up; before it the name had no addition.
        (_, Some(15..)) => join("openSUSE Leap", version),
        _ => join("openSUSE", version),
    }
}

fn join(name: &str, version: &str) -> String {
    match version.trim() {
        // Nobody says "Arch Linux rolling".
        "" | "rolling" | "unknown" => name.to_owned(),
        version => [name, version].join(" "),
    }
}

/// `some-new_os` becomes `Some new os`.
fn readable(segment: &str) -> String {
    let spaced = segment.trim().replace(['-', '_', '+'], " ");
    let mut characters = spaced.chars();
    let Some(first) = characters.next() else { return spaced };
    first.to_uppercase().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_ids_have_the_names_people_use() {
        let cases = [
            ("http://debian.org/debian/12", "Debian 12"),
            ("http://debian.org/debian/testing", "Debian testing"),
            ("http://microsoft.com/win/11", "Windows 11"),
            ("http://microsoft.com/win/8.1", "Windows 8.1"),
            ("http://microsoft.com/win/xp", "Windows XP"),
            ("http://microsoft.com/win/2k22", "Windows Server 2022"),
            ("http://microsoft.com/win/2k8r2", "Windows Server 2008 R2"),
            ("http://microsoft.com/winnt/4.0", "Windows NT 4.0"),
            ("http://ubuntu.com/ubuntu/24.04", "Ubuntu 24.04"),
            ("http://fedoraproject.org/fedora/40", "Fedora 40"),
            ("http://fedoraproject.org/fedora/rawhide", "Fedora rawhide"),
            ("http://fedoraproject.org/coreos/stable", "Fedora CoreOS stable"),
            ("http://redhat.com/rhel/9.4", "Red Hat Enterprise Linux 9.4"),
            ("http://centos.org/centos-stream/9", "CentOS Stream 9"),
            ("http://centos.org/centos/7.0", "CentOS 7.0"),
            ("http://almalinux.org/almalinux/9", "AlmaLinux 9"),
            ("http://rockylinux.org/rocky/9", "Rocky Linux 9"),
            ("http://rockylinux.org/rockylinux/9", "Rocky Linux 9"),
            ("http://opensuse.org/opensuse/15.5", "openSUSE Leap 15.5"),
            ("http://opensuse.org/opensuse/42.3", "openSUSE Leap 42.3"),
            ("http://opensuse.org/opensuse/13.2", "openSUSE 13.2"),
            ("http://opensuse.org/opensuse/tumbleweed", "openSUSE Tumbleweed"),
            ("http://suse.com/sles/15.5", "SUSE Linux Enterprise Server 15.5"),
            ("http://archlinux.org/archlinux/rolling", "Arch Linux"),
            ("http://alpinelinux.org/alpinelinux/3.19", "Alpine Linux 3.19"),
            ("http://freebsd.org/freebsd/14.0", "FreeBSD 14.0"),
            ("http://openbsd.org/openbsd/7.4", "OpenBSD 7.4"),
            ("http://netbsd.org/netbsd/10.0", "NetBSD 10.0"),
            ("http://gentoo.org/gentoo/rolling", "Gentoo"),
            ("http://nixos.org/nixos/23.11", "NixOS 23.11"),
            ("http://apple.com/macosx/10.7", "macOS 10.7"),
            ("http://libosinfo.org/linux/2022", "Generic Linux 2022"),
            ("http://libosinfo.org/unknown", "Unknown"),
        ];
        for (id, name) in cases {
            assert_eq!(plain_name(id), name, "{id}");
        }
    }

    #[test]
    fn an_unknown_id_gives_something_readable() {
        for (id, name) in [
            ("", ""),
            ("http://", ""),
            ("http://example.org/new-os/1.0", "New os 1.0"),
            ("new-os", "New os"),
            ("http://example.org/zeta", "Zeta"),
            ("https://example.org/zeta/2/beta?x#y", "Zeta 2"),
        ] {
            assert_eq!(plain_name(id), name, "{id:?}");
        }
    }

    #[test]
    fn a_hostile_id_gives_no_control_or_direction_character_and_no_long_name() {
        let name = plain_name("http://a/b\u{1b}[31m\u{202e}\n\u{9b}c/1");
        assert_eq!(name, "B[31mc 1");
        assert_eq!(plain_name(&["http://a/", &"ß".repeat(100_000)].concat()).chars().count(), 64);
    }
}
