//! What the dialog shows.

use client::{
    device::short,
    hand_over::{Plan, Session, Step},
    t,
};
use iced::{
    Element, Length,
    widget::{Column, Row, column},
};

use super::{ENDS, HandOver, Message, TRIALS};
use crate::{
    component::{Button, Kind, device::warning, segments},
    dialog::{frame, moving, part, words},
    icon,
    model::Model,
    theme::space,
};

impl HandOver {
    pub(super) fn show<'a>(&'a self, model: &'a Model) -> Element<'a, Message> {
        let machine = crate::dialog::label(model, &self.key);
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.attempt.failure(|error| words::error(error, &machine), Message::Fold));
        body = body.push(self.plan.view(300.0, Message::Retry, |plan| self.show_plan(model, plan)));
        let title = t!("hand-over-title", machine = machine.as_str());
        frame(icon::monitor(), |t| t.selected, |t| t.accent_text, title, part::apart(body), self.foot(), 600.0)
    }

    fn foot<'a>(&self) -> Element<'a, Message> {
        let label = if self.attempt.is_working() { t!("hand-over-working") } else { t!("hand-over-accept") };
        let accept = part::accept(Kind::Primary, label, self.is_allowed().then_some(Message::Accept));
        let said = match () {
            () if self.attempt.is_working() => Some(t!("hand-over-patience")),
            () if self.lacks_consent() => Some(t!("hand-over-consent")),
            () if self.is_allowed() => Some(t!("bind-password")),
            () => None,
        };
        part::foot(said.map(|words| part::caption(words).into()), vec![part::cancel(Message::Dismiss).into(), accept.into()])
    }

    fn show_plan<'a>(&'a self, model: &'a Model, plan: &'a Plan) -> Element<'a, Message> {
        let mut body = Column::new().spacing(space::M).width(Length::Fill).push(moving::devices(model, &self.key.host, &plan.devices));
        let is_left = |reason: &str| !ENDS.contains(&reason) || self.how.closes_sessions;
        let reasons: Vec<_> = plan.reasons.iter().filter(|one| is_left(&one.reason)).cloned().collect();
        let ends = ends(plan);
        if ends.is_empty() {
            body = body.push(part::caption(t!("hand-over-ends-nobody")));
        } else {
            body = body.push(part::warning(format!("{}: {}.", t!("hand-over-ends", count = ends.len()), ends.join(", "))));
        }
        body = body.push(self.choices(plan));
        if !reasons.is_empty() {
            return body.push(moving::refusals(&reasons)).into();
        }
        body = body.push(self.trial(model));
        let steps = moving::steps(self.steps(model, plan));
        body = body.push(column![part::paragraph(t!("bind-plan")), steps].spacing(space::S));
        for known in plan.warnings.iter().filter(|one| !ENDS.contains(&one.reason.as_str())) {
            body = body.push(part::warning(warning(known)));
        }
        body.push(self.exact(plan)).into()
    }

    /// What may end, and what goes although it should not.
    fn choices<'a>(&'a self, plan: &Plan) -> Option<Element<'a, Message>> {
        let has = |word: &str| plan.reasons.iter().any(|one| one.reason == word);
        let mut choices = Vec::new();
        if self.how.closes_sessions || ENDS.iter().any(|word| has(word)) {
            let (label, detail) = (t!("hand-over-closes"), t!("hand-over-closes-detail"));
            choices.push(moving::choice("hand-over-closes", self.how.closes_sessions, label, detail, self.attempt.press(Message::Closes)));
        }
        if self.how.allows_no_reset || has("no-reset") {
            let (label, detail) = (t!("bind-no-reset"), t!("bind-no-reset-advice"));
            choices.push(moving::choice(
                "hand-over-no-reset",
                self.how.allows_no_reset,
                label,
                detail,
                self.attempt.press(Message::NoReset),
            ));
        }
        (!choices.is_empty()).then(|| Column::with_children(choices).spacing(space::XS).into())
    }

    /// When it comes back by itself.
    fn trial<'a>(&self, model: &Model) -> Element<'a, Message> {
        if model.machine(&self.key).is_some_and(|machine| machine.is_locked) {
            return part::warning(t!("hand-over-locked-hint"));
        }
        let choice = |trial: Option<u32>| {
            let label = trial.map_or_else(|| t!("hand-over-trial-none"), |seconds| t!("hand-over-trial-minutes", minutes = seconds / 60));
            let is_on = self.how.trial == trial;
            (label, is_on, self.attempt.press(Message::Trial(trial)).filter(|_| !is_on))
        };
        let choices = segments(TRIALS.map(Some).into_iter().chain([None]).map(choice));
        let row = Row::new().push(part::caption(t!("hand-over-trial"))).push(choices).spacing(space::M).align_y(iced::Center);
        let hint: Element<'a, Message> = match self.how.trial {
            Some(_) => part::caption(t!("hand-over-trial-hint")).into(),
            None => part::warning(t!("hand-over-no-trial-hint")),
        };
        column![row.wrap(), hint].spacing(space::S).into()
    }

    /// What will happen in the order in which it does, and how it ends.
    fn steps(&self, model: &Model, plan: &Plan) -> Vec<(String, String)> {
        let subjects = |word: &str| {
            let those = plan.steps.iter().filter(|step| step.step == word).map(|step| step.subject.as_str());
            those.collect::<Vec<_>>().join(", ")
        };
        let from = |step: &Step| {
            let host = model.host(&self.key.host);
            let driver = host.and_then(|host| moving::device(host, &step.subject)).map(|device| device.driver.as_str());
            t!("bind-step-from", device = short(&step.subject), driver = driver.unwrap_or_default())
        };
        let leaving: Vec<String> = plan.steps.iter().filter(|step| step.step == "unbind").map(from).collect();
        let named = |word: &str, what: String| Some((what, subjects(word))).filter(|(_, names)| !names.is_empty());
        let binds = plan.steps.iter().any(|step| step.step == "override");
        let stop = named("stop-unit", t!("hand-over-step-stop"));
        let end = match self.how.trial {
            Some(seconds) => {
                let time = t!("hand-over-trial-minutes", minutes = seconds / 60);
                (t!("hand-over-step-wait", time = time), t!("hand-over-step-wait-detail"))
            }
            None => (t!("hand-over-step-back"), t!("hand-over-step-back-detail")),
        };
        let steps = [
            named("start-unit", t!("hand-over-step-driver")),
            stop.map(|(what, units)| (what, t!("hand-over-step-stop-detail", units = units))),
            named("console", t!("hand-over-step-consoles")),
            named("frame-buffer", t!("hand-over-step-buffers")),
            named("unload-module", t!("hand-over-step-modules")),
            binds.then(|| (t!("hand-over-step-bind"), leaving.join(", "))),
            Some((t!("hand-over-step-start", machine = crate::dialog::label(model, &self.key)), String::new())),
            Some(end),
        ];
        steps.into_iter().flatten().collect()
    }

    /// Every change as the service tells it, one click away.
    fn exact<'a>(&'a self, plan: &'a Plan) -> Element<'a, Message> {
        let (label, mark) = moving::fold(self.shows_steps, "bind-steps-show", "bind-steps-hide");
        let button = Button::new(Kind::Link, label).icon(mark).line().on_press(Message::Steps).id("hand-over-steps");
        column![button].push(self.shows_steps.then(|| part::well(part::code(exactly(plan))))).spacing(space::S).into()
    }
}

/// Who loses what, in words.
fn ends(plan: &Plan) -> Vec<String> {
    let session = |Session { user, seat, kind, .. }: &Session| match seat.as_str() {
        "" => t!("hand-over-ends-session", user = user.as_str(), kind = kind.as_str()),
        seat => t!("hand-over-ends-session-at", user = user.as_str(), seat = seat, kind = kind.as_str()),
    };
    // A number stands before the name.
    let name = |name: &str| name.split_once(' ').map_or(name, |(_, name)| name).to_owned();
    let mut programs: Vec<String> = plan.processes.iter().map(|one| t!("hand-over-ends-program", name = name(&one.name))).collect();
    programs.dedup();
    plan.sessions.iter().map(session).chain(programs).collect()
}

/// Every change in order, a line each.
pub(super) fn exactly(plan: &Plan) -> String {
    let line = |Step { step, subject, value }: &Step| match step.as_str() {
        "start-unit" => format!("systemctl start {subject}"),
        "stop-unit" => format!("systemctl stop {subject}"),
        "console" => format!("{value} → /sys/class/vtconsole/{subject}/bind"),
        "frame-buffer" => format!("{subject}: {value}"),
        "unload-module" => format!("rmmod {subject}"),
        "override" => format!("{value} → /sys/bus/pci/devices/{subject}/driver_override"),
        "unbind" => format!("{value} → /sys/bus/pci/devices/{subject}/driver/unbind"),
        "probe" => format!("{value} → /sys/bus/pci/drivers_probe"),
        "start-machine" => format!("virsh start {subject}"),
        other => format!("{other} {subject} {value}"),
    };
    plan.steps.iter().map(line).collect::<Vec<_>>().join("\n")
}
