//! What the list is sorted and grouped by: settings, of which each place has its own column and direction.

use client::settings::Settings;

use crate::{action::Action, place::Place};

/// Ways to group, in the order in which the button goes through them.
const GROUPINGS: [&str; 4] = ["group", "host", "state", "none"];

/// The column of a place, and whether it is the other way round.
pub fn of<'a>(settings: &'a Settings, place: &Place) -> (&'a str, bool) {
    settings.table.sorted(place.id().as_deref())
}

/// Whether the order changes with every measurement.
pub fn is_by_figure(settings: &Settings, place: &Place) -> bool {
    matches!(of(settings, place).0, "cpu" | "host-cpu" | "disk" | "network")
}

/// Another column for a place, or the other direction.
pub fn sort(settings: &Settings, place: &Place, column: &str) -> Action {
    let mut settings = settings.clone();
    settings.table.sort_by(place.id().as_deref(), column);
    Action::Settings(Box::new(settings))
}

/// The next way to group.
pub fn group_by(settings: &Settings) -> Action {
    let at = GROUPINGS.iter().position(|kind| *kind == settings.table.group_by).unwrap_or(0);
    let mut settings = settings.clone();
    GROUPINGS[(at + 1) % GROUPINGS.len()].clone_into(&mut settings.table.group_by);
    Action::Settings(Box::new(settings))
}
