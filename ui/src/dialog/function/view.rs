//! What the dialog shows.

use client::{
    device::{FunctionPlan, short},
    t,
};
use iced::{
    Element, Length,
    widget::{Column, column, row},
};

use super::{Field, Function, Message};
use crate::{
    component::{Kind, segments},
    dialog::{frame, moving, part, words},
    icon,
    model::Model,
    theme::space,
};

/// What has the focus when it opens.
pub(super) const MAC: &str = "function-mac";
const PROTOCOLS: [&str; 2] = ["802.1Q", "802.1ad"];
const LINKS: [&str; 3] = ["auto", "enable", "disable"];

impl Function {
    pub(super) fn show<'a>(&'a self, _model: &'a Model) -> Element<'a, Message> {
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        if let Some(error) = &self.error {
            body = body.push(moving::failure(error, words::error(error, ""), self.shows_message, Message::Fold));
        }
        let rates = row![
            self.field("function-least", t!("function-least"), &self.draft.least, Field::Least),
            self.field("function-most", t!("function-most"), &self.draft.most, Field::Most),
        ];
        let names = row![
            self.field(MAC, t!("function-mac"), &self.draft.mac, Field::Mac),
            self.field("function-vlan", t!("function-vlan"), &self.draft.vlan, Field::Vlan),
        ];
        body = body.push(names.spacing(space::M)).push(self.vlan()).push(rates.spacing(space::M));
        let link = |state: &'static str| {
            let is_on = self.draft.link_state == state;
            let words = match state {
                "enable" => t!("function-link-enable"),
                "disable" => t!("function-link-disable"),
                _ => t!("function-link-auto"),
            };
            (words, is_on, self.press(Message::Link(state)).filter(|_| !is_on))
        };
        body = body.push(column![part::caption(t!("function-link")), segments(LINKS.map(link))].spacing(space::XS));
        let (spoofing, trust) = (self.press(Message::Spoofing), self.press(Message::Trust));
        let (is_checked, is_trusted) = (self.draft.checks_spoofing, self.draft.is_trusted);
        body = body.push(column![
            moving::choice("function-spoof", is_checked, t!("function-spoof"), t!("function-spoof-detail"), spoofing),
            moving::choice("function-trust", is_trusted, t!("function-trust"), t!("function-trust-detail"), trust),
        ]);
        if self.change().is_some() {
            body = body.push(self.plan.view(70.0, Message::Retry, |plan| show_plan(plan)));
        }
        let label = if self.is_working { t!("device-functions-working") } else { t!("device-functions-apply") };
        let accept = part::accept(Kind::Primary, label, self.is_allowed().then_some(Message::Accept));
        let said = self.is_allowed().then(|| part::caption(t!("bind-password")).into());
        let foot = part::foot(said, vec![part::cancel(Message::Dismiss).into(), accept.into()]);
        let title = t!("function-title", index = self.before.index, device = short(&self.card));
        frame(icon::ethernet_port(), |t| t.selected, |t| t.accent_text, title, part::apart(body), foot, 560.0)
    }

    /// The priority of a VLAN and its kind, if there is one.
    fn vlan(&self) -> Option<Element<'_, Message>> {
        if matches!(self.draft.vlan.trim(), "" | "0") {
            return None;
        }
        let protocol = |protocol: &'static str| {
            let is_on = self.draft.protocol == protocol;
            (protocol.to_owned(), is_on, self.press(Message::Protocol(protocol)).filter(|_| !is_on))
        };
        let kind = column![part::caption(t!("function-protocol")), segments(PROTOCOLS.map(protocol))].spacing(space::XS);
        let priority = self.field("function-priority", t!("function-priority"), &self.draft.priority, Field::Priority);
        Some(row![kind.width(Length::Fill), priority].spacing(space::M).into())
    }

    fn press(&self, message: Message) -> Option<Message> {
        (!self.is_working).then_some(message)
    }

    fn field<'a>(&self, id: &'static str, label: String, value: &'a str, field: Field) -> Element<'a, Message> {
        let is_wrong = self.wrong() == Some(field);
        let hint = match field {
            Field::Mac => "52:54:00:00:00:01".to_owned(),
            Field::Vlan => t!("function-none"),
            Field::Priority => "0".to_owned(),
            Field::Least | Field::Most => t!("function-no-limit"),
        };
        let input = part::field(id, &hint, value, is_wrong, move |text| Message::Typed(field, text), Message::Accept);
        let input = part::typed(input, Some(label.clone()), value);
        let wrong = match field {
            Field::Mac => t!("function-mac-wrong"),
            Field::Vlan => t!("function-vlan-wrong"),
            Field::Priority => t!("function-priority-wrong"),
            Field::Least | Field::Most => t!("function-rate-wrong"),
        };
        let below = is_wrong.then(|| part::below(Some(wrong), None));
        column![part::caption(label), input].push(below).spacing(space::XS).width(Length::Fill).into()
    }
}

fn show_plan<'a>(plan: &'a FunctionPlan) -> Element<'a, Message> {
    if !plan.reasons.is_empty() {
        return moving::refusals(&plan.reasons);
    }
    let steps = plan.steps.iter().map(|(setting, value)| (format!("{setting} {value}"), String::new())).collect();
    let body = column![part::paragraph(t!("bind-plan")), moving::steps(steps), part::caption(t!("function-until"))];
    body.spacing(space::S).into()
}
