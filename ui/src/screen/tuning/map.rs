//! The map of CPUs: cores with their siblings, what kind they are, whose pins are on them, and what is planned.

use std::collections::{BTreeMap, BTreeSet};

use client::{
    Uuid, t,
    topology::{Core, Kind, Node, Topology, ranges},
    tuning::{Pinning, Tuning},
    unit,
};
use iced::{
    Alignment, Background, Border, Color, Element, Theme,
    widget::{Column, Row, Space, column, container, mouse_area, row, tooltip},
};

use crate::{
    component::control::with_tip,
    font,
    model::HostModel,
    theme::{self, Tokens, size, space, tokens},
    widget::text,
};

type Pick = fn(&Tokens) -> Color;

const CELL: f32 = 34.0;
/// Colours of machines, in the order of their names; the letters tell apart what has the same.
const COLOURS: [Pick; 4] = [|t| t.c1, |t| t.c3, |t| t.c4, |t| t.c2];
const ON_COLOUR: Pick = |t| if t.is_dark { t.bg } else { Color::WHITE };

/// A machine whose virtual CPUs are pinned.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Which one.
    pub machine: Uuid,
    /// What it is called.
    pub name: String,
    /// Two letters for its cells.
    pub letters: String,
    colour: Pick,
}

/// Whose pins are where.
#[derive(Debug, Default)]
pub struct Pins {
    owners: Vec<Owner>,
    by_cpu: BTreeMap<u32, Vec<usize>>,
    planned: BTreeSet<u32>,
}

impl Pins {
    /// Of these machines of a host, with a plan on top.
    pub fn new<'a>(host: &HostModel, tunings: impl Iterator<Item = (&'a Uuid, &'a Tuning)>, plan: Option<&Pinning>) -> Self {
        let name = |id: &Uuid| host.machines.get(id).map(|machine| machine.label().to_owned());
        let mut pinned: Vec<_> = tunings.filter_map(|(id, tuning)| Some((name(id)?, *id, tuning.pinning.cpus()))).collect();
        pinned.retain(|(.., cpus)| !cpus.is_empty());
        pinned.sort();
        let mut pins = Self { planned: plan.map(Pinning::cpus).into_iter().flatten().collect(), ..Self::default() };
        for ((name, machine, cpus), colour) in pinned.into_iter().zip(COLOURS.into_iter().cycle()) {
            for cpu in cpus {
                pins.by_cpu.entry(cpu).or_default().push(pins.owners.len());
            }
            pins.owners.push(Owner { machine, letters: letters(&name), name, colour });
        }
        pins
    }

    fn of(&self, cpu: u32) -> impl Iterator<Item = &Owner> {
        self.by_cpu.get(&cpu).into_iter().flatten().filter_map(|at| self.owners.get(*at))
    }

    /// Machines that are pinned, in the order of their names.
    #[must_use]
    pub fn owners(&self) -> &[Owner] {
        &self.owners
    }

    /// Whose pins are on a CPU, the first by name.
    #[must_use]
    pub fn first(&self, cpu: u32) -> Option<&Owner> {
        self.of(cpu).next()
    }

    fn is_empty(&self) -> bool {
        self.owners.is_empty() && self.planned.is_empty()
    }
}

fn letters(name: &str) -> String {
    let mut letters = name.chars().filter(|character| character.is_alphanumeric());
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + &letters.next().into_iter().flat_map(char::to_lowercase).collect::<String>()
}

/// What can be done to a cell, and which one the keyboard is at.
#[derive(Clone, Copy, Debug)]
pub struct Touch<Message> {
    /// The one that the keyboard is at.
    pub marked: Option<u32>,
    /// A machine's cell was clicked.
    pub choose: Option<fn(Uuid) -> Message>,
}

/// What a cell is filled, framed and written with, and the word for it.
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

/// What the colours mean.
pub fn legend<'a, Message: 'a>(topology: &Topology, pins: &Pins) -> Element<'a, Message> {
    let mut seen: Vec<(Pick, Pick, &str)> = Vec::new();
    for node in &topology.nodes {
        for core in topology.cores(node.number) {
            for cpu in core.cpus.iter().filter(|cpu| !pins.by_cpu.contains_key(cpu)) {
                let look = look(topology, &core, *cpu);
                if !seen.iter().any(|(.., key)| *key == look.2) {
                    seen.push(look);
                }
            }
        }
    }
    let is_hybrid = topology.is_hybrid();
    let kinds = seen.into_iter().map(|(soft, strong, key)| {
        let swatch = container(Space::new().width(12).height(12)).style(edged(soft, strong, 1.0));
        entry(swatch, t!(if key == "cpus-full" && !is_hybrid { "cpus-core" } else { key }))
    });
    let owners = pins.owners.iter().map(|owner| {
        let swatch = container(lettered(owner.letters.clone(), ON_COLOUR)).padding([0, 4]).style(edged(owner.colour, owner.colour, 1.0));
        entry(swatch, owner.name.clone())
    });
    let planned = (!pins.planned.is_empty()).then(|| {
        let swatch = container(Space::new().width(12).height(12)).style(edged(|t| t.paused_soft, |t| t.paused, 2.0));
        entry(swatch, t!("cpus-planned"))
    });
    let hint = text(t!("cpus-hint")).size(12).style(theme::subtle);
    Row::with_children(kinds.chain(owners).chain(planned)).push(hint).spacing(space::L).wrap().vertical_spacing(space::XS).into()
}

fn entry<'a, Message: 'a>(swatch: container::Container<'a, Message>, words: String) -> Element<'a, Message> {
    row![swatch, text(words).size(12).style(theme::muted)].spacing(6).align_y(Alignment::Center).into()
}

fn lettered<'a>(letters: String, ink: Pick) -> text::Text<'a> {
    text(letters).size(11).line_height(text::LineHeight::Absolute(14.into())).font(font::SEMIBOLD).style(theme::colour(ink))
}

fn edged(fill: Pick, edge: Pick, width: f32) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let t = tokens(theme);
        let alpha = if width > 1.0 || t.high_contrast { 1.0 } else { 0.45 };
        let border = Border { color: Color { a: alpha, ..edge(t) }, width, radius: 3.0.into() };
        container::Style { background: Some(Background::Color(fill(t))), border, ..container::Style::default() }
    }
}

/// The cores of a node, those of a kind together with a line that says how many.
pub fn cores<'a, Message: Clone + 'a>(topology: &Topology, node: &Node, pins: &Pins, touch: &Touch<Message>) -> Element<'a, Message> {
    let cores = topology.cores(node.number);
    let mut body = Column::new().spacing(space::S);
    if cores.is_empty() {
        body = body.push(text(t!("cpus-none")).size(12).style(theme::subtle));
    }
    for kind in [Kind::Full, Kind::Efficient, Kind::Unknown] {
        let of_kind: Vec<&Core> = cores.iter().filter(|core| core.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        body = body.push(text(counted(topology, &of_kind, kind)).size(12).style(theme::subtle));
        let boxes = of_kind.into_iter().map(|core| core_box(topology, core, pins, touch));
        body = body.push(Row::with_children(boxes).spacing(6).wrap().vertical_spacing(6.0));
    }
    body.into()
}

/// `4 cores, 8 threads · up to 3.9 GHz`.
fn counted(topology: &Topology, cores: &[&Core], kind: Kind) -> String {
    let title = match kind {
        Kind::Full => "cpus-full",
        Kind::Efficient => "cpus-efficient",
        Kind::Unknown => "cpus-unknown",
    };
    let threads = cores.iter().map(|core| core.cpus.len()).sum::<usize>();
    let mut words = if topology.is_hybrid() { vec![t!(title)] } else { Vec::new() };
    words.push(t!("cpus-count", cores = cores.len(), threads = threads));
    if let Some(first) = cores.first().filter(|_| topology.packages() > 1) {
        words.push(t!("cpus-package", package = first.package));
    }
    let frequency = cores.iter().map(|core| core.frequency).max().unwrap_or_default();
    if frequency > 0 {
        words.push(t!("cpus-frequency", frequency = gigahertz(frequency)));
    }
    words.join(" · ")
}

/// A core: its CPUs side by side in one frame.
fn core_box<'a, Message: Clone + 'a>(topology: &Topology, core: &Core, pins: &Pins, touch: &Touch<Message>) -> Element<'a, Message> {
    let cells = core.cpus.iter().map(|cpu| {
        let cell = cell(topology, core, *cpu, pins);
        let choice = touch.choose.zip(pins.first(*cpu));
        let cell = match choice {
            Some((choose, owner)) => mouse_area(cell).on_press(choose(owner.machine)).into(),
            None => cell,
        };
        let is_marked = touch.marked == Some(*cpu);
        let around = container(cell).padding(1).style(move |theme: &Theme| {
            let t = tokens(theme);
            let color = if is_marked { t.focus } else { Color::TRANSPARENT };
            container::Style { border: Border { color, width: 2.0, radius: 4.0.into() }, ..container::Style::default() }
        });
        with_tip(around, told(topology, core, *cpu, pins), None, tooltip::Position::Bottom)
    });
    let frame = |theme: &Theme| {
        let t = tokens(theme);
        let border = Border { color: t.line_strong, width: 1.0, radius: size::RADIUS.into() };
        container::Style { background: Some(Background::Color(t.sunken)), border, ..container::Style::default() }
    };
    container(Row::with_children(cells).spacing(1)).padding(3).style(frame).into()
}

fn cell<'a, Message: 'a>(topology: &Topology, core: &Core, cpu: u32, pins: &Pins) -> Element<'a, Message> {
    let (soft, strong, _) = look(topology, core, cpu);
    let owners: Vec<&Owner> = pins.of(cpu).collect();
    let (fill, edge, ink): (Pick, Pick, Pick) = match owners.as_slice() {
        _ if pins.planned.contains(&cpu) => (|t| t.paused_soft, |t| t.paused, |t| t.paused),
        [] => (soft, strong, strong),
        [owner, ..] => (owner.colour, owner.colour, ON_COLOUR),
    };
    let words = match owners.as_slice() {
        [] => String::new(),
        [owner] => owner.letters.clone(),
        several => format!("{}×", several.len()),
    };
    let number =
        text(cpu.to_string()).size(12).line_height(text::LineHeight::Absolute(16.into())).font(font::MEDIUM).style(theme::colour(ink));
    let width = if pins.planned.contains(&cpu) { 2.0 } else { 1.0 };
    let inside: Element<'a, Message> =
        if words.is_empty() { number.into() } else { column![number, lettered(words, ink)].align_x(Alignment::Center).into() };
    let height = if pins.is_empty() { 24.0 } else { 36.0 };
    container(inside).center_x(CELL).center_y(height).style(edged(fill, edge, width)).into()
}

/// Everything about a CPU.
#[must_use]
pub fn told(topology: &Topology, core: &Core, cpu: u32, pins: &Pins) -> String {
    let mut words = vec![t!("cpus-cpu", cpu = cpu)];
    let others: Vec<u32> = core.cpus.iter().copied().filter(|other| *other != cpu).collect();
    if !others.is_empty() {
        words.push(t!("cpus-shares", cpus = ranges(&others)));
    }
    words.extend(pins.of(cpu).map(|owner| t!("cpus-pinned", machine = owner.name.as_str())));
    if pins.planned.contains(&cpu) {
        words.push(t!("cpus-planned"));
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

/// The whole map in one card, for a look without a choice.
pub fn card<'a, Message: Clone + 'a>(topology: &Topology, pins: &Pins) -> Element<'a, Message> {
    let mut card = Column::new().spacing(space::M).push(legend(topology, pins));
    for node in &topology.nodes {
        let name = text(t!("memory-node", node = node.number)).size(13).font(font::SEMIBOLD);
        let cores = cores(topology, node, pins, &Touch { marked: None, choose: None });
        card = card.push(column![name, cores].spacing(space::XS));
    }
    container(card).padding([space::M, space::L]).width(iced::Length::Fill).style(theme::container::card).into()
}
