//! Huge pages that memory gets of itself, and merging of equal pages.

use client::{
    hugepages::{HugePages, Merging},
    t, unit,
};
use iced::{
    Alignment, Element, Length,
    widget::{Column, Row, column, container, row, rule},
};

use super::Message;
use crate::{
    action::MemoryChange,
    component::{Button, Kind, badge, segments},
    font, icon,
    model::HostModel,
    theme::{self, space},
    widget::text,
};

const MODES: [&str; 3] = ["always", "madvise", "never"];
const DEFRAG: [&str; 5] = ["always", "defer", "defer+madvise", "madvise", "never"];

/// What of it the kernel has.
pub(super) fn view<'a>(host: &HostModel, pages: &HugePages) -> Vec<Element<'a, Message>> {
    let can = super::can_change(host);
    let mut cards = Vec::new();
    if !pages.transparent.is_empty() {
        cards.push(transparent(pages, can));
    }
    if pages.merging != Merging::Unknown {
        cards.push(merging(pages, can));
    }
    cards
}

fn card<'a>(title: String, told: Element<'a, Message>, lines: Vec<Element<'a, Message>>) -> Element<'a, Message> {
    let lock = row![icon::lock().colour(12.0, |t| t.subtle), text(t!("memory-asks")).size(11).style(theme::subtle)];
    let head = row![text(title).size(13).font(font::SEMIBOLD), told, iced::widget::space::horizontal(), lock.spacing(5)]
        .spacing(space::S)
        .align_y(Alignment::Center);
    let mut card = Column::new().push(container(head).padding([space::M, space::L]));
    for line in lines {
        card = card.push(rule::horizontal(1).style(theme::container::line)).push(container(line).padding([space::M, space::L]));
    }
    container(card).width(Length::Fill).style(theme::container::card).into()
}

/// What it is and what the choice means, and the choice at the right; below each other in the end.
fn line<'a>(title: String, hint: String, control: Element<'a, Message>) -> Element<'a, Message> {
    let line_height = text::LineHeight::Absolute(16.into());
    let words = column![text(title).size(13).font(font::MEDIUM), text(hint).size(12).line_height(line_height).style(theme::subtle)];
    let words = container(words.spacing(2)).width(Length::Fill);
    row![words, control].spacing(space::L).align_y(Alignment::Center).into()
}

fn transparent<'a>(pages: &HugePages, can: bool) -> Element<'a, Message> {
    let mode = |mode: &str| {
        let is_on = pages.transparent == mode;
        let message = Message::Set(MemoryChange::Transparent(mode.to_owned(), None));
        (t!(&format!("transparent-{mode}")), is_on, (can && !is_on).then_some(message))
    };
    let hint = t!(&format!("transparent-{}-text", known(&pages.transparent, &MODES)));
    let mut lines = vec![line(t!("transparent-mode"), hint, segments(MODES.map(mode)))];
    if !pages.defrag.is_empty() {
        let defrag = |word: &str| {
            let is_on = pages.defrag == word;
            let message = Message::Set(MemoryChange::Transparent(pages.transparent.clone(), Some(word.to_owned())));
            (t!(&format!("defrag-{}", word.replace('+', "-"))), is_on, (can && !is_on).then_some(message))
        };
        let hint = t!(&format!("defrag-{}-text", known(&pages.defrag, &DEFRAG).replace('+', "-")));
        let choice = segments(DEFRAG.map(defrag));
        let words = text(hint).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::subtle);
        let title = text(t!("defrag-title")).size(13).font(font::MEDIUM);
        lines.push(column![column![title, words].spacing(2), choice].spacing(space::S).into());
    }
    let used = text(t!("transparent-used", size = unit::size(pages.transparent_used))).size(12).style(theme::muted).into();
    card(t!("transparent-title"), used, lines)
}

/// A word that there is a text for.
fn known<'a>(word: &'a str, all: &[&str]) -> &'a str {
    if all.contains(&word) { word } else { "never" }
}

fn merging<'a>(pages: &HugePages, can: bool) -> Element<'a, Message> {
    let set = |is_running, unmerge| can.then_some(Message::Set(MemoryChange::Merging(is_running, unmerge)));
    let start = || Button::new(Kind::Secondary, t!("merging-start")).compact().on_press_maybe(set(true, false));
    let stop = || Button::new(Kind::Secondary, t!("merging-stop")).compact().on_press_maybe(set(false, false));
    let apart = || {
        let button = Button::new(Kind::Secondary, t!("merging-apart")).compact();
        button.hint(t!("merging-apart-hint", size = unit::size(pages.merging_saved))).on_press_maybe(set(false, true))
    };
    let (state, hint, buttons) = match pages.merging {
        Merging::Running => (
            badge(icon::circle_check(), t!("merging-running"), |t| t.running_soft, |t| t.running),
            t!("merging-running-text"),
            Row::new().push(stop()).push(apart()),
        ),
        Merging::Stopped => {
            let apart = (pages.merging_saved > 0).then(apart);
            (
                badge(icon::circle_pause(), t!("merging-stopped"), |t| t.off_soft, |t| t.off),
                t!("merging-stopped-text"),
                Row::new().push(start()).push(apart),
            )
        }
        Merging::TakenApart | Merging::Unknown => (
            badge(icon::circle_stop(), t!("merging-taken-apart"), |t| t.off_soft, |t| t.off),
            t!("merging-taken-apart-text"),
            Row::new().push(start()),
        ),
    };
    let saved = text(t!("merging-saved", size = unit::size(pages.merging_saved))).size(12).style(theme::muted);
    let told = row![state, saved].spacing(space::S).align_y(Alignment::Center);
    card(t!("merging-title"), told.into(), vec![line(t!("merging-what"), hint, buttons.spacing(space::S).into())])
}
