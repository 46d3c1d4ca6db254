//! What a screen reader is told: the windows and what is in them, as a tree that depends on nothing else.

use std::collections::HashMap;

use iced::Rectangle;

use crate::widget::Said;

/// The name of a part, as long as it is there. 0 is the application.
pub type Id = u64;

/// The application, which is above its windows.
pub const ROOT: Id = 0;

/// A part of a window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// What is said of it.
    pub said: Said,
    /// Its name: never markup, whatever a guest or a host put there.
    pub name: String,
    /// More than its name says.
    pub description: String,
    /// Where it is in its window, in points.
    pub bounds: Rectangle,
    /// What it is in.
    pub parent: Id,
    /// What is in it.
    pub children: Vec<Id>,
    /// Can have the focus.
    pub is_focusable: bool,
    /// Its place among all parts that say something, from 1, for whoever acts on it; 0 for what nobody can act on.
    pub place: usize,
}

/// Every window and what is in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// The parts.
    pub nodes: HashMap<Id, Node>,
    /// The windows, in order.
    pub windows: Vec<Id>,
    /// How many points of the desktop one of ours has.
    pub scale: f32,
    /// The window that has the keyboard.
    pub active: Option<Id>,
    /// What has the focus in each window.
    pub focused: HashMap<Id, Id>,
}

impl Tree {
    /// The part that has the focus.
    #[must_use]
    pub fn focus(&self) -> Option<Id> {
        self.focused.get(&self.active?).copied()
    }

    /// A part.
    #[must_use]
    pub fn get(&self, id: Id) -> Option<&Node> {
        self.nodes.get(&id)
    }

    /// What is in a part, or the windows of the application.
    #[must_use]
    pub fn children(&self, id: Id) -> &[Id] {
        if id == ROOT { &self.windows } else { self.nodes.get(&id).map_or(&[], |node| &node.children) }
    }

    /// Whether it is the first or inside of it.
    #[must_use]
    pub fn is_in(&self, mut id: Id, ancestor: Id) -> bool {
        while id != ancestor {
            match self.get(id) {
                Some(node) => id = node.parent,
                None => return false,
            }
        }
        true
    }

    /// The parts in the order in which they are read.
    #[must_use]
    pub fn in_order(&self) -> Vec<Id> {
        let mut found = Vec::with_capacity(self.nodes.len());
        let mut waiting: Vec<Id> = self.windows.iter().rev().copied().collect();
        while let Some(id) = waiting.pop() {
            found.push(id);
            waiting.extend(self.children(id).iter().rev());
        }
        found
    }
}
