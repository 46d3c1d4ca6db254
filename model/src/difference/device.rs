//! Comparison of devices: which belong together, and whether their settings agree.

use super::subtree;
use super::table::TABLE;
use crate::xml::Element;
use std::collections::{BTreeMap, BTreeSet};

/// Puts the names of the devices that differ into `found`.
pub(super) fn compare(live: Option<Element<'_, '_>>, next: Option<Element<'_, '_>>, found: &mut BTreeSet<String>) {
    let (live, next) = (group(live), group(next));
    let kinds: BTreeSet<&str> = live.keys().chain(next.keys()).copied().collect();
    for kind in kinds {
        let (live, next) = (live.get(kind).map_or(&[][..], Vec::as_slice), next.get(kind).map_or(&[][..], Vec::as_slice));
        match kind {
            "emulator" => {
                if let (Some(live), Some(next)) = (live.first(), next.first())
                    && live.text().trim() != next.text().trim()
                {
                    found.insert(kind.to_owned());
                }
            }
            "disk" | "interface" | "filesystem" | "controller" => by_identity(live, next, found),
            _ => by_position(kind, live, next, found),
        }
    }
}

type Groups<'t, 'x> = BTreeMap<&'x str, Vec<Element<'t, 'x>>>;

fn group<'t, 'x>(devices: Option<Element<'t, 'x>>) -> Groups<'t, 'x> {
    let mut groups = Groups::new();
    for device in devices.into_iter().flat_map(|devices| devices.children()) {
        // The first console of a QEMU machine is its first serial port, written a second time.
        let is_copy = device.name() == "console"
            && device.child("target").is_some_and(|target| target.attribute("type").as_deref() == Some("serial"));
        if !is_copy {
            groups.entry(device.name()).or_default().push(device);
        }
    }
    groups
}

/// What a device is called by people and edits; `None` for kinds that only have a position.
pub(super) fn identity(device: &Element<'_, '_>) -> Option<String> {
    let of = |child: &str, attribute: &str| device.child(child).and_then(|child| child.attribute(attribute)).unwrap_or_default();
    let own = |attribute: &str| device.attribute(attribute).unwrap_or_default();
    Some(match device.name() {
        "disk" => ["disk:", &of("target", "dev")].concat(),
        "interface" => ["interface:", &of("mac", "address").to_ascii_lowercase()].concat(),
        "filesystem" => ["filesystem:", &of("target", "dir")].concat(),
        "controller" => ["controller:", &own("type"), ":", &own("index")].concat(),
        _ => return None,
    })
}

fn by_identity(live: &[Element<'_, '_>], next: &[Element<'_, '_>], found: &mut BTreeSet<String>) {
    let (live, next) = (named(live), named(next));
    for ((name, _), element) in live.iter().filter(|(key, _)| !next.contains_key(*key)) {
        // A controller that came with a plugged device goes with it.
        if element.name() != "controller" {
            found.insert(shown(name));
        }
    }
    for (key, next) in &next {
        if !live.get(key).is_some_and(|live| is_same(live, next)) {
            found.insert(shown(&key.0));
        }
    }
}

/// Companion USB controllers share an index, so equal names are told apart by their order.
fn named<'t, 'x>(devices: &[Element<'t, 'x>]) -> BTreeMap<(String, u32), Element<'t, 'x>> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut named = BTreeMap::new();
    for device in devices {
        let name = identity(device).unwrap_or_default();
        let count = counts.entry(name.clone()).or_default();
        named.insert((name, *count), *device);
        *count += 1;
    }
    named
}

fn shown(name: &str) -> String {
    crate::validate::shown(name, 128)
}

/// Walks both lists at once. Where they differ, the longer rest is taken to have one more, so that one removed device does not
/// make all behind it differ.
fn by_position(kind: &str, live: &[Element<'_, '_>], next: &[Element<'_, '_>], found: &mut BTreeSet<String>) {
    let mut report = |position: usize| found.insert([&shown(kind), ":", &position.to_string()].concat());
    let (mut old, mut new) = (0, 0);
    while let (Some(live_device), Some(next_device)) = (live.get(old), next.get(new)) {
        if is_same(live_device, next_device) {
            (old, new) = (old + 1, new + 1);
            continue;
        }
        match (live.len() - old).cmp(&(next.len() - new)) {
            std::cmp::Ordering::Greater => {
                report(old);
                old += 1;
            }
            std::cmp::Ordering::Less => {
                report(new);
                new += 1;
            }
            std::cmp::Ordering::Equal => {
                report(new);
                (old, new) = (old + 1, new + 1);
            }
        }
    }
    (old..live.len()).chain(new..next.len()).for_each(|position| {
        report(position);
    });
}

fn is_same(live: &Element<'_, '_>, next: &Element<'_, '_>) -> bool {
    let Some((_, table)) = TABLE.iter().find(|(kind, _)| *kind == next.name()) else {
        return subtree::covers(Some(*live), Some(*next));
    };
    let own = match next.name() {
        "disk" => disk(live, next),
        "interface" => interface(live, next),
        "graphics" => graphics(live, next),
        "serial" | "parallel" | "channel" | "console" => character(live, next),
        "hostdev" if next.attribute("type").as_deref() == Some("usb") && next.find(&["source", "vendor"]).is_some() => {
            // libvirt found the address by vendor and product; it may change when the stick is plugged again.
            return fields(live, next, &["source/vendor@id", "source/product@id", "~@managed"]);
        }
        "vsock" => {
            next.child("cid").is_none_or(|cid| cid.attribute("auto").as_deref() == Some("yes")) || fields(live, next, &["~cid@address"])
        }
        _ => true,
    };
    if next.name() == "disk" {
        let ignored = left_out(live, next);
        let is_ignored = |field: &str| ignored.iter().any(|name| field.trim_start_matches('~').starts_with(name));
        let rest: Vec<_> = table.iter().copied().filter(|field| !is_ignored(field)).collect();
        return own && fields(live, next, &rest);
    }
    own && fields(live, next, table)
}

/// Whether all these fields agree.
pub(super) fn fields(live: &Element<'_, '_>, next: &Element<'_, '_>, table: &[&str]) -> bool {
    table.iter().all(|field| {
        let (field, is_open) = field.strip_prefix('~').map_or((*field, false), |field| (field, true));
        let wanted = value(next, field);
        (is_open && wanted.is_none()) || value(live, field) == wanted
    })
}

/// The attribute or the text at a field; `Some("")` for an element that is there without text.
fn value(element: &Element<'_, '_>, field: &str) -> Option<String> {
    let (path, attribute) = field.split_once('@').map_or((field, None), |(path, attribute)| (path, Some(attribute)));
    let mut found = *element;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        found = found.child(name)?;
    }
    match attribute {
        Some(attribute) => found.attribute(attribute).map(std::borrow::Cow::into_owned),
        None => Some(found.text().trim().to_owned()),
    }
}

fn disk(live: &Element<'_, '_>, next: &Element<'_, '_>) -> bool {
    subtree::covers(live.child("iotune"), next.child("iotune")) && subtree::covers(live.child("encryption"), next.child("encryption"))
}

/// Fields that say nothing about this pair: an empty drive has no driver while it runs, and an optional medium that was missing
/// at start was left out.
fn left_out(live: &Element<'_, '_>, next: &Element<'_, '_>) -> &'static [&'static str] {
    let has_source =
        |disk: &Element<'_, '_>| disk.child("source").is_some_and(|source| SOURCES.iter().any(|name| source.attribute(name).is_some()));
    let is_optional =
        || next.child("source").and_then(|source| source.attribute("startupPolicy")).is_some_and(|policy| policy != "mandatory");
    match (has_source(live), has_source(next)) {
        (false, false) => &["driver"],
        (false, true) if is_optional() => &["driver", "source"],
        _ => &[],
    }
}

const SOURCES: [&str; 7] = ["file", "dev", "dir", "name", "volume", "path", "type"];

/// A network with a bridge or a pool of devices behind it shows up live as what it resolved to, but keeps its name.
fn interface(live: &Element<'_, '_>, next: &Element<'_, '_>) -> bool {
    let plugged = if next.attribute("type").as_deref() == Some("network") {
        fields(live, next, &["source@network", "source@portgroup"])
    } else {
        fields(
            live,
            next,
            &[
                "@type",
                "source@mode",
                "source@bridge",
                "source@dev",
                "source@name",
                "~source/address@bus",
                "~source/address@slot",
                "~source/address@function",
            ],
        )
    };
    let is_down = |card: &Element<'_, '_>| card.child("link").is_some_and(|link| link.attribute("state").as_deref() == Some("down"));
    let vlan = subtree::covers(live.child("vlan"), next.child("vlan"))
        || next.child("vlan").is_none() && live.child("vlan").is_some() && is_network(next);
    plugged && vlan && is_down(live) == is_down(next)
}

fn is_network(card: &Element<'_, '_>) -> bool {
    card.attribute("type").as_deref() == Some("network")
}

fn graphics(live: &Element<'_, '_>, next: &Element<'_, '_>) -> bool {
    let is_auto = next.attribute("autoport").as_deref() == Some("yes");
    let port = |name: &str| {
        let wanted = next.attribute(name).filter(|port| *port != "-1");
        is_auto || wanted.is_none_or(|wanted| live.attribute(name).is_some_and(|port| port == wanted))
    };
    let was_auto = live.attribute("autoport").as_deref() == Some("yes");
    let kind = next.attribute("type");
    let has_port = matches!(kind.as_deref(), Some("vnc" | "spice" | "rdp"));
    let websocket = next
        .attribute("websocket")
        .filter(|port| *port != "-1")
        .is_none_or(|wanted| live.attribute("websocket").is_some_and(|port| port == wanted));
    (!has_port || (is_auto == was_auto && port("port") && port("tlsPort"))) && websocket && listeners(live, next)
}

/// Whatever the next document leaves open (address, socket path) is filled in live.
fn listeners(live: &Element<'_, '_>, next: &Element<'_, '_>) -> bool {
    let (mut old, mut new) = (live.children_named("listen"), next.children_named("listen"));
    loop {
        match (old.next(), new.next()) {
            (None, None) => return true,
            (Some(old), Some(new)) if fields(&old, &new, &["~@type", "~@address", "~@network", "~@socket"]) => {}
            // A document without elements leaves everything open, or has the older attribute.
            (Some(old), None) if next.child("listen").is_none() => {
                let wanted = next.attribute("listen");
                return wanted.is_none_or(|wanted| old.attribute("address").is_some_and(|address| address == wanted));
            }
            _ => return false,
        }
    }
}

/// A pty has a new path at each start.
fn character(live: &Element<'_, '_>, next: &Element<'_, '_>) -> bool {
    next.attribute("type").as_deref() == Some("pty") || fields(live, next, &["~source@path"])
}
