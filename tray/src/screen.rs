//! Machines that have the screen of their host: what of it is news, and when a trial runs out.

use std::{collections::BTreeMap, time::Duration};

use client::{
    Uuid,
    hand_over::{HandOver, Stage},
    locale, t,
};

use crate::{
    action::{Action, Target},
    menu::Entry,
    news::What,
    state::{HostState, Known},
    text,
};

/// Seconds before the end of a trial at which it is told.
pub const LAST: u64 = 30;

/// What is remembered of machines that have the screen, or are on their way.
#[derive(Debug, Default)]
pub struct Screens(BTreeMap<Uuid, Screen>);

#[derive(Debug, Default)]
struct Screen {
    /// It had the screen, not only was to get it.
    had: bool,
    /// The trial whose end was told.
    told: u64,
    own: HandOver,
}

impl Screens {
    /// Takes how a machine stands now; `is_news` if somebody watched it before. Says what is new to a person.
    pub fn take(&mut self, machine: &Known, is_news: bool) -> Option<What> {
        let own = machine.hand_over.clone().unwrap_or_default();
        if !own.stage.is_away() {
            let had = self.0.remove(&machine.id).is_some_and(|before| before.had);
            return (had && is_news && own.stage == Stage::Host).then_some(What::ScreenBack);
        }
        let screen = self.0.entry(machine.id).or_default();
        screen.had |= own.stage.can_return();
        let was_left = std::mem::replace(&mut screen.own, own).stage == Stage::Left;
        // Also what was so before we came: it waits for somebody.
        (screen.own.stage == Stage::Left && !was_left).then(|| What::ScreenLeft(screen.own.clone()))
    }

    /// A machine is gone, or its host.
    pub fn forget(&mut self, machine: Uuid) {
        self.0.remove(&machine);
    }

    /// Machines whose trial runs out, each once, with the seconds that are left at this time (µs since the epoch).
    pub fn due(&mut self, now: u64) -> Vec<(Uuid, u64)> {
        let mut due = Vec::new();
        for (machine, screen) in &mut self.0 {
            if let Some(seconds) = screen.untold(now).filter(|seconds| *seconds <= LAST) {
                screen.told = screen.own.trial_ends;
                due.push((*machine, seconds));
            }
        }
        due
    }

    /// How long nothing is due; `None` for ever.
    #[must_use]
    pub fn next(&self, now: u64) -> Option<Duration> {
        let due = |screen: &Screen| screen.untold(now).map(|_| screen.own.trial_ends.saturating_sub(LAST * 1_000_000 + now));
        self.0.values().filter_map(due).min().map(Duration::from_micros)
    }
}

impl Screen {
    fn untold(&self, now: u64) -> Option<u64> {
        self.own.remaining(now).filter(|seconds| *seconds > 0 && self.told != self.own.trial_ends)
    }
}

/// A line for each machine that has the screen, with what can be done about it.
pub fn entries(host: &HostState, now: u64) -> Vec<Entry> {
    let one = |machine: &Known| {
        let own = machine.hand_over.as_ref()?;
        let (title, _) = locale::hand_over(own, &machine.label, now)?;
        let target = || Target { host: host.host.id.clone(), machine: machine.id };
        let is_usable = host.is_usable() && host.client.is_some();
        let keep = (own.stage == Stage::Trial).then(|| Entry::item(t!("tray-keep"), "emblem-ok", Action::KeepScreen(target()), is_usable));
        let back = own.stage.can_return().then(|| {
            let ask = Action::AskGiveBack(target());
            Entry::item(t!("tray-give-back"), "edit-undo", ask, is_usable && !machine.is_locked)
        });
        let open = Entry::item(t!("tray-open-machine"), "", Action::OpenMachine(target()), true);
        let entries = [keep, back, Some(open)].into_iter().flatten().collect();
        Some(Entry::Submenu { label: text::label(&title), icon: "video-display", entries })
    };
    host.machines.values().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn known(stage: Stage, ends: u64) -> Known {
        let own = HandOver { stage, trial_ends: ends * SECOND, ..HandOver::default() };
        let id = Uuid::from_u128(1);
        Known::from(&client::Machine { id, name: "games".into(), hand_over: Some(own), ..client::Machine::default() })
    }

    #[test]
    fn a_trial_is_told_once_before_its_end_and_nothing_waits_without_one() {
        let mut screens = Screens::default();
        for stage in [Stage::Host, Stage::Taking, Stage::Machine, Stage::Returning] {
            assert_eq!(screens.take(&known(stage, 0), true), None);
            assert_eq!((screens.next(0), screens.due(0)), (None, vec![]), "{stage:?}");
        }
        let _ = screens.take(&known(Stage::Trial, 120), true);
        assert_eq!((screens.next(0), screens.due(0)), (Some(Duration::from_secs(90)), vec![]));
        assert_eq!(screens.due(91 * SECOND), [(Uuid::from_u128(1), 29)]);
        assert_eq!((screens.next(91 * SECOND), screens.due(92 * SECOND)), (None, vec![]), "told");
        let _ = screens.take(&known(Stage::Trial, 400), true);
        assert!(screens.next(92 * SECOND).is_some(), "another trial");
        let _ = screens.take(&known(Stage::Machine, 0), true);
        assert_eq!(screens.next(92 * SECOND), None, "kept");
    }

    #[test]
    fn a_trial_that_is_over_is_not_told_any_more() {
        let mut screens = Screens::default();
        let _ = screens.take(&known(Stage::Trial, 10), true);
        assert_eq!((screens.due(10 * SECOND), screens.next(10 * SECOND)), (vec![], None));
    }

    #[test]
    fn what_came_back_is_news_only_if_it_was_away_and_what_is_left_is_once() {
        let mut screens = Screens::default();
        let mut say = |stage, is_news| screens.take(&known(stage, 0), is_news).map(|what| matches!(what, What::ScreenBack));
        assert_eq!([Stage::Taking, Stage::Returning, Stage::Host].map(|stage| say(stage, true)), [None; 3], "the job tells that");
        assert_eq!([Stage::Trial, Stage::Returning, Stage::Host].map(|stage| say(stage, true)), [None, None, Some(true)]);
        assert_eq!([Stage::Machine, Stage::Host].map(|stage| say(stage, false)), [None; 2], "nobody watched");
        assert_eq!([Stage::Left, Stage::Left, Stage::Host].map(|stage| say(stage, true)), [Some(false), None, Some(true)]);
    }

    #[test]
    fn the_menu_shows_what_is_left_of_a_trial_and_what_can_be_done() {
        locale::init(Some("en"), &[("en", include_str!("../locale/en/tray.ftl"))]);
        let id: client::host::Id = "system".into();
        let own = client::Host { id, name: String::new(), address: client::host::Address::System, auto_connect: true };
        let mut host = HostState::new(own);
        let labels = |host: &HostState| match entries(host, 0).as_slice() {
            [Entry::Submenu { label, entries, .. }] => {
                let names = entries.iter().map(|entry| if let Entry::Item { label, .. } = entry { label.clone() } else { String::new() });
                (label.clone(), names.collect::<Vec<_>>())
            }
            other => (format!("{} lines", other.len()), Vec::new()),
        };
        assert_eq!(labels(&host).0, "0 lines");
        host.machines.insert(Uuid::from_u128(1), known(Stage::Trial, 103));
        let keep = vec!["Keep the screen".to_owned(), "Give the screen back...".to_owned(), "Open".to_owned()];
        assert_eq!(labels(&host), ("games has the screen on trial: 1:43 left".to_owned(), keep.clone()));
        host.machines.insert(Uuid::from_u128(1), known(Stage::Machine, 0));
        assert_eq!(labels(&host).1, keep[1..]);
        host.machines.insert(Uuid::from_u128(1), known(Stage::Host, 0));
        assert_eq!(labels(&host).0, "0 lines");
    }
}
