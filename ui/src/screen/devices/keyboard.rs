//! The keys of the list: the same as in the list of machines, and Enter for the plan.

use iced::{
    keyboard::{self, Modifiers, key::Named},
    widget::operation,
};

use super::{Devices, LIST, Message, SCROLL, SEARCH, table};
use crate::{
    action::Action,
    model::Model,
    screen::main::{self, Move, part::Input},
    theme::size,
    widget::focus,
};

/// What a key does while the list has the focus.
pub(in crate::screen::devices) fn list_key(key: &keyboard::Key, modifiers: Modifiers) -> Option<Message> {
    if matches!(key, keyboard::Key::Named(Named::Enter)) && modifiers.is_empty() {
        return Some(Message::Key(Input::Primary));
    }
    main::key(key, modifiers).and_then(|message| Input::of(&message)).map(Message::Key)
}

impl Devices {
    pub(super) fn take_key(&mut self, input: Input, model: &Model) -> Action {
        match input {
            Input::Move(step, extend) => return self.step(step, extend),
            Input::Letter(letter) => return self.letter(letter),
            Input::Side(right) => self.fold_side(right),
            Input::Toggle => {
                if let Some(current) = self.pick.current().map(str::to_owned) {
                    self.pick.toggle(&current);
                }
            }
            Input::All => self.pick.all(self.arranged.devices()),
            Input::Find => return Action::Task(operation::focus(SEARCH)),
            Input::Escape => {
                if self.search.is_empty() {
                    self.filter = super::Filter::All;
                }
                self.search.clear();
                self.arrange();
                return Action::Task(focus::take(LIST));
            }
            Input::Primary => return self.act(model),
            Input::Menu => return self.menu_of_key(model),
        }
        Action::None
    }

    fn step(&mut self, step: Move, extend: bool) -> Action {
        self.has_ring = true;
        let shown: Vec<String> = self.arranged.devices().cloned().collect();
        let Some(last) = shown.len().checked_sub(1) else { return Action::None };
        let at = self.pick.current().and_then(|current| shown.iter().position(|address| address == current));
        #[expect(clippy::cast_possible_truncation, reason = "some dozens")]
        let page = (self.height / size::ROW) as isize;
        let by = |rows: isize| at.map_or(0, |at| at.saturating_add_signed(rows)).min(last);
        let to = match step {
            Move::By(rows) => by(rows),
            Move::Pages(pages) => by(pages * page.max(1)),
            Move::First => 0,
            Move::Last => last,
        };
        self.go(&shown[to], extend)
    }

    fn go(&mut self, address: &str, extend: bool) -> Action {
        if extend {
            self.pick.extend_to(address, self.arranged.devices());
        } else {
            self.pick.only(Some(address.to_owned()));
        }
        self.reveal()
    }

    /// The next device after the current one whose name begins with it.
    fn letter(&mut self, letter: char) -> Action {
        self.has_ring = true;
        let wanted = letter.to_lowercase().to_string();
        let shown: Vec<&String> = self.arranged.devices().collect();
        let at = self.pick.current().and_then(|current| shown.iter().position(|address| *address == current)).unwrap_or(0);
        let begins = |address: &&&String| self.device(address).is_some_and(|device| device.label().to_lowercase().starts_with(&wanted));
        let found = shown.iter().cycle().skip(at + 1).take(shown.len()).find(begins).map(|address| (**address).clone());
        found.map_or(Action::None, |address| self.go(&address, false))
    }

    fn fold_side(&mut self, right: bool) {
        let Some(group) = self.current().map(|device| device.group) else { return };
        if self.folded.contains(&group) == right {
            self.fold(group);
            self.arrange();
        }
    }

    /// Scrolls so that the current row is seen.
    fn reveal(&mut self) -> Action {
        let Some(at) = self.pick.current().and_then(|current| self.arranged.position(current)) else { return Action::None };
        let top: f32 = self.arranged.lines[..at].iter().map(table::line_height).sum();
        let bottom = top + table::line_height(&self.arranged.lines[at]);
        let offset = if top < self.offset {
            // With the head of its group.
            (top - size::ROW_SMALL).max(0.0)
        } else if bottom > self.offset + self.height {
            bottom - self.height
        } else {
            return Action::None;
        };
        self.offset = offset;
        Action::Task(operation::scroll_to(SCROLL, operation::AbsoluteOffset { x: 0.0, y: offset }))
    }
}
