//! The pane: what it is, what the host and the machines do with it, and what can be done.

use client::{settings::Settings, t};
use iced::{
    Alignment, Element, Length, Padding,
    widget::{Column, column, container, row, rule, scrollable},
};

use super::{Devices, Message};
use crate::{
    app::key_of,
    command::Command,
    component::{Button, Kind, caps, thing::Thing},
    font, icon,
    model::HostModel,
    screen::devices::{claims::claims, line::machine},
    theme::{self, size, space},
    widget::{
        cut, focus, ground,
        ground::stamp,
        scroll::{PANE, scroll},
        text,
    },
};

/// Width of the labels of facts.
const LABEL: f32 = 84.0;
/// More uses than this are not listed.
const MOST: usize = 8;

impl Devices {
    pub(in crate::screen::devices) fn other_pane<'a>(&'a self, host: &'a HostModel, settings: &Settings) -> Element<'a, Message> {
        let content: Element<'a, Message> = match self.others.current() {
            Some(thing) => self.other_one(thing, host, settings),
            // The list says that there is nothing.
            None => iced::widget::Space::new().into(),
        };
        let content = focus::pane("details", content).width(Length::Fill).height(Length::Fill);
        ground(content, |t| t.surface).as_one(stamp(&(self.others.family, &self.others.current, self.host.as_ref()))).into()
    }

    fn other_one<'a>(&'a self, thing: &'a Thing, host: &'a HostModel, settings: &Settings) -> Element<'a, Message> {
        let mut body = Column::new().width(Length::Fill);
        body = body.push(container(facts(thing)).padding([space::M, space::L]));
        if thing.gift.is_some() {
            body = body.push(separator()).push(section(t!("device-used-head"), uses(thing)));
        }
        if let Some(part) = self.current_part(host) {
            body = body.push(separator()).push(section(t!("device-start-head"), self.part_row(part, host)));
        }
        if !thing.machines.is_empty() {
            body = body.push(separator()).push(section(t!("device-machines-head"), claims(&thing.machines, thing.active_machine, host)));
        }
        let body = scroll(scrollable(body).height(Length::Fill), PANE);
        let foot = self.other_foot(thing, host, settings);
        column![title(thing), separator(), body, separator(), foot].into()
    }

    /// What can be done, and why not.
    fn other_foot<'a>(&self, thing: &Thing, host: &HostModel, settings: &Settings) -> Element<'a, Message> {
        let mut foot = Column::new().spacing(space::S).padding([space::M, space::L]).width(Length::Fill);
        if thing.gift.is_none() {
            return foot.push(self.divide_button(host, settings)).into();
        }
        if let Some(id) = thing.active_machine {
            foot = foot.push(words(t!("other-machine-has-it", machine = machine(host, id))));
        }
        let press = self.can_give(host).then_some(Message::Attach);
        let keys = press.is_some().then(|| caps(&key_of(settings, Command::Primary)));
        let mut button = Button::new(Kind::Primary, t!("device-attach")).fill().id("device-attach").on_press_maybe(press);
        if let Some(keys) = keys {
            button = button.trailing(keys);
        }
        foot.push(Element::from(button)).into()
    }
}

impl Devices {
    /// The way to a part of a card; where there is none, who makes them.
    fn divide_button<'a>(&self, host: &HostModel, settings: &Settings) -> Element<'a, Message> {
        if self.current_parent(host).is_none() {
            return words(t!("other-parent-advice"));
        }
        let button = Button::new(Kind::Primary, t!("divide-plan")).fill().id("divide-plan");
        let button = button.on_press_maybe(host.client.is_some().then_some(Message::Divide));
        if host.client.is_some() { button.trailing(caps(&key_of(settings, Command::Primary))).into() } else { button.into() }
    }
}

fn separator<'a>() -> Element<'a, Message> {
    rule::horizontal(1).style(theme::container::line).into()
}

fn words<'a>(content: String) -> Element<'a, Message> {
    text(content).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::subtle).into()
}

fn section<'a>(head: String, content: Element<'a, Message>) -> Element<'a, Message> {
    let head = text(head).size(11).font(font::SEMIBOLD).style(theme::subtle);
    container(column![head, content].spacing(6)).padding([space::M, space::L]).width(Length::Fill).into()
}

fn title<'a>(thing: &Thing) -> Element<'a, Message> {
    let tile = container(thing.icon.colour(20.0, |t| t.muted))
        .center(36)
        .style(theme::container::rounded(|t| if t.is_dark { t.raised } else { t.sunken }, size::RADIUS_L));
    let below = cut(thing.kind.clone()).size(12.0, 16.0).colour(|t| t.subtle);
    let words = column![cut(thing.label.clone()).size(15.0, 20.0).font(font::SEMIBOLD), below];
    let content = row![tile, words.width(Length::Fill)].spacing(space::M).align_y(Alignment::Center);
    container(content).padding(Padding::from([space::M, space::L])).into()
}

/// What it is, as labels and values; what is long goes on in the next line.
fn facts<'a>(thing: &'a Thing) -> Element<'a, Message> {
    let fact = |(key, value): &'a (&'static str, String)| {
        let label = cut(t!(key)).size(12.0, 20.0).colour(|t| t.subtle).width(LABEL);
        let value = text(value.as_str()).size(13).line_height(text::LineHeight::Absolute(18.into())).wrapping(text::Wrapping::WordOrGlyph);
        row![label, container(value).width(Length::Fill).padding([1, 0])].spacing(space::S).into()
    };
    Column::with_children(thing.facts.iter().map(fact)).spacing(space::XS).width(Length::Fill).into()
}

fn uses<'a>(thing: &Thing) -> Element<'a, Message> {
    if thing.uses.is_empty() {
        return words(t!("device-used-nothing"));
    }
    let row = |sentence: String| {
        let words = text(sentence).size(12).line_height(text::LineHeight::Absolute(16.into())).width(Length::Fill);
        row![container(icon::lock().colour(12.0, |t| t.paused)).padding([2, 0]), words].spacing(space::S).into()
    };
    Column::with_children(thing.uses_shown().take(MOST).map(row)).spacing(space::XS).into()
}
