//! Takes what is no PCI card from its machine: what happens, when, and what the guest loses, before that.

#[cfg(test)]
mod tests;

use client::{
    Error, ErrorKind,
    device::{Attached, Giving},
    settings::Settings,
    t,
};
use iced::{
    Element, Length, Task,
    widget::{Column, Row, column, row},
};

use super::{
    Content,
    attach::{When, when_words},
    attempt::Attempt,
    frame, moving, part, words,
};
use crate::{
    action::{Action, Call, Done, OtherChange},
    component::{Kind, segments, thing::found},
    font, icon,
    model::{Key, Model},
    theme::space,
    widget::{cut, focus},
};

/// Seconds that a guest has to let go.
const PATIENCE: u32 = 30;

/// See [the module](self).
#[derive(Debug)]
pub struct TakeBack {
    key: Key,
    kind: String,
    source: String,
    when: When,
    attempt: Attempt,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Another time.
    When(When),
    /// Show or hide the raw message.
    Fold,
    /// Do it.
    Accept,
    /// Leave it.
    Dismiss,
}

impl TakeBack {
    /// Asks about taking this, as the machine's definition names it.
    #[must_use]
    pub fn new(model: &Model, key: Key, one: &Attached) -> Self {
        let (kind, source) = (one.kind.clone(), one.source.clone());
        let mut dialog = Self { key, kind, source, when: When::Both, attempt: Attempt::default() };
        dialog.when = dialog.times(model).first().copied().unwrap_or(When::Both);
        dialog
    }

    fn has<'a>(&self, model: &'a Model) -> Option<&'a Attached> {
        let all = model.machine(&self.key)?.host_devices.as_deref().unwrap_or_default();
        all.iter().find(|one| one.kind == self.kind && one.source == self.source)
    }

    /// The times that there are: what runs with it can lose it now, if it can be plugged.
    fn times(&self, model: &Model) -> Vec<When> {
        let Some(one) = self.has(model) else { return Vec::new() };
        match (one.is_live && one.can_be_unplugged(), one.is_configured) {
            (true, true) => vec![When::Both, When::Now, When::AtStart],
            (true, false) => vec![When::Now],
            (false, true) => vec![When::AtStart],
            (false, false) => Vec::new(),
        }
    }

    fn call(&self, model: &Model) -> Option<Call> {
        let gift = model.host(&self.key.host)?.others.gift(self.has(model)?)?;
        let giving = Giving { gift, is_live: self.when.is_live(), is_configured: self.when.is_configured() };
        Some(Call::Other(self.key.clone(), OtherChange::TakeBack(giving)))
    }

    fn is_allowed(&self, model: &Model) -> bool {
        !self.attempt.is_working() && self.times(model).contains(&self.when)
    }

    fn label(&self, model: &Model) -> String {
        let thing = model.host(&self.key.host).zip(self.has(model)).and_then(|(host, one)| found(&host.others, one));
        thing.map_or_else(|| self.source.clone(), |thing| thing.label)
    }

    fn steps(&self, model: &Model) -> Vec<(String, String)> {
        let mut steps = Vec::new();
        if self.when.is_live() {
            steps.push((t!("detach-step-ask"), t!("detach-step-ask-detail", seconds = PATIENCE)));
            steps.push((t!("detach-step-back"), String::new()));
        }
        if self.when.is_configured() {
            let stays = self.has(model).is_some_and(|one| one.is_live && !one.can_be_unplugged());
            let detail = if stays { t!("take-back-stays") } else { t!("detach-step-configure-detail") };
            steps.push((t!("detach-step-configure"), detail));
        }
        steps
    }

    /// Whether a rule would give it back again.
    fn has_rule(&self, model: &Model) -> bool {
        let Some((host, machine)) = model.host(&self.key.host).zip(model.machine(&self.key)) else { return false };
        let mut ports = host.others.usb_named(&self.source).map(|device| &device.port);
        let ruled: Vec<&String> = machine.usb_rules.iter().flatten().flat_map(|rule| &rule.ports).collect();
        self.kind == "usb" && ports.any(|port| ruled.contains(&port))
    }

    fn times_row<'a>(&self, model: &Model) -> Option<Element<'a, Message>> {
        let times = self.times(model);
        let choice = |when: When| {
            let is_on = self.when == when;
            (when_words(when), is_on, self.attempt.press(Message::When(when)).filter(|_| !is_on))
        };
        let several = times.len() > 1;
        let row = || Row::new().push(part::caption(t!("attach-when"))).push(segments(times.iter().copied().map(choice))).spacing(space::M);
        several.then(|| row().align_y(iced::Center).wrap().into())
    }
}

impl Content for TakeBack {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, _model: &Model, _settings: &Settings) -> Task<Message> {
        focus::take("dialog-accept")
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Dismiss => return Action::Close,
            Message::Fold => self.attempt.fold(),
            // What was asked for stays as it is until the answer comes.
            _ if self.attempt.is_working() => {}
            Message::When(when) => {
                self.when = when;
                self.attempt.forget();
            }
            Message::Accept if self.is_allowed(model) => {
                return self.call(model).map_or(Action::None, |call| self.attempt.begin(call));
            }
            Message::Accept => {}
        }
        Action::None
    }

    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        // The machine may not have it any more, by which its call would be known.
        let Call::Other(key, OtherChange::TakeBack(giving)) = &done.call else { return None };
        if *key != self.key {
            return None;
        }
        if !self.attempt.done(done, Some(&done.call))? {
            return Some(Action::None);
        }
        let devices = crate::app::other::label(model, key, &giving.gift);
        let told = Action::Toast(t!("act-detach", devices = devices, machine = super::label(model, key)));
        // What can be undone tells itself.
        Some(if giving.gift.can_be_plugged() { Action::Close } else { Action::Batch(vec![Action::Close, told]) })
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let machine = super::label(model, &self.key);
        let label = self.label(model);
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.attempt.failure(|error| explained(error, &machine), Message::Fold));
        let line =
            row![cut(label.clone()).font(font::MEDIUM), cut(self.source.clone()).size(12.0, 18.0).font(font::MONO).colour(|t| t.subtle)];
        body = body.push(part::well(line.spacing(space::S).align_y(iced::Center))).push(self.times_row(model));
        body = body.push(column![part::paragraph(t!("bind-plan")), moving::steps(self.steps(model))].spacing(space::S));
        if self.when.is_live() {
            body = body.push(part::warning(t!("detach-warning", machine = machine.as_str())));
        }
        if self.has_rule(model) {
            body = body.push(part::warning(t!("take-back-rule")));
        }
        body = body.push(moving::undone_by(t!("detach-undo")));
        let labels = (t!("detach-accept", count = 1), t!("detach-working"));
        let accept = self.is_allowed(model).then_some(Message::Accept);
        let patience = self.when.is_live().then(|| t!("detach-patience", seconds = PATIENCE));
        let foot = self.attempt.foot(Kind::Primary, labels, accept, patience, Message::Dismiss);
        let title = t!("detach-title", device = label, machine = machine);
        frame(icon::undo_2(), |t| t.selected, |t| t.accent_text, title, part::apart(body), foot, 560.0)
    }
}

/// What went wrong, in the words of this: what a guest keeps.
fn explained(error: &Error, machine: &str) -> (String, String) {
    match error.kind() {
        Some(ErrorKind::TimedOut) => (t!("detach-kept", machine = machine), t!("detach-kept-advice", seconds = PATIENCE)),
        _ => words::error(error, machine),
    }
}
