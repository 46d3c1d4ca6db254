//! What the dialog shows.

use client::{
    device::{BindPlan, BindStep, short},
    t,
};
use iced::{
    Element, Length,
    widget::{Column, column},
};

use super::{Bind, Message, plan};
use crate::{
    action::Way,
    component::{Button, Kind, device::warning},
    dialog::{frame, moving, part, words},
    icon,
    model::Model,
    theme::space,
};

impl Bind {
    pub(super) fn show<'a>(&'a self, model: &'a Model) -> Element<'a, Message> {
        let first = self.devices.addresses.first().map(|first| moving::label(model, &self.host, first)).unwrap_or_default();
        let title = match self.way {
            Way::Take => t!("bind-title", count = self.count(), device = first),
            Way::GiveBack => t!("release-title", count = self.count(), device = first),
        };
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.attempt.failure(|error| words::error(error, ""), Message::Fold));
        body = body.push(self.plan.view(220.0, Message::Retry, |plan| self.show_plan(model, plan)));
        let icon = if self.way == Way::Take { icon::circuit_board() } else { icon::undo_2() };
        frame(icon, |t| t.selected, |t| t.accent_text, title, part::apart(body), self.foot(), 560.0)
    }

    fn foot<'a>(&self) -> Element<'a, Message> {
        let count = self.count();
        let label = match self.way {
            Way::Take => t!("bind-accept", count = count),
            Way::GiveBack => t!("release-accept", count = count),
        };
        let accept = self.is_allowed().then_some(Message::Accept);
        self.attempt.foot(Kind::Primary, (label, t!("bind-working")), accept, None, Message::Dismiss)
    }

    fn show_plan<'a>(&'a self, model: &'a Model, plan: &'a BindPlan) -> Element<'a, Message> {
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.list(model, plan));
        body = body.push(self.choices(model));
        if !plan.reasons.is_empty() {
            return body.push(moving::refusals(&plan.reasons)).into();
        }
        if self.way == Way::Take && plan.steps.is_empty() {
            return body.push(part::paragraph(t!("bind-already"))).into();
        }
        body = body.push(column![part::paragraph(t!("bind-plan")), self.steps(model, plan)].spacing(space::S));
        for known in &plan.warnings {
            body = body.push(part::warning(warning(known)));
        }
        let undo = if self.way == Way::Take { t!("bind-undo") } else { t!("release-undo") };
        body.push(moving::undone_by(undo)).push(self.exact(plan)).into()
    }

    /// Each device with its name, what it is asked about first.
    fn list<'a>(&'a self, model: &'a Model, plan: &'a BindPlan) -> Element<'a, Message> {
        let named = self.named();
        let mut devices: Vec<&String> = plan.devices.iter().collect();
        devices.sort_by_key(|address| !named.contains(address.as_str()));
        moving::devices(model, &self.host, devices)
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
            choices.push(moving::choice(
                "bind-group",
                self.devices.whole_groups,
                t!("bind-group"),
                more,
                self.attempt.press(Message::Group),
            ));
        }
        if self.devices.allows_no_reset || self.is_refused_for("no-reset") {
            let advice = t!("bind-no-reset-advice");
            choices.push(moving::choice(
                "bind-no-reset",
                self.devices.allows_no_reset,
                t!("bind-no-reset"),
                advice,
                self.attempt.press(Message::NoReset),
            ));
        }
        (!choices.is_empty()).then(|| Column::with_children(choices).into())
    }

    fn steps<'a>(&'a self, model: &'a Model, plan: &'a BindPlan) -> Element<'a, Message> {
        let host = model.host(&self.host);
        let driver = |address: &str| host.and_then(|host| moving::device(host, address)).map(|device| device.driver.clone());
        let steps: Vec<(String, String)> = match self.way {
            Way::Take => {
                let leave = |step: &BindStep| {
                    let driver = driver(&step.device).unwrap_or_default();
                    t!("bind-step-from", device = short(&step.device), driver = driver)
                };
                let leaving: Vec<String> = plan.steps.iter().filter(|step| step.step == "unbind").map(leave).collect();
                let leaving = Some((t!("bind-step-unbind"), leaving.join(", "))).filter(|(_, devices)| !devices.is_empty());
                let check = (t!("bind-step-check"), String::new());
                let loader = plan.steps.iter().find(|step| step.step == "start-unit").map(|step| step.value.clone());
                let load = loader.map(|unit| (t!("hand-over-step-driver"), unit));
                let bind = (t!("bind-step-bind"), t!("bind-step-bind-detail"));
                [Some(check), load, leaving, Some(bind)].into_iter().flatten().collect()
            }
            Way::GiveBack => {
                let leave = |address: &String| t!("release-step-detail", device = short(address));
                let leaving: Vec<String> = plan.devices.iter().map(leave).collect();
                vec![(t!("bind-step-check"), String::new()), (t!("release-step"), leaving.join(", "))]
            }
        };
        moving::steps(steps)
    }

    /// Every write to the kernel, one click away.
    fn exact<'a>(&'a self, plan: &'a BindPlan) -> Option<Element<'a, Message>> {
        if plan.steps.is_empty() {
            return None;
        }
        let (label, mark) = moving::fold(self.shows_steps, "bind-steps-show", "bind-steps-hide");
        let button = Button::new(Kind::Link, label).icon(mark).line().on_press(Message::Steps);
        let well = || part::well(part::code(writes(plan)));
        Some(column![button].push(self.shows_steps.then(well)).spacing(space::S).into())
    }
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
        "start-unit" => return format!("systemctl start {value}"),
        other => format!("{other} {device}"),
    };
    format!("{value} → {file}")
}
