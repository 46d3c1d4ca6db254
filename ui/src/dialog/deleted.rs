//! The deleted machines that can come back.

use client::{Deleted, Error, ErrorKind, host::Id, settings::Settings, t, unit};
use iced::{
    Element, Length, Task,
    widget::{Column, column, container, row, rule},
};

use super::{
    Content,
    fetch::{Fetch, Patience, fetch},
    frame, part, words,
};
use crate::{
    action::{Action, Call, Done},
    component::{Button, Kind},
    icon,
    model::{Model, now},
    theme::{self, space},
    widget::{cut, direction, focus, text},
};

/// See [the module](self).
#[derive(Debug)]
pub struct DeletedMachines {
    hosts: Vec<(Id, Fetch<Vec<Deleted>>)>,
    /// The one that is asked about, and those at work.
    asked: Option<(Id, String)>,
    busy: Vec<(Id, String)>,
    problem: Option<(String, String)>,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// The list of a host came.
    Listed(Id, Result<Vec<Deleted>, Error>),
    /// Time has passed.
    Waited(Id, Patience),
    /// Ask a host again.
    Retry(Id),
    /// Bring one back.
    Restore(Id, String),
    /// One shall go for good: asks.
    Ask(Id, String),
    /// It goes for good.
    Purge(Id, String),
    /// It stays.
    Keep,
    /// Close it.
    Close,
}

impl DeletedMachines {
    /// The deleted machines of all hosts that answer.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        let hosts = model.hosts().iter().filter(|host| host.is_live()).map(|host| (host.host.id.clone(), Fetch::default()));
        Self { hosts: hosts.collect(), asked: None, busy: Vec::new(), problem: None }
    }

    fn fetch(model: &Model, id: &Id) -> Task<Message> {
        let (listed, waited) = (id.clone(), id.clone());
        let listed = move |result| Message::Listed(listed.clone(), result);
        let waited = move |patience| Message::Waited(waited.clone(), patience);
        fetch(model, id, |client| async move { client.deleted().await }, listed, waited)
    }

    fn again(model: &Model, id: &Id) -> Action {
        Action::Task(Self::fetch(model, id).map(|message| crate::app::Message::Dialog(super::Message::Deleted(message))))
    }

    fn host(&mut self, id: &Id) -> Option<&mut Fetch<Vec<Deleted>>> {
        self.hosts.iter_mut().find(|(other, _)| other == id).map(|(_, list)| list)
    }

    /// What a deleted machine was called.
    fn name(&self, id: &str) -> String {
        let mut all = self.hosts.iter().filter_map(|(_, list)| list.ready()).flatten();
        all.find(|one| one.id == id).map(|one| one.name.clone()).unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        self.hosts.iter().all(|(_, list)| list.ready().is_some_and(Vec::is_empty))
    }

    fn begin(&mut self, call: Call, one: (Id, String)) -> Action {
        self.asked = None;
        self.problem = None;
        self.busy.push(one);
        // The button that was pressed is not there any more.
        Action::Batch(vec![Action::Call(call), Action::Task(focus::take("dialog-accept"))])
    }

    fn keep(&mut self) -> Action {
        self.asked = None;
        Action::Task(focus::take("dialog-accept"))
    }
}

impl Content for DeletedMachines {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Close)
    }

    fn opened(&mut self, model: &Model, _settings: &Settings) -> Task<Message> {
        let fetches = self.hosts.iter().map(|(id, _)| Self::fetch(model, id));
        Task::batch(fetches.chain([focus::take("dialog-accept")]))
    }

    fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Listed(id, result) => {
                if let Some(list) = self.host(&id) {
                    list.take(result.map(|mut list| {
                        list.sort_by_key(|one| std::cmp::Reverse(one.deleted));
                        list
                    }));
                }
            }
            Message::Waited(id, patience) => {
                if let Some(list) = self.host(&id) {
                    list.waited(patience);
                }
            }
            Message::Retry(id) => {
                if let Some(list) = self.host(&id) {
                    *list = Fetch::default();
                }
                return Self::again(model, &id);
            }
            Message::Restore(host, id) => {
                let name = self.name(&id);
                return self.begin(Call::Undelete(host.clone(), id.clone(), name), (host, id));
            }
            Message::Purge(host, id) => return self.begin(Call::Purge(host.clone(), id.clone()), (host, id)),
            Message::Ask(host, id) => {
                self.asked = Some((host, id));
                return Action::Task(focus::take("deleted-keep"));
            }
            Message::Keep => return self.keep(),
            Message::Close => return Action::Close,
        }
        Action::None
    }

    // The list says what there is now, whether it went well or not.
    fn done(&mut self, model: &Model, done: &Done) -> Option<Action> {
        let (Call::Undelete(host, id, _) | Call::Purge(host, id)) = &done.call else { return None };
        self.busy.retain(|(other, one)| (other, one) != (host, id));
        let error = done.results.iter().find_map(|(_, result)| result.as_ref().err()).filter(|error| !error.is_dismissed());
        let name = self.name(id);
        self.problem = error.map(|error| explained(error, &name));
        Some(Self::again(model, host))
    }

    // Esc answers the question first.
    fn dismiss(&mut self) -> Action {
        if self.asked.is_some() { self.keep() } else { Action::Close }
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a Settings) -> Element<'a, Message> {
        let mut body = column![part::paragraph(t!("deleted-advice"))].spacing(space::M).push(part::refused(self.problem.clone()));
        if self.hosts.is_empty() {
            body = body.push(part::empty(icon::unplug(), t!("deleted-no-host")));
        } else if self.is_empty() {
            body = body.push(part::empty(icon::trash_2(), t!("deleted-empty")));
        } else {
            for (id, list) in &self.hosts {
                if self.hosts.len() > 1 {
                    body = body.push(part::heading(words::host(model, id)));
                }
                body = body.push(list.view(96.0, Message::Retry(id.clone()), |list| self.rows(id, list)));
            }
        }
        let close = Button::new(Kind::Secondary, t!("dialog-close")).on_press(Message::Close).id("dialog-accept");
        let foot = part::foot(None, vec![close.into()]);
        frame(icon::history(), |t| t.off_soft, |t| t.off, t!("deleted-title"), body, foot, 720.0)
    }
}

/// What went wrong, in the words of this: a deleted machine has no other name to come back with.
fn explained(error: &Error, name: &str) -> (String, String) {
    let (title, advice) = words::error(error, name);
    let is_taken = error.kind() == Some(ErrorKind::AlreadyExists) && error.fact("name").is_some();
    (title, if is_taken { t!("deleted-taken") } else { advice })
}

const WHEN: f32 = 150.0;
const SIZE: f32 = 72.0;

impl DeletedMachines {
    fn rows<'a>(&'a self, host: &'a Id, list: &'a [Deleted]) -> Element<'a, Message> {
        if list.is_empty() {
            return part::caption(t!("deleted-empty")).into();
        }
        let word = |key: &str, width: Length| text(t!(key)).size(11).font(crate::font::SEMIBOLD).style(theme::subtle).width(width);
        let head = row![
            word("deleted-name", Length::Fill),
            word("deleted-when", Length::Fixed(WHEN)),
            word("deleted-size", Length::Fixed(SIZE)).align_x(direction::end()),
            iced::widget::space().width(178),
        ]
        .spacing(space::M);
        let mut rows = Column::new().push(container(head).padding([space::XS, 0.0]));
        for one in list {
            rows = rows.push(rule::horizontal(1).style(theme::container::line)).push(self.one(host, one));
        }
        rows.into()
    }

    fn one<'a>(&'a self, host: &'a Id, one: &'a Deleted) -> Element<'a, Message> {
        let this = (host.clone(), one.id.clone());
        let name = cut(one.name.as_str()).font(crate::font::MEDIUM);
        if self.asked.as_ref() == Some(&this) {
            let question = text(t!("deleted-question", machine = one.name.as_str())).size(13).width(Length::Fill);
            let keep = Button::new(Kind::Secondary, t!("deleted-keep")).compact().on_press(Message::Keep).id("deleted-keep");
            let purge = Button::new(Kind::Danger, t!("deleted-purge")).compact().on_press(Message::Purge(this.0, this.1));
            // As high as another row, and higher for a long name.
            return container(row![question, keep, purge].spacing(space::S).align_y(iced::Center)).padding([space::S, 0.0]).into();
        }
        let now = now();
        let goes = t!("deleted-expires", time = unit::moment(one.expires, now));
        let when =
            column![text(unit::moment(one.deleted, now)).size(12).wrapping(text::Wrapping::None), part::caption(goes).size(11)].width(WHEN);
        let size = text(unit::size(one.size)).size(12).width(SIZE).align_x(direction::end());
        let buttons: Element<'a, Message> = if self.busy.contains(&this) {
            container(part::caption(t!("deleted-busy"))).into()
        } else {
            let restore = Button::new(Kind::Secondary, t!("deleted-restore")).icon(icon::undo_2()).compact();
            let purge = Message::Ask(this.0.clone(), this.1.clone());
            let purge = crate::component::icon_button(icon::trash_2(), t!("deleted-purge"), None, false, Some(purge));
            row![restore.on_press(Message::Restore(this.0, this.1)), purge].spacing(space::XS).align_y(iced::Center).into()
        };
        let buttons = container(buttons).width(178).align_x(iced::Right);
        container(row![name, when, size, buttons].spacing(space::M).align_y(iced::Center)).center_y(theme::size::ROW).into()
    }
}

#[cfg(test)]
mod tests;
