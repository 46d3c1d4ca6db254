//! The machines of the design's main window, and their host.

use dbus::machine::{Address, State, StateReason, Tag};

use super::{
    Preset,
    figures::Figures,
    guest::{Guest, Quirk, id},
    parts,
    screen::Scene,
    tuning,
};
use crate::{HostFacts, Machine, Service};

pub(super) const GIB: u64 = 1 << 30;
pub(super) const MINUTE: u64 = 60_000_000;
/// Threads of the host.
pub(super) const THREADS: u32 = 16;

/// Tags and their colours.
const TAGS: [(&str, &str); 5] = [("gpu", "#7a3fc0"), ("dev", "#3d6bc4"), ("prod", "#35a56b"), ("ci", "#c07a35"), ("infra", "#3ba0bd")];

/// One line of the design's table.
struct Row {
    name: &'static str,
    os: (&'static str, &'static str),
    group: &'static str,
    tags: &'static [&'static str],
    address: &'static str,
    autostart: bool,
    gib: u64,
    vcpus: u32,
    /// CPU in percent, GiB used, MB/s read, written, received, sent.
    figures: [f64; 6],
    state: State,
    /// Minutes since it was started.
    up: u64,
    scene: Scene,
}

const fn row(name: &'static str, os: (&'static str, &'static str), group: &'static str, tags: &'static [&'static str]) -> Row {
    Row {
        name,
        os,
        group,
        tags,
        address: "",
        autostart: false,
        gib: 4,
        vcpus: 2,
        figures: [0.0; 6],
        state: State::Off,
        up: 0,
        scene: Scene::Console,
    }
}

impl Row {
    const fn size(mut self, gib: u64, vcpus: u32) -> Self {
        (self.gib, self.vcpus) = (gib, vcpus);
        self
    }

    const fn running(mut self, address: &'static str, minutes: u64, figures: [f64; 6]) -> Self {
        (self.state, self.address, self.up, self.figures) = (State::Running, address, minutes, figures);
        self
    }

    const fn state(mut self, state: State) -> Self {
        self.state = state;
        self
    }

    const fn autostart(mut self) -> Self {
        self.autostart = true;
        self
    }

    const fn scene(mut self, scene: Scene) -> Self {
        self.scene = scene;
        self
    }
}

const ALMA: (&str, &str) = ("http://almalinux.org/almalinux/9", "AlmaLinux 9.6");

#[rustfmt::skip]
const ROWS: [Row; 14] = [
    row("win11-gaming", ("http://microsoft.com/win/11", "Windows 11 Pro 24H2"), "Desktop", &["gpu"])
        .size(16, 8).running("192.168.122.20", 192, [38.0, 11.8, 24.1, 3.2, 1.2, 0.4]).scene(Scene::Windows),
    row("fedora-42-dev", ("http://fedoraproject.org/fedora/42", "Fedora Linux 42"), "Desktop", &["dev"])
        .size(8, 4).running("192.168.122.34", 407, [12.0, 5.1, 0.4, 1.8, 0.1, 0.0]).scene(Scene::Desktop),
    row("kali-lab", ("http://kali.org/kali/rolling", "Kali Linux 2025.3"), "Desktop", &[]).scene(Scene::Desktop),
    row("opnsense", ("http://opnsense.org/opnsense/25", "OPNsense 25.7"), "Homelab", &["infra"])
        .size(2, 2).running("192.168.122.2", 30_240, [6.0, 1.4, 0.0, 0.1, 8.6, 7.9]).autostart(),
    row("home-assistant", ("http://home-assistant.io/haos/16", "Home Assistant OS 16"), "Homelab", &["infra"])
        .running("192.168.122.8", 30_238, [9.0, 2.2, 0.0, 0.3, 0.1, 0.2]).autostart(),
    row("k3s-node-1", ALMA, "Homelab/k3s cluster", &["prod"])
        .size(8, 4).running("192.168.122.61", 17_310, [44.0, 6.3, 1.1, 4.7, 3.4, 5.1]).autostart(),
    row("k3s-node-2", ALMA, "Homelab/k3s cluster", &["prod"])
        .size(8, 4).running("192.168.122.62", 17_308, [52.0, 7.4, 0.9, 3.8, 4.0, 3.7]).autostart(),
    row("k3s-node-3", ALMA, "Homelab/k3s cluster", &["prod"])
        .size(8, 4).running("192.168.122.63", 17_305, [31.0, 5.9, 0.6, 2.2, 1.9, 94.2]).autostart(),
    row("truenas-scale", ("http://truenas.com/scale/25.04", "TrueNAS 25.04"), "Homelab", &["infra", "prod"])
        .size(32, 4).running("192.168.40.11", 30_245, [14.0, 22.8, 61.0, 18.4, 12.7, 48.0]).autostart(),
    row("postgres-lab", ("http://debian.org/debian/13", "Debian 13"), "Work", &["dev"])
        .size(12, 4).running("192.168.122.51", 5_790, [23.0, 9.1, 3.6, 11.2, 0.8, 2.6]),
    row("gitlab-runner-1", ("http://ubuntu.com/ubuntu/24.04", "Ubuntu 24.04 LTS"), "Work", &["ci"])
        .size(4, 4).running("192.168.40.21", 2_880, [91.0, 3.9, 8.2, 22.5, 2.1, 0.6]).autostart().scene(Scene::Build),
    row("arch-kernel-test", ("http://archlinux.org/archlinux/rolling", "Arch Linux"), "Work", &["dev"])
        .running("192.168.122.77", 95, [0.0, 2.0, 0.0, 0.0, 0.0, 0.0]).state(State::Paused),
    row("freebsd-zfs", ("http://freebsd.org/freebsd/14.3", "FreeBSD 14.3"), "Work", &["dev"]).state(State::Crashed),
    row("win-server-2025", ("http://microsoft.com/win/2k25", "Windows Server 2025"), "Work", &[]).size(8, 4).scene(Scene::Windows),
];

/// The machines as they are at `now`.
pub(super) fn guests(now: u64) -> Vec<Guest> {
    ROWS.iter().zip(1..).map(|(row, number)| guest(row, number, now)).collect()
}

fn guest(row: &Row, number: u128, now: u64) -> Guest {
    let mut machine = machine(row, number, now);
    let mut quirk = Quirk::None;
    match row.name {
        "win11-gaming" => {
            machine.description = "Main gaming machine. Give the graphics card back to the host before a driver update.".to_owned();
        }
        "kali-lab" => {
            machine.has_saved_state = true;
            stopped(&mut machine, StateReason::Saved, now - 14 * 60 * MINUTE);
        }
        "arch-kernel-test" => machine.reason = StateReason::ByUser,
        "postgres-lab" => quirk = Quirk::IgnoresShutdown,
        "freebsd-zfs" => stopped(&mut machine, StateReason::Crashed, now - 33 * MINUTE),
        "win-server-2025" => {
            stopped(&mut machine, StateReason::ShutDown, now - 3 * 24 * 60 * MINUTE);
            quirk = Quirk::CannotStart;
        }
        _ => {}
    }
    let started = if machine.is_active() { now - row.up * MINUTE } else { 0 };
    let details = parts::details(&machine, started);
    tell_start(&mut machine, &details);
    let mut guest = Guest {
        details,
        plan: parts::plan(&machine),
        log: parts::log(&machine, now),
        figures: Figures::from_table(row.figures),
        scene: row.scene,
        quirk,
        tuning: tuning::first(row.name),
        pages: None,
        reserved: 0,
        machine,
        plugged: Vec::new(),
        // A disk of Windows is on SATA unless somebody gave it drivers.
        lacks_scsi: row.name == "win11-gaming",
    };
    guest.pages = tuning::wanted_pages(&guest).filter(|_| guest.machine.is_active());
    guest
}

/// What the list tells of the start and the agent. One that is off ran for a morning.
pub(super) fn tell_start(machine: &mut Machine, details: &crate::Details) {
    machine.last_start_time = if machine.is_active() { details.started } else { machine.last_stop_time - 200 * MINUTE };
    machine.agent = super::guest::agent(details);
}

fn machine(row: &Row, number: u128, now: u64) -> Machine {
    Machine {
        id: id(number),
        name: row.name.to_owned(),
        state: row.state,
        reason: StateReason::Booted,
        is_persistent: true,
        autostart: row.autostart,
        memory: row.gib * GIB,
        maximum_memory: row.gib * GIB,
        vcpus: row.vcpus,
        maximum_vcpus: row.vcpus,
        os_id: row.os.0.to_owned(),
        os_name: row.os.1.to_owned(),
        group: row.group.to_owned(),
        tags: row.tags.iter().map(|name| tag(name)).collect(),
        addresses: addresses(row.address, number),
        last_stop_reason: StateReason::ShutDown,
        last_stop_time: now - (row.up + 4) * MINUTE,
        is_detailed: true,
        ..Machine::default()
    }
}

fn stopped(machine: &mut Machine, reason: StateReason, time: u64) {
    machine.reason = reason;
    machine.last_stop_reason = reason;
    machine.last_stop_time = time;
}

/// A tag with the colour that it has here.
pub(super) fn tag(name: &str) -> Tag {
    let colour = TAGS.iter().find(|(known, _)| *known == name).map_or("#5c6572", |(_, colour)| colour);
    Tag { name: name.to_owned(), colour: colour.to_owned() }
}

pub(super) fn addresses(address: &str, number: u128) -> Vec<Address> {
    if address.is_empty() {
        return Vec::new();
    }
    vec![Address { address: format!("{address}/24"), mac: mac(number), source: "lease".to_owned() }]
}

/// The hardware address of the n-th machine.
pub(super) fn mac(number: u128) -> String {
    format!("52:54:00:4b:{:02x}:{:02x}", number >> 8 & 0xff, number & 0xff)
}

/// What the service says of itself.
pub(super) fn service() -> Service {
    let features = ["batch", "undelete"].map(str::to_owned).to_vec();
    Service { version: env!("CARGO_PKG_VERSION").to_owned(), features, uri: "qemu:///system".to_owned() }
}

/// The computer.
pub(super) fn host(preset: Preset) -> HostFacts {
    let has_libvirt = preset != Preset::NoLibvirt;
    let known = |text: &str| if has_libvirt { text.to_owned() } else { String::new() };
    HostFacts {
        hostname: "workstation".to_owned(),
        hypervisor: known("QEMU"),
        hypervisor_version: known("10.1.0"),
        libvirt_version: known("11.8.0"),
        architecture: "x86_64".to_owned(),
        cpu_model: "AMD EPYC 7F32".to_owned(),
        cpus: THREADS,
        memory: 64 * GIB,
        virtualisation: "available".to_owned(),
        left: Vec::new(),
    }
}
