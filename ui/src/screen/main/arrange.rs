//! Which machines are listed, and in which order: place, search, filter, sorting, groups. Made anew only when something changed.

use std::{cmp::Ordering, collections::BTreeMap};

use client::{Condition, Machine, settings};

use crate::model::{HostModel, Key, Model};
use crate::place::Place;

/// The states one can filter by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Every machine.
    #[default]
    All,
    /// Machines shown in this condition.
    Only(Condition),
    /// Machines that a person should look at.
    Attention,
}

impl Filter {
    /// Whether it lets a machine through.
    #[must_use]
    pub fn lets(self, machine: &Machine) -> bool {
        match self {
            Self::All => true,
            Self::Only(condition) => machine.condition() == condition,
            Self::Attention => machine.needs_attention(),
        }
    }
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The head of a group: its name, and the machines in it.
    Group(Group),
    /// A machine.
    Machine(Key),
}

/// The head of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What folding remembers.
    pub id: String,
    /// Its name; empty for machines without a group.
    pub name: String,
    /// Machines in it.
    pub total: usize,
    /// Those that run.
    pub running: usize,
    /// Those that somebody should look at.
    pub attention: usize,
    /// Whether its machines are hidden.
    pub is_folded: bool,
}

/// The list as it is shown, and the counts of the filter row.
#[derive(Clone, Debug, Default)]
pub struct Arranged {
    /// The lines, top to bottom.
    pub lines: Vec<Line>,
    /// All machines of the place and search, whatever the filter.
    pub total: usize,
    /// How many of them are in each condition.
    pub conditions: BTreeMap<Condition, usize>,
    /// How many need attention.
    pub attention: usize,
}

impl Arranged {
    /// The machines in order.
    pub fn machines(&self) -> impl DoubleEndedIterator<Item = &Key> {
        self.lines.iter().filter_map(|line| match line {
            Line::Machine(key) => Some(key),
            Line::Group(_) => None,
        })
    }

    /// What folding remembers of the group that a machine is in, whether it is folded or not.
    #[must_use]
    pub fn group_of(&self, model: &Model, settings: &settings::Settings, key: &Key) -> Option<String> {
        let by = settings.table.group_by.as_str();
        let host = model.host(&key.host)?;
        let (is_last, _, name) = group_of(by, host, host.machines.get(&key.machine)?);
        let id = format!("{by}:{}", if is_last { String::new() } else { name });
        self.lines.iter().any(|line| matches!(line, Line::Group(group) if group.id == id)).then_some(id)
    }

    /// The line of a machine.
    #[must_use]
    pub fn position(&self, key: &Key) -> Option<usize> {
        self.lines.iter().position(|line| matches!(line, Line::Machine(other) if other == key))
    }
}

/// What decides the list.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Host, group or tag.
    pub place: &'a Place,
    /// What was typed.
    pub search: &'a str,
    /// State.
    pub filter: Filter,
    /// Sorting and grouping.
    pub table: &'a settings::Table,
    /// Folded groups.
    pub folded: &'a [String],
}

/// A machine and its host.
type Found<'a> = (&'a HostModel, &'a Machine);
/// Whether it comes last, its place among the others, its name.
type GroupKey = (bool, u8, String);

/// Makes the list.
#[must_use]
pub fn arrange(model: &Model, wish: Wish<'_>) -> Arranged {
    let mut arranged = Arranged::default();
    let words: Vec<String> = wish.search.split_whitespace().map(str::to_lowercase).collect();
    let mut found: Vec<(&HostModel, &Machine)> = Vec::new();
    for (host, machine) in model.machines() {
        if !wish.place.holds(host, machine) || !words.iter().all(|word| matches(host, machine, word)) {
            continue;
        }
        arranged.total += 1;
        *arranged.conditions.entry(machine.condition()).or_default() += 1;
        arranged.attention += usize::from(machine.needs_attention());
        if wish.filter.lets(machine) {
            found.push((host, machine));
        }
    }
    let place = wish.place.id();
    let (by, descending) = wish.table.sorted(place.as_deref());
    found.sort_by(|a, b| compare(by, descending, *a, *b));
    arranged.lines = lines(found, wish);
    arranged
}

fn lines(found: Vec<(&HostModel, &Machine)>, wish: Wish<'_>) -> Vec<Line> {
    let by = wish.table.group_by.as_str();
    if by == "none" || !matches!(by, "group" | "host" | "state") {
        return found.into_iter().map(|(host, machine)| Line::Machine(host.key(machine.id))).collect();
    }
    let mut groups: BTreeMap<GroupKey, Vec<Found<'_>>> = BTreeMap::new();
    for (host, machine) in found {
        groups.entry(group_of(by, host, machine)).or_default().push((host, machine));
    }
    let only_nameless = groups.len() == 1 && groups.keys().all(|(is_last, ..)| *is_last);
    let mut lines = Vec::new();
    for ((is_last, _, name), machines) in groups {
        if !only_nameless {
            let id = format!("{by}:{name}");
            let is_folded = wish.search.is_empty() && wish.folded.contains(&id);
            lines.push(Line::Group(Group {
                id,
                name: if is_last { String::new() } else { name },
                total: machines.len(),
                running: machines.iter().filter(|(_, machine)| machine.is_active()).count(),
                attention: machines.iter().filter(|(_, machine)| machine.needs_attention()).count(),
                is_folded,
            }));
            if is_folded {
                continue;
            }
        }
        lines.extend(machines.into_iter().map(|(host, machine)| Line::Machine(host.key(machine.id))));
    }
    lines
}

/// Machines without a group come last.
fn group_of(by: &str, host: &HostModel, machine: &Machine) -> (bool, u8, String) {
    match by {
        "host" => (false, 0, host.host.label()),
        "state" => (false, machine.condition() as u8, client::locale::condition(machine.condition())),
        _ => (machine.group.is_empty(), 0, machine.group.clone()),
    }
}

/// Looks in name, title, system, tags, group, addresses and host.
fn matches(host: &HostModel, machine: &Machine, word: &str) -> bool {
    let has = |text: &str| contains(text, word);
    has(&machine.name)
        || has(&machine.title)
        || has(&machine.os_name)
        || has(&machine.group)
        || has(&host.host.label())
        || machine.tags.iter().any(|tag| has(&tag.name))
        || machine.addresses.iter().any(|address| has(&address.address))
}

/// `word` is in lower case already.
fn contains(text: &str, word: &str) -> bool {
    if text.is_ascii() && word.is_ascii() {
        return text.as_bytes().windows(word.len().max(1)).any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    }
    text.to_lowercase().contains(word)
}

fn compare(by: &str, descending: bool, (host_a, a): (&HostModel, &Machine), (host_b, b): (&HostModel, &Machine)) -> Ordering {
    let figure = |host: &HostModel, machine: &Machine, pick: fn(&client::Point) -> f32| {
        host.figures.get(&machine.id).and_then(|figures| figures.last()).map_or(-1.0, pick)
    };
    let by_figure = |pick| figure(host_a, a, pick).total_cmp(&figure(host_b, b, pick));
    let order = match by {
        "cpu" => by_figure(|point| point.cpu),
        "host-cpu" => by_figure(|point| point.host_cpu),
        "memory" => a.memory.cmp(&b.memory),
        "disk" => by_figure(|point| point.disk_read + point.disk_write),
        "network" => by_figure(|point| point.net_received + point.net_sent),
        "address" => address_order(a).cmp(&address_order(b)),
        "host" if host_a.host.id == host_b.host.id => Ordering::Equal,
        "host" => host_a.host.label().cmp(&host_b.host.label()),
        "tags" => a.tags.first().map(|tag| &tag.name).cmp(&b.tags.first().map(|tag| &tag.name)),
        "autostart" => b.autostart.cmp(&a.autostart),
        // Those that run longest first; of those that never did nothing is known.
        "started" => (a.last_start_time == 0, a.last_start_time).cmp(&(b.last_start_time == 0, b.last_start_time)),
        "agent" => b.agent.cmp(&a.agent),
        "state" => a.condition().cmp(&b.condition()),
        _ => Ordering::Equal,
    };
    let order = if descending { order.reverse() } else { order };
    let names = natural(a.label(), b.label()).then_with(|| a.id.cmp(&b.id));
    order.then(if by == "name" && descending { names.reverse() } else { names })
}

fn address_order(machine: &Machine) -> (bool, Option<std::net::IpAddr>) {
    let address = machine.address().and_then(|address| address.parse().ok());
    (address.is_none(), address)
}

/// `node-2` before `node-10`, upper and lower case alike.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.chars().peekable(), b.chars().peekable());
    loop {
        match (left.peek().copied(), right.peek().copied()) {
            (None, None) => return a.cmp(b),
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => match number(&mut left).cmp(&number(&mut right)) {
                Ordering::Equal => {}
                order => return order,
            },
            (Some(x), Some(y)) => match x.to_lowercase().cmp(y.to_lowercase()) {
                Ordering::Equal => {
                    left.next();
                    right.next();
                }
                order => return order,
            },
        }
    }
}

fn number(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> u128 {
    let mut value = 0_u128;
    while let Some(digit) = characters.peek().and_then(|character| character.to_digit(10)) {
        value = value.saturating_mul(10).saturating_add(u128::from(digit));
        characters.next();
    }
    value
}

#[cfg(test)]
#[path = "arrange_tests.rs"]
mod tests;
