//! Notifications on the screen.

use std::collections::HashMap;

use client::host;
use notify_rust::{CloseReason, Hint, Notification, NotificationHandle, NotificationResponse, Timeout, Urgency};
use tokio::{sync::mpsc::UnboundedSender, task::AbortHandle};

use crate::{
    action::Action,
    app::Input,
    note::{About, Note, Tone},
    session::{Abilities, NOTIFY, Session},
    text,
};

const APPLICATION: &str = "org.kvmmanager.Manager";

/// What stands on the screen.
#[derive(Debug, Default)]
pub struct Desktop {
    shown: HashMap<About, Shown>,
}

#[derive(Debug)]
struct Shown {
    id: u32,
    /// Waits for a click or the end. The one that was replaced must not hear of it.
    waiter: AbortHandle,
}

impl Desktop {
    /// Shows a notification in the place of the earlier one about the same; `false` if that could not be.
    pub async fn show(&mut self, note: Note, abilities: Abilities, inputs: &UnboundedSender<Input>) -> bool {
        let earlier = self.shown.remove(&note.about).map(|shown| {
            shown.waiter.abort();
            shown.id
        });
        let mut notification = notification(&note, abilities);
        if let Some(id) = earlier {
            notification.id(id);
        }
        let handle = match tokio::time::timeout(NOTIFY, notification.show_async()).await {
            Ok(Ok(handle)) => handle,
            failed => {
                tracing::warn!(?failed, "The notification could not be shown");
                return false;
            }
        };
        let id = handle.id();
        let about = note.about.clone();
        let waiter = tokio::spawn(wait(handle, note, inputs.clone())).abort_handle();
        self.shown.insert(about, Shown { id, waiter });
        true
    }

    /// Takes a notification away whose time has passed.
    pub async fn withdraw(&mut self, about: &About, session: &Session) {
        if let Some(shown) = self.shown.remove(about) {
            shown.waiter.abort();
            session.close_notification(shown.id).await;
        }
    }

    /// What there is on the screen about a host and its machines.
    #[must_use]
    pub fn of_host(&self, host: &host::Id) -> Vec<About> {
        let is_of = |about: &&About| matches!(about, About::Host(of) | About::Machine(of, _) if of == host);
        self.shown.keys().filter(is_of).cloned().collect()
    }

    /// A notification is gone from the screen.
    pub fn forget(&mut self, about: &About, id: u32) {
        if self.shown.get(about).is_some_and(|shown| shown.id == id) {
            self.shown.remove(about);
        }
    }
}

fn notification(note: &Note, abilities: Abilities) -> Notification {
    let mut notification = Notification::new();
    notification.appname("KVM Manager").summary(&note.title).hint(Hint::DesktopEntry(APPLICATION.to_owned()));
    notification.body(&if abilities.reads_markup { text::escaped(&note.body) } else { note.body.clone() });
    match note.tone {
        Tone::Calm => notification.icon(APPLICATION).urgency(Urgency::Normal),
        Tone::Warning => notification.icon("dialog-warning").urgency(Urgency::Normal),
        Tone::Critical => notification.icon("dialog-error").urgency(Urgency::Critical).timeout(Timeout::Never),
        Tone::Question => notification.icon("dialog-question").urgency(Urgency::Critical).timeout(Timeout::Never),
        Tone::Reading => notification.icon(APPLICATION).urgency(Urgency::Normal).timeout(Timeout::Never),
    };
    if abilities.has_actions {
        for (number, (label, _)) in note.buttons.iter().enumerate() {
            notification.action(&number.to_string(), label);
        }
        if note.click != Action::Leave {
            // What a click beside the buttons does. Some services make it a button unless it says nothing and comes last.
            notification.action("default", "");
        }
    }
    notification
}

async fn wait(handle: NotificationHandle, note: Note, inputs: UnboundedSender<Input>) {
    let mut answer = None;
    handle.wait_for_action_async(|response: &NotificationResponse| answer = Some(response.clone())).await;
    let action = match &answer {
        Some(NotificationResponse::Default) => Some(note.click.clone()),
        Some(NotificationResponse::Action(key)) => {
            key.parse::<usize>().ok().and_then(|number| note.buttons.get(number)).map(|(_, action)| action.clone())
        }
        _ => None,
    };
    let was_dismissed = matches!(answer, Some(NotificationResponse::Closed(CloseReason::Dismissed)));
    if action.is_some() {
        // Not every service closes what was answered.
        handle.close_async().await;
    }
    // If nobody takes it, the tray is ending.
    let _ = inputs.send(Input::Answered { about: note.about, id: handle.id(), action, was_dismissed });
}
