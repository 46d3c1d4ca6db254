//! The keyboard in the list and in the grid.

use client::settings::Settings;

use super::{Move, Screen};
use crate::{action::Action, model::Model, window::Layout};

impl Screen {
    pub(super) fn moved(&mut self, step: Move, extend: bool, settings: &Settings, layout: &Layout) -> Action {
        self.has_ring = true;
        let step = match step {
            Move::By(rows) if settings.table.grid => Move::By(self.cards_to(rows, layout)),
            step => step,
        };
        self.selection.step(step, extend, self.rows_seen(settings), &self.arranged);
        self.reveal(settings, layout)
    }

    pub(super) fn side(&mut self, right: bool, extend: bool, model: &Model, settings: &Settings, layout: &mut Layout) -> Action {
        if !settings.table.grid {
            return self.unfold(right, model, settings, layout);
        }
        self.has_ring = true;
        self.selection.step(Move::By(if right { 1 } else { -1 }), extend, 1, &self.arranged);
        self.reveal(settings, layout)
    }

    /// Unfolds or folds the group of the current machine.
    pub(super) fn unfold(&mut self, is_open: bool, model: &Model, settings: &Settings, layout: &mut Layout) -> Action {
        self.has_ring = true;
        let Some(group) = self.selection.current().and_then(|key| self.arranged.group_of(model, settings, key)) else {
            return Action::None;
        };
        if layout.folded.contains(&group) == is_open {
            fold(&mut layout.folded, group);
            self.arrange(model, settings, layout);
        }
        Action::None
    }

    pub(super) fn letter(&mut self, letter: char, model: &Model, settings: &Settings, layout: &Layout) -> Action {
        self.has_ring = true;
        self.selection.letter(letter, &self.arranged, |key| model.machine(key).map(client::Machine::label));
        self.reveal(settings, layout)
    }
}

/// Folds a group, or unfolds it.
pub(super) fn fold(folded: &mut Vec<String>, id: String) {
    match folded.iter().position(|other| *other == id) {
        Some(place) => {
            folded.remove(place);
        }
        None => folded.push(id),
    }
}
