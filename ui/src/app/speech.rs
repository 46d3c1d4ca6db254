//! What a screen reader is told of, and what it does.

use std::sync::Arc;

use client::t;
use iced::{Event, Subscription, Task, advanced::widget::operate, event, keyboard, mouse, touch, window};

use super::{App, Message};
use crate::speech::{
    self, Outlet,
    act::{Act, Find},
    collect::Collect,
    tree::Tree,
};

/// Whether somebody listens, and where to.
#[derive(Debug, Default)]
pub(super) struct Speech {
    outlet: Option<Outlet>,
    is_due: bool,
    /// The window that has the keyboard now.
    active: Option<window::Id>,
}

/// The panes of all windows, and what they are called.
const PANES: [(&str, &str); 11] = [
    ("header", "speech-header"),
    ("sidebar", "speech-sidebar"),
    ("filter", "speech-filter"),
    ("list", "speech-content"),
    ("memory-bar", "speech-changes"),
    ("details", "speech-details"),
    ("status", "speech-status"),
    (crate::tour::PANE, "speech-tour"),
    ("machine-head", "speech-header"),
    ("machine-tabs", "speech-tabs"),
    ("machine-body", "speech-content"),
];

impl App {
    /// Follows what the windows do; nothing but one word is kept while nobody listens.
    pub(super) fn overhear(&mut self, message: &Message) -> bool {
        if let Message::Window(id, event) = message {
            match event {
                window::Event::Opened { .. } | window::Event::Focused => self.speech.active = Some(*id),
                window::Event::Unfocused | window::Event::Closed if self.speech.active == Some(*id) => self.speech.active = None,
                _ => {}
            }
        }
        !matches!(message, Message::Speech(_))
    }

    /// After a message: what is shown may have changed.
    pub(super) fn speak(&mut self, task: Task<Message>) -> Task<Message> {
        if self.speech.outlet.is_none() || std::mem::replace(&mut self.speech.is_due, true) {
            return task;
        }
        // Once what was just asked of the widgets is done.
        Task::batch([task, Task::done(Message::Speech(speech::Message::Look))])
    }

    pub(super) fn speech(&mut self, message: speech::Message) -> Task<Message> {
        match message {
            speech::Message::Began(outlet) => {
                self.speech.outlet = Some(outlet);
                self.speech.is_due = false;
                self.speak(Task::none())
            }
            speech::Message::Ended => {
                self.speech.outlet = None;
                Task::none()
            }
            speech::Message::Look if self.speech.outlet.is_none() => Task::none(),
            speech::Message::Look => {
                self.speech.is_due = false;
                operate(Self::collect()).map(|tree| Message::Speech(speech::Message::Heard(tree)))
            }
            speech::Message::Heard(tree) => {
                self.heard(&tree);
                Task::none()
            }
            speech::Message::Act(act) => self.act_for(act),
        }
    }

    /// An operation that collects what the windows show.
    #[must_use]
    pub fn collect() -> Collect {
        Collect::new(PANES.map(|(pane, name)| (pane, t!(name))))
    }

    /// What the windows show, as a screen reader is told of it.
    #[must_use]
    pub fn told(&self, tree: &Tree) -> Tree {
        let key = self.speech.active.map(|id| id.to_string());
        let is_active = |id: &&u64| tree.get(**id).is_some_and(|node| node.said.key.is_some() && node.said.key == key);
        let active = tree.windows.iter().find(is_active).copied();
        Tree { active, scale: self.settings.appearance.text_size.factor(), ..tree.clone() }
    }

    fn heard(&mut self, tree: &Tree) {
        let told = self.told(tree);
        if let Some(outlet) = &self.speech.outlet {
            outlet.send_if_modified(|before| {
                let has_changed = **before != told;
                if has_changed {
                    *before = Arc::new(told);
                }
                has_changed
            });
        }
    }

    fn act_for(&mut self, act: Act) -> Task<Message> {
        let done = operate(Find::new(Self::collect(), act)).map(|tree| Message::Speech(speech::Message::Heard(tree)));
        // A message makes the windows draw, and by that those that were pressed take notice.
        done.chain(Task::done(Message::Nothing))
    }

    /// What changes without a message, while somebody listens: the focus by a click, a menu that a button opens by itself.
    pub(super) fn speech_subscription(&self) -> Subscription<Message> {
        if self.speech.outlet.is_none() {
            return Subscription::none();
        }
        event::listen_with(|event, _, _| {
            let may_change = matches!(
                event,
                Event::Keyboard(keyboard::Event::KeyPressed { .. })
                    | Event::Mouse(mouse::Event::ButtonPressed(_) | mouse::Event::ButtonReleased(_))
                    | Event::Touch(touch::Event::FingerLifted { .. })
            );
            may_change.then_some(Message::Speech(speech::Message::Look))
        })
    }
}
