//! In which window a line is told: there where it was done, however often the focus went elsewhere since.

use iced::window;

use super::{Toast, Toasts};
use crate::action::Call;

/// Calls whose window is remembered.
const MOST: usize = 256;

/// A window, as toasts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Which.
    pub window: window::Id,
    /// Somebody looks at it, as far as can be known.
    pub is_looked_at: bool,
}

impl Looked {
    pub(super) fn has(self, toast: &Toast) -> bool {
        toast.window.map_or(self.is_looked_at, |window| window == self.window)
    }
}

impl Toasts {
    /// What is told from now on is about this window. Returns the one before.
    pub fn turn_to(&mut self, window: Option<window::Id>) -> Option<window::Id> {
        std::mem::replace(&mut self.here, window)
    }

    /// A call was made in a window.
    pub(super) fn made_in(&mut self, call: &Call, window: Option<window::Id>) {
        self.made.extend(window.map(|window| (call.clone(), window)));
        let old = self.made.len().saturating_sub(MOST);
        self.made.drain(..old);
    }

    /// Where a call was made that is answered now.
    pub fn window_of(&self, call: &Call) -> Option<window::Id> {
        self.made.iter().rev().find(|(made, _)| made == call).map(|(_, window)| *window)
    }

    /// A window was closed: what it showed or was to show is told elsewhere.
    pub fn window_closed(&mut self, window: window::Id) {
        self.made.retain(|(_, made)| *made != window);
        let lines = self.shown.iter_mut().map(|toast| &mut toast.window);
        for told in lines.chain(self.own.iter_mut().map(|own| &mut own.window)) {
            *told = told.filter(|told| *told != window);
        }
    }

    /// Whether a window shows any.
    #[must_use]
    pub fn are_in(&self, place: Looked) -> bool {
        self.shown.iter().any(|toast| place.has(toast))
    }
}
