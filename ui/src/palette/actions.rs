//! What can be done: with one machine, with the selection, with a whole group, and with the application.

use std::collections::BTreeSet;

use client::{
    HostDevice, Machine, Uuid,
    device::{Holder, short},
    settings::{Settings, ThemeChoice},
    t,
};

use super::{
    entry::{Entry, Goal, Section},
    find::Search,
    score::Query,
    things,
};
use crate::{
    action::Way,
    app::{asks, key_of},
    command::{ALL, Command, Scope},
    component::device::{device_has_rom, device_icon},
    dialog::settings::Page,
    icon,
    model::{HostModel, Key, Model},
    place::{Part, Place},
};

/// What is done most, first.
const USUAL: [Command; 9] = [
    Command::Start,
    Command::Resume,
    Command::Wake,
    Command::Shutdown,
    Command::Pause,
    Command::Open,
    Command::CopyAddress,
    Command::ShowLog,
    Command::Save,
];
/// What makes sense for a whole group.
const BATCH: [Command; 7] =
    [Command::Start, Command::Resume, Command::Pause, Command::Shutdown, Command::Reboot, Command::Save, Command::ForceOff];
/// What is offered for a group that is named without a command.
const FIRST: [Command; 2] = [Command::Start, Command::Shutdown];
/// What the palette is or does itself.
const HIDDEN: [Command; 4] = [Command::Palette, Command::Open, Command::PauseOrResume, Command::Primary];
/// Machines that a query may mean when it names a command, too.
const SUBJECTS: usize = 3;

/// Without a machine named: what the selection and the application can do.
pub(super) fn all(search: &Search<'_>, query: &Query) -> Vec<Entry> {
    let mut entries = of_targets(search);
    entries.extend(application(search));
    if !query.is_empty() {
        entries.extend(devices(search.model));
        entries.extend(things::all(search.model));
        entries.extend(named(search, query));
        entries.extend(batches(search, query));
    }
    entries
}

/// Everything that can be done with a machine.
pub(super) fn of_machine(search: &Search<'_>, key: &Key) -> Vec<Entry> {
    let Some((host, machine)) = lookup(search.model, key) else { return Vec::new() };
    ALL.iter().filter(|command| can(**command, host, machine)).map(|command| entry(search.settings, *command, host, machine)).collect()
}

/// Commands of the machines that the query names best.
fn named(search: &Search<'_>, query: &Query) -> Vec<Entry> {
    let mut hits: Vec<_> = search
        .model
        .machines()
        .map(|(host, machine)| (query.part(machine.label()), host, machine))
        .filter(|((count, _), ..)| *count > 0)
        .collect();
    hits.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.2.label().cmp(other.2.label())));
    let is_whole = hits.first().is_some_and(|((count, _), ..)| *count == query.len());
    let subjects = hits.iter().take(if is_whole { 1 } else { SUBJECTS });
    let targets = search.targets;
    subjects
        .filter(|(_, host, machine)| targets.len() != 1 || targets[0] != host.key(machine.id))
        .flat_map(|(_, host, machine)| of_machine(search, &host.key(machine.id)))
        .collect()
}

fn of_targets(search: &Search<'_>) -> Vec<Entry> {
    match search.targets {
        [] => Vec::new(),
        [one] => of_machine(search, one),
        many => BATCH.iter().filter_map(|command| batch(search, *command, many.to_vec(), &t!("palette-selected"))).collect(),
    }
}

/// "Shut down all 3 machines in k3s cluster": for groups and tags of which the query names a word.
fn batches(search: &Search<'_>, query: &Query) -> Vec<Entry> {
    let (mut groups, mut tags) = (BTreeSet::new(), BTreeSet::new());
    for (_, machine) in search.model.machines() {
        groups.insert(machine.group.as_str());
        tags.extend(machine.tags.iter().map(|tag| tag.name.as_str()));
    }
    groups.remove("");
    let last = |group: &str| group.rsplit('/').next().unwrap_or_default().to_owned();
    let groups = groups.into_iter().map(|group| (Place::Group(group.to_owned()), last(group), "palette-in-group"));
    let tags = tags.into_iter().map(|tag| (Place::Tag(tag.to_owned()), tag.to_owned(), "palette-with-tag"));
    let mut entries = Vec::new();
    for (place, name, key) in groups.chain(tags).filter(|(_, name, _)| query.part(name).0 > 0).take(8) {
        let inside = search.model.machines().filter(|(host, machine)| place.holds(host, machine));
        let inside: Vec<Key> = inside.map(|(host, machine)| host.key(machine.id)).collect();
        let words = t!(key, name = &name);
        let is_named_alone = query.part(&name).0 == query.len();
        let commands = BATCH.iter().filter(|command| !is_named_alone || FIRST.contains(command));
        entries.extend(commands.filter_map(|command| batch(search, *command, inside.clone(), &words)));
    }
    entries
}

fn batch(search: &Search<'_>, command: Command, mut keys: Vec<Key>, place: &str) -> Option<Entry> {
    keys.retain(|key| lookup(search.model, key).is_some_and(|(host, machine)| can(command, host, machine)));
    if keys.len() < 2 {
        return None;
    }
    let title = t!(&format!("palette-all-{}", command.id()), count = keys.len(), place = place);
    let detail = if is_asked(search.settings, command, keys.len()) { t!("palette-asks") } else { String::new() };
    let entry = Entry::new(Section::Actions, command.icon(), title, Goal::Command(command, keys)).detail(detail);
    Some(Entry { score: usual(command) + 40, ..entry })
}

fn entry(settings: &Settings, command: Command, host: &HostModel, machine: &Machine) -> Entry {
    let title = t!(&format!("palette-do-{}", command.id()), machine = machine.label());
    let detail = match command {
        Command::CopyAddress => machine.address().unwrap_or_default().to_owned(),
        Command::Delete => t!("palette-asks"),
        _ if is_asked(settings, command, 1) => t!("palette-asks"),
        _ => String::new(),
    };
    let key = match command {
        Command::Pause | Command::Resume => key_of(settings, Command::PauseOrResume),
        _ => key_of(settings, command),
    };
    let goal = Goal::Command(command, vec![host.key(machine.id)]);
    Entry { score: usual(command), ..Entry::new(Section::Actions, command.icon(), title, goal).detail(detail).key(key) }
}

fn is_asked(settings: &Settings, command: Command, count: usize) -> bool {
    command.operation().is_some_and(|operation| asks(&settings.confirm, operation, count))
}

fn usual(command: Command) -> i32 {
    let place = USUAL.iter().position(|other| *other == command);
    place.map_or(0, |place| 60 - 6 * i32::try_from(place).unwrap_or_default())
}

fn lookup<'a>(model: &'a Model, key: &Key) -> Option<(&'a HostModel, &'a Machine)> {
    let host = model.host(&key.host)?;
    Some((host, host.machines.get(&key.machine)?))
}

fn can(command: Command, host: &HostModel, machine: &Machine) -> bool {
    let reads = matches!(command, Command::Open | Command::CopyAddress | Command::CopyName | Command::CopyUuid | Command::ShowLog);
    command.scope() != Scope::Application && !HIDDEN.contains(&command) && (host.is_live() || reads) && command.suits_on(host, machine)
}

/// What can be taken from a host, given back to it, attached to a machine and detached.
fn devices(model: &Model) -> Vec<Entry> {
    let live = model.hosts().iter().filter(|host| host.is_live());
    live.flat_map(|host| host.devices.iter().flat_map(move |device| of_device(host, device))).collect()
}

fn of_device(host: &HostModel, device: &HostDevice) -> Vec<Entry> {
    let id = || host.host.id.clone();
    let entry = |title: String, goal: Goal| {
        let detail = format!("{} · {}", short(&device.address), t!("palette-asks"));
        Entry::new(Section::Actions, device_icon(device), title, goal).detail(detail)
    };
    let (label, address) = (device.label(), device.address.clone());
    let attach = || entry(t!("palette-attach", device = label.as_str()), Goal::Attach(id(), address.clone()));
    let moves = |way, key: &str| entry(t!(key, device = label.as_str()), Goal::Move(id(), way, address.clone()));
    let detach = |machine: &Uuid| {
        let name = host.machines.get(machine).map(Machine::label).unwrap_or_default();
        let goal = Goal::Detach(host.key(*machine), address.clone());
        entry(t!("palette-detach", device = label.as_str(), machine = name), goal)
    };
    let mut entries: Vec<Entry> = match device.holder() {
        Holder::Idle => vec![moves(Way::Take, "palette-bind"), attach()],
        Holder::Reserved => vec![moves(Way::GiveBack, "palette-release"), attach()],
        Holder::Host | Holder::Machine(_) => Vec::new(),
    };
    entries.extend(device.machines.iter().map(detach));
    if device.can_move && device.holder() != Holder::Host {
        entries.push(entry(t!("palette-keep", device = label.as_str()), Goal::Keep(id(), address.clone())));
    }
    if device_has_rom(device) {
        entries.push(entry(t!("palette-rom", device = label.as_str()), Goal::Rom(id(), address.clone())));
    }
    entries
}

fn application(search: &Search<'_>) -> Vec<Entry> {
    let settings = search.settings;
    let is_there = |command: &Command| Part::of(*command).is_none_or(|part| part.is_anywhere(search.model));
    let commands =
        ALL.iter().copied().filter(|command| command.scope() == Scope::Application && !HIDDEN.contains(command) && is_there(command));
    commands
        .map(|command| {
            let title = t!(&format!("command-{}", command.id()));
            Entry::new(Section::Actions, command.icon(), title, Goal::Command(command, Vec::new())).key(key_of(settings, command))
        })
        .collect()
}

/// Pages of the settings, and what is switched most.
pub(super) fn settings(settings: &Settings) -> Vec<Entry> {
    let page = |page: &Page| Entry::new(Section::Settings, page.icon(), t!("palette-page", page = t!(page.key())), Goal::Page(*page));
    let mut entries: Vec<Entry> = Page::ALL.iter().map(page).collect();
    let themes = [
        (ThemeChoice::Light, "palette-theme-light", icon::sun()),
        (ThemeChoice::Dark, "palette-theme-dark", icon::moon()),
        (ThemeChoice::System, "palette-theme-system", icon::contrast()),
    ];
    for (theme, key, icon) in themes.into_iter().filter(|(theme, ..)| *theme != settings.appearance.theme) {
        let mut changed = settings.clone();
        changed.appearance.theme = theme;
        entries.push(Entry::new(Section::Settings, icon, t!(key), Goal::Change(Box::new(changed))));
    }
    let mut changed = settings.clone();
    changed.appearance.high_contrast = !settings.appearance.high_contrast;
    let key = if changed.appearance.high_contrast { "palette-contrast-on" } else { "palette-contrast-off" };
    entries.push(Entry::new(Section::Settings, icon::contrast(), t!(key), Goal::Change(Box::new(changed))));
    entries
}
