//! Windows that are out of sight: a minimised one needs neither figures nor pictures, and whoever measures them may rest.

use std::{collections::BTreeSet, time::Duration};

use client::Event;
use iced::{Subscription, Task, window};

use super::{App, Message, Window};
use crate::component::hand_over;

/// How often a minimised window is asked whether it is back: most come back with the focus, and then it is asked at once.
const LOOK: Duration = Duration::from_secs(5);

const SECOND: Duration = Duration::from_secs(1);

/// Which windows are minimised.
#[derive(Debug, Default)]
pub(super) struct Sight {
    minimised: BTreeSet<window::Id>,
}

impl App {
    /// Whether anything shows what is measured.
    pub(super) fn is_in_sight(&self) -> bool {
        self.windows.keys().any(|id| !self.sight.minimised.contains(id))
    }

    /// What a window's event says about who sees it.
    pub(super) fn seen(&mut self, id: window::Id, event: &window::Event) -> Task<Message> {
        match event {
            // The focus itself says nothing: openbox gives it to a window that it has just minimised.
            window::Event::Focused | window::Event::Unfocused => return self.look(id),
            window::Event::Closed => {
                self.sight.minimised.remove(&id);
                self.tell_interval();
            }
            _ => {}
        }
        Task::none()
    }

    /// A window was asked whether it is minimised.
    pub(super) fn minimised(&mut self, id: window::Id, is_minimised: bool) {
        let has_gone = is_minimised && self.windows.contains_key(&id);
        let has_changed = if has_gone { self.sight.minimised.insert(id) } else { self.sight.minimised.remove(&id) };
        if has_changed {
            self.tell_interval();
        }
    }

    /// Asks the windows whether somebody sees them. No window system tells when a window is minimised, so each
    /// set of figures asks before it is the next one's turn.
    pub(super) fn look_after(&self, event: &Event) -> Task<Message> {
        if matches!(event, Event::Sampled(_)) { self.look_all() } else { Task::none() }
    }

    pub(super) fn look_all(&self) -> Task<Message> {
        Task::batch(self.windows.keys().map(|id| self.look(*id)))
    }

    fn look(&self, id: window::Id) -> Task<Message> {
        // Wayland does not tell: the window counts as seen.
        window::is_minimized(id).map(move |is_minimised| Message::Minimised(id, is_minimised.unwrap_or(false)))
    }

    /// What the windows that somebody sees want to hear.
    pub(super) fn sight_subscriptions(&self) -> Subscription<Message> {
        let look = if self.sight.minimised.is_empty() { Subscription::none() } else { iced::time::every(LOOK).map(|_| Message::Look) };
        // The clock of a trial; nothing ticks without one, or while nobody looks.
        if !self.is_in_sight() || !hand_over::counts_down(&self.model) {
            return look;
        }
        Subscription::batch([look, iced::time::every(SECOND).map(|_| Message::Nothing)])
    }

    /// What the main window and the machines' own windows tick for, while somebody sees them.
    pub(super) fn window_subscriptions(&self) -> Subscription<Message> {
        let seen = self.windows.iter().filter(|(id, _)| !self.sight.minimised.contains(id));
        Subscription::batch(seen.map(|(id, window)| match window {
            Window::Main => self.main.subscription(&self.model, &self.settings).map(Message::Main),
            Window::Machine(_, screen) => screen.subscription(&self.model, &self.settings).with(*id).map(|(id, m)| Message::Machine(id, m)),
        }))
    }
}
