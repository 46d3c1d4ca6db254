//! What the dialog shows.

use client::{
    device::{PartType, Verdict},
    t,
};
use iced::{
    Element, Length,
    widget::{Column, column, container, row},
};

use super::{Divide, Message, Until};
use crate::{
    component::{Kind, device::refusal_named, segments},
    dialog::{attach::entry, frame, moving, part, words},
    icon,
    model::Model,
    theme::{self, space},
    widget::cut,
};

impl Divide {
    pub(super) fn show<'a>(&'a self, model: &'a Model) -> Element<'a, Message> {
        let card = moving::label(model, &self.host, &self.part.card);
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.attempt.failure(|error| words::error(error, ""), Message::Fold));
        let types = self.types(model);
        let has = types.iter().find(|kind| kind.id == self.part.kind).map(|kind| kind.description.as_str()).unwrap_or_default();
        let list = Column::with_children(types.into_iter().map(|kind| self.kind(kind))).padding(4);
        let list = container(list).width(Length::Fill).style(theme::container::card);
        let has = (!has.is_empty()).then(|| part::caption(has));
        body = body.push(column![list].push(has).spacing(space::XS));
        body = body.push(self.time()).push(self.plan.view(120.0, Message::Retry, |plan| self.show_plan(&card, plan)));
        let label = (t!("divide-accept"), t!("divide-working"));
        let accept = self.is_allowed().then_some(Message::Accept);
        let foot = self.attempt.foot(Kind::Primary, label, accept, Some(t!("divide-patience")), Message::Dismiss);
        let title = t!("divide-title", card = card.as_str());
        frame(icon::gpu(), |t| t.selected, |t| t.accent_text, title, part::apart(body), foot, 560.0)
    }

    fn kind<'a>(&self, kind: &'a PartType) -> Element<'a, Message> {
        let name = if kind.name.is_empty() { kind.id.as_str() } else { kind.name.as_str() };
        let words = row![cut(name), cut(t!("divide-free", count = kind.free)).size(12.0, 16.0).colour(|t| t.subtle).width(Length::Shrink),];
        entry(words, self.part.kind == kind.id, self.attempt.press(Message::Type(kind.id.clone())))
    }

    fn time<'a>(&self) -> Element<'a, Message> {
        let choice = |until: Until| {
            let is_on = self.until() == until;
            let words = match until {
                Until::Always => t!("divide-always"),
                Until::Deleted => t!("divide-deleted"),
                Until::Stop => t!("divide-stop"),
            };
            (words, is_on, self.attempt.press(Message::Until(until)).filter(|_| !is_on))
        };
        let row = segments([Until::Always, Until::Deleted, Until::Stop].map(choice));
        let starts = (self.until() != Until::Stop).then(|| {
            let press = self.attempt.press(Message::Starts);
            moving::choice("divide-now", self.part.starts, t!("divide-now"), t!("divide-now-detail"), press)
        });
        column![row].push(starts).spacing(space::S).into()
    }

    fn show_plan<'a>(&self, card: &str, plan: &'a Verdict) -> Element<'a, Message> {
        if !plan.reasons.is_empty() {
            return moving::refusals_in_words(plan.reasons.iter().map(|one| refusal_named(one, card)).collect());
        }
        let mut steps = Vec::new();
        if self.part.is_kept {
            steps.push((t!("divide-step-keep"), t!("divide-step-keep-detail")));
        }
        if self.part.autostart {
            steps.push((t!("divide-step-always"), String::new()));
        }
        if self.part.starts {
            let detail = if self.part.is_kept { t!("divide-step-make-detail") } else { t!("divide-step-make-stop") };
            steps.push((t!("divide-step-make"), detail));
        }
        let body = column![part::paragraph(t!("bind-plan")), moving::steps(steps), moving::undone_by(t!("divide-undo"))];
        body.spacing(space::S).into()
    }
}
