//! A notification, before any bus sees it.

use client::{Error, ErrorKind, Job, Operation, StateReason, Uuid, host, locale, t};

use crate::{
    action::{Action, Target},
    menu::{host_name, job_name},
    news::{News, What},
    state::State,
    text,
};

/// Lines of a log in a notification.
pub const LOG_LINES: usize = 5;

/// What a notification is about: a newer one of the same replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// A machine.
    Machine(host::Id, Uuid),
    /// A host.
    Host(host::Id),
    /// The tray.
    Tray,
}

impl From<&Target> for About {
    fn from(target: &Target) -> Self {
        Self::Machine(target.host.clone(), target.machine)
    }
}

/// How it looks and how long it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Goes by itself.
    Calm,
    /// Goes by itself, but something failed.
    Warning,
    /// Something is wrong now: stays until somebody closes it.
    Critical,
    /// Waits for an answer.
    Question,
    /// Stays to be read.
    Reading,
}

/// A notification.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// What it is about.
    pub about: About,
    /// The first line.
    pub title: String,
    /// The rest, plain text.
    pub body: String,
    /// How it looks and how long it stays.
    pub tone: Tone,
    /// Buttons: what they say and what they ask for.
    pub buttons: Vec<(String, Action)>,
    /// What a click beside the buttons asks for.
    pub click: Action,
}

impl Note {
    /// One with the button "Open", which a click anywhere presses as well.
    fn new(about: About, tone: Tone, title: String, body: String) -> Self {
        let open = match &about {
            About::Machine(host, machine) => Action::OpenMachine(Target { host: host.clone(), machine: *machine }),
            About::Host(_) | About::Tray => Action::Open,
        };
        Self { about, title, body, tone, buttons: vec![(t!("tray-note-open"), open.clone())], click: open }
    }

    /// With these buttons before "Open".
    fn with(mut self, buttons: impl IntoIterator<Item = (String, Action)>) -> Self {
        self.buttons.splice(0..0, buttons);
        self
    }

    /// Something that a person asked for did not work: what, why, and what to do.
    #[must_use]
    pub fn failure(about: About, title: String, error: &Error, name: &str) -> Self {
        Self::new(about, Tone::Warning, title, why(error, name))
    }

    /// Something that a person asked for did not work.
    #[must_use]
    pub fn problem(about: About, title: String, body: String) -> Self {
        Self::new(about, Tone::Warning, title, body)
    }
}

/// What to tell a person about some news, with `earlier` ones that were kept back; `None` for what is not worth it.
#[must_use]
pub fn of_news(news: &News, earlier: usize, state: &State) -> Option<Note> {
    let mut note = match &news.machine {
        Some((id, name)) => of_machine(&Target { host: news.host.clone(), machine: *id }, name, &news.what),
        None => of_host(&news.host, &news.what, state),
    }?;
    if earlier > 0 {
        note.body = format!("{}\n{}", note.body, t!("tray-note-more-events", count = earlier)).trim_start().to_owned();
    }
    Some(note)
}

fn of_machine(target: &Target, name: &str, what: &What) -> Option<Note> {
    let note = |tone, title, body| Note::new(target.into(), tone, title, body);
    let force_off = || (asks(Operation::ForceOff), Action::Ask(target.clone(), Operation::ForceOff));
    let show_log = || (t!("tray-note-show-log"), Action::ShowLog(target.clone()));
    Some(match what {
        What::Crashed(StateReason::GuestPanicked) => {
            note(Tone::Critical, t!("tray-note-panicked", name = name), t!("tray-note-panicked-body")).with([force_off(), show_log()])
        }
        What::Crashed(_) => {
            let start = (t!("tray-note-start-again"), Action::Operate(target.clone(), Operation::Start));
            note(Tone::Critical, t!("tray-note-crashed", name = name), t!("tray-note-crashed-body")).with([start, show_log()])
        }
        What::Standstill(reason) => {
            let body = match reason {
                StateReason::DiskFull => t!("tray-note-disk-full-body"),
                StateReason::Watchdog => t!("tray-note-watchdog-body"),
                _ => t!("tray-note-disk-error-body"),
            };
            let resume = (locale::operation(Operation::Resume), Action::Operate(target.clone(), Operation::Resume));
            note(Tone::Critical, t!("tray-note-standstill", name = name), body).with([resume])
        }
        What::JobFinished(job) => note(Tone::Calm, locale::job_done(&job.operation, name), finished_body(job)),
        What::JobFailed(job, error) => {
            let note = Note::failure(target.into(), locale::job_failed(&job.operation, name), error, name);
            let was_shutdown = matches!(job.operation.as_str(), "machine-shutdown" | "machine-restart");
            note.with(was_shutdown.then(force_off))
        }
        What::TrialEnds(seconds) => {
            let time = locale::remaining(*seconds);
            let keep = (t!("tray-keep"), Action::KeepScreen(target.clone()));
            let back = (t!("tray-note-give-back"), Action::GiveBackScreen(target.clone()));
            note(Tone::Critical, t!("tray-note-trial", name = name, time = time), t!("tray-note-trial-body")).with([keep, back])
        }
        What::ScreenBack => note(Tone::Calm, t!("tray-note-screen-back", name = name), t!("tray-note-screen-back-body")),
        What::ScreenLeft(own) => {
            let (title, body) = locale::hand_over(own, name, 0)?;
            let repair = own.left.iter().map(|left| left.repair.as_str()).collect::<Vec<_>>().join("\n");
            let body = text::plain(&format!("{body} {repair}"), text::SENTENCE);
            let back = (t!("tray-note-give-back"), Action::GiveBackScreen(target.clone()));
            note(Tone::Critical, text::plain(&title, text::NAME), body).with([back])
        }
        What::LeftBehind(_) | What::HostLost(_) | What::LibvirtLost(_) | What::HostBack => return None,
    })
}

fn of_host(id: &host::Id, what: &What, state: &State) -> Option<Note> {
    let host = state.host(id)?;
    let name = host_name(host);
    let about = About::Host(id.clone());
    Some(match what {
        What::HostLost(problem) => {
            let (title, text) = locale::problem(problem);
            Note::new(about, Tone::Warning, t!("tray-note-host-lost", name = name), format!("{title}. {text}"))
        }
        What::LibvirtLost(problem) => {
            let (title, text) = locale::libvirt(problem);
            Note::new(about, Tone::Warning, t!("tray-note-libvirt-lost", name = name), format!("{title}. {text}"))
        }
        What::JobFinished(job) => Note::new(about, Tone::Calm, locale::job_done(&job.operation, &on(job)), finished_body(job)),
        What::JobFailed(job, error) => {
            let title = if job.machines.is_empty() { job_name(job, host) } else { locale::job_failed(&job.operation, &on(job)) };
            Note::failure(about, title, error, &on(job))
        }
        What::LeftBehind(left) => {
            let (title, body) = locale::left_behind(left);
            Note::new(about, Tone::Critical, text::plain(&title, text::NAME), text::plain(&body, text::SENTENCE))
        }
        What::HostBack | What::Crashed(_) | What::Standstill(_) | What::TrialEnds(_) | What::ScreenBack | What::ScreenLeft(_) => {
            return None;
        }
    })
}

fn on(job: &Job) -> String {
    t!("tray-machines", count = job.machines.len())
}

fn finished_body(job: &Job) -> String {
    if job.operation == "machine-save" { t!("tray-note-saved-body") } else { String::new() }
}

/// "Force off..." on what asks first.
#[must_use]
pub fn asks(operation: Operation) -> String {
    t!("tray-asks", operation = locale::operation(operation))
}

/// Why, and what to do; with the message of those below us where we know no better.
#[must_use]
fn why(error: &Error, name: &str) -> String {
    let (title, advice) = locale::error(error, name);
    let raw = match error {
        Error::Other(message) | Error::Service { kind: ErrorKind::Failed, message, .. } => text::plain(message, text::SENTENCE),
        _ => String::new(),
    };
    format!("{title}. {advice}\n{raw}").trim_end().to_owned()
}

/// The question before something is done to a machine: nothing happens without the first button.
#[must_use]
pub fn question(target: &Target, name: &str, operation: Operation) -> Option<Note> {
    let (title, body) = match operation {
        Operation::ForceOff => (t!("tray-ask-force-off", name = name), t!("tray-ask-force-off-body")),
        Operation::Shutdown => (t!("tray-ask-shutdown", name = name), t!("tray-ask-shutdown-body")),
        Operation::Reboot => (t!("tray-ask-reboot", name = name), t!("tray-ask-reboot-body")),
        Operation::Save => (t!("tray-ask-save", name = name), t!("tray-ask-save-body")),
        Operation::Pause => (t!("tray-ask-pause", name = name), t!("tray-ask-pause-body")),
        _ => return None,
    };
    let yes = (locale::operation(operation), Action::Operate(target.clone(), operation));
    let buttons = vec![yes, (t!("tray-ask-keep-running"), Action::Leave)];
    // A click beside the buttons is no consent.
    Some(Note { about: target.into(), title, body, tone: Tone::Question, buttons, click: Action::Leave })
}

/// The question before a machine loses the screen of its host, and stops.
#[must_use]
pub fn give_back(target: &Target, name: &str) -> Note {
    let yes = (t!("tray-note-give-back"), Action::GiveBackScreen(target.clone()));
    let buttons = vec![yes, (t!("tray-ask-keep-running"), Action::Leave)];
    let (title, body) = (t!("tray-ask-give-back", name = name), t!("tray-ask-give-back-body"));
    Note { about: target.into(), title, body, tone: Tone::Question, buttons, click: Action::Leave }
}

/// The end of a machine's log.
#[must_use]
pub fn of_log(target: &Target, name: &str, lines: &[String]) -> Note {
    let last = lines.iter().rev().filter(|line| !line.trim().is_empty()).take(LOG_LINES).collect::<Vec<_>>();
    let body = last.into_iter().rev().map(|line| text::plain(line, text::SENTENCE)).collect::<Vec<_>>().join("\n");
    let body = if body.is_empty() { t!("tray-note-log-empty") } else { body };
    Note::new(target.into(), Tone::Reading, t!("tray-note-log", name = name), body)
}

#[cfg(test)]
#[path = "note_tests.rs"]
mod tests;
