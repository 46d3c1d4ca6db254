//! The tags that can be chosen, and the colours of new ones.

use std::collections::BTreeMap;

use client::{Tag, t};

use crate::{
    dialog::part::Mark,
    model::{Key, Model},
};

/// The design's colours that are far enough from each other: word for the tooltip, and value.
pub(super) const COLOURS: [(&str, &str); 8] = [
    ("blue", "#2f6be0"),
    ("violet", "#7433e0"),
    ("magenta", "#a8398f"),
    ("red", "#c4222b"),
    ("orange", "#b85e0a"),
    ("green", "#147a3b"),
    ("teal", "#0c7f6d"),
    ("grey", "#5c6572"),
];

/// The service takes no more tags for a machine.
pub(super) const LIMIT: usize = 32;

/// A tag, how it is ticked, and how it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub tag: Tag,
    pub mark: Mark,
    pub before: Mark,
}

/// Every tag of every machine; those of the chosen machines first.
pub(super) fn all(model: &Model, keys: &[Key]) -> Vec<Choice> {
    let mut tags: BTreeMap<&str, (&Tag, usize)> = BTreeMap::new();
    for (host, machine) in model.machines() {
        let is_chosen = keys.iter().any(|key| key.machine == machine.id && key.host == host.host.id);
        for tag in &machine.tags {
            tags.entry(&tag.name).or_insert((tag, 0)).1 += usize::from(is_chosen);
        }
    }
    let mark = |count| match count {
        0 => Mark::Off,
        count if count == keys.len() => Mark::On,
        _ => Mark::Some,
    };
    let mut choices: Vec<Choice> =
        tags.into_values().map(|(tag, count)| Choice { tag: tag.clone(), mark: mark(count), before: mark(count) }).collect();
    choices.sort_by_key(|choice| choice.mark == Mark::Off);
    choices
}

/// What the service would refuse in the name of a tag; an empty one is none.
pub(super) fn fault(name: &str) -> Option<String> {
    if name.chars().count() > 64 {
        return Some(t!("tags-long"));
    }
    name.chars().any(char::is_control).then(|| t!("tags-control"))
}
