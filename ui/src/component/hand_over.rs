//! That a machine has the screen of its host, for how long, and what can be done about it.

use client::{hand_over::Stage, locale, t};
use iced::{
    Alignment, Element,
    widget::{Column, Row, column, container},
};

use super::{Button, Kind, left::well, note, note::Weight};
use crate::{
    action::Action,
    command::Command,
    icon,
    model::{HostModel, Key, Model, now},
    theme::space,
};

/// What was pressed on it.
#[derive(Clone, Debug)]
pub enum Press {
    /// A command on its machine.
    Run(Command, Key),
    /// A command of an administrator's into the clipboard.
    Copy(String),
}

impl Press {
    /// What it asks for.
    #[must_use]
    pub fn action(self) -> Action {
        match self {
            Self::Run(command, key) => Action::Run(command, vec![key]),
            Self::Copy(text) => Action::Task(iced::clipboard::write(text)),
        }
    }
}

/// A note for each machine that has the screen of its host, or of one of them, `only`.
#[must_use]
pub fn hand_over<'a>(model: &'a Model, only: Option<&Key>) -> Option<Element<'a, Press>> {
    let is_meant = |host: &HostModel, machine: &client::Machine| only.is_none_or(|key| *key == host.key(machine.id));
    let live = model.machines().filter(|(host, machine)| host.is_live() && is_meant(host, machine));
    let notes: Vec<Element<'a, Press>> = live.filter_map(|(host, machine)| one(host, machine)).collect();
    (!notes.is_empty()).then(|| {
        let notes = Column::with_children(notes).spacing(space::S);
        container(notes).padding([space::S, space::M]).into()
    })
}

/// Whether a trial runs anywhere: then time passes that somebody sees.
#[must_use]
pub fn counts_down(model: &Model) -> bool {
    let is_trial = |machine: &client::Machine| machine.hand_over.as_ref().is_some_and(|own| own.stage == Stage::Trial);
    model.machines().any(|(host, machine)| host.is_live() && is_trial(machine))
}

fn one<'a>(host: &HostModel, machine: &client::Machine) -> Option<Element<'a, Press>> {
    let own = machine.hand_over.as_ref()?;
    let (title, words) = locale::hand_over(own, machine.label(), now())?;
    let weight = match own.stage {
        Stage::Left => Weight::Error,
        Stage::Trial => Weight::Warning,
        _ => Weight::Information,
    };
    let offer = |command: Command, kind| {
        let press = command.suits_on(host, machine).then(|| Press::Run(command, host.key(machine.id)))?;
        let button = Button::new(kind, t!(&format!("command-{}", command.id()))).icon(command.icon()).compact().on_press(press);
        Some(Element::from(button.id(command.id())))
    };
    let repair = own.left.iter().map(|left| left.repair.as_str()).filter(|repair| !repair.is_empty()).collect::<Vec<_>>().join("\n");
    let copy = (!repair.is_empty()).then(|| {
        let button = Button::new(Kind::Secondary, t!("hand-over-banner-copy")).icon(icon::copy()).compact();
        Element::from(button.on_press(Press::Copy(repair.clone())))
    });
    let buttons = [offer(Command::KeepScreen, Kind::Primary), offer(Command::GiveBackScreen, Kind::Secondary), copy];
    let buttons: Vec<Element<'a, Press>> = buttons.into_iter().flatten().collect();
    let below = (!buttons.is_empty()).then(|| {
        let buttons = Row::with_children(buttons).spacing(space::S).align_y(Alignment::Center).wrap();
        let well = (!repair.is_empty()).then(|| well(repair));
        let all = column![].push(well).push(buttons).spacing(space::S);
        container(all).padding(iced::Padding::ZERO.top(space::XS)).into()
    });
    Some(note(weight, title, [words], below))
}

#[cfg(test)]
mod tests {
    use client::hand_over::{HandOver, Left};
    use iced_test::Simulator;

    use super::*;
    use crate::dialog::test::{self, key};

    fn model(stage: Stage) -> Model {
        let mut model = test::model();
        let key = key("win-server-2025");
        let mut machine = model.machine(&key).unwrap().clone();
        let repair = "systemctl start gdm.service".to_owned();
        let left = vec![Left { part: "display-manager".into(), name: "gdm.service".into(), repair }];
        let left = if stage == Stage::Left { left } else { Vec::new() };
        machine.hand_over = Some(HandOver { stage, trial_ends: now() + 60_000_000, left });
        model.apply("system", client::Event::Machine(Box::new(machine)));
        model
    }

    /// What a click on these words says; `None` if they are not there.
    fn click(model: &Model, words: &str) -> Option<Press> {
        let mut interface = Simulator::new(hand_over(model, None)?);
        interface.click(words).ok()?;
        interface.into_messages().next()
    }

    #[test]
    fn what_can_be_done_about_the_screen_is_offered_by_its_stage_and_nothing_while_the_host_has_it() {
        let offers = |stage| {
            let model = model(stage);
            ["Keep the screen", "Give the screen back…", "Copy the command"].map(|words| click(&model, words).is_some())
        };
        assert_eq!(offers(Stage::Trial), [true, true, false]);
        assert_eq!(offers(Stage::Machine), [false, true, false]);
        assert_eq!(offers(Stage::Left), [false, true, true]);
        assert_eq!([Stage::Taking, Stage::Returning].map(offers), [[false; 3]; 2]);
        assert!(hand_over(&model(Stage::Host), None).is_none() && hand_over(&model(Stage::Unknown), None).is_none());
        let pressed = click(&model(Stage::Trial), "Keep the screen");
        assert!(matches!(pressed, Some(Press::Run(Command::KeepScreen, machine)) if machine == key("win-server-2025")));
    }

    #[test]
    fn a_machines_own_window_tells_of_itself_and_time_counts_only_while_a_trial_runs() {
        let trial = model(Stage::Trial);
        assert!(hand_over(&trial, Some(&key("win-server-2025"))).is_some() && hand_over(&trial, Some(&key("kali-lab"))).is_none());
        assert!(counts_down(&trial) && !counts_down(&model(Stage::Machine)) && !counts_down(&test::model()));
    }

    #[test]
    fn the_screen_is_offered_where_a_card_that_the_host_drives_would_go() {
        let model = test::model();
        let offered = |name: &str| {
            let key = key(name);
            let host = model.host(&key.host).unwrap();
            Command::HandOver.suits_on(host, &host.machines[&key.machine])
        };
        assert!(offered("win-server-2025"), "it has a card that nvidia drives");
        assert!(!offered("freebsd-zfs"), "it has no card");
        assert!(!offered("win11-gaming"), "it runs");
    }
}
