//! Adds another computer. What will be connected to is shown before anything is.

use std::path::PathBuf;

use client::{
    Host, Problem, Service,
    host::{Address, Hosts, Invalid},
    settings, t,
};
use iced::{
    Alignment, Element, Length, Task,
    widget::{Column, Row, column, container, row},
};

use super::{frame, hosts::tested, part};
use crate::{
    action::Action,
    app,
    component::{Button, Kind},
    desktop::chooser::{self, Wish},
    font, icon,
    model::{HostModel, Model},
    screen::welcome::Advice,
    theme::{self, size, space},
    widget::{Role, Said, focus, focusable, text},
};

/// What is typed so far.
#[derive(Clone, Debug, Default)]
pub struct AddHost {
    is_libvirt: bool,
    fields: [String; 5],
    /// How the test stands, and for which address.
    test: Option<(Address, Test)>,
    is_tried: bool,
    /// The desktop has a dialog for files.
    can_choose: bool,
}

/// How a test of a connection stands.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// It goes on.
    Running,
    /// The service answers.
    Good(Service),
    /// It does not.
    Bad(Advice),
}

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The computer.
    Host,
    /// The account there.
    User,
    /// The port.
    Port,
    /// The key file.
    Key,
    /// The name it gets here.
    Name,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// libvirt alone, or our service.
    Kind(bool),
    /// Something was typed.
    Typed(Field, String),
    /// The desktop has a dialog for files, or not.
    CanChoose(bool),
    /// Choose the key file there.
    Choose,
    /// A key file was chosen there, or none.
    Chosen(Option<PathBuf>),
    /// Tries it.
    Test,
    /// It was tried.
    Tested(Box<Host>, Result<Service, Problem>),
    /// Copies a command that helps.
    Copy(String),
    /// Adds it.
    Accept,
    /// Does not.
    Dismiss,
}

impl AddHost {
    fn field(&self, field: Field) -> &str {
        self.fields[field as usize].trim()
    }

    /// Where it is, or which field is wrong and why.
    fn address(&self) -> Result<Address, (Field, String)> {
        let port = match self.field(Field::Port) {
            "" => 0,
            port => port.parse().ok().filter(|port| *port != 0).ok_or_else(|| (Field::Port, t!("add-host-port-wrong")))?,
        };
        let ssh = |user: &str, key: &str| Address::Ssh {
            user: user.to_owned(),
            host: self.field(Field::Host).to_owned(),
            port,
            key_file: PathBuf::from(key),
        };
        let (user, key) = (self.field(Field::User), self.field(Field::Key));
        // Each with one field more: the last one is what is wrong.
        for (field, ssh) in [(Field::Host, ssh("", "")), (Field::User, ssh(user, "")), (Field::Key, ssh(user, key))] {
            ssh.check().map_err(|invalid| (field, sentence(invalid)))?;
        }
        let ssh = ssh(user, key);
        if !self.is_libvirt {
            return Ok(ssh);
        }
        let place = Host::new("", "", ssh).uri_shown();
        let mut uri = format!("qemu+{place}/system");
        if !self.field(Field::Key).is_empty() {
            uri = format!("{uri}?keyfile={}", self.field(Field::Key));
        }
        let address = Address::Libvirt { uri };
        address.check().map_err(|invalid| (Field::Host, sentence(invalid)))?;
        Ok(address)
    }

    /// The host that has this address already.
    fn known<'a>(model: &'a Model, address: &Address) -> Option<&'a HostModel> {
        model.hosts().iter().find(|host| host.host.address == *address)
    }

    fn is_allowed(&self, model: &Model) -> bool {
        self.address().is_ok_and(|address| Self::known(model, &address).is_none())
    }

    /// What is wrong, unless nothing is there yet that could be.
    fn fault(&self) -> Option<(Field, String)> {
        self.address().err().filter(|_| self.is_tried || !self.field(Field::Host).is_empty())
    }

    fn host(&self, address: Address) -> Host {
        Host { auto_connect: true, ..Host::new(Hosts::new_id(), self.field(Field::Name), address) }
    }

    pub(super) fn update(&mut self, model: &Model, message: Message) -> Action {
        match message {
            Message::Kind(is_libvirt) => (self.is_libvirt, self.test) = (is_libvirt, None),
            Message::Typed(field, text) => (self.fields[field as usize], self.test) = (text, None),
            Message::CanChoose(can_choose) => self.can_choose = can_choose,
            Message::Choose => {
                let folder = std::env::home_dir().unwrap_or_default().join(".ssh");
                let chosen = |path| app::Message::Dialog(super::Message::AddHost(Message::Chosen(path)));
                return Action::Task(Task::perform(chooser::choose(Wish::Open(folder), t!("add-host-key")), chosen));
            }
            Message::Chosen(Some(path)) => (self.fields[Field::Key as usize], self.test) = (path.display().to_string(), None),
            Message::Chosen(None) => {}
            Message::Test => {
                self.is_tried = true;
                let Ok(address) = self.address() else { return Action::None };
                self.test = Some((address.clone(), Test::Running));
                let host = self.host(address);
                let about = host.clone();
                let done = move |result| app::Message::Dialog(super::Message::AddHost(Message::Tested(Box::new(about.clone()), result)));
                return Action::Task(Task::perform(client::test_connection(host), done));
            }
            Message::Tested(host, result) => {
                // Another address may have been typed meanwhile.
                if let Some((_, test)) = self.test.as_mut().filter(|(address, _)| *address == host.address) {
                    *test = tested(&host, result);
                }
            }
            Message::Copy(command) => return super::hosts::copied(command),
            Message::Accept => {
                self.is_tried = true;
                let Some(address) = self.address().ok().filter(|_| self.is_allowed(model)) else { return Action::None };
                let mut hosts: Vec<Host> = model.hosts().iter().map(|host| host.host.clone()).collect();
                hosts.push(self.host(address));
                return Action::Batch(vec![Action::Close, Action::Hosts(hosts)]);
            }
            Message::Dismiss => return Action::Close,
        }
        Action::None
    }

    pub(super) fn view<'a>(&'a self, model: &'a Model) -> Element<'a, Message> {
        let form = column![self.kind(), self.form()].push(self.shown(model)).spacing(space::L);
        frame(icon::server(), |t| t.selected, |t| t.accent_text, t!("add-host-title"), part::apart(form), self.foot(model), 600.0)
    }

    fn kind(&self) -> Element<'_, Message> {
        let card = |is_libvirt: bool, title: &str, words: &str| {
            let is_on = self.is_libvirt == is_libvirt;
            let words =
                column![text(t!(title)).size(13).font(font::SEMIBOLD), text(t!(words)).size(12).style(theme::muted)].spacing(space::XS);
            let card = iced::widget::button(words).padding(space::M).width(Length::Fill).on_press(Message::Kind(is_libvirt));
            let card = card.style(move |theme: &iced::Theme, status| {
                let t = theme::tokens(theme);
                let mut style = theme::button::secondary(theme, status);
                style.border.radius = size::RADIUS_L.into();
                if is_on {
                    style.background = Some(t.selected.into());
                    style.border.color = t.accent;
                }
                style
            });
            focusable(card).radius(size::RADIUS_L).on_press(Message::Kind(is_libvirt)).say(move || Said::new(Role::Choice).on(is_on))
        };
        let cards = row![card(false, "add-host-ssh", "add-host-ssh-text"), card(true, "add-host-libvirt", "add-host-libvirt-text")];
        column![label("add-host-kind"), cards.spacing(space::M)].spacing(6).into()
    }

    fn form(&self) -> Element<'_, Message> {
        let first = row![
            self.input(Field::Host, "add-host-host", "add-host-host-hint", Length::FillPortion(5)),
            self.input(Field::User, "add-host-user", "add-host-user-hint", Length::FillPortion(3)),
            self.input(Field::Port, "add-host-port", "", Length::Fixed(72.0)),
        ];
        let key = self.input(Field::Key, "add-host-key", "add-host-key-hint", Length::Fill);
        let choose = self.can_choose.then(|| Button::new(Kind::Secondary, t!("choose-file")).on_press(Message::Choose));
        let key = Row::new().push(key).push(choose).spacing(space::S).align_y(Alignment::End).width(Length::FillPortion(5));
        let second = row![key, self.input(Field::Name, "add-host-name", "", Length::FillPortion(4)),];
        column![first.spacing(space::M), second.spacing(space::M)].spacing(space::M).into()
    }

    fn input(&self, field: Field, title: &str, hint: &str, width: Length) -> Element<'_, Message> {
        let hint = match (field, hint) {
            (Field::Port, _) => "22".to_owned(),
            (_, "") => self.field(Field::Host).to_owned(),
            (_, hint) => t!(hint),
        };
        let (typed, is_wrong) = (self.fields[field as usize].as_str(), self.fault().is_some_and(|(wrong, _)| wrong == field));
        let input = part::field(field.id(), &hint, typed, is_wrong, move |text| Message::Typed(field, text), Message::Accept);
        column![label(title), part::typed(input, Some(t!(title)), typed)].spacing(6).width(width).into()
    }

    /// What will be connected to, what is wrong with it, and how the test went.
    fn shown<'a>(&'a self, model: &'a Model) -> Option<Element<'a, Message>> {
        let mut whole = Column::new().spacing(space::S);
        match self.address() {
            Ok(address) => {
                let known = Self::known(model, &address).map(|host| t!("add-host-known", host = host.host.label()));
                let uri = text(Host::new("", "", address).uri_shown()).size(12).font(font::MONO).wrapping(text::Wrapping::Glyph);
                let line =
                    row![text(t!("add-host-address")).size(12).style(theme::subtle), uri].spacing(space::M).align_y(Alignment::Center);
                let well = theme::container::rounded(|t| t.sunken, size::RADIUS);
                whole = whole.push(container(line).width(Length::Fill).padding([space::S, space::M]).style(well));
                whole = whole.push(known.map(|known| part::below(Some(known), None)));
            }
            Err(_) => whole = whole.push(part::below(Some(self.fault()?.1), None)),
        }
        Some(whole.push(self.test.as_ref().map(|(_, test)| super::hosts::outcome(test, Message::Copy))).into())
    }

    fn foot(&self, model: &Model) -> Element<'_, Message> {
        let is_testing = matches!(self.test, Some((_, Test::Running)));
        let test = Button::new(Kind::Secondary, if is_testing { t!("hosts-testing") } else { t!("hosts-test") }).icon(icon::plug_zap());
        let test = test.on_press_maybe((!is_testing && self.address().is_ok()).then_some(Message::Test));
        let add = part::accept(Kind::Primary, t!("add-host-add"), self.is_allowed(model).then_some(Message::Accept));
        part::foot(Some(test.into()), vec![part::cancel(Message::Dismiss).into(), add.into()])
    }
}

impl Field {
    const fn id(self) -> &'static str {
        match self {
            Self::Host => "add-host-host",
            Self::User => "add-host-user",
            Self::Port => "add-host-port",
            Self::Key => "add-host-key",
            Self::Name => "add-host-name",
        }
    }
}

fn label<'a>(key: &str) -> Element<'a, Message> {
    text(t!(key)).size(12).style(theme::muted).into()
}

fn sentence(invalid: Invalid) -> String {
    match invalid {
        Invalid::Empty => t!("add-host-empty"),
        Invalid::LeadingHyphen => t!("add-host-hyphen"),
        Invalid::Character(character) => t!("add-host-character", character = character.to_string()),
        Invalid::TooLong => t!("add-host-long"),
        Invalid::RelativeKeyFile => t!("add-host-key-wrong"),
        Invalid::NotAUri | Invalid::NotABus => t!("add-host-wrong"),
    }
}

impl super::Content for AddHost {
    type Message = Message;

    fn accept(&self) -> Option<Message> {
        Some(Message::Accept)
    }

    fn opened(&mut self, _model: &Model, _settings: &settings::Settings) -> Task<Message> {
        Task::batch([focus::take(Field::Host.id()), Task::perform(chooser::is_there(), Message::CanChoose)])
    }

    fn update(&mut self, model: &Model, _settings: &settings::Settings, message: Message) -> Action {
        Self::update(self, model, message)
    }

    fn view<'a>(&'a self, model: &'a Model, _settings: &'a settings::Settings) -> Element<'a, Message> {
        Self::view(self, model)
    }
}
