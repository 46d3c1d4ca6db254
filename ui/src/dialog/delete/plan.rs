//! What goes with a machine and what stays, as the dialog lists it.

use client::{PlanItem, t, unit};

use crate::{
    dialog::words,
    model::{Key, Model},
};

/// A disk of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialog) struct Disk {
    pub path: String,
    pub label: String,
    /// Size, and who else uses it or why it stays.
    pub facts: String,
    /// Whether it may go at all.
    pub is_safe: bool,
    pub is_ticked: bool,
}

/// What goes with the machine in any case, or what stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dialog) struct Line {
    pub label: String,
    pub facts: String,
}

/// The plan, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::dialog) struct Plan {
    pub disks: Vec<Disk>,
    pub goes: Vec<Line>,
    pub stays: Vec<Line>,
}

impl Plan {
    pub(in crate::dialog) fn new(model: &Model, key: &Key, items: Vec<PlanItem>) -> Self {
        let mut plan = Self::default();
        // One line is enough for what nobody can choose.
        let (mut rest, mut snapshots) = (Vec::new(), Vec::new());
        for item in items {
            let machines = words::needed_by(model.host(&key.host), &item);
            let reason = words::plan_reason(&item, &machines);
            match (item.kind.as_str(), item.action.as_str()) {
                // A medium in a drive is no disk that one would think of deleting.
                ("disk", _) if item.reason != "removable" => plan.disks.push(disk(item, &reason)),
                ("disk", _) => plan.stays.push(Line { label: file_name(&item.path), facts: facts(&item, &reason) }),
                (_, "keep") => plan.stays.push(Line { label: words::plan_kind(&item), facts: facts(&item, &reason) }),
                ("snapshot", _) => snapshots.push(item),
                ("saved-state", _) => {
                    let facts = facts(&item, &words::plan_action(&item));
                    plan.goes.push(Line { label: words::plan_kind(&item), facts });
                }
                _ => rest.push(words::plan_kind(&item)),
            }
        }
        if !rest.is_empty() {
            plan.goes.insert(0, Line { label: rest.join(" · "), facts: String::new() });
        }
        plan.goes.extend(together(&snapshots));
        plan
    }

    /// Whether a disk goes.
    pub(in crate::dialog) fn takes_disks(&self) -> bool {
        self.disks.iter().any(|disk| disk.is_ticked)
    }

    /// Ticks or unticks a disk; one that must stay is left alone.
    pub(in crate::dialog) fn tick(&mut self, place: usize) {
        if let Some(disk) = self.disks.get_mut(place).filter(|disk| disk.is_safe) {
            disk.is_ticked = !disk.is_ticked;
        }
    }

    /// What goes and what stays, a line each, for where there is little room.
    pub(in crate::dialog) fn lines(&self) -> Vec<String> {
        let words = |label: &str, facts: &str| if facts.is_empty() { label.to_owned() } else { format!("{label} ({facts})") };
        let disk = |disk: &Disk| words(&disk.label, &disk.facts);
        let line = |line: &Line| words(&line.label, &line.facts);
        let (gone, kept): (Vec<&Disk>, Vec<&Disk>) = self.disks.iter().partition(|disk| disk.is_ticked);
        let goes: Vec<String> = gone.into_iter().map(disk).chain(self.goes.iter().map(line)).collect();
        let stays: Vec<String> = kept.into_iter().map(disk).chain(self.stays.iter().map(line)).collect();
        let told = |key: &str, what: Vec<String>| (!what.is_empty()).then(|| t!(key, what = what.join(", ")));
        told("delete-several-goes", goes).into_iter().chain(told("delete-several-stays", stays)).collect()
    }

    /// The disks that go.
    pub(in crate::dialog) fn disks_that_go(&self) -> Vec<String> {
        self.disks.iter().filter(|disk| disk.is_ticked).map(|disk| disk.path.clone()).collect()
    }
}

fn disk(item: PlanItem, reason: &str) -> Disk {
    let is_safe = item.action == "trash" || item.action == "remove";
    let facts = facts(&item, reason);
    Disk { label: words::plan_kind(&item), facts, is_safe, is_ticked: is_safe, path: item.path }
}

fn facts(item: &PlanItem, reason: &str) -> String {
    let bytes = if item.allocation > 0 { item.allocation } else { item.capacity };
    let size = if bytes > 0 { unit::size(bytes) } else { String::new() };
    [size.as_str(), reason].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(", ")
}

fn together(snapshots: &[PlanItem]) -> Option<Line> {
    let names: Vec<&str> = snapshots.iter().map(|item| item.path.as_str()).collect();
    (!names.is_empty()).then(|| Line { label: t!("delete-snapshots", count = names.len()), facts: names.join(", ") })
}

fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}
