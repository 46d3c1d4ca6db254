//! What a menu lists.

use client::{Machine, settings::Settings, t};

use super::LINE;
use crate::{
    app,
    command::{Command, Scope},
    icon::{self, Icon},
    model::{HostModel, Key, Model},
    place::Part,
    theme::size,
};

/// A row of the menu.
#[derive(Clone, Debug)]
pub(super) enum Row {
    /// Between groups.
    Line,
    /// Unfolds what is seldom needed.
    More,
    /// A command.
    Entry(Entry),
    /// What a part of the window offers, by its place among that.
    Offer(usize),
    /// A column of the table, which is shown or not.
    Column { label: String, is_on: bool },
}

/// A command as the menu shows it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub command: Command,
    pub icon: Icon,
    pub label: String,
    /// A switch that is on.
    pub is_on: bool,
    pub is_seldom: bool,
}

impl Row {
    pub(super) const fn height(&self) -> f32 {
        if matches!(self, Self::Line) { LINE } else { size::MENU_ITEM }
    }

    /// About as wide as its words and keys; a label that is wider is cut.
    pub(super) fn width(&self, settings: &Settings) -> f32 {
        let Self::Entry(entry) = self else { return 0.0 };
        let mark = if entry.is_on { 24.0 } else { 0.0 };
        width_of(&entry.label, &app::key_of(settings, entry.command)) + mark
    }
}

/// About as wide as these words and keys.
#[expect(clippy::cast_precision_loss, reason = "some dozens of letters")]
pub(super) fn width_of(label: &str, keys: &str) -> f32 {
    let caps: f32 = keys.split('+').filter(|cap| !cap.is_empty()).map(|cap| 17.0 + 6.5 * cap.chars().count() as f32).sum();
    84.0 + 6.9 * label.chars().count() as f32 + caps
}

type Group = (&'static [Command], &'static [Command]);

/// The groups of the machines' menu: what is often needed, and what is not.
const MACHINES: &[Group] = {
    use Command as C;
    &[
        (&[C::Open], &[]),
        (
            &[C::Start, C::Resume, C::Pause, C::Wake, C::Shutdown, C::Reboot, C::ForceOff],
            &[C::StartPaused, C::StartCold, C::ShutdownAndRestart, C::Reset, C::Sleep, C::SendNmi],
        ),
        (&[C::Save, C::DiscardSavedState, C::Screenshot, C::ShowLog], &[C::CoreDump]),
        (
            &[C::Rename, C::EditTitle, C::EditNotes, C::EditTags, C::EditGroup],
            &[C::ToggleAutostart, C::Lock, C::UnlockMachine, C::MakePersistent],
        ),
        (&[C::AttachDevice, C::HandOver, C::KeepScreen, C::GiveBackScreen], &[]),
        (&[C::CopyAddress, C::CopyName], &[C::CopyUuid]),
        (&[C::Delete], &[]),
    ]
};

/// The groups of the application's menu.
const APPLICATION: &[&[Command]] = {
    use Command as C;
    &[
        &[C::Palette, C::Find],
        &[C::ShowDevices, C::ShowMemory, C::ShowReadiness],
        &[C::AddHost, C::Hosts, C::Reconnect, C::Unlock],
        &[C::Undo, C::Jobs, C::DeletedMachines],
        &[C::ToggleSidebar, C::ToggleDetails, C::ToggleGrid, C::FullScreen],
        &[C::Settings, C::Guide, C::Keys, C::About],
        &[C::CloseWindow, C::Quit],
    ]
};

/// Fewer than this many seldom needed entries are shown with the others.
const WORTH_FOLDING: usize = 3;

pub(super) fn of_machines(model: &Model, keys: &[Key]) -> Vec<Row> {
    let machines: Vec<(&Machine, &HostModel)> = keys.iter().filter_map(|key| Some((model.machine(key)?, model.host(&key.host)?))).collect();
    let entry = |command: &Command, is_seldom| entry(*command, &machines, is_seldom).map(Row::Entry);
    let seldom: Vec<Row> = MACHINES.iter().flat_map(|(_, seldom)| *seldom).filter_map(|command| entry(command, true)).collect();
    let is_folded = seldom.len() >= WORTH_FOLDING;
    let mut rows = Vec::new();
    for (often, rest) in MACHINES {
        // What loses a machine comes last, and below what unfolds.
        if often.contains(&Command::Delete) && is_folded {
            add(&mut rows, [Row::More].into_iter().chain(seldom.iter().cloned()).collect());
        }
        let often = often.iter().filter_map(|command| entry(command, false));
        let rest = rest.iter().filter(|_| !is_folded).filter_map(|command| entry(command, false));
        add(&mut rows, often.chain(rest).collect());
    }
    rows
}

pub(super) fn of_application(model: &Model) -> Vec<Row> {
    let mut rows = Vec::new();
    for group in APPLICATION {
        let plain = |command: &Command| {
            Row::Entry(Entry {
                command: *command,
                icon: command.icon(),
                label: t!(&format!("command-{}", command.id())),
                is_on: false,
                is_seldom: false,
            })
        };
        let is_there = |command: &&Command| Part::of(**command).is_none_or(|part| part.is_anywhere(model));
        add(&mut rows, group.iter().filter(is_there).map(plain).collect());
    }
    rows
}

fn add(rows: &mut Vec<Row>, group: Vec<Row>) {
    if group.is_empty() {
        return;
    }
    if !rows.is_empty() {
        rows.push(Row::Line);
    }
    rows.extend(group);
}

/// What can be read while the host does not answer.
const fn reads(command: Command) -> bool {
    matches!(command, Command::Open | Command::CopyAddress | Command::CopyName | Command::CopyUuid | Command::ShowLog)
}

/// The command, if it suits one of the machines at least.
fn entry(command: Command, machines: &[(&Machine, &HostModel)], is_seldom: bool) -> Option<Entry> {
    if command.scope() == Scope::Machine && machines.len() != 1 {
        return None;
    }
    let suited: Vec<&Machine> = machines
        .iter()
        .filter(|(machine, host)| (host.is_live() || reads(command)) && command.suits_on(host, machine))
        .map(|(machine, _)| *machine)
        .collect();
    if suited.is_empty() {
        return None;
    }
    let restores = command == Command::Start && suited.iter().all(|machine| machine.has_saved_state);
    let (label, icon) =
        if restores { (t!("command-restore"), icon::rotate_ccw()) } else { (t!(&format!("command-{}", command.id())), command.icon()) };
    let is_on = command == Command::ToggleAutostart && suited.iter().all(|machine| machine.autostart);
    Some(Entry { command, icon, label, is_on, is_seldom })
}
