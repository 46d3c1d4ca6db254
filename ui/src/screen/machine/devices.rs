//! What a machine has of its host: devices with their drivers, now and with each start.

use client::{
    HostDevice,
    device::{Attached, NetworkCard, short},
    settings::Settings,
    t,
};
use iced::{
    Alignment, Element, Length, Size,
    widget::{Column, Row, column, container, row, rule},
};

use super::{Message, others, wish};
use crate::{
    app::key_of,
    command::Command,
    component::{
        Button, Kind, badge, caps,
        device::{device_driver, device_icon, device_kind},
        thing::{self, Family},
    },
    font,
    icon::{self, Icon},
    screen::details::{Subject, Wish, can},
    theme::{self, Tokens, size, space},
    widget::{cut, text},
};

/// Below this width the column of drivers goes.
const NARROW: f32 = 820.0;
const ADDRESS: f32 = 72.0;
const DRIVER: f32 = 124.0;
const STANDING: f32 = 190.0;
const BUTTON: f32 = 112.0;

/// The tab.
pub(super) fn view<'a>(subject: &Subject<'a>, settings: &Settings, window: Size) -> Element<'a, Message> {
    let all = subject.machine.host_devices.as_deref().unwrap_or_default();
    let (rules, glass) = (others::rules(subject), others::glass(subject));
    let is_empty = all.is_empty() && rules.is_none();
    let hint = |words: String| text(words).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::subtle);
    let mut body = Column::new().spacing(space::M).padding(space::L);
    if is_empty {
        body = body.push(nothing(subject, settings));
    } else {
        let title = text(t!("machine-devices-head")).size(15).font(font::SEMIBOLD).width(Length::Fill);
        body = body.push(row![title, buttons(subject, settings)].align_y(Alignment::Center));
    }
    if !all.is_empty() {
        let is_wide = window.width >= NARROW;
        let mut list = Column::new().push(head(is_wide)).width(Length::Fill);
        for one in all {
            list = list.push(rule::horizontal(1).style(theme::container::line)).push(line(one, subject, is_wide));
        }
        body = body.push(container(list).width(Length::Fill).style(theme::container::card)).push(hint(t!("machine-devices-hint")));
    }
    super::filled(body.push(rules).push(glass).into())
}

/// An icon, a sentence, and what to do.
fn nothing<'a>(subject: &Subject<'a>, settings: &Settings) -> Element<'a, Message> {
    let words = text(t!("machine-devices-none", machine = subject.machine.label())).size(13).style(theme::muted).center();
    let content = column![icon::circuit_board().colour(28.0, |t| t.subtle), words, buttons(subject, settings)];
    let content = content.spacing(space::M).align_x(Alignment::Center).max_width(460);
    container(content).center_x(Length::Fill).padding([space::XXL, space::L]).into()
}

/// A PCI card, or what is none.
fn buttons<'a>(subject: &Subject<'a>, settings: &Settings) -> Element<'a, Message> {
    let press = can(subject, Command::AttachDevice).then_some(Message::Attach);
    let card = Button::new(Kind::Secondary, t!("machine-devices-attach")).icon(icon::plus()).id("machine-attach");
    let card = card.trailing(caps(&key_of(settings, Command::AttachDevice))).on_press_maybe(press);
    let has_other = Family::ALL.into_iter().any(|family| family.is_offered(&subject.host.others));
    let give = subject.host.is_live().then_some(Message::Give);
    let other = || Button::new(Kind::Secondary, t!("machine-devices-give")).icon(icon::usb()).id("machine-give").on_press_maybe(give);
    let screen = can(subject, Command::HandOver).then(|| {
        let label = t!("command-hand-over");
        Button::new(Kind::Secondary, label).icon(icon::monitor()).id("machine-hand-over").on_press(wish(Wish::Run(Command::HandOver)))
    });
    Row::new().push(screen).push(card).push(has_other.then(other)).spacing(space::S).wrap().into()
}

fn head<'a>(is_wide: bool) -> Element<'a, Message> {
    let cell = |key: &str, width: Length| {
        let words = text(t!(key)).size(11).font(font::SEMIBOLD).style(theme::subtle).wrapping(text::Wrapping::None);
        container(words).width(width)
    };
    Row::new()
        .push(cell("devices-column-address", Length::Fixed(ADDRESS)))
        .push(cell("devices-column-device", Length::Fill))
        .push(is_wide.then(|| cell("devices-column-driver", Length::Fixed(DRIVER))))
        .push(cell("machine-devices-when", Length::Fixed(STANDING)))
        .push(container(text("")).width(BUTTON))
        .spacing(space::S)
        .padding([0.0, space::L])
        .height(size::ROW_SMALL)
        .align_y(Alignment::Center)
        .into()
}

fn line<'a>(one: &'a Attached, subject: &Subject<'a>, is_wide: bool) -> Element<'a, Message> {
    let found = subject.host.devices.iter().find(|device| one.is_pci() && device.address == one.source);
    let thing = thing::found(&subject.host.others, one);
    let shape = thing.as_ref().map(|thing| thing.icon).unwrap_or_else(|| found.map_or_else(icon::circuit_board, device_icon));
    let place = thing.as_ref().map_or_else(|| short(&one.source).to_owned(), |thing| thing.place.clone());
    let address = cut(place).size(12.0, 18.0).font(font::MONO).colour(|t| t.muted).width(ADDRESS);
    let (name, below) = thing.map_or_else(|| named(one, found), |thing| (thing.label, thing.kind));
    let words = column![cut(name).font(font::MEDIUM), cut(below).size(12.0, 16.0).colour(|t| t.subtle)].width(Length::Fill);
    let driver = is_wide.then(|| container(found.map(device_driver)).width(DRIVER));
    // What only libvirt's own tools take away has no button.
    let message = match one.is_pci() {
        true => Some(Message::Detach(one.source.clone())),
        false => subject.host.others.gift(one).map(|_| Message::TakeBack(Box::new(one.clone()))),
    };
    let is_live = subject.host.is_live();
    let detach =
        |message: Message| Button::new(Kind::Secondary, t!("machine-devices-detach")).compact().on_press_maybe(is_live.then_some(message));
    let detach = container(message.map(detach)).width(BUTTON).align_x(Alignment::End);
    Row::new()
        .push(address)
        .push(row![shape.colour(16.0, |t| t.muted), words].spacing(space::S).align_y(Alignment::Center).width(Length::Fill))
        .push(driver)
        .push(container(standing(one)).width(STANDING))
        .push(detach)
        .spacing(space::S)
        .padding([0.0, space::L])
        .height(size::ROW)
        .align_y(Alignment::Center)
        .into()
}

/// What it is called and what it is, or what the definition says where the host does not know it.
fn named(one: &Attached, found: Option<&HostDevice>) -> (String, String) {
    match found {
        Some(device) => {
            let kind = one.card.as_ref().map_or_else(|| device_kind(device), card);
            (device.label(), if one.has_rom_file { [kind, t!("machine-devices-own-rom")].join(" · ") } else { kind })
        }
        None if one.is_pci() => (one.source.clone(), t!("machine-devices-unknown")),
        None => (if one.source.is_empty() { one.kind.clone() } else { one.source.clone() }, one.kind.to_uppercase()),
    }
}

/// What it is as a network card of the machine.
fn card(card: &NetworkCard) -> String {
    let vlan = if card.vlan == 0 { String::new() } else { t!("machine-devices-vlan", vlan = card.vlan.to_string()) };
    let parts = [t!("attach-as-card"), card.mac.clone(), vlan];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

type Pick = fn(&Tokens) -> iced::Color;

/// When it has it: a shape, a colour and a word each.
fn standing<'a>(one: &Attached) -> Element<'a, Message> {
    let (icon, words, soft, strong): (Icon, String, Pick, Pick) = match (one.is_live, one.is_configured) {
        (true, true) => (icon::circle_check(), t!("machine-devices-both"), |t| t.running_soft, |t| t.running),
        (true, false) => (icon::power(), t!("machine-devices-now"), |t| t.paused_soft, |t| t.paused),
        (false, true) => (icon::power(), t!("machine-devices-start"), |t| t.off_soft, |t| t.off),
        (false, false) => (icon::circle_alert(), t!("machine-devices-neither"), |t| t.off_soft, |t| t.off),
    };
    badge(icon, words, soft, strong)
}
