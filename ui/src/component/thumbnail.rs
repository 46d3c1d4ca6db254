//! A picture of a machine's screen, or the shape and the word of its state where there is none.

use client::{Condition, Error, Machine, locale, t};
use iced::{
    Alignment, Background, Border, Color, ContentFit, Element, Length, Theme,
    widget::{Space, column, container, image, row, stack},
};

use super::{Button, Kind, condition_colour, condition_icon, thumbnails::Picture};
use crate::{
    font, icon,
    theme::{self, Tokens, size, token, tokens},
    widget::text,
};

/// What is known of a machine's screen.
#[derive(Clone, Copy, Debug)]
pub enum Screen<'a> {
    /// What it shows.
    Shown(&'a Picture),
    /// Why nothing can be shown.
    Failed(&'a Error),
    /// A picture is on its way.
    Unknown,
    /// No picture is taken unless somebody asks for it.
    Off,
}

/// A machine's screen with what belongs on it: that it is live, and its size.
///
/// `ask`: what to say when a person wants to see one that takes a password.
pub fn thumbnail<'a, Message: Clone + 'a>(
    machine: &Machine,
    screen: Screen<'_>,
    is_live: bool,
    height: f32,
    ask: Message,
) -> Element<'a, Message> {
    let content: Element<'a, Message> = match screen {
        _ if !machine.is_active() => no_picture(machine.condition(), &locale::condition(machine.condition()), ""),
        Screen::Shown(picture) => {
            let mut badges = row![Space::new().width(Length::Fill)].height(Length::Shrink);
            if is_live && machine.condition() == Condition::Running {
                badges = row![live(), Space::new().width(Length::Fill)];
            } else if is_live {
                badges = row![state(machine.condition()), Space::new().width(Length::Fill)];
            }
            if let Some((width, height)) = picture.screen {
                badges = badges.push(on_picture(text(format!("{width} × {height}")).size(11).font(font::MEDIUM)));
            }
            stack![drawn(&picture.handle, if is_live { 1.0 } else { 0.45 }), container(badges).padding(8).width(Length::Fill)].into()
        }
        Screen::Failed(Error::NoAgent(_)) => asked(icon::lock(), t!("details-picture-locked"), ask),
        Screen::Off => asked(icon::monitor(), t!("details-picture-off"), ask),
        Screen::Failed(_) => no_picture(machine.condition(), &t!("details-no-picture"), &t!("details-no-picture-text")),
        Screen::Unknown => container(Space::new()).width(Length::Fill).height(Length::Fill).into(),
    };
    framed(content, height)
}

/// The picture alone, as large as its room allows and never cut: nothing of a text screen may be lost.
pub fn drawn<'a, Message: 'a>(handle: &image::Handle, opacity: f32) -> Element<'a, Message> {
    image(handle.clone())
        .width(Length::Fill)
        .height(Length::Fill)
        .content_fit(ContentFit::Contain)
        .filter_method(image::FilterMethod::Linear)
        .border_radius(size::RADIUS_L - 1.0)
        .opacity(opacity)
        .into()
}

/// The frame around a picture.
pub fn framed<'a, Message: 'a>(content: impl Into<Element<'a, Message>>, height: f32) -> Element<'a, Message> {
    container(content)
        .width(Length::Fill)
        .height(height)
        .padding(1)
        .clip(true)
        .style(|theme: &Theme| container::Style {
            background: Some(Background::Color(tokens(theme).sunken)),
            border: Border { color: tokens(theme).line, width: 1.0, radius: size::RADIUS_L.into() },
            ..container::Style::default()
        })
        .into()
}

/// The shape of a state with a word and a line below.
pub fn no_picture<'a, Message: 'a>(condition: Condition, word: &str, line: &str) -> Element<'a, Message> {
    let mut words = column![
        condition_icon(condition).colour(28.0, condition_colour(condition)),
        text(word.to_owned()).size(13).font(font::MEDIUM).style(theme::colour(condition_colour(condition)))
    ]
    .spacing(8)
    .align_x(Alignment::Center);
    if !line.is_empty() {
        words = words.push(text(line.to_owned()).size(12).style(theme::subtle).align_x(Alignment::Center));
    }
    container(words).center(Length::Fill).padding([0, 16]).into()
}

/// A picture that is not taken by itself: it takes a password, or none are to be taken.
fn asked<'a, Message: Clone + 'a>(icon: icon::Icon, why: String, ask: Message) -> Element<'a, Message> {
    let words = column![
        icon.colour(24.0, |t| t.subtle),
        text(why).size(12).style(theme::subtle).align_x(Alignment::Center),
        Button::new(Kind::Link, t!("details-picture-show")).line().on_press(ask),
    ];
    container(words.spacing(8).align_x(Alignment::Center)).center(Length::Fill).padding([0, 16]).into()
}

fn live<'a, Message: 'a>() -> Element<'a, Message> {
    let mark = icon::state_running().colour(12.0, |_| glass().running);
    on_picture(row![mark, text(t!("details-live")).size(11).font(font::MEDIUM)].spacing(5).align_y(Alignment::Center))
}

fn state<'a, Message: 'a>(condition: Condition) -> Element<'a, Message> {
    let mark = condition_icon(condition).colour(12.0, |_| glass().text);
    on_picture(row![mark, text(locale::condition(condition)).size(11).font(font::MEDIUM)].spacing(5).align_y(Alignment::Center))
}

/// What lies on a picture is dark in both themes: what is below may have any colour.
fn glass() -> &'static Tokens {
    tokens(&token::theme(true, false))
}

fn on_picture<'a, Message: 'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    container(content)
        .padding([2, 7])
        .style(|_: &Theme| container::Style {
            text_color: Some(glass().text),
            background: Some(Background::Color(Color { a: 0.84, ..glass().bg })),
            border: Border { radius: size::RADIUS_S.into(), ..Border::default() },
            ..container::Style::default()
        })
        .into()
}
