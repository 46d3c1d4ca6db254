//! How many virtual functions a card shall have: a number with its limit, and what became of it.

use client::{Error, ErrorKind, HostDevice, locale, t};
use iced::{
    Alignment, Element, Length,
    widget::{Column, button, container, row},
};

use super::{Devices, Message};
use crate::{
    action::{Action, Call, DeviceChange, Done},
    component::{Button, Kind, control::with_tip, device::refusal, note, note::Weight},
    font,
    icon::{self, Icon},
    model::HostModel,
    theme::{self, Tokens, size, space},
    widget::{focusable, text},
};

/// What is wanted of one card.
#[derive(Debug, Default)]
pub(super) struct Functions {
    /// The card, and the number that was chosen.
    wanted: Option<(String, u32)>,
    /// The call that is under way.
    call: Option<Call>,
    /// What went wrong, and with which card.
    error: Option<(String, Error)>,
}

impl Functions {
    /// The number for this card: that which was chosen, else what it has.
    pub fn wanted(&self, device: &HostDevice) -> u32 {
        let chosen = self.wanted.as_ref().filter(|(address, _)| *address == device.address).map(|(_, count)| *count);
        chosen.unwrap_or_else(|| has(device)).min(device.maximum_functions)
    }

    pub fn choose(&mut self, device: &HostDevice, count: u32) {
        self.wanted = Some((device.address.clone(), count.min(device.maximum_functions)));
        self.error = None;
    }

    /// The call for what was chosen; `None` if it is so already or something is under way.
    fn apply(&mut self, host: &str, device: &HostDevice) -> Option<Call> {
        let wanted = self.wanted(device);
        if self.call.is_some() || wanted == has(device) {
            return None;
        }
        let call = Call::Device(host.into(), DeviceChange::Functions(device.address.clone(), wanted));
        (self.call, self.error) = (Some(call.clone()), None);
        Some(call)
    }

    /// A call ended; `None` if it was not made here.
    pub fn done(&mut self, done: &Done) -> Option<Action> {
        if self.call.as_ref() != Some(&done.call) {
            return None;
        }
        self.call = None;
        let Call::Device(_, DeviceChange::Functions(address, _)) = &done.call else { return None };
        let failed = done.results.iter().find_map(|(_, result)| result.as_ref().err());
        match failed {
            // Who closed the prompt knows it.
            Some(error) if !error.is_dismissed() => self.error = Some((address.clone(), error.clone())),
            Some(_) => {}
            None => self.wanted = None,
        }
        Some(Action::None)
    }
}

fn has(device: &HostDevice) -> u32 {
    u32::try_from(device.functions.len()).unwrap_or(u32::MAX)
}

impl Devices {
    pub(super) fn apply_functions(&mut self) -> Action {
        let (Some(host), Some(device)) = (self.host.clone(), self.current().cloned()) else { return Action::None };
        self.functions.apply(&host, &device).map_or(Action::None, Action::Call)
    }

    pub(super) fn choose_functions(&mut self, count: u32) -> Action {
        if let Some(device) = self.current().cloned() {
            self.functions.choose(&device, count);
        }
        Action::None
    }

    /// The number with its limit, and the button that makes it so.
    pub(super) fn functions_row<'a>(&'a self, device: &'a HostDevice, host: &HostModel) -> Element<'a, Message> {
        let (wanted, most) = (self.functions.wanted(device), device.maximum_functions);
        let can = host.client.is_some() && self.functions.call.is_none();
        let step = |icon: Icon, key: &str, to: Option<u32>| {
            let message = to.filter(|to| can && *to <= most).map(Message::Functions);
            let colour: fn(&Tokens) -> iced::Color = if message.is_some() { |t| t.muted } else { |t| t.disabled };
            let press = button(container(icon.colour(14.0, colour)).center(Length::Fill)).padding(0).width(26).height(size::COMPACT);
            let press = press.style(theme::button::secondary).on_press_maybe(message.clone());
            with_tip(focusable(press).inside().on_press_maybe(message), t!(key), None, iced::widget::tooltip::Position::Top)
        };
        let number = container(text(wanted.to_string()).size(13).font(font::MEDIUM)).center_x(40).center_y(size::COMPACT);
        let apply = Button::new(Kind::Secondary, t!("device-functions-apply")).compact().id("device-functions-apply");
        let apply = apply.on_press_maybe((can && wanted != has(device)).then_some(Message::ApplyFunctions));
        let row = row![
            step(icon::minus(), "device-functions-fewer", wanted.checked_sub(1)),
            number,
            step(icon::plus(), "device-functions-more", wanted.checked_add(1)),
            text(t!("device-functions-of", most = most)).size(12).style(theme::subtle).width(Length::Fill),
            apply,
        ];
        let said = if self.functions.call.is_some() { t!("device-functions-working") } else { t!("device-functions-advice") };
        let said = text(said).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::subtle);
        let cuts = wanted != has(device) && device.uses.iter().any(|(word, _)| word == "default-route");
        let error = self.functions.error.as_ref().filter(|(address, _)| *address == device.address);
        let networks = device.has_function_networks().then(|| {
            let plan = Button::new(Kind::Link, t!("network-plan")).line().id("function-networks");
            plan.on_press_maybe(host.client.is_some().then_some(Message::Networks))
        });
        Column::new()
            .push(row.spacing(space::XS).align_y(Alignment::Center))
            .push(said)
            .push(cuts.then(|| note(Weight::Warning, t!("device-functions-link"), [t!("device-functions-link-advice")], None)))
            .push(networks)
            .push(error.map(|(_, error)| told(error)))
            .spacing(space::S)
            .into()
    }
}

/// What went wrong, every reason with it.
fn told<'a>(error: &Error) -> Element<'a, Message> {
    let refusals = error.refusals();
    if !refusals.is_empty() {
        return note(Weight::Warning, t!("bind-refused"), refusals.iter().map(refusal), None);
    }
    let (title, advice) = match (error.kind(), error.fact("limit")) {
        (Some(ErrorKind::LimitExceeded), Some(limit)) => (t!("bind-refused"), t!("device-functions-few", limit = limit)),
        _ => locale::error(error, ""),
    };
    note(Weight::Warning, title, vec![advice], None)
}
