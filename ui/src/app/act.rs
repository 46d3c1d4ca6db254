//! What screens and dialogs ask for is done here, and commands are.

use client::{
    Operation,
    settings::{Confirm, TextSize},
};
use iced::{Task, clipboard, window};

use super::{App, Message, Window};
use crate::{
    action::{Action, Call, HandOverChange},
    command::{Command, Scope},
    dialog::{Dialog, confirm},
    menu::Menu,
    model::Key,
    palette::Palette,
    screen::{devices, main},
};

impl App {
    pub(crate) fn act_main(&mut self, action: Action) -> Task<Message> {
        match self.main_window().or(self.current) {
            Some(id) => self.act(id, action),
            None => Task::none(),
        }
    }

    /// Does what a part of this window asked for.
    pub(crate) fn act(&mut self, id: window::Id, action: Action) -> Task<Message> {
        match action {
            Action::None => Task::none(),
            Action::Run(command, keys) => self.command(id, command, Some(keys)),
            Action::Call(call) => self.call(call),
            Action::Undo(calls) => self.undo(calls),
            Action::Open(dialog) => self.open(id, *dialog),
            Action::Close => {
                self.dialog = None;
                self.main.focus_list()
            }
            Action::Menu(at, keys) => {
                self.menu = Some((id, Menu::new(&self.model, at, keys)));
                Task::none()
            }
            Action::AppMenu(at) => {
                self.menu = Some((id, Menu::application(&self.model, at)));
                Task::none()
            }
            Action::Offer(at, offers) => {
                self.menu = Some((id, Menu::offers(at, offers)));
                Task::none()
            }
            Action::ColumnMenu(at) => {
                self.menu = Some((id, Menu::columns(&self.settings, at)));
                Task::none()
            }
            Action::Show(place) => self.route(Message::Main(main::Message::Show(place))),
            Action::Connect(host, wanted) => {
                match self.model.host(&host).map(|host| host.host.clone()) {
                    Some(host) if wanted => self.connect(&host),
                    Some(_) => self.disconnect(&host),
                    None => {}
                }
                Task::none()
            }
            Action::Toast(text) => {
                let before = self.toasts.turn_to(Some(id));
                self.toasts.show(text, None);
                self.toasts.turn_to(before);
                Task::none()
            }
            Action::Task(task) => task,
            Action::Settings(settings) => self.set_settings(*settings),
            Action::Hosts(hosts) => {
                if let Some(file) = &mut self.hosts_file {
                    file.all.clone_from(&hosts);
                    if let Err(error) = file.save() {
                        self.toasts.show(error.to_string(), None);
                    }
                }
                self.set_hosts(hosts);
                Task::none()
            }
            Action::Batch(actions) => {
                let tasks: Vec<_> = actions.into_iter().map(|action| self.act(id, action)).collect();
                Task::batch(tasks)
            }
        }
    }

    pub(crate) fn open(&mut self, id: window::Id, mut dialog: Dialog) -> Task<Message> {
        let opened = dialog.opened(&self.model, &self.settings).map(Message::Dialog);
        self.dialog = Some((id, dialog));
        self.palette = None;
        self.menu = None;
        opened
    }

    fn set_settings(&mut self, settings: client::settings::Settings) -> Task<Message> {
        if settings.appearance.language != self.settings.appearance.language {
            crate::locale::choose(&settings.appearance.language);
        }
        let text_size = std::mem::replace(&mut self.settings, settings).appearance.text_size;
        let resized = self.text_resized(text_size);
        if !self.settings.figures.is_any() {
            self.model.forget_figures();
        }
        self.model.set_takes_pictures(self.settings.figures.thumbnail_interval > 0);
        let shown = self.main.settings_changed(&self.model, &self.settings, &self.layout);
        self.tell_interval();
        if !self.is_demo
            && let Err(error) = self.settings.save()
        {
            self.toasts.show(error.to_string(), None);
        }
        let machines = self.machines_changed();
        Task::batch([resized, self.act_main(shown), machines])
    }

    fn resize_text(&mut self, change: impl FnOnce(TextSize) -> TextSize) -> Task<Message> {
        let mut settings = self.settings.clone();
        settings.appearance.text_size = change(settings.appearance.text_size);
        self.set_settings(settings)
    }

    /// Windows stay as large as they are, so there is room for less or more in them; iced tells nobody.
    fn text_resized(&mut self, before: TextSize) -> Task<Message> {
        let change = before.factor() / self.settings.appearance.text_size.factor();
        if (change - 1.0).abs() < f32::EPSILON {
            return Task::none();
        }
        let sizes: Vec<_> = self.sizes.iter().map(|(id, size)| (*id, *size * change)).collect();
        Task::batch(sizes.into_iter().map(|(id, size)| self.update(Message::Window(id, window::Event::Resized(size)))).collect::<Vec<_>>())
    }

    /// What a command works on in this window: the selection, or the window's machine.
    pub(crate) fn targets(&self, id: window::Id) -> Vec<Key> {
        match self.windows.get(&id) {
            Some(Window::Main) => self.main.targets(),
            Some(Window::Machine(key, _)) => vec![key.clone()],
            None => Vec::new(),
        }
    }

    /// Does a command; `keys` are its machines, else what is selected in the window.
    pub(crate) fn command(&mut self, id: window::Id, command: Command, keys: Option<Vec<Key>>) -> Task<Message> {
        // Where devices are listed it is about the one that is selected.
        if command == Command::AttachDevice && keys.is_none() && self.main_window() == Some(id) && self.main.shows_devices() {
            return self.route(Message::Main(main::Message::Devices(devices::Message::Attach)));
        }
        if command.scope() == Scope::Application {
            return self.application_command(id, command);
        }
        // Enter opens a machine, but there is none: it is for the only button.
        if command == Command::Open && keys.is_none() && self.page_button(id).is_some() {
            return self.primary(id);
        }
        let mut keys = keys.unwrap_or_else(|| self.targets(id));
        keys.retain(|key| self.can(command, key));
        if keys.is_empty() || (command.scope() == Scope::Machine && keys.len() > 1) {
            return Task::none();
        }
        if command == Command::PauseOrResume {
            let (running, paused): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| self.can(Command::Pause, key));
            let pause = self.operate(id, Command::Pause, running);
            return Task::batch([pause, self.operate(id, Command::Resume, paused)]);
        }
        if command.operation().is_some() {
            return self.operate(id, command, keys);
        }
        self.machine_command(id, command, keys)
    }

    /// Whether a command makes sense for a machine now.
    pub(crate) fn can(&self, command: Command, key: &Key) -> bool {
        let Some(host) = self.model.host(&key.host) else { return false };
        let reads = matches!(command, Command::Open | Command::CopyAddress | Command::CopyName | Command::CopyUuid | Command::ShowLog);
        (host.is_live() || reads) && host.machines.get(&key.machine).is_some_and(|machine| command.suits_on(host, machine))
    }

    /// What the blue button of a page in the place of the list does, if the window shows one.
    fn page_button(&self, id: window::Id) -> Option<main::Message> {
        self.main.primary(&self.model).filter(|_| self.main_window() == Some(id))
    }

    fn operate(&mut self, id: window::Id, command: Command, keys: Vec<Key>) -> Task<Message> {
        let Some(operation) = command.operation().filter(|_| !keys.is_empty()) else { return Task::none() };
        if asks(&self.settings.confirm, operation, keys.len()) {
            let confirm = confirm::Confirm::new(&self.model, command.id(), operation, keys);
            return self.open(id, Dialog::Confirm(confirm));
        }
        self.call(Call::Operate(operation, keys))
    }

    fn machine_command(&mut self, id: window::Id, command: Command, keys: Vec<Key>) -> Task<Message> {
        let Some(first) = keys.first().cloned() else { return Task::none() };
        let Some(machine) = self.model.machine(&first).cloned() else { return Task::none() };
        match command {
            Command::Open => self.open_machine(first),
            Command::CopyAddress => clipboard::write(machine.address().unwrap_or_default().to_owned()),
            Command::CopyName => clipboard::write(machine.name),
            Command::CopyUuid => clipboard::write(machine.id.to_string()),
            Command::KeepScreen => self.call(Call::HandOver(first, HandOverChange::Keep)),
            Command::ToggleAutostart => self.call(Call::Autostart(keys, !machine.autostart)),
            Command::Lock | Command::UnlockMachine => {
                let locked = Some(command == Command::Lock);
                self.call(Call::Metadata(keys, client::Metadata { locked, ..client::Metadata::default() }))
            }
            _ => match Dialog::for_command(&self.model, command, keys) {
                Some(dialog) => self.open(id, dialog),
                None => Task::none(),
            },
        }
    }

    fn application_command(&mut self, id: window::Id, command: Command) -> Task<Message> {
        match command {
            Command::Palette => {
                let (palette, task) = Palette::new(self.targets(id));
                self.palette = Some((id, palette));
                self.menu = None;
                task.map(Message::Palette)
            }
            // A search that is not there has no focus, and nobody would answer.
            Command::Undo if !self.main.has_search() => Task::done(Message::Undo),
            // In a field the key is for what is typed.
            Command::Undo => {
                iced::widget::operation::is_focused(main::SEARCH).map(|is_typing| if is_typing { Message::Nothing } else { Message::Undo })
            }
            Command::Quit => self.quit(),
            Command::CloseWindow => window::close(id),
            Command::FullScreen => window::mode(id).then(move |mode| {
                let next = if mode == window::Mode::Fullscreen { window::Mode::Windowed } else { window::Mode::Fullscreen };
                window::set_mode(id, next)
            }),
            Command::Reconnect => {
                self.reconnect();
                Task::none()
            }
            Command::Unlock => {
                let host = self.targets(id).first().map(|key| key.host.clone());
                let host = host.or_else(|| self.model.hosts().iter().find(|host| host.is_live()).map(|host| host.host.id.clone()));
                host.map_or_else(Task::none, |host| self.call(Call::Unlock(host)))
            }
            Command::Tour => self.take_tour(),
            Command::Primary => self.primary(id),
            Command::TextLarger => self.resize_text(TextSize::larger),
            Command::TextSmaller => self.resize_text(TextSize::smaller),
            Command::TextNormal => self.resize_text(|_| TextSize::default()),
            _ => {
                if let Some(dialog) = Dialog::for_command(&self.model, command, Vec::new()) {
                    return self.open(id, dialog);
                }
                let message = main::Message::Command(command);
                let action = self.main.update(&self.model, &self.settings, &mut self.layout, message);
                self.act(id, action)
            }
        }
    }

    /// The blue button: of the page in the place of the list, or of a machine: Start when off, Resume when paused.
    fn primary(&mut self, id: window::Id) -> Task<Message> {
        if let Some(message) = self.page_button(id) {
            return self.route(Message::Main(message));
        }
        let targets = self.targets(id);
        if targets.is_empty() && self.main_window() == Some(id) {
            return self.route(Message::Main(main::Message::Command(Command::Primary)));
        }
        let first =
            [Command::Start, Command::Resume, Command::Wake].into_iter().find(|command| targets.iter().any(|key| self.can(*command, key)));
        first.map_or_else(Task::none, |command| self.command(id, command, Some(targets)))
    }
}

/// Whether settings want a question before this is done to so many machines. Starts never ask: they stop nothing.
pub(crate) const fn asks(confirm: &Confirm, operation: Operation, count: usize) -> bool {
    let asks_for_many = count > 1 && confirm.batch;
    match operation {
        Operation::ForceOff | Operation::Reset => confirm.force_off || asks_for_many,
        Operation::Shutdown | Operation::Reboot | Operation::Save | Operation::ShutdownAndRestart => confirm.shut_down || asks_for_many,
        Operation::Pause => confirm.pause || asks_for_many,
        Operation::Sleep => asks_for_many,
        Operation::DiscardSavedState | Operation::StartCold | Operation::SendNmi => true,
        _ => false,
    }
}
