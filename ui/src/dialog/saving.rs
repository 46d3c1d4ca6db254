//! An edit that waits for its calls: the dialog stays until all of them ended well, so that nothing typed is lost.

use client::Error;

use super::words;
use crate::{
    action::Done,
    model::{Key, Model},
};

/// The calls that an edit waits for, and what went wrong.
#[derive(Debug, Default)]
pub struct Saving {
    waiting: Vec<Key>,
    failed: Vec<(Key, Error)>,
    is_refused: bool,
}

/// What an answer means for the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// More answers are awaited.
    NotYet,
    /// All is done.
    Well,
    /// Something is not done; the dialog stays.
    Badly,
}

impl Saving {
    /// The state after a failed call.
    pub fn failed(done: &Done) -> Self {
        let mut saving = Self::default();
        saving.take(done);
        saving
    }

    /// The calls were made.
    pub fn begin(&mut self, keys: &[Key]) {
        *self = Self { waiting: keys.to_vec(), ..Self::default() };
    }

    /// Something was typed: what was wrong before does not count any more.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Whether an answer is awaited.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Takes answers in.
    pub fn take(&mut self, done: &Done) -> Ended {
        for (key, result) in &done.results {
            let Some(key) = key else { continue };
            self.waiting.retain(|other| other != key);
            if let Err(error) = result {
                self.is_refused = true;
                if !error.is_dismissed() {
                    self.failed.push((key.clone(), error.clone()));
                }
            }
        }
        match (self.is_waiting(), self.is_refused) {
            (true, _) => Ended::NotYet,
            (false, true) => Ended::Badly,
            (false, false) => Ended::Well,
        }
    }

    /// What happened and what to do, if something is wrong.
    pub fn problem(&self, model: &Model) -> Option<(String, String)> {
        let (key, error) = self.failed.first().filter(|_| !self.is_waiting())?;
        Some(words::error(error, &super::label(model, key)))
    }
}
