//! What is selected in the list, and where the keyboard is.

use std::collections::BTreeSet;

use super::arrange::Arranged;
use crate::model::Key;

/// A step of the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// So many rows down, or up.
    By(isize),
    /// So many pages.
    Pages(isize),
    /// To the top.
    First,
    /// To the bottom.
    Last,
}

/// The selection: one or several machines, the current one, and where a range began.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    keys: BTreeSet<Key>,
    current: Option<Key>,
    anchor: Option<Key>,
}

impl Selection {
    /// The selected machines, the current one first.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        let current = self.current.iter().filter(|key| self.keys.contains(key));
        let others = self.keys.iter().filter(|key| Some(*key) != self.current.as_ref());
        current.chain(others).cloned().collect()
    }

    /// Whether nothing is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether a machine is selected.
    #[must_use]
    pub fn contains(&self, key: &Key) -> bool {
        self.keys.contains(key)
    }

    /// Where the keyboard is.
    #[must_use]
    pub const fn current(&self) -> Option<&Key> {
        self.current.as_ref()
    }

    /// Selects one machine alone, or none.
    pub fn only(&mut self, key: Option<Key>) {
        self.keys = key.iter().cloned().collect();
        self.anchor.clone_from(&key);
        self.current = key;
    }

    /// Selects these.
    pub fn all(&mut self, keys: impl Iterator<Item = Key>) {
        self.keys = keys.collect();
        if self.current.is_none() {
            self.current = self.keys.first().cloned();
        }
    }

    /// Takes one in, or out.
    pub fn toggle(&mut self, key: &Key) {
        if !self.keys.remove(key) {
            self.keys.insert(key.clone());
        }
        self.current = Some(key.clone());
        self.anchor = Some(key.clone());
    }

    /// Takes the current one in, or out.
    pub fn toggle_current(&mut self) {
        if let Some(key) = self.current.clone() {
            self.toggle(&key);
        }
    }

    /// Selects from where the range began to this one.
    pub fn extend_to(&mut self, key: &Key, list: &Arranged) {
        let begin = self.anchor.as_ref().and_then(|anchor| list.position(anchor));
        let (Some(begin), Some(end)) = (begin.or_else(|| list.position(key)), list.position(key)) else { return };
        let (low, high) = (begin.min(end), begin.max(end));
        self.keys = list.lines[low..=high]
            .iter()
            .filter_map(|line| match line {
                super::arrange::Line::Machine(key) => Some(key.clone()),
                super::arrange::Line::Group(_) => None,
            })
            .collect();
        self.current = Some(key.clone());
    }

    /// Moves the keyboard; `page` is how many rows are seen at once.
    pub fn step(&mut self, step: Move, extend: bool, page: usize, list: &Arranged) {
        let machines: Vec<&Key> = list.machines().collect();
        let Some(last) = machines.len().checked_sub(1) else { return };
        let at = self.current.as_ref().and_then(|current| machines.iter().position(|key| *key == current));
        let page = isize::try_from(page.max(1)).unwrap_or(1);
        let to = match (step, at) {
            (Move::First, _) | (Move::By(_) | Move::Pages(_), None) => 0,
            (Move::Last, _) => last,
            (Move::By(rows), Some(at)) => at.saturating_add_signed(rows).min(last),
            (Move::Pages(pages), Some(at)) => at.saturating_add_signed(pages * page).min(last),
        };
        let key = machines[to].clone();
        if extend { self.extend_to(&key, list) } else { self.only(Some(key)) }
    }

    /// Goes to the next machine whose label begins with a letter.
    pub fn letter<'a>(&mut self, letter: char, list: &Arranged, label: impl Fn(&Key) -> Option<&'a str>) {
        let machines: Vec<&Key> = list.machines().collect();
        let at = self.current.as_ref().and_then(|current| machines.iter().position(|key| *key == current)).map_or(0, |at| at + 1);
        let begins = |key: &&&Key| label(key).is_some_and(|label| label.to_lowercase().starts_with(&letter.to_lowercase().to_string()));
        let found = machines[at.min(machines.len())..].iter().chain(&machines).find(begins).map(|key| (*key).clone());
        if found.is_some() {
            self.only(found);
        }
    }

    /// Forgets machines that are gone.
    pub fn keep(&mut self, is_there: impl Fn(&Key) -> bool) {
        self.keys.retain(|key| is_there(key));
        self.current = self.current.take().filter(|key| is_there(key));
        self.anchor = self.anchor.take().filter(|key| is_there(key));
    }
}
