//! What will be changed, or is being changed, at the bottom of the page.

use client::{Job, t, unit};
use iced::{
    Alignment, Element, Length,
    widget::{Column, Row, column, container, row, rule},
};

use super::{
    Message, Screen, boot_changes,
    draft::{BootChange, Change, is_possible, left},
    view::NARROW,
};
use crate::{
    component::{Button, Kind, badge, caps, meter, switch},
    font, icon,
    model::HostModel,
    theme::{self, space},
    widget::{cut, ground, text},
};

/// Width of the words for now and later.
const BADGE: f32 = 116.0;
/// The operation of its jobs.
const RESERVE: &str = "huge-pages-reserve";

pub(super) fn view<'a>(screen: &'a Screen, host: &'a HostModel, width: f32) -> Option<Element<'a, Message>> {
    let job = host.jobs.values().find(|job| job.operation == RESERVE);
    let line = match job {
        Some(job) => working(job),
        None if !screen.queue.is_empty() => text(t!("memory-working")).size(13).into(),
        None => pending(screen, host, width)?,
    };
    let bar = container(line).padding([space::S, space::L]).width(Length::Fill);
    Some(ground(crate::widget::focus::pane("memory-bar", bar), |t| t.raised).into())
}

/// How far the kernel is, and how it can be stopped.
fn working<'a>(job: &Job) -> Element<'a, Message> {
    let part = job.progress.unwrap_or_default();
    let words = column![
        text(client::locale::job(&job.operation)).size(13).font(font::MEDIUM),
        meter(part, Length::Fill, |t| t.c1),
        cut(t!("memory-progress", done = unit::size(job.bytes))).size(12.0, 16.0).colour(|t| t.subtle),
    ];
    let mut line = row![words.spacing(5).width(Length::Fill)].spacing(space::L).align_y(Alignment::Center);
    if job.is_cancelable {
        line = line.push(Button::new(Kind::Secondary, t!("cancel")).on_press(Message::Cancel(job.id.clone())));
    }
    line.into()
}

fn pending<'a>(screen: &'a Screen, host: &'a HostModel, width: f32) -> Option<Element<'a, Message>> {
    let pages = host.pages.as_deref()?;
    let changes = screen.draft.changes(pages);
    let boot = boot_changes(&screen.draft, host);
    if changes.is_empty() && boot.is_empty() {
        return None;
    }
    let is_possible = is_possible(pages, &changes) && boot.iter().all(BootChange::is_possible);
    let stays = left(pages, &changes);
    let is_below = stays < i128::from(pages.floor) && changes.iter().map(Change::bytes).sum::<i128>() > 0;
    let sizes = (signed(stays), unit::gib_unit(pages.floor));
    let free = if is_below {
        text(t!("memory-plan-below", left = sizes.0, floor = sizes.1)).style(theme::danger)
    } else {
        text(t!("memory-plan-left", left = sizes.0, floor = sizes.1)).style(theme::subtle)
    };
    let mut words = Column::with_children(changes.iter().take(3).map(|change| cut(said(change)).size(12.0, 16.0).into())).spacing(2);
    if changes.len() > 3 {
        words = words.push(text(t!("memory-plan-more", count = changes.len() - 3)).size(12).style(theme::subtle));
    }
    let now = badge(icon::zap(), t!("memory-now"), |t| t.running_soft, |t| t.running);
    let later = badge(icon::rotate_cw(), t!("memory-restart"), |t| t.paused_soft, |t| t.paused);
    let words = words.push(free.size(12).line_height(text::LineHeight::Absolute(16.into())));
    let mut until = Column::with_children(boot.iter().take(2).map(at_start)).spacing(2);
    if boot.is_empty() {
        until = until.push(cut(t!("memory-until-restart")).size(12.0, 16.0).colour(|t| t.muted));
    } else if boot.len() > 2 {
        until = until.push(text(t!("memory-plan-more", count = boot.len() - 2)).size(12).style(theme::subtle));
    }
    let now = (!changes.is_empty()).then(|| row![container(now).width(BADGE), words].spacing(space::M));
    let plan = column![now, row![container(later).width(BADGE), until].spacing(space::M).align_y(Alignment::Center)].spacing(space::XS);
    let grows = changes.iter().any(|change| change.to > change.from);
    let mut buttons = Row::new().spacing(space::S).align_y(Alignment::Center);
    buttons = buttons.push(Button::new(Kind::Flat, t!("memory-discard")).on_press(Message::Discard));
    let label = match (changes.is_empty(), grows) {
        (true, _) => t!("memory-boot-apply"),
        (false, true) => t!("memory-reserve"),
        (false, false) => t!("memory-release"),
    };
    let mut apply = Button::new(Kind::Primary, label)
        .icon(icon::lock())
        .id("memory-apply")
        .hint(t!("memory-asks"))
        .on_press_maybe((is_possible && super::can_change(host)).then_some(Message::Apply));
    if width >= NARROW {
        apply = apply.trailing(caps("Ctrl+↵"));
    }
    let buttons = column![buttons.push(apply), grows.then(|| keep(screen.partial))].spacing(space::XS).align_x(Alignment::End);
    let mut line = Row::new().spacing(space::M).align_y(Alignment::Center);
    if width >= NARROW {
        let count =
            text(t!("memory-changes", count = changes.len() + boot.len())).size(13).font(font::SEMIBOLD).wrapping(text::Wrapping::None);
        line = line.push(icon::clock().colour(20.0, |t| t.paused)).push(count);
        line = line.push(container(rule::vertical(1).style(theme::container::line)).height(36));
    }
    Some(line.push(container(plan).width(Length::Fill)).push(buttons).into())
}

/// What is so from the next start of the computer on, or why it cannot be.
fn at_start<'a>(change: &BootChange) -> Element<'a, Message> {
    let (node, size) = (change.spot.node, unit::size(change.spot.size));
    let (words, style): (String, fn(&crate::theme::Tokens) -> iced::Color) = match &change.plan {
        _ if change.to == 0 => (t!("memory-boot-plan-none", node = node, size = size), |t| t.text),
        Some(plan) if !plan.possible => {
            let words = t!("memory-boot-refused", node = node, most = unit::count(plan.most), floor = unit::gib_unit(plan.floor));
            (words, |t| t.crashed)
        }
        _ => (t!("memory-boot-plan", node = node, count = unit::count(change.to), size = size), |t| t.text),
    };
    cut(words).size(12.0, 16.0).colour(style).into()
}

/// `Node 1: 1 024 pages of 2 MiB more, 2 GiB`.
fn said(change: &Change) -> String {
    let count = change.to.abs_diff(change.from);
    let (size, bytes) = (unit::size(change.spot.size), unit::size(count.saturating_mul(change.spot.size)));
    let key = if change.to > change.from { "memory-plan-reserve" } else { "memory-plan-release" };
    t!(key, node = change.spot.node, count = unit::count(count), size = size, bytes = bytes)
}

fn signed(bytes: i128) -> String {
    let size = unit::gib_unit(u64::try_from(bytes.unsigned_abs()).unwrap_or(u64::MAX));
    if bytes < 0 { format!("−{size}") } else { size }
}

/// Whether fewer pages are kept when not all can be found.
fn keep<'a>(is_on: bool) -> Element<'a, Message> {
    let words = text(t!("memory-keep-partial")).size(12).style(theme::muted).wrapping(text::Wrapping::None);
    let switch = switch(t!("memory-keep-partial"), is_on, 16.0, Some(Message::Partial(!is_on)));
    row![words, switch].spacing(space::S).align_y(Alignment::Center).into()
}
