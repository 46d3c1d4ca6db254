//! The cards: its CPUs with the plan, what the host does while it runs, its pages, and what its guest can give back.

use client::{
    ErrorKind, Machine, t,
    topology::ranges,
    tuning::{ENERGY, HostTuning, PinPlan, Pinning, Tuning},
    unit,
};
use iced::{
    Alignment, Element, Length,
    widget::{Column, Row, button, column, container, row, rule, tooltip},
};

use super::{Failed, MOST, Message, Tuner};
use crate::{
    action::TuneChange,
    component::{self, Button, Kind, control::with_tip, note, note::Weight, segments},
    font,
    icon::{self, Icon},
    model::HostModel,
    theme::{self, size, space},
    widget::{focusable, text},
};

const LABEL: f32 = 148.0;
/// Bytes that the service lets a guest keep at least.
const LEAST: u64 = 16 << 20;
/// Why a guest cannot give memory back, in the service's words.
const HELD: [&str; 4] = ["no-balloon", "huge-pages", "locked-memory", "host-device"];

impl Tuner {
    /// Its CPUs: what is pinned, for how many a plan is made, and the plan.
    pub fn cpus<'a>(&'a self, host: &'a HostModel, machine: &'a Machine) -> Element<'a, Message> {
        let can = host.is_live() && !self.is_busy && self.tuning.is_some();
        let lead = row![icon::cpu().muted(16.0), title(t!("tuning-cpus"))].spacing(space::S);
        let plan = Button::new(Kind::Secondary, t!("tuning-plan"))
            .icon(icon::sliders_horizontal())
            .id("tuning-plan")
            .hint(t!("tuning-plan-hint"))
            .on_press_maybe(can.then_some(Message::Plan));
        let head = row![container(lead).width(Length::Fill), self.count(machine, can), plan].spacing(space::M).align_y(Alignment::Center);
        let mut card = Column::new().push(part(head)).push(line()).push(part(self.standing(can)));
        match &self.plan {
            Some(Ok(plan)) => card = card.push(line()).push(part(self.planned_view(plan, machine, can))),
            Some(Err(error)) => card = card.push(line()).push(part(self.refused(error, can))),
            None => {}
        }
        if let Some(failure) = self.failed() {
            card = card.push(part(failure));
        }
        container(card).width(Length::Fill).style(theme::container::card).into()
    }

    /// What the host does for it while it runs, and its pages.
    pub fn host_side<'a>(&'a self, host: &'a HostModel) -> Vec<Element<'a, Message>> {
        let Some(tuning) = &self.tuning else { return Vec::new() };
        let can = host.is_live() && !self.is_busy;
        let governors = host.topology.as_ref().map(|topology| topology.available_governors.clone()).unwrap_or_default();
        let sizes = host.pages.as_ref().map(|pages| pages.sizes.iter().map(|size| size.page_size).collect()).unwrap_or_default();
        let memory = host.machines.get(&self.key.machine).map_or(0, |machine| machine.memory);
        vec![while_it_runs(tuning, governors, can), pages(tuning, sizes, can), balloon(tuning, memory, can)]
    }

    /// Fewer, the number, more.
    fn count<'a>(&self, machine: &Machine, can: bool) -> Element<'a, Message> {
        let count = self.wanted(machine);
        let step = |icon: Icon, label: String, to: u32| {
            let message = (can && (1..=MOST).contains(&to)).then_some(Message::Count(to));
            let colour: fn(&theme::Tokens) -> iced::Color = if message.is_some() { |t| t.muted } else { |t| t.disabled };
            let face = button(container(icon.colour(14.0, colour)).center(Length::Fill))
                .padding(0)
                .width(26)
                .height(size::COMPACT)
                .style(theme::button::secondary)
                .on_press_maybe(message.clone());
            with_tip(focusable(face).inside().on_press_maybe(message), label, None, tooltip::Position::Top)
        };
        let words = text(t!("tuning-count", count = count)).size(13).wrapping(text::Wrapping::None);
        row![
            step(icon::minus(), t!("tuning-fewer"), count.saturating_sub(1)),
            container(words).center_x(Length::Shrink).padding([0, 4]),
            step(icon::plus(), t!("tuning-more"), count.saturating_add(1))
        ]
        .spacing(2)
        .align_y(Alignment::Center)
        .into()
    }

    /// What is pinned now, and how that ends.
    fn standing<'a>(&self, can: bool) -> Element<'a, Message> {
        let Some(tuning) = &self.tuning else { return said(t!("tuning-reading")).into() };
        if tuning.pinning.is_empty() {
            return said(t!("tuning-none")).into();
        }
        let clear = Button::new(Kind::Secondary, t!("tuning-clear"))
            .compact()
            .hint(t!("tuning-clear-hint"))
            .on_press_maybe(can.then_some(Message::Change(TuneChange::Clear)));
        let words = container(said(pinned(&tuning.pinning))).width(Length::Fill);
        row![words, clear].spacing(space::M).align_y(Alignment::Center).into()
    }

    fn planned_view<'a>(&self, plan: &PinPlan, machine: &Machine, can: bool) -> Element<'a, Message> {
        let pinning = &plan.pinning;
        let mut facts = column![title(t!("tuning-planned", machine = machine.label()))].spacing(space::XS);
        for (label, told) in told(pinning) {
            facts =
                facts.push(row![container(said(label)).width(LABEL), container(text(told).size(12)).width(Length::Fill)].spacing(space::S));
        }
        for word in &plan.warnings {
            let mark = icon::triangle_alert().colour(14.0, |t| t.paused);
            facts = facts.push(row![mark, said(warned(word))].spacing(6));
        }
        let count = u32::try_from(pinning.vcpus.len()).unwrap_or_default();
        if count != machine.maximum_vcpus {
            let words = t!("tuning-other-count", count = count, now = machine.maximum_vcpus);
            facts = facts.push(row![icon::info().muted(14.0), said(words)].spacing(6));
        }
        let when = if machine.is_active() { t!("tuning-when-running") } else { t!("tuning-when-off") };
        let apply = Button::new(Kind::Primary, t!("tuning-apply", count = count))
            .icon(icon::lock())
            .id("tuning-apply")
            .hint(t!("tuning-asks"))
            .on_press_maybe(can.then_some(Message::Apply));
        let discard = Button::new(Kind::Flat, t!("memory-discard")).on_press(Message::Discard);
        let foot = row![container(said(when)).width(Length::Fill), discard, apply].spacing(space::S).align_y(Alignment::Center);
        facts.push(foot).into()
    }

    /// Why there is no plan; with fewer there may be one.
    fn refused<'a>(&self, error: &client::Error, can: bool) -> Element<'a, Message> {
        let limit = error.fact("limit").and_then(|limit| limit.parse::<u32>().ok());
        let dismiss = Button::new(Kind::Link, t!("memory-dismiss")).line().on_press(Message::Discard);
        let (title, text, fewer) = match (error.kind(), limit) {
            (Some(ErrorKind::LimitExceeded), Some(0)) => (t!("tuning-no-room"), t!("tuning-no-room-text"), None),
            (Some(ErrorKind::LimitExceeded), Some(limit)) => {
                let fewer = Button::new(Kind::Link, t!("tuning-plan-fewer", count = limit)).line();
                (
                    t!("tuning-too-many", limit = limit),
                    t!("tuning-no-room-text"),
                    Some(fewer.on_press_maybe(can.then_some(Message::Count(limit)))),
                )
            }
            _ => {
                let (title, advice) = client::locale::error(error, &t!("tuning-it"));
                (title, advice, None)
            }
        };
        let links = Row::new().push(fewer).push(dismiss).spacing(space::L);
        note(Weight::Warning, title, [text], Some(container(links).padding([2.0, 0.0]).into()))
    }

    fn failed<'a>(&self) -> Option<Element<'a, Message>> {
        let (what, error) = self.failure.as_ref()?;
        let (title, advice) = client::locale::error(error, &t!("tuning-it"));
        let advice = match error.fact("reasons") {
            Some(reasons) if reasons.contains("no-core-left") => t!("tuning-no-core-left"),
            Some(reasons) if reasons.contains("not-pinned") => t!("tuning-needs-pins"),
            Some(reasons) => match HELD.into_iter().find(|word| reasons.contains(word)) {
                Some(word) => t!(&format!("tuning-refused-{word}")),
                None => advice,
            },
            None => advice,
        };
        let dismiss = Button::new(Kind::Link, t!("memory-dismiss")).line().on_press(Message::Dismiss);
        let head = if *what == Failed::Reading { t!("tuning-unread") } else { t!("failure-tuning") };
        Some(note(Weight::Error, head, [title, advice], Some(container(dismiss).padding([2.0, 0.0]).into())))
    }
}

fn title<'a>(words: String) -> Element<'a, Message> {
    text(words).size(13).font(font::SEMIBOLD).into()
}

fn said<'a>(words: String) -> text::Text<'a> {
    text(words).size(12).line_height(text::LineHeight::Absolute(16.into())).style(theme::muted)
}

fn line<'a>() -> Element<'a, Message> {
    rule::horizontal(1).style(theme::container::line).into()
}

fn part<'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    container(content).padding([space::M, space::L]).width(Length::Fill).into()
}

/// `8 virtual CPUs on 4–7, 12–15 · QEMU on 0, 8 · memory on node 1`.
fn pinned(pinning: &Pinning) -> String {
    let mut words = Vec::new();
    if !pinning.vcpus.is_empty() {
        words.push(t!("tuning-pinned", count = pinning.vcpus.len(), cpus = ranges(&pinning.cpus())));
    }
    if !pinning.emulator.is_empty() {
        words.push(t!("tuning-emulator", cpus = ranges(&pinning.emulator)));
    }
    if !pinning.nodes.is_empty() {
        words.push(t!("tuning-memory", nodes = ranges(&pinning.nodes)));
    }
    words.join(" · ")
}

/// A plan in sentences, each with what it is about.
fn told(pinning: &Pinning) -> Vec<(String, String)> {
    let mut lines = vec![(t!("tuning-line-cpus"), t!("memory-cpus", cpus = ranges(&pinning.cpus())))];
    if !pinning.emulator.is_empty() {
        lines.push((t!("tuning-line-emulator"), t!("tuning-host-keeps", cpus = ranges(&pinning.emulator))));
    }
    if !pinning.nodes.is_empty() {
        lines.push((t!("tuning-line-memory"), t!("tuning-nodes", nodes = ranges(&pinning.nodes))));
    }
    if let Some((cores, threads)) = pinning.cores {
        lines.push((t!("tuning-line-guest"), t!("tuning-guest", cores = cores, threads = threads)));
    }
    lines
}

/// What is not as it should be, in a sentence.
fn warned(word: &str) -> String {
    match word {
        "not-on-node" | "several-nodes" | "several-caches" | "siblings-idle" | "memory-elsewhere" => t!(&format!("tuning-warning-{word}")),
        other => other.to_owned(),
    }
}

/// What it is and what it means, and the control; below each other if it is wide.
fn choice<'a>(name: String, hint: String, control: Element<'a, Message>, is_wide: bool) -> Element<'a, Message> {
    let words = column![text(name).size(13).font(font::MEDIUM), said(hint)].spacing(2);
    if is_wide {
        return part(column![words, control].spacing(space::S));
    }
    part(row![container(words).width(Length::Fill), control].spacing(space::L).align_y(Alignment::Center))
}

fn switch<'a>(name: String, is_on: bool, change: Option<TuneChange>) -> Element<'a, Message> {
    component::switch(name, is_on, 18.0, change.map(Message::Change)).into()
}

fn card<'a>(name: String, asks: String, lines: Vec<Element<'a, Message>>) -> Element<'a, Message> {
    let lock = row![icon::lock().colour(12.0, |t| t.subtle), text(asks).size(11).style(theme::subtle)].spacing(5);
    let head = row![title(name), iced::widget::space::horizontal(), lock].spacing(space::S).align_y(Alignment::Center);
    let mut card = Column::new().push(part(head));
    for content in lines {
        card = card.push(line()).push(content);
    }
    container(card).width(Length::Fill).style(theme::container::card).into()
}

fn while_it_runs<'a>(tuning: &Tuning, governors: Vec<String>, can: bool) -> Element<'a, Message> {
    let is_pinned = !tuning.pinning.vcpus.is_empty();
    let isolates = HostTuning { isolates: Some(!tuning.isolates), ..HostTuning::default() };
    // What is on can always be switched off.
    let change = (can && (is_pinned || tuning.isolates)).then_some(TuneChange::Host(isolates));
    let hint = if is_pinned { t!("tuning-isolate-text") } else { t!("tuning-needs-pins") };
    let mut lines = vec![choice(t!("tuning-isolate"), hint, switch(t!("tuning-isolate"), tuning.isolates, change), false)];
    if !governors.is_empty() || !tuning.governor.is_empty() {
        let mut names = vec![String::new()];
        names.extend(governors);
        if !names.contains(&tuning.governor) {
            names.push(tuning.governor.clone());
        }
        let options = names.into_iter().map(|name| {
            let is_on = name == tuning.governor;
            let label = if name.is_empty() { t!("tuning-governor-none") } else { name.clone() };
            let is_possible = can && !is_on && (is_pinned || name.is_empty());
            let change = HostTuning { governor: Some(name), ..HostTuning::default() };
            (label, is_on, is_possible.then_some(Message::Change(TuneChange::Host(change))))
        });
        let hint = if is_pinned { t!("tuning-governor-text") } else { t!("tuning-needs-pins") };
        lines.push(choice(t!("tuning-governor"), hint, segments(options), true));
        lines.push(energy(tuning, is_pinned, can));
    }
    card(t!("tuning-while-it-runs"), t!("tuning-asks"), lines)
}

/// What the CPUs prefer where the processor chooses their frequency: which of these one has is not told, and the service refuses others.
fn energy<'a>(tuning: &Tuning, is_pinned: bool, can: bool) -> Element<'a, Message> {
    let mut names: Vec<&str> = std::iter::once("").chain(ENERGY).collect();
    if !names.contains(&tuning.energy.as_str()) {
        names.push(&tuning.energy);
    }
    let options = names.into_iter().map(|name| {
        let is_on = name == tuning.energy;
        let label = match name {
            "" => t!("tuning-governor-none"),
            "performance" | "balance_performance" | "balance_power" | "power" => t!(&format!("tuning-energy-{}", name.replace('_', "-"))),
            other => other.to_owned(),
        };
        let is_possible = can && !is_on && (is_pinned || name.is_empty());
        let change = HostTuning { energy: Some(name.to_owned()), ..HostTuning::default() };
        (label, is_on, is_possible.then_some(Message::Change(TuneChange::Host(change))))
    });
    let hint = if is_pinned { t!("tuning-energy-text") } else { t!("tuning-needs-pins") };
    choice(t!("tuning-energy"), hint, segments(options), true)
}

/// How little its guest keeps while the host is short of memory: parts of what it has, in whole MiB.
fn balloon<'a>(tuning: &Tuning, memory: u64, can: bool) -> Element<'a, Message> {
    let part = |quarters: u64| (memory / 4 * quarters) >> 20 << 20;
    let mut floors: Vec<u64> = std::iter::once(0).chain([3, 2, 1].map(part).into_iter().filter(|floor| *floor >= LEAST)).collect();
    if !floors.contains(&tuning.balloon_floor) {
        floors.push(tuning.balloon_floor);
    }
    let options = floors.into_iter().map(|floor| {
        let is_on = floor == tuning.balloon_floor;
        let label = if floor == 0 { t!("tuning-balloon-none") } else { unit::size(floor) };
        let change = HostTuning { balloon_floor: Some(floor), ..HostTuning::default() };
        (label, is_on, (can && !is_on).then_some(Message::Change(TuneChange::Host(change))))
    });
    let lines = vec![choice(t!("tuning-balloon-floor"), t!("tuning-balloon-text"), segments(options), true)];
    card(t!("tuning-balloon"), t!("tuning-asks"), lines)
}

fn pages<'a>(tuning: &Tuning, sizes: Vec<u64>, can: bool) -> Element<'a, Message> {
    let mut choices: Vec<Option<u64>> = vec![None];
    choices.extend(sizes.into_iter().map(Some));
    // What the definition has and the host does not is shown all the same.
    choices.extend(tuning.page_sizes.iter().map(|size| Some(*size)).filter(|size| !choices.contains(size)).collect::<Vec<_>>());
    let is_on = |size: Option<u64>| match size {
        Some(size) => tuning.page_sizes.contains(&size),
        None => tuning.page_sizes.is_empty(),
    };
    let options = choices.into_iter().map(|size| {
        let label = match size {
            None => t!("tuning-pages-none"),
            Some(0) => t!("tuning-pages-usual"),
            Some(size) => unit::size(size),
        };
        (label, is_on(size), (can && !is_on(size)).then_some(Message::Change(TuneChange::Pages(size))))
    });
    let mut lines = vec![choice(t!("tuning-pages-size"), t!("tuning-pages-size-text"), segments(options), true)];
    let reserves = HostTuning { reserves_pages: Some(!tuning.reserves_pages), ..HostTuning::default() };
    let wants = !tuning.page_sizes.is_empty();
    let change = (can && (wants || tuning.reserves_pages)).then_some(TuneChange::Host(reserves));
    let hint = if wants { t!("tuning-reserve-text") } else { t!("tuning-needs-pages") };
    lines.push(choice(t!("tuning-reserve"), hint, switch(t!("tuning-reserve"), tuning.reserves_pages, change), false));
    card(t!("tuning-pages"), t!("tuning-asks"), lines)
}
