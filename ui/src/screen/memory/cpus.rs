//! The map of processors: nodes, cores, the CPUs that share a core, and what governs them.

use client::{
    Machine, t,
    topology::{Node, Topology, ranges},
    unit,
};
use iced::{
    Alignment, Element, Length, Padding, Theme,
    keyboard::{Key, key::Named},
    widget::{Column, Row, Space, button, column, container, row, rule, text_input},
};

use super::{Message, Screen, pins::step};
use crate::{
    component::state_glyph,
    font, icon,
    model::HostModel,
    screen::tuning::{
        Tuner,
        map::{self, Pins, Touch},
    },
    theme::{self, size, space},
    widget::{Role, Said, cut, direction, dropdown, focusable, spoken, text},
};

/// Machines in the menu; more are found by typing.
const MOST: usize = 12;

/// The machine whose tuning is open, the map, and what is said below it.
pub(super) fn view<'a>(screen: &'a Screen, host: &'a HostModel) -> Vec<Element<'a, Message>> {
    let Some(topology) = host.topology.as_deref() else { return Vec::new() };
    let tuner = screen.pins.tuner.as_ref();
    let open = tuner.and_then(|tuner| Some((tuner, host.machines.get(&tuner.key().machine)?)));
    let pins = Pins::new(host, screen.pins.tunings.iter(), tuner.and_then(Tuner::planned));
    let mut parts = Vec::new();
    if !host.machines.is_empty() {
        parts.push(chooser(screen, host, &pins, open.map(|(_, machine)| machine)));
    }
    if let Some((tuner, machine)) = open {
        parts.push(tuner.cpus(host, machine).map(Message::Tuner));
    }
    parts.push(map::legend(topology, &pins));
    parts.extend(topology.nodes.iter().map(|node| card(screen, topology, node, &pins)));
    if let Some((tuner, _)) = open {
        parts.extend(tuner.host_side(host).into_iter().map(|part| part.map(Message::Tuner)));
    }
    if topology.nodes.len() > 1 {
        parts.push(distances(topology));
    }
    parts.push(governors(topology));
    parts
}

/// Which machine, and a field to find one if there are many.
fn chooser<'a>(screen: &'a Screen, host: &'a HostModel, pins: &Pins, open: Option<&'a Machine>) -> Element<'a, Message> {
    let wanted = screen.pins.find.to_lowercase();
    let is_pinned = |machine: &Machine| pins.owners().iter().any(|owner| owner.machine == machine.id);
    let mut machines: Vec<&Machine> = host.machines.values().filter(|machine| machine.label().to_lowercase().contains(&wanted)).collect();
    machines.sort_by_key(|machine| (!is_pinned(machine), !machine.is_active(), machine.label()));
    let rows = machines.into_iter().take(MOST).map(|machine| (item(machine), Some(Message::Choose(machine.id)))).collect();
    let label = open.map_or_else(|| t!("cpus-choose"), |machine| machine.label().to_owned());
    let words = cut(label).font(font::MEDIUM).width(200);
    let face = row![words, icon::chevrons().muted(14.0)].spacing(space::S).align_y(Alignment::Center).height(Length::Fill);
    let face = button(face).padding(Padding::ZERO.horizontal(10)).height(size::CONTROL).style(theme::button::secondary).on_press(());
    let menu = dropdown(focusable(face).id("cpus-machine").on_press(()), rows, 260.0);
    let mut line = row![text(t!("cpus-machine")).size(13).font(font::SEMIBOLD), menu].spacing(space::M).align_y(Alignment::Center);
    if host.machines.len() > MOST {
        let field = text_input(&t!("cpus-find"), &screen.pins.find)
            .align_x(direction::begin())
            .size(13)
            .padding([7.0, 10.0])
            .width(180)
            .style(theme::input::field);
        let typed = screen.pins.find.as_str();
        let field = spoken(field.on_input(Message::Find), move || Said::named(Role::Field, t!("cpus-find")).text(typed));
        line = line.push(field);
    }
    line = line.push(cut(t!("cpus-choose-text")).size(12.0, 16.0).colour(|t| t.subtle).width(Length::Fill));
    container(line).padding([space::S, space::L]).width(Length::Fill).style(theme::container::card).into()
}

fn item<'a>(machine: &'a Machine) -> Element<'a, Message> {
    let line = row![state_glyph(machine.condition(), 16.0), cut(machine.label()).width(Length::Fill)];
    container(line.spacing(10).align_y(Alignment::Center).height(size::MENU_ITEM)).padding(Padding::ZERO.horizontal(space::S)).into()
}

fn card<'a>(screen: &Screen, topology: &'a Topology, node: &'a Node, pins: &Pins) -> Element<'a, Message> {
    let name = text(t!("memory-node", node = node.number)).size(13).font(font::SEMIBOLD);
    let cpus = if node.cpus.is_empty() { t!("memory-no-cpus") } else { t!("memory-cpus", cpus = ranges(&node.cpus)) };
    let head = row![
        icon::cpu().muted(16.0),
        name,
        cut(cpus).colour(|t| t.subtle).width(Length::Fill),
        text(caches(topology, node)).size(12).style(theme::muted)
    ];
    let head = container(head.spacing(space::S).align_y(Alignment::Center).height(size::BAR)).padding([0.0, space::L]);
    let marked = screen.pins.marked.filter(|cpu| node.cpus.contains(cpu));
    let cores = map::cores(topology, node, pins, &Touch { marked, choose: Some(Message::Choose) });
    let owner = marked.and_then(|cpu| pins.first(cpu)).map(|owner| owner.machine);
    let keys = move |key: &Key, modifiers| {
        let chosen = owner.filter(|_| matches!(key, Key::Named(Named::Enter)));
        chosen.map(Message::Choose).or_else(|| step(topology, node.number, marked, key, modifiers).map(Message::Mark))
    };
    let name = t!("speech-cores", node = node.number);
    let said = move || Said::named(Role::List, name.as_str());
    let mut body = Column::new().spacing(space::S).padding([space::M, space::L]).push(focusable(cores).on_key(keys).say(said));
    let core = topology.cores(node.number).into_iter().find(|core| marked.is_some_and(|cpu| core.cpus.contains(&cpu)));
    if let Some((core, cpu)) = core.zip(marked) {
        body = body.push(text(map::told(topology, &core, cpu, pins)).size(12).style(theme::muted));
    }
    let card = column![head, rule::horizontal(1).style(theme::container::line), body];
    container(card).width(Length::Fill).style(theme::container::card).into()
}

/// `L3 4 × 16 MiB`: the cache that most is shared by.
fn caches(topology: &Topology, node: &Node) -> String {
    let level = topology.last_level();
    let size = |(size, count): (u64, usize)| if count > 1 { format!("{count} × {}", unit::size(size)) } else { unit::size(size) };
    let sizes: Vec<String> = topology.caches(node, level).into_iter().map(size).collect();
    if sizes.is_empty() { String::new() } else { format!("L{level} {}", sizes.join(" + ")) }
}

fn titled<'a>(title: String, hint: String, body: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    let line_height = text::LineHeight::Absolute(16.into());
    let words = column![text(title).size(13).font(font::SEMIBOLD), text(hint).size(12).line_height(line_height).style(theme::subtle)];
    let all = column![words.spacing(2), body.into()].spacing(space::M).padding([space::M, space::L]);
    container(all).width(Length::Fill).style(theme::container::card).into()
}

/// How far memory is from each node.
fn distances<'a>(topology: &Topology) -> Element<'a, Message> {
    let cell = |words: String, font: iced::Font, style: fn(&Theme) -> text::Style| {
        container(text(words).size(12).font(font).style(style)).width(76).padding([3.0, 0.0]).into()
    };
    let heads = topology.nodes.iter().map(|node| cell(t!("memory-node", node = node.number), font::SEMIBOLD, theme::subtle));
    let head = [cell(String::new(), font::BODY, theme::subtle)].into_iter().chain(heads);
    let mut table = Column::new().push(Row::with_children(head));
    for node in &topology.nodes {
        let name = cell(t!("memory-node", node = node.number), font::SEMIBOLD, theme::subtle);
        let cells = node.distances.iter().map(|distance| {
            let style: fn(&Theme) -> text::Style = if *distance == 10 { theme::muted } else { theme::normal };
            cell(distance.to_string(), font::BODY, style)
        });
        table = table.push(Row::with_children([name].into_iter().chain(cells)));
    }
    titled(t!("cpus-distances"), t!("cpus-distances-text"), table)
}

/// What sets the frequencies.
fn governors<'a>(topology: &Topology) -> Element<'a, Message> {
    if topology.governors.is_empty() {
        return titled(t!("cpus-governors"), t!("cpus-governors-none"), Space::new());
    }
    let line = |governor: &client::topology::Governor| {
        let name = container(text(governor.name.clone()).size(12).font(font::MONO)).width(140);
        let cpus = text(t!("memory-cpus", cpus = ranges(&governor.cpus))).size(12).style(theme::muted);
        row![name, cpus].align_y(Alignment::Center).into()
    };
    let hint = t!("cpus-governors-text", names = topology.available_governors.join(", "));
    titled(t!("cpus-governors"), hint, Column::with_children(topology.governors.iter().map(line)).spacing(space::XS))
}
