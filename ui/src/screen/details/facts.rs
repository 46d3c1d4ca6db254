//! What a machine is made of, as labels and values.

use client::{Condition, Machine, locale, t, unit};
use iced::{
    Alignment, Element, Length,
    widget::{Column, Row, Space, column, container, row},
};

use super::{Subject, Wish, can};
use crate::{
    command::Command,
    component::{Button, Kind, condition_colour, meter, skeleton, small_button, switch},
    font, icon,
    theme::{self, Tokens, space},
    widget::{cut, text},
};

/// A label and what it says.
pub struct Fact<'a> {
    /// What it is.
    pub label: String,
    /// What it is like.
    pub value: Element<'a, Wish>,
}

/// The height of a line of facts.
const LINE: f32 = 20.0;
/// More disks or cards than this are only counted.
const MOST: usize = 6;

/// All facts, in the order of the pane.
#[must_use]
pub fn all<'a>(subject: &Subject<'a>) -> Vec<Fact<'a>> {
    let machine = subject.machine;
    let (state, colour) = subject.state();
    let mut facts = vec![fact(t!("details-state"), cut(state).colour(colour))];
    let stopped = locale::stop(machine, subject.now);
    if !machine.is_active() && !stopped.is_empty() {
        let is_crash = machine.condition() == Condition::Crashed;
        facts.push(fact(t!("details-stopped"), words(stopped, if is_crash { condition_colour(Condition::Crashed) } else { |t| t.text })));
    }
    facts.push(fact(t!("details-processor"), cut(processor(machine))));
    facts.push(fact(t!("details-memory"), cut(memory(machine))));
    facts.extend(read(subject));
    facts.push(autostart(subject));
    if machine.is_locked {
        facts.push(Fact {
            label: t!("details-lock"),
            value: with_link(t!("details-locked"), t!("details-unlock"), subject, Command::UnlockMachine),
        });
    }
    facts
}

/// The facts as a table with labels of this width.
pub fn table<'a>(facts: Vec<Fact<'a>>, label: f32) -> Element<'a, Wish> {
    let line = |fact: Fact<'a>| {
        let label = cut(fact.label).size(12.0, LINE).colour(|t| t.subtle).width(label);
        row![label, container(fact.value).width(Length::Fill)].spacing(space::S).into()
    };
    Column::with_children(facts.into_iter().map(line)).spacing(space::XS).width(Length::Fill).into()
}

/// What has to be read first: grey bars until it is there.
fn read<'a>(subject: &Subject<'a>) -> Vec<Fact<'a>> {
    let Some(details) = subject.details else {
        let addresses = subject.machine.addresses.iter().map(|address| (String::new(), vec![bare(&address.address)])).collect();
        let known = networks(addresses);
        let bars = [("details-firmware", 96.0), ("details-disk", 132.0), ("details-network", 120.0), ("details-agent", 72.0)];
        let waits = |(key, width)| Fact {
            label: t!(key),
            value: if subject.is_slow { skeleton::bar(width, LINE) } else { Space::new().height(LINE).into() },
        };
        let waiting = subject.error.is_none().then(|| bars.map(waits)).into_iter().flatten();
        return waiting.chain(subject.error.and(known)).collect();
    };
    let mut facts = Vec::new();
    if !details.firmware.is_empty() {
        facts.push(fact(t!("details-firmware"), cut(firmware(details))));
    }
    facts.extend(disks(details));
    facts.extend(networks(cards(subject.machine, details)));
    facts.extend(displays(details));
    facts.push(agent(subject.machine, details));
    facts
}

fn fact<'a>(label: String, value: impl Into<Element<'a, Wish>>) -> Fact<'a> {
    Fact { label, value: container(value).center_y(Length::Shrink).padding([1, 0]).into() }
}

fn words<'a>(content: String, colour: fn(&Tokens) -> iced::Color) -> Element<'a, Wish> {
    text(content).size(13).line_height(text::LineHeight::Absolute(18.into())).style(theme::colour(colour)).into()
}

fn processor(machine: &Machine) -> String {
    if machine.maximum_vcpus > machine.vcpus {
        t!("details-processor-of", count = machine.vcpus, most = machine.maximum_vcpus)
    } else {
        t!("details-processor-value", count = machine.vcpus)
    }
}

fn memory(machine: &Machine) -> String {
    let now = unit::size(machine.memory);
    if machine.maximum_memory > machine.memory {
        t!("details-memory-of", now = now, most = unit::size(machine.maximum_memory))
    } else {
        now
    }
}

fn firmware(details: &client::Details) -> String {
    let mut parts = match details.firmware.as_str() {
        "bios" => vec!["BIOS".to_owned()],
        "uefi" => vec!["UEFI".to_owned()],
        "uefi-secure" => vec!["UEFI".to_owned(), "Secure Boot".to_owned()],
        other => vec![other.to_owned()],
    };
    if details.has_tpm {
        parts.push("TPM".to_owned());
    }
    parts.join(" · ")
}

fn disks<'a>(details: &client::Details) -> Option<Fact<'a>> {
    if details.disks.is_empty() {
        return Some(fact(t!("details-disk"), cut(t!("details-no-disk")).colour(|t| t.subtle)));
    }
    let is_one = details.disks.len() == 1;
    let lines = details.disks.iter().take(MOST).map(|(target, source, size, used)| {
        let file = source.rsplit('/').next().unwrap_or(source);
        let name = if is_one || file.is_empty() { file.to_owned() } else { format!("{target} · {file}") };
        let name = if file.is_empty() { t!("details-disk-empty", target = target.as_str()) } else { name };
        column![usage(*used, *size), cut(name).size(12.0, 16.0).colour(|t| t.subtle).middle()].spacing(1).into()
    });
    let mut lines: Vec<Element<'a, Wish>> = lines.collect();
    lines.extend(more(details.disks.len()));
    Some(Fact { label: t!("details-disk"), value: container(Column::with_children(lines).spacing(space::XS)).padding([1, 0]).into() })
}

/// `96.0 / 256 GiB` and a bar, as far as the figures are known.
fn usage<'a>(used: u64, size: u64) -> Element<'a, Wish> {
    if size == 0 {
        return cut(unit::NONE).into();
    }
    // What fills all of its room from the start says nothing by it.
    if used == 0 || used >= size {
        return cut(unit::size(size)).into();
    }
    #[allow(clippy::cast_precision_loss, reason = "a part")]
    let part = used as f32 / size as f32;
    let figures = text(unit::memory_pair(used, size)).size(13).wrapping(text::Wrapping::None);
    let colour: fn(&Tokens) -> iced::Color = |t| t.c1;
    row![figures, container(meter(part, 64.0, colour)).center_y(18)].spacing(space::S).height(18).into()
}

/// A card: what it is connected to, and its addresses.
type Card = (String, Vec<String>);

fn cards(machine: &Machine, details: &client::Details) -> Vec<Card> {
    let of = |mac: &str| {
        machine.addresses.iter().filter(|address| address.mac.eq_ignore_ascii_case(mac)).map(|address| bare(&address.address)).collect()
    };
    let mut cards: Vec<Card> = details.networks.iter().map(|(mac, source)| (source.clone(), of(mac))).collect();
    let is_known = |mac: &str| details.networks.iter().any(|(known, _)| known.eq_ignore_ascii_case(mac));
    let others: Vec<String> =
        machine.addresses.iter().filter(|address| !is_known(&address.mac)).map(|address| bare(&address.address)).collect();
    if !others.is_empty() {
        // Without hardware address it is most likely the only card's.
        match cards.as_mut_slice() {
            [(_, addresses)] => addresses.extend(others),
            _ => cards.push((String::new(), others)),
        }
    }
    cards
}

/// An address without the length of its prefix.
fn bare(address: &str) -> String {
    address.split('/').next().unwrap_or(address).to_owned()
}

fn networks<'a>(cards: Vec<Card>) -> Option<Fact<'a>> {
    if cards.is_empty() {
        return None;
    }
    let count = cards.len();
    let mut lines: Vec<Element<'a, Wish>> = Vec::new();
    for (source, addresses) in cards.into_iter().take(MOST) {
        if !source.is_empty() {
            lines.push(cut(source).into());
        }
        lines.extend(addresses.into_iter().take(MOST).map(address));
    }
    lines.extend(more(count));
    Some(Fact { label: t!("details-network"), value: container(Column::with_children(lines).spacing(2)).padding([1, 0]).into() })
}

fn address<'a>(address: String) -> Element<'a, Wish> {
    let shown = cut(address.clone()).size(12.0, 20.0).font(font::MONO).middle().width(Length::Shrink);
    let copy = small_button(icon::copy(), t!("details-copy", text = address.as_str()), Wish::Copy(address));
    row![container(shown).clip(true), copy].spacing(space::XS).align_y(Alignment::Center).into()
}

fn displays<'a>(details: &client::Details) -> Option<Fact<'a>> {
    if details.displays.is_empty() {
        return None;
    }
    let lines = details.displays.iter().take(MOST).map(|(kind, listens)| {
        let name = kind.to_uppercase();
        let (words, is_public) = match listens.as_str() {
            "" => (name, false),
            "127.0.0.1" | "::1" | "localhost" => (t!("details-display-here", kind = name), false),
            "0.0.0.0" | "::" => (t!("details-display-all", kind = name), true),
            other => (t!("details-display-at", kind = name, address = other), false),
        };
        if is_public {
            let mark = container(icon::triangle_alert().colour(14.0, |t| t.paused)).center_y(18);
            row![mark, self::words(words, |t| t.paused)].spacing(6).into()
        } else {
            self::words(words, |t| t.text)
        }
    });
    Some(fact(t!("details-display"), Column::with_children(lines).spacing(2)))
}

fn agent<'a>(machine: &Machine, details: &client::Details) -> Fact<'a> {
    let value: Element<'a, Wish> = match details.guest_agent {
        Some(true) => {
            row![container(icon::circle_check().colour(14.0, |t| t.running)).center_y(18), cut(t!("details-agent-on"))].spacing(6).into()
        }
        Some(false) if machine.is_active() => cut(t!("details-agent-silent")).colour(|t| t.subtle).into(),
        Some(false) => cut(t!("details-agent-off")).colour(|t| t.subtle).into(),
        None => cut(t!("details-agent-none")).colour(|t| t.subtle).into(),
    };
    fact(t!("details-agent"), value)
}

fn autostart<'a>(subject: &Subject<'a>) -> Fact<'a> {
    let is_on = subject.machine.autostart;
    let wish = can(subject, Command::ToggleAutostart).then_some(Wish::Run(Command::ToggleAutostart));
    let switch = switch(t!("details-autostart"), is_on, 18.0, wish);
    let word = if is_on { t!("details-autostart-on") } else { t!("details-autostart-off") };
    Fact { label: t!("details-autostart"), value: row![switch, cut(word)].spacing(space::S).height(LINE).align_y(Alignment::Center).into() }
}

/// Words with a link behind them, for a command.
pub(super) fn with_link<'a>(words: String, link: String, subject: &Subject<'_>, command: Command) -> Element<'a, Wish> {
    let wish = can(subject, command).then_some(Wish::Run(command));
    let link = Button::new(Kind::Link, link).line().on_press_maybe(wish);
    Row::with_children([cut(words).width(Length::Shrink).into(), link.into()]).spacing(space::XS).align_y(Alignment::Center).into()
}

fn more<'a>(count: usize) -> Option<Element<'a, Wish>> {
    (count > MOST).then(|| cut(t!("details-more", count = count - MOST)).size(12.0, 16.0).colour(|t| t.subtle).into())
}
