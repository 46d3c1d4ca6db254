//! The menu, from what is known. No bus in here: an entry says what it shows and what a click asks for.

use std::collections::HashMap;

use client::{Job, Uuid, host, locale, t, unit};

use crate::{
    action::{Action, Target},
    machine_menu, screen,
    state::{HostState, Known, Link, State},
    text,
};

/// What stands between two parts of a line.
pub const BETWEEN: &str = " · ";
/// Machines of "more" and of "Start a machine": a menu that does not fit on a screen is none.
const MOST: usize = 40;

/// A line of the menu.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Between two groups.
    Separator,
    /// Not shown: where it comes and goes, every line becomes a new one.
    Turn,
    /// A line to read.
    Head(String),
    /// A line to click.
    Item {
        /// What it says.
        label: String,
        /// Name in icon themes, or empty.
        icon: &'static str,
        /// What a click asks for; `None` while it cannot be done.
        action: Option<Action>,
    },
    /// A line to switch on and off.
    Check {
        /// What it says.
        label: String,
        /// Is on.
        checked: bool,
        /// What a click asks for.
        action: Action,
    },
    /// A menu of its own.
    Submenu {
        /// What it says.
        label: String,
        /// Name in icon themes, or empty.
        icon: &'static str,
        /// Its lines.
        entries: Vec<Entry>,
    },
}

impl Entry {
    /// A line that can be clicked if `is_possible`.
    #[must_use]
    pub fn item(label: String, icon: &'static str, action: Action, is_possible: bool) -> Self {
        Self::Item { label, icon, action: is_possible.then_some(action) }
    }
}

/// What the menu depends on beside the machines.
#[derive(Clone, Copy, Debug)]
pub struct Choices {
    /// Machines before "more".
    pub machines: usize,
    /// No notifications just now.
    pub is_quiet: bool,
    /// The time, µs since the epoch.
    pub now: u64,
}

/// Characters of "10 running · CPU 34 % · 45.6 of 64 GiB".
const HEAD: usize = 40;

/// The whole menu.
#[must_use]
pub fn entries(state: &State, choices: Choices) -> Vec<Entry> {
    let mut entries = vec![Entry::item(t!("tray-open"), "", Action::Open, true), Entry::Separator];
    match state.hosts.as_slice() {
        [] => entries.push(Entry::Head(t!("tray-no-hosts"))),
        [only] => entries.extend(host_entries(only, choices)),
        several => entries.extend(several.iter().map(|host| Entry::Submenu {
            label: text::label(&format!("{}{BETWEEN}{}", host_name(host), head(host))),
            icon: "computer",
            entries: host_entries(host, choices),
        })),
    }
    entries.extend([
        Entry::Separator,
        Entry::Check { label: t!("tray-quiet"), checked: choices.is_quiet, action: Action::Quiet },
        Entry::item(t!("tray-settings"), "preferences-system", Action::Settings, true),
        Entry::item(t!("tray-quit"), "application-exit", Action::Quit, true),
    ]);
    entries
}

/// "10 running", and over all hosts.
#[must_use]
pub fn summary(state: &State) -> String {
    match state.hosts.as_slice() {
        [only] => head(only),
        several => counts(several.iter().map(HostState::active).sum(), several.iter().map(paused).sum()),
    }
}

fn host_entries(host: &HostState, choices: Choices) -> Vec<Entry> {
    // Figures come when the menu is open, and then it no longer becomes wider: this keeps room for them.
    let mut entries = vec![Entry::Head(format!("{:\u{2007}<HEAD$}", text::label(&head(host))))];
    entries.extend(screen::entries(host, choices.now));
    let shown = in_order(host);
    let (first, rest) = shown.split_at(choices.machines.min(shown.len()));
    entries.extend(first.iter().map(|machine| machine_menu::entry(host, machine)));
    if !rest.is_empty() {
        entries.push(Entry::Submenu {
            label: t!("tray-more", count = rest.len()),
            icon: "",
            entries: bounded(host, rest, machine_menu::entry),
        });
    }
    let off: Vec<&Known> = by_name(host.machines.values().filter(|machine| !machine.is_active));
    if !off.is_empty() {
        let entries_of_off = bounded(host, &off, machine_menu::start_entry);
        entries
            .extend([Entry::Separator, Entry::Submenu { label: t!("tray-start"), icon: "media-playback-start", entries: entries_of_off }]);
    }
    if !host.jobs.is_empty() {
        entries.push(Entry::Separator);
        entries.extend(host.jobs.values().take(MOST).map(|job| job_entry(host, job)));
    }
    entries.extend(host.turn.then_some(Entry::Turn));
    entries
}

/// Arranges what runs and what crashed: first what somebody should look at, then the busiest, then what changed last.
///
/// A line must not become another machine's under the mouse. So this is for the moment when the menu opens; else only
/// what comes and goes changes the order (see [`is_arranged`]). With another order all lines are new ones, so that a click
/// that was on its way meets none.
pub fn arrange(host: &mut HostState) {
    let mut shown = by_name(shown(host));
    let last = |of: &HashMap<Uuid, u64>, machine: &Known| of.get(&machine.id).copied().unwrap_or(0);
    // Stable: what is equal stays in the order of names.
    shown.sort_by_key(|machine| {
        let busy = host.busy.get(&machine.id).copied().unwrap_or(0);
        std::cmp::Reverse((host.unseen.contains(&machine.id), machine.is_active, busy, last(&host.changed, machine)))
    });
    let order: Vec<_> = shown.into_iter().map(|machine| machine.id).collect();
    if order != host.order {
        host.turn = !host.turn;
        host.order = order;
    }
}

/// Whether exactly those that are to be shown have their place.
#[must_use]
pub fn is_arranged(host: &HostState) -> bool {
    shown(host).count() == host.order.len() && in_order(host).len() == host.order.len()
}

fn shown(host: &HostState) -> impl Iterator<Item = &Known> {
    host.machines.values().filter(|machine| machine.is_active || machine.is_crashed())
}

fn in_order(host: &HostState) -> Vec<&Known> {
    let machines = host.order.iter().filter_map(|id| host.machines.get(id));
    machines.filter(|machine| machine.is_active || machine.is_crashed()).collect()
}

fn by_name<'a>(machines: impl Iterator<Item = &'a Known>) -> Vec<&'a Known> {
    let mut sorted: Vec<_> = machines.map(|machine| (machine.label.to_lowercase(), machine)).collect();
    sorted.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.id.cmp(&other.1.id)));
    sorted.into_iter().map(|(_, machine)| machine).collect()
}

fn bounded(host: &HostState, machines: &[&Known], entry: fn(&HostState, &Known) -> Entry) -> Vec<Entry> {
    let (first, rest) = machines.split_at(MOST.min(machines.len()));
    let mut entries: Vec<_> = first.iter().map(|machine| entry(host, machine)).collect();
    if !rest.is_empty() {
        entries.push(Entry::item(t!("tray-more-in-application", count = rest.len()), "", Action::Open, true));
    }
    entries
}

/// "Saving web · 64 %", with what can be done about it.
fn job_entry(host: &HostState, job: &Job) -> Entry {
    let target = match job.machines.as_slice() {
        [only] => Some(Target { host: host.host.id.clone(), machine: *only }),
        _ => None,
    };
    let mut entries = Vec::new();
    entries.extend(target.map(|target| Entry::item(t!("tray-open-machine"), "", Action::OpenMachine(target), true)));
    let cancel = Action::Cancel(host.host.id.clone(), job.id.clone());
    entries.push(Entry::item(t!("tray-cancel"), "process-stop", cancel, job.is_cancelable && host.client.is_some()));
    let mut label = job_name(job, host);
    if let Some(progress) = job.progress {
        label = format!("{label}{BETWEEN}{}", unit::percent(f64::from(progress)));
    }
    Entry::Submenu { label: text::label(&label), icon: "", entries }
}

/// "Saving web": what is done, and to what.
#[must_use]
pub fn job_name(job: &Job, host: &HostState) -> String {
    let known = job.machines.first().and_then(|id| host.machines.get(id));
    let on = match (job.machines.len(), known) {
        (1, Some(machine)) => machine.label.clone(),
        (0, _) => String::new(),
        (count, _) => t!("tray-machines", count = count),
    };
    if on.is_empty() { locale::job(&job.operation) } else { locale::job_of(job, &on) }
}

/// What a host is called.
#[must_use]
pub fn host_name(host: &HostState) -> String {
    let name = text::plain(&host.host.name, text::NAME);
    if !name.is_empty() {
        return name;
    }
    match &host.host.address {
        host::Address::System if host.facts.0.is_empty() => t!("tray-host-system"),
        host::Address::System => host.facts.0.clone(),
        host::Address::Session => t!("tray-host-session"),
        host::Address::Demo => t!("tray-host-demo"),
        _ => text::plain(&host.host.label(), text::NAME),
    }
}

fn paused(host: &HostState) -> usize {
    host.machines.values().filter(|machine| machine.condition == client::Condition::Paused).count()
}

fn counts(active: usize, paused: usize) -> String {
    if active == 0 {
        return t!("tray-none-running");
    }
    let running = t!("tray-running", count = active - paused.min(active));
    if paused == 0 { running } else { format!("{running}{BETWEEN}{}", t!("tray-paused", count = paused)) }
}

/// "10 running · CPU 34 % · 45.6 of 64 GiB", or why nothing is known.
fn head(host: &HostState) -> String {
    match (&host.link, &host.libvirt) {
        (Link::Connecting, _) => t!("tray-connecting"),
        (Link::Lost(problem), _) => locale::problem(problem).0,
        (Link::Connected, Some(problem)) => locale::libvirt(problem).0,
        (Link::Connected, None) => {
            let counts = counts(host.active(), paused(host));
            figures(host).map_or_else(|| counts.clone(), |figures| format!("{counts}{BETWEEN}{figures}"))
        }
    }
}

fn figures(host: &HostState) -> Option<String> {
    let sampled = host.sampled.as_ref()?;
    let cpu = unit::percent(f64::from(sampled.host_cpu));
    if host.facts.1 == 0 || sampled.host_memory_used == 0 {
        return Some(t!("tray-cpu", cpu = cpu));
    }
    let (used, all) = unit::memory_parts(sampled.host_memory_used, host.facts.1);
    Some(t!("tray-figures", cpu = cpu, used = used, all = all))
}

#[cfg(test)]
#[path = "menu_tests.rs"]
mod tests;
