//! Gives a machine memory for Looking Glass: for which screen, what happens, and what is missing, before that.

#[cfg(test)]
mod tests;

use client::{
    Error,
    device::{GlassPlan, GlassScreen, Refusal},
    settings::Settings,
    t, unit,
};
use iced::{
    Element, Length, Task,
    widget::{Column, column},
};

use super::{
    Content,
    attempt::{Attempt, Question},
    fetch::Patience,
    frame, moving, part, words,
};
use crate::{
    action::{Action, Call, Done, OtherChange},
    component::{Kind, segments},
    icon,
    model::{Key, Model},
    theme::space,
    widget::focus,
};

/// Screens that are usual.
const SCREENS: [(u32, u32); 4] = [(1920, 1080), (2560, 1440), (3440, 1440), (3840, 2160)];
/// Warnings that have words.
const WARNINGS: [&str; 6] = ["file-missing", "file-too-small", "no-spice", "no-sound", "tablet", "no-graphics-card"];

/// A screen that needs so much memory; `None` if no usual one does. Whoever switches it off can have it back.
#[must_use]
pub fn screen_of(bytes: u64) -> Option<GlassScreen> {
    let screens = [false, true].into_iter().flat_map(|has_hdr| SCREENS.map(|(width, height)| GlassScreen { width, height, has_hdr }));
    screens.into_iter().find(|screen| size_of(*screen) == bytes)
}

/// Bytes, as Looking Glass counts: two frames, 10 MiB, up to a power of two.
fn size_of(screen: GlassScreen) -> u64 {
    let pixel = if screen.has_hdr { 8 } else { 4 };
    let frames = u64::from(screen.width) * u64::from(screen.height) * pixel * 2;
    (frames.div_ceil(1 << 20) + 10).next_power_of_two() << 20
}

/// See [the module](self).
#[derive(Debug)]
pub struct Glass {
    key: Key,
    screen: GlassScreen,
    user: String,
    plan: Question<GlassPlan>,
    attempt: Attempt,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Another screen.
    Screen(GlassScreen),
    /// The plan was made, for the question with this number.
    Planned(u64, Result<GlassPlan, Error>),
    /// Time has passed.
    Waited(Patience),
    /// Ask for the plan again.
    Retry,
    /// Copies lines for an administrator.
    Copy(String),
    /// Show or hide the raw message.
    Fold,
    /// Do it.
    Accept,
    /// Leave it.
    Dismiss,
}

impl Glass {
    /// Asks for the screen of this machine.
    #[must_use]
    pub fn new(key: Key) -> Self {
        let (width, height) = SCREENS[1];
        let user = std::env::var("USER").unwrap_or_default();
        let screen = GlassScreen { width, height, has_hdr: false };
        Self { key, screen, user, plan: Question::default(), attempt: Attempt::default() }
    }

    fn call(&self) -> Call {
        Call::Other(self.key.clone(), OtherChange::Glass(Some(self.screen)))
    }

    fn ask(&mut self, model: &Model) -> Task<Message> {
        let (machine, screen, user) = (self.key.machine, self.screen, self.user.clone());
        let work = move |client: client::Client| async move {
            match client.plan_looking_glass(machine, screen, user).await {
                // Who sits here has no account there.
                Err(error) if error.kind() == Some(client::ErrorKind::NotFound) => {
                    client.plan_looking_glass(machine, screen, String::new()).await
                }
                plan => plan,
            }
        };
        self.plan.ask(model, &self.key.host, work, Message::Planned, Message::Waited)
    }

    fn again(&mut self, model: &Model) -> Action {
        self.attempt.forget();
        Action::Task(self.ask(model).map(|message| crate::app::Message::Dialog(super::Message::Glass(message))))
    }

    fn is_allowed(&self) -> bool {
        !self.attempt.is_working() && self.plan.ready().is_some_and(|plan| plan.reasons.is_empty())
    }

    fn show_plan<'a>(&'a self, plan: &'a GlassPlan) -> Element<'a, Message> {
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        if !plan.reasons.is_empty() {
            let lines: Vec<String> = plan.reasons.iter().map(reason).collect();
            return body.push(part::warning(lines.join(" "))).into();
        }
        let steps = vec![
            (t!("glass-step-memory", size = unit::size(plan.size)), t!("glass-step-memory-detail")),
            (t!("glass-step-client"), format!("looking-glass-client -f /dev/shm/{}", plan.name)),
        ];
        body = body.push(column![part::paragraph(t!("bind-plan")), moving::steps(steps)].spacing(space::S));
        for known in &plan.warnings {
            body = body.push(part::warning(warning(known)));
        }
        if !plan.tmpfiles.is_empty() {
            let copy = crate::component::Button::new(Kind::Link, t!("memory-copy")).icon(icon::copy()).line();
            let copy = copy.on_press(Message::Copy(plan.tmpfiles.clone()));
            let lines = part::well(part::code(plan.tmpfiles.trim_end()));
            body = body.push(column![part::caption(t!("glass-tmpfiles")), lines, copy].spacing(space::XS));
        }
        body.push(moving::undone_by(t!("glass-undo"))).into()
    }
}

fn reason(refusal: &Refusal) -> String {
    if refusal.reason == "file-of-another" {
        return t!("glass-file-of-another", name = refusal.device.as_str());
    }
    t!("glass-refused", reason = refusal.reason.as_str())
}

fn warning(known: &Refusal) -> String {
    let word = known.reason.as_str();
    if WARNINGS.contains(&word) { t!(&format!("glass-{word}")) } else { t!("device-warning-other", reason = word) }
}

impl Content for Glass {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, model: &Model, _settings: &Settings) -> Task<Message> {
        Task::batch([self.ask(model), focus::take("dialog-accept")])
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Planned(serial, result) => self.plan.answered(serial, result),
            Message::Waited(patience) => self.plan.waited(patience),
            Message::Fold => self.attempt.fold(),
            Message::Copy(text) => return Action::Task(iced::clipboard::write(text)),
            Message::Dismiss => return Action::Close,
            // What was asked for stays as it is until the answer comes.
            _ if self.attempt.is_working() => {}
            Message::Screen(screen) => {
                self.screen = screen;
                return self.again(model);
            }
            Message::Retry => return self.again(model),
            Message::Accept if self.is_allowed() => return self.attempt.begin(self.call()),
            Message::Accept => {}
        }
        Action::None
    }

    fn done(&mut self, _model: &Model, done: &Done) -> Option<Action> {
        Some(if self.attempt.done(done, Some(&self.call()))? { Action::Close } else { Action::None })
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let machine = super::label(model, &self.key);
        let mut body = Column::new().spacing(space::M).width(Length::Fill);
        body = body.push(self.attempt.failure(|error| words::error(error, &machine), Message::Fold));
        body = body.push(part::paragraph(t!("glass-what")));
        let screen = |(width, height): (u32, u32)| {
            let is_on = (self.screen.width, self.screen.height) == (width, height);
            let other = GlassScreen { width, height, ..self.screen };
            (format!("{width} × {height}"), is_on, self.attempt.press(Message::Screen(other)).filter(|_| !is_on))
        };
        body = body.push(column![part::caption(t!("glass-screen")), segments(SCREENS.map(screen))].spacing(space::XS));
        let hdr = GlassScreen { has_hdr: !self.screen.has_hdr, ..self.screen };
        let press = self.attempt.press(Message::Screen(hdr));
        body = body.push(moving::choice("glass-hdr", self.screen.has_hdr, t!("glass-hdr"), t!("glass-hdr-detail"), press));
        body = body.push(self.plan.view(160.0, Message::Retry, |plan| self.show_plan(plan)));
        let label = (t!("glass-accept"), t!("glass-working"));
        let accept = self.is_allowed().then_some(Message::Accept);
        let foot = self.attempt.foot(Kind::Primary, label, accept, None, Message::Dismiss);
        let title = t!("glass-title", machine = machine);
        frame(icon::monitor_play(), |t| t.selected, |t| t.accent_text, title, part::apart(body), foot, 600.0)
    }
}
