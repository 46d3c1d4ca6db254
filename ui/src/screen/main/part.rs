//! The screens of parts of hosts, in the place of the list of machines.

use client::host::Id;
use iced::{Element, widget};

use super::{Message, Screen, selection::Move};
use crate::{
    action::Action,
    command::Command,
    model::Model,
    place::{Part, Place},
};

/// What a part's screen stands in: its list, and the details pane if it has one.
pub(super) type Panes<'a> = (Element<'a, Message>, Option<Element<'a, Message>>);

/// What the keyboard asks of the screen of a part: the same keys as in the list of machines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input {
    /// Another row; with Shift the selection grows.
    Move(Move, bool),
    /// Left or right, that is `true`.
    Side(bool),
    /// To the next row that begins with it.
    Letter(char),
    /// Adds the current row to the selection, or takes it out.
    Toggle,
    /// The menu key.
    Menu,
    /// Esc.
    Escape,
    /// Ctrl+F or "/".
    Find,
    /// Ctrl+A.
    All,
    /// Ctrl+Enter.
    Primary,
}

impl Input {
    /// What a message to the main window asks of a part.
    pub(super) const fn of(message: &Message) -> Option<Self> {
        Some(match message {
            Message::Move(step, extend) => Self::Move(*step, *extend),
            Message::Side(right, _) => Self::Side(*right),
            Message::Letter(letter) => Self::Letter(*letter),
            Message::Toggle => Self::Toggle,
            Message::MenuKey => Self::Menu,
            Message::Escape => Self::Escape,
            Message::Command(Command::Find) => Self::Find,
            Message::Command(Command::SelectAll) => Self::All,
            Message::Command(Command::Primary) => Self::Primary,
            _ => return None,
        })
    }
}

impl Screen {
    /// Goes to the machines when the host does not have the part any more.
    pub(super) fn leave_lost_part(&mut self, model: &Model) {
        let Place::Part(id, part) = &self.place else { return };
        match model.host(id) {
            Some(host) if part.is_offered(host) => {}
            Some(_) => self.place = Place::Host(id.clone()),
            None => self.place = Place::All,
        }
    }

    pub(super) fn part_takes(&mut self, _host: &Id, part: Part, _input: Input, _model: &Model) -> Action {
        match part {
            Part::Devices | Part::Memory => Action::None,
        }
    }

    pub(super) fn part<'a>(&'a self, _host: &Id, part: Part, _model: &'a Model) -> Panes<'a> {
        match part {
            Part::Devices | Part::Memory => (widget::space().into(), None),
        }
    }
}
