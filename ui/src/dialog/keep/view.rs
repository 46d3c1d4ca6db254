//! What the dialog shows.

use client::{
    device::{Advice, AtBoot, KeepPlan, Kept, Refusal, short},
    t,
};
use iced::{
    Alignment, Element, Length,
    widget::{Column, column, row},
};

use super::{Keep, Message};
use crate::{
    component::{
        Button, Kind,
        device::{refusal, warning},
    },
    dialog::{bind, frame, moving, part, words},
    font, icon,
    model::Model,
    theme::space,
    widget::cut,
};

/// Places that have words of their own.
const PLACES: [&str; 3] = ["kernel-argument", "module-option", "initramfs-module"];
const OUTCOMES: [&str; 5] = ["bound", "refused", "gone", "other-device", "failed"];

impl Keep {
    pub(super) fn show<'a>(&'a self, model: &'a Model) -> Element<'a, Message> {
        let count = self.plan.ready().map_or(self.devices.addresses.len(), |plan| plan.bind.devices.len().max(1));
        let first = self.devices.addresses.first().map(|first| moving::label(model, &self.host, first)).unwrap_or_default();
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        if let Some(error) = &self.error {
            body = body.push(moving::failure(error, words::error(error, ""), self.shows_message, Message::Fold));
        }
        body = body.push(self.plan.view(220.0, Message::Retry, |plan| self.show_plan(model, plan)));
        body = body.push(self.kept.ready().map(|kept| self.list(model, kept)));
        let label = if self.call.is_some() { t!("keep-working") } else { t!("keep-accept", count = count) };
        let is_allowed = self.is_allowed(model);
        let accept = part::accept(Kind::Primary, label, is_allowed.then_some(Message::Accept));
        let password = is_allowed.then(|| part::caption(t!("bind-password")).into());
        let foot = part::foot(password, vec![part::cancel(Message::Dismiss).into(), accept.into()]);
        let title = t!("keep-title", count = count, device = first);
        frame(icon::rotate_ccw(), |t| t.selected, |t| t.accent_text, title, part::apart(body), foot, 600.0)
    }

    fn press(&self, message: Message) -> Option<Message> {
        self.call.is_none().then_some(message)
    }

    fn show_plan<'a>(&'a self, model: &'a Model, plan: &'a KeepPlan) -> Element<'a, Message> {
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(moving::devices(model, &self.host, &plan.bind.devices)).push(self.choices(model, plan));
        if !plan.bind.reasons.is_empty() {
            return body.push(moving::refusals(&plan.bind.reasons)).into();
        }
        let is_kept = self.is_kept(model);
        let said = if is_kept { t!("keep-already") } else { t!("bind-plan") };
        let steps = vec![
            (t!("keep-step-look"), t!("keep-step-look-detail")),
            (t!("bind-step-bind"), t!("keep-step-bind-detail")),
            (t!("keep-step-safe"), t!("keep-step-safe-detail")),
        ];
        body = body.push(column![part::paragraph(said), moving::steps(steps)].spacing(space::S));
        for known in &plan.bind.warnings {
            body = body.push(part::warning(warning(known)));
        }
        body = body.push(moving::undone_by(t!("keep-undo")));
        let advice = (!plan.advice.is_empty()).then(|| self.advice(&plan.advice));
        body.push(advice).into()
    }

    fn choices<'a>(&'a self, model: &'a Model, plan: &KeepPlan) -> Option<Element<'a, Message>> {
        let others = bind::others(model, &self.host, &self.devices.addresses);
        let mut choices = Vec::new();
        if !others.is_empty() {
            let names: Vec<&str> = others.iter().map(|device| device.short_address()).collect();
            let more = t!("bind-group-more", count = others.len(), devices = names.join(", "));
            choices.push(moving::choice("keep-group", self.devices.whole_groups, t!("bind-group"), more, self.press(Message::Group)));
        }
        if self.devices.allows_no_reset || plan.bind.reasons.iter().any(|refusal| refusal.reason == "no-reset") {
            let (label, advice) = (t!("bind-no-reset"), t!("bind-no-reset-advice"));
            choices.push(moving::choice("keep-no-reset", self.devices.allows_no_reset, label, advice, self.press(Message::NoReset)));
        }
        (!choices.is_empty()).then(|| Column::with_children(choices).into())
    }

    /// Lines for the administrator's own files: nobody else puts them there.
    fn advice<'a>(&'a self, advice: &'a [Advice]) -> Element<'a, Message> {
        let line = |advice: &'a Advice| {
            let place = if PLACES.contains(&advice.place.as_str()) { advice.place.as_str() } else { "other" };
            let is_copied = self.copied.as_ref() == Some(&advice.line);
            let (label, mark) = if is_copied { (t!("dialog-copied"), icon::check()) } else { (t!("memory-copy"), icon::copy()) };
            let copy = Button::new(Kind::Link, label).icon(mark).line().on_press(Message::Copy(advice.line.clone()));
            let words = column![part::caption(t!(&format!("keep-place-{place}"))), part::code(advice.line.as_str())].width(Length::Fill);
            part::well(row![words, copy].spacing(space::S).align_y(Alignment::Center)).into()
        };
        let head = column![part::heading(t!("keep-advice")), part::caption(t!("keep-advice-text"))].spacing(2);
        column![head, Column::with_children(advice.iter().map(line)).spacing(space::XS)].spacing(space::S).into()
    }

    /// All that is kept, with what came of it.
    fn list<'a>(&'a self, model: &'a Model, kept: &'a AtBoot) -> Element<'a, Message> {
        let mut body = column![part::heading(t!("keep-list"))].spacing(space::S);
        if kept.is_given_up {
            body = body.push(part::warning(t!("keep-given-up")));
        }
        if kept.is_damaged {
            body = body.push(part::warning(t!("keep-damaged")));
        }
        if kept.devices.is_empty() {
            return body.push(part::caption(t!("keep-nothing"))).into();
        }
        let line = |kept: &'a Kept| {
            let forget = Button::new(Kind::Link, t!("keep-forget")).line();
            let forget = forget.on_press_maybe(self.press(Message::Forget(kept.address.clone())));
            let label = moving::label(model, &self.host, &kept.address);
            let label = if label == short(&kept.address) { format!("{:04x}:{:04x}", kept.ids.0, kept.ids.1) } else { label };
            row![
                cut(short(&kept.address)).size(12.0, 18.0).font(font::MONO).colour(|t| t.muted).width(64),
                column![cut(label).font(font::MEDIUM), part::caption(outcome(kept))].width(Length::Fill),
                forget,
            ]
            .spacing(space::S)
            .align_y(Alignment::Center)
            .into()
        };
        body.push(part::well(Column::with_children(kept.devices.iter().map(line)).spacing(space::S))).into()
    }
}

/// What came of it when the computer started.
fn outcome(kept: &Kept) -> String {
    match kept.outcome.as_str() {
        "" => t!("keep-outcome-none"),
        "refused" => {
            let sentence = |reason: &String| {
                let told = Refusal { reason: reason.clone(), device: kept.address.clone(), ..Refusal::default() };
                refusal(&told)
            };
            let why: Vec<String> = kept.reasons.iter().map(sentence).collect();
            if why.is_empty() { t!("keep-outcome-refused") } else { why.join("; ") }
        }
        word if OUTCOMES.contains(&word) => t!(&format!("keep-outcome-{word}")),
        word => word.to_owned(),
    }
}
