//! What every dialog is to the table in [`super`].

use client::settings::Settings;
use iced::{
    Element, Task,
    keyboard::{Key, Modifiers},
};

use super::SCOPE;
use crate::{
    action::{Action, Done},
    model::Model,
    widget::focus,
};

/// The content of a dialog: a small screen.
pub trait Content {
    /// What happens in it.
    type Message: Clone + std::fmt::Debug + Send + 'static;

    /// What Ctrl+Enter says; `update` leaves it alone while it is not allowed.
    fn accept(&self) -> Option<Self::Message>;

    /// What it has to fetch or focus when it opens. The focus always goes into it: keys are not for what lies below.
    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Self::Message> {
        focus::first(SCOPE)
    }

    /// Takes a message in.
    fn update(&mut self, model: &Model, settings: &Settings, message: Self::Message) -> Action;

    /// A call ended. `None` if it is not this dialog's.
    fn done(&mut self, _model: &Model, _done: &Done) -> Option<Action> {
        None
    }

    /// Esc, or a click beside it.
    fn dismiss(&mut self) -> Action {
        Action::Close
    }

    /// A key that nothing in it took.
    fn key(&self, _key: &Key, _modifiers: Modifiers) -> Option<Self::Message> {
        None
    }

    /// What it shows.
    fn view<'a>(&'a self, model: &'a Model, settings: &'a Settings) -> Element<'a, Self::Message>;
}
