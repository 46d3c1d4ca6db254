//! The sidebar: hosts, groups, tags, parts of hosts.

use std::collections::{BTreeMap, BTreeSet};

use client::{Tag, t};
use iced::{
    Alignment, Element, Length,
    keyboard::Key,
    widget::{Column, Row, Space, column, container, row, rule, scrollable},
};

use super::{Message, drag, place_menu::is_menu_key};
use crate::{
    command::Command,
    component::{control::with_tip, tag_chip},
    font,
    icon::{self, Icon},
    model::{Connection, HostModel, Model},
    place::{Part, Place, is_below},
    theme::{self, Tokens, size, space},
    widget::{
        Press, Role, Said, cut, direction, focusable, ground, press_area,
        scroll::{THIN, WIDE, scroll},
        target, text,
    },
};

/// The groups and tags there are, found anew when machines change and not for every frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    groups: BTreeMap<String, usize>,
    tags: Vec<Tag>,
}

impl Places {
    /// The tag of this name.
    pub(super) fn tag(&self, name: &str) -> Option<&Tag> {
        self.tags.iter().find(|tag| tag.name == name)
    }

    /// Those of all machines.
    pub(super) fn of(model: &Model) -> Self {
        Self { groups: groups(model), tags: tags(model) }
    }
}

/// The whole sidebar.
pub(super) fn view<'a>(place: &Place, model: &'a Model, places: &'a Places, is_dragging: bool) -> Element<'a, Message> {
    let mut list = Column::new().spacing(1).padding([space::M, space::S]);
    list = list.push(section(t!("sidebar-hosts"), Some((Command::AddHost, t!("command-add-host")))));
    let total: usize = model.hosts().iter().map(|host| host.machines.len()).sum();
    list = list.push(item(icon::layers(), t!("sidebar-all"), Some(total), Place::All, place, 0, None));
    for host in model.hosts() {
        list = list.push(host_item(host, place));
    }
    let groups = &places.groups;
    if !groups.is_empty() {
        list = list.push(Space::new().height(space::M)).push(section(t!("sidebar-groups"), None));
        for (group, count) in groups {
            let depth = group.matches('/').count();
            let is_open = groups.keys().any(|other| other != group && is_below(other, group));
            let shape = if is_open { icon::folder_open() } else { icon::folder() };
            let name = group.rsplit('/').next().unwrap_or(group).to_owned();
            let to = Place::Group(group.clone());
            let entry = item(shape, name, Some(*count), to.clone(), place, depth, None);
            list = list.push(drop_place(entry, to, is_dragging));
        }
    }
    let tags = &places.tags;
    if !tags.is_empty() {
        list = list.push(Space::new().height(space::M)).push(section(t!("sidebar-tags"), None)).push(tag_cloud(tags, place, is_dragging));
    }
    let mut parts = parts(model).peekable();
    if parts.peek().is_some() {
        list = list.push(Space::new().height(space::M)).push(section(t!("sidebar-parts"), None));
    }
    for (host, part) in parts {
        // With one host there is nothing to tell apart.
        let whose = if model.hosts().len() > 1 { host.host.label() } else { String::new() };
        list = list.push(part_item(part, whose, Place::Part(host.host.id.clone(), part), place));
    }
    let foot = item_button(
        row![icon::settings().muted(16.0), text(t!("command-settings")).size(13).width(Length::Fill)]
            .spacing(space::M)
            .align_y(Alignment::Center),
        false,
        Message::Run(Command::Settings),
    );
    let deleted = item_button(
        row![icon::history().muted(16.0), text(t!("command-deleted-machines")).size(13).width(Length::Fill)]
            .spacing(space::M)
            .align_y(Alignment::Center),
        false,
        Message::Run(Command::DeletedMachines),
    );
    let list = scroll(scrollable(list).on_scroll(scrolled).height(Length::Fill).width(Length::Fill), WIDE);
    let all = container(column![
        list,
        rule::horizontal(1).style(theme::container::line),
        container(column![deleted, foot].spacing(1)).padding(space::S)
    ]);
    ground(all.height(Length::Fill).width(Length::Fill), |t| t.sidebar).into()
}

/// The sidebar of a narrow window: icons with tooltips.
pub(super) fn rail<'a>(place: &Place, model: &'a Model, places: &'a Places, is_dragging: bool) -> Element<'a, Message> {
    let mut list = Column::new().spacing(space::XS).padding([space::S, space::S]);
    list = list.push(rail_item(icon::layers(), t!("sidebar-all"), *place == Place::All, Message::Show(Place::All)));
    for host in model.hosts() {
        let here = Place::Host(host.host.id.clone());
        let entry = rail_item(host_icon(host), host.host.label(), *place == here, Message::Show(here.clone()));
        list = list.push(with_menu(entry, here));
    }
    let groups = &places.groups;
    if !groups.is_empty() {
        list = list.push(rule::horizontal(1).style(theme::container::line));
    }
    for group in groups.keys() {
        let here = Place::Group(group.clone());
        let entry = with_menu(rail_item(icon::folder(), group.clone(), *place == here, Message::Show(here.clone())), here.clone());
        list = list.push(drop_place(entry, here, is_dragging));
    }
    for tag in &places.tags {
        let here = Place::Tag(tag.name.clone());
        let entry = rail_item(icon::tag(), tag.name.clone(), *place == here, Message::Show(here.clone()));
        list = list.push(drop_place(entry, here, is_dragging));
    }
    for (at, (host, part)) in parts(model).enumerate() {
        if at == 0 {
            list = list.push(rule::horizontal(1).style(theme::container::line));
        }
        let here = Place::Part(host.host.id.clone(), part);
        let label = if model.hosts().len() > 1 { format!("{} · {}", part.label(), host.host.label()) } else { part.label() };
        list = list.push(rail_item(part.icon(), label, *place == here, Message::Show(here)));
    }
    let settings = container(rail_item(icon::settings(), t!("command-settings"), false, Message::Run(Command::Settings))).padding(space::S);
    let all = container(column![scroll(scrollable(list).on_scroll(scrolled).height(Length::Fill), THIN), settings]);
    ground(all.width(48).height(Length::Fill), |t| t.sidebar).into()
}

fn rail_item<'a>(icon: Icon, label: String, is_here: bool, message: Message) -> Element<'a, Message> {
    let colour: fn(&Tokens) -> iced::Color = if is_here { |t| t.accent_text } else { |t| t.muted };
    let button = iced::widget::button(container(icon.colour(16.0, colour)).center(Length::Fill))
        .padding(0)
        .width(size::CONTROL)
        .height(size::CONTROL)
        .style(theme::button::item(is_here))
        .on_press(message.clone());
    with_tip(focusable(button).on_press(message).say(move || place_said(is_here)), label, None, direction::beside())
}

fn section<'a>(label: String, add: Option<(Command, String)>) -> Element<'a, Message> {
    let mut line = row![text(label).size(12).font(font::SEMIBOLD).style(theme::subtle).width(Length::Fill)]
        .align_y(Alignment::Center)
        .height(24)
        .padding([0.0, space::S]);
    if let Some((command, hint)) = add {
        let button = iced::widget::button(container(icon::plus().colour(14.0, |t| t.muted)).center(Length::Fill))
            .padding(0)
            .width(22)
            .height(22)
            .style(theme::button::flat)
            .on_press(Message::Run(command));
        line = line.push(with_tip(focusable(button).on_press(Message::Run(command)), hint, None, direction::beside()));
    }
    line.into()
}

fn host_icon(host: &HostModel) -> Icon {
    match host.host.address {
        client::host::Address::System | client::host::Address::Demo | client::host::Address::Bus { .. } => icon::monitor(),
        client::host::Address::Session => icon::user(),
        _ => icon::server(),
    }
}

fn host_item<'a>(host: &HostModel, place: &Place) -> Element<'a, Message> {
    let (count, note) = match &host.connection {
        Connection::Connected(_) if host.libvirt_problem.is_none() => (Some(host.machines.len()), None),
        Connection::Connected(_) => (None, Some((icon::triangle_alert(), t!("host-no-libvirt")))),
        Connection::Connecting => (None, Some((icon::refresh_cw(), t!("host-connecting")))),
        Connection::Lost(..) => (None, Some((icon::unplug(), t!("host-lost")))),
        Connection::Off => (None, None),
    };
    item(host_icon(host), host.host.label(), count, Place::Host(host.host.id.clone()), place, 0, note)
}

fn item<'a>(
    icon: Icon,
    label: String,
    count: Option<usize>,
    to: Place,
    place: &Place,
    depth: usize,
    note: Option<(Icon, String)>,
) -> Element<'a, Message> {
    let is_here = to == *place;
    let colour: fn(&Tokens) -> iced::Color = if is_here { |t| t.accent_text } else { |t| t.muted };
    #[expect(clippy::cast_precision_loss, reason = "levels of groups")]
    let indent = 20.0 * depth as f32;
    let label =
        cut(label).font(if is_here { font::SEMIBOLD } else { font::BODY }).colour(if is_here { |t| t.accent_text } else { |t| t.text });
    let mut line = Row::new()
        .push(Space::new().width(indent))
        .push(icon.colour(16.0, colour))
        .push(Space::new().width(space::M))
        .push(label)
        .align_y(Alignment::Center);
    if let Some(count) = count {
        line = line.push(text(client::unit::count(count as u64)).size(12).style(if is_here { theme::accent } else { theme::subtle }));
    }
    if let Some((icon, words)) = note {
        line = line.push(with_tip(icon.colour(14.0, |t| t.paused), words, None, direction::beside()));
    }
    let menu = to.clone();
    with_menu(item_button(line, is_here, Message::Show(to)), menu)
}

/// The context menu of a place, by the right button. Its key is the item's own, for that has the focus.
fn with_menu(entry: Element<'_, Message>, place: Place) -> Element<'_, Message> {
    let is_right = |press: &Press| press.button == iced::mouse::Button::Right;
    press_area(entry, move |press| is_right(&press).then(|| Message::PlaceMenu(place.clone(), Some(press.at)))).still().into()
}

fn scrolled(viewport: scrollable::Viewport) -> Message {
    Message::PlacesScrolled(viewport.absolute_offset().y)
}

fn item_button<'a>(line: Row<'a, Message>, is_here: bool, message: Message) -> Element<'a, Message> {
    let button = iced::widget::button(line.height(Length::Fill))
        .padding([0.0, space::S])
        .width(Length::Fill)
        .height(size::ROW_SMALL)
        .style(theme::button::item(is_here))
        .on_press(message.clone());
    let place = if let Message::Show(place) = &message { Some(place.clone()) } else { None };
    let menu = move |key: &Key, modifiers| Some(Message::PlaceMenu(place.clone().filter(|_| is_menu_key(key, modifiers))?, None));
    focusable(button).on_press(message).on_key(menu).inside().say(move || place_said(is_here)).into()
}

fn place_said(is_here: bool) -> Said {
    Said::new(Role::Button).selected(is_here, false)
}

/// The parts there are, with their hosts.
fn parts(model: &Model) -> impl Iterator<Item = (&HostModel, Part)> {
    Part::ALL.into_iter().flat_map(|part| model.hosts().iter().filter(move |host| part.is_offered(host)).map(move |host| (host, part)))
}

fn part_item<'a>(part: Part, host: String, to: Place, place: &Place) -> Element<'a, Message> {
    let is_here = to == *place;
    let colour: fn(&Tokens) -> iced::Color = if is_here { |t| t.accent_text } else { |t| t.text };
    let label = cut(part.label()).font(if is_here { font::SEMIBOLD } else { font::BODY }).colour(colour).width(Length::Shrink);
    let icon = part.icon().colour(16.0, if is_here { |t| t.accent_text } else { |t| t.muted });
    let line =
        row![icon, Space::new().width(space::M), label, Space::new().width(space::S), cut(host).size(12.0, 16.0).colour(|t| t.subtle)];
    item_button(line.align_y(Alignment::Center), is_here, Message::Show(to))
}

/// A place that machines can be dropped on.
fn drop_place(entry: Element<'_, Message>, place: Place, is_dragging: bool) -> Element<'_, Message> {
    target(entry, is_dragging, Message::Drag(drag::Message::Over(place.clone())), Message::Drag(drag::Message::Left(place)))
}

/// Every group and every level above it, with the machines below.
fn groups(model: &Model) -> BTreeMap<String, usize> {
    let mut groups = BTreeMap::new();
    for (_, machine) in model.machines().filter(|(_, machine)| !machine.group.is_empty()) {
        let ends = machine.group.match_indices('/').map(|(end, _)| end).chain([machine.group.len()]);
        for end in ends {
            *groups.entry(machine.group[..end].to_owned()).or_default() += 1;
        }
    }
    groups
}

fn tags(model: &Model) -> Vec<Tag> {
    let mut names = BTreeSet::new();
    let mut tags: Vec<Tag> =
        model.machines().flat_map(|(_, machine)| &machine.tags).filter(|tag| names.insert(tag.name.clone())).cloned().collect();
    tags.sort_by(|a, b| a.name.cmp(&b.name));
    tags
}

fn tag_cloud<'a>(tags: &[Tag], place: &Place, is_dragging: bool) -> Element<'a, Message> {
    let chips = tags.iter().map(|tag| {
        let is_here = *place == Place::Tag(tag.name.clone());
        let message = Message::Show(if is_here { Place::All } else { Place::Tag(tag.name.clone()) });
        let button = iced::widget::button(tag_chip(tag)).padding(1).style(theme::button::item(is_here)).on_press(message.clone());
        let place = Place::Tag(tag.name.clone());
        let chip = with_menu(focusable(button).on_press(message).say(move || place_said(is_here)).into(), place.clone());
        drop_place(chip, place, is_dragging)
    });
    container(Row::with_children(chips).spacing(space::XS).wrap()).padding([space::XS, 6.0]).into()
}
