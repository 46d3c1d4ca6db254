//! A NUMA node: what its memory is used for, and its pages of each size.

use client::{
    hugepages::{HugePages, Pool},
    t,
    topology::{Node, ranges},
    tuning::AtBoot,
    unit,
};
use iced::{
    Alignment, Background, Border, Color, Element, Length, Theme,
    keyboard::{Key, key::Named},
    widget::{Column, Row, Space, button, column, container, row, rule, slider, text_input},
};

use super::{
    Message, Screen,
    draft::{Range, Refusal, Spot},
    view::NARROW,
};
use crate::{
    component::switch,
    font, icon,
    model::HostModel,
    theme::{self, Tokens, size, space, tokens},
    widget::{Role, Said, cut, direction, focusable, spoken, text},
};

type Pick = fn(&Tokens) -> Color;

const TAKEN: Pick = |t| t.control;
const USED: Pick = |t| t.c1;
const FREE: Pick = |t| t.c3;
const PLANNED: Pick = |t| t.c2;
const EMPTY: Pick = |t| t.track;

/// Widths of the columns: size of a page, buttons and number, memory.
const SIZE: f32 = 76.0;
const NUMBER: f32 = 132.0;
const MEMORY: f32 = 84.0;
const BOOT: f32 = 92.0;

pub(super) fn view<'a>(screen: &'a Screen, host: &'a HostModel, pages: &'a HugePages, node: &'a Node, width: f32) -> Element<'a, Message> {
    let pools: Vec<&Pool> = pages.pools.iter().filter(|pool| pool.node == node.number).collect();
    let shares = shares(screen, &pools, node);
    let mut card = column![head(node, &shares, width), rule::horizontal(1).style(theme::container::line)];
    card = card.push(container(stack(&shares, 12.0)).padding([space::M, space::L]));
    if !pools.is_empty() {
        card = card.push(columns(host.at_boot.is_some()));
    }
    for pool in pools {
        card = card.push(rule::horizontal(1).style(theme::container::line)).push(line(screen, host, pages, pool));
    }
    // The edge of the card stays free.
    container(card).padding(1).width(Length::Fill).style(theme::container::card).into()
}

/// A part of a node's memory: its word, bytes, colour.
struct Share {
    key: &'static str,
    bytes: u64,
    colour: Pick,
}

fn shares(screen: &Screen, pools: &[&Pool], node: &Node) -> Vec<Share> {
    let sum = |of: &dyn Fn(&Pool) -> u64| pools.iter().map(|pool| of(pool).saturating_mul(pool.page_size)).fold(0, u64::saturating_add);
    let reserved = sum(&|pool| pool.total);
    let free_pages = sum(&|pool| pool.free.min(screen.draft.wanted(pool).saturating_sub(pool.total.saturating_sub(pool.free))));
    let planned = sum(&|pool| screen.draft.wanted(pool).saturating_sub(pool.total)).min(node.memory);
    let back = sum(&|pool| pool.total.saturating_sub(screen.draft.wanted(pool)));
    let used = reserved.saturating_sub(sum(&|pool| pool.free));
    let others = node.memory.saturating_sub(reserved).saturating_sub(node.free);
    // What is free of a node is free of caches, too, which give way: more can be planned than holds nothing now.
    let free = (node.free + back).saturating_sub(planned);
    vec![
        Share { key: "memory-share-other", bytes: others.saturating_sub(planned.saturating_sub(node.free + back)), colour: TAKEN },
        Share { key: "memory-share-used", bytes: used, colour: USED },
        Share { key: "memory-share-pages", bytes: free_pages, colour: FREE },
        Share { key: "memory-share-planned", bytes: planned, colour: PLANNED },
        Share { key: "memory-share-free", bytes: free, colour: EMPTY },
    ]
}

fn head<'a>(node: &Node, shares: &[Share], width: f32) -> Element<'a, Message> {
    let cpus = if node.cpus.is_empty() { t!("memory-no-cpus") } else { t!("memory-cpus", cpus = ranges(&node.cpus)) };
    let name = text(t!("memory-node", node = node.number)).size(13).font(font::SEMIBOLD).wrapping(text::Wrapping::None);
    let mut line = row![icon::cpu().muted(16.0), name, cut(cpus).colour(|t| t.subtle).width(Length::Fill)]
        .spacing(space::S)
        .align_y(Alignment::Center)
        .height(size::BAR);
    let shown = shares.iter().filter(|share| share.bytes > 0 && (width >= NARROW || !matches!(share.key, "memory-share-other")));
    for share in shown {
        let dot = container(Space::new().width(10).height(10)).style(theme::container::rounded(share.colour, 2.0));
        let words = format!("{} {}", t!(share.key), unit::gib_unit(share.bytes));
        let words = text(words).size(12).style(theme::muted).wrapping(text::Wrapping::None);
        line = line.push(row![dot, words].spacing(6).align_y(Alignment::Center)).push(Space::new().width(space::XS));
    }
    container(line).padding([0.0, space::L]).width(Length::Fill).style(head_style).into()
}

fn head_style(theme: &Theme) -> container::Style {
    let border = Border { radius: iced::border::top(size::RADIUS_L - 1.0), ..Border::default() };
    container::Style { background: Some(Background::Color(tokens(theme).sunken)), border, ..container::Style::default() }
}

/// A bar of several parts.
fn stack<'a>(shares: &[Share], height: f32) -> Element<'a, Message> {
    let total = shares.iter().map(|share| share.bytes).fold(0, u64::saturating_add).max(1);
    let parts = shares.iter().filter_map(|share| {
        let portion = u16::try_from(u128::from(share.bytes) * 2000 / u128::from(total)).unwrap_or(u16::MAX);
        let colour = share.colour;
        let part = container(Space::new().width(Length::Fill).height(height)).style(theme::container::fill(colour));
        (portion > 0).then(|| part.width(Length::FillPortion(portion)).into())
    });
    container(Row::with_children(parts).spacing(1)).width(Length::Fill).height(height).clip(true).into()
}

fn columns<'a>(tells_boot: bool) -> Element<'a, Message> {
    let head = |key: &str, width: Length| text(t!(key)).size(11).font(font::SEMIBOLD).style(theme::subtle).width(width).into();
    let heads: [Element<'a, Message>; 5] = [
        head("memory-column-size", SIZE.into()),
        head("memory-column-use", Length::FillPortion(5)),
        head("memory-column-reserve", Length::FillPortion(4)),
        head("memory-column-count", NUMBER.into()),
        head("memory-column-memory", MEMORY.into()),
    ];
    let boot = tells_boot.then(|| head("memory-column-boot", BOOT.into()));
    container(Row::with_children(heads).push(boot).spacing(space::L)).padding([space::XS, space::L]).into()
}

fn line<'a>(screen: &'a Screen, host: &'a HostModel, pages: &'a HugePages, pool: &'a Pool) -> Element<'a, Message> {
    let (wanted, range) = (screen.draft.wanted(pool), screen.draft.range(pages, pool));
    let is_changed = wanted != pool.total;
    let mut size = row![text(unit::size(pool.page_size)).size(13).font(font::SEMIBOLD).wrapping(text::Wrapping::None)]
        .spacing(6)
        .align_y(Alignment::Center);
    if is_changed {
        size = size.push(container(Space::new().width(7).height(7)).style(theme::container::rounded(|t| t.paused, 3.5)));
    }
    // Until the service has said what is possible nothing can be moved, and nothing is said.
    let is_known = screen.draft.plans.contains_key(&Spot::of(pool));
    let can = super::can_change(host) && screen.queue.is_empty() && is_known;
    let refusal = screen.draft.changes(pages).into_iter().find(|change| change.spot == Spot::of(pool)).and_then(|change| change.refusal);
    let cells: [Element<'a, Message>; 5] = [
        container(size).width(SIZE).into(),
        container(usage(pool, wanted)).width(Length::FillPortion(5)).into(),
        container(reserve(pool, wanted, range, can)).width(Length::FillPortion(4)).into(),
        container(number(screen, pool, wanted, range, refusal.is_some(), can)).width(NUMBER).into(),
        container(cut(memory(wanted.saturating_mul(pool.page_size))).width(Length::Fill)).width(MEMORY).into(),
    ];
    let boot =
        host.at_boot.as_deref().map(|at_boot| at_each_start(screen, at_boot, pool, super::can_change(host) && screen.queue.is_empty()));
    let line = Row::with_children(cells).push(boot).spacing(space::L).align_y(Alignment::Center);
    let mut all = Column::new().push(line).spacing(space::XS);
    if let Some(words) = refusal.and_then(|refusal| said(refusal, pool, pages)) {
        let mark = icon::circle_alert().colour(14.0, |t| t.crashed);
        all = all.push(row![mark, text(words).size(12).style(theme::danger)].spacing(6).align_y(Alignment::Center));
    }
    let line = container(all).padding([space::S, space::L]).width(Length::Fill);
    if is_changed { line.style(theme::container::rounded(|t| t.paused_soft, size::RADIUS)).into() } else { line.into() }
}

/// Whether they are there at each start, and how many.
fn at_each_start<'a>(screen: &Screen, at_boot: &AtBoot, pool: &Pool, can: bool) -> Element<'a, Message> {
    let (spot, count) = (Spot::of(pool), screen.draft.at_boot(at_boot, pool));
    // None at each start is the same as not.
    let message = (can && (count > 0 || screen.draft.wanted(pool) > 0)).then_some(Message::AtBoot(spot, count == 0));
    let words = if count > 0 { unit::count(count) } else { t!("memory-boot-no") };
    let mut line = row![switch(None, count > 0, 16.0, message), cut(words).size(12.0, 16.0).colour(|t| t.muted)];
    if count != at_boot.count(pool.page_size, Some(pool.node)) {
        line = line.push(container(Space::new().width(7).height(7)).style(theme::container::rounded(|t| t.paused, 3.5)));
    }
    let label = t!("memory-boot-switch", size = unit::size(pool.page_size), node = pool.node);
    let line = container(line.spacing(6).align_y(Alignment::Center)).width(BOOT);
    crate::component::control::with_tip(line, label, None, iced::widget::tooltip::Position::Top)
}

fn memory(bytes: u64) -> String {
    if bytes == 0 { "0".to_owned() } else { unit::size(bytes) }
}

/// Why there cannot be as many, in a sentence.
fn said(refusal: Refusal, pool: &Pool, pages: &HugePages) -> Option<String> {
    match refusal {
        Refusal::InUse(least) => Some(t!("memory-refused-use", least = unit::count(least))),
        Refusal::TooMany(most) => Some(t!(
            "memory-refused-floor",
            most = unit::count(most.saturating_sub(pool.total)),
            floor = unit::gib_unit(pages.floor),
            node = pool.node
        )),
        Refusal::Unknown => None,
    }
}

/// How the pages are used, as a bar and in words.
fn usage<'a>(pool: &Pool, wanted: u64) -> Element<'a, Message> {
    let used = pool.total.saturating_sub(pool.free);
    let planned = wanted.saturating_sub(pool.total);
    let shares = [
        Share { key: "", bytes: used, colour: USED },
        Share { key: "", bytes: pool.free.min(wanted.saturating_sub(used)), colour: FREE },
        Share { key: "", bytes: planned, colour: PLANNED },
        Share { key: "", bytes: pool.total.saturating_sub(wanted).min(pool.free), colour: EMPTY },
    ];
    let words = if pool.total == 0 && planned == 0 {
        t!("memory-pages-none")
    } else if planned > 0 {
        t!("memory-pages-planned", used = unit::count(used), free = unit::count(pool.free), planned = unit::count(planned))
    } else if wanted < pool.total {
        t!("memory-pages-back", used = unit::count(used), back = unit::count(pool.total - wanted))
    } else {
        t!("memory-pages", used = unit::count(used), free = unit::count(pool.free), total = unit::count(pool.total))
    };
    let bar: Element<'a, Message> = if shares.iter().all(|share| share.bytes == 0) {
        stack(&[Share { key: "", bytes: 1, colour: EMPTY }], 6.0)
    } else {
        stack(&shares, 6.0)
    };
    column![bar, cut(words).size(11.0, 14.0).colour(|t| t.muted)].spacing(5).into()
}

/// A slider between what is in use and what can be had.
fn reserve<'a>(pool: &Pool, wanted: u64, range: Range, can: bool) -> Element<'a, Message> {
    if !can || range.least == range.most {
        return text(if can { t!("memory-fixed") } else { String::new() }).size(12).style(theme::subtle).into();
    }
    let spot = Spot::of(pool);
    // iced's slider has its least value at the left.
    let turned =
        move |count: u64| if direction::is_mirrored() { range.least + range.most - count.clamp(range.least, range.most) } else { count };
    let moved = move |value| Message::Want(spot, turned(whole(value)));
    let slide =
        slider(float(range.least)..=float(range.most), float(turned(wanted)), moved).step(1.0).height(18).style(theme::input::slide);
    let page = (1_u64 << 30) / pool.page_size.max(1);
    let keys = move |key: &Key, modifiers: iced::keyboard::Modifiers| {
        let Key::Named(named) = key else { return None };
        let by = |count: u64, up: bool| if up { wanted.saturating_add(count) } else { wanted.saturating_sub(count) };
        let to = match named {
            _ if !modifiers.is_empty() => return None,
            Named::ArrowUp => by(1, true),
            Named::ArrowDown => by(1, false),
            Named::ArrowRight | Named::ArrowLeft => by(1, direction::onwards(key)?),
            Named::PageUp => by(page.max(4), true),
            Named::PageDown => by(page.max(4), false),
            Named::Home => range.least,
            Named::End => range.most,
            _ => return None,
        };
        Some(Message::Want(spot, to.clamp(range.least, range.most)))
    };
    let name = t!("speech-pages", size = unit::size(pool.page_size), node = pool.node);
    let said = move || Said::named(Role::Slider, name.as_str()).value(float(wanted), float(range.least), float(range.most));
    focusable(slide).on_key(keys).say(said).into()
}

/// Less, the number, more.
fn number<'a>(screen: &'a Screen, pool: &Pool, wanted: u64, range: Range, is_wrong: bool, can: bool) -> Element<'a, Message> {
    let spot = Spot::of(pool);
    let step = |icon: icon::Icon, key: &str, to: u64| {
        let message = (can && to != wanted && (range.least..=range.most).contains(&to)).then_some(Message::Want(spot, to));
        let colour: Pick = if message.is_some() { |t| t.muted } else { |t| t.disabled };
        let press = button(container(icon.colour(14.0, colour)).center(Length::Fill))
            .padding(0)
            .width(26)
            .height(size::COMPACT)
            .style(theme::button::secondary)
            .on_press_maybe(message.clone());
        let size = unit::size(pool.page_size);
        let label = t!(key, size = size, node = pool.node);
        crate::component::control::with_tip(
            focusable(press).inside().on_press_maybe(message),
            label,
            None,
            iced::widget::tooltip::Position::Top,
        )
    };
    let shown = match &screen.typed {
        Some((typed, text)) if *typed == spot => text.clone(),
        _ => wanted.to_string(),
    };
    let mut field = text_input("0", &shown)
        .size(13)
        .padding([4.0, 6.0])
        .align_x(Alignment::Center)
        .width(Length::Fill)
        .style(if is_wrong { theme::input::field_error } else { theme::input::field });
    if can {
        field = field.on_input(move |text| Message::Type(spot, text));
    }
    let less = step(icon::minus(), "memory-less", wanted.saturating_sub(1));
    let more = step(icon::plus(), "memory-more", wanted.saturating_add(1));
    let name = t!("speech-pages", size = unit::size(pool.page_size), node = pool.node);
    let field = spoken(field, move || Said::named(Role::Field, name.as_str()).text(shown.as_str()));
    row![less, field, more].spacing(2).align_y(Alignment::Center).into()
}

/// Counts of pages are far below what is exact.
#[expect(clippy::cast_precision_loss, reason = "see above")]
const fn float(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a slider stays between two counts")]
fn whole(value: f64) -> u64 {
    value.round() as u64
}
