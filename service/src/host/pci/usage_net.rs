//! Network cards: which of them somebody reaches the host by.

use std::collections::{BTreeMap, BTreeSet};

use super::usage::{Purpose, Use, Uses, note, owners};
use crate::host::Root;

const NETS: &str = "sys/class/net";
/// More layers than this are a loop.
const MOST_LAYERS: usize = 16;

/// Interfaces with routes; the value tells whether one of them is the default.
type Routes = BTreeMap<String, bool>;

pub(super) fn read(root: &Root, uses: &mut Uses) {
    let routes = routes(root);
    for name in root.names(NETS) {
        let owners = owners(root, &format!("{NETS}/{name}"));
        if owners.is_empty() {
            continue;
        }
        let mut found = BTreeSet::new();
        follow(root, &routes, &name, &name, MOST_LAYERS, &mut found);
        for used in &found {
            note(uses, &owners, used);
        }
    }
}

/// What is done with each card, with the directory of the kernel's that it is in.
pub(super) fn each(root: &Root, mut tell: impl FnMut(&str, BTreeSet<Use>)) {
    let routes = routes(root);
    for name in root.names(NETS) {
        let mut found = BTreeSet::new();
        follow(root, &routes, &name, &name, MOST_LAYERS, &mut found);
        tell(&format!("{NETS}/{name}/device"), found);
    }
}

/// What is done with an interface and with everything on top of it.
fn follow(root: &Root, routes: &Routes, card: &str, name: &str, layers: usize, found: &mut BTreeSet<Use>) {
    let detail = if card == name { String::new() } else { name.to_owned() };
    let mut add = |purpose| found.insert(Use { purpose, name: card.to_owned(), detail: detail.clone() });
    match routes.get(name) {
        Some(true) => add(Purpose::DefaultRoute),
        Some(false) => add(Purpose::Route),
        None => false,
    };
    if card != name && root.exists(&format!("{NETS}/{name}/bridge")) {
        add(if has_machines(root, name) { Purpose::MachineBridge } else { Purpose::Bridge });
    }
    if card != name && root.exists(&format!("{NETS}/{name}/bonding")) {
        add(Purpose::Bond);
    }
    if layers > 0 {
        for upper in root.names(&format!("{NETS}/{name}")).iter().filter_map(|link| link.strip_prefix("upper_")) {
            follow(root, routes, card, upper, layers - 1, found);
        }
    }
}

/// Whether taps of machines are in a bridge.
fn has_machines(root: &Root, bridge: &str) -> bool {
    root.names(&format!("{NETS}/{bridge}/brif")).iter().any(|port| root.exists(&format!("{NETS}/{port}/tun_flags")))
}

fn routes(root: &Root) -> Routes {
    let mut routes = Routes::new();
    let mut add = |name: &str, is_default: bool| *routes.entry(name.to_owned()).or_default() |= is_default;
    for line in root.read("proc/net/route").unwrap_or_default().lines().skip(1) {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        if let [name, destination, .., mask, _, _, _] = words[..] {
            add(name, destination == "00000000" && mask == "00000000");
        }
    }
    for line in root.read("proc/net/ipv6_route").unwrap_or_default().lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [destination, length, .., flags, name] = words[..] else { continue };
        // Every interface that is up has routes to its own addresses, to its link and to groups.
        let is_own = ["fe80", "ff"].iter().any(|prefix| destination.starts_with(prefix)) || length == "80";
        let is_reject = u32::from_str_radix(flags, 16).is_ok_and(|flags| flags & 0x200 != 0);
        if !is_own && !is_reject && name != "lo" {
            add(name, length == "00");
        }
    }
    routes
}
