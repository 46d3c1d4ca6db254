//! A machine's line in the menu, and what can be done to it in its state.

use std::collections::HashMap;

use client::{Condition, Operation, State, StateReason, Uuid, locale, settings::Confirm, t, unit};

use crate::{
    action::{Action, Target},
    menu::{BETWEEN, Entry},
    state::{HostState, Known},
    text,
};

/// "win11 · 38 %", with a menu of what fits its state.
#[must_use]
pub fn entry(host: &HostState, machine: &Known) -> Entry {
    let told = word(machine).or_else(|| percent(host, machine).map(|percent| unit::percent(f64::from(percent) / 100.0)));
    let label = told.map_or_else(|| machine.label.clone(), |told| format!("{}{BETWEEN}{told}", machine.label));
    Entry::Submenu { label: text::label(&label), icon: icon(machine), entries: actions(host, machine) }
}

/// A machine that is off: one click starts it.
#[must_use]
pub fn start_entry(host: &HostState, machine: &Known) -> Entry {
    let label = match word(machine) {
        Some(word) => format!("{}{BETWEEN}{word}", machine.label),
        None => machine.label.clone(),
    };
    let start = Action::Operate(target(host, machine), Operation::Start);
    Entry::item(text::label(&label), icon(machine), start, host.is_usable() && host.client.is_some())
}

/// The share of its own vCPUs that it uses, while figures are there.
#[must_use]
pub fn percent(host: &HostState, machine: &Known) -> Option<u32> {
    let sampled = host.sampled.as_ref()?;
    let sample = sampled.samples.iter().find(|sample| sample.machine == machine.id)?;
    Some(whole(sample.point.cpu))
}

/// The same of all of them.
#[must_use]
pub fn percents(host: &HostState) -> HashMap<Uuid, u32> {
    host.sampled.iter().flat_map(|sampled| &sampled.samples).map(|sample| (sample.machine, whole(sample.point.cpu))).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100; what is no number becomes 0")]
fn whole(part: f32) -> u32 {
    (part * 100.0).round().clamp(0.0, 100.0) as u32
}

/// Its state in a word, if it is another than that it runs or is off: colour alone never tells it.
fn word(machine: &Known) -> Option<String> {
    let word = match machine.condition {
        _ if machine.is_stalled => t!("condition-stalled"),
        _ if machine.is_at_standstill() => locale::reason(machine.reason),
        Condition::Crashed | Condition::Saved => locale::condition(machine.condition),
        Condition::Paused => locale::state(machine.state),
        Condition::Running if machine.state == State::ShuttingDown => locale::state(machine.state),
        Condition::Running | Condition::Off => return None,
    };
    Some(in_sentence(&word))
}

/// The words stand alone elsewhere and so begin with a capital. German nouns keep theirs: these are none.
fn in_sentence(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

fn icon(machine: &Known) -> &'static str {
    match machine.condition {
        _ if machine.is_stalled || machine.is_at_standstill() => "dialog-warning",
        Condition::Running => "media-playback-start",
        Condition::Paused => "media-playback-pause",
        Condition::Saved => "document-save",
        Condition::Off => "media-playback-stop",
        Condition::Crashed => "dialog-error",
    }
}

fn target(host: &HostState, machine: &Known) -> Target {
    Target { host: host.host.id.clone(), machine: machine.id }
}

/// What is offered in its state; what a lock or a lost host forbids is shown but cannot be clicked.
fn actions(host: &HostState, machine: &Known) -> Vec<Entry> {
    let mut entries = vec![Entry::item(t!("tray-open-machine"), "", Action::OpenMachine(target(host, machine)), true), Entry::Separator];
    let is_usable = host.is_usable() && host.client.is_some();
    for (group, operations) in offered(machine).into_iter().enumerate() {
        if group > 0 && !operations.is_empty() {
            entries.push(Entry::Separator);
        }
        for operation in operations {
            let is_possible = is_usable && !(machine.is_locked && stops(*operation));
            entries.push(operation_entry(target(host, machine), machine, *operation, is_possible));
        }
    }
    entries
}

/// In two groups: what keeps it, what ends it.
fn offered(machine: &Known) -> [&'static [Operation]; 2] {
    use Operation::{ForceOff, Pause, Reboot, Resume, Save, Shutdown, Start, Wake};
    if machine.is_stalled {
        return [&[], &[ForceOff]];
    }
    match machine.state {
        State::Running => [&[Pause, Save], &[Shutdown, Reboot, ForceOff]],
        State::ShuttingDown => [&[], &[ForceOff]],
        State::Paused if machine.reason == StateReason::GuestPanicked => [&[], &[ForceOff]],
        State::Paused => [&[Resume, Save], &[ForceOff]],
        State::Suspended => [&[Wake], &[ForceOff]],
        State::Off | State::Crashed | State::Unknown => [&[Start], &[]],
    }
}

/// What the lock against stop and delete refuses.
const fn stops(operation: Operation) -> bool {
    matches!(operation, Operation::Shutdown | Operation::Reboot | Operation::Save | Operation::ForceOff)
}

/// Whether a person is asked first.
#[must_use]
pub const fn is_asked(operation: Operation, confirm: &Confirm) -> bool {
    match operation {
        // A click beside the right line of a menu must not end a machine, whatever the settings say.
        Operation::ForceOff => true,
        Operation::Shutdown | Operation::Reboot | Operation::Save => confirm.shut_down,
        Operation::Pause => confirm.pause,
        _ => false,
    }
}

fn operation_entry(target: Target, machine: &Known, operation: Operation, is_possible: bool) -> Entry {
    let label = match operation {
        Operation::Start if machine.condition == Condition::Saved => t!("tray-restore"),
        Operation::ForceOff => t!("tray-asks", operation = locale::operation(operation)),
        _ => locale::operation(operation),
    };
    let action = if operation == Operation::ForceOff { Action::Ask(target, operation) } else { Action::Operate(target, operation) };
    Entry::item(label, operation_icon(operation), action, is_possible)
}

const fn operation_icon(operation: Operation) -> &'static str {
    match operation {
        Operation::Start | Operation::Resume | Operation::Wake => "media-playback-start",
        Operation::Pause => "media-playback-pause",
        Operation::Save => "document-save",
        Operation::Shutdown => "system-shutdown",
        Operation::Reboot => "view-refresh",
        Operation::ForceOff => "process-stop",
        _ => "",
    }
}
