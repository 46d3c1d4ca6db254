//! Walks over what the windows show, and puts the tree together.

use std::{
    any::Any,
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use iced::{
    Rectangle, Vector,
    advanced::widget::{
        Id as Mark, Operation,
        operation::{Focusable, Outcome, Scrollable},
    },
};

use super::tree::{Id, Node, ROOT, Tree};
use crate::{
    dialog,
    widget::{
        Role, Said, focus,
        said::{Asked, Hint, Marked, Told},
    },
};

/// What an operation finds.
#[derive(Debug, Default)]
pub struct Collect {
    found: Vec<Found>,
    /// The parts that the walk is in.
    inside: Vec<usize>,
    /// What the next `traverse` goes into.
    entering: Option<usize>,
    hint: Option<String>,
    /// The hint is of what the next `traverse` goes into.
    is_hinting: bool,
    scrolled: Vec<Vector>,
    scroll: Option<Vector>,
    /// The last words before a field, which are its name.
    last_words: String,
    places: usize,
    /// The names of panes.
    panes: HashMap<Mark, String>,
}

#[derive(Debug, Default)]
struct Found {
    said: Said,
    /// Of the mark or key of its widget.
    mark: u64,
    parent: Option<usize>,
    bounds: Rectangle,
    words: Vec<String>,
    before: String,
    hint: Option<String>,
    is_focusable: bool,
    is_focused: bool,
    place: usize,
}

impl Collect {
    /// An operation that names the panes of the windows so.
    #[must_use]
    pub fn new(panes: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self { panes: panes.into_iter().map(|(pane, name)| (focus::pane_id(pane), name)).collect(), ..Self::default() }
    }

    fn add(&mut self, said: Said, mark: Option<&Mark>, bounds: Rectangle) -> usize {
        let is_window = said.role == Role::Window;
        if is_window {
            // What opens over a window is told after it, outside of its own part.
            self.inside.clear();
        }
        let parent = self.inside.last().copied().or_else(|| self.found.iter().rposition(|found| found.said.role == Role::Window));
        let shift = self.scrolled.last().copied().unwrap_or_default();
        let mut hasher = DefaultHasher::new();
        (mark, &said.key).hash(&mut hasher);
        self.found.push(Found {
            said,
            mark: hasher.finish(),
            parent: parent.filter(|_| !is_window),
            bounds: bounds - shift,
            hint: self.hint.take(),
            before: self.last_words.clone(),
            ..Found::default()
        });
        self.found.len() - 1
    }

    /// A hint of something without words says more of the part it is in.
    fn tell_of_picture(&mut self, hint: String) {
        if let Some(at) = self.control() {
            self.found[at].hint.get_or_insert(hint);
        }
    }

    /// The keyboard is on this row of the menu that was walked over last.
    fn mark_row(&mut self, row: usize) {
        let Some(menu) = self.found.iter().rposition(|found| found.said.role == Role::Menu) else { return };
        let mut rows = self.found.iter_mut().filter(|found| found.parent == Some(menu) && found.said.role == Role::MenuItem);
        if let Some(row) = rows.nth(row) {
            row.said.is_current = true;
        }
    }

    /// The part that words here are the name of.
    fn control(&self) -> Option<usize> {
        self.inside.iter().rev().copied().find(|at| !self.found[*at].said.role.holds_others())
    }
}

impl Operation<Arc<Tree>> for Collect {
    fn container(&mut self, id: Option<&Mark>, bounds: Rectangle) {
        self.entering = None;
        let Some(id) = id else { return };
        let said = if *id == Mark::new(dialog::SCOPE) {
            Said::new(Role::Dialog)
        } else if let Some(name) = self.panes.get(id) {
            Said::named(Role::Region, name.clone())
        } else {
            return;
        };
        self.entering = Some(self.add(said, Some(id), bounds));
    }

    fn scrollable(
        &mut self,
        _id: Option<&Mark>,
        _bounds: Rectangle,
        _content: Rectangle,
        translation: Vector,
        _state: &mut dyn Scrollable,
    ) {
        self.entering = None;
        self.scroll = Some(self.scrolled.last().copied().unwrap_or_default() + translation);
    }

    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<Arc<Tree>>)) {
        let (entered, scroll) = (self.entering.take(), self.scroll.take());
        let is_hinted = std::mem::take(&mut self.is_hinting);
        self.inside.extend(entered);
        self.scrolled.extend(scroll);
        let depth = self.inside.len();
        operate(self);
        self.inside.truncate(depth);
        if entered.is_some() {
            self.inside.pop();
        }
        if scroll.is_some() {
            self.scrolled.pop();
        }
        self.entering = None;
        if is_hinted && let Some(hint) = self.hint.take() {
            self.tell_of_picture(hint);
        }
    }

    fn custom(&mut self, id: Option<&Mark>, bounds: Rectangle, state: &mut dyn Any) {
        if let Some(asked) = state.downcast_mut::<Asked>() {
            asked.0 = true;
        } else if let Some(Hint(hint)) = state.downcast_mut::<Hint>() {
            self.hint = Some(std::mem::take(hint));
            self.is_hinting = true;
        } else if let Some(Marked(row)) = state.downcast_ref::<Marked>() {
            self.mark_row(*row);
        } else if let Some(told) = state.downcast_mut::<Told>() {
            let at = self.add(std::mem::take(&mut told.said), id, bounds);
            self.places += 1;
            self.found[at].place = self.places;
            self.entering = Some(at);
        }
    }

    fn focusable(&mut self, id: Option<&Mark>, bounds: Rectangle, state: &mut dyn Focusable) {
        let field = self.inside.last().copied().filter(|at| matches!(self.found[*at].said.role, Role::Field | Role::Secret));
        let at = match self.entering.or(field) {
            Some(at) => at,
            None => self.add(Said::new(Role::Field), id, bounds),
        };
        self.found[at].is_focusable = true;
        self.found[at].is_focused |= state.is_focused();
    }

    fn text(&mut self, _id: Option<&Mark>, bounds: Rectangle, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        if let Some(at) = self.control() {
            self.found[at].words.push(text.to_owned());
            return;
        }
        text.clone_into(&mut self.last_words);
        self.add(Said::named(Role::Label, text), None, bounds);
    }

    fn finish(&self) -> Outcome<Arc<Tree>> {
        Outcome::Some(Arc::new(self.tree()))
    }
}

impl Collect {
    /// The tree of what was found.
    #[must_use]
    pub fn tree(&self) -> Tree {
        let kept = self.kept();
        let mut tree = Tree::default();
        let mut ids: Vec<Id> = Vec::with_capacity(self.found.len());
        let mut counts: HashMap<(Id, Role, u64), usize> = HashMap::new();
        for (at, found) in self.found.iter().enumerate() {
            let parent = found.parent.map_or(ROOT, |parent| ids[parent]);
            let count = counts.entry((parent, found.said.role, found.mark)).or_default();
            let id = number(&(parent, found.said.role, found.mark, *count));
            *count += 1;
            ids.push(id);
            if !kept[at] {
                continue;
            }
            let (name, description) = found.names();
            tree.nodes.insert(
                id,
                Node {
                    said: found.said.clone(),
                    name,
                    description,
                    bounds: found.bounds,
                    parent,
                    children: Vec::new(),
                    is_focusable: found.is_focusable,
                    place: found.place,
                },
            );
            match tree.nodes.get_mut(&parent) {
                Some(parent) => parent.children.push(id),
                None if found.parent.is_none() => tree.windows.push(id),
                None => {}
            }
        }
        self.name_dialogs(&ids, &kept, &mut tree);
        tree.focused = self.focused(&ids, &kept);
        tree
    }

    /// What can be reached: in a window with a dialog or a menu only that, and what comes by itself.
    fn kept(&self) -> Vec<bool> {
        let fronts = self.fronts();
        let is_kept = |at: usize| {
            let front = fronts.get(&self.window_of(at)).copied();
            front.is_none_or(|front| self.is_in(at, front) || self.is_in(front, at) || self.is_in_notice(at))
        };
        (0..self.found.len()).map(is_kept).collect()
    }

    /// The uppermost layer of each window that something lies over.
    fn fronts(&self) -> HashMap<usize, usize> {
        let is_layer = |at: &usize| self.found[*at].said.role == Role::Dialog || self.found[*at].said.takes_keys;
        (0..self.found.len()).filter(is_layer).map(|at| (self.window_of(at), at)).collect()
    }

    fn window_of(&self, mut at: usize) -> usize {
        while let Some(parent) = self.found[at].parent {
            at = parent;
        }
        at
    }

    fn is_in(&self, at: usize, ancestor: usize) -> bool {
        std::iter::successors(Some(at), |at| self.found[*at].parent).any(|at| at == ancestor)
    }

    fn is_in_notice(&self, at: usize) -> bool {
        std::iter::successors(Some(at), |at| self.found[*at].parent).any(|at| self.found[at].said.role == Role::Notice)
    }

    /// A dialog is called by its first words, which are its title.
    fn name_dialogs(&self, ids: &[Id], kept: &[bool], tree: &mut Tree) {
        for (at, found) in self.found.iter().enumerate().filter(|(at, found)| kept[*at] && found.said.role == Role::Dialog) {
            if found.said.name.is_some() {
                continue;
            }
            let title = (at + 1..self.found.len()).find(|other| self.found[*other].said.role == Role::Label && self.is_in(*other, at));
            let title = title.and_then(|title| self.found[title].said.name.clone()).unwrap_or_default();
            if let Some(node) = tree.nodes.get_mut(&ids[at]) {
                node.name = title;
            }
        }
    }

    /// For each window, what has the focus in it.
    fn focused(&self, ids: &[Id], kept: &[bool]) -> HashMap<Id, Id> {
        let windows = (0..self.found.len()).filter(|at| self.found[*at].parent.is_none());
        windows.map(|window| (ids[window], ids[self.focus_in(window, kept)])).collect()
    }

    fn focus_in(&self, window: usize, kept: &[bool]) -> usize {
        let front = self.fronts().get(&window).copied();
        let current = |scope: usize| (scope + 1..self.found.len()).find(|at| self.found[*at].said.is_current && self.is_in(*at, scope));
        let focused = || (window..self.found.len()).find(|at| kept[*at] && self.found[*at].is_focused && self.window_of(*at) == window);
        match front {
            Some(front) if self.found[front].said.takes_keys => current(front).or_else(focused).unwrap_or(front),
            // Without a focus the keys are for the list.
            _ => focused().map(|at| current(at).unwrap_or(at)).or(front).or_else(|| current(window)).unwrap_or(window),
        }
    }
}

impl Found {
    /// Name and description. The hint of a part without words is its name, so that both are the same.
    fn names(&self) -> (String, String) {
        let hint = self.hint.clone().unwrap_or_default();
        let words = self.words.join(" ");
        let is_field = matches!(self.said.role, Role::Field | Role::Secret);
        let name = match &self.said.name {
            Some(name) => name.clone(),
            None if !words.is_empty() => words,
            None if !hint.is_empty() => hint.clone(),
            None if is_field => self.before.clone(),
            None => String::new(),
        };
        let description = if hint == name { String::new() } else { hint };
        (name, description)
    }
}

/// A number that stands for something as long as it is there; 0 is taken.
fn number(of: &impl Hash) -> Id {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish().max(1)
}
