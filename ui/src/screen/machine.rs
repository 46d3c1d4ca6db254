//! A machine's own window: what it is, what it does, and how it fared in the last hour.

mod devices;
mod head;
mod others;
mod overview;
mod performance;

use std::time::Duration;

use client::{Error, Prompt, Series, settings::Settings, t};
use iced::{
    Element, Length, Point, Size, Subscription, Task,
    keyboard::{self, Modifiers, key::Named},
    widget::{Column, column, container, scrollable},
    window,
};

use crate::{
    action::{Action, Call, Done, OtherChange},
    app,
    component::{hand_over, hand_over::Press, window_frame::resize_edges},
    dialog::{detach::Detach, give::Give, glass::Glass, take_back::TakeBack},
    model::{Key, Model, history},
    screen::{
        details::{self, Details, Subject, Wish},
        main::Frame,
        tuning::{self, Tuner},
    },
    theme,
    widget::{
        focus::{self, pane},
        scroll::{PANE, scroll},
        text,
    },
};
use performance::Performance;
pub use performance::Range;

/// The panes that F6 walks.
pub const PANES: &[&str] = &["machine-head", "machine-tabs", "machine-body"];

/// Pixels that the picture of the screen is fetched with.
const PICTURE: u32 = 1280;

/// The parts of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// What it is and does.
    #[default]
    Overview,
    /// The last hour.
    Performance,
    /// What it has of its host.
    Devices,
    /// Where it runs on its host.
    Tuning,
}

impl Tab {
    const ALL: [Self; 4] = [Self::Overview, Self::Performance, Self::Devices, Self::Tuning];

    /// Whether there is something to show in it: a service that tells nothing of devices, or of the host's processors, has no part for them.
    fn is_offered(self, model: &Model, key: &Key) -> bool {
        match self {
            Self::Overview | Self::Performance => true,
            Self::Devices => model.machine(key).is_some_and(|machine| machine.host_devices.is_some()),
            Self::Tuning => model.host(&key.host).is_some_and(|host| host.topology.is_some()),
        }
    }

    const fn id(self) -> &'static str {
        match self {
            Self::Overview => "machine-tab-overview",
            Self::Performance => "machine-tab-performance",
            Self::Devices => "machine-tab-devices",
            Self::Tuning => "machine-tab-tuning",
        }
    }
}

/// The state of a machine's window.
#[derive(Debug)]
pub struct Screen {
    key: Key,
    window: Option<window::Id>,
    tab: Tab,
    pane: Details,
    log: Option<Result<Vec<String>, Error>>,
    performance: Performance,
    tuner: Tuner,
    // Log and last hour were asked for.
    is_asked: bool,
}

/// What happens in it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Nothing.
    Nothing,
    /// Another part of the window.
    Tab(Tab),
    /// Another part, and the focus goes with it.
    Walk(Tab),
    /// What the details pane of the main window has, too: reading, pictures, wishes.
    Pane(details::Message),
    /// The log was read.
    Log(Result<Vec<String>, Error>),
    /// The last hour was read.
    History(Box<Result<Series, Error>>),
    /// Where it runs on its host.
    Tuning(tuning::Message),
    /// Another range of time.
    Range(Range),
    /// The time under the pointer.
    Mark(Option<u64>),
    /// A part of the charts was dragged.
    Zoom(u64, u64),
    /// Esc: the whole range again.
    Escape,
    /// Asks for a device of the host that it shall have.
    Attach,
    /// Shows the plan of taking a device from it.
    Detach(String),
    /// On the note that it has the screen of its host.
    HandOver(Press),
    /// Asks for what is no PCI card that it shall have.
    Give,
    /// Shows the plan of taking that from it.
    TakeBack(Box<client::device::Attached>),
    /// No longer gets this whenever it is plugged in.
    RemoveRule(String, client::device::UsbName),
    /// Memory for Looking Glass, or no longer.
    Glass(bool),
    /// Open the screen in its program.
    OpenGlass,
    /// The header as a title bar.
    Window(Frame),
}

impl Screen {
    /// A window for this machine.
    pub fn new(model: &Model, key: Key) -> (Self, Task<Message>) {
        let pane = Details::with_pictures(|_| app::Message::Nothing, PICTURE);
        let performance = Performance::default();
        let tuner = Tuner::new(key.clone());
        let mut screen = Self { key, window: None, tab: Tab::Overview, pane, log: None, performance, tuner, is_asked: false };
        let task = Task::batch([screen.refresh(model), screen.read(model)]);
        (screen, task)
    }

    /// The window it is in: it needs to know to move, and to get answers.
    pub const fn opened(&mut self, window: window::Id) {
        self.window = Some(window);
    }

    /// Something happened on its host: figures, a change, a new connection.
    #[must_use]
    pub fn model_changed(&mut self, model: &Model, settings: &Settings) -> Action {
        self.performance.follow(model, &self.key, settings);
        let task = Task::batch([self.refresh(model), self.read(model)]);
        self.task(task)
    }

    /// Takes a message in.
    pub fn update(&mut self, model: &Model, _settings: &Settings, message: Message) -> Action {
        match message {
            Message::Nothing => Action::None,
            Message::Tab(tab) => self.turn(model, tab),
            Message::Walk(tab) => Action::Batch(vec![self.turn(model, tab), Action::Task(focus::take(tab.id()))]),
            Message::Tuning(message) => {
                let (action, task) = self.tuner.update(model, message);
                Action::Batch(vec![action, self.task(task.map(Message::Tuning))])
            }
            Message::Pane(message) => {
                let (action, task) = self.pane.take(model, message);
                Action::Batch(vec![action, self.task(task.map(Message::Pane))])
            }
            Message::Log(log) => {
                self.log = Some(log);
                Action::None
            }
            Message::History(series) => {
                self.performance.take(*series);
                Action::None
            }
            Message::Range(range) => {
                self.performance.choose(range);
                Action::None
            }
            Message::Mark(time) => {
                self.performance.mark(time);
                Action::None
            }
            Message::Zoom(from, to) => {
                self.performance.zoom(from, to);
                Action::None
            }
            Message::Escape => {
                self.performance.reset();
                Action::None
            }
            Message::Attach => Action::Run(crate::command::Command::AttachDevice, vec![self.key.clone()]),
            Message::Detach(address) => Action::Open(Box::new(Detach::new(model, self.key.clone(), address).into())),
            Message::HandOver(press) => press.action(),
            Message::Give => Action::Open(Box::new(Give::machine(self.key.clone()).into())),
            Message::TakeBack(one) => Action::Open(Box::new(TakeBack::new(model, self.key.clone(), &one).into())),
            Message::RemoveRule(id, on) => Action::Call(Call::Other(self.key.clone(), OtherChange::RemoveRule(id, on))),
            Message::Glass(true) => Action::Open(Box::new(Glass::new(self.key.clone()).into())),
            Message::Glass(false) => Action::Call(Call::Other(self.key.clone(), OtherChange::Glass(None))),
            Message::OpenGlass => Action::Call(Call::Other(self.key.clone(), OtherChange::OpenGlass)),
            Message::Window(frame) => self.frame(frame),
        }
    }

    /// What it shows.
    pub fn view<'a>(&'a self, model: &'a Model, settings: &'a Settings, size: Size) -> Element<'a, Message> {
        let Some(subject) = Subject::new(model, &self.key) else {
            return container(text(t!("machine-gone")).size(13).style(theme::subtle)).center(Length::Fill).into();
        };
        let subject = self.pane.complete(subject);
        let has_frame = !settings.appearance.desktop_title_bar && self.window.is_some();
        let body = match self.tab {
            Tab::Overview => overview::view(&self.pane, self.log.as_ref(), &subject, size, &settings.figures, model.pictures()),
            Tab::Performance => self.performance.view(&subject, size, &settings.figures),
            Tab::Devices => devices::view(&subject, settings, size),
            Tab::Tuning => tuning_view(&self.tuner, &subject),
        };
        let content = column![
            pane("machine-head", head::view(&subject, settings, size, has_frame)),
            pane("machine-tabs", column![head::tabs(self.tab, |tab| tab.is_offered(model, &self.key)), screen(model, &self.key)]),
            pane("machine-body", body).width(Length::Fill).height(Length::Fill),
        ];
        if has_frame { resize_edges(content, Message::Window) } else { content.into() }
    }

    /// What it listens to.
    pub fn subscription(&self, model: &Model, settings: &Settings) -> Subscription<Message> {
        if self.tab != Tab::Overview {
            return Subscription::none();
        }
        self.pane.subscription(model, settings).map(Message::Pane)
    }

    /// Shows another part, if there is one; what is set of the machine is read anew each time.
    fn turn(&mut self, model: &Model, tab: Tab) -> Action {
        if !tab.is_offered(model, &self.key) {
            return Action::None;
        }
        self.tab = tab;
        if tab == Tab::Tuning { self.task(self.tuner.read(model).map(Message::Tuning)) } else { Action::None }
    }

    /// A change of a machine's tuning ended; `None` if it is not this one's.
    pub fn tuned(&mut self, model: &Model, done: &Done) -> Option<Action> {
        let read = self.tuner.done(model, done)?;
        Some(self.task(read.map(Message::Tuning)))
    }

    fn refresh(&mut self, model: &Model) -> Task<Message> {
        self.pane.refresh(model, std::slice::from_ref(&self.key)).map(Message::Pane)
    }

    /// What is read once, as soon as there is somebody to ask: the log and the last hour.
    fn read(&mut self, model: &Model) -> Task<Message> {
        if self.is_asked {
            return Task::none();
        }
        let Some(client) = model.host(&self.key.host).and_then(|host| host.client.clone()) else { return Task::none() };
        self.is_asked = true;
        let (machine, other) = (self.key.machine, client.clone());
        let log = Task::perform(async move { client.log(machine, Prompt::Never).await }, Message::Log);
        let history = Task::perform(async move { other.history(machine).await }, |series| Message::History(Box::new(series)));
        Task::batch([log, history])
    }

    fn task(&self, task: Task<Message>) -> Action {
        match self.window {
            Some(id) if task.units() > 0 => Action::Task(task.map(move |message| app::Message::Machine(id, message))),
            _ => Action::None,
        }
    }

    fn frame(&self, frame: Frame) -> Action {
        let Some(id) = self.window else { return Action::None };
        Action::Task(match frame {
            Frame::Drag => window::drag(id),
            Frame::Maximize => window::toggle_maximize(id),
            Frame::Minimize => window::minimize(id, true),
            Frame::Close => window::close(id),
            Frame::Resize(direction) => window::drag_resize(id, direction),
        })
    }
}

/// A key that nothing else took.
#[must_use]
pub fn key(key: &keyboard::Key, modifiers: Modifiers) -> Option<Message> {
    match (key, modifiers) {
        (keyboard::Key::Named(Named::Escape), _) => Some(Message::Escape),
        (keyboard::Key::Character(text), Modifiers::CTRL) if text == "1" => Some(Message::Tab(Tab::Overview)),
        (keyboard::Key::Character(text), Modifiers::CTRL) if text == "2" => Some(Message::Tab(Tab::Performance)),
        (keyboard::Key::Character(text), Modifiers::CTRL) if text == "3" => Some(Message::Tab(Tab::Devices)),
        (keyboard::Key::Character(text), Modifiers::CTRL) if text == "4" => Some(Message::Tab(Tab::Tuning)),
        (keyboard::Key::Character(text), modifiers) if modifiers.is_empty() => Range::of_key(text).map(Message::Range),
        _ => None,
    }
}

fn wish(wish: Wish) -> Message {
    Message::Pane(details::Message::Wish(wish))
}

fn menu(at: Point) -> Message {
    Message::Pane(details::Message::Menu(at))
}

/// That it has the screen of its host, below the tabs.
fn screen<'a>(model: &'a Model, key: &Key) -> Element<'a, Message> {
    Column::new().push(hand_over(model, Some(key)).map(|note| note.map(Message::HandOver))).into()
}

/// Its CPUs on the host's map, and what the host does for it.
fn tuning_view<'a>(tuner: &'a Tuner, subject: &Subject<'a>) -> Element<'a, Message> {
    let mut parts = Column::new().spacing(theme::space::M).padding(theme::space::L);
    parts = parts.push(tuner.cpus(subject.host, subject.machine));
    if let Some(topology) = subject.host.topology.as_deref() {
        let own = tuner.tuning().map(|tuning| (&tuner.key().machine, tuning));
        parts = parts.push(tuning::map::card(topology, &tuning::map::Pins::new(subject.host, own.into_iter(), tuner.planned())));
    }
    parts = tuner.host_side(subject.host).into_iter().fold(parts, Column::push);
    filled(Element::from(parts).map(Message::Tuning))
}

/// What is too high scrolls, with a thin bar.
fn filled(content: Element<'_, Message>) -> Element<'_, Message> {
    scroll(scrollable(content).width(Length::Fill).height(Length::Fill), PANE)
}

/// Microseconds of a setting in seconds.
fn interval(settings: &Settings) -> u64 {
    u64::try_from(Duration::from_secs(u64::from(settings.figures.interval)).as_micros()).unwrap_or(history::SECOND)
}

#[cfg(test)]
mod tests;
