//! Several machines: how many of which kind, what they take together, and what can be done to all of them.

use std::collections::BTreeMap;

use client::{Condition, locale, t, unit};
use iced::{
    Element, Length,
    widget::{Column, Row, column, container, row, rule},
};

use super::{Fact, Subject, Wish, can, facts};
use crate::{
    command::Command,
    component::{Button, Kind, state_glyph},
    font,
    model::{Key, Model},
    theme::{self, space},
    widget::{cut, text},
};

/// What is told in a word.
const ACTIONS: [Command; 6] = [Command::Resume, Command::Pause, Command::Shutdown, Command::Reboot, Command::Save, Command::ForceOff];
/// What needs more room.
const MORE: [Command; 3] = [Command::ToggleAutostart, Command::EditTags, Command::EditGroup];

/// These machines.
pub(super) fn view<'a>(model: &'a Model, keys: &[Key]) -> Element<'a, Wish> {
    let subjects: Vec<Subject<'a>> = keys.iter().filter_map(|key| Subject::new(model, key)).collect();
    let head = column![
        cut(t!("details-several", count = subjects.len())).size(15.0, 20.0).font(font::SEMIBOLD),
        cut(names(&subjects)).size(12.0, 16.0).colour(|t| t.subtle)
    ];
    let line = || rule::horizontal(1).style(theme::container::line);
    let all = column![
        container(column![head, actions(&subjects)].spacing(space::M)).padding([space::M, space::L]),
        line(),
        container(conditions(&subjects)).padding([space::M, space::L]),
        line(),
        container(facts::table(totals(&subjects), 92.0)).padding([space::M, space::L]),
    ];
    container(all).width(Length::Fill).height(Length::Fill).into()
}

fn names(subjects: &[Subject<'_>]) -> String {
    subjects.iter().map(|subject| subject.machine.label()).collect::<Vec<_>>().join(", ")
}

fn conditions<'a>(subjects: &[Subject<'a>]) -> Element<'a, Wish> {
    let mut counts: BTreeMap<Condition, usize> = BTreeMap::new();
    for subject in subjects {
        *counts.entry(subject.machine.condition()).or_default() += 1;
    }
    let line = |(condition, count): (Condition, usize)| {
        let count = text(client::unit::count(count.try_into().unwrap_or(u64::MAX))).size(13).font(font::MEDIUM);
        row![state_glyph(condition, 16.0), cut(locale::condition(condition)), count]
            .spacing(space::S)
            .align_y(iced::Alignment::Center)
            .into()
    };
    Column::with_children(counts.into_iter().map(line)).spacing(6).into()
}

fn totals<'a>(subjects: &[Subject<'a>]) -> Vec<Fact<'a>> {
    let running: Vec<_> = subjects.iter().filter(|subject| subject.machine.is_active()).collect();
    let memory: u64 = subjects.iter().map(|subject| subject.machine.memory).sum();
    let used: u64 = running.iter().map(|subject| subject.machine.memory).sum();
    let vcpus: u32 = subjects.iter().map(|subject| subject.machine.vcpus).sum();
    let fact = |label: String, words: String| Fact { label, value: cut(words).into() };
    vec![
        fact(t!("details-running"), t!("details-running-of", count = running.len(), all = subjects.len())),
        fact(t!("details-memory"), t!("details-memory-in-use", all = unit::size(memory), used = unit::size(used))),
        fact(t!("details-processor"), t!("details-processor-value", count = vcpus)),
    ]
}

/// What makes sense for at least one; the application leaves out those it does not concern.
fn actions<'a>(subjects: &[Subject<'a>]) -> Element<'a, Wish> {
    let suits = |command: Command| subjects.iter().filter(|subject| can(subject, command)).count();
    let startable = suits(Command::Start);
    let label = if startable > 0 { t!("details-start-several", count = startable) } else { t!("command-start") };
    let start = (startable > 0).then_some(Wish::Run(Command::Start));
    let blue = Button::new(Kind::Primary, label).icon(Command::Start.icon()).fill().id("details-primary").on_press_maybe(start);
    let mut rows = Column::new().spacing(space::S).push(blue);
    let button = |command: &Command| {
        let wish = (suits(*command) > 0).then_some(Wish::Run(*command));
        let label = t!(&format!("command-{}", command.id()));
        Element::from(Button::new(Kind::Secondary, label).icon(command.icon()).compact().fill().on_press_maybe(wish))
    };
    for pair in ACTIONS.chunks(2) {
        rows = rows.push(Row::with_children(pair.iter().map(button)).spacing(space::S));
    }
    rows.extend(MORE.iter().map(button)).into()
}
