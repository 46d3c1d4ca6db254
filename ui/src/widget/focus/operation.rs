//! Moving the focus.

use iced::{
    Rectangle, Task,
    advanced::widget::{
        Id, Operation, operate,
        operation::{Focusable, Outcome},
    },
};

use super::reveal::Reveal;

const PANE: &str = "pane:";

/// The id of a pane's container.
pub(crate) fn pane_id(name: &'static str) -> Id {
    Id::from(format!("{PANE}{name}"))
}

/// Moves the focus to the next control inside `scope` (the id of a container), round and round.
pub fn next<Message: Send + 'static>(scope: impl Into<Id>) -> Task<Message> {
    step(scope.into(), true)
}

/// Moves the focus to the control before.
pub fn previous<Message: Send + 'static>(scope: impl Into<Id>) -> Task<Message> {
    step(scope.into(), false)
}

/// Moves the focus to the first control of `scope`.
pub fn first<Message: Send + 'static>(scope: impl Into<Id>) -> Task<Message> {
    operate(Place::new(scope.into(), |_, total| (total > 0).then_some(0)))
}

/// Moves the focus to the control with this id.
pub fn take<Message: Send + 'static>(id: impl Into<Id>) -> Task<Message> {
    iced::widget::operation::focus(id.into())
}

/// Takes the focus away from everything.
pub fn release<Message: Send + 'static>() -> Task<Message> {
    operate(iced::advanced::widget::operation::focusable::unfocus::<Message>())
}

/// Moves the focus to the first control of the next pane, given the panes of the window in order.
pub fn next_pane<Message: Send + 'static>(panes: &[&'static str]) -> Task<Message> {
    operate(Panes::new(panes, 1))
}

/// Moves the focus to the pane before.
pub fn previous_pane<Message: Send + 'static>(panes: &[&'static str]) -> Task<Message> {
    operate(Panes::new(panes, panes.len().saturating_sub(1)))
}

fn step<Message: Send + 'static>(scope: Id, forward: bool) -> Task<Message> {
    operate(Place::new(scope, move |focused, total| match (focused, total) {
        (_, 0) => None,
        (None, total) => Some(if forward { 0 } else { total - 1 }),
        (Some(at), total) => Some((at + if forward { 1 } else { total - 1 }) % total),
    }))
}

type Choose = Box<dyn Fn(Option<usize>, usize) -> Option<usize> + Send>;

/// Counts the controls inside a container, then gives the focus to the chosen one and takes it from all others.
struct Place {
    scope: Id,
    choose: Choose,
    // `container` names what the following `traverse` goes into.
    is_entering: bool,
    depth: usize,
    focused: Option<usize>,
    total: usize,
    chosen: Option<usize>,
    is_counted: bool,
}

impl Place {
    fn new(scope: Id, choose: impl Fn(Option<usize>, usize) -> Option<usize> + Send + 'static) -> Self {
        Self { scope, choose: Box::new(choose), is_entering: false, depth: 0, focused: None, total: 0, chosen: None, is_counted: false }
    }
}

impl<T: 'static> Operation<T> for Place {
    fn container(&mut self, id: Option<&Id>, _bounds: Rectangle) {
        self.is_entering = id == Some(&self.scope);
    }

    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<T>)) {
        let entered = std::mem::take(&mut self.is_entering);
        self.depth += usize::from(entered);
        operate(self);
        self.depth -= usize::from(entered);
        self.is_entering = false;
    }

    fn focusable(&mut self, _id: Option<&Id>, _bounds: Rectangle, state: &mut dyn Focusable) {
        if self.depth == 0 {
            if self.is_counted && self.chosen.is_some() {
                state.unfocus();
            }
            return;
        }
        let place = self.total;
        self.total += 1;
        if !self.is_counted {
            if state.is_focused() {
                self.focused = Some(place);
            }
        } else if Some(place) == self.chosen {
            state.focus();
        } else if self.chosen.is_some() {
            state.unfocus();
        }
    }

    fn finish(&self) -> Outcome<T> {
        if self.is_counted {
            return Outcome::Chain(Box::new(Reveal::default()));
        }
        let chosen = (self.choose)(self.focused, self.total);
        Outcome::Chain(Box::new(Self { chosen, is_counted: true, ..Self::new(self.scope.clone(), |_, _| None) }))
    }
}

/// Finds the pane that has the focus, then gives it to the first control of another one. Panes without controls are passed over.
struct Panes {
    panes: Vec<Id>,
    step: usize,
    entering: Option<usize>,
    inside: Vec<usize>,
    current: Option<usize>,
    has_controls: Vec<bool>,
    target: Option<usize>,
    is_counted: bool,
    is_done: bool,
}

impl Panes {
    fn new(names: &[&'static str], step: usize) -> Self {
        Self {
            panes: names.iter().map(|name| pane_id(name)).collect(),
            step,
            entering: None,
            inside: Vec::new(),
            current: None,
            has_controls: vec![false; names.len()],
            target: None,
            is_counted: false,
            is_done: false,
        }
    }

    fn choose(&self) -> Option<usize> {
        let count = self.panes.len();
        let start = self.current.unwrap_or(count.saturating_sub(self.step));
        (1..=count).map(|n| (start + n * self.step) % count).find(|place| self.has_controls[*place])
    }
}

impl<T: 'static> Operation<T> for Panes {
    fn container(&mut self, id: Option<&Id>, _bounds: Rectangle) {
        self.entering = id.and_then(|id| self.panes.iter().position(|pane| pane == id));
    }

    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<T>)) {
        let entered = self.entering.take();
        self.inside.extend(entered);
        operate(self);
        if entered.is_some() {
            self.inside.pop();
        }
        self.entering = None;
    }

    fn focusable(&mut self, _id: Option<&Id>, _bounds: Rectangle, state: &mut dyn Focusable) {
        let pane = self.inside.last().copied();
        if !self.is_counted {
            if let Some(pane) = pane {
                self.has_controls[pane] = true;
                if state.is_focused() {
                    self.current = Some(pane);
                }
            }
        } else if self.target.is_some() {
            if pane == self.target && !self.is_done {
                state.focus();
                self.is_done = true;
            } else {
                state.unfocus();
            }
        }
    }

    fn finish(&self) -> Outcome<T> {
        if self.is_counted {
            return Outcome::None;
        }
        Outcome::Chain(Box::new(Self {
            panes: self.panes.clone(),
            target: self.choose(),
            is_counted: true,
            inside: Vec::new(),
            has_controls: Vec::new(),
            ..Self::new(&[], self.step)
        }))
    }
}
