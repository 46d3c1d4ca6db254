//! Takes a device of the host from its machine: what happens, when, and what the guest loses, before that.

#[cfg(test)]
mod tests;

use client::{
    Error, ErrorKind,
    device::{Attached, Attachment, is_one_card, short},
    settings::Settings,
    t,
};
use iced::{
    Element, Length, Task,
    widget::{Column, Row, column},
};

use super::{
    Content,
    attach::{When, when_words},
    attempt::Attempt,
    frame, moving, part, words,
};
use crate::{
    action::{Action, Call, Done},
    component::{Kind, segments},
    icon,
    model::{Key, Model},
    theme::space,
    widget::focus,
};

/// Seconds that a guest has to let go.
const PATIENCE: u32 = 30;

/// See [the module](self).
#[derive(Debug)]
pub struct Detach {
    key: Key,
    address: String,
    whole_card: bool,
    when: When,
    attempt: Attempt,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Another time.
    When(When),
    /// With the whole card, or not.
    Card,
    /// Show or hide the raw message.
    Fold,
    /// Do it.
    Accept,
    /// Leave it.
    Dismiss,
}

impl Detach {
    /// Asks about taking this device from its machine, with what the machine has of the same card.
    #[must_use]
    pub fn new(model: &Model, key: Key, address: String) -> Self {
        let is_function =
            model.host(&key.host).and_then(|host| moving::device(host, &address)).is_some_and(|device| device.function_of.is_some());
        let mut dialog = Self { key, address, whole_card: !is_function, when: When::Both, attempt: Attempt::default() };
        dialog.whole_card &= dialog.leaving(model).len() > 1;
        dialog.when = dialog.times(model).first().copied().unwrap_or(When::Both);
        dialog
    }

    /// What the machine has of what is meant.
    fn leaving<'a>(&self, model: &'a Model) -> Vec<&'a Attached> {
        let all = model.machine(&self.key).and_then(|machine| machine.host_devices.as_deref()).unwrap_or_default();
        let is_meant = |one: &&Attached| one.source == self.address || (self.whole_card && is_one_card(&one.source, &self.address));
        all.iter().filter(|one| one.is_pci()).filter(is_meant).collect()
    }

    /// The other functions of the card that the machine has.
    fn others<'a>(&self, model: &'a Model) -> Vec<&'a Attached> {
        let (key, address) = (self.key.clone(), self.address.clone());
        let whole = Self { key, address, whole_card: true, when: self.when, attempt: Attempt::default() };
        whole.leaving(model).into_iter().filter(|one| one.source != self.address).collect()
    }

    /// The times that there are: what runs with it can lose it now.
    fn times(&self, model: &Model) -> Vec<When> {
        let leaving = self.leaving(model);
        let has = |is: fn(&Attached) -> bool| leaving.iter().any(|one| is(one));
        match (has(|one| one.is_live), has(|one| one.is_configured)) {
            (true, true) => vec![When::Both, When::Now, When::AtStart],
            (true, false) => vec![When::Now],
            _ => vec![When::AtStart],
        }
    }

    fn call(&self) -> Call {
        let attachment = Attachment {
            address: self.address.clone(),
            whole_card: self.whole_card,
            is_live: self.when.is_live(),
            is_configured: self.when.is_configured(),
            ..Attachment::default()
        };
        Call::Detach(self.key.clone(), attachment)
    }

    fn is_allowed(&self, model: &Model) -> bool {
        !self.attempt.is_working() && self.times(model).contains(&self.when) && !self.leaving(model).is_empty()
    }

    fn steps(&self, model: &Model) -> Vec<(String, String)> {
        let leaving = self.leaving(model);
        let mut steps = Vec::new();
        if self.when.is_live() {
            steps.push((t!("detach-step-ask"), t!("detach-step-ask-detail", seconds = PATIENCE)));
            let back: Vec<&str> = leaving.iter().filter(|one| one.is_live && one.is_managed).map(|one| short(&one.source)).collect();
            let stays = leaving.iter().any(|one| one.is_live && !one.is_managed);
            if !back.is_empty() {
                steps.push((t!("detach-step-back"), back.join(", ")));
            }
            if stays {
                steps.push((t!("detach-step-reserved"), String::new()));
            }
        }
        if self.when.is_configured() {
            steps.push((t!("detach-step-configure"), t!("detach-step-configure-detail")));
        }
        steps
    }

    /// What went wrong, in the words of this: what a guest keeps, and what it has as a part of a card.
    fn explained(error: &Error, machine: &str) -> (String, String) {
        match error.kind() {
            Some(ErrorKind::TimedOut) => (t!("detach-kept", machine = machine), t!("detach-kept-advice", seconds = PATIENCE)),
            Some(ErrorKind::NotSupported) => (t!("detach-part", machine = machine), t!("detach-part-advice")),
            _ => words::error(error, machine),
        }
    }
}

impl Content for Detach {
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
            Message::Card => {
                self.whole_card = !self.whole_card;
                self.attempt.forget();
                let times = self.times(model);
                self.when = if times.contains(&self.when) { self.when } else { times.first().copied().unwrap_or(self.when) };
            }
            Message::Accept if self.is_allowed(model) => return self.attempt.begin(self.call()),
            Message::Accept => {}
        }
        Action::None
    }

    fn done(&mut self, _model: &Model, done: &Done) -> Option<Action> {
        Some(if self.attempt.done(done, Some(&self.call()))? { Action::Close } else { Action::None })
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let machine = super::label(model, &self.key);
        let title = t!("detach-title", device = moving::label(model, &self.key.host, &self.address), machine = machine.as_str());
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.attempt.failure(|error| Self::explained(error, &machine), Message::Fold));
        let leaving = self.leaving(model);
        body = body.push(moving::devices(model, &self.key.host, leaving.iter().map(|one| &one.source)));
        body = body.push(self.card(model)).push(self.times_row(model));
        let plan = column![part::paragraph(t!("bind-plan")), moving::steps(self.steps(model))].spacing(space::S);
        body = body.push(plan);
        if self.when.is_live() {
            body = body.push(part::warning(t!("detach-warning", machine = machine.as_str())));
        }
        body = body.push(moving::undone_by(t!("detach-undo")));
        let label = (t!("detach-accept", count = leaving.len().max(1)), t!("detach-working"));
        let accept = self.is_allowed(model).then_some(Message::Accept);
        let patience = self.when.is_live().then(|| t!("detach-patience", seconds = PATIENCE));
        let foot = self.attempt.foot(Kind::Primary, label, accept, patience, Message::Dismiss);
        frame(icon::undo_2(), |t| t.selected, |t| t.accent_text, title, part::apart(body), foot, 560.0)
    }
}

impl Detach {
    fn card<'a>(&self, model: &Model) -> Option<Element<'a, Message>> {
        let others = self.others(model);
        let names: Vec<&str> = others.iter().map(|one| short(&one.source)).collect();
        let more = t!("bind-group-more", count = others.len(), devices = names.join(", "));
        (!others.is_empty())
            .then(|| moving::choice("detach-card", self.whole_card, t!("detach-card"), more, self.attempt.press(Message::Card)))
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
