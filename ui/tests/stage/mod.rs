//! The application on a stage: its tasks and subscriptions run, its windows are drawn into memory, a test acts as the person.
//!
//! iced's own runner of `.ice` files hands no key to the application that a widget has not taken, knows no modifiers and does
//! not wait for what a host tells; this one does all three. Everything is drawn by tiny-skia with the fonts that come with
//! the application and no other, at one moment: a picture depends on nothing of the machine it is made on. Nor does time: it goes on
//! at once when nothing else does ([`time`]).

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod ear;
pub mod ice;
pub mod ink;
pub mod picture;
pub mod pseudo;
pub mod time;
pub mod tips;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use client::{
    Host,
    demo::{self, Preset},
    host::{Address, SYSTEM},
    settings::{Settings, ThemeChoice},
    unit,
};
use iced::{
    Event, Executor as _, Point, Size, Task, Vector,
    advanced::graphics::text::{cosmic_text::fontdb::Source, font_system},
    event::Status,
    futures::{StreamExt, channel::mpsc, stream},
    keyboard::{self, Key, Modifiers},
    mouse, window,
};
use iced_test::{
    Selector,
    core::{clipboard, widget::operation},
    futures::{Runtime, subscription},
    runtime::{Action, UserInterface, task, user_interface, window::Action as WindowAction},
};
use ui::app::{App, Flags, Message};

/// The longest that anything is waited for, of the application's time.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long nothing happens before it is looked again.
const GLANCE: Duration = Duration::from_millis(50);

/// Who does nothing for so long only waits.
const QUIET: Duration = Duration::from_millis(400);

/// Pixels and time between two clicks that are no double click; 6 and 300 ms in iced.
const APART: f32 = 7.0;
const DOUBLE: Duration = Duration::from_millis(400);

/// Language, clock and demo are those of the whole process.
static ALONE: Mutex<()> = Mutex::new(());

enum Happening {
    Action(Box<Action<Message>>),
    TaskEnded,
}

struct Shown {
    id: window::Id,
    size: Size,
    cursor: mouse::Cursor,
    cache: user_interface::Cache,
}

/// See the module.
pub struct Stage {
    pub app: App,
    runtime: Runtime<time::Still, mpsc::UnboundedSender<Happening>, Happening>,
    happenings: mpsc::UnboundedReceiver<Happening>,
    renderer: iced::Renderer,
    /// The one in front is the last.
    windows: Vec<Shown>,
    size: Size,
    tasks: usize,
    moment: Instant,
    /// When and where somebody clicked.
    clicked: Vec<(Instant, Point)>,
    _alone: MutexGuard<'static, ()>,
}

/// What settings a picture is of, unless it is of others.
pub fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.appearance.theme = ThemeChoice::Light;
    settings.appearance.language = "en".to_owned();
    // Screens of machines are fetched once.
    settings.figures.thumbnail_interval = 3600;
    settings
}

impl Stage {
    /// The application on a demo, in a window of this size, once the demo has told all.
    pub fn new(preset: Preset, settings: Settings, size: impl Into<Size>) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let size = size.into();
        only_own_fonts();
        demo::choose(preset);
        unit::stop_clock(Some(unit::local(2025, 11, 20, 10, 24)));
        ui::locale::init(&settings.appearance.language);
        let runtime_and_queue = queue();
        let hosts = vec![Host { auto_connect: true, ..Host::new(SYSTEM, "", Address::Demo) }];
        let mut flags = Flags { hosts, settings, is_demo: true, ..Flags::default() };
        flags.layout.main = (size.width, size.height);
        let (app, open) = runtime_and_queue.0.enter(|| App::new(flags));
        let (runtime, happenings) = runtime_and_queue;
        let renderer = iced::Renderer::new(ui::font::BODY, 13.into());
        let (windows, moment, clicked) = (Vec::new(), Instant::now(), Vec::new());
        let mut stage = Self { app, runtime, happenings, renderer, windows, size, tasks: 0, moment, clicked, _alone: alone };
        stage.follow();
        stage.run(open);
        stage.settle();
        stage.wait("the demo", |stage| stage.has_heard(preset));
        stage.settle();
        stage
    }

    fn has_heard(&self, preset: Preset) -> bool {
        let Some(host) = self.app.model().hosts().first() else { return false };
        match preset {
            Preset::Frozen => host.last_seen == unit::now() && !host.jobs.is_empty() && host.load.is_some(),
            Preset::ServiceMissing => matches!(host.connection, ui::model::Connection::Lost(..)),
            Preset::NoLibvirt => host.libvirt_problem.is_some() && host.is_listed,
            _ => host.is_listed && host.load.is_some(),
        }
    }

    /// Waits until something is so.
    pub fn wait(&mut self, what: &str, is_so: impl Fn(&mut Self) -> bool) {
        let mut waited = Duration::ZERO;
        while !is_so(self) {
            assert!(waited < PATIENCE, "waited in vain for {what}\n{}", self.told());
            waited += self.glance();
        }
    }

    /// Does what is to be done until no task is under way, or those that are only wait: some do for seconds, to tell of a host
    /// that is slow.
    pub fn settle(&mut self) {
        while self.step(if self.tasks > 0 { QUIET } else { Duration::from_millis(2) }) {}
    }

    /// Waits until no task is under way, for screens of machines that are drawn.
    pub fn finish(&mut self) {
        self.wait("the last task", |stage| stage.tasks == 0);
        self.settle();
    }

    /// Takes in the next thing that happens; how long nothing did.
    fn glance(&mut self) -> Duration {
        if self.step(GLANCE) { Duration::ZERO } else { GLANCE }
    }

    /// Takes in the next thing that happens; `false` if nothing did within this time.
    fn step(&mut self, within: Duration) -> bool {
        let next = self.happenings.next();
        match self.runtime.block_on(async { tokio::time::timeout(within, next).await }) {
            Ok(Some(Happening::Action(action))) => self.perform(*action),
            Ok(Some(Happening::TaskEnded)) => self.tasks -= 1,
            Ok(None) | Err(_) => return false,
        }
        true
    }

    /// What becomes of a call.
    pub fn wait_for<T>(&mut self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }

    /// Takes a message in, as the runtime does.
    pub fn update(&mut self, message: Message) {
        // The look of the desktop that the test happens to run on.
        if matches!(message, Message::Desktop(..)) {
            return;
        }
        let scale = self.scale();
        let task = self.runtime.enter(|| self.app.update(message));
        if (scale - self.scale()).abs() > f32::EPSILON {
            // A window keeps its size on the screen.
            let change = scale / self.scale();
            self.windows.iter_mut().for_each(|shown| shown.size = shown.size * change);
        }
        self.follow();
        self.run(task);
    }

    fn scale(&self) -> f32 {
        self.windows.last().map_or(1.0, |shown| self.app.scale_factor(shown.id))
    }

    fn run(&mut self, task: Task<Message>) {
        let Some(actions) = task::into_stream(task) else { return };
        self.tasks += 1;
        self.runtime
            .run(actions.map(|action| Happening::Action(Box::new(action))).chain(stream::once(async { Happening::TaskEnded })).boxed());
    }

    fn follow(&mut self) {
        let told = self.runtime.enter(|| self.app.subscription().map(|message| Happening::Action(Box::new(Action::Output(message)))));
        self.runtime.track(subscription::into_recipes(told));
    }

    fn perform(&mut self, action: Action<Message>) {
        match action {
            Action::Output(message) => self.update(message),
            Action::Widget(wanted) => self.operate(wanted),
            Action::Window(WindowAction::Open(id, _, opened)) => {
                let size = self.size * self.app.scale_factor(id).recip();
                let (cursor, cache) = (mouse::Cursor::Unavailable, user_interface::Cache::default());
                self.windows.push(Shown { id, size, cursor, cache });
                // Nobody waits for it any more.
                let _ = opened.send(id);
                self.update(Message::Window(id, window::Event::Opened { position: None, size }));
            }
            Action::Window(WindowAction::Close(id)) => {
                self.windows.retain(|shown| shown.id != id);
                self.update(Message::Window(id, window::Event::Closed));
            }
            Action::Window(WindowAction::GainFocus(id)) => {
                self.windows.sort_by_key(|shown| shown.id == id);
                self.update(Message::Window(id, window::Event::Focused));
            }
            _ => {}
        }
    }

    fn operate(&mut self, wanted: Box<dyn operation::Operation>) {
        let mut wanted = Some(wanted);
        while let Some(mut current) = wanted.take() {
            for at in 0..self.windows.len() {
                self.with(at, |ui, renderer, _, _| ui.operate(renderer, current.as_mut()));
            }
            if let operation::Outcome::Chain(next) = current.finish() {
                wanted = Some(next);
            }
        }
    }

    /// Builds a window's interface for as long as something is done with it.
    fn with<T>(
        &mut self,
        at: usize,
        work: impl FnOnce(
            &mut UserInterface<'_, Message, iced::Theme, iced::Renderer>,
            &mut iced::Renderer,
            mouse::Cursor,
            &mut Vec<Message>,
        ) -> T,
    ) -> T {
        let shown = &mut self.windows[at];
        let cache = std::mem::take(&mut shown.cache);
        let mut messages = Vec::new();
        let mut ui = UserInterface::build(self.app.view(shown.id), shown.size, cache, &mut self.renderer);
        let result = work(&mut ui, &mut self.renderer, shown.cursor, &mut messages);
        shown.cache = ui.into_cache();
        for message in messages {
            self.update(message);
        }
        result
    }

    fn front(&self) -> usize {
        self.windows.len().checked_sub(1).expect("a window is open")
    }

    /// Something that the person does to the window in front.
    pub fn input(&mut self, event: Event) {
        let at = self.front();
        if let Event::Mouse(mouse::Event::CursorMoved { position }) = event {
            self.windows[at].cursor = mouse::Cursor::Available(position);
        }
        let id = self.windows[at].id;
        let status = self.with(at, |ui, renderer, cursor, messages| {
            let (_, statuses) = ui.update(std::slice::from_ref(&event), cursor, renderer, &mut clipboard::Null, messages);
            statuses.first().copied().unwrap_or(Status::Ignored)
        });
        // As the application's own subscription does, but at once: the next key may be for what this one opens.
        if let (Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. }), Status::Ignored) = (event, status) {
            self.update(Message::Key(id, key, modifiers));
        }
        self.settle();
    }

    /// Presses a key, such as `ctrl+k`, `down` or `F6`.
    pub fn key(&mut self, key: &str) {
        let (mut modifiers, mut name) = (Modifiers::default(), key);
        while let Some((modifier, rest)) = name.split_once('+').filter(|(_, rest)| !rest.is_empty()) {
            modifiers |= match modifier {
                "ctrl" => Modifiers::CTRL,
                "shift" => Modifiers::SHIFT,
                "alt" => Modifiers::ALT,
                other => panic!("no modifier {other}"),
            };
            name = rest;
        }
        let key = if name == "Plus" { "+" } else { name };
        let key = named(key).map_or_else(|| Key::Character(key.into()), Key::Named);
        self.input(Event::Keyboard(keyboard::Event::ModifiersChanged(modifiers)));
        let mut press = iced_test::simulator::press_key(key.clone(), None);
        if let Event::Keyboard(keyboard::Event::KeyPressed { modifiers: held, .. }) = &mut press {
            *held = modifiers;
        }
        self.input(press);
        self.input(iced_test::simulator::release_key(key));
        self.input(Event::Keyboard(keyboard::Event::ModifiersChanged(Modifiers::default())));
    }

    /// Types a text.
    pub fn type_in(&mut self, text: &str) {
        iced_test::simulator::typewrite(text).collect::<Vec<_>>().into_iter().for_each(|event| self.input(event));
    }

    /// Clicks on a text, once it is there. Two clicks on the same place are no double click, however soon the second one is: iced
    /// measures how far they are apart, and by the clock of the computer, on which all this takes no time.
    pub fn click(&mut self, text: &str) {
        self.wait(text, |stage| stage.find(text).is_some());
        let there = self.find(text).expect("it is there");
        let position = self.apart(there);
        self.input(Event::Mouse(mouse::Event::CursorMoved { position }));
        iced_test::simulator::click().for_each(|event| self.input(event));
        // So that nothing is lit under the pointer, and no tooltip comes.
        self.input(Event::Mouse(mouse::Event::CursorMoved { position: Point::new(-1.0, -1.0) }));
        self.input(Event::Mouse(mouse::Event::CursorLeft));
    }

    /// There, or as near as it can be to where nobody clicked just now.
    pub fn apart(&mut self, there: Point) -> Point {
        self.clicked.retain(|(when, _)| when.elapsed() < DOUBLE);
        let is_apart = |at: &Point| self.clicked.iter().all(|(_, last)| last.distance(*at) >= APART);
        let at = [0.0, APART, -APART].map(|aside| there + Vector::new(aside, 0.0)).into_iter().find(is_apart).unwrap_or(there);
        self.clicked.push((Instant::now(), at));
        at
    }

    /// Where a text stands in the window in front, if it does.
    pub fn find(&mut self, text: &str) -> Option<Point> {
        self.search(text)?.visible_bounds().map(|bounds| bounds.center())
    }

    /// What is searched for in the window in front, if it is there.
    pub fn search<S>(&mut self, selector: S) -> Option<S::Output>
    where
        S: Selector + Send,
        S::Output: Clone + Send,
    {
        let at = self.front();
        let mut found = Selector::find(selector);
        self.with(at, |ui, renderer, _, _| ui.operate(renderer, &mut operation::black_box(&mut found)));
        match operation::Operation::finish(&found) {
            operation::Outcome::Some(found) => found,
            _ => None,
        }
    }

    /// Every text in the window in front, for a message that says what was there instead.
    pub fn told(&mut self) -> String {
        let at = self.front();
        let mut texts = Texts(Vec::new());
        self.with(at, |ui, renderer, _, _| ui.operate(renderer, &mut texts));
        texts.0.join(" | ")
    }
}

struct Texts(Vec<String>);

impl operation::Operation for Texts {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn operation::Operation)) {
        operate(self);
    }

    fn text(&mut self, _id: Option<&iced::widget::Id>, _bounds: iced::Rectangle, text: &str) {
        self.0.push(text.to_owned());
    }
}

fn named(name: &str) -> Option<keyboard::key::Named> {
    use keyboard::key::Named;
    Some(match name {
        "enter" => Named::Enter,
        "escape" => Named::Escape,
        "tab" => Named::Tab,
        "space" => Named::Space,
        "menu" => Named::ContextMenu,
        "delete" => Named::Delete,
        "up" => Named::ArrowUp,
        "down" => Named::ArrowDown,
        "left" => Named::ArrowLeft,
        "right" => Named::ArrowRight,
        "pageup" => Named::PageUp,
        "home" => Named::Home,
        "end" => Named::End,
        "F1" => Named::F1,
        "F2" => Named::F2,
        "F6" => Named::F6,
        "F9" => Named::F9,
        _ => return None,
    })
}

fn queue() -> (Runtime<time::Still, mpsc::UnboundedSender<Happening>, Happening>, mpsc::UnboundedReceiver<Happening>) {
    let (sender, receiver) = mpsc::unbounded();
    (Runtime::new(time::Still::new().expect("a runtime"), sender), receiver)
}

/// Puts the application's fonts in and takes those of the system out.
fn only_own_fonts() {
    let mut fonts = font_system().write().expect("fonts");
    for font in ui::font::FILES {
        fonts.load_font(font.into());
    }
    let all = fonts.raw().db_mut();
    let foreign: Vec<_> = all.faces().filter(|face| !matches!(face.source, Source::Binary(_))).map(|face| face.id).collect();
    foreign.into_iter().for_each(|id| all.remove_face(id));
}
