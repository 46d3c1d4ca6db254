//! What wants a look: it hangs, crashed, is warned of, waits for a restart, or will not be kept.

use client::{Condition, Machine, StateReason, locale, t, unit};
use iced::{Element, widget::Row};

use super::{Subject, Wish, can};
use crate::{
    command::Command,
    component::{Button, Kind, note, note::Weight},
    model::Connection,
};

/// All notes on a machine, the worst first.
#[must_use]
pub fn all<'a>(subject: &Subject<'a>) -> Vec<Element<'a, Wish>> {
    let machine = subject.machine;
    let mut notes = Vec::new();
    if !subject.host.is_live() && !matches!(subject.host.connection, Connection::Connecting) {
        let seen = unit::moment(subject.host.last_seen, subject.now);
        notes.push(note(Weight::Warning, t!("details-lost", host = subject.host_name()), [t!("details-lost-text", time = seen)], None));
    }
    if machine.is_stalled {
        let links = link(subject, t!("command-force-off"), Command::ForceOff);
        notes.push(note(Weight::Error, t!("details-stalled"), [t!("details-stalled-text")], links));
    }
    notes.extend(stopped(subject));
    notes.extend(machine.warnings.iter().map(|warning| {
        let (title, advice) = locale::warning(warning);
        note(Weight::Warning, title, [advice], None)
    }));
    if machine.has_unapplied_changes {
        let fields = machine.unapplied_changes.iter().map(|field| format!("• {}", locale::unapplied(field)));
        let links = link(subject, t!("details-restart"), Command::ShutdownAndRestart);
        let title = if machine.unapplied_changes.is_empty() {
            t!("details-unapplied-some")
        } else {
            t!("details-unapplied", count = machine.unapplied_changes.len())
        };
        notes.push(note(Weight::Warning, title, fields, links));
    }
    if !machine.is_persistent {
        let links = link(subject, t!("details-keep"), Command::MakePersistent);
        notes.push(note(Weight::Information, t!("details-transient"), [t!("details-transient-text")], links));
    }
    if subject.error.is_some() && subject.host.is_live() {
        notes.push(note(Weight::Warning, t!("details-unread"), [t!("details-unread-text")], None));
    }
    notes
}

/// Why it does not run although it should.
fn stopped<'a>(subject: &Subject<'a>) -> Option<Element<'a, Wish>> {
    let machine: &Machine = subject.machine;
    let log = link(subject, t!("command-show-log"), Command::ShowLog);
    match machine.reason {
        StateReason::IoError | StateReason::DiskFull | StateReason::Watchdog if machine.is_active() => {
            let text = if machine.reason == StateReason::Watchdog { t!("details-watchdog-text") } else { t!("details-io-error-text") };
            Some(note(Weight::Error, locale::reason(machine.reason), [text], log))
        }
        StateReason::GuestPanicked if machine.is_active() => {
            Some(note(Weight::Error, locale::reason(machine.reason), [t!("details-panic-text")], log))
        }
        _ if machine.condition() == Condition::Crashed => {
            let stop = locale::stop(machine, subject.now);
            let title = if stop.is_empty() { locale::reason(machine.reason) } else { stop };
            Some(note(Weight::Error, title, [t!("details-crashed-text")], log))
        }
        _ => None,
    }
}

fn link<'a>(subject: &Subject<'_>, words: String, command: Command) -> Option<Element<'a, Wish>> {
    let wish = can(subject, command).then_some(Wish::Run(command))?;
    Some(Row::with_children([Button::new(Kind::Link, words).line().on_press(wish).into()]).into())
}
