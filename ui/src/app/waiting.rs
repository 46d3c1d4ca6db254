//! What has to be told while a dialog is open waits until it is closed: a dialog never takes another one's place unasked.

use iced::Task;

use super::{App, Message, Window};
use crate::{
    action::Done,
    command::Command,
    dialog::{Dialog, open::targets},
    model::Key,
};

/// Something that a dialog will tell.
#[derive(Debug)]
pub(super) enum Waiting {
    /// A call failed.
    Failure(Box<Done>),
    /// The log of a machine, in the machine's own window.
    Log(Key),
}

impl App {
    /// Tells of a failure, now or when the dialog that is open is closed. Answers for several machines of one call are told
    /// together.
    pub(super) fn tell_failure(&mut self, done: &Done) {
        let is_of_several = targets(&done.call).len() > 1;
        let same = self.waiting.iter_mut().find_map(|waiting| match waiting {
            Waiting::Failure(other) if is_of_several && other.call == done.call => Some(other),
            _ => None,
        });
        match same {
            Some(other) => other.results.extend(done.results.iter().cloned()),
            None => self.waiting.push_back(Waiting::Failure(Box::new(done.clone()))),
        }
    }

    /// Opens the dialog for what waits longest and still is to be told.
    pub(super) fn tell_next(&mut self) -> Task<Message> {
        while let Some(waiting) = self.waiting.pop_front() {
            let (window, dialog) = match waiting {
                Waiting::Failure(done) => (None, Dialog::for_failure(&self.model, &done)),
                Waiting::Log(key) => {
                    let own = |window: &Window| matches!(window, Window::Machine(other, _) if *other == key);
                    let window = self.windows.iter().find(|(_, window)| own(window)).map(|(id, _)| *id);
                    (window, Dialog::for_command(&self.model, Command::ShowLog, vec![key]))
                }
            };
            let window = window.or(self.current).or_else(|| self.main_window());
            if let (Some(window), Some(dialog)) = (window, dialog) {
                return self.open(window, dialog);
            }
        }
        Task::none()
    }
}
