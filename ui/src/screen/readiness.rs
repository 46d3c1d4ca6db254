//! Whether a host has what machines need: each thing with its state, why, and what to do about it.

use client::{
    Client, Error,
    host::Id,
    readiness::{Check, Fix, Standing},
    t,
};
use iced::{
    Alignment, Background, Border, Color, Element, Length, Task, Theme,
    widget::{Column, Row, Space, column, container, row, rule, scrollable},
};

use crate::{
    action::Action,
    component::{Button, Kind, badge, icon_button, note, note::Weight},
    font,
    icon::{self, Icon},
    model::{HostModel, Model},
    theme::{self, Tokens, size, space, tokens},
    widget::{
        cut,
        focus::pane,
        ground,
        scroll::{PANE, scroll},
        text,
    },
};

/// The state of the page.
#[derive(Debug, Default)]
pub struct Screen {
    host: Id,
    is_shown: bool,
    is_reading: bool,
    checks: Option<Result<Vec<Check>, Error>>,
}

/// What happens on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// What the service found, of a host.
    Read(Id, Result<Vec<Check>, Error>),
    /// Look again.
    Again,
    /// To the clipboard.
    Copy(String),
}

impl Screen {
    /// The page is shown for this host: it is looked at anew.
    pub fn follow(&mut self, model: &Model, id: &Id) -> Task<Message> {
        if self.is_shown && self.host == *id && (self.checks.is_some() || self.is_reading) {
            return Task::none();
        }
        if self.host != *id {
            *self = Self { host: id.clone(), ..Self::default() };
        }
        self.is_shown = true;
        self.read(model)
    }

    /// Something else is shown.
    pub const fn leave(&mut self) {
        self.is_shown = false;
    }

    fn read(&mut self, model: &Model) -> Task<Message> {
        let Some(client) = model.host(&self.host).and_then(|host| host.client.clone()).filter(|_| !self.is_reading) else {
            return Task::none();
        };
        self.is_reading = true;
        let id = self.host.clone();
        Task::perform(read(client), move |checks| Message::Read(id.clone(), checks))
    }

    /// Takes a message in; what is to be done besides is told as a task of its own messages.
    pub fn update(&mut self, model: &Model, message: Message) -> (Action, Task<Message>) {
        match message {
            Message::Read(id, checks) if id == self.host => {
                self.is_reading = false;
                self.checks = Some(checks);
            }
            Message::Read(..) => {}
            Message::Again => return (Action::None, self.read(model)),
            Message::Copy(text) => {
                let copied = Action::Toast(t!("memory-copied"));
                return (Action::Batch(vec![Action::Task(iced::clipboard::write(text)), copied]), Task::none());
            }
        }
        (Action::None, Task::none())
    }

    /// The page in the place of the list.
    pub fn view<'a>(&'a self, host: &'a HostModel) -> Element<'a, Message> {
        let mut body = Column::new().spacing(space::M).padding(space::L).width(Length::Fill);
        match &self.checks {
            Some(Ok(checks)) => body = body.push(list(checks)),
            Some(Err(error)) => {
                let (title, advice) = client::locale::error(error, &host.host.label());
                let again = Button::new(Kind::Link, t!("readiness-again")).line().on_press(Message::Again);
                body = body.push(note(Weight::Error, title, [advice], Some(again.into())));
            }
            None => {}
        }
        let body = scroll(scrollable(body).width(Length::Fill).height(Length::Fill), PANE);
        column![
            ground(pane("filter", self.head(host)), |t| t.bg),
            rule::horizontal(1).style(theme::container::line),
            ground(pane("list", body).height(Length::Fill), |t| t.bg),
        ]
        .into()
    }

    fn head<'a>(&self, host: &HostModel) -> Element<'a, Message> {
        let title = text(t!("part-readiness")).size(17).font(font::SEMIBOLD).wrapping(text::Wrapping::None);
        let counted = match &self.checks {
            Some(Ok(checks)) => {
                let relevant = checks.iter().filter(|check| check.standing != Standing::NotApplicable);
                let ready = checks.iter().filter(|check| check.standing == Standing::Ready).count();
                t!("readiness-count", host = host.host.label(), ready = ready, count = relevant.count())
            }
            _ => host.host.label(),
        };
        let can = host.client.is_some() && !self.is_reading;
        let again = Button::new(Kind::Secondary, t!("readiness-again")).icon(icon::refresh_cw()).compact();
        let again = again.on_press_maybe(can.then_some(Message::Again));
        let line = row![title, cut(counted).colour(|t| t.subtle).width(Length::Fill), Element::from(again)];
        let line = line.spacing(space::M).align_y(Alignment::Center).height(size::BAR + space::S);
        container(line).padding([0.0, space::L]).width(Length::Fill).into()
    }
}

async fn read(client: Client) -> Result<Vec<Check>, Error> {
    client.readiness().await
}

/// What needs something first.
fn list<'a>(checks: &'a [Check]) -> Element<'a, Message> {
    let mut sorted: Vec<&Check> = checks.iter().collect();
    sorted.sort_by_key(|check| check.standing);
    let mut card = Column::new();
    for (place, check) in sorted.into_iter().enumerate() {
        if place > 0 {
            card = card.push(rule::horizontal(1).style(theme::container::line));
        }
        card = card.push(container(line(check)).padding([space::M, space::L]));
    }
    container(card).width(Length::Fill).style(theme::container::card).into()
}

type Pick = fn(&Tokens) -> Color;

fn look(standing: Standing) -> (Icon, &'static str, Pick, Pick) {
    match standing {
        Standing::Ready => (icon::circle_check(), "readiness-ready", |t| t.running_soft, |t| t.running),
        Standing::Limited => (icon::triangle_alert(), "readiness-limited", |t| t.paused_soft, |t| t.paused),
        Standing::Missing => (icon::circle_x(), "readiness-missing", |t| t.crashed_soft, |t| t.crashed),
        Standing::Unknown => (icon::circle_help(), "readiness-unknown", |t| t.off_soft, |t| t.off),
        Standing::NotApplicable => (icon::minus(), "readiness-not-applicable", |t| t.off_soft, |t| t.off),
    }
}

fn line<'a>(check: &'a Check) -> Element<'a, Message> {
    let (icon, word, soft, strong) = look(check.standing);
    let head = row![
        text(client::locale::check(&check.id).0).size(13).font(font::SEMIBOLD).wrapping(text::Wrapping::None),
        badge(icon, t!(word), soft, strong),
        cut(facts(check)).size(12.0, 16.0).colour(|t| t.subtle).width(Length::Fill),
    ];
    let mut words = Column::new().spacing(space::XS).push(head.spacing(space::M).align_y(Alignment::Center));
    words = words.push(plain(client::locale::check(&check.id).1));
    if let Some(why) = client::locale::check_reason(check) {
        words = words.push(text(why).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::muted));
    }
    if !check.fixes.is_empty() {
        words = words.push(Space::new().height(2));
    }
    let is_choice = check.fixes.iter().filter(|fix| matches!(fix, Fix::Command(_))).count() > 1;
    if is_choice {
        words = words.push(plain(t!("readiness-choice")));
    }
    words.extend(check.fixes.iter().map(fix)).into()
}

fn plain<'a>(words: String) -> text::Text<'a> {
    text(words).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::subtle)
}

/// What was seen, without what is said as a reason.
fn facts(check: &Check) -> String {
    let told = check.facts.iter().filter(|(name, _)| name.as_str() != "reason");
    told.map(|(name, value)| client::locale::check_fact(name, value)).filter(|fact| !fact.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// What to do, and the very words of it.
fn fix<'a>(fix: &'a Fix) -> Element<'a, Message> {
    let said = plain(client::locale::fix(fix));
    // The name of a setting of the firmware is looked for by eye.
    let copied = match fix {
        Fix::Firmware(_) => None,
        Fix::Command(command) => Some(format!("sudo {command}")),
        Fix::Module(module) => Some(format!("sudo modprobe {module}")),
        other => Some(other.value().to_owned()),
    };
    let code = copied.clone().unwrap_or_else(|| fix.value().to_owned());
    let code = crate::widget::code(code).width(Length::Fill);
    let copy = copied.map(|copied| icon_button(icon::copy(), t!("memory-copy"), None, false, Some(Message::Copy(copied))));
    let well = Row::new().push(code).push(copy).spacing(space::S).align_y(Alignment::Center);
    column![said, container(well).padding([2.0, space::M]).width(Length::Fill).style(sunken)].spacing(space::XS).into()
}

fn sunken(theme: &Theme) -> container::Style {
    let t = tokens(theme);
    let border = Border { color: t.line, width: 1.0, radius: size::RADIUS.into() };
    container::Style { background: Some(Background::Color(t.sunken)), border, ..container::Style::default() }
}

#[cfg(test)]
mod tests;
