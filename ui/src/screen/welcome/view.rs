//! What the page shows.

use client::{Problem, locale, t, unit};
use iced::{
    Alignment, Border, Color, Element, Length, Theme,
    widget::{Column, Row, Space, column, container, row, rule},
};

use super::{
    Message, Welcome,
    cause::{Cause, Family, advice, can_start, is_here},
};
use crate::{
    command::Command,
    component::{Button, Kind, caps, icon_button},
    font,
    icon::{self, Icon},
    model::{Connection, HostModel},
    theme::{self, Tokens, size, space, tokens},
    widget::{code, cut, text},
};

const WIDTH: f32 = 480.0;

type Pick = fn(&Tokens) -> Color;

/// The colours of the tile with the icon.
#[derive(Clone, Copy)]
enum Tone {
    Calm,
    Warning,
    Error,
}

impl Tone {
    const fn colours(self) -> (Pick, Pick) {
        match self {
            Self::Calm => (|t| t.sunken, |t| t.muted),
            Self::Warning => (|t| t.paused_soft, |t| t.paused),
            Self::Error => (|t| t.crashed_soft, |t| t.crashed),
        }
    }
}

/// The page of a cause.
pub(super) fn page<'a>(host: &'a HostModel, welcome: &'a Welcome, cause: Cause<'a>) -> Element<'a, Message> {
    let (body, foot) = match cause {
        Cause::Off => (off(host), None),
        Cause::Waiting => (waiting(host, welcome), None),
        Cause::Problem(problem) => (trouble(host, welcome, problem), Some(looking())),
        Cause::Libvirt(word) => (libvirt(host, word), Some(looking())),
        Cause::Empty => (empty(host), Some(ready(host))),
    };
    let whole = column![container(body).center(Length::Fill).padding(space::XXL)];
    let whole = match foot {
        Some(foot) => {
            let foot = container(foot).align_left(Length::Fill).center_y(36).padding([0.0, space::L]);
            whole.push(rule::horizontal(1).style(theme::container::line)).push(foot.style(theme::container::fill(|t| t.sunken)))
        }
        None => whole,
    };
    container(whole).width(Length::Fill).height(Length::Fill).style(theme::container::fill(|t| t.surface)).into()
}

fn head<'a>(icon: Icon, tone: Tone, title: String, words: String) -> Column<'a, Message> {
    let (soft, strong) = tone.colours();
    let tile = container(icon.colour(28.0, strong)).center(56).style(theme::container::badge(soft, strong, size::RADIUS_XL));
    let title = text(title).size(20).line_height(text::LineHeight::Absolute(28.into())).font(font::SEMIBOLD).align_x(Alignment::Center);
    let words = text(words).size(13).line_height(text::LineHeight::Absolute(18.into())).align_x(Alignment::Center).style(theme::muted);
    column![tile, Space::new().height(space::XS), title, words].spacing(space::S).align_x(Alignment::Center).max_width(WIDTH)
}

fn buttons<'a>(buttons: impl IntoIterator<Item = Button<'a, Message>>) -> Element<'a, Message> {
    let row = Row::with_children(buttons.into_iter().map(Into::into)).spacing(space::S);
    container(row).padding([space::S, 0.0]).into()
}

/// A command to run, with a button that copies it.
fn command<'a>(command: String) -> Element<'a, Message> {
    let copy = icon_button(icon::copy(), t!("welcome-copy"), None, false, Some(Message::Copy(command.clone())));
    let words = code(command);
    let line = row![container(words).width(Length::Fill), copy].spacing(space::S).align_y(Alignment::Center);
    container(line)
        .width(Length::Fill)
        .padding([space::XS, space::S])
        .padding(iced::Padding::from([2.0, 4.0]).left(space::M))
        .style(well)
        .into()
}

fn well(theme: &Theme) -> container::Style {
    let t = tokens(theme);
    let edge = if t.high_contrast { t.line } else { Color::TRANSPARENT };
    container::Style {
        background: Some(t.sunken.into()),
        border: Border { color: edge, width: 1.0, radius: size::RADIUS.into() },
        ..container::Style::default()
    }
}

fn caption<'a>(words: String) -> Element<'a, Message> {
    text(words).size(12).style(theme::subtle).align_x(Alignment::Center).into()
}

/// What the other side said.
fn raw<'a>(words: String) -> Element<'a, Message> {
    let words = code(words).style(theme::muted);
    container(words).width(Length::Fill).padding([space::S, space::M]).style(well).into()
}

fn trouble<'a>(host: &HostModel, welcome: &Welcome, problem: &Problem) -> Element<'a, Message> {
    let id = host.host.id.clone();
    let advice = advice(&host.host, problem);
    let (icon, tone) = match problem {
        Problem::NotInstalled => (icon::package_x(), Tone::Error),
        Problem::NotRunning(_) | Problem::NoBus(_) => (icon::plug_zap(), Tone::Warning),
        Problem::NotAllowed(_) => (icon::lock(), Tone::Warning),
        Problem::Ssh(_) | Problem::Ended(_) => (icon::unplug(), Tone::Warning),
        Problem::Other(_) => (icon::triangle_alert(), Tone::Error),
    };
    let mut page = head(icon, tone, advice.title, advice.text);
    let can_start = can_start(&host.host, problem);
    page = page.push(if can_start {
        let label = if welcome.is_starting { t!("welcome-starting") } else { t!("welcome-start") };
        let start = Button::new(Kind::Primary, label).icon(icon::play()).id("welcome-start");
        buttons([start.on_press_maybe((!welcome.is_starting).then_some(Message::Start(id.clone()))), retry(Kind::Secondary, id)])
    } else {
        buttons([retry(Kind::Primary, id)])
    });
    if let Some(refusal) = &welcome.refusal {
        page = page.push(text(t!("welcome-refused")).size(12).style(theme::danger)).push(raw(refusal.clone()));
    } else if !advice.raw.is_empty() {
        page = page.push(raw(advice.raw));
    }
    if !advice.command.is_empty() {
        page = page.push(caption(t!(if can_start { "welcome-password" } else { "welcome-terminal" }))).push(command(advice.command));
    }
    page.into()
}

fn retry<'a>(kind: Kind, host: client::host::Id) -> Button<'a, Message> {
    Button::new(kind, t!("welcome-retry")).icon(icon::refresh_cw()).on_press(Message::Retry(host))
}

fn libvirt<'a>(host: &HostModel, word: &str) -> Element<'a, Message> {
    let (title, words) = locale::libvirt(word);
    let mut page = head(icon::package_x(), Tone::Error, title, words);
    let kvm = host.facts.virtualisation.as_str();
    let is_ready = matches!(kvm, "available" | "kvm");
    let state = if word == "not-installed" { "welcome-not-found" } else { "welcome-no-answer" };
    let parts = [
        part(true, t!("welcome-part-service"), t!("welcome-runs")),
        part(is_ready, t!("welcome-part-kvm"), locale::virtualisation(kvm)),
        part(false, "libvirt, QEMU".to_owned(), t!(state)),
    ];
    page = page.push(container(Column::with_children(parts).spacing(space::S)).width(390).padding([space::S, 0.0]));
    let here = Family::of_host(&host.host);
    let families: Vec<Family> = here.map_or_else(|| Family::ALL.to_vec(), |family| vec![family]);
    let commands: Vec<_> = families.iter().filter_map(|family| Some((family.name(), family.libvirt(word)?))).collect();
    if !commands.is_empty() {
        page = page.push(caption(t!(if is_here(&host.host) { "welcome-terminal" } else { "welcome-terminal-there" })));
    }
    let are_many = commands.len() > 1;
    for (name, line) in commands {
        if are_many {
            page = page.push(container(text(name).size(11).style(theme::subtle)).width(Length::Fill));
        }
        page = page.push(command(line));
    }
    let elsewhere = Button::new(Kind::Secondary, t!("welcome-elsewhere")).icon(icon::server()).on_press(Message::Run(Command::AddHost));
    page.push(buttons([retry(Kind::Primary, host.host.id.clone()), elsewhere])).into()
}

fn part<'a>(is_there: bool, name: String, state: String) -> Element<'a, Message> {
    let icon = if is_there { icon::circle_check().colour(16.0, |t| t.running) } else { icon::circle_x().colour(16.0, |t| t.crashed) };
    let state = text(state).size(12).style(theme::subtle);
    row![icon, text(name).size(13), Space::new().width(Length::Fill), state].spacing(space::M).align_y(Alignment::Center).into()
}

fn empty<'a>(host: &HostModel) -> Element<'a, Message> {
    let (facts, name) = (&host.facts, host.host.label());
    let words = if facts.cpus == 0 {
        t!("welcome-ready-plain", host = name)
    } else {
        t!("welcome-ready", host = name, threads = facts.cpus, memory = unit::size(facts.memory))
    };
    let key = caps(Command::AddHost.default_key());
    let add =
        Button::new(Kind::Secondary, t!("welcome-add-host")).icon(icon::server()).trailing(key).on_press(Message::Run(Command::AddHost));
    head(icon::monitor(), Tone::Calm, t!("welcome-empty"), words).push(buttons([add])).push(caption(t!("welcome-empty-hint"))).into()
}

fn off<'a>(host: &HostModel) -> Element<'a, Message> {
    let id = host.host.id.clone();
    let connect = Button::new(Kind::Primary, t!("welcome-connect")).icon(icon::link()).on_press(Message::Connect(id, true));
    let page = head(icon::unplug(), Tone::Calm, t!("welcome-off", host = host.host.label()), host.host.uri_shown());
    page.push(buttons([connect])).into()
}

/// Grey bars in the size of the rows to come.
fn waiting<'a>(host: &HostModel, welcome: &Welcome) -> Element<'a, Message> {
    let bar =
        |width: f32, height: f32| container(Space::new()).width(width).height(height).style(theme::container::rounded(|t| t.track, 3.0));
    let row = |long: f32, short: f32| {
        let lines = column![bar(long, 10.0), bar(short, 8.0)].spacing(6);
        row![bar(28.0, 28.0), lines, Space::new().width(Length::Fill), bar(64.0, 8.0), bar(64.0, 8.0)]
            .spacing(space::M)
            .align_y(Alignment::Center)
    };
    let mut page = Column::new().spacing(space::L).width(Length::Fill).max_width(900);
    for (long, short) in [(132.0, 96.0), (108.0, 120.0), (150.0, 84.0), (118.0, 110.0), (126.0, 72.0), (96.0, 104.0)] {
        page = page.push(row(long, short));
    }
    if welcome.is_late {
        let what = if host.connection == Connection::Connecting { "welcome-waits-host" } else { "welcome-waits-list" };
        let cancel = Button::new(Kind::Secondary, t!("cancel")).compact().on_press(Message::Connect(host.host.id.clone(), false));
        let line = row![text(t!(what, host = host.host.label())).size(12).style(theme::muted), cancel].spacing(space::M);
        page = page.push(container(line.align_y(Alignment::Center)).center_x(Length::Fill));
    }
    container(page).align_top(Length::Fill).into()
}

fn looking<'a>() -> Element<'a, Message> {
    let words = text(t!("welcome-looking")).size(12).style(theme::muted);
    row![icon::rotate_cw().colour(14.0, |t| t.muted), words].spacing(space::S).align_y(Alignment::Center).into()
}

fn ready<'a>(host: &HostModel) -> Element<'a, Message> {
    let (libvirt, qemu) = (host.facts.libvirt_version.clone(), host.facts.hypervisor_version.clone());
    let words = if libvirt.is_empty() { t!("welcome-running-plain") } else { t!("welcome-running", libvirt = libvirt, qemu = qemu) };
    let icon = icon::circle_check().colour(14.0, |t| t.running);
    row![icon, text(words).size(12).style(theme::muted)].spacing(space::S).align_y(Alignment::Center).into()
}

/// An amber note above rows of before.
pub(super) fn banner(host: &HostModel) -> Option<Element<'_, Message>> {
    if host.machines.is_empty() || host.is_live() {
        return None;
    }
    let reason = match (&host.connection, &host.libvirt_problem) {
        (Connection::Lost(Problem::Ended(reason), 0), _) if reason.is_empty() => t!("welcome-lost-off"),
        (Connection::Off, _) => t!("welcome-lost-off"),
        (Connection::Lost(problem, _), _) => advice(&host.host, problem).title,
        (Connection::Connecting, _) => t!("welcome-lost-connecting"),
        (Connection::Connected(_), Some(word)) => locale::libvirt(word).0,
        (Connection::Connected(_), None) => return None,
    };
    let name = text(format!("{}:", host.host.label())).size(13).font(font::SEMIBOLD).wrapping(text::Wrapping::None);
    let words = match host.last_seen {
        0 => reason,
        seen => format!("{reason}. {}", t!("welcome-rows-of", time = unit::moment(seen, crate::model::now()))),
    };
    let is_off = matches!(host.connection, Connection::Off | Connection::Lost(Problem::Ended(_), 0));
    let message = if is_off { Message::Connect(host.host.id.clone(), true) } else { Message::Retry(host.host.id.clone()) };
    let again = Button::new(Kind::Secondary, t!(if is_off { "welcome-connect" } else { "welcome-retry" })).compact();
    let again = again.on_press_maybe((host.connection != Connection::Connecting).then_some(message));
    let icon = icon::triangle_alert().colour(16.0, |t| t.paused);
    let line = row![icon, name, cut(words), again].spacing(space::S).align_y(Alignment::Center);
    let note = container(line).padding([6.0, space::M]).width(Length::Fill).style(|theme: &Theme| container::Style {
        text_color: Some(tokens(theme).text),
        ..theme::container::badge(|t| t.paused_soft, |t| t.paused, size::RADIUS)(theme)
    });
    Some(container(note).padding([space::S, space::M]).into())
}
