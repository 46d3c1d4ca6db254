//! The map of processors: nodes, cores, the CPUs that share a core, and what governs them.

use client::{
    t,
    topology::{Core, Kind, Node, Topology, ranges},
    unit,
};
use iced::{
    Alignment, Background, Border, Color, Element, Length, Theme,
    widget::{Column, Row, Space, column, container, row, rule, text, tooltip},
};

use super::Message;
use crate::{
    component::control::with_tip,
    font, icon,
    model::HostModel,
    theme::{self, Tokens, size, space, tokens},
    widget::cut,
};

type Pick = fn(&Tokens) -> Color;

const CELL: f32 = 34.0;

/// The map, and what is said below it.
pub(super) fn view<'a>(host: &'a HostModel) -> Vec<Element<'a, Message>> {
    let Some(topology) = host.topology.as_deref() else { return Vec::new() };
    let mut parts = vec![legend(topology)];
    parts.extend(topology.nodes.iter().map(|node| card(topology, node)));
    if topology.nodes.len() > 1 {
        parts.push(distances(topology));
    }
    parts.push(governors(topology));
    parts
}

/// What a cell is filled and written with, and the word for it.
fn look(topology: &Topology, core: &Core, cpu: u32) -> (Pick, Pick, &'static str) {
    if topology.isolated.contains(&cpu) {
        return (|t| t.saved_soft, |t| t.saved, "cpus-isolated");
    }
    match core.kind {
        Kind::Efficient => (|t| t.migrating_soft, |t| t.migrating, "cpus-efficient"),
        Kind::Full => (|t| t.selected, |t| t.accent_text, "cpus-full"),
        Kind::Unknown => (|t| t.track, |t| t.muted, "cpus-unknown"),
    }
}

fn legend<'a>(topology: &Topology) -> Element<'a, Message> {
    let mut seen: Vec<(Pick, Pick, &str)> = Vec::new();
    for node in &topology.nodes {
        for core in topology.cores(node.number) {
            for cpu in &core.cpus {
                let look = look(topology, &core, *cpu);
                if !seen.iter().any(|(.., key)| *key == look.2) {
                    seen.push(look);
                }
            }
        }
    }
    let is_hybrid = topology.is_hybrid();
    let entries = seen.into_iter().map(|(soft, strong, key)| {
        let swatch = container(Space::new().width(12).height(12)).style(edged(soft, strong));
        let key = if key == "cpus-full" && !is_hybrid { "cpus-core" } else { key };
        row![swatch, text(t!(key)).size(12).style(theme::muted)].spacing(6).align_y(Alignment::Center).into()
    });
    let hint = text(t!("cpus-hint")).size(12).style(theme::subtle);
    Row::with_children(entries).push(hint).spacing(space::L).wrap().into()
}

fn edged(soft: Pick, strong: Pick) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let t = tokens(theme);
        let border = Border { color: Color { a: 0.45, ..strong(t) }, width: 1.0, radius: 3.0.into() };
        container::Style { background: Some(Background::Color(soft(t))), border, ..container::Style::default() }
    }
}

fn card<'a>(topology: &Topology, node: &Node) -> Element<'a, Message> {
    let cores = topology.cores(node.number);
    let name = text(t!("memory-node", node = node.number)).size(13).font(font::SEMIBOLD);
    let cpus = if node.cpus.is_empty() { t!("memory-no-cpus") } else { t!("memory-cpus", cpus = ranges(&node.cpus)) };
    let head = row![
        icon::cpu().muted(16.0),
        name,
        cut(cpus).colour(|t| t.subtle).width(Length::Fill),
        text(caches(topology, node)).size(12).style(theme::muted)
    ];
    let head = container(head.spacing(space::S).align_y(Alignment::Center).height(size::BAR)).padding([0.0, space::L]);
    let mut body = Column::new().spacing(space::S).padding([space::M, space::L]);
    if cores.is_empty() {
        body = body.push(text(t!("cpus-none")).size(12).style(theme::subtle));
    }
    let packages = topology.packages();
    for (kind, title) in [(Kind::Full, "cpus-full"), (Kind::Efficient, "cpus-efficient"), (Kind::Unknown, "cpus-unknown")] {
        let of_kind: Vec<&Core> = cores.iter().filter(|core| core.kind == kind).collect();
        let Some(first) = of_kind.first() else { continue };
        let threads = of_kind.iter().map(|core| core.cpus.len()).sum::<usize>();
        let mut words = if topology.is_hybrid() { vec![t!(title)] } else { Vec::new() };
        words.push(t!("cpus-count", cores = of_kind.len(), threads = threads));
        if packages > 1 {
            words.push(t!("cpus-package", package = first.package));
        }
        let frequency = of_kind.iter().map(|core| core.frequency).max().unwrap_or_default();
        if frequency > 0 {
            words.push(t!("cpus-frequency", frequency = gigahertz(frequency)));
        }
        body = body.push(text(words.join(" · ")).size(12).style(theme::subtle));
        let boxes = of_kind.into_iter().map(|core| core_box(topology, core));
        body = body.push(Row::with_children(boxes).spacing(6).wrap().vertical_spacing(6.0));
    }
    let card = column![head, rule::horizontal(1).style(theme::container::line), body];
    container(card).width(Length::Fill).style(theme::container::card).into()
}

/// A core: its CPUs side by side in one frame.
fn core_box<'a>(topology: &Topology, core: &Core) -> Element<'a, Message> {
    let cells = core.cpus.iter().map(|cpu| {
        let (soft, strong, _) = look(topology, core, *cpu);
        let number = text(cpu.to_string()).size(12).font(font::MEDIUM).style(theme::colour(strong));
        let cell = container(number).center_x(CELL).center_y(24).style(edged(soft, strong));
        with_tip(cell, told(topology, core, *cpu), None, tooltip::Position::Bottom)
    });
    let frame = |theme: &Theme| {
        let t = tokens(theme);
        let border = Border { color: t.line_strong, width: 1.0, radius: size::RADIUS.into() };
        container::Style { background: Some(Background::Color(t.sunken)), border, ..container::Style::default() }
    };
    container(Row::with_children(cells).spacing(3)).padding(4).style(frame).into()
}

/// Everything about a CPU.
fn told(topology: &Topology, core: &Core, cpu: u32) -> String {
    let mut words = vec![t!("cpus-cpu", cpu = cpu)];
    let others: Vec<u32> = core.cpus.iter().copied().filter(|other| *other != cpu).collect();
    if !others.is_empty() {
        words.push(t!("cpus-shares", cpus = ranges(&others)));
    }
    if topology.is_hybrid() {
        words.push(t!(if core.kind == Kind::Efficient { "cpus-efficient" } else { "cpus-full" }));
    }
    if topology.isolated.contains(&cpu) {
        words.push(t!("cpus-isolated"));
    }
    if core.frequency > 0 {
        words.push(t!("cpus-frequency", frequency = gigahertz(core.frequency)));
    }
    if let Some(governor) = topology.governor(cpu) {
        words.push(governor.to_owned());
    }
    words.join(" · ")
}

/// `3.9 GHz`.
fn gigahertz(hertz: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
    let value = hertz as f64 / 1e9;
    format!("{}{}GHz", unit::Format::current().fixed(value, 1), unit::SPACE)
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
