//! Finds what fits. Titles are made for all, everything else for what is shown alone.

use std::collections::{BTreeMap, BTreeSet};

use client::{Machine, settings::Settings, t};

use super::{
    actions,
    entry::{Entry, Glyph, Goal, Section},
    score::Query,
};
use crate::{
    icon,
    model::{Connection, HostModel, Key, Model},
    place::{Part, Place},
};

/// So many of a section are shown while there are others.
const FEW: usize = 6;
const MANY: usize = 60;

/// What is searched.
pub(super) struct Search<'a> {
    pub model: &'a Model,
    pub settings: &'a Settings,
    /// Used last, newest first.
    pub recent: &'a [String],
    /// What commands work on.
    pub targets: &'a [Key],
    /// The machine whose actions are listed, alone.
    pub subject: Option<&'a Key>,
}

impl Search<'_> {
    /// Everything that fits what was typed, in the order in which it is shown.
    pub fn find(&self, typed: &str) -> Vec<Entry> {
        let typed = typed.trim_start();
        if let Some(key) = self.subject {
            let query = Query::new(typed);
            return self.best(&query, actions::of_machine(self, key), MANY);
        }
        let (mode, rest) = match typed.chars().next() {
            Some(mode @ ('>' | '@' | '#' | '?')) => (mode, &typed[1..]),
            _ => (' ', typed),
        };
        let query = Query::new(rest);
        match mode {
            '>' => self.best(&query, actions::all(self, &query), MANY),
            '@' => self.best(&query, self.hosts(), MANY),
            '#' => self.best(&query, self.tags(), MANY),
            '?' => help(),
            _ if query.is_empty() => self.first(),
            _ => self.everything(&query),
        }
    }

    fn everything(&self, query: &Query) -> Vec<Entry> {
        let mut found = self.machines(query);
        found.extend(self.best(query, actions::all(self, query), FEW));
        let places = self.groups().into_iter().chain(self.tags()).chain(self.hosts()).collect();
        found.extend(self.best(query, places, FEW));
        found.extend(self.best(query, self.settings(), 4));
        found
    }

    /// Before anything is typed: what was used last, some machines, what can be done with the selection.
    fn first(&self) -> Vec<Entry> {
        let none = Query::default();
        let mut all: Vec<Entry> = self.model.machines().map(|(host, machine)| self.machine(host, machine)).collect();
        all.extend(actions::all(self, &none));
        all.extend(self.groups());
        all.extend(self.tags());
        all.extend(self.hosts());
        all.extend(self.settings());
        let mut entries: Vec<Entry> = Vec::new();
        for token in self.recent.iter().take(FEW) {
            let found = all.iter().find(|entry| entry.goal.token().as_ref() == Some(token));
            entries.extend(found.map(|entry| Entry { section: Section::Recent, ..entry.clone() }));
        }
        let is_new = |entry: &&Entry| !entries.iter().any(|other| other.goal.token() == entry.goal.token());
        let mut rest: Vec<Entry> = Vec::new();
        for (section, count) in [(Section::Machines, 5), (Section::Actions, 5), (Section::Places, 4)] {
            rest.extend(all.iter().filter(|entry| entry.section == section).filter(is_new).take(count).cloned());
        }
        entries.extend(rest);
        entries
    }

    /// Rates entries and keeps the best, those of one section together.
    pub fn best(&self, query: &Query, entries: Vec<Entry>, count: usize) -> Vec<Entry> {
        let mut fitting: Vec<Entry> = entries
            .into_iter()
            .filter_map(|mut entry| {
                let fit = query.rate(&entry.title, &[&entry.detail])?;
                entry.score += fit.score + self.recency(&entry.goal);
                entry.marks = fit.marks;
                Some(entry)
            })
            .collect();
        fitting.sort_by_key(|entry| (entry.section, std::cmp::Reverse(entry.score)));
        fitting.truncate(count);
        fitting
    }

    fn recency(&self, goal: &Goal) -> i32 {
        let Some(token) = goal.token() else { return 0 };
        let place = self.recent.iter().position(|other| *other == token);
        place.map_or(0, |place| 44 - 2 * i32::try_from(place).unwrap_or(20))
    }

    /// Name and title are shown; system, tags and addresses are found as well.
    fn machines(&self, query: &Query) -> Vec<Entry> {
        let mut fitting: Vec<_> = self
            .model
            .machines()
            .filter_map(|(host, machine)| {
                let fit = query.rate(machine.label(), &[]).or_else(|| {
                    let mut others = vec![machine.name.as_str(), machine.os_name.as_str()];
                    others.extend(machine.tags.iter().map(|tag| tag.name.as_str()));
                    others.extend(machine.addresses.iter().map(|address| address.address.as_str()));
                    query.rate(machine.label(), &others)
                })?;
                let score = fit.score + self.recency(&Goal::Machine(host.key(machine.id)));
                Some((score, fit.marks, host, machine))
            })
            .collect();
        fitting.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.3.label().cmp(other.3.label())));
        let shown = fitting.into_iter().take(FEW);
        shown.map(|(score, marks, host, machine)| Entry { score, marks, ..self.machine(host, machine) }).collect()
    }

    fn machine(&self, host: &HostModel, machine: &Machine) -> Entry {
        let key = host.key(machine.id);
        let mut facts = Vec::new();
        if let Some(job) = host.job_of(machine.id) {
            facts.push(client::locale::job(&job.operation));
        } else if machine.needs_attention() {
            facts.push(client::locale::condition(machine.condition()));
        }
        facts.extend([machine.os_name.clone(), machine.address().unwrap_or_default().to_owned()]);
        if self.model.hosts().len() > 1 {
            facts.push(host.host.label());
        }
        facts.retain(|fact| !fact.is_empty());
        let title = machine.label().to_owned();
        let entry = Entry::new(Section::Machines, icon::monitor(), title, Goal::Machine(key.clone())).detail(facts.join(" · "));
        Entry { glyph: Glyph::State(key), ..entry }
    }

    fn groups(&self) -> Vec<Entry> {
        let mut names = BTreeSet::new();
        for (_, machine) in self.model.machines().filter(|(_, machine)| !machine.group.is_empty()) {
            let ends = machine.group.match_indices('/').map(|(end, _)| end).chain([machine.group.len()]);
            names.extend(ends.map(|end| &machine.group[..end]));
        }
        let entry = |name: &str| {
            let place = Place::Group(name.to_owned());
            let title = t!("palette-group", group = name.rsplit('/').next().unwrap_or(name));
            Entry::new(Section::Places, icon::folder(), title, Goal::Place(place.clone())).detail(self.count(&place))
        };
        names.into_iter().map(entry).collect()
    }

    fn tags(&self) -> Vec<Entry> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for tag in self.model.machines().flat_map(|(_, machine)| &machine.tags) {
            *counts.entry(&tag.name).or_default() += 1;
        }
        let entry = |(name, count): (&str, usize)| {
            let goal = Goal::Place(Place::Tag(name.to_owned()));
            Entry::new(Section::Places, icon::tag(), t!("palette-tag", tag = name), goal).detail(t!("group-machines", count = count))
        };
        counts.into_iter().map(entry).collect()
    }

    fn hosts(&self) -> Vec<Entry> {
        let all = Entry::new(Section::Places, icon::layers(), t!("sidebar-all"), Goal::Place(Place::All));
        let mut entries = vec![all.detail(t!("group-machines", count = self.model.machines().count()))];
        for host in self.model.hosts() {
            let (id, label) = (host.host.id.clone(), host.host.label());
            let state = match host.connection {
                Connection::Connected(_) => t!("group-machines", count = host.machines.len()),
                Connection::Connecting => t!("host-connecting"),
                Connection::Off | Connection::Lost(..) => t!("host-lost"),
            };
            entries.push(Entry::new(Section::Places, icon::server(), label.clone(), Goal::Place(Place::Host(id.clone()))).detail(state));
            for part in Part::ALL.into_iter().filter(|part| part.is_offered(host)) {
                let goal = Goal::Place(Place::Part(host.host.id.clone(), part));
                entries.push(Entry::new(Section::Places, part.icon(), part.label(), goal).detail(label.clone()));
            }
            if host.connection == Connection::Off {
                entries.push(Entry::new(Section::Actions, icon::link(), t!("palette-connect", host = label), Goal::Connect(id, true)));
            }
        }
        entries
    }

    fn settings(&self) -> Vec<Entry> {
        actions::settings(self.settings)
    }

    fn count(&self, place: &Place) -> String {
        let count = self.model.machines().filter(|(host, machine)| place.holds(host, machine)).count();
        t!("group-machines", count = count)
    }
}

fn help() -> Vec<Entry> {
    let line = |mark: &'static str, key: &str| Entry::new(Section::Help, icon::search(), t!(key), Goal::Type(mark)).key(mark.to_owned());
    [("", "palette-help-all"), (">", "palette-help-actions"), ("@", "palette-help-hosts"), ("#", "palette-help-tags")]
        .map(|(mark, key)| line(mark, key))
        .to_vec()
}
