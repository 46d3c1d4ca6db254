//! As many machines as are asked for, of all kinds, always the same.

use dbus::machine::{State, StateReason};

use super::{
    figures::{Figures, float, unit},
    guest::{Guest, id},
    parts,
    roster::{GIB, MINUTE, addresses, tag, tell_start},
    screen::Scene,
};
use crate::Machine;

const NAMES: [&str; 12] = ["web", "db", "cache", "build", "mail", "proxy", "desktop", "test", "storage", "worker", "gateway", "lab"];
const SYSTEMS: [(&str, &str); 6] = [
    ("http://debian.org/debian/13", "Debian 13"),
    ("http://ubuntu.com/ubuntu/24.04", "Ubuntu 24.04 LTS"),
    ("http://fedoraproject.org/fedora/42", "Fedora Linux 42"),
    ("http://almalinux.org/almalinux/9", "AlmaLinux 9.6"),
    ("http://microsoft.com/win/2k25", "Windows Server 2025"),
    ("", ""),
];
const GROUPS: [&str; 8] = ["", "Shop", "Shop/Frontend", "Shop/Backend", "Office", "Research", "Research/GPU", "Archive"];
const TAGS: [&[&str]; 5] = [&[], &["prod"], &["dev"], &["ci", "dev"], &["infra"]];
const SCENES: [Scene; 4] = [Scene::Console, Scene::Desktop, Scene::Build, Scene::Windows];

/// `count` machines as they are at `now`.
pub(super) fn guests(count: usize, now: u64) -> Vec<Guest> {
    (0..count as u64).map(|number| guest(number, now)).collect()
}

fn guest(number: u64, now: u64) -> Guest {
    let random = |what: u64| unit(number * 97 + what);
    let mut machine = machine(number, now, random);
    let started = if machine.is_active() { now - (number % 9000 + 5) * MINUTE } else { 0 };
    let details = parts::details(&machine, started);
    tell_start(&mut machine, &details);
    let used = float(machine.memory) / float(GIB) * (0.2 + 0.7 * random(20));
    let figures = [random(21).powi(3) * 100.0, used, random(22) * 9.0, random(23) * 9.0, random(24) * 5.0, random(25) * 5.0];
    Guest {
        details,
        plan: parts::plan(&machine),
        log: parts::log(&machine, now),
        figures: Figures::from_table(figures),
        scene: pick(&SCENES, random(26)),
        machine,
        ..Guest::default()
    }
}

fn machine(number: u64, now: u64, random: impl Fn(u64) -> f64) -> Machine {
    let (os_id, os_name) = pick(&SYSTEMS, random(1));
    let memory = GIB << pick(&[0, 1, 2, 2, 3, 4], random(2));
    let vcpus = 1 << pick(&[0, 1, 2, 3], random(3));
    let name = format!("{}-{:04}", pick(&NAMES, random(4)), number + 1);
    let (state, reason) = state(random(0));
    let is_off = matches!(state, State::Off | State::Crashed);
    let address = format!("10.{}.{}.{}", number / 62_500 % 250, number / 250 % 250, number % 250 + 2);
    Machine {
        id: id(u128::from(number) + 1),
        title: if random(5) < 0.1 { format!("{name}, kept for the audit") } else { String::new() },
        name,
        state,
        reason,
        is_persistent: true,
        autostart: random(6) < 0.3,
        has_saved_state: state == State::Off && random(7) < 0.05,
        is_locked: random(8) < 0.05,
        is_stalled: state == State::Running && random(9) < 0.01,
        memory,
        maximum_memory: memory,
        vcpus,
        maximum_vcpus: vcpus,
        os_id: os_id.to_owned(),
        os_name: os_name.to_owned(),
        group: pick(&GROUPS, random(10)).to_owned(),
        tags: pick(&TAGS, random(11)).iter().map(|name| tag(name)).collect(),
        addresses: addresses(if is_off { "" } else { &address }, u128::from(number) + 1),
        last_stop_reason: if is_off { reason } else { StateReason::ShutDown },
        last_stop_time: now - (number % 5000 + 1) * MINUTE,
        warnings: if random(12) < 0.02 { vec!["display-public".to_owned()] } else { Vec::new() },
        is_detailed: true,
        ..Machine::default()
    }
}

/// A fifth runs; of the others nearly all are off.
fn state(random: f64) -> (State, StateReason) {
    match random {
        ..0.2 => (State::Running, StateReason::Booted),
        ..0.215 => (State::Paused, StateReason::ByUser),
        ..0.22 => (State::Paused, StateReason::DiskFull),
        ..0.23 => (State::Crashed, StateReason::Crashed),
        _ => (State::Off, StateReason::ShutDown),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index of a short list")]
fn pick<T: Copy + Default>(list: &[T], random: f64) -> T {
    list.get((random * list.len() as f64) as usize).copied().unwrap_or_default()
}
