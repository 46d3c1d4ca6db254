//! What a person does through a screen reader, done to the part that it was said of.

use std::{any::Any, sync::Arc};

use iced::{
    Rectangle,
    advanced::widget::{
        Id as Mark, Operation,
        operation::{Focusable, Outcome, Scrollable},
    },
};

use super::{
    collect::Collect,
    tree::{Id, Tree},
};
use crate::widget::said::{Asked, Told};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A press.
    Press,
    /// The focus moves there.
    Focus,
}

/// A deed, and what it is done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// The part.
    pub id: Id,
    /// What it was called when the person was told of it: something else may be in its place by now.
    pub name: String,
    /// What is done to it.
    pub deed: Deed,
}

/// Finds the part as it is now; the next operation does it, before anything can change.
pub struct Find {
    collect: Collect,
    act: Act,
}

impl Find {
    /// The operation that does it.
    #[must_use]
    pub const fn new(collect: Collect, act: Act) -> Self {
        Self { collect, act }
    }
}

impl Operation<Arc<Tree>> for Find {
    fn container(&mut self, id: Option<&Mark>, bounds: Rectangle) {
        self.collect.container(id, bounds);
    }

    fn scrollable(
        &mut self,
        id: Option<&Mark>,
        bounds: Rectangle,
        content: Rectangle,
        translation: iced::Vector,
        state: &mut dyn Scrollable,
    ) {
        self.collect.scrollable(id, bounds, content, translation, state);
    }

    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<Arc<Tree>>)) {
        self.collect.traverse(operate);
    }

    fn custom(&mut self, id: Option<&Mark>, bounds: Rectangle, state: &mut dyn Any) {
        self.collect.custom(id, bounds, state);
    }

    fn focusable(&mut self, id: Option<&Mark>, bounds: Rectangle, state: &mut dyn Focusable) {
        self.collect.focusable(id, bounds, state);
    }

    fn text(&mut self, id: Option<&Mark>, bounds: Rectangle, text: &str) {
        self.collect.text(id, bounds, text);
    }

    fn finish(&self) -> Outcome<Arc<Tree>> {
        let tree = self.collect.tree();
        match tree.get(self.act.id) {
            Some(node) if node.name == self.act.name => {
                Outcome::Chain(Box::new(Do { place: node.place, deed: self.act.deed, places: 0, is_here: false }))
            }
            _ => Outcome::Some(Arc::new(tree)),
        }
    }
}

struct Do {
    place: usize,
    deed: Deed,
    places: usize,
    is_here: bool,
}

impl Operation<Arc<Tree>> for Do {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<Arc<Tree>>)) {
        operate(self);
    }

    fn custom(&mut self, _id: Option<&Mark>, _bounds: Rectangle, state: &mut dyn Any) {
        if let Some(asked) = state.downcast_mut::<Asked>() {
            asked.0 = true;
        } else if let Some(told) = state.downcast_mut::<Told>() {
            self.places += 1;
            self.is_here = self.places == self.place;
            told.is_pressed = self.is_here && self.deed == Deed::Press;
        }
    }

    fn focusable(&mut self, _id: Option<&Mark>, _bounds: Rectangle, state: &mut dyn Focusable) {
        if self.deed != Deed::Focus {
            return;
        }
        if self.is_here {
            state.focus();
        } else {
            state.unfocus();
        }
    }

    fn finish(&self) -> Outcome<Arc<Tree>> {
        // What it changed is told by the next walk.
        Outcome::None
    }
}
