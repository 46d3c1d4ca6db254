//! What the dialog shows.

use client::{
    device::{BindPlan, BindStep, short},
    t,
};
use iced::{
    Alignment, Element, Length, Padding,
    widget::{Column, column, container, row, text},
};

use super::{Bind, Message, plan};
use crate::{
    action::Way,
    component::{
        Button, Kind,
        device::{device_icon, refusal, warning},
    },
    dialog::{frame, part, words},
    font, icon,
    model::Model,
    theme::{self, space},
    widget::cut,
};

/// More refusals than this are only counted by the raw message.
const MOST: usize = 12;

impl Bind {
    pub(super) fn show<'a>(&'a self, model: &'a Model) -> Element<'a, Message> {
        let first = self.devices.addresses.first().map(|first| plan::label(model, &self.host, first)).unwrap_or_default();
        let title = match self.way {
            Way::Take => t!("bind-title", count = self.count(), device = first),
            Way::GiveBack => t!("release-title", count = self.count(), device = first),
        };
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        if let Some(error) = &self.error {
            body = body.push(self.failure(error));
        }
        body = body.push(self.plan.view(220.0, Message::Retry, |plan| self.show_plan(model, plan)));
        let icon = if self.way == Way::Take { icon::circuit_board() } else { icon::undo_2() };
        frame(icon, |t| t.selected, |t| t.accent_text, title, part::apart(body), self.foot(), 560.0)
    }

    fn foot<'a>(&self) -> Element<'a, Message> {
        let count = self.count();
        let label = match self.way {
            _ if self.is_working => t!("bind-working"),
            Way::Take => t!("bind-accept", count = count),
            Way::GiveBack => t!("release-accept", count = count),
        };
        let accept = part::accept(Kind::Primary, label, self.is_allowed().then_some(Message::Accept));
        let password = self.is_allowed().then(|| part::caption(t!("bind-password")).into());
        part::foot(password, vec![part::cancel(Message::Dismiss).into(), accept.into()])
    }

    fn show_plan<'a>(&'a self, model: &'a Model, plan: &'a BindPlan) -> Element<'a, Message> {
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.list(model, plan));
        body = body.push(self.choices(model));
        if !plan.reasons.is_empty() {
            return body.push(refusals(plan)).into();
        }
        if self.way == Way::Take && plan.steps.is_empty() {
            return body.push(part::paragraph(t!("bind-already"))).into();
        }
        body = body.push(column![part::paragraph(t!("bind-plan")), self.steps(model, plan)].spacing(space::S));
        for known in &plan.warnings {
            body = body.push(part::warning(warning(known)));
        }
        let undo = if self.way == Way::Take { t!("bind-undo") } else { t!("release-undo") };
        body = body.push(row![icon::undo_2().colour(14.0, |t| t.subtle), part::caption(undo).width(Length::Fill)].spacing(space::S));
        body.push(self.exact(plan)).into()
    }

    /// Each device with its name, what it is asked about first.
    fn list<'a>(&'a self, model: &'a Model, plan: &'a BindPlan) -> Element<'a, Message> {
        let named = self.named();
        let mut devices: Vec<&String> = plan.devices.iter().collect();
        devices.sort_by_key(|address| !named.contains(address.as_str()));
        let line = |address: &'a String| {
            let found = model.host(&self.host).and_then(|host| plan::device(host, address));
            let shape = found.map_or_else(icon::circuit_board, device_icon);
            let driver = found.map(|device| device.driver.clone()).filter(|driver| !driver.is_empty());
            let driver = driver.unwrap_or_else(|| t!("devices-no-driver"));
            row![
                shape.colour(16.0, |t| t.muted),
                cut(short(address)).size(12.0, 18.0).font(font::MONO).colour(|t| t.muted).width(64),
                cut(plan::label(model, &self.host, address)).font(font::MEDIUM),
                cut(driver).size(12.0, 18.0).font(font::MONO).colour(|t| t.subtle).width(Length::Shrink),
            ]
            .spacing(space::S)
            .align_y(Alignment::Center)
            .into()
        };
        part::well(Column::with_children(devices.into_iter().map(line)).spacing(space::XS)).into()
    }

    /// What goes along, and what is taken although it should not be.
    fn choices<'a>(&'a self, model: &'a Model) -> Option<Element<'a, Message>> {
        if self.way == Way::GiveBack {
            return None;
        }
        let others = plan::others(model, &self.host, &self.devices.addresses);
        let mut choices = Vec::new();
        if !others.is_empty() {
            let names: Vec<&str> = others.iter().map(|device| device.short_address()).collect();
            let more = t!("bind-group-more", count = others.len(), devices = names.join(", "));
            choices.push(choice("bind-group", self.devices.whole_groups, t!("bind-group"), more, self.press(Message::Group)));
        }
        if self.devices.allows_no_reset || self.is_refused_for("no-reset") {
            let advice = t!("bind-no-reset-advice");
            choices.push(choice("bind-no-reset", self.devices.allows_no_reset, t!("bind-no-reset"), advice, self.press(Message::NoReset)));
        }
        (!choices.is_empty()).then(|| Column::with_children(choices).into())
    }

    fn press(&self, message: Message) -> Option<Message> {
        (!self.is_working).then_some(message)
    }

    fn steps<'a>(&'a self, model: &'a Model, plan: &'a BindPlan) -> Element<'a, Message> {
        let host = model.host(&self.host);
        let driver = |address: &str| host.and_then(|host| plan::device(host, address)).map(|device| device.driver.clone());
        let steps: Vec<(String, String)> = match self.way {
            Way::Take => {
                let leave = |step: &BindStep| {
                    let driver = driver(&step.device).unwrap_or_default();
                    t!("bind-step-from", device = short(&step.device), driver = driver)
                };
                let leaving: Vec<String> = plan.steps.iter().filter(|step| step.step == "unbind").map(leave).collect();
                let leaving = Some((t!("bind-step-unbind"), leaving.join(", "))).filter(|(_, devices)| !devices.is_empty());
                let check = (t!("bind-step-check"), String::new());
                let bind = (t!("bind-step-bind"), t!("bind-step-bind-detail"));
                [Some(check), leaving, Some(bind)].into_iter().flatten().collect()
            }
            Way::GiveBack => {
                let leave = |address: &String| t!("release-step-detail", device = short(address));
                let leaving: Vec<String> = plan.devices.iter().map(leave).collect();
                vec![(t!("bind-step-check"), String::new()), (t!("release-step"), leaving.join(", "))]
            }
        };
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

    /// Every write to the kernel, one click away.
    fn exact<'a>(&'a self, plan: &'a BindPlan) -> Option<Element<'a, Message>> {
        if plan.steps.is_empty() {
            return None;
        }
        let (label, mark) = fold(self.shows_steps, "bind-steps-show", "bind-steps-hide");
        let button = Button::new(Kind::Link, label).icon(mark).line().on_press(Message::Steps);
        let well = || part::well(part::code(writes(plan)));
        Some(column![button].push(self.shows_steps.then(well)).spacing(space::S).into())
    }

    /// What went wrong when it was done, and the raw message one click away.
    fn failure<'a>(&'a self, error: &'a client::Error) -> Element<'a, Message> {
        let (title, advice) = words::error(error, "");
        let (label, mark) = fold(self.shows_message, "failure-show", "failure-hide");
        let button = Button::new(Kind::Link, label).icon(mark).line().on_press(Message::Fold);
        let message = self.shows_message.then(|| part::well(part::code(words::raw(error))));
        column![part::danger(title, advice), button].push(message).spacing(space::S).into()
    }
}

fn fold(is_open: bool, show: &str, hide: &str) -> (String, icon::Icon) {
    if is_open { (t!(hide), icon::chevron_down()) } else { (t!(show), icon::chevron_right()) }
}

/// Every write in order, a line each.
pub(super) fn writes(plan: &BindPlan) -> String {
    plan.steps.iter().map(write).collect::<Vec<_>>().join("\n")
}

/// A write as one would type it.
fn write(step: &BindStep) -> String {
    let BindStep { device, step, value } = step;
    let file = match step.as_str() {
        "override" => format!("/sys/bus/pci/devices/{device}/driver_override"),
        "unbind" => format!("/sys/bus/pci/devices/{device}/driver/unbind"),
        "probe" => "/sys/bus/pci/drivers_probe".to_owned(),
        other => format!("{other} {device}"),
    };
    format!("{value} → {file}")
}

fn choice<'a>(id: &'static str, is_on: bool, label: String, detail: String, press: Option<Message>) -> Element<'a, Message> {
    let label = text(label).size(13).line_height(part::LINE).style(theme::normal);
    part::check(Some(id), is_on.into(), column![label, part::caption(detail)].width(Length::Fill), press)
}

/// Every reason, so that nothing is found out one at a time.
fn refusals<'a>(plan: &BindPlan) -> Element<'a, Message> {
    let head = text(t!("bind-refused")).size(13).line_height(part::LINE).font(font::SEMIBOLD);
    let mut sentences: Vec<String> = plan.reasons.iter().map(refusal).collect();
    sentences.dedup();
    let line = |sentence: String| {
        let words = text(sentence).size(13).line_height(part::LINE).width(Length::Fill);
        row![text("·").size(13).line_height(part::LINE), words].spacing(space::S).into()
    };
    let list = Column::with_children(sentences.into_iter().take(MOST).map(line));
    let words = column![head, container(list).padding(Padding::ZERO.top(2.0))];
    part::note(icon::lock(), |t| t.paused_soft, |t| t.paused, words)
}
