//! Tells of a failed call: what happened, why, and what to do, with the repair as a button.

mod repair;

use client::{Error, Operation, Prompt, settings::Settings, t};
use iced::{Element, Task, widget::column};

use super::{
    Content,
    fetch::{Patience, fetch},
    frame, part, words,
};
use crate::{
    action::{Action, Call},
    component::{Button, Kind},
    icon,
    model::{Key, Model},
    theme::space,
    widget::focus,
};
use repair::Repair;

/// See [the module](self).
#[derive(Debug)]
pub struct Failure {
    call: Call,
    key: Option<Key>,
    error: Error,
    title: String,
    reason: String,
    advice: String,
    repairs: Vec<Repair>,
    log: Vec<String>,
    shows_message: bool,
    is_copied: bool,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The log came, for this machine.
    Log(Key, Result<Vec<String>, Error>),
    /// Time has passed.
    Waited(Patience),
    /// Show or hide the raw message.
    Fold,
    /// All of it goes to the clipboard.
    Copy,
    /// Do this.
    Repair(Repair),
    /// The first repair, or close it.
    Accept,
    /// Close it.
    Close,
}

/// So many lines of the log say why.
const LINES: usize = 12;

impl Failure {
    /// A call that failed, for one machine or none.
    #[must_use]
    pub fn new(model: &Model, call: Call, key: Option<Key>, error: Error) -> Self {
        let key = key.or_else(|| super::open::targets(&call).first().cloned());
        let name = key.as_ref().map(|key| super::label(model, key)).unwrap_or_default();
        let title = words::failed(model, &call, &name);
        let (reason, advice) = words::reason(&call, &error, &name);
        let repairs = repair::of(model, &call, key.as_ref(), &error);
        Self { call, key, error, title, reason, advice, repairs, log: Vec::new(), shows_message: false, is_copied: false }
    }

    const fn is_start(&self) -> bool {
        matches!(self.call, Call::Operate(Operation::Start | Operation::StartPaused | Operation::StartCold, _))
    }

    fn message(&self) -> String {
        let mut message = words::raw(&self.error);
        if !self.log.is_empty() {
            message.push_str("\n\n");
            message.push_str(&self.log.join("\n"));
        }
        message
    }

    fn copied(&self) -> String {
        format!("{}\n{}\n{}\n\n{}", self.title, self.reason, self.advice, self.message())
    }
}

impl Content for Failure {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, model: &Model, _settings: &Settings) -> Task<Message> {
        let focus = focus::take("dialog-accept");
        let Some(key) = self.key.clone().filter(|_| self.is_start()) else { return focus };
        let (host, machine) = (key.host.clone(), key.machine);
        let read = move |lines| Message::Log(key.clone(), lines);
        Task::batch([
            focus,
            fetch(model, &host, move |client| async move { client.log(machine, Prompt::Never).await }, read, Message::Waited),
        ])
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            // The log only adds to what is known; a failure to read it is no news.
            Message::Log(key, Ok(lines)) if Some(&key) == self.key.as_ref() => {
                self.log = lines.split_at(lines.len().saturating_sub(LINES)).1.to_vec();
            }
            Message::Log(..) | Message::Waited(_) => {}
            Message::Fold => self.shows_message = !self.shows_message,
            Message::Copy => {
                self.is_copied = true;
                return Action::Task(iced::clipboard::write(self.copied()));
            }
            Message::Repair(repair) => return repair.action(model, &self.call, self.key.as_ref()),
            Message::Accept => {
                let repair = self.repairs.first().filter(|repair| repair.kind() == Kind::Primary);
                return repair.map_or(Action::Close, |repair| repair.action(model, &self.call, self.key.as_ref()));
            }
            Message::Close => return Action::Close,
        }
        Action::None
    }

    fn view<'a>(&'a self, _model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let mut body =
            column![part::paragraph(format!("{}.", self.reason.trim_end_matches('.'))).style(crate::theme::normal)].spacing(space::S);
        body = body.push(part::paragraph(self.advice.clone()));
        if let Some(hint) = self.repairs.first().filter(|repair| repair.kind() == Kind::Primary).and_then(Repair::hint) {
            body = body.push(part::paragraph(hint));
        }
        for repair in self.others() {
            body = body.push(other(repair));
        }
        let (fold, mark) =
            if self.shows_message { (t!("failure-hide"), icon::chevron_down()) } else { (t!("failure-show"), icon::chevron_right()) };
        let fold = Button::new(Kind::Link, fold).icon(mark).compact().on_press(Message::Fold);
        body = body.push(iced::widget::container(fold).padding(iced::Padding::ZERO.left(-4.0)));
        if self.shows_message {
            body = body.push(part::well(part::code(self.message())));
        }
        frame(icon::circle_alert(), |t| t.crashed_soft, |t| t.crashed, self.title.clone(), body, self.foot(), self.width())
    }
}

impl Failure {
    /// The ways out that are not the blue button.
    fn others(&self) -> impl Iterator<Item = &Repair> {
        self.repairs.iter().filter(|repair| repair.kind() != Kind::Primary)
    }

    const fn width(&self) -> f32 {
        if self.shows_message { 640.0 } else { 500.0 }
    }

    fn foot(&self) -> Element<'_, Message> {
        let (label, mark) = if self.is_copied { (t!("dialog-copied"), icon::check()) } else { (t!("dialog-copy"), icon::copy()) };
        let copy = Button::new(Kind::Link, label).icon(mark).on_press(Message::Copy);
        let close = Button::new(Kind::Flat, t!("dialog-close")).on_press(Message::Close);
        let Some(repair) = self.repairs.first().filter(|repair| repair.kind() == Kind::Primary) else {
            return part::foot(Some(copy.into()), vec![close.id("dialog-accept").into()]);
        };
        let accept = Button::new(Kind::Primary, repair.label()).on_press(Message::Repair(repair.clone())).id("dialog-accept");
        part::foot(Some(copy.into()), vec![close.into(), accept.into()])
    }
}

/// Another way out: what is to be known of it, and its button.
fn other(repair: &Repair) -> Element<'_, Message> {
    let button = Button::new(repair.kind(), repair.label()).compact().on_press(Message::Repair(repair.clone()));
    let hint = repair.hint().map(part::paragraph);
    iced::widget::container(column![].push(hint).push(button).spacing(space::S)).padding(iced::Padding::ZERO.top(space::XS)).into()
}

#[cfg(test)]
mod tests;
