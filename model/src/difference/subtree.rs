//! Comparison of whole elements, for parts without fields that libvirt fills in at start.

use crate::device::scsi;
use crate::xml::Element;

/// Children that libvirt adds to any element.
const ADDED: [&str; 2] = ["alias", "address"];

/// One text per meaning: names, sorted attributes, text, children in order. The parts are separated by characters that XML
/// forbids, so that no content can imitate structure.
pub(super) fn canonical(element: &Element<'_, '_>) -> String {
    let mut text = String::new();
    write(element, &mut text);
    text
}

pub(super) fn canonical_children(element: &Element<'_, '_>) -> Vec<String> {
    element
        .children()
        // What devices of the next start are known by waits with them.
        .filter(|child| !ADDED.contains(&child.name()) && !scsi::is_ours(child))
        .map(|child| canonical(&child))
        .collect()
}

fn write(element: &Element<'_, '_>, text: &mut String) {
    text.push('\u{1}');
    text.push_str(element.name());
    let mut attributes: Vec<_> = element.attributes().collect();
    attributes.sort();
    for (name, value) in attributes {
        text.extend(["\u{2}", name, "\u{3}", &value]);
    }
    text.push('\u{4}');
    let mut has_children = false;
    for child in element.children().filter(|child| !ADDED.contains(&child.name())) {
        has_children = true;
        write(&child, text);
    }
    // Text beside elements is indentation.
    if !has_children {
        text.push_str(element.text().trim());
    }
    text.push('\u{5}');
}

/// Whether both have the same children in any order; an empty element means the same as none.
pub(super) fn is_same_set(live: Option<Element<'_, '_>>, next: Option<Element<'_, '_>>) -> bool {
    let sorted = |element: Option<Element<'_, '_>>| {
        let mut children = element.map_or_else(Vec::new, |element| canonical_children(&element));
        children.sort();
        children
    };
    sorted(live) == sorted(next)
}

/// Whether `live` has the same elements as `next` and every attribute that `next` has. Attributes only in `live` were left
/// open in `next`.
pub(super) fn covers(live: Option<Element<'_, '_>>, next: Option<Element<'_, '_>>) -> bool {
    covers_but(live, next, "")
}

/// As [`covers`], where `live` may also have a child `added` that `next` lacks.
pub(super) fn covers_but(live: Option<Element<'_, '_>>, next: Option<Element<'_, '_>>, added: &str) -> bool {
    match (live, next) {
        (Some(live), Some(next)) => covers_element(&live, &next, added),
        (None, Some(element)) => is_hollow(&element),
        (Some(element), None) => is_hollow(&element) || (!added.is_empty() && element.children().all(|child| child.name() == added)),
        (None, None) => true,
    }
}

fn is_hollow(element: &Element<'_, '_>) -> bool {
    element.children().next().is_none() && element.attributes().next().is_none() && element.text().trim().is_empty()
}

fn covers_element(live: &Element<'_, '_>, next: &Element<'_, '_>, added: &str) -> bool {
    if live.name() != next.name() {
        return false;
    }
    if !next.attributes().all(|(name, value)| live.attribute(name).is_some_and(|found| found == value)) {
        return false;
    }
    let (mut live_children, next_children) = (sorted(live), sorted(next));
    if !added.is_empty() && next.child(added).is_none() {
        live_children.retain(|child| child.name() != added);
    }
    if live_children.is_empty() && next_children.is_empty() {
        return live.text().trim() == next.text().trim();
    }
    live_children.len() == next_children.len()
        && live_children.iter().zip(&next_children).all(|(live, next)| covers_element(live, next, ""))
}

/// Children by name; equal names stay in document order, as libvirt keeps the order of lists.
fn sorted<'t, 'x>(element: &Element<'t, 'x>) -> Vec<Element<'t, 'x>> {
    let mut children: Vec<_> = element.children().filter(|child| !ADDED.contains(&child.name())).collect();
    children.sort_by_key(Element::name);
    children
}
