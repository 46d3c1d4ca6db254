//! The application: which windows there are, and which part gets which message. It routes; it does not decide.

mod act;
pub(crate) mod attach;
mod call;
mod delete;
pub(crate) mod device;
mod fresh;
mod hosts;
pub(crate) mod keys;
mod memory;
pub(crate) mod other;
mod recall;
mod remember;
mod reopen;
mod sight;
mod speech;
mod tour;
mod tuning;
mod undo;
mod view;
mod waiting;

pub(crate) use act::asks;
pub use keys::{command_of, key_of};

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    path::PathBuf,
};

use client::{
    Event, Host, Wanted,
    host::{Hosts, Id},
    settings::Settings,
};
use iced::{Subscription, Task, Theme, keyboard, theme::Mode, window};
use tokio::sync::watch::Sender;

use crate::{
    action::Done,
    command::Command,
    dialog::{self, Dialog},
    lists::Lists,
    menu::{self, Menu},
    model::{Key, Model},
    palette::{self, Palette},
    screen::{machine, main},
    theme,
    toast::{self, Toasts},
    tour::Tour,
    window::Layout,
};

/// What the application was started with.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// Hosts, in order.
    pub hosts: Vec<Host>,
    /// Where changes of the hosts are written, `None` for hosts of this run alone.
    pub hosts_file: Option<Hosts>,
    /// What a person has set.
    pub settings: Settings,
    /// What is remembered.
    pub layout: Layout,
    /// Where that is written, `None` for what is remembered in this run alone.
    pub layout_file: Option<PathBuf>,
    /// Where the last lists of machines are kept, `None` for none.
    pub lists: Option<Lists>,
    /// Machine to show at once, by name or UUID.
    pub machine: Option<String>,
    /// Open the machines' windows that were open last, and remember those that are open now.
    pub reopens: bool,
    /// Show the tour, if it never came before.
    pub tours: bool,
    /// Do not write settings: demo and tests.
    pub is_demo: bool,
}

/// A window and what it shows.
#[derive(Debug)]
pub enum Window {
    /// The list of machines.
    Main,
    /// One machine.
    Machine(Key, Box<machine::Screen>),
}

/// The whole state.
#[derive(Debug)]
pub struct App {
    pub(crate) model: Model,
    pub(crate) settings: Settings,
    pub(crate) layout: Layout,
    /// The layout as it is on the disk.
    saved: Layout,
    layout_file: Option<PathBuf>,
    is_save_due: bool,
    recall: recall::Recall,
    pub(crate) windows: BTreeMap<window::Id, Window>,
    pub(crate) main: main::Screen,
    /// The dialog and its window.
    pub(crate) dialog: Option<(window::Id, Dialog)>,
    /// The palette and its window.
    pub(crate) palette: Option<(window::Id, Palette)>,
    /// The context menu and its window.
    pub(crate) menu: Option<(window::Id, Menu)>,
    pub(crate) toasts: Toasts,
    pub(crate) tour: Tour,
    /// The window that had the focus last.
    pub(crate) current: Option<window::Id>,
    pub(crate) sizes: HashMap<window::Id, iced::Size>,
    wanted: HashMap<Id, (Host, Sender<Wanted>)>,
    unseen: Option<crate::desktop::Activation>,
    /// Windows of machines that were open last, as host and UUID, until they are found.
    unopened: Vec<(String, String)>,
    reopens: bool,
    /// What could not be told because a dialog was open.
    waiting: VecDeque<waiting::Waiting>,
    /// What undoes calls that are not answered yet.
    pending: Vec<undo::Pending>,
    sight: sight::Sight,
    speech: speech::Speech,
    hosts_file: Option<Hosts>,
    is_demo: bool,
}

/// Everything that can happen.
#[derive(Clone, Debug)]
pub enum Message {
    /// On a host.
    Host(Id, Event),
    /// To a window.
    Window(window::Id, window::Event),
    /// A key that nothing took.
    Key(window::Id, keyboard::Key, keyboard::Modifiers),
    /// In the main window.
    Main(main::Message),
    /// In a machine's window.
    Machine(window::Id, machine::Message),
    /// In the dialog.
    Dialog(dialog::Message),
    /// In the palette.
    Palette(palette::Message),
    /// In the context menu.
    Menu(menu::Message),
    /// On a toast.
    Toast(toast::Message),
    /// On the card of the tour.
    Tour(crate::tour::Message),
    /// A command on what is selected in that window.
    Command(window::Id, Command),
    /// A call ended.
    Done(Box<Done>),
    /// The desktop's wish for light or dark and for contrast.
    Desktop(Mode, bool),
    /// This computer runs on its battery and that is nearly empty, or not any more.
    BatteryLow(bool),
    /// Somebody started the application again, or the tray asks for a machine.
    Activated(crate::desktop::Activation),
    /// A window was asked whether it is minimised.
    Minimised(window::Id, bool),
    /// The main window was asked whether it fills the screen.
    Maximized(window::Id, bool),
    /// The process was asked to end.
    Ended,
    /// Lists of machines became other ones a moment ago.
    KeepLists,
    /// The layout became another one a moment ago.
    SaveLayout,
    /// Minimised windows may be back.
    Look,
    /// Of a screen reader.
    Speech(crate::speech::Message),
    /// The last act shall be undone.
    Undo,
    /// Nothing.
    Nothing,
}

impl App {
    /// The state at start, and the main window being opened.
    pub fn new(flags: Flags) -> (Self, Task<Message>) {
        let mut app = Self {
            model: Model::default(),
            main: main::Screen::new(&flags.settings, &flags.layout),
            settings: flags.settings,
            unopened: if flags.reopens { flags.layout.open.clone() } else { Vec::new() },
            reopens: flags.reopens,
            waiting: VecDeque::new(),
            pending: Vec::new(),
            sight: sight::Sight::default(),
            speech: speech::Speech::default(),
            tour: Tour::new(flags.tours && flags.machine.is_none() && !flags.layout.has_toured),
            saved: flags.layout.clone(),
            layout: flags.layout,
            layout_file: flags.layout_file,
            is_save_due: false,
            recall: recall::Recall::new(flags.lists),
            windows: BTreeMap::new(),
            dialog: None,
            palette: None,
            menu: None,
            toasts: Toasts::default(),
            current: None,
            sizes: HashMap::new(),
            wanted: HashMap::new(),
            unseen: flags.machine.map(crate::desktop::Activation::Machine),
            hosts_file: flags.hosts_file,
            is_demo: flags.is_demo,
        };
        app.model.set_takes_pictures(app.settings.figures.thumbnail_interval > 0);
        app.set_hosts(flags.hosts);
        let open = app.open_main();
        (app, open)
    }

    /// Takes a message in.
    pub fn update(&mut self, message: Message) -> Task<Message> {
        let may_show = self.overhear(&message);
        let task = self.route(message);
        self.begin_tour();
        let task = Task::batch([task, self.remember()]);
        let task = if self.waiting.is_empty() || self.dialog.is_some() { task } else { Task::batch([task, self.tell_next()]) };
        if may_show { self.speak(task) } else { task }
    }

    pub(crate) fn route(&mut self, message: Message) -> Task<Message> {
        match message {
            Message::Host(id, event) => self.happened(&id, event),
            Message::Window(id, event) => Task::batch([self.window(id, &event), self.seen(id, &event)]),
            Message::Key(id, key, modifiers) => self.key(id, &key, modifiers),
            Message::Main(main::Message::Escape) if self.ends_tour() => self.tour(crate::tour::Message::Skip),
            Message::Main(message) => {
                let action = self.main.update(&self.model, &self.settings, &mut self.layout, message);
                self.act_main(action)
            }
            Message::Machine(id, message) => self.machine(id, message),
            Message::Dialog(message) => self.dialog(message),
            Message::Palette(message) => self.palette(message),
            Message::Menu(message) => self.menu(message),
            Message::Toast(message) => {
                let action = self.toasts.update(message);
                self.act_main(action)
            }
            Message::Tour(message) => self.tour(message),
            Message::Command(id, command) => self.command(id, command, None),
            Message::Done(done) => self.done(&done),
            Message::Desktop(mode, contrast) => {
                self.model.set_desktop(mode, contrast);
                Task::none()
            }
            Message::BatteryLow(is_low) => {
                self.model.set_saves_power(is_low);
                Task::none()
            }
            Message::Activated(activation) => self.activated(activation),
            Message::Minimised(id, is_minimised) => {
                self.minimised(id, is_minimised);
                Task::none()
            }
            Message::Maximized(id, is_maximized) => {
                self.maximized(id, is_maximized);
                Task::none()
            }
            Message::Ended => self.end(),
            Message::KeepLists => {
                self.keep_lists();
                Task::none()
            }
            Message::SaveLayout => {
                self.save_layout();
                Task::none()
            }
            Message::Speech(message) => self.speech(message),
            Message::Look => self.look_all(),
            Message::Undo => self.undo_last(),
            Message::Nothing => Task::none(),
        }
    }

    /// What is known of the hosts.
    #[must_use]
    pub const fn model(&self) -> &Model {
        &self.model
    }

    /// The theme of every window.
    #[must_use]
    pub fn theme(&self, _window: window::Id) -> Option<Theme> {
        let (mode, has_contrast) = self.model.desktop();
        Some(theme::of(&self.settings.appearance, mode, has_contrast))
    }

    /// How much larger than usual everything in a window is.
    #[must_use]
    pub const fn scale_factor(&self, _window: window::Id) -> f32 {
        self.settings.appearance.text_size.factor()
    }

    /// A window's title.
    #[must_use]
    pub fn title(&self, window: window::Id) -> String {
        match self.windows.get(&window) {
            Some(Window::Machine(key, _)) => match self.model.machine(key) {
                Some(machine) => format!("{} – KVM Manager", client::locale::isolated(machine.label())),
                None => "KVM Manager".to_owned(),
            },
            _ => "KVM Manager".to_owned(),
        }
    }

    /// What the application listens to.
    pub fn subscription(&self) -> Subscription<Message> {
        Subscription::batch([
            self.watch_hosts(),
            window::events().map(|(id, event)| Message::Window(id, event)),
            keys::listen(),
            self.toasts.subscription().map(Message::Toast),
            self.window_subscriptions(),
            self.sight_subscriptions(),
            self.speech_subscription(),
            crate::desktop::subscription(self.is_demo),
        ])
    }

    fn window(&mut self, id: window::Id, event: &window::Event) -> Task<Message> {
        match event {
            window::Event::Opened { size, .. } => {
                self.sizes.insert(id, *size);
                self.current = Some(id);
                Task::none()
            }
            window::Event::Resized(size) => self.resized(id, *size),
            window::Event::Focused => {
                self.current = Some(id);
                Task::none()
            }
            window::Event::CloseRequested => self.close(id),
            window::Event::Closed => self.closed(id),
            _ => Task::none(),
        }
    }

    fn open_main(&mut self) -> Task<Message> {
        let decorations = self.settings.appearance.desktop_title_bar;
        let settings = crate::window::settings(self.layout.main, crate::window::MINIMUM, self.layout.is_maximized, decorations);
        let (id, open) = window::open(settings);
        self.windows.insert(id, Window::Main);
        crate::desktop::window_shown(true);
        self.current = Some(id);
        open.discard()
    }

    pub(crate) fn main_window(&self) -> Option<window::Id> {
        self.windows.iter().find(|(_, window)| matches!(window, Window::Main)).map(|(id, _)| *id)
    }

    pub(crate) fn open_machine(&mut self, key: Key) -> Task<Message> {
        let open = self.windows.iter().find(|(_, window)| matches!(window, Window::Machine(other, _) if *other == key));
        if let Some((id, _)) = open {
            return window::gain_focus(*id);
        }
        let size = self.layout.machines.get(&key.machine.to_string()).copied().unwrap_or(self.layout.machine);
        let decorations = self.settings.appearance.desktop_title_bar;
        let (id, open) = window::open(crate::window::settings(size, iced::Size::new(720.0, 480.0), false, decorations));
        let (mut screen, task) = machine::Screen::new(&self.model, key.clone());
        screen.opened(id);
        self.windows.insert(id, Window::Machine(key, Box::new(screen)));
        self.remember_open();
        Task::batch([open.discard(), task.map(move |message| Message::Machine(id, message))])
    }

    fn close(&mut self, id: window::Id) -> Task<Message> {
        window::close(id)
    }

    fn closed(&mut self, id: window::Id) -> Task<Message> {
        self.windows.remove(&id);
        self.sizes.remove(&id);
        self.toasts.window_closed(id);
        self.remember_open();
        if self.current == Some(id) {
            self.current = self.main_window();
        }
        if self.dialog.as_ref().is_some_and(|(window, _)| *window == id) {
            self.dialog = None;
        }
        if self.palette.as_ref().is_some_and(|(window, _)| *window == id) {
            self.palette = None;
        }
        crate::desktop::window_shown(!self.windows.is_empty());
        if self.windows.is_empty() { self.quit() } else { Task::none() }
    }

    pub(crate) fn quit(&mut self) -> Task<Message> {
        let told = self.running_on();
        let end = self.end();
        match told {
            Some((title, text)) => Task::future(crate::desktop::running_on::tell(title, text)).discard().chain(end),
            None => end,
        }
    }

    /// Writes down what is remembered and ends. Somebody who ends the whole session is not told that machines run on.
    fn end(&mut self) -> Task<Message> {
        self.remember_open();
        self.save_layout();
        self.keep_all_lists();
        iced::exit()
    }

    fn machine(&mut self, id: window::Id, message: machine::Message) -> Task<Message> {
        let Some(Window::Machine(_, screen)) = self.windows.get_mut(&id) else { return Task::none() };
        let action = screen.update(&self.model, &self.settings, message);
        self.act(id, action)
    }

    fn dialog(&mut self, message: dialog::Message) -> Task<Message> {
        let Some((id, dialog)) = &mut self.dialog else { return Task::none() };
        let id = *id;
        let action = dialog.update(&self.model, &self.settings, message);
        self.act(id, action)
    }

    fn palette(&mut self, message: palette::Message) -> Task<Message> {
        let Some((id, palette)) = &mut self.palette else { return Task::none() };
        let id = *id;
        let (action, is_over) = palette.update(&self.model, &self.settings, &mut self.layout, message);
        if is_over {
            self.palette = None;
        }
        self.act(id, action)
    }

    fn menu(&mut self, message: menu::Message) -> Task<Message> {
        let Some((id, menu)) = &mut self.menu else { return Task::none() };
        let id = *id;
        let (action, is_over) = menu.update(message);
        if is_over {
            self.menu = None;
        }
        self.act(id, action)
    }
}

#[cfg(test)]
mod tests;
