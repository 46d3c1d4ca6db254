//! When the tour comes, and what ends it.

use iced::{Task, window};

use super::{App, Message};
use crate::{tour, widget::focus};

impl App {
    /// Begins the tour if it is due: there are machines to be shown around, and nothing is in front of them.
    pub(super) fn begin_tour(&mut self) {
        if !self.tour.is_due() || self.is_covered() || !self.waiting.is_empty() || self.main_window().is_none() {
            return;
        }
        if self.model.machines().next().is_some() {
            self.tour.begin();
            self.remember_tour();
        }
    }

    /// Somebody wants to see it.
    pub(super) fn take_tour(&mut self) -> Task<Message> {
        self.tour.begin();
        self.remember_tour();
        let shown = match self.main_window() {
            Some(id) => window::gain_focus(id),
            None => self.open_main(),
        };
        shown.chain(focus::take(tour::NEXT))
    }

    pub(super) fn tour(&mut self, message: tour::Message) -> Task<Message> {
        self.tour.update(message);
        // The button that had the focus is gone.
        if self.tour.is_shown() { Task::none() } else { self.main.focus_list() }
    }

    /// Whether a window shows a card now: not below what somebody has to do with first.
    pub(super) fn shows_tour(&self, window: window::Id) -> bool {
        self.tour.is_shown() && self.main_window() == Some(window) && !self.is_covered()
    }

    /// Whether Esc is for the tour. A drag is ended first.
    pub(super) fn ends_tour(&self) -> bool {
        self.main_window().is_some_and(|id| self.shows_tour(id)) && !self.main.is_dragging()
    }

    fn is_covered(&self) -> bool {
        self.dialog.is_some() || self.palette.is_some() || self.menu.is_some()
    }

    /// At once, because a session may end without a word.
    fn remember_tour(&mut self) {
        if !std::mem::replace(&mut self.layout.has_toured, true) {
            self.save_layout();
        }
    }
}

#[cfg(test)]
mod tests {
    use client::Machine;
    use iced::keyboard::{Key, Modifiers, key::Named};

    use super::super::{Flags, tests};
    use super::*;
    use crate::{command::Command, desktop::Activation, dialog, screen::main};

    fn app(change: impl FnOnce(&mut Flags)) -> App {
        let mut flags = Flags { tours: true, ..tests::flags() };
        change(&mut flags);
        App::new(flags).0
    }

    fn machines(app: &mut App) {
        tests::happen(app, tests::machines([1, 2]));
    }

    fn escape(app: &mut App) {
        let window = app.main_window().unwrap();
        let _ = app.update(Message::Key(window, Key::Named(Named::Escape), Modifiers::empty()));
    }

    #[test]
    fn the_tour_comes_once_there_are_machines_and_never_again() {
        let mut first = app(|_| {});
        assert!(!first.tour.is_shown(), "nothing is known yet");
        machines(&mut first);
        assert!(first.shows_tour(first.main_window().unwrap()) && first.layout.has_toured);
        let mut next = app(|flags| flags.layout = first.layout.clone());
        machines(&mut next);
        assert!(!next.tour.is_shown());
    }

    #[test]
    fn a_demo_and_a_start_for_one_machine_have_no_tour() {
        let mut demo = app(|flags| flags.tours = false);
        machines(&mut demo);
        assert!(!demo.tour.is_shown());
        let mut for_one = app(|flags| flags.machine = Some("m1".to_owned()));
        machines(&mut for_one);
        assert!(!for_one.tour.is_shown() && !for_one.layout.has_toured, "it comes with the next start");
        let mut asked = app(|_| {});
        let _ = asked.update(Message::Activated(Activation::Machine("m1".to_owned())));
        machines(&mut asked);
        assert!(!asked.tour.is_shown());
    }

    #[test]
    fn it_waits_for_a_dialog_and_is_away_while_there_is_one() {
        let mut app = app(|_| {});
        let window = app.main_window().unwrap();
        let _ = app.command(window, Command::Settings, None);
        machines(&mut app);
        assert!(!app.tour.is_shown() && !app.layout.has_toured);
        let _ = app.update(Message::Dialog(dialog::Message::Dismiss));
        assert!(app.shows_tour(window));
        let _ = app.command(window, Command::Keys, None);
        assert!(!app.shows_tour(window));
        escape(&mut app);
        assert!(app.dialog.is_none() && app.shows_tour(window), "the key was for the dialog");
        escape(&mut app);
        assert!(!app.tour.is_shown());
    }

    #[test]
    fn all_else_goes_on_while_it_is_shown() {
        let mut app = app(|_| {});
        machines(&mut app);
        let window = app.main_window().unwrap();
        let first = app.targets(window);
        let _ = app.update(Message::Key(window, Key::Named(Named::ArrowDown), Modifiers::empty()));
        assert_ne!(app.targets(window), first);
        let _ = app.update(Message::Main(main::Message::Search("m1".to_owned())));
        assert!(app.shows_tour(window));
    }

    #[test]
    fn it_can_be_taken_again_and_from_the_window_of_a_machine() {
        let mut app = tests::app_with([Machine { name: "a".to_owned(), ..Machine::default() }]);
        let _ = app.open_machine(tests::key(1));
        let main = app.main_window().unwrap();
        let other = app.windows.keys().copied().find(|id| *id != main).unwrap();
        let _ = app.command(other, Command::Tour, None);
        assert!(app.shows_tour(main) && !app.shows_tour(other));
        let _ = app.update(Message::Tour(tour::Message::Skip));
        assert!(!app.tour.is_shown());
    }
}
