//! The processor, which libvirt rewrites most at start.

use super::{device, subtree};
use crate::xml::Element;
use std::collections::BTreeMap;

pub(super) fn is_same(live: Option<Element<'_, '_>>, next: Option<Element<'_, '_>>) -> bool {
    // Without <cpu> the hypervisor's default model is filled in.
    let Some(next) = next else { return true };
    let Some(live) = live else { return mode(&next).is_empty() && next.children().next().is_none() };
    topology(&live) == topology(&next)
        && numa(&live) == numa(&next)
        && device::fields(&live, &next, &["~cache@mode", "~cache@level", "~maxphysaddr@mode", "~maxphysaddr@bits", "~@migratable"])
        && model(&live, &next)
}

fn mode(cpu: &Element<'_, '_>) -> String {
    match cpu.attribute("mode") {
        Some(mode) => mode.into_owned(),
        None if cpu.child("model").is_some() => "custom".to_owned(),
        None => String::new(),
    }
}

fn model(live: &Element<'_, '_>, next: &Element<'_, '_>) -> bool {
    let is_expanded = live.attribute("check").as_deref() == Some("full");
    match (mode(live).as_str(), mode(next).as_str()) {
        // A running host-model CPU is written as the model that was found.
        ("custom", "host-model") => is_expanded && live.attribute("match").is_none_or(|rule| rule == "exact"),
        // Only a topology was asked for; the default model is filled in.
        (_, "") => true,
        (old, new) if old != new => false,
        ("custom", _) => text(live, "model") == text(next, "model") && features(live, next, is_expanded),
        _ => features(live, next, is_expanded),
    }
}

fn text(cpu: &Element<'_, '_>, name: &str) -> String {
    cpu.child(name).map_or_else(String::new, |child| child.text().trim().to_owned())
}

/// Whether every feature that `next` asks for is in `live` that way, and, unless libvirt expanded `live`, the reverse.
fn features(live: &Element<'_, '_>, next: &Element<'_, '_>, is_expanded: bool) -> bool {
    let (live, next) = (policies(live), policies(next));
    let holds = next.iter().all(|(name, wish)| match (live.get(name), *wish) {
        // The host decided.
        (_, None) => true,
        (Some(found), wish) => *found == wish,
        // Expanded lists leave out what the model has or lacks by itself.
        (None, Some(_)) => is_expanded,
    });
    holds && (is_expanded || live.keys().all(|name| next.contains_key(name)))
}

/// Whether each named feature is on; `None` for `optional`.
fn policies(cpu: &Element<'_, '_>) -> BTreeMap<String, Option<bool>> {
    let features = cpu.children_named("feature").filter_map(|feature| {
        let policy = match feature.attribute("policy").as_deref() {
            Some("disable" | "forbid") => Some(false),
            Some("optional") => None,
            _ => Some(true),
        };
        Some((feature.attribute("name")?.into_owned(), policy))
    });
    features.collect()
}

/// Sockets, dies, clusters, cores, threads; one where the document says nothing.
fn topology(cpu: &Element<'_, '_>) -> Option<[String; 5]> {
    let topology = cpu.child("topology")?;
    let count = |name| topology.attribute(name).map_or_else(|| "1".to_owned(), |count| count.trim().to_owned());
    Some(["sockets", "dies", "clusters", "cores", "threads"].map(count))
}

/// Cells with their memory rounded up as QEMU does.
fn numa(cpu: &Element<'_, '_>) -> Vec<String> {
    let cells = cpu.child("numa").into_iter().flat_map(|numa| numa.children());
    let describe = |cell: Element<'_, '_>| {
        let attribute = |name| cell.attribute(name).unwrap_or_default().into_owned();
        let unit = cell.attribute("unit");
        let memory =
            crate::unit::Bytes::parse(&attribute("memory"), unit.as_deref()).map_or(0, |bytes| bytes.0.div_ceil(super::MEMORY_STEP));
        let distances = subtree::canonical_children(&cell).concat();
        [attribute("cpus"), memory.to_string(), attribute("memAccess"), attribute("discard"), distances].join(" ")
    };
    cells.map(describe).collect()
}
