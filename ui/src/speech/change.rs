//! What a screen reader is told when the tree has changed: the difference of two trees, as signals.

use super::{
    atspi::{self, State, interface},
    tree::{Id, Node, Tree},
};
use crate::widget::Role;

/// What is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// Nothing more.
    Nothing,
    /// Words.
    Words(String),
    /// A number.
    Number(f64),
    /// A part.
    Part(Id),
}

/// A signal of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Whose.
    pub of: Id,
    /// The interface of the signal.
    pub interface: &'static str,
    /// Its name.
    pub member: &'static str,
    /// What kind, such as the state that changed.
    pub kind: &'static str,
    /// Two numbers.
    pub numbers: (i32, i32),
    /// And more.
    pub detail: Detail,
}

impl Signal {
    fn object(of: Id, member: &'static str, kind: &'static str, first: i32, detail: Detail) -> Self {
        Self { of, interface: interface::OBJECT_EVENT, member, kind, numbers: (first, 0), detail }
    }

    fn window(of: Id, member: &'static str, node: &Node) -> Self {
        let detail = Detail::Words(node.name.clone());
        Self { of, interface: interface::WINDOW_EVENT, member, kind: "", numbers: (0, 0), detail }
    }
}

/// How urgent what comes by itself is: not at all, it waits for the end of the sentence.
const POLITE: i32 = 1;

/// The signals that lead from one tree to the next: first what goes and comes, then how it is, the focus last.
#[must_use]
pub fn between(before: &Tree, after: &Tree) -> Vec<Signal> {
    let mut signals = Vec::new();
    left(before, after, &mut signals);
    came(before, after, &mut signals);
    for id in after.in_order() {
        if let (Some(old), Some(new)) = (before.get(id), after.get(id)) {
            words(id, old, new, &mut signals);
            states((before, old), (after, new), id, &mut signals);
        }
    }
    windows(before, after, &mut signals);
    focus(before, after, &mut signals);
    signals
}

fn left(before: &Tree, after: &Tree, signals: &mut Vec<Signal>) {
    for id in before.in_order() {
        let Some(node) = before.get(id).filter(|_| after.get(id).is_none()) else { continue };
        if node.said.role == Role::Window {
            signals.push(Signal::window(id, "Destroy", node));
        }
        // What is in something that goes, goes with it.
        if after.get(node.parent).is_some() || node.parent == super::tree::ROOT {
            signals.push(Signal::object(node.parent, "ChildrenChanged", "remove", -1, Detail::Part(id)));
            signals.push(Signal::object(id, "StateChanged", "defunct", 1, Detail::Nothing));
        }
    }
}

fn came(before: &Tree, after: &Tree, signals: &mut Vec<Signal>) {
    for id in after.in_order() {
        let Some(node) = after.get(id).filter(|_| before.get(id).is_none()) else { continue };
        if before.get(node.parent).is_some() || node.parent == super::tree::ROOT {
            let at = after.children(node.parent).iter().position(|child| *child == id).map_or(-1, super::answer::whole);
            signals.push(Signal::object(node.parent, "ChildrenChanged", "add", at, Detail::Part(id)));
        }
        match node.said.role {
            Role::Window => signals.push(Signal::window(id, "Create", node)),
            Role::Notice => signals.push(Signal::object(id, "Announcement", "", POLITE, Detail::Words(node.name.clone()))),
            _ => {}
        }
    }
}

fn words(id: Id, old: &Node, new: &Node, signals: &mut Vec<Signal>) {
    if old.name != new.name {
        signals.push(Signal::object(id, "PropertyChange", "accessible-name", 0, Detail::Words(new.name.clone())));
    }
    if old.description != new.description {
        signals.push(Signal::object(id, "PropertyChange", "accessible-description", 0, Detail::Words(new.description.clone())));
    }
    if let Some(value) = new.said.value.filter(|value| old.said.value != Some(*value)) {
        signals.push(Signal::object(id, "PropertyChange", "accessible-value", 0, Detail::Number(value.now)));
    }
    let is_field = matches!(new.said.role, Role::Field | Role::Secret);
    if let (true, Some(old), Some(new)) = (is_field, atspi::text(old), atspi::text(new)) {
        typed(id, &old, &new, signals);
    }
}

/// What was deleted and what was typed, between what both have in common.
fn typed(id: Id, old: &str, new: &str, signals: &mut Vec<Signal>) {
    if old == new {
        return;
    }
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let head = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(old, new)| old == new).count();
    let mut tell = |kind, letters: &[char]| {
        if !letters.is_empty() {
            let numbers = (super::answer::whole(head), super::answer::whole(letters.len()));
            let detail = Detail::Words(letters.iter().collect());
            signals.push(Signal { of: id, interface: interface::OBJECT_EVENT, member: "TextChanged", kind, numbers, detail });
        }
    };
    tell("delete", &old[head..old.len() - tail]);
    tell("insert", &new[head..new.len() - tail]);
    let caret = super::answer::whole(new.len() - tail);
    signals.push(Signal::object(id, "TextCaretMoved", "", caret, Detail::Nothing));
}

fn states((before, old): (&Tree, &Node), (after, new): (&Tree, &Node), id: Id, signals: &mut Vec<Signal>) {
    let (old, new) = (atspi::states(before, id, old), atspi::states(after, id, new));
    // The focus is told last, when all that is about it is known.
    for state in State::CHANGING.into_iter().filter(|state| *state != State::Focused) {
        let bit = 1 << (state as u64);
        if (old ^ new) & bit != 0 {
            signals.push(Signal::object(id, "StateChanged", state.name(), i32::from(new & bit != 0), Detail::Nothing));
        }
    }
}

fn windows(before: &Tree, after: &Tree, signals: &mut Vec<Signal>) {
    if before.active == after.active {
        return;
    }
    if let Some((id, node)) = before.active.and_then(|id| Some((id, after.get(id)?))) {
        signals.push(Signal::window(id, "Deactivate", node));
    }
    if let Some((id, node)) = after.active.and_then(|id| Some((id, after.get(id)?))) {
        signals.push(Signal::window(id, "Activate", node));
        if before.get(id).is_none() {
            signals.push(Signal::object(id, "StateChanged", State::Active.name(), 1, Detail::Nothing));
        }
    }
}

fn focus(before: &Tree, after: &Tree, signals: &mut Vec<Signal>) {
    if before.focus() == after.focus() {
        return;
    }
    let told = |id, is_focused: bool| Signal::object(id, "StateChanged", State::Focused.name(), i32::from(is_focused), Detail::Nothing);
    signals.extend(before.focus().filter(|id| after.get(*id).is_some()).map(|id| told(id, false)));
    signals.extend(after.focus().map(|id| told(id, true)));
}

#[cfg(test)]
mod tests;
