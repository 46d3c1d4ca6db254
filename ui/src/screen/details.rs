//! The details pane at the right of the main window: all of one machine, the sum of several, or the hosts.

mod charts;
mod facts;
mod none;
mod notices;
mod one;
mod several;
mod subject;

use std::time::Duration;

use client::{Error, Machine, settings::Settings, t};
use iced::{Element, Point, Subscription, Task, clipboard};

pub(crate) use charts::view as charts;
pub use facts::{Fact, all as facts, table};
pub use notices::all as notices;
pub use one::POWER;
pub(crate) use one::{description, job};
pub use subject::{Subject, Wish};

use crate::{
    action::{Action, Call},
    app,
    command::Command,
    component::{Thumbnails, thumbnail::Screen, thumbnails::Fetched},
    model::{Key, Model, Pictures},
    widget::ground::stamp,
};

/// Pixels that a thumbnail is fetched with: sharp at twice the width of the pane.
const PICTURE: u32 = 640;
/// Loading is not shown before this.
const PATIENCE: Duration = Duration::from_millis(200);

/// The state of the pane.
#[derive(Debug)]
pub struct Details {
    wrap: fn(Message) -> app::Message,
    keys: Vec<Key>,
    loaded: Option<Loaded>,
    thumbnails: Thumbnails,
    serial: u64,
}

/// What was read of the machine that is shown.
#[derive(Debug)]
struct Loaded {
    key: Key,
    /// As it was when its details were asked for: they are read again when it changes.
    seen: Option<(bool, Machine)>,
    serial: u64,
    details: Option<client::Details>,
    error: Option<Error>,
    is_slow: bool,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Details were read, or not, for the question with this number.
    Loaded(u64, Box<Result<client::Details, Error>>),
    /// The answer to this question lets one wait.
    Slow(u64),
    /// A picture came.
    Thumbnail(Fetched),
    /// Time for another picture.
    Tick,
    /// A picture that takes a password is wanted.
    ShowPicture,
    /// Something was asked for.
    Wish(Wish),
    /// The context menu, at this place of the window.
    Menu(Point),
    /// Read the details once more.
    Retry,
}

impl Details {
    /// An empty pane. `wrap` makes its messages the application's.
    #[must_use]
    pub fn new(wrap: fn(Message) -> app::Message) -> Self {
        Self::with_pictures(wrap, PICTURE)
    }

    /// The same with pictures of another width.
    pub(crate) fn with_pictures(wrap: fn(Message) -> app::Message, width: u32) -> Self {
        Self { wrap, keys: Vec::new(), loaded: None, thumbnails: Thumbnails::new(width, true), serial: 0 }
    }

    /// Shows these machines: called when the selection or the model changes. Costs nothing if neither concerns the pane.
    #[must_use]
    pub fn show(&mut self, model: &Model, keys: &[Key]) -> Action {
        let task = self.refresh(model, keys);
        self.wrapped(task)
    }

    /// Takes a message in.
    #[must_use]
    pub fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        let (action, task) = self.take(model, message);
        match (action, self.wrapped(task)) {
            (action, Action::None) => action,
            (Action::None, task) => task,
            (action, task) => Action::Batch(vec![action, task]),
        }
    }

    /// What has to be read to show these machines.
    pub(crate) fn refresh(&mut self, model: &Model, keys: &[Key]) -> Task<Message> {
        if self.keys != keys {
            self.keys = keys.to_vec();
        }
        let [key] = keys else {
            self.loaded = None;
            return Task::none();
        };
        let seen = model.host(&key.host).and_then(|host| Some((host.is_live(), host.machines.get(&key.machine)?.clone())));
        let known = self.loaded.as_ref().filter(|loaded| loaded.key == *key);
        if known.is_some_and(|loaded| loaded.seen == seen) {
            return Task::none();
        }
        let started = known.is_none_or(|loaded| loaded.seen.as_ref().is_none_or(|(_, machine)| !machine.is_active()));
        // What is known of the same machine stays until there is better.
        let details = if known.is_some() { self.loaded.take().and_then(|loaded| loaded.details) } else { None };
        self.loaded = Some(Loaded { key: key.clone(), seen, serial: 0, details, error: None, is_slow: false });
        let picture = if started { self.picture(model) } else { Task::none() };
        Task::batch([self.load(model), picture])
    }

    /// Takes a message in: what it asks the application for, and what has to be read.
    pub(crate) fn take(&mut self, model: &Model, message: Message) -> (Action, Task<Message>) {
        match message {
            Message::Loaded(serial, result) => self.loaded(serial, *result),
            Message::Slow(serial) => {
                if let Some(loaded) = self.loaded.as_mut().filter(|loaded| loaded.serial == serial) {
                    loaded.is_slow = loaded.details.is_none() && loaded.error.is_none();
                }
            }
            Message::Thumbnail(fetched) => return (Action::None, self.thumbnails.fetched(model, fetched).map(Message::Thumbnail)),
            Message::Tick => return (Action::None, self.picture(model)),
            Message::ShowPicture => {
                let Some(key) = self.keys.first().cloned() else { return (Action::None, Task::none()) };
                return (Action::None, self.thumbnails.ask(model, &key).map(Message::Thumbnail));
            }
            Message::Wish(wish) => return (act(wish, &self.keys), Task::none()),
            Message::Menu(at) => return (Action::Menu(at, self.keys.clone()), Task::none()),
            Message::Retry => return (Action::None, self.load(model)),
        }
        (Action::None, Task::none())
    }

    fn loaded(&mut self, serial: u64, result: Result<client::Details, Error>) {
        if let Some(loaded) = self.loaded.as_mut().filter(|loaded| loaded.serial == serial) {
            loaded.is_slow = false;
            match result {
                Ok(details) => loaded.details = Some(details),
                Err(error) => loaded.error = Some(error),
            }
        }
    }

    /// What is known of the machine's screen.
    pub(crate) fn screen(&self, key: &Key, pictures: Pictures) -> Screen<'_> {
        match (self.thumbnails.get(key), self.thumbnails.error(key)) {
            (Some(picture), _) => Screen::Shown(picture),
            (None, Some(error)) => Screen::Failed(error),
            (None, None) if pictures != Pictures::On => Screen::Off,
            (None, None) => Screen::Unknown,
        }
    }

    /// What it shows, in this height.
    pub fn view<'a>(&'a self, model: &'a Model, settings: &'a Settings, keys: &[Key], height: f32) -> Element<'a, Message> {
        match keys {
            [] => none::view(model),
            [key] => match Subject::new(model, key) {
                Some(subject) => one::view(self, &self.complete(subject), settings, height, model.pictures()),
                None => none::view(model),
            },
            keys => several::view(model, keys).map(Message::Wish),
        }
    }

    /// Another number when something else is shown than before, apart from figures.
    pub(super) fn stamp(&self) -> u64 {
        let loaded = self.loaded.as_ref();
        let known = loaded.map(|loaded| (loaded.serial, loaded.details.is_some(), loaded.error.is_some(), loaded.is_slow));
        stamp(&(&self.keys, known))
    }

    /// Ticks while a running machine is shown.
    pub fn subscription(&self, model: &Model, settings: &Settings) -> Subscription<Message> {
        let seconds = settings.figures.thumbnail_interval;
        let runs = |key: &Key| Subject::new(model, key).is_some_and(|subject| subject.host.is_live() && subject.machine.is_active());
        match self.keys.as_slice() {
            [key] if model.pictures() == Pictures::On && runs(key) => {
                iced::time::every(Duration::from_secs(u64::from(seconds))).map(|_| Message::Tick)
            }
            _ => Subscription::none(),
        }
    }

    /// As if these details had been read.
    #[cfg(test)]
    pub(crate) fn answer(&mut self, details: Result<client::Details, Error>) {
        self.loaded(self.serial, details);
    }

    /// As if this picture had been fetched.
    #[cfg(test)]
    pub(crate) fn put(&mut self, key: Key, picture: Result<crate::component::thumbnails::Picture, Error>) {
        self.thumbnails.insert(key, picture);
    }

    /// With what was read of it.
    pub(crate) fn complete<'a>(&'a self, mut subject: Subject<'a>) -> Subject<'a> {
        if let Some(loaded) = self.loaded.as_ref().filter(|loaded| loaded.key == subject.key) {
            subject.details = loaded.details.as_ref();
            subject.error = loaded.error.as_ref();
            subject.is_slow = loaded.is_slow;
        }
        subject
    }

    fn load(&mut self, model: &Model) -> Task<Message> {
        self.serial += 1;
        let serial = self.serial;
        let Some(loaded) = &mut self.loaded else { return Task::none() };
        (loaded.serial, loaded.error) = (serial, None);
        let Some(client) = model.host(&loaded.key.host).and_then(|host| host.client.clone()) else { return Task::none() };
        let machine = loaded.key.machine;
        let read = Task::perform(async move { client.details(machine).await }, move |result| Message::Loaded(serial, Box::new(result)));
        let slow = Task::perform(tokio::time::sleep(PATIENCE), move |()| Message::Slow(serial));
        Task::batch([read, slow])
    }

    fn picture(&mut self, model: &Model) -> Task<Message> {
        self.thumbnails.forget_stopped(model);
        self.thumbnails.want(model, &self.keys).map(Message::Thumbnail)
    }

    fn wrapped(&self, task: Task<Message>) -> Action {
        if task.units() == 0 { Action::None } else { Action::Task(task.map(self.wrap)) }
    }
}

/// Does what was asked for on these machines.
#[must_use]
pub fn act(wish: Wish, keys: &[Key]) -> Action {
    match wish {
        Wish::Copy(text) => {
            let told = Action::Toast(t!("details-copied", text = text.as_str()));
            Action::Batch(vec![Action::Task(clipboard::write(text)), told])
        }
        Wish::Run(command) => Action::Run(command, keys.to_vec()),
        Wish::Cancel(job) => keys.first().map_or(Action::None, |key| Action::Call(Call::Cancel(key.host.clone(), job))),
    }
}

/// Whether a command makes sense for a machine now, and its host can be asked.
#[must_use]
pub fn can(subject: &Subject<'_>, command: Command) -> bool {
    let reads = matches!(command, Command::Open | Command::ShowLog);
    (subject.host.is_live() || reads) && command.suits_on(subject.host, subject.machine)
}

#[cfg(test)]
#[path = "details/sample_tests.rs"]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
