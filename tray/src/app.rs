//! What holds everything together: takes what happens, keeps the state, shows it.

use std::{
    collections::HashSet,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use client::{Error, Event, Figures, Host, Operation, Prompt, Wanted, host, locale, settings::Settings, t};
use tokio::sync::{mpsc, watch};

use crate::{
    action::{Action, Target},
    desktop::Desktop,
    item::{Item, View},
    machine_menu, menu,
    news::News,
    note::{self, About, Note},
    policy::{Policy, Tell},
    session::{Place, Session},
    state::{Link, State},
    watch::{Connections, Number},
};

/// Between two pictures for the panel, however much happens.
const PICTURE: Duration = Duration::from_millis(200);
/// A menu is looked at for about as long; nobody tells when it closes.
const MENU: Duration = Duration::from_secs(30);
/// Milliseconds between two figures while the menu is shown.
const INTERVAL: u32 = 2000;

/// Something that happened.
#[derive(Debug)]
pub enum Input {
    /// On the host of this connection.
    Host(Number, Event),
    /// These are the hosts to watch now.
    Hosts(Vec<Host>),
    /// Somebody clicked in the menu; with the token that lets a window come to the front.
    Clicked(Action, Option<String>),
    /// The menu is about to be shown.
    MenuShown,
    /// Somebody pressed a button of a notification, or it is gone.
    Answered { about: About, id: u32, action: Option<Action>, was_dismissed: bool },
    /// Something that was asked for is done, or not.
    Done(Target, Operation, Result<(), Error>),
    /// A machine keeps the screen of its host (or has given it back), or not.
    ScreenDone(Target, bool, Result<(), Error>),
    /// A job could not be cancelled.
    NotCancelled(host::Id, Error),
    /// A log was read.
    Log(Target, Result<Vec<String>, Error>),
    /// The application could not be opened.
    NotOpened,
    /// The settings changed.
    Settings(Box<Settings>),
}

/// Everything the tray knows.
pub struct App {
    state: State,
    connections: Connections,
    settings: Settings,
    policy: Policy,
    desktop: Desktop,
    session: Session,
    inputs: mpsc::UnboundedSender<Input>,
    wanted: watch::Sender<Wanted>,
    menu_until: Option<Instant>,
    /// What we do ourselves: its failure is told as an answer, not as news.
    under_way: HashSet<Target>,
    item: Option<ksni::Handle<Item>>,
    last: (View, Option<Instant>),
    is_dirty: bool,
}

impl App {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(
        hosts: Vec<Host>,
        mut connections: Connections,
        settings: Settings,
        session: Session,
        inputs: mpsc::UnboundedSender<Input>,
        wanted: watch::Sender<Wanted>,
    ) -> Self {
        let mut state = State::default();
        let numbers = connections.set(&hosts);
        state.set_hosts(hosts.into_iter().zip(numbers));
        Self {
            state,
            connections,
            settings,
            policy: Policy::default(),
            desktop: Desktop::default(),
            session,
            inputs,
            wanted,
            menu_until: None,
            under_way: HashSet::new(),
            item: None,
            last: (View::default(), None),
            is_dirty: true,
        }
    }

    /// The item is on the bus: this is how to change it.
    pub fn set_item(&mut self, item: ksni::Handle<Item>) {
        self.item = Some(item);
        self.is_dirty = true;
    }

    /// What the panel is to show.
    #[must_use]
    pub fn view(&self) -> View {
        let machines = usize::try_from(self.settings.tray.machines).unwrap_or(usize::MAX);
        let choices = menu::Choices { machines, is_quiet: self.policy.is_quiet(Instant::now()), now: now() };
        let summary = menu::summary(&self.state);
        View {
            title: format!("{}{}{summary}", t!("tray-title"), menu::BETWEEN),
            wants_attention: self.state.wants_attention(),
            entries: menu::entries(&self.state, choices),
            summary,
        }
    }

    /// When there is something to do although nothing happens; `None`: never.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        let picture = self.is_dirty.then(|| self.last.1.map_or_else(Instant::now, |at| at + PICTURE));
        let time = now();
        let trial = self.state.hosts.iter().filter_map(|host| host.screens.next(time)).min().map(|due| Instant::now() + due);
        [picture, self.policy.next(), self.menu_until, trial].into_iter().flatten().min()
    }

    /// Does what is due.
    pub async fn tick(&mut self) {
        let now = Instant::now();
        for tell in self.policy.due(now) {
            self.tell(tell).await;
            self.is_dirty = true;
        }
        let trials: Vec<News> = self.state.hosts.iter_mut().flat_map(|host| host.trials(crate::app::now())).collect();
        for news in trials {
            self.take_news(news).await;
            self.is_dirty = true;
        }
        if self.menu_until.is_some_and(|until| until <= now) {
            self.menu_until = None;
            self.wanted.send_modify(|wanted| wanted.interval = 0);
            for host in &mut self.state.hosts {
                host.busy = machine_menu::percents(host);
                host.sampled = None;
            }
            self.is_dirty = true;
        }
        if self.is_dirty && self.last.1.is_none_or(|at| at + PICTURE <= now) {
            self.show(now).await;
        }
    }

    async fn show(&mut self, now: Instant) {
        self.is_dirty = false;
        for host in self.state.hosts.iter_mut().filter(|host| !menu::is_arranged(host)) {
            menu::arrange(host);
        }
        let view = self.view();
        if view == self.last.0 {
            return;
        }
        self.last = (view.clone(), Some(now));
        if let Some(item) = &self.item {
            item.update(|item| item.view = view).await;
        }
    }

    /// Takes what happened; `false` if that is the end.
    pub async fn take(&mut self, input: Input) -> bool {
        match input {
            Input::Host(connection, event) => self.take_event(connection, event).await,
            Input::Hosts(hosts) => self.set_hosts(hosts).await,
            Input::Clicked(Action::Quit, _) => return false,
            Input::Clicked(action, token) => self.act(self.asked_first(action), token).await,
            Input::MenuShown => self.menu_shown().await,
            Input::Answered { about, id, action, was_dismissed } => self.answered(&about, id, action, was_dismissed).await,
            Input::Done(target, operation, result) => self.done(target, operation, result).await,
            Input::ScreenDone(target, keeps, result) => self.screen_done(&target, keeps, result).await,
            Input::NotCancelled(host, error) => self.put(Note::failure(About::Host(host), t!("tray-failed-cancel"), &error, "")).await,
            Input::Log(target, lines) => self.log_read(&target, lines).await,
            Input::NotOpened => self.put(Note::problem(About::Tray, t!("tray-failed-open"), t!("tray-failed-open-body"))).await,
            Input::Settings(settings) => {
                if settings.appearance.language != self.settings.appearance.language {
                    locale::switch(Some(&settings.appearance.language));
                }
                self.settings = *settings;
            }
        }
        self.is_dirty = true;
        true
    }

    /// What was told of a host that is gone is taken off the screen: its buttons would do nothing.
    async fn set_hosts(&mut self, hosts: Vec<Host>) {
        let numbers = self.connections.set(&hosts);
        for gone in self.state.set_hosts(hosts.into_iter().zip(numbers)) {
            for about in self.desktop.of_host(&gone) {
                self.desktop.withdraw(&about, &self.session).await;
            }
        }
    }

    async fn take_event(&mut self, connection: Number, event: Event) {
        let Some(host) = self.state.hosts.iter_mut().find(|host| host.connection == connection) else { return };
        let id = &host.host.id.clone();
        for news in host.apply(event) {
            if news.machine.as_ref().is_some_and(|(machine, _)| self.is_answered_anyway(id, *machine, &news.what)) {
                continue;
            }
            self.take_news(news).await;
        }
    }

    async fn take_news(&mut self, news: News) {
        let is_shown = self.session.is_application_shown().await;
        for tell in self.policy.take(news, &self.settings.notify, is_shown, Instant::now(), now()) {
            self.tell(tell).await;
        }
    }

    fn is_answered_anyway(&self, host: &host::Id, machine: client::Uuid, what: &crate::news::What) -> bool {
        matches!(what, crate::news::What::JobFailed(..)) && self.under_way.contains(&Target { host: host.clone(), machine })
    }

    async fn tell(&mut self, tell: Tell) {
        match tell {
            Tell::News(news, earlier) => {
                if let Some(note) = note::of_news(&news, earlier, &self.state) {
                    self.put(note).await;
                }
            }
            Tell::Withdraw(about) => self.desktop.withdraw(&about, &self.session).await,
        }
    }

    /// Shows a notification; a question that cannot be asked is asked by the application.
    async fn put(&mut self, note: Note) {
        let abilities = self.session.notification_abilities().await;
        let fallback = (note.click == Action::Leave).then(|| note.about.clone());
        let can_answer = abilities.is_some_and(|abilities| abilities.has_actions || fallback.is_none());
        let is_shown = can_answer && self.desktop.show(note, abilities.unwrap_or_default(), &self.inputs).await;
        if let (false, Some(About::Machine(host, machine))) = (is_shown, fallback) {
            self.open(Place::Machine(machine), None);
            tracing::warn!(%host, "Nobody can be asked here: the application is opened");
        }
    }

    async fn menu_shown(&mut self) {
        // At once: in a moment there may be a mouse over it.
        self.state.hosts.iter_mut().for_each(menu::arrange);
        self.show(Instant::now()).await;
        self.menu_until = Some(Instant::now() + MENU);
        let is_lost = self.state.hosts.iter().any(|host| matches!(host.link, Link::Lost(_)));
        self.wanted.send_modify(|wanted| {
            wanted.interval = INTERVAL;
            wanted.figures = Figures::CPU;
            wanted.attempt += u64::from(is_lost);
        });
    }

    async fn answered(&mut self, about: &About, id: u32, action: Option<Action>, was_dismissed: bool) {
        self.desktop.forget(about, id);
        if let (About::Machine(host, machine), true) = (about, was_dismissed) {
            self.state.seen(Some(&Target { host: host.clone(), machine: *machine }));
        }
        if let Some(action) = action {
            self.act(action, None).await;
        }
    }

    /// What the settings want asked is asked; in a notification there is no slip of the mouse.
    fn asked_first(&self, action: Action) -> Action {
        match action {
            Action::Operate(target, operation) if machine_menu::is_asked(operation, &self.settings.confirm) => {
                Action::Ask(target, operation)
            }
            other => other,
        }
    }

    async fn act(&mut self, action: Action, token: Option<String>) {
        if let Some(target) = action.target() {
            self.state.seen(Some(target));
        }
        match action {
            Action::Open => {
                self.state.seen(None);
                self.open(Place::Window, token);
            }
            Action::Settings => self.open(Place::Settings, token),
            Action::OpenMachine(target) => self.open(Place::Machine(target.machine), token),
            Action::ShowLog(target) => self.show_log(target, token).await,
            Action::Operate(target, operation) => self.operate(target, operation).await,
            Action::Ask(target, operation) => self.ask(&target, operation).await,
            Action::KeepScreen(target) => self.screen(target, true).await,
            Action::GiveBackScreen(target) => self.screen(target, false).await,
            Action::AskGiveBack(target) => self.ask_give_back(&target).await,
            Action::Cancel(host, job) => self.cancel(host, job).await,
            Action::Quiet => self.policy.toggle_quiet(Instant::now()),
            Action::Quit | Action::Leave => {}
        }
    }

    async fn operate(&mut self, target: Target, operation: Operation) {
        let Some(client) = self.client(&target).await else { return };
        self.under_way.insert(target.clone());
        let inputs = self.inputs.clone();
        tokio::spawn(async move {
            let result = client.operate(target.machine, operation).await;
            // If nobody takes it, the tray is ending.
            let _ = inputs.send(Input::Done(target, operation, result));
        });
    }

    async fn done(&mut self, target: Target, operation: Operation, result: Result<(), Error>) {
        self.under_way.remove(&target);
        let Err(error) = result else { return };
        tracing::info!(machine = %target.machine, ?operation, %error, "It was not done");
        if !error.is_dismissed() {
            let name = self.state.label(&target);
            let title = locale::operation_failed(operation, &name);
            self.put(Note::failure(About::from(&target), title, &error, &name)).await;
        }
    }

    async fn ask(&mut self, target: &Target, operation: Operation) {
        let name = self.state.label(target);
        if name.is_empty() {
            self.put(Note::problem(About::from(target), t!("tray-failed-gone"), t!("tray-failed-gone-body"))).await;
        } else if let Some(question) = note::question(target, &name, operation) {
            self.put(question).await;
        }
    }

    async fn ask_give_back(&mut self, target: &Target) {
        let name = self.state.label(target);
        if name.is_empty() {
            self.put(Note::problem(About::from(target), t!("tray-failed-gone"), t!("tray-failed-gone-body"))).await;
        } else {
            self.put(note::give_back(target, &name)).await;
        }
    }

    /// Lets a machine keep the screen of its host, or gives it back.
    async fn screen(&mut self, target: Target, keeps: bool) {
        let Some(client) = self.client(&target).await else { return };
        let inputs = self.inputs.clone();
        tokio::spawn(async move {
            let result = if keeps { client.confirm_hand_over(target.machine).await } else { client.give_back(target.machine, false).await };
            // If nobody takes it, the tray is ending.
            let _ = inputs.send(Input::ScreenDone(target, keeps, result));
        });
    }

    async fn screen_done(&mut self, target: &Target, keeps: bool, result: Result<(), Error>) {
        let Err(error) = result else { return };
        tracing::info!(machine = %target.machine, keeps, %error, "The screen stays as it was");
        if !error.is_dismissed() {
            let name = self.state.label(target);
            let title = if keeps { t!("tray-failed-keep", name = &name) } else { t!("tray-failed-give-back", name = &name) };
            self.put(Note::failure(About::from(target), title, &error, &name)).await;
        }
    }

    async fn cancel(&mut self, host: host::Id, job: String) {
        let Some(client) = self.state.host(&host).and_then(|host| host.client.clone()) else { return self.say_lost(&host).await };
        let inputs = self.inputs.clone();
        tokio::spawn(async move {
            match client.cancel(job).await {
                // If nobody takes it, the tray is ending.
                Err(error) if !error.is_dismissed() => drop(inputs.send(Input::NotCancelled(host, error))),
                _ => {}
            }
        });
    }

    async fn show_log(&mut self, target: Target, token: Option<String>) {
        if self.session.is_application_installed().await {
            return self.open(Place::Log(target.machine), token);
        }
        let Some(client) = self.client(&target).await else { return };
        let inputs = self.inputs.clone();
        tokio::spawn(async move {
            let lines = client.log(target.machine, Prompt::Allowed).await;
            // If nobody takes it, the tray is ending.
            let _ = inputs.send(Input::Log(target, lines));
        });
    }

    async fn log_read(&mut self, target: &Target, lines: Result<Vec<String>, Error>) {
        let name = self.state.label(target);
        match lines {
            Ok(lines) => self.put(note::of_log(target, &name, &lines)).await,
            Err(error) if error.is_dismissed() => {}
            Err(error) => self.put(Note::failure(About::from(target), t!("tray-failed-log", name = &name), &error, &name)).await,
        }
    }

    /// For calls to a machine's host; says so if it is lost.
    async fn client(&mut self, target: &Target) -> Option<client::Client> {
        let client = self.state.host(&target.host).and_then(|host| host.client.clone());
        if client.is_none() {
            self.say_lost(&target.host).await;
        }
        client
    }

    async fn say_lost(&mut self, host: &host::Id) {
        let name = self.state.host(host).map_or_else(String::new, menu::host_name);
        self.put(Note::problem(About::Host(host.clone()), t!("tray-failed-lost", host = name), t!("tray-failed-lost-body"))).await;
    }

    fn open(&self, place: Place, token: Option<String>) {
        let (session, inputs) = (self.session.clone(), self.inputs.clone());
        tokio::spawn(async move {
            if !session.show(place, token).await {
                // If nobody takes it, the tray is ending.
                let _ = inputs.send(Input::NotOpened);
            }
        });
    }
}

/// µs since the epoch.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}
