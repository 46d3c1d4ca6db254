//! What the dialog shows.

use client::{
    Machine,
    device::{GivePlan, Refusal},
    locale, t,
};
use iced::{
    Element, Length,
    widget::{Column, Row, column, container, row, scrollable},
};

use super::{FIND, Give, List, Message, Time, choose, labelled, options::toggle_words};
use crate::{
    component::{
        Kind,
        device::{other_warning, refusal},
        state_glyph,
        thing::{Family, Thing},
        wrapped_segments,
    },
    dialog::{
        attach::{entry, when_words},
        frame, moving, part, words,
    },
    font, icon,
    model::Model,
    theme::{self, space},
    widget::{
        cut,
        scroll::{PANE, scroll},
    },
};

/// Height of the list, so that the plan below is seen, too.
const LIST: f32 = 150.0;

impl Give {
    pub(super) fn show<'a>(&'a self, model: &'a Model) -> Element<'a, Message> {
        let machine = self.key().map(|key| crate::dialog::label(model, &key)).unwrap_or_default();
        let thing = self.chosen(model);
        let title = match self.list {
            List::Machines => t!("attach-title-device", device = thing.as_ref().map(|thing| thing.label.clone()).unwrap_or_default()),
            List::Things => t!("attach-title-machine", machine = machine.as_str()),
        };
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.attempt.failure(|error| self.explained(error, &machine), Message::Fold));
        body = body.push(self.list(model));
        if let (Some(thing), Some(_)) = (thing, self.machine) {
            body = body.push(self.times_row(model)).push(self.options(model));
            body = body.push(self.plan.view(120.0, Message::Retry, move |plan| self.show_plan(model, plan, &thing)));
        } else if self.machine.is_none() && self.thing.is_some() && self.list == List::Machines && thing_is_gone(self, model) {
            body = body.push(part::warning(t!("give-gone")));
        }
        let shape = self.chosen(model).map_or_else(icon::usb, |thing| thing.icon);
        frame(shape, |t| t.selected, |t| t.accent_text, title, part::apart(body), self.foot(), 600.0)
    }

    /// What went wrong, in the words of this: another machine has the rule.
    fn explained(&self, error: &client::Error, machine: &str) -> (String, String) {
        match (error.kind(), error.fact("machine")) {
            (Some(client::ErrorKind::AlreadyExists), Some(other)) if self.time == Time::Always => {
                (t!("give-ruled"), t!("give-ruled-advice", machine = other))
            }
            _ => words::error(error, machine),
        }
    }

    fn foot<'a>(&self) -> Element<'a, Message> {
        let label = if self.time == Time::Always { t!("give-add-rule") } else { t!("give-accept") };
        let accept = self.is_allowed().then_some(Message::Accept);
        self.attempt.foot(Kind::Primary, (label, t!("attach-working")), accept, Some(t!("attach-patience")), Message::Dismiss)
    }

    /// What is typed finds, arrows choose.
    fn list<'a>(&'a self, model: &'a Model) -> Element<'a, Message> {
        let (hint, entries): (String, Vec<Element<'a, Message>>) = match self.list {
            List::Machines => {
                let machines = choose::machines(model, &self.host, &self.find);
                let thing = self.chosen(model);
                (
                    t!("attach-find-machine"),
                    machines.into_iter().map(|machine| self.machine_entry(model, machine, thing.as_ref())).collect(),
                )
            }
            List::Things => (t!("attach-find-device"), self.things(model).into_iter().map(|thing| self.thing_entry(thing)).collect()),
        };
        if entries.is_empty() && self.find.trim().is_empty() {
            let words = if self.list == List::Machines { t!("attach-no-machine") } else { t!("give-nothing") };
            return part::empty(icon::usb(), words);
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

    fn machine_entry<'a>(&self, model: &'a Model, machine: &'a Machine, thing: Option<&Thing>) -> Element<'a, Message> {
        let others = model.host(&self.host).map(|host| &host.others);
        let has = machine.host_devices.iter().flatten().any(|one| others.zip(thing).is_some_and(|(others, thing)| thing.is(one, others)));
        let state = if has { t!("attach-has-it") } else { locale::condition(machine.condition()) };
        let glyph = state_glyph(machine.condition(), 13.0);
        let words = row![glyph, cut(machine.label()), cut(state).size(12.0, 16.0).colour(|t| t.subtle).width(Length::Shrink)];
        entry(words, self.machine == Some(machine.id), self.attempt.press(Message::Machine(machine.id)))
    }

    fn thing_entry<'a>(&self, thing: Thing) -> Element<'a, Message> {
        let is_current = self.thing.as_ref().is_some_and(|(family, id)| (*family, id) == (thing.family, &thing.id));
        let words = row![
            thing.icon.colour(16.0, |t| t.muted),
            cut(thing.place).size(12.0, 18.0).font(font::MONO).colour(|t| t.muted).width(72),
            cut(thing.label),
            cut(thing.kind).size(12.0, 16.0).colour(|t| t.subtle).width(Length::Shrink),
        ];
        entry(words, is_current, self.attempt.press(Message::Thing(thing.family, thing.id)))
    }

    fn times_row<'a>(&self, model: &Model) -> Element<'a, Message> {
        let times = self.times(model);
        if times.as_slice() == [Time::Once(super::When::AtStart)] {
            let is_active = self.key().and_then(|key| model.machine(&key)).is_some_and(Machine::is_active);
            return part::caption(if is_active { t!("give-when-start") } else { t!("attach-when-off") }).into();
        }
        let choice = |time: Time| {
            let is_on = self.time == time;
            let words = if let Time::Once(when) = time { when_words(when) } else { t!("give-when-always") };
            (words, is_on, self.attempt.press(Message::Time(time)).filter(|_| !is_on))
        };
        labelled(t!("attach-when"), wrapped_segments(times.into_iter().map(choice)))
    }

    fn show_plan<'a>(&'a self, model: &'a Model, plan: &'a GivePlan, thing: &Thing) -> Element<'a, Message> {
        let mut body = Column::new().spacing(space::M).width(Length::Fill).push(what(thing));
        // What it is known by here is not what people call it.
        let named = |refusal: &Refusal| {
            let is_it = refusal.device == thing.id || thing.facts.iter().any(|(_, value)| *value == refusal.device);
            let device = if is_it { thing.label.clone() } else { refusal.device.clone() };
            Refusal { device, ..refusal.clone() }
        };
        let reasons: Vec<Refusal> = plan.reasons.iter().map(named).collect();
        if self.time == Time::Always {
            body = body.push(column![part::paragraph(t!("bind-plan")), moving::steps(self.rule_steps(model))].spacing(space::S));
            let not_now: Vec<String> = reasons.iter().map(refusal).collect();
            if !not_now.is_empty() {
                body = body.push(part::warning(t!("give-not-now", reasons = not_now.join("; "))));
            }
            return body.push(moving::undone_by(t!("give-rule-undo"))).into();
        }
        if !reasons.is_empty() {
            return body.push(moving::refusals(&reasons)).into();
        }
        if plan.live.is_empty() && plan.configured.is_empty() {
            return body.push(part::paragraph(t!("attach-already"))).into();
        }
        let steps = moving::steps(self.steps(model, plan));
        body = body.push(column![part::paragraph(t!("bind-plan")), steps].spacing(space::S));
        let mut warnings: Vec<String> = plan.warnings.iter().map(named).map(|known| other_warning(&known)).collect();
        warnings.dedup();
        for known in warnings {
            body = body.push(part::warning(known));
        }
        body.push(moving::undone_by(t!("attach-undo"))).into()
    }

    fn rule_steps(&self, model: &Model) -> Vec<(String, String)> {
        let machine = self.key().map(|key| crate::dialog::label(model, &key)).unwrap_or_default();
        vec![
            (t!("give-rule-step-keep", machine = machine), t!("give-rule-step-keep-detail")),
            (t!("give-rule-step-plug"), t!("give-rule-step-plug-detail")),
        ]
    }

    fn steps(&self, model: &Model, plan: &GivePlan) -> Vec<(String, String)> {
        let family = self.thing.as_ref().map(|(family, _)| *family);
        let mut steps = vec![(t!("bind-step-check"), String::new())];
        for owner in &plan.taken_from {
            let key = crate::model::Key { host: self.host.clone(), machine: *owner };
            steps.push((t!("give-step-let-go", machine = crate::dialog::label(model, &key)), t!("give-step-let-go-detail")));
        }
        if !plan.configured.is_empty() {
            let detail = match family {
                Some(Family::Disks) => t!("give-step-start-disk"),
                _ => t!("attach-step-start"),
            };
            steps.push((t!("attach-step-configure"), detail));
        }
        if !plan.live.is_empty() {
            steps.push((t!("attach-step-plug"), t!("give-step-plug-detail")));
        }
        if family == Some(Family::Inputs) {
            steps.push((t!("give-step-keys", keys = toggle_words(self.how.toggle)), t!("give-step-keys-detail")));
        }
        steps
    }
}

fn thing_is_gone(dialog: &Give, model: &Model) -> bool {
    dialog.chosen(model).is_none()
}

/// What it is about.
fn what<'a>(thing: &Thing) -> Element<'a, Message> {
    let line: Row<'a, Message> = row![
        thing.icon.colour(16.0, |t| t.muted),
        cut(thing.place.clone()).size(12.0, 18.0).font(font::MONO).colour(|t| t.muted).width(72),
        cut(thing.label.clone()).font(font::MEDIUM),
        cut(thing.column.clone()).size(12.0, 18.0).font(font::MONO).colour(|t| t.subtle).width(Length::Shrink),
    ];
    part::well(line.spacing(space::S).align_y(iced::Center)).into()
}
