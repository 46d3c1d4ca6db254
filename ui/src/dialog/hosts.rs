//! The list of hosts: how each stands, and what it is called.

use std::collections::HashMap;

use client::{Host, Problem, Service, host::Id, settings, t};
use iced::{
    Alignment, Element, Length, Task,
    widget::{Column, Row, Space, column, container, row, scrollable},
};

use super::{add_host::Test, part};
use crate::{
    action::Action,
    app,
    command::Command,
    component::{Button, Kind, icon_button, switch},
    font, icon,
    model::{Connection, HostModel, Model},
    screen::welcome::advice,
    theme::{self, space},
    widget::{
        code, cut, focus,
        scroll::{PANE, scroll},
        text,
    },
};

const NAME: &str = "hosts-name";
/// The button that removes no host.
const KEEP: &str = "hosts-keep";

/// What is done with the list.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    /// The host that gets another name, and what is typed.
    renaming: Option<(Id, String)>,
    /// The host that is asked about.
    removing: Option<Id>,
    tests: HashMap<Id, Test>,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Connects, or leaves it.
    Connect(Id, bool),
    /// Whether it is connected to at start.
    Auto(Id, bool),
    /// Another name is typed.
    Rename(Id, String),
    /// It is done.
    Renamed,
    /// Asks whether to remove it; `None` for no.
    Remove(Option<Id>),
    /// Removes it.
    Removed(Id),
    /// Tries the connection.
    Test(Id),
    /// It was tried.
    Tested(Box<Host>, Result<Service, Problem>),
    /// Copies a command that helps.
    Copy(String),
    /// Another computer.
    Add,
    /// Enough.
    Dismiss,
}

impl Hosts {
    /// The list while a host's name is being typed.
    pub(crate) fn renaming(host: &Host) -> Self {
        Self { renaming: Some((host.id.clone(), host.name.clone())), ..Self::default() }
    }

    /// The list with the question whether a host shall go.
    pub(crate) fn removing(host: &Host) -> Self {
        Self { removing: Some(host.id.clone()), ..Self::default() }
    }

    pub(super) fn update(&mut self, model: &Model, message: Message) -> Action {
        let changed = |change: &dyn Fn(&mut Vec<Host>)| {
            let mut hosts: Vec<Host> = model.hosts().iter().map(|host| host.host.clone()).collect();
            change(&mut hosts);
            Action::Hosts(hosts)
        };
        let set = |id: &Id, change: &dyn Fn(&mut Host)| changed(&|hosts| hosts.iter_mut().filter(|host| host.id == *id).for_each(change));
        match message {
            Message::Connect(id, is_wanted) => return Action::Connect(id, is_wanted),
            Message::Auto(id, is_on) => return set(&id, &|host| host.auto_connect = is_on),
            Message::Rename(id, name) => {
                let is_new = self.renaming.as_ref().is_none_or(|(other, _)| *other != id);
                self.renaming = Some((id, name));
                return if is_new {
                    Action::Task(focus::take(NAME).chain(iced::widget::operation::select_all(NAME)))
                } else {
                    Action::None
                };
            }
            Message::Renamed => {
                let Some((id, name)) = self.renaming.take() else { return Action::None };
                let renamed = set(&id, &|host| name.trim().clone_into(&mut host.name));
                return Action::Batch(vec![renamed, Action::Task(focus::take("dialog-accept"))]);
            }
            Message::Remove(id) => {
                self.removing = id;
                return Action::Task(focus::take(if self.removing.is_some() { KEEP } else { "dialog-accept" }));
            }
            Message::Removed(id) => {
                self.removing = None;
                let remove = changed(&|hosts| hosts.retain(|host| host.id != id || host.is_built_in()));
                return Action::Batch(vec![Action::Connect(id, false), remove, Action::Task(focus::take("dialog-accept"))]);
            }
            Message::Test(id) => {
                let Some(host) = model.host(&id).map(|host| host.host.clone()) else { return Action::None };
                self.tests.insert(id, Test::Running);
                let about = host.clone();
                let done = move |result| app::Message::Dialog(super::Message::Hosts(Message::Tested(Box::new(about.clone()), result)));
                return Action::Task(Task::perform(client::test_connection(host), done));
            }
            Message::Tested(host, result) => {
                self.tests.insert(host.id.clone(), tested(&host, result));
            }
            Message::Copy(command) => return copied(command),
            Message::Add => return Action::Run(Command::AddHost, Vec::new()),
            Message::Dismiss => return Action::Close,
        }
        Action::None
    }

    pub(super) fn view<'a>(&'a self, model: &'a Model) -> Element<'a, Message> {
        let title = text(t!("hosts-title")).size(17).line_height(text::LineHeight::Absolute(24.into())).font(font::SEMIBOLD);
        let close = icon_button(icon::x(), t!("settings-close"), Some("Esc"), false, Some(Message::Dismiss));
        let head = row![title, Space::new().width(Length::Fill), close].align_y(Alignment::Center).height(56).padding([0.0, space::XL]);
        let mut list = Column::new().spacing(space::S).padding(iced::Padding::ZERO.horizontal(space::XL).bottom(space::XL));
        for host in model.hosts() {
            list = list.push(container(self.host(host)).padding(space::L).width(Length::Fill).style(theme::container::card));
        }
        let list = container(scroll(scrollable(list), PANE)).max_height(410);
        let add = Button::new(Kind::Primary, t!("hosts-add")).icon(icon::plus()).id("dialog-accept").on_press(Message::Add);
        super::panel(head, list, part::foot(None, vec![add.into()]), 680.0)
    }

    fn host<'a>(&'a self, host: &'a HostModel) -> Element<'a, Message> {
        let id = &host.host.id;
        let mut whole = column![self.head(host), self.buttons(host)].spacing(space::M);
        whole = whole.push(self.tests.get(id).map(|test| outcome(test, Message::Copy)));
        if self.removing.as_ref() == Some(id) {
            let words = text(t!("hosts-remove-question", host = host.host.label())).size(13).width(Length::Fill);
            let yes = Button::new(Kind::Danger, t!("hosts-remove-yes")).compact().on_press(Message::Removed(id.clone()));
            let no = Button::new(Kind::Secondary, t!("cancel")).compact().on_press(Message::Remove(None)).id(KEEP);
            let question = row![icon::triangle_alert().colour(16.0, |t| t.paused), words, no, yes].spacing(space::S);
            let style = part::note_style(|t| t.paused_soft, |t| t.paused);
            whole = whole.push(container(question.align_y(Alignment::Center)).padding([space::S, space::M]).style(style));
        }
        whole.into()
    }

    fn head<'a>(&'a self, host: &'a HostModel) -> Element<'a, Message> {
        let id = host.host.id.clone();
        let name: Element<'a, Message> = match &self.renaming {
            Some((other, name)) if *other == id => {
                let typed = id.clone();
                let rename = move |text| Message::Rename(typed.clone(), text);
                let input = part::field(NAME, &host.host.label(), name, false, rename, Message::Renamed).padding([5.0, 8.0]);
                let save = Button::new(Kind::Secondary, t!("hosts-save")).compact().on_press(Message::Renamed);
                row![part::typed(input, Some(host.host.label()), name), save].spacing(space::S).align_y(Alignment::Center).into()
            }
            _ => cut(host.host.label()).font(font::SEMIBOLD).into(),
        };
        let (icon, words): (fn(&theme::Tokens) -> iced::Color, String) = match &host.connection {
            Connection::Connected(_) => (|t| t.running, t!("hosts-state-connected", count = host.machines.len())),
            Connection::Connecting => (|t| t.migrating, t!("hosts-state-connecting")),
            Connection::Lost(Problem::Ended(reason), 0) if reason.is_empty() => (|t| t.off, t!("hosts-state-off")),
            Connection::Lost(problem, _) => (|t| t.crashed, advice(&host.host, problem).title),
            Connection::Off => (|t| t.off, t!("hosts-state-off")),
        };
        let shape = match &host.connection {
            Connection::Connected(_) => icon::circle_check(),
            Connection::Connecting => icon::rotate_cw(),
            Connection::Lost(Problem::Ended(_), 0) | Connection::Off => icon::unplug(),
            Connection::Lost(..) => icon::triangle_alert(),
        };
        let uri = cut(host.host.uri_shown()).size(12.0, 16.0).font(font::MONO).colour(|t| t.subtle);
        let state = row![shape.colour(14.0, icon), text(words).size(12).style(theme::muted).wrapping(text::Wrapping::None)];
        let state = state.spacing(6).align_y(Alignment::Center);
        row![icon::server().muted(20.0), column![name, uri].spacing(2).width(Length::Fill), state]
            .spacing(space::M)
            .align_y(Alignment::Center)
            .into()
    }

    fn buttons<'a>(&'a self, host: &'a HostModel) -> Element<'a, Message> {
        let id = &host.host.id;
        let is_off = matches!(host.connection, Connection::Off | Connection::Lost(Problem::Ended(_), 0));
        let label = match host.connection {
            Connection::Connecting => t!("cancel"),
            _ if is_off => t!("hosts-connect"),
            _ => t!("hosts-disconnect"),
        };
        let auto = Message::Auto(id.clone(), !host.host.auto_connect);
        let switch = switch(t!("hosts-auto"), host.host.auto_connect, 18.0, Some(auto));
        let switch = row![switch, text(t!("hosts-auto")).size(12).style(theme::muted)];
        let is_testing = matches!(self.tests.get(id), Some(Test::Running));
        let test = Button::new(Kind::Secondary, if is_testing { t!("hosts-testing") } else { t!("hosts-test") }).compact();
        let mut bar = Row::new().spacing(space::S).align_y(Alignment::Center);
        bar = bar.push(switch.spacing(space::S).align_y(Alignment::Center)).push(Space::new().width(Length::Fill));
        bar = bar.push(test.on_press_maybe((!is_testing).then(|| Message::Test(id.clone()))));
        bar = bar.push(Button::new(Kind::Secondary, label).compact().on_press(Message::Connect(id.clone(), is_off)));
        bar = bar.push(icon_button(
            icon::pencil(),
            t!("hosts-rename"),
            None,
            false,
            Some(Message::Rename(id.clone(), host.host.name.clone())),
        ));
        if !host.host.is_built_in() {
            bar = bar.push(icon_button(icon::trash_2(), t!("hosts-remove"), None, false, Some(Message::Remove(Some(id.clone())))));
        }
        bar.into()
    }
}

pub(super) fn tested(host: &Host, result: Result<Service, Problem>) -> Test {
    match result {
        Ok(service) => Test::Good(service),
        Err(problem) => Test::Bad(advice(host, &problem)),
    }
}

/// Puts a command into the clipboard.
pub(super) fn copied(command: String) -> Action {
    let told = Action::Toast(t!("details-copied", text = command.as_str()));
    Action::Batch(vec![Action::Task(iced::clipboard::write(command)), told])
}

/// How a test went; a command that helps can be copied.
pub(super) fn outcome<'a, Message: Clone + 'a>(test: &Test, copy: fn(String) -> Message) -> Element<'a, Message> {
    match test {
        Test::Running => text(t!("hosts-testing")).size(12).style(theme::subtle).into(),
        Test::Good(service) => {
            let words = t!("hosts-test-good", version = &service.version, uri = &service.uri);
            part::note(icon::circle_check(), |t| t.running_soft, |t| t.running, text(words).size(12).line_height(part::LINE))
        }
        Test::Bad(advice) => {
            let mut words =
                column![text(advice.title.clone()).size(13).font(font::SEMIBOLD), text(advice.text.clone()).size(12)].spacing(space::XS);
            words = words.push((!advice.raw.is_empty()).then(|| code(advice.raw.clone())));
            words = words.push((!advice.command.is_empty()).then(|| {
                let button = Button::new(Kind::Link, t!("memory-copy")).line().icon(icon::copy()).on_press(copy(advice.command.clone()));
                row![container(code(advice.command.clone())).width(Length::Fill), button].spacing(space::S).align_y(Alignment::Center)
            }));
            part::note(icon::triangle_alert(), |t| t.paused_soft, |t| t.paused, words)
        }
    }
}

impl super::Content for Hosts {
    type Message = Message;

    // A name that is being typed is not left behind for another computer.
    fn accept(&self) -> Option<Message> {
        Some(if self.renaming.is_some() { Message::Renamed } else { Message::Add })
    }

    fn opened(&mut self, _model: &Model, _settings: &settings::Settings) -> Task<Message> {
        if self.renaming.is_some() {
            return focus::take(NAME).chain(iced::widget::operation::select_all(NAME));
        }
        focus::take(if self.removing.is_some() { KEEP } else { "dialog-accept" })
    }

    // Esc leaves first what was begun in the list.
    fn dismiss(&mut self) -> Action {
        if self.renaming.take().is_none() && self.removing.take().is_none() {
            return Action::Close;
        }
        Action::Task(focus::take("dialog-accept"))
    }

    fn update(&mut self, model: &Model, _settings: &settings::Settings, message: Message) -> Action {
        Self::update(self, model, message)
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a settings::Settings) -> Element<'a, Message> {
        Self::view(self, model)
    }
}

#[cfg(test)]
mod tests;
