//! What the dialog shows.

use client::{
    HostDevice, Machine,
    device::{AttachPlan, VFIO, short},
    locale, t,
};
use iced::{
    Element, Length,
    widget::{Column, Row, button, column, container, row, scrollable},
};

use super::{Attach, FIND, List, Message, When, choose};
use crate::{
    component::{
        Button, Kind,
        device::{attach_warning, device_icon, device_kind},
        segments, state_glyph,
    },
    dialog::{frame, moving, part, words},
    font, icon,
    model::Model,
    theme::{self, size, space},
    widget::{
        Role, Said, cut, focusable,
        scroll::{PANE, scroll},
    },
};

/// What reserving the device, with all that shares its group, does away with.
pub(super) const BY_RESERVING: [&str; 2] = ["not-bound", "group-member"];
/// Height of the list, so that the plan below is seen, too.
const LIST: f32 = 150.0;

impl Attach {
    pub(super) fn show<'a>(&'a self, model: &'a Model) -> Element<'a, Message> {
        let machine = self.key().map(|key| crate::dialog::label(model, &key)).unwrap_or_default();
        let title = match self.list {
            List::Machines => {
                let address = self.address.as_deref().unwrap_or_default();
                t!("attach-title-device", device = moving::label(model, &self.host, address))
            }
            List::Devices => t!("attach-title-machine", machine = machine.as_str()),
        };
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.attempt.failure(|error| words::error(error, &machine), Message::Fold));
        body = body.push(self.list(model));
        if self.machine.is_some() && self.address.is_some() {
            body = body.push(self.times_row(model)).push(self.card_choice(model));
            body = body.push(self.choices(model)).push(self.more(model));
        }
        // What is wrong with a file is said at its field.
        if self.call().is_some() && !self.is_no_rom() {
            body = body.push(self.plan.view(150.0, Message::Retry, |plan| self.show_plan(model, plan)));
        }
        frame(icon::circuit_board(), |t| t.selected, |t| t.accent_text, title, part::apart(body), self.foot(), 600.0)
    }

    fn foot<'a>(&self) -> Element<'a, Message> {
        let count = self.plan.ready().map_or(1, |plan| plan.devices.len().max(1));
        let label = (t!("attach-accept", count = count), t!("attach-working"));
        let accept = self.is_allowed().then_some(Message::Accept);
        self.attempt.foot(Kind::Primary, label, accept, Some(t!("attach-patience")), Message::Dismiss)
    }

    /// What is typed finds, arrows choose.
    fn list<'a>(&'a self, model: &'a Model) -> Element<'a, Message> {
        let (hint, entries): (String, Vec<Element<'a, Message>>) = match self.list {
            List::Machines => {
                let machines = choose::machines(model, &self.host, &self.find);
                (t!("attach-find-machine"), machines.into_iter().map(|machine| self.machine_entry(machine)).collect())
            }
            List::Devices => {
                let devices = choose::devices(model, &self.host, self.machine, &self.find);
                (t!("attach-find-device"), devices.into_iter().map(|device| self.device_entry(device)).collect())
            }
        };
        if entries.is_empty() && self.find.trim().is_empty() {
            return self.nothing();
        }
        let field = part::field(FIND, &hint, &self.find, false, Message::Find, Message::Accept);
        let field = part::typed(field, Some(hint), &self.find);
        let list: Element<'a, Message> = if entries.is_empty() {
            container(part::caption(t!("attach-nothing-found"))).padding([space::S, space::M]).into()
        } else {
            scroll(scrollable(Column::with_children(entries).padding(4)), PANE)
        };
        column![field, container(list).max_height(LIST).width(Length::Fill).style(theme::container::card)].spacing(space::XS).into()
    }

    /// Nothing to choose from: why, and where to look.
    fn nothing<'a>(&self) -> Element<'a, Message> {
        if self.list == List::Machines {
            return part::empty(icon::monitor(), t!("attach-no-machine"));
        }
        let show = Button::new(Kind::Secondary, t!("attach-show-devices")).on_press(Message::ShowDevices).id("attach-show-devices");
        column![part::empty(icon::circuit_board(), t!("attach-no-device")), container(show).center_x(Length::Fill)].into()
    }

    fn machine_entry<'a>(&self, machine: &'a Machine) -> Element<'a, Message> {
        let has = machine.host_devices.iter().flatten().any(|one| self.address.as_ref() == Some(&one.source));
        let state = if has { t!("attach-has-it") } else { locale::condition(machine.condition()) };
        let glyph = state_glyph(machine.condition(), 13.0);
        let words = row![glyph, cut(machine.label()), cut(state).size(12.0, 16.0).colour(|t| t.subtle).width(Length::Shrink)];
        entry(words, self.machine == Some(machine.id), self.attempt.press(Message::Machine(machine.id)))
    }

    fn device_entry<'a>(&self, device: &'a HostDevice) -> Element<'a, Message> {
        let words = row![
            device_icon(device).colour(16.0, |t| t.muted),
            cut(device.short_address()).size(12.0, 18.0).font(font::MONO).colour(|t| t.muted).width(60),
            cut(device.label()),
            cut(device_kind(device)).size(12.0, 16.0).colour(|t| t.subtle).width(Length::Shrink),
        ];
        entry(words, self.address.as_ref() == Some(&device.address), self.attempt.press(Message::Device(device.address.clone())))
    }

    fn times_row<'a>(&self, model: &Model) -> Element<'a, Message> {
        let times = self.times(model);
        if times.as_slice() == [When::AtStart] {
            return part::caption(t!("attach-when-off")).into();
        }
        let choice = |when: When| {
            let is_on = self.when == when;
            (when_words(when), is_on, self.attempt.press(Message::When(when)).filter(|_| !is_on))
        };
        Row::new()
            .push(part::caption(t!("attach-when")))
            .push(segments(times.into_iter().map(choice)))
            .spacing(space::M)
            .align_y(iced::Center)
            .wrap()
            .into()
    }

    /// What goes along, and what is given although it should not be.
    fn choices<'a>(&'a self, model: &'a Model) -> Option<Element<'a, Message>> {
        let address = self.address.as_deref()?;
        let others = choose::others_of_card(model, &self.host, address);
        let mut choices = Vec::new();
        if !others.is_empty() {
            let names: Vec<&str> = others.iter().map(|device| device.short_address()).collect();
            let more = t!("bind-group-more", count = others.len(), devices = names.join(", "));
            choices.push(moving::choice("attach-card", self.whole_card, t!("attach-card"), more, self.attempt.press(Message::Card)));
        }
        if self.allows_no_reset || self.is_refused_for(&["no-reset"]) {
            let (label, advice) = (t!("attach-no-reset"), t!("bind-no-reset-advice"));
            choices.push(moving::choice("attach-no-reset", self.allows_no_reset, label, advice, self.attempt.press(Message::NoReset)));
        }
        (!choices.is_empty()).then(|| Column::with_children(choices).into())
    }

    fn show_plan<'a>(&'a self, model: &'a Model, plan: &'a AttachPlan) -> Element<'a, Message> {
        let mut body = Column::new().spacing(space::M).width(Length::Fill).push(moving::devices(model, &self.host, &plan.devices));
        if !plan.reasons.is_empty() {
            body = body.push(moving::refusals(&plan.reasons));
            if self.is_refused_for(&BY_RESERVING) {
                let reserve = Button::new(Kind::Secondary, t!("attach-reserve")).compact();
                let reserve = reserve.on_press_maybe(self.attempt.press(Message::Reserve)).id("attach-reserve");
                body = body.push(column![part::paragraph(t!("attach-reserve-advice")), reserve].spacing(space::S));
            }
            return body.into();
        }
        if plan.live.is_empty() && plan.configured.is_empty() {
            return body.push(part::paragraph(t!("attach-already"))).into();
        }
        let steps = moving::steps(self.steps(model, plan));
        body = body.push(column![part::paragraph(t!("bind-plan")), steps].spacing(space::S));
        let mut warnings: Vec<String> = plan.warnings.iter().map(attach_warning).collect();
        warnings.dedup();
        for known in warnings {
            body = body.push(part::warning(known));
        }
        body.push(moving::undone_by(t!("attach-undo"))).into()
    }

    fn steps(&self, model: &Model, plan: &AttachPlan) -> Vec<(String, String)> {
        let host = model.host(&self.host);
        let leave = |address: &String| {
            let device = host.and_then(|host| moving::device(host, address))?;
            let has_driver = !device.driver.is_empty() && device.driver != VFIO;
            has_driver.then(|| t!("bind-step-from", device = short(address), driver = device.driver.as_str()))
        };
        let leaving = |addresses: &[String]| addresses.iter().filter_map(leave).collect::<Vec<_>>().join(", ");
        let mut steps = vec![(t!("bind-step-check"), String::new())];
        if !plan.configured.is_empty() {
            let first = if plan.live.is_empty() { leaving(&plan.configured) } else { String::new() };
            let detail = if first.is_empty() { t!("attach-step-start") } else { t!("attach-step-start-from", devices = first) };
            steps.push((t!("attach-step-configure"), detail));
        }
        steps.extend(self.card.step());
        if !plan.live.is_empty() {
            let leaving = leaving(&plan.live);
            if !leaving.is_empty() {
                steps.push((t!("bind-step-unbind"), leaving));
            }
            steps.push((t!("attach-step-plug"), t!("attach-step-plug-detail")));
        }
        steps
    }
}

/// A time in words.
pub(in crate::dialog) fn when_words(when: When) -> String {
    match when {
        When::Both => t!("attach-when-both"),
        When::Now => t!("attach-when-now"),
        When::AtStart => t!("attach-when-start"),
    }
}

/// A line of a list of which one is chosen.
pub(in crate::dialog) fn entry<'a, M: Clone + 'a>(words: Row<'a, M>, is_current: bool, press: Option<M>) -> Element<'a, M> {
    let check = is_current.then(|| icon::check().colour(14.0, |t| t.accent_text));
    let content = words.push(check).spacing(space::S).align_y(iced::Center).height(Length::Fill);
    let face = button(content)
        .padding([0.0, space::S])
        .height(size::ROW_SMALL)
        .width(Length::Fill)
        .style(theme::button::item(is_current))
        .on_press_maybe(press.clone());
    focusable(face).inside().on_press_maybe(press).say(move || Said::new(Role::Choice).on(is_current)).into()
}
