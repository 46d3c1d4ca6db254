//! Acts that can be undone, also after their toast is gone.

use super::{Press, Toasts};
use crate::{
    action::Call,
    icon::{self, Icon},
};

/// How many are remembered.
const MOST: usize = 20;

/// Something that was done, and what undoes it.
#[derive(Debug)]
pub(super) struct Act {
    /// That of its toast.
    id: usize,
    words: String,
    calls: Vec<Call>,
}

impl Toasts {
    /// Remembers an act and what undoes it; with a line if `is_told`.
    pub fn undoable(&mut self, words: String, calls: Vec<Call>, is_told: bool) {
        self.remember(words, icon::circle_check(), calls, is_told);
    }

    pub(super) fn remember(&mut self, words: String, icon: Icon, calls: Vec<Call>, is_told: bool) {
        if is_told {
            self.put(words.clone(), icon, Some(Press::Undo));
        } else {
            self.count += 1;
        }
        if self.acts.len() == MOST {
            self.acts.remove(0);
        }
        self.acts.push(Act { id: self.count, words, calls });
    }

    /// The act of a toast, which is undone only once.
    pub(super) fn act_of(&mut self, id: usize) -> Option<Vec<Call>> {
        let place = self.acts.iter().position(|act| act.id == id)?;
        Some(self.acts.remove(place).calls)
    }

    /// The last act: what it was, and what undoes it. Its toast goes.
    pub fn last_act(&mut self) -> Option<(String, Vec<Call>)> {
        let act = self.acts.pop()?;
        self.remove(act.id);
        Some((act.words, act.calls))
    }
}
