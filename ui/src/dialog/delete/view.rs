//! What the dialog shows.

use client::t;
use iced::{
    Element, Length,
    widget::{Column, column, row, space as gap},
};

use super::{
    Delete, Message,
    plan::{Disk, Line, Plan},
};
use crate::{
    component::{Button, Kind},
    dialog::{frame::frame_with, part},
    icon,
    model::Model,
    theme::{self, space},
    widget::text,
};

impl Delete {
    pub(super) fn show<'a>(&'a self, model: &'a Model) -> Element<'a, Message> {
        let mut body = column![part::paragraph(t!("delete-advice"))].spacing(space::M);
        if self.is_locked(model) {
            body = body.push(part::warning(t!("delete-locked")));
        } else if self.is_running(model) {
            body = body.push(part::warning(t!("delete-running")));
        }
        body = body.push(self.plan.view(150.0, Message::Retry, |plan| self.show_plan(plan)));
        let label = if self.is_permanent { t!("delete-accept-permanent") } else { t!("delete-accept") };
        let keep = Button::new(Kind::Secondary, t!("delete-keep")).on_press(Message::Dismiss).id("dialog-cancel");
        let delete = part::accept(Kind::Danger, label, self.is_allowed(model).then_some(Message::Accept));
        let foot = part::foot(None, vec![keep.into(), delete.into()]);
        let title = t!("delete-title", machine = self.label.as_str());
        frame_with(icon::trash_2(), |t| t.crashed_soft, |t| t.crashed, title, body, self.name_field(), foot, 520.0)
    }

    /// Stays in sight, however many disks there are.
    fn name_field(&self) -> Option<Element<'_, Message>> {
        let label = part::caption(t!("delete-type", name = self.name.as_str()));
        let field = part::field("delete-name", "", &self.typed, false, Message::Typed, Message::Accept);
        let field = part::typed(field, None, &self.typed);
        self.asks_for_name().then(|| column![label, field].spacing(space::XS).into())
    }

    fn show_plan<'a>(&'a self, plan: &'a Plan) -> Element<'a, Message> {
        let mut list = Column::new().spacing(2);
        for (place, disk) in plan.disks.iter().enumerate() {
            list = list.push(disk_row(place, disk));
        }
        for line in &plan.goes {
            list = list.push(part::check(None, part::Mark::On, words(&line.label, &line.facts, true), None));
        }
        let mut body = column![list].spacing(space::M);
        if !plan.stays.is_empty() {
            let stays = plan.stays.iter().map(stay).collect::<Column<'_, Message>>().spacing(space::XS);
            body = body.push(column![part::heading(t!("delete-stays")), stays].spacing(space::XS));
        }
        body.push(self.show_trash(plan)).into()
    }

    /// What comes back, and the choice that nothing does.
    fn show_trash<'a>(&'a self, plan: &Plan) -> Element<'a, Message> {
        let permanent = words(&t!("delete-permanent"), &t!("delete-permanent-advice"), true);
        let choice = part::check(Some("delete-permanent"), self.is_permanent.into(), permanent, Some(Message::Permanent));
        let hint: Element<'a, Message> = if self.is_permanent {
            let words = text(t!("delete-gone")).size(13).line_height(part::LINE);
            part::note(icon::triangle_alert(), |t| t.crashed_soft, |t| t.crashed, words)
        } else {
            let words = if plan.takes_disks() { t!("delete-trash") } else { t!("delete-trash-plain") };
            let words = text(words).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::subtle);
            row![icon::history().colour(16.0, |t| t.subtle), words.width(Length::Fill)].spacing(space::S).into()
        };
        column![iced::widget::rule::horizontal(1).style(theme::container::line), hint, choice].spacing(space::S).into()
    }
}

fn disk_row<'a>(place: usize, disk: &Disk) -> Element<'a, Message> {
    let label = words(&disk.label, &disk.facts, disk.is_safe);
    part::check(None, disk.is_ticked.into(), label, disk.is_safe.then_some(Message::Tick(place)))
}

/// A thing and what is to be said of it, on a second line if there is no room.
fn words<'a>(label: &str, facts: &str, is_on: bool) -> Element<'a, Message> {
    let style = if is_on { theme::normal } else { theme::muted };
    let label = text(label.to_owned()).size(13).line_height(part::LINE).style(style).wrapping(text::Wrapping::WordOrGlyph);
    let facts = text(facts.to_owned()).size(13).line_height(part::LINE).style(theme::subtle);
    row![label, facts].spacing(6).width(Length::Fill).wrap().vertical_spacing(0).into()
}

fn stay<'a>(line: &Line) -> Element<'a, Message> {
    row![gap().width(4), words(&line.label, &line.facts, true)].spacing(space::S).into()
}
