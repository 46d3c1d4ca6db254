//! The pane: what a device is, what the host and the machines do with it, and what can be done.

use client::{
    HostDevice,
    device::{FunctionSettings, Holder},
    settings::Settings,
    t, unit,
};
use iced::{
    Alignment, Element, Length, Padding,
    widget::{Column, column, container, row, rule, scrollable},
};

use super::{Devices, Message, claims::claims, line::machine};
use crate::{
    app::key_of,
    command::Command,
    component::{
        Button, Kind, caps,
        device::{device_driver, device_icon, device_link, device_reset, device_use},
        switch,
    },
    font, icon,
    model::HostModel,
    theme::{self, Tokens, size, space},
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
    pub(super) fn pane<'a>(&'a self, host: &'a HostModel, settings: &Settings) -> Element<'a, Message> {
        let content: Element<'a, Message> = match self.current() {
            Some(device) => self.one(device, host, settings),
            None => container(text(t!("devices-nothing-found")).size(13).style(theme::muted)).center(Length::Fill).into(),
        };
        let selected: Vec<&str> = self.pick.addresses().collect();
        let content = focus::pane("details", content).width(Length::Fill).height(Length::Fill);
        ground(content, |t| t.surface).as_one(stamp(&(selected, self.host.as_ref()))).into()
    }

    fn one<'a>(&'a self, device: &'a HostDevice, host: &'a HostModel, settings: &Settings) -> Element<'a, Message> {
        let mut body = Column::new().width(Length::Fill);
        body = body.push(container(facts(device)).padding([space::M, space::L]));
        body = body.push(separator()).push(section(t!("device-used-head"), uses(device)));
        if !device.machines.is_empty() {
            body = body.push(separator()).push(section(t!("device-machines-head"), claims(&device.machines, device.active_machine, host)));
        }
        if device.can_move {
            body = body.push(separator()).push(section(t!("device-start-head"), self.at_start(device, host)));
        }
        if let Some(parent) = self.current_parent(host) {
            body = body.push(separator()).push(section(t!("divide-head"), self.divide_row(parent, host)));
        }
        if let Some(settings) = self.settings_of(device) {
            body = body.push(separator()).push(section(t!("function-head"), function(settings, host.client.is_some())));
        }
        if device.can_move && device.maximum_functions > 0 {
            body = body.push(separator()).push(section(t!("device-functions-head"), self.functions_row(device, host)));
        }
        let body = scroll(scrollable(body).height(Length::Fill), PANE);
        column![self.title(device), separator(), body, separator(), self.foot(device, host, settings)].into()
    }

    fn title<'a>(&self, device: &HostDevice) -> Element<'a, Message> {
        let selected = self.selected().len();
        let below = match device.group {
            _ if selected > 1 => t!("devices-selected", count = selected),
            Some(number) => {
                let together = self.seen.iter().filter(|other| other.group == device.group && other.can_move).count();
                t!("device-together", number = number.to_string(), count = together)
            }
            None => t!("devices-no-group"),
        };
        let tile = container(device_icon(device).colour(20.0, |t| t.muted))
            .center(36)
            .style(theme::container::rounded(|t| if t.is_dark { t.raised } else { t.sunken }, size::RADIUS_L));
        let words = column![cut(device.label()).size(15.0, 20.0).font(font::SEMIBOLD), cut(below).size(12.0, 16.0).colour(|t| t.subtle)];
        let content = row![tile, words.width(Length::Fill)].spacing(space::M).align_y(Alignment::Center);
        container(content).padding(Padding::from([space::M, space::L])).into()
    }

    /// What can be done, and why not.
    fn foot<'a>(&self, device: &HostDevice, host: &HostModel, settings: &Settings) -> Element<'a, Message> {
        let count = self.selected().len();
        let is_on = host.is_live() || host.client.is_some();
        let why = self.why_not(device, host);
        let (label, press) = match device.holder() {
            Holder::Reserved | Holder::Machine(_) => {
                let label = if count > 1 { t!("device-give-back-many", count = count) } else { t!("device-give-back") };
                (label, self.can_give_back().then_some(Message::GiveBack))
            }
            Holder::Host | Holder::Idle => {
                let label = if count > 1 { t!("device-reserve-many", count = count) } else { t!("device-reserve") };
                (label, self.can_reserve().then_some(Message::Reserve))
            }
        };
        let press = press.filter(|_| is_on);
        let mut foot = Column::new().spacing(space::S).padding([space::M, space::L]).width(Length::Fill);
        foot = foot.push(why.map(|why| words(why, |t| t.subtle)));
        if device.can_move {
            let keys = press.is_some().then(|| caps(&key_of(settings, Command::Primary)));
            let mut button = Button::new(Kind::Primary, label).fill().id("device-primary").on_press_maybe(press);
            if let Some(keys) = keys {
                button = button.trailing(keys);
            }
            foot = foot.push(Element::from(button));
        }
        foot.push(self.attach_button(host, settings)).into()
    }

    /// Who shall have it, once it can go.
    fn attach_button<'a>(&self, host: &HostModel, settings: &Settings) -> Option<Element<'a, Message>> {
        let is_on = host.client.is_some() && self.can_attach(host);
        let keys = || caps(&key_of(settings, Command::AttachDevice));
        let button = || Button::new(Kind::Secondary, t!("device-attach")).fill().id("device-attach").trailing(keys());
        is_on.then(|| button().on_press(Message::Attach).into())
    }

    /// Whether it is reserved at each start: the switch leads to the plan, or forgets it at once, for that can be undone.
    fn at_start<'a>(&self, device: &HostDevice, host: &HostModel) -> Element<'a, Message> {
        let is_on = host.client.is_some();
        let press = is_on.then_some(if device.is_kept { Message::Forget } else { Message::Keep });
        let said = if device.is_kept { t!("device-start-kept") } else { t!("device-start-not") };
        let switch = switch(said.clone(), device.is_kept, 18.0, press).id("device-start");
        let plan = Button::new(Kind::Link, t!("device-keep")).line().on_press_maybe(is_on.then_some(Message::Keep));
        let words = column![text(said).size(13), plan].spacing(2).width(Length::Fill);
        row![words, switch].spacing(space::S).align_y(Alignment::Center).into()
    }

    fn why_not(&self, device: &HostDevice, host: &HostModel) -> Option<String> {
        match device.holder() {
            _ if device.is_fabric() => Some(t!("device-fabric-advice")),
            _ if device.group.is_none() => Some(t!("device-no-iommu-advice")),
            Holder::Machine(id) => Some(t!("device-machine-has-it", machine = machine(host, id))),
            _ => None,
        }
    }
}

fn separator<'a>() -> Element<'a, Message> {
    rule::horizontal(1).style(theme::container::line).into()
}

fn words<'a>(content: String, colour: fn(&Tokens) -> iced::Color) -> Element<'a, Message> {
    text(content).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::colour(colour)).into()
}

fn section<'a>(head: String, content: Element<'a, Message>) -> Element<'a, Message> {
    let head = text(head).size(11).font(font::SEMIBOLD).style(theme::subtle);
    container(column![head, content].spacing(6)).padding([space::M, space::L]).width(Length::Fill).into()
}

/// What it is, as labels and values.
fn facts<'a>(device: &HostDevice) -> Element<'a, Message> {
    let mut facts = vec![
        fact("device-fact-address", mono(device.address.clone())),
        fact("device-fact-ids", mono(device.ids_shown())),
        fact("device-fact-driver", device_driver(device)),
    ];
    if !device.subsystem_name.is_empty() {
        facts.push(fact("device-fact-card", value(device.subsystem_name.clone())));
    }
    facts.extend(device_link(device.link).map(|link| fact("device-fact-link", value(link))));
    let memory = device.windows.iter().map(|(_, bytes)| *bytes).max().filter(|bytes| *bytes >= 1 << 20);
    facts.extend(memory.map(|bytes| fact("device-fact-memory", value(unit::size(bytes)))));
    if !device.is_fabric() {
        let colour: fn(&Tokens) -> iced::Color = if device.resets.is_empty() { |t| t.paused } else { |t| t.text };
        let words = text(device_reset(device)).size(13).line_height(text::LineHeight::Absolute(18.into())).style(theme::colour(colour));
        facts.push(fact("device-fact-reset", words.into()));
    }
    facts.extend(device.node.map(|node| fact("device-fact-node", value(node.to_string()))));
    if device.maximum_functions > 0 {
        let words = t!("device-functions", count = device.functions.len(), most = device.maximum_functions);
        facts.push(fact("device-fact-functions", value(words)));
    }
    Column::with_children(facts).spacing(space::XS).width(Length::Fill).into()
}

fn fact<'a>(key: &str, value: Element<'a, Message>) -> Element<'a, Message> {
    let label = cut(t!(key)).size(12.0, 20.0).colour(|t| t.subtle).width(LABEL);
    row![label, container(value).width(Length::Fill).padding([1, 0])].spacing(space::S).into()
}

fn value<'a>(words: String) -> Element<'a, Message> {
    cut(words).into()
}

fn mono<'a>(words: String) -> Element<'a, Message> {
    cut(words).size(12.0, 18.0).font(font::MONO).into()
}

/// What a virtual function may, and the way to change it.
fn function<'a>(settings: &FunctionSettings, is_on: bool) -> Element<'a, Message> {
    let mut facts = vec![fact("function-mac", mono(settings.mac.clone()))];
    let vlan = if settings.vlan == 0 { t!("function-none") } else { settings.vlan.to_string() };
    facts.push(fact("function-vlan", value(vlan)));
    if settings.vlan > 0 && settings.vlan_qos > 0 {
        facts.push(fact("function-priority", value(settings.vlan_qos.to_string())));
    }
    if settings.min_rate > 0 {
        facts.push(fact("function-least-short", value(t!("other-speed", count = settings.min_rate))));
    }
    if settings.max_rate > 0 {
        facts.push(fact("function-most-short", value(t!("other-speed", count = settings.max_rate))));
    }
    let link = match settings.link_state.as_str() {
        "enable" => t!("function-link-enable"),
        "disable" => t!("function-link-disable"),
        _ => t!("function-link-auto"),
    };
    facts.push(fact("function-link", value(link)));
    if settings.is_trusted {
        facts.push(fact("function-rights", value(t!("function-trusted"))));
    }
    let plan = Button::new(Kind::Link, t!("function-settings")).line().on_press_maybe(is_on.then_some(Message::Settings));
    Column::with_children(facts).push(plan).spacing(space::XS).width(Length::Fill).into()
}

fn uses<'a>(device: &HostDevice) -> Element<'a, Message> {
    if device.uses.is_empty() {
        return words(t!("device-used-nothing"), |t| t.muted);
    }
    let row = |(word, name): &(String, String)| {
        let words = container(words(device_use(word, name), |t| t.text)).width(Length::Fill);
        row![container(icon::lock().colour(12.0, |t| t.paused)).padding([2, 0]), words].spacing(space::S).into()
    };
    Column::with_children(device.uses.iter().take(MOST).map(row)).spacing(space::XS).into()
}
