//! What the eye is told of a control: a word on it, or one that comes while the pointer rests there.

use std::any::Any;

use iced::Rectangle;
use iced_test::core::widget::{Id, Operation};
use ui::widget::{
    Role, Said,
    said::{Asked, Hint, Told},
};

use super::Stage;

/// Controls with whether they have words. What is inside one comes in the `traverse` after it.
#[derive(Default)]
struct Controls {
    found: Vec<(Role, Rectangle, bool)>,
    inside: Vec<usize>,
    entering: Option<usize>,
    is_hinting: bool,
    hints: usize,
}

impl Controls {
    fn has_words(&mut self) {
        self.inside.iter().for_each(|at| self.found[*at].2 = true);
    }
}

impl Operation for Controls {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        let (entered, is_hinted) = (self.entering.take(), std::mem::take(&mut self.is_hinting));
        self.inside.extend(entered);
        self.hints += usize::from(is_hinted);
        operate(self);
        self.hints -= usize::from(is_hinted);
        if entered.is_some() {
            self.inside.pop();
        }
    }

    fn custom(&mut self, _id: Option<&Id>, bounds: Rectangle, state: &mut dyn Any) {
        if let Some(asked) = state.downcast_mut::<Asked>() {
            asked.0 = true;
        } else if state.is::<Hint>() {
            self.is_hinting = true;
            self.has_words();
        } else if let Some(told) = state.downcast_ref::<Told>() {
            self.found.push((told.said.role, bounds, self.hints > 0));
            self.entering = Some(self.found.len() - 1);
        }
    }

    fn container(&mut self, _id: Option<&Id>, _bounds: Rectangle) {
        self.entering = None;
    }

    fn text(&mut self, _id: Option<&Id>, _bounds: Rectangle, text: &str) {
        if !text.trim().is_empty() {
            self.has_words();
        }
    }
}

impl Controls {
    /// Switches, fields and the like have their words beside them.
    fn without_a_word(self) -> Vec<Rectangle> {
        let says_it_itself = |role| matches!(role, Role::Button | Role::Choice | Role::Tab | Role::ColumnHead | Role::MenuItem);
        let mute = self.found.into_iter().filter(|(role, _, has_words)| says_it_itself(*role) && !has_words);
        mute.map(|(_, bounds, _)| bounds).collect()
    }
}

impl Stage {
    /// Places of what is pressed and shows neither a word nor a tip.
    pub fn without_a_word(&mut self) -> Vec<Rectangle> {
        let (at, mut controls) = (self.front(), Controls::default());
        self.with(at, |ui, renderer, _, _| ui.operate(renderer, &mut controls));
        controls.without_a_word()
    }
}

/// A button of this role at this place, with this word and this tip.
fn button(operation: &mut dyn Operation, role: Role, x: f32, word: &str, tip: Option<&str>) {
    let bounds = Rectangle { x, ..Rectangle::default() };
    let tell = |operation: &mut dyn Operation| {
        operation.custom(None, bounds, &mut Told { said: Said::named(role, "a name"), is_pressed: false });
        operation.traverse(&mut |operation| operation.text(None, bounds, word));
    };
    match tip {
        None => tell(operation),
        Some(tip) => {
            operation.custom(None, bounds, &mut Hint(tip.to_owned()));
            operation.traverse(&mut |operation| tell(operation));
        }
    }
}

/// A name that only a screen reader hears is not enough, and neither is the word of a neighbour.
pub fn what_has_no_word_is_found() {
    let mut controls = Controls::default();
    button(&mut controls, Role::Button, 1.0, "Start", None);
    button(&mut controls, Role::Button, 2.0, " ", None);
    button(&mut controls, Role::Tab, 3.0, "", Some("Memory"));
    button(&mut controls, Role::Choice, 4.0, "", None);
    button(&mut controls, Role::Switch, 5.0, "", None);
    let found: Vec<f32> = controls.without_a_word().into_iter().map(|bounds| bounds.x).collect();
    assert_eq!(found, [2.0, 4.0]);
}
