//! What the application is, and whose work is in it.

use client::{settings::Settings, t};
use iced::{
    Alignment, Element, Length, Task,
    widget::{Space, column, container, row},
};

use super::Content;
use crate::{
    action::Action,
    component::{Button, Kind},
    font, icon,
    model::Model,
    theme::{self, space},
    widget::{focus, text},
};

/// What the application is.
#[derive(Debug)]
pub struct About;

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Closes it.
    Dismiss,
}

impl Content for About {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Dismiss)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take("dialog-accept")
    }

    fn update(&mut self, _model: &Model, _settings: &Settings, _message: Message) -> Action {
        Action::Close
    }

    fn view<'a>(&'a self, _model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        view()
    }
}

/// What it shows; the only thing to do is to close it.
pub(super) fn view<'a>() -> Element<'a, Message> {
    let name = text("KVM Manager").size(17).line_height(text::LineHeight::Absolute(24.into())).font(font::SEMIBOLD);
    let version = text(t!("about-version", version = env!("CARGO_PKG_VERSION"))).size(12).style(theme::subtle);
    let head = row![icon::app(44.0), column![name, version].spacing(2)].spacing(space::L).align_y(Alignment::Center);
    let words = text(t!("about-text")).size(13).line_height(text::LineHeight::Absolute(18.into())).style(theme::muted);
    let licences = ["about-own", "about-inter", "about-mono", "about-icons"].map(|key| text(t!(key)).size(12).style(theme::muted).into());
    let licences = column![text(t!("about-licences")).size(12).font(font::SEMIBOLD).style(theme::subtle)].extend(licences).spacing(6);
    let close = Button::new(Kind::Secondary, t!("settings-close")).on_press(Message::Dismiss).id("dialog-accept");
    let foot = row![Space::new().width(Length::Fill), close];
    container(column![head, words, licences, foot].spacing(space::L)).padding(space::XL).width(460).style(theme::container::dialog).into()
}
