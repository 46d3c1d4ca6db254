//! What a machine has of its host: devices with their drivers, now and with each start.

use client::{
    HostDevice,
    device::{Attached, short},
    settings::Settings,
    t,
};
use iced::{
    Alignment, Element, Length, Size,
    widget::{Column, Row, column, container, row, rule, text},
};

use super::Message;
use crate::{
    app::key_of,
    command::Command,
    component::{
        Button, Kind, badge, caps,
        device::{device_driver, device_icon, device_kind},
    },
    font,
    icon::{self, Icon},
    screen::details::{Subject, can},
    theme::{self, Tokens, size, space},
    widget::cut,
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
    if all.is_empty() {
        return nothing(subject, settings);
    }
    let is_wide = window.width >= NARROW;
    let mut list = Column::new().push(head(is_wide)).width(Length::Fill);
    for one in all {
        list = list.push(rule::horizontal(1).style(theme::container::line)).push(line(one, subject, is_wide));
    }
    let list = container(list).width(Length::Fill).style(theme::container::card);
    let title = row![text(t!("machine-devices-head")).size(15).font(font::SEMIBOLD).width(Length::Fill), attach(subject, settings)];
    let hint = text(t!("machine-devices-hint")).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::subtle);
    let body = column![title.align_y(Alignment::Center), list, hint].spacing(space::M).padding(space::L);
    super::scroll(body.into())
}

/// An icon, a sentence, and what to do.
fn nothing<'a>(subject: &Subject<'a>, settings: &Settings) -> Element<'a, Message> {
    let words = text(t!("machine-devices-none", machine = subject.machine.label())).size(13).style(theme::muted).center();
    let content = column![icon::circuit_board().colour(28.0, |t| t.subtle), words, attach(subject, settings)];
    container(content.spacing(space::M).align_x(Alignment::Center).max_width(460)).center(Length::Fill).padding(space::L).into()
}

fn attach<'a>(subject: &Subject<'a>, settings: &Settings) -> Element<'a, Message> {
    let press = can(subject, Command::AttachDevice).then_some(Message::Attach);
    let button = Button::new(Kind::Secondary, t!("machine-devices-attach")).icon(icon::plus()).id("machine-attach");
    button.trailing(caps(&key_of(settings, Command::AttachDevice))).on_press_maybe(press).into()
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
    let shape = found.map_or_else(icon::circuit_board, device_icon);
    let address = cut(short(&one.source)).size(12.0, 18.0).font(font::MONO).colour(|t| t.muted).width(ADDRESS);
    let (name, below) = named(one, found);
    let words = column![cut(name).font(font::MEDIUM), cut(below).size(12.0, 16.0).colour(|t| t.subtle)].width(Length::Fill);
    let driver = is_wide.then(|| container(found.map(device_driver)).width(DRIVER));
    let is_on = subject.host.is_live() && one.is_pci();
    let detach = Button::new(Kind::Secondary, t!("machine-devices-detach")).compact();
    let detach = detach.on_press_maybe(is_on.then(|| Message::Detach(one.source.clone())));
    // What only libvirt's own tools take away has no button.
    let detach = container(one.is_pci().then_some(detach)).width(BUTTON).align_x(Alignment::End);
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
        Some(device) => (device.label(), device_kind(device)),
        None if one.is_pci() => (one.source.clone(), t!("machine-devices-unknown")),
        None => (if one.source.is_empty() { one.kind.clone() } else { one.source.clone() }, one.kind.to_uppercase()),
    }
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
