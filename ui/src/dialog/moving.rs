//! The parts of dialogs that move devices: what it is about, the plan step by step, what speaks against it, and what went wrong.

use client::{
    HostDevice,
    device::{Refusal, short},
    t,
};
use iced::{
    Alignment, Element, Length, Padding,
    widget::{Column, column, container, row},
};

use super::{part, words};
use crate::{
    component::{
        Button, Kind,
        device::{device_icon, refusal},
    },
    font, icon,
    model::{HostModel, Model},
    theme::{self, space},
    widget::{cut, text},
};

/// More refusals than this are only counted by the raw message.
const MOST: usize = 12;

/// A device of a host.
pub(super) fn device<'a>(host: &'a HostModel, address: &str) -> Option<&'a HostDevice> {
    host.devices.iter().find(|device| device.address == address)
}

/// What people call it, or its address.
pub(super) fn label(model: &Model, host: &str, address: &str) -> String {
    let found = model.host(host).and_then(|host| device(host, address));
    found.map_or_else(|| short(address).to_owned(), HostDevice::label)
}

/// Several devices in a few words: the first by its name, the others by their number.
pub(crate) fn in_words(model: &Model, host: &str, addresses: &[String]) -> String {
    let Some(first) = addresses.first() else { return String::new() };
    let first = label(model, host, first);
    match addresses.len() - 1 {
        0 => first,
        more => t!("act-devices", device = first, count = more),
    }
}

/// Each device with its address, name and driver.
pub(super) fn devices<'a, Message: 'a>(model: &Model, host: &str, addresses: impl IntoIterator<Item = &'a String>) -> Element<'a, Message> {
    let line = |address: &'a String| {
        let found = model.host(host).and_then(|host| device(host, address));
        let shape = found.map_or_else(icon::circuit_board, device_icon);
        let driver = found.map(|device| device.driver.clone()).filter(|driver| !driver.is_empty());
        let driver = driver.unwrap_or_else(|| t!("devices-no-driver"));
        row![
            shape.colour(16.0, |t| t.muted),
            cut(short(address)).size(12.0, 18.0).font(font::MONO).colour(|t| t.muted).width(64),
            cut(label(model, host, address)).font(font::MEDIUM),
            cut(driver).size(12.0, 18.0).font(font::MONO).colour(|t| t.subtle).width(Length::Shrink),
        ]
        .spacing(space::S)
        .align_y(Alignment::Center)
        .into()
    };
    part::well(Column::with_children(addresses.into_iter().map(line)).spacing(space::XS)).into()
}

/// A check box with what it means below.
pub(super) fn choice<'a, Message: Clone + 'a>(
    id: &'static str,
    is_on: bool,
    label: String,
    detail: String,
    press: Option<Message>,
) -> Element<'a, Message> {
    let label = text(label).size(13).line_height(part::LINE).style(theme::normal);
    part::check(Some(id), is_on.into(), column![label, part::caption(detail)].width(Length::Fill), press)
}

/// What will happen, one after the other: what, and the details of it.
pub(super) fn steps<'a, Message: 'a>(steps: Vec<(String, String)>) -> Element<'a, Message> {
    let step = |(place, (what, detail)): (usize, (String, String))| {
        let number = text((place + 1).to_string()).size(11).font(font::SEMIBOLD).style(theme::accent);
        let number = container(number).center(20).style(theme::container::rounded(|t| t.selected, 10.0));
        let mut words = column![text(what).size(13).line_height(part::LINE).font(font::MEDIUM)].width(Length::Fill);
        if !detail.is_empty() {
            words = words.push(part::caption(detail));
        }
        row![number, words].spacing(space::S).into()
    };
    Column::with_children(steps.into_iter().enumerate().map(step)).spacing(space::S).into()
}

/// How it is undone.
pub(super) fn undone_by<'a, Message: 'a>(how: String) -> Element<'a, Message> {
    row![icon::undo_2().colour(14.0, |t| t.subtle), part::caption(how).width(Length::Fill)].spacing(space::S).into()
}

/// Every reason, so that nothing is found out one at a time.
pub(super) fn refusals<'a, Message: 'a>(reasons: &[Refusal]) -> Element<'a, Message> {
    refusals_in_words(reasons.iter().map(refusal).collect())
}

/// The same where the sentences are another's.
pub(super) fn refusals_in_words<'a, Message: 'a>(mut sentences: Vec<String>) -> Element<'a, Message> {
    let head = text(t!("bind-refused")).size(13).line_height(part::LINE).font(font::SEMIBOLD);
    sentences.dedup();
    let line = |sentence: String| {
        let words = text(sentence).size(13).line_height(part::LINE).width(Length::Fill);
        row![text("·").size(13).line_height(part::LINE), words].spacing(space::S).into()
    };
    let list = Column::with_children(sentences.into_iter().take(MOST).map(line));
    let words = column![head, container(list).padding(Padding::ZERO.top(2.0))];
    part::note(icon::lock(), |t| t.paused_soft, |t| t.paused, words)
}

/// The words and the arrow of what unfolds.
pub(super) fn fold(is_open: bool, show: &str, hide: &str) -> (String, icon::Icon) {
    if is_open { (t!(hide), icon::chevron_down()) } else { (t!(show), icon::chevron_right()) }
}

/// What went wrong when it was done, and the raw message one click away.
pub(super) fn failure<'a, Message: Clone + 'a>(
    error: &client::Error,
    (title, advice): (String, String),
    shows_message: bool,
    on_fold: Message,
) -> Element<'a, Message> {
    let (label, mark) = fold(shows_message, "failure-show", "failure-hide");
    let button = Button::new(Kind::Link, label).icon(mark).line().on_press(on_fold);
    let message = shows_message.then(|| part::well(part::code(words::raw(error))));
    column![part::danger(title, advice), button].push(message).spacing(space::S).into()
}
